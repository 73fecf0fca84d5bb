"""Expressions of writing clauses: the plain ones are worked out here, all others by the engine, on the graph as is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.cypher.syntax import (
    Binary,
    Expression,
    FunctionCall,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Parameter,
    Property,
    Unary,
    Variable,
)
from kg.errors import QueryError
from kg.mirror.writing.constructors import CONSTRUCTORS, constructed
from kg.mirror.writing.elements import Elements
from kg.mirror.writing.overlay import TouchedNode, TouchedRelationship
from kg.mirror.writing.scopes import matches, spoken_of

__all__ = ["Element", "Expressions", "Row", "TouchedPath", "depends_on_graph"]

Element = TouchedNode | TouchedRelationship
Row = Mapping[str, Any]
"""Values by their variables: what `kg.records` has, but touched elements for nodes, relationships and paths."""

_LEAST, _MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class TouchedPath:
    """A path of touched elements."""

    nodes: tuple[TouchedNode, ...]
    relationships: tuple[TouchedRelationship, ...]


def depends_on_graph(expression: object, rows: Sequence[Row]) -> bool:
    """Tell whether an expression has more than the plain values of some rows to go by."""
    names = spoken_of(expression)
    return matches(expression) or any(_has_element(row[name]) for row in rows for name in names if name in row)


def _has_element(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_has_element, value.values() if isinstance(value, dict) else value))
    return isinstance(value, TouchedNode | TouchedRelationship | TouchedPath)


class _NotPlainError(Exception):
    """An expression that the engine has to be asked for."""


class Expressions:
    """Evaluates expressions over rows.

    Args:
        ask: has the engine evaluate an expression for each of some rows, on the graph as the overlay leaves it.
    """

    def __init__(
        self,
        elements: Elements,
        parameters: Mapping[str, Any],
        ask: Callable[[Expression, Sequence[Row]], list[Any]],
    ) -> None:
        self._elements, self._parameters, self._ask = elements, parameters, ask

    def values(self, expression: Expression, rows: Sequence[Row]) -> list[Any]:
        """Return the value of an expression for each row."""
        try:
            return [self._plain(expression, row) for row in rows]
        except _NotPlainError:
            return self._ask(expression, rows) if rows else []

    def value(self, expression: Expression, row: Row) -> Any:
        """Return the value of an expression for one row."""
        return self.values(expression, (row,))[0]

    def is_plain(self, expression: Expression, row: Row) -> bool:
        """Tell whether an expression can be evaluated here."""
        try:
            self._plain(expression, row)
        except _NotPlainError:
            return False
        return True

    def _plain(self, expression: Expression, row: Row) -> Any:
        match expression:
            case Literal():
                return expression.value
            case Parameter():
                if expression.name not in self._parameters:
                    raise QueryError(f"Cypher: Expected parameter(s): {expression.name}.")
                return self._parameters[expression.name]
            case Variable():
                if expression.name not in row:
                    raise _NotPlainError
                return row[expression.name]
            case Property():
                return self._of(self._plain(expression.of, row), expression.key)
            case Index():
                return self._indexed(self._plain(expression.of, row), self._plain(expression.index, row))
            case ListLiteral():
                return [self._plain(item, row) for item in expression.items]
            case MapLiteral():
                return {key: self._plain(value, row) for key, value in expression.entries}
            case Unary("-", operand) | Unary("+", operand):
                return self._signed(expression.operator, self._plain(operand, row))
            case Binary("+", left, right):
                return _added(self._plain(left, row), self._plain(right, row))
            case FunctionCall():
                return self._called(expression, row)
        raise _NotPlainError

    def _of(self, value: Any, key: str) -> Any:
        if value is None:
            return None
        if isinstance(value, dict):
            return value.get(key)
        if isinstance(value, TouchedNode | TouchedRelationship):
            return self._elements.value(value, key)
        raise _NotPlainError

    def _indexed(self, value: Any, index: Any) -> Any:
        if value is None or index is None:
            return None
        if isinstance(index, str):
            return self._of(value, index)
        if isinstance(value, list) and type(index) is int:
            return value[index] if -len(value) <= index < len(value) else None
        raise _NotPlainError

    def _signed(self, operator: str, value: Any) -> Any:
        if value is None or type(value) is float:
            return -value if value is not None and operator == "-" else value
        if type(value) is int and value != _LEAST:
            return -value if operator == "-" else value
        raise _NotPlainError

    def _called(self, call: FunctionCall, row: Row) -> Any:
        name = call.name.lower()
        if call.is_distinct:
            raise _NotPlainError
        if name == "coalesce":
            return next((value for each in call.arguments if (value := self._plain(each, row)) is not None), None)
        if len(call.arguments) == 1 and name in CONSTRUCTORS:
            return constructed(name, self._plain(call.arguments[0], row))
        if len(call.arguments) != 1 or name not in ("labels", "type", "startnode", "endnode"):
            raise _NotPlainError
        value = self._plain(call.arguments[0], row)
        if value is None:
            return None
        if name == "labels" and isinstance(value, TouchedNode):
            return self._elements.labels(value)
        if isinstance(value, TouchedRelationship) and not value.is_deleted and name != "labels":
            return {"type": value.type, "startnode": value.start, "endnode": value.end}[name]
        raise _NotPlainError


def _added(left: Any, right: Any) -> Any:
    """Return the sum or the concatenation of what both engines and Python hold for the same."""
    if left is None or right is None:
        return None
    kinds = (type(left), type(right))
    if kinds == (int, int):
        if _LEAST <= left + right <= _MOST:
            return left + right
        raise QueryError("Cypher: long overflow.")
    if kinds == (str, str) or (set(kinds) <= {int, float} and float in kinds):
        return left + right
    raise _NotPlainError
