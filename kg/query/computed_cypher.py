"""Computed procedures in Cypher: `CALL kg.search(…)` becomes a subquery over the rows that a search gives.

The rows are a parameter, and their nodes are matched by their IRIs, so any store runs it as it runs any statement.
What is given are constants and parameters: it is computed before the statement runs, once, not for each row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from kg.computed import Computed
from kg.cypher.effects import effects_of
from kg.cypher.parsing import parse
from kg.cypher.syntax import Expression, Literal, MapLiteral, Parameter, ProcedureCall, SingleQuery, Statement, Unary
from kg.cypher.tokens import place_of, position_of, syntax_error
from kg.cypher.value_writing import name as written_name
from kg.cypher.walking import walk
from kg.cypher.writing import write_expression
from kg.errors import ParameterError, QuerySyntaxError, UnsupportedQueryError
from kg.query.computed import COMPUTED, Asking, Given, Row, Shape, meant, nearest, what_is_meant
from kg.rdf import NamedNode
from kg.records import Value

__all__ = ["Answered", "answer_calls"]

_PREFIX = "kg."
_PROCEDURES = {shape.procedure: shape for shape in COMPUTED.values()}


@dataclass(frozen=True, slots=True)
class Answered:
    """A statement without computed procedures, and its parameters with what they found.

    Args:
        asked: the statement as it was.
        changes: where each call began and ended in it, and where the subquery for it ends in `text`.
    """

    text: str
    parameters: Mapping[str, Value]
    asked: str
    changes: tuple[tuple[int, int, int], ...] = ()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Make the places of syntax errors in the text those of what was asked."""
        try:
            yield
        except QuerySyntaxError as error:
            if not self.changes or error.line is None or error.column is None:
                raise
            at = self._asked_at(position_of(self.text, error.line, error.column))
            told = QuerySyntaxError(error.language, error.reason, *place_of(self.asked, at))
            told.code = error.code
            raise told from error

    def _asked_at(self, position: int) -> int:
        found = position
        for begin, end, written_end in self.changes:
            if position >= written_end:
                found = end + position - written_end
            elif found >= begin:
                return begin
        return found


def answer_calls(text: str, parameters: Mapping[str, Value], computed: Computed | None) -> Answered:
    """Return a statement with rows in place of its computed procedures; without any, as it is.

    Everything is checked before anything is computed.

    Raises:
        QuerySyntaxError: the statement cannot be read, or a procedure is given or asked for what it has not.
        UnsupportedQueryError: what a procedure is given depends on a row, or nobody is there to compute it.
        KgError: whatever the search raises.
    """
    if _PREFIX[:-1] not in text or not any(each.startswith(_PREFIX) for each in effects_of(text).procedures):
        return Answered(text, parameters, text)
    tree = parse(text)
    found = (each for each in walk(tree) if isinstance(each, ProcedureCall) and each.name.startswith(_PREFIX))
    calls = [_Call(text, tree, each, parameters) for each in sorted(found, key=lambda each: each.at)]
    for call, after in itertools.pairwise(calls):
        if after.at < call.end:
            after.refuse(" in the WHERE of another call", "Put WITH * and WHERE behind that call.")
    if computed is None:
        calls[0].refuse("", "It is computed by a search of the home, and this is run without one.")
    asking, names = Asking(computed), _Names(text, parameters)
    pieces, end, more = list[str](), 0, dict(parameters)
    length, changes = 0, list[tuple[int, int, int]]()
    for call in calls:
        parameter = names.fresh("kgRows")
        rows = asking.rows(call.shape, call.given)
        more[parameter] = [_in_cypher(call.shape, row, call.columns, computed) for row in rows]
        pieces += [text[end : call.at], call.written(parameter, names)]
        length += len(pieces[-2]) + len(pieces[-1])
        changes.append((call.at, call.end, length))
        end = call.end
    return Answered("".join(pieces) + text[end:], more, text, tuple(changes))


def _in_cypher(shape: Shape, row: Row, columns: Iterable[str], computed: Computed) -> dict[str, Value]:
    """Return what is wanted of a row; a node by its IRI, a property by its name."""
    wanted: dict[str, Value] = {}
    for column in dict.fromkeys((*columns, *shape.nodes)):
        value = row[column]
        if isinstance(value, NamedNode):
            value = value.value if column in shape.nodes else computed.called(value)
        wanted[column] = value
    return wanted


class _Names:
    """Makes names that a statement does not use."""

    def __init__(self, text: str, parameters: Mapping[str, Value]) -> None:
        self._text, self._parameters, self._number = text.lower(), parameters, 0

    def fresh(self, stem: str) -> str:
        """Return another name that begins with a stem."""
        while True:
            self._number += 1
            found = f"{stem}{self._number}"
            if found.lower() not in self._text and found not in self._parameters:
                return found


