"""What goes into the mirror comes out the same: labels, keys and values, in memory and through the file."""

from __future__ import annotations

import time
from random import Random

import pytest

from kg.errors import QueryError, QueryTimeoutError
from kg.mirror import EXACT, RESERVED, held_key, read_key
from kg.mirror.building import build
from kg.mirror.engine import Engine
from kg.mirror.holding import hold, read_properties
from kg.mirror.verifying import compare
from kg.property_graph import Node, PropertyGraph, Relationship, Stored, Temporal
from kg.property_graph.shape import shape
from tests.property_graph.datasets import ABSENT, NAMES, random_dataset


def rebuilt(engine: Engine) -> Engine:
    loaded = Engine.of_bytes(engine.to_bytes())
    assert loaded is not None
    return loaded


@pytest.mark.parametrize("seed", range(100))
def test_any_dataset_is_held_as_it_is_shaped(seed: int) -> None:
    random = Random(seed)
    absent = random.choice(ABSENT)
    graph = shape(random_dataset(random, absent), NAMES, absent)
    engine = build(graph)
    assert not compare(engine.reader(), graph)
    assert not compare(rebuilt(engine).reader(), graph)


TEXTS = ("", "[1,2]", "2020-01-01", "null", "\x00", "\u2028", "\U0001f600", 'it\'s "q" \\', "x" * 100_000)
TEMPORALS = (
    Temporal("date", "0001-01-01"),
    Temporal("date", "9999-12-31"),
    Temporal("local time", "10:11:12.123456789"),
    Temporal("local time", "00:00:00"),
    Temporal("zoned time", "23:59:59.999999+14:00"),
    Temporal("zoned time", "10:11:12.000000001-13:59"),
    Temporal("local datetime", "0002-01-01T00:00:00"),
    Temporal("local datetime", "9998-12-31T23:59:59.999999999"),
    Temporal("zoned datetime", "0002-01-01T00:00:00.1+14:00"),
    Temporal("zoned datetime", "9998-12-31T23:59:59.000000001-14:00"),
    Temporal("zoned datetime", "2020-02-29T12:00:00Z"),
    Temporal("duration", "PT0S"),
    Temporal("duration", "P1Y2M3DT4H5M6.123456789S"),
    Temporal("duration", "-P1Y2M3DT4H5M6.123456789S"),
    Temporal("duration", "-PT0.000000001S"),
    Temporal("duration", "P999999Y11M99999999DT23H59M59.999999999S"),
)
NUMBERS = (0, 1, -(2**63), 2**63 - 1, 2**53 + 1, 1.0, -0.0, 5e-324, float("inf"), float("-inf"), float("nan"), True)


@pytest.mark.parametrize("key", ["plain", *sorted(RESERVED), "https://example.org/a#b", "größe"])
def test_every_kind_of_value_comes_back_exactly(key: str) -> None:
    singles: list[Stored] = [*TEXTS, *TEMPORALS, *NUMBERS]
    pairs: list[Stored] = [[value, value] for value in TEMPORALS]
    lists: list[Stored] = [
        *pairs, list(TEXTS[:4]), [1, -(2**63)], [1.0, float("nan"), -0.0], [True, False],
        ["[1]", "a\tb"],
    ]  # fmt: skip
    nodes = [Node(f"http://x/{number}", properties={key: value}) for number, value in enumerate([*singles, *lists])]
    graph = PropertyGraph({node.key: node for node in nodes}, [])
    engine = build(graph)
    assert not compare(engine.reader(), graph)
    assert not compare(rebuilt(engine).reader(), graph)


def test_what_has_no_such_property_has_none_however_kglite_would_answer() -> None:
    reader = build(PropertyGraph({"http://x/a": Node("http://x/a")}, [])).reader()
    for name in (*RESERVED, "_name", "_exact", "nothing"):
        assert list(reader.run(f"MATCH (n) RETURN n.`{held_key(name)}`", {}).rows) == [(None,)]


def test_keys_are_escaped_reversibly() -> None:
    for name in (*RESERVED, "plain", "_name", "__id", "_exact", "exact", "_rdf", "_g", "iri"):
        assert read_key(held_key(name)) == name
        assert held_key(name) not in RESERVED and held_key(name) != EXACT


def test_finer_times_are_computed_with_and_read_exactly() -> None:
    early, late = (Temporal("local datetime", f"2020-01-01T00:00:00.00000000{digit}") for digit in (1, 2))
    nodes = {key: Node(key, properties={"at": at}) for key, at in (("http://x/a", early), ("http://x/b", late))}
    reader = build(PropertyGraph(nodes, [])).reader()
    assert list(reader.run("MATCH (a), (b) WHERE a.at < b.at RETURN a.iri", {}).rows) == [("http://x/a",)]
    held = [read_properties(row[0]["properties"])["at"] for row in reader.run("MATCH (n) RETURN n", {}).rows]
    assert sorted(held, key=str) == [early, late]
    assert EXACT in hold({"at": early})[0]


def test_a_difference_is_seen() -> None:
    def graph(value: Stored = 1, label: str = "A", graphs: tuple[str, ...] | None = None) -> PropertyGraph:
        nodes = {"http://x/a": Node("http://x/a", labels={label}, properties={"v": value})}
        return PropertyGraph(nodes, [Relationship("http://x/a", "r", "http://x/a", graphs)])

    right = build(graph())
    for wrong in (graph(1.0), graph(True), graph("1"), graph([1, 2]), graph(label="B"), graph(graphs=("note/1",))):
        report = compare(right.reader(), wrong)
        assert len(report.missing) == len(report.surplus) == 1
    assert compare(right.reader(), PropertyGraph()).surplus and compare(Engine().reader(), graph()).missing


def test_a_reader_cannot_write_and_stays_as_it_is() -> None:
    engine = build(PropertyGraph({"http://x/a": Node("http://x/a")}, []))
    reader = engine.reader()
    for text in (
        "CREATE (n:X)",
        "MATCH (n) SET n.v = 1",
        "MATCH (n) DETACH DELETE n",
        "CREATE INDEX FOR (n:A) ON (n.b)",
    ):
        with pytest.raises(QueryError):
            reader.run(text, {})
    engine.change("UNWIND $rows AS x CREATE (n:Resource {id: x.k})", [{"k": "b"}])
    assert list(reader.run("MATCH (n) RETURN count(n)", {}).rows) == [(1,)]
    assert list(engine.reader().run("MATCH (n) RETURN count(n)", {}).rows) == [(2,)]


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a), (b), (c) WHERE a.v + b.v = c.v + 1 RETURN count(*)",
        "UNWIND range(1, 3000000) AS x WITH x ORDER BY x % 1000, toString(x) RETURN collect(x)[0]",
        "RETURN size(reduce(s = '', x IN range(1, 120000) | s + 'abcdefgh'))",
    ],
)
def test_what_takes_too_long_is_stopped(text: str) -> None:
    nodes = {f"http://x/{number}": Node(f"http://x/{number}", properties={"v": number}) for number in range(2000)}
    reader = build(PropertyGraph(nodes, [])).reader()
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        reader.run(text, {}, seconds=0.1)
    assert time.monotonic() - started < 20
