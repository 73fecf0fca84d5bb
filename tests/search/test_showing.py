"""An index of all notes comes after what it lists, and a note is shown by the passage that says most of the question."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.config import load_config
from kg.graph import KnowledgeGraph
from kg.search.searching import Searcher
from kg.search.showing import index_damping
from tests.graphs import graph_on
from tests.search.comparing import from_scratch

BASE = "https://noemata.example/i/"
COUNT = 30
WORDS = {"vectors": 0.0, "graph": 0.0}
FRUIT = (
    "Words about fruit.\n\n## Pictures\n\n![](plum.png)\n\n[plum jam](https://example.org/plum)\n\n"
    "## Kitchen\n\nA plum makes good jam, if you take your time and stir it for a whole afternoon.\n"
)


def quads() -> str:
    names = [f"n{number}.md" for number in range(COUNT)]
    lines = ["@prefix kg: <https://w3id.org/noemata#> . @prefix dct: <http://purl.org/dc/terms/> ."]
    for name in [*names, "index.md"]:
        note = f"<{BASE}note/{name}>"
        links = "".join(f"{note} kg:linksTo <{BASE}note/{each}> . " for each in names if name == "index.md")
        lines.append(f'{note} {{ {note} a kg:Note ; kg:path "{name}" ; dct:title "{name[:-3]}" . {links} }}')
    return "\n".join(lines)


@pytest.fixture(scope="module")
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, quads().encode()) as opened:
        yield opened


@pytest.fixture(scope="module")
def searcher(graph: KnowledgeGraph) -> Searcher:
    texts = {f"{BASE}note/n{number}.md": f"Thing number {number} is a zebra." for number in range(COUNT)}
    texts[f"{BASE}note/index.md"] = "zebra zebra: all things, zebra zebra zebra."
    texts[f"{BASE}note/n7.md"] = FRUIT
    return Searcher(from_scratch(graph, texts), graph, load_config(None, {}, {}).search)


def test_an_index_comes_after_what_it_lists(searcher: Searcher) -> None:
    collection = searcher.collection
    damping = dict(zip((note.doc_id for note in collection.notes), index_damping(collection), strict=True))
    assert damping.pop("index.md") < 0.5
    assert set(damping.values()) == {1.0}
    found = [hit.doc_id for hit in searcher.search("zebra", 50, weights=WORDS, diversity=1).hits]
    assert found.index("index.md") == len(found) - 1 == COUNT - 1


def test_an_index_is_found_by_its_name(searcher: Searcher) -> None:
    assert searcher.search("index", 1, weights=WORDS).hits[0].doc_id == "index.md"


@pytest.mark.parametrize("query", ["plum jam", "n7 plum", "plum"])
def test_the_passage_that_says_something_is_shown(searcher: Searcher, query: str) -> None:
    hit = searcher.search(query, 1, weights=WORDS).hits[0]
    assert (hit.doc_id, hit.headings) == ("n7.md", ("Kitchen",))
    assert FRUIT[hit.start : hit.end] == hit.text


def test_all_passages_may_be_asked_for(searcher: Searcher) -> None:
    hits = searcher.search("plum", 10, weights=WORDS, passages=True, diversity=1).hits
    assert len({(hit.start, hit.end) for hit in hits}) == len(hits) > 1
