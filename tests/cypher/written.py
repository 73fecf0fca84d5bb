"""The same statement on the embedded store and on a Neo4j server, over the same graph: what it answers, and leaves."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph

from kg.cypher.parsing import parse
from kg.errors import KgError, UnsupportedQueryError
from kg.iri import Minter
from kg.model import Change
from kg.property_graph.names import Names
from kg.property_graph.shape import shape
from kg.rdf import KG, PREFIXES, Quad
from kg.records import Node, Path, Relationship, Value
from kg.stores import STORES, Opening, ServerAddress, Store
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.reading import read_all
from kg.stores.oxigraph import OxigraphStore

__all__ = ["BASE", "MINTER", "NAMES", "TERMS", "USER", "Outcome", "Pair", "embedded", "on_embedded", "pair"]

BASE = "https://example.com/home/"
MINTER = Minter(BASE)
USER = MINTER.graph("user")
EXCLUDED = frozenset({MINTER.graph("predicted"), MINTER.graph("decisions")})
TERMS = {name: KG[name] for name in ("Person", "Company", "name", "worksFor", "knows")}
NAMES = Names(BASE, PREFIXES, {name: iri.value for name, iri in TERMS.items()})

_CLEAR = "MATCH (n) WHERE none(label IN labels(n) WHERE label STARTS WITH '_') DETACH DELETE n"
_NODES = "UNWIND $rows AS r CREATE (n:Resource) SET n:$(r.labels) SET n += r.properties"
_RELATIONSHIPS = (
    "UNWIND $rows AS r MATCH (s:Resource {iri: r.s}) MATCH (o:Resource {iri: r.o}) CREATE (s)-[e:$(r.t)]->(o) "
    "SET e._g = r.g"
)

_KNOWN = "CREATE (n {name: 1, age: 1, tags: 1, fresh: 1, v: 1, dct__title: 1, kg__name: 1}) DELETE n"
"""Setting what is not there to null counts, in a map, if the server has ever had a property of that name."""


@dataclass(frozen=True)
class Outcome:
    """What statements gave: rows without what tells stores apart, counters, and the dataset with canonical blank nodes.

    `refused` is why the store will not, `failed` why the statement cannot.
    """

    rows: tuple[Any, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)
    quads: frozenset[str] = frozenset()
    refused: str = ""
    failed: str = ""


def canonical(quads: Collection[Quad]) -> frozenset[str]:
    """Return quads as text, blank nodes named by what is said of them."""
    dataset = pyoxigraph.Dataset(quads)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(map(str, dataset))


def _plain(value: Value) -> Any:
    """Return a value without element ids, and with lists of a store's own order sorted."""
    if isinstance(value, Node):
        properties = {key: _plain(held) for key, held in value.properties.items() if key[:1] != "_"}
        if str(properties.get("iri", "_:")).startswith("_:"):
            properties.pop("iri", None)
            return "node", sorted(set(value.labels) - {"Resource"}), sorted(properties.items(), key=str)
        return "node", sorted(value.labels), sorted(properties.items(), key=str)
    if isinstance(value, Relationship):
        return "relationship", value.type, str(value.properties.get("_g"))
    if isinstance(value, Path):
        return "path", [_plain(node) for node in value.nodes], [_plain(each) for each in value.relationships]
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr)
    if isinstance(value, dict):
        return sorted((key, _plain(held)) for key, held in value.items())
    return type(value).__name__, repr(value)


def _run(
    store: Store, statements: Sequence[str], parameters: Mapping[str, Value]
) -> tuple[tuple[Any, ...], Any, Change]:
    rows: list[Any] = []
    counters: dict[str, int] = {}
    with store.cypher(is_writing=True) as transaction:
        for text in statements:
            records = transaction.run(text, parse(text), parameters)
            rows.append(sorted((tuple(map(_plain, row)) for row in records.rows), key=repr))
            for name, number in records.summary.counters.items():
                counters[name] = counters.get(name, 0) + number
        change = transaction.commit()
    return tuple(rows), counters, change


def embedded(quads: Collection[Quad]) -> OxigraphStore:
    """Return an embedded store in memory with some quads."""
    store = OxigraphStore(None, "merged", EXCLUDED, base=BASE, names=TERMS)
    store.commit(Change(tuple(quads)))
    return store


def on_embedded(quads: Collection[Quad], statements: Sequence[str], parameters: Mapping[str, Value]) -> Outcome:
    """Run statements in one transaction on the embedded store."""
    store = embedded(quads)
    try:
        rows, counters, change = _run(store, statements, parameters)
        store.commit(change)
        return Outcome(rows, counters, canonical(set(store.match())))
    except UnsupportedQueryError as error:
        return Outcome(refused=str(error))
    except KgError as error:
        return Outcome(failed=str(error))
    finally:
        store.close()


class Pair:
    """A server and an embedded store."""

    def __init__(self, server: Store, connection: Connection) -> None:
        self._server, self._connection = server, connection

    def on_server(self, quads: Collection[Quad], statements: Sequence[str], parameters: Mapping[str, Value]) -> Outcome:
        """Run statements in one transaction on the server."""
        self._fill(quads)
        try:
            rows, counters, _ = _run(self._server, statements, parameters)
        except KgError as error:
            return Outcome(failed=str(error))
        return Outcome(rows, counters, canonical(self._read()))

    def _fill(self, quads: Collection[Quad]) -> None:
        graph = shape(quads, NAMES, USER)
        nodes = [
            {
                "labels": sorted(node.labels),
                "properties": {**node.properties, "iri": node.key, "_rdf": node.notes or None, "_iri": node.iri},
            }
            for node in graph.nodes.values()
        ]
        relationships = [
            {"s": each.start, "t": each.type, "o": each.end, "g": None if each.graphs is None else list(each.graphs)}
            for each in graph.relationships
        ]
        self._connection.run(_CLEAR)
        self._connection.run(_NODES, rows=nodes)
        self._connection.run(_RELATIONSHIPS, rows=relationships)

    def _read(self) -> set[Quad]:
        with self._connection.reading() as session:
            return set(read_all(session, NAMES, USER))

    def both(
        self, quads: Collection[Quad], statements: Sequence[str], parameters: Mapping[str, Value]
    ) -> tuple[Outcome, Outcome]:
        """Return what the embedded store and the server give."""
        return on_embedded(quads, statements, parameters), self.on_server(quads, statements, parameters)


@contextlib.contextmanager
def pair(address: ServerAddress) -> Iterator[Pair]:
    """Open a database that is empty."""
    server = STORES.load("neo4j")(Opening(None, "merged", EXCLUDED, BASE, server=address, names=TERMS, copy_quads=0))
    connection = Connection(address)
    try:
        connection.run(_KNOWN)
        yield Pair(server, connection)
    finally:
        server.close()
        connection.close()
