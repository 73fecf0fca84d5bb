"""What is newer than a model: its vectors, from its statements and from what its name says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kg.config import VectorSettings
from kg.embeddings import Candidates, TrainedModel, Triples
from kg.embeddings.folding import can_fold_in, fold_in
from kg.embeddings.model import Tensors
from kg.embeddings.starting import start_from_text
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.paths import words_for
from kg.prediction.fitting import Fitting
from kg.prediction.graph_triples import GraphTriples
from kg.rdf import RDF, NamedNode
from kg.text_vectors import open_model
from kg.text_vectors.cache import VectorCache

__all__ = ["NameVectors", "name_vectors", "with_entities", "with_newer"]

NameVectors = Callable[[Sequence[str]], NDArray[np.float32]]
"""Returns vectors of names: (names, d), rows of length 1."""

_COMPARED = 1000
"""Trained entities that the way from names to vectors is learnt from: those with most statements."""


def name_vectors(home: Home, settings: VectorSettings) -> NameVectors:
    """Return what reads names by the home's model of text vectors, which is loaded when there is one to read.

    Raises:
        UnknownNameError: no model has that name.
    """
    model = open_model(settings.model, settings.threads)
    cache = VectorCache(home.cache / "text-vectors.sqlite", "names")
    return lambda names: cache.vectors(model, names)


def with_newer(
    graph: KnowledgeGraph, model: TrainedModel, found: GraphTriples, vectors: NameVectors | None = None
) -> TrainedModel:
    """Return a model with what is new in the graph folded in; as it is, where nothing is new or it cannot be done.

    Args:
        found: the triples of the graph, in ids that extend the model's.
        vectors: of names. What has few statements is drawn to where its name says, and what has none stands there;
            without them, a model says nothing of the latter.
    """
    if len(found.triples.entities) == len(model.entities) or not can_fold_in(model):
        return model
    return fold_in(model, found.triples, None if vectors is None else _start(graph, model, found.triples, vectors))


def with_entities(graph: KnowledgeGraph, found: GraphTriples, entities: Iterable[NamedNode]) -> GraphTriples:
    """Return triples of a graph with ids for entities that are in no statement, as far as they are ones: have a class.

    They are the last ones, in their order.
    """
    for entity in entities:
        found = _with_entity(graph, found, entity)
    return found


def _with_entity(graph: KnowledgeGraph, found: GraphTriples, entity: NamedNode) -> GraphTriples:
    triples = found.triples
    if entity.value in triples.entities or next(graph.store.match(entity, RDF["type"]), None) is None:
        return found
    entities = triples.entities.extended([entity.value])
    learnt, known = (Triples.of(entities, triples.relations, each.array) for each in (triples, found.known))
    candidates = None
    if found.candidates is not None:
        now = Fitting(graph, entities, triples.relations).candidates()
        sides = ((found.candidates.heads, now.heads), (found.candidates.tails, now.tails))
        heads, tails = (tuple(np.append(a, b[-1]) for a, b in zip(*side, strict=True)) for side in sides)
        candidates = Candidates(heads, tails)
    return GraphTriples(learnt, known, found.left_out, candidates)


def _start(graph: KnowledgeGraph, model: TrainedModel, triples: Triples, vectors: NameVectors) -> Tensors:
    """Return first vectors of new entities, by their names and those of trained ones."""
    trained, names = len(model.entities), triples.entities.names
    degrees = np.bincount(triples.array[:, [0, 2]].reshape(-1), minlength=len(names))
    degrees[trained:] = 0
    compared = np.lexsort((np.arange(len(names)), -degrees))[:_COMPARED]
    asked = np.concatenate([np.sort(compared[degrees[compared] > 0]), np.arange(trained, len(names))])
    called = words_for(graph)
    rows = vectors([called(NamedNode(names[entity])) for entity in asked.tolist()])
    texts = np.zeros((len(names), rows.shape[1]), np.float32)
    texts[asked] = rows
    return start_from_text(model, texts)
