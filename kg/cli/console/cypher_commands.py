"""The commands that only a console for Cypher has: parameters, and whether statements may write."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kg.cli.console.command import ON_OFF, Command, read_switch, switch_word
from kg.cli.console.console import Console
from kg.errors import InputError, ParameterError, QuerySyntaxError
from kg.graph import KnowledgeGraph
from kg.limits import UNLIMITED
from kg.query.cypher import run_cypher
from kg.query.cypher_parameters import read_value
from kg.query.records_table import show_value
from kg.records import Node, Path, Relationship, Value

__all__ = ["CYPHER_COMMANDS"]

_ASSIGNMENT = re.compile(r"\$?(?:`(?P<quoted>[^`]+)`|(?P<name>\w+))\s*(?:=>|:|=|\s)\s*(?P<value>.+)", re.DOTALL)


def _param(console: Console, argument: str) -> None:
    parameters = console.settings.parameters
    if not argument:
        _params(console, "")
        return
    if argument.startswith("{"):
        value = _evaluate(console, "{…}", argument)
        if not isinstance(value, dict):
            raise InputError("A map of parameters is written {name: value, …}.")
        parameters.update(value)
        return
    match = _ASSIGNMENT.fullmatch(argument)
    if match is None:
        raise InputError(f"{argument!r} is no parameter; write {console.mark}param name => value.")
    name = match["quoted"] or match["name"]
    parameters[name] = _evaluate(console, name, match["value"])


def _evaluate(console: Console, name: str, text: str) -> Value:
    """Return a value that is written as JSON or as an expression of Cypher.

    Raises:
        KgError: it is neither.
    """
    try:
        return read_value(name, text)
    except ParameterError:
        expression = text.rstrip().rstrip(";")
        try:
            value: Value = console.call(_value_of, expression, dict(console.settings.parameters))
        except QuerySyntaxError as error:  # whose place is none of the typed line
            raise InputError(
                f"{expression!r} is neither JSON nor an expression of Cypher: {error.reason}. "
                "A text has quotation marks."
            ) from error
        return value


def _value_of(graph: KnowledgeGraph, expression: str, parameters: Mapping[str, Value]) -> Value:
    records = run_cypher(graph, f"RETURN {expression}\nAS value", parameters, UNLIMITED)
    rows = list(records.rows)
    if len(records.fields) != 1 or len(rows) != 1:
        raise InputError(f"{expression!r} is more than one value.")
    value = rows[0][0]
    if isinstance(value, Node | Relationship | Path):
        raise InputError("A node, relationship or path cannot be a parameter; take its iri.")
    return value


def _params(console: Console, argument: str) -> None:
    parameters = console.settings.parameters
    if argument == "clear":
        parameters.clear()
    elif argument:
        raise InputError(f"{argument!r} is nothing to do with parameters; write clear, or nothing to see them.")
    lines = (f"{console.mark}param {name} => {show_value(value, is_inside=True)}" for name, value in parameters.items())
    console.show("\n".join(lines) or "There are no parameters.")


def _write(console: Console, argument: str) -> None:
    console.settings.write = read_switch(argument, console.settings.write)
    console.tell(f"Statements may change the graph: {switch_word(console.settings.write)}.")


CYPHER_COMMANDS: Mapping[str, Command] = {
    "param": Command("NAME => VALUE", "Set a parameter, or several by a map: {name: value, …}.", _param),
    "params": Command("[clear]", "Show the parameters, or forget them.", _params, ("clear",)),
    "write": Command("[on|off]", "Let statements change the graph; off at first.", _write, ON_OFF),
}
