"""Random statements that read the graphs of `tests.cypher.random_graphs`: from one seed always the same.

They are typed, so that few of them end in an error, and say themselves how their answers compare: whether the order
of the rows is given, and which columns hold lists whose order is not (`labels`, `keys`, `collect`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.cypher.random_expressions import Expressions
from tests.cypher.random_graphs import LABELS, TYPES

__all__ = ["Queries", "Query"]

_ORDERED = ("integer", "float", "text", "truth", "date", "local moment", "mixed", "integers", "texts")
"""The kinds of which every two values have an order that is the language's, null included."""


@dataclass(frozen=True)
class Query:
    """A statement, and how its answers compare."""

    text: str
    parameters: dict[str, Any]
    ordered: bool
    bags: frozenset[int]


class Queries:
    """Makes statements."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._made = 0
        self._expressions = Expressions(chance, self._patterns_in_expressions)
        self._has_colons = False
        self._has_quantifiers = False
        self._is_condition = False

    def query(self) -> Query:
        """Return a statement."""
        self._expressions.parameters = {}
        self._has_colons = self._expressions.has_colons = self._chance.random() < 0.3
        self._has_quantifiers = self._chance.random() < 0.2  # instead of `*`: no clause may have both
        if self._chance.random() < 0.06:
            return self._union()
        clauses, scope = self._reading({}, self._chance.choice((1, 1, 2, 2, 3)))
        returned, ordered, bags = self._return(scope)
        return Query(" ".join([*clauses, returned]), dict(self._expressions.parameters), ordered, bags)

    # --- clauses

    def _reading(self, scope: dict[str, str], count: int) -> tuple[list[str], dict[str, str]]:
        clauses: list[str] = []
        for number in range(count):
            roll = self._chance.random()
            if (number == 0 and not scope and roll < 0.88) or roll < 0.35:
                clauses.append(self._match(scope, False))
            elif roll < 0.55:
                clauses.append(self._match(scope, True))
            elif roll < 0.7:
                clauses.append(self._unwind(scope))
            elif roll < 0.8 and scope:
                clauses.append(self._call(scope))
            else:
                text, scope = self._with(scope)
                clauses.append(text)
        return clauses, scope

    def _fresh(self, stem: str) -> str:
        self._made += 1
        return f"{stem}{self._made}"

    def _pick(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _match(self, scope: dict[str, str], optional: bool) -> str:
        new = dict(scope)
        parts = [self._path(new, None)]
        if self._chance.random() < 0.15:
            parts.append(self._path(new, None))
        text = f"{'OPTIONAL ' if optional else ''}MATCH {', '.join(parts)}"
        if self._chance.random() < 0.33:
            text += self._where(new, 2)
        scope.update(new)
        return text

    def _where(self, scope: dict[str, str], depth: int) -> str:
        before, self._is_condition = self._is_condition, True
        text = f" WHERE {self._expressions.of('truth', scope, depth)}"
        self._is_condition = before
        return text

    def _path(self, scope: dict[str, str], known: str | None) -> str:
        roll = self._chance.random()
        if known is None and roll < 0.08 and not self._has_quantifiers:
            return self._shortest(scope)
        hops = self._chance.choice((0, 1, 1, 1, 2))
        name = self._fresh("p") if hops and roll > 0.85 and known is None else ""
        text = self._node(scope, known)
        for _ in range(hops):
            text += self._relationship(scope) + self._node(scope, None)
        if not name:
            return text
        scope[name] = "path"
        return f"{name} = {text}"

    def _shortest(self, scope: dict[str, str]) -> str:
        one, two = self._fresh("n"), self._fresh("n")
        scope[one] = scope[two] = "node"
        name = self._fresh("p")
        scope[name] = "ways"
        arrow = self._pick("-[*]->", "-[:R*]->", "-[:R|S*..4]-", "-[:S|T*1..]->")
        function = self._pick("shortestPath", "allShortestPaths")
        # Where both ends are one node, Neo4j refuses the pattern while it runs.
        return f"({one}:{self._pick(*LABELS)}), ({two}) WITH * WHERE {one} <> {two} MATCH {name} = {function}(({one}){arrow}({two}))"

    def _node(self, scope: dict[str, str], known: str | None) -> str:
        nodes = [name for name, kind in scope.items() if kind == "node"]
        name = known or ""
        if not name and nodes and self._chance.random() < 0.25:
            name = self._chance.choice(nodes)
        if name:
            return f"({name})"
        name = self._fresh("n") if self._chance.random() < 0.8 else ""
        labels = f":{self._label_expression()}" if self._chance.random() < 0.25 else ""
        inside = ""
        roll = self._chance.random()
        if roll < 0.05:
            inside = f" {{{self._expressions.entry()}}}"
        elif roll < 0.1 and name:
            inside = self._where({name: "node"}, 1)
        if name:
            scope[name] = "node"
        return f"({name}{labels}{inside})"

    def _label_expression(self) -> str:
        one, two = self._chance.sample(LABELS, 2)
        if self._has_colons:  # which a statement has, or the newer symbols, never both
            return self._pick(one, one, f"{one}:{two}")
        if self._chance.random() < 0.05:
            return f"$({self._expressions.parameter(one)})"
        return self._pick(one, one, one, f"{one}|{two}", f"{one}&{two}", f"!{one}", f"{one}&!{two}", f"%&!{one}")

    def _relationship(self, scope: dict[str, str]) -> str:
        roll = self._chance.random()
        name = self._fresh("r") if roll < 0.45 else ""
        one, two = self._chance.sample(TYPES, 2)
        types = self._pick("", f":{one}", f":{one}", f":{one}|{two}")
        length = quantifier = ""
        if self._chance.random() < 0.15:
            if self._has_quantifiers:
                quantifier = self._pick("{1,2}", "{2}", "{0,1}", "{,2}", "{0,2}", "{1,3}")
            else:
                length = self._pick("*1..2", "*2", "*0..1", "*..2", "*0..2", "*1..3")
        elif self._chance.random() < 0.04 and not self._has_colons:
            types = f":!{one}"
        if name:
            scope[name] = "relationships" if length or quantifier else "relationship"
        left, right = self._chance.choice((("-", "->"), ("-", "->"), ("<-", "-"), ("-", "-")))
        inside = f"[{name}{types}{length}]" if name or types or length else ""
        return f"{left}{inside}{right}{quantifier}"

    def _unwind(self, scope: dict[str, str]) -> str:
        kind, element = self._chance.choice((("integers", "integer"), ("texts", "text")))
        text = f"UNWIND {self._expressions.of(kind, scope, 2)} AS "
        name = self._fresh("x")
        scope[name] = element
        return text + name

    def _call(self, scope: dict[str, str]) -> str:
        nodes = [name for name, kind in scope.items() if kind == "node"]
        if not nodes:
            return self._unwind(scope)
        known, name = self._chance.choice(nodes), self._fresh("y")
        inner = {known: "node"}
        pattern = f"MATCH ({known})" + self._relationship(inner) + self._node(inner, None)
        condition = self._where(inner, 1) if self._chance.random() < 0.3 else ""
        kind = self._chance.choice(("integer", "text"))
        value = self._expressions.of(kind, inner, 1)
        if self._chance.random() < 0.6:
            function = self._pick("count", "max", "min")
            kind, value = ("integer" if function == "count" else kind), f"{function}({value})"
        scope[name] = kind
        head = self._pick(f"CALL ({known}) {{", f"CALL ({known}) {{", f"CALL {{ WITH {known}")
        return f"{head} {pattern}{condition} RETURN {value} AS {name} }}"

    def _with(self, scope: dict[str, str]) -> tuple[str, dict[str, str]]:
        items, kinds = self._projection(scope, is_last=False)
        text = f"WITH {'DISTINCT ' if self._may_be_distinct(kinds) and self._chance.random() < 0.2 else ''}{', '.join(items)}"
        text += self._page(kinds, 0.25)
        if self._chance.random() < 0.2:
            text += self._where(kinds, 1)
        return text, kinds

    def _projection(self, scope: dict[str, str], is_last: bool) -> tuple[list[str], dict[str, str]]:
        """Return the items, and what they bind."""
        items: list[str] = []
        kinds: dict[str, str] = {}
        aggregates = self._chance.random() < 0.35
        keep = [name for name, kind in scope.items() if kind not in ("ways", "bag") or not aggregates]
        keep = [name for name in keep if scope[name] != "ways" or not is_last]
        for name in self._chance.sample(keep, min(len(keep), self._chance.choice((0, 1, 1, 2, 3)))):
            items.append(name)
            kinds[name] = scope[name]
        for _ in range(self._chance.choice((0, 1, 1, 2))):
            kind, text = self._expressions.any_of(scope, 2, no_bags=aggregates)
            alias = self._fresh("v")
            items.append(f"{text} AS {alias}")
            kinds[alias] = kind
        if aggregates or not items:
            for _ in range(self._chance.choice((1, 1, 2))):
                kind, text = self._expressions.aggregate(scope)
                alias = self._fresh("g")
                items.append(f"{text} AS {alias}")
                kinds[alias] = kind
        return items, kinds

    def _may_be_distinct(self, kinds: dict[str, str]) -> bool:
        return not {"bag", "ways"} & set(kinds.values())

    def _page(self, kinds: dict[str, str], likelihood: float, keys: str | None = None) -> str:
        total = keys or self._total(kinds)
        if total is None or self._chance.random() > likelihood:
            return ""
        skip = f" SKIP {self._chance.randint(0, 2)}" if self._chance.random() < 0.4 else ""
        limit = f" LIMIT {self._chance.randint(1, 5)}" if self._chance.random() < 0.7 else ""
        return f" ORDER BY {total}{skip}{limit}"

    def _total(self, kinds: dict[str, str]) -> str | None:
        """Return keys that order all rows but equal ones; None where there are none."""
        keys = []
        for name, kind in kinds.items():
            if kind == "node":
                keys.append(f"{name}.iri")
            elif kind in _ORDERED:
                keys.append(name)
            else:
                return None
        self._chance.shuffle(keys)
        return ", ".join(key + self._pick("", "", " DESC") for key in keys) or None

    def _return(self, scope: dict[str, str]) -> tuple[str, bool, frozenset[int]]:
        items, kinds = self._projection(scope, is_last=True)
        ways = [name for name, kind in scope.items() if kind == "ways"]
        if ways and self._chance.random() < 0.8:
            alias = self._fresh("v")
            items.append(f"length({ways[0]}) AS {alias}")
            kinds[alias] = "integer"
            items, kinds = [items[-1], *items[:-1]], {alias: "integer", **kinds}
        distinct = "DISTINCT " if self._may_be_distinct(kinds) and self._chance.random() < 0.15 else ""
        page = self._page(kinds, 0.45)
        bags = frozenset(number for number, kind in enumerate(kinds.values()) if kind == "bag")
        return f"RETURN {distinct}{', '.join(items)}{page}", bool(page), bags

    def _union(self) -> Query:
        texts = []
        kind = self._pick("integer", "text", "truth")
        for _ in range(2):
            clauses, scope = self._reading({}, 1)
            texts.append(" ".join([*clauses, f"RETURN {self._expressions.of(kind, scope, 2)} AS v"]))
        text = self._pick(" UNION ", " UNION ALL ").join(texts)
        return Query(text, dict(self._expressions.parameters), False, frozenset())

    # --- patterns inside expressions

    def _patterns_in_expressions(self, scope: dict[str, str], depth: int) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield, by kind, what a pattern that begins at a known node can give."""
        nodes = [name for name, kind in scope.items() if kind == "node"]
        if not nodes:
            return
        known = self._chance.choice(nodes)

        def hop(inner: dict[str, str]) -> str:
            return f"({known}){self._relationship(inner)}{self._node(inner, None)}"

        def inside(kind: str) -> tuple[str, str]:
            inner = dict(scope)
            pattern = hop(inner)
            fresh = {name: sort for name, sort in inner.items() if name not in scope} or {known: "node"}
            condition = self._where(fresh, 1) if self._chance.random() < 0.4 else ""
            return f"{pattern}{condition}", self._expressions.of(kind, fresh, 0) if kind else ""

        def bare() -> str:
            one, two = self._chance.sample(TYPES, 2)
            arrow = self._pick(f"-[:{one}]->", f"<-[:{one}|{two}]-", "-->", f"-[:{one}]-")
            return f"({known}){arrow}({self._pick('', ':' + self._pick(*LABELS))})"

        yield "truth", lambda: f"EXISTS {{ {self._pick('', 'MATCH ')}{inside('')[0]} }}"
        if self._is_condition:  # nowhere else may a pattern stand for its truth
            yield "truth", lambda: f"{self._pick('', 'NOT ')}{bare()}"
        yield "integer", lambda: f"COUNT {{ {self._pick('', 'MATCH ')}{inside('')[0]} }}"

        def collected() -> str:
            pattern, value = inside("integer")
            return f"COLLECT {{ MATCH {pattern} RETURN {value} }}"

        def comprehended() -> str:
            pattern, value = inside("integer")
            return f"[{pattern} | {value}]"

        yield "bag", collected
        yield "bag", comprehended
