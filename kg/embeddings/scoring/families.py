"""Models whose score is one product of a query's vector and an entity's: ComplEx, DistMult, CP, SimplE.

A family says what tables it has and how a query's vector is made of the rows of its anchor and its relation. The
functions use only what numpy's arrays and torch's tensors have in common, so training and serving share them.
Scores of all entities are then one product of matrices: `queries @ candidates.T`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["FAMILIES", "Family"]

Join = Callable[[Any], Any]
"""Sets two arrays of rows side by side: `numpy.hstack` or `torch.hstack`."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of model.

    Attributes:
        tables: by name, whether it has a row for each `entity` or `relation`. Relations have one in each direction.
        anchors, candidates: which table has the rows of entities as they are asked about, and as they answer.
        pairs: how many real numbers make one number of the model, side by side by halves; 2 for complex ones.
        query: the vectors of queries (n, dim) from rows of anchors, rows of relations, and a `Join`. It is linear in
            the anchors.
        adjoint: rows of relations that make the transposed maps: `query(a, r) . c == a . query(c, adjoint(r))`.
        source: where it comes from.
    """

    tables: Mapping[str, str]
    anchors: str
    candidates: str
    pairs: int
    query: Callable[[Any, Any, Join], Any]
    adjoint: Callable[[Any, Join], Any]
    source: str


def _complex_product(anchor: Any, relation: Any, join: Join) -> Any:
    """Multiply complex numbers that stand as real parts, then imaginary parts.

    Re<s, p, conj(o)> = Re(s p) . Re(o) + Im(s p) . Im(o), one real product.
    """
    half = anchor.shape[1] // 2
    real, imaginary = anchor[:, :half], anchor[:, half:]
    relation_real, relation_imaginary = relation[:, :half], relation[:, half:]
    return join(
        (
            real * relation_real - imaginary * relation_imaginary,
            real * relation_imaginary + imaginary * relation_real,
        )
    )


def _product(anchor: Any, relation: Any, join: Join) -> Any:
    return anchor * relation


def _crossed_product(anchor: Any, relation: Any, join: Join) -> Any:
    """Multiply the halves of SimplE so that the entities' halves need not be exchanged.

    (<h_head, p, t_tail> + <t_head, p', h_tail>) / 2: against [t_head, t_tail] stands [h_tail p', h_head p].
    """
    half = anchor.shape[1] // 2
    return 0.5 * join((anchor[:, half:] * relation[:, half:], anchor[:, :half] * relation[:, :half]))


def _conjugate(relation: Any, join: Join) -> Any:
    half = relation.shape[1] // 2
    return join((relation[:, :half], -relation[:, half:]))


def _itself(relation: Any, join: Join) -> Any:
    return relation


def _crossed(relation: Any, join: Join) -> Any:
    half = relation.shape[1] // 2
    return join((relation[:, half:], relation[:, :half]))


_SHARED = {"entities": "entity", "relations": "relation"}

FAMILIES: Mapping[str, Family] = {
    "complex": Family(
        _SHARED, "entities", "entities", 2, _complex_product, _conjugate, "Trouillon et al. 2016, arXiv:1606.06357",
    ),
    "cp": Family(
        {"heads": "entity", "tails": "entity", "relations": "relation"},
        "heads", "tails", 1, _product, _itself, "Lacroix et al. 2018, arXiv:1806.07297",
    ),
    "distmult": Family(_SHARED, "entities", "entities", 1, _product, _itself, "Yang et al. 2015, arXiv:1412.6575"),
    "simple": Family(
        _SHARED, "entities", "entities", 1, _crossed_product, _crossed, "Kazemi and Poole 2018, arXiv:1802.04868",
    ),
}  # fmt: skip
"""The families, by the name of the model. All are trained with reciprocal relations (`kg.embeddings.grouping`)."""
