"""Searching a home: what is found, by which filters, with which spans and reasons, and what is refused."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kg.cache import NoteTexts
from kg.cli import main
from kg.config import load_config
from kg.errors import InputError, NotFoundError, QueryError, QuerySyntaxError
from kg.events import Feedback
from kg.graph import KnowledgeGraph, open_graph
from kg.home import Home
from kg.rdf import NamedNode
from kg.search.asked import LONGEST_QUERY, MOST_HITS, Filters
from kg.search.computing import HomeComputed
from kg.search.hits import SearchAnswer
from kg.search.opening import home_searcher, open_index, open_searcher
from kg.search.searching import Searcher
from tests.search.vault import BASE, NOTES, note

pytestmark = pytest.mark.model

HIDDEN = {"Half.md", "Diary.md", "Templates/Tool.md"}
SHOWN = set(NOTES) - HIDDEN
WORDS = {"text": 1.0, "vectors": 0.0, "graph": 0.0}


@pytest.fixture(scope="module")
def graph(searched: Path) -> Iterator[KnowledgeGraph]:
    home = Home(searched)
    graph = open_graph(home, load_config(home.settings, {}, {}), home.store, read_only=True)
    yield graph
    graph.store.close()


@pytest.fixture(scope="module")
def searcher(searched: Path, graph: KnowledgeGraph) -> Searcher:
    home = Home(searched)
    return open_searcher(graph, home, load_config(home.settings, {}, {}))


def ids(answer: SearchAnswer) -> list[str]:
    return [hit.doc_id for hit in answer.hits]


def only(searcher: Searcher, query: str = "a", **filters: Any) -> set[str]:
    """All notes that a filter lets through, whatever fits best."""
    answer = searcher.search(query, 1000, filters=Filters(**filters), explain=False)
    return set(ids(answer))


# --- what is found


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("graph database", "Tools/Oxigraph.md"),
        ("Who works at Acme?", "People/Ada Lovelace.md"),
        ("baking bread", "Tools/Sourdough.md"),
        ("图数据库", "笔记/图数据库.md"),
        ("李雷喜欢什么天气", "笔记/李雷.md"),
        ("punched cards", "People/Ada Lovelace.md"),
        ('"answers queries in milliseconds"', "Projects/Lantern.md"),
        ("zeppelins", "Stub about zeppelins.md"),
        ("OXIGRAPH", "Tools/Oxigraph.md"),
    ],
)
def test_what_fits_best_comes_first(searcher: Searcher, query: str, first: str) -> None:
    assert ids(searcher.search(query, 3))[0] == first


def test_a_hit_is_a_passage_of_the_note(searcher: Searcher) -> None:
    for query in ("graph database", "图数据库", "rainy days"):
        hits = searcher.search(query, 20, passages=True, filters=Filters(hidden=True)).hits
        assert hits and any(hit.spans for hit in hits)
        for hit in hits:
            text = NOTES[hit.doc_id]
            assert text[hit.start : hit.end] == hit.text
            assert hit.note == NamedNode(note(hit.doc_id))
            assert all(hit.start <= span.start < span.end <= hit.end for span in hit.spans)


def test_spans_are_the_words_of_the_query_and_the_entities_it_names(searcher: Searcher) -> None:
    hit = searcher.search("graph databases", 1).hits[0]
    text = NOTES[hit.doc_id]
    assert {text[span.start : span.end] for span in hit.spans} == {"graph", "database"}


def test_headings_are_those_above_the_passage(searcher: Searcher) -> None:
    hit = searcher.search("rainy days in the archive", 1).hits[0]
    assert (hit.doc_id, hit.headings) == ("Projects/Lantern.md", ("Lantern", "Weather"))


def test_a_note_comes_once_unless_passages_are_asked_for(searcher: Searcher) -> None:
    notes = ids(searcher.search("Lantern archive queries", 50))
    assert len(notes) == len(set(notes))
    assert ids(searcher.search("Lantern archive queries", 50, passages=True)).count("Projects/Lantern.md") >= 2


def test_scores_fall_and_ranks_count(searcher: Searcher) -> None:
    hits = searcher.search("graph database", 20, diversity=1).hits
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.score > 0 for hit in hits)


def test_the_same_question_has_the_same_answer(searched: Path, graph: KnowledgeGraph, searcher: Searcher) -> None:
    config = load_config(Home(searched).settings, {}, {})
    other = open_searcher(graph, Home(searched), config)
    for query in ("graph database", "李雷", "nothing like it at all"):
        assert other.search(query).to_json() == searcher.search(query).to_json()


@pytest.mark.parametrize("k", [0, 1, 3, 10_000])
def test_no_more_hits_come_than_asked_for(searcher: Searcher, k: int) -> None:
    assert len(searcher.search("graph", k).hits) == min(k, len(searcher.search("graph", 1000).hits))


def test_words_alone_find_words_alone(searcher: Searcher) -> None:
    answer = searcher.search("hedgehog", weights=WORDS, filters=Filters(hidden=True))
    assert set(ids(answer)) == {"Half.md", "Diary.md"}
    assert {reason.source for hit in answer.hits for reason in hit.why} == {"words"}
    assert searcher.search("xylophone", weights=WORDS).hits == ()


def test_reasons_say_what_each_source_found(searcher: Searcher) -> None:
    answer = searcher.search("graph database in Rust", 1)
    texts = {reason.source: reason.text for reason in answer.hits[0].why}
    assert "“graph”, “database”, “Rust”" in texts["words"]
    assert "likeness" in texts["vectors"]


def test_the_knobs_are_in_the_answer(searcher: Searcher) -> None:
    knobs = searcher.search("a", weights={"graph": 0.25}, diversity=0.5, hops=3).knobs
    assert (knobs.graph, knobs.diversity, knobs.hops) == (0.25, 0.5, 3)
    assert (knobs.text, knobs.vectors) == (searcher.settings.weight_text, searcher.settings.weight_vectors)


# --- what is hidden


@pytest.mark.parametrize("query", ["graph database", "hedgehogs", "Acme", "tool"])
def test_drafts_private_notes_and_templates_are_found_only_when_asked_for(searcher: Searcher, query: str) -> None:
    shown = searcher.search(query, 50)
    assert HIDDEN.isdisjoint(ids(shown))
    assert "too little" not in str(shown.to_json())
    assert not HIDDEN.isdisjoint(ids(searcher.search(query, 50, filters=Filters(hidden=True))))


def test_what_a_private_note_says_leads_to_no_other(searcher: Searcher) -> None:
    weights = {"text": 1.0, "vectors": 0.0, "graph": 2.0}
    assert "Diary.md" in ids(searcher.search("pays", weights=weights, filters=Filters(hidden=True)))
    assert len(ids(searcher.search("pays", weights=weights, filters=Filters(hidden=True)))) > 1
    assert ids(searcher.search("pays", weights=weights)) == []


def test_the_answer_says_how_many_were_held_back(searcher: Searcher) -> None:
    assert searcher.search("hedgehogs").held_back == 2
    assert searcher.search("hedgehogs", filters=Filters(hidden=True)).held_back == 0
    assert searcher.search("sourdough").held_back == 0


def test_what_only_hidden_notes_describe_or_mention_is_not_told(tmp_path: Path) -> None:
    home, vault = tmp_path / "home", tmp_path / "s"
    vault.mkdir()
    for path, text in {
        "Zeno.md": "---\ntype: person\nprivate: true\n---\nZeno trusts [[Quirinus Ox]] and [[Milo]].\n",
        "Milo.md": "Milo bakes bread.\n",
        "Anna.md": '---\nknows: "[[Petra Lund]]"\n---\nAnna wrote to [[Zeno]].\n',
    }.items():
        (vault / path).write_text(text, "utf-8")
    assert main(["ingest", "--home", str(home), str(vault)]) == 0
    config = load_config(Home(home).settings, {}, {})
    graph = open_graph(Home(home), config, Home(home).store, read_only=True)
    searcher = open_searcher(graph, Home(home), config)

    def told(query: str, hidden: bool = False) -> tuple[set[str], tuple[str, ...]]:
        answer = searcher.search(query, filters=Filters(hidden=hidden))
        return {each.name for each in answer.recognised}, answer.suggestions

    assert told("Zeno and Quirinus Ox and Milo and Petra Lund")[0] == {"Milo", "Petra Lund"}
    assert {"Zeno", "Quirinus Ox"} <= told("Zeno and Quirinus Ox and Milo", hidden=True)[0]
    assert told("Quirinuss")[1] == () and told("Millo")[1] == ("Milo",) and told("Petraa")[1] == ("Petra",)
    assert "Zeno.md" not in str(searcher.search("Zeno").to_json())
    assert ids(searcher.search("Zeno")) == ["Anna.md"]
    graph.store.close()


# --- filters


@pytest.mark.parametrize(
    ("filters", "notes"),
    [
        ({"type": "person"}, {"People/Ada Lovelace.md", "People/Grace Hopper.md", "笔记/李雷.md"}),
        ({"type": "人物"}, {"People/Ada Lovelace.md", "People/Grace Hopper.md", "笔记/李雷.md"}),
        ({"type": "kg:Agent"}, {"People/Ada Lovelace.md", "People/Grace Hopper.md", "笔记/李雷.md", "Companies/Acme.md"}),
        ({"type": "https://w3id.org/noemata#Company"}, {"Companies/Acme.md"}),
        ({"type": "Note"}, SHOWN),
        ({"tag": "database"}, {"Tools/Oxigraph.md", "笔记/图数据库.md"}),
        ({"tag": "#Team"}, {"People/Ada Lovelace.md", "People/Grace Hopper.md"}),
        ({"tag": "team/core"}, {"People/Ada Lovelace.md"}),
        ({"folder": "Tools"}, {"Tools/Oxigraph.md", "Tools/Sourdough.md"}),
        ({"folder": "./tools/"}, {"Tools/Oxigraph.md", "Tools/Sourdough.md"}),
        ({"folder": "笔记"}, {"笔记/图数据库.md", "笔记/李雷.md"}),
        ({"folder": "/"}, SHOWN),
        ({"since": "2025-04"}, {"People/Grace Hopper.md", "笔记/李雷.md", "2025-05-01.md"}),
        ({"until": "2022"}, {"Tools/Sourdough.md"}),
        ({"since": "2025-02-01", "until": "2025-02"}, {"Tools/Oxigraph.md", "Projects/Lantern.md"}),
        ({"language": "zh"}, {"笔记/图数据库.md", "笔记/李雷.md"}),
        ({"language": "zh-CN", "type": "person"}, {"笔记/李雷.md"}),
        ({"where": "?note kg:linksTo ?other . ?other dct:title 'Oxigraph'"}, {"Projects/Lantern.md", "笔记/图数据库.md"}),
        ({"where": "{ ?note kg:worksFor ?c } # of what a note describes"}, {"People/Ada Lovelace.md"}),
        ({"where": "PREFIX k: <https://w3id.org/noemata#> ?note k:taggedWith ?t", "language": "zh"}, {"笔记/图数据库.md"}),
        ({"where": "SELECT ?note { ?note kg:taggedWith ?t } LIMIT 0"}, set()),
        ({"tag": "database", "language": "zh"}, {"笔记/图数据库.md"}),
    ],
)  # fmt: skip
def test_filters_let_through_what_they_say(searcher: Searcher, filters: dict[str, str], notes: set[str]) -> None:
    found = only(searcher, "Oxigraph database person works archive bread 李雷 图数据库 Grace zeppelins", **filters)
    if filters.get("where", "").startswith("{ ?note kg:worksFor"):
        found -= {"笔记/李雷.md"}  # whether the sentence was read is not search's affair
    assert found == notes


def test_near_grows_with_the_steps(searcher: Searcher) -> None:
    query = "Oxigraph database person works archive bread 李雷 图数据库 Grace zeppelins"

    def near(target: str, hops: int) -> set[str]:
        return set(ids(searcher.search(query, 100, filters=Filters(near=target), hops=hops, explain=False)))

    one, two = near("Oxigraph", 1), near("Oxigraph", 2)
    assert {"Tools/Oxigraph.md", "Projects/Lantern.md", "笔记/图数据库.md"} <= one
    assert "Tools/Sourdough.md" not in near("Oxigraph", 10)
    assert "People/Grace Hopper.md" not in one
    assert {"People/Grace Hopper.md", "Companies/Acme.md"} <= two
    assert near(f"{BASE}note/Tools/Oxigraph.md#it", 1) == near("Tools/Oxigraph.md", 1) == one


@pytest.mark.parametrize(
    ("filters", "error", "detail"),
    [
        ({"type": "persn"}, NotFoundError, "Did you mean 'person'"),
        ({"tag": "databse"}, NotFoundError, "Did you mean 'database'"),
        ({"folder": "Tool"}, NotFoundError, "Did you mean 'Tools'"),
        ({"since": "yesterday"}, InputError, "since must be a day, a month or a year"),
        ({"until": "2025-13"}, InputError, "until must be"),
        ({"since": "2025-06", "until": "2025-05-31"}, InputError, "nothing lies between"),
        ({"language": "fr"}, NotFoundError, "'fr'"),
        ({"near": "Oxigraf"}, NotFoundError, "Did you mean"),
        ({"where": "?n kg:linksTo ?m"}, InputError, "must say something of ?note"),
        ({"where": "SELECT ?m { ?note kg:linksTo ?m }"}, InputError, "selects no ?note"),
        ({"where": "?note kg:linksTo"}, QuerySyntaxError, "where"),
        ({"where": "ASK { ?note ?p ?o }"}, QuerySyntaxError, ""),
        ({"where": "?note ?p ?o } ; INSERT DATA { <a:a> <a:b> <a:c>"}, QuerySyntaxError, ""),
    ],
)
def test_what_is_wrong_with_a_filter(
    searcher: Searcher, filters: dict[str, str], error: type[Exception], detail: str
) -> None:
    with pytest.raises(error) as raised:
        searcher.search("graph", filters=Filters(**filters))  # type: ignore[arg-type]
    assert detail in str(raised.value)


def test_an_error_in_a_pattern_has_its_place(searcher: Searcher) -> None:
    with pytest.raises(QuerySyntaxError) as raised:
        searcher.search("graph", filters=Filters(where="?note a kg:Note .\n?note kg:linksTo ;;; x"))
    assert raised.value.line == 2


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("?note kg:linksTo ;;; x", "query:1:22: where"),
        ("PREFIX k: <https://w3id.org/noemata#> ?note k:linksTo ;;; x", "query:1:59: where"),
        ("PREFIX k: <https://w3id.org/noemata#>\n\n?note k:linksTo ;;; x", "query:3:21: where"),
        ("PREFIX k: <no iri>\n?note k:linksTo ?o", "query:1:"),
        ("?note a kg:Note .\n?note kg:linksTo", "query:2:17: where"),
        ("SELECT ?note {\n?note kg:linksTo ;;; x }", "query:2:22: where"),
        ("?note a kg:Note .\nSERVICE <http://e/x> { ?note ?p ?o }", "where: SERVICE (line 2, column 1)"),
        ("?note a kg:Note .\n?note kg:search ?text", "(line 2, column "),
    ],
)
def test_whatever_is_wrong_in_a_pattern_has_its_place(searcher: Searcher, pattern: str, place: str) -> None:
    with pytest.raises(QueryError) as raised:
        searcher.search("graph", filters=Filters(where=pattern))
    assert place in str(raised.value)


def test_a_pattern_may_search_with_the_same_searcher(searched: Path, graph: KnowledgeGraph, tmp_path: Path) -> None:
    """The index may have moved on when it does, which renews the searcher."""
    home = Home(Path(shutil.copytree(searched, tmp_path / "home")))
    kept: dict[str, Any] = {}
    config = load_config(home.settings, {}, {})
    asking = replace(graph, computed=HomeComputed(lambda: graph, home, config, lambda: kept))
    searcher = home_searcher(home, config, kept).on(asking)
    with open_index(home, config, searcher.model) as index:
        index.clear()
        index.sync(graph, NoteTexts(home.ingest_cache))
    db = sqlite3.connect(home.search_index)
    with db:  # as if a note had gone since
        db.execute("DELETE FROM notes WHERE iri = ?", (note("Tools/Sourdough.md"),))
        db.execute("UPDATE state SET value = value + 1 WHERE name IN ('version', 'oldest')")
    db.close()
    answer = searcher.search("graph database", filters=Filters(where='?note kg:search "Rust"'))
    assert "Tools/Oxigraph.md" in ids(answer)


@pytest.mark.parametrize(
    ("filters", "count"), [({}, None), ({"tag": "database"}, 2), ({"since": "2030"}, 0), ({"folder": "Templates"}, 0)]
)
def test_how_many_notes_the_filters_let_through_is_said(
    searcher: Searcher, filters: dict[str, str], count: int | None
) -> None:
    answer = searcher.search("graph", filters=Filters(**filters))  # type: ignore[arg-type]
    assert answer.among == count and answer.to_json().get("among") == count


def test_notes_whose_texts_are_lost_are_counted(searched: Path, graph: KnowledgeGraph, tmp_path: Path) -> None:
    """Their titles are found all the same; the cache may have been deleted, or be on another machine."""
    home = Home(Path(shutil.copytree(searched, tmp_path / "home")))
    shutil.rmtree(home.search_index.parent)
    answer = open_searcher(graph, home, load_config(home.settings, {}, {})).search("Oxigraph", 1)
    assert ids(answer) == ["Tools/Oxigraph.md"]
    assert answer.to_json()["incomplete"]["notes_without_text"] == len(NOTES)


# --- what is asked wrongly


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"query": "  "}, "query is empty"),
        ({"query": "a" * (LONGEST_QUERY + 1)}, "10,001 characters"),
        ({"query": "a", "k": -1}, "k must be"),
        ({"query": "a", "k": MOST_HITS + 1}, "k must be"),
        ({"query": "a", "weights": {"words": 1}}, "No source is called 'words'"),
        ({"query": "a", "weights": {"text": float("nan")}}, "weight_text must be"),
        ({"query": "a", "diversity": 1.5}, "diversity must be"),
        ({"query": "a", "hops": 0}, "hops must be"),
    ],
)
def test_what_is_wrong_with_a_question(searcher: Searcher, asked: dict[str, Any], detail: str) -> None:
    with pytest.raises(InputError) as raised:
        searcher.search(**asked)
    assert detail in str(raised.value)


@pytest.mark.parametrize(
    "query",
    ["?!", '"', '""', "'", "* OR NEAR(", "title:x AND", "\x00", "\ud800", "🎉", "a" * 10_000, "的", "-graph", "(((("],
)
def test_any_text_is_a_question(searcher: Searcher, query: str) -> None:
    searcher.search(query).to_json()


# --- what may have been meant


@pytest.mark.parametrize(
    ("query", "meant"),
    [("Oxigrpah", "Oxigraph"), ("Ada Lovelacce", "Ada Lovelace"), ("what is Sourdoughh?", "what is Sourdough?")],
)
def test_what_may_have_been_meant_is_said(searcher: Searcher, query: str, meant: str) -> None:
    assert meant in searcher.search(query).suggestions


@pytest.mark.parametrize("query", ["Oxigraph", "graph database", "图数据库", "qqqqqqq", "的"])
def test_nothing_is_suggested_where_words_are_known_or_like_nothing(searcher: Searcher, query: str) -> None:
    assert searcher.search(query).suggestions == ()


# --- what no note has


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("graph database", ()),
        ("graph xyzzy", ("xyzzy",)),
        ('"graph database" in "all of Rust"', ("all of Rust",)),
        ('"ada lovelace"', ()),
        ('"weather"', ()),
        ('"graph  Databasing"', ("graph  Databasing",)),
        ("图数据库 龘龘", ("龘龘",)),
        ("what is a blorptang", ("blorptang",)),
        ("hedgehogs", ()),
    ],
)
def test_what_no_note_has_is_said(searcher: Searcher, query: str, missing: tuple[str, ...]) -> None:
    answer = searcher.search(query)
    assert answer.missing == missing
    assert answer.to_json().get("missing", []) == list(missing)


@pytest.mark.parametrize("query", ["xyzzy plugh", "what is a blorptang", "zzzz to the", "asdfgh"])
def test_words_that_no_note_has_and_that_mean_nothing_find_nothing(searcher: Searcher, query: str) -> None:
    assert searcher.search(query).hits == ()


@pytest.mark.parametrize(
    ("query", "first"),
    [("烤面包", "Tools/Sourdough.md"), ("programming language translators", "People/Grace Hopper.md")],
)
def test_what_means_the_like_is_found_without_a_word_of_it(searcher: Searcher, query: str, first: str) -> None:
    answer = searcher.search(query)
    assert answer.missing and first in ids(answer)[:2]


def test_function_words_are_looked_for_where_there_are_no_others(searcher: Searcher) -> None:
    assert ids(searcher.search("on the", weights=WORDS))
    assert ids(searcher.search("on the blorptang", weights=WORDS)) == []


# --- feedback


def test_feedback_moves_a_note(searched: Path, graph: KnowledgeGraph, searcher: Searcher) -> None:
    query = "graph database"
    before = ids(searcher.search(query, 20, diversity=1))
    second = before[1]
    try:
        searcher.feedback = [Feedback("ann", "useful", NamedNode(note(second)), query, "2026-01-01T00:00:00Z")]
        liked = searcher.search(query, 20, diversity=1)
        assert ids(liked).index(second) <= 1
        assert any(reason.source == "feedback" for hit in liked.hits if hit.doc_id == second for reason in hit.why)
        first = before[0]
        searcher.feedback = [
            Feedback(f"u{number}", "wrong", NamedNode(note(first)), query, "2026-01-01T00:00:00Z")
            for number in range(9)
        ]
        assert ids(searcher.search(query, 20, diversity=1)).index(first) > 0
        assert ids(searcher.search("baking bread", 3)) == ids(searcher.search("baking bread", 3))
    finally:
        searcher.feedback = ()


# --- likeness


def test_notes_that_read_alike_are_similar(searcher: Searcher) -> None:
    found = searcher.similar(NamedNode(note("Tools/Oxigraph.md")), 20)
    assert found[0][0] == NamedNode(note("笔记/图数据库.md"))
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    names = {iri.value for iri, _ in found}
    assert note("Tools/Oxigraph.md") not in names
    assert names.isdisjoint(note(path) for path in HIDDEN)


def test_of_an_entity_entities_are_similar(searcher: Searcher) -> None:
    found = [iri.value for iri, _ in searcher.similar(NamedNode(f"{note('Tools/Oxigraph.md')}#it"), 20)]
    assert f"{note('笔记/图数据库.md')}#it" in found[:3]
    assert all("#it" in iri or "/entity/" in iri or "/tag/" in iri for iri in found)


def test_nothing_is_similar_to_what_is_not_known(searcher: Searcher) -> None:
    with pytest.raises(NotFoundError):
        searcher.similar(NamedNode(f"{BASE}nothing"))
