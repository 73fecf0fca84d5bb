"""The groups of a SPARQL query, as far as the scope of variables needs them (SPARQL 1.1 Query, 18.2.1).

Read from the tokens of a query that parses: what a group consists of, and which variables its solutions can
and must bind. Expressions are not looked into; a group after EXISTS is read when somebody comes to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.sparql.tokens import Token, close_of

__all__ = ["Element", "Group", "Names", "Select", "after_expression", "names_in", "opens_annotation", "read_group"]

Kind = OneOf["triples", "union", "optional", "minus", "lateral", "graph", "service", "values", "filter", "bind"]
Names = frozenset[str]
"""Variables without `?`."""

_NONE: Names = frozenset()
_WITH_GROUP: dict[str, Kind] = {
    "OPTIONAL": "optional", "MINUS": "minus", "LATERAL": "lateral", "GRAPH": "graph", "SERVICE": "service"
}  # fmt: skip
_CLAUSES = ("HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
_AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a group: tokens `[first, end)`, and what it adds to a solution.

    A group within a group is a union of one. `possible` are the variables in scope, `certain` those that are
    bound in every solution.
    """

    kind: Kind
    first: int
    end: int
    groups: tuple[Group, ...] = ()
    possible: Names = _NONE
    certain: Names = _NONE


@dataclass(frozen=True, slots=True)
class Select:
    """A subquery: `columns` is the index after SELECT and DISTINCT, `grouping` that after GROUP BY."""

    columns: int
    is_star: bool
    where: Group
    grouping: int | None
    has_aggregates: bool
    is_cut: bool
    """With LIMIT or OFFSET."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group by the indexes of its braces; a subquery has no elements of its own."""

    opens: int
    closes: int
    elements: tuple[Element, ...]
    select: Select | None
    possible: Names
    certain: Names


def names_in(tokens: Iterable[Token]) -> Names:
    """Return the variables that are named somewhere in tokens."""
    return frozenset(token.text[1:] for token in tokens if token.kind == "variable")


def read_group(tokens: Sequence[Token], opens: int) -> Group:
    """Read the group that a brace opens."""
    closes = close_of(tokens, opens)
    if tokens[opens + 1].is_word("SELECT"):
        return _read_select(tokens, opens, closes)
    elements: list[Element] = []
    index = opens + 1
    while index < closes:
        if tokens[index].is_mark("."):
            index += 1
            continue
        elements.append(_read_element(tokens, index, closes))
        index = elements[-1].end
    parts = [each for each in elements if each.kind != "minus"]
    possible = _NONE.union(*(each.possible for each in parts))
    certain = _NONE.union(*(each.certain for each in parts if each.kind != "optional"))
    return Group(opens, closes, tuple(elements), None, possible, certain)


def _read_element(tokens: Sequence[Token], index: int, closes: int) -> Element:
    token = tokens[index]
    if token.is_mark("{"):
        groups = [read_group(tokens, index)]
        while tokens[groups[-1].closes + 1].is_word("UNION"):
            groups.append(read_group(tokens, groups[-1].closes + 2))
        possible = _NONE.union(*(group.possible for group in groups))
        certain = groups[0].certain.intersection(*(group.certain for group in groups))
        return Element("union", index, groups[-1].closes + 1, tuple(groups), possible, certain)
    if token.is_word(*_WITH_GROUP):
        opens = next(i for i in range(index, closes) if tokens[i].is_mark("{"))
        group, named = read_group(tokens, opens), names_in(tokens[index:opens])
        kind = _WITH_GROUP[token.text.upper()]
        return Element(kind, index, group.closes + 1, (group,), group.possible | named, group.certain | named)
    if token.is_word("VALUES"):
        return _read_values(tokens, index)
    if token.is_word("FILTER"):
        return Element("filter", index, after_expression(tokens, index + 1))
    if token.is_word("BIND"):
        end = after_expression(tokens, index + 1)
        return Element("bind", index, end, possible=names_in([tokens[end - 2]]))
    end = _after_triples(tokens, index, closes)
    named = names_in(tokens[index:end])
    return Element("triples", index, end, possible=named, certain=named)


def opens_annotation(tokens: Sequence[Token], index: int) -> bool:
    """Say whether `{|` stands at an index, which opens no group (SPARQL 1.2)."""
    return tokens[index].is_mark("{") and tokens[index + 1].is_mark("|")


def _after_triples(tokens: Sequence[Token], index: int, closes: int) -> int:
    while index < closes:
        if opens_annotation(tokens, index):
            index = close_of(tokens, index)
        elif tokens[index].is_mark("{") or tokens[index].is_word(*_WITH_GROUP, "VALUES", "FILTER", "BIND"):
            break
        index += 1
    return index


def _read_values(tokens: Sequence[Token], index: int) -> Element:
    opens = next(i for i in range(index, len(tokens)) if tokens[i].is_mark("{"))
    end, named = close_of(tokens, opens) + 1, names_in(tokens[index:opens])
    is_full = not any(token.is_word("UNDEF") for token in tokens[opens:end])
    return Element("values", index, end, possible=named, certain=named if is_full else _NONE)


def after_expression(tokens: Sequence[Token], index: int) -> int:
    """Return the index after a constraint: `(…)`, `f(…)`, EXISTS {…}."""
    while not (tokens[index].is_mark("(") or tokens[index].is_mark("{")):
        index += 1
    if tokens[index].is_mark("{"):
        return close_of(tokens, index) + 1
    depth = 0
    while True:
        depth += tokens[index].is_mark("(") - tokens[index].is_mark(")")
        index += 1
        if depth == 0:
            return index


def _read_select(tokens: Sequence[Token], opens: int, closes: int) -> Group:
    columns = opens + 2 + tokens[opens + 2].is_word("DISTINCT", "REDUCED")
    index, bare, bound = columns, set[str](), set[str]()
    while not tokens[index].is_mark("{"):
        if tokens[index].is_mark("("):
            end = after_expression(tokens, index)
            bound.add(tokens[end - 2].text[1:])  # (… AS ?variable)
            index = end
            continue
        bare |= names_in([tokens[index]])
        index += 1
    where = read_group(tokens, index)
    is_star = tokens[columns].is_mark("*")
    possible = where.possible if is_star else frozenset(bare | bound)
    certain = where.certain & possible if is_star else where.certain & bare - bound
    tail = _outside_parentheses(tokens, where.closes + 1, closes)
    grouping = next((i + 2 for i in tail if tokens[i].is_word("GROUP")), None)
    clauses = [i for i in tail if tokens[i].is_word(*_CLAUSES)]
    values = next((i for i in clauses if tokens[i].is_word("VALUES")), None)
    if values is not None:
        given = _read_values(tokens, values)
        possible, certain = possible | given.possible, certain | given.certain
    spans = [*range(columns, where.opens), *range(where.closes + 1, closes if values is None else values)]
    select = Select(
        columns,
        is_star,
        where,
        grouping,
        any(tokens[i].is_word(*_AGGREGATES) and tokens[i].depth == tokens[opens].depth + 1 for i in spans),
        any(tokens[i].is_word("LIMIT", "OFFSET") for i in clauses),
    )
    return Group(opens, closes, (), select, possible, certain)


def _outside_parentheses(tokens: Sequence[Token], index: int, end: int) -> list[int]:
    found, depth = [], 0
    while index < end:
        depth += tokens[index].is_mark("(") - tokens[index].is_mark(")")
        if tokens[index].is_mark("{"):
            index = close_of(tokens, index)
        elif depth == 0:
            found.append(index)
        index += 1
    return found
