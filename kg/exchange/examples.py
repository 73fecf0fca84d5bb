"""Decisions as training examples: the sentences that somebody has judged, with what they say and what they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kg.cache import NoteShelf
from kg.curation.raw import RawNote, decode
from kg.decisions import NoteRules, read_log
from kg.decisions.compiling import compile_ruling
from kg.extraction import Claim
from kg.graph import KnowledgeGraph
from kg.rdf import KG, RDF, NamedNode

__all__ = ["Example", "ExampleTriple", "read_examples"]

_JUDGING = ("q:", "s:", "w:")
"""How the keys of decisions about sentences, patterns and words begin."""


@dataclass(frozen=True, slots=True)
class ExampleTriple:
    """A statement in the words of its sentence; the predicate by its label."""

    subject: str
    predicate: str
    object: str

    def to_json(self) -> dict[str, str]:
        """Return it in the shape that `kg extract` gives and `kg learn` takes."""
        return {"subject": self.subject, "predicate": self.predicate, "object": self.object}


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with all that it says, as the graph has it, and what was rejected."""

    text: str
    triples: tuple[ExampleTriple, ...]
    rejected: tuple[ExampleTriple, ...]

    def to_json(self) -> dict[str, Any]:
        """Return a line of `kg export --examples`."""
        return {
            "text": self.text,
            "triples": [triple.to_json() for triple in self.triples],
            "rejected": [triple.to_json() for triple in self.rejected],
        }


def read_examples(graph: KnowledgeGraph, notes: NoteShelf) -> Iterator[Example]:
    """Yield the sentences of which a statement was accepted or rejected, by note and place.

    What else the graph holds of such a sentence is among its triples: nobody objected to it. Names are as the sentence
    has them; where it has a pronoun, as the note has the name that stands for it. Statements about a note itself
    (links, mentions, tags) and types teach no relation and are left out.
    """
    log = read_log(graph.store.match, graph.minter)
    effects = compile_ruling(log, notes.states().keys()).effects
    judged = [key for key in effects if key.startswith(_JUDGING)]
    for iri in sorted(notes.notes_keyed(judged)):
        data = notes.raw(iri)
        if data is not None:
            yield from _examples_of(graph, decode(data), effects)


def _examples_of(graph: KnowledgeGraph, raw: RawNote, effects: Mapping[str, str]) -> Iterator[Example]:
    rules = NoteRules(raw.note, raw.claims, effects.get)
    triples: dict[tuple[int, int], dict[ExampleTriple, None]] = {}
    rejected: dict[tuple[int, int], dict[ExampleTriple, None]] = {}
    texts: dict[tuple[int, int], str] = {}
    for claim in raw.claims:
        triple = _in_words(graph, raw, claim)
        if triple is None:
            continue
        place, rule = (claim.evidence.start, claim.evidence.end), rules.rule(claim)
        if rule is not None and (rule.is_accepted or rule.is_rejected):
            texts[place] = claim.evidence.quote
        if rule is not None and rule.is_rejected:
            rejected.setdefault(place, {})[triple] = None
        elif (rule is not None and rule.is_accepted) or _is_held(graph, raw.note, claim):
            triples.setdefault(place, {})[triple] = None
    for place in sorted(texts):
        yield Example(texts[place], tuple(triples.get(place, ())), tuple(rejected.get(place, ())))


def _in_words(graph: KnowledgeGraph, raw: RawNote, claim: Claim) -> ExampleTriple | None:
    """Return a claim in the words of its sentence, None for what teaches no relation."""
    prop = graph.ontology.properties.get(claim.predicate)
    if prop is None or prop.system or claim.predicate == RDF["type"]:
        return None
    ends = [_surface(raw, claim.subject, claim.subject_text), _surface(raw, claim.object, claim.object_text)]
    return ExampleTriple(ends[0], graph.ontology.label(claim.predicate), ends[1]) if all(ends) else None


def _surface(raw: RawNote, term: object, text: str) -> str:
    """Return what a sentence calls a term; what a note describes may go without a name in it."""
    return text or (raw.names[0] if term == raw.described and raw.names else "")


def _is_held(graph: KnowledgeGraph, note: NamedNode, claim: Claim) -> bool:
    triple = (claim.subject, claim.predicate, claim.object)
    evidence = graph.minter.evidence(note, triple, claim.evidence.quote, claim.evidence.number)
    return next(graph.store.match(evidence, RDF["type"], KG["Evidence"], note), None) is not None
