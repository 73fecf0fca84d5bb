"""What all nodes of the tree have."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Syntax"]


@dataclass(frozen=True, slots=True)
class Syntax:
    """Any node of the tree."""

    at: int = field(default=0, kw_only=True, compare=False, repr=False)
