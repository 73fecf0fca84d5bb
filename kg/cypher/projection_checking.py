"""Checking WITH and RETURN: their columns, what is grouped by, and what ORDER BY can see."""

from __future__ import annotations

from kg.cypher.expression_checking import Scope, has_aggregate, is_aggregate
from kg.cypher.pattern_checking import PatternChecker
from kg.cypher.syntax import (
    Expression,
    Item,
    ListComprehension,
    Literal,
    PatternComprehension,
    PatternPredicate,
    Projection,
    Property,
    Quantified,
    Reduce,
    Subquery,
    Syntax,
    Variable,
)
from kg.cypher.walking import children, walk

__all__ = ["ProjectionChecker"]


class ProjectionChecker(PatternChecker):
    """Checks projections."""

    def projection(self, projection: Projection, where: Expression | None, scope: Scope, is_with: bool) -> Scope:
        """Check a projection and return what is bound after it: its columns, in their order."""
        if projection.has_all and not scope and not is_with:
            self.fail("RETURN * needs variables; none is bound here", projection.at)
        columns: Scope = dict(sorted(scope.items())) if projection.has_all else {}
        names: set[str] = set()
        for item in projection.items:
            self._check_name(item, names, is_with)
            self.can_aggregate = True
            columns[item.name] = self.expression(item.expression, scope)
            self.can_aggregate = False
        aggregating = [item for item in projection.items if has_aggregate(item.expression)]
        if aggregating:
            keys = self._keys(projection, scope)
            for item in aggregating:
                self._check_grouping(item.expression, keys)
        is_closed = bool(aggregating) or projection.is_distinct
        seen = columns if is_closed else {**scope, **columns}
        before = self.projected
        self.projected = tuple(item.expression for item in projection.items) if is_closed else ()
        for sort_key in projection.order:
            self.can_aggregate = bool(aggregating)
            self.expression(sort_key.expression, seen)
            self.can_aggregate = False
        if where is not None:
            self.condition(where, seen)
        self.projected = before
        self._check_count(projection.skip, "SKIP")
        self._check_count(projection.limit, "LIMIT")
        return columns

    def _check_name(self, item: Item, names: set[str], is_with: bool) -> None:
        if is_with and item.alias is None and not isinstance(item.expression, Variable):
            self.fail("an expression in WITH needs a name: … AS name", item.at)
        if item.name in names:
            self.fail(f"two columns are called {item.name}", item.at)
        names.add(item.name)

    def _keys(self, projection: Projection, scope: Scope) -> set[Expression]:
        """Return what is grouped by, as far as it can be used beside aggregates."""
        keys: set[Expression] = {Variable(name) for name in scope} if projection.has_all else set()
        for item in projection.items:
            if isinstance(item.expression, Variable | Property) and not has_aggregate(item.expression):
                keys.add(item.expression)
        return keys

    def _check_grouping(self, node: Syntax, keys: set[Expression]) -> None:
        """Refuse what stands beside an aggregate without being constant or grouped by."""
        if is_aggregate(node) or isinstance(node, Subquery | PatternPredicate | PatternComprehension):
            return
        if isinstance(node, Variable | Property) and node in keys:
            return
        if isinstance(node, Variable):
            advice = "give it a column of its own, or name it in a WITH before"
            self.fail(f"{node.name} stands beside an aggregate, but is not grouped by: {advice}", node.at)
        if isinstance(node, ListComprehension | Quantified | Reduce):
            keys = {*keys, node.variable}
            if isinstance(node, Reduce):
                keys.add(node.accumulator)
        for child in children(node):
            self._check_grouping(child, keys)

    def _check_count(self, count: Expression | None, clause: str) -> None:
        if count is None:
            return
        for node in walk(count):
            if isinstance(node, Subquery | PatternPredicate | PatternComprehension):
                self.fail(f"{clause} is one number for all rows: no pattern can stand in it", count.at)
        if isinstance(count, Literal) and (type(count.value) is not int or count.value < 0):
            self.fail(f"{clause} takes a whole number that is not negative", count.at)
        self._check_constant(count, clause, frozenset())
        kind = self.expression(count, {node.name: None for node in walk(count) if isinstance(node, Variable)})
        if kind not in (None, "Integer"):
            self.fail(f"{clause} takes a whole number; this is of type {kind}", count.at)

    def _check_constant(self, node: Syntax, clause: str, local: frozenset[str]) -> None:
        if isinstance(node, Variable) and node.name not in local:
            self.fail(f"{clause} is one number for all rows: no variable, as {node.name}, can stand in it", node.at)
        if isinstance(node, ListComprehension | Quantified | Reduce):
            local |= {node.variable.name}
            if isinstance(node, Reduce):
                local |= {node.accumulator.name}
        for child in children(node):
            self._check_constant(child, clause, local)
