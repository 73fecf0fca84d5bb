"""What a reader does to predict statements; the triples of a graph stay, as long as it is the same."""

from __future__ import annotations

import json
from typing import Any

from kg.embeddings import TrainedModel
from kg.graph import KnowledgeGraph
from kg.prediction import Explainer, GraphTriples, graph_triples, likely_statements, staleness
from kg.prediction.documents import (
    check_graph,
    find_relation,
    find_things,
    likely_document,
    open_model,
    trained_models,
)
from kg.prediction.newer import name_vectors, with_entities, with_newer
from kg.serving.frames import PredictionsRequest

__all__ = ["answer_predictions"]


def answer_predictions(graph: KnowledgeGraph, request: PredictionsRequest, kept: dict[str, Any]) -> bytes:
    """Return `model`, `predictions` and `staleness` as one JSON document in UTF-8.

    Raises:
        NotFoundError: there is no such model, or nothing is called as what is asked about.
        ModelCorruptError, ModelMismatchError: the model cannot be read, or is of another graph.
    """
    model, found, folded = _opened(graph, request, kept)
    state = staleness(model, found)
    about = () if request.about is None else find_things(graph, request.about)
    relation = None if request.relation is None else find_relation(graph, found, request.relation)
    asked = with_entities(graph, found, about)
    if asked is not found:
        folded = _folded(graph, request, model, asked)
    statements = likely_statements(graph, model, asked, about, relation, request.k, request.least, folded)
    explainer = Explainer(graph, model)
    reasons = {each: explainer.explain(each) for each in statements} if request.with_reasons else {}
    document = {"model": request.model, **likely_document(graph, statements, reasons, state)}
    return json.dumps(document, ensure_ascii=False).encode()


def _opened(
    graph: KnowledgeGraph, request: PredictionsRequest, kept: dict[str, Any]
) -> tuple[TrainedModel, GraphTriples, TrainedModel]:
    """Return a model, what the graph says in its ids, and the model with what is newer folded in.

    All are from an earlier answer if the model is still the same file.
    """
    folder = request.home.models / request.model
    if request.model not in trained_models(request.home):
        open_model(request.home, request.model)  # says which there are
    stamp = tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("model.*")))
    key = f"model {request.model}"
    if key not in kept or kept[key][0] != stamp:
        model = open_model(request.home, request.model)
        found = graph_triples(graph, model.entities, model.relations)
        check_graph(folder, model, staleness(model, found))  # what is not of this graph, is not folded into
        kept[key] = stamp, model, found, _folded(graph, request, model, found)
    _, model, found, folded = kept[key]
    return model, found, folded


def _folded(
    graph: KnowledgeGraph, request: PredictionsRequest, model: TrainedModel, found: GraphTriples
) -> TrainedModel:
    return with_newer(graph, model, found, name_vectors(request.home, request.config.vectors))
