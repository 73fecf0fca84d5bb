"""Random small graphs and random statements that write, of a grammar that leaves no order of rows to chance."""

from __future__ import annotations

from random import Random

from kg.rdf import KG, RDF, XSD, BlankNode, Literal, NamedNode, Quad
from kg.records import Temporal, Value
from tests.cypher.written import BASE, MINTER, USER

__all__ = ["PARAMETERS", "random_quads", "random_statement"]

PARAMETERS: dict[str, Value] = {
    "text": "Grace",
    "number": 42,
    "list": ["p", "q"],
    "day": Temporal("Date", "2026-11-23"),
    "map": {"age": 5, "fresh": [1, 2.5], "name": None},
    "labels": ["Fresh", "Cat"],
    "key": "age",
    "pairs": [[f"http://x.example/{start}", f"http://x.example/{end}"] for start, end in ("ab", "ba", "ac", "aa")],
}

_NODES = tuple(NamedNode(f"http://x.example/{name}") for name in "abcdef")
_NEW = ("http://x.example/n1", "http://x.example/n2", "urn:n:3", "no iri", "http://x.example/a")
_BLANK = BlankNode("b0")
_GRAPHS = (USER, USER, MINTER.note("17", None), MINTER.note("23", None), MINTER.graph("predicted"))
_LABELS = {
    "Person": KG["Person"],
    "Company": KG["Company"],
    "Cat": NamedNode(f"{BASE}term/Cat"),
    "`x y`": NamedNode(f"{BASE}term/x%20y"),
}
_KEYS = {
    "name": KG["name"],
    "age": NamedNode(f"{BASE}term/age"),
    "tags": NamedNode(f"{BASE}term/tags"),
    "dct__title": NamedNode("http://purl.org/dc/terms/title"),
}
_TYPES = {"knows": KG["knows"], "worksFor": KG["worksFor"], "LIKES": NamedNode(f"{BASE}term/LIKES")}
_LITERALS = (
    Literal("Ada"), Literal("Ada", language="en"), Literal("Ada", language="de"), Literal("Bo"), Literal("3", datatype=XSD["integer"]),
    Literal("4", datatype=XSD["integer"]), Literal("3", datatype=XSD["decimal"]), Literal("2.5", datatype=XSD["double"]), Literal("true", datatype=XSD["boolean"]),
    Literal("2026-11-22", datatype=XSD["date"]), Literal("abc", datatype=NamedNode("http://x.example/dt")), Literal("9" * 25, datatype=XSD["integer"]),
)  # fmt: skip
_VALUES = (
    "1", "3", "4", "-7", "2.5", "'Ada'", "'Bo'", "'x'", "true", "null", "['Ada', 'Grace']", "['x', 'x']", "[]", "[1, 2.5]", "[1, 2, 1]", "[true]", "[1, 'a']", "[1, null]", "{a: 1}",
    "date('2026-11-22')", "localdatetime('2026-11-22T10:00')", "datetime('2026-11-22T10:00:00.5+01:00')", "time('10:00Z')", "duration('P1Y2M3DT4H')", "point({x: 1, y: 2.5})",
    "[date('2026-11-22'), date('2026-11-23')]", "1.0", "-0.0", "9223372036854775807", "''", "'é\\n'", "$text", "$number", "$list", "$day",
    "0.0 / 0.0", "[0.0 / 0.0, 1]", "1.0 / 0.0", "1e21", "5e-324", "'👩‍👧 e\u0301'", "[true, 'x']", "localtime('10:00')", "[point({x: 1, y: 2}), point({x: 1, y: 2, z: 3})]", "point({longitude: 12.5, latitude: 56})",
)  # fmt: skip


