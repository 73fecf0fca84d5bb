"""What every store promises; each one runs this suite (`tests/stores/`)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import QuerySyntaxError, StoreError, UnsupportedQueryError
from kg.model import Change
from kg.rdf import RDFS, XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple
from kg.results import Boolean, DatasetClause, Graph, Solutions
from kg.stores import Dataset, Store
from kg.stores.hiding import HIDES
from kg.stores.replace import replace_graph
from tests.strategies import any_literals, changes, iris, objects, quads

EX = "https://example.com/"
A, B, P = NamedNode(EX + "a"), NamedNode(EX + "b"), NamedNode(EX + "p")
G1, G2, G3, PREDICTED = (NamedNode(f"{EX}graph/{name}") for name in ("1", "2", "3", "predicted"))
EXCLUDED = frozenset({PREDICTED})
HIDING = NamedNode(EX + "graph/mapped")
ANYWHERE = DatasetClause()

GRAPHS = (G1, G2, G3, PREDICTED, BlankNode("g"))


def default_graph(store: Store) -> set[Quad]:
    return set(store.match(graph_name=DefaultGraph()))


def merge_of(store: Store) -> set[Quad]:
    """The RDF merge without what is hidden, computed the plain way."""
    lines = store.match(None, HIDES, None, HIDING)
    hidden = {f"<{quad.object.value}>" for quad in lines if isinstance(quad.object, Literal)}
    return {
        Quad(q.subject, q.predicate, q.object)
        for q in store.match()
        if q.graph_name not in EXCLUDED and not {str(q.subject), str(q.object)} & hidden
    }


def hides(iri: str) -> Quad:
    """What says that an IRI has no place in the default graph."""
    return Quad(HIDING, HIDES, Literal(iri, datatype=XSD["anyURI"]), HIDING)


def rows(store: Store, text: str, dataset: DatasetClause = ANYWHERE) -> list[tuple[object, ...]]:
    result = store.query(text, dataset, {})
    assert isinstance(result, Solutions)
    return list(result.rows)


def count(store: Store, dataset: DatasetClause, pattern: str = "?s ?p ?o") -> int:
    ((value,),) = rows(store, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", dataset)
    assert isinstance(value, Literal)
    return int(value.value)


class StoreSuite:
    """The contract. A subclass says how a store of its kind is opened.

    `merge_examples` is how many sequences of commits the merge law is tried on.
    """

    merge_examples = 100

    @contextlib.contextmanager
    def open(self, folder: Path | None, dataset: Dataset = "merged") -> Iterator[Store]:
        """Open the store of a folder, or a fresh one; its excluded graphs are EXCLUDED, and HIDING hides."""
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with self.open(None) as store:
            yield store

    # --- commit

    def test_commit_adds_and_removes(self, store: Store) -> None:
        store.commit(Change(add=(Quad(A, P, B, G1), Quad(A, P, A, G1))))
        store.commit(Change(add=(Quad(B, P, B, G2),), remove=(Quad(A, P, B, G1),)))
        assert set(store.match()) == {Quad(A, P, A, G1), Quad(B, P, B, G2)}

    def test_a_quad_that_is_added_and_removed_is_added(self, store: Store) -> None:
        quad = Quad(A, P, Literal("1.70", datatype=XSD["decimal"]), G1)
        for _ in range(2):
            store.commit(Change((quad,), (Quad(A, P, Literal("1.7", datatype=XSD["decimal"]), G1),)))
            assert len(list(store.match())) == len(default_graph(store)) == 1

    def test_removing_what_is_not_held_is_no_error(self, store: Store) -> None:
        store.commit(Change(remove=(Quad(A, P, B, G1),)))
        assert not list(store.match())

    def test_values_are_canonical(self, store: Store) -> None:
        value = Literal("1.70", datatype=XSD["decimal"])
        store.commit(Change((Quad(A, P, value, G1),)))
        (quad,) = store.match(object=value)
        assert quad.object == Literal("1.7", datatype=XSD["decimal"])
        store.commit(Change(remove=(Quad(A, P, value, G1),)))
        assert not list(store.match())

    def test_a_position_stays_until_something_is_committed(self, store: Store) -> None:
        before = store.position()
        list(store.match())
        assert before == store.position() != ""
        store.commit(Change((Quad(A, P, B, G1),)))
        store.commit(Change((Quad(B, P, B, G1),)))
        after = store.position()
        assert after != before
        touched = store.touched(before)
        assert touched is None or touched >= {A, B}
        assert store.touched(after) in (None, frozenset())
        assert store.touched("unknown") is None

    def test_a_default_graph_quad_is_refused_and_nothing_changes(self, store: Store) -> None:
        with pytest.raises(StoreError, match="derived"):
            store.commit(Change((Quad(A, P, B, G1), Quad(A, P, B))))
        assert not list(store.match())

    def test_an_emptied_graph_is_not_listed(self, store: Store) -> None:
        for graph_name in (G1, BlankNode("g")):
            store.commit(Change((Quad(A, P, B, graph_name),)))
            assert list(store.graph_names()) == [graph_name]
            store.commit(Change(remove=(Quad(A, P, B, graph_name),)))
            assert not list(store.graph_names())

    def test_replace_graph_makes_the_smallest_change(self, store: Store) -> None:
        kept, old, new = (Quad(A, P, Literal(text), G1) for text in ("kept", "old", "new"))
        store.commit(Change((kept, old, Quad(A, P, B, G2))))
        assert replace_graph(store, G1, [kept, new]) == Change((new,), (old,))
        assert set(store.match()) == {kept, new, Quad(A, P, B, G2)}
        assert replace_graph(store, G1, [new, kept, kept]) == Change()
        replace_graph(store, G1, [])
        assert set(store.match()) == default_graph_of(G2, store)

    def test_commits_of_several_threads_keep_the_merge(self, store: Store) -> None:
        def work(number: int) -> None:
            for turn in range(15):
                quad = Quad(A, P, Literal(turn % 5), GRAPHS[number])
                store.commit(Change((quad,)) if turn % 3 else Change(remove=(quad,)))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert default_graph(store) == merge_of(store)

    # --- the merge

    def test_the_default_graph_is_always_the_merge(self) -> None:
        @settings(max_examples=self.merge_examples, deadline=None)
        @given(st.lists(changes(st.one_of(quads(GRAPHS), quads(GRAPHS), _hiding)), max_size=6))
        def check(steps: list[Change]) -> None:
            with self.open(None) as store, self.open(None, "separate") as plain:
                for change in steps:
                    store.commit(change)
                    plain.commit(change)
                    assert set(store.match()) == set(plain.match())
                    assert default_graph(store) == merge_of(store)
                    assert not store.verify()

        check()

    def test_commits_give_what_sets_give(self) -> None:
        @settings(max_examples=self.merge_examples, deadline=None)
        @given(st.lists(changes(quads((G1, BlankNode("g")), st.one_of(objects, any_literals))), max_size=4))
        def check(steps: list[Change]) -> None:
            with self.open(None) as store, self.open(None) as canonical:
                held: set[Quad] = set()
                for change in steps:
                    parts = []
                    for part in (change.add, change.remove):
                        canonical.commit(Change(part))
                        parts.append(set(canonical.match()))
                        canonical.commit(Change(remove=part))
                    held = (held - parts[1]) | parts[0]
                    store.commit(change)
                    assert set(store.match()) == held

        check()

    def test_what_is_hidden_is_not_in_the_default_graph_and_comes_back(self, store: Store) -> None:
        named = (Quad(A, P, B, G1), Quad(B, P, A, G2), Quad(A, P, A, G1), Quad(A, B, Literal("a"), G3))
        store.commit(Change(named))
        store.commit(Change((hides(B.value),)))
        line = Quad(HIDING, HIDES, Literal(B.value, datatype=XSD["anyURI"]))
        shown = {Quad(A, P, A), Quad(A, B, Literal("a")), line}
        assert default_graph(store) == shown
        assert set(rows(store, "SELECT ?s ?p ?o { ?s ?p ?o }")) == {tuple(quad.triple) for quad in shown}
        assert rows(store, f"SELECT * {{ {B} ?p ?o }}") == rows(store, f"SELECT * {{ ?s ?p {B} }} LIMIT 1") == []
        assert count(store, ANYWHERE, "GRAPH ?g { ?s ?p ?o }") == 5
        assert count(store, DatasetClause((G1, G2))) == 3
        assert set(store.match()) == {*named, hides(B.value)}
        store.commit(Change((Quad(B, P, Literal(1), G1), Quad(A, P, Literal(1), G1))))
        store.commit(Change(remove=(Quad(A, P, A, G1), Quad(A, P, B, G1))))
        assert default_graph(store) == {Quad(A, P, Literal(1)), Quad(A, B, Literal("a")), line}
        assert not store.verify()
        store.commit(Change(remove=(hides(B.value), Quad(B, P, Literal(1), G1))))
        assert default_graph(store) == {Quad(B, P, A), Quad(A, P, Literal(1)), Quad(A, B, Literal("a"))}
        assert not store.verify()

    def test_verify_reports_what_is_wrong_with_nothing(self, store: Store) -> None:
        store.commit(Change((Quad(A, P, B, G1), Quad(A, P, A, PREDICTED))))
        assert not store.verify()
        assert default_graph(store) == {Quad(A, P, B)}

    # --- match

    def test_match_reads_named_graphs_unless_told(self, store: Store) -> None:
        store.commit(Change((Quad(A, P, B, G1), Quad(A, P, B, G2), Quad(B, P, Literal("x", language="EN"), G2))))
        assert set(store.match(A, P, B)) == {Quad(A, P, B, G1), Quad(A, P, B, G2)}
        assert set(store.match(graph_name=G2, subject=A)) == {Quad(A, P, B, G2)}
        assert set(store.match(object=Literal("x", language="en"))) == {Quad(B, P, Literal("x", language="en"), G2)}
        assert set(store.match(A, graph_name=DefaultGraph())) == {Quad(A, P, B)}
        assert not list(store.match(B, RDFS["label"]))

    def test_match_does_not_mix_neighbouring_values_up(self, tmp_path: Path) -> None:
        """Values whose last byte is 255 are where Oxigraph's scans run on."""
        values = [Literal(number) for number in (-257, -256, -2, -1, 0, 254, 255, 256, 300, 511, 512, 0.1, 255.5)]
        nodes = [BlankNode(label) for label in ("fe", "ff", "100", "1fe", "1ff")]
        with self.open(tmp_path / "store") as store:
            store.commit(Change(tuple(Quad(A, P, term, G1) for term in (*values, *nodes))))
            store.commit(Change(tuple(Quad(node, P, A, node) for node in nodes)))
            for term in (*values, *nodes):
                for pattern in ((A, P, term), (A, None, term), (None, P, term), (None, None, term)):
                    assert set(store.match(*pattern)) == {Quad(A, P, term, G1)}
                    assert set(store.match(*pattern, DefaultGraph())) == {Quad(A, P, term)}
            for node in nodes:
                assert set(store.match(node)) == set(store.match(graph_name=node)) == {Quad(node, P, A, node)}
            store.commit(Change(remove=tuple(Quad(A, P, term, G1) for term in values[::2])))
            store.commit(Change(remove=(Quad(nodes[1], P, A, nodes[1]),)))
            assert default_graph(store) == merge_of(store)

    # --- a separate dataset

    def test_separate_keeps_the_default_graph_as_it_is_told(self) -> None:
        with self.open(None, "separate") as store:
            assert store.dataset == "separate"
            store.commit(Change((Quad(A, P, B, G1), Quad(B, P, A))))
            assert default_graph(store) == {Quad(B, P, A)}
            store.commit(Change(remove=(Quad(A, P, B, G1), Quad(B, P, A), Quad(A, P, B))))
            assert not default_graph(store) and not list(store.match())
            assert not store.verify()

    # --- query

    def test_the_query_forms(self, store: Store) -> None:
        store.commit(Change((Quad(A, P, B, G1), Quad(A, P, B, G2))))
        assert rows(store, "SELECT ?s ?none ?o { ?s ?p ?o }") == [(A, None, B)]
        assert store.query("ASK { ex:a ?p ?o }", ANYWHERE, {"ex": EX}) == Boolean(True)
        assert store.query("ASK { ex:b ?p ?o }", ANYWHERE, {"ex": EX}) == Boolean(False)
        for text in ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "DESCRIBE ex:a"):
            result = store.query(text, ANYWHERE, {"ex": EX})
            assert isinstance(result, Graph)
            assert set(result.triples) == {Triple(A, P, B)}

    def test_a_triple_of_several_graphs_counts_once(self, store: Store) -> None:
        store.commit(Change((Quad(A, P, B, G1), Quad(A, P, B, G2), Quad(A, P, A, G3), Quad(B, P, B, PREDICTED))))
        assert count(store, ANYWHERE) == 2
        assert count(store, DatasetClause((G1, G2))) == 1
        assert count(store, DatasetClause((G1, G1, G2, G3, PREDICTED))) == 3
        assert count(store, DatasetClause((G3,))) == 1
        assert count(store, DatasetClause((PREDICTED,))) == 1

    def test_a_dataset_clause_is_the_whole_dataset(self, store: Store) -> None:
        store.commit(Change((Quad(A, P, B, G1), Quad(A, P, B, G2), Quad(A, P, A, G3))))
        named = "GRAPH ?g { ?s ?p ?o }"
        assert count(store, ANYWHERE, named) == 3
        assert count(store, DatasetClause((G1,)), named) == 0
        assert count(store, DatasetClause((G1, G2)), named) == 0
        assert count(store, DatasetClause((G1, G2), (G3, G1)), named) == 2
        assert count(store, DatasetClause(None, (G3,)), named) == 1
        assert count(store, DatasetClause(None, (G3,))) == 0
        assert count(store, DatasetClause((), ())) == 0
        assert count(store, DatasetClause((NamedNode(EX + "none"),))) == 0
        assert count(store, DatasetClause((G1, G2), (G3,)), "?s ?p ?o . GRAPH ?g { ?s ?p ?z }") == 1

    @pytest.mark.parametrize(
        ("text", "line", "column", "reason"),
        [
            ("SELECT * WHERE { ?s ?p }", 1, 25, "at the end of the line"),
            ("SELECT ?s\nWHERE { ?s nix:p ?o }", 2, 12, "Prefix not found"),
            ("SELECT ?o (COUNT(*) AS ?n) { ?s ?p ?o }", 1, 40, "unbound"),
            ("SELEC ?s { }", 1, 10, "at '{ }'"),
            ("", 1, 1, "at the end"),
        ],
    )
    def test_syntax_errors_say_where(self, store: Store, text: str, line: int, column: int, reason: str) -> None:
        with pytest.raises(QuerySyntaxError) as caught:
            store.query(text, ANYWHERE, {})
        assert (caught.value.line, caught.value.column) == (line, column)
        assert reason in caught.value.reason

    def test_an_unknown_function_is_named(self, store: Store) -> None:
        with pytest.raises(UnsupportedQueryError, match="custom function <https"):
            rows(store, f"SELECT (<{EX}f>(1) AS ?x) {{}}")

    # --- the life of a store

    def test_what_was_committed_is_there_after_reopening(self, tmp_path: Path) -> None:
        quads_ = {Quad(A, P, Literal("é", language="fr"), G1), Quad(BlankNode("x"), P, A, G2)}
        with self.open(tmp_path / "store") as store:
            store.commit(Change(tuple(quads_)))
        with self.open(tmp_path / "store") as store:
            assert set(store.match()) == quads_
            assert not store.verify()

    def test_a_checkpoint_is_a_copy(self, tmp_path: Path) -> None:
        with self.open(tmp_path / "store") as store:
            store.commit(Change((Quad(A, P, B, G1),)))
            store.checkpoint(str(tmp_path / "copy"))
            store.commit(Change((Quad(B, P, B, G1),), (Quad(A, P, B, G1),)))
            with self.open(tmp_path / "copy") as copy:
                assert set(copy.match()) == {Quad(A, P, B, G1)}
            with pytest.raises(StoreError, match="copy"):
                store.checkpoint(str(tmp_path / "copy"))

    def test_a_closed_store_says_so(self, tmp_path: Path) -> None:
        with self.open(tmp_path / "store") as store:
            store.close()
            store.close()
            with pytest.raises(StoreError, match="closed"):
                store.commit(Change((Quad(A, P, B, G1),)))
            with pytest.raises(StoreError, match="closed"):
                list(store.match())


_hiding = st.builds(hides, st.one_of(iris.map(lambda iri: iri.value), st.just("no IRI")))


def default_graph_of(graph_name: NamedNode, store: Store) -> set[Quad]:
    """The default graph's triples as quads of a graph that should hold them all."""
    return {Quad(q.subject, q.predicate, q.object, graph_name) for q in default_graph(store)}
