"""What kglite gives becomes the values that Neo4j would have given."""

from __future__ import annotations

import datetime

import pytest

from kg.mirror.answers import read_row
from kg.mirror.dialect.preparing import Column
from kg.mirror.dialect.types import FLOAT, NODE, NULL, PATH, PROPERTIES, RELATIONSHIP, MapOf, Type, list_of
from kg.records import Node, Path, Relationship, Temporal, Value

ANN = {
    "id": 3,
    "labels": ["Resource", "P"],
    "properties": {"iri": "a", "_name": "Ann", "name": "x", "title": "Ann", "id": 3},
}
KNOWS = {"id": 7, "start": 3, "end": 3, "type": "K", "properties": {"_g": ["g"]}}
A_NODE = Node("3", ("Resource", "P"), {"iri": "a", "name": "Ann"})
A_RELATIONSHIP = Relationship("7", "3", "3", "K", {"_g": ["g"]})


def _kind(kind: str) -> Type:
    return frozenset({kind})


@pytest.mark.parametrize(
    ("held", "type_", "value"),
    [
        (None, NULL, None),
        (ANN, NODE, A_NODE),
        (KNOWS, RELATIONSHIP | NULL, A_RELATIONSHIP),
        ({"nodes": [ANN, ANN], "relationships": [KNOWS]}, PATH, Path((A_NODE, A_NODE), (A_RELATIONSHIP,))),
        ([ANN, None], list_of(NODE | NULL), [A_NODE, None]),
        ({"x": KNOWS}, frozenset({MapOf((("x", RELATIONSHIP),))}), {"x": A_RELATIONSHIP}),
        (ANN, frozenset({MapOf(())}), ANN),
        ({"_title": "T", "title": "T", "type": "P"}, PROPERTIES, {"title": "T"}),
        ({"months": 1, "days": 2, "seconds": 3}, _kind("duration"), Temporal("Duration", "P1M2DT3S")),
        (datetime.date(2020, 1, 2), _kind("date"), Temporal("Date", "2020-01-02")),
        (datetime.time(10, 0), _kind("local time"), Temporal("LocalTime", "10:00:00")),
        (
            datetime.datetime(2020, 1, 2, 3, 4, 5, 500000, tzinfo=datetime.UTC),
            _kind("zoned datetime"),
            Temporal("DateTime", "2020-01-02T03:04:05.5Z"),
        ),
        ([datetime.date(2020, 1, 2)], list_of(_kind("date")), [Temporal("Date", "2020-01-02")]),
        (1.0, FLOAT, 1.0),
    ],
)
def test_values_are_read_by_their_types(held: object, type_: Type, value: Value) -> None:
    (found,) = read_row({"c": held}, [Column("c", "`c`", type_)])
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "kind", "read"),
    [
        (
            "2020-01-02T03:04:05.123456789+01:00",
            "zoned datetime",
            Temporal("DateTime", "2020-01-02T03:04:05.123456789+01:00"),
        ),
        ("2020-01-02T05:00+05:00", "zoned datetime", Temporal("DateTime", "2020-01-02T05:00:00+05:00")),
        ("2020-01-01T01:02:03.500", "local datetime", Temporal("LocalDateTime", "2020-01-01T01:02:03.5")),
        ("10:11:12Z", "zoned time", Temporal("Time", "10:11:12Z")),
        ("P1Y2M3DT4H5M6.5S", "duration", Temporal("Duration", "P1Y2M3DT4H5M6.5S")),
    ],
)
def test_texts_of_temporals_are_those_of_neo4j(text: str, kind: str, read: Temporal) -> None:
    assert read_row({"c": text}, [Column("c", "`c`", _kind(kind) | NULL, is_text=True)]) == (read,)
    assert read_row({"c": None}, [Column("c", "`c`", _kind(kind) | NULL, is_text=True)]) == (None,)


def test_a_column_is_found_by_the_name_that_kglite_has() -> None:
    assert read_row({"__kgc0": 1}, [Column("count(*)", "`__kgc0`", FLOAT)]) == (1,)
