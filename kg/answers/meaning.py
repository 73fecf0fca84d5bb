"""What a question asks, as values: conditions on things, and what is wanted of the things that meet them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal as OneOf

from kg.rdf import NamedNode

__all__ = [
    "Condition",
    "Form",
    "Holds",
    "IsA",
    "Kind",
    "Meaning",
    "Moment",
    "Named",
    "Relation",
    "Slot",
    "Variable",
    "moved",
]

Form = OneOf["which", "count", "whether", "first", "last", "kind"]
"""What is wanted: the things, their number, whether it holds, the one with the first or last date, of what class."""

Kind = OneOf["", "agent", "person", "place", "date"]
"""What `who`, `which people`, `where` and `when` ask for; empty for anything."""


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that is asked for, or that links two conditions; its number is its place in the question."""

    number: int


@dataclass(frozen=True, slots=True)
class Named:
    """What a name in the question stands for: what is written from `start` to `end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as far as it is said: `2019`, `2019-05`, `2019-05-02`, and which side of it is meant.

    `is`: no date, but another value, in lower case. `until` is the last date of a time `since` another, empty for none.
    """

    text: str
    side: OneOf["in", "before", "after", "since", "is"] = "in"
    until: str = ""


Slot = Variable | Named | Moment


@dataclass(frozen=True, slots=True)
class Relation:
    """A property as a phrase of the question says it; `cost` grows with how far the phrase is from its label."""

    predicate: NamedNode
    phrase: str
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Holds:
    """Two things are in a relation."""

    subject: Slot
    relation: Relation
    object: Slot


@dataclass(frozen=True, slots=True)
class IsA:
    """A thing is of a class; `word` is the name of something narrower that the question says, empty for the class."""

    term: Slot
    class_iri: NamedNode
    word: str = ""


Condition = Holds | IsA


@dataclass(frozen=True, slots=True)
class Meaning:
    """One way to understand a question.

    Attributes:
        target: what is asked for; None where only whether it holds is.
        kind: what the target must be by the question word alone.
        cost: 0 for the plainest way, larger for ways that are less likely meant.
        order: what gives the date that `first` and `last` go by.
    """

    form: Form
    target: Slot | None
    conditions: tuple[Condition, ...]
    kind: Kind = ""
    cost: float = 0.0
    order: Variable | None = None

    def __post_init__(self) -> None:
        """Keep each condition once."""
        object.__setattr__(self, "conditions", tuple(dict.fromkeys(self.conditions)))

    def with_cost(self, more: float) -> Meaning:
        """Return the same, less likely by `more`."""
        return replace(self, cost=self.cost + more)


def moved(conditions: tuple[Condition, ...], old: Slot, new: Slot) -> tuple[Condition, ...]:
    """Return conditions with another thing in the place of one."""

    def put(term: Slot) -> Slot:
        return new if term == old else term

    return tuple(
        Holds(put(each.subject), each.relation, put(each.object))
        if isinstance(each, Holds)
        else IsA(put(each.term), each.class_iri, each.word)
        for each in conditions
    )
