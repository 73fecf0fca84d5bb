"""The log of decisions: what was decided, in one order, which of it is in force, and where it contradicts itself."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg.decisions.fields import to_json
from kg.decisions.keys import likeness_key, passage_key, word_key
from kg.decisions.model import (
    Decision,
    Kind,
    Likeness,
    Merging,
    Naming,
    Pair,
    Passage,
    Prediction,
    Splitting,
    Target,
    Typing,
    Undoing,
    Word,
)
from kg.errors import InputError, NotFoundError
from kg.rdf import NamedNode

__all__ = ["Conflict", "Draft", "Log", "Merged", "pair_of", "subjects_of", "union"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that is to be made. `supersedes` are decisions it takes the place of, besides those `Log` finds."""

    kind: Kind
    target: Target
    reason: str = ""
    supersedes: tuple[NamedNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two decisions in force that contradict each other; the later holds until one of them is superseded or undone."""

    earlier: Decision
    later: Decision


@dataclass(frozen=True, slots=True)
class Merged:
    """The union of two logs: what was new to ours, in order, and the conflicts that it brought."""

    log: Log
    added: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]


class Log:
    """Decisions in order: by number, then time, then IRI; none twice. It never changes; `extend` gives another.

    Args:
        base: the home's base IRI. A decision's IRI is made of what it says, IRIs under the base counted from there:
            it has the same name in every home.
    """

    def __init__(self, base: str, decisions: Iterable[Decision] = ()) -> None:
        self.base = base
        self._keep({self.iri(decision): decision for decision in decisions})

    def _keep(self, named: Mapping[NamedNode, Decision]) -> None:
        order = sorted(named, key=lambda iri: (named[iri].number, named[iri].instant, iri.value))
        self._named = {iri: named[iri] for iri in order}
        self.decisions = tuple(self._named.values())

    def __iter__(self) -> Iterator[Decision]:
        """Yield the decisions in order."""
        return iter(self.decisions)

    def __len__(self) -> int:
        """Return how many decisions there are, those not in force among them."""
        return len(self.decisions)

    def __eq__(self, other: object) -> bool:
        """Tell whether two logs say the same under the same base."""
        return isinstance(other, Log) and (self.base, self.decisions) == (other.base, other.decisions)

    def __hash__(self) -> int:
        """Return a hash that equal logs share."""
        return hash((self.base, self.decisions))

    def iri(self, decision: Decision) -> NamedNode:
        """Return the name of a decision."""
        content = json.dumps(
            to_json(decision, self._relative), ensure_ascii=True, separators=(",", ":"), sort_keys=True
        )
        return NamedNode(f"{self.base}decision/{hashlib.sha256(content.encode()).hexdigest()[:20]}")

    def _relative(self, iri: NamedNode) -> str:
        """Write an IRI as seen from the base. No whole IRI begins with a dot."""
        return f"./{iri.value[len(self.base) :]}" if iri.value.startswith(self.base) else iri.value

    def get(self, iri: NamedNode) -> Decision | None:
        """Return the decision of a name, None if it is not in the log."""
        return self._named.get(iri)

    def items(self) -> Iterator[tuple[NamedNode, Decision]]:
        """Yield the decisions in order, each with its name."""
        return iter(self._named.items())

    def extend(self, decisions: Iterable[Decision]) -> Log:
        """Return a log that has these decisions too."""
        log = Log(self.base)
        log._keep(self._named | {self.iri(decision): decision for decision in decisions})
        return log

    def append(self, decision: Decision) -> Log:
        """Return a log that has one decision more."""
        return self.extend((decision,))

    # --- what holds

    @cached_property
    def _places(self) -> Mapping[NamedNode, int]:
        return {iri: place for place, iri in enumerate(self._named)}

    @cached_property
    def _undone(self) -> Mapping[NamedNode, NamedNode]:
        """Decisions that count no more, each with the undo that says so."""
        undoes = [(iri, d.target.decision) for iri, d in self._named.items() if isinstance(d.target, Undoing)]
        undone: set[NamedNode] = set()
        for iri, target in _last_first(undoes):
            if iri not in undone:
                undone.add(target)
        return {target: iri for iri, target in undoes if iri not in undone}

    def undone_by(self, iri: NamedNode) -> NamedNode | None:
        """Return the undo because of which a decision counts no more, None if it counts."""
        return self._undone.get(iri)

    @cached_property
    def _in_force(self) -> Mapping[NamedNode, Decision]:
        standing = {i: d for i, d in self._named.items() if i not in self._undone and d.kind != "undo"}
        out = {
            earlier
            for decision in standing.values()
            for earlier in decision.supersedes
            if earlier in standing and _takes_the_place(decision, standing[earlier])
        }
        return {iri: decision for iri, decision in standing.items() if iri not in out}

    def in_force(self) -> tuple[Decision, ...]:
        """Return the decisions that count, in order: not undone, nor superseded by one that is not undone.

        Undos are not among them. A split is superseded by a split of as much: a merge takes one pair out of it only.
        """
        return tuple(self._in_force.values())

    def is_in_force(self, iri: NamedNode) -> bool:
        """Tell whether a decision counts."""
        return iri in self._in_force

    @cached_property
    def _by_subject(self) -> Mapping[str, Sequence[NamedNode]]:
        """Decisions in force by what they are about, in order."""
        found: dict[str, list[NamedNode]] = defaultdict(list)
        for iri, decision in self._in_force.items():
            for subject in subjects_of(decision.target):
                found[subject].append(iri)
        return found

    @cached_property
    def _splits(self) -> Sequence[tuple[NamedNode, Splitting]]:
        return [(iri, d.target) for iri, d in self._in_force.items() if isinstance(d.target, Splitting)]

    def in_force_about(self, target: Target) -> tuple[NamedNode, ...]:
        """Return the decisions in force that are about the same thing as one about this target, in order.

        For a pair or a merge also the splits that part it; for a split also what joins its members.
        """
        found = {iri for subject in subjects_of(target) for iri in self._by_subject.get(subject, ())}
        pair = pair_of(target)
        if pair is not None:
            found |= {iri for iri, split in self._splits if not split.notes and pair <= set(split.members)}
        if isinstance(target, Splitting) and not target.notes:
            found |= set(self._joining(frozenset(target.members)))
            found |= {iri for iri, split in self._splits if _covers(target, split)}
        return tuple(sorted(found, key=self._places.__getitem__))

    @cached_property
    def _joins(self) -> Mapping[NamedNode, Sequence[tuple[NamedNode, frozenset[NamedNode]]]]:
        """What says that two entities are one, by either of them."""
        found: dict[NamedNode, list[tuple[NamedNode, frozenset[NamedNode]]]] = defaultdict(list)
        for iri, decision in self._in_force.items():
            pair = pair_of(decision.target)
            if pair is not None and decision.kind != "reject":
                for end in pair:
                    found[end].append((iri, pair))
        return found

    def _joining(self, members: frozenset[NamedNode]) -> Iterator[NamedNode]:
        for member in members:
            yield from (iri for iri, pair in self._joins.get(member, ()) if pair <= members)

    def conflicts(self) -> tuple[Conflict, ...]:
        """Return the decisions in force that contradict a later one whose maker did not see them, in order."""
        place = self._places
        found: set[tuple[NamedNode, NamedNode]] = set()
        for iris in self._by_subject.values():
            found |= {(iri, iris[-1]) for iri in iris[:-1] if _contradict(self._named[iri], self._named[iris[-1]])}
        for iri, split in self._splits:
            if not split.notes:
                joining = set(self._joining(frozenset(split.members)))
                found |= {(iri, other) if place[iri] < place[other] else (other, iri) for other in joining}
        unseen = [pair for pair in found if pair[0] not in self._named[pair[1]].supersedes]
        unseen.sort(key=lambda pair: (place[pair[1]], place[pair[0]]))
        return tuple(Conflict(self._named[earlier], self._named[later]) for earlier, later in unseen)

    def about(self, iri: NamedNode) -> tuple[Decision, ...]:
        """Return all decisions that name an entity, a note, a class or a decision, in order."""
        return tuple(decision for decision in self.decisions if iri in _named_in(decision.target))

    # --- what is to be decided

    def record(self, drafts: Sequence[Draft], author: str, time: str) -> tuple[Decision, ...]:
        """Make decisions, one after the other, on top of this log; `extend` puts them into one.

        Each supersedes the decisions in force about the same thing, the drafts before it among them.

        Raises:
            NotFoundError: what is to be undone is not in the log.
            InputError: it is undone already; a draft is none.
        """
        number = max((decision.number for decision in self.decisions), default=0)
        log = self
        made: list[Decision] = []
        waiting: set[str] = set()  # what the drafts that are not in `log` yet are about
        for draft in drafts:
            number += 1
            if _looks_for(draft.target) & waiting:
                log, waiting = log.extend(made), set()
            if isinstance(draft.target, Undoing):
                _check_undo(log, draft.target.decision)
            supersedes = {*draft.supersedes, *log.in_force_about(draft.target)}
            decision = Decision(draft.kind, draft.target, author, time, number, draft.reason, tuple(supersedes))
            made.append(decision)
            waiting |= {_kind_of_pair(draft.target), *subjects_of(draft.target), self.iri(decision).value}
        return tuple(made)


def union(ours: Log, theirs: Log) -> Merged:
    """Return a log of all decisions of both; both have the same base."""
    if ours.base != theirs.base:
        raise ValueError(f"logs under {ours.base} and {theirs.base}: read one under the base of the other")
    known = set(ours.conflicts())
    log = ours.extend(theirs.decisions)
    added = tuple(decision for iri, decision in log.items() if ours.get(iri) is None)
    return Merged(log, added, tuple(conflict for conflict in log.conflicts() if conflict not in known))


def subjects_of(target: Target) -> tuple[str, ...]:
    """Return texts that decisions about one thing share, whatever they say of it: one, or one for each note."""
    match target:
        case Passage():
            key = passage_key(target.note, target.subject, target.predicate, target.object, target.quote)
            return (f"{key} {target.number} {target.note.value}",)
        case Likeness():
            return (likeness_key(target),)
        case Word():
            return (f"{word_key(target.word)} {target.entity}",)
        case Pair() | Merging():
            return (f"pair {' '.join(sorted(iri.value for iri in pair_of(target) or ()))}",)
        case Prediction():
            return (f"triple {target.subject} {target.predicate} {target.object}",)
        case Typing():
            return (f"class {target.entity.value}",)
        case Naming():
            return (f"name {target.entity.value}",)
        case Splitting(entity, members, notes):
            return tuple(f"split {entity.value} {part}" for part in (notes or (members,)))
        case Undoing():
            return (f"undo {target.decision.value}",)


def pair_of(target: Target) -> frozenset[NamedNode] | None:
    """Return the two entities that a decision joins or parts."""
    if isinstance(target, Pair):
        return frozenset((target.left, target.right))
    return frozenset((target.keep, target.other)) if isinstance(target, Merging) else None


def _contradict(one: Decision, other: Decision) -> bool:
    """Tell whether two decisions about one thing say different things of it."""
    match one.target, other.target:
        case (Typing() | Naming() | Splitting(), _) | (Merging(), Merging()):
            return one.target != other.target
        case _:
            return (one.kind == "reject") != (other.kind == "reject")


def _takes_the_place(later: Decision, earlier: Decision) -> bool:
    """Tell whether a decision that supersedes another leaves nothing of it: a part of a split may stay."""
    if not isinstance(earlier.target, Splitting):
        return True
    return isinstance(later.target, Splitting) and _covers(later.target, earlier.target)


def _covers(wide: Splitting, narrow: Splitting) -> bool:
    if narrow.notes:
        return wide.entity == narrow.entity and set(narrow.notes) <= set(wide.notes)
    return not wide.notes and set(narrow.members) <= set(wide.members)


def _last_first(undoes: list[tuple[NamedNode, NamedNode]]) -> Iterator[tuple[NamedNode, NamedNode]]:
    """Yield undos so that each comes after all that undo it: names are hashes, so none is behind itself."""
    by_target: dict[NamedNode, list[NamedNode]] = defaultdict(list)
    target_of = dict(undoes)
    for iri, target in undoes:
        by_target[target].append(iri)
    waiting = {iri: len(by_target[iri]) for iri in target_of}
    ready = [iri for iri, count in waiting.items() if count == 0]
    while ready:
        iri = ready.pop()
        yield iri, target_of[iri]
        target = target_of[iri]
        if target in waiting:
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)


def _kind_of_pair(target: Target) -> str:
    """Return whether a target is a pair, or many at once."""
    return "split" if isinstance(target, Splitting) else "pair" if pair_of(target) is not None else ""


def _looks_for(target: Target) -> set[str]:
    """Return what must be in the log before it can be said what a decision about a target supersedes."""
    found = set(subjects_of(target))
    if isinstance(target, Undoing):
        found.add(target.decision.value)
    elif _kind_of_pair(target):
        found |= {"split", "pair"} if isinstance(target, Splitting) else {"split"}
    return found


def _check_undo(log: Log, iri: NamedNode) -> None:
    if log.get(iri) is None:
        raise NotFoundError("decision", iri.value)
    undo = log.undone_by(iri)
    if undo is not None:
        raise InputError(f"{iri.value} is undone already by {undo.value}; undo that to bring it back")


def _named_in(target: Target) -> set[NamedNode]:
    """Return the IRIs that a target names."""
    found: set[NamedNode] = set()
    for name in type(target).__slots__:
        value = getattr(target, name)
        if isinstance(value, NamedNode):
            found.add(value)
        elif isinstance(value, tuple):
            found.update(value)
    return found
