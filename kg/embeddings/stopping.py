"""When to stop, told by the history of a run alone, so a run that is taken up again stops where it would have."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kg.embeddings.errors import DivergedError
from kg.embeddings.model import Epoch

__all__ = ["best_epoch", "check_loss", "is_due", "is_over"]

_WORSE = 2.0
"""Times the loss of a model that knows nothing."""
_PATIENCE = 3
"""Epochs that a run has to get below that: some begin above it, and learn."""


def best_epoch(history: Sequence[Epoch]) -> Epoch | None:
    """Return the evaluated epoch with the highest MRR, the first of equal ones; None where none was evaluated."""
    evaluated = [epoch for epoch in history if epoch.validation is not None]
    return max(evaluated, key=lambda epoch: epoch.validation.mrr if epoch.validation else 0.0, default=None)


def is_due(number: int, every: int, last: int) -> bool:
    """Return whether an epoch is evaluated: each `every`th, and the last one."""
    return number % every == 0 or number == last


def is_over(history: Sequence[Epoch], epochs: int, patience: int) -> bool:
    """Return whether training ends here: after all epochs, or `patience` evaluations without a better one."""
    if not history:
        return False
    if history[-1].number >= epochs:
        return True
    best = best_epoch(history)
    if best is None:
        return False
    since = [epoch for epoch in history if epoch.validation is not None and epoch.number > best.number]
    return len(since) >= patience


def check_loss(model: str, number: int, loss: float, candidates: int, advice: str) -> None:
    """Raise if a run diverges: its loss, a cross-entropy over `candidates`, is no number, or does not come down.

    Raises:
        DivergedError: it does.
    """
    limit = math.log(max(candidates, 2))
    if not math.isfinite(loss) or (number > _PATIENCE and loss > _WORSE * limit):
        raise DivergedError(model, number, loss, limit, advice)
