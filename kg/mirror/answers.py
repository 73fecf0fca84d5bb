"""From what kglite answers to the values of records, as Neo4j would give them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kg.errors import QueryError, UnsupportedQueryError
from kg.mirror.dialect.durations import Duration
from kg.mirror.dialect.preparing import Column
from kg.mirror.dialect.types import (
    NODE,
    PATH,
    PROPERTIES,
    RELATIONSHIP,
    MapOf,
    Type,
    item_type,
    without_null,
)
from kg.mirror.holding import RECORDED, read_properties
from kg.property_graph import Stored
from kg.property_graph import Temporal as StoredTemporal
from kg.records import Node, Path, Relationship, Temporal, Value

__all__ = ["failure", "read_row"]

_NODE_KEYS = {"id", "labels", "properties"}
_RELATIONSHIP_KEYS = {"id", "start", "end", "type", "properties"}
_PATH_KEYS = {"nodes", "relationships"}


def failure(message: str) -> QueryError | None:
    """Return what the text of kglite's error means to the user, None if it tells nothing."""
    if "toBoolean() expects" in message:
        return UnsupportedQueryError(
            "Cypher",
            "an operation on one of the values that the statement met",
            "The embedded engine would answer it otherwise than Neo4j; leave such values out with WHERE.",
        )
    for known, means in (("division by zero", "/ by zero"), ("overflow", "a result beyond 64 bits")):
        if known in message:
            return QueryError(f"Cypher: arithmetic failed: {means}.")
    return None


def read_row(row: Mapping[str, Any], columns: Sequence[Column]) -> tuple[Value, ...]:
    """Return the values of one row that kglite gave."""
    return tuple(_column(row[column.key.strip("`")], column) for column in columns)


def _column(held: Any, column: Column) -> Value:
    if column.known is not None and column.known.constant is not None:
        return column.known.constant[0]
    if column.is_text and held is not None:
        (kind,) = without_null(column.type)
        assert isinstance(kind, str)
        return _temporal(kind, held)
    return _value(held, column.type)


def _value(held: Any, type_: Type) -> Value:
    if held is None or isinstance(held, bool | int | float | str):
        return held
    if isinstance(held, list):
        items = item_type(type_)
        return [_value(item, items) for item in held]
    if isinstance(held, dict):
        return _structure(held, type_)
    if isinstance(held, datetime.date | datetime.time):
        return _temporal(*_of_python(held))
    raise TypeError(f"kglite gave a {type(held).__name__}")


def _structure(held: dict[str, Any], type_: Type) -> Value:
    keys = set(held)
    if type_ & NODE and keys == _NODE_KEYS:
        return _node(held)
    if type_ & RELATIONSHIP and keys == _RELATIONSHIP_KEYS:
        return _relationship(held)
    if type_ & PATH and keys == _PATH_KEYS:
        nodes = tuple(map(_node, held["nodes"]))
        return Path(nodes, tuple(map(_relationship, held["relationships"])))
    if type_ & PROPERTIES:
        return _properties(held)
    if "duration" in type_ and "months" in held:
        return Temporal("Duration", str(Duration.of_parts(held)))
    entries = {key: of for kind in type_ if isinstance(kind, MapOf) for key, of in kind.entries}
    return {key: _value(value, entries.get(key, frozenset())) for key, value in held.items()}


def _node(held: Mapping[str, Any]) -> Node:
    return Node(str(held["id"]), tuple(held["labels"]), _properties(held["properties"]))


def _relationship(held: Mapping[str, Any]) -> Relationship:
    properties = _properties(held["properties"])
    return Relationship(str(held["id"]), str(held["start"]), str(held["end"]), held["type"], properties)


def _properties(held: Mapping[str, Any]) -> dict[str, Value]:
    return {key: _stored(value) for key, value in read_properties(held).items()}


def _stored(value: Stored) -> Value:
    if isinstance(value, list):
        return [_stored(item) for item in value]
    if isinstance(value, StoredTemporal):
        if value.kind == "duration":
            return Temporal("Duration", str(Duration.of_text(value.text)))
        return _temporal(value.kind, value.text)
    if isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a property holds a {type(value).__name__}")


def _of_python(held: datetime.date | datetime.time) -> tuple[str, str]:
    if isinstance(held, datetime.datetime):
        return ("zoned datetime" if held.tzinfo else "local datetime"), held.isoformat()
    if isinstance(held, datetime.time):
        return ("zoned time" if held.tzinfo else "local time"), held.isoformat()
    return "date", held.isoformat()


_CLOCK = re.compile(r"(\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?")


def _temporal(kind: str, text: str) -> Temporal:
    """Return a temporal with the text that Neo4j's `toString` gives: seconds always, no zeros at the end."""
    if kind not in ("date", "duration"):
        text = _CLOCK.sub(_clock, text, count=1)
        text = text.removesuffix("+00:00") + ("Z" if text.endswith("+00:00") else "")
    return Temporal(RECORDED[kind], text)


def _clock(found: re.Match[str]) -> str:
    digits = (found[3] or "").rstrip("0")
    return f"{found[1]}:{found[2] or '00'}{'.' + digits if digits else ''}"
