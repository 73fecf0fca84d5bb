"""What the log says of items: which are answered already, and which were answered in two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kg.decisions import (
    Conflict,
    Decision,
    Likeness,
    Log,
    Merging,
    Naming,
    Pair,
    Passage,
    Prediction,
    Splitting,
    Target,
    Typing,
    Word,
)
from kg.decisions.keys import passage_key
from kg.iri import Minter
from kg.rdf import KG, OWL, RDF, Literal, NamedNode, Term

__all__ = ["Answered", "conflict_reason", "entities_in", "sentence_ids", "triple_of"]

_Triple = tuple[NamedNode | None, NamedNode | None, Term | None]


@dataclass(frozen=True, slots=True)
class Answered:
    """What needs no answer any more.

    Args:
        ids: evidence and refusals that were accepted, by IRI: those that were rejected are not in the graph.
        moved: the keys of what was accepted in notes that are gone; another note may say it now.
        alike: what was accepted with all like it: predicate, extractor, cue, and the class of a type.
        pairs: two entities that are one, or two. triples: what was predicted.
    """

    ids: frozenset[str]
    moved: frozenset[str]
    alike: frozenset[tuple[NamedNode, str, str, Term | None]]
    pairs: frozenset[frozenset[NamedNode]]
    triples: frozenset[tuple[NamedNode, NamedNode, Term]]

    @classmethod
    def by(cls, log: Log, minter: Minter, notes: Callable[[Iterable[NamedNode]], Iterable[NamedNode]]) -> Answered:
        """Return what the decisions in force answer.

        Args:
            notes: tells which of some notes are still there.
        """
        targets = [(decision.kind, decision.target) for decision in log.in_force()]
        accepted = [target for kind, target in targets if kind == "accept" and isinstance(target, Passage)]
        there = set(notes({passage.note for passage in accepted}))
        return cls(
            frozenset(iri.value for passage in accepted for iri in sentence_ids(passage, minter)),
            frozenset(
                passage_key(passage.note, passage.subject, passage.predicate, passage.object, passage.quote)
                for passage in accepted
                if passage.note not in there
            ),
            frozenset(
                (target.predicate, target.extractor, target.cue, target.entity)
                for kind, target in targets
                if kind == "accept" and isinstance(target, Likeness) and not target.word
            ),
            frozenset(frozenset((t.left, t.right)) for _, t in targets if isinstance(t, Pair)),
            frozenset((t.subject, t.predicate, t.object) for _, t in targets if isinstance(t, Prediction)),
        )


def sentence_ids(passage: Passage, minter: Minter) -> tuple[NamedNode, NamedNode]:
    """Return the IRIs that a passage has as evidence and as a refusal."""
    triple = (passage.subject, passage.predicate, passage.object)
    return tuple(  # type: ignore[return-value]
        mint(passage.note, triple, passage.quote, passage.number) for mint in (minter.evidence, minter.refusal)
    )


def triple_of(target: Target) -> _Triple:
    """Return what a decision is about as a triple, with None for what it leaves open."""
    match target:
        case Passage() | Prediction():
            return target.subject, target.predicate, target.object
        case Likeness():
            return None, target.predicate, target.entity
        case Word():
            return None, KG["mentions"], target.entity or Literal(target.word)
        case Pair():
            return target.left, OWL["sameAs"], target.right
        case Merging():
            return target.keep, OWL["sameAs"], target.other
        case Typing():
            return target.entity, RDF["type"], target.class_iri
        case Naming():
            return target.entity, KG["preferredName"], Literal(target.label)
        case Splitting():
            return target.entity, None, None
        case _:
            return None, None, None


def entities_in(target: Target) -> tuple[NamedNode, ...]:
    """Return the entities whose statements a decision changes; none where it is about one statement."""
    match target:
        case Pair() | Merging():
            ends = (target.left, target.right) if isinstance(target, Pair) else (target.keep, target.other)
            return ends
        case Typing() | Naming() | Splitting():
            return (target.entity,)
        case _:
            return ()


def conflict_reason(conflict: Conflict, label: Callable[[NamedNode], str]) -> str:
    """Say in words what contradicts what, and which of both holds."""
    earlier, later = (_words(decision, label) for decision in (conflict.earlier, conflict.later))
    quote = ""
    if isinstance(conflict.later.target, Passage):
        quote = f" of “{' '.join(conflict.later.target.quote.split())}”"
    return f"decided in two ways{quote}: {earlier}; then {later}, which holds. Undo one of them"


def _words(decision: Decision, label: Callable[[NamedNode], str]) -> str:
    target, said = decision.target, decision.kind
    match target:
        case Typing():
            what = f"{said} as {label(target.class_iri)}"
        case Naming():
            what = f"{said} to {target.label!r}"
        case Merging():
            what = f"{said} into {label(target.keep)}"
        case Likeness():
            what = f"{said} all like it"
        case _:
            what = said
    because = f", because {decision.reason}" if decision.reason else ""
    return f"{what} by {decision.author} on {decision.time}{because}"
