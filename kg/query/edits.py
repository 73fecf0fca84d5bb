"""Changes that were made to the property graph, where what is derived looks like everything else."""

from __future__ import annotations

from kg.entailment import entail
from kg.errors import ForbiddenQueryError
from kg.graph import KnowledgeGraph, decisions_made, guarded_graphs
from kg.model import Change

__all__ = ["apply_edit", "commit_edit"]


def commit_edit(graph: KnowledgeGraph, change: Change) -> None:
    """Apply a change as `kg.graph.commit` does; what it says of derived graphs has to follow from the rest of it.

    Raises:
        ForbiddenQueryError: it does not, or decisions would change; nothing was changed.
        StoreError: nothing was changed, and why.
    """
    with graph.lock:
        apply_edit(graph, change)


def apply_edit(graph: KnowledgeGraph, change: Change) -> None:
    """Do what `commit_edit` does, for a caller who has the graph's lock."""
    is_merged = graph.store.dataset == "merged"
    guarded = guarded_graphs(graph.minter, is_merged)
    own, others = _parted(change, frozenset(guarded))
    further = entail(graph.store.match, own, graph.ontology, graph.minter) if is_merged else Change()
    for quad in (*set(others.add).difference(further.add), *set(others.remove).difference(further.remove)):
        name = next(name for name in guarded if name == quad.graph_name)
        what = f"changing what {name} says of {quad.subject}"
        raise ForbiddenQueryError("Cypher", "derived", what, f"Nothing was changed. {guarded[name]}.")
    decided = decisions_made(graph, own)
    graph.store.commit(Change((*own.add, *further.add, *decided), (*own.remove, *further.remove)))


def _parted(change: Change, guarded: frozenset[object]) -> tuple[Change, Change]:
    """Return what a change does to graphs that are written by name, and what to the guarded ones."""
    parts = [
        [
            tuple(quad for quad in quads if (quad.graph_name in guarded) == is_guarded)
            for quads in (change.add, change.remove)
        ]
        for is_guarded in (False, True)
    ]
    return Change(*parts[0]), Change(*parts[1])
