"""Saved queries: SPARQL files with a header that says what they are for and what they need.

```
# title: Facts about a thing
# description: What the graph says about a thing, with the sentence that says it.
# param: entity string The name or the IRI of the thing
# param: limit integer [50] How many rows at most
SELECT … WHERE { … FILTER(STR(?name) = ?_entity) } LIMIT ?_limit
```

A parameter stands in the text as the variable `?_NAME` and is replaced, token by token, by a term: its
value cannot become anything else. Files written for grlc are read too (`kg.query.headers`).
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

from kg.errors import NotFoundError, ParameterError, QueryDepthError, QueryError, QuerySyntaxError
from kg.query.headers import Parameter, ParameterType, placeholders, read_header
from kg.rdf import PREFIXES, XSD, Literal, NamedNode
from kg.sparql.tokens import rewrite, tokenise

__all__ = [
    "Parameter",
    "ParameterType",
    "SavedQuery",
    "bind",
    "find_query",
    "load_queries",
    "parse_query",
    "read_queries",
    "shipped_queries",
]

_IRI = re.compile(r"<?([A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*)>?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved query; `text` is the whole file."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    text: str
    tags: tuple[str, ...] = ()


@functools.cache
def shipped_queries() -> Mapping[str, SavedQuery]:
    """Return our own queries by name, sorted."""
    return load_queries(Path(str(resources.files("queries").joinpath("README.md"))).parent)


def load_queries(folder: Path) -> dict[str, SavedQuery]:
    """Return the queries `NAME.rq` of a folder by name, sorted.

    Raises:
        QueryError: a header is wrong, with file and line.
    """
    found, broken = read_queries(folder)
    for error in broken.values():
        raise error
    return found


def read_queries(folder: Path) -> tuple[dict[str, SavedQuery], dict[str, QueryError]]:
    """Return the queries `NAME.rq` of a folder by name, sorted, and of those that cannot be read what is wrong."""
    found: dict[str, SavedQuery] = {}
    broken: dict[str, QueryError] = {}
    for path in sorted(folder.glob("*.rq")):
        try:
            found[path.stem] = _read_query(path)
        except QueryError as error:
            broken[path.stem] = error
    return found, broken


def _read_query(path: Path) -> SavedQuery:
    """Read a file; every error names it, and the line where there is one."""
    try:
        content = path.read_bytes()
        return parse_query(path.stem, content.decode("utf-8-sig"), str(path))
    except OSError as error:
        raise QueryError(f"{path}: the query cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise QueryError(f"{path}:{line}: the query is not UTF-8 at byte {error.start}.") from error
    except QuerySyntaxError as error:
        place = path if error.line is None else f"{path}:{error.line}"
        raise QueryError(f"{place}: {error.reason}") from error
    except QueryDepthError as error:
        raise QueryError(f"{path}: {error}") from error


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
    header = read_header(name, text, tokenise(text), source or name)
    return SavedQuery(name, header.title, header.description, header.parameters, text, header.tags)


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
        if value is not None:
            terms[parameter.variable] = str(_term(parameter, value, class_named))
        elif parameter.is_required:
            raise ParameterError(name, f"is missing; the query {query.name!r} needs {parameter.description or 'it'}")
    every = tokenise(query.text)
    for before, token in itertools.pairwise(every):
        if before.is_word("LIMIT", "OFFSET") and terms.get(token.text[1:], "").startswith("-"):
            parameter = next(each for each in query.parameters if each.variable == token.text[1:])
            raise ParameterError(parameter.name, f"{terms[token.text[1:]]} is negative, and it is a number of rows")
    tokens = [token for token in placeholders(every) if token.text[1:] in terms]
    return rewrite(query.text, {token: terms[token.text[1:]] for token in tokens})


def _term(
    parameter: Parameter, value: str, class_named: Callable[[str], NamedNode | None] | None
) -> Literal | NamedNode | str:
    """Return a value as a term of the parameter's type; integers are written bare, as LIMIT needs them."""
    name, given = parameter.name, value.strip()
    if parameter.type in ("string", "entity"):
        if parameter.type == "entity":
            value = given[1:-1] if given.startswith("<") and given.endswith(">") else given
        try:
            return Literal(value, language=parameter.language or None)
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
