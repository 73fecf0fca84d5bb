"""How the claims of one note are judged, by the effects of its keys alone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kg.decisions.keys import claim_words, likeness_key, likeness_of, note_key, passage_key, word_key
from kg.extraction import Claim
from kg.rdf import NamedNode

__all__ = ["ClaimRule", "NoteRules", "PassageRule", "adjusted"]

_WEIGHT = 4
"""How many judgements of its like an extractor's own confidence weighs as much as."""


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """What decisions say of one claim.

    `confidence` is the claim's after what was accepted and rejected alike, and `reason` says in words what was
    decided. `decisions` are those about the claim, or about all like it; not those about others like it.
    """

    is_accepted: bool
    is_rejected: bool
    confidence: float
    reason: str
    decisions: tuple[str, ...]


class PassageRule(NamedTuple):
    """One decision about a passage, as an effect holds it; `note` is empty where it holds for any note."""

    note: str
    before: str
    after: str
    number: int
    kind: str
    decision: str


class NoteRules:
    """What decisions say of the claims of one note.

    Args:
        claims: all of the note, with undecided IRIs: equal quotes share the decisions about them out among themselves.
        effect: returns the effect in force of a key.

    Attributes:
        effects: the effects that the keys of the note and its claims have, those of entities apart.
        split: the IRIs that entities have in this note only. split_decisions: the decisions that gave them.
    """

    def __init__(self, note: NamedNode, claims: Iterable[Claim], effect: Callable[[str], str | None]) -> None:
        self._note, self._effect = note, effect
        self.effects: dict[str, str] = {}
        passages: dict[str, dict[int, Claim]] = defaultdict(dict)
        for claim in claims:
            key = self._passage_key(claim)
            if self._look_up(key) is not None:
                passages[key].setdefault(claim.evidence.number, claim)
            likeness = likeness_of(claim)
            if likeness is not None:
                self._look_up(likeness_key(likeness))
                for word, _ in claim_words(claim):
                    self._look_up(word_key(word))
        self._passages = {
            (key, number): rule
            for key, places in passages.items()
            for number, rule in _shared_out(_passage_rules(self.effects[key], note), places).items()
        }
        parted = json.loads(self._look_up(note_key(note)) or "{}")
        self.split = {NamedNode(iri): NamedNode(own) for iri, (own, _) in parted.items()}
        self.split_decisions = tuple(sorted({decision for _, decision in parted.values()}))

    def _passage_key(self, claim: Claim) -> str:
        return passage_key(self._note, claim.subject, claim.predicate, claim.object, claim.evidence.quote)

    def _look_up(self, key: str) -> str | None:
        text = self._effect(key)
        if text is not None:
            self.effects[key] = text
        return text

    def rule(self, claim: Claim) -> ClaimRule | None:
        """Return what is decided of a claim, None if nothing is.

        What was said of its passage comes first, then of its words, then of all like it; what a note states is
        judged by its passage alone.
        """
        confidence = claim.evidence.confidence
        passage = self._passages.get((self._passage_key(claim), claim.evidence.number))
        if passage is not None:
            return _verdict(passage.kind, confidence, f"{passage.kind}ed by a decision", (passage.decision,))
        likeness = likeness_of(claim)
        if likeness is None:
            return None
        for word, entity in claim_words(claim):
            decision = _word_decision(self.effects.get(word_key(word)), entity)
            if decision is not None:
                return _verdict("reject", confidence, f"{word!r} is not to be linked", (decision,))
        effect = self.effects.get(likeness_key(likeness))
        if effect is None:
            return None
        alike = json.loads(effect)
        if "all" in alike:
            kind, decision = alike["all"]
            return _verdict(kind, confidence, f"{kind}ed by a decision, with all like it", (decision,))
        moved, reason = adjusted(confidence, effect)
        return ClaimRule(False, False, moved, reason, ())


def adjusted(confidence: float, effect: str | None) -> tuple[float, str]:
    """Return a confidence after what was accepted and rejected alike, and how it came to be; empty if it did not move.

    It is the mean of `accepted` ones, `rejected` noughts and the extractor's own word, which counts four times.
    """
    alike = json.loads(effect) if effect is not None else {}
    accepted, rejected = alike.get("accepted", 0), alike.get("rejected", 0)
    if not accepted and not rejected:
        return confidence, ""
    moved = round((_WEIGHT * confidence + accepted) / (_WEIGHT + accepted + rejected), 4)
    return moved, f"{confidence:g} became {moved:g}: alike, {accepted} accepted and {rejected} rejected"


def _verdict(kind: str, confidence: float, reason: str, decisions: tuple[str, ...]) -> ClaimRule:
    return ClaimRule(kind == "accept", kind == "reject", confidence, reason, decisions)


def _word_decision(effect: str | None, entity: NamedNode) -> str | None:
    """Return the decision that forbids to link a word to an entity."""
    forbidden = json.loads(effect) if effect is not None else {}
    return forbidden.get("") or forbidden.get(entity.value)


def _passage_rules(effect: str, note: NamedNode) -> list[PassageRule]:
    """Return the decisions of an effect that hold for a note: its own first, then the latest first."""
    rules = [PassageRule(*row) for row in json.loads(effect)]
    own = [rule for rule in rules if rule.note == note.value]
    return [*reversed(own), *reversed([rule for rule in rules if not rule.note])]


def _shared_out(rules: Sequence[PassageRule], places: Mapping[int, Claim]) -> dict[int, PassageRule]:
    """Give each decision the place it is about, each place one decision.

    The one with the same text at both sides, else at one side, else of the same number; of several the nearest.
    """
    given: dict[int, PassageRule] = {}
    waiting = list(rules)
    for wanted in (3, 2, 1):
        left = []
        for rule in waiting:
            free = [number for number, claim in places.items() if number not in given and _fit(rule, claim) >= wanted]
            if free:
                given[min(free, key=lambda number: (abs(number - rule.number), number))] = rule
            else:
                left.append(rule)
        waiting = left
    return given


def _fit(rule: PassageRule, claim: Claim) -> int:
    """Return 3 where both sides are equal, 2 for one side, 1 for the number alone, 0 for none of it."""
    evidence = claim.evidence
    sides = (rule.before == evidence.before) + (rule.after == evidence.after)
    return sides + 1 if sides else int(rule.number == evidence.number)
