"""How a change moves the default graph, and how both are written in one Oxigraph transaction.

The default graph holds the RDF merge of the named graphs but some: a triple enters it with its first
holder and leaves it with its last. Triples of the IRIs that one graph hides (`kg.stores.hiding`) are left out.

Oxigraph has two transactional writes. Additions alone go by `extend`, which does no look-ups. With
removals it is one SPARQL update of `DELETE DATA` and `INSERT DATA`. Blank nodes cannot stand in the first
and are renamed by the second, so quads with one are bound to variables by a custom function that returns
the very terms, which keeps labels (`VALUES ?i {…} BIND(<urn:…>(?i, 0) AS ?s) …`, 60 µs a quad against 25).
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph

from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple
from kg.stores import GraphName, MergeReport
from kg.stores.hiding import HIDES, hidden_in, is_hidden
from kg.stores.lookup import find

__all__ = ["Rewrite", "Rule", "additions", "apply", "hide", "is_addition", "rewrite", "verify"]

Node = NamedNode | BlankNode

_DEFAULT = DefaultGraph()

_QUADS_A_LOOKUP = 8
"""How many quads are read in the time of one look-up: 40 µs, and a quad takes 3 with what is done to it."""

_TERM = NamedNode("urn:noemata:term")
"""The custom function: (row, position 0 to 3) to the term there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the default graph leaves out: the graphs outside the merge, and what the graph `hiding` hides."""

    excluded: frozenset[NamedNode] = frozenset()
    hiding: NamedNode | None = None

    def is_hiding(self, quad: Quad) -> bool:
        """Tell whether a quad says that an IRI is hidden."""
        return quad.predicate == HIDES and quad.graph_name == self.hiding

    def hidden(self, store: pyoxigraph.Store, added: Iterable[Quad] = (), removed: Iterable[Quad] = ()) -> set[Quad]:
        """Return the quads that say what is hidden, as they are after a change."""
        if self.hiding is None:
            return set()
        held = set(find(store, predicate=HIDES, graph_name=self.hiding))
        gone = {quad for quad in removed if self.is_hiding(quad)}
        return (held - gone) | {quad for quad in added if self.is_hiding(quad)}


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A change with removals, as Oxigraph is to apply it: what is cleared, what is removed, what is added.

    `emptied` are graphs that may hold nothing afterwards, to be taken off the list of graphs.
    """

    clear: str
    remove: tuple[Quad, ...]
    add: tuple[Quad, ...]
    emptied: frozenset[NamedNode]


def is_addition(change: Change, rule: Rule | None) -> bool:
    """Tell at a glance whether a change surely takes nothing out of any graph."""
    return not change.remove and (rule is None or rule.hiding is None or not any(map(rule.is_hiding, change.add)))


def additions(store: pyoxigraph.Store, quads: Iterable[Quad], rule: Rule) -> Iterator[Quad]:
    """Yield quads of named graphs together with their triples in the default graph.

    What the quads hide themselves is hidden only if they are a collection, and not read once.
    """
    hidden = hidden_in(rule.hidden(store, quads if isinstance(quads, Collection) else ()))
    for quad in quads:
        yield quad
        subject, predicate, object_, graph_name = quad
        if graph_name not in rule.excluded and not (hidden and is_hidden(quad, hidden)):
            yield Quad(subject, predicate, object_)


