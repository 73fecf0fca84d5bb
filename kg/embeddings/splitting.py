"""Parts of a graph to learn from and to be asked about, so that no answer is there under another name.

Where `hasAuthor` is the inverse of `authorOf`, or `employedBy` says the same as `worksFor`, a model that has learnt one
triple of a pair of entities has only to copy it. Such relations are found by what pairs they share (as FB15k-237 was
made from FB15k: Toutanova and Chen 2015, section 4), and all triples of theirs between two entities stay together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.errors import TriplesError
from kg.embeddings.grouping import spans
from kg.embeddings.triples import Triples

__all__ = ["Overlap", "Split", "overlaps", "split"]

_SHARED = 0.5
"""How much of the smaller of two relations has to be in the larger one for them to tell on each other.

Too low a value does little harm: more triples of the same two entities stay together than need to.
"""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two relations that have pairs of entities in common.

    Attributes:
        share: of the pairs of the smaller one, above 0 and at most 1.
        is_inverse: the pairs of one are turned round; with `first` and `second` the same, a symmetric relation.
    """

    first: str
    second: str
    share: float
    is_inverse: bool


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Three sets of triples without a common one, with the ids of the whole.

    Every entity and every relation of `validation` and `test` is also in `training`.
    """

    training: Triples
    validation: Triples
    test: Triples
    overlaps: tuple[Overlap, ...]


def overlaps(triples: Triples, share: float = _SHARED) -> tuple[Overlap, ...]:
    """Return which relations tell on each other, or on themselves, by (first, second, turned round)."""
    count, relations = len(triples.entities), len(triples.relations)
    head, tail = triples.heads.astype(np.int64), triples.tails.astype(np.int64)
    forward, backward = head * count + tail, tail * count + head
    sizes = np.bincount(triples.relation_ids, minlength=relations)
    found = []
    for is_inverse, other in ((False, forward), (True, backward)):
        # A pair that relation r has in one list and s in the other counts for (r, s): join the lists by pair.
        for (first, second), number in _joined(forward, other, triples.relation_ids, relations).items():
            smaller = min(sizes[first], sizes[second])
            is_same = first == second and not is_inverse
            if not is_same and first <= second and number >= share * smaller:
                names = triples.relations.names
                found.append(Overlap(names[first], names[second], number / int(smaller), is_inverse))
    return tuple(sorted(found, key=lambda overlap: (overlap.first, overlap.second, overlap.is_inverse)))


def split(triples: Triples, validation: float = 0.1, test: float = 0.1, seed: int = 0, share: float = _SHARED) -> Split:
    """Divide a graph. The same triples and the same seed give the same parts, whatever the order of the triples was.

    Args:
        validation, test: what part of the triples each has; less where entities or relations would be left without
            any triple to learn from.

    Raises:
        TriplesError: nothing is left to ask about.
    """
    if min(validation, test) < 0 or validation + test >= 1:
        raise ValueError(f"validation {validation} and test {test} leave nothing to learn from")
    found = overlaps(triples, share)
    facts = _facts(triples, found)
    fact_count = int(facts.max(initial=-1)) + 1
    parts = _assigned(triples, facts, fact_count, (validation, test), seed)
    training, first, second = (triples.having(triples.array[parts[facts] == number]) for number in range(3))
    if validation + test > 0 and not len(first) + len(second):
        raise TriplesError(
            "split", f"each of the {len(triples)} triples is the last one of an entity or a relation; none can be asked"
        )
    return Split(training, first, second, found)


def _joined(
    left: NDArray[np.int64], right: NDArray[np.int64], of: NDArray[np.int32], relations: int
) -> dict[tuple[int, int], int]:
    """Count for each (r, s) the pairs that r has on the left and s on the right."""
    order = np.argsort(right, kind="stable")
    starts = np.searchsorted(right[order], left, side="left")
    ends = np.searchsorted(right[order], left, side="right")
    rows, places = spans(starts, ends)
    keys, numbers = np.unique(of[rows].astype(np.int64) * relations + of[order][places], return_counts=True)
    return {divmod(key, relations): number for key, number in zip(keys.tolist(), numbers.tolist(), strict=True)}


def _facts(triples: Triples, found: tuple[Overlap, ...]) -> NDArray[np.int64]:
    """Number the facts: (n,) the same for triples of related relations between the same two entities."""
    families = list(range(len(triples.relations)))

    def root(relation: int) -> int:
        while families[relation] != relation:
            families[relation] = relation = families[families[relation]]
        return relation

    for overlap in found:
        families[root(triples.relations.id(overlap.second))] = root(triples.relations.id(overlap.first))
    # A family of one plain relation may have a triple in both directions, which says nothing about each other.
    direct = np.ones(len(families), dtype=np.bool_)
    for overlap in found:
        direct[root(triples.relations.id(overlap.first))] = False
    family = np.array([root(relation) for relation in range(len(families))])[triples.relation_ids]
    turned = (triples.heads > triples.tails) & ~direct[family]
    first, second = np.where(turned, triples.tails, triples.heads), np.where(turned, triples.heads, triples.tails)
    keys = np.stack([family, first, second], axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def _assigned(
    triples: Triples, facts: NDArray[np.int64], fact_count: int, wanted: tuple[float, float], seed: int
) -> NDArray[np.int8]:
    """Give each fact its part: 0 to learn from, 1 validation, 2 test."""
    names = _name_order(triples, facts, fact_count)
    order = names[np.random.default_rng(seed).permutation(fact_count)]
    by_fact = np.argsort(facts, kind="stable")
    offsets = np.searchsorted(facts[by_fact], np.arange(fact_count + 1))
    entities = np.bincount(triples.array[:, [0, 2]].reshape(-1), minlength=len(triples.entities))
    relations = np.bincount(triples.relation_ids, minlength=len(triples.relations))
    left = [round(part * len(triples)) for part in wanted]
    parts = np.zeros(fact_count, dtype=np.int8)
    for fact in order.tolist():
        rows = triples.array[by_fact[offsets[fact] : offsets[fact + 1]]]
        part = next((number for number, room in enumerate(left) if len(rows) <= room), None)
        if part is None:
            if not any(left):
                break
            continue
        touched = np.bincount(rows[:, [0, 2]].reshape(-1))
        ids = np.flatnonzero(touched)
        of, times = np.unique(rows[:, 1], return_counts=True)
        if (entities[ids] > touched[ids]).all() and (relations[of] > times).all():
            entities[ids] -= touched[ids]
            relations[of] -= times
            left[part] -= len(rows)
            parts[fact] = part + 1
    return parts


def _name_order(triples: Triples, facts: NDArray[np.int64], fact_count: int) -> NDArray[np.int64]:
    """Order facts by the name of their first triple, so that ids, which depend on history, decide nothing."""
    ranks = []
    for vocabulary in (triples.entities, triples.relations):
        rank = np.empty(len(vocabulary), dtype=np.int64)
        rank[np.argsort(np.array(vocabulary.names, dtype=object), kind="stable")] = np.arange(len(vocabulary))
        ranks.append(rank)
    of_entity, of_relation = ranks
    keys = (of_entity[triples.tails], of_relation[triples.relation_ids], of_entity[triples.heads])
    first_seen = facts[np.lexsort(keys)]
    _, places = np.unique(first_seen, return_index=True)
    return np.argsort(places, kind="stable").astype(np.int64) if fact_count else np.zeros(0, dtype=np.int64)
