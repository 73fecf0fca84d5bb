"""Checking expressions: what they name, what types they join, and where aggregates and patterns may stand."""

from __future__ import annotations

from typing import NoReturn

from kg.cypher.functions import AGGREGATES, ARGUMENTS, base, element, list_of, result_type
from kg.cypher.syntax import (
    Binary,
    Case,
    Comparison,
    CountAll,
    Expression,
    FunctionCall,
    HasLabels,
    Index,
    IsNormalized,
    IsNull,
    IsTyped,
    LabelExpression,
    ListComprehension,
    ListLiteral,
    Literal,
    MapLiteral,
    MapProjection,
    Parameter,
    PathPattern,
    PatternComprehension,
    PatternPart,
    PatternPredicate,
    Property,
    Quantified,
    Query,
    Reduce,
    Slice,
    Subquery,
    Syntax,
    Unary,
    Variable,
)
from kg.cypher.tokens import syntax_error
from kg.cypher.walking import children
from kg.errors import ParameterError, QuerySyntaxError

__all__ = ["ExpressionChecker", "Scope", "has_aggregate", "is_aggregate"]

Scope = dict[str, str | None]
"""The variables that are bound, and what is known of their types."""

_ENTITIES = ("Node", "Relationship")
_LITERALS = {bool: "Boolean", int: "Integer", float: "Float", str: "String"}
_NO_NUMBERS = ("String", "Boolean", "Map", "List", "Node", "Relationship", "Path")
_NO_PROPERTIES = ("Integer", "Float", "String", "Boolean", "List", "Path")


def is_aggregate(node: Syntax) -> bool:
    """Say whether a node aggregates rows."""
    return isinstance(node, CountAll) or (isinstance(node, FunctionCall) and node.name.lower() in AGGREGATES)


def has_aggregate(node: Syntax) -> bool:
    """Say whether there is an aggregate in an expression, its subqueries aside."""
    if is_aggregate(node):
        return True
    return not isinstance(node, Subquery) and any(has_aggregate(child) for child in children(node))


