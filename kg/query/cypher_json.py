"""Records as Neo4j's Query API writes them: plain JSON, and JSON in which every value has its type.

Both are lazy, and every piece ends between two rows. An error that comes up while rows are read is a member `errors`
of the answer, as in Neo4j 5.26, and the rows before it are no whole answer; but one of a limit is raised.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kg.errors import KgError, LimitError
from kg.query.cypher_errors import describe_error
from kg.records import Node, Notification, Path, Plan, Point, Records, Relationship, Summary, Temporal, Value

__all__ = [
    "COUNTERS",
    "Encoder",
    "counters",
    "describe_summary",
    "encode_plain",
    "encode_typed",
    "java_double",
    "plan_arguments",
    "write_query_answer",
    "write_rows",
    "write_text",
]

Encoder = Callable[[Value], Any]
"""Returns a value as what `json` writes."""

COUNTERS = (
    "containsUpdates", "nodesCreated", "nodesDeleted", "propertiesSet", "relationshipsCreated", "relationshipsDeleted",
    "labelsAdded", "labelsRemoved", "indexesAdded", "indexesRemoved", "constraintsAdded", "constraintsRemoved",
    "containsSystemUpdates", "systemUpdates",
)  # fmt: skip
"""What the Query API counts, in its order; two are booleans."""

_PROFILED = frozenset({"dbHits", "rows", "pageCacheHits", "pageCacheMisses", "pageCacheHitRatio", "time"})
_PIECE = 64 * 1024
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-3, 1e7
"""Outside of these Java writes a double with an exponent (`Double.toString`)."""


def write_text(document: Any) -> str:
    """Write JSON as Neo4j does: without spaces."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


# --- values


def java_double(number: float) -> str:
    """Write a float as Java's `Double.toString`, which is how Neo4j writes it where it is a text."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 or _SMALLEST_PLAIN <= abs(number) < _LARGEST_PLAIN:
        return repr(number)  # Python has no exponent there either
    mantissa, exponent = f"{number!r}".partition("e")[::2]
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole + fraction) - len(digits)
    power = int(exponent or 0) + len(whole) - 1 - leading
    digits = digits.rstrip("0") or "0"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"


def _point(point: Point) -> str:
    """Write a point as extended well-known text."""
    kind = "POINT Z" if len(point.coordinates) == 3 else "POINT"
    return f"SRID={point.srid};{kind} ({' '.join(java_double(each) for each in point.coordinates)})"


def _elements(path: Path) -> Iterator[Node | Relationship]:
    """Yield nodes and relationships of a path by turns."""
    yield path.nodes[0]
    for relationship, node in zip(path.relationships, path.nodes[1:], strict=True):
        yield relationship
        yield node


def encode_plain(value: Value) -> Any:
    """Return a value as plain JSON has it: what JSON has no type for is a text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else java_double(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Temporal):
        return value.text.partition("[")[0]  # a time with the name of its zone has its offset too
    if isinstance(value, Point):
        return _point(value)
    if isinstance(value, list):
        return [encode_plain(each) for each in value]
    if isinstance(value, dict):
        return _mapped(value, encode_plain)
    if isinstance(value, Path):
        return [encode_plain(each) for each in _elements(value)]
    if isinstance(value, Node):
        return {
            "elementId": value.element_id,
            "labels": list(value.labels),
            "properties": _mapped(value.properties, encode_plain),
        }
    return {
        "elementId": value.element_id,
        "startNodeElementId": value.start,
        "endNodeElementId": value.end,
        "type": value.type,
        "properties": _mapped(value.properties, encode_plain),
    }


def encode_typed(value: Value) -> Any:
    """Return a value as `application/vnd.neo4j.query` has it: `{"$type": …, "_value": …}`."""
    kind, written = _typed(value)
    return {"$type": kind, "_value": written}


def _typed(value: Value) -> tuple[str, Any]:
    if value is None:
        return "Null", None
    if isinstance(value, bool):
        return "Boolean", value
    if isinstance(value, int):
        return "Integer", str(value)
    if isinstance(value, float):
        return "Float", java_double(value)
    if isinstance(value, str):
        return "String", value
    if isinstance(value, bytes):
        return "Base64", base64.b64encode(value).decode()
    if isinstance(value, Temporal):
        return _typed_time(value)
    if isinstance(value, Point):
        return "Point", _point(value)
    if isinstance(value, list):
        return "List", [encode_typed(each) for each in value]
    if isinstance(value, dict):
        return "Map", _mapped(value, encode_typed)
    if isinstance(value, Path):
        return "Path", [encode_typed(each) for each in _elements(value)]
    properties = _mapped(value.properties, encode_typed)
    if isinstance(value, Node):
        return "Node", {"_element_id": value.element_id, "_labels": list(value.labels), "_properties": properties}
    return "Relationship", {
        "_element_id": value.element_id,
        "_start_node_element_id": value.start,
        "_end_node_element_id": value.end,
        "_type": value.type,
        "_properties": properties,
    }


