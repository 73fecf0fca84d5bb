"""What a reader does to answer by a document: which module knows how, imported when it is first asked."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from kg.graph import KnowledgeGraph
from kg.serving.frames import (
    DecisionsRequest,
    DocumentRequest,
    EventsRequest,
    PredictionsRequest,
    RecommendationsRequest,
    ReviewRequest,
)

__all__ = ["answer_document"]

_ANSWERERS: Mapping[type, str] = {
    DecisionsRequest: "kg.serving.curation_work:answer_curation",
    EventsRequest: "kg.serving.event_work:answer_events",
    PredictionsRequest: "kg.serving.prediction_work:answer_predictions",
    RecommendationsRequest: "kg.serving.recommendation_work:answer_recommendations",
    ReviewRequest: "kg.serving.curation_work:answer_curation",
}
"""`module:function` by kind of request. Most readers never load numpy, which takes longer than a query."""

_Answerer = Callable[[KnowledgeGraph, Any, dict[str, Any]], bytes]


def answer_document(graph: KnowledgeGraph, request: DocumentRequest, kept: dict[str, Any]) -> bytes:
    """Return the answer as one JSON document in UTF-8.

    Args:
        kept: what earlier answers from the same checkpoint left for later ones, each under a name of its own. The graph
            may be opened anew between them: what is kept must be given the new one.

    Raises:
        KgError: whatever the answer raises.
    """
    module, _, name = _ANSWERERS[type(request)].partition(":")
    answer: _Answerer = getattr(importlib.import_module(module), name)
    return answer(graph, request, kept)
