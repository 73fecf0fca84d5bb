"""How often the notes of a time speak of a topic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.errors import InputError
from kg.mining.clusters import Clustering
from kg.mining.collection import Collection, MinedNote
from kg.mining.periods import Unit, is_within, period_of, periods, unit_for

__all__ = ["DateKind", "Span", "Topic", "TopicTable", "Trend", "topics_by_cluster", "topics_by_concept"]

DateKind = OneOf["created", "modified"]
Trend = OneOf["rising", "falling", "steady"]
_CLEAR = 1.96
"""Standard deviations from which a trend is none of chance, 19 times of 20."""
_ENOUGH = 5
"""Notes from which that may be said."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which notes are counted, and in what: `unit` None chooses months or years, an empty end is open."""

    unit: Unit | None = None
    since: str = ""
    until: str = ""
    date: DateKind = "created"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic over time.

    Attributes:
        iri: of the tag or the thing, empty for a cluster.
        counts: notes of each period. total: of all periods.
        trend: whether its share of the notes of a period grows, by a test, for 5 notes and more; `z` is that test's,
            below 0 where the share shrinks.
    """

    name: str
    iri: str
    counts: tuple[int, ...]
    total: int
    trend: Trend
    z: float


@dataclass(frozen=True, slots=True)
class TopicTable:
    """Topics over time, those with most notes first.

    Attributes:
        periods: `2025-03` or `2025`, without gaps. notes: dated notes of each period, of whatever topic.
        dated: notes that are counted. undated: notes without a date, or with none that says the period.
        outside: notes whose date is not in the span.
        topics: those that were asked for; `more` is how many others there are.
    """

    unit: Unit
    periods: tuple[str, ...]
    notes: tuple[int, ...]
    topics: tuple[Topic, ...]
    more: int
    dated: int
    undated: int
    outside: int


def topics_by_cluster(collection: Collection, clustering: Clustering, span: Span, most: int = 10) -> TopicTable:
    """Return the clusters over time, those with most dated notes; 0 for all.

    Raises:
        InputError: the span has too many periods.
    """
    topics = {
        (cluster.name, str(cluster.number)): [note.iri for note, _ in cluster.notes] for cluster in clustering.clusters
    }
    return _table(collection, topics, span, most, is_named=False)


def topics_by_concept(
    collection: Collection, kind: OneOf["tags", "concepts"], span: Span, most: int = 10
) -> TopicTable:
    """Return the tags or the concepts over time, those with most dated notes; 0 for all.

    Raises:
        InputError: the span has too many periods.
    """
    members: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for note, things in (collection.tags if kind == "tags" else collection.concepts).items():
        for thing in things:
            members[collection.name(thing), thing].append(note)
    return _table(collection, members, span, most, is_named=True)


def _table(
    collection: Collection,
    members: Mapping[tuple[str, str], Sequence[str]],
    span: Span,
    most: int,
    is_named: bool,
) -> TopicTable:
    days = {note.iri: day for note in collection.notes if (day := _day(note, span.date))}
    inside = {iri: day for iri, day in days.items() if is_within(day, span.since, span.until)}
    unit = span.unit or unit_for(sorted(inside.values()))
    period = {iri: found for iri, day in inside.items() if (found := period_of(day, unit))}
    all_periods = _periods(collection, period, unit) if period else ()
    place = {name: number for number, name in enumerate(all_periods)}
    notes = _counts(list(period), period, place)
    topics = []
    for (name, key), iris in members.items():
        counts = _counts(iris, period, place)
        if any(counts):
            z = _trend(counts, notes)
            is_clear = abs(z) >= _CLEAR and sum(counts) >= _ENOUGH
            trend: Trend = "steady" if not is_clear else "rising" if z > 0 else "falling"
            topic = Topic(name, key if is_named else "", tuple(counts), sum(counts), trend, round(z, 3))
            topics.append(((-sum(counts), name, key), topic))
    ordered = [topic for _, topic in sorted(topics, key=lambda each: each[0])]
    told = ordered[:most] if most else ordered
    return TopicTable(
        unit=unit,
        periods=all_periods,
        notes=tuple(notes),
        topics=tuple(told),
        more=len(ordered) - len(told),
        dated=len(period),
        undated=len(collection.notes) - len(days) + len(inside) - len(period),
        outside=len(days) - len(inside),
    )


def _periods(collection: Collection, period: Mapping[str, str], unit: Unit) -> tuple[str, ...]:
    ordered = sorted(period, key=lambda iri: (period[iri], iri))
    try:
        return periods(period[ordered[0]], period[ordered[-1]], unit)
    except InputError as error:
        called = {note.iri: note.doc_id for note in collection.notes}
        ends = f"The first is of {called[ordered[0]]}, the last of {called[ordered[-1]]}."
        raise InputError(f"{error} {ends}") from None


def _day(note: MinedNote, kind: DateKind) -> str:
    return note.created if kind == "created" else note.modified


def _counts(iris: Sequence[str], period: Mapping[str, str], place: Mapping[str, int]) -> list[int]:
    counts = [0] * len(place)
    for iri in iris:
        if iri in period:
            counts[place[period[iri]]] += 1
    return counts


def _trend(counts: Sequence[int], notes: Sequence[int]) -> float:
    """Return how many standard deviations a share grows with time; 0 where nothing can be said.

    Source: the test for trend in proportions, Cochran 1954 and Armitage 1955.
    """
    total = sum(notes)
    share = sum(counts) / total
    grown = sum(time * (count - all_ * share) for time, (count, all_) in enumerate(zip(counts, notes, strict=True)))
    middle = sum(time * all_ for time, all_ in enumerate(notes)) / total
    spread = share * (1 - share) * sum(all_ * (time - middle) ** 2 for time, all_ in enumerate(notes))
    return grown / spread**0.5 if spread > 0 else 0.0
