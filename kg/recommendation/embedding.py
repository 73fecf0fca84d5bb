"""Notes that an embedding of the graph expects what is asked for to lead to, or to be led to from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kg.embeddings import TrainedModel, scorer_of
from kg.rdf import KG
from kg.recommendation.model import Reason, Scores, Seeds
from kg.recommendation.network import Ids, Network
from kg.recommendation.noise import is_of_private_note

__all__ = ["Embedding"]

_LINKS, _MENTIONS, _TAGGED = (KG[name].value for name in ("linksTo", "mentions", "taggedWith"))


class Embedding:
    """Notes by what a trained model says of them.

    Of a note: how likely it links to another, and how likely it mentions what that describes, each as a share over
    all notes. Of something else: how likely a note mentions it, or is tagged with it. A model without these relations
    compares vectors: the cosine, of a note the mean of its own vector and of that of what it describes.

    Entities that the model has no vector of say nothing: fold them in before.

    Args:
        model: of any engine; what compares vectors wants tables of entities that are real numbers, a row each.

    Raises:
        MissingExtraError: it is a model of PyKEEN, which is not installed.
    """

    name = "embedding"

    def __init__(self, network: Network, model: TrainedModel) -> None:
        self._network, self._scorer = network, scorer_of(model)
        self._ids = np.array([_id(model, iri) for iri in network.nodes], dtype=np.int32)
        ids = {iri: model.relations.get(iri) for iri in (_LINKS, _MENTIONS, _TAGGED)}
        self._relations = {iri: id_ for iri, id_ in ids.items() if id_ is not None}
        self._notes = _at(self._ids, network.node_of_item)
        self._described = _at(self._ids, network.described_of_item)
        self._may_be_named = ~is_of_private_note(network)
        self._rows = _rows(model)
        self._vectors = _unit(self._mean_rows())

    def score(self, seeds: Seeds) -> Scores:
        """Score all items; those that are seeds are scored too."""
        nodes = {node: weight for node, weight in sorted(seeds.weights.items()) if self._is_asked(node, seeds)}
        if not self._relations:
            return self._cosines(nodes)
        total = np.zeros(len(self._network.items))
        for node, weight in nodes.items():
            for likely in self._likely(node):
                total += weight * likely
        return total.astype(np.float32)

    def _is_asked(self, node: int, seeds: Seeds) -> bool:
        """Tell whether the model is asked about a seed: not about what a note describes where the note is one too."""
        item = int(self._network.item_of_node[node])
        note = int(self._network.node_of_item[item]) if item >= 0 else node
        return self._ids[node] >= 0 and (node == note or note not in seeds.weights or self._ids[note] < 0)

    def _likely(self, node: int) -> Iterator[NDArray[np.float64]]:
        """Yield shares of all items, of which each is a question to the model."""
        anchor, relations = [int(self._ids[node])], self._relations
        item = int(self._network.item_of_node[node])
        if item >= 0 and self._network.node_of_item[item] == node:
            if _LINKS in relations:
                yield _shares(self._scorer.score_tails(anchor, [relations[_LINKS]])[0], self._notes)
            if _MENTIONS in relations:
                yield _shares(self._scorer.score_tails(anchor, [relations[_MENTIONS]])[0], self._described)
            return
        is_tag = bool(((self._network.tails == node) & self._is_of(_TAGGED)).any())
        relation = relations.get(_TAGGED if is_tag else _MENTIONS)
        if relation is not None:
            yield _shares(self._scorer.score_heads([relation], anchor)[0], self._notes)

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return which note that is like a seed leads to an item, else which seed the item is like."""
        seed_vectors = {node: self._vector(node) for node in sorted(seeds.weights) if self._is_asked(node, seeds)}
        if not seed_vectors:
            return []
        network = self._network
        ends = [int(network.node_of_item[item]), int(network.described_of_item[item])]
        leads = np.isin(network.tails, ends) & (self._is_of(_LINKS) | self._is_of(_MENTIONS))
        leads &= self._may_be_named[network.heads]
        others = sorted({int(head) for head in network.heads[leads]} - seeds.weights.keys() - set(ends))
        pairs = ((node, vector, other) for node, vector in seed_vectors.items() for other in others)
        best = max(
            ((float(vector @ self._vector(other)), -node, -other) for node, vector, other in pairs), default=None
        )
        if best is not None and best[0] > 0:
            seed, other = network.names[-best[1]], network.names[-best[2]]
            return [Reason(self.name, f"{other}, which has to do with the same things as {seed}, leads to it")]
        cosine, node = max((float(vector @ self._vectors[item]), -node) for node, vector in seed_vectors.items())
        likeness = f" (likeness {cosine:.2f})" if cosine > 0 else ""
        return [Reason(self.name, f"Fits what {network.names[-node]} has to do with{likeness}")]

    def alike(self, items: Ids) -> NDArray[np.float32]:
        """Return the cosines of some items that are above 0: (n,) -> (n, n)."""
        rows = self._vectors[items]
        found: NDArray[np.float32] = np.clip(rows @ rows.T, 0.0, 1.0)
        np.fill_diagonal(found, 1.0)
        return found

    def _is_of(self, predicate: str) -> NDArray[np.bool_]:
        iris = self._network.predicate_iris
        number = iris.index(predicate) if predicate in iris else -1
        found: NDArray[np.bool_] = self._network.predicates == number
        return found

    def _cosines(self, nodes: dict[int, float]) -> Scores:
        mean = np.zeros(self._rows.shape[1], dtype=np.float32)
        for node, weight in nodes.items():
            mean += np.float32(weight) * self._vector(node)
        length = float(np.sqrt(mean @ mean))
        found: Scores = np.maximum(self._vectors @ (mean / (length or 1)), 0)
        return found

    def _vector(self, node: int) -> NDArray[np.float32]:
        item, row = int(self._network.item_of_node[node]), int(self._ids[node])
        if item >= 0:
            vector: NDArray[np.float32] = self._vectors[item]
        elif row >= 0:
            vector = _unit(self._rows[row : row + 1])[0]
        else:
            vector = np.zeros(self._rows.shape[1], dtype=np.float32)
        return vector

    def _mean_rows(self) -> NDArray[np.float32]:
        total = np.zeros((len(self._network.items), self._rows.shape[1]), dtype=np.float32)
        for ids in (self._notes, self._described):
            (known,) = np.nonzero(ids >= 0)
            total[known] += _unit(self._rows[ids[known]])
        return total


