"""The leaves of a query: for each triple pattern and path, the patterns that surely hold where it matters.

Read `walk(node, context)` so: of the solutions of `node`, only those count that are compatible with some match of
`context`; for these, every quad that evaluating `node` looks at has to be in the slice. So

- each side of a join is the context of the other;
- the left side of OPTIONAL, MINUS and EXISTS is the context of the right one. Of what is outside, only what the left
  side surely binds may be named there, for an unbound variable would be compatible with every value: the other
  variables are renamed (`_Walk._guarded`);
- a subquery shares what it selects; nothing enters one that is cut (LIMIT), and only the keys one that is grouped;
- `GRAPH ?g` around a subquery that does not select `?g` is another variable in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from kg.rdf import NamedNode
from kg.slices import Closure, GraphNames, Leaf, Pattern, PatternTerm, Slice, Variable
from kg.slices.algebra import (
    Algebra,
    Bgp,
    Condition,
    Extend,
    Filter,
    Grouped,
    InGraph,
    Join,
    LeftJoin,
    Minus,
    Query,
    Select,
    Table,
    Union,
    bound,
)
from kg.slices.paths import Around, Graph, leaves_of_block, reached_in_block, sure_patterns, variables_of

__all__ = ["leaves_of"]

_NOWHERE = Around()


def leaves_of(query: Query) -> Slice:
    """Return what a query can see of a dataset, with the names of its variables; for DESCRIBE of the default graph."""
    walk = _Walk()
    if query.select is not None:
        walk.walk(query.select, None, _NOWHERE)
    for term in query.described:
        walk.describe(term, query.select)
    return Slice(tuple(dict.fromkeys(walk.leaves)), query.limit)


class _Walk:
    def __init__(self) -> None:
        self.leaves: list[Leaf | Closure | GraphNames] = []
        self._made = 0
        self._outward: dict[tuple[int, Graph], Around] = {}
        self._kept: list[Algebra] = []  # what has a number in `_outward` stays alive

    def fresh(self) -> Variable:
        self._made += 1
        return Variable(f"_{self._made}")

    # --- what surely holds

    def outward(self, node: Algebra, graph: Graph) -> Around:
        """Return what holds in every solution of a pattern."""
        key = (id(node), graph)
        if key not in self._outward:
            self._kept.append(node)
            self._outward[key] = self._holds(node, graph)
        return self._outward[key]

    def _holds(self, node: Algebra, graph: Graph) -> Around:
        match node:
            case Bgp():
                return Around(sure_patterns(node, graph, self.fresh), reached_in_block(node, graph))
            case Join(left, right):
                return self.outward(left, graph) + self.outward(right, graph)
            case LeftJoin(left) | Minus(left):
                return self.outward(left, graph)
            case Filter(pattern, condition):
                return self.outward(pattern, graph) + Around((), condition.values)
            case Extend(pattern):
                return self.outward(pattern, graph)
            case InGraph(name, pattern):
                return self.outward(pattern, name)
            case Table():
                return Around((), node.values)
            case Select(pattern, variables):
                own, inner = self._own_graph(graph, variables)
                around = self.outward(pattern, inner)
                return self.renamed(around, variables | own)
            case Grouped(pattern, keys):
                return _NOWHERE if keys is None else self.renamed(self.outward(pattern, graph), keys | _as_set(graph))
        return _NOWHERE  # of UNION

    def _own_graph(self, graph: Graph, variables: frozenset[Variable]) -> tuple[frozenset[Variable], Graph]:
        """Return the graph in a subquery: another variable if it is not selected; and this one, if it is new."""
        if not isinstance(graph, Variable) or graph in variables:
            return frozenset(), graph
        inner = self.fresh()
        return frozenset({inner}), inner

    def renamed(self, around: Around, kept: Iterable[Variable]) -> Around:
        """Return the same with other variables but for some."""
        names: dict[Variable, Variable] = {variable: variable for variable in kept}

        def rename(term: PatternTerm) -> PatternTerm:
            if not isinstance(term, Variable):
                return term
            if term not in names:
                names[term] = self.fresh()
            return names[term]

        return around.mapped(rename)

    def guarded(self, around: Around, kept: frozenset[Variable]) -> Around:
        """Return what may restrict the right side of a pattern whose left side surely binds some variables."""
        return self.renamed(around, kept)

    # --- the walk

    def walk(self, node: Algebra, graph: Graph, around: Around) -> None:
        match node:
            case Bgp():
                self.leaves.extend(leaves_of_block(node, graph, around, self.fresh))
            case Join(left, right):
                self.walk(left, graph, around + self.outward(right, graph))
                self.walk(right, graph, around + self.outward(left, graph))
            case LeftJoin(left, right, condition):
                self.walk(left, graph, around)
                inside = self._beside(left, graph, around)
                self.walk(right, graph, inside + Around((), condition.values))
                both = self.outward(left, graph) + self.outward(right, graph)
                self._exists(condition, graph, both, bound(left, graph), around)  # it decides whether the left is alone
            case Minus(left, right):
                self.walk(left, graph, around)
                self.walk(right, graph, self._beside(left, graph, around))
            case Union(left, right):
                self.walk(left, graph, around)
                self.walk(right, graph, around)
            case Filter(pattern, condition):
                self.walk(pattern, graph, around + Around((), condition.values))
                holds = self.outward(pattern, graph) + Around((), condition.values)
                self._exists(condition, graph, holds, bound(pattern, graph), around)
            case Extend(pattern, variable, condition):
                inside = around.without(variable)
                self.walk(pattern, graph, inside)
                self._exists(condition, graph, self.outward(pattern, graph), bound(pattern, graph), inside)
            case InGraph(name, pattern):
                if _counts_graphs(pattern):
                    self.leaves.append(GraphNames())
                self.walk(pattern, name, around)
            case Grouped(pattern, keys, condition):
                certain = bound(pattern, graph) & (keys or frozenset())
                self.walk(pattern, graph, self.guarded(around, certain) if certain else _NOWHERE)
                self._exists(condition, graph, _NOWHERE, frozenset(), _NOWHERE)
            case Select():
                self._select(node, graph, around)
            case Table():
                pass

    def _select(self, node: Select, graph: Graph, around: Around) -> None:
        _, inner = self._own_graph(graph, node.variables)
        inside = _NOWHERE if node.is_cut else self.renamed(around, node.variables)
        self.walk(node.pattern, inner, inside)
        self._exists(node.condition, inner, self.outward(node.pattern, inner), bound(node.pattern, inner), inside)

    def _beside(self, left: Algebra, graph: Graph, around: Around) -> Around:
        return self.outward(left, graph) + self.guarded(around, bound(left, graph))

    def _exists(
        self, condition: Condition, graph: Graph, holds: Around, certain: frozenset[Variable], around: Around
    ) -> None:
        for pattern in condition.exists:
            self.walk(pattern, graph, holds + self.guarded(around, certain))

    def describe(self, term: PatternTerm, select: Select | None) -> None:
        """Add what DESCRIBE gives for a term: its triples, and those of the blank nodes that they lead to.

        For a variable that only OPTIONAL or UNION binds, that is the whole default graph: nothing surely holds of it.
        """
        around = _NOWHERE
        if isinstance(term, Variable) and select is not None:
            around = self.outward(select, None).connected([variables_of([term])])
            if not any(each.variable == term and each.iris for each in around.values) and not around.patterns:
                self.leaves.append(Leaf((Pattern(None, self.fresh(), self.fresh(), self.fresh()),)))
                return
        self.leaves.append(Closure(None, term, ((None, False),), around.patterns, around.values, from_blank_only=True))


def _as_set(graph: Graph) -> frozenset[Variable]:
    return frozenset({graph}) if isinstance(graph, Variable) else frozenset()


def _counts_graphs(node: Algebra) -> bool:
    """Tell whether a part of a group in GRAPH may depend on which graphs there are, not on their triples alone."""
    match node:
        case Bgp(triples):
            return not triples or any(not isinstance(path, NamedNode | Variable) for _, path, _ in triples)
        case Join(left, right) | Union(left, right) | Minus(left, right):
            return _counts_graphs(left) or _counts_graphs(right)
        case LeftJoin(left, right, condition):
            return bool(condition.exists) or _counts_graphs(left) or _counts_graphs(right)
        case Filter(pattern, condition) | Extend(pattern, _, condition):
            return bool(condition.exists) or _counts_graphs(pattern)
    return True
