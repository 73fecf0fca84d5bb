"""Topics over time: periods without gaps, dates as far as they are known, trends that are no chance."""

from __future__ import annotations

import pytest

from kg.errors import InputError
from kg.mining import Span, TopicTable, check_day, cluster_notes, topics_by_cluster, topics_by_concept
from kg.mining.periods import is_within, periods, unit_for
from tests.mining.collections import collection


def dated(days: dict[str, str], tags: dict[str, list[str]], span: Span | None = None, most: int = 10) -> TopicTable:
    return topics_by_concept(collection({}, tags, created=days), "tags", span or Span(), most)


DAYS = {"a": "2025-01-03", "b": "2025-01-31", "c": "2025-03", "d": "2024", "e": ""}
TAGS = {"a": ["x", "y"], "b": ["x"], "c": ["y"], "d": ["x"], "e": ["x"]}


def test_notes_are_counted_by_month_and_topic() -> None:
    found = dated(DAYS, TAGS)
    assert (found.unit, found.periods) == ("month", ("2025-01", "2025-02", "2025-03"))
    assert found.notes == (2, 0, 1)
    assert [(topic.name, topic.counts, topic.total) for topic in found.topics] == [
        ("x", (2, 0, 0), 2),
        ("y", (1, 0, 1), 2),
    ]
    assert (found.dated, found.undated, found.outside) == (3, 2, 0)  # of d only the year is known


def test_years_take_what_says_no_month() -> None:
    found = dated(DAYS, TAGS, Span("year"))
    assert (found.periods, found.notes) == (("2024", "2025"), (1, 3))
    assert (found.dated, found.undated) == (4, 1)


def test_a_span_leaves_others_out_and_counts_them() -> None:
    found = dated(DAYS, TAGS, Span("month", since="2025-01-15"))
    assert (found.dated, found.outside, found.notes) == (2, 1 + 1, (1, 0, 1))
    assert dated(DAYS, TAGS, Span("month", until="2025-01-15")).notes == (1,)
    assert dated(DAYS, TAGS, Span("month", since="2030")).topics == ()


def test_the_topics_with_most_notes_come_first_and_the_rest_is_counted() -> None:
    found = dated(DAYS, TAGS, Span("year"), most=1)
    assert ([topic.name for topic in found.topics], found.more) == (["x"], 1)
    assert len(dated(DAYS, TAGS, Span("year"), most=0).topics) == 2


def test_a_trend_is_told_where_it_is_none_of_chance() -> None:
    days = {f"n{month:02}-{number}": f"2025-{month:02}-01" for month in range(1, 13) for number in range(10)}
    tags = {
        name: [
            *(["rises"] if number < month // 2 else []),
            *(["falls"] if number < (13 - month) // 2 else []),
            *(["stays"] if number < 3 else []),
        ]
        for name in days
        for month, number in [map(int, name[1:].split("-"))]
    }
    found = dated(days, tags)
    assert {topic.name: topic.trend for topic in found.topics} == {
        "rises": "rising",
        "falls": "falling",
        "stays": "steady",
    }
    few = dated({f"n{n}": f"2025-0{1 + n // 8}-01" for n in range(64)}, {f"n{n}": ["late"] for n in range(60, 64)})
    assert few.topics[0].z > 2 and few.topics[0].trend == "steady"  # four notes are no trend
    every = dated(days, {name: ["all"] for name in days})
    assert (every.topics[0].trend, every.topics[0].z) == ("steady", 0.0)  # its share cannot grow


def test_clusters_are_topics_too() -> None:
    bearing = {f"g{n}": ["graph", "query"] for n in range(4)} | {f"c{n}": ["oven", "recipe"] for n in range(4)}
    notes = collection(bearing, created={"g0": "2025-01-01", "g1": "2025-02-01", "c0": "2025-02-09"})
    found = topics_by_cluster(notes, cluster_notes(notes), Span())
    assert [(topic.name, topic.iri, topic.counts) for topic in found.topics] == [
        ("graph, query", "", (1, 1)),
        ("oven, recipe", "", (0, 1)),
    ]


def test_without_dates_there_is_nothing() -> None:
    found = dated({"a": ""}, {"a": ["x"]})
    assert (found.periods, found.topics, found.dated, found.undated) == ((), (), 0, 1)


# --- periods


def test_months_for_five_years_whatever_one_stray_note_says() -> None:
    days = [f"{year}-{month:02}-01" for year in (2023, 2024, 2025) for month in range(1, 13)]
    assert unit_for(days) == "month"
    assert unit_for(["1999-01-01", *days]) == "month"
    assert unit_for([*days, *(f"{year}-06" for year in range(1990, 2020))]) == "year"
    assert unit_for([*days[:3], "2025", "2024", "2023", "2022"]) == "year"
    assert unit_for(["0001-01-01", *days]) == "year"  # more months than are counted
    assert unit_for([]) == "year"


def test_too_many_periods_are_refused_with_the_way_out() -> None:
    with pytest.raises(InputError, match=r"From 0001 to 2025 there are 2,025 years. Narrow it by --since and --until"):
        periods("0001", "2025", "year")
    with pytest.raises(InputError, match=r"The first is of old\.md, the last of new\.md\.$"):
        dated({"new": "2025-03-01", "old": "0001-01-01", "between": "2024"}, {"new": ["x"]})
    assert periods("2024-11", "2025-02", "month") == ("2024-11", "2024-12", "2025-01", "2025-02")


def test_what_is_no_date_is_refused() -> None:
    assert [check_day(each) for each in ("2025", "2025-03", "2025-03-14")] == ["2025", "2025-03", "2025-03-14"]
    for wrong in ("", "25-03-14", "2025-13", "2025-3-1", "2025-03-14T10:00", "March", "2025-02-31", "２０２５"):
        with pytest.raises(InputError, match="is no date"):
            check_day(wrong)


def test_dates_are_compared_as_far_as_both_are_known() -> None:
    assert is_within("2025", "2025-03", "") and is_within("2025-03-09", "2025-03", "2025-03")
    assert not is_within("2025-02-28", "2025-03", "") and not is_within("2025-04-01", "", "2025-03")
