"""What a graph probably lacks: triples to learn from, a model trained on them, and likely statements for review."""

from kg.prediction.explaining import Explainer, Explanation, explain
from kg.prediction.fitting import Fitting
from kg.prediction.graph_triples import GraphTriples, graph_triples
from kg.prediction.likely import LikelyStatement, likely_statements
from kg.prediction.publishing import publish
from kg.prediction.staleness import Staleness, staleness
from kg.prediction.training import train_on_graph

__all__ = [
    "Explainer",
    "Explanation",
    "Fitting",
    "GraphTriples",
    "LikelyStatement",
    "Staleness",
    "explain",
    "graph_triples",
    "likely_statements",
    "publish",
    "staleness",
    "train_on_graph",
]
