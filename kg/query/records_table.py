"""Records as plain text for people, and as CSV: what Cypher's values look like there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from kg.cypher.tokens import is_plain_name
from kg.property_graph.names import identifier
from kg.query.cypher_json import encode_plain, java_double, write_text
from kg.query.table import one_line, shorten, write_cells
from kg.records import Node, Path, Plan, Point, Records, Relationship, Temporal, Value

__all__ = ["plan_lines", "show_value", "write_records_csv", "write_records_table"]

_FIRST = ("name", "rdfs__label", "dct__title", "iri")
"""The properties that say what a node is; a table is cut at the terminal's edge."""
_EVERY = "Resource"
"""The label that every node has."""


def write_records_table(
    records: Records, width: int | None = None, base: str = "", below: Callable[[int], str] | None = None
) -> Iterator[str]:
    """Yield the lines of a table with one line a row; lazily after the first 500 rows.

    What the system keeps on nodes and relationships (`_rdf`, `_g`) is left out.

    Args:
        width: columns of the terminal; None cuts nothing.
        base: what the IRIs of nodes are shown without.
        below: gives the lines that stand below a row, by its number from 0.
    """
    if not records.fields:  # a statement that returns nothing
        for _ in records.rows:
            pass
        return
    rows = ([one_line(show_value(value, base)) for value in row] for row in records.rows)
    if below is None:
        yield from write_cells(records.fields, rows, width)
    else:
        yield from write_cells(records.fields, rows, width, below)


def show_value(value: Value, base: str = "", is_inside: bool = False) -> str:
    """Return a value as Cypher would write it, but a lone text bare.

    Args:
        is_inside: whether it stands in a list, a map or a node, where texts have quotation marks.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value) if is_inside else value
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Temporal):
        return value.text
    if isinstance(value, Point):
        axes = zip("xyz", value.coordinates, strict=False)
        return f"point({{srid: {value.srid}, {', '.join(f'{axis}: {java_double(number)}' for axis, number in axes)}}})"
    if isinstance(value, Node):
        return _node(value, base)
    if isinstance(value, Relationship):
        return f"[{_relationship(value, base)}]"
    if isinstance(value, Path):
        return _path(value, base)
    if isinstance(value, dict):
        return _map(value, base)
    if isinstance(value, list):
        return f"[{', '.join(show_value(item, base, True) for item in value)}]"
    return str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _name(name: str) -> str:
    return name if is_plain_name(name) else identifier(name) if name else "``"


def _map(entries: Mapping[str, Value], base: str) -> str:
    return f"{{{', '.join(f'{_name(key)}: {show_value(value, base, True)}' for key, value in entries.items())}}}"


def _node(node: Node, base: str) -> str:
    labels = "".join(f":{_name(label)}" for label in node.labels if label != _EVERY)
    shown = _shown_properties(node.properties, base)
    return f"({' '.join(filter(None, (labels, shown)))})"


def _relationship(relationship: Relationship, base: str) -> str:
    shown = _shown_properties(relationship.properties, base)
    return f":{_name(relationship.type)}{' ' if shown else ''}{shown}"


def _shown_properties(properties: Mapping[str, Value], base: str) -> str:
    """Return the properties that are not the system's, what names the thing first; empty for none."""
    own = {key: value for key, value in properties.items() if not key.startswith("_")}
    iri = own.get("iri")
    if isinstance(iri, str):
        short = shorten(iri, base)
        own["iri"] = iri if short[0] == "<" else short  # what is not shortened can be used as it is shown
    keys = [*(key for key in _FIRST if key in own), *sorted(own.keys() - set(_FIRST))]
    return _map({key: own[key] for key in keys}, base) if own else ""


def _path(path: Path, base: str) -> str:
    parts = [_node(path.nodes[0], base)]
    for before, relationship, after in zip(path.nodes, path.relationships, path.nodes[1:], strict=False):
        is_forward = relationship.start == before.element_id
        left, right = ("-", "->") if is_forward else ("<-", "-")
        parts.append(f"{left}[{_relationship(relationship, base)}]{right}{_node(after, base)}")
    return "".join(parts)


# --- CSV (RFC 4180)


def write_records_csv(records: Records) -> Iterator[str]:
    """Yield the lines of CSV: texts bare, null empty, and as JSON what is no single value."""
    if not records.fields:
        for _ in records.rows:
            pass
        return
    yield ",".join(map(_csv_cell, records.fields)) + "\r\n"
    for row in records.rows:
        yield ",".join(_csv_cell(_csv_text(value)) for value in row) + "\r\n"


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Node | Relationship | Path | dict | list):
        return write_text(encode_plain(value))
    return show_value(value)


def _csv_cell(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if re.search('[",\r\n]', text) else text


# --- plans


_SHOWN = ("Details", "EstimatedRows", "Rows", "DbHits", "Time")
"""What is shown of Neo4j's many arguments."""


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield the operators of a plan, what is read first at the bottom, each with its arguments."""
    yield from _plan_lines((plan,), 0)


def _plan_lines(plans: Sequence[Plan], depth: int) -> Iterator[str]:
    for plan in plans:
        shown = [f"{key}={one_line(show_value(plan.arguments[key]))}" for key in _SHOWN if key in plan.arguments]
        operator = plan.operator.partition("@")[0]  # the database's name follows
        yield f"{'  ' * depth}{operator}{'  ' if shown else ''}{', '.join(shown)}"
        yield from _plan_lines(plan.children, depth + 1)
