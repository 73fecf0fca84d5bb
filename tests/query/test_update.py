from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from kg.errors import KgError, NotFoundError, QueryError, QuerySyntaxError, StoreError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.model import Change
from kg.query.operations import parse_update
from kg.query.update import UpdateCount, run_update
from kg.rdf import Literal, Quad
from kg.stores.oxigraph import OxigraphStore

BASE = "https://noemata.example/test/"
HEAD = f"PREFIX : <{BASE}> PREFIX g: <{BASE}graph/> PREFIX ex: <http://example.org/>\n"
Make = Callable[..., KnowledgeGraph]


def held(graph: KnowledgeGraph) -> list[str]:
    """Every quad of the named graphs, short and sorted."""
    assert isinstance(graph.store, OxigraphStore)
    assert not graph.store.verify()
    return sorted(_short(quad) for quad in graph.store.match())


def _short(quad: Quad) -> str:
    terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
    return " ".join(
        term.value if isinstance(term, Literal) else str(term).strip("<>").split("/")[-1].split("#")[-1]
        for term in terms
    )


def update(graph: KnowledgeGraph, text: str) -> UpdateCount:
    return run_update(graph, HEAD + text)


def test_insert_goes_to_user_or_to_the_graph_named(make_graph: Make) -> None:
    graph = make_graph()
    assert update(graph, "INSERT DATA { ex:s ex:p 1, 01 . GRAPH :a { ex:s ex:p 1 } }") == UpdateCount(2, 0)
    assert held(graph) == ["s p 1 a", "s p 1 user"]
    assert update(graph, "INSERT DATA { ex:s ex:p 1 }") == UpdateCount(0, 0)


def test_delete_removes_from_every_named_graph(make_graph: Make) -> None:
    graph = make_graph(
        "GRAPH :a { ex:s ex:p 1, 2 } GRAPH :b { ex:s ex:p 1 } "
        f"GRAPH <{BASE}graph/decisions> {{ ex:s ex:p 1 }} GRAPH <{BASE}graph/predicted> {{ ex:s ex:p 1 }}"
    )
    assert update(graph, "DELETE DATA { ex:s ex:p '01'^^xsd:integer }") == UpdateCount(0, 2)
    assert held(graph) == ["s p 1 decisions", "s p 1 predicted", "s p 2 a"]
    assert update(graph, "DELETE WHERE { ?s ex:p ?o }") == UpdateCount(0, 1)
    assert held(graph) == ["s p 1 decisions", "s p 1 predicted"]


def test_delete_in_a_graph_leaves_the_others(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 1 } GRAPH :b { ex:s ex:p 1 }")
    assert update(graph, "DELETE WHERE { GRAPH :a { ?s ?p ?o } }") == UpdateCount(0, 1)
    assert held(graph) == ["s p 1 b"]


def test_with_is_the_graph_of_templates_and_where(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 1 } GRAPH :b { ex:s ex:p 1, 2 }")
    text = """WITH :b DELETE { ?s ex:p ?o } INSERT { ?s ex:q ?o . GRAPH :c { ?s ex:r ?o } }
        WHERE { ?s ex:p ?o FILTER(?o > 1) }"""
    assert update(graph, text) == UpdateCount(2, 1)
    assert held(graph) == ["s p 1 a", "s p 1 b", "s q 2 b", "s r 2 c"]


def test_with_reads_the_named_graphs_too(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 1 } GRAPH :b { ex:s ex:p 2 }")
    update(graph, "WITH :b INSERT { ?s ex:sum ?n } WHERE { ?s ex:p ?x GRAPH :a { ?s ex:p ?y } BIND(?x + ?y AS ?n) }")
    assert held(graph) == ["s p 1 a", "s p 2 b", "s sum 3 b"]


def test_using_replaces_what_where_reads(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 1 } GRAPH :b { ex:s ex:p 2 } GRAPH :c { ex:s ex:p 3 }")
    update(graph, "WITH :c INSERT { ?s ex:q ?o } USING :a USING :b WHERE { ?s ex:p ?o }")
    assert held(graph) == ["s p 1 a", "s p 2 b", "s p 3 c", "s q 1 c", "s q 2 c"]
    update(graph, "INSERT { ?s ex:r ?o } USING NAMED :b WHERE { GRAPH ?g { ?s ex:p ?o } }")
    assert held(graph) == ["s p 1 a", "s p 2 b", "s p 3 c", "s q 1 c", "s q 2 c", "s r 2 user"]


