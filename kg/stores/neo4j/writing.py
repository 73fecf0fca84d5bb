"""One change, one transaction: what it touches is locked and read, made new, and written by fixed statement texts.

Subjects that are not there yet are created as they are shaped, which is most of an import. The others are locked in
the order of their keys, so that two writers wait for each other and do not meet head on, and then rewritten
(`rewriting`). Nodes are addressed by their element ids, seven times as fast as by `iri`; an id is good within the
transaction only. Names are parameters in CREATE, SET and REMOVE, never in MATCH, where the server would look at
every node.

A `_Batch` node, made in the same transaction, tells whether a commit whose answer got lost has happened.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.errors import StoreBoundError
from kg.model import Change
from kg.property_graph import AbsentGraph, Node, Relationship
from kg.property_graph.names import Names, anonymous_id, node_key
from kg.property_graph.shape import shape_lines
from kg.rdf import BlankNode, NamedNode, Quad
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.driver import Connection, Mark, RestartError, Transaction
from kg.stores.neo4j.reading import means_something
from kg.stores.neo4j.rewriting import Link, Rewritten, StoredNode, nodes_of, read_links, rewrite, touched_by

__all__ = ["PRUNE", "Written", "write"]

T = TypeVar("T")

_ROWS = 5000
_LINES = 20_000
"""How many quads are shaped while the server creates those before."""

_BEGIN = "MATCH (h:_Home {only: true}) RETURN h.version, h.id, EXISTS { MATCH (:_Batch {id: $batch}) }"
_END = (
    "MATCH (h:_Home {only: true}) CREATE (:_Batch {id: $batch, at: timestamp()}) "
    "SET h._lock = true REMOVE h._lock RETURN h.version"
)
"""Last, for its lock lets no other write end, and no name be registered, until this one is committed."""
PRUNE = "MATCH (b:_Batch) WHERE b.at < timestamp() - 3600000 WITH b LIMIT 10000 DELETE b"
"""No answer of a commit is waited for as long as an hour."""
_PRUNE_EVERY = 500
"""Commits, on an average."""
_WAIT, _WAIT_A_QUAD = 30.0, 0.002
"""Seconds that a write may take, of which it needs few: it may wait for a lock that somebody has forgotten."""
_ADOPT = (
    "UNWIND $rows AS r MATCH (n) WHERE elementId(n) = r[0] AND NOT (n:Resource AND n.iri IS :: STRING NOT NULL) "
    f"AND {means_something('n')} AND NOT EXISTS {{ MATCH (:Resource {{iri: r[1]}}) }} "
    "SET n._given = n.iri, n.iri = r[1] SET n:Resource"  # in this order: what it had as `iri` may be another's
)
_LOCK = (
    "UNWIND $keys AS key MATCH (n:Resource {iri: key}) SET n._lock = true REMOVE n._lock "
    "RETURN key, elementId(n), labels(n), properties(n)"
)
_FIND = "UNWIND $keys AS key MATCH (n:Resource {iri: key}) RETURN key, elementId(n)"
_LINKS = (
    "UNWIND $rows AS r MATCH (s) WHERE elementId(s) = r[0] MATCH (o:Resource {iri: r[1]}) MATCH (s)-[l]->(o) "
    "RETURN r[2], r[3], elementId(l), type(l), elementId(o), l._g"
)
_CREATE = "UNWIND $rows AS r CREATE (n:Resource:$(r[0])) SET n = r[1] RETURN n.iri, elementId(n)"
_SET = "UNWIND $rows AS r MATCH (n) WHERE elementId(n) = r[0] SET n += r[1]"
_LABEL = "UNWIND $rows AS r MATCH (n) WHERE elementId(n) = r[0] SET n:$(r[1])"
_UNLABEL = "UNWIND $rows AS r MATCH (n) WHERE elementId(n) = r[0] REMOVE n:$(r[1])"
_RELATE = (
    "UNWIND $rows AS r MATCH (s) WHERE elementId(s) = r[0] MATCH (o) WHERE elementId(o) = r[2] "
    "CREATE (s)-[l:$(r[1]) {_g: r[3]}]->(o) RETURN count(*)"
)
_REGRAPH = "UNWIND $rows AS r MATCH ()-[l]->() WHERE elementId(l) = r[0] SET l._g = r[1] RETURN count(*)"
_UNRELATE = "UNWIND $rows AS r MATCH ()-[l]->() WHERE elementId(l) = r DELETE l"
_DELETE = (
    "UNWIND $rows AS r MATCH (n:Resource) WHERE elementId(n) = r SET n._lock = true REMOVE n._lock "
    "WITH n WHERE size(labels(n)) = 1 AND all(k IN keys(n) WHERE k IN ['iri', '_iri', '_rdf', '_lock']) "
    "AND NOT EXISTS { (n)--() } DELETE n"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: its mark, and how far it alone moved the database's transaction id.

    `transactions` may be too small, never too large; it is -1 where the batch had been written before.
    """

    mark: Mark
    transactions: int


