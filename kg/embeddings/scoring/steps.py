"""One step of training: a batch of queries against all entities, or against some drawn ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch

from kg.embeddings.scoring.device import Product
from kg.embeddings.scoring.families import Family
from kg.embeddings.scoring.optimizers import Optimizer
from kg.embeddings.scoring.softmax import softmax_loss

__all__ = ["AllEntities", "Batch", "DrawnEntities", "Parts", "Step"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Distinct queries with all their answers: answer i is entity `targets[i]` of query `rows[i]`; all int64."""

    anchors: torch.Tensor
    relations: torch.Tensor
    rows: torch.Tensor
    targets: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What a step works on and with.

    Attributes:
        tables: by the names of the family; changed in place.
        regularization: weight of the N3 norm of head, relation and tail of each triple.
        dropout: how much of the vectors of a query is left out.
        generator: what is drawn at random.
    """

    family: Family
    tables: Mapping[str, torch.Tensor]
    optimizer: Optimizer
    product: Product
    regularization: float
    dropout: float
    generator: torch.Generator


class Step(Protocol):
    """Learns from a batch."""

    def __call__(self, batch: Batch) -> torch.Tensor:
        """Change the tables, and return the loss before (), the mean over the answers of the batch."""
        ...


class AllEntities:
    """The full softmax. Memory: queries * entities numbers, or as many as `budget` holds; then a product more."""

    def __init__(self, parts: Parts, budget: int) -> None:
        self._parts, self._numbers = parts, budget // 4

    def __call__(self, batch: Batch) -> torch.Tensor:
        """Change all rows of all tables."""
        parts, family = self._parts, self._parts.family
        candidates = parts.tables[family.candidates]
        anchor = parts.tables[family.anchors][batch.anchors].requires_grad_()
        relation = parts.tables["relations"][batch.relations].requires_grad_()
        query = family.query(_dropped(anchor, parts), _dropped(relation, parts), torch.hstack)
        chunk = max(1, self._numbers // len(batch.anchors))
        loss, to_query, to_candidates = softmax_loss(
            query.detach(), candidates, batch.rows, batch.targets, parts.product, chunk
        )
        # The sum has the gradient `to_query` for the query; given as it is, autograd imports sympy first, 2.4 s.
        to_anchor, to_relation = torch.autograd.grad((query * to_query).sum(), (anchor, relation))
        gradients = {name: torch.zeros_like(table) for name, table in parts.tables.items() if name != family.candidates}
        gradients[family.candidates] = to_candidates
        gradients[family.anchors].index_add_(0, batch.anchors, to_anchor)
        gradients["relations"].index_add_(0, batch.relations, to_relation)
        for name, gradient in gradients.items():
            table = parts.tables[name]
            if parts.regularization:
                weights = _weights(name, batch, len(table), family)
                _add_n3(table, gradient, weights * parts.regularization, family.pairs)
            parts.optimizer.step(name, table, gradient)
        return loss


class DrawnEntities:
    """A sampled softmax: the right entity against some that are drawn for the whole batch, all as likely.

    Their part of the sum is scaled to all entities, so the loss estimates that of the full softmax. Only the rows
    that take part are read and changed.
    """

    def __init__(self, parts: Parts, negatives: int) -> None:
        self._parts, self._negatives = parts, negatives

    def __call__(self, batch: Batch) -> torch.Tensor:
        """Change the rows of the entities and relations that take part."""
        parts, family = self._parts, self._parts.family
        entities = len(parts.tables[family.candidates])
        device = batch.anchors.device
        drawn = torch.randint(entities, (self._negatives,), generator=parts.generator, device=device)
        needed = {family.anchors: [batch.anchors], "relations": [batch.relations]}
        needed.setdefault(family.candidates, []).extend((batch.targets, drawn))
        rows, places = {}, {}
        for name, asked in needed.items():
            rows[name], where = torch.unique(torch.cat(asked), return_inverse=True)
            places[name] = torch.split(where, [len(part) for part in asked])
        own = {name: parts.tables[name][rows[name]].requires_grad_() for name in rows}
        targets, drawn = places[family.candidates][-2:]
        inside = Batch(places[family.anchors][0], places["relations"][0], batch.rows, targets)
        loss = self._loss(inside, drawn, own, entities)
        gradients = torch.autograd.grad(loss, [own[name] for name in rows])
        for name, gradient in zip(rows, gradients, strict=True):
            if parts.regularization:
                weights = _weights(name, inside, len(rows[name]), family)
                _add_n3(own[name].detach(), gradient, weights * parts.regularization, family.pairs)
            parts.optimizer.step(name, parts.tables[name], gradient, rows[name])
        return loss.detach()

    def _loss(self, batch: Batch, drawn: torch.Tensor, own: Mapping[str, torch.Tensor], entities: int) -> torch.Tensor:
        """Return the loss of a batch whose ids are places in the rows that take part."""
        family, parts = self._parts.family, self._parts
        anchor, relation = own[family.anchors][batch.anchors], own["relations"][batch.relations]
        query = family.query(_dropped(anchor, parts), _dropped(relation, parts), torch.hstack)
        right = (query[batch.rows] * own[family.candidates][batch.targets]).sum(dim=1)
        wrong = parts.product(query, own[family.candidates][drawn].T).logsumexp(dim=1)
        wrong = wrong[batch.rows] + math.log((entities - 1) / self._negatives)
        loss: torch.Tensor = (torch.logaddexp(right, wrong) - right).mean()
        return loss


def _dropped(vectors: torch.Tensor, parts: Parts) -> torch.Tensor:
    """Leave out some numbers and scale the others, so that sums stay what they are."""
    if not parts.dropout:
        return vectors
    kept = torch.rand(vectors.shape, generator=parts.generator, device=vectors.device) >= parts.dropout
    return vectors * kept / (1 - parts.dropout)


def _weights(name: str, batch: Batch, size: int, family: Family) -> torch.Tensor:
    """Return how often each row of a table takes part in the triples of a batch, over the number of triples."""
    taking_part = []
    if name == family.anchors:
        taking_part.append(batch.anchors[batch.rows])
    if name == family.candidates:
        taking_part.append(batch.targets)
    if name == "relations":
        taking_part.append(batch.relations[batch.rows])
    return torch.bincount(torch.cat(taking_part), minlength=size) / len(batch.rows)


def _add_n3(table: torch.Tensor, gradient: torch.Tensor, weights: torch.Tensor, pairs: int) -> None:
    """Add the gradient of the weighted sum of |x|^3 of the numbers of each row, complex ones where `pairs` is 2."""
    numbers = table.view(len(table), pairs, -1)
    # Written out: torch's norm over a dimension that is not the last takes a hundred times as long.
    size = numbers[:, 0].abs() if pairs == 1 else numbers[:, 0].square().addcmul_(numbers[:, 1], numbers[:, 1]).sqrt_()
    gradient.view_as(numbers).addcmul_(numbers, size.mul_(3 * weights[:, None])[:, None])
