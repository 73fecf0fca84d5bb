"""Merged entities: the default graph has the keeper wherever a graph of its own says what was merged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.entailment import as_changed, entail, entail_again
from kg.graph import KnowledgeGraph, commit, excluded_graphs, hiding_graph
from kg.iri import Minter
from kg.merges import map_again, map_all
from kg.model import Change
from kg.ontology import ClassTerm, Ontology
from kg.query.update import run_update
from kg.rdf import DCT, KG, RDF, RDFS, XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term
from kg.stores import STORES, Opening, ServerAddress
from kg.stores.hiding import HIDES
from kg.stores.oxigraph import OxigraphStore
from tests.neo4j_servers import empty_database
from tests.strategies import changes

BASE = "https://example.com/"
MINTER = Minter(BASE)
ADA, LOVELACE, COUNTESS, BO, BOB = (
    NamedNode(f"{BASE}entity/{name}") for name in ("ada", "love", "countess", "bo", "bob")
)
KNOWS, PERSON, AGENT = NamedNode(f"{BASE}knows"), KG["Person"], KG["Agent"]
USER, NOTE, BOOKS = MINTER.graph("user"), MINTER.note("a.md", None), MINTER.import_graph("books")
RESOLUTION, MAPPED, NAMES = (MINTER.graph(name) for name in ("resolution", "mapped", "names"))
DERIVED = frozenset({MAPPED, NAMES, MINTER.graph("inferred")})
ONTOLOGY = Ontology({PERSON: ClassTerm(PERSON, parents=(AGENT,))}, {}, {}, frozenset(), (), "")

Merges = dict[NamedNode, NamedNode]


def new_graph() -> KnowledgeGraph:
    store = OxigraphStore(excluded=excluded_graphs(MINTER), hiding=hiding_graph(MINTER))
    return KnowledgeGraph(store, ONTOLOGY, MINTER)


@pytest.fixture
def graph() -> KnowledgeGraph:
    return new_graph()


def lines(merges: Merges) -> Iterator[Quad]:
    """Yield what the graph `resolution` says of merges."""
    for other, keeper in merges.items():
        merge, form = MINTER.merge(other), Literal(other.value, datatype=XSD["anyURI"])
        yield Quad(keeper, KG["mergedFrom"], form, RESOLUTION)
        yield Quad(merge, RDF["type"], KG["Merge"], RESOLUTION)
        yield Quad(merge, KG["keeper"], keeper, RESOLUTION)
        yield Quad(merge, KG["form"], form, RESOLUTION)


def merge(graph: KnowledgeGraph, merges: Merges) -> None:
    """Let these merges be in force and no others."""
    wanted, held = set(lines(merges)), set(graph.store.match(graph_name=RESOLUTION))
    commit(graph, Change(tuple(wanted - held), tuple(held - wanted)))


def say(graph: KnowledgeGraph, *quads: Quad) -> None:
    commit(graph, Change(quads))


def seen(graph: KnowledgeGraph, *ends: Term) -> set[tuple[Term, Term, Term]]:
    """The triples of the default graph with one of some terms at an end, those of classes and names apart."""
    found = (quad.triple for quad in graph.store.match(graph_name=DefaultGraph()))
    triples = {(t.subject, t.predicate, t.object) for t in found if t.predicate in (KNOWS, RDFS["label"])}
    return {triple for triple in triples if not ends or {triple[0], triple[2]} & set(ends)}


def test_what_others_say_of_a_merged_entity_is_said_of_its_keeper(graph: KnowledgeGraph) -> None:
    say(graph, Quad(LOVELACE, KNOWS, BO, USER), Quad(BO, KNOWS, LOVELACE, BOOKS), Quad(BO, KNOWS, BO, USER))
    before = set(graph.store.match())
    merge(graph, {LOVELACE: ADA})
    assert seen(graph) == {(ADA, KNOWS, BO), (BO, KNOWS, ADA), (BO, KNOWS, BO)}
    assert before <= set(graph.store.match())
    assert not graph.store.verify()
    merge(graph, {})
    assert set(graph.store.match()) == before
    assert seen(graph) == {(LOVELACE, KNOWS, BO), (BO, KNOWS, LOVELACE), (BO, KNOWS, BO)}


def test_both_ends_are_mapped_and_a_triple_of_two_graphs_leaves_with_the_last(graph: KnowledgeGraph) -> None:
    merge(graph, {LOVELACE: ADA, COUNTESS: ADA, BOB: BO})
    say(graph, Quad(LOVELACE, KNOWS, BOB, USER), Quad(COUNTESS, KNOWS, BO, BOOKS))
    assert seen(graph) == {(ADA, KNOWS, BO)}
    commit(graph, Change(remove=(Quad(LOVELACE, KNOWS, BOB, USER),)))
    assert seen(graph) == {(ADA, KNOWS, BO)}
    commit(graph, Change(remove=(Quad(COUNTESS, KNOWS, BO, BOOKS),)))
    assert seen(graph) == set() == set(graph.store.match(graph_name=MAPPED))


def test_a_merge_that_nothing_speaks_of_writes_nothing(graph: KnowledgeGraph) -> None:
    say(graph, Quad(ADA, KNOWS, BO, NOTE))
    merge(graph, {LOVELACE: ADA})
    assert not list(graph.store.match(graph_name=MAPPED))
    say(
        graph,
        Quad(LOVELACE, KNOWS, BO, MINTER.graph("predicted")),
        Quad(LOVELACE, KNOWS, BO, MINTER.graph("decisions")),
    )
    assert not list(graph.store.match(graph_name=MAPPED))


def test_names_and_classes_follow_the_keeper(graph: KnowledgeGraph) -> None:
    say(graph, Quad(LOVELACE, RDF["type"], PERSON, USER), Quad(LOVELACE, RDFS["label"], Literal("Lady Lovelace"), USER))
    merge(graph, {LOVELACE: ADA})
    found = {(q.predicate, q.object) for q in graph.store.match(ADA, graph_name=DefaultGraph())}
    assert {(RDF["type"], PERSON), (RDF["type"], AGENT), (KG["name"], Literal("Lady Lovelace"))} <= found
    assert not list(graph.store.match(LOVELACE, graph_name=DefaultGraph()))
    assert name_of(graph, LOVELACE) == "Lady Lovelace"  # where its own graphs are read
    say(graph, Quad(LOVELACE, RDFS["label"], Literal("A"), BOOKS), Quad(LOVELACE, RDFS["label"], Literal("A"), NOTE))
    assert (name_of(graph, LOVELACE), name_of(graph, ADA)) == ("A", "A")


def test_what_is_hidden_has_the_name_that_its_graphs_say(graph: KnowledgeGraph) -> None:
    merge(graph, {LOVELACE: ADA})
    graphs = (("a", NOTE), ("b", USER), ("b", BOOKS))
    say(graph, *(Quad(LOVELACE, RDFS["label"], Literal(text), graph_name) for text, graph_name in graphs))
    assert name_of(graph, LOVELACE) == "b"
    commit(graph, Change(remove=(Quad(LOVELACE, RDFS["label"], Literal("b"), USER),)))
    assert name_of(graph, LOVELACE) == "a"


def name_of(graph: KnowledgeGraph, thing: NamedNode) -> str | None:
    names = [quad.object for quad in graph.store.match(thing, KG["name"], None, NAMES)]
    assert len(names) < 2
    return names[0].value if names and isinstance(names[0], Literal) else None


def test_a_name_that_was_given_comes_first(graph: KnowledgeGraph) -> None:
    decided = MINTER.graph("decided")
    say(graph, Quad(NOTE, KG["describes"], ADA, NOTE), Quad(NOTE, DCT["title"], Literal("Title"), NOTE))
    say(graph, Quad(ADA, RDFS["label"], Literal("Label", language="en"), MINTER.graph("ontology")))
    assert name_of(graph, ADA) == "Title"
    given = (
        Quad(ADA, KG["preferredName"], Literal("Given"), decided),
        Quad(ADA, RDFS["label"], Literal("Given"), decided),
    )
    say(graph, *given)
    assert name_of(graph, ADA) == "Given"
    commit(graph, Change(remove=given))
    assert name_of(graph, ADA) == "Title"


def test_a_deletion_means_what_is_seen(graph: KnowledgeGraph) -> None:
    """DELETE names the keeper, as a query shows it; what is deleted is what was said of the other."""
    kept = Quad(BO, KNOWS, LOVELACE, USER)
    say(graph, Quad(LOVELACE, KNOWS, BO, USER), Quad(COUNTESS, KNOWS, BO, BOOKS), Quad(ADA, KNOWS, BO, NOTE), kept)
    merge(graph, {LOVELACE: ADA, COUNTESS: ADA})
    run_update(graph, f"DELETE WHERE {{ {ADA} {KNOWS} ?x }}")
    assert seen(graph) == {(BO, KNOWS, ADA)}
    run_update(graph, f"DELETE DATA {{ {ADA} {KNOWS} {BO} }} ; INSERT DATA {{ {COUNTESS} {KNOWS} {ADA} }}")
    assert seen(graph) == {(BO, KNOWS, ADA), (ADA, KNOWS, ADA)}
    merge(graph, {})
    assert set(graph.store.match()) == {kept, Quad(COUNTESS, KNOWS, ADA, USER)}


@pytest.mark.parametrize("name", ["resolution", "mapped", "decided"])
def test_what_follows_is_not_written_by_name(graph: KnowledgeGraph, name: str) -> None:
    from kg.errors import UnsupportedQueryError

    with pytest.raises(UnsupportedQueryError, match=f"graph/{name}"):
        run_update(graph, f"INSERT DATA {{ GRAPH <{BASE}graph/{name}> {{ {ADA} {KNOWS} {BO} }} }}")
    say(graph, Quad(ADA, KNOWS, BO, MINTER.graph(name)))
    run_update(graph, f"DELETE WHERE {{ {ADA} {KNOWS} ?x }}")
    assert seen(graph) == {(ADA, KNOWS, BO)}


def test_of_several_keepers_the_first_counts(graph: KnowledgeGraph) -> None:
    say(graph, Quad(LOVELACE, KNOWS, LOVELACE, USER))
    for keeper in (BO, ADA):
        commit(graph, Change(tuple(lines({LOVELACE: keeper}))))
    assert seen(graph) == {(ADA, KNOWS, ADA)}
    commit(graph, Change(remove=(Quad(MINTER.merge(LOVELACE), KG["keeper"], ADA, RESOLUTION),)))
    assert seen(graph) == {(BO, KNOWS, BO)}


def test_a_graph_that_is_wrong_is_made_right(graph: KnowledgeGraph) -> None:
    graph.store.commit(Change((*lines({LOVELACE: ADA}), Quad(LOVELACE, KNOWS, BO, USER), Quad(BO, KNOWS, BO, MAPPED))))
    assert seen(graph) == {(LOVELACE, KNOWS, BO), (BO, KNOWS, BO)}
    graph.store.commit(entail_again(graph.store.match, ONTOLOGY, MINTER))
    assert seen(graph) == {(ADA, KNOWS, BO)}
    assert entail_again(graph.store.match, ONTOLOGY, MINTER) == Change()


# --- any sequence of changes

_KEPT, _MERGED = (ADA, BO), (LOVELACE, COUNTESS, BOB)
_graphs = st.sampled_from(
    [USER, USER, NOTE, BOOKS, *map(MINTER.graph, ("ontology", "decided", "predicted", "decisions"))]
)
_things = st.sampled_from([*_KEPT, *_MERGED, BlankNode("b")])
_quads = st.one_of(
    st.builds(Quad, _things, st.just(KNOWS), st.one_of(_things, st.just(Literal(LOVELACE.value))), _graphs),
    st.builds(Quad, _things, st.just(RDF["type"]), st.sampled_from([PERSON, KG["Evidence"]]), _graphs),
    st.builds(
        Quad,
        _things,
        st.sampled_from([RDFS["label"], DCT["title"], KG["preferredName"]]),
        st.sampled_from([Literal("a"), Literal("b")]),
        _graphs,
    ),
)
_merges = st.one_of(
    st.dictionaries(st.sampled_from(_MERGED), st.sampled_from(_KEPT)),
    st.dictionaries(st.sampled_from(_MERGED), st.sampled_from((*_KEPT, *_MERGED))),  # not flat, which nobody makes
).map(lambda merges: {other: keeper for other, keeper in merges.items() if other != keeper})


def shown(graph: KnowledgeGraph, merges: Merges) -> set[Quad]:
    """The default graph, computed the plain way."""
    quads = set()
    for subject, predicate, object_, graph_name in graph.store.match():
        if graph_name in excluded_graphs(MINTER):
            continue
        keepers = {} if graph_name in DERIVED else merges
        ends = [keepers.get(term, term) for term in (subject, object_)]  # type: ignore[call-overload]
        if not merges.keys() & set(ends):
            quads.add(Quad(ends[0], predicate, ends[1]))
    return quads


_steps = st.lists(st.tuples(changes(_quads, size=6), st.none() | _merges), min_size=1, max_size=8)


def follow(graph: KnowledgeGraph, steps: list[tuple[Change, Merges | None]]) -> None:
    """Check after every step that all that is derived is what follows, and that nothing is left of merges at last."""
    match, merges = graph.store.match, Merges()
    for said, wanted in steps:
        old, new = set(lines(merges)), set(lines(merges if wanted is None else wanted))
        change = Change((*said.add, *(new - old)), (*said.remove, *(old - new)))
        merges = merges if wanted is None else wanted
        further = entail(match, change, ONTOLOGY, MINTER)
        commit(graph, change)
        assert set(match(graph_name=DefaultGraph())) == shown(graph, merges)
        assert not graph.store.verify()
        assert map_again(match, MINTER) == Change()
        assert entail_again(match, ONTOLOGY, MINTER) == Change()
        held = {quad for name in DERIVED for quad in match(graph_name=name)}
        assert set(further.add) <= held and not set(further.remove) & held
        for thing in (*_KEPT, *_MERGED):
            assert sum(1 for _ in match(thing, KG["name"], None, DefaultGraph())) <= 1
    merge(graph, {})
    assert not list(match(graph_name=MAPPED))
    assert set(match(graph_name=DefaultGraph())) == shown(graph, {})


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(_steps)
def test_the_default_graph_is_the_merge_with_keepers(steps: list[tuple[Change, Merges | None]]) -> None:
    follow(new_graph(), steps)


@pytest.mark.parametrize(("copy_quads", "examples"), [(5_000_000, 6), (0, 3)])
def test_the_default_graph_is_the_merge_with_keepers_on_neo4j(
    neo4j_empty: ServerAddress, copy_quads: int, examples: int
) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(_steps)
    def check(steps: list[tuple[Change, Merges | None]]) -> None:
        empty_database(neo4j_empty)
        hiding, excluded = hiding_graph(MINTER), excluded_graphs(MINTER)
        opening = Opening(
            None, "merged", excluded, BASE, server=neo4j_empty, hiding=hiding, copy_quads=copy_quads, adopt=True
        )
        store = STORES.load("neo4j")(opening)
        try:
            follow(KnowledgeGraph(store, ONTOLOGY, MINTER), steps)
        finally:
            store.close()

    check()


@settings(max_examples=50, deadline=None)
@given(changes(_quads), changes(_quads), _merges)
def test_looking_through_a_change_is_looking_after_it(first: Change, change: Change, merges: Merges) -> None:
    graph = new_graph()
    graph.store.commit(Change((*first.add, *lines(merges))))
    through = as_changed(graph.store.match, change)
    patterns = [(), (LOVELACE,), (None, KNOWS), (None, None, ADA), (None, None, None, USER), (BO, KNOWS, ADA, NOTE)]
    found = [sorted(map(str, through(*pattern))) for pattern in patterns]  # type: ignore[arg-type]
    mapped = map_all(through, MINTER)
    graph.store.commit(change)
    assert found == [sorted(map(str, graph.store.match(*pattern))) for pattern in patterns]  # type: ignore[arg-type]
    assert mapped == map_all(graph.store.match, MINTER)


def test_the_checks_find_a_broken_one(graph: KnowledgeGraph) -> None:
    """A control of the tests above: each would see that nothing is mapped, or that nothing is hidden."""
    graph.store.commit(Change((*lines({LOVELACE: ADA}), Quad(LOVELACE, KNOWS, BO, USER))))
    assert set(graph.store.match(graph_name=DefaultGraph())) != shown(graph, {LOVELACE: ADA})
    assert map_again(graph.store.match, MINTER) != Change()
    careless = OxigraphStore(excluded=excluded_graphs(MINTER))
    careless.commit(Change((Quad(LOVELACE, KNOWS, BO, USER), Quad(ADA, KNOWS, BO, MAPPED))))
    careless.commit(Change((Quad(MAPPED, HIDES, Literal(LOVELACE.value, datatype=XSD["anyURI"]), MAPPED),)))
    assert seen(KnowledgeGraph(careless, ONTOLOGY, MINTER)) == {(LOVELACE, KNOWS, BO), (ADA, KNOWS, BO)}
