"""Deliberate breakages of the rules that narrow a slice, each with a case of the random ones that shows it.

Where the random queries change, the cases are others: `python benchmarks/differential.py --breakages 20000` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kg.rdf import NamedNode
from kg.slices import Leaf, Pattern, Slice, leaves, parsing, paths, shapes, slicing
from kg.slices.algebra import Condition, Filter, Grouped, Join, LeftJoin, Negated, Union, bound, in_scope
from kg.slices.paths import Around
from tests.slices.differential import answer, case, compare, is_corrected, stores

__all__ = ["BREAKAGES", "broken", "first_found"]

_Breaking = Callable[[Any], Any]


def _or_splits(original: Callable[..., Any]) -> Callable[..., Any]:
    def conjuncts(tree: Any) -> Any:
        tree = parsing._unwrapped(tree)
        if getattr(tree, "name", None) == "ConditionalOrExpression":
            for part in (tree.expr, *tree.other):
                yield from conjuncts(part)
        else:
            yield from original(tree)

    return conjuncts


def _union_holds(original: Callable[..., Any]) -> Callable[..., Any]:
    def holds(self: Any, node: Any, graph: Any) -> Around:
        found: Around = self.outward(node.left, graph) if isinstance(node, Union) else original(self, node, graph)
        return found

    return holds


def _uncut(original: Callable[..., Any]) -> Callable[..., Any]:
    def select(self: Any, tree: Any) -> Any:
        found, is_plain = original(self, tree)
        return replace(found, is_cut=False), is_plain

    return select


def _shares_all(_: Any) -> Callable[..., None]:
    def select(self: Any, node: Any, graph: Any, around: Around) -> None:
        _, inner = self._own_graph(graph, node.variables)
        self.walk(node.pattern, inner, Around() if node.is_cut else around)
        self._exists(node.condition, inner, self.outward(node.pattern, inner), frozenset(), Around())

    return select


def _members_restricted(original: Callable[..., None]) -> Callable[..., None]:
    def walk(self: Any, node: Any, graph: Any, around: Around) -> None:
        if isinstance(node, Grouped):
            self.walk(node.pattern, graph, around)
            self._exists(node.condition, graph, Around(), frozenset(), Around())
        else:
            original(self, node, graph, around)

    return walk


def _filters_restricted(original: Callable[..., None]) -> Callable[..., None]:
    def walk(self: Any, node: Any, graph: Any, around: Around) -> None:
        if not isinstance(node, LeftJoin):
            original(self, node, graph, around)
            return
        original(self, replace(node, condition=Condition((), node.condition.values)), graph, around)
        both = self.outward(node.left, graph) + self.outward(node.right, graph)
        certain = bound(node.left, graph) | bound(node.right, graph)
        self._exists(node.condition, graph, both, certain, around)

    return walk


def _first_step_only(_: Any) -> Callable[..., None]:
    def describe(self: Any, term: Any, select: Any) -> None:
        around = Around() if select is None else self.outward(select, None)
        pattern = Pattern(None, term, self.fresh(), self.fresh())
        self.leaves.append(Leaf((pattern,), around.patterns, around.values))

    return describe


def _iris_of_list(original: Callable[..., Any]) -> Callable[..., Any]:
    def one_of(self: Any, variable: Any, terms: Any) -> Any:
        iris = [term for term in terms if isinstance(term, NamedNode)]
        return original(self, variable, iris or terms)

    return one_of


def _undef_left_out(original: Callable[..., Any]) -> Callable[..., Any]:
    def rows(*arguments: Any) -> Any:
        found = original(*arguments)
        known = [[cell for cell in column if cell is not None] for column in zip(*found or (), strict=False)]
        return found and [
            [(*known[i], cell)[0] if cell is None else cell for i, cell in enumerate(row)] for row in found
        ]

    return rows


def _filters_before(left: Any, right: Any, condition: Condition) -> Any:
    return Filter(LeftJoin(left, right, Condition(condition.exists)), Condition((), condition.values))


BREAKAGES: dict[str, tuple[Any, str, _Breaking, int]] = {
    "what is outside enters the right side as it is": (
        leaves._Walk, "guarded", lambda _: lambda _s, around, _k: around, 112
    ),
    "what OPTIONAL binds is surely bound": (leaves, "bound", lambda _: lambda node, _graph=None: in_scope(node), 316),
    "OPTIONAL is a join": (parsing, "LeftJoin", lambda _: lambda left, right, c: Filter(Join(left, right), c), 40),
    "the filters of OPTIONAL hold before it": (parsing, "LeftJoin", lambda _: _filters_before, 920),
    "what is outside enters the filters of OPTIONAL": (leaves._Walk, "walk", _filters_restricted, 12_965),
    "MINUS is a join": (parsing, "Minus", lambda _: Join, 42),
    "one side of UNION holds": (leaves._Walk, "_holds", _union_holds, 176),
    "what EXISTS looks at is left out": (parsing._Reader, "_exists", lambda _: lambda _s, _t: iter(()), 899),
    "context enters a subquery with LIMIT": (parsing._Reader, "_select", _uncut, 2_001),
    "a subquery shares what it does not select": (leaves._Walk, "_select", _shares_all, 877),
    "context enters the members of a group": (leaves._Walk, "walk", _members_restricted, 963),
    "an aggregate without GROUP BY has keys": (
        parsing, "Grouped", lambda _: lambda pattern, keys, c: Grouped(pattern, keys or in_scope(pattern), c), 738
    ),
    "the graph around a subquery is the one in it": (
        leaves._Walk, "_own_graph", lambda _: lambda _s, graph, _v: (frozenset({graph} if graph else ()), graph), 1_112
    ),
    "names of graphs do not count": (leaves, "_counts_graphs", lambda _: lambda _node: False, 1_255),
    "the first of some alternatives holds": (paths, "_alternatives", lambda _: lambda _path: 1, 5_963),
    "a path of length zero needs no triple": (paths, "_known", lambda _: lambda *_a: iter(()), 447),
    "a walk back goes forward": (paths, "_turned", lambda _: lambda steps: steps, 626),
    "a negated path goes forward only": (parsing, "Negated", lambda _: lambda _f, _b: Negated(True, False), 173),
    "|| is &&": (parsing, "_conjuncts", _or_splits, 767),
    "the bounds of a comparison are exchanged": (parsing, "_MIRRORED", lambda old: {key: key for key in old}, 2_082),
    "a list is its IRIs": (parsing._Reader, "_one_of", _iris_of_list, 201_972),
    "UNDEF is left out": (shapes._Lifting, "_rows", _undef_left_out, 57),
    "every query is monotone": (parsing, "_is_monotone", lambda _: lambda _node: True, 2_128),
    "the request's dataset is not looked at": (slicing, "in_dataset", lambda _: lambda whole, _dataset: whole, 204),
    "DESCRIBE fetches nothing of its own": (leaves._Walk, "describe", lambda _: lambda *_a: None, 275),
    "DESCRIBE does not go on from blank nodes": (leaves._Walk, "describe", _first_step_only, 801),
    "a slice is empty": (slicing, "in_dataset", lambda _: lambda _whole, _dataset: Slice(()), 10),
}  # fmt: skip
"""What is replaced where by what, and the seed of a case that shows it."""


@contextmanager
def broken(rule: str) -> Iterator[None]:
    """Break a rule for a while."""
    place, name, breaking, _ = BREAKAGES[rule]
    kept, shapes = getattr(place, name), slicing._SHAPES
    setattr(place, name, breaking(kept))
    slicing._SHAPES = slicing._Shapes()
    try:
        yield
    finally:
        setattr(place, name, kept)
        slicing._SHAPES = shapes


def first_found(seeds: Iterable[int]) -> Iterator[tuple[str, int]]:
    """Yield each breakage with the first seed whose answer it makes wrong."""
    left = list(BREAKAGES)
    for seed in seeds:
        asked, corrected = case(seed), is_corrected(seed)
        whole, sliced = stores(asked)
        expected = answer(whole, asked, corrected)
        if asked.is_chosen_by_chance or isinstance(expected, str):
            continue
        for rule in left[:]:
            with broken(rule):
                found = answer(sliced, asked, corrected)
            if not compare(asked, expected, found, whole, corrected):
                left.remove(rule)
                yield rule, seed
        if not left:
            return
