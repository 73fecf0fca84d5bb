"""Adagrad and Adam for whole tables or some of their rows; torch's own take 2.5 s to import, and no rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch

__all__ = ["Adagrad", "Adam", "Optimizer", "make_optimizer"]


class Optimizer(Protocol):
    """Changes tables along their gradients. What it remembers is in `state`, by name."""

    state: dict[str, torch.Tensor]

    def step(self, name: str, table: torch.Tensor, gradient: torch.Tensor, rows: torch.Tensor | None = None) -> None:
        """Change a table in place.

        Args:
            gradient: of the table, or of `rows` of it, each of which is there once.
        """
        ...


class Adagrad:
    """Duchi et al. 2011: each number has a learning rate that falls with the squares of its gradients."""

    def __init__(self, tables: Mapping[str, torch.Tensor], learning_rate: float) -> None:
        self._rate = learning_rate
        self.state = {f"{name}.squares": torch.zeros_like(table) for name, table in tables.items()}

    def step(self, name: str, table: torch.Tensor, gradient: torch.Tensor, rows: torch.Tensor | None = None) -> None:
        """Change a table in place."""
        squares = self.state[f"{name}.squares"]
        if rows is None:
            squares.addcmul_(gradient, gradient)
            table.addcdiv_(gradient, squares.sqrt().add_(1e-10), value=-self._rate)
            return
        own = squares[rows].addcmul_(gradient, gradient)
        squares[rows] = own
        table.index_add_(0, rows, gradient / own.sqrt_().add_(1e-10), alpha=-self._rate)


class Adam:
    """Kingma and Ba 2015, algorithm 1; of tables of which rows are given, only the moments of those rows move."""

    def __init__(self, tables: Mapping[str, torch.Tensor], learning_rate: float) -> None:
        self._rate = learning_rate
        self.state = {f"{name}.{kind}": torch.zeros_like(table) for name, table in tables.items() for kind in _MOMENTS}
        self.state |= {f"{name}.steps": torch.zeros((), dtype=torch.float64) for name in tables}

    def step(self, name: str, table: torch.Tensor, gradient: torch.Tensor, rows: torch.Tensor | None = None) -> None:
        """Change a table in place."""
        steps = self.state[f"{name}.steps"].add_(1).item()
        first, second = (self.state[f"{name}.{kind}"] for kind in _MOMENTS)
        own_first, own_second = (first, second) if rows is None else (first[rows], second[rows])
        own_first.lerp_(gradient, 1 - 0.9)
        own_second.mul_(0.999).addcmul_(gradient, gradient, value=1 - 0.999)
        rate = self._rate * (1 - 0.999**steps) ** 0.5 / (1 - 0.9**steps)
        change = own_first / own_second.sqrt().add_(1e-8)
        if rows is None:
            table.sub_(change, alpha=rate)
            return
        first[rows], second[rows] = own_first, own_second
        table.index_add_(0, rows, change, alpha=-rate)


_MOMENTS = ("mean", "square")


def make_optimizer(name: str, tables: Mapping[str, torch.Tensor], learning_rate: float) -> Optimizer:
    """Return an optimizer by its name in the settings."""
    return (Adam if name == "adam" else Adagrad)(tables, learning_rate)
