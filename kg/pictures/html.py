"""A page as one HTML file: nothing is fetched, nothing is run, and it says so to the browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape

from kg.pictures.arranging import arrange
from kg.pictures.scales import clean, tick_text
from kg.pictures.svg import STYLE, svg
from kg.pictures.values import Bars, Lines, Page, Picture, Scatter

__all__ = ["html"]

_RULES = STYLE + (
    "body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--page);color:var(--text);"
    "font:1rem/1.5 system-ui,sans-serif}h1{font-size:1.4rem}svg{display:block;width:100%;height:auto;margin:1rem 0}"
    "table{border-collapse:collapse;font-size:.85rem}td,th{padding:.15rem .6rem;border-bottom:1px solid var(--grid);"
    "text-align:right}td:first-child,th:first-child{text-align:left}summary{cursor:pointer;color:var(--faint)}"
    "div{overflow-x:auto}.points td,.points th{text-align:left}"
)
_MOST_ROWS = 2_000
"""Rows of numbers that are written below a picture."""


def html(page: Page) -> str:
    """Return a page; its numbers stand in tables too, for those who do not see or cannot point."""
    return "\n".join([*_head(page), *_body(page), "</body>", "</html>", ""])


def _head(page: Page) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(_RULES.encode()).digest()).decode()
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(clean(page.title))}</title>\n<style>{_RULES}</style>\n</head>\n<body>"


def _body(page: Page) -> Iterator[str]:
    yield f"<h1>{escape(clean(page.title))}</h1>"
    for remark in page.remarks:
        yield f"<p>{escape(clean(remark))}</p>"
    for picture in page.pictures:
        yield svg(arrange(picture))
        yield from _table(picture)


def _table(picture: Picture) -> Iterator[str]:
    if isinstance(picture, Lines):
        header, rows = _line_rows(picture)
    elif isinstance(picture, Bars):
        header = (picture.x_label, *(series.name for series in picture.series))
        values = zip(*(series.values for series in picture.series), strict=True)
        rows = [(name, *map(tick_text, each)) for name, each in zip(picture.categories, values, strict=False)]
    else:
        header, rows = _point_rows(picture)
    if not rows or len(rows) > _MOST_ROWS:
        return
    named = ' class="points"' if isinstance(picture, Scatter) else ""
    yield f"<details><summary>{'Points' if named else 'Numbers'}</summary><div><table{named}>"
    yield f"<tr>{''.join(f'<th>{escape(clean(name))}</th>' for name in header)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{escape(clean(cell))}</td>' for cell in row)}</tr>"
    yield "</table></div></details>"


def _point_rows(picture: Scatter) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    """Return the points by name; where they lie only where that has a meaning."""
    axes = (picture.x_label or "x", picture.y_label or "y") if picture.has_axes else ()
    rows = []
    for point in picture.points:
        place = (f"{point.x:,.6g}", f"{point.y:,.6g}") if picture.has_axes else ()
        rows.append((point.label, point.group, point.detail, *place))
    return ("name", "group", "", *axes), rows


def _line_rows(picture: Lines) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    """Return the lines as columns by what they have in common, x."""
    columns = [dict(series.points) for series in picture.series]
    places = sorted({x for column in columns for x in column if x == x})
    rows = [(f"{x:,.6g}", *(f"{column[x]:.6g}" if x in column else "" for column in columns)) for x in places]
    return (picture.x_label, *(series.name for series in picture.series)), rows
