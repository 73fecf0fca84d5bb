"""Blank nodes that look alike: RDFC-1.0 within a bounded time.

RDFC-1.0 takes a hash of what is said about each blank node, other blank nodes being all the same. Those that share
it are told apart by trying the orders of their neighbours, which is exponential at worst and cubic for a list of
equal members. So that work is estimated from above first. Where it is too much, the look-alikes are marked by what
their neighbours look like, as often as that tells more of them apart (colour refinement), and RDFC-1.0 is run on the
marked dataset; what is still too much then has no honest meaning and is refused.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph

from kg.errors import InputError
from kg.rdf import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple

__all__ = ["MAX_WORK", "blank_nodes", "canonicalise"]

MAX_WORK = 10_000_000
"""Bound for one document: entries of RDFC-1.0's tables that are copied, 0.1 to 0.2 µs each."""
_MUCH = MAX_WORK // 100
"""Work for which the look-alikes of a part are marked first. What other parts need has no say in that."""
_HASHING = 8
_BYTES = 16
"""What one neighbour costs, in entries, and how many bytes of what is said about it cost one more."""
_MARK = NamedNode("urn:x-noemata:looks")

_Colours = Mapping[BlankNode, int]
_Neighbours = Mapping[BlankNode, list[tuple[str, BlankNode]]]


@dataclass(frozen=True, slots=True)
class _Plan:
    quads: set[Quad]
    marks: set[Quad]
    colours: _Colours
    work: int


def canonicalise(parts: Iterable[set[Quad]], source: str) -> Iterator[list[Quad]]:
    """Yield the parts of a document, each with RDFC-1.0's labels for itself.

    Args:
        parts: quads of named graphs that have blank nodes; no two parts share one.

    Raises:
        InputError: its blank nodes look so much alike that the work is not begun.

    Source: RDF Dataset Canonicalization, 4.4; its section 7.1 on datasets that are poison.
    """
    plans = [_plan(part) for part in parts]
    if sum(plan.work for plan in plans) > MAX_WORK:
        worst = max(plans, key=lambda plan: plan.work)
        raise InputError(
            f"{source}: its blank nodes look so much alike that they cannot be told apart in reasonable time: "
            f"{_example(worst.colours)}. Give them IRIs."
        )
    for plan in plans:
        dataset = pyoxigraph.Dataset(plan.quads | plan.marks)
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
        yield [quad for quad in dataset if not isinstance(quad.graph_name, DefaultGraph)]


def _plan(quads: set[Quad]) -> _Plan:
    looks = _looks(quads)
    colours = _numbered(looks)
    work = _work(quads, looks, colours)
    if work <= _MUCH:
        return _Plan(quads, set(), colours, work)
    alike = _shared(colours)
    colours = _refined(colours, _neighbours(quads))
    marks = {Quad(node, _MARK, Literal(str(colours[node])), DefaultGraph()) for node in alike}
    return _Plan(quads, marks, colours, _work(quads, looks, colours))


def blank_nodes(statement: Quad | Triple) -> Iterator[BlankNode]:
    """Yield the blank nodes of a statement, those of its triple terms too."""
    for term in (statement.subject, statement.object):
        if isinstance(term, BlankNode):
            yield term
        elif isinstance(term, Triple):
            yield from blank_nodes(term)


def _looks(quads: Iterable[Quad]) -> dict[BlankNode, str]:
    """Return the statements of each blank node, other blank nodes being all the same.

    Source: RDFC-1.0, 4.6 (Hash First Degree Quads).
    """
    looks: defaultdict[BlankNode, list[str]] = defaultdict(list)
    for quad in quads:
        for node in set(blank_nodes(quad)):
            looks[node].append(_seen_from(node, None, quad))
    return {node: "\n".join(sorted(lines)) for node, lines in looks.items()}


def _numbered(looks: Mapping[BlankNode, str]) -> _Colours:
    """Number the blank nodes by their looks; the numbers do not depend on the labels."""
    numbers = {text: number for number, text in enumerate(sorted(set(looks.values())))}
    return {node: numbers[text] for node, text in looks.items()}


def _neighbours(quads: Iterable[Quad]) -> _Neighbours:
    """Return the other blank nodes in a blank node's statements, each with how the statement is seen from there."""
    found: defaultdict[BlankNode, list[tuple[str, BlankNode]]] = defaultdict(list)
    for quad in quads:
        nodes = set(blank_nodes(quad))
        for node in nodes:
            found[node].extend((_seen_from(node, other, quad), other) for other in nodes if other != node)
    return found


