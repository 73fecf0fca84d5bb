"""What reading an English question is made of: the small words, noun phrases, and what is said of something."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.answers.lexicon import Phrase
from kg.answers.meaning import Condition, Holds, Kind, Slot

BE = frozenset("is are was were 's be been being".split())
DO = frozenset("does do did can could will would has have had".split())
HAVE = frozenset("has have had got".split())
AUX = BE | DO
DETERMINERS = frozenset("a an the any some all every each".split())
EVERY = frozenset("all every each everyone everybody everything".split())
"""What is said of them holds of each, which no row of a query tells."""
WHO = frozenset("who whom".split())
THAT = frozenset("that which who whom".split())
SEND = (("list",), ("name",), ("show",), ("give",), ("find",), ("tell",), ("what", "are"), ("which", "are"))
PEOPLE = frozenset("people person".split())
ANYONE = frozenset("anyone anybody someone somebody everyone everybody those".split())
ANYTHING = frozenset("things thing anything something everything".split())
FIRST = frozenset("first earliest oldest soonest".split())
LAST = frozenset("last latest newest youngest".split())
SIDES = {"before": "before", "after": "after", "since": "since", "in": "in", "on": "in", "during": "in"}
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
FILLERS = frozenset("please currently actually exactly now also both ever there then really here together".split())
NEGATIONS = frozenset(
    "not n't never no without cannot nobody nothing none isn't doesn't don't aren't wasn't didn't weren't hasn't "
    "haven't won't can't except".split()
)
RELATIVE = frozenset("today yesterday tomorrow tonight ago recently lately".split())
RELATIVE_PAIRS = (
    frozenset("last next this past previous coming".split()),
    frozenset("year month week day quarter".split()),
)
"""They say when by the day of asking, which is not known to those who read an answer later."""
MODALS = frozenset("can could will would may might should shall must".split())
"""They ask for what may or will be; notes say what is."""
POLITE = frozenset("can could will would".split())
MOST_READINGS = 400
MOST_STEPS = 4_000
MOST_JOINED = 6
PLACE_PREPOSITIONS = frozenset("in at from on".split())


@dataclass(frozen=True, slots=True)
class Part:
    """A noun phrase: what stands for it, the conditions on it, and what it costs."""

    term: Slot
    conditions: tuple[Condition, ...] = ()
    cost: float = 0.0
    kind: Kind = ""
    is_asked: bool = False
    is_bare: bool = False  # it says nothing but a class

    def plus(self, *more: Condition, cost: float = 0.0) -> Part:
        """Return the same with more conditions, which cost something."""
        return Part(self.term, (*self.conditions, *more), self.cost + cost, self.kind, self.is_asked)


Found = tuple[Part, int]
"""A noun phrase and the place of the word after it."""
Said = tuple[tuple[Condition, ...], float, int]
"""What is said of something, what that costs, and the place of the word after it."""


def holds_of(phrase: Phrase, subject: Slot, object_: Slot) -> Holds:
    """Return that a phrase is said of a subject and an object, as they stand beside it."""
    return Holds(object_, phrase.relation, subject) if phrase.swapped else Holds(subject, phrase.relation, object_)


def shape_of(conditions: tuple[Condition, ...]) -> list[object]:
    """Return what is the same where one thing is said of several."""
    return [each.relation if isinstance(each, Holds) else each.class_iri for each in conditions]


def terms_of(conditions: tuple[Condition, ...]) -> list[Slot]:
    """Return what stands in some conditions, each once."""
    found: dict[Slot, None] = {}
    for each in conditions:
        for term in (each.subject, each.object) if isinstance(each, Holds) else (each.term,):
            found[term] = None
    return list(found)


def conditions_of(parts: tuple[Part, ...]) -> tuple[Condition, ...]:
    """Return the conditions of several noun phrases."""
    return tuple(condition for part in parts for condition in part.conditions)
