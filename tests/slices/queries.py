"""Random queries over small random data: what a slice is compared on with the whole.

A `Queries` makes the same query again for the same `random.Random`.
"""

from __future__ import annotations

import random

from kg.rdf import XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad
from kg.results import DatasetClause
from kg.stores import Dataset

__all__ = ["PREFIXES", "Queries", "random_dataset", "random_quads"]

PREFIXES = {"": "http://e/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "xsd": str(XSD)}

_RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_LITERALS = (
    Literal("x", language="en"),
    Literal("x"),
    Literal("y"),
    Literal("2", datatype=XSD["decimal"]),
    Literal("2.5", datatype=XSD["decimal"]),
    Literal("2.0E0", datatype=XSD["double"]),
    Literal("2020-01-01", datatype=XSD["date"]),
    Literal("2021-05-05", datatype=XSD["date"]),
    Literal("2020-01-01T00:00:00Z", datatype=XSD["dateTime"]),
    Literal("true", datatype=XSD["boolean"]),
)
_GRAPHS = ("g1", "g2", "g3")
_THINGS = "uvwxyz"
_PREDICATES = "abc"
_VARIABLES = ("?s", "?t", "?o", "?p", "?q")


def _iri(name: str) -> NamedNode:
    return NamedNode(PREFIXES[""] + name)


def random_quads(chance: random.Random, dataset: Dataset) -> list[Quad]:
    """Return some quads; many triples are in several graphs. Names of graphs are subjects and objects too."""
    quads = []
    for _ in range(chance.randint(3, 18)):
        subject = BlankNode("b" + chance.choice("12")) if chance.random() < 0.08 else _iri(chance.choice(_THINGS))
        predicate = _iri(chance.choice(_PREDICATES)) if chance.random() < 0.93 else _RDF_TYPE
        roll = chance.random()
        value = (
            _iri(chance.choice(_THINGS))
            if roll < 0.6
            else _iri(chance.choice(_GRAPHS))
            if roll < 0.64
            else BlankNode("b" + chance.choice("12"))
            if roll < 0.7
            else Literal(str(chance.randint(0, 3)), datatype=XSD["integer"])
            if roll < 0.86
            else chance.choice(_LITERALS)
        )
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            is_default = dataset == "separate" and chance.random() < 0.55
            quads.append(
                Quad(subject, predicate, value, DefaultGraph() if is_default else _iri(chance.choice(_GRAPHS)))
            )
    return list(dict.fromkeys(quads))


def random_dataset(chance: random.Random) -> DatasetClause:
    """Return a dataset: mostly none."""
    if chance.random() < 0.8:
        return DatasetClause()
    default = tuple(_iri(name) for name in chance.sample(_GRAPHS, chance.randint(0, 3)))
    named = tuple(_iri(name) for name in chance.sample(_GRAPHS, chance.randint(0, 3)))
    return DatasetClause(default, named)


class Queries:
    """Makes queries, `clauses` before their WHERE. `limit` is that of the last one."""

    def __init__(self, chance: random.Random, clauses: str = "") -> None:
        self._chance = chance
        self._clauses = clauses
        self._made = 0
        self.has_cut_inside = False
        self.limit: int | None = None

    def query(self) -> str:
        """Return a query without a prologue."""
        self.has_cut_inside, self.limit = False, None
        roll = self._chance.random()
        if roll < 0.05:
            return f"ASK {self._where()}"
        if roll < 0.09:
            return f"CONSTRUCT {{ ?s ?p ?o . ?s :made ?t }} {self._where()}"
        if roll < 0.12:
            return f"DESCRIBE {self._pick('?s', '?o', ':u', ':v ?t', '*')} {self._where()}"
        if roll < 0.13:
            return f"DESCRIBE :{self._pick(*_THINGS)} :u {self._clauses}"
        if roll < 0.22:
            variables = self._chance.sample(_VARIABLES, 2)
            select = self._pick(
                f"SELECT {variables[0]} (COUNT(*) AS ?n) {{}} GROUP BY {variables[0]}",
                f"SELECT (COUNT(DISTINCT {variables[0]}) AS ?n) {{}}",
                f"SELECT {variables[0]} {{}} GROUP BY {variables[0]} HAVING (COUNT(*) > 1)",
                f"SELECT {variables[0]} (SUM({variables[1]}) AS ?n) {{}} GROUP BY {variables[0]}",
                f"SELECT {variables[0]} (EXISTS {self._group(2)} AS ?n) {{}}",
                f"SELECT DISTINCT {variables[0]} {variables[1]} {{}}",
                f"SELECT {variables[0]} {{}} ORDER BY EXISTS {self._group(2)}",
                f"SELECT * {{}} VALUES {variables[0]} {{ :u :v 2 }}",
            )
            return select.replace("{}", self._where(), 1) if "{}" in select else select
        text = f"SELECT * {self._where()}"
        if self._chance.random() < 0.1:
            self.limit = self._chance.randint(1, 4)
            text += f" LIMIT {self.limit}"
        return text

    def _where(self) -> str:
        return f"{self._clauses} WHERE {self._group(0)}"

    def _pick(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _fresh(self, stem: str = "?n") -> str:
        self._made += 1
        return f"{stem}{self._made}"

    def _path(self, depth: int = 0) -> str:
        if self._chance.random() < 0.45 or depth > 1:
            return ":" + self._pick(*_PREDICATES) if self._chance.random() < 0.95 else "a"
        form = self._pick(
            "({0})*", "({0})+", "({0})?", "^({0})", "({0}/{1})", "({0}|{1})", "!(:a|^:b)", "!:a", "!(^:a)", "^({0}/{1})"
        )
        return form.format(self._path(depth + 1), self._path(depth + 1))

    def _triple(self) -> str:
        roll = self._chance.random()
        subject = self._pick(*_VARIABLES)
        if roll > 0.85:
            subject = ":" + self._pick(*_THINGS) if roll < 0.97 else self._pick("[]", "[ :a ?o ]", ":g1")
        roll = self._chance.random()
        if roll < 0.25:
            predicate = self._path()
        elif roll < 0.85:
            predicate = ":" + self._pick(*_PREDICATES)
        else:
            predicate = self._pick("a", *_VARIABLES)
        roll = self._chance.random()
        if roll < 0.78:
            value = self._pick(*_VARIABLES)
        elif roll < 0.9:
            value = ":" + self._pick(*_THINGS)
        else:
            value = self._literal()
        return f"{subject} {predicate} {value} ."

    def _literal(self) -> str:
        return self._pick(
            "0", "1", "2", "3", '"x"', '"x"@en', "2.0", "02", "true", "2e0", "-1", "'''x'''", '"2020-01-01"^^xsd:date'
        )

    def _comparison(self, *variables: str) -> str:
        variable, other = variables or self._chance.sample(_VARIABLES, 2)
        return self._pick(
            f"{variable} {self._pick('=', '!=', '<', '>', '>=', '<=')} {self._pick(other, '2', ':u', '1', '2.5', self._literal())}",
            f"{self._pick('2', '1.5', '2e0', ':v')} {self._pick('<', '<=', '>', '>=', '=')} {variable}",
            variable + " = " + self._pick(":u", ":v", "2", '"x"'),
            f"{variable} IN (:u, :v{self._pick('', ', 2', ', :g1')})",
            variable + " IN (" + self._pick("2", '"x"', "") + ")",
            f"{variable} >= 1 && {variable} < 3",
            f'{variable} >= "2020-06-01"^^xsd:date',
            f"{variable} NOT IN (:u)",
            f"{variable} = :u || {self._pick(variable, other)} = {self._pick(':v', '1')}",
        )

    def _condition(self, depth: int) -> str:
        roll = self._chance.random()
        variable = self._pick(*_VARIABLES, "?g")
        if roll < 0.12:
            return f"BOUND({variable})"
        if roll < 0.22:
            return f"!BOUND({variable})"
        if roll < 0.5:
            return self._comparison()
        if roll < 0.6:
            return f"({self._condition(depth + 1)}) && ({self._condition(depth + 1)})"
        if roll < 0.68:
            return f"({self._condition(depth + 1)}) || ({self._condition(depth + 1)})"
        if roll < 0.72:
            return f"!({self._condition(depth + 1)})"
        if depth > 2:
            return f"isIRI({variable})"
        return self._pick("", "NOT ") + "EXISTS " + self._group(depth + 1)

    def _group(self, depth: int) -> str:
        if depth < 3 and self._chance.random() < (0.12 if depth else 0.3):
            return f"{{ {self._at_stake()} {self._pick('', self._part(depth + 1))} }}"
        parts = [self._part(depth) for _ in range(self._chance.randint(1, 3 if depth else 4))]
        if self._chance.random() < 0.02:
            parts = []
        return "{ " + " ".join(parts) + " }"

    def _at_stake(self) -> str:
        """Return what is rare by chance alone: that one rule of narrowing decides what a small part can see."""
        one, two, three, four = self._chance.sample(_VARIABLES, 4)
        first, known = self._edge(one, two), f"{{ {self._edge(one, three)} }}"
        beside = self._pick("OPTIONAL", "MINUS", "FILTER EXISTS", "FILTER NOT EXISTS")
        form = self._chance.randrange(13)
        self.has_cut_inside = self.has_cut_inside or form == 4
        return (
            f"{first} {known} UNION {{ {self._edge(one, four)} }}",
            f"{first} {{ {self._edge(three, four)} OPTIONAL {{ {self._edge(four, one)} }} "
            f"{beside} {{ {self._edge(one, self._pick(two, three))} }} }}",
            f"{first} OPTIONAL {{ {self._edge(one, three)} FILTER({self._comparison(two, three)}) }}",
            f"{first} {beside} {{ {self._edge(two, three)} }}",
            f"{first} {{ SELECT {one} WHERE {known} ORDER BY {_total(one)} LIMIT 1 }}",
            f"{first} {{ SELECT {one} (COUNT(*) AS {two}) WHERE {{ {self._edge(one, two)} }} GROUP BY {one} }}",
            f"{first} {{ SELECT (COUNT({three}) AS {two}) WHERE {{ {self._edge(three, two)} }} }}",
            f"GRAPH ?g {{ {first} {{ SELECT {one} WHERE {{ {self._edge(one, self._pick(two, three))} }} }} }}",
            f"{first} {{ {one} :{self._pick(*_PREDICATES)}|:{self._pick(*_PREDICATES)} {three} }}",
            f"{self._pick(first, '')} {self._pick(one, ':u', '2')} {self._pick('(^:a)+', '(:a|^:b)*', '(^:c)?')} {three} .",
            f"{first} {self._edge(one, three)} FILTER({self._comparison(two, three)})",
            f"{first} VALUES ({one} {two}) {{ (:u UNDEF) ({self._pick('UNDEF', ':v')} :v) }}",
            f"{first} {{ {self._pick('', self._edge(three, four))} OPTIONAL {{ {self._edge(one, four)} "
            f"FILTER {self._pick('', 'NOT ')}EXISTS {{ {self._edge(four, self._pick(two, three))} }} }} }}",
        )[form]

    def _edge(self, one: str, two: str) -> str:
        return f"{one} :{self._pick(*_PREDICATES)} {two} ."

    def _part(self, depth: int) -> str:
        roll = self._chance.random()
        if depth > 2 or roll < 0.4:
            return " ".join(self._triple() for _ in range(self._chance.randint(1, 2)))
        if roll < 0.53:
            return "OPTIONAL " + self._group(depth + 1)
        if roll < 0.59:
            return "MINUS " + self._group(depth + 1)
        if roll < 0.66:
            return self._group(depth + 1) + " UNION " + self._group(depth + 1)
        if roll < 0.75:
            return f"GRAPH {self._pick('?g', '?g', '?s', ':g1', ':g4')} " + self._group(depth + 1)
        if roll < 0.84:
            return f"FILTER({self._condition(depth)})"
        if roll < 0.88:
            return self._values()
        if roll < 0.91:
            variable = self._pick(*_VARIABLES)
            expression = self._pick(variable, f"IRI(STR({variable}))", ":u", "2", f"EXISTS {self._group(depth + 1)}")
            return f"BIND({expression} AS {self._fresh('?b')})"
        if roll < 0.93:
            return self._group(depth + 1)
        return "{ " + self._subquery(depth) + " }"

    def _values(self) -> str:
        one, two = self._chance.sample((*_VARIABLES, "?g"), 2)
        terms = (":u", ":v", ":w", ":g1", "2", "UNDEF", '"x"')
        if self._chance.random() < 0.5:
            return f"VALUES {one} {{ {' '.join(self._chance.sample(terms[: self._chance.choice((4, 7))], 2))} }}"
        rows = " ".join(f"({self._pick(*terms)} {self._pick(*terms[:4])})" for _ in range(2))
        return f"VALUES ({one} {two}) {{ {rows} }}"

    def _subquery(self, depth: int) -> str:
        one, two = self._chance.sample((*_VARIABLES, "?g"), 2)
        group, count = self._group(depth + 1), self._fresh("?c")
        form = self._chance.randrange(11)
        self.has_cut_inside = self.has_cut_inside or form in (5, 6)
        return (
            f"SELECT {one} {two} WHERE {group}",
            f"SELECT DISTINCT {one} WHERE {group}",
            f"SELECT {one} (COUNT(*) AS {count}) WHERE {group} GROUP BY {one}",
            f"SELECT (COUNT({one}) AS {two}) WHERE {group}",
            f"SELECT {one} (MAX({two}) AS {count}) WHERE {group} GROUP BY {one} HAVING (COUNT(*) < 3)",
            f"SELECT {one} WHERE {group} ORDER BY {_total(one)} LIMIT 1",
            f"SELECT {one} {two} WHERE {group} ORDER BY {_total(one)} {_total(two)} LIMIT 2",
            f"SELECT * WHERE {group}",
            f"SELECT {one} ({two} AS {count}) WHERE {group}",
            f"SELECT {one} WHERE {group} VALUES {one} {{ :u {self._pick(':v', 'UNDEF', '2')} }}",
            f"SELECT {one} {two} (COUNT(*) AS {count}) WHERE {group} GROUP BY {one} {two}",
        )[form]


def _total(variable: str) -> str:
    """Return keys that order all terms but blank nodes."""
    return f"STR({variable}) STR(DATATYPE({variable})) LANG({variable})"
