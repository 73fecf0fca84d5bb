"""From the leaves of a slice to one Cypher statement, and what each of its columns holds.

Everything may fetch too much and never too little: Oxigraph decides. A pattern may be stored in several ways; each
combination of them is a part of the statement, joined by UNION ALL. What is not joined by nodes is fetched apart.
Constants are parameters, so that the text is a function of the query's shape and the server plans it once.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names
from kg.rdf import RDF
from kg.slices import Leaf, Pattern, PatternTerm, Values, Variable
from kg.stores.neo4j.conditions import Parameters
from kg.stores.neo4j.driver import Statement
from kg.stores.neo4j.parts import Column, Stored, write_part
from kg.stores.neo4j.vocabulary import Vocabulary
from kg.stores.neo4j.ways import ways_of

__all__ = ["MOST_ROWS", "SAMPLE", "Plan", "plan"]

MOST_ROWS = "most"
SAMPLE = 8
"""Rows of each part of a leaf of which one match is enough: some rows may mean nothing that it asks for."""

_MOST_COMBINATIONS = 16
"""Of ways to store the patterns of a leaf; beyond that its context is left out, then its patterns are fetched apart."""
_MOST_PARTS = 12
_MOST_NAMES = 2000
"""Names in use that a variable's values are looked for among, where it is both a name and a node."""


