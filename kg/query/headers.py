"""The header of a saved query: its title, what it answers, and its parameters.

Two ways of writing are read into one form. Ours:

```
# title: Facts about a thing
# description: What the graph says about a thing.
# param: limit integer [50] How many rows at most
```

and grlc's (https://github.com/CLARIAH/grlc, decorators), where the header is YAML and the variables of the
query say the parameters: `?_name` a string, `?_name_iri`, `?_name_integer`, `?_name_number`, `?_name_date`,
`?_name_en` a string in a language, `?_name_xsd_date` a typed one; with two underscores it may be left out
and stays a variable.

```
#+ summary: Facts about a thing
#+ defaults:
#+   - limit: 50
```

In Cypher the lines begin with `//` and `//+`. There a parameter is one of the language, `$name`; under grlc's header
one that begins with an underscore says its type as in SPARQL (`$_limit_integer`), any other is a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from typing import Literal as OneOf

from kg.errors import QueryError
from kg.sparql.tokens import Token

__all__ = ["CYPHER", "SPARQL", "Header", "Parameter", "ParameterType", "Writing", "placeholders", "read_header"]

ParameterType = OneOf["string", "iri", "integer", "decimal", "date", "class", "property", "entity"]
"""`iri` takes an IRI or a prefixed name; `class` also the name of a class of the ontology. `property` is an IRI, too,
and in Cypher the name of a relationship type or a key, which may be given as it is.

`entity` takes the name or the IRI of a thing and stays a text: several things can bear one name.
"""

_LINE = re.compile(r"\s*(title|description|param)\s*:\s*(.*?)\s*")
_PARAMETER = re.compile(r"([a-z][a-z0-9_]*)\s+(\S+)(?:\s+\[([^\]]*)\])?(?:\s+(\S.*))?")
_GRLC_VARIABLE = re.compile(r"(__?)([A-Za-z0-9]+)((?:_[A-Za-z0-9]+){0,2}).*")
_GRLC_TYPES: Mapping[str, ParameterType] = {
    "": "string",
    "literal": "string",
    "string": "string",
    "iri": "iri",
    "integer": "integer",
    "int": "integer",
    "number": "decimal",
    "decimal": "decimal",
    "date": "date",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a saved query; without a default it must be given, unless it is optional.

    An optional one that is not given stays a variable. `variable` is how the query writes it, without `?`;
    `language` is the tag of a string's language.
    """

    name: str
    type: ParameterType
    default: str | None
    description: str
    variable: str = ""
    language: str = ""
    is_optional: bool = False

    def __post_init__(self) -> None:
        if not self.variable:
            object.__setattr__(self, "variable", f"_{self.name}")

    @property
    def is_required(self) -> bool:
        """Tell whether a value must be given."""
        return self.default is None and not self.is_optional


@dataclass(frozen=True, slots=True)
class Writing:
    """How a language writes comments, and the variable of a parameter: its mark, and what its name begins with."""

    comment: str
    mark: str
    prefix: str


SPARQL = Writing("#", "?", "_")
CYPHER = Writing("//", "$", "")


@dataclass(frozen=True, slots=True)
class Header:
    """What the comment lines at the top of a query say."""

    title: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]


def placeholders(tokens: Iterable[Token]) -> list[Token]:
    """Return the tokens that stand for a parameter."""
    return [token for token in tokens if token.kind == "variable" and token.text[1] == "_"]