def test_where_reads_the_merge_once(make_graph: Make) -> None:
    """A triple of two graphs gives one solution, so one fresh blank node."""
    graph = make_graph("GRAPH :a { ex:s ex:p 1 } GRAPH :b { ex:s ex:p 1 }")
    assert update(graph, "INSERT { ?s ex:q [ ex:r ?o ] } WHERE { ?s ex:p ?o }") == UpdateCount(2, 0)


def test_operations_see_the_ones_before(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 1 }")
    text = """INSERT DATA { ex:s ex:p 2 } ;
        INSERT { ?s ex:n ?n } WHERE { SELECT ?s (COUNT(*) AS ?n) { ?s ex:p ?o } GROUP BY ?s } ;
        DELETE DATA { ex:s ex:p 2 } ; CLEAR GRAPH :a ; INSERT DATA { GRAPH :a { ex:t ex:p 7 } } ; COPY :a TO :b"""
    assert update(graph, text) == UpdateCount(3, 1)
    assert held(graph) == ["s n 2 user", "t p 7 a", "t p 7 b"]


def test_prologues_add_up(make_graph: Make) -> None:
    graph = make_graph()
    text = "PREFIX a: <a:> INSERT DATA { a:s a:p 1 } ; PREFIX b: <b:> BASE <http://e/> INSERT DATA { a:s b:p <x> } ;"
    run_update(graph, text)
    assert held(graph) == ["a:s a:p 1 user", "a:s b:p x user"]


def test_default_is_user_when_written_and_the_merge_when_read(make_graph: Make) -> None:
    graph = make_graph(f"GRAPH :a {{ ex:s ex:p 1 }} GRAPH <{BASE}graph/user> {{ ex:s ex:p 2 }}")
    assert update(graph, "COPY DEFAULT TO :all") == UpdateCount(2, 0)
    assert held(graph) == ["s p 1 a", "s p 1 all", "s p 2 all", "s p 2 user"]
    assert update(graph, "ADD :a TO DEFAULT") == UpdateCount(1, 0)
    assert update(graph, "MOVE DEFAULT TO :a") == UpdateCount(1, 2)
    assert held(graph) == ["s p 1 a", "s p 1 all", "s p 2 a", "s p 2 all"]
    assert update(graph, "MOVE :a TO DEFAULT ; DROP GRAPH :all ; CLEAR DEFAULT") == UpdateCount(0, 4)
    assert held(graph) == []


def test_drop_all_leaves_decisions_only(make_graph: Make) -> None:
    graph = make_graph(
        f"GRAPH :n {{ ex:s a kg:Company ; rdfs:label 'S' }} GRAPH <{BASE}graph/decisions> {{ ex:s ex:p 1 }} "
        f"GRAPH <{BASE}graph/predicted> {{ ex:s ex:p 1 }} GRAPH <{BASE}graph/user> {{ ex:s ex:p 1 }}"
    )
    assert {"s name S names", "s type Organisation inferred"} <= set(held(graph))
    assert update(graph, "DROP ALL") == UpdateCount(0, 4)
    assert held(graph) == ["s p 1 decisions"]
    assert update(graph, "INSERT DATA { GRAPH :a { ex:s ex:p 1 } } ; CLEAR NAMED") == UpdateCount(0, 0)
    assert held(graph) == ["s p 1 decisions"]


