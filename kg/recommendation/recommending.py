"""Recommending: sources are asked, fused, and the best of what may be shown is chosen, each with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kg.config import RecommendSettings
from kg.graph import KnowledgeGraph
from kg.iri import normalise_name
from kg.rdf import KG
from kg.recommendation.adjacency import Adjacency, read_weights
from kg.recommendation.diversity import Likeness, SharedNeighbours, choose
from kg.recommendation.fusion import fuse, shares
from kg.recommendation.model import Event, Item, Reason, Scores, Seeds, Source
from kg.recommendation.network import Network
from kg.recommendation.noise import authority, damping, may_be_shown
from kg.recommendation.popularity import Popularity
from kg.recommendation.reasons import path_reasons
from kg.recommendation.seeds import Target, seeds_of

__all__ = ["Recommender", "source_weights"]

_LIKENESS = ("vectors", "content", "embedding")
"""Which sources say how alike items are, the first that is there."""
_WALKS = "pagerank"
"""The source whose reasons are paths."""
_OF_USERS = frozenset({"neighbours", "linear", "factors"})
_POOL = 5
"""Among so many times what is asked for, and at least `_LEAST`, the most unlike are chosen."""
_LEAST = 30
_REASONS = 3


def source_weights(settings: RecommendSettings) -> dict[str, float]:
    """Return the weights of the sources by their names, as the settings have them."""
    return {
        name.removeprefix("weight_"): float(getattr(settings, name))
        for name in settings.__slots__
        if name.startswith("weight_")
    }


def _by_user(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Return what each user did, in the same order, by the name as users are told apart."""
    names: dict[str, str] = {}
    found: dict[str, list[Event]] = {}
    for event in events:
        name = names.get(event.user) or names.setdefault(event.user, normalise_name(event.user))
        found.setdefault(name, []).append(event)
    return found


