"""A decision and what it is about: frozen values with undecided IRIs, in one form whoever writes them.

Undecided IRIs are those that extraction and linking give, before anything is merged, split or retyped. What has no
order (a pair, the members of a split) is kept in IRI order, and terms are canonical: equal decisions are equal values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal as OneOf
from typing import get_args

from kg.errors import InputError
from kg.rdf import XSD, Literal, NamedNode, Term, canonical

__all__ = [
    "KINDS",
    "Author",
    "Decision",
    "Kind",
    "Likeness",
    "Merging",
    "Naming",
    "Pair",
    "Passage",
    "Prediction",
    "Splitting",
    "Target",
    "Typing",
    "Undoing",
    "Word",
]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
"""xsd:dateTime with a zone, without the years that other libraries cannot hold."""

Kind = OneOf["accept", "reject", "retype", "rename", "merge", "split", "undo"]


def _set(value: object, name: str, content: object) -> None:
    """Put a field of a value that is being made into its one form."""
    object.__setattr__(value, name, content)


def _in_order(iris: tuple[NamedNode, ...]) -> tuple[NamedNode, ...]:
    return tuple(sorted(set(iris), key=lambda iri: iri.value))


@dataclass(frozen=True, slots=True)
class Likeness:
    """All that one thing in the ontology finds: a trigger or pattern (`cue`) of an extractor, for one predicate.

    `extractor` is its name without its version. Of a mention, `word` is the normalised name and `entity` what it
    was linked to; of a type found in text, `entity` is the class; of all others they are empty.
    """

    predicate: NamedNode
    extractor: str
    cue: str = ""
    word: str = ""
    entity: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """One evidence or refusal, described so that it is found again (W3C Web Annotation, TextQuoteSelector).

    `number`, `before` and `after` are those of the evidence. `extractor`, `cue` and `word` say what found it, as
    `Likeness` has them; empty for what a note states.
    """

    note: NamedNode
    subject: NamedNode
    predicate: NamedNode
    object: Term
    quote: str
    before: str = ""
    after: str = ""
    number: int = 1
    extractor: str = ""
    cue: str = ""
    word: str = ""

    def __post_init__(self) -> None:
        """Raise InputError for an object that cannot be found again."""
        _set(self, "object", _lasting(self.object))


@dataclass(frozen=True, slots=True)
class Word:
    """A normalised name that is not to be linked: to an entity, or to anything if that is None."""

    word: str
    entity: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entities that are one thing (accept), or two (reject)."""

    left: NamedNode
    right: NamedNode

    def __post_init__(self) -> None:
        """Raise InputError if both are the same."""
        _refuse_equal(self.left, self.right)
        left, right = _in_order((self.left, self.right))
        _set(self, "left", left)
        _set(self, "right", right)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A triple that was predicted; two IRIs that may be one are a `Pair`."""

    subject: NamedNode
    predicate: NamedNode
    object: Term

    def __post_init__(self) -> None:
        """Raise InputError for an object that cannot be found again."""
        _set(self, "object", _lasting(self.object))


@dataclass(frozen=True, slots=True)
class Typing:
    """The class that an entity has, whatever notes say."""

    entity: NamedNode
    class_iri: NamedNode


@dataclass(frozen=True, slots=True)
class Naming:
    """The name that an entity is shown by."""

    entity: NamedNode
    label: str

    def __post_init__(self) -> None:
        """Raise InputError for a name without a character."""
        if not self.label.strip():
            raise InputError(f"an empty name for {self.entity.value}: a name has at least one character")


@dataclass(frozen=True, slots=True)
class Merging:
    """Two entities that are one thing, of which `keep` is the IRI that stands for both."""

    keep: NamedNode
    other: NamedNode

    def __post_init__(self) -> None:
        """Raise InputError if both are the same."""
        _refuse_equal(self.keep, self.other)


@dataclass(frozen=True, slots=True)
class Splitting:
    """An entity that is several.

    With `members` and no `notes`: any two of `members`, which were one, are two. Else `entity`, and each member,
    has another IRI in each of `notes`: one of its own in each, or one in all of them if `is_together`. The note
    that describes it keeps it.
    """

    entity: NamedNode
    members: tuple[NamedNode, ...] = ()
    notes: tuple[NamedNode, ...] = ()
    is_together: bool = False

    def __post_init__(self) -> None:
        """Raise InputError if there is nothing to part."""
        _set(self, "members", _in_order(self.members))
        _set(self, "notes", _in_order(self.notes))
        if not self.notes and len(self.members) < 2:
            raise InputError(f"{self.entity.value} cannot be split: nothing was merged into it and no note is named")


@dataclass(frozen=True, slots=True)
class Undoing:
    """A decision that is to count no more; of an undo, one that counts again."""

    decision: NamedNode


Target = Passage | Likeness | Word | Pair | Prediction | Typing | Naming | Merging | Splitting | Undoing

KINDS: Mapping[Kind, tuple[type[Target], ...]] = {
    "accept": (Passage, Likeness, Pair, Prediction),
    "reject": (Passage, Likeness, Word, Pair, Prediction),
    "retype": (Typing,),
    "rename": (Naming,),
    "merge": (Merging,),
    "split": (Splitting,),
    "undo": (Undoing,),
}
"""What each kind of decision may be about."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides, and when: an xsd:dateTime with a zone."""

    name: str
    time: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided.

    `number` is one more than the greatest that its maker knew (a Lamport clock), so logs of two homes have one
    order. `supersedes` are the decisions in force that its maker saw and that this one takes the place of. `time` is
    an xsd:dateTime with a zone. Its IRI is `Log.iri`.
    """

    kind: Kind
    target: Target
    author: str
    time: str
    number: int
    reason: str = ""
    supersedes: tuple[NamedNode, ...] = ()

    def __post_init__(self) -> None:
        """Raise InputError for a target that the kind does not have, no author, or a time without a zone."""
        if self.kind not in get_args(Kind):
            raise InputError(f"no decision is called {self.kind!r}: {', '.join(get_args(Kind))}")
        if not isinstance(self.target, KINDS[self.kind]):
            wanted = " or ".join(cls.__name__.lower() for cls in KINDS[self.kind])
            raise InputError(f"{self.kind} of a {type(self.target).__name__.lower()}: it is about a {wanted}")
        if not self.author.strip():
            raise InputError("a decision needs an author")
        if self.number < 1:
            raise InputError(f"decision number {self.number}: numbers count from 1")
        _set(self, "time", _zoned(self.time))
        _set(self, "supersedes", _in_order(self.supersedes))

    @property
    def instant(self) -> datetime:
        """Return when it was made."""
        return datetime.fromisoformat(self.time)


def _refuse_equal(one: NamedNode, other: NamedNode) -> None:
    if one == other:
        raise InputError(f"{one.value} with itself: two different entities are needed")


def _lasting(object_: Term) -> Term:
    if not isinstance(object_, NamedNode | Literal):
        raise InputError(f"no decision can be about {object_}: the object of a statement is an IRI or a literal")
    return canonical(object_)


def _zoned(time: str) -> str:
    """Return a time in its canonical form."""
    written = canonical(Literal(time, datatype=XSD["dateTime"]))
    assert isinstance(written, Literal)
    try:
        if _TIME.fullmatch(written.value) is not None and datetime.fromisoformat(written.value).tzinfo is not None:
            return written.value
    except ValueError:
        pass
    raise InputError(f"{time!r} is no time of a decision: write date, time and zone, as in 2026-01-31T12:00:00Z")
