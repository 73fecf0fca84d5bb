"""Walks along a property path, a round of statements for each step away from where they start."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.rdf import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple
from kg.slices import Closure, Leaf, Pattern, Values, Variable

__all__ = ["Walks", "first_round"]

_Fetch = Callable[[list[Leaf]], set[str]]

_SUBJECT, _PREDICATE, _OBJECT = Variable("s"), Variable("p"), Variable("o")
_MOST_LITERALS = 20
"""Literals of one round that a step back is asked for; for more, all of the predicate is fetched."""
_MOST_REACHED = 20_000
"""Terms that a variable is looked for among."""
_MOST_ROUNDS = 1_000
"""Rounds, each a trip to the server, before all of the predicates is fetched: a long list has a round an element."""


class Walks:
    """The walks of one try.

    Args:
        look: fetches what is not part of the slice.
    """

    def __init__(self, look: _Fetch) -> None:
        self._look = look
        self._reached: dict[Closure, frozenset[Term]] = {}

    def resolved(self, leaf: Leaf) -> Leaf:
        """Return a leaf in which what a walk reaches is told by its terms."""
        if any(each.reached is not None for each in leaf.values):
            return replace(leaf, values=self._values(leaf.values))
        return leaf

    def _values(self, values: Iterable[Values]) -> tuple[Values, ...]:
        found = []
        for each in values:
            if each.reached is None:
                found.append(each)
                continue
            if each.reached not in self._reached:
                self._reached[each.reached] = self.walk(each.reached, self._look)
            terms = self._reached[each.reached]
            resources = [term for term in terms if isinstance(term, NamedNode | BlankNode)]
            if len(resources) == len(terms) <= _MOST_REACHED:
                # A blank node counts as an IRI here: the statement finds nodes by either.
                found.append(Values(each.variable, tuple(sorted(resources, key=str))))  # type: ignore[arg-type]
        return tuple(found)

    def walk(self, closure: Closure, fetch: _Fetch, first: set[str] | None = None) -> frozenset[Term]:
        """Fetch all that is walked over, and return the terms that are come to, the start among them.

        Args:
            first: what was fetched of `first_round`, and perhaps more, if it was.
        """
        frontier = self._starts(closure)
        if frontier is None:
            fetch(_all_steps(closure))
            return frozenset()
        if not frontier:
            return frozenset()
        seen: set[Term] = set()
        ends: dict[Term, set[Term]] = {}
        for number in itertools.count():
            seen |= frontier
            if closure.from_blank_only and number:
                frontier = {term for term in frontier if isinstance(term, BlankNode)}
            if number == 0 and first is not None:
                ends = _ends(closure, first)
            elif number < _MOST_ROUNDS:
                ends = _ends(closure, fetch(_round(closure, frontier)))
            elif number == _MOST_ROUNDS:
                ends = _ends(closure, fetch(_all_steps(closure)))
            frontier = {end for term in frontier for end in ends.get(term, ())} - seen
            if not frontier:
                break
        return frozenset(seen)

    def _starts(self, closure: Closure) -> set[Term] | None:
        """Return where a walk may start; None if that can be anywhere."""
        start = closure.start
        if not isinstance(start, Variable):
            return {start}
        values = self._values(closure.values)
        given: list[set[Term]] = [set(each.iris) for each in values if each.variable == start and each.iris]
        if given:
            return set.intersection(*given)
        near = [p for p in closure.context if start in (p.graph, p.subject, p.predicate, p.object)]
        if not near:
            return None
        pattern = max(near, key=lambda p: sum(not isinstance(t, Variable) for t in (p.subject, p.predicate, p.object)))
        others = tuple(each for each in closure.context if each != pattern)
        found: set[Term] = set()
        for quad in _quads(self._look([Leaf((pattern,), others, values)])):
            places = (pattern.subject, pattern.object, pattern.predicate, pattern.graph)
            term = (quad.subject, quad.object, quad.predicate, quad.graph_name)[places.index(start)]
            if not isinstance(term, DefaultGraph):
                found.add(term)
        return found


def first_round(closure: Closure) -> list[Leaf]:
    """Return the leaves of the first step of a walk from a constant, which need not wait for others; else none."""
    return [] if isinstance(closure.start, Variable) else _round(closure, {closure.start})


def _all_steps(closure: Closure) -> list[Leaf]:
    """Return the leaves of all steps that there are, from anywhere."""
    return [Leaf((Pattern(closure.graph, _SUBJECT, p or _PREDICATE, _OBJECT),)) for p, _ in closure.steps]


def _ends(closure: Closure, lines: set[str]) -> dict[Term, set[Term]]:
    """Return where one step leads to, by where it starts."""
    ends: dict[Term, set[Term]] = {}
    for quad in _quads(lines):
        for predicate, is_backward in closure.steps:
            if predicate is None or predicate == quad.predicate:
                start, end = (quad.object, quad.subject) if is_backward else (quad.subject, quad.object)
                ends.setdefault(start, set()).add(end)
    return ends


def _round(closure: Closure, frontier: set[Term]) -> list[Leaf]:
    """Return the leaves of all steps away from some terms."""
    nodes = tuple(sorted((term for term in frontier if isinstance(term, NamedNode | BlankNode)), key=str))
    literals = sorted((term for term in frontier if isinstance(term, Literal | Triple)), key=str)
    leaves = []
    for predicate, is_backward in dict.fromkeys(closure.steps):
        step = Pattern(closure.graph, _SUBJECT, predicate or _PREDICATE, _OBJECT)
        if nodes:
            known = Values(_OBJECT if is_backward else _SUBJECT, nodes)  # type: ignore[arg-type]
            leaves.append(Leaf((step,), (), (known,)))
        if is_backward and len(literals) > _MOST_LITERALS:
            leaves.append(Leaf((step,)))
        elif is_backward:
            leaves += [Leaf((replace(step, object=term),)) for term in literals]
    return leaves


def _quads(lines: set[str]) -> Iterable[Quad]:
    return pyoxigraph.parse("".join(lines).encode(), RdfFormat.N_QUADS)
