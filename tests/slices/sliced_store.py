"""An embedded store that answers each query from a slice of itself, and the same for the reference fetch alone."""

from __future__ import annotations

from collections.abc import Iterator

from kg.model import Change
from kg.rdf import Quad
from kg.results import DatasetClause, ResultSet
from kg.slices import GraphNames, Slice, Whole
from kg.slices.fetching import fetch
from kg.slices.slicing import slice_of
from kg.stores.oxigraph import OxigraphStore

__all__ = ["SlicedStore", "filled", "store_of"]


def filled(store: OxigraphStore, names: Iterator[object]) -> OxigraphStore:
    """Return a store that knows the names of some graphs too, which may be empty."""
    for name in names:
        store._store.add_graph(name)  # type: ignore[arg-type]  # no protocol has it: no other store knows empty graphs
    return store


def store_of(wanted: Slice, whole: OxigraphStore) -> tuple[OxigraphStore, set[Quad]]:
    """Return the slice of a store, as a store, and its quads."""
    quads = fetch(wanted, whole.match, whole.dataset == "merged")
    part = OxigraphStore(None, whole.dataset, whole._excluded or frozenset())
    part.commit(Change(add=tuple(quads)))
    if any(isinstance(leaf, GraphNames | Whole) for leaf in wanted.leaves):
        filled(part, whole.graph_names())
    return part, quads


class SlicedStore(OxigraphStore):
    """In memory; `fetched` counts the quads of all slices."""

    fetched = 0
    wholes = 0

    def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        """Answer from a slice."""
        wanted = slice_of(text, prefixes, dataset)
        part, quads = store_of(wanted, self)
        self.fetched += len(quads)
        self.wholes += any(isinstance(leaf, Whole) for leaf in wanted.leaves)
        return part.query(text, dataset, prefixes)
