"""Reading the values that operators join: literals, names, calls, lists, maps, CASE, subqueries, patterns."""

from __future__ import annotations

import math
from typing import Literal as OneOf
from typing import cast

from kg.cypher.pattern_parsing import PatternParser
from kg.cypher.syntax import (
    Case,
    CountAll,
    Expression,
    FunctionCall,
    ListComprehension,
    ListLiteral,
    Literal,
    MapLiteral,
    MapProjection,
    Parameter,
    PatternComprehension,
    PatternPart,
    PatternPredicate,
    ProjectedAll,
    ProjectedKey,
    Quantified,
    Query,
    Reduce,
    Subquery,
    Variable,
)
from kg.cypher.tokens import MAX_NESTING
from kg.errors import QuerySyntaxError, UnsupportedQueryError

__all__ = ["ValueParser"]

_Quantifier = OneOf["all", "any", "none", "single"]
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False, "INF": math.inf, "INFINITY": math.inf, "NAN": math.nan}
_TRIMS = {"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "btrim"}
_SPECIAL = frozenset(
    "CASE EXISTS COUNT COLLECT ALL ANY NONE SINGLE REDUCE SHORTESTPATH ALLSHORTESTPATHS TRIM NORMALIZE".split()
) | frozenset(_CONSTANTS)


class ValueParser(PatternParser):
    """Reads values; operators, and the queries in subqueries, are read by whoever extends it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._cases = 0
        self._no_patterns: set[int] = set()
        """Where an attempt to read a pattern has failed: trying again would take exponentially long."""

    def braced_query(self) -> Query:
        """Read a query, or a bare pattern, in braces."""
        raise NotImplementedError

    def value(self) -> Expression:
        """Read a value without operators and without what may follow it."""
        token = self.tokens[self.index]
        kind = token.kind
        if kind == "word":
            special = self._special(token.key) if token.key in _SPECIAL else None
            return self._named() if special is None else special
        if kind == "quoted":
            return self._named()
        if kind == "number":
            return self.number()
        if kind == "string":
            self.index += 1
            return Literal(token.value, at=token.start)
        if kind == "parameter":
            self.index += 1
            return Parameter(str(token.value), at=token.start)
        was_taken, self.is_bar_taken = self.is_bar_taken, False
        result: Expression
        if token.key == "(":
            result = self._in_parentheses()
        elif token.key == "[":
            result = self._list()
        elif token.key == "{":
            result = self.map_literal()
        else:
            self.refuse("an expression")
        self.is_bar_taken = was_taken
        return result

    def number(self) -> Literal:
        """Read a number.

        Raises:
            QuerySyntaxError: an integer that does not fit in 64 bits.
        """
        token = self.advance()
        if isinstance(token.value, int) and token.value >= 2**63:
            raise self.error("this integer does not fit in 64 bits", token.start)
        return Literal(token.value, at=token.start)

    # --- names and calls

    def _named(self) -> Expression:
        """Read a variable, a map projection or a call."""
        start = self.index
        at = self.at
        while self.is_name() and self.keys[self.index + 1] == "." and self.is_name(2):
            self.index += 2
        if self.keys[self.index + 1] == "(" and self.is_name():
            end, self.index = self.index, start
            parts = [self.name()]
            while self.index <= end:
                self.expect(".")
                parts.append(self.name())
            return self._call(".".join(parts), at)
        self.index = start
        variable = self.variable()
        return self._map_projection(variable) if self.is_next("{") else variable

    def _call(self, name: str, at: int) -> FunctionCall:
        self.expect("(")
        was_taken, self.is_bar_taken = self.is_bar_taken, False
        is_distinct = False
        is_word = self.is_any("DISTINCT", "ALL") and self.keys[self.index + 1] not in (",", ")", ".")
        if is_word and not self._is_all_of_list():
            is_distinct = self.advance().key == "DISTINCT"
        arguments = () if self.is_next(")") else self.expressions()
        self.expect(")")
        self.is_bar_taken = was_taken
        return FunctionCall(name, arguments, is_distinct, at=at)

    def _is_all_of_list(self) -> bool:
        """Say whether `all(x IN list WHERE …)` is next, and not the ALL of `f(ALL (x IN list))`."""
        if not self.is_next("ALL", "(") or self.keys[self.index + 3] != "IN":
            return False
        closers = self.closing_brackets()
        index, end = self.index + 4, closers[self.index + 1]
        while index < end and self.keys[index] != "WHERE":
            index = closers.get(index, index) + 1
        return index < end

    def expressions(self) -> tuple[Expression, ...]:
        """Read expressions with commas between them."""
        found = [self.expression()]
        while self.skip(","):
            found.append(self.expression())
        return tuple(found)

    def _special(self, key: str) -> Expression | None:
        """Read what a keyword begins; None if it is a plain name here."""
        at = self.at
        after = self.keys[self.index + 1]
        if key in _CONSTANTS:
            if after == "(" or (after in (".", "{") and not isinstance(_CONSTANTS[key], bool | None)):
                return None
            self.advance()
            return Literal(_CONSTANTS[key], at=at)
        if key == "CASE":
            return None if after in (",", ")", "]", "}", ".", "=", "IS") else self._case()
        if after == "{":
            if key not in ("EXISTS", "COUNT", "COLLECT"):
                return None
            self.advance()
            was_taken, self.is_bar_taken = self.is_bar_taken, False
            query = self.braced_query()
            self.is_bar_taken = was_taken
            return Subquery(cast(OneOf["EXISTS", "COUNT", "COLLECT"], key), query, at=at)
        if after != "(":
            return None
        if key in ("SHORTESTPATH", "ALLSHORTESTPATHS"):
            return PatternPredicate(self.shortest_path(None, None, at), at=at)
        if key == "COUNT" and self.skip("COUNT", "(", "*", ")"):
            return CountAll(at=at)
        was_taken, self.is_bar_taken = self.is_bar_taken, False
        result = self._special_call(key, at)
        self.is_bar_taken = was_taken
        return result

    def _special_call(self, key: str, at: int) -> Expression | None:
        """Read a call that has a grammar of its own."""
        if key in ("ALL", "ANY", "NONE", "SINGLE") and self.is_name(2) and self.keys[self.index + 3] == "IN":
            self.index += 2
            variable, source = self.each()
            where = self.where()
            self.expect(")")
            return Quantified(cast(_Quantifier, key.lower()), variable, source, where, at=at)
        if key == "REDUCE" and self.is_name(2) and self.keys[self.index + 3] == "=":
            self.index += 2
            accumulator = self.variable()
            self.expect("=")
            initial = self.expression()
            self.expect(",")
            variable, source = self.each()
            self.expect("|")
            result = self.expression()
            self.expect(")")
            return Reduce(accumulator, initial, variable, source, result, at=at)
        if (
            key == "TRIM"
            and (trim := self.keys[self.index + 2]) in _TRIMS
            and self.keys[self.index + 3] not in (",", ")")
        ):
            self.index += 3
            characters = () if self.is_next("FROM") else (self.expression(),)
            self.expect("FROM")
            arguments = (self.expression(), *characters)
            self.expect(")")
            return FunctionCall(_TRIMS[trim], arguments, at=at)
        if (
            key == "TRIM"
            and self.keys[self.index + 2] == "FROM"
            and self.keys[self.index + 3] not in (",", ")", ".", "[")
        ):
            self.index += 3
            value = self.expression()
            self.expect(")")
            return FunctionCall("trim", (value,), at=at)
        if key == "NORMALIZE":
            call = self._call(self.name(), at)
            if len(call.arguments) == 2 and isinstance(form := call.arguments[1], Variable):
                arguments = (call.arguments[0], Literal(form.name.upper(), at=form.at))
                return FunctionCall(call.name, arguments, at=at)
            return call
        return None

    def each(self) -> tuple[Variable, Expression]:
        """Read `variable IN source`, which a bar may follow."""
        variable = self.variable()
        self.expect("IN")
        return variable, self._before_bar()

    def _before_bar(self) -> Expression:
        was_taken, self.is_bar_taken = self.is_bar_taken, True
        found = self.expression()
        self.is_bar_taken = was_taken
        return found

    def _case(self) -> Case:
        at = self.advance().start
        self._cases += 1
        if self._cases > MAX_NESTING:
            raise self.error(f"CASE is nested more than {MAX_NESTING} levels deep here")
        subject = None if self.is_next("WHEN") else self.expression()
        branches: list[tuple[Expression, Expression]] = []
        while self.skip("WHEN"):
            conditions = [self._condition(subject is not None)]
            while subject is not None and self.skip(","):
                conditions.append(self._condition(True))
            self.expect("THEN")
            result = self.expression()
            branches += [(condition, result) for condition in conditions]
        if not branches:
            self.refuse("WHEN")
        otherwise = self.expression() if self.skip("ELSE") else None
        self.expect("END", after="at the end of CASE")
        self._cases -= 1
        return Case(subject, tuple(branches), otherwise, at=at)

    def _condition(self, has_subject: bool) -> Expression:
        if has_subject and self.is_any(
            "=", "<>", "<", "<=", ">", ">=", "=~", "STARTS", "ENDS", "CONTAINS", "IN", "IS", "::"
        ):
            after = self.keys[self.index + 1]
            if self.token.kind == "mark" or after not in ("THEN", ",", ".", "("):
                advice = "Write CASE WHEN x > 1 THEN … instead of CASE x WHEN > 1 THEN …"
                raise UnsupportedQueryError("Cypher", "an operator directly after WHEN", advice)
        return self.expression()

    # --- lists and maps

    def _list(self) -> Expression:
        at = self.at
        start = self.index
        self.expect("[")
        if self.skip("]"):
            return ListLiteral((), at=at)
        if start not in self._no_patterns and self.is_name() and self.keys[self.index + 1] == "IN":
            variable, source = self.each()
            if self.is_any("WHERE", "|", "]"):
                where = self._before_bar() if self.skip("WHERE") else None
                result = self.expression() if self.skip("|") else None
                self.expect("]")
                return ListComprehension(variable, source, where, result, at=at)
            self._no_patterns.add(start)
            self.index = start + 1
        elif self._begins_pattern(self.index + 2 * (self.is_name() and self.keys[self.index + 1] == "=")):
            comprehension = self._pattern_comprehension(start, at)
            if comprehension is not None:
                return comprehension
        items = self.expressions()
        self.expect("]")
        return ListLiteral(items, at=at)

    def _pattern_comprehension(self, start: int, at: int) -> PatternComprehension | None:
        """Read a pattern comprehension behind its bracket; None if the pattern is an item of a list."""
        if start in self._no_patterns:
            return None
        path = None
        if self.is_name():
            path = self.variable()
            self.expect("=")
        try:
            pattern = self.path()
        except QuerySyntaxError:
            self.is_bar_taken = False
            if path is not None:
                raise
        else:
            if path is not None or self.is_any("WHERE", "|"):
                where = self._before_bar() if self.skip("WHERE") else None
                self.expect("|", after="and a result after the pattern")
                result = self.expression()
                self.expect("]")
                return PatternComprehension(path, pattern, where, result, at=at)
        self._no_patterns.add(start)
        self.index = start + 1
        return None

    def map_literal(self) -> MapLiteral:
        """Read `{key: value, …}`."""
        at = self.at
        self.expect("{")
        entries: list[tuple[str, Expression]] = []
        while not entries or self.skip(","):
            if not entries and self.is_next("}"):
                break
            key = self.name("the key of a map entry")
            self.expect(":")
            entries.append((key, self.expression()))
        self.expect("}")
        return MapLiteral(tuple(entries), at=at)

    def _map_projection(self, variable: Variable) -> MapProjection:
        self.expect("{")
        was_taken, self.is_bar_taken = self.is_bar_taken, False
        items: list[ProjectedKey | ProjectedAll | Variable | tuple[str, Expression]] = []
        while not items or self.skip(","):
            at = self.at
            if not items and self.is_next("}"):
                break
            if self.skip(".", "*"):
                items.append(ProjectedAll(at=at))
            elif self.skip("."):
                items.append(ProjectedKey(self.name("the key of a property"), at=at))
            else:
                name = self.name("a key, .key, .* or a variable")
                items.append((name, self.expression()) if self.skip(":") else Variable(name, at=at))
        self.expect("}")
        self.is_bar_taken = was_taken
        return MapProjection(variable, tuple(items), at=variable.at)

    # --- parentheses and patterns

    def _in_parentheses(self) -> Expression:
        start = self.index
        failure = None
        if start not in self._no_patterns and self._begins_pattern(start):
            at = self.at
            try:
                return PatternPredicate(PatternPart(self.path(), at=at), at=at)
            except QuerySyntaxError as error:
                failure, self.index = error, start
                self.is_bar_taken = False
                self._no_patterns.add(start)
        self.expect("(")
        try:
            found = self.expression()
            self.expect(")")
        except QuerySyntaxError:
            if failure is not None:
                raise failure from None
            raise
        return found

    def _begins_pattern(self, index: int) -> bool:
        """Tell by the brackets whether a node and a relationship begin at a token."""
        if self.keys[index] != "(":
            return False
        after = self.keys[index + 1]
        if after not in (")", ":", "{", "WHERE", "IS") and self.tokens[index + 1].kind == "mark":
            return False
        closers = self.closing_brackets()
        end = closers[index] + 1
        end += self.keys[end] == "<"
        if self.keys[end] != "-":
            return False
        if self.keys[end + 1] == "[":
            return self.keys[closers[end + 1] + 1] == "-"
        return self.keys[end + 1] == "-" and self.keys[end + 2 + (self.keys[end + 2] == ">")] in ("(", "+", "*", "{")
