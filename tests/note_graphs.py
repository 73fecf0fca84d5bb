"""The graph of a note of which nothing is decided or resolved."""

from __future__ import annotations

from collections.abc import Iterable

from kg.extraction import LinkedNote
from kg.iri import Minter
from kg.model import Note, NoteEntry, Refusal, Statement
from kg.provenance import base_triples, statement_quads
from kg.rdf import KG, Literal, Quad


def note_quads(
    note: Note,
    entry: NoteEntry,
    linked: LinkedNote,
    statements: Iterable[Statement],
    refusals: Iterable[Refusal],
    minter: Minter,
    state_hash: str,
) -> list[Quad]:
    """Return all quads of a note's graph, without doubles, in no particular order."""
    graph = entry.iri
    found = [Quad(*triple, graph) for triple in base_triples(note, entry, minter)]
    found.append(Quad(graph, KG["stateHash"], Literal(state_hash), graph))
    found += statement_quads(graph, linked.labels, linked.classes, statements, refusals, minter)
    return list(dict.fromkeys(found))
