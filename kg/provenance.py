"""How a note, its statements and their evidence are written as RDF: the only place that knows."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from kg.iri import Minter
from kg.model import Evidence, Note, NoteEntry, Refusal, Statement
from kg.rdf import DCT, KG, RDF, RDFS, XSD, Literal, NamedNode, Quad, Term, canonical

__all__ = ["base_triples", "statement_quads"]


def base_triples(note: Note, entry: NoteEntry, minter: Minter) -> list[tuple[NamedNode, NamedNode, Term]]:
    """Return what a note's graph holds whatever its text says, without doubles, in a fixed order.

    The note and what it describes, with their names, and its tags; not the hash of the state it was built in.
    """
    found = [*_note_triples(note, entry)]
    for tag in note.tags:
        found += _tag_triples(tag.name, minter)
    return list(dict.fromkeys(found))


def statement_quads(
    graph: NamedNode,
    labels: Mapping[NamedNode, Iterable[str]],
    classes: Mapping[NamedNode, NamedNode],
    statements: Iterable[Statement],
    refusals: Iterable[Refusal],
    minter: Minter,
) -> list[Quad]:
    """Return the quads of what a note's text says, without doubles, in no particular order.

    Triples of `base_triples` may be among them: a note's graph is the union of both.

    Args:
        graph: the note, whose IRI its graph bears.
        labels: the names of the entities that only names stand for.
        classes: their classes, where one is known.
    """
    triples: set[tuple[NamedNode, NamedNode, Term]] = set()
    for iri, names in labels.items():
        triples.update((iri, RDFS["label"], Literal(name)) for name in names)
        triples.add((iri, RDF["type"], classes.get(iri, KG["Entity"])))
    found: list[Quad] = []
    for statement in statements:
        triple = (statement.subject, statement.predicate, statement.object)
        triples.add(triple)
        for evidence in statement.evidence:
            iri = minter.evidence(graph, triple, evidence.quote, evidence.number)
            found += _evidence_quads(iri, KG["Evidence"], triple, evidence, graph)
            if evidence.reason:
                found.append(Quad(iri, KG["reason"], Literal(evidence.reason), graph))
    for refusal in refusals:
        triple = (refusal.subject, refusal.predicate, refusal.object)
        iri = minter.refusal(graph, triple, refusal.evidence.quote, refusal.evidence.number)
        found += _evidence_quads(iri, KG["Refusal"], triple, refusal.evidence, graph)
        reasons = [reason for reason in (refusal.reason, refusal.evidence.reason) if reason]
        found.append(Quad(iri, KG["reason"], Literal("; ".join(reasons)), graph))
    found += [Quad(*triple, graph) for triple in triples]
    return found


def _note_triples(note: Note, entry: NoteEntry) -> Iterator[tuple[NamedNode, NamedNode, Term]]:
    iri = entry.iri
    yield iri, RDF["type"], KG["Note"]
    yield iri, KG["path"], Literal(note.path)
    yield iri, DCT["title"], Literal(note.title)
    yield iri, KG["graph"], iri
    yield iri, KG["contentHash"], Literal(entry.content_hash)
    if note.id is not None:
        yield iri, DCT["identifier"], Literal(note.id)
    if entry.root:
        yield iri, KG["root"], Literal(entry.root)
    if note.daily is not None:
        yield iri, DCT["date"], _date_literal(note.daily)
    if entry.described is not None:
        yield iri, KG["describes"], entry.described
        yield entry.described, RDF["type"], entry.class_iri or KG["Entity"]
        for name in entry.names:
            yield entry.described, RDFS["label"], Literal(name)


def _date_literal(day: date) -> Literal:
    literal = canonical(Literal(day.isoformat(), datatype=XSD["date"]))
    assert isinstance(literal, Literal)
    return literal


def _tag_triples(name: str, minter: Minter) -> Iterator[tuple[NamedNode, NamedNode, Term]]:
    """A nested tag is narrower than the tag it is nested in; all are in the graph of the note that has it."""
    parts = [part for part in name.split("/") if part]
    for length in range(1, len(parts) + 1):
        iri = minter.tag("/".join(parts[:length]))
        yield iri, RDF["type"], KG["Tag"]
        yield iri, RDFS["label"], Literal("/".join(parts[:length]))
        if length > 1:
            yield iri, KG["broader"], minter.tag("/".join(parts[: length - 1]))


_TYPE, _SUBJECT, _PREDICATE, _OBJECT = RDF["type"], RDF["subject"], RDF["predicate"], RDF["object"]
_IN_NOTE, _START, _END, _QUOTE = KG["inNote"], KG["start"], KG["end"], KG["quote"]
_CONFIDENCE, _EXTRACTOR, _KIND, _CUE = KG["confidence"], KG["extractor"], KG["kind"], KG["cue"]


def _evidence_quads(
    iri: NamedNode, kind: NamedNode, triple: tuple[NamedNode, NamedNode, Term], evidence: Evidence, note: NamedNode
) -> tuple[Quad, ...]:
    """Return one reason to hold or to refuse a triple; no two of a note share an IRI, so nothing comes twice."""
    subject, predicate, object_ = triple
    return (
        Quad(iri, _TYPE, kind, note),
        Quad(iri, _SUBJECT, subject, note),
        Quad(iri, _PREDICATE, predicate, note),
        Quad(iri, _OBJECT, object_, note),
        Quad(iri, _IN_NOTE, note, note),
        Quad(iri, _START, _integer(evidence.start), note),
        Quad(iri, _END, _integer(evidence.end), note),
        Quad(iri, _QUOTE, Literal(evidence.quote), note),
        Quad(iri, _CONFIDENCE, _decimal(evidence.confidence), note),
        Quad(iri, _EXTRACTOR, _text(evidence.extractor), note),
        Quad(iri, _KIND, _text(evidence.kind), note),
        *((Quad(iri, _CUE, _text(evidence.cue), note),) if evidence.cue else ()),
    )


@functools.lru_cache(maxsize=4096)
def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD["integer"])


@functools.lru_cache(maxsize=4096)
def _decimal(number: float) -> Term:
    return canonical(Literal(repr(float(number)), datatype=XSD["decimal"]))


@functools.lru_cache(maxsize=256)
def _text(text: str) -> Literal:
    return Literal(text)
