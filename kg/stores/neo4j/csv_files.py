"""A property graph as the CSV files that `neo4j-admin database import` reads.

The importer gives a column one type, so nodes are grouped by the types of their properties. What it might read in
another way than it was written (control characters, empty texts in lists, names with signs) is left out of the files;
those nodes are returned, to be completed by Cypher.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.property_graph import Node, PropertyGraph, Relationship, Stored, Temporal, Value

__all__ = ["IMPORT_OPTIONS", "ImportFiles", "write_files"]

IMPORT_OPTIONS = ("--array-delimiter=U+001F", "--multiline-fields=true", "--id-type=string")
"""How the files are to be read."""

_SEPARATOR = "\x1f"
_TYPES: dict[type, str] = {bool: "boolean", int: "long", float: "double", str: "string"}
_TEMPORAL = {
    "date": "date",
    "local time": "localtime",
    "zoned time": "time",
    "local datetime": "localdatetime",
    "zoned datetime": "datetime",
    "duration": "duration",
}
_PLAIN_NAME = re.compile(r"\w+", re.ASCII)
_HOSTILE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]|^\s|\s$")
_NUMBERS = {math.inf: "Infinity", -math.inf: "-Infinity"}

_Columns = tuple[tuple[str, str], ...]
"""Property names with the importer's types."""


@dataclass(slots=True)
class ImportFiles:
    """The importer's arguments; the nodes and relationships that are not, or not wholly, in a file."""

    arguments: list[str] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)


def write_files(graph: PropertyGraph, folder: Path) -> ImportFiles:
    """Write a graph into a folder. A node that is returned is in the files with its `iri` and no more."""
    files = ImportFiles()
    groups: dict[_Columns, list[tuple[str, ...]]] = {}
    hostile_keys = set()
    for node in graph.nodes.values():
        properties = stored_properties(node)
        if _HOSTILE.search(node.key):
            files.nodes.append(node)
            hostile_keys.add(node.key)
        elif _is_tame(node.labels, properties):
            columns = tuple((name, _type(value)) for name, value in properties.items())
            row = (node.key, _SEPARATOR.join(("Resource", *sorted(node.labels))), *map(_text, properties.values()))
            groups.setdefault(columns, []).append(row)
        else:
            files.nodes.append(node)
            groups.setdefault((), []).append((node.key, "Resource"))
    for number, (columns, rows) in enumerate(groups.items()):
        header = ("iri:ID", ":LABEL", *(f"{name}:{kind}" for name, kind in columns))
        files.arguments.append(f"--nodes={_write(folder / f'nodes{number}.csv', header, rows)}")
    rows = []
    for each in graph.relationships:
        if hostile_keys & {each.start, each.end} or not _is_tame((each.type,), {"_g": list(each.graphs or ())}):
            files.relationships.append(each)
        else:
            rows.append((each.start, each.type, each.end, _SEPARATOR.join(each.graphs or ())))
    for name, held in (("noted", [row for row in rows if row[3]]), ("plain", [row for row in rows if not row[3]])):
        if held:
            header = (":START_ID", ":TYPE", ":END_ID", *(("_g:string[]",) if name == "noted" else ()))
            path = _write(folder / f"relationships_{name}.csv", header, (row[: len(header)] for row in held))
            files.arguments.append(f"--relationships={path}")
    return files


def stored_properties(node: Node) -> dict[str, Stored]:
    """Return the properties of a node as they are stored, but for `iri`."""
    system: dict[str, Stored] = {}
    if node.notes:
        system["_rdf"] = list(node.notes)
    if node.iri is not None:
        system["_iri"] = node.iri
    return {**system, **node.properties}


def _is_tame(names: Iterable[str], properties: dict[str, Stored]) -> bool:
    """Tell whether the importer reads all of it as it is written."""
    for name in (*names, *properties):
        if not _PLAIN_NAME.fullmatch(name):
            return False
    for value in properties.values():
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, str):
                if not each or _HOSTILE.search(each):
                    return False
            elif isinstance(each, Temporal):
                if each.kind == "duration":
                    return False
            elif type(each) not in _TYPES:
                return False
    return True


def _type(value: Stored) -> str:
    if isinstance(value, list):
        return f"{_type(value[0])}[]"
    return _TEMPORAL[value.kind] if isinstance(value, Temporal) else _TYPES[type(value)]


def _text(value: Stored) -> str:
    if type(value) is str:
        return value
    if isinstance(value, list):
        return _SEPARATOR.join(map(_text, value))
    return _other_text(value)


def _other_text(value: Value) -> str:
    if isinstance(value, Temporal):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _NUMBERS.get(value) or ("NaN" if value != value else repr(value))
    return str(value)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        writer.writerows(rows)
    return path
