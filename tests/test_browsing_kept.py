"""What a reader keeps of a graph for the pages does not grow with what is asked."""

from __future__ import annotations

from typing import Any

from kg.browsing.notes import notes_page
from kg.browsing.requests import NotesRequest, Page
from kg.browsing.snapshot import Snapshot
from tests.prediction.homes import graph_of

NOTES = """
<urn:n> { <urn:n> a kg:Note ; kg:path "n.md" ; kg:describes <urn:x> . <urn:x> a <urn:class:0> . }
"""


def test_classes_that_are_asked_for_are_not_all_kept() -> None:
    graph, kept = graph_of(NOTES), dict[str, Any]()

    def total(number: int) -> int:
        found: int = notes_page(Snapshot(graph, kept), NotesRequest(Page(10), class_name=f"urn:class:{number}"))[
            "total"
        ]
        return found

    assert [total(number) for number in range(50)] == [1, *[0] * 49]
    assert sum(len(part) for part in kept["browsing"][1:]) < 10
    assert total(0) == 1
    graph.store.close()
