"""The small graph of the dialect's tests in kglite, and statements asked of it."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import kglite

from kg.cypher.parsing import parse
from kg.mirror.answers import read_row
from kg.mirror.dialect.preparing import Prepared, prepare
from kg.mirror.dialect.types import NULL, Type, join, list_of, type_of_value
from kg.mirror.holding import hold
from kg.property_graph import Temporal
from kg.records import Value

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("neo4j_answers.json").read_text("utf-8"))
PARAMETERS: dict[str, Value] = RECORDED["parameters"]


def _stored(value: Any) -> Any:
    return Temporal(value["kind"], value["text"]) if isinstance(value, dict) else value


def _type(value: Any) -> Type:
    if isinstance(value, list):
        return list_of(join(map(_type, value)))
    return frozenset({value.kind}) if isinstance(value, Temporal) else type_of_value(value)


@functools.cache
def kinds(key: str) -> Type:
    """Return what a property of the graph's nodes may hold."""
    held = [node["properties"][key] for node in RECORDED["nodes"] if key in node["properties"]]
    return NULL | join(_type(_stored(value)) for value in held)


@functools.cache
def graph() -> Any:
    """Return the graph, held as the mirror holds one."""
    graph = kglite.KnowledgeGraph()
    for node in RECORDED["nodes"]:
        plain, made = hold({key: _stored(value) for key, value in node["properties"].items()})
        iri = plain.pop("iri")
        labels = ":".join(node["labels"])
        rows = [{"iri": iri, "plain": plain}]
        graph.cypher(f"UNWIND $rows AS x CREATE (n:{labels} {{iri: x.iri}}) SET n += x.plain", params={"rows": rows})
        for key, (function, argument) in made.items():
            parameters = {"iri": iri, "value": argument}
            graph.cypher(f"MATCH (n:Resource {{iri: $iri}}) SET n.`{key}` = {function}($value)", params=parameters)
    for start, type_, end, properties in RECORDED["relationships"]:
        ends = "MATCH (a:Resource {iri: $a}), (b:Resource {iri: $b})"
        parameters = {"a": start, "b": end, "p": properties}
        graph.cypher(f"{ends} CREATE (a)-[r:{type_}]->(b) SET r += $p", params=parameters)
    return graph


def prepared(text: str) -> Prepared:
    """Return a statement as kglite gets it."""
    return prepare(parse(text), PARAMETERS, kinds, len(RECORDED["relationships"]))


def ask(text: str) -> tuple[tuple[str, ...], list[tuple[Value, ...]]]:
    """Return the fields and rows of a statement."""
    statement = prepared(text)
    found = graph().cypher(statement.text, params=dict(statement.parameters)).to_list()
    return statement.fields, [read_row(row, statement.columns) for row in found]
