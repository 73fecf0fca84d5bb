"""The quads of a slice from any store: what a store's own way of fetching is compared with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

import pyoxigraph

from kg.rdf import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple
from kg.slices import Closure, Leaf, Pattern, PatternTerm, Slice, Values, Variable, Whole

__all__ = ["fetch", "is_within"]

_Match = Callable[..., Iterator[Quad]]
_Bindings = Mapping[Variable, Term]


def fetch(wanted: Slice, match: _Match, is_merged: bool) -> set[Quad]:
    """Return the quads of a slice. The names of graphs, where it asks for them, are the caller's.

    Args:
        match: as of a `Store`. is_merged: whether its default graph is derived; then only quads of named graphs come
            back, for every triple all of them.
    """
    fetcher = _Fetcher(match, is_merged)
    for leaf in wanted.leaves:
        match leaf:
            case Leaf():
                fetcher.leaf(leaf)
            case Closure():
                fetcher.reach(leaf)
            case Whole():
                fetcher.whole()
    return fetcher.quads()


class _Fetcher:
    def __init__(self, match: _Match, is_merged: bool) -> None:
        self._match, self._is_merged = match, is_merged
        self._found: set[Quad] = set()
        self._reached: dict[Closure, frozenset[Term]] = {}

    def quads(self) -> set[Quad]:
        if not self._is_merged:
            return self._found
        found: set[Quad] = set()
        for quad in self._found:
            if isinstance(quad.graph_name, DefaultGraph):
                found.update(self._match(quad.subject, quad.predicate, quad.object, None))
            else:
                found.add(quad)
        return found

    def whole(self) -> None:
        self._found.update(self._match())
        if not self._is_merged:
            self._found.update(self._match(None, None, None, DefaultGraph()))

    def leaf(self, leaf: Leaf) -> None:
        known: dict[tuple[Term | None, ...], Quad] = {}
        listed = {each.variable for each in leaf.values if each.iris}
        for row in self._rows((*leaf.patterns, *leaf.context), leaf.values, _variables(leaf.patterns)):
            for pattern in leaf.patterns:
                for quad in self._quads(pattern, row):
                    if leaf.is_sample:
                        terms = (pattern.subject, pattern.object)
                        key = tuple(row[term] if term in listed else None for term in terms)  # type: ignore[index]
                        if known.setdefault((quad.graph_name, *key), quad) != quad:  # type: ignore[arg-type]
                            continue
                    self._found.add(quad)

    def reach(self, closure: Closure) -> frozenset[Term]:
        """Add the quads of a walk, and return the terms it comes to."""
        if closure in self._reached:
            return self._reached[closure]
        frontier: set[Term] = set(self._starts(closure))
        seen: set[Term] = set()
        allowed = [set(each.iris) for each in closure.values if each.variable == closure.graph and each.iris]
        is_first = True
        while frontier:
            seen |= frontier
            after: set[Term] = set()
            for term in frontier:
                if closure.from_blank_only and not is_first and not isinstance(term, BlankNode):
                    continue
                for predicate, is_backward in closure.steps:
                    for quad in self._steps(closure, term, predicate, is_backward):
                        if all(quad.graph_name in names for names in allowed):
                            self._found.add(quad)
                            after.add(quad.subject if is_backward else quad.object)
            frontier = after - seen
            is_first = False
        self._reached[closure] = frozenset(seen)
        return self._reached[closure]

    def _starts(self, closure: Closure) -> Iterable[Term]:
        start = closure.start
        if not isinstance(start, Variable):
            return [start]
        if start in _variables(closure.context):
            return [row[start] for row in self._rows(closure.context, closure.values, {start})]
        for each in closure.values:
            if each.variable == start and each.iris:
                return each.iris
            if each.variable == start and each.reached is not None:
                return self.reach(each.reached)
        raise AssertionError(f"nothing says where {closure} starts")

    def _steps(self, closure: Closure, term: Term, predicate: NamedNode | None, is_backward: bool) -> Iterator[Quad]:
        graph = DefaultGraph() if closure.graph is None else closure.graph
        graph_name = None if isinstance(graph, Variable) else graph
        if is_backward:
            return self._match(None, predicate, term, graph_name)
        return self._match(term, predicate, None, graph_name) if isinstance(term, NamedNode | BlankNode) else iter(())

    # --- joins, of which only the distinct values of what is still needed are kept

    def _rows(
        self, patterns: tuple[Pattern, ...], values: tuple[Values, ...], wanted: frozenset[Variable] | set[Variable]
    ) -> list[_Bindings]:
        left = list(dict.fromkeys(patterns))
        rows: list[_Bindings] = [{}]
        known: set[Variable] = set()
        while left and rows:
            pattern = max(left, key=lambda each: _weight(each, known))
            left.remove(pattern)
            known |= _variables([pattern])
            needed = _variables(left) | wanted
            found: dict[frozenset[tuple[Variable, Term]], _Bindings] = {}
            for row in rows:
                for bindings in self._extended(pattern, row, values):
                    kept = {variable: term for variable, term in bindings.items() if variable in needed}
                    found[frozenset(kept.items())] = kept
            rows = list(found.values())
        return rows

    def _extended(self, pattern: Pattern, row: _Bindings, values: tuple[Values, ...]) -> Iterator[_Bindings]:
        for quad in self._quads(pattern, row):
            bindings = dict(row)
            terms = zip(_terms(pattern), (quad.graph_name, quad.subject, quad.predicate, quad.object), strict=True)
            if all(
                bindings.setdefault(term, found) == found  # type: ignore[arg-type]
                for term, found in terms
                if isinstance(term, Variable)
            ) and all(self._is_one(each, bindings[each.variable]) for each in values if each.variable in bindings):
                yield bindings

    def _quads(self, pattern: Pattern, row: _Bindings) -> Iterator[Quad]:
        """Yield the quads of a pattern with some of its variables bound; the others may match too much."""
        graph, subject, predicate, object_ = (
            row.get(term) if isinstance(term, Variable) else term for term in _terms(pattern)
        )
        if pattern.graph is None:
            graph = DefaultGraph()  # type: ignore[assignment]
        if any(isinstance(term, Literal | Triple) for term in (subject, graph)):
            return iter(())
        if not isinstance(predicate, NamedNode | None):
            return iter(())
        return self._match(subject, predicate, object_, graph)

    def _is_one(self, values: Values, term: Term) -> bool:
        if values.iris:
            return term in values.iris
        if values.reached is not None:
            return term in self.reach(values.reached)
        return is_within(term, values.least, values.most)


def _terms(pattern: Pattern) -> tuple[PatternTerm | None, ...]:
    return pattern.graph, pattern.subject, pattern.predicate, pattern.object


def _variables(patterns: Iterable[Pattern]) -> frozenset[Variable]:
    return frozenset(term for each in patterns for term in _terms(each) if isinstance(term, Variable))


def _weight(pattern: Pattern, known: set[Variable]) -> int:
    return sum(2 if not isinstance(term, Variable) else term in known for term in _terms(pattern)[1:])


@functools.lru_cache(maxsize=10_000)
def is_within(term: Term, least: Literal | None, most: Literal | None) -> bool:
    """Tell whether a term lies within bounds, as SPARQL compares."""
    if not isinstance(term, Literal):
        return False
    conditions = [f"{term} >= {least}"] * (least is not None) + [f"{term} <= {most}"] * (most is not None)
    if least is not None and least == most:
        conditions = [f"{term} = {least}"]
    found = pyoxigraph.Store().query(f"ASK {{ FILTER({' && '.join(conditions)}) }}")
    return bool(found)
