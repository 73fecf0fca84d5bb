"""A home's recommender: its network, and every source that the home can serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kg.cache import NoteTexts
from kg.config import Config, RecommendSettings
from kg.embeddings import TrainedModel
from kg.embeddings.folding import can_fold_in
from kg.errors import MissingExtraError, NotFoundError
from kg.events import Event, read_events
from kg.explain import find_resource
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.prediction import graph_triples
from kg.prediction.documents import open_model, trained_models
from kg.prediction.newer import NameVectors, name_vectors, with_newer
from kg.rdf import NamedNode
from kg.recommendation.adjacency import Adjacency, read_weights
from kg.recommendation.behaviour import Factors, Linear, Neighbours
from kg.recommendation.content import Content
from kg.recommendation.embedding import Embedding
from kg.recommendation.learning import read_learnt
from kg.recommendation.model import Item, Source
from kg.recommendation.network import Network
from kg.recommendation.note_texts import own_texts
from kg.recommendation.pagerank import PageRank
from kg.recommendation.reading import read_network
from kg.recommendation.recommending import Recommender
from kg.recommendation.vectors import Vectors
from kg.text_vectors import open_model as open_text_model
from kg.text_vectors.cache import Encoding, VectorCache

__all__ = ["Targets", "encode_more", "is_complete", "models_stamp", "open_recommender", "recommendation_document"]

_MODEL = "default"
"""The model of the home that says which notes are near each other."""
_MOST_FOLDED = 200


def open_recommender(
    graph: KnowledgeGraph,
    home: Home,
    config: Config,
    most_encoded: int | None = None,
    encoding: Encoding | None = None,
    events: Sequence[Event] | None = None,
) -> Recommender:
    """Return what recommends the notes of a graph, with every source that has a weight and something to go by.

    A home without a model, without texts or without events has fewer sources; where only what the extra `embed` brings
    is missing, so too.

    Args:
        home: of the kind of the store in use; its cache has the texts, its models the vectors and what feedback taught.
        most_encoded: how many texts may be turned into vectors now, which takes a second for some eighty; those that
            left say nothing until `encode_more` goes on, or the next call. None for all.
        encoding: told how far that is.
        events: what users did, oldest first; None for all that the graph has.

    Raises:
        ConfigError: a setting, or what feedback taught, cannot be read.
        ModelCorruptError: there is a model, and it cannot be read.
        UnknownNameError: no model of text vectors is called as the settings say.
    """
    settings = config.recommend
    network = read_network(graph)
    events = read_events(graph) if events is None else events
    sources = [
        *_of_graph(network, settings),
        *_of_texts(network, home, config, most_encoded, encoding),
        *_of_model(graph, network, home, config),
        *_of_events(network, events, settings),
    ]
    return Recommender(network, sources, settings, events, read_learnt(home), graph)


def _of_graph(network: Network, settings: RecommendSettings) -> Iterator[Source]:
    if settings.weight_pagerank > 0:
        yield PageRank(
            network,
            Adjacency.of(network, read_weights(settings.relations)),
            restart=settings.restart,
            hub_damping=settings.hub_damping,
            popularity_damping=settings.popularity_damping,
        )


def _of_texts(
    network: Network, home: Home, config: Config, most_encoded: int | None, encoding: Encoding | None
) -> Iterator[Source]:
    settings = config.recommend
    if settings.weight_content <= 0 and settings.weight_vectors <= 0:
        return
    texts = own_texts(network, NoteTexts(home.ingest_cache))
    if not any(texts):  # the home was made without them, or its cache is gone
        return
    if settings.weight_content > 0:
        yield Content(network, texts)
    if settings.weight_vectors > 0:
        model = open_text_model(config.vectors.model, config.vectors.threads)
        cache = VectorCache(home.cache / "text-vectors.sqlite", "notes")
        yield Vectors(network, texts, model, cache, most_encoded, encoding)


def _of_model(graph: KnowledgeGraph, network: Network, home: Home, config: Config) -> Iterator[Source]:
    if config.recommend.weight_embedding > 0 and _MODEL in trained_models(home):
        names = name_vectors(home, config.vectors)
        yield Embedding(network, _folded(graph, network, open_model(home, _MODEL), names))


def _folded(graph: KnowledgeGraph, network: Network, model: TrainedModel, names: NameVectors) -> TrainedModel:
    """Return a model with vectors of what came after its training, where that is little; as predictions have them.

    Where it is much, the model is stale, and folding in takes longer than anybody waits: `kg embed models` says so.
    """
    known = model.entities
    if not can_fold_in(model) or all(item.described is None or item.described.value in known for item in network.items):
        return model
    found = graph_triples(graph, known, model.relations)
    if len(found.triples.entities) - len(known) > _MOST_FOLDED:
        return model
    return with_newer(graph, model, found, names)


def _of_events(network: Network, events: Sequence[Event], settings: RecommendSettings) -> Iterator[Source]:
    if not events:
        return
    if settings.weight_neighbours > 0:
        yield Neighbours(network, events)
    if settings.weight_linear > 0:
        yield Linear(network, events)
    if settings.weight_factors > 0:
        try:
            yield Factors(network, events)
        except MissingExtraError:  # the others go on without it
            return


def is_complete(recommender: Recommender) -> bool:
    """Tell whether a recommender has read all texts that its sources go by."""
    return all(source.is_complete for source in recommender.sources.values() if isinstance(source, Vectors))


def encode_more(recommender: Recommender, most: int | None = None, encoding: Encoding | None = None) -> None:
    """Turn so many of the texts that are left into vectors, or all of them; the graph is not read for it."""
    for source in recommender.sources.values():
        if isinstance(source, Vectors):
            source.encode_more(most, encoding)


def models_stamp(home: Home) -> tuple[tuple[str, int], ...]:
    """Return what changes when a model is trained anew: with another stamp a recommender is to be opened again."""
    files = (*(home.models / _MODEL).glob("model.*"), *home.models.glob("*.json"))
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))


def recommendation_document(
    asked: str | None, target: NamedNode | None, user: str | None, items: Iterable[Item]
) -> dict[str, Any]:
    """Return an answer as a JSON object: `target` as it was asked for, what that is (`iri`), the user, the items."""
    return {
        "target": asked,
        "iri": None if target is None else target.value,
        **({} if user is None else {"user": user}),
        "items": [item.to_json() for item in items],
    }


class Targets:
    """Finds what targets name in one network; many are found as quickly as one."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._items: Mapping[str, NamedNode] = {item.doc_id: item.iri for item in reversed(network.items)}

    def find(self, graph: KnowledgeGraph, target: str) -> NamedNode:
        """Return what a target names: the `doc_id` of a note comes first, then as `kg show` finds it.

        Raises:
            NotFoundError: nothing is called so, or nothing that a note speaks of.
        """
        found = self._items.get(target) or find_resource(graph, target)
        if self._network.node(found) is None:
            raise NotFoundError("note or entity", target)
        return found