_Component = tuple[tuple[Stored, ...], tuple[Values, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement whose rows are [which part, a value for each of its columns], and the columns of each part.

    `samples`: the parts that give `SAMPLE` rows at most.
    """

    statement: Statement
    columns: tuple[tuple[Column, ...], ...]
    samples: frozenset[int] = frozenset()


def plan(
    leaves: Iterable[Leaf], names: Names, used: Vocabulary, absent: AbsentGraph, is_page: bool = False
) -> list[Plan]:
    """Return the statements that fetch all matches of some leaves: one, unless it would be very long.

    None where nothing that is in use can match.

    Args:
        is_page: as many rows of each part as the parameter `MOST_ROWS` says.
    """
    end = f" LIMIT ${MOST_ROWS}" if is_page else ""
    parts: list[_Component] = []
    sampled: list[_Component] = []
    for leaf in leaves:
        if leaf.is_sample:
            sampled += _parts(leaf, names, used)
            continue
        apart = [leaf]
        if used.is_ambiguous:  # where two nodes denote one blank node, none of them joins all
            apart = [replace(leaf, patterns=(pattern,), context=()) for pattern in leaf.patterns]
        for part in itertools.chain.from_iterable(_parts(each, names, used) for each in apart):
            _add(part, parts)
    plans = []
    every = list(dict.fromkeys(_renamed(*part) for part in (*parts, *sampled)))
    whole = len({_renamed(*part) for part in parts})
    for start in range(0, len(every), _MOST_PARTS):
        parameters, texts, columns = Parameters(), [], []
        for number, (stored, values) in enumerate(every[start : start + _MOST_PARTS]):
            text, found = write_part(number, stored, values, names, used, absent, parameters)
            texts.append(text + (f" LIMIT {SAMPLE}" if start + number >= whole else end))
            columns.append(found)
        samples = frozenset(range(max(whole - start, 0), len(columns)))
        plans.append(Plan(Statement("\nUNION ALL\n".join(texts), parameters.values), tuple(columns), samples))
    return plans


def _parts(leaf: Leaf, names: Names, used: Vocabulary) -> Iterator[_Component]:
    """Yield the parts of a leaf: patterns with the way each is stored, joined by nodes, and what holds around them."""
    patterns = tuple(dict.fromkeys(leaf.patterns))
    context = _connected(patterns, (pattern for pattern in leaf.context if pattern not in patterns))
    while True:
        every = (*patterns, *context)
        values = (*leaf.values, *_names_as_nodes(every, names, used))
        iris = {each.variable: each.iris for each in reversed(values) if each.iris}
        places = (term for p in every for term in (p.graph, p.subject, p.predicate))
        resources = {*iris, *(term for term in places if isinstance(term, Variable))}
        ways = [ways_of(pattern, resources, iris, names, used) for pattern in every]
        if not all(ways):
            return
        if math.prod(map(len, ways)) <= _MOST_COMBINATIONS or (not context and len(patterns) == 1):
            break
        if not context:
            for pattern in patterns:
                yield from _parts(replace(leaf, patterns=(pattern,), context=()), names, used)
            return
        context = context[:-1]
    for combination in itertools.product(*ways):
        stored = _joined(
            Stored(p, w, n < len(patterns)) for n, (p, w) in enumerate(zip(every, combination, strict=True))
        )
        known = (*values, *_classes_as_nodes(stored, names, used))
        for component in _components(stored):
            if any(each.is_wanted for each in component):
                nodes = {node for each in component for node in each.nodes}
                objects = {each.pattern.object for each in component}
                about = tuple(v for v in known if v.variable in nodes or v.variable in objects)
                for part in _apart(component, about):
                    yield part, about


def _add(part: _Component, parts: list[_Component]) -> None:
    """Add a part; where it only wants more of the nodes of another one, as OPTIONAL does, to that one."""
    stored, values = part
    wanted = [each for each in stored if each.is_wanted]
    rest = {replace(each, is_wanted=True) for each in stored if not each.is_wanted}
    objects = {each.pattern.object for each in wanted}
    if rest and all(each.way.kind in ("property", "label") for each in wanted):
        for number, (others, known) in enumerate(parts):
            nodes = {node for each in others if not each.is_aside for node in each.nodes}
            is_same = rest == {replace(each, is_wanted=True) for each in others if not each.is_optional}
            more = {each.variable for each in values if each not in known}
            is_as_wide = set(known) <= set(values)
            has_nodes = nodes.issuperset(each.pattern.subject for each in wanted)
            if is_same and is_as_wide and has_nodes and more <= objects - nodes:
                optional = (replace(each, is_optional=True) for each in wanted)
                parts[number] = (*others, *(each for each in optional if each not in others)), known
                return
    parts.append(part)


def _joined(stored: Iterable[Stored]) -> list[Stored]:
    """Return patterns in which references join nodes where another pattern has such a node."""
    every = list(stored)
    nodes = {node for each in every for node in each.nodes if isinstance(node, Variable)}
    return [
        replace(each, joins=True) if each.way.kind == "reference" and each.pattern.object in nodes else each
        for each in every
    ]


def _renamed(stored: tuple[Stored, ...], values: tuple[Values, ...]) -> _Component:
    """Return a part with its variables numbered, so that equal parts of different leaves are fetched once."""
    numbers: dict[Variable, Variable] = {}

    def new(term: Variable) -> Variable:
        return numbers.setdefault(term, Variable(str(len(numbers))))

    patterns = []
    for each in stored:
        graph, subject, predicate, object_ = (
            new(term) if isinstance(term, Variable) else term
            for term in (each.pattern.graph, each.pattern.subject, each.pattern.predicate, each.pattern.object)
        )
        patterns.append(replace(each, pattern=Pattern(graph, subject, predicate, object_)))  # type: ignore[arg-type]
    return tuple(patterns), tuple(replace(each, variable=new(each.variable)) for each in values)


def _connected(patterns: tuple[Pattern, ...], context: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """Return the part of the context that shares variables with the patterns, nearest first."""
    near: list[Pattern] = []
    rest = list(dict.fromkeys(context))
    seen = set().union(*map(_variables, patterns))
    while new := [pattern for pattern in rest if _variables(pattern) & seen]:
        near += new
        rest = [pattern for pattern in rest if pattern not in new]
        seen = seen.union(*map(_variables, new))
    return tuple(near)


def _variables(pattern: Pattern) -> set[PatternTerm]:
    return {term for term in (pattern.subject, pattern.object) if isinstance(term, Variable)}


def _components(stored: list[Stored]) -> list[tuple[Stored, ...]]:
    """Take patterns apart where no node joins them."""
    groups: list[tuple[set[PatternTerm], list[Stored]]] = []
    for each in stored:
        members = [each]
        nodes: set[PatternTerm] = {node for node in each.nodes if isinstance(node, Variable)}
        for group in [group for group in groups if group[0] & nodes]:
            nodes |= group[0]
            members = group[1] + members
            groups.remove(group)
        groups.append((nodes, members))
    return [tuple(members) for _, members in groups]


def _apart(component: tuple[Stored, ...], values: tuple[Values, ...]) -> Iterator[tuple[Stored, ...]]:
    """Take relationships apart that lead into one node, from nodes that nothing else joins: their matches multiply."""
    links = [each for each in component if len(each.nodes) == 2]
    times = Counter(node for link in links for node in set(link.nodes))
    listed = {each.variable for each in values if each.iris}
    into: dict[PatternTerm, list[Stored]] = {}
    for link in links:
        start = link.pattern.subject
        if (
            link.way.kind == "relationship"
            and isinstance(start, Variable)
            and times[start] == 1
            and start not in listed
        ):
            into.setdefault(link.pattern.object, []).append(link)
    starts = [link.pattern.subject for several in into.values() if len(several) > 1 for link in several]
    if not starts:
        yield component
    for start in starts:
        part = []
        for each in component:
            is_own = each.pattern.subject == start
            is_other = not is_own and each.pattern.subject in starts
            is_wanted = each.is_wanted and (is_own or (start == starts[0] and not is_other))
            part.append(replace(each, is_wanted=is_wanted, is_aside=is_other))
        if any(each.is_wanted for each in part):
            yield tuple(part)


def _names_as_nodes(patterns: tuple[Pattern, ...], names: Names, used: Vocabulary) -> Iterator[Values]:
    """Yield what a variable can be that is a predicate here and a node there.

    No join of the database connects a name with the node of its IRI; but which names are in use is known.
    """
    nodes = {pattern.subject for pattern in patterns}
    found = used.types | used.keys
    for variable in dict.fromkeys(pattern.predicate for pattern in patterns):
        if isinstance(variable, Variable) and variable in nodes and len(found) <= _MOST_NAMES:
            iris = {names.iri(name) for name in found} | {RDF["type"]}
            yield Values(variable, tuple(sorted(iris, key=str)))


def _classes_as_nodes(stored: list[Stored], names: Names, used: Vocabulary) -> Iterator[Values]:
    """Yield what a variable can be that is a class here, stored as a label, and a node there."""
    nodes = {node for each in stored for node in each.nodes}
    for each in stored:
        class_ = each.pattern.object
        if each.way.kind == "label" and isinstance(class_, Variable) and class_ in nodes:
            labels = each.way.names or used.labels
            if len(labels) <= _MOST_NAMES:
                yield Values(class_, tuple(sorted({names.iri(label) for label in labels}, key=str)))
