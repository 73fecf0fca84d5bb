"""Which items there are, of each kind, and what deciding each of them would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from kg.config import ReviewSettings
from kg.decisions import Conflict, Log
from kg.decisions import Likeness as Pattern
from kg.decisions.keys import passage_key
from kg.graph import KnowledgeGraph
from kg.rdf import OWL, NamedNode
from kg.review.decided import Answered, conflict_reason, entities_in, triple_of
from kg.review.impact import Candidate, doubt
from kg.review.item import BY_CONFIDENCE, ItemKind
from kg.review.reading import (
    Found,
    Guess,
    Likeness,
    count_alike,
    count_statements,
    read_guesses,
    read_low,
    read_names,
    read_refusals,
    read_statements,
    which_are_notes,
)

__all__ = ["candidates"]

_BY_DECISION = "type: decided"
"""How a reason begins that a decision gave: that is answered."""


def candidates(
    graph: KnowledgeGraph, log: Log, settings: ReviewSettings, kinds: Collection[ItemKind]
) -> list[Candidate]:
    """Return all that waits for a decision, in no order."""
    answered = Answered.by(log, graph.minter, lambda notes: which_are_notes(graph, notes))
    low = _low(graph, answered, settings.below) if "confidence" in kinds else []
    refused = _refused(graph, answered) if "quarantine" in kinds else []
    alike = count_alike(graph, {each.likeness for each in (*low, *refused) if each.likeness is not None})
    found = [*_low_candidates(low, alike, settings.below), *_refused_candidates(refused, alike)]
    if "resolution" in kinds or "prediction" in kinds:
        found += _guessed(graph, answered, kinds)
    if "conflict" in kinds:
        found += _contradicting(graph, log.conflicts())
    return found


def _low(graph: KnowledgeGraph, answered: Answered, below: float) -> list[Found]:
    low = (found for found in read_low(graph, below) if found.likeness not in answered.alike)
    return _unanswered(graph, answered, low)


def _low_candidates(low: Iterable[Found], alike: Mapping[Likeness, int], below: float) -> Iterator[Candidate]:
    for found in low:
        reason = found.reason or f"confidence {found.confidence:g} is below {below:g}"
        others = _others(found, alike)
        yield Candidate(
            found.id.value, "confidence", found.confidence, doubt(found.confidence), 1, others, found.likeness,
            reason=reason,
        )  # fmt: skip


def _others(found: Found, alike: Mapping[Likeness, int]) -> int:
    return max(alike[found.likeness] - 1, 0) if found.likeness is not None else 0


def _refused(graph: KnowledgeGraph, answered: Answered) -> list[Found]:
    return _unanswered(graph, answered, (f for f in read_refusals(graph) if not f.reason.startswith(_BY_DECISION)))


def _refused_candidates(refused: Iterable[Found], alike: Mapping[Likeness, int]) -> Iterator[Candidate]:
    """Yield what the gate refused; what only another class would let in is alike where the reason is the same."""
    refused = list(refused)
    same_reason = Counter(found.reason for found in refused)
    for found in refused:
        if found.reason.startswith(BY_CONFIDENCE):
            pattern: object = found.likeness
            others, open_ = _others(found, alike), doubt(found.confidence)
        else:
            pattern, others = found.reason, same_reason[found.reason] - 1
            # The ontology says the contrary of what the note says: that halves what the note is worth.
            open_ = doubt(found.confidence / 2)
        yield Candidate(found.id.value, "quarantine", found.confidence, open_, 1, others, pattern, reason=found.reason)


def _unanswered(graph: KnowledgeGraph, answered: Answered, found: Iterable[Found]) -> list[Found]:
    left = [each for each in found if each.id.value not in answered.ids]
    if not answered.moved:
        return left
    said = read_statements(graph, (each.id for each in left))
    moved = {
        id_
        for id_, (triple, sentence) in said.items()
        if passage_key(NamedNode(sentence.note), *triple, sentence.quote) in answered.moved
    }
    return [each for each in left if each.id.value not in moved]


def _guessed(graph: KnowledgeGraph, answered: Answered, kinds: Collection[ItemKind]) -> Iterator[Candidate]:
    waiting = [guess for guess in read_guesses(graph) if not _is_answered(guess, answered)]
    pairs = [guess for guess in waiting if _is_pair(guess)]
    counts = count_statements(graph, {end for guess in pairs for end in _ends(guess)}) if pairs else {}
    for guess in waiting:
        if _is_pair(guess) and "resolution" in kinds:
            # One of both keeps its IRI; which one is the resolver's affair, so the fewer are counted.
            renamed = min(counts.get(end, 0) for end in _ends(guess))
            yield Candidate(
                guess.id.value, "resolution", guess.score, doubt(guess.score), 1, renamed,
                triple=guess.triple, reason=guess.reason,
            )  # fmt: skip
        elif not _is_pair(guess) and "prediction" in kinds:
            yield Candidate(
                guess.id.value, "prediction", guess.score, doubt(guess.score), triple=guess.triple, reason=guess.reason
            )  # fmt: skip


def _is_pair(guess: Guess) -> bool:
    return guess.triple[1] == OWL["sameAs"] and isinstance(guess.triple[2], NamedNode)


def _ends(guess: Guess) -> tuple[NamedNode, NamedNode]:
    subject, _, object_ = guess.triple
    assert isinstance(object_, NamedNode)
    return subject, object_


def _is_answered(guess: Guess, answered: Answered) -> bool:
    return guess.triple in answered.triples or (_is_pair(guess) and frozenset(_ends(guess)) in answered.pairs)


def _contradicting(graph: KnowledgeGraph, conflicts: tuple[Conflict, ...]) -> Iterator[Candidate]:
    """Yield what was decided in two ways; of that nothing is known but that somebody is wrong."""
    targets = [conflict.later.target for conflict in conflicts]
    touched = {iri for target in targets for iri in entities_in(target)}
    statements = count_statements(graph, touched) if touched else {}
    patterns = {_pattern(target) for target in targets if isinstance(target, Pattern)}
    alike = count_alike(graph, patterns) if patterns else {}
    names = read_names(graph, touched | {iri for t in targets for iri in triple_of(t) if isinstance(iri, NamedNode)})
    log = Log(graph.minter.base)
    for conflict in conflicts:
        target = conflict.later.target
        counts = [statements.get(iri, 0) for iri in entities_in(target)]
        others = alike[_pattern(target)] if isinstance(target, Pattern) else min(counts, default=0)
        both = (log.iri(conflict.earlier).value, log.iri(conflict.later).value)
        yield Candidate(
            both[1], "conflict", None, 1.0, 1, others,
            triple=triple_of(target),
            reason=conflict_reason(conflict, lambda iri: names.get(iri) or graph.ontology.label(iri)),
            decisions=both,
        )  # fmt: skip


def _pattern(target: Pattern) -> Likeness:
    return target.predicate, target.extractor, target.cue, target.entity