def _id(model: TrainedModel, iri: str) -> int:
    found = model.entities.get(iri)
    return -1 if found is None else found


def _at(ids: Ids, nodes: Ids) -> Ids:
    """Return the ids at some nodes, -1 where there is no node."""
    found = np.full(len(nodes), -1, dtype=np.int32)
    found[nodes >= 0] = ids[nodes[nodes >= 0]]
    return found


def _shares(scores: NDArray[np.float32], ids: Ids) -> NDArray[np.float64]:
    """Return the softmax over the items that have an id, 0 for the others."""
    found = np.zeros(len(ids))
    (known,) = np.nonzero(ids >= 0)
    if len(known):
        values = scores[ids[known]].astype(np.float64)
        shares = np.exp(values - values.max())
        found[known] = shares / shares.sum()
    return found


def _rows(model: TrainedModel) -> NDArray[np.float32]:
    """Return all that a model has of each entity, side by side: (entities, d)."""
    count = len(model.entities)
    tables = [
        table.reshape(count, int(np.prod(table.shape[1:])))
        for name, table in sorted(model.tensors.items())
        if table.ndim > 1 and len(table) == count and table.dtype == np.float32 and "relation" not in name
    ]
    return np.concatenate(tables, axis=1) if tables else np.zeros((count, 0), dtype=np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    found: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return found
