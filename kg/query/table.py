"""Answers as plain text for people: aligned columns, short names, cut to the terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from kg.rdf import PREFIXES, RDF, XSD, BlankNode, Literal, NamedNode, Term
from kg.results import Boolean, Graph, ResultSet, Solutions

__all__ = ["one_line", "shorten", "width_of", "write_cells", "write_table"]

_LOOKED_AT = 500
"""Rows from which the widths of the columns are taken; longer cells after them are cut, or stick out."""
_LEAST = 8
"""Columns that a cell keeps, however narrow the terminal."""
_GAP = "  "
_JOINERS = "\u200c\u200d"
_LOCAL = re.compile(r"[\w\-.]*", re.ASCII)
_PLAIN = frozenset(
    {RDF["langString"], RDF["dirLangString"]}
    | {XSD[name] for name in ("string", "integer", "decimal", "double", "boolean", "date", "dateTime")}
)


def _nothing(row: int) -> str:
    return ""


def write_table(result: ResultSet, width: int | None = None, base: str = "") -> Iterator[str]:
    """Yield the lines of a table with one line a row; lazily after the first 500 rows.

    Args:
        width: columns of the terminal, in which wide East Asian characters take two; None cuts nothing.
        base: what IRIs are shown without: `:note/a.md`.
    """
    if isinstance(result, Boolean):
        yield "yes\n" if result.value else "no\n"
        return
    if isinstance(result, Solutions):
        header, rows = result.variables, result.rows
    else:
        assert isinstance(result, Graph)
        header = ("subject", "predicate", "object")
        rows = ((t.subject, t.predicate, t.object) for t in result.triples)
    yield from write_cells(header, ([_show(term, base) for term in row] for row in rows), width)


def write_cells(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    width: int | None = None,
    below: Callable[[int], str] = _nothing,
) -> Iterator[str]:
    """Yield the lines of a table whose cells are written already, each on one line; lazily after the first 500 rows.

    Args:
        below: gives the lines that stand below a row, by its number from 0.
    """
    cells = iter(rows)
    first = list(islice(cells, _LOOKED_AT))
    widths = [max(map(width_of, column)) for column in zip(header, *first, strict=True)]
    if width is not None:
        widths = _fit(widths, width - len(_GAP) * (len(widths) - 1))
    yield _line(header, widths, width is not None)
    yield _line(["─" * each for each in widths], widths, False)
    count = 0
    for row in chain(first, cells):
        yield _line(row, widths, width is not None) + below(count)
        count += 1
    yield f"{count} row{'' if count == 1 else 's'}\n"


def shorten(iri: str, base: str = "") -> str:
    """Write an IRI as a prefixed name, without the home's base, or in angle brackets."""
    if base and iri.startswith(base):
        return ":" + iri.removeprefix(base)
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return f"<{iri}>"


def _show(term: Term | None, base: str) -> str:
    """Write a term for reading: strings, numbers and dates bare, on one line."""
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        return shorten(term.value, base)
    if isinstance(term, BlankNode):
        return str(term)
    if isinstance(term, Literal):
        text = one_line(term.value)
        suffix = f" @{term.language}" if term.language else ""
        return text + (suffix if term.datatype in _PLAIN else f"^^{shorten(term.datatype.value, base)}")
    return f"<<( {' '.join(_show(part, base) for part in (term.subject, term.predicate, term.object))} )>>"


def one_line(text: str) -> str:
    """Return a text without line ends and what a terminal would obey."""
    return "".join(" " if c.isspace() else c if c.isprintable() or c in _JOINERS else "\ufffd" for c in text)


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes (Unicode Standard Annex 11)."""
    return len(text) if text.isascii() else sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fit(widths: list[int], room: int) -> list[int]:
    """Narrow the widest columns until all fit, each down to a least width."""
    fitted = list(widths)
    excess = sum(fitted) - room
    while excess > 0:
        widest = max(fitted)
        if widest <= _LEAST:
            break
        at = [number for number, each in enumerate(fitted) if each == widest]
        lower = max([each for each in fitted if each < widest] + [_LEAST])
        step = min(widest - lower, max(1, excess // len(at)))
        for number in at:
            taken = min(step, max(excess, 0))
            fitted[number] -= taken
            excess -= taken
    return fitted


def _line(cells: Sequence[str], widths: list[int], is_cut: bool) -> str:
    shown = [_cut(cell, width) if is_cut else cell for cell, width in zip(cells, widths, strict=True)]
    padded = (cell + " " * (width - width_of(cell)) for cell, width in zip(shown, widths, strict=True))
    return _GAP.join(padded).rstrip() + "\n"


def _cut(text: str, width: int) -> str:
    """Return as much of a text as fits, with an ellipsis where some is missing."""
    if width_of(text) <= width:
        return text
    kept, taken = [], 0
    for character in text:
        taken += _character_width(character)
        if taken > width - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"
