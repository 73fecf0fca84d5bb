"""What a transaction's edits of the property graph are in RDF: the difference of what it denotes before and after."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.errors import UnsupportedQueryError
from kg.mirror.writing.overlay import Overlay, TouchedNode
from kg.model import Change
from kg.property_graph.denote import node_lines, relationship_lines
from kg.rdf import Quad

__all__ = ["change_of"]


def change_of(overlay: Overlay) -> Change:
    """Return the quads that come and go, each part sorted.

    Raises:
        UnsupportedQueryError: a node was created that says nothing, so that there would be none.
    """
    changed = [node for node in overlay.nodes if node.is_changed]
    for node in changed:
        if node.is_new and not node.is_deleted:
            _check_speaks(node, overlay)
    before = {quad for node in changed for quad in node.quads}
    after = set[Quad]()
    for node in changed:
        if not node.is_deleted:
            after.update(_quads_of(node, overlay))
    return Change(tuple(sorted(after - before, key=str)), tuple(sorted(before - after, key=str)))


def _quads_of(node: TouchedNode, overlay: Overlay) -> Iterator[Quad]:
    names, absent, subject = overlay.names, overlay.absent, node.token
    lines = node_lines(subject, node.labels, node.properties, node.notes, names, absent)
    for each in node.leaving:
        lines += relationship_lines(subject, each.type, each.end.token, each.graphs, names, absent)
    return pyoxigraph.parse("".join(lines).encode(), RdfFormat.N_QUADS)


def _check_speaks(node: TouchedNode, overlay: Overlay) -> None:
    if node.leaving or node.arriving or next(_quads_of(node, overlay), None) is not None:
        return
    raise UnsupportedQueryError(
        "Cypher",
        f"creating a node that says nothing ({node.key if node.has_identity else 'without label or property'})",
        "The graph holds statements: give the node a label, a property or a relationship.",
    )
