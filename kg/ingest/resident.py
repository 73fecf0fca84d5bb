"""What a process keeps between two ingests, so that one changed note costs little in a large vault.

Everything here could be read from the cache or worked out again; it is dropped when the ontology, the
extractor or a setting changes, and when another process has written the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kg.curation.ontology_graph import ontology_quads
from kg.describe import NoteFacts
from kg.extraction import Term
from kg.graph import KnowledgeGraph
from kg.model import NoteEntry
from kg.rdf import Quad
from kg.vault import VaultIndex

__all__ = ["Resident"]


@dataclass
class Resident:
    """The vault index of the last run, and what was worked out from each of its entries.

    `in_force` are the meanings that `names` and `index` were made from, which the cache holds too.
    """

    setting: object = None
    in_force: dict[str, str] | None = None
    names: tuple[Term, ...] = ()
    index: VaultIndex = field(default_factory=lambda: VaultIndex(()))
    described: dict[tuple[str, str, int], tuple[NoteFacts, bool, NoteEntry]] = field(default_factory=dict)
    _ontology: frozenset[Quad] | None = None
    _meanings: dict[str, tuple[NoteEntry, str]] = field(default_factory=dict)
    _states: dict[str, tuple[NoteEntry, str]] = field(default_factory=dict)

    def ontology_quads(self, graph: KnowledgeGraph) -> frozenset[Quad]:
        """Return what the ontology graph should hold."""
        if self._ontology is None:
            self._ontology = ontology_quads(graph)
        return self._ontology

    def meanings(self, entries: Iterable[NoteEntry], meaning: Callable[[NoteEntry], str]) -> dict[str, str]:
        """Return what other notes depend on, by IRI, worked out for new entries only."""
        self._meanings = _again(self._meanings, entries, meaning)
        return {iri: value for iri, (_, value) in self._meanings.items()}

    def states(self, entries: Iterable[NoteEntry], state: Callable[[NoteEntry], str]) -> dict[str, str]:
        """Return the state hashes by IRI, worked out for new entries only."""
        self._states = _again(self._states, entries, state)
        return {iri: value for iri, (_, value) in self._states.items()}

    def put_in_force(self, meanings: dict[str, str], names: tuple[Term, ...], index: VaultIndex) -> None:
        """Remember the vault index that notes are read with from now on."""
        self.in_force, self.names, self.index = meanings, names, index


def _again(
    known: dict[str, tuple[NoteEntry, str]], entries: Iterable[NoteEntry], work: Callable[[NoteEntry], str]
) -> dict[str, tuple[NoteEntry, str]]:
    found: dict[str, tuple[NoteEntry, str]] = {}
    for entry in entries:
        iri = entry.iri.value
        row = known.get(iri)
        found[iri] = row if row is not None and row[0] is entry else (entry, work(entry))
    return found
