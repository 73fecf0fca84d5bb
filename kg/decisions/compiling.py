"""What the decisions in force come to: effects by key for the notes, and what is said beside them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kg.decisions.keys import likeness_key, likeness_of, note_key, passage_key, word_key
from kg.decisions.log import Log, pair_of, subjects_of
from kg.decisions.model import (
    Decision,
    Likeness,
    Merging,
    Naming,
    Passage,
    Prediction,
    Splitting,
    Typing,
    Word,
)
from kg.rdf import NamedNode, Term
from kg.resolution import Decided

__all__ = ["Ruling", "compile_ruling", "parting"]

Triple = tuple[NamedNode, NamedNode, Term]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the log in force says, for one set of notes.

    Attributes:
        effects: by key, a text that says completely what holds for the key; those of entities are made elsewhere.
        decided: what resolution needs to know.
        classes: by undecided IRI, the class that was decided last, with the decision.
        names: by undecided IRI, the name that was decided last, with the decision.
        asserted: predictions that were accepted, in the order of the decisions. rejected: those that were rejected.
    """

    effects: Mapping[str, str]
    decided: Decided
    classes: Mapping[NamedNode, tuple[NamedNode, str]]
    names: Mapping[NamedNode, tuple[str, str]]
    asserted: tuple[Triple, ...] = ()
    rejected: tuple[Triple, ...] = ()


def compile_ruling(log: Log, notes: AbstractSet[str]) -> Ruling:
    """Say what the decisions in force come to; of several about one thing the last holds.

    Args:
        notes: the IRIs of the notes there are. A decision about a passage of one that is gone holds for any note
            that says the same in the same words.
    """
    found = _last_of_each(log)
    classes: dict[NamedNode, tuple[NamedNode, str]] = {}
    names: dict[NamedNode, tuple[str, str]] = {}
    predictions: dict[str, list[Triple]] = {"accept": [], "reject": []}
    for iri, decision in found.values():
        match decision.target:
            case Typing(entity, class_iri):
                classes[entity] = (class_iri, iri)
            case Naming(entity, label):
                names[entity] = (label, iri)
            case Prediction(subject, predicate, object_):
                predictions[decision.kind].append((subject, predicate, object_))
    effects = {**_passages(found, notes), **_words(found), **_alike(found), **_split_notes(log)}
    return Ruling(
        {key: json.dumps(effect, ensure_ascii=False, separators=(",", ":")) for key, effect in sorted(effects.items())},
        _decided(log),
        classes,
        names,
        tuple(predictions["accept"]),
        tuple(predictions["reject"]),
    )


_Found = Mapping[str, tuple[str, Decision]]


def _last_of_each(log: Log) -> _Found:
    """Return by subject the last decision in force, with its IRI, in the order of the log."""
    found: dict[str, tuple[str, Decision]] = {}
    for iri, decision in log.items():
        if log.is_in_force(iri):
            for subject in subjects_of(decision.target):
                found.pop(subject, None)
                found[subject] = (iri.value, decision)
    return found


def _passages(found: _Found, notes: AbstractSet[str]) -> dict[str, object]:
    """Return for each passage the decisions about it, as `PassageRule` has them, in their order."""
    effects: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for iri, decision in found.values():
        target = decision.target
        if isinstance(target, Passage):
            key = passage_key(target.note, target.subject, target.predicate, target.object, target.quote)
            note = target.note.value if target.note.value in notes else ""
            effects[key].append((note, target.before, target.after, target.number, decision.kind, iri))
    return dict(effects)


def _words(found: _Found) -> dict[str, object]:
    """Return for each name the entities it is not to be linked to, each with its decision; none stands for any."""
    effects: dict[str, dict[str, str]] = defaultdict(dict)
    for iri, decision in found.values():
        if isinstance(decision.target, Word):
            entity = decision.target.entity
            effects[word_key(decision.target.word)][entity.value if entity is not None else ""] = iri
    return {key: dict(sorted(forbidden.items())) for key, forbidden in effects.items()}


