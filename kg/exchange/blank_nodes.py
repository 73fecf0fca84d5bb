"""Blank nodes of loaded files: labels that depend on what is said about them alone.

RDFC-1.0 (RDF Dataset Canonicalization) numbers the blank nodes. It is run on each group of graphs that
share blank nodes, and the labels begin with a digest of the group's names. So labels of different files
never meet, and a graph that is exported and imported again keeps its labels.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph

from kg.errors import InputError
from kg.rdf import BlankNode, NamedNode, Quad, RdfFormat, Term, Triple

__all__ = ["MAX_BLANK_NODES", "with_canonical_labels", "with_content_labels"]

MAX_BLANK_NODES = 10_000
_SECONDS = 30.0
"""Time for one group: RDFC-1.0 is exponential where many blank nodes look alike, which no honest file has."""

_WORKER = """
import sys, pyoxigraph as o
d = o.Dataset(o.parse(sys.stdin.buffer.read(), o.RdfFormat.N_QUADS))
d.canonicalize(o.CanonicalizationAlgorithm.RDFC_1_0)
sys.stdout.buffer.write(o.serialize(d, format=o.RdfFormat.N_QUADS))
"""


def with_canonical_labels(quads: Iterable[Quad], source: str) -> set[Quad]:
    """Return the quads of named graphs with canonical blank nodes.

    Args:
        source: how an error calls the file.

    Raises:
        InputError: there are more than 10,000 blank nodes, or they cannot be told apart in time.
    """
    plain: set[Quad] = set()
    labelled: defaultdict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in quads:
        nodes = set(_blank_nodes(quad))
        for node in nodes:
            labelled[node].append(quad)
        if not nodes:
            plain.add(quad)
        if len(labelled) > MAX_BLANK_NODES:
            raise InputError(
                f"{source}: has more than {MAX_BLANK_NODES} blank nodes. Give them IRIs, or split the file."
            )
    for names, group in _groups(labelled):
        prefix = hashlib.sha256(" ".join(sorted(names)).encode()).hexdigest()[:16]
        plain.update(_prefixed(quad, prefix) for quad in _canonicalise(group, source))
    return plain


def with_content_labels(quads: Iterable[Quad], source: str) -> set[Quad]:
    """Return the quads with blank nodes that no other document has, so that graphs can be merged.

    The labels begin with a digest of all quads: an equal document has equal ones, and merging it a second
    time adds nothing.

    Raises:
        InputError: as `with_canonical_labels`.
    """
    canonical = with_canonical_labels(quads, source)
    text = "\n".join(sorted(str(quad) for quad in canonical))
    prefix = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {_prefixed(quad, prefix) for quad in canonical}


def _blank_nodes(statement: Quad | Triple) -> Iterator[BlankNode]:
    for term in (statement.subject, statement.object):
        if isinstance(term, BlankNode):
            yield term
        elif isinstance(term, Triple):
            yield from _blank_nodes(term)


def _groups(labelled: dict[BlankNode, list[Quad]]) -> Iterator[tuple[set[str], set[Quad]]]:
    """Yield the groups of graphs that are connected by blank nodes, with the quads that have any."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    for quads in labelled.values():
        for quad in quads:
            parent[root(str(quad.graph_name))] = root(str(quads[0].graph_name))
    names: defaultdict[str, set[str]] = defaultdict(set)
    groups: defaultdict[str, set[Quad]] = defaultdict(set)
    for quad in {quad for quads in labelled.values() for quad in quads}:
        name = str(quad.graph_name)
        names[root(name)].add(name)
        groups[root(name)].add(quad)
    yield from ((names[each], groups[each]) for each in groups)


def _canonicalise(quads: set[Quad], source: str) -> Iterable[Quad]:
    """Run RDFC-1.0; in a process that can be ended when blank nodes look alike."""
    if not _some_look_alike(quads):
        dataset = pyoxigraph.Dataset(quads)
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
        return dataset
    text = pyoxigraph.serialize(quads, format=RdfFormat.N_QUADS)
    try:
        command = [sys.executable, "-c", _WORKER]
        done = subprocess.run(command, input=text, capture_output=True, check=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        reason = f"its blank nodes look so much alike that they were not told apart in {_SECONDS:g} s"
        raise InputError(f"{source}: {reason}. Give them IRIs.") from error
    return pyoxigraph.parse(done.stdout, RdfFormat.N_QUADS)


def _some_look_alike(quads: set[Quad]) -> bool:
    """Tell whether two blank nodes have the same statements, other blank nodes being all the same."""
    looks: defaultdict[BlankNode, list[str]] = defaultdict(list)
    for quad in quads:
        for node in set(_blank_nodes(quad)):
            terms = (_seen_from(node, term) for term in (quad.subject, quad.predicate, quad.object))
            looks[node].append(f"{' '.join(terms)} {quad.graph_name}")
    counts = Counter("\n".join(sorted(lines)) for lines in looks.values())
    return max(counts.values(), default=0) > 1


def _seen_from(node: BlankNode, term: Term) -> str:
    if isinstance(term, BlankNode):
        return "_:self" if term == node else "_:other"
    if isinstance(term, Triple):
        return " ".join(_seen_from(node, part) for part in (term.subject, term.predicate, term.object))
    return str(term)


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
