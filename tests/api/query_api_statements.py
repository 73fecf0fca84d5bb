"""Statements whose answers over HTTP are compared with the real Neo4j's, and the little graph that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DATA", "FAILING", "READING", "WRITING", "Case"]

EX = "http://example.org/"
DATA = f"""
PREFIX ex: <{EX}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
INSERT DATA {{
  ex:ada a kg:Person ; rdfs:label "Ada" ; ex:born 1815 ; ex:height 1.5e0 ; ex:alive false ; ex:knows ex:bo, ex:cy .
  ex:bo a kg:Person ; rdfs:label "Bo", "Bob" ; ex:day "2020-01-02"^^xsd:date ; ex:at "2020-01-02T10:00:00Z"^^xsd:dateTime .
  ex:cy rdfs:label "波 \\"quoted\\" \\\\ and more" ; ex:knows ex:ada .
}}
"""


@dataclass(frozen=True)
class Case:
    """A statement with the rest of its request; `parameters` are plain, `typed` those of the typed media type."""

    statement: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def _typed(kind: str, value: Any) -> Case:
    return Case("RETURN $x AS x", typed={"x": {"$type": kind, "_value": value}})


READING = (
    # values that JSON has
    Case("RETURN 1 AS i, -1 AS n, 9223372036854775807 AS most, -9223372036854775808 AS least"),
    Case("RETURN 1.5 AS a, 1.0 AS b, 1e100 AS c, 1e-7 AS d, 123456789.123 AS e, 1e7 AS f, 0.001 AS g, 100000.0 AS h"),
    Case("RETURN 0.0/0 AS nan, 1.0/0 AS inf, -1.0/0 AS ninf, -0.0 AS zero"),
    Case("RETURN 'a' AS a, '' AS b, 'é波🙂' AS c, 'a\\nb\\t\"q\" \\\\' AS d"),
    Case("RETURN true AS t, false AS f, null AS n"),
    Case("RETURN [] AS a, [1] AS b, [1, [2, null], 'x', [true]] AS c, [null] AS d"),
    Case("RETURN {} AS a, {x: 1} AS b, {x: {y: [1, {z: null}]}, `odd key`: 1.5} AS c"),
    Case("RETURN 1"),
    Case("RETURN 1 AS `odd name`, 2 AS `a.b`, 3 AS `波`"),
    Case("RETURN 1 + 2, 'a' + 'b', size([1, 2])"),
    Case("UNWIND range(1, 5) AS x RETURN x, x * x AS y"),
    Case("UNWIND [] AS x RETURN x"),
    Case("UNWIND [1, 2, 2] AS x RETURN DISTINCT x ORDER BY x DESC"),
    Case("WITH 1 AS x WHERE x > 1 RETURN x"),
    Case("RETURN 1 AS x UNION ALL RETURN 2 AS x"),
    Case("RETURN CASE WHEN true THEN 1 ELSE 'x' END AS x"),
    # times, points
    Case("RETURN date('2020-01-02') AS d, date('-0001-01-01') AS old, date('+12345-01-01') AS far"),
    Case("RETURN time('10:00:00+01:00') AS a, time('10:00:00.1Z') AS b"),
    Case("RETURN localtime('10:00') AS a, localtime('10:00:00.123') AS b, localtime('10:00:01.123456789') AS c"),
    Case("RETURN datetime('2020-01-02T10:00:00Z') AS a, datetime('2020-01-02T10:00:00.5+01:30') AS b"),
    Case("RETURN datetime('2020-01-02T10:00:00[Europe/Berlin]') AS a"),
    Case("RETURN localdatetime('2020-01-02T10:00') AS a, localdatetime('2020-01-02T10:00:00.1') AS b"),
    Case("RETURN duration('P1Y2M3DT4H5M6.5S') AS a, duration('PT0S') AS b, duration({days: -2, seconds: 3}) AS c"),
    Case("RETURN [date('2020-01-01')] AS a, {d: duration('P1D')} AS b"),
    Case("RETURN point({x: 1, y: 2}) AS a, point({x: 1e10, y: 0.1, z: 3}) AS b"),
    Case("RETURN point({latitude: 1.5, longitude: 2}) AS a, point({latitude: 1, longitude: 2, height: 3}) AS b"),
    # the graph
    Case("MATCH (n:Person) RETURN n ORDER BY n.iri"),
    Case("MATCH (n:Resource) RETURN n.iri AS iri, labels(n) AS labels ORDER BY iri"),
    Case("MATCH (n:Resource) RETURN n.rdfs__label AS label ORDER BY n.iri"),
    Case("MATCH (a:Person)-[r]->(b) RETURN a.iri, r, type(r) AS t, b.iri ORDER BY a.iri, b.iri"),
    Case("MATCH p = (a:Person)-[]->(b:Person) RETURN p"),
    Case("MATCH p = (a:Person {iri: 'http://example.org/bo'})<-[]-(b) RETURN p"),
    Case("MATCH p = (a:Person {iri: 'http://example.org/bo'}) RETURN p"),
    Case("MATCH (a:Person) RETURN [a, 1] AS l, {n: a} AS m ORDER BY a.iri"),
    Case("MATCH (n:Resource) RETURN count(*) AS c, count(n.name) AS d"),
    Case("MATCH (n:Person) RETURN properties(n) AS p ORDER BY n.iri"),
    Case("MATCH (n:Resource) WHERE n.iri = $iri RETURN n.iri", {"iri": f"{EX}ada"}),
    Case("MATCH (n:Resource {iri: 'nobody'}) RETURN n, n.x AS `odd name``x`"),
    Case("OPTIONAL MATCH (n:Resource {iri: 'nobody'}) RETURN n"),
    Case("MATCH (n:Resource) RETURN n.iri ORDER BY n.iri SKIP 1 LIMIT 1"),
    # parameters
    Case("RETURN $a AS a, $b AS b, $c AS c", {"a": 1, "b": [1.0, None, "x"], "c": {"x": True, "y": {}}}),
    Case("RETURN $a AS a", {"a": {"$type": "Integer", "_value": "1"}}),
    _typed("Integer", "42"),
    _typed("Float", "1.5"),
    _typed("Float", "NaN"),
    _typed("Float", "Infinity"),
    _typed("Boolean", True),
    _typed("String", "x"),
    _typed("Null", None),
    _typed("Base64", "AQID"),
    _typed("List", [{"$type": "Integer", "_value": "1"}, {"$type": "Null", "_value": None}]),
    _typed("Map", {"a": {"$type": "Date", "_value": "2020-01-01"}}),
    _typed("Date", "2020-01-01"),
    _typed("Time", "10:00+01:00"),
    _typed("LocalTime", "10:00:00"),
    _typed("OffsetDateTime", "2020-01-01T10:00:00+01:00"),
    _typed("ZonedDateTime", "2020-01-01T10:00:00+01:00[Europe/Berlin]"),
    _typed("LocalDateTime", "2020-01-01T10:00:00"),
    _typed("Duration", "P1DT2H"),
    _typed("Point", "SRID=4326;POINT (1 2)"),
    # plans, counters, notifications
    Case("EXPLAIN MATCH (n:Person) RETURN n"),
    Case("PROFILE MATCH (n:Person) RETURN n.iri", options={"includeCounters": True}),
    Case("RETURN 1 AS x", options={"includeCounters": True}),
    Case("MATCH (n:Nope) RETURN n"),
    Case("MATCH (n:Person), (m:Person) RETURN count(*) AS c"),
    Case("RETURN 1 AS x", options={"accessMode": "Read", "bookmarks": [], "maxExecutionTime": 5}),
)  # fmt: skip
"""They change nothing, and their answers are equal whoever is asked, by every member."""

WRITING = (
    Case("CREATE (n:ShapeTest {x: 1, s: 'q', d: date('2020-01-01')}) RETURN n"),
    Case("CREATE (a:ShapeTest)-[r:R {since: 1}]->(b:ShapeTest:Other) RETURN a, r, b"),
    Case("CREATE (n:ShapeTest) SET n.x = 1, n:Second REMOVE n.x"),
    Case("MERGE (n:ShapeTest {x: 2}) ON CREATE SET n.y = 3 RETURN n.y"),
    Case("CREATE (n:ShapeTest) WITH n DELETE n"),
    Case("UNWIND range(1, 3) AS x CREATE (n:ShapeTest {x: x}) RETURN n.x AS x"),
)  # fmt: skip
"""What they make has the label `ShapeTest`; counters are asked for."""

FAILING = (
    Case("RETRUN 1"),
    Case("RETURN x"),
    Case("MATCH (n:Person) RETURN n."),
    Case("RETURN 1 AS a, 2 AS a"),
    Case("RETURN 1/0 AS x"),
    Case("UNWIND [1, 0] AS x RETURN 1/x AS y"),
    Case("RETURN $missing AS x"),
    Case("CREATE (n:ShapeTest) RETURN n", options={"accessMode": "Read"}),
    Case("RETURN 1", options={"accessMode": "Sometimes"}),
    Case("RETURN 1", options={"unknown": 1}),
    Case("RETURN 1", options={"maxExecutionTime": "soon"}),
    Case("RETURN 1", options={"impersonatedUser": "somebody"}),
    Case(""),
    _typed("Nope", 1),
    _typed("Integer", "x"),
    _typed("Boolean", "true"),
)  # fmt: skip
"""Status and code of the error are compared, and which members the answer has."""