def _alike(found: _Found) -> dict[str, object]:
    """Return for each likeness how many of it were accepted and rejected, and what was said of all of it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    of_all: dict[str, tuple[str, str]] = {}
    for iri, decision in found.values():
        if isinstance(decision.target, Likeness):
            of_all[likeness_key(decision.target)] = (decision.kind, iri)
        elif isinstance(decision.target, Passage):
            likeness = likeness_of(decision.target)
            if likeness is not None:
                counts[likeness_key(likeness)][f"{decision.kind}ed"] += 1
    return {
        key: {name: counts[key][name] for name in ("accepted", "rejected")}
        | ({"all": of_all[key]} if key in of_all else {})
        for key in counts.keys() | of_all
    }


# --- splits and pairs


def _split_notes(log: Log) -> dict[str, object]:
    """Return for each note the IRIs that entities have there only, each with the decision that says so."""
    parted: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for iri, decision in log.items():
        if isinstance(decision.target, Splitting) and log.is_in_force(iri):
            for note, own in _own_iris(decision.target, log.base):
                for entity in {decision.target.entity, *decision.target.members}:
                    if not entity.value.startswith(f"{note.value}#"):
                        parted[note_key(note)][entity.value] = (own.value, iri.value)
    return {key: _followed(each) for key, each in parted.items()}


def _own_iris(split: Splitting, base: str) -> Iterator[tuple[NamedNode, NamedNode]]:
    """Yield the notes of a split, each with the IRI that the entity gets there."""
    for note in split.notes:
        parts = split.notes if split.is_together else (note,)
        content = "\x1f".join(sorted(part.value.removeprefix(base) for part in parts))
        yield note, NamedNode(f"{split.entity.value}~{hashlib.sha256(content.encode()).hexdigest()[:12]}")


def _followed(parted: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return where each IRI ends, if what it became was split again."""
    found = {}
    for entity in sorted(parted):
        own, decision = parted[entity]
        seen = {entity}
        while own in parted and own not in seen:
            seen.add(own)
            own, decision = parted[own]
        found[entity] = (own, decision)
    return found


_Pair = frozenset[NamedNode]


def _decided(log: Log) -> Decided:
    """Return what is one and what is two: of decisions about a pair the last holds, a split among them."""
    said: dict[_Pair, tuple[int, bool]] = {}
    groups: list[tuple[int, frozenset[NamedNode]]] = []
    keepers: list[tuple[NamedNode, NamedNode]] = []
    for place, decision in enumerate(log.in_force()):
        pair = pair_of(decision.target)
        if pair is not None:
            said[pair] = (place, decision.kind != "reject")
        if isinstance(decision.target, Merging):
            keepers.append((decision.target.keep, decision.target.other))
        if isinstance(decision.target, Splitting):
            groups += [(place, group) for group in _apart(decision.target, log.base)]
    of: dict[NamedNode, set[int]] = defaultdict(set)
    for number, (_, group) in enumerate(groups):
        for iri in group:
            of[iri].add(number)
    same: set[_Pair] = set()
    joined_again: dict[int, set[_Pair]] = defaultdict(set)
    for pair, (place, is_one) in said.items():
        if is_one:
            left, right = pair
            both = of[left] & of[right] if left in of and right in of else set()
            if all(groups[number][0] < place for number in both):
                same.add(pair)
                for number in both:
                    joined_again[number].add(pair)
    apart = {pair for pair, (_, is_one) in said.items() if not is_one}
    parted: list[frozenset[NamedNode]] = []
    for number, (_, group) in enumerate(groups):
        again = joined_again.get(number, set())
        ends = frozenset().union(*again)
        parted += [(group - ends) | {iri} for iri in sorted(ends, key=lambda iri: iri.value)] if ends else [group]
        apart |= {frozenset((a, b)) for a in ends for b in ends if a != b} - again
    return Decided(
        frozenset(same),
        frozenset(apart),
        tuple(group for group in parted if len(group) > 1),
        tuple(keeper for keeper in keepers if frozenset(keeper) in same),
    )


def parting(
    log: Log, merging: Merging, ours: AbstractSet[NamedNode], theirs: AbstractSet[NamedNode]
) -> tuple[NamedNode, ...]:
    """Return the decisions in force because of which two clusters stay two in spite of a merge, in order.

    Args:
        ours: what is one with `merging.keep`, itself among it; theirs: what is one with `merging.other`.
    """
    said: dict[_Pair, tuple[NamedNode, bool]] = {}
    for iri, decision in log.items():
        if not log.is_in_force(iri):
            continue
        pair = pair_of(decision.target)
        if pair is not None and pair & ours and pair & theirs:
            said[pair] = (iri, decision.kind == "reject")
        if isinstance(decision.target, Splitting):
            for group in _apart(decision.target, log.base):
                said |= {frozenset((a, b)): (iri, True) for a in group & ours for b in group & theirs if a != b}
    said.pop(frozenset((merging.keep, merging.other)), None)
    found = {iri for iri, is_parting in said.values() if is_parting}
    return tuple(iri for iri, _ in log.items() if iri in found)


def _apart(split: Splitting, base: str) -> Iterator[frozenset[NamedNode]]:
    """Yield the groups of entities of which a split says that any two are two."""
    if not split.notes:
        yield frozenset(split.members)
        return
    own = {iri for _, iri in _own_iris(split, base)}
    for entity in sorted({split.entity, *split.members}, key=lambda iri: iri.value):
        yield frozenset({entity, *own})
