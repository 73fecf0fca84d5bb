"""Pictures are whole files that need nothing else, equal for equal pages, whatever the labels are."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.pictures import SUFFIXES, Bars, BarSeries, Caption, Lines, Page, Point, Scatter, Series, draw
from kg.pictures.arranging import arrange
from kg.pictures.colours import DARK, LIGHT, MARKS, Theme, group_numbers, mark_of
from kg.pictures.scales import Scale, clean, placed_labels, shortened, text_width, tick_text
from kg.pictures.shapes import Line, Mark, Rectangle, Text

HOSTILE = [
    "a & b",
    "<script>alert(1)</script>",
    "\"'",
    "$x_1^2$",
    "知识图谱",
    "\x00\x1b\ud800",
    "😀",
    "]]>",
    "",
    "a\nb",
]
SCATTER = Scatter("Map", tuple(Point(i % 4, i // 4, label, f"group {i % 3}") for i, label in enumerate(HOSTILE)))
LINES = Lines("Loss", (Series("training", ((0, 3.0), (1, 1.0))), Series("验证", ((0, 2.5), (1, 1.5)))), "epoch", "loss")
BARS = Bars("Topics", ("2025-01", "2025-02"), (BarSeries("a<b", (1, 2)), BarSeries("b", (0, 3))), "month", "notes")
PAGE = Page("All & more", (SCATTER, LINES, BARS), ("A remark <here>.",))
SVG = "{http://www.w3.org/2000/svg}"


def text_of(page: Page, suffix: str = ".html") -> str:
    return draw(page, suffix).content.decode()


def tree(picture: Scatter | Lines | Bars) -> ET.Element:
    return ET.fromstring(text_of(Page("x", (picture,)), ".svg"))


# --- files


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_pages_give_equal_bytes(suffix: str) -> None:
    if suffix == ".png":
        pytest.importorskip("matplotlib")
    first = draw(PAGE, suffix).content
    assert first == draw(PAGE, suffix.upper()).content
    assert first.startswith({".png": b"\x89PNG", ".html": b"<!DOCTYPE html>", ".svg": b"<svg "}[suffix])


def test_another_ending_is_refused() -> None:
    for suffix in (".jpg", "", ".html.gz"):
        with pytest.raises(InputError, match=r"ends in \.html, \.png or \.svg"):
            draw(PAGE, suffix)


def test_a_svg_holds_one_picture_and_says_so() -> None:
    drawing = draw(PAGE, ".svg")
    assert drawing.notices == ("An .svg holds one picture; 2 more are in an .html.",)
    assert draw(Page("x", (LINES,)), ".svg").notices == ()


def test_a_png_says_which_characters_no_font_has() -> None:
    pytest.importorskip("matplotlib")
    missing = "\U00012000"  # cuneiform: none of the fonts that are asked for has it
    (notice,) = draw(Page("x", (Scatter("x", (Point(0, 0, missing),)),)), ".png").notices
    assert missing in notice and "boxes" in notice
    assert draw(Page("x", (Lines("Loss", LINES.series[:1]),)), ".png").notices == ()


# --- the page needs nothing else


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def faults(html: str) -> list[str]:
    """Return what of a page would need the network, run, or be stopped by its own policy."""
    parser = _Elements()
    parser.feed(html)
    wrong = []
    for tag, attributes in parser.found:
        if tag in ("script", "link", "img", "iframe", "object", "use", "image"):
            wrong.append(tag)
        wrong += [
            name for name in attributes if name in ("src", "href", "style", "xlink:href") or name.startswith("on")
        ]
    (policy,) = (
        a["content"] for t, a in parser.found if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    for rules in re.findall(r"<style>(.*?)</style>", html, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(rules.encode()).digest()).decode()
        if f"'sha256-{digest}'" not in policy:
            wrong.append("style of another hash")
        if "url(" in rules or "@import" in rules:
            wrong.append("style that fetches")
    return wrong if "default-src 'none'" in policy else [*wrong, "policy"]


def test_a_page_fetches_and_runs_nothing() -> None:
    html = text_of(PAGE)
    assert faults(html) == []
    # the checker sees what it looks for
    assert faults(html.replace("</body>", '<img src="x"></body>')) == ["img", "src"]
    assert faults(html.replace("<h1>", '<h1 style="color:red" onclick="x">')) == ["style", "onclick"]
    assert faults(html.replace("svg .grid", "svg .gird")) == ["style of another hash"]


def test_no_label_turns_what_stands_beside_it() -> None:
    assert clean("\u202egnp.exe \u2067x") == "gnp.exe x"
    assert clean("👩\u200d🚀 שלום") == "👩\u200d🚀 שלום"


def test_labels_are_text_and_nothing_else() -> None:
    html = text_of(PAGE)
    assert "<script" not in html and "&lt;script&gt;alert(1)" in html
    assert "\x00" not in html and "\x1b" not in html
    assert "All &amp; more" in html and "A remark &lt;here&gt;." in html


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=12), st.floats(), st.floats(), st.text(max_size=6)), max_size=12))
def test_any_points_give_well_formed_svg(points: list[tuple[str, float, float, str]]) -> None:
    root = tree(Scatter("t", tuple(Point(x, y, label, group) for label, x, y, group in points)))
    for element in root.iter():
        for name in ("x", "y", "cx", "cy", "width", "height"):
            assert math.isfinite(float(element.get(name, "0")))


# --- what is drawn


def test_each_point_is_a_mark_with_its_label() -> None:
    marks = [shape for shape in arrange(SCATTER).shapes if isinstance(shape, Mark) and shape.tip.count("\n")]
    assert len(marks) >= len([label for label in HOSTILE if clean(label)])
    assert {mark.colour for mark in marks} == {0, 1, 2}
    titles = [title.text for title in tree(SCATTER).iter(f"{SVG}title")]
    assert any(title and title.startswith("知识图谱") for title in titles)


def test_a_map_has_one_scale_and_axes_have_two() -> None:
    points = (Point(0, 0, "a"), Point(100, 0, "b"), Point(0, 1, "c"))

    def places(has_axes: bool) -> list[tuple[float, float]]:
        shapes = arrange(Scatter("t", points, has_axes=has_axes)).shapes
        return [(shape.x, shape.y) for shape in shapes if isinstance(shape, Mark)]

    a, b, c = places(has_axes=False)
    assert (b[0] - a[0]) / 100 == pytest.approx(a[1] - c[1])
    a, b, c = places(has_axes=True)
    assert (a[1] - c[1]) > 50 * (b[0] - a[0]) / 100


def test_what_is_not_finite_is_a_gap() -> None:
    series = Series("loss", ((0, 1.0), (1, 0.5), (2, math.nan), (3, 1e200), (4, 0.4), (5, 0.3)))
    shapes = arrange(Lines("Loss", (series,))).shapes
    runs = [shape for shape in shapes if isinstance(shape, Line) and shape.colour == 0]
    assert [len(run.places) for run in runs] == [2, 2]


def test_where_there_is_nothing_it_says_so() -> None:
    for picture in (Scatter("t", ()), Lines("t", (Series("s", ((0, math.nan),)),)), Bars("t", (), ())):
        assert any(isinstance(shape, Text) and shape.text == "Nothing to show." for shape in arrange(picture).shapes)


def test_bars_stand_on_one_another() -> None:
    bars = [shape for shape in arrange(BARS).shapes if isinstance(shape, Rectangle)]
    assert [shape.tip for shape in bars[3:]] == ["a<b", "b"]  # the legend; none for a zero
    bars = bars[:3]
    below, above = (bar for bar in bars if bar.x == bars[-1].x)
    assert above.y + above.height == pytest.approx(below.y)
    assert above.height == pytest.approx(1.5 * below.height)


def test_numbers_stand_in_a_table_too() -> None:
    html = text_of(PAGE)
    assert html.count("<details>") == 3
    assert "<tr><td>2025-02</td><td>2</td><td>3</td></tr>" in html
    assert "<tr><td>0</td><td>3</td><td>2.5</td></tr>" in html


def test_a_long_legend_is_cut_and_says_so() -> None:
    shapes = arrange(Bars("t", ("x",), tuple(BarSeries(f"s{i}", (1,)) for i in range(25)))).shapes
    assert any(isinstance(shape, Text) and shape.text == "and 5 more" for shape in shapes)


# --- scales, labels, colours


@given(st.lists(st.floats(-1e149, 1e149), min_size=1, max_size=6))
def test_a_scale_holds_all_values(values: list[float]) -> None:
    scale = Scale.of(values, 0.0, 100.0)
    assert scale.low < scale.high and 2 <= len(scale.ticks) <= 15
    for value in values:
        assert -1e-3 <= scale(value) <= 100 + 1e-3


def test_ticks_are_round() -> None:
    assert Scale.of([0.13, 0.94], 0, 1).ticks == pytest.approx((0, 0.2, 0.4, 0.6, 0.8, 1.0))
    assert [tick_text(value) for value in (0, 0.25, 1500, 1e-7, 2e12)] == ["0", "0.25", "1,500", "1e-07", "2e+12"]


@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.floats(0, 300), st.text("ab字", min_size=1, max_size=8), st.floats(0, 1)),
        max_size=30,
    )
)
def test_labels_do_not_overlap_and_stay_inside(wanted: list[tuple[float, float, str, float]]) -> None:
    boxes = [
        (left, base - 12, left + 12 * text_width(wanted[number][2]), base + 3.6)
        for number, left, base in placed_labels(wanted, 12.0, (0.0, 0.0, 300.0, 300.0))
    ]
    for place, one in enumerate(boxes):
        assert one[0] >= 0 and one[1] >= 0 and one[2] <= 300 and one[3] <= 300
        for other in boxes[:place]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_the_weightier_label_is_drawn() -> None:
    wanted = [(50.0, 50.0, "x" * 5, 1.0)] * 9 + [(50.0, 50.0, "heavy", 2.0)]
    placed = [number for number, _, _ in placed_labels(wanted, 12.0, (0, 0, 300, 300))]
    assert placed[0] == 9 and len(placed) < 10


def test_a_caption_is_in_the_middle_and_some_labels_are_never_drawn() -> None:
    points = tuple(Point(x, 0, f"point {x}", weight=-1.0) for x in range(5))
    shapes = arrange(
        Scatter("t", points, has_axes=False, captions=(Caption(2, 0, "知识"), Caption(2, 0, "hidden")))
    ).shapes
    (title, caption) = (shape for shape in shapes if isinstance(shape, Text))
    middle = [shape.x for shape in shapes if isinstance(shape, Mark)][2]
    assert (title.text, caption.text, caption.x + 12) == ("t", "知识", pytest.approx(middle))


def test_chinese_is_twice_as_wide_and_cut_in_time() -> None:
    assert text_width("知识") == 2.0
    assert shortened("知识图谱与检索", 4.5) == "知识图…"
    assert shortened("short", 4.5) == "short"


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_can_be_seen_in_both_themes(theme: Theme) -> None:
    assert min(contrast(colour, theme.page) for colour in (*theme.groups, theme.grey)) >= 3
    assert min(contrast(colour, theme.page) for colour in (theme.text, theme.faint)) >= 4.5
    other = DARK if theme is LIGHT else LIGHT
    assert min(contrast(colour, other.page) for colour in theme.groups) < 3  # which is why there are two


def test_groups_beyond_the_colours_have_another_shape() -> None:
    numbers = group_numbers(f"g{i}" for i in range(40))
    looks = {(number % len(LIGHT.groups), mark_of(number)) for number in numbers.values() if number >= 0}
    assert len(looks) == len(LIGHT.groups) * len(MARKS) == 32
    assert group_numbers(["b", "", "a", "b"]) == {"b": 0, "a": 1, "": -1}


def test_bars_beyond_the_colours_are_fainter() -> None:
    def drawn(count: int) -> set[str]:
        series = tuple(BarSeries(f"series {number}", (1.0,)) for number in range(count))
        found = [each for each in tree(Bars("t", ("x",), series)).iter() if each.tag.endswith("rect")]
        return {str(each.get("class")) for each in found}

    assert len(drawn(20)) - len(drawn(8)) == 12
    assert "opacity:0.5" in text_of(Page("p", (Bars("t", ("x",), (BarSeries("a", (1.0,)),)),)))


def test_points_in_one_place_are_all_told() -> None:
    points = (*(Point(1, 1, f"rule {number}") for number in range(12)), Point(2, 2, "alone"))
    tips = [shape.tip for shape in arrange(Scatter("t", points)).shapes if isinstance(shape, Mark)]
    assert tips[0] == tips[11] == "\n\n".join([*(f"rule {number}" for number in range(10)), "and 2 more"])
    assert tips[12] == "alone"


def test_a_caption_hides_no_point_where_it_need_not() -> None:
    points = (*(Point(x, 0, "") for x in range(-3, 4)), Point(0, 9, ""), Point(0, -9, ""))
    heights = [
        [shape.y for shape in shapes if isinstance(shape, Text) and shape.text == "caption"]
        for radius in (0.0, 4.0)
        for shapes in [arrange(Scatter("t", points, has_axes=False, captions=(Caption(0, 0, "caption", radius),))).shapes]
    ]
    ((middle,), (moved,)) = heights
    assert moved < middle - 12  # above
    top = arrange(Scatter("t", points[:7], has_axes=False, captions=(Caption(0, 0, "caption", 3.5),)))
    (text,) = (shape for shape in top.shapes if isinstance(shape, Text) and shape.text == "caption")
    assert text.y - 12 > 48  # below the title, though it stands above all points


def test_points_stand_in_a_table_too() -> None:
    html = text_of(Page("p", (Scatter("t", (Point(0.5, 2, "图 <1>", "g", "said"),), "count"),)))
    assert "<tr><th>name</th><th>group</th><th></th><th>count</th><th>y</th></tr>" in html
    assert "<tr><td>图 &lt;1&gt;</td><td>g</td><td>said</td><td>0.5</td><td>2</td></tr>" in html
    assert "<th>x</th>" not in text_of(Page("p", (Scatter("t", (Point(0.5, 2, "a"),), has_axes=False),)))