class Recommender:
    """Recommends the notes of a network.

    Args:
        sources: in any order, each name once. Popularity is always there.
        events: what all users did, oldest first.
        graph: what reasons are read from, paths and sentences; without it reasons are of the sources alone. It may be
            set anew, as when the store was opened again.
        weights: of sources by name, as feedback has taught them: they count where a user's history is what is asked
            for. Those of the settings without.
    """

    def __init__(
        self,
        network: Network,
        sources: Sequence[Source],
        settings: RecommendSettings,
        events: Sequence[Event] = (),
        weights: Mapping[str, float] | None = None,
        graph: KnowledgeGraph | None = None,
    ) -> None:
        self.network, self.settings, self.graph = network, settings, graph
        self._by_user = _by_user(events)
        adjacency = Adjacency.of(network, read_weights(settings.relations))
        popularity = Popularity(network, adjacency, events, settings.half_life_days)
        self.sources: dict[str, Source] = {source.name: source for source in (popularity, *sources)}
        self._weights = source_weights(settings)
        self._learnt = {**self._weights, **(weights or {})}
        self._damping = damping(network, adjacency)
        self._prior = self._damping * authority(network, settings.authority)
        self._may_be_shown = may_be_shown(network)
        self._likeness = self._find_likeness(adjacency)

    def _find_likeness(self, adjacency: Adjacency) -> Likeness:
        for name in _LIKENESS:
            source: object = self.sources.get(name)
            if isinstance(source, Likeness):
                return source
        return SharedNeighbours(adjacency)

    def seeds(self, target: Target | None = None, user: str | None = None) -> Seeds:
        """Return what is asked for, as sources take it.

        Raises:
            NotFoundError: nothing is said of a target.
        """
        own = () if user is None else self._by_user.get(normalise_name(user), ())
        return seeds_of(self.network, target, user, own, self.settings.latest)

    def scores(self, seeds: Seeds) -> dict[str, Scores]:
        """Ask all sources that have a weight: (items,) each, by name."""
        weights = self.weights(seeds)
        return {name: source.score(seeds) for name, source in self.sources.items() if weights.get(name, 0) > 0}

    def weights(self, seeds: Seeds) -> dict[str, float]:
        """Return what each source counts for what is asked, by how much is known.

        Popularity counts alone where nothing is known, and not at all where something is. What users did counts for
        a user from the event on that the settings say; for a note it counts always.
        """
        if not seeds.weights:
            return {"popularity": 1.0}
        left_out = {"popularity"}
        if seeds.user is not None and len(seeds.history) < self.settings.least_events:
            left_out |= _OF_USERS
        weights = self._learnt if seeds.is_of_history else self._weights
        return {name: weight for name, weight in weights.items() if name not in left_out}

    def fuse(self, scores: Mapping[str, Scores], seeds: Seeds) -> NDArray[np.float64]:
        """Return one score of each item: (items,), at least 0.

        What much of the vault has to do with is damped; what many notes link to comes before its like.
        """
        if not scores:
            return np.zeros(len(self.network.items))
        return fuse(scores, self.weights(seeds)) * self.prior(seeds)

    def prior(self, seeds: Seeds) -> NDArray[np.float64]:
        """Return by what the fused scores are multiplied: (items,), above 0."""
        return self._prior if seeds.weights else self._damping  # popularity has counted links already

    def allowed(self, seeds: Seeds) -> NDArray[np.bool_]:
        """Tell which items may be recommended: no drafts, private notes and templates, nothing read or asked for.

        Of several notes on one thing none is recommended where one of them, or the thing, is asked for.
        """
        network, allowed = self.network, self._may_be_shown.copy()
        asked = np.fromiter(seeds.weights, dtype=np.int32, count=len(seeds.weights))
        allowed &= ~(np.isin(network.node_of_item, asked) | np.isin(network.described_of_item, asked))
        for event in seeds.history:
            read = network.item(event.item)
            if read is not None:
                allowed[read] = False
        return allowed

    def linked(self, seeds: Seeds) -> NDArray[np.bool_]:
        """Tell which items the notes that are asked for link to already: (items,)."""
        network = self.network
        found = np.zeros(len(network.items), dtype=np.bool_)
        if KG["linksTo"].value not in network.predicate_iris:
            return found
        links = network.predicates == network.predicate_iris.index(KG["linksTo"].value)
        from_seeds = links & np.isin(network.heads, np.fromiter(seeds.weights, dtype=np.int32))
        items = network.item_of_node[network.tails[from_seeds]]
        found[items[items >= 0]] = True
        return found

    def recommend(
        self,
        target: Target | None = None,
        k: int = 10,
        diversity: float | None = None,
        user: str | None = None,
    ) -> list[Item]:
        """Return the best notes for a target, for a user, or, for neither, the popular and new ones.

        What the target links to already comes after all that it does not. An item has at least one reason and comes
        once. The same network, events and settings give the same answer.

        Args:
            target: one or several; with one, a user's history only keeps out what was read.
            k: how many at most, at least 0.
            diversity: from 0, all unlike each other, to 1, by relevance alone; None as the settings say.

        Raises:
            NotFoundError: nothing is said of a target.
        """
        seeds = self.seeds(target, user)
        scores = self.scores(seeds)
        fused = self.fuse(scores, seeds)
        allowed = self.allowed(seeds)
        if not (fused[allowed] > 0).any() and target is None:
            seeds = Seeds({}, seeds.user, seeds.history)
            scores = self.scores(seeds)
            fused = self.fuse(scores, seeds)
        linked = self.linked(seeds) if target is not None else np.zeros(len(allowed), dtype=np.bool_)
        balance = self.settings.diversity if diversity is None else diversity
        chosen = self._choose(fused, allowed & ~linked, k, balance)
        chosen += self._choose(fused, allowed & linked, k - len(chosen), balance)
        reasons = self._reasons(seeds, chosen, shares(scores, self.weights(seeds)))
        return [self._item(rank, item, float(fused[item]), reasons[item]) for rank, item in enumerate(chosen, 1)]

    def _choose(self, fused: NDArray[np.float64], allowed: NDArray[np.bool_], count: int, balance: float) -> list[int]:
        (candidates,) = np.nonzero(allowed & (fused > 0))
        if count <= 0 or not len(candidates):
            return []
        order = candidates[np.argsort(-fused[candidates], kind="stable")]
        pool = order[: max(_POOL * count, _LEAST)].astype(np.int32)
        if balance >= 1:
            return [int(item) for item in pool[:count]]
        relevance = fused[pool] - fused[pool[-1]]  # fused ranks differ by little: what counts is how they differ here
        relevance /= relevance[0] or 1
        return [int(pool[place]) for place in choose(relevance, self._likeness.alike(pool), count, balance)]

    def _item(self, rank: int, item: int, score: float, reasons: tuple[Reason, ...]) -> Item:
        note = self.network.items[item]
        return Item(rank, score, note.doc_id, note.iri, note.title, reasons)

    def _reasons(
        self, seeds: Seeds, items: Sequence[int], parts: Mapping[str, NDArray[np.float64]]
    ) -> dict[int, tuple[Reason, ...]]:
        """Return the first reason of each source that put an item there: a path, then of those that did most."""
        walked = [item for item in items if _WALKS in parts and parts[_WALKS][item] > 0]
        paths = path_reasons(self.graph, self.network, seeds, walked, _WALKS) if self.graph is not None else {}
        found: dict[int, tuple[Reason, ...]] = {}
        for item in items:
            order = sorted((-part[item], name) for name, part in parts.items() if part[item] > 0)
            names = [name for _, name in order]
            if item in paths:  # what can be read in the notes comes first
                names.sort(key=lambda name: name != _WALKS)
            said: list[Reason] = []
            for name in names:
                own = paths.get(item) if name == _WALKS else None
                said += (own or self.sources[name].reasons(seeds, item))[:1]
            found[item] = tuple(said[:_REASONS]) or (Reason(names[0], f"Found by {names[0]}"),)
        return found
