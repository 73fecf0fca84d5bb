"""Blank nodes of loaded files: labels that depend on what is said about them alone.

RDFC-1.0 (RDF Dataset Canonicalization) numbers the blank nodes of each part of a document that is connected by
them, and the labels begin with a digest of all that the part says, with the names of its graphs. So a label
never means another node than it did, labels of different graphs never meet, and a graph that is exported and
imported again keeps its labels (docs/decisions/007).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from kg.errors import InputError
from kg.exchange.look_alikes import blank_nodes, canonicalise
from kg.rdf import BlankNode, NamedNode, Quad, Term, Triple

__all__ = ["MAX_BLANK_NODES", "with_canonical_labels", "with_content_labels"]

MAX_BLANK_NODES = 10_000


def with_canonical_labels(quads: Iterable[Quad], source: str) -> set[Quad]:
    """Return the quads of named graphs with canonical blank nodes.

    Args:
        source: how an error calls the file.

    Raises:
        InputError: there are more than 10,000 blank nodes, or they look too much alike.
    """
    plain: set[Quad] = set()
    labelled: defaultdict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in quads:
        nodes = set(blank_nodes(quad))
        for node in nodes:
            labelled[node].append(quad)
        if not nodes:
            plain.add(quad)
        if len(labelled) > MAX_BLANK_NODES:
            raise InputError(
                f"{source}: has more than {MAX_BLANK_NODES} blank nodes. Give them IRIs, or split the file."
            )
    equal: Counter[str] = Counter()
    for part in canonicalise(_parts(labelled), source):
        digest = _digest(_text(part))
        prefix = f"{digest}x{equal[digest]}"
        equal[digest] += 1
        plain.update(_prefixed(quad, prefix) for quad in part)
    return plain


def with_content_labels(quads: Iterable[Quad], source: str) -> set[Quad]:
    """Return the quads with blank nodes that no other document has, so that graphs can be merged.

    The labels begin with a digest of all quads: an equal document has equal ones, and merging it a second
    time adds nothing.

    Raises:
        InputError: as `with_canonical_labels`.
    """
    canonical = with_canonical_labels(quads, source)
    prefix = _digest(_text(canonical))
    return {_prefixed(quad, prefix) for quad in canonical}


def _parts(labelled: Mapping[BlankNode, Iterable[Quad]]) -> Iterator[set[Quad]]:
    """Yield the quads with blank nodes in parts: those that share one, whatever their graphs, are in one part."""
    seen: set[BlankNode] = set()
    for node in labelled:
        if node in seen:
            continue
        part: set[Quad] = set()
        seen.add(node)
        pending = [node]
        while pending:
            for quad in labelled[pending.pop()]:
                if quad not in part:
                    part.add(quad)
                    new = set(blank_nodes(quad)) - seen
                    seen |= new
                    pending += new
        yield part


def _text(quads: Iterable[Quad]) -> str:
    return "\n".join(sorted(str(quad) for quad in quads))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _prefixed(quad: Quad, prefix: str) -> Quad:
    subject, value = _relabel(quad.subject, prefix), _relabel(quad.object, prefix)
    assert isinstance(subject, NamedNode | BlankNode)
    return Quad(subject, quad.predicate, value, quad.graph_name)


def _relabel(term: Term, prefix: str) -> Term:
    if isinstance(term, BlankNode):
        return BlankNode(f"b{prefix}{term.value}")
    if isinstance(term, Triple):
        subject = _relabel(term.subject, prefix)
        assert isinstance(subject, NamedNode | BlankNode)
        return Triple(subject, term.predicate, _relabel(term.object, prefix))
    return term
