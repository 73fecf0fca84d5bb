"""The values of a statement's parameters: those of saved queries by their types, and those that are typed as JSON."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from kg.cypher.tokens import tokenise
from kg.errors import InputError, ParameterError
from kg.ontology import Ontology
from kg.query.cypher_names import cypher_names
from kg.query.library import SavedQuery, check_values, find_term
from kg.rdf import NamedNode
from kg.records import Temporal, Value

__all__ = ["bind_cypher", "read_parameter", "read_value"]

_ASSIGNMENT = re.compile(r"\$?(?:`(?P<quoted>[^`]+)`|(?P<name>\w+))\s*=(?P<value>.*)", re.DOTALL)
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def bind_cypher(query: SavedQuery, values: Mapping[str, str], ontology: Ontology, base: str) -> dict[str, Value]:
    """Return the parameters of a saved query in Cypher; an optional one that is not given is null.

    An integer or decimal is a number, a date a date, an IRI its text, a class or property its name in this graph.

    Args:
        values: as typed, by parameter.
        base: of the home's IRIs.

    Raises:
        ParameterError: a value is missing, of the wrong kind, or for no parameter of the query.
    """
    given = check_values(query, values)
    bound: dict[str, Value] = {each.variable: None for each in query.parameters}
    for parameter, typed in given.items():
        if parameter.type == "property" and ":" not in typed:
            bound[parameter.variable] = typed.strip()
            continue
        term = find_term(parameter, typed, ontology.class_named)
        text = term if isinstance(term, str) else term.value
        value: Value = text
        if parameter.type in ("class", "property"):
            value = cypher_names(ontology, base).name(NamedNode(text))
        elif parameter.type == "integer":
            value = _integer(parameter.name, int(text))
        elif parameter.type == "decimal":
            value = float(text)
        elif parameter.type == "date":
            value = Temporal("Date", text)
        bound[parameter.variable] = value
    _refuse_negative_rows(query, bound)
    return bound


def _refuse_negative_rows(query: SavedQuery, bound: Mapping[str, Value]) -> None:
    names = {parameter.variable: parameter.name for parameter in query.parameters}
    for before, token in itertools.pairwise(tokenise(query.text)):
        value = bound.get(str(token.value)) if token.kind == "parameter" else None
        if before.key in ("LIMIT", "SKIP") and isinstance(value, int) and value < 0:
            raise ParameterError(names[str(token.value)], f"{value} is negative, and it is a number of rows")


def _integer(name: str, value: int) -> int:
    if not _SMALLEST <= value <= _LARGEST:
        raise ParameterError(name, f"{value} is too large: Cypher's integers have 64 bits")
    return value


def read_parameter(text: str) -> tuple[str, Value]:
    """Read `NAME=JSON`; a text that is no JSON is an error with what to write instead.

    Raises:
        ParameterError: the value is no JSON. InputError: there is no name.
    """
    match = _ASSIGNMENT.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is no parameter; write NAME=JSON, as in limit=10 or name='\"Ada\"'.")
    name = match["quoted"] or match["name"]
    return name, read_value(name, match["value"])


def read_value(name: str, text: str) -> Value:
    """Read the value of a parameter from JSON.

    Raises:
        ParameterError: it is no JSON, or holds what Cypher has not.
    """

    def unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise ParameterError(name, f"has the key {key!r} twice")
            found[key] = value
        return found

    def refuse(constant: str) -> NoReturn:
        raise ParameterError(name, f"{constant} is no JSON")

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        hint = f"; for a text write '{json.dumps(text.strip(), ensure_ascii=False)}'"
        raise ParameterError(name, f"{text.strip()!r} is no JSON{hint}") from error
    _check(name, value)
    return value  # type: ignore[no-any-return]


def _check(name: str, value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ParameterError(name, "a number is too large")
    if isinstance(value, int) and not isinstance(value, bool):
        _integer(name, value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check(name, part)
