"""The nodes and relationships that a transaction touches, as it leaves them: read from their quads when needed.

The rules are Neo4j's, where the property graph is the truth: notes of values that are gone stay and are dead, two
relationships between the same nodes may have one type, and a new element is in no graph of a note.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kg.errors import QueryError, UnsupportedQueryError
from kg.property_graph import AbsentGraph, Node, PropertyGraph, Relationship, Stored
from kg.property_graph.names import Names, node_key, node_term, node_token
from kg.property_graph.shape import shape
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term, Triple
from kg.records import Value

__all__ = ["IDENTITY", "Match", "Overlay", "TouchedNode", "TouchedRelationship"]

IDENTITY = "Resource"
"""The label of every node that has an `iri`."""


class Match(Protocol):
    """How quads are looked up: `Store.match`."""

    def __call__(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: NamedNode | BlankNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads of named graphs that fit, or of the default graph if that is given."""


@dataclass(eq=False, slots=True)
class TouchedNode:
    """A node as it is by now. `labels` are without `Resource`; `given` has values as they were set, `properties` all.

    `has_identity` tells a `:Resource` with an `iri` from what was created without: a blank node, whose key is ours;
    `is_resource` whether it has the label.
    `quads` is what was held with it as the subject.
    """

    key: str
    whole: str | None = None
    has_identity: bool = True
    is_resource: bool = True
    labels: dict[str, None] = field(default_factory=dict)
    properties: dict[str, Stored] = field(default_factory=dict)
    given: dict[str, Value] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    quads: tuple[Quad, ...] = ()
    leaving: dict[TouchedRelationship, None] = field(default_factory=dict)
    arriving: dict[TouchedRelationship, None] = field(default_factory=dict)
    is_new: bool = False
    is_deleted: bool = False
    is_read: bool = False
    has_all_arriving: bool = False
    is_changed: bool = False

    @property
    def token(self) -> str:
        """Return what it denotes, as N-Quads has it."""
        return node_token(self.key, self.whole)

    def to(self, type_: str, end: TouchedNode) -> list[TouchedRelationship]:
        """Return the relationships of a type that lead from this node, which has been read, to another."""
        fewer = min(self.leaving, end.arriving, key=len)  # those that leave a node that was read are in both
        return [each for each in fewer if each.start is self and each.end is end and each.type == type_]


@dataclass(eq=False, slots=True)
class TouchedRelationship:
    """A relationship as it is by now; `graphs` as in the property graph."""

    start: TouchedNode
    type: str
    end: TouchedNode
    graphs: tuple[str, ...] | None = None
    is_deleted: bool = False


