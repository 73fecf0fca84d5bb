"""A page as PNG, drawn by matplotlib's rasteriser alone: no window system, no state of its own."""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from kg.errors import MissingExtraError
from kg.pictures.arranging import arrange
from kg.pictures.colours import GREY, LIGHT, mark_of, opacity_of
from kg.pictures.shapes import Canvas, Colour, Line, Mark, Rectangle, Text
from kg.pictures.values import Page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_png", "png"]

_PIXELS, _DPI = 96.0, 192.0
"""Pixels of a canvas to an inch, and those of the file: twice as many."""
_MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}
_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Droid Sans Fallback", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "Microsoft YaHei",
    "SimHei", "SimSun", "Arial Unicode MS", "Noto Sans CJK JP", "Noto Sans CJK TC", "Noto Serif CJK SC", "Unifont",
)  # fmt: skip
"""Fonts with Chinese characters, those that are read most easily first."""
_FIRST = "DejaVu Sans"
"""The font that comes with matplotlib."""


def check_png() -> None:
    """Raise an error where no PNG can be drawn.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("embed", "A picture as PNG") from error


def png(page: Page) -> tuple[bytes, tuple[str, ...]]:
    """Return a page as PNG, and what people should know of it.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    check_png()
    canvases = [arrange(picture) for picture in page.pictures]
    families, missing = _fonts(text for canvas in canvases for text in _texts(canvas))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        content = _draw(canvases, families)
    return content, _notices(missing)


def _draw(canvases: Sequence[Canvas], families: list[str]) -> bytes:
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = max((canvas.width for canvas in canvases), default=1.0)
    height = sum(canvas.height for canvas in canvases) or 1.0
    with rc_context(
        {"font.family": families, "axes.unicode_minus": False, "text.usetex": False, "text.parse_math": False}
    ):
        figure = Figure((width / _PIXELS, height / _PIXELS), _DPI, facecolor=LIGHT.page)
        FigureCanvasAgg(figure)
        top = height
        for canvas in canvases:
            top -= canvas.height
            _paint(figure, canvas, (0.0, top / height, canvas.width / width, canvas.height / height))
        stream = io.BytesIO()
        figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _paint(figure: Figure, canvas: Canvas, place: tuple[float, float, float, float]) -> None:
    axes: Any = figure.add_axes(place, xlim=(0.0, canvas.width), ylim=(canvas.height, 0.0))
    axes.axis("off")
    marks: defaultdict[tuple[int, float], list[Mark]] = defaultdict(list)
    for shape in canvas.shapes:
        match shape:
            case Mark(radius=radius, colour=colour) if radius:
                marks[colour, radius].append(shape)
            case Line():
                across, down = zip(*shape.places, strict=True)
                points = shape.width * 72 / _PIXELS
                axes.plot(
                    across, down, color=_colour(shape.colour), linewidth=points, zorder=_depth(shape), clip_on=False
                )
            case Rectangle():
                axes.bar(
                    shape.x, -shape.height, shape.width, shape.y + shape.height, align="edge", zorder=2,
                    color=_colour(shape.colour), alpha=opacity_of(shape.colour),
                )  # fmt: skip
            case Text():
                _write(axes, shape)
    for (colour, radius), group in sorted(marks.items(), key=lambda each: each[0]):
        area = (2 * radius * 72 / _PIXELS) ** 2 * (0.8 if mark_of(colour) == "diamond" else 1.0)
        axes.scatter(
            [mark.x for mark in group], [mark.y for mark in group], s=area, c=_colour(colour), linewidths=0, zorder=3,
            marker=_MARKERS[mark_of(colour)], clip_on=False,
        )  # fmt: skip


def _write(axes: Any, text: Text) -> None:
    from matplotlib.patheffects import withStroke

    sides = {"start": "left", "middle": "center", "end": "right"}
    effects = [withStroke(linewidth=2.5, foreground=LIGHT.page)] if text.has_halo else []
    axes.text(
        text.x, text.y, text.text, fontsize=text.size * 72 / _PIXELS, color=_colour(text.colour), path_effects=effects,
        fontweight="bold" if text.is_bold else "normal", ha=sides[text.anchor], va="baseline", zorder=4,
        rotation=90 if text.is_upright else 0, rotation_mode="anchor",
    )  # fmt: skip


def _depth(line: Line) -> int:
    return 1 if line.colour == "grid" else 2


def _colour(colour: Colour) -> str:
    if isinstance(colour, str):
        return {"text": LIGHT.text, "faint": LIGHT.faint, "grid": LIGHT.grid}[colour]
    return LIGHT.grey if colour == GREY else LIGHT.groups[colour % len(LIGHT.groups)]


# --- fonts


def _texts(canvas: Canvas) -> Iterable[str]:
    return (shape.text for shape in canvas.shapes if isinstance(shape, Text))


def _fonts(texts: Iterable[str]) -> tuple[list[str], str]:
    """Return the fonts that texts need, and the characters that none of this machine has."""
    from matplotlib.font_manager import fontManager
    from matplotlib.ft2font import FT2Font

    wanted = {character for text in texts for character in text if not character.isspace()}
    paths: dict[str, str] = {}
    for entry in fontManager.ttflist:
        if entry.name not in paths or (entry.style == "normal" and entry.weight == 400):
            paths[entry.name] = str(entry.fname)
    families: list[str] = []
    for name in (_FIRST, *_FAMILIES):
        if name in paths and wanted:
            has = {chr(code) for code in FT2Font(paths[name]).get_charmap()}
            if wanted & has or name == _FIRST:
                families.append(name)
                wanted -= has
    return families or [_FIRST], "".join(sorted(wanted))


def _notices(missing: str) -> tuple[str, ...]:
    if not missing:
        return ()
    shown = missing[:8] + ("…" if len(missing) > 8 else "")
    return (
        f"No font that was found here has {shown}: these characters are boxes in the PNG. "
        "Install a font that has them (for Chinese: Noto Sans CJK), or write an .html picture.",
    )
