"""Saved queries: SPARQL files with a header that says what they are for and what they need.

```
# title: Facts about a thing
# description: What the graph says about a thing, with the sentence that says it.
# param: entity string The name or the IRI of the thing
# param: limit integer [50] How many rows at most
SELECT … WHERE { … FILTER(STR(?name) = ?_entity) } LIMIT ?_limit
```

A parameter stands in the text as the variable `?_NAME` and is replaced, token by token, by a term: its
value cannot become anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal as OneOf
from typing import get_args

from kg.errors import NotFoundError, ParameterError, QueryError
from kg.query.tokens import Token, rewrite, tokenise
from kg.rdf import PREFIXES, XSD, Literal, NamedNode

__all__ = ["Parameter", "ParameterType", "SavedQuery", "bind", "find_query", "load_queries", "parse_query"]

ParameterType = OneOf["string", "iri", "integer", "decimal", "date", "class"]
"""`iri` takes an IRI or a prefixed name; `class` also the name of a class of the ontology."""

_HEADER = re.compile(r"#\s*(title|description|param)\s*:\s*(.*?)\s*")
_PARAMETER = re.compile(r"([a-z][a-z0-9_]*)\s+(\S+)(?:\s+\[([^\]]*)\])?(?:\s+(\S.*))?")
_IRI = re.compile(r"<?([A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*)>?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a saved query; without a default it must be given."""

    name: str
    type: ParameterType
    default: str | None
    description: str


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved query; `text` is the whole file."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    text: str


def load_queries(folder: Path) -> dict[str, SavedQuery]:
    """Return the queries `NAME.rq` of a folder by name, sorted.

    Raises:
        QueryError: a header is wrong, with file and line.
    """
    paths = sorted(folder.glob("*.rq"))
    return {path.stem: parse_query(path.stem, path.read_text("utf-8"), str(path)) for path in paths}


def find_query(queries: Mapping[str, SavedQuery], name: str) -> SavedQuery:
    """Return a query by its name.

    Raises:
        NotFoundError: with the nearest name.
    """
    if name not in queries:
        raise NotFoundError("query", name, queries)
    return queries[name]


def parse_query(name: str, text: str, source: str = "") -> SavedQuery:
    """Read a saved query; its header is the comment lines at the top.

    Raises:
        QueryError: a line of the header is wrong, or the text has a parameter that is not declared.
    """
    source = source or name
    values: dict[str, str] = {}
    parameters: list[Parameter] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        match = _HEADER.fullmatch(line)
        if match is None:
            continue
        if match[1] == "param":
            parameters.append(_parse_parameter(match[2], f"{source}:{number}"))
        else:
            values[match[1]] = f"{values[match[1]]} {match[2]}" if match[1] in values else match[2]
    if not values.get("title"):
        raise QueryError(f"{source}: the header has no `# title:` line.")
    used = {token.text[2:] for token in _placeholders(tokenise(text))}
    declared = {parameter.name for parameter in parameters}
    if used != declared:
        odd = ", ".join(sorted(used ^ declared))
        raise QueryError(f"{source}: declared and used parameters differ: {odd}. `?_x` needs a line `# param: x TYPE`.")
    return SavedQuery(name, values["title"], values.get("description", ""), tuple(parameters), text)


def _parse_parameter(text: str, place: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise QueryError(f"{place}: a parameter is written `# param: NAME TYPE [DEFAULT] DESCRIPTION`, not {text!r}.")
    types = get_args(ParameterType)
    if match[2] not in types:
        raise QueryError(f"{place}: no parameter type is called {match[2]!r}. Known: {', '.join(types)}.")
    return Parameter(match[1], match[2], match[3], match[4] or "")  # type: ignore[arg-type]


def _placeholders(tokens: Iterable[Token]) -> list[Token]:
    return [token for token in tokens if token.kind == "variable" and token.text[1] == "_"]


def bind(
    query: SavedQuery, values: Mapping[str, str], class_named: Callable[[str], NamedNode | None] | None = None
) -> str:
    """Return the text of a query in which each parameter is replaced by its value, or its default.

    Args:
        values: as typed, by parameter.
        class_named: finds a class by a name or label (`Ontology.class_named`).

    Raises:
        ParameterError: a value is missing, of the wrong kind, or for no parameter of the query.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in values:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise ParameterError(name, f"the query {query.name!r} has no such parameter; {takes}")
    terms: dict[str, str] = {}
    for name, parameter in known.items():
        value = values.get(name, parameter.default)
        if value is None:
            raise ParameterError(name, f"is missing; the query {query.name!r} needs {parameter.description or 'it'}")
        terms[name] = str(_term(parameter, value, class_named))
    return rewrite(query.text, {token: _written(terms, token) for token in _placeholders(tokenise(query.text))})


def _written(terms: Mapping[str, str], token: Token) -> str:
    return terms[token.text[2:]]


def _term(
    parameter: Parameter, value: str, class_named: Callable[[str], NamedNode | None] | None
) -> Literal | NamedNode | str:
    """Return a value as a term of the parameter's type; integers are written bare, as LIMIT needs them."""
    name, given = parameter.name, value.strip()
    if parameter.type == "string":
        try:
            return Literal(value)
        except ValueError as error:  # a lone surrogate, from bytes that were no UTF-8
            raise ParameterError(name, f"{value!r} is no text") from error
    if parameter.type == "integer":
        if _INTEGER.fullmatch(given) is None:
            raise ParameterError(name, f"{value!r} is no integer")
        return str(int(given))
    if parameter.type == "decimal":
        if _DECIMAL.fullmatch(given) is None:
            raise ParameterError(name, f"{value!r} is no decimal number such as 0.75")
        return Literal(given, datatype=XSD["decimal"])
    if parameter.type == "date":
        try:
            return Literal(date.fromisoformat(given).isoformat(), datatype=XSD["date"])
        except ValueError as error:
            raise ParameterError(name, f"{value!r} is no date such as 2026-01-31") from error
    if parameter.type == "class" and class_named is not None:
        found = class_named(given)
        if found is not None:
            return found
    return _iri(name, given, "a class of the ontology, or an IRI" if parameter.type == "class" else "an IRI")


def _iri(name: str, given: str, wanted: str) -> NamedNode:
    prefix, colon, local = given.partition(":")
    if colon and prefix in PREFIXES and not given.startswith("<"):
        given = PREFIXES[prefix] + local
    match = _IRI.fullmatch(given)
    try:
        if match is not None:
            return NamedNode(match[1])
    except ValueError:  # no IRI after all
        match = None
    raise ParameterError(name, f"{given!r} is not {wanted} such as <https://example.org/x> or kg:Person")