class _Call:
    """One call: what it is given, and which columns it is asked for."""

    def __init__(self, text: str, tree: Statement, call: ProcedureCall, parameters: Mapping[str, Value]) -> None:
        self._text, self._call, self._parameters = text, call, parameters
        self._is_alone = isinstance(tree.body, SingleQuery) and tree.body.clauses == (call,)
        self.at, self.end = call.at, call.end
        self.shape = self._shape()
        self.yields = self._yields()
        self.columns = [column for column, _ in self.yields]
        self.given = self._given()

    def written(self, parameter: str, names: _Names) -> str:
        """Return the subquery that stands for the call.

        OPTIONAL gives one row of nulls where there would be none, as in Neo4j; not all engines have it of a subquery.
        """
        outputs = [(column, written_name(variable)) for column, variable in self.yields]
        row, nodes = names.fresh("kgRow"), {column: names.fresh("kgNode") for column in self.shape.nodes}
        matched = ", ".join(f"({node}:Resource {{iri: {row}.{column}}})" for column, node in nodes.items())
        values = (f"{nodes.get(column) or f'{row}.`{column}`'} AS {variable}" for column, variable in outputs)
        found = f"UNWIND ${parameter} AS {row} MATCH {matched}"
        inside = f"{found} RETURN {', '.join(values)}"
        if self._call.is_optional:
            count, nulls = names.fresh("kgCount"), ", ".join(f"null AS {variable}" for _, variable in outputs)
            inside += f" UNION ALL {found} WITH count(*) AS {count} WHERE {count} = 0 RETURN {nulls}"
        where = "" if self._call.where is None else f" WITH * WHERE {write_expression(self._call.where)}"
        ending = f" RETURN {', '.join(variable for _, variable in outputs)}" if self._is_alone else ""
        return f"CALL () {{ {inside} }}{where}{ending}"

    # --- what it is given

    def _shape(self) -> Shape:
        shape = _PROCEDURES.get(self._call.name)
        if shape is None:
            hint = nearest(self._call.name, list(_PROCEDURES))
            self.refuse("", f"There is no such procedure.{hint} There are {', '.join(_PROCEDURES)}.")
        return shape

    def _given(self) -> dict[str, Given]:
        arguments, shape = self._call.arguments, self.shape
        if arguments is None:
            self.fail(f"{shape.procedure} needs its arguments in parentheses, as in {shape.example['Cypher']}")
        names = [shape.main, "k"] if shape.is_required else []
        if len(arguments) > len(names) + 1 or (shape.is_required and not arguments):
            takes = ", ".join((*names, "{options}"))
            self.fail(f"{shape.procedure} takes ({takes}), as in {shape.example['Cypher']}")
        values: dict[str, object] = {}
        for name, argument in zip(names, arguments, strict=False):
            values[name] = self._value(argument)
        for argument in arguments[len(names) :]:
            options = self._value(argument)
            if not isinstance(options, dict):
                self.fail(f"the last argument of {shape.procedure} is a map of options")
            for name, value in options.items():
                if name in values:
                    self.fail(f"{shape.procedure} is given {name} twice")
                values[name] = value
        return {name: self._meant(name, value) for name, value in values.items()}

    def _meant(self, name: str, value: object) -> Given:
        shape = self.shape
        if name not in shape.takes:
            hint = nearest(name, list(shape.takes))
            self.fail(f"{name} is no option of {shape.procedure}.{hint} It has {', '.join(shape.takes)}")
        given = meant(shape.takes[name], value)
        if given is None:
            written = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
            shown = written if len(written) <= 40 else f"{written[:40]}…"
            self.fail(f"{shown} is none for {name} of {shape.procedure}, which takes {what_is_meant(shape, name)}")
        return given

    def _value(self, expression: Expression) -> object:
        """Return the value of a constant or parameter."""
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Parameter):
            if expression.name not in self._parameters:
                raise ParameterError(expression.name, f"is missing; {self.shape.procedure} is given it")
            return self._parameters[expression.name]
        if isinstance(expression, MapLiteral):
            return {key: self._value(value) for key, value in expression.entries}
        if isinstance(expression, Unary) and expression.operator == "-" and isinstance(expression.operand, Literal):
            value = expression.operand.value
            return -value if isinstance(value, int | float) else None
        what = f" of {write_expression(expression)}"
        self.refuse(what, "It is computed once, before the statement runs: give it constants and parameters.")

    # --- what it is asked for

    def _yields(self) -> list[tuple[str, str]]:
        shape, yields = self.shape, self._call.yields
        if yields is None or yields == "*":
            if not self._is_alone:
                names = f"YIELD {shape.gives[0]}, score"
                self.fail(f"within a statement {shape.procedure} needs YIELD with names, as in {names}")
            return [(column, column) for column in shape.gives]
        if not yields:
            self.fail(f"{shape.procedure} writes nothing: YIELD what you want of {', '.join(shape.gives)}")
        if self._call.is_optional and self._call.where is not None:
            self.refuse(" by OPTIONAL CALL with WHERE", "Put WITH * and WHERE behind the call.")
        for column, _ in yields:
            if column not in shape.gives:
                hint = nearest(column, shape.gives)
                self.fail(f"{shape.procedure} does not yield {column}.{hint} It yields {', '.join(shape.gives)}")
        return [(column, variable.name) for column, variable in yields]

    # --- errors

    def refuse(self, what: str, advice: str) -> NoReturn:
        """Say that the call cannot be computed."""
        line, column = place_of(self._text, self.at)
        raise UnsupportedQueryError("Cypher", f"{self._call.name} (line {line}, column {column}){what}", advice)

    def fail(self, reason: str) -> NoReturn:
        """Say what is wrong with the call."""
        error: QuerySyntaxError = syntax_error(self._text, self.at, reason)
        raise error