def _typed_time(value: Temporal) -> tuple[str, str]:
    if value.kind != "DateTime":
        return value.kind, value.text
    return ("ZonedDateTime" if "[" in value.text else "OffsetDateTime"), value.text


def _mapped(values: Mapping[str, Value], encode: Encoder) -> dict[str, Any]:
    return {key: encode(each) for key, each in values.items()}


# --- answers


def write_query_answer(
    records: Records, encode: Encoder, with_counters: bool, finish: Callable[[], Mapping[str, Any]]
) -> Iterator[bytes]:
    """Yield an answer of the Query API.

    Args:
        finish: called when all rows are read, to commit; returns further members, as `bookmarks`.
    """
    yield b'{"data":{"fields":' + write_text(list(records.fields)).encode() + b',"values":['
    try:
        yield from write_rows(records, lambda row: write_text([encode(value) for value in row]))
        more = {**describe_summary(records.summary, encode, with_counters), **finish()}
    except LimitError:
        raise  # what a limit cut short must not look like an answer
    except KgError as error:
        more = {"errors": [describe_error(error)]}
    yield b"]}" + "".join(f",{write_text(name)}:{write_text(value)}" for name, value in more.items()).encode() + b"}"


def write_rows(records: Records, write: Callable[[tuple[Value, ...]], str]) -> Iterator[bytes]:
    """Yield rows with commas between them, some at a time. What was read when an error comes is yielded before it."""
    waiting: list[str] = []
    size, separator = 0, ""
    try:
        for row in records.rows:
            text = separator + write(row)
            separator = ","
            waiting.append(text)
            size += len(text)
            if size >= _PIECE:
                yield "".join(waiting).encode()
                waiting, size = [], 0
    except KgError:
        yield "".join(waiting).encode()
        raise
    yield "".join(waiting).encode()


def describe_summary(summary: Summary, encode: Encoder, with_counters: bool) -> dict[str, Any]:
    """Return what an answer says besides its rows."""
    found: dict[str, Any] = {}
    if summary.notifications:
        found["notifications"] = [_notification(each) for each in summary.notifications]
    if with_counters:
        found["counters"] = counters(summary)
    if summary.plan is not None:
        is_profile = not {"dbHits", "DbHits", "rows", "Rows"}.isdisjoint(summary.plan.arguments)
        found["profiledQueryPlan" if is_profile else "queryPlan"] = _plan(summary.plan, encode, is_profile)
    return found


def counters(summary: Summary) -> dict[str, int | bool]:
    """Return all that is counted, zeros too."""
    found: dict[str, int | bool] = {name: summary.counters.get(name, 0) for name in COUNTERS}
    found["containsUpdates"] = any(found[name] for name in COUNTERS[1:-2])
    found["containsSystemUpdates"] = bool(summary.counters.get("systemUpdates", 0))
    return found


def _notification(notification: Notification) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": notification.code,
        "description": notification.description,
        "severity": notification.severity,
        "title": notification.title,
    }
    if notification.position is not None:
        found["position"] = dict(zip(("offset", "line", "column"), notification.position, strict=True))
    return {**found, "category": notification.category} if notification.category else found


def plan_arguments(plan: Plan) -> Mapping[str, Value]:
    """Return the arguments of an operator without what the driver has put among them for PROFILE."""
    return {name: value for name, value in plan.arguments.items() if name not in _PROFILED}


def _plan(plan: Plan, encode: Encoder, is_profile: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if is_profile:
        hits, misses = _number(plan, "pageCacheHits"), _number(plan, "pageCacheMisses")
        found = {
            "dbHits": _number(plan, "dbHits"),
            "records": _number(plan, "rows"),
            "hasPageCacheStats": hits + misses > 0,
            "pageCacheHits": hits,
            "pageCacheMisses": misses,
            "pageCacheHitRatio": hits / (hits + misses) if hits + misses else 0.0,
            "time": _number(plan, "time"),
        }
    return {
        **found,
        "operatorType": plan.operator,
        "arguments": _mapped(plan_arguments(plan), encode),
        "identifiers": list(plan.identifiers),
        "children": [_plan(each, encode, is_profile) for each in plan.children],
    }


def _number(plan: Plan, name: str) -> int:
    value = plan.arguments.get(name, plan.arguments.get(name[0].upper() + name[1:]))
    return value if isinstance(value, int) else 0
