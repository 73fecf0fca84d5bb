"""A raw note as the decisions about its sentences, words and patterns leave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from kg.curation.raw import RawNote
from kg.decisions import NoteRules
from kg.extraction import Claim
from kg.iri import normalise_name
from kg.rdf import NamedNode

__all__ = ["Effect", "RuledNote", "ruled_note"]

Effect = Callable[[str], str | None]
"""Returns the effect in force of a key."""


@dataclass(frozen=True, slots=True)
class RuledNote:
    """What is left of a note's claims and labels, still with undecided IRIs.

    `split` are the IRIs that entities have in this note only. `effects` are those that its keys have, entities apart,
    and `applied` the decisions that changed something.
    """

    raw: RawNote
    claims: tuple[Claim, ...]
    labels: Mapping[NamedNode, frozenset[str]]
    split: Mapping[NamedNode, NamedNode] = field(default_factory=dict)
    effects: Mapping[str, str] = field(default_factory=dict)
    applied: frozenset[str] = frozenset()

    def own(self, iri: NamedNode) -> NamedNode:
        """Return the IRI of an entity in this note."""
        return self.split.get(iri, iri)


def ruled_note(raw: RawNote, effect: Effect) -> RuledNote:
    """Apply what is decided to a note's claims; each on its own."""
    rules = NoteRules(raw.note, raw.claims, effect)
    if not rules.effects:
        return RuledNote(raw, raw.claims, raw.labels)
    claims: list[Claim] = []
    applied = set(rules.split_decisions)
    for claim in raw.claims:
        ruling = rules.rule(claim)
        if ruling is None:
            claims.append(claim)
            continue
        applied.update(ruling.decisions)
        if not ruling.is_rejected:
            confidence = 1.0 if ruling.is_accepted else ruling.confidence
            evidence = replace(claim.evidence, confidence=confidence, reason=ruling.reason)
            claims.append(replace(claim, evidence=evidence, is_accepted=ruling.is_accepted))
    labels = _labels_left(raw, claims)
    return RuledNote(raw, tuple(claims), labels, rules.split, rules.effects, frozenset(applied))


def _labels_left(raw: RawNote, claims: Iterable[Claim]) -> dict[NamedNode, frozenset[str]]:
    """Return the labels without the words that stand for their entity in rejected claims only."""
    before, after = _words(raw.claims), _words(claims)
    left: dict[NamedNode, frozenset[str]] = {}
    for iri, names in raw.labels.items():
        gone = before.get(iri, set()) - after.get(iri, set())
        kept = frozenset(name for name in names if normalise_name(name) not in gone)
        if kept and (iri in after or iri not in before):
            left[iri] = kept
    return left


def _words(claims: Iterable[Claim]) -> dict[NamedNode, set[str]]:
    """Return the normalised words that stand for each entity."""
    found: dict[NamedNode, set[str]] = {}
    for claim in claims:
        found.setdefault(claim.subject, set()).add(normalise_name(claim.subject_text))
        if isinstance(claim.object, NamedNode):
            found.setdefault(claim.object, set()).add(normalise_name(claim.object_text))
    return found