class Overlay:
    """What a transaction has read and changed of a dataset.

    Args:
        match: the quads before it. seed: what no other transaction on this graph has had, for new blank nodes.
        check: raises when the transaction has taken too long; called at each node that is read.
    """

    def __init__(self, match: Match, names: Names, absent: AbsentGraph, seed: str, check: Callable[[], object]) -> None:
        self.names, self.absent = names, absent
        self._match, self._seed, self._check = match, seed, check
        self._ends: dict[Term, frozenset[str]] = {}
        self._now: dict[str, TouchedNode] = {}
        self._before: dict[str, TouchedNode] = {}
        self._created = 0
        self.nodes: list[TouchedNode] = []
        self.revision = 0

    # --- finding

    def find(self, key: str, whole: str | None = None) -> TouchedNode | None:
        """Return the node that has a key now; None where there is none."""
        node = self._now.get(key)
        if node is not None:
            return node
        if key in self._before or not self._is_held(node_term(key, whole)):
            return None
        return self._known(key, whole)

    def _known(self, key: str, whole: str | None) -> TouchedNode:
        """Return a node of the dataset that has not been asked for yet."""
        node = self._now[key] = self._before[key] = TouchedNode(key, whole)
        self.nodes.append(node)
        return node

    def _before_now(self, key: str, whole: str | None) -> TouchedNode:
        """Return the node that had a key before the transaction."""
        return self._before.get(key) or self._known(key, whole)

    def _is_held(self, term: NamedNode | BlankNode) -> bool:
        if next(self._quads(term, None), None) is not None:
            return True
        return any(True for _ in self._ends_at(term))

    def _ends_at(self, term: NamedNode | BlankNode) -> Iterator[TouchedNode]:
        """Yield the nodes from which a relationship leads to a term; some objects are kept as text instead."""
        seen: set[Term] = set()
        for quad in self._quads(None, term):
            subject = quad.subject
            if subject in seen or isinstance(subject, Triple):
                continue
            seen.add(subject)
            if node_key(term) in self._ends_of(subject):
                yield self._of_term(subject)

    def _ends_of(self, subject: NamedNode | BlankNode) -> frozenset[str]:
        """Return the keys of the nodes to which relationships led from a term before the transaction.

        Kept, for of a node with many relationships each end asks.
        """
        if subject not in self._ends:
            self._check()
            graph = shape(self._quads(subject, None), self.names, self.absent)
            self._ends[subject] = frozenset(each.end for each in graph.relationships)
        return self._ends[subject]

    def _of_term(self, term: NamedNode | BlankNode) -> TouchedNode:
        key, text = node_key(term), term.value if isinstance(term, NamedNode) else str(term)
        return self._before_now(key, text if key.startswith("_#") else None)

    def _quads(self, subject: NamedNode | BlankNode | None, object_: Term | None) -> Iterator[Quad]:
        yield from self._match(subject, None, object_)
        if isinstance(self.absent, DefaultGraph):
            yield from self._match(subject, None, object_, DefaultGraph())

    # --- reading

    def read(self, node: TouchedNode) -> TouchedNode:
        """Have a node's labels, properties and the relationships that leave it."""
        if node.is_read or node.is_new:
            return node
        self._check()
        node.is_read = True
        node.quads = tuple(self._quads(node_term(node.key, node.whole), None))
        graph = shape(node.quads, self.names, self.absent)
        shaped = graph.nodes.get(node.key)
        if shaped is not None:
            node.labels = dict.fromkeys(sorted(shaped.labels))
            node.properties, node.notes = dict(shaped.properties), list(shaped.notes)
        for each in graph.relationships:
            end = self._before_now(each.end, graph.nodes[each.end].iri)
            self._link(TouchedRelationship(node, each.type, end, each.graphs))
        return node

    def read_arriving(self, node: TouchedNode) -> TouchedNode:
        """Have the relationships that lead to a node, too."""
        self.read(node)
        if not (node.has_all_arriving or node.is_new):
            node.has_all_arriving = True
            for start in list(self._ends_at(node_term(node.key, node.whole))):
                self.read(start)
        return node

    def _link(self, relationship: TouchedRelationship) -> None:
        relationship.start.leaving[relationship] = None
        relationship.end.arriving[relationship] = None

    # --- changing; all of these have been checked

    def create_node(self, key: str | None) -> TouchedNode:
        """Add a node: with the key, which nothing has, or as a blank node."""
        node = TouchedNode(key or self._fresh_key(), None, key is not None, is_new=True)
        self._now[node.key] = node
        self.nodes.append(node)
        self.touch(node)
        return node

    def _fresh_key(self) -> str:
        while True:
            self._created += 1
            digest = hashlib.sha256(f"{self._seed} {self._created}".encode()).hexdigest()
            key = f"_:{digest[:32]}"
            if key not in self._now and not self._is_held(BlankNode(key[2:])):
                return key

    def create_relationship(self, start: TouchedNode, type_: str, end: TouchedNode) -> TouchedRelationship:
        """Add a relationship."""
        self.read(start)
        relationship = TouchedRelationship(start, type_, end)
        self._link(relationship)
        self.touch(start)
        return relationship

    def rename(self, node: TouchedNode, key: str) -> None:
        """Give a node another key, which nothing has: all that is said of it is said of that."""
        if node.whole is not None:
            raise UnsupportedQueryError(
                "Cypher", "renaming a node whose IRI is too long to be its `iri`", "Use a SPARQL update."
            )
        self.read_arriving(node)
        del self._now[node.key]
        node.key = key
        self._now[key] = node
        self.touch(node, *(each.start for each in node.arriving))

    def delete_relationship(self, relationship: TouchedRelationship) -> bool:
        """Take a relationship away; False where that has been done."""
        if relationship.is_deleted:
            return False
        relationship.is_deleted = True
        del relationship.start.leaving[relationship]
        del relationship.end.arriving[relationship]
        self.touch(relationship.start)
        return True

    def delete_node(self, node: TouchedNode) -> bool:
        """Take a node away; False where that has been done. `check_deleted` sees to its relationships."""
        if node.is_deleted:
            return False
        self.read_arriving(node)
        node.is_deleted = True
        self.touch(node)
        del self._now[node.key]
        return True

    def touch(self, *nodes: TouchedNode) -> None:
        """Note that nodes are not what they were."""
        self.revision += 1
        for node in nodes:
            node.is_changed = True

    def check_deleted(self) -> None:
        """Check that no deleted node has relationships.

        Raises:
            QueryError: one has.
        """
        for node in self.nodes:
            if node.is_deleted and (node.leaving or node.arriving):
                raise QueryError(
                    f"Cypher: Cannot delete node<{node.key}>, because it still has relationships. To delete this node, "
                    "you must first delete its relationships, or write DETACH DELETE."
                )

    def has_anonymous(self) -> bool:
        """Tell whether there is a node that the transaction has made without an `iri`."""
        return any(node.is_new and not node.has_identity and not node.is_deleted for node in self.nodes)

    # --- the property graph

    def changed(self) -> tuple[set[str], PropertyGraph]:
        """Return the keys that changed nodes have or had, and those nodes with what leaves them."""
        graph, keys = PropertyGraph(), set[str]()
        originals = {id(node): key for key, node in self._before.items()}
        for node in self.nodes:
            if not node.is_changed:
                continue
            keys |= {node.key, originals.get(id(node), node.key)}
            if node.is_deleted:
                continue
            graph.nodes[node.key] = Node(
                node.key, node.whole, set(node.labels), dict(node.properties), list(node.notes)
            )
            for each in node.leaving:
                graph.relationships.append(Relationship(node.key, each.type, each.end.key, each.graphs))
        return keys, graph
