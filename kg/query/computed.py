"""What searches give inside the query languages: `kg:search`, `kg:similarTo` and `kg:predicted`, and their procedures.

No triple says these things. A query that asks for one is rewritten before it is run: in SPARQL the pattern becomes the
rows as VALUES (`computed_sparql`), in Cypher the call becomes a subquery over rows that are a parameter
(`computed_cypher`). Here stands what both share: what may be given, what comes back, and who is asked.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.computed import Computed, Found, Guess
from kg.rdf import KG, NamedNode

__all__ = [
    "COMPUTED",
    "DEFAULT_ROWS",
    "MOST_CHARACTERS",
    "MOST_ROWS",
    "Asking",
    "Given",
    "Language",
    "Row",
    "Shape",
    "meant",
    "nearest",
    "what_is_meant",
]

DEFAULT_ROWS = 100
"""Of one search where the query says no `k`: a query mostly goes on to choose among them."""
MOST_ROWS = 10_000
MOST_CHARACTERS = 10_000
"""Of a text that is searched for."""

Language = OneOf["SPARQL", "Cypher"]
Given = NamedNode | str | int | float | bool
"""What a query may give a search: the name of something in the graph is its IRI or a text that it is called by."""
Row = Mapping[str, NamedNode | str | int | float]
"""One answer, by column."""


Kind = OneOf["text", "name", "count", "share", "truth"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A computed predicate: what it takes, and the columns that it gives.

    Args:
        subject: the column that the pattern's subject stands for.
        main: what stands alone where no options are written.
        is_required: whether `main` has to be given. The procedure takes it as its first argument, the number of rows
            as the second, and a map of the other options; where it is not required, the map alone.
        takes: what may be given, by name. What is in `gives` too is looked for where it is not given.
        nodes: the columns that are nodes in Cypher.
        example: of a pattern and of a call.
    """

    name: str
    subject: str
    main: str
    is_required: bool
    takes: Mapping[str, Kind]
    gives: tuple[str, ...]
    nodes: tuple[str, ...]
    example: Mapping[Language, str]

    @property
    def predicate(self) -> str:
        """Return the predicate's prefixed name."""
        return f"kg:{self.name}"

    @property
    def procedure(self) -> str:
        """Return the procedure's name."""
        return f"kg.{self.name}"


_SHAPES = (
    Shape(
        "search", "node", "query", True,
        {"query": "text", "k": "count", "passages": "truth", "diversity": "share"},
        ("node", "score", "passage", "start", "end", "title", "rank"),
        ("node",),
        {"SPARQL": '?note kg:search "graph databases"', "Cypher": "CALL kg.search('graph databases', 20)"},
    ),
    Shape(
        "similarTo", "node", "to", True,
        {"to": "name", "k": "count"},
        ("node", "score", "rank"),
        ("node",),
        {"SPARQL": "?x kg:similarTo <https://example.org/y>", "Cypher": "CALL kg.similarTo('Ada Lovelace', 20)"},
    ),
    Shape(
        "predicted", "subject", "object", False,
        {"subject": "name", "predicate": "name", "object": "name", "k": "count", "least": "share"},
        ("subject", "predicate", "object", "score", "rank"),
        ("subject", "object"),
        {
            "SPARQL": "?x kg:predicted [ kg:predicate kg:worksFor ; kg:object ?y ; kg:score ?s ]",
            "Cypher": "CALL kg.predicted({subject: 'Ada Lovelace'})",
        },
    ),
)  # fmt: skip

COMPUTED: Mapping[str, Shape] = {KG[shape.name].value: shape for shape in _SHAPES}
"""By the predicate's IRI."""

_LEAST = 0.5
_MEANINGS: Mapping[Kind, str] = {
    "text": f"a text of at most {MOST_CHARACTERS:,} characters, with something in it",
    "name": "an IRI, or the name of something as a text",
    "count": f"a whole number from 0 to {MOST_ROWS:,}",
    "share": "a number from 0 to 1",
    "truth": "true or false",
}


def meant(kind: Kind, value: object) -> Given | None:
    """Return a value as one that may be given, None if it is none such."""
    if kind == "text":
        is_right = isinstance(value, str) and bool(value.strip()) and len(value) <= MOST_CHARACTERS
    elif kind == "name":
        is_right = isinstance(value, NamedNode) or (isinstance(value, str) and bool(value.strip()))
    elif kind == "truth":
        is_right = isinstance(value, bool)
    elif kind == "count":
        is_right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_ROWS
    else:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_right = is_number and math.isfinite(value) and 0 <= value <= 1  # type: ignore[arg-type, operator]
    return value if is_right else None  # type: ignore[return-value]


def what_is_meant(shape: Shape, name: str) -> str:
    """Return in words what an option takes."""
    return _MEANINGS[shape.takes[name]]


def nearest(name: str, known: Sequence[str]) -> str:
    """Return a question for the name that was probably meant, empty if none was."""
    found = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {found[0]}?" if found else ""


class Asking:
    """Asks for the rows of one request; what is asked for twice is computed once."""

    def __init__(self, computed: Computed) -> None:
        self._computed = computed
        self._known: dict[tuple[str, frozenset[tuple[str, Given]]], list[Row]] = {}

    def rows(self, shape: Shape, given: Mapping[str, Given]) -> list[Row]:
        """Return all columns of what a shape gives, best first."""
        key = shape.name, frozenset(given.items())
        if key not in self._known:
            self._known[key] = _ASKED[shape.name](self._computed, given)
        return self._known[key]


def _search(computed: Computed, given: Mapping[str, Given]) -> list[Row]:
    diversity = given.get("diversity")
    found = computed.search(
        str(given["query"]), _count(given), bool(given.get("passages", False)),
        None if diversity is None else float(diversity),  # type: ignore[arg-type]
    )  # fmt: skip
    return [_columns(each, ("node", "score", "rank", "passage", "start", "end", "title")) for each in found]


def _similar(computed: Computed, given: Mapping[str, Given]) -> list[Row]:
    to = _name(given, "to")
    assert to is not None  # it is required
    return [_columns(each, ("node", "score", "rank")) for each in computed.similar(to, _count(given))]


def _predicted(computed: Computed, given: Mapping[str, Given]) -> list[Row]:
    subject, predicate, object_ = (_name(given, name) for name in ("subject", "predicate", "object"))
    least = float(given.get("least", _LEAST))  # type: ignore[arg-type]
    found = computed.predicted(subject, predicate, object_, _count(given), least)
    return [_columns(each, ("subject", "predicate", "object", "score", "rank")) for each in found]


def _columns(found: Found | Guess, names: tuple[str, ...]) -> Row:
    return {name: getattr(found, name) for name in names}


def _name(given: Mapping[str, Given], name: str) -> NamedNode | str | None:
    value = given.get(name)
    assert value is None or isinstance(value, NamedNode | str)
    return value


def _count(given: Mapping[str, Given]) -> int:
    return int(given.get("k", DEFAULT_ROWS))  # type: ignore[arg-type]


_ASKED: Mapping[str, Callable[[Computed, Mapping[str, Given]], list[Row]]] = {
    "search": _search,
    "similarTo": _similar,
    "predicted": _predicted,
}
