"""What a reader does to tell what users did."""

from __future__ import annotations

import json
from typing import Any

from kg.events import event_documents, find_item, read_events
from kg.graph import KnowledgeGraph
from kg.serving.frames import EventsRequest

__all__ = ["answer_events"]


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
