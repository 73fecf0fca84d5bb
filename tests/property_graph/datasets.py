"""Random datasets and random hand-made property graphs, hostile on purpose: what the laws of the mapping are run on.

Everything follows from a `random.Random`, so a seed says which dataset failed.
"""

from __future__ import annotations

import math
import struct
from random import Random
from typing import Literal as OneOf

from pyoxigraph import BaseDirection

from kg.property_graph import AbsentGraph, Node, Other, Point, PropertyGraph, Relationship, Stored, Temporal, Value
from kg.property_graph.names import Names
from kg.property_graph.values import lexical, quoted
from kg.rdf import OWL, RDF, RDFS, XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple, canonical

__all__ = ["ABSENT", "BASE", "NAMES", "USER", "random_dataset", "random_graph", "random_literal", "random_name"]

TemporalKind = OneOf["date", "local time", "zoned time", "local datetime", "zoned datetime", "duration"]
BASE = "https://home.example/"
TERM = f"{BASE}term/"
USER = NamedNode(f"{BASE}graph/user")
ABSENT: tuple[AbsentGraph, ...] = (USER, DefaultGraph())
NAMES = Names(
    BASE,
    {
        "foaf": "http://xmlns.com/foaf/0.1/",
        "rdf": str(RDF),
        "rdfs": str(RDFS),
        "kg": "https://w3id.org/noemata#",
        "x": "http://x/",
        "xy": "http://x/y/",
    },
    {
        "Thing": OWL["Thing"].value,
        "Person": "https://w3id.org/noemata#Person",
        "name": "https://w3id.org/noemata#name",
        "predicate": RDF["predicate"].value,
        "größe": "https://w3id.org/noemata#größe",
    },
)

_LOCAL = (
    "Person", "worksFor", "a%20b", "foaf__x", "iri", "_g", "Resource", "Thing", "9x", "größe", "_rdf", "_iri", "a%09b",
    "%E2%82%AC", "a__b", "__x", "ab%60c", "%00", "a%00b", "", "%25", "%2525", "name", "東京", "x%ED%A0%80",
)  # fmt: skip
IRIS = tuple(
    NamedNode(text)
    for text in (
        *(TERM + local for local in _LOCAL),
        *("http://x/" + local for local in ("a", "a__b", "y/z", "y/_z", "😀", "'", "(a)$b;//c*d", "#:Person", "iri")),
        *(str(RDF) + local for local in ("type", "predicate", "object", "subject", "type")),
        "http://xmlns.com/foaf/0.1/name", "http://xmlns.com/foaf/0.1/", "http://xmlns.com/foaf/0.1/a/b",
        "https://w3id.org/noemata#Person", "https://w3id.org/noemata#name", "https://w3id.org/noemata#größe",
        OWL["Thing"].value, BASE, BASE + "note/17", BASE + "graph/inferred", BASE + ".", BASE + "_:b", BASE + "a:b",
        USER.value, BASE + "note/a%20b#it", "urn:x", "a:Resource", "u:__", "http://x/%5Cu0060", "http://x/" + "y" * 300,
        "http://x/" + "z" * 20_500, "http://x/" + "é" * 5_000, TERM + "w" * 7_100,
    )
)  # fmt: skip
BLANK_NODES = tuple(BlankNode(label) for label in ("a", "b", "neo4j17", "c14n0", "é", "f" * 32))