def random_quads(chance: Random) -> tuple[Quad, ...]:
    """Return a small graph: values in languages and in several graphs, lists, a blank node, loops."""
    nodes = chance.sample(_NODES, chance.randint(2, 5)) + ([_BLANK] if chance.random() < 0.3 else [])
    quads = set()
    for node in nodes:
        for _ in range(chance.randint(0, 2)):
            triple = (node, RDF["type"], chance.choice(list(_LABELS.values())))
            quads |= {Quad(*triple, graph) for graph in chance.sample(_GRAPHS, chance.randint(1, 2))}
        for _ in range(chance.randint(0, 4)):
            triple = (node, chance.choice(list(_KEYS.values())), chance.choice(_LITERALS))  # type: ignore[assignment]
            quads |= {Quad(*triple, graph) for graph in chance.sample(_GRAPHS, chance.randint(1, 2))}
        for _ in range(chance.randint(0, 3)):
            triple = (node, chance.choice(list(_TYPES.values())), chance.choice(nodes))  # type: ignore[assignment]
            quads |= {Quad(*triple, graph) for graph in chance.sample(_GRAPHS, chance.randint(1, 2))}
    return tuple(sorted(quads, key=str))


def random_statement(chance: Random) -> str:
    """Return a statement that writes."""
    return _Making(chance).statement()