def write(connection: Connection, catalogue: Catalogue, change: Change, absent: AbsentGraph) -> Written:
    """Apply a change, all or nothing; terms are made canonical, and a quad in both parts is added.

    Args:
        absent: the graph of what has no `_g`.

    Raises:
        StoreBoundError: no home is bound to the database (`schema.prepare`), or another one by now.
        StoreError: the transaction did not fit into the server's memory, or others changed the same all the time.
    """
    if not change.add and not change.remove:
        return Written(connection.mark(), 0)
    add = _by_subject(_lines(change.add))
    remove = _by_subject(_lines(change.remove))
    batch = uuid.uuid4().hex
    made = [0]

    def work(transaction: Transaction) -> bool:
        ((version, home, is_done),) = transaction.run(_BEGIN, batch=batch) or [_not_bound(connection)]
        if catalogue.home not in (None, home):
            raise StoreBoundError(
                f"The database at {connection.address.uri} belongs to the home {home} by now, no more to "
                f"{catalogue.home}. Open that home, or take the database back with --adopt."
            )
        if is_done:
            return False
        if version != catalogue.version:
            catalogue.read(transaction)
        writer = _Writer(connection, catalogue, transaction, absent, made)
        writer.write(add, remove)
        if transaction.run(_END, batch=batch) != [[version]]:
            raise RestartError("a name has got a meaning")
        if random.randrange(_PRUNE_EVERY) == 0:
            transaction.run(PRUNE)
        return True

    made[0] += catalogue.tokens.ensure(connection, "label", ("Resource", "_Batch"))
    made[0] += catalogue.tokens.ensure(connection, "key", ("iri", "_iri", "_rdf", "_g", "_lock", "_given", "id", "at"))
    wait = _WAIT + _WAIT_A_QUAD * (len(change.add) + len(change.remove))
    is_new, mark = connection.write(work, idempotent=True, timeout=wait)
    return Written(mark, made[0] + 1 if is_new else -1)


def _not_bound(connection: Connection) -> list[Any]:
    raise StoreBoundError(
        f"The database at {connection.address.uri} is bound to no home any more: its _Home node is gone. "
        "Open the home again; with --adopt where the database holds a graph."
    )


def _lines(quads: Sequence[Quad]) -> list[str]:
    """Return quads as Oxigraph writes them, canonical, each once."""
    store = pyoxigraph.Store()
    store.extend(quads)
    written = store.dump(format=RdfFormat.N_QUADS)
    assert written is not None
    return written.decode().split("\n")[:-1]


def _by_subject(lines: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line[: line.index(" ")], []).append(line)
    return found


def _term(token: str) -> NamedNode | BlankNode:
    return BlankNode(token[2:]) if token[0] == "_" else NamedNode(token[1:-1])


