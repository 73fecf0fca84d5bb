"""What a Cypher statement returns: records of values, and the summary of how it went (Neo4j's driver's terms)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

__all__ = ["Node", "Notification", "Path", "Plan", "Point", "Records", "Relationship", "Summary", "Temporal", "Value"]


@dataclass(frozen=True, slots=True)
class Temporal:
    """A date, time or duration; `text` is what Cypher's `toString` gives of it, zone names in brackets included."""

    kind: OneOf["Date", "LocalTime", "Time", "LocalDateTime", "DateTime", "Duration"]
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point: its coordinate reference system (4326, 4979, 7203, 9157) and two or three coordinates."""

    srid: int
    coordinates: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `labels` in the engine's order."""

    element_id: str
    labels: tuple[str, ...]
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship; `start` and `end` are the element ids of its nodes."""

    element_id: str
    start: str
    end: str
    type: str
    properties: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Path:
    """A path: one node more than relationships, which may be walked against their direction."""

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]


Value = (
    bool | int | float | str | bytes | Temporal | Point | Node | Relationship | Path
    | list["Value"] | dict[str, "Value"] | None
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notification:
    """What the engine says beside the answer; `position` is (offset, line, column) in the statement."""

    code: str
    title: str
    description: str
    severity: str
    category: str = ""
    position: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """An operator of the plan of EXPLAIN or PROFILE, with what it reads from."""

    operator: str
    arguments: Mapping[str, Value]
    identifiers: tuple[str, ...] = ()
    children: tuple[Plan, ...] = ()


@dataclass(slots=True)
class Summary:
    """How a statement went; complete when the last record has been read.

    Attributes:
        kind: whether it reads, writes, does both, or changes the schema, as the engine found.
        counters: what it changed, by the names of the Query API (`nodesCreated`, `propertiesSet`, …), without zeros.
    """

    kind: OneOf["r", "rw", "w", "s"] = "r"
    counters: dict[str, int] = field(default_factory=dict)
    notifications: list[Notification] = field(default_factory=list)
    plan: Plan | None = None
    bookmarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """The answer of a statement: `rows` is read once, lazily; a row has one value for each field."""

    fields: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]
    summary: Summary = field(default_factory=Summary)
