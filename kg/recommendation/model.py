"""What recommendation takes and gives, and its seam: a source scores all notes for what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kg.events import Action, Event
from kg.paths import Sentence, Step
from kg.rdf import NamedNode

__all__ = ["Action", "Event", "Item", "Reason", "Scores", "Seeds", "Source"]

Scores = NDArray[np.float32]
"""(items,) at least 0; 0 where a source has nothing to say. Only the order within one answer has meaning."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is recommended.

    Args:
        source: the name of the source that says so.
        text: one line in words, by labels.
        path: the steps in the graph from what was asked for to the item; empty where no path is the reason.
        evidence: the sentences that the steps of the path were read from.
    """

    source: str
    text: str
    path: tuple[Step, ...] = ()
    evidence: tuple[Sentence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the reason as a JSON object."""
        return {
            "source": self.source,
            "text": self.text,
            "path": [step.to_json() for step in self.path],
            "evidence": [sentence.to_json() for sentence in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Item:
    """A recommended note; `rank` from 1, `doc_id` the id of its JSON line, else its path in the vault."""

    rank: int
    score: float
    doc_id: str
    iri: NamedNode
    title: str
    reasons: tuple[Reason, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the item as a JSON object, in the shape of `kg recommend`."""
        return {
            "rank": self.rank, "score": self.score, "doc_id": self.doc_id, "iri": self.iri.value, "title": self.title,
            "reasons": [reason.to_json() for reason in self.reasons],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """What recommendations are asked for.

    Args:
        weights: nodes of the network with their weights, above 0: a note with what it describes, an entity, or the
            latest items of a user. Empty where nothing is known.
        user: the name of who asks, None for nobody.
        history: what that user did, oldest first.
        is_of_history: whether the nodes are what the user did, and not something that was named.
    """

    weights: Mapping[int, float]
    user: str | None = None
    history: tuple[Event, ...] = field(default=())
    is_of_history: bool = False


class Source(Protocol):
    """Something that knows which notes go with others.

    `name` is one of "embedding", "pagerank", "content", "vectors", "neighbours", "linear", "factors" and
    "popularity", or one of its own; the settings give it its weight by that name.
    """

    @property
    def name(self) -> str:
        """Return how reasons and settings call the source."""
        ...

    def score(self, seeds: Seeds) -> Scores:
        """Score all items of the network, in its order: (items,) float32, at least 0, not shared with the caller."""
        ...

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return why an item has its score, the best reason first; empty where the source says nothing of it."""
        ...
