"""What a query text can see, read once for all queries that differ in their IRIs and literals only.

Parsing takes 5-15 ms. So the shape of a text is parsed (`kg.slices.shapes`), and its slice is kept, with slots where
the constants are; then they are put in again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace

from kg.errors import KgError
from kg.rdf import NamedNode
from kg.results import DatasetClause
from kg.slices import Closure, GraphNames, Leaf, Pattern, PatternTerm, Slice, Values, Variable, Whole
from kg.slices.datasets import in_dataset
from kg.slices.leaves import leaves_of
from kg.slices.parsing import read_query
from kg.slices.shapes import Shape, UnreadableQueryError, compared, shape_of

__all__ = ["slice_of"]

_MAX_SHAPES = 1000

_Leaf = Leaf | Closure | GraphNames | Whole
_Change = Callable[[PatternTerm], PatternTerm]


def slice_of(text: str, prefixes: Mapping[str, str], dataset: DatasetClause) -> Slice:
    """Return what a query can see; the whole dataset, with the reason, where it cannot be told.

    That is so with FROM in the text, triple terms, SERVICE, and LATERAL, which `kg.query.graph_scope` may have written.
    The names of variables and the order of leaves and patterns depend on the shape of the text only.

    Args:
        text: a query that Oxigraph accepts; for any other text the answer means nothing.
    """
    try:
        shape = shape_of(text, prefixes)
    except (UnreadableQueryError, KgError) as error:
        return Slice((Whole(str(error)),))
    return in_dataset(_filled(_SHAPES.plan(shape.text), shape), dataset)


class _Shapes:
    """The slices of the shapes used last; safe in threads."""

    def __init__(self) -> None:
        self._plans: OrderedDict[str, Slice] = OrderedDict()
        self._lock = threading.Lock()

    def plan(self, text: str) -> Slice:
        with self._lock:
            if (known := self._plans.get(text)) is not None:
                self._plans.move_to_end(text)
                return known
        plan = _plan(text)
        with self._lock:
            self._plans[text] = plan
            while len(self._plans) > _MAX_SHAPES:
                self._plans.popitem(last=False)
        return plan


_SHAPES = _Shapes()


def _plan(text: str) -> Slice:
    try:
        return _named_anew(leaves_of(read_query(text, compared)))
    except UnreadableQueryError as error:
        return Slice((Whole(str(error)),))
    except RecursionError:
        return Slice((Whole("it is nested too deeply"),))


def _named_anew(plan: Slice) -> Slice:
    """Return a slice with its variables numbered in the order of their appearance."""
    names: dict[PatternTerm, Variable] = {}

    def rename(term: PatternTerm) -> PatternTerm:
        return names.setdefault(term, Variable(f"v{len(names)}")) if isinstance(term, Variable) else term

    return replace(plan, leaves=tuple(_leaf(leaf, rename, {}) for leaf in plan.leaves))


def _filled(plan: Slice, shape: Shape) -> Slice:
    """Return a slice with constants in their slots."""
    constants = shape.constants

    def fill(term: PatternTerm) -> PatternTerm:
        return constants.get(term, term)

    return Slice(tuple(_leaf(leaf, fill, shape.lists) for leaf in plan.leaves), plan.limit)


_Lists = Mapping[NamedNode, tuple[NamedNode, ...]]


def _leaf(leaf: _Leaf, change: _Change, lists: _Lists) -> _Leaf:
    match leaf:
        case Leaf(patterns, context, values, is_sample):
            return Leaf(
                tuple(_pattern(each, change) for each in patterns),
                tuple(_pattern(each, change) for each in context),
                tuple(_values(each, change, lists) for each in values),
                is_sample,
            )
        case Closure():
            return _closure(leaf, change, lists)
    return leaf


def _closure(closure: Closure, change: _Change, lists: _Lists) -> Closure:
    return Closure(
        None if closure.graph is None else change(closure.graph),  # type: ignore[arg-type]  # as it was: no literal
        change(closure.start),
        tuple((None if iri is None else change(iri), backward) for iri, backward in closure.steps),  # type: ignore[misc]
        tuple(_pattern(each, change) for each in closure.context),
        tuple(_values(each, change, lists) for each in closure.values),
        closure.from_blank_only,
    )


def _pattern(pattern: Pattern, change: _Change) -> Pattern:
    graph = None if pattern.graph is None else change(pattern.graph)
    terms = change(pattern.subject), change(pattern.predicate), change(pattern.object)
    return Pattern(graph, *terms)  # type: ignore[arg-type]  # as it was: no literal


def _values(values: Values, change: _Change, lists: _Lists) -> Values:
    iris = dict.fromkeys(each for iri in values.iris for each in lists.get(iri, (change(iri),)))
    return Values(
        change(values.variable),  # type: ignore[arg-type]  # as they were
        tuple(iris),  # type: ignore[arg-type]
        None if values.least is None else change(values.least),  # type: ignore[arg-type]
        None if values.most is None else change(values.most),  # type: ignore[arg-type]
        None if values.reached is None else _closure(values.reached, change, lists),
    )
