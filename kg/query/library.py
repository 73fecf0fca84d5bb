"""Saved queries: SPARQL and Cypher files with a header that says what they are for and what they need.

```
# title: Facts about a thing
# description: What the graph says about a thing, with the sentence that says it.
# param: entity string The name or the IRI of the thing
# param: limit integer [50] How many rows at most
SELECT … WHERE { … FILTER(STR(?name) = ?_entity) } LIMIT ?_limit
```

A parameter stands in the text as the variable `?_NAME` and is replaced, token by token, by a term: its
value cannot become anything else. Files written for grlc are read too (`kg.query.headers`).

`NAME.cypher` asks the same in Cypher: it begins with `// title:` lines, and its parameters are Cypher's own, `$NAME`
(`kg.query.cypher_parameters`). Where both files are there, they are one query in two languages.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from typing import Literal as OneOf

from kg.cypher import tokens as cypher
from kg.errors import NotFoundError, ParameterError, QueryDepthError, QueryError, QuerySyntaxError
from kg.query.headers import CYPHER, SPARQL, Parameter, ParameterType, placeholders, read_header
from kg.rdf import PREFIXES, XSD, Literal, NamedNode
from kg.sparql.tokens import rewrite, tokenise

__all__ = [
    "LANGUAGES",
    "Language",
    "Parameter",
    "ParameterType",
    "SavedQuery",
    "bind",
    "check_values",
    "find_query",
    "find_term",
    "load_queries",
    "parse_query",
    "read_queries",
    "shipped_queries",
]

Language = OneOf["sparql", "cypher"]
LANGUAGES: Mapping[Language, str] = {"sparql": ".rq", "cypher": ".cypher"}
"""The suffixes of the files; of a query in several languages the first is what its name alone means."""

_IRI = re.compile(r"<?([A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*)>?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved query; `text` is the whole file, `other` the same question in another language."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    text: str
    tags: tuple[str, ...] = ()
    language: Language = "sparql"
    other: SavedQuery | None = None

    @property
    def languages(self) -> tuple[Language, ...]:
        """Return the languages that it is written in."""
        return (self.language,) if self.other is None else (self.language, *self.other.languages)

    def to_json(self) -> dict[str, Any]:
        """Return the query in the shape of `kg run --json`."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in ("parameters", "other")}
        parameters = [asdict(parameter) for parameter in self.parameters]
        return {**own, "parameters": parameters, "languages": list(self.languages)}

    def written_in(self, language: str) -> SavedQuery:
        """Return its form in a language.

        Raises:
            NotFoundError: it is not written in that.
        """
        if language == self.language:
            return self
        if self.other is None:
            raise NotFoundError("query", f"{self.name} in {language}")
        return self.other.written_in(language)


@functools.cache
def shipped_queries() -> Mapping[str, SavedQuery]:
    """Return our own queries by name, sorted."""
    return load_queries(Path(str(resources.files("queries").joinpath("README.md"))).parent)


def load_queries(folder: Path) -> dict[str, SavedQuery]:
    """Return the queries `NAME.rq` and `NAME.cypher` of a folder by name, sorted.

    Raises:
        QueryError: a header is wrong, with file and line.
    """
    found, broken = read_queries(folder)
    for error in broken.values():
        raise error
    return found


def read_queries(folder: Path) -> tuple[dict[str, SavedQuery], dict[str, QueryError]]:
    """Return the queries of a folder by name, sorted, and of those that cannot be read what is wrong.

    Where only its second language is wrong, a query is found, and what is wrong stands under the file's name.
    """
    found: dict[str, SavedQuery] = {}
    broken: dict[str, QueryError] = {}
    paths = [(path, language) for language, suffix in LANGUAGES.items() for path in sorted(folder.glob(f"*{suffix}"))]
    for path, language in paths:
        name = path.stem
        try:
            query = _read_query(path, language)
        except QueryError as error:
            broken[path.name if name in found else name] = error
            continue
        found[name] = replace(found[name], other=query) if name in found else query
    return {name: found[name] for name in sorted(found) if name not in broken}, broken


def _read_query(path: Path, language: Language) -> SavedQuery:
    """Read a file; every error names it, and the line where there is one."""
    try:
        content = path.read_bytes()
        return parse_query(path.stem, content.decode("utf-8-sig"), str(path), language)
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


def find_query(queries: Mapping[str, SavedQuery], name: str, language: str | None = None) -> SavedQuery:
    """Return a query by its name, or by its file's, which says the language too.

    Args:
        language: the form that is wanted where the name does not say it; None takes the first there is.

    Raises:
        NotFoundError: with the nearest name; or it is not written in that language.
    """
    for each, suffix in LANGUAGES.items():
        stem = name.removesuffix(suffix)
        if stem != name and name not in queries and stem in queries:
            return queries[stem].written_in(each)
    if name not in queries:
        raise NotFoundError("query", name, queries)
    return queries[name] if language is None else queries[name].written_in(language)


def parse_query(name: str, text: str, source: str = "", language: Language = "sparql") -> SavedQuery:
    """Read a saved query; its header is the comment lines at the top.

    Raises:
        QueryError: a line of the header is wrong, or the text has a parameter that is not declared.
    """
    if language == "cypher":
        variables, writing = [str(each.value) for each in cypher.tokenise(text) if each.kind == "parameter"], CYPHER
    else:
        variables, writing = [each.text[1:] for each in placeholders(tokenise(text))], SPARQL
    header = read_header(name, text, variables, source or name, writing)
    return SavedQuery(name, header.title, header.description, header.parameters, text, header.tags, language)


def check_values(query: SavedQuery, values: Mapping[str, str]) -> dict[Parameter, str]:
    """Return what each parameter of a query has, as typed or its default; optional ones may have nothing.

    Raises:
        ParameterError: a value is missing, or for no parameter of the query.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in values:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise ParameterError(name, f"the query {query.name!r} has no such parameter; {takes}")
    given: dict[Parameter, str] = {}
    for name, parameter in known.items():
        value = values.get(name, parameter.default)
        if value is not None:
            given[parameter] = value
        elif parameter.is_required:
            raise ParameterError(name, f"is missing; the query {query.name!r} needs {parameter.description or 'it'}")
    return given


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
    given = check_values(query, values)
    terms = {each.variable: str(find_term(each, value, class_named)) for each, value in given.items()}
    every = tokenise(query.text)
    for before, token in itertools.pairwise(every):
        if before.is_word("LIMIT", "OFFSET") and terms.get(token.text[1:], "").startswith("-"):
            parameter = next(each for each in query.parameters if each.variable == token.text[1:])
            raise ParameterError(parameter.name, f"{terms[token.text[1:]]} is negative, and it is a number of rows")
    tokens = [token for token in placeholders(every) if token.text[1:] in terms]
    return rewrite(query.text, {token: terms[token.text[1:]] for token in tokens})


def find_term(
    parameter: Parameter, value: str, class_named: Callable[[str], NamedNode | None] | None
) -> Literal | NamedNode | str:
    """Return a value as a term of the parameter's type; integers are written bare, as LIMIT needs them.

    Raises:
        ParameterError: it is of the wrong kind.
    """
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
