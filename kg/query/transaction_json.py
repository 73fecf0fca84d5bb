"""Records as Neo4j's transaction API (`/tx`) writes them: rows with `meta`, and graphs of nodes and relationships."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kg.errors import KgError
from kg.query.cypher_json import COUNTERS, counters, encode_plain, java_double, plan_arguments, write_rows, write_text
from kg.records import Node, Notification, Path, Plan, Point, Records, Relationship, Temporal, Value

__all__ = ["CONTENTS", "describe_notification", "write_result"]

CONTENTS = ("row", "graph")
"""What a statement may ask for as `resultDataContents`. Neo4j has `rest` too, long deprecated."""

_SYSTEMS = {
    4326: ("wgs-84", "epsg"),
    4979: ("wgs-84-3d", "epsg"),
    7203: ("cartesian", "sr-org"),
    9157: ("cartesian-3d", "sr-org"),
}
_STATISTICS = {
    **{name: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in COUNTERS},
    "relationshipsDeleted": "relationship_deleted",  # so Neo4j has it
}
_TIME = re.compile(r"(?P<minutes>\d\d:\d\d):(?P<seconds>\d\d)(?:\.(?P<fraction>\d+))?")


def write_result(records: Records, contents: Collection[str], with_statistics: bool) -> Iterator[bytes]:
    """Yield one result: columns, rows, and what else was asked for. An error while rows are read closes it first."""
    yield b'{"columns":' + write_text(list(records.fields)).encode() + b',"data":['
    try:
        yield from write_rows(records, lambda row: write_text(_row(row, contents)))
    except KgError:
        yield b"]}"
        raise
    more: dict[str, Any] = {}
    if with_statistics:
        counted = counters(records.summary)
        more["stats"] = {written: counted[name] for name, written in _STATISTICS.items()}
    if records.summary.plan is not None:
        more["plan"] = {"root": _plan(records.summary.plan)}
    yield b"]" + "".join(f",{write_text(name)}:{write_text(value)}" for name, value in more.items()).encode() + b"}"


def describe_notification(notification: Notification) -> dict[str, Any]:
    """Return a notification as this API has it: without a category."""
    found: dict[str, Any] = {
        "code": notification.code,
        "severity": notification.severity,
        "title": notification.title,
        "description": notification.description,
    }
    if notification.position is not None:
        found["position"] = dict(zip(("offset", "line", "column"), notification.position, strict=True))
    return found


def _row(row: tuple[Value, ...], contents: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "row" in contents:
        found["row"] = [_value(value) for value in row]
        found["meta"] = [meta for value in row for meta in _meta(value)]
    if "graph" in contents:
        found["graph"] = _graph(row)
    return found


def _value(value: Value) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else java_double(value)
    if isinstance(value, Temporal):
        return _time(value)
    if isinstance(value, Point):
        return _point(value)
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, list):
        return [_value(each) for each in value]
    if isinstance(value, dict):
        return _mapped(value)
    if isinstance(value, Path):
        return [_mapped(each.properties) for each in _along(value)]
    if isinstance(value, Node | Relationship):
        return _mapped(value.properties)
    return encode_plain(value)


def _mapped(values: Mapping[str, Value]) -> dict[str, Any]:
    return {key: _value(each) for key, each in values.items()}


def _along(path: Path) -> Iterator[Node | Relationship]:
    for node, relationship in zip(path.nodes, path.relationships, strict=False):
        yield node
        yield relationship
    yield path.nodes[-1]


def _time(value: Temporal) -> str:
    """Write a time as Java does: seconds only where there are any, a fraction by three digits (`toString`)."""
    if value.kind in ("Date", "Duration"):
        return value.text
    return _TIME.sub(_shortened, value.text, count=1)


def _shortened(found: re.Match[str]) -> str:
    fraction = found["fraction"] or ""
    if not fraction and found["seconds"] == "00":
        return found["minutes"]
    padded = fraction.ljust(-(-len(fraction) // 3) * 3, "0")
    return f"{found['minutes']}:{found['seconds']}{'.' if padded else ''}{padded}"


def _point(point: Point) -> dict[str, Any]:
    name, authority = _SYSTEMS[point.srid]
    href = f"https://spatialreference.org/ref/{authority}/{point.srid}/ogcwkt/"
    return {
        "type": "Point",
        "coordinates": list(point.coordinates),
        "crs": {"srid": point.srid, "name": name, "type": "link", "properties": {"href": href, "type": "ogcwkt"}},
    }


def _meta(value: Value) -> Iterator[Any]:
    """Yield what is known of a value besides: one for each part of a list or map, one list for a path."""
    if isinstance(value, list):
        for each in value:
            yield from _meta(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _meta(each)
    elif isinstance(value, Path):
        yield [_identity(each) for each in _along(value)]
    elif isinstance(value, Node | Relationship):
        yield _identity(value)
    elif isinstance(value, Temporal):
        yield {"type": value.kind.lower()}
    elif isinstance(value, Point):
        yield {"type": "point"}
    else:
        yield None


def _identity(value: Node | Relationship) -> dict[str, Any]:
    kind = "node" if isinstance(value, Node) else "relationship"
    return {"id": _number(value.element_id), "elementId": value.element_id, "type": kind, "deleted": False}


def _number(element_id: str) -> int:
    """Return the number at the end of an element id, which is what `id()` gives."""
    digits = element_id.rpartition(":")[2]
    return int(digits) if digits.isdecimal() else -1


def _graph(row: tuple[Value, ...]) -> dict[str, Any]:
    """Return the nodes and relationships of a row, each once, however deep they stand in it."""
    nodes: dict[str, Node] = {}
    relationships: dict[str, Relationship] = {}
    waiting: list[Value] = list(row)
    while waiting:
        value = waiting.pop()
        if isinstance(value, Node):
            nodes[value.element_id] = value
        elif isinstance(value, Relationship):
            relationships[value.element_id] = value
        elif isinstance(value, Path):
            nodes.update((node.element_id, node) for node in value.nodes)
            relationships.update((each.element_id, each) for each in value.relationships)
        elif isinstance(value, list | dict):
            waiting += value.values() if isinstance(value, dict) else value
    return {
        "nodes": [_graph_node(node) for node in nodes.values()],
        "relationships": [_graph_relationship(each) for each in relationships.values()],
    }


def _graph_node(node: Node) -> dict[str, Any]:
    return {
        "id": str(_number(node.element_id)),
        "elementId": node.element_id,
        "labels": list(node.labels),
        "properties": _mapped(node.properties),
    }


def _graph_relationship(relationship: Relationship) -> dict[str, Any]:
    return {
        "id": str(_number(relationship.element_id)),
        "elementId": relationship.element_id,
        "type": relationship.type,
        "startNode": str(_number(relationship.start)),
        "startNodeElementId": relationship.start,
        "endNode": str(_number(relationship.end)),
        "endNodeElementId": relationship.end,
        "properties": _mapped(relationship.properties),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    arguments = {name: _value(value) for name, value in plan_arguments(plan).items()}
    children = [_plan(each) for each in plan.children]
    return {"operatorType": plan.operator, **arguments, "identifiers": list(plan.identifiers), "children": children}
