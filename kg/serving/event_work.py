"""What a reader does to tell what users did."""

from __future__ import annotations

import json
from typing import Any

from kg.events import event_documents, feedback_documents, find_item, read_events, read_feedback
from kg.graph import KnowledgeGraph
from kg.serving.frames import EventsRequest, FeedbackRequest

__all__ = ["answer_events", "answer_feedback"]


def answer_events(graph: KnowledgeGraph, request: EventsRequest, kept: dict[str, Any]) -> bytes:
    """Return the answer as one JSON document in UTF-8; nothing is kept for later ones.

    Raises:
        NotFoundError: nothing is called like the item. InputError: it is no note.
    """
    item = None if request.item is None else find_item(graph, request.item)
    events = [event for event in read_events(graph, request.user) if item in (None, event.item)]
    page = events[::-1][request.offset : request.offset + request.limit]
    document = {
        "events": event_documents(graph, page), "total": len(events), "limit": request.limit, "offset": request.offset,
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False).encode()


def answer_feedback(graph: KnowledgeGraph, request: FeedbackRequest, kept: dict[str, Any]) -> bytes:
    """Return what users said of hits as one JSON document in UTF-8; nothing is kept for later ones."""
    given = read_feedback(graph, request.user)
    page = given[::-1][request.offset : request.offset + request.limit]
    document = {
        "feedback": feedback_documents(graph, page), "total": len(given), "limit": request.limit,
        "offset": request.offset,
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False).encode()