def rewrite(store: pyoxigraph.Store, change: Change, rule: Rule | None) -> Rewrite | None:
    """Work out what a change takes out and brings in, the default graph included.

    Args:
        rule: what the default graph leaves out; None where it is not derived.

    Returns:
        None when nothing held is removed and nothing more is hidden, so that the change is additions only.
    """
    added = _canonical(change.add)
    removed = {quad for quad in _canonical(change.remove) if quad not in added and quad in store}
    before = frozenset[NamedNode]() if rule is None else hidden_in(rule.hidden(store))
    hidden = before if rule is None else hidden_in(rule.hidden(store, added, removed))
    covered = {quad for quad in _mentioning(store, hidden - before) if quad.graph_name == _DEFAULT}
    if not removed and not covered:
        return None
    added = {quad for quad in added if quad not in store}
    emptied = frozenset(quad.graph_name for quad in removed if isinstance(quad.graph_name, NamedNode))
    if rule is None:
        return Rewrite("", tuple(removed), tuple(added), emptied)
    excluded = rule.excluded
    counts = Counter(quad.graph_name for quad in removed)
    uncovered = (quad for quad in _mentioning(store, before - hidden) if quad not in removed)
    entering = {
        Quad(quad.subject, quad.predicate, quad.object)
        for quad in (*added, *uncovered)
        if quad.graph_name != _DEFAULT and quad.graph_name not in excluded and not is_hidden(quad, hidden)
    }
    if all(name in excluded or _is_whole(store, name, counts[name]) for name in store.named_graphs()):
        # Nothing of the merge stays, so no holder need be looked for.
        if all(_is_whole(store, name, counts[name]) for name in excluded):
            return Rewrite("DROP ALL", (), (*added, *entering), frozenset())
        return Rewrite("CLEAR DEFAULT", tuple(removed), (*added, *entering), emptied)
    leaving = {Quad(s, p, o) for s, p, o, graph_name in removed if graph_name not in excluded}
    leaving -= entering
    leaving -= _still_held(store, leaving, removed, excluded)
    leaving |= covered
    entering = {quad for quad in entering if quad not in store}
    return Rewrite("", (*removed, *leaving), (*added, *entering), emptied)


def hide(store: pyoxigraph.Store, rule: Rule) -> None:
    """Take what is hidden out of a default graph that was filled without looking at it."""
    covered = {quad for quad in _mentioning(store, hidden_in(rule.hidden(store))) if quad.graph_name == _DEFAULT}
    if covered:
        apply(store, Rewrite("", tuple(covered), (), frozenset()))


def _mentioning(store: pyoxigraph.Store, iris: Iterable[NamedNode]) -> Iterator[Quad]:
    """Yield the quads of all graphs that have one of some IRIs as their subject or object; some may come twice."""
    for iri in iris:
        yield from find(store, iri)
        yield from find(store, object=iri)


def _canonical(quads: Iterable[Quad]) -> set[Quad]:
    """Return quads with their terms in Oxigraph's value form, which a store in memory gives them."""
    store = pyoxigraph.Store()
    store.extend(quads)
    return set(store)


def _is_whole(store: pyoxigraph.Store, graph_name: GraphName, count: int) -> bool:
    """Tell whether a graph has no more than this number of quads."""
    held = find(store, graph_name=graph_name)
    return all(number < count for number, _ in enumerate(held))


def _still_held(
    store: pyoxigraph.Store, triples: set[Quad], removed: set[Quad], excluded: frozenset[NamedNode]
) -> set[Quad]:
    """Return those triples that a graph of the merge holds and keeps."""

    def keeps(quad: Quad) -> bool:
        return quad.graph_name != _DEFAULT and quad.graph_name not in excluded and quad not in removed

    by_subject: defaultdict[Node, set[Quad]] = defaultdict(set)
    for triple in triples:
        by_subject[_subject(triple)].add(triple)
    held: set[Quad] = set()
    for subject, group in by_subject.items():
        limit = _QUADS_A_LOOKUP * len(group)
        read = 0
        if len(group) > 1:
            for quad in itertools.islice(find(store, subject), limit):
                read += 1
                if keeps(quad):
                    held.add(Quad(quad.subject, quad.predicate, quad.object))
        if len(group) == 1 or read == limit:
            for triple in group - held:
                if any(map(keeps, find(store, subject, triple.predicate, triple.object))):
                    held.add(triple)
    return held & triples


def _subject(quad: Quad) -> Node:
    assert not isinstance(quad.subject, Triple)  # RDF 1.2 has triple terms as objects only
    return quad.subject


def apply(store: pyoxigraph.Store, plan: Rewrite) -> None:
    """Apply a rewrite in one transaction; only the list of graphs follows in others.

    `DROP GRAPH` in the same update would make Oxigraph index all of it while it is built, at twice the time.
    """
    rows: list[Quad] = []
    parts = [plan.clear] if plan.clear else []
    parts += _operations("DELETE", plan.remove, rows)
    parts += _operations("INSERT", plan.add, rows)
    functions = {_TERM: _term_of(rows)} if rows else None
    store.update(";\n".join(parts), custom_functions=functions)
    for name in plan.emptied:
        if next(find(store, graph_name=name), None) is None:
            store.remove_graph(name)