def read_header(name: str, text: str, variables: Iterable[str], source: str, writing: Writing = SPARQL) -> Header:
    """Read the header of a query; with a line that begins `#+` it is grlc's.

    Args:
        variables: those of the text that stand for parameters, without their mark.

    Raises:
        QueryError: a line is wrong, or the query has a parameter that is not declared.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    top = lines[: next((n for n, line in enumerate(lines) if not line.startswith(writing.comment)), len(lines))]
    distinct = list(dict.fromkeys(variables))
    mark = f"{writing.comment}+"
    if any(line.startswith(mark) for line in top):
        decorators = [line.removeprefix(mark) for line in top if line.startswith(mark)]
        return _read_grlc(name, decorators, distinct, source, writing)
    return _read_ours(text, distinct, source, writing)


# --- ours


def _read_ours(text: str, variables: Iterable[str], source: str, writing: Writing) -> Header:
    values: dict[str, str] = {}
    parameters: list[Parameter] = []
    comment = writing.comment
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith(comment):
            break
        match = _LINE.fullmatch(line.removeprefix(comment))
        if match is None:
            continue
        if match[1] == "param":
            parameters.append(_parse_parameter(match[2], f"{source}:{number}", writing))
        else:
            values[match[1]] = f"{values[match[1]]} {match[2]}" if match[1] in values else match[2]
    if not values.get("title"):
        raise QueryError(f"{source}: the header has no `{comment} title:` line.")
    used = {variable.removeprefix(writing.prefix) for variable in variables}
    declared = {parameter.name for parameter in parameters}
    if used != declared:
        odd = ", ".join(sorted(used ^ declared))
        example = f"`{writing.mark}{writing.prefix}x` needs a line `{comment} param: x TYPE`"
        raise QueryError(f"{source}: declared and used parameters differ: {odd}. {example}.")
    return Header(values["title"], values.get("description", ""), (), tuple(parameters))


def _parse_parameter(text: str, place: str, writing: Writing) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        form = f"{writing.comment} param: NAME TYPE [DEFAULT] DESCRIPTION"
        raise QueryError(f"{place}: a parameter is written `{form}`, not {text!r}.")
    types = get_args(ParameterType)
    if match[2] not in types:
        raise QueryError(f"{place}: no parameter type is called {match[2]!r}. Known: {', '.join(types)}.")
    variable = f"{writing.prefix}{match[1]}"
    return Parameter(match[1], match[2], match[3], match[4] or "", variable)  # type: ignore[arg-type]


# --- grlc's


def _read_grlc(name: str, lines: Iterable[str], variables: Iterable[str], source: str, writing: Writing) -> Header:
    """Read decorators; those that are about grlc's own server, as `endpoint` and `pagination`, have no meaning here."""
    import yaml  # only here: a server with none of grlc's queries starts without it

    try:
        decorators = yaml.safe_load("\n".join(lines)) or {}
    except yaml.YAMLError as error:
        raise QueryError(f"{source}: the lines that begin with `{writing.comment}+` are no YAML: {error}") from error
    if not isinstance(decorators, dict):
        raise QueryError(f"{source}: a line of grlc's is written `{writing.comment}+ summary: TEXT`.")
    defaults = _defaults(decorators.get("defaults"))
    parameters = tuple(_grlc_parameter(variable, defaults, source, writing) for variable in variables)
    names = [parameter.name for parameter in parameters]
    double = next((each for each in names if names.count(each) > 1), None)
    if double is not None:
        raise QueryError(f"{source}: the parameter {double!r} has two types.")
    tags = decorators.get("tags") or []
    return Header(
        str(decorators.get("summary") or name),
        str(decorators.get("description") or "").strip(),
        tuple(str(tag) for tag in (tags if isinstance(tags, list) else [tags])),
        parameters,
    )


def _defaults(written: Any) -> dict[str, str]:
    """Return defaults by parameter; grlc writes a list of mappings."""
    parts = written if isinstance(written, list) else [written]
    return {str(key): str(value) for part in parts if isinstance(part, dict) for key, value in part.items()}


def _grlc_parameter(variable: str, defaults: Mapping[str, str], source: str, writing: Writing) -> Parameter:
    if not writing.prefix and not variable.startswith("_"):
        return Parameter(variable, "string", defaults.get(variable), "", variable)
    mark = writing.mark
    match = _GRLC_VARIABLE.fullmatch(variable)
    if match is None:
        raise QueryError(f"{source}: {mark}{variable} is no parameter such as {mark}_name or {mark}_name_iri.")
    words = match[3].lower().split("_")[1:]
    kind, language = words[-1] if words else "", ""
    if kind not in _GRLC_TYPES and len(words) == 1 and re.fullmatch("[a-z]{2,3}", kind):
        kind, language = "", kind
    if kind not in _GRLC_TYPES:
        raise QueryError(
            f"{source}: no parameter type is called {kind!r} ({mark}{variable}). Known: {', '.join(_GRLC_TYPES)}."
        )
    default = defaults.get(match[2])
    return Parameter(match[2], _GRLC_TYPES[kind], default, "", variable, language, match[1] == "__")
