"""What a reader does to recommend notes; what it works with stays, as long as the graph is the same."""

from __future__ import annotations

import json
from typing import Any

from kg.graph import KnowledgeGraph
from kg.recommendation.opening import Targets, encode_more, models_stamp, open_recommender, recommendation_document
from kg.recommendation.recommending import Recommender
from kg.serving.frames import RecommendationsRequest

__all__ = ["answer_recommendations"]

_KEPT = "recommender"
_MOST_ENCODED = 256
"""Texts of one answer: who asks waits some three seconds for them, and the next answer has more."""


def answer_recommendations(graph: KnowledgeGraph, request: RecommendationsRequest, kept: dict[str, Any]) -> bytes:
    """Return `target`, its `iri`, `user` and `items` as one JSON document in UTF-8.

    Raises:
        NotFoundError: nothing is called as the target is.
    """
    recommender, targets = _opened(graph, request, kept)
    target = None if request.target is None else targets.find(graph, request.target)
    items = recommender.recommend(target, request.k, request.diversity, request.user)
    return json.dumps(recommendation_document(request.target, target, request.user, items), ensure_ascii=False).encode()


def _opened(
    graph: KnowledgeGraph, request: RecommendationsRequest, kept: dict[str, Any]
) -> tuple[Recommender, Targets]:
    """Return what recommends, from an earlier answer if the models are still the same files; paths are of the graph."""
    stamp = models_stamp(request.home)
    if _KEPT in kept and kept[_KEPT][0] == stamp:
        _, recommender, targets = kept[_KEPT]
        recommender.graph = graph
        encode_more(recommender, _MOST_ENCODED)
    else:
        kept.pop(_KEPT, None)  # not both in memory
        recommender = open_recommender(graph, request.home, request.config, _MOST_ENCODED)
        targets = Targets(recommender.network)
        kept[_KEPT] = stamp, recommender, targets
    return recommender, targets