@pytest.mark.parametrize("name", ["decisions", "names", "inferred"])
@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA {{ GRAPH g:{} {{ ex:s ex:p 1 }} }}",
        "DELETE DATA {{ GRAPH g:{} {{ ex:s ex:p 1 }} }}",
        "INSERT {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {{ BIND(g:{} AS ?g) GRAPH :a {{ ?s ?p ?o }} }}",
        "WITH g:{} DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
        "WITH g:{} INSERT {{ ex:s ex:p 1 }} WHERE {{}}",
        "CLEAR SILENT GRAPH g:{}",
        "DROP SILENT GRAPH g:{}",
        "CREATE SILENT GRAPH g:{}",
        "COPY :a TO g:{}",
        "ADD :a TO g:{}",
        "MOVE :a TO g:{}",
        "MOVE g:{} TO :a",
    ],
)
def test_guarded_graphs_refuse_by_name_and_undo_what_came_before(make_graph: Make, name: str, text: str) -> None:
    graph = make_graph(
        f"GRAPH :a {{ ex:s a kg:Company ; rdfs:label 'S' }} GRAPH <{BASE}graph/decisions> {{ ex:s ex:p 1 }}"
    )
    before = held(graph)
    with pytest.raises(UnsupportedQueryError, match=f"graph/{name}"):
        update(graph, "INSERT { ?s ex:n 1 } WHERE { ?s ?p ?o } ; DELETE WHERE { ?s ex:n ?o } ; " + text.format(name))
    assert held(graph) == before


def test_deletes_without_graph_leave_the_derived_graphs(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s a kg:Company }")
    assert update(graph, "DELETE WHERE { ?s a kg:Organisation }") == UpdateCount(0, 0)
    assert update(graph, "DELETE WHERE { ?s a kg:Company }") == UpdateCount(0, 1)
    assert held(graph) == []


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("LOAD SILENT <http://example.org/>", UnsupportedQueryError, "kg import"),
        ("INSERT {} WHERE { SERVICE <http://example.org/> {} }", UnsupportedQueryError, "SERVICE"),
        ("SELECT * {}", QuerySyntaxError, "kg sparql"),
        ("INSERT DATA { ex:s ex:p _:b } ; INSERT DATA { ex:s ex:p _:b }", QuerySyntaxError, "2:57: the blank node _:b"),
        ("INSERT DATA { ex:s ex:p 1 } ; DELETE DATA { _:b ex:p 1 }", QuerySyntaxError, ":2:"),
        ("INSERT DATA { ex:s ex:p 1 } ; INSERT DATA { ?s ex:p 1 }", QuerySyntaxError, ":2:"),
        ("INSERT DATA { ex:s ex:p 1 } ; ; INSERT DATA {}", QuerySyntaxError, ":2:"),
        ("INSERT DATA { ex:s ex:p 1 } ; DROP GRAPH :none", NotFoundError, "none"),
        ("INSERT DATA { ex:s ex:p 1 } ; COPY :none TO :a", NotFoundError, "none"),
        ("CREATE GRAPH :a", QueryError, "exists"),
    ],
)
def test_what_fails_leaves_nothing(make_graph: Make, text: str, error: type[KgError], says: str) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 0 }")
    with pytest.raises(error, match=says):
        update(graph, text)
    assert held(graph) == ["s p 0 a"]


def test_missing_graphs_are_silent_when_asked(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 0 }")
    update(graph, "DROP SILENT GRAPH :none ; ADD SILENT :none TO :a ; CREATE SILENT GRAPH :a")
    update(graph, "CREATE GRAPH :new ; CLEAR GRAPH :new")
    assert held(graph) == ["s p 0 a"]
    with pytest.raises(NotFoundError):
        update(graph, "DROP GRAPH :a ; CLEAR GRAPH :a")
    assert update(graph, "COPY SILENT :none TO :a") == UpdateCount(0, 1)


def test_a_request_without_where_is_one_commit(make_graph: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 0 }")
    commits: list[Change] = []
    commit = OxigraphStore.commit
    monkeypatch.setattr(OxigraphStore, "commit", lambda self, change: (commits.append(change), commit(self, change)))
    text = "CLEAR GRAPH :a ; INSERT DATA { GRAPH :a { ex:s ex:p 0, 1 } } ; DELETE DATA { ex:s ex:p 0 } ; COPY :a TO :b"
    assert update(graph, text) == UpdateCount(2, 1)
    assert [(len(change.add), len(change.remove)) for change in commits] == [(2, 1)]