def _chunks(rows: Sequence[T], size: int = _ROWS) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@dataclass(slots=True)
class _Writer:
    """One try of one change."""

    connection: Connection
    catalogue: Catalogue
    transaction: Transaction
    absent: AbsentGraph
    made: list[int]
    ids: dict[str, str] = field(default_factory=dict)
    """Element ids of nodes by their keys."""
    created: list[Relationship] = field(default_factory=list)
    ends: dict[str, Node] = field(default_factory=dict)

    @property
    def _names(self) -> Names:
        return self.catalogue.names

    def write(self, add: dict[str, list[str]], remove: dict[str, list[str]]) -> None:
        self._adopt(add, remove)
        keys = {token: node_key(_term(token)) for token in {**add, **remove}}
        stored = self._lock(keys)
        fresh = sorted((token for token in add if token not in stored), key=keys.__getitem__)
        self._create_subjects(fresh, add, keys)
        rewritten = self._rewrite(stored, add, remove)
        self._find_ends()
        self._apply(rewritten)
        self._relate()
        self._delete(rewritten)

    def _run(self, text: str, rows: Sequence[Any]) -> list[list[Any]]:
        return [found for chunk in _chunks(rows) for found in self.transaction.run(text, rows=chunk)]

    def _counted(self, text: str, rows: Sequence[Any]) -> None:
        for chunk in _chunks(rows):
            if self.transaction.run(text, rows=chunk) != [[len(chunk)]]:
                raise RestartError("a node or relationship is gone")

    def _ensure(self, kind: str, names: Iterable[str]) -> None:
        self.made[0] += self.catalogue.tokens.ensure(self.connection, kind, names)

    def _adopt(self, add: dict[str, list[str]], remove: dict[str, list[str]]) -> None:
        """Give the nodes that people have made, and the change speaks of, the key that stands for them so far."""
        lines = (line for lines in (*add.values(), *remove.values()) for line in lines if "_:neo4j_" in line)
        spoken = {token for line in lines for token in nodes_of(line)}
        if found := [[id_, token] for token in sorted(spoken) if (id_ := anonymous_id(token)) is not None]:
            self._run(_ADOPT, found)

    def _lock(self, keys: dict[str, str]) -> dict[str, StoredNode]:
        """Lock the subjects that are stored, in the order of their keys, and return them by token."""
        nodes: dict[str, StoredNode] = {}
        for chunk in _chunks(sorted(keys.values())):
            for key, id_, labels, properties in self.transaction.run(_LOCK, keys=chunk):
                nodes[key] = StoredNode(id_, key, labels, properties)
                self.ids[key] = id_
        return {token: nodes[key] for token, key in keys.items() if key in nodes}

    def _create_subjects(self, tokens: Sequence[str], add: dict[str, list[str]], keys: dict[str, str]) -> None:
        waiting: list[Callable[[], list[list[Any]]]] = []
        chunk: list[str] = []
        subjects: list[str] = []
        for number, token in enumerate(tokens, 1):
            chunk += add[token]
            subjects.append(keys[token])
            if len(chunk) < _LINES and number < len(tokens):
                continue
            graph = shape_lines(chunk, self._names, self.absent)
            self.created += graph.relationships
            made = [graph.nodes.pop(key) for key in subjects]  # all other nodes are ends of relationships
            self.ends.update(graph.nodes)
            waiting += self._create(made)
            chunk, subjects = [], []
        for rows in waiting:
            self.ids.update(rows())  # type: ignore[arg-type]  # pairs

    def _create(self, nodes: Sequence[Node]) -> Iterator[Callable[[], list[list[Any]]]]:
        self._ensure("label", {label for node in nodes for label in node.labels})
        self._ensure("key", {key for node in nodes for key in node.properties})
        rows = []
        for node in nodes:
            properties: dict[str, Any] = {**node.properties, "iri": node.key}
            if node.notes:
                properties["_rdf"] = node.notes
            if node.iri is not None:
                properties["_iri"] = node.iri
            rows.append([list(node.labels), properties])
        for chunk in _chunks(rows):
            yield self.transaction.start(_CREATE, rows=chunk)

    def _rewrite(
        self, stored: dict[str, StoredNode], add: dict[str, list[str]], remove: dict[str, list[str]]
    ) -> list[Rewritten]:
        touched = {token: touched_by(remove.get(token, ()), add.get(token, ())) for token in stored}
        rows = [
            [node.id, node_key(_term(end)), token, end]
            for token, node in stored.items()
            for end in {end for _, end in touched[token].ends}
        ]
        links: dict[str, list[tuple[str, Link]]] = {}
        for token, end, id_, type_, end_id, graphs in self._run(_LINKS, rows):
            links.setdefault(token, []).append((end, Link(id_, type_, end_id, graphs)))
        rewritten = []
        for token, node in stored.items():
            held = read_links(links.get(token, ()), touched[token], self._names)
            result = rewrite(token, node, held, touched[token], self._names, self.absent)
            if result is not None:
                rewritten.append(result)
                self.created += result.created
                self.ends.update(result.graph.nodes)
        return rewritten

    def _find_ends(self) -> None:
        """Make sure that the objects of relationships are there."""
        missing = {key: node for key, node in self.ends.items() if key not in self.ids}
        for chunk in _chunks(sorted(missing)):
            self.ids.update(self.transaction.run(_FIND, keys=chunk))  # type: ignore[arg-type]  # pairs
        bare = [Node(key, node.iri) for key, node in sorted(missing.items()) if key not in self.ids]
        for rows in list(self._create(bare)):
            self.ids.update(rows())  # type: ignore[arg-type]  # pairs

    def _apply(self, rewritten: Sequence[Rewritten]) -> None:
        properties = [(result.node.id, result.properties) for result in rewritten if result.properties]
        labels = [(result.node.id, result.labels_on) for result in rewritten if result.labels_on]
        self._ensure("key", {key for _, changed in properties for key, value in changed.items() if value is not None})
        self._ensure("label", {label for _, on in labels for label in on})
        self._run(_UNLABEL, [[result.node.id, result.labels_off] for result in rewritten if result.labels_off])
        self._run(_SET, properties)
        self._run(_LABEL, labels)
        self._counted(_REGRAPH, [[id_, graphs] for result in rewritten for id_, graphs in result.relinked])
        self._run(_UNRELATE, [link.id for result in rewritten for link in result.unlinked])

    def _relate(self) -> None:
        self._ensure("type", {relationship.type for relationship in self.created})
        ids = self.ids
        self._counted(_RELATE, [[ids[r.start], r.type, ids[r.end], r.graphs] for r in self.created])

    def _delete(self, rewritten: Sequence[Rewritten]) -> None:
        """Delete the nodes that have nothing left to say and that nothing speaks of."""
        emptied = {result.node.id for result in rewritten if result.has_less}
        emptied |= {link.end for result in rewritten for link in result.unlinked}
        self._run(_DELETE, sorted(emptied))
