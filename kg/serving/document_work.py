"""What a reader does to answer by a document: which module knows how, imported when it is first asked."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from kg.browsing.requests import REQUESTS
from kg.graph import KnowledgeGraph
from kg.serving.frames import (
    AnswerRequest,
    DecisionsRequest,
    DocumentRequest,
    EventsRequest,
    FeedbackRequest,
    PredictionsRequest,
    RecommendationsRequest,
    ReviewRequest,
    SearchRequest,
)

__all__ = ["LASTING", "answer_document"]

LASTING = frozenset({"earlier asker", "searcher"})
"""Names under which is kept what brings itself up to date with the checkpoint that it is given, or helps to."""

_ANSWERERS: Mapping[type, str] = {
    **dict.fromkeys(REQUESTS, "kg.serving.browse_work:answer_browse"),
    AnswerRequest: "kg.serving.ask_work:answer_question",
    DecisionsRequest: "kg.serving.curation_work:answer_curation",
    EventsRequest: "kg.serving.event_work:answer_events",
    FeedbackRequest: "kg.serving.event_work:answer_feedback",
    PredictionsRequest: "kg.serving.prediction_work:answer_predictions",
    RecommendationsRequest: "kg.serving.recommendation_work:answer_recommendations",
    ReviewRequest: "kg.serving.curation_work:answer_curation",
    SearchRequest: "kg.serving.search_work:answer_search",
}
"""`module:function` by kind of request. Most readers never load numpy, which takes longer than a query."""

_Answerer = Callable[[KnowledgeGraph, Any, dict[str, Any]], bytes]


def answer_document(graph: KnowledgeGraph, request: DocumentRequest, kept: dict[str, Any]) -> bytes:
    """Return the answer as one JSON document in UTF-8.

    Args:
        kept: what earlier answers from the same checkpoint left for later ones, each under a name of its own. The graph
            may be opened anew between them: what is kept must be given the new one. What `LASTING` names stays from
            one checkpoint to the next.

    Raises:
        KgError: whatever the answer raises.
    """
    module, _, name = _ANSWERERS[type(request)].partition(":")
    answer: _Answerer = getattr(importlib.import_module(module), name)
    return answer(graph, request, kept)
