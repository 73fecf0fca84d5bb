"""The leaves of one basic graph pattern, and what surely holds around them.

`^p` and `p/q` are written as plain patterns, and `p|q` as one block for each (up to `_MAX_BLOCKS`), so that they narrow
like any other. `p+`, `p*` and `p?` are walks from an end that is known.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Ordered
from dataclasses import dataclass

from kg.rdf import Literal, NamedNode
from kg.slices import Closure, Leaf, Pattern, PatternTerm, Values, Variable
from kg.slices.algebra import Alternative, Bgp, Inverse, Negated, Path, Repeated, Sequence

__all__ = ["Around", "Graph", "leaves_of_block", "reached_in_block", "sure_patterns", "variables_of"]

Graph = Variable | NamedNode | None
Fresh = Callable[[], Variable]

_MAX_BLOCKS = 8
"""How many blocks the alternatives of one are written as."""


@dataclass(frozen=True, slots=True)
class Around:
    """What surely holds around a leaf."""

    patterns: tuple[Pattern, ...] = ()
    values: tuple[Values, ...] = ()

    def __add__(self, other: Around) -> Around:
        """Return what both say."""
        patterns = tuple(dict.fromkeys(self.patterns + other.patterns))
        return Around(patterns, tuple(dict.fromkeys(self.values + other.values)))

    def mapped(self, rename: Callable[[PatternTerm], PatternTerm]) -> Around:
        """Return the same with other variables."""
        patterns = tuple(_mapped(pattern, rename) for pattern in self.patterns)
        return Around(patterns, tuple(_mapped_values(each, rename) for each in self.values))

    def without(self, variable: Variable) -> Around:
        """Return the same but for what a variable is."""
        return Around(self.patterns, tuple(each for each in self.values if each.variable != variable))

    def connected(self, groups: Iterable[frozenset[Variable]]) -> Around:
        """Return what shares variables, directly or through others, with some groups of them."""
        known = frozenset[Variable]().union(*groups)
        left = list(self.patterns)
        kept: list[Pattern] = []
        while found := [pattern for pattern in left if variables_of([pattern]) & known]:
            kept += found
            left = [pattern for pattern in left if pattern not in found]
            known |= variables_of(found)
        patterns = tuple(pattern for pattern in self.patterns if pattern in kept)
        return Around(patterns, tuple(each for each in self.values if each.variable in known))


def _mapped(pattern: Pattern, rename: Callable[[PatternTerm], PatternTerm]) -> Pattern:
    graph = pattern.graph if pattern.graph is None else rename(pattern.graph)
    terms = rename(pattern.subject), rename(pattern.predicate), rename(pattern.object)
    return Pattern(graph, *terms)  # type: ignore[arg-type]  # a variable becomes a variable


def _mapped_values(values: Values, rename: Callable[[PatternTerm], PatternTerm]) -> Values:
    variable, reached = rename(values.variable), values.reached
    if reached is not None and reached.graph is not None:
        reached = Closure(rename(reached.graph), reached.start, reached.steps)  # type: ignore[arg-type]
    return Values(variable, values.iris, values.least, values.most, reached)  # type: ignore[arg-type]


def variables_of(items: Iterable[Pattern | PatternTerm]) -> frozenset[Variable]:
    """Return the variables in some patterns or terms."""
    found: set[Variable] = set()
    for item in items:
        terms = (item.graph, item.subject, item.predicate, item.object) if isinstance(item, Pattern) else (item,)
        found.update(term for term in terms if isinstance(term, Variable))
    return frozenset(found)


_Step = tuple[PatternTerm, Path, PatternTerm]


def _blocks(block: Bgp, fresh: Fresh) -> list[list[_Step]]:
    """Write a block as a union of blocks whose predicates are plain, repeated or negated; or alternatives, if many."""
    many = 1
    for _, path, _ in block.triples:
        many *= _alternatives(path)
    choices = [list(_written(triple, fresh, many <= _MAX_BLOCKS)) for triple in block.triples]
    return [[step for steps in chosen for step in steps] for chosen in itertools.product(*choices)]


def _alternatives(path: Path) -> int:
    match path:
        case Alternative(paths):
            return sum(map(_alternatives, paths))
        case Sequence(paths):
            number = 1
            for each in paths:
                number *= _alternatives(each)
            return number
        case Inverse(inner):
            return _alternatives(inner)
    return 1


def _written(triple: _Step, fresh: Fresh, expands: bool) -> Iterator[list[_Step]]:
    subject, path, object_ = triple
    match path:
        case Inverse(inner):
            yield from _written((object_, inner, subject), fresh, expands)
        case Sequence(paths):
            ends = [subject, *(fresh() for _ in paths[1:]), object_]
            parts = [list(_written((ends[i], each, ends[i + 1]), fresh, expands)) for i, each in enumerate(paths)]
            for chosen in itertools.product(*parts):
                yield [step for steps in chosen for step in steps]
        case Alternative(paths) if expands:
            for each in paths:
                yield from _written((subject, each, object_), fresh, expands)
        case _:
            yield [triple]


def _plain(steps: Iterable[_Step], graph: Graph) -> list[Pattern]:
    return [Pattern(graph, s, path, o) for s, path, o in steps if isinstance(path, NamedNode | Variable)]


def sure_patterns(block: Bgp, graph: Graph, fresh: Fresh) -> tuple[Pattern, ...]:
    """Return the triple patterns that match in every solution of a block."""
    single = Bgp(tuple(triple for triple in block.triples if _alternatives(triple[1]) == 1))
    return tuple(_plain(_blocks(single, fresh)[0], graph))


def reached_in_block(block: Bgp, graph: Graph) -> tuple[Values, ...]:
    """Return what the walks of a block from a constant say about their other ends."""
    values: list[Values] = []
    for subject, path, object_ in block.triples:
        values += _reached(subject, path, object_, graph)
    return tuple(values)


def _reached(subject: PatternTerm, path: Path, object_: PatternTerm, graph: Graph) -> Iterator[Values]:
    if isinstance(path, Inverse):
        yield from _reached(object_, path.path, subject, graph)
    elif isinstance(path, Repeated):
        steps = _steps(path)
        if isinstance(object_, Variable) and not isinstance(subject, Variable):
            yield Values(object_, reached=Closure(graph, subject, steps))
        elif isinstance(subject, Variable) and not isinstance(object_, Variable):
            yield Values(subject, reached=Closure(graph, object_, _turned(steps)))


def leaves_of_block(block: Bgp, graph: Graph, around: Around, fresh: Fresh) -> Iterator[Leaf | Closure]:
    """Yield the leaves of a basic graph pattern."""
    for steps in _blocks(block, fresh):
        plain = _plain(steps, graph)
        reached = tuple(value for s, path, o in steps for value in _reached(s, path, o, graph))
        inside = Around(tuple(plain), reached) + around
        for part in _components(plain):
            yield from _leaf(part, inside)
        for subject, path, object_ in steps:
            if not isinstance(path, NamedNode | Variable):
                yield from _path_leaves(subject, path, object_, graph, inside, fresh)


def _components(patterns: Ordered[Pattern]) -> list[list[Pattern]]:
    """Return the patterns in groups that share no variable with one another."""
    groups: list[tuple[frozenset[Variable], list[Pattern]]] = []
    for pattern in patterns:
        names = variables_of([pattern])
        joining = [group for group in groups if group[0] & names]
        groups = [group for group in groups if group not in joining]
        merged = [each for _, members in joining for each in members] + [pattern]
        groups.append((names.union(*(group[0] for group in joining)), merged))
    return [sorted(members, key=patterns.index) for _, members in groups]


def _leaf(patterns: Ordered[Pattern], around: Around, is_sample: bool = False) -> Iterator[Leaf]:
    if any(isinstance(pattern.subject, Literal) for pattern in patterns):
        return  # no triple has a literal as its subject
    near = around.connected([variables_of(patterns)])
    context = tuple(pattern for pattern in near.patterns if pattern not in patterns)
    yield Leaf(tuple(patterns), context, near.values, is_sample)


def _path_leaves(
    subject: PatternTerm, path: Path, object_: PatternTerm, graph: Graph, around: Around, fresh: Fresh
) -> Iterator[Leaf | Closure]:
    match path:
        case NamedNode() | Variable():
            yield from _leaf([Pattern(graph, subject, path, object_)], around)
        case Inverse(inner):
            yield from _path_leaves(object_, inner, subject, graph, around, fresh)
        case Sequence(paths):
            ends = [subject, *(fresh() for _ in paths[1:]), object_]
            steps = [(ends[i], each, ends[i + 1]) for i, each in enumerate(paths)]
            inside = around + Around(tuple(_plain(steps, graph)))
            for start, each, end in steps:
                yield from _path_leaves(start, each, end, graph, inside, fresh)
        case Alternative(paths):
            for each in paths:
                yield from _path_leaves(subject, each, object_, graph, around, fresh)
        case Negated(is_forward, is_backward):
            if is_forward:
                yield from _leaf([Pattern(graph, subject, fresh(), object_)], around)
            if is_backward:
                yield from _leaf([Pattern(graph, object_, fresh(), subject)], around)
        case Repeated():
            yield from _walks(subject, path, object_, graph, around, fresh)


def _walks(
    subject: PatternTerm, path: Repeated, object_: PatternTerm, graph: Graph, around: Around, fresh: Fresh
) -> Iterator[Leaf | Closure]:
    steps = _steps(path)
    if _is_nullable(path):
        yield from _known(subject, object_, graph, around, fresh)
    in_context = variables_of(around.patterns)
    given = in_context | {each.variable for each in around.values if each.iris or each.reached is not None}

    def rank(end: PatternTerm) -> int:
        return 2 if not isinstance(end, Variable) else end in given

    if rank(subject) or rank(object_):
        start, onward = (subject, steps) if rank(subject) >= rank(object_) else (object_, _turned(steps))
        near = around.connected([variables_of([start])])
        yield Closure(graph, start, onward, near.patterns, near.values)
        return
    predicates = {predicate for predicate, _ in steps}
    for step in [None] if None in predicates else dict.fromkeys(predicate for predicate, _ in steps):
        yield Leaf((Pattern(graph, fresh(), step if step is not None else fresh(), fresh()),))


def _known(
    subject: PatternTerm, object_: PatternTerm, graph: Graph, around: Around, fresh: Fresh
) -> Iterator[Leaf | Closure]:
    """Yield what tells that a graph knows the ends of a path of length zero: Oxigraph gives it for no other term.

    Where the context has an end in a triple of the same graph, that triple tells it.
    """
    there = variables_of(each for pattern in around.patterns if pattern.graph == graph
                         for each in (pattern.subject, pattern.object))  # fmt: skip
    if subject in there or object_ in there:
        return
    ends = [end for end in (subject, object_) if not isinstance(end, Variable)]
    values = {each.variable: each for each in around.values if each.iris}
    listed = [end for end in (subject, object_) if isinstance(end, Variable) and end in values]
    if not ends and not listed:
        yield Leaf((Pattern(graph, fresh(), fresh(), fresh()),))
        return
    for end in ends or listed[:1]:
        inside = Around((), (values[end],)) if isinstance(end, Variable) else Around()
        if not isinstance(end, Literal):
            yield from _leaf([Pattern(graph, end, fresh(), fresh())], inside, is_sample=True)
        yield from _leaf([Pattern(graph, fresh(), fresh(), end)], inside, is_sample=True)


def _steps(path: Path) -> tuple[tuple[NamedNode | None, bool], ...]:
    """Return the steps that a path can be made of."""
    match path:
        case NamedNode():
            return ((path, False),)
        case Inverse(inner):
            return _turned(_steps(inner))
        case Repeated(inner):
            return _steps(inner)
        case Sequence(paths) | Alternative(paths):
            return tuple(dict.fromkeys(step for each in paths for step in _steps(each)))
        case Negated(is_forward, is_backward):
            return ((None, False),) * is_forward + ((None, True),) * is_backward
    raise AssertionError(path)


def _turned(steps: tuple[tuple[NamedNode | None, bool], ...]) -> tuple[tuple[NamedNode | None, bool], ...]:
    return tuple((predicate, not is_backward) for predicate, is_backward in steps)


def _is_nullable(path: Path) -> bool:
    match path:
        case Repeated(inner, is_optional):
            return is_optional or _is_nullable(inner)
        case Inverse(inner):
            return _is_nullable(inner)
        case Sequence(paths):
            return all(map(_is_nullable, paths))
        case Alternative(paths):
            return any(map(_is_nullable, paths))
    return False