def _operations(verb: str, quads: Iterable[Quad], rows: list[Quad]) -> list[str]:
    """Return the update operations that delete or insert quads; those with blank nodes are put into `rows`."""
    ground: dict[GraphName, list[str]] = {}
    odd_named: list[int] = []
    odd_default: list[int] = []
    for quad in quads:
        subject, predicate, object_, graph_name = quad
        if _is_ground(subject, object_, graph_name):
            ground.setdefault(graph_name, []).append(f"{subject} {predicate} {object_} .")
        else:
            (odd_default if graph_name == _DEFAULT else odd_named).append(len(rows))
            rows.append(quad)
    operations = []
    if ground:
        blocks = [" ".join(triples) for name, triples in ground.items() if name == _DEFAULT]
        blocks += [f"GRAPH {name} {{ {' '.join(triples)} }}" for name, triples in ground.items() if name != _DEFAULT]
        operations.append(f"{verb} DATA {{ {' '.join(blocks)} }}")
    for numbers, template in ((odd_default, "?s ?p ?o"), (odd_named, "GRAPH ?g { ?s ?p ?o }")):
        if numbers:
            variables = "spog" if "?g" in template else "spo"
            binds = " ".join(f"BIND({_TERM}(?i, {n}) AS ?{name})" for n, name in enumerate(variables))
            values = f"VALUES ?i {{ {' '.join(map(str, numbers))} }}"
            operations.append(f"{verb} {{ {template} }} WHERE {{ {values} {binds} }}")
    return operations


def _is_ground(subject: Term, object_: Term, graph_name: GraphName) -> bool:
    """Tell whether terms can be written into DELETE DATA: neither blank nodes nor triple terms."""
    simple = (NamedNode, Literal)
    return isinstance(subject, NamedNode) and isinstance(object_, simple) and not isinstance(graph_name, BlankNode)


def _term_of(rows: list[Quad]) -> Callable[..., Term | None]:
    def term_of(row: Term, position: Term) -> Term:
        assert isinstance(row, Literal) and isinstance(position, Literal)
        quad = rows[int(row.value)]
        match int(position.value):
            case 0:
                return quad.subject
            case 1:
                return quad.predicate
            case 2:
                return quad.object
        assert not isinstance(quad.graph_name, DefaultGraph)
        return quad.graph_name

    return term_of


def verify(store: pyoxigraph.Store, rule: Rule) -> MergeReport:
    """Recompute the merge and compare the default graph with it; some 5 µs a quad when it is right."""
    excluded, hidden = rule.excluded, hidden_in(rule.hidden(store))
    missing = {
        quad.triple
        for quad in find(store)
        if quad.graph_name != _DEFAULT
        and quad.graph_name not in excluded
        and Quad(quad.subject, quad.predicate, quad.object) not in store
        and not is_hidden(quad, hidden)
    }
    covered = {
        quad.triple
        for quad in _mentioning(store, hidden)
        if quad.graph_name != _DEFAULT and quad.graph_name not in excluded
    }
    surplus: set[Triple] = set()
    if missing or _count(store, "?s ?p ?o") + len(covered) != _count(store, _merge_pattern(excluded)):
        held = set(find(store, graph_name=_DEFAULT))
        seen = {quad for quad in held if is_hidden(quad, hidden)}
        surplus = {quad.triple for quad in seen | (held - _still_held(store, held, set(), excluded))}
    return MergeReport(tuple(sorted(missing, key=str)), tuple(sorted(surplus, key=str)))


def _merge_pattern(excluded: frozenset[NamedNode]) -> str:
    names = ", ".join(map(str, excluded))
    return f"SELECT DISTINCT ?s ?p ?o {{ GRAPH ?g {{ ?s ?p ?o }} {f'FILTER(?g NOT IN ({names}))' if names else ''} }}"


def _count(store: pyoxigraph.Store, pattern: str) -> int:
    solutions = store.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    (row,) = solutions
    number = row["n"]
    assert isinstance(number, Literal)
    return int(number.value)
