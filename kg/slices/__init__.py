"""Which part of a dataset a SPARQL query can see: leaves of its algebra, each with what surely holds around it.

If a slice has, for each leaf, every quad of a match that can join with its surroundings, the query has the same
answer over the slice as over the whole. More than that does no harm, so a store may fetch more, never less.
"""

from __future__ import annotations

from dataclasses import dataclass

from kg.rdf import BlankNode, Literal, NamedNode, Triple

__all__ = ["Closure", "GraphNames", "Leaf", "Pattern", "PatternTerm", "Slice", "Values", "Variable", "Whole"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a query, or one made for it; equal names are the same variable within one slice."""

    name: str


PatternTerm = Variable | NamedNode | BlankNode | Literal | Triple
"""BlankNode: only as a constant; the blank nodes of a query are variables."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern; `graph` None is the default graph of the query."""

    graph: Variable | NamedNode | None
    subject: PatternTerm
    predicate: Variable | NamedNode
    object: PatternTerm


@dataclass(frozen=True, slots=True)
class Values:
    """What a variable surely is: one of some IRIs; or a literal within bounds, None for none; or what a walk reaches.

    The bounds are inclusive and compared as SPARQL does it: numbers by value whatever their type, dates and times
    with their own type; a string is bound only as `least` = `most` and is exactly this term. `reached` has a constant
    as its start, which counts as reached; `iris` and the bounds are empty then.
    """

    variable: Variable
    iris: tuple[NamedNode, ...] = ()
    least: Literal | None = None
    most: Literal | None = None
    reached: Closure | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """Triple patterns whose matches belong to the slice; `context` and `values` only restrict them.

    `is_sample`: of its one pattern, one match in each graph is enough for a constant term, or for each that a variable
    in `values` may be: the query asks only whether a graph knows it.
    """

    patterns: tuple[Pattern, ...]
    context: tuple[Pattern, ...] = ()
    values: tuple[Values, ...] = ()
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class Closure:
    """All that can be reached from a term, or from what a variable is, by steps of one or more predicates.

    `steps`: (predicate, whether it is walked from object to subject); predicate None is any. Where `graph` is a
    variable, the walk may go on in another of the graphs that it may be. `from_blank_only`: it goes on from a blank
    node only, after the first step.
    """

    graph: Variable | NamedNode | None
    start: PatternTerm
    steps: tuple[tuple[NamedNode | None, bool], ...]
    context: tuple[Pattern, ...] = ()
    values: tuple[Values, ...] = ()
    from_blank_only: bool = False


@dataclass(frozen=True, slots=True)
class GraphNames:
    """The names of all graphs."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole dataset, because the query could not be read for less: `reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Slice:
    """What a query can see. `limit`: a monotone query without ORDER BY needs this many solutions only, else None."""

    leaves: tuple[Leaf | Closure | GraphNames | Whole, ...]
    limit: int | None = None
