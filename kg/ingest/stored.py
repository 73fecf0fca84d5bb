"""The notes that a store holds, as they say themselves, and taking them out."""

from __future__ import annotations

from collections.abc import Iterable

from kg.curation import Curator
from kg.graph import KnowledgeGraph
from kg.rdf import KG, Literal, NamedNode

__all__ = ["forget", "state_hashes", "stored_place"]


def state_hashes(graph: KnowledgeGraph) -> dict[str, str]:
    """Return the state hash of each stored note by IRI; empty for a graph that an update took a part of.

    A note says its hash and its path in its own graph; one that does not is read again, or removed.
    """
    hashes = _said_of_itself(graph, KG["stateHash"])
    paths = _said_of_itself(graph, KG["path"])
    prefix = f"{graph.minter.base}note/"
    held = (name.value for name in graph.store.graph_names() if name.value.startswith(prefix))
    return {iri: hashes.get(iri, "") if iri in paths else "" for iri in (*hashes, *held)}


def _said_of_itself(graph: KnowledgeGraph, predicate: NamedNode) -> dict[str, str]:
    return {
        quad.subject.value: quad.object.value
        for quad in graph.store.match(predicate=predicate)
        if quad.subject == quad.graph_name and isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode)
    }


def stored_place(graph: KnowledgeGraph, iri: str) -> tuple[str, str]:
    """Return the root and the path that a stored note says it is from."""
    note = NamedNode(iri)

    def value(predicate: NamedNode) -> str:
        found = (quad.object for quad in graph.store.match(note, predicate, None, note))
        return next((term.value for term in found if isinstance(term, Literal)), "")

    return value(KG["root"]), value(KG["path"])


def forget(curator: Curator, targets: Iterable[str]) -> tuple[list[str], list[str]]:
    """Remove notes from the graph, by IRI, by path, or all below a folder's path.

    A note whose file is still there comes back with the next ingest of its folder.

    Returns:
        The paths of the notes that were removed, and the targets that no note fits.
    """
    graph = curator.graph
    stored = {iri: stored_place(graph, iri)[1] for iri in state_hashes(graph)}
    removed: list[str] = []
    missing: list[str] = []
    gone: list[str] = []
    for target in targets:
        path = target.rstrip("/")
        fits = sorted(
            iri for iri, held in stored.items() if iri == target or held == path or held.startswith(f"{path}/")
        )
        if not fits:
            missing.append(target)
        gone += fits
        removed += [stored.pop(iri) for iri in fits]
    if gone:
        curator.remove(gone)
        curator.bring_up_to_date()
    return removed, missing
