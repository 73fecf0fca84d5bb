"""What a reader does to search; what it searches in outlives the checkpoints, and is brought up to date."""

from __future__ import annotations

import json
from typing import Any

from kg.graph import KnowledgeGraph
from kg.search.opening import home_searcher
from kg.serving.frames import SearchRequest

__all__ = ["answer_search"]


def answer_search(graph: KnowledgeGraph, request: SearchRequest, kept: dict[str, Any]) -> bytes:
    """Return the answer as one JSON document in UTF-8, in the shape of `kg search --json`.

    Raises:
        InputError, NotFoundError, QuerySyntaxError: as `Searcher.search`.
    """
    searcher = home_searcher(request.home, request.config, kept).on(graph)
    answer = searcher.search(
        request.query,
        request.k,
        filters=request.filters,
        weights=request.weights,
        diversity=request.diversity,
        hops=request.hops,
        passages=request.passages,
    )
    return json.dumps(answer.to_json(), ensure_ascii=False).encode()
