"""Communities of notes and of what they speak of, named by their central concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.iri import normalise_name
from kg.mining.collection import Collection, MinedNote
from kg.mining.network import NoteNetwork, note_network

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CentralConcept", "Cluster", "Clustering", "cluster_notes"]

_NAMING = 3
"""Concepts that name a cluster."""
_CONCEPTS = 10
_PEOPLE_COUNT = 0.5
"""A person, a place or an event names a cluster only where it stands out twice as much as a concept."""


@dataclass(frozen=True, slots=True)
class CentralConcept:
    """What many notes of a cluster speak of and few others do; `score` is their number times their share of all."""

    iri: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """Notes that belong together.

    Attributes:
        number: from 1, the cluster with most notes first.
        name: its three most central concepts; the title of its most central note where there are none.
        notes: the most central first, each with how central it is, above 0.
        concepts: the most central first, at most 10, no two of one name.
        things: how many tags and things belong to it.
    """

    number: int
    name: str
    notes: tuple[tuple[MinedNote, float], ...]
    concepts: tuple[CentralConcept, ...]
    things: int


@dataclass(frozen=True, slots=True)
class Clustering:
    """The clusters of a collection.

    Attributes:
        modularity: how much more edges are inside than by chance, up to 1, whatever the resolution was; below .3 there
            is hardly any structure.
        apart: notes of no cluster: they are connected with too few others, or with none.
        hubs: what was left out because it touches half of all notes, by IRI.
        linked: how much the clusters are connected, by their numbers; each pair once.
    """

    clusters: tuple[Cluster, ...]
    modularity: float
    apart: tuple[MinedNote, ...]
    hubs: tuple[str, ...]
    linked: Mapping[tuple[int, int], float]


def cluster_notes(collection: Collection, resolution: float = 1.0, least: int = 3, seed: int = 0) -> Clustering:
    """Return the communities of a collection that have so many notes at least.

    Args:
        resolution: above 0; more gives more and smaller clusters.

    Source: Louvain, Blondel et al. 2008, with the modularity of Newman 2004.
    """
    network = note_network(collection)
    labels, modularity = _communities(network, resolution, seed)
    notes = {note.iri: note for note in collection.notes}
    members: dict[int, list[int]] = {}
    for node, label in enumerate(labels.tolist()):
        members.setdefault(label, []).append(node)
    found, apart = [], [notes[iri] for iri in network.hubs if iri in notes]
    for nodes in members.values():
        own = [node for node in nodes if network.nodes[node] in notes]
        if len(own) >= least:
            found.append(nodes)
        else:
            apart += [notes[network.nodes[node]] for node in own]
    found.sort(key=lambda nodes: (-sum(network.nodes[node] in notes for node in nodes), network.nodes[nodes[0]]))
    figures = _figures(network, labels)
    clusters = tuple(_cluster(collection, notes, network, figures, *each) for each in enumerate(found, 1))
    number_of = {node: number for number, nodes in enumerate(found, 1) for node in nodes}
    return Clustering(
        clusters=clusters,
        modularity=modularity,
        apart=tuple(sorted(apart, key=lambda note: note.iri)),
        hubs=network.hubs,
        linked=_linked(network, number_of),
    )


def _communities(network: NoteNetwork, resolution: float, seed: int) -> tuple[NDArray[np.int64], float]:
    """Return the community of each node, and the modularity of all."""
    import numpy as np

    if not network.edges.nnz:
        return np.arange(len(network.nodes)), 0.0
    from sknetwork.clustering import Louvain, get_modularity

    model = Louvain(
        resolution=resolution, modularity="newman", random_state=seed, return_probs=False, return_aggregate=False
    )
    labels = model.fit_predict(network.edges).astype(np.int64)
    return labels, float(get_modularity(network.edges, labels))


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    """Of each node: how strongly it is connected in its cluster, and how many notes there and anywhere speak of it."""

    strengths: NDArray[np.float64]
    here: NDArray[np.float64]
    everywhere: NDArray[np.float64]


def _figures(network: NoteNetwork, labels: NDArray[np.int64]) -> _Figures:
    import numpy as np

    edges, spoken = network.edges.tocoo(), network.spoken_of.tocoo()
    inside, among = (labels[each.row] == labels[each.col] for each in (edges, spoken))

    def summed(places: NDArray[np.int32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(places, weights, len(labels)), dtype=np.float64)

    return _Figures(
        strengths=summed(edges.row[inside], edges.data[inside]),
        here=summed(spoken.col[among], spoken.data[among]),
        everywhere=summed(spoken.col, spoken.data),
    )


def _cluster(
    collection: Collection,
    notes: Mapping[str, MinedNote],
    network: NoteNetwork,
    figures: _Figures,
    number: int,
    nodes: Sequence[int],
) -> Cluster:
    members, candidates, things = [], [], 0
    for node in nodes:
        iri = network.nodes[node]
        note = notes.get(iri)
        if note is not None:
            members.append((note, round(float(figures.strengths[node]), 6)))
        else:
            things += 1
        everywhere = float(figures.everywhere[node])
        if everywhere and (note is None or note.described):
            concept = note.described if note is not None else iri
            factor = _PEOPLE_COUNT if concept in collection.people else 1.0
            candidates.append((concept, round(factor * float(figures.here[node]) ** 2 / everywhere, 6)))
    members.sort(key=lambda each: (-each[1], each[0].iri))
    candidates.sort(key=lambda each: (-each[1], each[0]))
    chosen = _distinct(collection, candidates)
    named = ", ".join(concept.name for concept in chosen[:_NAMING])
    return Cluster(number, named or members[0][0].title, tuple(members), chosen, things)


def _distinct(collection: Collection, candidates: Sequence[tuple[str, float]]) -> tuple[CentralConcept, ...]:
    """Return the first candidates without those that are called as an earlier one, as a tag and a thing often are."""
    chosen: dict[str, CentralConcept] = {}
    for iri, score in candidates:
        name = collection.name(iri)
        chosen.setdefault(normalise_name(name), CentralConcept(iri, name, score))
        if len(chosen) == _CONCEPTS:
            break
    return tuple(chosen.values())


def _linked(network: NoteNetwork, number_of: Mapping[int, int]) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    edges: Any = network.edges.tocoo()
    for one, other, weight in zip(edges.row.tolist(), edges.col.tolist(), edges.data.tolist(), strict=True):
        pair = number_of.get(one, 0), number_of.get(other, 0)
        if 0 < pair[0] < pair[1]:
            found[pair] = found.get(pair, 0.0) + weight
    return {pair: round(found[pair], 6) for pair in sorted(found)}
