"""What of Cypher the embedded engine answers, construct by construct: the table of the documentation.

The rules themselves are in the other modules of the dialect; a test keeps functions and this table in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.mirror.dialect.aggregates import AGGREGATES
from kg.mirror.dialect.functions import FUNCTIONS, REFUSED_FUNCTIONS

__all__ = ["CONSTRUCTS", "Entry", "entries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A construct, whether it is answered, and what differs or why it is refused."""

    construct: str
    answer: OneOf["yes", "rewritten", "refused"]
    note: str = ""


def _yes(construct: str, note: str = "") -> Entry:
    return Entry(construct, "yes", note)


def _rewritten(construct: str, note: str) -> Entry:
    return Entry(construct, "rewritten", note)


def _refused(construct: str, note: str) -> Entry:
    return Entry(construct, "refused", note)


CONSTRUCTS: tuple[Entry, ...] = (
    _yes("MATCH, OPTIONAL MATCH, several patterns, WHERE"),
    _yes("relationships in both directions, of several types, loops and parallel ones"),
    _rewritten("(n:A&!B), (n:A|B), (n:%), -[r:!T]->", "as conditions"),
    _rewritten("(n:$($label)), $all(…), $any(…)", "of parameters, as conditions"),
    _rewritten("(n {key: value}), (n WHERE …), -[r WHERE …]->", "as conditions"),
    _refused("(n $map)", "Neo4j refuses it too"),
    _rewritten("-[:T*]->, -[:T*2..]->", "with the number of relationships as upper bound: kglite stops after ten"),
    _yes("-[:T*1..3]->, -[r:T*0..2]-"),
    _refused("properties or WHERE on relationships of variable length", "use all(r IN relationships(p) WHERE …)"),
    _rewritten("-[:T]->+, -[:T]->*, -[:T]->{1,3}", "as a path of variable length"),
    _refused("((a)-[:T]->(b)){1,3} and other groups", "kglite has none"),
    _refused("SHORTEST, ALL SHORTEST, ANY before a pattern", "kglite has none"),
    _yes(
        "shortestPath(), allShortestPaths() in MATCH", "of one relationship *; one node at both ends fails, as in Neo4j"
    ),
    _refused("shortestPath() in an expression, or with WHERE on its path", "kglite filters after the search"),
    _refused("MATCH REPEATABLE ELEMENTS", "kglite has none"),
    _yes("p = (a)-[:T]->(b), nodes(p), relationships(p), length(p)"),
    _refused("comparing paths, or lists and maps with nodes in them", "kglite compares properties, Neo4j identity"),
    _rewritten("a = b, a <> b, a IN list, of nodes or relationships", "by elementId()"),
    _yes("=, <>, <, <=, >, >=, of values of any kinds", "but for what the next lines say"),
    _rewritten("1 < x <= 3", "as two comparisons"),
    _rewritten("comparing an integer with a float", "fails beyond 2^53, where Neo4j has no one order"),
    _rewritten(
        "<, >, ORDER BY, min(), max() of strings that are computed or parameters",
        "fails on the characters U+E000 to U+FFFF, which Neo4j puts elsewhere then",
    ),
    _rewritten("ORDER BY, min(), max() of floats", "fails on -0.0, which is less than 0.0 there in Neo4j only"),
    _rewritten("comparing dates and zoned or local date-times", "one moment in two zones fails for < and >"),
    _refused("comparing zoned times, durations, or dates with other kinds", "kglite reads them as text"),
    _yes("AND, OR, XOR, NOT, IS NULL, IN, STARTS WITH, ENDS WITH, CONTAINS"),
    _refused("a condition that may be no Boolean", "Neo4j fails, kglite takes anything for true"),
    _yes("+, -, *, of numbers", "beyond 64 bits fails"),
    _rewritten("^", "squares, whole powers of whole numbers up to 2^53; others fail: their last digit may differ"),
    _rewritten("/, %", "a float by zero is infinite or NaN; an integer by zero fails"),
    _yes("+ of strings, of a string and an integer, of lists", "a list with null is null"),
    _refused("+ of other kinds", "Neo4j fails, kglite gives null or text"),
    _rewritten("||", "as +"),
    _rewritten("=~", "of a constant pattern, in a form that both engines read alike"),
    _refused("=~ with look-around, back references, Unicode classes", "Rust's and Java's engines differ"),
    _yes("CASE, both forms"),
    _yes("list[i], list[a..b], map.key, n.key, n[$key]"),
    _refused("map[expression], n[expression]", "what it is is known only when it runs"),
    _yes("list comprehensions, all(), any(), none(), single(), reduce()"),
    _yes("pattern comprehensions"),
    _yes("a pattern as condition, exists(pattern)"),
    _rewritten("n {.key, name: value}", "as a map"),
    _yes("n {.*, key: value}"),
    _rewritten("EXISTS { }, COUNT { }, COLLECT { }", "of one MATCH with WHERE"),
    _refused("EXISTS { }, COUNT { }, COLLECT { } of more", "kglite has none: use CALL (…) { }"),
    _rewritten("x IS :: TYPE", "BOOLEAN, INTEGER, FLOAT, STRING"),
    _refused("IS NORMALIZED", "kglite has none"),
    _yes("RETURN, WITH, DISTINCT, ORDER BY, SKIP, OFFSET, LIMIT, *"),
    _refused("DISTINCT, grouping and UNION of values where integers meet floats", "1 and 1.0 are one for Neo4j only"),
    _refused("ORDER BY a node, relationship, path or duration", "Neo4j's order is not documented"),
    _rewritten("aggregates within expressions", "in two steps"),
    _yes("UNWIND, UNION, UNION ALL"),
    _rewritten("CALL (x) { … }, CALL (*) { … }", "in the form that imports by WITH"),
    _yes("CALL { WITH x … }"),
    _refused("OPTIONAL CALL, CALL { } IN TRANSACTIONS", "kglite has none"),
    _rewritten("CALL db.labels(), db.relationshipTypes(), db.propertyKeys()", "of what is there; as the first clause"),
    _rewritten("CALL kg.search(…), kg.similarTo(…), kg.predicted(…)", "as a subquery over the rows that were found"),
    _refused("CALL of any other procedure", "there are none"),
    _refused("LOAD CSV, USE", "there is one graph, and no file is read"),
    _refused("EXPLAIN's operators", "kglite's text is shown instead"),
    _yes("dates and times: being returned", "exact to the nanosecond when alone in their column"),
    _yes("n.date.year, .week, .quarter, .nanosecond, .offset, … of dates and times"),
    _rewritten(
        "date(), time(), datetime(), localtime(), localdatetime(), duration(), their truncate(), duration.between()",
        "of constants, texts or maps; worked out beforehand, with +, -, *, =, <, parts and toString() of them",
    ),
    _refused("zones with names before 1970, after 2037, and where clocks change", "Neo4j's own tables may differ"),
    _refused("dates and times now, or made of properties; + and - of properties; points", "not proved equal"),
)
"""Clauses and expressions; functions have their own tables."""


def entries() -> Iterator[Entry]:
    """Yield the whole table, functions after the constructs, in the order of their names."""
    yield from CONSTRUCTS
    for function, entry in sorted(FUNCTIONS.items()):
        yield Entry(
            f"{function}()", "yes" if entry.note == "yes" else "rewritten", "" if entry.note == "yes" else entry.note
        )
    for aggregate in sorted(AGGREGATES - REFUSED_FUNCTIONS.keys()):
        yield Entry(f"{aggregate}()", "rewritten" if aggregate == "avg" else "yes", "aggregate")
    for function, why in sorted(REFUSED_FUNCTIONS.items()):
        yield Entry(f"{function}()", "refused", why)
