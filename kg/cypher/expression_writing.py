"""Writing expressions, with as few parentheses as they can do with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kg.cypher.pattern_writing import PatternWriter
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
    Labels,
    ListComprehension,
    ListLiteral,
    Literal,
    MapLiteral,
    MapProjection,
    Parameter,
    PatternComprehension,
    PatternPredicate,
    ProjectedAll,
    ProjectedKey,
    Property,
    Quantified,
    Query,
    Reduce,
    Slice,
    Subquery,
    Unary,
    Variable,
)
from kg.cypher.value_writing import constant, key, name, parameter

__all__ = ["ExpressionWriter"]

_NOT, _COMPARISON, _PREDICATE, _SIGNED, _POSTFIX, _PLAIN = 4, 5, 6, 10, 11, 12
_LEVELS = {"OR": 1, "XOR": 2, "AND": 3, "+": 7, "-": 7, "||": 7, "*": 8, "/": 8, "%": 8, "^": 9}
_LOOKS_LIKE_COMPREHENSION = re.compile(r"(`(?:[^`]|``)*`|\w+) IN ")
_NO_FUNCTION = frozenset(
    "ALL ANY NONE SINGLE REDUCE SHORTESTPATH ALLSHORTESTPATHS CASE NOT NULL TRUE FALSE INF INFINITY NAN".split()
)


class ExpressionWriter(PatternWriter):
    """Writes expressions; the queries in them are written by whoever extends it."""

    def query(self, query: Query) -> str:
        """Return the text of a query."""
        raise NotImplementedError

    def expression(self, expression: Expression) -> str:
        """Return the text of an expression."""
        return _WRITERS[type(expression)](self, expression)

    def _operand(self, expression: Expression, lowest: int) -> str:
        text = self.expression(expression)
        return text if _level(expression) >= lowest else f"({text})"

    def _items(self, expressions: tuple[Expression, ...]) -> str:
        return ", ".join(self.expression(expression) for expression in expressions)

    # --- values

    def _literal(self, literal: Literal) -> str:
        return constant(literal.value)

    def _parameter(self, node: Parameter) -> str:
        return parameter(node.name)

    def _variable(self, variable: Variable) -> str:
        return name(variable.name)

    def _list(self, node: ListLiteral) -> str:
        text = [self.expression(item) for item in node.items]
        if text and _LOOKS_LIKE_COMPREHENSION.match(text[0]):
            text[0] = f"({text[0]})"
        return f"[{', '.join(text)}]"

    def _map(self, node: MapLiteral) -> str:
        return "{" + ", ".join(self._entry(entry) for entry in node.entries) + "}"

    def _entry(self, entry: tuple[str, Expression]) -> str:
        return f"{key(entry[0])}: {self.expression(entry[1])}"

    def _map_projection(self, node: MapProjection) -> str:
        items = []
        for item in node.items:
            if isinstance(item, ProjectedKey):
                items.append(f".{key(item.key)}")
            elif isinstance(item, ProjectedAll):
                items.append(".*")
            else:
                items.append(self._entry(item) if isinstance(item, tuple) else name(item.name))
        return f"{name(node.variable.name)} {{{', '.join(items)}}}"

    # --- operators

    def _unary(self, node: Unary) -> str:
        if node.operator == "NOT":
            return f"NOT {self._operand(node.operand, _NOT)}"
        text = self._operand(node.operand, _SIGNED)
        if node.operator == "-" and isinstance(node.operand, Literal) and _is_number(node.operand):
            return f"-({text})" if text[0] != "-" else f"- {text}"
        return f"{node.operator}{' ' if text[0] in '+-' else ''}{text}"

    def _binary(self, node: Binary) -> str:
        level = _LEVELS.get(node.operator, _PREDICATE)
        left = self._operand(node.left, level + (level == _PREDICATE))
        return f"{left} {node.operator} {self._operand(node.right, level + 1)}"

    def _comparison(self, node: Comparison) -> str:
        rest = (f" {operator} {self._compared(operand)}" for operator, operand in node.rest)
        return self._compared(node.first) + "".join(rest)

    def _compared(self, operand: Expression) -> str:
        # Behind a type a `<` would begin the types in it: ANY<INTEGER | STRING>.
        return self._operand(operand, _PREDICATE + isinstance(operand, IsTyped))

    def _is(self, node: IsNull | IsTyped | IsNormalized) -> str:
        if isinstance(node, IsNull):
            what = "NULL"
        elif isinstance(node, IsTyped):
            what = f":: {node.type}"
        else:
            what = f"{node.form} NORMALIZED"
        return f"{self._operand(node.operand, _PREDICATE + 1)} IS {'NOT ' if node.is_negated else ''}{what}"

    # --- what follows a value

    def _base(self, expression: Expression) -> str:
        return self._operand(expression, _PLAIN if isinstance(expression, HasLabels) else _POSTFIX)

    def _property(self, node: Property) -> str:
        return f"{self._base(node.of)}.{key(node.key)}"

    def _index(self, node: Index) -> str:
        return f"{self._base(node.of)}[{self.expression(node.index)}]"

    def _slice(self, node: Slice) -> str:
        start, end = ("" if bound is None else self.expression(bound) for bound in (node.start, node.end))
        return f"{self._base(node.of)}[{start}..{end}]"

    def _has_labels(self, node: HasLabels) -> str:
        # in parentheses, since a bar could be a comprehension's
        is_any = isinstance(node.labels, Labels) and node.labels.operator == "|"
        return f"{self._base(node.operand)}:{self.labels(node.labels, is_operand=is_any)}"

    # --- calls and comprehensions

    def _call(self, node: FunctionCall) -> str:
        parts = node.name.split(".")
        function = ".".join(key(part) for part in parts)
        if function.upper() in _NO_FUNCTION:
            function = f"`{function}`"
        arguments = self._items(node.arguments)
        if function.upper() == "NORMALIZE" and len(node.arguments) == 2 and isinstance(node.arguments[1], Literal):
            arguments = f"{self.expression(node.arguments[0])}, {node.arguments[1].value}"
        return f"{function}({'DISTINCT ' if node.is_distinct else ''}{arguments})"

    def _count_all(self, _: CountAll) -> str:
        return "count(*)"

    def _case(self, node: Case) -> str:
        subject = "" if node.subject is None else f" {self.expression(node.subject)}"
        branches = (f" WHEN {self.expression(when)} THEN {self.expression(then)}" for when, then in node.branches)
        otherwise = "" if node.otherwise is None else f" ELSE {self.expression(node.otherwise)}"
        return f"CASE{subject}{''.join(branches)}{otherwise} END"

    def _each(self, variable: Variable, source: Expression) -> str:
        text = self.expression(source)
        # Behind a label or type, the bar that follows would be one of labels or types.
        return f"{name(variable.name)} IN {f'({text})' if ':' in text else text}"

    def _list_comprehension(self, node: ListComprehension) -> str:
        result = "" if node.result is None else f" | {self.expression(node.result)}"
        return f"[{self._each(node.variable, node.source)}{self.where(node.where)}{result}]"

    def _pattern_comprehension(self, node: PatternComprehension) -> str:
        path = "" if node.path is None else f"{name(node.path.name)} = "
        return f"[{path}{self.path(node.pattern)}{self.where(node.where)} | {self.expression(node.result)}]"

    def _quantified(self, node: Quantified) -> str:
        return f"{node.kind}({self._each(node.variable, node.source)}{self.where(node.where)})"

    def _reduce(self, node: Reduce) -> str:
        start = f"{name(node.accumulator.name)} = {self.expression(node.initial)}"
        return f"reduce({start}, {self._each(node.variable, node.source)} | {self.expression(node.result)})"

    def _subquery(self, node: Subquery) -> str:
        return f"{node.kind} {{ {self.query(node.query)} }}"

    def _pattern_predicate(self, node: PatternPredicate) -> str:
        return self.pattern_part(node.pattern)


def _is_number(literal: Literal) -> bool:
    return isinstance(literal.value, int | float) and not isinstance(literal.value, bool)


def _level(expression: Expression) -> int:
    """Return how tightly the operator of an expression binds."""
    match expression:
        case Binary():
            return _LEVELS.get(expression.operator, _PREDICATE)
        case Comparison():
            return _COMPARISON
        case IsNull() | IsTyped() | IsNormalized():
            return _PREDICATE
        case Unary():
            return _NOT if expression.operator == "NOT" else _SIGNED
        case Literal() if _is_number(expression) and constant(expression.value)[0] == "-":
            return _SIGNED
        case PatternPredicate() if expression.pattern.function is None:
            return _NOT  # a minus, a < or a bracket behind it would be taken for the next relationship
        case Property() | Index() | Slice() | HasLabels():
            return _POSTFIX
        case _:
            return _PLAIN


_WRITERS: dict[type[Any], Callable[[ExpressionWriter, Any], str]] = {
    Literal: ExpressionWriter._literal,
    Parameter: ExpressionWriter._parameter,
    Variable: ExpressionWriter._variable,
    Property: ExpressionWriter._property,
    Index: ExpressionWriter._index,
    Slice: ExpressionWriter._slice,
    ListLiteral: ExpressionWriter._list,
    MapLiteral: ExpressionWriter._map,
    MapProjection: ExpressionWriter._map_projection,
    Unary: ExpressionWriter._unary,
    Binary: ExpressionWriter._binary,
    Comparison: ExpressionWriter._comparison,
    IsNull: ExpressionWriter._is,
    IsTyped: ExpressionWriter._is,
    IsNormalized: ExpressionWriter._is,
    HasLabels: ExpressionWriter._has_labels,
    FunctionCall: ExpressionWriter._call,
    CountAll: ExpressionWriter._count_all,
    Case: ExpressionWriter._case,
    ListComprehension: ExpressionWriter._list_comprehension,
    PatternComprehension: ExpressionWriter._pattern_comprehension,
    Quantified: ExpressionWriter._quantified,
    Reduce: ExpressionWriter._reduce,
    Subquery: ExpressionWriter._subquery,
    PatternPredicate: ExpressionWriter._pattern_predicate,
}
