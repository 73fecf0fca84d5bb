"""What no note has: not what stands in front matter alone, nor what nothing is found by. And whose names are told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.config import load_config
from kg.graph import KnowledgeGraph
from kg.search.asked import Filters
from kg.search.searching import Searcher
from tests.graphs import graph_on
from tests.search.comparing import from_scratch

BASE = "https://noemata.example/i/"
TITLES = {"ada": "Ada", "graphs": "Graph Databases", "roadmap": "Graph Databases Roadmap"}
TEXTS = {"ada": "Ada likes lamps.", "graphs": "They keep nodes.", "roadmap": "Secret plans."}


def quads() -> str:
    lines = [
        "@prefix kg: <https://w3id.org/noemata#> . @prefix dct: <http://purl.org/dc/terms/> .",
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
    ]
    for name, title in TITLES.items():
        note, thing = f"<{BASE}note/{name}.md>", f"<{BASE}note/{name}.md#it>"
        said = (
            f'{note} a kg:Note ; kg:path "{name}.md" ; dct:title "{title}" ; kg:describes {thing} . '
            f'{thing} a kg:Project ; rdfs:label "{title}" . '
        )
        if name == "ada":  # front matter, which is in no passage
            employer, tag = f"<{BASE}entity/Organization/corvane>", f"<{BASE}tag/quux>"
            said += (
                f'{thing} kg:worksFor {employer} . {employer} a kg:Organization ; rdfs:label "Corvane", "云帆科技" . '
                f'{note} kg:taggedWith {tag} . {tag} a kg:Tag ; rdfs:label "quux" . '
            )
        if name == "roadmap":
            said += f"{note} kg:private true . "
        lines.append(f"{note} {{ {said} }}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, quads().encode()) as opened:
        yield opened


@pytest.fixture(scope="module")
def searcher(graph: KnowledgeGraph) -> Searcher:
    texts = {f"{BASE}note/{name}.md": text for name, text in TEXTS.items()}
    return Searcher(from_scratch(graph, texts), graph, load_config(None, {}, {}).search)


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("Corvane", ()),
        ("Corvane's lamps", ()),
        ('"Corvane"', ()),
        ("云帆科技招聘", ()),
        ("Corvane blorptang", ("blorptang",)),
        ('Ada "Corvane lamps"', ("Corvane lamps",)),
        ("quux", ()),
        ('"->"', ()),
        ('lamps "…" "zzz"', ("zzz",)),
        ("corvid", ("corvid",)),
    ],
)
def test_what_front_matter_alone_says_is_not_missing(searcher: Searcher, query: str, missing: tuple[str, ...]) -> None:
    assert searcher.search(query).missing == missing


def test_nothing_else_is_meant_by_what_is_known(searcher: Searcher) -> None:
    answer = searcher.search("Corvane")
    assert [hit.doc_id for hit in answer.hits] == ["ada.md"] and answer.suggestions == ()
    assert searcher.search("Corvnae").suggestions == ("Corvane",)


@pytest.mark.parametrize("query", ["graph databases roadmap", "Graph Databases Roadmap"])
def test_a_name_that_is_not_told_takes_no_place(searcher: Searcher, query: str) -> None:
    def named(hidden: bool) -> list[tuple[str, str]]:
        answer = searcher.search(query, filters=Filters(hidden=hidden))
        return [(query[each.start : each.end].lower(), each.name) for each in answer.recognised]

    assert named(hidden=False) == [("graph databases", "Graph Databases")]
    assert named(hidden=True) == [("graph databases roadmap", "Graph Databases Roadmap")]
