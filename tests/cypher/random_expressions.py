"""Random expressions of a wanted kind over the variables of a scope, for `tests.cypher.random_queries`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.cypher.random_graphs import LABELS, PROPERTIES, TYPES

__all__ = ["Expressions"]

Patterns = Callable[[dict[str, str], int], Iterator[tuple[str, Callable[[], str]]]]

_LITERALS = {
    "integer": ("0", "1", "2", "3", "-4", "7"),
    "float": ("1.5", "0.0", "-0.0", "-2.25", "3.0", "1e3"),
    "text": ("'x'", "'xy'", "''", "'X'", '"it\'s"', "'é'", "'e\u0301'", "'花'", "'𝔘'", "'（'", "'ΑΣ'", "'10'", "'a'"),
    "truth": ("true", "false"),
    "date": ("date('2020-02-29')", "date('2021-01-01')", "date({year: 2020, month: 5, day: 3})"),
    "moment": ("datetime('2020-02-29T12:30:00Z')", "datetime('2021-06-01T00:00:00.5+02:00')"),
    "local moment": ("localdatetime('2020-02-29T12:30:00')", "localdatetime('2000-01-01T00:00:00')"),
    "duration": ("duration('P1Y2M')", "duration('PT36H')", "duration({days: 2, hours: 3})"),
    "integers": ("[1, 2, 3]", "[]", "[3, 1, 2, 1]", "range(0, 3)", "range(4, 0, -2)", "[null, 2]"),
    "texts": ("['x', 'xy']", "['a', 'b', 'x']", "[]", "split('x,y,x', ',')"),
    "mixed": ("1", "1.5", "'x'", "true", "null"),
}
_PARAMETERS: dict[str, tuple[Any, ...]] = {
    "integer": (0, 1, 2, -4),
    "float": (1.5, -2.25),
    "text": ("x", "xy", "it's", "花", "a👍🏽", "ﬁ", ""),
    "truth": (True, False),
    "integers": ([1, 2], [], [3, None]),
    "texts": (["x"], ["x", "é"]),
}
_COMPARED = ("integer", "float", "text", "date", "moment", "local moment")
_KEYS: dict[str, list[str]] = {}
for _key, _kind in PROPERTIES.items():
    _KEYS.setdefault(_kind, []).append(_key)


class Expressions:
    """Makes expressions; `parameters` are those that they have used. `has_colons`: no newer symbols between labels."""

    def __init__(self, chance: random.Random, patterns: Patterns) -> None:
        self._chance = chance
        self._patterns = patterns
        self._made = 0
        self.parameters: dict[str, Any] = {}
        self.has_colons = False

    def of(self, kind: str, scope: dict[str, str], depth: int) -> str:
        """Return an expression whose value is of a kind, or null."""
        if depth > 0 and self._chance.random() < 0.65:
            made = list(self._compounds(kind, scope, depth - 1))
            made += [make for sort, make in self._patterns(scope, depth) if sort == kind and depth > 1]
            if made:
                return self._chance.choice(made)()
        return self._atom(kind, scope)

    def any_of(self, scope: dict[str, str], depth: int, no_bags: bool = False) -> tuple[str, str]:
        """Return a kind and an expression of it."""
        roll = self._chance.random()
        nodes = [name for name, kind in scope.items() if kind == "node"]
        if roll < 0.1 and nodes and not no_bags:
            node = self._chance.choice(nodes)
            return "bag", self._pick(f"labels({node})", f"keys({node})")
        if roll < 0.2 and nodes:
            node = self._chance.choice(nodes)
            entries = f"{{.i, .s, .missing, x: {self.of('integer', scope, 1)}}}"
            return "map", self._pick(
                f"{node} {entries}", f"properties({node})", f"{node} {{.*}}", f"{{a: {node}.i, b: {node}.m}}"
            )
        bags = [make for sort, make in self._patterns(scope, depth) if sort == "bag"]
        if roll < 0.26 and bags and not no_bags:
            return "bag", self._chance.choice(bags)()
        paths = [name for name, kind in scope.items() if kind == "path"]
        if roll < 0.36 and paths:
            path = self._chance.choice(paths)
            return self._chance.choice((
                ("integer", f"length({path})"),
                ("list", f"[x IN nodes({path}) | x.iri]"),
                ("list", f"[x IN relationships({path}) | type(x)]"),
                ("list", f"nodes({path})"),
            ))  # fmt: skip
        kind = self._pick(*_LITERALS)
        return kind, self.of(kind, scope, depth)

    def aggregate(self, scope: dict[str, str]) -> tuple[str, str]:
        """Return the kind of an aggregate, and the aggregate."""
        roll = self._chance.random()
        distinct = "DISTINCT " if self._chance.random() < 0.25 else ""
        if roll < 0.2 or not scope:
            return "integer", "count(*)"
        if roll < 0.35:
            name = self._chance.choice(list(scope))
            return "integer", f"count({distinct if scope[name] != 'bag' else ''}{name})"
        if roll < 0.5:
            kind = self._pick("integer", "text", "mixed", "date")
            return "bag", f"collect({distinct}{self.of(kind, scope, 1)})"
        if roll < 0.62:
            kind = self._pick("integer", "float", "text", "date", "mixed")
            return kind, f"{self._pick('min', 'max')}({self.of(kind, scope, 1)})"
        if roll < 0.7:
            kind = self._pick("integer", "float")
            return kind, f"sum({distinct}{self._atom(kind, scope)})"
        if roll < 0.8:
            return "float", f"avg({distinct}{self._atom('integer', scope)})"
        if roll < 0.86:
            function = self._pick("stDev", "stDevP", "percentileCont", "percentileDisc")
            fraction = ", 0.5" if function.startswith("percentile") else ""
            value = self._atom(self._pick("integer", "float"), scope)
            return "number", f"{function}({value}{fraction})"
        if roll < 0.93:
            return "integer", f"size(collect({self.of('integer', scope, 1)}))"
        return "integer", f"count({self.of('integer', scope, 1)}) + {self._chance.randint(0, 2)}"

    def entry(self) -> str:
        """Return an entry of the map of a node pattern."""
        kind = self._pick("integer", "text", "truth", "float")
        return f"{self._pick(*_KEYS[kind])}: {self._chance.choice(_LITERALS[kind])}"

    def parameter(self, value: Any) -> str:
        """Return a new parameter that has a value."""
        name = self._fresh("q")
        self.parameters[name] = value
        return f"${name}"

    # --- parts

    def _pick(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _fresh(self, stem: str) -> str:
        self._made += 1
        return f"{stem}{self._made}"

    def _atom(self, kind: str, scope: dict[str, str]) -> str:
        own = [name for name, sort in scope.items() if sort == kind]
        nodes = [name for name, sort in scope.items() if sort == "node"]
        keys = _KEYS.get(kind, [])
        roll = self._chance.random()
        if own and roll < 0.4:
            return self._chance.choice(own)
        if nodes and keys and roll < 0.85:
            node, key = self._chance.choice(nodes), self._pick(*keys)
            return f"{node}.{key}" if self._chance.random() < 0.93 else f"{node}['{key}']"
        relationships = [name for name, sort in scope.items() if sort == "relationship"]
        if kind == "text" and relationships and roll < 0.95:
            return f"type({self._chance.choice(relationships)})"
        if kind in _PARAMETERS and self._chance.random() < 0.1:
            return self.parameter(self._chance.choice(_PARAMETERS[kind]))
        return self._chance.choice(_LITERALS[kind]) if self._chance.random() < 0.94 else "null"

    def _compounds(self, kind: str, scope: dict[str, str], depth: int) -> Iterator[Callable[[], str]]:
        def of(wanted: str) -> str:
            return self.of(wanted, scope, depth)

        yield lambda: f"coalesce({of(kind)}, {of(kind)})"
        yield lambda: f"CASE WHEN {of('truth')} THEN {of(kind)} ELSE {of(kind)} END"
        if kind == "integer":
            yield lambda: f"{of('integer')} {self._pick('+', '-', '*')} {self._chance.randint(1, 3)}"
            yield lambda: f"{of('integer')} {self._pick('/', '%')} {self._chance.randint(1, 3)}"
            yield lambda: f"size({of('text')})"
            yield lambda: f"size({of(self._pick('integers', 'texts'))})"
            yield lambda: f"abs({of('integer')})"
            yield lambda: f"-({of('integer')})"
            yield lambda: f"nullIf({of('integer')}, {self._chance.randint(0, 3)})"
            yield lambda: f"toIntegerOrNull({of(self._pick('text', 'truth', 'float'))})"
            yield lambda: f"sign({of('integer')})"
            yield lambda: f"toInteger({of(self._pick('float', 'text', 'integer'))})"
            yield (
                lambda: (
                    f"({of('date')}).{self._pick('year', 'month', 'day', 'dayOfWeek', 'week', 'quarter', 'ordinalDay')}"
                )
            )
            yield lambda: f"({of('moment')}).{self._pick('hour', 'minute', 'second', 'millisecond', 'epochSeconds')}"
            yield lambda: f"{self._pick('head', 'last')}({of('integers')})"
            yield lambda: f"({of('integers')})[{self._pick('-2', '-1', '0', '1', '2', 'null', of('integer'))}]"
            yield lambda: self._reduced(scope, depth)
            yield lambda: f"CASE {of('text')} WHEN 'x' THEN 1 WHEN {of('text')} THEN 2 END"
        elif kind == "float":
            yield lambda: f"{of('float')} {self._pick('+', '-', '*')} {of(self._pick('float', 'integer'))}"
            yield lambda: f"{self._pick('ceil', 'floor', 'round', 'toFloat')}({of('float')})"
            yield lambda: f"toFloat({of(self._pick('integer', 'text'))})"
            yield lambda: f"-({of('float')})"
            yield lambda: f"({of(self._pick('integer', 'float'))}) ^ {self._pick('2', '2', '0', '1', '3')}"
            # An integer 0 fails, for Neo4j only where no WHERE behind it leaves the row out.
            yield lambda: f"({of('float')}) {self._pick('/', '%')} ({of('float')})"
            yield lambda: f"({of('float')}) {self._pick('/', '%')} {self._chance.randint(1, 3)}"
            yield lambda: f"round({of('float')}, 1)"
        elif kind == "text":
            yield lambda: f"{of('text')} {self._pick('+', '||')} {of('text')}"
            yield lambda: f"{self._pick('toUpper', 'toLower', 'trim', 'lTrim', 'rTrim', 'reverse')}({of('text')})"
            yield lambda: f"toString({of(self._pick('integer', 'truth', 'text', 'date', 'float'))})"
            yield lambda: f"substring({of('text')}, {self._chance.randint(0, 2)}, {self._chance.randint(0, 2)})"
            yield lambda: f"{self._pick('left', 'right')}({of('text')}, {self._chance.randint(0, 3)})"
            yield lambda: f"replace({of('text')}, 'x', {self._pick(*_LITERALS['text'])})"
            yield lambda: f"{self._pick('head', 'last')}({of('texts')})"
        elif kind == "truth":
            yield from self._conditions(scope, depth)
        elif kind == "date":
            yield lambda: f"{of('date')} {self._pick('+', '-')} duration('P{self._chance.randint(1, 14)}M')"
            # Of null there is an error, where nearly all functions give null.
            unit = self._pick("month", "year", "week")
            yield lambda: f"date.truncate('{unit}', coalesce({of('date')}, date('2020-03-04')))"
            yield lambda: f"date({of(self._pick('moment', 'local moment'))})"
        elif kind == "moment":
            yield lambda: f"{of('moment')} + duration('PT{self._chance.randint(1, 50)}H')"
        elif kind == "duration":
            yield lambda: f"duration.between({of('date')}, {of('date')})"
        elif kind in ("integers", "texts"):
            element = kind[:-1]
            # Neo4j does not reverse a list that lies in a property.
            yield lambda: self._pick("tail({})", "reverse(tail({}))").format(of(kind))
            yield lambda: f"{of(kind)} + {of(kind)}"
            yield lambda: f"({of(kind)})[{self._bound()}..{self._bound() or 1}]"
            yield lambda: f"{of(kind)} + {of(element)}"
            yield lambda: f"[{of(element)}, {of(element)}]"
            yield lambda: self._comprehension(kind, element, scope, depth)
            if kind == "texts":
                yield lambda: f"split({of('text')}, {self._pick(repr(''), repr('x'), repr(' '), of('text'))})"
        elif kind == "mixed":
            yield lambda: self._pick(of("integer"), of("text"), of("truth"))

    def _conditions(self, scope: dict[str, str], depth: int) -> Iterator[Callable[[], str]]:
        def of(wanted: str) -> str:
            return self.of(wanted, scope, depth)

        compared = self._pick(*_COMPARED)
        operator = self._pick("=", "<>", "<", "<=", ">", ">=")
        yield lambda: f"{of(compared)} {operator} {of(compared)}"
        yield lambda: f"{of(compared)} {operator} {of(compared)}"
        yield lambda: f"{of('integer')} {operator} {of('float')}"
        yield lambda: f"{of('mixed')} {self._pick('=', '<>', '<', '>')} {of('mixed')}"
        yield lambda: f"{self._chance.randint(-5, 1)} <= {of('integer')} < {self._chance.randint(2, 9)}"
        yield lambda: f"({of('truth')} {self._pick('AND', 'OR', 'XOR')} {of('truth')})"
        yield lambda: f"NOT ({of('truth')})"
        yield lambda: f"{of(self._pick('integer', 'text', 'mixed', 'date'))} IS {self._pick('', 'NOT ')}NULL"
        yield lambda: f"{of('text')} {self._pick('STARTS WITH', 'ENDS WITH', 'CONTAINS')} {of('text')}"
        yield lambda: f"{of('text')} =~ {self._pick(repr('x.*'), repr('(?i)x+y?'), repr('.*[a-z]'), repr('.'))}"
        yield (
            lambda: (
                f"({of('mixed')}) IS {self._pick('', 'NOT ')}:: {self._pick('INTEGER', 'STRING', 'FLOAT', 'BOOLEAN')}"
            )
        )
        yield lambda: f"{of('integer')} IN {of('integers')}"
        yield lambda: f"{of('text')} IN {of('texts')}"
        yield (
            lambda: (
                f"{of(self._pick('integers', 'texts'))} {self._pick('=', '<>')} {of(self._pick('integers', 'texts'))}"
            )
        )
        yield lambda: f"{of('integers')} {operator} {of('integers')}"
        yield lambda: f"{of('texts')} {operator} {of('texts')}"
        yield lambda: f"isEmpty({of(self._pick('text', 'texts', 'integers'))})"
        yield lambda: f"toBoolean({of(self._pick('text', 'integer', 'truth'))})"
        joined = self._pick(" AND ", " OR ", " XOR ")
        # Of each XOR more Neo4j's planner makes twice as many conditions.
        count = 3 if joined == " XOR " else self._chance.choice((3, 40))
        yield lambda: f"({joined.join(self._atom('truth', scope) for _ in range(count))})"
        variable = self._fresh("e")
        inner = {**scope, variable: "integer"}
        quantifier = self._pick("all", "any", "none", "single")
        yield (
            lambda: (
                f"{quantifier}({variable} IN {of('integers')} WHERE {self.of('truth', inner, 0 if depth < 1 else 1)})"
            )
        )
        nodes = [name for name, kind in scope.items() if kind == "node"]
        if nodes:
            one, two = self._chance.choice(nodes), self._chance.choice(nodes)
            label, other = self._chance.sample(LABELS, 2)
            newer = (f"{label}|{other}", f"{label}&{other}", f"!{label}")
            labels = self._pick(label, f"{label}:{other}", *(() if self.has_colons else newer))
            if ":" in labels and not self.has_colons:
                labels = label
            yield lambda: f"{one}:{labels}"
            yield lambda: f"{one} {self._pick('=', '<>')} {two}"
            yield lambda: f"'{label}' IN labels({one})"
        relationships = [name for name, kind in scope.items() if kind == "relationship"]
        if relationships:
            walked = self._chance.choice(relationships)
            yield lambda: f"type({walked}) = '{self._pick(*TYPES)}'"
            yield lambda: f"{self._pick('startNode', 'endNode')}({walked}).i {operator} {of('integer')}"
            yield lambda: f"{walked}._g IS NULL"
            yield lambda: f"'graph/one' IN {walked}._g"
            yield lambda: f"{walked}:{self._pick(*TYPES)}"
        many = [name for name, kind in scope.items() if kind == "relationships"]
        if many:
            yield lambda: f"size({self._chance.choice(many)}) {operator} {self._chance.randint(0, 2)}"

    def _bound(self) -> str:
        return self._pick("", "-2", "-1", "0", "1", "2", "3", "null")

    def _reduced(self, scope: dict[str, str], depth: int) -> str:
        total, each = self._fresh("a"), self._fresh("e")
        return f"reduce({total} = 0, {each} IN {self.of('integers', scope, depth)} | {total} + {each})"

    def _comprehension(self, kind: str, element: str, scope: dict[str, str], depth: int) -> str:
        variable = self._fresh("e")
        inner = {**scope, variable: element}
        text = f"{variable} IN {self.of(kind, scope, depth)}"
        if self._chance.random() < 0.6:
            text += f" WHERE {self.of('truth', inner, min(depth, 1))}"
        if self._chance.random() < 0.6:
            text += f" | {self.of(element, inner, min(depth, 1))}"
        return f"[{text}]"
