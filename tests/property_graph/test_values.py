"""Literals and values: the form is that of `kg.rdf.canonical`, and a value of its own means its literal alone."""

from __future__ import annotations

import math
import struct
from datetime import date, datetime, time
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.property_graph import Other, Point, Temporal, Value, values
from kg.property_graph.values import identity, kind, literal_of, native, quoted, split_literal, stored_forms, term_token
from kg.rdf import RDF, XSD, Literal, NamedNode, Quad, RdfFormat, Term, Triple, canonical, parse
from tests.property_graph.datasets import NAMES, random_literal
from tests.strategies import any_literals, literals

NODE = NamedNode("urn:x")


def typed(text: str, datatype: str) -> Literal:
    term = canonical(Literal(text, datatype=XSD[datatype]))
    assert isinstance(term, Literal)
    return term


def read(token: str) -> Term:
    (quad,) = parse(f"<urn:x> <urn:x> {token} .".encode(), RdfFormat.N_TRIPLES, "x")
    return quad.object


doubles = st.one_of(
    st.floats(width=64),
    st.integers(0, 2**64 - 1).map(lambda bits: float(struct.unpack("<d", struct.pack("<Q", bits))[0])),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
)


@given(doubles)
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
@example(1e16)
@example(123456789012345680.0)
@example(1e22)
@example(math.nan)
@example(math.inf)
def test_a_double_has_the_form_of_the_store(number: float) -> None:
    literal = canonical(Literal(number))
    assert (
        literal_of(number) == literal == canonical(Literal(repr(number).replace("inf", "INF"), datatype=XSD["double"]))
    )
    assert isinstance(literal, Literal)
    assert identity(native(literal, NAMES)) == identity(number)


@given(st.integers(-(2**65), 2**65))
@example(2**63)
@example(-(2**63) - 1)
@example(2**63 - 1)
def test_an_integer_is_one_up_to_64_bits(number: int) -> None:
    literal = typed(str(number), "integer")
    fits = -(2**63) <= number < 2**63
    assert identity(native(literal, NAMES)) == identity(number if fits else str(number))
    assert literal_of(number) == literal or not fits


def _fraction(digits: str) -> str:
    return f".{digits}" if digits else ""


_days = st.builds(
    "{}-{:02}-{:02}".format,
    st.sampled_from(["0000", "0001", "0002", "1582", "2020", "9998", "9999", "12020", "-0005"]),
    st.integers(1, 12),
    st.integers(1, 31),
)
_clocks = st.builds(
    "{:02}:{:02}:{:02}{}{}".format,
    st.integers(0, 24), st.sampled_from([0, 59]), st.integers(0, 60), st.text("0159", max_size=20).map(_fraction),
    st.sampled_from(["", "Z", "+00:00", "-00:00", "+05:45", "-00:30", "+13:59", "+14:00", "-14:00", "+14:01", "+18:00", "+00:60"]),
)  # fmt: skip
_parts = st.tuples(
    *(st.sampled_from(["", "0", "1", "11", "12", "23", "24", "59", "60", "99999999", "9" * 12]) for _ in range(6)),
    st.text("0123456789", max_size=12),
)


def _duration(parts: tuple[str, ...]) -> str:
    def written(numbers: tuple[str, ...], units: str) -> str:
        return "".join(number + unit for number, unit in zip(numbers, units, strict=True) if number)

    *numbers, fraction = parts
    seconds = f"{numbers[5]}{_fraction(fraction)}S" if numbers[5] else ""
    clock = written(tuple(numbers[3:5]), "HM") + seconds
    return f"P{written(tuple(numbers[:3]), 'YMD')}{'T' + clock if clock else ''}"


temporals = st.one_of(
    st.tuples(_days, st.just("date")),
    st.tuples(_days.map(lambda day: f"{day}Z"), st.just("date")),
    st.tuples(_clocks, st.just("time")),
    st.tuples(st.builds("{}T{}".format, _days, _clocks), st.sampled_from(["dateTime", "dateTimeStamp"])),
    st.tuples(
        st.builds("{}{}".format, st.sampled_from(["", "-"]), _parts.map(_duration)),
        st.sampled_from(["duration", "dayTimeDuration", "yearMonthDuration"]),
    ),
)


def assert_the_driver_can_build(value: Temporal) -> None:
    """What the server stores and the driver reads again, checked by other means than those under test."""
    if value.kind == "duration":
        return
    text = value.text
    digits = text.partition(".")[2].rstrip("Z").partition("+")[0].partition("-")[0]
    assert len(digits) <= 9
    short = text.replace(f".{digits}", "") if digits else text
    read = {"date": date.fromisoformat, "local time": time.fromisoformat, "zoned time": time.fromisoformat}
    read.get(value.kind, datetime.fromisoformat)(short)
    if "datetime" in value.kind:
        assert 2 <= int(text[:4]) <= 9998
    assert ("zoned" in value.kind) == (
        text[10:].endswith("Z") or "+" in text[8:] or "-" in text[10:] or "-" in text[8:10] or text.endswith("Z")
    )


