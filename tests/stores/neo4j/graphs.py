"""Small graphs written to a server for a test: what `shape` says, and what people make by hand."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names
from kg.property_graph.shape import shape
from kg.rdf import Quad
from kg.stores.neo4j.driver import Connection

__all__ = ["write_by_hand", "write_shape"]

_CLEAR = "MATCH (n) DETACH DELETE n"
_NODES = "UNWIND $rows AS r CREATE (n) SET n:$(r.labels) SET n += r.properties"
_RELATIONSHIPS = (
    "UNWIND $rows AS r MATCH (s:Resource {iri: r.s}) MATCH (o:Resource {iri: r.o}) CREATE (s)-[e:$(r.t)]->(o) "
    "SET e._g = r.g"
)
_BY_NUMBER = "UNWIND $rows AS r MATCH (s {_n: r.s}) MATCH (o {_n: r.o}) CREATE (s)-[e:$(r.t)]->(o) SET e._g = r.g"


def write_shape(connection: Connection, quads: Iterable[Quad], names: Names, absent: AbsentGraph) -> None:
    """Make the database hold the property graph of some quads, and nothing else."""
    graph = shape(quads, names, absent)
    nodes: list[dict[str, Any]] = []
    for node in graph.nodes.values():
        reserved = {"iri": node.key, "_rdf": node.notes or None, "_iri": node.iri}
        nodes.append({"labels": ["Resource", *sorted(node.labels)], "properties": {**node.properties, **reserved}})
    relationships = [
        {"s": each.start, "t": each.type, "o": each.end, "g": None if each.graphs is None else list(each.graphs)}
        for each in graph.relationships
    ]
    connection.run(_CLEAR)
    connection.run(_NODES, rows=nodes)
    connection.run(_RELATIONSHIPS, rows=relationships)


_GRAPHS: tuple[Any, ...] = (None, None, ["g1"], ["http://e/g2", "."], "g1", [], ["g1", "g2", "g3"])
_VALUES: tuple[Any, ...] = (
    "x", "y", ["x", "y"], ["x"], 1, 2, [1, 2], 2.5, [2.0, 3.0], True, [True, False], "2", ["2", "x"], [], "u", 0, -1,
)  # fmt: skip
_NOTES = ('"x"@en', '"2"^^<http://www.w3.org/2001/XMLSchema#decimal>', "<http://e/u>", '"broken', "<http://e/g1>")


def write_by_hand(connection: Connection, chance: random.Random) -> None:
    """Make the database hold what nobody but a person would write: in the terms of `tests.slices.queries`.

    Anonymous nodes, nodes with `:Resource` and no `iri`, nodes of the system, lists, notes that say nothing or lie,
    doubled relationships, relative and whole names of graphs, names with a prefix and without.
    """
    nodes = []
    for number in range(chance.randint(3, 9)):
        properties: dict[str, Any] = {"_n": number}
        labels = ["Resource"] if chance.random() < 0.8 else []
        if chance.random() < 0.85:
            properties["iri"] = f"http://e/{'uvwxyzabc'[number]}"
        labels += chance.sample(["http://e/u", "e__v", "_Home", "http://e/x"], chance.choice((0, 0, 1, 2)))
        for _ in range(chance.randint(0, 3)):
            properties[_predicate(chance)] = chance.choice(_VALUES)
        if chance.random() < 0.15:
            properties["rdf__predicate"] = chance.choice(["e__a", "http://e/b", ["e__a", "http://e/c"]])
            iri = f"<http://e/{chance.choice('abc')}>"
            properties["_rdf"] = [f"rdf__predicate\t{iri}\t{chance.choice(('.', 'g1', 'g1 g2'))}"]
        elif chance.random() < 0.6:
            keys = [_predicate(chance) for _ in range(3)] + [":http://e/u", ":e__v"]
            picked = [f"{chance.choice(keys)}\t{chance.choice(_NOTES)}\t{chance.choice(('.', 'g1', 'g2 .'))}"]
            picked += [f'{keys[0]}\t"x"\tg1 g2', ":http://e/u\t\tg2 g1", "nothing"]
            properties["_rdf"] = chance.sample(picked, 3) if chance.random() < 0.9 else picked[0]
        nodes.append({"labels": labels, "properties": properties})
    relationships = []
    for _ in range(chance.randint(2, 12)):
        start, end = (chance.randrange(len(nodes)) for _ in range(2))
        type_ = chance.choice([_predicate(chance), _predicate(chance), "rdf__type", "_hidden"])
        for _ in range(chance.choice((1, 1, 2))):
            relationships.append({"s": start, "t": type_, "o": end, "g": chance.choice(_GRAPHS)})
    connection.run(_CLEAR)
    connection.run(_NODES, rows=nodes)
    connection.run(_BY_NUMBER, rows=relationships)


def _predicate(chance: random.Random) -> str:
    return chance.choice(("e__", "http://e/")) + chance.choice("abc")
