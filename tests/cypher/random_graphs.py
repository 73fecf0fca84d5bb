"""Small random graphs: labels, properties of all types, missing and mixed ones, relationships, cycles, loops.

They are made as quads, because that is what a store takes. `PROPERTIES` says what `tests.cypher.random_queries` may
expect of a key; a value that it names is there on some nodes only.
"""

from __future__ import annotations

import random

from kg.rdf import RDF, XSD, Literal, NamedNode, Quad

__all__ = ["BASE", "LABELS", "PROPERTIES", "TYPES", "random_quads"]

BASE = "http://e/"
LABELS = ("A", "B", "C")
TYPES = ("R", "S", "T")

PROPERTIES = {
    "i": "integer",
    "id": "integer",
    "f": "float",
    "s": "text",
    "name": "text",
    "type": "text",
    "b": "truth",
    "d": "date",
    "t": "moment",
    "u": "local moment",
    "e": "duration",
    "l": "integers",
    "w": "texts",
    "m": "mixed",
}
"""The kind of the values of each key. Several are names for which kglite has meanings of its own."""

_VALUES: dict[str, tuple[Literal, ...]] = {
    "integer": tuple(Literal(str(n), datatype=XSD["integer"]) for n in (0, 1, 2, 3, 7, -4, 2**53 + 1)),
    "float": tuple(Literal(text, datatype=XSD["double"]) for text in ("0.0E0", "-0.0E0", "1.5E0", "-2.25E0", "3.0E0", "1.0E10")),
    "text": tuple(map(Literal, ("", "x", "xy", "X", "it's", 'a "b"', "é", "花", "𝔘", "ﬁ", "ΟΣ", "10", " pad ", "a\nb", "\\"))),
    "truth": tuple(Literal(text, datatype=XSD["boolean"]) for text in ("true", "false")),
    "date": tuple(Literal(text, datatype=XSD["date"]) for text in ("2020-02-29", "2021-01-01", "1999-12-31")),
    "moment": tuple(
        Literal(text, datatype=XSD["dateTime"])
        for text in ("2020-02-29T12:30:00Z", "2021-06-01T00:00:00.5+02:00", "2021-05-31T22:00:00.5Z")
    ),
    "local moment": tuple(
        Literal(text, datatype=XSD["dateTime"]) for text in ("2020-02-29T12:30:00", "1999-12-31T23:59:59.25")
    ),
    "duration": tuple(Literal(text, datatype=XSD["duration"]) for text in ("P1Y2M", "P3DT4H", "PT1.5S", "-P1D")),
}
_VALUES["integers"], _VALUES["texts"] = _VALUES["integer"], _VALUES["text"]
_VALUES["mixed"] = (
    Literal("1", datatype=XSD["integer"]),
    Literal("2", datatype=XSD["integer"]),
    Literal("1.5", datatype=XSD["double"]),
    Literal("x"),
    Literal("1"),
    Literal("true", datatype=XSD["boolean"]),
    Literal("2021-01-01", datatype=XSD["date"]),
)
_GRAPHS = tuple(NamedNode(f"{BASE}graph/{name}") for name in ("user", "user", "user", "one", "two"))


def _term(name: str) -> NamedNode:
    """Return what a bare name stands for in a home with this base."""
    return NamedNode(f"{BASE}term/{name}")


def random_quads(chance: random.Random) -> tuple[Quad, ...]:
    """Return some quads; every node has at least a label or a property."""
    nodes = [NamedNode(f"{BASE}n{number}") for number in range(chance.randint(3, 8))]
    quads = []

    def state(subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> None:
        for graph in {chance.choice(_GRAPHS) for _ in range(chance.choice((1, 1, 1, 2)))}:
            quads.append(Quad(subject, predicate, value, graph))

    for node in nodes:
        for label in chance.sample(LABELS, chance.choice((0, 1, 1, 1, 2))):
            state(node, RDF["type"], _term(label))
        keys = [key for key in PROPERTIES if chance.random() < 0.55] or ["i"]
        for key in keys:
            kind = PROPERTIES[key]
            count = chance.randint(2, 3) if kind in ("integers", "texts") else 1
            for value in chance.sample(_VALUES[kind], count):
                state(node, _term(key), value)
    for start in nodes:
        for type_ in TYPES:
            ends = chance.sample(nodes, chance.choice((0, 0, 1, 1, 2)))
            for end in ends:
                state(start, _term(type_), end)
    return tuple(dict.fromkeys(quads))
