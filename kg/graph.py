"""The open knowledge graph, and the one way in which it changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from kg.derived import derive
from kg.iri import Minter
from kg.model import Change
from kg.ontology import Ontology
from kg.stores import Store

__all__ = ["KnowledgeGraph", "commit"]


@dataclass(frozen=True, slots=True)
class KnowledgeGraph:
    """A store with the ontology that says what may be in it and the minter of its IRIs.

    One writer at a time: `lock` is held while a change and what follows from it are worked out.
    """

    store: Store
    ontology: Ontology
    minter: Minter
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)


def commit(graph: KnowledgeGraph, change: Change) -> None:
    """Apply a change with what it entails in the names and inferred graphs, all or nothing.

    In a separate dataset nothing is derived.

    Raises:
        StoreError: nothing was changed, and why.
    """
    with graph.lock:
        if graph.store.dataset == "merged":
            further = derive(graph.store.match, change, graph.ontology, graph.minter)
            change = Change((*change.add, *further.add), (*change.remove, *further.remove))
        graph.store.commit(change)