class _Making:
    """One statement: which variables there are, of which kind, and whether they are of one row."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._nodes: list[str] = []
        self._relationships: list[str] = []
        self._is_single = True
        self._has_item = False
        self._fresh = 0
        self._deleted = False

    def statement(self) -> str:
        chance = self._chance
        if chance.random() < 0.08:
            return self._of_pairs()
        parts = [self._reading()] if chance.random() < 0.85 else []
        parts += [self._writing() for _ in range(chance.choice((1, 1, 2, 2, 3)))]
        if chance.random() < 0.25 and self._nodes and not self._deleted:
            parts.append(self._again())
            parts.append(self._writing())
        if chance.random() < 0.4:
            parts.append(self._return())
        return " ".join(part for part in parts if part)

    def _of_pairs(self) -> str:
        """Return a statement that merges relationships, of which a row may find what the row before has made."""
        type_ = self._chance.choice([*_TYPES, "Made"])
        ends = self._pick(
            (1, "MATCH (x:Resource {iri: pair[0]}), (y:Resource {iri: pair[1]})"),
            (1, "MERGE (x:Resource {iri: pair[0]}) MERGE (y:Resource {iri: pair[1] + '#new'}) SET y:Fresh"),
            (1, "MERGE (x:Resource {iri: 'urn:' + toString(size(pair[0]))}) ON CREATE SET x.age = 1 ON MATCH SET x.age = x.age + 1 MERGE (y:Resource {iri: pair[1]})"),
        )  # fmt: skip
        way = self._pick((2, f"-[r:{type_}]->"), (2, f"-[r:{type_}]-"), (1, f"<-[r:{type_}]-"))
        end = self._pick(
            (2, "RETURN count(r) AS made"), (1, "RETURN startNode(r).iri AS start, pair[1] AS other"), (1, "")
        )
        return f"UNWIND $pairs AS pair {ends} MERGE (x){way}(y) {end}"

    def _pick(self, *weighted: tuple[int, str]) -> str:
        return self._chance.choices([text for _, text in weighted], [weight for weight, _ in weighted])[0]

    def _node(self, name: str) -> str:
        chance = self._chance
        kind = chance.random()
        if kind < 0.55:
            return f"({name}:Resource {{iri: '{chance.choice(_NODES).value}'}})"
        self._is_single = False
        return f"({name}:{chance.choice([*_LABELS, 'Resource'])})"

    def _reading(self) -> str:
        chance = self._chance
        kind = chance.random()
        if kind < 0.1:
            self._has_item = True
            self._nodes = ["n"]
            return f"UNWIND {chance.choice(('[1, 2, 3]', '[2]', '[]', '[5, 5]'))} AS x MATCH (n:Resource {{iri: '{chance.choice(_NODES).value}'}})"
        if kind < 0.45:
            self._nodes = ["n"]
            return f"{'OPTIONAL ' if chance.random() < 0.2 else ''}MATCH {self._node('n')}"
        if kind < 0.8:
            self._nodes, self._relationships = ["n", "m"], ["r"]
            self._is_single = False
            return (
                f"MATCH {self._node('n')}-[r{self._pick((2, ':knows'), (1, ':LIKES|worksFor'), (1, ''))}]->(m:Resource)"
            )
        self._nodes = ["n", "m"]
        return f"MATCH {self._node('n')}, {self._node('m')}"

    def _again(self) -> str:
        name = self._chance.choice(self._nodes)
        self._nodes, self._relationships, self._has_item = [name], [], False
        self._is_single = False
        if self._chance.random() < 0.5:
            return f"WITH DISTINCT {name}"
        self._nodes.append("again")
        return f"WITH DISTINCT {name} MATCH ({name})-[{self._pick((1, ''), (2, ':knows'))}]->(again)"

    def _writing(self) -> str:
        chance = self._chance
        if not self._nodes:
            return self._create() if chance.random() < 0.5 else self._merge()
        kind = chance.random()
        if kind < 0.4:
            return "SET " + ", ".join(self._set_item() for _ in range(chance.choice((1, 1, 1, 2))))
        if kind < 0.52:
            name = chance.choice(self._nodes)
            return f"REMOVE {self._pick((2, f'{name}.{self._key()}'), (1, f'{name}:{self._label()}'), (1, f'{name}.age, {name}:Person'), (1, f'{name}[$key]'), (1, f'{name}:$($labels)'))}"
        if kind < 0.64:
            return self._delete()
        if kind < 0.8:
            return self._create()
        if kind < 0.94:
            return self._merge()
        return self._for_each()

    def _key(self) -> str:
        return self._chance.choice([*_KEYS, "fresh", "kg__name"])

    def _label(self) -> str:
        return self._chance.choice([*_LABELS, "Fresh", "kg__Person"])

    def _value(self, of: str) -> str:
        chance = self._chance
        kind = chance.random()
        if kind < 0.7:
            return chance.choice(_VALUES)
        if kind < 0.8 and self._has_item:
            return chance.choice(("x", "x + 1", "toString(x)"))
        return chance.choice(
            (
                f"{of}.{self._key()}",
                f"coalesce({of}.age, 7)",
                f"{of}.iri",
                f"{of}.age + 1",
                f"size({of}.iri)",
                f"toUpper({of}.iri)",
                f"labels({of})",
                f"{chance.choice(self._nodes)}.{self._key()}",
                f"CASE WHEN {of}.age > 3 THEN {of}.{self._key()} ELSE 'young' END",
                "[each IN range(1, 3) | each * 2]",
                f"EXISTS {{ ({of})-[:knows]->() }}",
                f"COUNT {{ ({of})--() }}",
            )
        )

    def _set_item(self) -> str:
        name = self._chance.choice(self._nodes)
        return self._pick(
            (6, f"{name}.{self._key()} = {self._value(name)}"),
            (2, f"{name} += {{{self._key()}: {self._value(name)}, {self._key()}: {self._value(name)}}}"),
            (2, f"{name}:{self._label()}"),
            (1, f"{name}:{self._label()}:{self._label()}"),
            (1, f"{name} = {{iri: {name}.iri, {self._key()}: {self._value(name)}}}"),
            (1, f"{name}.iri = '{self._chance.choice(_NEW)}'"),
            (1, f"{name}['{self._chance.choice(('age', 'fresh'))}'] = {self._value(name)}"),
            (1, f"{name} += $map"),
            (1, f"{name} += {self._chance.choice(self._nodes)} {{.age, .{self._key()}}}"),
            (1, f"{name} = {{iri: {name}.iri, age: {self._chance.choice(self._nodes)}.age}}"),
            (1, f"{name}:$($labels)"),
            (1, f"(CASE WHEN {name}.age > 3 THEN {name} END).fresh = 1"),
        )

    def _delete(self) -> str:
        chance = self._chance
        self._deleted = True
        if self._relationships and chance.random() < 0.6:
            return f"DELETE {chance.choice(self._relationships)}"
        return f"{'DETACH ' if chance.random() < 0.75 else ''}DELETE {chance.choice(self._nodes)}"

    def _new_name(self) -> str:
        self._fresh += 1
        return f"new{self._fresh}"

    def _made(self, name: str) -> str:
        chance = self._chance
        kind = chance.random()
        if kind < 0.6:
            return f"({name}:{self._label()} {{{self._key()}: {chance.choice(_VALUES)}}})"
        return f"({name}:Resource:{self._label()} {{iri: '{chance.choice(_NEW)}', {self._key()}: {chance.choice(_VALUES)}}})"

    def _create(self) -> str:
        chance, name = self._chance, self._new_name()
        if not self._nodes or chance.random() < 0.3:
            text = f"CREATE {self._made(name)}"
        else:
            start = chance.choice(self._nodes)
            type_ = chance.choice([*_TYPES, "Made"])
            if chance.random() < 0.5:
                return f"CREATE ({start})-[:{type_}]->({chance.choice(self._nodes)})"
            text = f"CREATE ({start}){chance.choice(('<-', '-'))}[:{type_}]-{self._made(name)}"
            text = text.replace(f"]-({name}", f"]->({name}") if "<-" not in text else text
        if chance.random() < 0.3:
            self._nodes.append(name)
        return text

    def _merge(self) -> str:
        chance, name = self._chance, self._new_name()
        actions = self._pick(
            (3, ""), (1, f" ON CREATE SET {name}.fresh = 1"), (1, f" ON MATCH SET {name}.age = 9, {name}:Fresh")
        )
        node = f"({name}:Resource{self._pick((3, ''), (1, ':Person'))} {{iri: '{self._pick((2, chance.choice(_NODES).value), (2, chance.choice(_NEW)))}'}})"
        if not self._nodes or chance.random() < 0.45:
            text = f"MERGE {node}{actions}"
            if self._is_single and chance.random() < 0.5:
                self._nodes.append(name)
            if chance.random() < 0.8:  # a node must say something
                text += f" SET {name}:{self._label()}"
            return text
        start, type_ = chance.choice(self._nodes), chance.choice([*_TYPES, "Made"])
        if chance.random() < 0.7:
            return f"MERGE ({start}){self._pick((3, f'-[:{type_}]->'), (1, f'<-[:{type_}]-'), (1, f'-[:{type_}]-'))}({chance.choice(self._nodes)})"
        return f"MERGE ({start})-[:{type_}]->{node}"

    def _for_each(self) -> str:
        name = self._chance.choice(self._nodes)
        what = self._pick(
            (1, f"SET {name}.age = each"), (1, f"CREATE ({name})-[:LIKES]->(:Cat {{age: each}})"),
            (1, f"MERGE (z:Resource {{iri: 'urn:each:' + toString(each)}}) MERGE ({name})-[:knows]->(z)"), (1, f"FOREACH (inner IN [each, 7] | SET {name}.age = inner + each)"),
            (1, f"REMOVE {name}.age SET {name} += {{age: each, fresh: each}}"), (1, f"MERGE ({name})-[:LIKES]-({self._chance.choice(self._nodes)})"), (1, f"SET {name}.fresh = each, {name}:Cat"),
        )  # fmt: skip
        return f"FOREACH (each IN {self._chance.choice(('[1, 2]', '[3]', '[]', 'null', 'range(1, 3)'))} | {what})"

    def _return(self) -> str:
        if not self._nodes or self._deleted:
            return "RETURN count(*) AS rows"
        name = self._chance.choice(self._nodes)
        return "RETURN " + self._pick(
            (2, "count(*) AS rows"), (2, f"{name}.iri IS NULL AS without, {name}.{self._key()} AS value"), (1, f"count({name}) AS number, count(DISTINCT {name}) AS different"),
            (1, f"{name}.fresh AS fresh, {name}:Person AS person ORDER BY fresh"), (1, f"size(collect({name}.fresh)) AS many"),
        )  # fmt: skip
