"""What queries compute of a home is what `kg search` finds there."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cli import main
from kg.config import load_config
from kg.errors import NotFoundError
from kg.graph import KnowledgeGraph, open_graph
from kg.home import Home
from kg.query.cypher import run_cypher
from kg.query.sparql import run_sparql
from kg.rdf import Literal, NamedNode
from kg.results import Boolean, Solutions
from kg.search.computing import HomeComputed
from kg.search.opening import open_searcher
from tests.search.vault import NOTES, note

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def graph(searched: Path) -> Iterator[KnowledgeGraph]:
    home = Home(searched)
    config = load_config(home.settings, {}, {})
    graph = open_graph(home, config, home.store, read_only=True)
    yield dataclasses.replace(graph, computed=HomeComputed(lambda: graph, home, config))
    graph.store.close()


def test_hits_are_those_of_the_searcher(searched: Path, graph: KnowledgeGraph) -> None:
    home = Home(searched)
    searcher = open_searcher(graph, home, load_config(home.settings, {}, {}))
    assert graph.computed is not None
    for passages in (False, True):
        hits = searcher.search("graph database", 6, passages=passages, diversity=0.8, explain=False).hits
        found = graph.computed.search("graph database", 6, passages, 0.8)
        assert [(each.node, each.score, each.rank, each.passage) for each in found] == [
            (hit.note, hit.score, hit.rank, hit.text) for hit in hits
        ]
    assert len({each.node for each in found}) < len(found)  # of a note several passages


@pytest.mark.parametrize(("query", "first"), [("baking bread", "Tools/Sourdough.md"), ("图数据库", "笔记/图数据库.md")])
def test_a_pattern_binds_notes_and_their_passages(graph: KnowledgeGraph, query: str, first: str) -> None:
    text = f"""SELECT ?n ?p ?b ?e ?path {{
      ?n kg:search [ kg:query "{query}" ; kg:k 1 ; kg:passage ?p ; kg:start ?b ; kg:end ?e ] ; kg:path ?path
    }}"""
    found = run_sparql(graph, text)
    assert isinstance(found, Solutions)
    ((node, passage, start, end, path),) = found.rows
    assert node is not None
    assert (node.value, path) == (NamedNode(note(first)).value, Literal(first))  # type: ignore[union-attr]
    assert isinstance(passage, Literal)
    assert isinstance(start, Literal)
    assert isinstance(end, Literal)
    assert NOTES[first][int(start.value) : int(end.value)] == passage.value


def test_what_a_search_holds_back_no_query_finds(graph: KnowledgeGraph) -> None:
    assert graph.computed is not None
    found = {each.node.value for each in graph.computed.search("hedgehogs graph databases", 100, False, None)}
    assert found.isdisjoint({note("Half.md"), note("Diary.md"), note("Templates/Tool.md")})


def test_what_is_like_a_note_or_an_entity(graph: KnowledgeGraph) -> None:
    assert graph.computed is not None
    oxigraph = NamedNode(note("Tools/Oxigraph.md"))
    by_iri = graph.computed.similar(oxigraph, 3)
    assert by_iri
    assert oxigraph not in {each.node for each in by_iri}
    assert graph.computed.similar("Tools/Oxigraph.md", 3) == by_iri
    assert [each.rank for each in by_iri] == list(range(1, len(by_iri) + 1))
    assert graph.computed.similar(oxigraph.value, 3) == by_iri
    with pytest.raises(NotFoundError, match="Nobody"):
        graph.computed.similar("Nobody At All", 3)


@pytest.mark.parametrize("written", ["https://nowhere.example/x", note("No such note.md")])
def test_an_iri_of_which_nothing_is_said_is_like_nothing_in_both_languages(graph: KnowledgeGraph, written: str) -> None:
    assert graph.computed is not None
    assert graph.computed.similar(NamedNode(written), 3) == []
    assert graph.computed.similar(written, 3) == []
    assert list(run_cypher(graph, "CALL kg.similarTo($to) YIELD node RETURN node", {"to": written}).rows) == []
    assert run_sparql(graph, f"ASK {{ ?x kg:similarTo <{written}> }}") == Boolean(False)
    assert run_sparql(graph, f'ASK {{ ?x kg:similarTo "{written}" }}') == Boolean(False)


@pytest.mark.parametrize("written", ["Nobody", "Re:Nobody"])
def test_a_name_that_nothing_has_is_an_error_in_both_languages(graph: KnowledgeGraph, written: str) -> None:
    with pytest.raises(NotFoundError, match=written):
        run_cypher(graph, "CALL kg.similarTo($to)", {"to": written})
    with pytest.raises(NotFoundError, match=written):
        run_sparql(graph, f'ASK {{ ?x kg:similarTo "{written}" }}')


def test_the_commands_compute(searched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sparql = 'SELECT ?path { ?n kg:search [ kg:query "baking bread" ; kg:k 1 ] ; kg:path ?path }'
    assert main(["sparql", sparql, "--json", "--home", str(searched)]) == 0
    rows = json.loads(capsys.readouterr().out)["results"]["bindings"]
    assert [row["path"]["value"] for row in rows] == ["Tools/Sourdough.md"]
    cypher = "CALL kg.search($text, 1) YIELD node, passage RETURN node.path, passage"
    given = ["--param", 'text="baking bread"', "--json"]
    assert main(["cypher", cypher, *given, "--home", str(searched)]) == 0
    ((path, passage),) = json.loads(capsys.readouterr().out)["data"]["values"]
    assert path == "Tools/Sourdough.md"
    assert passage in NOTES[path]
    assert main(["sparql", "SELECT * { ?n kg:search ?t }", "--json", "--home", str(searched)]) == 2
    assert "write a constant" in json.loads(capsys.readouterr().out)["error"]["detail"]
    assert main(["sparql", "ASK { ?x kg:predicted ?y }", "--json", "--home", str(searched)]) == 1
    assert "No trained model" in json.loads(capsys.readouterr().out)["error"]["detail"]
