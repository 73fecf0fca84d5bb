"""Random queries on slices and on the whole; and that each rule of narrowing is needed, since without it they differ."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kg.slices import Slice, leaves, parsing, paths, slicing
from kg.slices.algebra import Filter, Grouped, Join, Negated, Union
from kg.slices.paths import Around
from tests.slices.differential import run

CASES = 300
WITHIN = 4000
"""How many cases may pass before a rule that is broken shows."""


def test_random_queries_have_the_same_answer_on_their_slice() -> None:
    seed = random.SystemRandom().randrange(10**9)
    tally = run(range(seed, seed + CASES))
    assert tally.differences == 0, tally.first  # it names the seed
    assert tally.with_rows > CASES / 20, seed
    assert tally.wholes < CASES / 10, seed


def _only_filter_splits(original: Callable[..., Any]) -> Callable[..., Any]:
    """Take `a || b` for `a && b`."""

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


BREAKAGES: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "what is outside enters the right side as it is": (leaves._Walk, "guarded", lambda _: lambda _s, around, _k: around),
    "OPTIONAL is a join": (parsing, "LeftJoin", lambda _: lambda left, right, c: Filter(Join(left, right), c)),
    "MINUS is a join": (parsing, "Minus", lambda _: Join),
    "one side of UNION holds": (leaves._Walk, "_holds", _union_holds),
    "what EXISTS looks at is left out": (parsing._Reader, "_exists", lambda _: lambda _s, _t: iter(())),
    "context enters a subquery with LIMIT": (parsing._Reader, "_select", _uncut),
    "an aggregate without GROUP BY has members": (
        parsing, "Grouped", lambda _: lambda pattern, keys, condition: Grouped(pattern, keys or frozenset(), condition)
    ),
    "the graph around a subquery is the one in it": (
        leaves._Walk, "_own_graph", lambda _: lambda _s, graph, _v: (frozenset({graph} if graph else ()), graph)
    ),
    "names of graphs do not count": (leaves, "_counts_graphs", lambda _: lambda _node: False),
    "the first of some alternatives holds": (paths, "_alternatives", lambda _: lambda _path: 1),
    "a path of length zero needs no triple": (paths, "_known", lambda _: lambda *_a: iter(())),
    "a walk back goes forward": (paths, "_turned", lambda _: lambda steps: steps),
    "a negated path goes forward only": (parsing, "Negated", lambda _: lambda _f, _b: Negated(True, False)),
    "|| is &&": (parsing, "_conjuncts", _only_filter_splits),
    "the bounds of a comparison are exchanged": (parsing, "_MIRRORED", lambda old: {key: key for key in old}),
    "the request's dataset is not looked at": (slicing, "in_dataset", lambda _: lambda whole, _dataset: whole),
    "DESCRIBE fetches nothing of its own": (leaves._Walk, "describe", lambda _: lambda *_a: None),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("rule", BREAKAGES)
def test_a_broken_rule_is_found(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, breaking = BREAKAGES[rule]
    monkeypatch.setattr(slicing, "_SHAPES", slicing._Shapes())
    monkeypatch.setattr(place, name, breaking(getattr(place, name)))
    tally = run(range(0, 3 * WITHIN, 3), stops_at=1)
    assert tally.differences == 1


@pytest.mark.slow
def test_an_empty_slice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slicing, "in_dataset", lambda _whole, _dataset: Slice(()))
    assert run(range(0, 3 * WITHIN, 3), stops_at=1).differences == 1
