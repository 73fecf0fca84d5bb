"""An embedded store that answers each query from a slice of itself, and the same for the reference fetch alone."""

from __future__ import annotations

from collections.abc import Iterator

from kg.model import Change
from kg.rdf import Quad
from kg.results import Boolean, DatasetClause, ResultSet, Solutions
from kg.slices import GraphNames, Slice, Whole
from kg.slices.fetching import fetch
from kg.slices.slicing import slice_of
from kg.stores.merge import Rule
from kg.stores.oxigraph import OxigraphStore

__all__ = ["SlicedStore", "filled", "store_of"]


def filled(store: OxigraphStore, names: Iterator[object]) -> OxigraphStore:
    """Return a store that knows the names of some graphs too, which may be empty."""
    for name in names:
        store._store.add_graph(name)  # type: ignore[arg-type]  # no protocol has it: no other store knows empty graphs
    return store


def store_of(wanted: Slice, whole: OxigraphStore, is_half: bool = False) -> tuple[OxigraphStore, set[Quad]]:
    """Return the slice of a store, or one half of its quads, as a store, and the quads of all of it."""
    quads = fetch(wanted, whole.match, whole.dataset == "merged")
    part = OxigraphStore(None, whole.dataset, (whole._rule or Rule()).excluded)
    part.commit(Change(add=tuple(sorted(quads, key=str)[::2] if is_half else quads)))
    if any(isinstance(leaf, GraphNames | Whole) for leaf in wanted.leaves):
        filled(part, whole.graph_names())
    return part, quads


class SlicedStore(OxigraphStore):
    """In memory; `fetched` counts the quads of all slices.

    Where a slice says how many solutions are enough, half of it answers if it has as many, as a page would.
    """

    fetched = 0
    wholes = 0

    def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        """Answer from a slice."""
        wanted = slice_of(text, prefixes, dataset)
        part, quads = store_of(wanted, self)
        self.fetched += len(quads)
        self.wholes += any(isinstance(leaf, Whole) for leaf in wanted.leaves)
        if wanted.limit is not None:
            page, _ = store_of(wanted, self, is_half=True)
            if _number(page.query(text, dataset, prefixes)) >= wanted.limit:
                part = page
        return part.query(text, dataset, prefixes)


def _number(found: ResultSet) -> int:
    if isinstance(found, Boolean):
        return found.value
    return sum(1 for _ in found.rows) if isinstance(found, Solutions) else 0
