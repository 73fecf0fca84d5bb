"""The derived graphs: each rule once, and that moving them forward gives what building them anew gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.derived import derive, derive_again, derive_all
from kg.graph import KnowledgeGraph, commit
from kg.iri import Minter
from kg.model import Change
from kg.ontology import ClassTerm, Ontology
from kg.rdf import DCT, KG, RDF, RDFS, BlankNode, Literal, NamedNode, Quad, Term
from kg.stores.oxigraph import OxigraphStore
from tests.strategies import changes

BASE = "https://example.com/"
MINTER = Minter(BASE)
PERSON, AGENT, ENTITY = KG["Person"], KG["Agent"], KG["Entity"]
NOTE, EVIDENCE = KG["Note"], KG["Evidence"]
A, B, N1, N2 = (NamedNode(BASE + name) for name in ("a", "b", "note/1", "note/2"))
ONTOLOGY_GRAPH, NAMES, INFERRED = (MINTER.graph(name) for name in ("ontology", "names", "inferred"))
EXCLUDED = frozenset({MINTER.graph("predicted"), MINTER.graph("decisions")})
TYPE, LABEL, TITLE, DESCRIBES, NAME = RDF["type"], RDFS["label"], DCT["title"], KG["describes"], KG["name"]


def ontology_of(parents: dict[NamedNode, tuple[NamedNode, ...]]) -> Ontology:
    return Ontology({iri: ClassTerm(iri, parents=above) for iri, above in parents.items()}, {}, {}, frozenset(), (), "")


ONTOLOGY = ontology_of({PERSON: (AGENT,), AGENT: (ENTITY,), ENTITY: (), KG["Loop"]: (PERSON, KG["Loop2"]),
                        KG["Loop2"]: (KG["Loop"],)})  # fmt: skip


def new_graph() -> KnowledgeGraph:
    return KnowledgeGraph(OxigraphStore(excluded=EXCLUDED), ONTOLOGY, MINTER)


@pytest.fixture
def graph() -> KnowledgeGraph:
    return new_graph()


def say(graph: KnowledgeGraph, *quads: tuple[NamedNode, NamedNode, Term, NamedNode]) -> None:
    commit(graph, Change(tuple(Quad(*quad) for quad in quads)))


def unsay(graph: KnowledgeGraph, *quads: tuple[NamedNode, NamedNode, Term, NamedNode]) -> None:
    commit(graph, Change(remove=tuple(Quad(*quad) for quad in quads)))


def name_of(graph: KnowledgeGraph, thing: NamedNode) -> str | None:
    names = [quad.object for quad in graph.store.match(thing, NAME)]
    assert len(names) < 2
    if not names:
        return None
    assert isinstance(names[0], Literal) and names[0] == Literal(names[0].value)
    return names[0].value


def types_of(graph: KnowledgeGraph, thing: NamedNode) -> set[Term]:
    return {quad.object for quad in graph.store.match(thing, TYPE, None, INFERRED)}


def test_superclasses_are_inferred_and_leave_with_the_last_reason(graph: KnowledgeGraph) -> None:
    say(graph, (A, TYPE, PERSON, N1), (A, TYPE, AGENT, N2))
    assert types_of(graph, A) == {AGENT, ENTITY}
    unsay(graph, (A, TYPE, PERSON, N1))
    assert types_of(graph, A) == {ENTITY}
    unsay(graph, (A, TYPE, AGENT, N2))
    assert types_of(graph, A) == set()


def test_guesses_decisions_and_the_ontology_entail_nothing(graph: KnowledgeGraph) -> None:
    for name in ("predicted", "decisions", "ontology"):
        say(graph, (A, TYPE, PERSON, MINTER.graph(name)), (A, TITLE, Literal("t"), MINTER.graph(name)))
    assert types_of(graph, A) == set()
    assert name_of(graph, A) is None


def test_the_title_of_the_describing_note_comes_first(graph: KnowledgeGraph) -> None:
    say(graph, (A, LABEL, Literal("label"), N1), (A, LABEL, Literal("label", language="en"), ONTOLOGY_GRAPH))
    say(graph, (N1, DESCRIBES, A, N1), (N1, TITLE, Literal("b title"), N1))
    assert name_of(graph, A) == "b title"
    say(graph, (N2, TITLE, Literal("a title"), N2), (N2, DESCRIBES, A, N2))
    assert name_of(graph, A) == "a title"
    commit(graph, Change((Quad(N2, TITLE, Literal("c title"), N2),), (Quad(N2, TITLE, Literal("a title"), N2),)))
    assert name_of(graph, A) == "b title"
    unsay(graph, (N1, DESCRIBES, A, N1), (N2, DESCRIBES, A, N2))
    assert name_of(graph, A) == "label"


def test_a_note_is_named_by_its_title(graph: KnowledgeGraph) -> None:
    say(graph, (N1, LABEL, Literal("alias"), N1), (N1, TITLE, Literal("title"), N1))
    assert name_of(graph, N1) == "alias"
    say(graph, (N1, TYPE, NOTE, N1))
    assert name_of(graph, N1) == "title"


def test_a_title_names_what_has_no_label(graph: KnowledgeGraph) -> None:
    say(graph, (B, TITLE, Literal("An imported book"), NamedNode(BASE + "import/books")))
    assert name_of(graph, B) == "An imported book"


def test_ontology_labels_are_english_first(graph: KnowledgeGraph) -> None:
    labels = [Literal("人", language="zh"), Literal("z"), Literal("y", language="en-gb"), Literal("x", language="en"),
              Literal("w", language="en")]  # fmt: skip
    expected = ["人", "z", "y", "x", "w"]
    for label, name in zip(labels, expected, strict=True):
        say(graph, (PERSON, LABEL, label, ONTOLOGY_GRAPH))
        assert name_of(graph, PERSON) == name


def test_the_label_of_most_graphs_wins_and_ties_go_by_code_point(graph: KnowledgeGraph) -> None:
    say(graph, (A, LABEL, Literal("b"), N1), (A, LABEL, Literal("b", language="en"), N1), (A, LABEL, Literal("a"), N2))
    assert name_of(graph, A) == "a"
    say(graph, (A, LABEL, Literal("b"), MINTER.graph("user")))
    assert name_of(graph, A) == "b"
    unsay(graph, (A, LABEL, Literal("b"), N1))
    assert name_of(graph, A) == "b"
    unsay(graph, (A, LABEL, Literal("b", language="en"), N1))
    assert name_of(graph, A) == "a"


def test_evidence_has_no_name(graph: KnowledgeGraph) -> None:
    say(graph, (A, LABEL, Literal("x"), N1))
    say(graph, (A, TYPE, EVIDENCE, N1))
    assert name_of(graph, A) is None
    unsay(graph, (A, TYPE, EVIDENCE, N1))
    assert name_of(graph, A) == "x"


def test_a_new_ontology_is_derived_again(graph: KnowledgeGraph) -> None:
    say(graph, (A, TYPE, PERSON, N1), (A, LABEL, Literal("x"), N1))
    change = derive_again(graph.store.match, ontology_of({PERSON: (KG["Being"],)}), MINTER)
    assert {quad.object for quad in change.add} == {KG["Being"]}
    assert {quad.object for quad in change.remove} == {AGENT, ENTITY}


def test_nothing_is_derived_in_a_separate_dataset() -> None:
    graph = KnowledgeGraph(OxigraphStore(dataset="separate"), ONTOLOGY, MINTER)
    say(graph, (A, TYPE, PERSON, N1), (A, LABEL, Literal("x"), N1))
    assert len(list(graph.store.match())) == 2


_graphs = st.sampled_from([N1, N2, MINTER.graph("user"), ONTOLOGY_GRAPH, MINTER.graph("predicted")])
_things = st.sampled_from([A, B, N1, N2, BlankNode("x")])
_texts = st.sampled_from(
    [
        Literal("a"),
        Literal("a", language="en"),
        Literal("b", language="EN-gb"),
        Literal("b", language="zh"),
        Literal("c"),
        Literal("01", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
        A,
    ]  # fmt: skip
)
_classes = st.sampled_from([PERSON, AGENT, KG["Loop"], NOTE, EVIDENCE, KG["Refusal"], BlankNode("class"), Literal("c")])
_quads = st.one_of(
    st.builds(Quad, _things, st.just(TYPE), _classes, _graphs),
    st.builds(Quad, _things, st.sampled_from([LABEL, TITLE]), _texts, _graphs),
    st.builds(Quad, _things, st.just(DESCRIBES), st.one_of(_things, _texts), _graphs),
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.lists(changes(_quads, size=6), min_size=1, max_size=8))
def test_moving_forward_gives_what_building_anew_gives(steps: list[Change]) -> None:
    graph = new_graph()
    for change in steps:
        further = derive(graph.store.match, change, ONTOLOGY, MINTER)
        commit(graph, change)
        held = {quad for graph_name in (NAMES, INFERRED) for quad in graph.store.match(graph_name=graph_name)}
        assert held == derive_all(graph.store.match, ONTOLOGY, MINTER)
        assert set(further.add) <= held and not set(further.remove) & held
        assert derive_again(graph.store.match, ONTOLOGY, MINTER) == Change()
