"""Small random queries with `GRAPH ?g`, and the same ones written out graph by graph.

Not made is what Oxigraph 0.5.13 answers wrongly in a graph with a name too: MINUS in EXISTS or behind nothing,
and EXISTS in a group within the group, where variables of the outside are seen. Nor paths with `+`, which have
too many solutions in any graph.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence

import pyoxigraph
from pyoxigraph import NamedNode, Quad

PREFIX = "PREFIX : <http://e/> "
GRAPHS = [NamedNode(f"http://e/g{number}") for number in (1, 2, 3)]


def data(chance: random.Random) -> pyoxigraph.Store:
    """Some triples in three graphs, whose names stand in triples too."""
    store = pyoxigraph.Store()
    for graph in GRAPHS:
        for _ in range(chance.randint(1, 4)):
            subject, predicate, value = (
                chance.choice(names) for names in (["x", "y", "z"], "pq", ["x", "y", "g1", "g2"])
            )
            terms = [NamedNode(f"http://e/{name}") for name in (subject, predicate, value)]
            store.add(Quad(*terms, graph))
    return store


class Queries:
    """Makes groups; a GRAPH with a variable is written `GRAPHV`, so that it is found again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._made = chance, 0

    def query(self) -> str:
        return f"SELECT * {{ GRAPHV ?g {self._group(self._chance.choice([1, 2, 2, 3]), 'root')} }}"

    def _pick(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _fresh(self, stem: str) -> str:
        self._made += 1
        return f"{stem}{self._made}"

    def _term(self) -> str:
        terms = ("?a", "?b", "?c", "?g", self._pick(":x", ":y", ":g1", ":g2"))
        return self._chance.choices(terms, (4, 4, 4, 1, 4))[0]

    def _triple(self) -> str:
        predicate = self._chance.choices((":p", ":q", "?a", self._pick(":p/:q", "^:p", "(:p|:q)")), (8, 8, 1, 1))[0]
        subject = self._fresh("_:l") if self._chance.random() < 0.05 else self._term()
        return f"{subject} {predicate} {self._term()} ."

    def _condition(self, where: str) -> str:
        variable = self._pick("?a", "?b", "?c", "?g")
        simple = self._pick(f"BOUND({variable})", f"!BOUND({variable})", f"{variable} = :g1", f"{variable} != ?b")
        if where == "root" and self._chance.random() < 0.3:
            return f"{self._pick('EXISTS', 'NOT EXISTS')} {self._group(1, 'exists')}"
        return simple

    def _group(self, depth: int, where: str = "inside") -> str:
        parts: list[str] = []
        for _ in range(self._chance.choice([1, 1, 2, 2, 3])):
            part = self._part(depth, where)
            if part.startswith("MINUS") and not any(each.endswith(".") for each in parts):
                parts.append(self._triple())
            parts.append(part)
        return f"{{ {' '.join(parts)} }}"

    def _part(self, depth: int, where: str) -> str:
        if depth <= 0 or self._chance.random() < 0.38:
            return self._triple()
        within = "exists" if where == "exists" else "inside"
        kinds = ["OPTIONAL", "OPTIONAL", "UNION", "FILTER", "BIND", "VALUES", "group", "GRAPH", "SELECT"]
        kind = self._pick(*kinds, *([] if where == "exists" else ["MINUS", "MINUS"]))
        group = self._group(depth - 1, within)
        if kind == "UNION":
            return f"{group} UNION {self._group(depth - 1, within)}"
        if kind == "FILTER":
            return f"FILTER({self._condition(where)})"
        if kind == "BIND":
            return f"BIND({self._pick('?g', ':x', '?a', 'STR(?b)')} AS {self._fresh('?n')})"
        if kind == "VALUES":
            return f"VALUES {self._pick('?a', '?b', '?g')} {{ {self._pick(':x', ':g1')} {self._pick(':y', 'UNDEF')} }}"
        if kind == "GRAPH":
            return f"{self._pick('GRAPHV ?g', 'GRAPHV ?h', 'GRAPH :g1')} {group}"
        if kind == "SELECT":
            return f"{{ {self._subquery(group)} }}"
        return group if kind == "group" else f"{kind} {group}"

    def _subquery(self, group: str) -> str:
        count = f"(COUNT(*) AS {self._fresh('?n')})"
        return self._pick(
            f"SELECT * {group}",
            f"SELECT DISTINCT ?a {group}",
            f"SELECT ?a ?g {group}",
            f"SELECT {count} {group}",
            f"SELECT (COUNT(DISTINCT *) AS ?c) {group}",
            f"SELECT {count} (MAX(?b) AS ?c) {group} HAVING (COUNT(*) < 3)",
            f"SELECT ?a {count} {group} GROUP BY ?a",
            f"SELECT ?a {count} {group} GROUP BY ?a ORDER BY ?a LIMIT 1",
            f"SELECT ?a ?b ?c {group} ORDER BY ?a ?b ?c LIMIT 1",
        )


def written_out(query: str, names: Sequence[NamedNode]) -> str:
    """Write every `GRAPHV ?g` as a union of graphs with names (SPARQL 1.1 Query, 18.6), the last one first."""
    while (start := query.rfind("GRAPHV ")) >= 0:
        match = re.compile(r"GRAPHV (\?\w+) ").match(query, start)
        assert match is not None
        depth, end = 1, match.end() + 1
        while depth:
            depth += (query[end] == "{") - (query[end] == "}")
            end += 1
        group = query[match.end() : end]
        branches = []
        for number, name in enumerate(names):
            own = group.replace("_:l", f"_:b{start}n{number}l")
            branches.append(f"{{ GRAPH {name} {own} VALUES {match[1]} {{ {name} }} }}")
        query = f"{query[:start]}{{ {' UNION '.join(branches)} }}{query[end:]}"
    return query


def solutions(store: pyoxigraph.Store, query: str) -> Counter[frozenset[tuple[str, str]]]:
    """The answer as a multiset of what is bound."""
    found = store.query(PREFIX + query)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return Counter(
        frozenset((name, str(term)) for name, term in zip(names, row, strict=True) if term is not None) for row in found
    )
