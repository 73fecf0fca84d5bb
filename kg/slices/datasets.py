"""What is left of a slice where the request names the graphs (SPARQL 1.1 Protocol, 2.1.4)."""

from __future__ import annotations

from dataclasses import replace

from kg.rdf import NamedNode
from kg.results import DatasetClause
from kg.slices import Closure, GraphNames, Leaf, Pattern, PatternTerm, Slice, Values, Variable, Whole

__all__ = ["in_dataset"]

AnyLeaf = Leaf | Closure | GraphNames | Whole


def in_dataset(whole: Slice, dataset: DatasetClause) -> Slice:
    """Return a slice of no other graphs than a dataset has; a part of it that is not given is empty."""
    if dataset.default_graphs is None and dataset.named_graphs is None:
        return whole
    limited = _Dataset(dataset)
    leaves = (limited.leaf(leaf) for leaf in whole.leaves)
    return Slice(tuple(leaf for leaf in leaves if leaf is not None), whole.limit)


class _Dataset:
    """Each pattern of the default graph gets a graph of its own, which is one of those that it is merged from."""

    def __init__(self, dataset: DatasetClause) -> None:
        self._default = tuple(dict.fromkeys(dataset.default_graphs or ()))
        named = tuple(dict.fromkeys(dataset.named_graphs or ()))
        self._named = frozenset(named)
        self._iris = tuple(name for name in named if isinstance(name, NamedNode))
        self._is_all_iris = len(self._iris) == len(named)
        self._made = 0

    def leaf(self, leaf: AnyLeaf) -> AnyLeaf | None:
        if not isinstance(leaf, Leaf | Closure):
            return leaf
        added: dict[Variable, Values] = {}
        if isinstance(leaf, Leaf):
            patterns = self._patterns(leaf.patterns, added)
            context = self._patterns(leaf.context, added)
            values = self._all_values(leaf.values)
            if patterns is None or context is None:
                return None
            return replace(leaf, patterns=patterns, context=context, values=values + tuple(added.values()))
        return self._closure(leaf, added)

    def _closure(self, closure: Closure, added: dict[Variable, Values]) -> Closure | None:
        graph = self._graph(closure.graph, added)
        context = self._patterns(closure.context, added)
        values = self._all_values(closure.values)
        if graph is None or context is None:
            return None
        start = self._start(closure)
        return replace(closure, graph=graph, start=start, context=context, values=values + tuple(added.values()))

    def _start(self, closure: Closure) -> PatternTerm:
        """Return where a walk starts: if at the end of one in a graph that is not there, then where that one does."""
        for each in closure.values:
            if each.variable == closure.start and each.reached is not None and self._closure(each.reached, {}) is None:
                return each.reached.start
        return closure.start

    def _all_values(self, values: tuple[Values, ...]) -> tuple[Values, ...]:
        found: list[Values] = []
        for each in values:
            if each.reached is not None:
                reached = self._closure(each.reached, {})
                if reached is not None:  # else it is only the start: see `_start`
                    found.append(replace(each, reached=reached))
            else:
                found.append(each)
        return tuple(found)

    def _patterns(self, patterns: tuple[Pattern, ...], added: dict[Variable, Values]) -> tuple[Pattern, ...] | None:
        graphs = [self._graph(pattern.graph, added) for pattern in patterns]
        found = [replace(pattern, graph=graph) for pattern, graph in zip(patterns, graphs, strict=True) if graph]
        return tuple(found) if len(found) == len(patterns) else None

    def _graph(self, graph: Variable | NamedNode | None, added: dict[Variable, Values]) -> Variable | NamedNode | None:
        """Return where a pattern matches, None if nowhere."""
        if isinstance(graph, NamedNode):
            return graph if graph in self._named else None
        if graph is None:
            if len(self._default) <= 1:
                return self._default[0] if self._default else None
            self._made += 1
            graph = Variable(f"d{self._made}")
            added[graph] = Values(graph, self._default)
        elif not self._named:
            return None
        elif self._is_all_iris:
            added[graph] = Values(graph, self._iris)
        return graph
