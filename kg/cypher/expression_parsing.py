"""Reading expressions: operators by their precedence, and what may follow a value."""

from __future__ import annotations

import math
from typing import Any

from kg.cypher.syntax import (
    Binary,
    Comparison,
    Expression,
    HasLabels,
    Index,
    IsNormalized,
    IsNull,
    IsTyped,
    Literal,
    Property,
    Slice,
    Unary,
)
from kg.cypher.type_parsing import read_type
from kg.cypher.value_parsing import ValueParser

__all__ = ["FORMS", "ExpressionParser"]

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
"""The normal forms of Unicode."""

_NOT, _COMPARISON, _PREDICATE = 4, 5, 6
_LEVELS = {
    "OR": 1, "XOR": 2, "AND": 3,
    "=": 5, "<>": 5, "<": 5, "<=": 5, ">": 5, ">=": 5,
    "IN": 6, "STARTS": 6, "ENDS": 6, "CONTAINS": 6, "=~": 6, "IS": 6, "::": 6,
    "+": 7, "-": 7, "||": 7, "*": 8, "/": 8, "%": 8, "^": 9,
}  # fmt: skip
_CHAINED = 32
"""How many conditions are joined from left to right; more make a tree of which no side is much deeper."""
_NO_LABEL = ("NOT", "NULL", "TYPED", "::", "NORMALIZED", *FORMS)


class ExpressionParser(ValueParser):
    """Reads expressions; the queries in them are read by whoever extends it."""

    def expression(self) -> Expression:
        """Read an expression."""
        return self._operators(1)

    def _operators(self, lowest: int) -> Expression:
        """Read operands and the operators between them that bind as tightly as `lowest`, or more so."""
        highest = 9
        left: Expression
        if lowest <= _NOT and self.keys[self.index] == "NOT":
            left, highest = self._negation(), _NOT
        else:
            left = self._signed()
        while True:
            key: Any = self.keys[self.index]
            level = _LEVELS.get(key)
            if level is None or not lowest <= level <= highest:
                if key == "!=":
                    raise self.error("there is no operator !=; unequal is <>")
                return left
            highest = level
            if level == _PREDICATE:
                highest = _COMPARISON  # x IS NULL IS NULL is nothing
                left = self._predicate(left)
            elif level == _COMPARISON:
                left = self._comparison(left)
            elif key in ("OR", "XOR", "AND"):
                left = self._chain(key, left, level)
            else:
                self.index += 1
                left = Binary(key, left, self._operators(level + 1), at=left.at)

    def _chain(self, operator: Any, first: Expression, level: int) -> Expression:
        """Read `a OR b OR …`: as many as there are, since their order is all the same and a flat tree does."""
        operands = [first]
        while self.skip(operator):
            operands.append(self._operators(level + 1))
        return _joined(operator, operands)

    def _negation(self) -> Expression:
        places = []
        while self.is_next("NOT"):
            places.append(self.advance().start)
        operand = self._operators(_COMPARISON)
        for place in reversed(places):
            operand = Unary("NOT", operand, at=place)
        return operand

    def _comparison(self, left: Expression) -> Comparison:
        rest: list[tuple[Any, Expression]] = []
        while (key := self.keys[self.index]) in ("=", "<>", "<", "<=", ">", ">="):
            self.index += 1
            rest.append((key, self._operators(_PREDICATE)))
        return Comparison(left, tuple(rest), at=left.at)

    def _predicate(self, left: Expression) -> Expression:
        """Read `IN list`, `STARTS WITH …`, `IS NULL`, `IS :: TYPE` and their kin."""
        operator: Any = self.advance().key
        if operator in ("STARTS", "ENDS"):
            self.expect("WITH", after=f"after {operator}")
            operator = f"{operator} WITH"
        if operator == "::":
            return IsTyped(left, read_type(self), False, at=left.at)
        if operator != "IS":
            return Binary(operator, left, self._operators(_PREDICATE + 1), at=left.at)
        is_negated = self.skip("NOT")
        if self.skip("NULL"):
            return IsNull(left, is_negated, at=left.at)
        if self.skip_any("::", "TYPED"):
            return IsTyped(left, read_type(self), is_negated, at=left.at)
        form = self.skip_any(*FORMS)
        if self.skip("NORMALIZED"):
            return IsNormalized(left, form or "NFC", is_negated, at=left.at)
        self.refuse("NULL, :: and a type, or NORMALIZED after IS")

    def _signed(self) -> Expression:
        """Read a value with the signs before it; a minus before a number makes a negative number."""
        if self.keys[self.index] not in ("-", "+"):
            return self._with_postfixes()
        signs = []
        while self.is_any("-", "+"):
            signs.append(self.advance())
        token, operand = self.token, None
        is_number = token.kind == "number" or token.key in ("INF", "INFINITY")
        if signs[-1].key == "-" and is_number and self.keys[self.index + 1] not in (".", "[", ":", "(", "{"):
            sign = signs.pop()
            if isinstance(token.value, int) and token.value == 2**63:
                self.advance()
                operand = Literal(-(2**63), at=sign.start)
            elif token.kind == "number":
                operand = Literal(-self.number().value, at=sign.start)  # type: ignore[operator]
            else:
                self.advance()
                operand = Literal(-math.inf, at=sign.start)
        result: Expression = operand if operand is not None else self._with_postfixes()
        for sign in reversed(signs):
            result = Unary("-" if sign.key == "-" else "+", result, at=sign.start)
        return result

    def _with_postfixes(self) -> Expression:
        return self.postfixes(self.value())

    def postfixes(self, value: Expression, has_labels: bool = True) -> Expression:
        """Read `.key`, `[index]`, `[start..end]` and `:Label` behind a value; no labels where SET gives them."""
        while True:
            key = self.keys[self.index]
            if key == ".":
                self.index += 1
                value = Property(value, self.name("the key of a property"), at=value.at)
            elif key == "[":
                self.index += 1
                value = self._in_brackets(value)
            elif has_labels and (key == ":" or (key == "IS" and self._is_label_test())):
                self.index += 1
                value = HasLabels(value, self.label_expression(), at=value.at)
            else:
                return value

    def _is_label_test(self) -> bool:
        return self.keys[self.index + 1] not in _NO_LABEL

    def _in_brackets(self, value: Expression) -> Expression:
        was_taken, self.is_bar_taken = self.is_bar_taken, False
        start = None if self.is_next("..") else self.expression()
        result: Expression
        if self.skip(".."):
            end = None if self.is_next("]") else self.expression()
            if start is None and end is None:
                raise self.error("a slice has a start or an end, or both", value.at)
            result = Slice(value, start, end, at=value.at)
        else:
            assert start is not None
            result = Index(value, start, at=value.at)
        self.expect("]")
        self.is_bar_taken = was_taken
        return result


def _joined(operator: Any, operands: list[Expression]) -> Expression:
    if len(operands) > _CHAINED:
        half = len(operands) // 2
        left, right = _joined(operator, operands[:half]), _joined(operator, operands[half:])
        return Binary(operator, left, right, at=left.at)
    joined = operands[0]
    for operand in operands[1:]:
        joined = Binary(operator, joined, operand, at=joined.at)
    return joined