def test_a_store_that_fails_midway_is_brought_back(make_graph: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 0 }")
    commit = OxigraphStore.commit

    def fail_on_seven(self: OxigraphStore, change: Change) -> None:
        if any(quad.object == Literal(7) for quad in change.add):
            raise StoreError("disk full")
        commit(self, change)

    monkeypatch.setattr(OxigraphStore, "commit", fail_on_seven)
    with pytest.raises(StoreError):
        update(graph, "DELETE DATA { ex:s ex:p 0 } ; INSERT { ex:s ex:q 1 } WHERE {} ; INSERT { ex:s ex:q 7 } WHERE {}")
    assert held(graph) == ["s p 0 a"]


def test_a_row_that_makes_no_rdf_is_left_out(make_graph: Make) -> None:
    graph = make_graph("GRAPH :a { ex:s ex:p 1, ex:o }")
    text = "INSERT { ?o ex:back ?s . ?s ?o 1 . ?s ex:q ?none . GRAPH ?o { ?s ex:in 1 } } WHERE { ?s ex:p ?o }"
    assert update(graph, text) == UpdateCount(3, 0)
    assert held(graph) == ["o back s user", "s in 1 o", "s o 1 user", "s p 1 a", "s p o a"]


def test_what_is_removed_from_notes_is_counted_and_told(make_graph: Make) -> None:
    graph = make_graph(
        f"GRAPH <{BASE}note/A.md> {{ ex:s ex:p 1, 2 }} GRAPH <{BASE}note/B.md> {{ ex:s ex:p 1 }} GRAPH :a {{ ex:s ex:p 1, 3 }}"
    )
    count = update(graph, "DELETE DATA { ex:s ex:p 1 }")
    assert count == UpdateCount(0, 3, removed_from_notes=2)
    assert count.notice == ("2 triples were removed from notes' graphs; they come back when their note is read again.")
    count = update(graph, "DELETE DATA { ex:s ex:p 3 }")
    assert (count, count.notice) == (UpdateCount(0, 1), None)
    again = "DELETE DATA { ex:s ex:p 2 } ; INSERT DATA { GRAPH :note\\/A.md { ex:s ex:p 2 } }"
    assert update(graph, again).notice is None
    dropped = update(graph, "DROP ALL")
    assert dropped.removed_from_notes == 1
    assert dropped.notice == "1 triple was removed from notes' graphs; it comes back when its note is read again."


def test_a_request_is_read_in_linear_time() -> None:
    triples = "".join(f"<http://example.org/s{i}> <http://example.org/p> {i} . " for i in range(20))
    text = f"INSERT DATA {{ {triples} }} ;\n"
    times = {}
    for count in (100, 800, 100, 800):  # processor time, the better of two: a busy machine is no fault of the parser
        begin = time.process_time()
        assert len(parse_update(text * count, {})) == count
        times[count] = min(time.process_time() - begin, times.get(count, math.inf))
    assert times[800] < 30 * times[100]  # 64 times, if each operation were looked for in the whole text


@pytest.mark.parametrize(
    "text", ["INSERT DATA { ex:s ex:p TRUE }", "INSERT DATA { ex:s ex:p _:a } ; INSERT DATA { ex:s ex:p _:b }"]
)
def test_data_that_is_read_by_tokens_means_the_same(make_graph: Make, text: str) -> None:
    assert update(make_graph(), text).added == text.count("ex:p")


def test_a_prefix_is_the_one_declared_last(make_graph: Make) -> None:
    graph = make_graph()
    text = "PREFIX a: <a:1> INSERT DATA { a:s a:p 1 } ; PREFIX a: <a:2> INSERT { a:s a:p ?x } WHERE { BIND(1 AS ?x) }"
    run_update(graph, text)
    assert held(graph) == ["a:1s a:1p 1 user", "a:2s a:2p 1 user"]


def test_a_mistake_keeps_its_place_in_the_request(make_graph: Make) -> None:
    text = "PREFIX a: <a:>\nINSERT DATA { a:s a:p 1 } ;\n  DELETE { a:s }\n WHERE {}"
    with pytest.raises(QuerySyntaxError) as caught:
        run_update(make_graph(), text)
    assert (caught.value.line, caught.value.column) == (3, 17)
    with pytest.raises(QuerySyntaxError) as caught:
        run_update(make_graph(), "INSERT DATA { <a:s> <a:p> 1 } ; PREFIX b: <a:x y> CLEAR ALL")
    assert (caught.value.line, caught.value.column) == (1, 48)
