"""Notes and what they speak of as one weighted network, in which no node is a neighbour of everything."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.mining.collection import Collection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NoteNetwork", "note_network"]

_WEIGHTS = {"link": 1.0, "statement": 1.0, "tag": 1.0, "concept": 0.5, "describes": 1.0}
_HUB_SHARE, _HUB_LEAST = 0.5, 20
"""What more than half of all notes speak of says nothing of any, as the tag of a template; nor does an index."""


@dataclass(frozen=True, slots=True, eq=False)
class NoteNetwork:
    """A network of notes, tags and things. A note and what it describes are one node, by the note's IRI.

    Attributes:
        nodes: by IRI; those without an edge are among them.
        edges: (nodes, nodes) scipy CSR float64, symmetric: how much an edge says.
        spoken_of: (nodes, nodes) scipy CSR float64: 1 where the note of a row speaks of the node of a column.
        hubs: what was left out because it touches too many notes, by IRI.
    """

    nodes: tuple[str, ...]
    edges: Any
    spoken_of: Any
    hubs: tuple[str, ...]


def note_network(collection: Collection) -> NoteNetwork:
    """Return the network of a collection.

    An edge weighs less the more neighbours its ends have: it is divided by the square root of the greater number.
    """
    import numpy as np
    from scipy import sparse

    directed: defaultdict[tuple[str, str], float] = defaultdict(float)
    spoken: set[tuple[str, str]] = set()
    for one, other, kind in _edges(collection):
        if one != other:
            directed[one, other] += _WEIGHTS[kind]
            if kind != "statement":
                spoken.add((one, other))
    hubs = _hubs(collection, spoken)
    weights: defaultdict[tuple[str, str], float] = defaultdict(float)
    degrees: defaultdict[str, int] = defaultdict(int)
    for pair in sorted(directed):
        if hubs.isdisjoint(pair):
            weights[min(pair), max(pair)] += directed[pair]
    for pair in weights:
        for node in pair:
            degrees[node] += 1
    nodes = tuple(sorted(({note.iri for note in collection.notes} | degrees.keys()) - hubs))
    number = {node: place for place, node in enumerate(nodes)}
    half = sparse.coo_matrix(
        (
            np.array(
                [weight / max(degrees[a], degrees[b]) ** 0.5 for (a, b), weight in weights.items()], dtype=np.float64
            ),
            _places(weights, number),
        ),
        shape=(len(nodes), len(nodes)),
    )
    edges = sparse.csr_matrix(half + half.T)
    edges.sort_indices()
    kept = sorted(pair for pair in spoken if hubs.isdisjoint(pair))
    spoken_of = sparse.csr_matrix((np.ones(len(kept)), _places(kept, number)), shape=edges.shape)
    return NoteNetwork(nodes, edges, spoken_of, tuple(sorted(hubs)))


def _places(pairs: Iterable[tuple[str, str]], number: Mapping[str, int]) -> NDArray[np.int32]:
    """Return pairs by number: (2, pairs)."""
    import numpy as np

    return np.array([(number[one], number[other]) for one, other in pairs], dtype=np.int32).reshape(-1, 2).T


def _hubs(collection: Collection, spoken: Iterable[tuple[str, str]]) -> set[str]:
    """Return what too many notes speak of, and the notes that link to too many."""
    counts = [Counter(other for _, other in spoken), Counter(one for one, _ in collection.links)]
    least = max(_HUB_LEAST, _HUB_SHARE * len(collection.notes))
    return {node for count in counts for node, times in count.items() if times > least}


def _edges(collection: Collection) -> Iterator[tuple[str, str, str]]:
    """Yield (node, node, kind); what a note describes is the note, the first one where several describe it."""
    note_of: dict[str, str] = {}
    for note in collection.notes:
        if note.described:
            note_of.setdefault(note.described, note.iri)
            yield note.iri, note_of[note.described], "describes"
    for one, other in collection.links:
        yield one, other, "link"
    for one, other in collection.statements:
        yield note_of.get(one, one), note_of.get(other, other), "statement"
    for iri, tags in collection.tags.items():
        for tag in tags:
            yield iri, tag, "tag"
    for iri, things in collection.concepts.items():
        for thing in things:
            yield iri, note_of.get(thing, thing), "concept"
