"""How the graphs of notes come into the store: one transaction a batch, and a quick way for many new notes.

What the names graph loses when new notes come (an entity that most notes now call otherwise) would turn
a large addition into an update, which costs five times as much. So a large addition goes in first, with
the old names and a mark, and one small update then takes out the mark with the names that changed. A
process that is killed between the two leaves the mark; `mend` makes the names right.
"""

from __future__ import annotations

from kg.entailment import entail, entail_again
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import KG, XSD, Literal, Quad

__all__ = ["commit_notes", "mend"]

_MANY = 5_000
"""Quads from which the quick way is taken."""


def commit_notes(graph: KnowledgeGraph, change: Change) -> None:
    """Apply a change of note graphs with what it entails; never half of a note.

    Raises:
        StoreError: what was not yet written is not, and why.
    """
    if change.remove or len(change.add) < _MANY or graph.store.dataset != "merged":
        commit(graph, change)
        return
    with graph.lock:
        further = entail(graph.store.match, change, graph.ontology, graph.minter)
        if not further.remove:
            graph.store.commit(Change((*change.add, *further.add)))
            return
        losing = {(quad.subject, quad.predicate) for quad in further.remove}
        late = tuple(quad for quad in further.add if (quad.subject, quad.predicate) in losing)
        early = set(further.add) - set(late)
        graph.store.commit(Change((*change.add, *early, _mark(graph))))
        graph.store.commit(Change(late, (*further.remove, _mark(graph))))


def mend(graph: KnowledgeGraph) -> None:
    """Make the derived graphs right if a process was killed before they were."""
    if graph.store.dataset == "merged" and any(
        graph.store.match(graph_name=_mark(graph).graph_name, predicate=_mark(graph).predicate)
    ):
        with graph.lock:
            graph.store.commit(entail_again(graph.store.match, graph.ontology, graph.minter))


def _mark(graph: KnowledgeGraph) -> Quad:
    """Return the quad that says that names are still to be changed; nothing derives it, so deriving again drops it."""
    names = graph.minter.graph("names")
    return Quad(names, KG["namesPending"], Literal("true", datatype=XSD["boolean"]), names)