@given(temporals)
def test_a_temporal_value_means_its_literal_alone(form: tuple[str, str]) -> None:
    literal = typed(*form)
    value = native(literal, NAMES)
    if isinstance(value, Temporal):
        assert literal_of(value) == literal
        assert_the_driver_can_build(value)
    else:
        assert value == literal.value


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("2020-01-01", "date", Temporal("date", "2020-01-01")),
        ("2020-01-01Z", "date", "2020-01-01Z"),
        ("2020-02-30", "date", "2020-02-30"),
        ("24:00:00", "time", Temporal("local time", "00:00:00")),
        ("12:00:00.500-11:00", "time", Temporal("zoned time", "12:00:00.5-11:00")),
        ("2020-01-01T10:00:00.120+00:00", "dateTime", Temporal("zoned datetime", "2020-01-01T10:00:00.12Z")),
        ("2020-01-01T10:00:00", "dateTime", Temporal("local datetime", "2020-01-01T10:00:00")),
        ("2020-01-01T10:00:00.1234567891", "dateTime", "2020-01-01T10:00:00.1234567891"),
        ("0001-01-01T00:00:00+14:00", "dateTime", "0001-01-01T00:00:00+14:00"),
        ("PT36H", "duration", Temporal("duration", "P1DT12H")),
        ("-P14M", "duration", Temporal("duration", "-P1Y2M")),
        ("PT1S", "dayTimeDuration", "PT1S"),
        ("01", "byte", 1),
        ("18446744073709551615", "unsignedLong", "18446744073709551615"),
        ("1.70", "decimal", 1.7),
        ("1e400", "double", math.inf),
        ("0.1", "float", 0.1),
        ("1", "boolean", True),
        ("0FB7", "hexBinary", "0FB7"),
        ("9" * 400, "decimal", "9" * 400),
        ("٣", "integer", "٣"),
    ],
)
def test_the_best_value_of_a_literal(text: str, datatype: str, value: Value) -> None:
    assert identity(native(typed(text, datatype), NAMES)) == identity(value)


@given(st.one_of(any_literals, literals, st.integers(0, 2**32).map(lambda seed: random_literal(Random(seed)))))
def test_a_token_splits_and_a_string_is_quoted(literal: Literal) -> None:
    text, suffix = split_literal(str(literal))
    assert text == literal.value
    assert quoted(text) + suffix == str(literal)
    assert stored_forms(literal, NAMES)[-1] == text


@pytest.mark.parametrize(
    ("value", "text", "datatype"),
    [
        (Temporal("duration", "PT36H"), "P1DT12H", XSD["duration"]),
        (Temporal("zoned datetime", "2020-01-01T10:00:00.500+00:00"), "2020-01-01T10:00:00.5Z", XSD["dateTime"]),
        (Temporal("date", "-0005-01-01"), "-0005-01-01", XSD["date"]),
        (Temporal("local time", "nonsense"), "nonsense", XSD["time"]),
        (Other("urn:cypher:duration", "1;-1;0;0"), "1;-1;0;0", NamedNode("urn:cypher:duration")),
        (Point("POINT(1 2)"), "POINT(1 2)", NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")),
        (b"\x0f\xb7", "0FB7", XSD["hexBinary"]),
        (True, "true", XSD["boolean"]),
        ("a", "a", XSD["string"]),
    ],
)
def test_what_hands_made_means_a_canonical_literal(value: Value, text: str, datatype: NamedNode) -> None:
    literal = literal_of(value)
    assert literal == Literal(text, datatype=datatype) == canonical(literal)


def test_an_iri_and_a_triple_term_are_texts() -> None:
    triple = Triple(NODE, RDF["type"], Triple(NODE, NODE, Literal("a b", language="en")))
    assert native(RDF["type"], NAMES) == "rdf__type"
    assert stored_forms(RDF["type"], NAMES) == ("rdf__type", RDF["type"].value)
    assert native(triple, NAMES) == term_token(triple)
    assert read(term_token(triple)) == triple == Quad(NODE, NODE, triple).object


def test_values_are_told_apart_by_kind_and_text() -> None:
    apart: list[Value] = [1, 1.0, True, "1", 0.0, -0.0, "True", Temporal("local time", "1"), Temporal("date", "1")]
    assert len({identity(value) for value in apart}) == len(apart)
    assert identity(math.nan) == identity(float("nan"))
    assert kind(Temporal("zoned time", "x")) != kind(Temporal("local time", "x"))


def test_a_number_written_as_python_does_is_another_literal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "double_text", repr)
    assert literal_of(1.0) != canonical(Literal(1.0))


def test_a_string_is_escaped_as_oxigraph_does_it() -> None:
    for code in (*range(0x3000), *range(0xE000, 0x10100)):
        assert quoted(f"a{chr(code)}") == str(Literal(f"a{chr(code)}"))
