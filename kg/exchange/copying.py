"""Copying the graph from one store into another, quad for quad."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kg.errors import InputError
from kg.model import Change
from kg.rdf import DefaultGraph, Quad
from kg.stores import GraphName, Store

__all__ = ["CopyCount", "Progress", "copy_graphs", "is_empty"]

Progress = Callable[[int, int], None]
"""Called with the number of graphs done and the number to do."""

_QUADS_A_COMMIT = 20_000


@dataclass(frozen=True, slots=True)
class CopyCount:
    """What a copy did: the quads and graphs of the source, and what came and went in the target."""

    quads: int
    graphs: int
    added: int
    removed: int


def copy_graphs(source: Store, target: Store, replace: bool = False, progress: Progress | None = None) -> CopyCount:
    """Make a store hold what another does: every graph, decisions and what is derived too.

    It is done in batches of whole graphs, so a copy that was ended early holds no half of a small graph; run again with
    `replace`, it is completed. Nobody may write either store meanwhile.

    Raises:
        InputError: the target holds something else, and it may not be replaced; or the stores differ in their dataset.
    """
    if source.dataset != target.dataset:
        raise InputError(f"A {source.dataset} dataset cannot be copied into a {target.dataset} one.")
    is_new = is_empty(target)
    if not is_new and not replace:
        raise InputError("The store to copy into is not empty. Add --replace to have it hold the copy alone.")
    names = _graphs_of(source)
    surplus = [] if is_new else [name for name in _graphs_of(target) if name not in set(names)]
    writer = _Writer(target)
    quads = 0
    for done, name in enumerate(names, start=1):
        wanted = set(source.match(graph_name=name))
        held = set() if is_new else set(target.match(graph_name=name))
        quads += len(wanted)
        writer.change(wanted - held, held - wanted)
        if progress is not None:
            progress(done, len(names))
    for name in surplus:
        writer.change((), target.match(graph_name=name))
    writer.commit()
    return CopyCount(quads, sum(not isinstance(name, DefaultGraph) for name in names), writer.added, writer.removed)


def is_empty(store: Store) -> bool:
    """Tell whether a store holds nothing."""
    if next(store.graph_names(), None) is not None:
        return False
    return store.dataset == "merged" or next(store.match(graph_name=DefaultGraph()), None) is None


def _graphs_of(store: Store) -> list[GraphName]:
    """Return the graphs that are stored and not derived, in an order that is the same for equal stores."""
    names: list[GraphName] = sorted(store.graph_names(), key=str)
    return [DefaultGraph(), *names] if store.dataset == "separate" else names


class _Writer:
    """Gathers changes until they are worth a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._add: list[Quad] = []
        self._remove: list[Quad] = []
        self.added = self.removed = 0

    def change(self, add: Iterable[Quad], remove: Iterable[Quad]) -> None:
        """Add and remove quads; those of one call go into one transaction, unless they are many."""
        for quads, pending in ((add, self._add), (remove, self._remove)):
            for quad in quads:
                pending.append(quad)
                if len(self._add) + len(self._remove) >= 2 * _QUADS_A_COMMIT:
                    self.commit()
        if len(self._add) + len(self._remove) >= _QUADS_A_COMMIT:
            self.commit()

    def commit(self) -> None:
        """Write what was gathered."""
        if self._add or self._remove:
            self._store.commit(Change(tuple(self._add), tuple(self._remove)))
            self.added += len(self._add)
            self.removed += len(self._remove)
            self._add.clear()
            self._remove.clear()
