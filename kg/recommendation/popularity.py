"""What is much linked to, read and new: for whom nothing else is known of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kg.errors import ConfigError
from kg.recommendation.adjacency import Adjacency
from kg.recommendation.model import Event, Reason, Scores, Seeds
from kg.recommendation.network import Network

__all__ = ["Popularity"]


class Popularity:
    """Notes by how many others have to do with them and how often they were used, and by how new they are.

    Both count alike. Newness halves with every half-life; its day 0 is the newest of all notes and events, so that the
    answer depends on no clock. What has no date is not new.

    Raises:
        ConfigError: the half-life is not above 0.
    """

    name = "popularity"

    def __init__(
        self, network: Network, adjacency: Adjacency, events: Sequence[Event] = (), half_life_days: float = 14.0
    ) -> None:
        if half_life_days <= 0:
            raise ConfigError(f"recommend.half_life_days must be above 0, not {half_life_days:g}.")
        self._network = network
        self._linked = adjacency.degrees[adjacency.place_of_item].astype(np.int64)
        self._used: NDArray[np.int64] = np.zeros(len(network.items), dtype=np.int64)
        for event in events:
            item = network.item(event.item)
            if item is not None:
                self._used[item] += 1
        days = [_day(item.modified) for item in network.items]
        latest = max(
            [*(day for day in days if day), *(day for event in events if (day := _day(event.time)))], default=0
        )
        ages = np.array([latest - day if day else np.inf for day in days], dtype=np.float64)
        self._newness = 0.5 ** (ages / half_life_days)
        popular = np.log1p(self._linked) + np.log1p(self._used)
        self._scores = (popular / max(float(popular.max(initial=0.0)), 1.0) + self._newness).astype(np.float32)

    def score(self, seeds: Seeds) -> Scores:
        """Score all items, whatever is asked for."""
        return self._scores.copy()

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return in words how much an item is linked, used and new."""
        linked, used = int(self._linked[item]), int(self._used[item])
        parts = []
        if used:
            parts.append(f"used {used} time{'s' * (used != 1)}")
        if linked:
            parts.append(f"has to do with {linked} other thing{'s' * (linked != 1)}")
        day = self._network.items[item].modified
        if day and self._newness[item] > 0.5**4:
            parts.append(f"is of {day}, among the newest")
        return [Reason(self.name, f"Popular: {', '.join(parts)}" if parts else "One of your notes")]


def _day(text: str | None) -> int:
    """Return the day of a date or a time as a number above 0; 0 for what is none."""
    try:
        return date.fromisoformat(text[:10]).toordinal() if text else 0
    except ValueError:  # a year or a month alone
        return 0
