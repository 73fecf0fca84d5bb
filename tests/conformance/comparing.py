"""When two answers are the same: equal up to blank nodes, with numbers compared by value.

Answers are written as RDF datasets, in which a row of SELECT is a blank node, and the canonical form of the
datasets (RDFC-1.0) is compared. Nothing here is taken from the code that is tested.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS = (
    *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger"),
    *("negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
)

Term = NamedNode | BlankNode | Literal | Triple
Row = Mapping[str, Term]


@dataclass(frozen=True)
class Rows:
    """The answer of SELECT; `variables` is None where they are not told."""

    variables: frozenset[str] | None
    rows: Sequence[Row]
    is_ordered: bool = False


@dataclass(frozen=True)
class Cells:
    """The answer of SELECT as CSV has it, without the kinds of its terms."""

    variables: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Quads:
    """The answer of CONSTRUCT, or what an update leaves."""

    quads: frozenset[Quad]


Answer = Rows | Cells | Quads | bool


def difference(found: Answer, expected: Answer, may_have_fewer: bool = False) -> str | None:
    """Return how an answer differs from the expected one, None if it does not.

    Args:
        may_have_fewer: doubles of a row may be left out (REDUCED).
    """
    if type(found) is not type(expected):
        return f"expected {type(expected).__name__}, found {type(found).__name__}"
    if isinstance(found, bool):
        return None if found is expected else f"expected {expected}, found {found}"
    if isinstance(found, Cells) and isinstance(expected, Cells):
        if set(found.variables) != set(expected.variables):
            return f"expected the columns {expected.variables}, found {found.variables}"
        return _told(_cells(found), _cells(expected))
    if isinstance(found, Quads) and isinstance(expected, Quads):
        return _told(canonical(map(_by_value, found.quads)), canonical(map(_by_value, expected.quads)))
    assert isinstance(found, Rows)
    assert isinstance(expected, Rows)
    if None not in (found.variables, expected.variables) and found.variables != expected.variables:
        return f"expected the variables {expected.variables}, found {found.variables}"
    if may_have_fewer:
        if len(found.rows) > len(expected.rows):
            return f"{len(found.rows)} rows, and at most {len(expected.rows)} are expected"
        found, expected = Rows(None, _once(found.rows)), Rows(None, _once(expected.rows))
    return _told(_rows(found, expected.is_ordered), _rows(expected, expected.is_ordered))


def canonical(quads: Iterable[Quad]) -> frozenset[str]:
    """Return quads with canonical blank nodes: two such sets are equal if the datasets are isomorphic."""
    dataset = pyoxigraph.Dataset(quads)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(str(quad) for quad in dataset)


def _told(found: frozenset[str], expected: frozenset[str]) -> str | None:
    if found == expected:
        return None
    missing, extra = sorted(expected - found), sorted(found - expected)
    return f"missing {' '.join(missing[:8])}; not expected {' '.join(extra[:8])}"


def _rows(answer: Rows, is_ordered: bool) -> frozenset[str]:
    """Return rows as canonical quads; equal rows are one blank node with their number."""
    counted: Counter[tuple[int, frozenset[tuple[str, Term]]]] = Counter(
        (place if is_ordered else 0, frozenset((name, _value(term)) for name, term in row.items()))
        for place, row in enumerate(answer.rows)
    )
    quads = []
    for (place, row), count in counted.items():
        node = BlankNode()
        quads.append(Quad(node, NamedNode("row:count"), Literal(count)))
        quads.append(Quad(node, NamedNode("row:place"), Literal(place)))
        quads += [Quad(node, NamedNode(f"row:variable:{name}"), term) for name, term in row]
    return canonical(quads)


def _once(rows: Sequence[Row]) -> list[Row]:
    return [dict(row) for row in {tuple(sorted(row.items(), key=lambda item: item[0])) for row in rows}]


def _by_value(quad: Quad) -> Quad:
    return Quad(quad.subject, quad.predicate, _value(quad.object), quad.graph_name)


def _value(term: Term) -> Term:
    """Return a term with one lexical form for each number; sums of floats differ in their last digits."""
    if not isinstance(term, Literal):
        return term
    if term.language is not None:
        return Literal(term.value, language=term.language.lower())
    name = term.datatype.value.removeprefix(_XSD)
    write = _WRITTEN.get(name)
    if write is None:
        return term
    try:
        return Literal(write(term.value), datatype=term.datatype)
    except (ValueError, InvalidOperation):
        return term  # no value of its type


def _float(text: str) -> str:
    if text.strip() in ("INF", "+INF", "-INF", "NaN"):
        return text.strip().removeprefix("+")
    return f"{float(text):.12g}" if "n" not in text.lower() else text


def _decimal(text: str) -> str:
    return f"{round(Decimal(text), 15).normalize():f}"


def _boolean(text: str) -> str:
    return {"1": "true", "0": "false"}.get(text, text)


_WRITTEN: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(_INTEGERS, lambda text: str(int(text))),
    "decimal": _decimal,
    "double": _float,
    "float": _float,
    "boolean": _boolean,
}


def read_cells(content: bytes) -> Cells:
    """Read SPARQL results in CSV."""
    rows = [tuple(row) for row in csv.reader(io.StringIO(content.decode("utf-8"), newline=""))]
    return Cells(rows[0], rows[1:])


def _cells(answer: Cells) -> frozenset[str]:
    """Return the rows as text with their number; a blank node's label and the place of a column say nothing."""
    rows = (sorted(zip(answer.variables, map(_cell, row), strict=True)) for row in answer.rows)
    return frozenset(f"{count} times {row}" for row, count in Counter(map(str, rows)).items())


def _cell(text: str) -> str:
    if text.startswith("_:"):
        return "_:"
    try:
        return _float(text)
    except ValueError:
        return text


def in_default_graph(triples: Iterable[Triple | Quad]) -> Quads:
    """Return triples as quads of the default graph."""
    return Quads(frozenset(Quad(each.subject, each.predicate, each.object, DefaultGraph()) for each in triples))