_DATATYPES = tuple(
    NamedNode(text)
    for text in (
        *(XSD[name].value for name in (
            "integer", "short", "unsignedLong", "nonNegativeInteger", "decimal", "double", "float", "boolean", "date",
            "dateTime", "dateTimeStamp", "time", "duration", "dayTimeDuration", "yearMonthDuration", "string", "gYear",
            "hexBinary", "base64Binary", "anyURI", "gMonthDay",
        )),
        "http://x/dt", "http://www.opengis.net/ont/geosparql#wktLiteral", "urn:cypher:duration",
    )
)  # fmt: skip
_TEXTS = (
    "1", "01", "+1", "1.0", "1.0E0", "1e0", "true", "false", "0", "-0.0E0", "-0", "NaN", "INF", "-INF", "1e999",
    "5e-324", "1e-999", "2.2250738585072014e-308", "1.7976931348623157e308", "1e16", "1e22", "123456789012345680000",
    "abc", "", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9" * 30,
    "9" * 5000, "1.10", "0.1", "1.0000000000000000001", "0.000000000000000001", "16777217", " 1", 'a\tb\n"c"\\', "é\u2028",
    "\x00", "a\x00b", "\ufffe", "\ud7ff\ue000", "😀", "x" * 9000, "٣", "1_000", ".", "_:b", "foaf__name", "name",
    "http://x/a", '<<( <http://x/a> <http://x/b> "c" )>>', ' .', '" .', ")>> .", "<http://x/a>", "\\u0041", "\\",
    "2020-01-01", "2020-02-30", "2020-01-01Z", "0001-01-01", "0000-01-01", "-0044-03-15", "12345-01-01", "9999-12-31",
    "2020-01-02T03:04:05", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05.0Z", "2020-01-02T03:04:05.120Z",
    "2020-01-02T03:04:05.123456789+14:00", "2020-01-02T03:04:05.1234567891Z", "2020-01-02T03:04:05+00:00",
    "2020-01-02T03:04:05-00:00", "2020-01-02T24:00:00Z", "2020-01-02T03:04:60Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "2020-01-02T03:04:05+05:45", "2020-01-02T03:04:05-00:30", "1582-10-10T00:00:00Z",
    "2020-01-02T03:04:05.500", "2020-01-02T03:04:05+14:01", "03:04:05", "03:04:05Z", "03:04:05.5-11:00", "24:00:00",
    "P1Y", "P12M", "-P1Y2M3DT4H5M6.7S", "PT36H", "PT0S", "P0D", "P1DT12H", "PT0.000000001S", "PT0.0000000001S", "P",
    "PT", "-PT1.5S", "P1M-1D", "PT90S", "P99999999Y", "P999999999999D", "1999", "0FB7", "0fb7", "POINT(1 2)", "1;-1;0;0",
)  # fmt: skip
_LANGUAGES = ("en", "EN-gb", "de", "zh-hans", "de-CH-1996", "x-private")


def _characters(random: Random, length: int) -> str:
    ranges = ((1, 0xD800), (0xE000, 0x110000), (0, 128))
    return "".join(chr(random.randrange(*random.choice(ranges))) for _ in range(random.randint(0, length)))


def _number_or_time(random: Random) -> Literal:
    """Return a literal near the bounds of what has a value of its own."""
    number = random.choice((2**63, -(2**63), 0, 10**15)) + random.randint(-2, 2)
    double = struct.unpack("<d", random.randbytes(8))[0]
    year, month, day = random.choice((0, 1, 2, 1999, 9998, 9999, 12020)), random.randint(0, 13), random.randint(0, 31)
    hour, minute, second = random.randint(0, 24), random.randint(0, 60), random.randint(0, 60)
    fraction = f".{random.randint(0, 10**11)}" if random.random() < 0.5 else ""
    zone = random.choice(("", "Z", f"{random.choice('+-')}{random.randint(0, 15):02}:{random.randint(0, 60):02}"))
    clock, date = f"{hour:02}:{minute:02}:{second:02}{fraction}{zone}", f"{year:04}-{month:02}-{day:02}"
    text, datatype = random.choice((
        (str(number), "integer"), (str(number), "decimal"), (f"{number}{fraction}", "decimal"), (repr(double), "double"),
        (repr(double), "float"), (date, "date"), (f"{date}{zone}", "date"), (clock, "time"), (f"{date}T{clock}", "dateTime"),
        (f"{random.choice(('', '-'))}P{year}Y{month}M{day}DT{hour}H{minute}M{second}{fraction}S", "duration"),
    ))  # fmt: skip
    return Literal(text, datatype=XSD[datatype])


