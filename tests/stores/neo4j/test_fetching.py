"""Slices fetched by Cypher from a server: Oxigraph answers from them as it does from the whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kg.errors import SliceTooLargeError, StoreChangingError
from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names, anonymous_key
from kg.rdf import PREFIXES as COMMON
from kg.rdf import RDF, XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad, canonical
from kg.results import DatasetClause, ResultSet, Solutions
from kg.slices import Closure, GraphNames, Leaf, Pattern, Slice, Values, Variable, Whole
from kg.slices.slicing import slice_of
from kg.stores import ServerAddress
from kg.stores.hiding import HIDES
from kg.stores.merge import Rule
from kg.stores.neo4j import fetching, ways
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.cypher import SAMPLE
from kg.stores.neo4j.driver import Connection, ReadSession, Statement
from kg.stores.neo4j.errors import UnknownMarkError
from kg.stores.neo4j.fetching import Fetcher
from kg.stores.neo4j.reading import read_all
from kg.stores.oxigraph import OxigraphStore
from tests.slices.differential import EXCLUDED, Case, answer, case, compare, tell
from tests.stores.neo4j.graphs import write_by_hand, write_shape

BASE = "http://e/"
HIDING = NamedNode("http://e/hiding")
G1 = NamedNode("http://e/g1")
S, P, O, X = map(Variable, "spox")  # noqa: E741 - as in the specification
_LONGEST = 260
"""Characters of a query: the server plans each new text, the longest ones for seconds."""


@pytest.fixture
def connection(neo4j_empty: ServerAddress) -> Iterator[Connection]:
    with Connection(neo4j_empty) as opened:
        opened.run("CREATE CONSTRAINT resource_iri IF NOT EXISTS FOR (n:Resource) REQUIRE n.iri IS UNIQUE")
        yield opened


class _Catalogue(Catalogue):
    """Names with a prefix that the database does not hold."""

    def __init__(self) -> None:
        super().__init__(BASE)
        self.names = Names(BASE, {**COMMON, "e": "http://e/"}, {})


def _iri(name: str) -> NamedNode:
    return NamedNode(BASE + name)


class _Sliced(OxigraphStore):
    """Answers from slices that are fetched from a server."""

    fetcher: Fetcher
    fetched: frozenset[Quad] | set[Quad] = frozenset()

    def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        for page in self.fetcher.fetch_pages(slice_of(text, prefixes, dataset)):
            rule = self._rule or Rule()
            part = OxigraphStore(None, self.dataset, rule.excluded, hiding=rule.hiding)
            part.fill(page.quads)
            part.list_graphs(page.graph_names)
            self.fetched = page.quads
            result = part.query(text, dataset, prefixes)
        return result


def _stores(asked: Case, fetcher: Fetcher) -> tuple[OxigraphStore, _Sliced]:
    excluded = EXCLUDED if asked.dataset == "merged" else frozenset[NamedNode]()
    whole = OxigraphStore(None, asked.dataset, excluded, hiding=HIDING)
    sliced = _Sliced(None, asked.dataset, excluded, hiding=HIDING)
    whole.fill(asked.quads)
    sliced.fetcher = fetcher
    return whole, sliced


def _difference(asked: Case, fetcher: Fetcher) -> str:
    """Return what is wrong with the answer to a case, if anything."""
    whole, sliced = _stores(asked, fetcher)
    expected = answer(whole, asked)
    if isinstance(expected, str):
        return ""
    found = answer(sliced, asked)
    surplus = sliced.fetched - set(asked.quads)
    if surplus:
        return f"not in the data: {surplus}\n{tell(asked, expected, found)}"

    is_right = asked.is_chosen_by_chance or compare(asked, expected, found, whole)
    return "" if is_right else tell(asked, expected, found)


def _absent(asked: Case) -> AbsentGraph:
    return G1 if asked.dataset == "merged" else DefaultGraph()


def _cases(seeds: range, most: int) -> Iterator[Case]:
    found = (each for each in map(case, seeds) if len(each.text) <= _LONGEST)
    for number, each in enumerate(found):
        if number == most:
            return
        kept = (Quad(q.subject, q.predicate, canonical(q.object), q.graph_name) for q in each.quads)
        yield replace(each, quads=tuple(dict.fromkeys(kept)))


def _differences(connection: Connection, seeds: range, most: int) -> Iterator[str]:
    catalogue, written, fetcher = _Catalogue(), None, None
    for asked in _cases(seeds, most):
        if fetcher is None or asked.quads != written:
            write_shape(connection, asked.quads, catalogue.names, _absent(asked))
            written, fetcher = asked.quads, Fetcher(connection, catalogue, _absent(asked), 10_000, EXCLUDED)
        if found := _difference(asked, fetcher):
            yield found


def test_random_queries_have_the_answers_of_the_whole(connection: Connection) -> None:
    assert list(_differences(connection, range(2_000, 10_000), 60)) == []


def test_random_queries_on_what_people_made_by_hand(connection: Connection) -> None:
    wrong = []
    for number, asked in enumerate(_cases(range(20_000, 30_000), 40)):
        if number % 3 == 0:
            write_by_hand(connection, random.Random(number))
            catalogue = _Catalogue()
        fetcher = Fetcher(connection, catalogue, _absent(asked), 10_000, EXCLUDED)
        with connection.reading() as session:
            quads = tuple(dict.fromkeys(read_all(session, catalogue.names, _absent(asked))))
        if found := _difference(replace(asked, quads=quads, is_chosen_by_chance=False), fetcher):
            wrong.append(found)
    assert wrong == []


def _with_hidden(most: int) -> Iterator[Case]:
    """Yield cases whose answer is another one where one IRI of the data, or two, are hidden."""
    found = 0
    for number, asked in enumerate(_cases(range(40_000, 60_000), 10_000)):
        chance = random.Random(number)
        ends = sorted({t for q in asked.quads for t in (q.subject, q.object) if isinstance(t, NamedNode)}, key=str)
        hidden = chance.sample(ends, min(len(ends), 1 + number % 2))
        lines = (Quad(HIDING, HIDES, Literal(iri.value, datatype=XSD["anyURI"]), HIDING) for iri in hidden)
        hiding, plain = (OxigraphStore(None, asked.dataset, EXCLUDED, hiding=name) for name in (HIDING, None))
        changed = replace(asked, quads=(*asked.quads, *lines))
        for store in (hiding, plain):
            store.fill(changed.quads)
        if found < most and asked.dataset == "merged" and answer(hiding, asked) != answer(plain, asked):
            found += 1
            yield changed
        elif found == most:
            return


def _hidden_differences(connection: Connection, hiding: NamedNode | None, most: int) -> Iterator[str]:
    catalogue = _Catalogue()
    for asked in _with_hidden(most):
        write_shape(connection, asked.quads, catalogue.names, _absent(asked))
        fetcher = Fetcher(connection, catalogue, _absent(asked), 10_000, EXCLUDED, hiding)
        if found := _difference(asked, fetcher):
            yield found


def test_random_queries_do_not_see_what_is_hidden(connection: Connection) -> None:
    assert list(_hidden_differences(connection, HIDING, 25)) == []


def test_what_is_hidden_would_be_seen_if_the_slice_did_not_say_it(connection: Connection) -> None:
    """A control of the test above."""
    assert next(_hidden_differences(connection, None, 25), None) is not None


@pytest.mark.parametrize("rule", ["_properties", "_relationships"])
def test_a_rule_that_is_broken_is_found(connection: Connection, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """What narrows wrongly must not pass the test above: here one way to store a triple is not looked at."""
    monkeypatch.setattr(ways, rule, lambda *_: [])
    assert next(_differences(connection, range(2_000, 10_000), 30), None) is not None


def _fetched(connection: Connection, *leaves: Leaf | Closure | GraphNames | Whole, cap: int = 1000) -> set[Quad]:
    return Fetcher(connection, _Catalogue(), DefaultGraph(), cap).fetch(Slice(leaves)).quads


def test_more_than_the_cap_is_refused_with_advice(connection: Connection) -> None:
    connection.run("UNWIND range(1, 50) AS i CREATE (:Resource {iri: 'http://e/' + i, e__a: i})")
    leaf = Leaf((Pattern(None, S, _iri("a"), O),))
    assert len(_fetched(connection, leaf, cap=50)) == 50
    for leaves in (leaf, Whole("a test")):
        with pytest.raises(SliceTooLargeError, match=r"neo4j\.slice_quads"):
            _fetched(connection, leaves, cap=49)


def test_pages_grow_until_all_is_there(connection: Connection) -> None:
    connection.run("UNWIND range(1, 3000) AS i CREATE (:Resource {iri: 'http://e/' + i, e__a: i})")
    fetcher = Fetcher(connection, _Catalogue(), DefaultGraph(), 10_000)
    pages = list(fetcher.fetch_pages(Slice((Leaf((Pattern(None, S, _iri("a"), O),)),), limit=10)))
    assert [page.is_complete for page in pages] == [False, False, True]
    assert pages[0].quads < pages[1].quads < pages[2].quads
    assert len(pages[2].quads) == 3000


def test_whether_a_term_is_known_is_told_by_a_few_of_its_matches(connection: Connection) -> None:
    quads = {Quad(_iri(f"i{n}"), RDF["type"], _iri("C"), _iri("g3")) for n in range(500)}
    absent, hidden, open_ = _iri("g1"), Leaf((Pattern(None, S, P, _iri("C")),), is_sample=True), _iri("g2")

    def rows_of(*excluded: NamedNode) -> list[int]:
        fetched = Fetcher(connection, _Catalogue(), absent, 1000, excluded).fetch(Slice((hidden,)))
        assert fetched.quads >= shown
        return [step.rows for step in fetched.steps]

    shown: set[Quad] = set()
    write_shape(connection, quads, _Catalogue().names, absent)
    assert rows_of() == [SAMPLE]
    assert rows_of(_iri("g3")) == [SAMPLE, 500]  # none is in the merge, but what is left might be
    shown = {Quad(_iri("last"), RDF["type"], _iri("C"), open_)}
    write_shape(connection, quads | shown, _Catalogue().names, absent)
    assert sum(rows_of(_iri("g3"))) <= SAMPLE + 501


def test_a_name_that_others_begin_to_use_is_found(connection: Connection) -> None:
    fetcher = Fetcher(connection, _Catalogue(), DefaultGraph(), 1000)
    wanted = Slice((Leaf((Pattern(None, S, _iri("a"), O),)),))
    assert fetcher.fetch(wanted).quads == set()
    connection.run("CREATE (:Resource {iri: 'http://e/u', e__a: 1})")
    assert len(fetcher.fetch(wanted).quads) == 1
    connection.run("CREATE ({e__a: 2})-[:`http://e/a`]->({x: 1})")
    assert len(fetcher.fetch(wanted).quads) == 3


def test_an_anonymous_node_is_found_by_its_blank_node(connection: Connection) -> None:
    ((id_,),) = connection.run("CREATE (n {e__a: 'x'}) RETURN elementId(n)")
    node = BlankNode(anonymous_key(id_)[2:])
    assert _fetched(connection, Leaf((Pattern(None, node, _iri("a"), O),))) == {Quad(node, _iri("a"), Literal("x"))}


def test_an_iri_too_long_for_an_index_comes_back_whole(connection: Connection) -> None:
    long = NamedNode("http://e/" + "z" * 9_000)
    quads = {Quad(long, _iri("a"), long), Quad(long, _iri("b"), Literal("x"))}
    write_shape(connection, quads, _Catalogue().names, DefaultGraph())
    assert _fetched(connection, Leaf((Pattern(None, long, P, O),))) == quads
    assert _fetched(connection, Leaf((Pattern(None, S, _iri("a"), O),))) == {Quad(long, _iri("a"), long)}


def test_a_property_that_names_an_iri_joins_its_node(connection: Connection) -> None:
    about = Quad(_iri("e1"), RDF["predicate"], _iri("a"))
    label = Quad(_iri("a"), _iri("b"), Literal("works for"))
    other = Quad(_iri("c"), _iri("b"), Literal("knows"))
    write_shape(connection, [about, label, other], _Catalogue().names, DefaultGraph())
    found = _fetched(connection, Leaf((Pattern(None, S, RDF["predicate"], P), Pattern(None, P, _iri("b"), O))))
    assert found == {about, label}
    assert _fetched(connection, Leaf((Pattern(None, S, RDF["predicate"], _iri("a")),))) == {about}


def test_an_iri_that_is_only_named_needs_no_node(connection: Connection) -> None:
    said = Quad(_iri("u"), _iri("a"), _iri("v"))
    about = [Quad(_iri(name), RDF["predicate"], _iri("a")) for name in ("e1", "e2")]
    write_shape(connection, [said, *about], _Catalogue().names, DefaultGraph())
    reified = Pattern(None, X, RDF["predicate"], P)
    assert _fetched(connection, Leaf((Pattern(None, S, P, O), reified))) >= {said, *about}
    assert _fetched(connection, Leaf((reified, Pattern(None, S, RDF["predicate"], P)))) == set(about)
    assert _fetched(connection, Leaf((reified,), (), (Values(P, (_iri("a"),)),))) == set(about)
    assert _fetched(connection, Leaf((reified,), (), (Values(P, (_iri("b"),)),))) == set()


def test_two_nodes_that_are_one_blank_node_are_joined(connection: Connection) -> None:
    ((id_,),) = connection.run("CREATE (n {e__a: 'x'}) RETURN elementId(n)")
    node = BlankNode(anonymous_key(id_)[2:])
    connection.run("CREATE (:Resource {iri: $iri, e__b: 'y'})", iri=str(node))
    found = _fetched(connection, Leaf((Pattern(None, S, _iri("a"), O), Pattern(None, S, _iri("b"), P))))
    assert found == {Quad(node, _iri("a"), Literal("x")), Quad(node, _iri("b"), Literal("y"))}


def test_a_node_with_an_odd_iri_is_a_blank_node(connection: Connection) -> None:
    connection.run(
        "CREATE (:Resource {iri: 'Ada Lovelace'})-[:e__a]->(:Resource {iri: 'http://e/term/Ada%20Lovelace', e__b: 1})"
    )
    (quad,) = _fetched(connection, Leaf((Pattern(None, S, _iri("a"), O), Pattern(None, O, _iri("b"), P)))) - {
        Quad(_iri("term/Ada%20Lovelace"), _iri("b"), Literal(1))
    }
    assert isinstance(quad.subject, BlankNode)
    assert _fetched(connection, Leaf((Pattern(None, quad.subject, P, O),))) == {quad}


def test_a_walk_follows_both_directions_and_labels(connection: Connection) -> None:
    chain = [Quad(_iri(one), _iri("a"), _iri(two)) for one, two in ("uv", "vw", "wx")]
    typed = Quad(_iri("x"), RDF["type"], _iri("y"))
    write_shape(connection, [*chain, typed, Quad(_iri("y"), _iri("c"), _iri("u"))], _Catalogue().names, DefaultGraph())
    forward = Closure(None, _iri("v"), ((_iri("a"), False), (RDF["type"], False)))
    assert _fetched(connection, forward) == {*chain[1:], typed}
    backward = Closure(None, _iri("y"), ((_iri("a"), True), (RDF["type"], True)))
    assert _fetched(connection, backward) == {*chain, typed}


def test_graphs_are_named_and_none_twice(connection: Connection) -> None:
    connection.run(
        "CREATE (:Resource {iri: 'http://e/u'})-[:e__a {_g: ['g1', 'http://e/g2']}]->(:Resource {iri: 'http://e/v'})"
    )
    fetched = Fetcher(connection, _Catalogue(), DefaultGraph(), 1000).fetch(Slice((GraphNames(),)))
    assert fetched.graph_names == {G1, _iri("g2")}
    leaf = Leaf((Pattern(G1, S, _iri("a"), O),), (), (Values(X, (_iri("u"),)),))
    assert Quad(_iri("u"), _iri("a"), _iri("v"), G1) in _fetched(connection, leaf)


def test_a_database_that_never_stands_still_is_said_to_change(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.stores.neo4j.driver.ReadSession.is_snapshot", lambda _: False)
    monkeypatch.setattr(fetching, "_PAUSE", 0.0)
    with pytest.raises(StoreChangingError, match="3 tries"):
        _fetched(connection, Leaf((Pattern(None, S, _iri("a"), O),)))


def test_a_label_of_an_indexed_key_is_an_index_seek(connection: Connection) -> None:
    connection.run("CREATE INDEX h6 IF NOT EXISTS FOR (n:Resource) ON (n.e__name)")
    connection.run("CALL db.awaitIndexes(60)")
    connection.run("UNWIND range(1, 2000) AS i CREATE (:Resource {iri: 'http://e/' + i, e__name: 'n' + i})")
    connection.run("MATCH (n:Resource {iri: 'http://e/7'}) SET n.e__name = ['n8', 'other']")
    leaf = Leaf((Pattern(None, S, _iri("name"), Literal("n8")),))
    fetcher = Fetcher(connection, _Catalogue(), DefaultGraph(), 1000)
    fetched = fetcher.fetch(Slice((leaf,)))
    assert {quad.subject for quad in fetched.quads if quad.object == Literal("n8")} == {_iri("7"), _iri("8")}
    assert fetched.steps[0].rows == 2
    connection.run("DROP INDEX h6")


def test_solutions_are_rows(connection: Connection) -> None:
    store = _Sliced(None, "separate")
    store.fetcher = Fetcher(connection, _Catalogue(), DefaultGraph(), 1000)
    connection.run("CREATE (:Resource {iri: 'http://e/u', e__a: [1, 2]})")
    found = store.query("SELECT ?o { ?s <http://e/a> ?o }", DatasetClause(), {})
    assert isinstance(found, Solutions)
    assert len(list(found.rows)) == 2


def test_a_mark_from_before_a_backup_was_put_back_is_forgotten(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server itself says so after half a minute."""
    quad = Quad(_iri("u"), _iri("a"), _iri("v"), G1)
    write_shape(connection, [quad], _Catalogue().names, DefaultGraph())
    fetcher, stream, tries = Fetcher(connection, _Catalogue(), DefaultGraph(), 100), ReadSession.stream, [0]
    wanted = slice_of("SELECT * { GRAPH ?g { ?s ?p ?o } }", {}, DatasetClause())
    assert fetcher.fetch(wanted).quads == {quad}

    def refused(session: ReadSession, statement: Statement) -> Iterator[list[object]]:
        tries[0] += 1
        if tries[0] == 1:
            raise UnknownMarkError("never heard of")
        return stream(session, statement)

    monkeypatch.setattr(ReadSession, "stream", refused)
    assert fetcher.fetch(wanted).quads == {quad} and tries[0] > 1
