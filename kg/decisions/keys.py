"""What effects are filed under: the keys of a note and of a claim, and how a claim is described in a decision.

A note's graph depends on the effects of the keys that its raw note has, and on no others.

`n:IRI` a note · `q:HASH` a passage, its triple relative to its note, and the quote · `w:WORD` a normalised name ·
`s:HASH` a likeness. All IRIs are undecided ones. (What becomes of an entity depends on its cluster as well, so the
effects of entities are made where the resolution is.)
"""

from __future__ import annotations

import hashlib
import re

from kg.decisions.model import Likeness, Passage
from kg.extraction import Claim
from kg.iri import normalise_name
from kg.rdf import KG, RDF, NamedNode, Term, canonical

__all__ = [
    "claim_keys",
    "claim_words",
    "likeness_key",
    "likeness_of",
    "note_key",
    "passage_key",
    "passage_of",
    "word_key",
]

_OF_ONE = frozenset({KG["mentions"], RDF["type"]})
"""Predicates of which only what has the same object is alike: a name and what it means, or a class."""
_VERSION = re.compile(r" v?\d[^ ]*$")


def note_key(note: NamedNode) -> str:
    """Return the key of a note."""
    return f"n:{note.value}"


def word_key(word: str) -> str:
    """Return the key of a name, normalised or not."""
    return f"w:{normalise_name(word)}"


def passage_key(note: NamedNode, subject: NamedNode, predicate: NamedNode, object_: Term, quote: str) -> str:
    """Return the key of what a note says by a quote: the same in whatever note it stands."""
    parts = (_relative(subject, note), _relative(predicate, note), _relative(canonical(object_), note), quote)
    return f"q:{_digest(parts)}"


def likeness_key(likeness: Likeness) -> str:
    """Return the key of a likeness."""
    entity = likeness.entity.value if likeness.entity is not None else ""
    return f"s:{_digest((likeness.predicate.value, likeness.extractor, likeness.cue, likeness.word, entity))}"


def likeness_of(claim: Claim | Passage) -> Likeness | None:
    """Return what found a claim, None for what a note states: nothing is like it."""
    if isinstance(claim, Passage):
        extractor, cue, word = claim.extractor, claim.cue, claim.word
    elif claim.evidence.kind == "stated":
        return None
    else:
        extractor, cue = _VERSION.sub("", claim.evidence.extractor), claim.evidence.cue
        word = normalise_name(claim.object_text) if claim.predicate == KG["mentions"] else ""
    if not extractor:
        return None
    object_ = claim.object if claim.predicate in _OF_ONE else None
    return Likeness(claim.predicate, extractor, cue, word, object_ if isinstance(object_, NamedNode) else None)


def passage_of(note: NamedNode, claim: Claim) -> Passage:
    """Describe the evidence of a raw claim, so that a decision about it finds it again."""
    evidence, likeness = claim.evidence, likeness_of(claim)
    return Passage(
        note,
        claim.subject,
        claim.predicate,
        claim.object,
        evidence.quote,
        evidence.before,
        evidence.after,
        evidence.number,
        likeness.extractor if likeness else "",
        likeness.cue if likeness else "",
        likeness.word if likeness else "",
    )


def claim_keys(note: NamedNode, claim: Claim) -> tuple[str, ...]:
    """Return the keys on whose effects a claim of a note depends, but for the note's own (`note_key`)."""
    keys = [passage_key(note, claim.subject, claim.predicate, claim.object, claim.evidence.quote)]
    likeness = likeness_of(claim)
    if likeness is not None:
        keys += [word_key(word) for word, _ in claim_words(claim)]
        keys.append(likeness_key(likeness))
    return tuple(dict.fromkeys(keys))


def claim_words(claim: Claim) -> tuple[tuple[str, NamedNode], ...]:
    """Return the normalised names in a claim that were linked, each with what it was linked to."""
    ends = [(claim.subject_text, claim.subject)]
    if isinstance(claim.object, NamedNode) and claim.predicate != RDF["type"]:
        ends.append((claim.object_text, claim.object))
    return tuple((normalise_name(text), entity) for text, entity in ends if text)


def _relative(term: Term, note: NamedNode) -> str:
    """Write a term; a note and what belongs to it as seen from the note. No IRI begins with a dot."""
    if isinstance(term, NamedNode):
        if term == note:
            return "."
        if term.value.startswith(f"{note.value}#"):
            return f".{term.value[len(note.value) :]}"
    return str(term)


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]
