"""The graph as recommendation walks it: notes, what they describe and name, tags, and the edges between all of them.

Built from a store in one pass over the default graph, or from names alone. Nodes, edges and items are in the order of
their IRIs by code point, so the same graph gives the same arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.rdf import NamedNode

__all__ = ["Ids", "Network", "NoteItem"]

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class NoteItem:
    """A note that may be recommended.

    Args:
        doc_id: the id of its line in a JSON Lines file, else its path in the vault.
        tags: their IRIs, in order.
        modified: its day as `YYYY-MM-DD` when it was changed last, else made, else of a daily note; None without any.
        author: who wrote the note, by name; None where it does not say.
        described: what it describes; None for a daily note.
    """

    iri: NamedNode
    doc_id: str
    title: str
    tags: tuple[str, ...] = ()
    modified: str | None = None
    is_draft: bool = False
    is_private: bool = False
    is_daily: bool = False
    is_template: bool = False
    author: str | None = None
    described: NamedNode | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes, typed edges and items, as arrays that nobody changes.

    Attributes:
        nodes: IRIs, ascending by code point; an id is a place among them.
        names: (nodes) what each is called.
        heads, predicates, tails: (edges,) int32, each edge once, ascending by head, predicate and tail.
        predicate_iris: ascending; what `predicates` counts.
        items: ascending by IRI.
        node_of_item: (items,) the node of each note.
        described_of_item: (items,) the node of what it describes, -1 for none.
        item_of_node: (nodes,) the item that a note, or what it describes, is of; -1 for all others.
    """

    nodes: tuple[str, ...]
    names: tuple[str, ...]
    heads: Ids
    predicates: Ids
    tails: Ids
    predicate_iris: tuple[str, ...]
    items: tuple[NoteItem, ...]
    node_of_item: Ids
    described_of_item: Ids
    item_of_node: Ids
    _ids: Mapping[str, int]

    @classmethod
    def of(
        cls,
        nodes: Iterable[str],
        edges: Iterable[tuple[str, str, str]],
        items: Iterable[NoteItem],
        names: Mapping[str, str] | None = None,
    ) -> Network:
        """Return the network of some nodes, edges (head, predicate, tail) by IRI, and items, in any order.

        Ends of edges and items are nodes too.

        Args:
            names: what nodes are called; an item's title and a node's IRI stand in for what is missing.
        """
        ordered = tuple(sorted(items, key=lambda item: item.iri.value))
        found = sorted(set(edges))
        everything = {*nodes, *(item.iri.value for item in ordered)}
        everything.update(item.described.value for item in ordered if item.described is not None)
        for head, _, tail in found:
            everything.add(head)
            everything.add(tail)
        node_iris = tuple(sorted(everything))
        ids = {iri: number for number, iri in enumerate(node_iris)}
        predicate_iris = tuple(sorted({predicate for _, predicate, _ in found}))
        of_predicate = {iri: number for number, iri in enumerate(predicate_iris)}
        rows = np.array([(ids[h], of_predicate[p], ids[t]) for h, p, t in found], dtype=np.int32).reshape(-1, 3)
        node_of_item = np.array([ids[item.iri.value] for item in ordered], dtype=np.int32)
        described = [-1 if item.described is None else ids[item.described.value] for item in ordered]
        described_of_item = np.array(described, dtype=np.int32)
        item_of_node = np.full(len(node_iris), -1, dtype=np.int32)
        for number in reversed(range(len(ordered))):  # of several notes on one thing the first has it
            if described[number] >= 0:
                item_of_node[described[number]] = number
        item_of_node[node_of_item] = np.arange(len(ordered), dtype=np.int32)
        titles = {item.iri.value: item.title for item in ordered}
        called = names or {}
        return cls(
            node_iris, tuple(called.get(iri) or titles.get(iri) or iri for iri in node_iris),
            rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy(), predicate_iris,
            ordered, node_of_item, described_of_item, item_of_node, ids,
        )  # fmt: skip

    def node(self, iri: NamedNode | str) -> int | None:
        """Return the id of a node, None for what is none."""
        return self._ids.get(iri if isinstance(iri, str) else iri.value)

    def item(self, iri: NamedNode | str) -> int | None:
        """Return the item of a note, or of what a note describes; None for what is neither."""
        node = self.node(iri)
        item = -1 if node is None else int(self.item_of_node[node])
        return item if item >= 0 else None
