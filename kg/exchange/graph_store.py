"""Whole graphs put, merged and deleted: what the SPARQL 1.1 Graph Store Protocol does to a dataset.

A document is read before the store is touched (`read_graph`), so whoever writes holds the lock for what changes
alone. Each step can be given a deadline: a graph may have any size, and one writes at a time. In a merged dataset the
default graph is written as `…/graph/user` (DESIGN §11.10); reading it is reading the merge, and that is a query's
business. An empty graph leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg.errors import InputError, NotFoundError
from kg.exchange.blank_nodes import with_canonical_labels, with_content_labels
from kg.exchange.importing import place
from kg.graph import KnowledgeGraph, commit, decisions_made, guarded_graphs, refusal
from kg.iri import Minter
from kg.limits import Deadline
from kg.model import Change
from kg.rdf import DefaultGraph, NamedNode, Quad, RdfFormat, Triple, parse
from kg.stores import Dataset, GraphName

__all__ = ["GraphCount", "delete_graph", "graph_exists", "merge_graph", "put_graph", "read_graph", "target_graph"]

_UNLIMITED = Deadline(None)
_LOOKED_AT = 1000
"""Quads from one look at the clock to the next."""
_PLACE = NamedNode("urn:x-noemata:default")
"""Where the default graph's triples are while their blank nodes are labelled, which needs a graph's name."""


@dataclass(frozen=True, slots=True)
class GraphCount:
    """What a write did: whether the graph came into being, and how many triples came and went."""

    created: bool
    added: int
    removed: int


def target_graph(minter: Minter, dataset: Dataset, graph_name: NamedNode | DefaultGraph) -> NamedNode | DefaultGraph:
    """Return the graph that is written when one is named.

    Raises:
        UnsupportedQueryError: it is decisions, or derived, and not for writing.
    """
    if isinstance(graph_name, DefaultGraph):
        return minter.graph("user") if dataset == "merged" else graph_name
    guarded = guarded_graphs(minter)
    if graph_name in guarded and (dataset == "merged" or graph_name == minter.graph("decisions")):
        raise refusal("Graph store", graph_name, guarded[graph_name])
    return graph_name


def read_graph(
    content: bytes,
    rdf_format: RdfFormat,
    target: NamedNode | DefaultGraph,
    base_iri: str,
    source: str,
    merges: bool,
    deadline: Deadline = _UNLIMITED,
) -> frozenset[Quad]:
    """Return the triples of a document as quads of a graph, with canonical terms and blank node labels.

    Args:
        source: how an error calls the document.
        merges: whether its blank nodes must be others than those that the graph has.

    Raises:
        RdfSyntaxError: with line and column. InputError: it names graphs, or has too many blank nodes.
        QueryTimeoutError: the deadline is over.
    """
    name = _PLACE if isinstance(target, DefaultGraph) else target
    triples = _triples(_until(deadline, parse(content, rdf_format, source, base_iri=base_iri)), source)
    quads = _until(deadline, place(triples, name, source))
    labelled = with_content_labels(quads, source) if merges else with_canonical_labels(quads, source)
    if name == target:
        return frozenset(labelled)
    return frozenset(Quad(quad.subject, quad.predicate, quad.object, target) for quad in _taken_out(labelled))


def _taken_out(quads: set[Quad]) -> Iterable[Quad]:
    """Empty a set one by one: freeing many quads at once would pause all threads."""
    while quads:
        yield quads.pop()


def _triples(quads: Iterable[Quad], source: str) -> Iterable[Quad]:
    for quad in quads:
        if not isinstance(quad.graph_name, DefaultGraph):
            raise InputError(
                f"{source}: names the graph {quad.graph_name}, and this is for the triples of one graph. "
                "A file of several graphs is read by `kg import`."
            )
        yield quad


def graph_exists(graph: KnowledgeGraph, graph_name: GraphName) -> bool:
    """Tell whether a graph holds a triple; the default graph always exists."""
    return isinstance(graph_name, DefaultGraph) or any(True for _ in graph.store.match(graph_name=graph_name))


def put_graph(
    graph: KnowledgeGraph, target: NamedNode | DefaultGraph, wanted: frozenset[Quad], deadline: Deadline = _UNLIMITED
) -> GraphCount:
    """Make a graph hold exactly these quads, in one commit.

    Raises:
        StoreError, QueryTimeoutError: nothing was changed, and why.
    """
    held = set(_until(deadline, graph.store.match(graph_name=target)))
    return _commit(graph, Change(_ordered(wanted - held), _ordered(held - wanted)), _is_new(target, held), deadline)


def merge_graph(
    graph: KnowledgeGraph, target: NamedNode | DefaultGraph, further: frozenset[Quad], deadline: Deadline = _UNLIMITED
) -> GraphCount:
    """Add quads to a graph, in one commit.

    Raises:
        StoreError, QueryTimeoutError: nothing was changed, and why.
    """
    new = {quad for quad in _until(deadline, further) if not _holds(graph, quad)}
    return _commit(graph, Change(_ordered(new)), not graph_exists(graph, target), deadline)


def delete_graph(
    graph: KnowledgeGraph,
    target: NamedNode | DefaultGraph,
    is_default: bool = False,
    deadline: Deadline = _UNLIMITED,
) -> GraphCount:
    """Take everything out of a graph, in one commit.

    Args:
        is_default: the default graph was named, which exists even where what is written for it is empty.

    Raises:
        NotFoundError: there is no such graph. StoreError, QueryTimeoutError: nothing was changed, and why.
    """
    held = set(_until(deadline, graph.store.match(graph_name=target)))
    if not held and not is_default and not isinstance(target, DefaultGraph):
        raise NotFoundError("graph", target.value, (name.value for name in graph.store.graph_names()))
    return _commit(graph, Change(remove=_ordered(held)), False, deadline)


def _holds(graph: KnowledgeGraph, quad: Quad) -> bool:
    assert not isinstance(quad.subject, Triple)  # no parser makes one
    return any(True for _ in graph.store.match(quad.subject, quad.predicate, quad.object, quad.graph_name))


def _is_new(target: GraphName, held: set[Quad]) -> bool:
    return not held and not isinstance(target, DefaultGraph)


def _ordered(quads: Iterable[Quad]) -> tuple[Quad, ...]:
    return tuple(sorted(quads, key=str))


def _until(deadline: Deadline, quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield quads as long as the deadline is not over."""
    for number, quad in enumerate(quads):
        if not number % _LOOKED_AT:
            deadline.left()
        yield quad


def _commit(graph: KnowledgeGraph, change: Change, created: bool, deadline: Deadline) -> GraphCount:
    deadline.left()
    if change.add or change.remove:
        commit(graph, Change((*change.add, *decisions_made(graph, change)), change.remove))
    return GraphCount(created, len(change.add), len(change.remove))