def random_literal(random: Random) -> Literal:
    """Return a canonical literal: odd texts under all datatypes, so most are ill-typed or not in value form."""
    text = random.choice(_TEXTS) if random.random() < 0.85 else _characters(random, 5)
    luck = random.random()
    if luck < 0.2:
        literal = Literal(text, language=random.choice(_LANGUAGES))
    elif luck < 0.25:
        direction = random.choice((BaseDirection.LTR, BaseDirection.RTL))
        literal = Literal(text, language=random.choice(_LANGUAGES), direction=direction)
    elif luck < 0.45:
        literal = Literal(text)
    elif luck < 0.55:
        literal = _number_or_time(random)
    else:
        literal = Literal(text, datatype=random.choice(_DATATYPES))
    term = canonical(literal)
    assert isinstance(term, Literal)
    return term


_ALIKE = (
    tuple((text, name) for text in ("0", "-0", "1", "1.5", "NaN", "INF") for name in ("double", "float", "decimal")),
    tuple((text, "integer") for text in ("0", "1", "-1", str(2**63 - 1), str(2**63))),
    tuple((text, name) for text in ("true", "false", "1", "0") for name in ("boolean", "integer", "string")),
    tuple((text, name) for text in ("2020-01-01", "2020-01-02", "2020-01-02Z") for name in ("date", "string")),
    tuple((f"2020-01-0{day}T00:00:00{zone}", "dateTime") for day in "12" for zone in ("", "Z", "+01:00")),
    tuple((f"0{hour}:00:00{zone}", "time") for hour in "12" for zone in ("", "Z", "+01:00")),
    tuple((text, "duration") for text in ("P1Y", "P12M", "P1M", "PT36H", "P1D")),
)
"""Literals that share a value, or a type, or look as if they did."""


def _alike(random: Random, family: tuple[tuple[str, str], ...]) -> Literal:
    text, datatype = random.choice(family)
    term = canonical(Literal(text, datatype=XSD[datatype]))
    assert isinstance(term, Literal)
    return term


def _random_object(random: Random, iris: list[NamedNode], depth: int = 0) -> Term:
    luck = random.random()
    if luck < 0.55:
        return random_literal(random)
    if luck < 0.62 and depth < 2:
        subject = random.choice(iris) if random.random() < 0.8 else random.choice(BLANK_NODES)
        return Triple(subject, random.choice(iris), _random_object(random, iris, depth + 1))
    return random.choice(iris) if luck < 0.9 else random.choice(BLANK_NODES)


def random_dataset(random: Random, absent: AbsentGraph, statements: int = 40) -> set[Quad]:
    """Return up to some statements, each in one to four graphs, among them the absent one."""
    few = random.sample(IRIS, 6)
    iris = few * 4 + random.sample(IRIS, 6)
    graphs = [absent] * 3 + random.choices(iris, k=3) + [random.choice(BLANK_NODES)]
    predicates = [*random.choices(iris, k=3), RDF["type"], RDF["type"], RDF["predicate"], RDF["object"]]
    family, alike = random.choice(_ALIKE), random.choice((0.0, 0.3, 0.6))
    quads = set()
    for _ in range(random.randint(1, statements)):
        subject = random.choice(few) if random.random() < 0.85 else random.choice(BLANK_NODES)
        predicate = random.choice(predicates)
        object_ = RDF["type"] if random.random() < 0.03 else _random_object(random, iris)
        if random.random() < alike:
            predicate, object_ = random.choice(predicates[:2]), _alike(random, family)
        for graph in random.sample(graphs, random.choice((1, 1, 1, 2, 4))):
            quads.add(Quad(subject, predicate, object_, graph))
    return quads


# --- what people, and other programs, may leave in a database


def random_name(random: Random) -> str:
    """Return a name that is not empty: readable, reserved, an IRI, or anything at all."""
    odd = (
        "a b",
        "iri",
        "Resource",
        "_g",
        "foaf__a b",
        "http://x/a b",
        "x:",
        "1",
        "`",
        "\\u0060",
        "a\tb",
        ":Person",
        "%41",
    )
    luck = random.random()
    if luck < 0.3:
        return random.choice(
            ("name", "Person", "knows", "foaf__name", "rdf__type", "predicate", "rdf__object", "größe")
        )
    if luck < 0.6:
        return random.choice(odd)
    if luck < 0.75:
        return random.choice(IRIS).value
    return _characters(random, 8) or "ö"