def _seen_from(node: BlankNode, neighbour: BlankNode | None, part: Term | Quad) -> str:
    if isinstance(part, BlankNode):
        return "_:self" if part == node else "_:neighbour" if part == neighbour else "_:other"
    if isinstance(part, Quad | Triple):
        terms = (part.subject, part.predicate, part.object)
        text = " ".join(_seen_from(node, neighbour, term) for term in terms)
        return f"{text} {part.graph_name}" if isinstance(part, Quad) else text
    return str(part)


def _refined(colours: _Colours, neighbours: _Neighbours) -> dict[BlankNode, int]:
    """Number the blank nodes so that those of one number have neighbours of the same numbers.

    Only the neighbours of nodes with a new number are looked at again, and the largest part of what falls
    apart keeps the old one: O(E log V) for E pairs of neighbours. The numbers do not depend on the labels.
    """
    colours = dict(colours)
    members: defaultdict[int, set[BlankNode]] = defaultdict(set)
    for node, colour in colours.items():
        members[colour].add(node)
    moved = list(colours)
    while moved:
        news: defaultdict[BlankNode, list[tuple[str, int]]] = defaultdict(list)
        for node in moved:
            for how, other in neighbours.get(node, ()):
                if len(members[colours[other]]) > 1:
                    news[other].append((how, colours[node]))
        classes: defaultdict[int, defaultdict[tuple[tuple[str, int], ...], list[BlankNode]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for node, seen in news.items():
            classes[colours[node]][tuple(sorted(seen))].append(node)
        moved = []
        for colour in sorted(classes):
            parts = [part for _, part in sorted(classes[colour].items(), key=lambda item: (-len(item[1]), item[0]))]
            untouched = len(members[colour]) - sum(map(len, parts))
            if untouched < len(parts[0]):
                leaving = [*parts[1:], *([list(members[colour].difference(*parts))] if untouched else [])]
            else:
                leaving = parts
            for part in leaving:
                new = len(members)
                members[new] = set(part)
                members[colour] -= members[new]
                colours.update(dict.fromkeys(part, new))
                moved += part
    return colours


def _shared(colours: _Colours) -> list[BlankNode]:
    counts = Counter(colours.values())
    return [node for node, colour in colours.items() if counts[colour] > 1]


def _work(quads: Iterable[Quad], looks: Mapping[BlankNode, str], colours: _Colours) -> int:
    """Return a bound on the entries that RDFC-1.0 copies while it tells apart nodes of one number (4.8).

    It starts at the nodes of one number in each part that is connected by look-alikes, walks through the part, and
    tries the orders of a node's neighbours that are seen alike. At each step it copies the labels given so far, and
    hashes what is said about the neighbours anew.
    """
    alike = set(_shared(colours))
    seen: defaultdict[BlankNode, set[tuple[bool, str, int, BlankNode]]] = defaultdict(set)
    for quad in quads:
        nodes = set(blank_nodes(quad))
        for node in nodes & alike:
            others = nodes - {node}
            seen[node].update((other == quad.subject, quad.predicate.value, colours[other], other) for other in others)
    work = 0
    for part in _parts(alike, seen):
        orders, steps = 1, 0
        for node in part:
            largest = max(Counter(key[:3] for key in seen[node]).values(), default=1)
            orders = min(orders * math.factorial(min(largest, 20)), MAX_WORK)
            steps += sum(_HASHING + len(looks[key[3]]) // _BYTES for key in seen[node])
        orders = min(orders, math.factorial(min(len(part), 20) - 1))
        starts = max(Counter(colours[node] for node in part).values())
        work += starts * orders * (len(part) ** 2 + steps)
    return work


def _parts(
    alike: set[BlankNode], seen: Mapping[BlankNode, set[tuple[bool, str, int, BlankNode]]]
) -> Iterator[set[BlankNode]]:
    """Yield the look-alikes that are reached from one another through look-alikes."""
    left = set(alike)
    while left:
        part, pending = set(), [left.pop()]
        while pending:
            node = pending.pop()
            part.add(node)
            near = {key[3] for key in seen.get(node, ())} & left
            left -= near
            pending += near
        yield part


def _example(colours: _Colours) -> str:
    ((_, number),) = Counter(colours.values()).most_common(1)
    return f"{number} of them cannot be told from one another by their neighbours"