class ExpressionChecker:
    """Checks expressions; the patterns and queries in them are checked by whoever extends it."""

    def __init__(self, text: str | None, parameters: frozenset[str] | None) -> None:
        self._text = text
        self._parameters = parameters
        self.can_aggregate = False
        """Whether an aggregate can stand here."""
        self.projected: tuple[Expression, ...] = ()
        """What can be used here as it is, since it is a column."""

    def predicate_pattern(self, part: PatternPart, scope: Scope) -> None:
        """Check a pattern where a value is wanted."""
        raise NotImplementedError

    def local_pattern(self, path: Variable | None, pattern: PathPattern, scope: Scope) -> Scope:
        """Check a pattern that binds variables for one expression, and return all that are bound."""
        raise NotImplementedError

    def subquery(self, kind: str, query: Query, scope: Scope, at: int) -> str | None:
        """Check a subquery of an expression and return the type of its one column."""
        raise NotImplementedError

    def fail(self, reason: str, at: int) -> NoReturn:
        """Raise an error at a place of the text."""
        raise QuerySyntaxError("Cypher", reason) if self._text is None else syntax_error(self._text, at, reason)

    # --- expressions

    def condition(self, expression: Expression, scope: Scope) -> None:
        """Check an expression that must be true or false."""
        if isinstance(expression, PatternPredicate):
            self.predicate_pattern(expression.pattern, scope)
            return
        kind = self.expression(expression, scope)
        if kind not in (None, "Boolean"):
            self.fail(f"here something true or false is expected; this is of type {kind}", expression.at)

    def expression(self, expression: Expression, scope: Scope) -> str | None:
        """Check an expression and return its type, None if it is not known."""
        if self.projected and expression in self.projected:
            return None
        if is_aggregate(expression):
            return self._aggregate(expression, scope)
        match expression:
            case Literal():
                return _LITERALS.get(type(expression.value))
            case Parameter():
                self.parameter(expression)
                return None
            case Variable():
                return self.variable(expression, scope)
            case Property():
                kind = self.expression(expression.of, scope)
                if base(kind) in _NO_PROPERTIES:
                    self.fail(f"something of type {kind} has no properties", expression.at)
                return None
            case Index():
                kind = self.expression(expression.of, scope)
                self.expression(expression.index, scope)
                if base(kind) in ("Integer", "Float", "String", "Boolean", "Path"):
                    self.fail(f"something of type {kind} has no elements and no properties", expression.at)
                return element(kind)
            case Slice():
                kind = self.expression(expression.of, scope)
                for bound in (expression.start, expression.end):
                    if bound is not None:
                        self.expression(bound, scope)
                return kind if base(kind) == "List" else None
            case ListLiteral():
                kinds = {self.expression(item, scope) for item in expression.items}
                return list_of(kinds.pop() if len(kinds) == 1 else None)
            case MapLiteral():
                for _, value in expression.entries:
                    self.expression(value, scope)
                return "Map"
            case MapProjection():
                self._map_projection(expression, scope)
                return "Map"
            case Unary() | Binary() | Comparison() | IsNull() | IsTyped() | IsNormalized() | HasLabels():
                return self._operator(expression, scope)
            case FunctionCall():
                return self._call(expression, scope)
            case Case():
                return self._case(expression, scope)
            case PatternPredicate():
                if expression.pattern.function is None:
                    advice = "it can be a condition, or stand in EXISTS { … } or in [ … | … ]"
                    self.fail(f"a pattern is no value here: {advice}", expression.at)
                self.predicate_pattern(expression.pattern, scope)
                return "Path" if expression.pattern.function == "shortestPath" else "List<Path>"
            case Subquery():
                return self._subquery(expression, scope)
            case _:
                return self._binding(expression, scope)

    def parameter(self, parameter: Parameter) -> None:
        """Check that a parameter is given."""
        if self._parameters is not None and parameter.name not in self._parameters:
            raise ParameterError(parameter.name, "the query needs a value for it; none was given")

    def variable(self, variable: Variable, scope: Scope) -> str | None:
        """Return the type of a variable that must be bound."""
        if variable.name not in scope:
            advice = " after DISTINCT or an aggregate only the columns can be used" if self.projected else ""
            self.fail(f"variable {variable.name} is not defined here{advice and ':' + advice}", variable.at)
        return scope[variable.name]

    def labels(self, labels: LabelExpression | None, scope: Scope) -> None:
        """Check the expressions in labels."""
        if labels is not None:
            for child in children(labels):
                self._in_label(child, scope)

    def _in_label(self, node: Syntax, scope: Scope) -> None:
        if isinstance(node, Expression):
            self.expression(node, scope)
        else:
            for child in children(node):
                self._in_label(child, scope)

    # --- operators

    def _operator(self, node: Expression, scope: Scope) -> str | None:
        match node:
            case Unary(operator="NOT"):
                self.condition(node.operand, scope)
            case Unary():
                kind = self.expression(node.operand, scope)
                self._check_number(kind, node)
                return kind
            case Binary(operator="AND" | "OR" | "XOR"):
                self.condition(node.left, scope)
                self.condition(node.right, scope)
            case Binary():
                return self._binary(node, scope)
            case HasLabels():
                kind = self.expression(node.operand, scope)
                if kind is not None and kind not in _ENTITIES:
                    self.fail(f"nodes and relationships have labels and types; this is of type {kind}", node.at)
                self.labels(node.labels, scope)
            case _:
                for child in children(node):
                    self.expression(child, scope)  # type: ignore[arg-type] # all are expressions
        return "Boolean"

    def _binary(self, node: Binary, scope: Scope) -> str | None:
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        if node.operator == "IN":
            if base(right) not in (None, "List"):
                self.fail(f"IN looks in a list; this is of type {right}", node.right.at)
            return "Boolean"
        if node.operator == "=~" and left not in (None, "String"):
            self.fail(f"=~ compares a string with a pattern; this is of type {left}", node.left.at)
        if node.operator in ("STARTS WITH", "ENDS WITH", "CONTAINS", "=~"):
            return "Boolean"
        if node.operator in ("-", "*", "/", "%", "^"):
            self._check_number(left, node.left)
            self._check_number(right, node.right)
            if node.operator != "^" and {left, right} == {"Integer"}:
                return "Integer"
        elif node.operator == "+" and {left, right} == {"Integer"}:
            return "Integer"
        elif node.operator == "+" and "List" in (base(left), base(right)):
            return "List"
        return None

    def _check_number(self, kind: str | None, node: Expression) -> None:
        if base(kind) in _NO_NUMBERS:
            self.fail(f"a number is expected; this is of type {kind}", node.at)

    # --- calls

    def _call(self, node: FunctionCall, scope: Scope) -> str | None:
        if node.name.lower() == "exists" and len(node.arguments) == 1:
            argument = node.arguments[0]
            if isinstance(argument, PatternPredicate):
                self.predicate_pattern(argument.pattern, scope)
                return "Boolean"
        kinds = [self.expression(argument, scope) for argument in node.arguments]
        wanted = ARGUMENTS.get(node.name.lower())
        if wanted is not None and kinds and kinds[0] is not None and base(kinds[0]) not in wanted:
            self.fail(f"{node.name}() takes {' or '.join(wanted)}; this is of type {kinds[0]}", node.arguments[0].at)
        return result_type(node.name, kinds)

    def _aggregate(self, node: Expression, scope: Scope) -> str | None:
        if not self.can_aggregate:
            advice = "aggregate in WITH or RETURN first"
            self.fail(f"no aggregate can stand here, nor in another aggregate; {advice}", node.at)
        if not isinstance(node, FunctionCall):
            return "Integer"
        self.can_aggregate = False
        kinds = []
        for argument in node.arguments:
            kinds.append(self.expression(argument, scope))
        self._refuse_random(node, node)
        self.can_aggregate = True
        return result_type(node.name, kinds)

    def _refuse_random(self, node: Syntax, aggregate: Expression) -> None:
        if isinstance(node, FunctionCall) and node.name.lower() in ("rand", "randomuuid"):
            self.fail("no random value can stand in an aggregate", aggregate.at)
        for child in children(node):
            self._refuse_random(child, aggregate)

    def _case(self, node: Case, scope: Scope) -> str | None:
        if node.subject is not None:
            self.expression(node.subject, scope)
        kinds: set[str | None] = set()
        for condition, result in node.branches:
            if node.subject is None:
                self.condition(condition, scope)
            else:
                self.expression(condition, scope)
            kinds.add(self.expression(result, scope))
        kinds.add(None if node.otherwise is None else self.expression(node.otherwise, scope))
        return kinds.pop() if len(kinds) == 1 else None

    def _map_projection(self, node: MapProjection, scope: Scope) -> None:
        self.variable(node.variable, scope)
        for item in node.items:
            if isinstance(item, tuple):
                self.expression(item[1], scope)
            elif isinstance(item, Variable):
                self.variable(item, scope)

    def _subquery(self, node: Subquery, scope: Scope) -> str | None:
        before, self.can_aggregate, columns, self.projected = self.can_aggregate, False, self.projected, ()
        kind = self.subquery(node.kind, node.query, scope, node.at)
        self.can_aggregate, self.projected = before, columns
        return {"EXISTS": "Boolean", "COUNT": "Integer"}.get(node.kind, list_of(kind))

    # --- what binds variables of its own

    def _binding(self, node: Expression, scope: Scope) -> str | None:
        before = self.can_aggregate
        kind: str | None
        match node:
            case ListComprehension() | Quantified():
                source = self._source(node.source, scope)
                inner = {**scope, node.variable.name: element(source)}
                self.can_aggregate = False
                if node.where is not None:
                    self.condition(node.where, inner)
                if isinstance(node, Quantified):
                    kind = "Boolean"
                elif node.result is None:
                    kind = source
                else:
                    kind = list_of(self.expression(node.result, inner))
                self.can_aggregate = before
                return kind
            case Reduce():
                self.expression(node.initial, scope)
                source = self._source(node.source, scope)
                if node.accumulator.name == node.variable.name:
                    self.fail(f"variable {node.variable.name} is bound already", node.variable.at)
                self.can_aggregate = False
                self.expression(
                    node.result, {**scope, node.accumulator.name: None, node.variable.name: element(source)}
                )
                self.can_aggregate = before
                return None
            case PatternComprehension():
                self.can_aggregate = False
                inner = self.local_pattern(node.path, node.pattern, scope)
                if node.where is not None:
                    self.condition(node.where, inner)
                kind = list_of(self.expression(node.result, inner))
                self.can_aggregate = before
                return kind
        raise AssertionError(node)

    def _source(self, node: Expression, scope: Scope) -> str | None:
        kind = self.expression(node, scope)
        if base(kind) not in (None, "List"):
            self.fail(f"IN goes through a list; this is of type {kind}", node.at)
        return kind
