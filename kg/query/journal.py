"""The changes of a request that are not all in the store yet: read over it, written in few commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term, Triple
from kg.stores import GraphName, Store

__all__ = ["Journal"]


class Journal:
    """Collects changes over a store, and knows how to take back those it has committed."""

    def __init__(self, store: Store, commit: Callable[[Change], object]) -> None:
        self._store, self._commit = store, commit
        self._before: dict[Quad, bool] = {}  # whether the request found each quad it touched
        self._now: dict[Quad, bool] = {}
        self._pending: dict[Quad, bool] = {}  # what of `_now` the store does not say yet
        self._entering: dict[tuple[Term, Term, Term], set[Quad]] = {}  # the additions in it, by their triples

    def match(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that fit, as `Store.match` would after a flush; the derived default graph is not moved."""
        pattern = (subject, predicate, object, graph_name)
        for quad in self._store.match(subject, predicate, object, graph_name):
            if self._pending.get(quad, True):
                yield quad
        if subject is None or predicate is None or object is None:
            candidates = list(self.pending())
        else:
            candidates = list(self._entering.get((subject, predicate, object), ()))
        yield from (quad for quad in candidates if _fits(quad, pattern))

    def add(self, quad: Quad) -> None:
        """Hold a quad from now on."""
        self._set(quad, True)

    def remove(self, quad: Quad) -> None:
        """Hold a quad no more."""
        self._set(quad, False)

    def _set(self, quad: Quad, value: bool) -> None:
        if quad not in self._before:
            self._before[quad] = self._now[quad] = self._is_stored(quad)
        if self._now[quad] == value:
            return
        is_stored = self._is_committed(quad)
        self._now[quad] = value
        if is_stored == value:
            del self._pending[quad]
        else:
            self._pending[quad] = value
        if not is_stored:
            entering = self._entering.setdefault((quad.subject, quad.predicate, quad.object), set())
            (entering.add if value else entering.discard)(quad)

    def _is_stored(self, quad: Quad) -> bool:
        assert not isinstance(quad.subject, Triple)  # Oxigraph has none; its type hints do
        found = self._store.match(quad.subject, quad.predicate, quad.object, quad.graph_name)
        return next(iter(found), None) is not None

    def flush(self) -> None:
        """Commit what is pending, all or nothing."""
        if self._pending:
            self._commit(_as_change(self._pending))
            self._pending, self._entering = {}, {}

    def roll_back(self) -> None:
        """Bring the store back to where the request found it."""
        back = {quad: before for quad, before in self._before.items() if self._is_committed(quad) != before}
        self._pending, self._entering = {}, {}
        if back:
            self._commit(_as_change(back))

    def _is_committed(self, quad: Quad) -> bool:
        return self._now[quad] != (quad in self._pending)

    def pending(self) -> Iterator[Quad]:
        """Yield the quads that are held but not in the store yet."""
        return (quad for quad, is_held in self._pending.items() if is_held)

    def added(self) -> list[Quad]:
        """Return the quads that the request found missing and holds now."""
        return [quad for quad, is_held in self._now.items() if is_held and not self._before[quad]]

    def removed(self) -> list[Quad]:
        """Return the quads that the request found and holds no more."""
        return [quad for quad, is_held in self._now.items() if not is_held and self._before[quad]]


def _as_change(wanted: dict[Quad, bool]) -> Change:
    add = tuple(quad for quad, is_held in wanted.items() if is_held)
    return Change(add, tuple(quad for quad, is_held in wanted.items() if not is_held))


def _fits(quad: Quad, pattern: tuple[Term | None, Term | None, Term | None, GraphName | None]) -> bool:
    subject, predicate, value, graph_name = pattern
    in_graph = quad.graph_name == graph_name if graph_name is not None else quad.graph_name != DefaultGraph()
    return (
        in_graph
        and subject in (None, quad.subject)
        and predicate in (None, quad.predicate)
        and value in (None, quad.object)
    )
