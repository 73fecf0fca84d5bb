"""What a reader does to tell what waits for a decision, and what was decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kg.decisions import Log, read_log
from kg.explain import decision_document
from kg.graph import KnowledgeGraph
from kg.review import read_queue, read_unapplied
from kg.serving.frames import DecisionsRequest, ReviewRequest

__all__ = ["answer_curation"]


def answer_curation(
    graph: KnowledgeGraph, request: ReviewRequest | DecisionsRequest, kept: dict[str, Any] | None = None
) -> bytes:
    """Return the answer as one JSON document in UTF-8; nothing is kept for later ones.

    Raises:
        InputError: there is no such kind of item. StoreCorruptError: the log cannot be read.
    """
    log = read_log(graph.store.match, graph.minter)
    if isinstance(request, ReviewRequest):
        document = read_queue(graph, log, request.settings, request.kinds, request.limit, request.offset).to_json()
    else:
        document = _decisions(graph, log, request)
    return json.dumps({**document, "limit": request.limit, "offset": request.offset}, ensure_ascii=False).encode()


def _decisions(graph: KnowledgeGraph, log: Log, request: DecisionsRequest) -> dict[str, Any]:
    rows = list(log.items())
    if request.about is not None:
        about = {log.iri(decision) for decision in log.about(request.about)}
        rows = [(iri, decision) for iri, decision in rows if iri in about]
    page = rows[request.offset : request.offset + request.limit]
    conflicts = [(log.iri(pair.earlier).value, log.iri(pair.later).value) for pair in log.conflicts()]
    return {
        "decisions": [decision_document(log, iri, decision) for iri, decision in page],
        "total": len(rows),
        "conflicts": [{"earlier": earlier, "later": later} for earlier, later in conflicts],
        "unapplied": [iri.value for iri in read_unapplied(graph, log, Path(request.cache))],
    }