_KINDS: tuple[TemporalKind, ...] = (
    "date", "local time", "zoned time", "local datetime", "zoned datetime", "duration",
)  # fmt: skip


def _random_value(random: Random) -> Value:
    texts = ("2020-01-01T10:00:00.500+00:00", "PT36H", "-0005-01-01", "12020-01-01", "nonsense", "2020-01-01+18:00")
    return random.choice((
        random.choice(_TEXTS), random.randint(-3, 3), random.choice((-(2**63), 2**63 - 1)), random.random() < 0.5,
        random.choice((0.0, -0.0, 1.0, 1.5, math.nan, math.inf, -math.inf, 5e-324, 1e300)), random.uniform(-1e9, 1e9),
        Temporal(random.choice(_KINDS), random.choice(texts + _TEXTS)), Point("POINT(1.0 2.0)"), b"\x0f\xb7",
        Other("urn:cypher:duration", "1;-1;0;0"),
    ))  # fmt: skip


def _random_stored(random: Random) -> Stored:
    return (
        [_random_value(random) for _ in range(random.randint(0, 3))] if random.random() < 0.4 else _random_value(random)
    )


def _random_note(random: Random, node: Node) -> str:
    names = [*node.properties, *node.properties, *(f":{label}" for label in node.labels), random_name(random)]
    held = [item for value in node.properties.values() for item in (value if isinstance(value, list) else [value])]
    text = lexical(random.choice(held or ["a"]))[0]
    token = random.choice((
        quoted(text), f"{quoted(text)}@en", f"{quoted(text)}^^{random.choice(_DATATYPES)}", str(random_literal(random)), f'"{random.choice(_TEXTS)}"', str(random.choice(IRIS)), "", "_:b", '"1" .', '"', "<x>",
        '"1"^^<http://www.w3.org/2001/XMLSchema#int>', '"01"^^<http://www.w3.org/2001/XMLSchema#integer>', '"a"@EN',
        '"a" <http://x/g>', '"a" . <http://x/a> <http://x/a> "b"', '<<( <http://x/a> <http://x/b> "01" )>>',
    ))  # fmt: skip
    if random.random() < 0.1:  # a value as somebody wrote it, and a note that is right but for its form
        text, datatype = random.choice(
            (("01", "integer"), ("1.0", "decimal"), ("1e0", "double"), ("PT36H", "duration"))
        )
        node.properties[names[0]], token = text, f'"{text}"^^<{XSD[datatype].value}>'
        names = names[:1]
    graphs = " ".join(random.choice((".", "note/17", "", "_:b", "_: x", "a b", "http://x/g")) for _ in range(2))
    return random.choice(("\t".join((random.choice(names), token, graphs)), token, "\t\t", "a\tb\tc\td"))


def random_graph(random: Random) -> PropertyGraph:
    """Return nodes and relationships as hands may make them: odd names and keys, broken and dead notes."""
    graph = PropertyGraph()
    keys = [
        random.choice((random_name(random), random.choice(IRIS).value[:200], "_:a", "_: x", "_#12", "")) for _ in "abcd"
    ]
    for key in keys:
        node = graph.nodes[key] = Node(key, random.choice((None, None, random.choice(IRIS).value)))
        node.labels = {random_name(random) for _ in range(random.randint(0, 3))}
        node.properties = {random_name(random): _random_stored(random) for _ in range(random.randint(0, 4))}
        node.notes = [_random_note(random, node) for _ in range(random.randint(0, 4))]
    for _ in range(random.randint(0, 5)):
        graphs = random.choice((None, (), (".",), ("note/17", "."), ("", "a b"), ("_:b", "_: x", "http://x/a b")))
        start, end = random.choice(keys), random.choice(keys)
        graph.relationships.append(Relationship(start, random_name(random), end, graphs))
    return graph
