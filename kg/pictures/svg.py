"""A canvas as inline SVG: classes only, so that no rule about inline styles stops it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from kg.pictures.colours import DARK, GREY, LIGHT, OPACITIES, Theme, mark_of, opacity_of
from kg.pictures.shapes import Canvas, Colour, Line, Mark, Rectangle, Shape, Text

__all__ = ["STYLE", "svg"]

_COLOURS = len(LIGHT.groups)


def _faded(opacity: float) -> str:
    return f"faded{100 * opacity:.0f}"


def _variables(theme: Theme) -> str:
    named = {"page": theme.page, "text": theme.text, "faint": theme.faint, "grid": theme.grid, "none": theme.grey}
    groups = {f"g{number}": colour for number, colour in enumerate(theme.groups)}
    return ";".join(f"--{name}:{colour}" for name, colour in (named | groups).items())


def _rules() -> Iterator[str]:
    yield f":root{{color-scheme:light dark;{_variables(LIGHT)}}}"
    yield f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    yield "svg text{font-family:system-ui,sans-serif;fill:var(--text)}"
    yield "svg .faint{fill:var(--faint)}svg .bold{font-weight:600}"
    yield "svg .halo{paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round;pointer-events:none}"
    yield "svg .page{fill:var(--page)}svg .line{fill:none;stroke-linejoin:round}svg .grid{stroke:var(--grid)}"
    yield "svg .spot{fill-opacity:0}"
    yield from (f"svg .{_faded(each)}{{fill-opacity:{each:g}}}" for each in OPACITIES if each < 1)
    yield "svg .tip:hover{stroke:var(--text);stroke-width:2px;fill-opacity:1}"
    for name in ("none", *(f"g{number}" for number in range(_COLOURS))):
        yield f"svg .{name}{{fill:var(--{name})}}svg .line.{name}{{fill:none;stroke:var(--{name})}}"


STYLE = "".join(_rules())
"""The rules that the pictures of a page need, for a light and a dark theme."""


def svg(canvas: Canvas, is_alone: bool = False) -> str:
    """Return a canvas as an element `svg`.

    Args:
        is_alone: as a file of its own, with its style and a background.
    """
    width, height = _number(canvas.width), _number(canvas.height)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    parts = [f'{head} aria-label="{escape(canvas.title)}">']
    if is_alone:
        parts = [f'{head} width="{width}" height="{height}" aria-label="{escape(canvas.title)}">']
        parts.append(f'<style>{STYLE}</style><rect class="page" width="{width}" height="{height}"/>')
    parts += [_shape(shape) for shape in canvas.shapes]
    return "\n".join([*parts, "</svg>"])


def _shape(shape: Shape) -> str:
    match shape:
        case Text():
            return _text(shape)
        case Line():
            places = " ".join(f"{_number(x)},{_number(y)}" for x, y in shape.places)
            return f'<polyline class="line {_class(shape.colour)}" stroke-width="{shape.width:g}" points="{places}"/>'
        case Rectangle():
            x, y, width, height = map(_number, (shape.x, shape.y, shape.width, shape.height))
            size = f'x="{x}" y="{y}" width="{width}" height="{height}"'
            opacity = opacity_of(shape.colour)
            named = _class(shape.colour) + (f" {_faded(opacity)}" if opacity < 1 else "")
            return f'<rect class="{named}{_tipped(shape.tip)} {size}{_closed(shape.tip, "rect")}'
        case Mark():
            return _mark(shape)


def _mark(mark: Mark) -> str:
    radius = mark.radius or 4.0
    opening = f'class="{_class(mark.colour)}{"" if mark.radius else " spot"}{_tipped(mark.tip)}'
    x, y = mark.x, mark.y
    match mark_of(mark.colour):
        case "circle":
            return f'<circle {opening} cx="{_number(x)}" cy="{_number(y)}" r="{radius:g}"{_closed(mark.tip, "circle")}'
        case "square":
            corners = [
                (x - radius, y - radius),
                (x + radius, y - radius),
                (x + radius, y + radius),
                (x - radius, y + radius),
            ]
        case "triangle":
            corners = [
                (x, y - 1.2 * radius),
                (x + 1.1 * radius, y + 0.8 * radius),
                (x - 1.1 * radius, y + 0.8 * radius),
            ]
        case _:
            far = 1.3 * radius
            corners = [(x, y - far), (x + far, y), (x, y + far), (x - far, y)]
    places = " ".join(f"{_number(across)},{_number(down)}" for across, down in corners)
    return f'<polygon {opening} points="{places}"{_closed(mark.tip, "polygon")}'


def _text(text: Text) -> str:
    names: list[str] = [text.colour] if text.colour == "faint" else []
    names += [name for name, holds in (("bold", text.is_bold), ("halo", text.has_halo)) if holds]
    x, y = _number(text.x), _number(text.y)
    turned = f' transform="rotate(-90 {x} {y})"' if text.is_upright else ""
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    named = f' class="{" ".join(names)}"' if names else ""
    return f'<text x="{x}" y="{y}" font-size="{text.size:g}"{anchor}{named}{turned}>{escape(text.text)}</text>'


def _class(colour: Colour) -> str:
    if isinstance(colour, str):
        return colour
    return "none" if colour == GREY else f"g{colour % _COLOURS}"


def _tipped(tip: str) -> str:
    """Close the attribute `class`."""
    return ' tip"' if tip else '"'


def _closed(tip: str, name: str) -> str:
    return f"><title>{escape(tip)}</title></{name}>" if tip else "/>"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
