"""Which nodes and relationships can hold the quads of a pattern, asked of the server without a kept copy.

What Cypher says here may let too much through, never too little: whether a quad fits is decided in Python, on the
quads that the rows mean.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names, anonymous_id, identifier, is_usable, node_key
from kg.rdf import RDF, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple
from kg.stores import GraphName
from kg.stores.hiding import HIDES
from kg.stores.neo4j.conditions import sought_values
from kg.stores.neo4j.driver import ReadSession, Statement
from kg.stores.neo4j.reading import Reader, key_of, means_something, relationships_of, row_of

__all__ = ["QuadPattern", "match_quads", "read_graph_names", "read_hiding"]

_TYPE = RDF["type"]
_RELATIONSHIP = f"RETURN {key_of('n')}, n._iri, type(r), {key_of('o')}, o._iri, r._g"


@dataclass(frozen=True, slots=True)
class QuadPattern:
    """What quads are asked for; `graph_name` None is all named graphs."""

    subject: NamedNode | BlankNode | None = None
    predicate: NamedNode | None = None
    object: Term | None = None
    graph_name: GraphName | None = None

    def fits(self, quad: Quad) -> bool:
        """Tell whether a quad is one of those."""
        subject, predicate, object_, graph_name = quad
        return bool(
            (self.subject is None or self.subject == subject)
            and (self.predicate is None or self.predicate == predicate)
            and (self.object is None or self.object == object_)
            and (graph_name != DefaultGraph() if self.graph_name is None else self.graph_name == graph_name)
        )


def match_quads(
    session: ReadSession, pattern: QuadPattern, names: Names, absent: AbsentGraph
) -> Generator[Quad, None, None]:
    """Yield the quads that fit a pattern, lazily, none of them twice."""
    seen: set[Quad] = set()
    for quad in _Search(pattern, names, absent).quads(session):
        if pattern.fits(quad) and quad not in seen:
            seen.add(quad)
            yield quad


def read_hiding(session: ReadSession, hiding: NamedNode | None, names: Names, absent: AbsentGraph) -> frozenset[Quad]:
    """Return the quads that say what the default graph leaves out: a property of one node."""
    if hiding is None:
        return frozenset()
    return frozenset(match_quads(session, QuadPattern(hiding, HIDES, None, hiding), names, absent))


def read_graph_names(session: ReadSession, names: Names, absent: AbsentGraph) -> Iterator[NamedNode | BlankNode]:
    """Yield the names of the graphs that hold a quad.

    What a note names counts only if the value that the note describes is still there, so these are looked into, and so
    is the graph of all that has no note.
    """
    found: set[GraphName] = set()
    for (stored,) in session.run(Statement(_GRAPHS_OF_RELATIONSHIPS)):
        found.add(names.graph(stored, absent))
    for (stored,) in session.run(Statement(_GRAPHS_OF_NOTES)):
        found |= _confirmed(session, names.graph(stored, absent), found, names, absent)
    found |= _confirmed(session, absent, found, names, absent)
    yield from (name for name in found if not isinstance(name, DefaultGraph))


_GRAPHS_OF_RELATIONSHIPS = (
    f"MATCH (n)-[r]->(o) WHERE r._g IS NOT NULL AND {means_something('n')} AND {means_something('o')} "
    "AND NOT type(r) STARTS WITH '_' UNWIND [] + r._g AS g WITH DISTINCT g WHERE g IS :: STRING NOT NULL AND g <> '' "
    "RETURN g"
)
_GRAPHS_OF_NOTES = (
    f"MATCH (n) WHERE n._rdf IS NOT NULL AND {means_something('n')} UNWIND [] + n._rdf AS e "
    "WITH DISTINCT split(toStringOrNull(e), '\\t')[2] AS named WHERE named IS NOT NULL UNWIND split(named, ' ') AS g "
    "WITH DISTINCT g WHERE g <> '' RETURN g"
)


def _confirmed(
    session: ReadSession, graph: GraphName, found: set[GraphName], names: Names, absent: AbsentGraph
) -> set[GraphName]:
    if graph in found or isinstance(graph, DefaultGraph):
        return set()
    with contextlib.closing(match_quads(session, QuadPattern(graph_name=graph), names, absent)) as matches:
        return {graph} if next(matches, None) is not None else set()


class _Search:
    """The statements for one pattern."""

    def __init__(self, pattern: QuadPattern, names: Names, absent: AbsentGraph) -> None:
        self._pattern, self._names, self._absent = pattern, names, absent
        self._parameters: dict[str, Any] = {}
        predicate = pattern.predicate
        self._predicates = () if predicate is None else tuple(filter(is_usable, names.all(predicate)))
        self._types = f":{'|'.join(map(identifier, self._predicates))}" if self._predicates else ""

    def quads(self, session: ReadSession) -> Iterator[Quad]:
        reader = Reader(self._names, self._absent)
        if self._pattern.predicate is not None and not self._predicates:
            return
        if self._pattern.subject is not None:
            for text in self._of_subject(self._pattern.subject):
                yield from reader.quads(session.stream(self._statement(text)))
            return
        for text in self._nodes():
            yield from reader.quads(session.stream(self._statement(text)))
        if not isinstance(self._pattern.object, Literal | Triple):
            for text in self._relationships():
                yield from reader.relationships(session.stream(self._statement(text)))

    def _statement(self, text: str) -> Statement:
        return Statement(text, self._parameters)

    def _parameter(self, name: str, value: Any) -> str:
        self._parameters[name] = value
        return f"${name}"

    # --- from a subject

    def _of_subject(self, subject: NamedNode | BlankNode) -> Iterator[str]:
        relationships = "[]" if isinstance(self._pattern.object, Literal | Triple) else relationships_of(self._types)
        for where in self._anchors("n", subject):
            yield f"MATCH {where} AND {means_something('n')} {row_of(relationships=relationships)}"

    def _anchors(self, node: str, term: NamedNode | BlankNode) -> Iterator[str]:
        """Yield how a node of a term is found: by its key, or by its id if it has none."""
        key = node_key(term)
        yield f"({node}:Resource) WHERE {node}.iri = {self._parameter(f'{node}_key', key)}"
        element_id = anonymous_id(key) if isinstance(term, BlankNode) else None
        if element_id is not None:
            id_ = self._parameter(f"{node}_id", element_id)
            has_key = f"{node}:Resource AND {node}.iri IS :: STRING NOT NULL"
            yield f"({node}) WHERE elementId({node}) = {id_} AND NOT ({has_key})"

    # --- nodes, without a subject

    def _nodes(self) -> Iterator[str]:
        predicate, object_ = self._pattern.predicate, self._pattern.object
        if isinstance(object_, BlankNode):
            return
        if predicate in (None, _TYPE) and (object_ is None or isinstance(object_, NamedNode)):
            yield from self._of_class(object_)
        if predicate is None:
            yield self._node("properties(n)", labels="[]", where=self._value("keys(n)"))
        for name in self._predicates:
            key = identifier(name)
            where = f"n.{key} IS NOT NULL" + self._value(f"[{self._parameter('key', name)}]", " AND ")
            yield self._node(f"n {{.{key}, ._rdf}}", labels="[]", where=where)

    def _of_class(self, class_: NamedNode | None) -> Iterator[str]:
        if class_ is None:
            yield self._node("{_rdf: n._rdf}")
            return
        for label in filter(is_usable, self._names.all(class_)):
            if label != "Resource":
                yield self._node("{_rdf: n._rdf}", of=f":{identifier(label)}")

    def _node(self, properties: str, labels: str = "labels(n)", where: str = "", of: str = "") -> str:
        conditions = [means_something("n"), where, self._in_graph("n")]
        joined = " AND ".join(f"({each})" for each in conditions if each)
        return f"MATCH (n{of}) WHERE {joined} {row_of(properties, labels)}"

    def _value(self, keys: str, joined_by: str = "") -> str:
        """Return the Cypher that is true where one of some properties can hold the object."""
        object_ = self._pattern.object
        if isinstance(object_, NamedNode):  # an IRI in a property is what its note says
            token = self._parameter("token", f"\t{object_}\t")
            return f"{joined_by}any(e IN [] + n._rdf WHERE e CONTAINS {token})"
        sought = sought_values(object_, self._names) if isinstance(object_, Literal) else None
        if sought is not None:
            values = self._parameter("values", sought)
            return f"{joined_by}any(k IN {keys} WHERE any(v IN [] + n[k] WHERE any(w IN {values} WHERE v = w)))"
        return ""

    def _in_graph(self, holder: str) -> str:
        """Return the Cypher that is true where something can be in the pattern's graph."""
        graph = self._pattern.graph_name
        if graph is None or graph == self._absent or isinstance(graph, DefaultGraph):
            return ""
        stored = {
            self._names.graph_name(graph, self._absent),
            str(graph) if isinstance(graph, BlankNode) else graph.value,
        }
        if any(self._names.graph(name, self._absent) != graph for name in stored) or "/term/" in str(graph):
            return ""  # it may have been written in yet another way
        named = self._parameter("graphs", sorted(stored))
        if holder == "r":
            return f"any(g IN [] + r._g WHERE g IN {named})"
        return f"any(e IN [] + n._rdf WHERE any(g IN {named} WHERE e CONTAINS g))"

    # --- relationships, without a subject

    def _relationships(self) -> Iterator[str]:
        object_ = self._pattern.object
        conditions = [means_something("n"), means_something("o"), self._in_graph("r")]
        joined = " AND ".join(each for each in conditions if each)
        if object_ is None:
            yield f"MATCH (n)-[r{self._types}]->(o) WHERE {joined} {_RELATIONSHIP}"
            return
        assert isinstance(object_, NamedNode | BlankNode)
        for where in self._anchors("o", object_):
            yield f"MATCH {where} WITH o MATCH (n)-[r{self._types}]->(o) WHERE {joined} {_RELATIONSHIP}"
