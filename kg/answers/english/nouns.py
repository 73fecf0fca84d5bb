"""English noun phrases: names, classes, nouns of properties, and what restricts them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Protocol

from kg.answers.english.parts import (
    ANYONE,
    ANYTHING,
    DATE,
    DETERMINERS,
    EVERY,
    MOST_JOINED,
    MOST_READINGS,
    PEOPLE,
    THAT,
    WHO,
    Found,
    Part,
    Said,
    conditions_of,
    holds_of,
)
from kg.answers.english.words import Words
from kg.answers.meaning import Holds, IsA, Kind, Moment, Slot, Variable
from kg.answers.words import is_participle

__all__ = ["Nouns", "Saying"]


class Saying(Protocol):
    """Reads what is said of things, as `kg.answers.english.predicates` does."""

    def predicates(self, subject: Slot, at: int, after_be: bool = False) -> Iterator[Said]:
        """Yield what is said of a subject."""
        ...

    def gapped(self, subject: tuple[Part, ...], asked: Part, at: int, is_being: bool, dropped: str) -> Iterator[Said]:
        """Yield what is said of a subject where the object stands elsewhere."""
        ...


class Nouns:
    """Reads noun phrases; each method yields what it can read from a word on, and where that ends.

    `saying` is set by whoever makes both: phrases hold sentences, which hold phrases.
    """

    saying: Saying

    def __init__(self, words: Words) -> None:
        self._words = words
        self._parts: dict[int, list[Found]] = {}
        self._reading: set[int] = set()

    def nouns(self, at: int) -> Iterator[Found]:
        """Yield the noun phrases that begin somewhere."""
        if at >= self._words.end:
            return
        if at not in self._parts:
            if at in self._reading:  # a phrase that would begin with itself
                return
            self._reading.add(at)
            self._parts[at] = list(itertools.islice(self._read_nouns(at), MOST_READINGS))
            self._reading.discard(at)
        yield from self._parts[at]

    def _read_nouns(self, at: int) -> Iterator[Found]:
        pending = list(self._simple_nouns(at))
        while pending:
            part, after = pending.pop(0)
            yield part, after
            if self._words.text(after) in ("'s", "'"):
                pending.extend(self._of_owner(part, after + 1))

    def subjects(self, at: int, joined: int = 1) -> Iterator[tuple[tuple[Part, ...], int]]:
        """Yield one noun phrase, or several that are joined by `and`."""
        for part, after in self.nouns(at):
            yield (part,), after
            if self._words.text(after) == "and" and joined < MOST_JOINED:
                for others, end in self.subjects(after + 1, joined + 1):
                    yield (part, *others), end

    def asked(self, at: int) -> Iterator[Found]:
        """A question word, with what it asks for: `who`, `what`, `which tools`, `where`, `when`, `what year`."""
        text = self._words.text(at)
        term = Variable(at)
        kind: Kind | None = (
            "agent" if text in WHO else "place" if text == "where" else "date" if text == "when" else None
        )
        if kind is not None:
            self._words.asked_at[at] = kind
            yield Part(term, kind=kind, is_asked=True, is_bare=True), at + 1
        elif text in ("what", "which"):
            self._words.asked_at[at] = "person" if self._words.has(at + 1, PEOPLE) else ""
            if text == "what":
                yield Part(term, is_asked=True, is_bare=True), at + 1
            if self._words.text(at + 1) in ("year", "date", "day", "month"):
                yield Part(term, kind="date", is_asked=True, is_bare=True), at + 2
            if self._words.text(at + 1) in PEOPLE:
                yield Part(term, kind="person", is_asked=True, is_bare=True), at + 2
            start = at + 1
            while self._words.has(start, frozenset(("kind", "kinds", "type", "types", "of"))):
                start += 1
            for condition, cost, after in self._words.classes(start, term):
                yield Part(term, (condition,), cost, is_asked=True, is_bare=True), after

    def counted(self, at: int) -> Iterator[Found]:
        """Yield what can be counted: a class, `people`, `things`."""
        term = Variable(at)
        if self._words.has(at, PEOPLE):
            yield Part(term, kind="person", is_bare=True), at + 1
        if self._words.has(at, ANYONE):
            yield Part(term, kind="agent", is_bare=True), at + 1
        if self._words.has(at, ANYTHING):
            yield Part(term, is_bare=True), at + 1
        for condition, cost, after in self._words.classes(at, term):
            yield Part(term, (condition,), cost, is_bare=True), after

    def _of_owner(self, owner: Part, at: int) -> Iterator[Found]:
        for phrase, after in self._words.nouns(at):
            holds = Holds(owner.term, phrase.relation, Variable(at))
            yield Part(Variable(at), (*owner.conditions, holds), owner.cost + phrase.relation.cost), after
        for phrase, after in self._words.phrases(at, drop=frozenset(("of",))):  # `X's founder`
            if phrase.preposition == "of":
                holds = holds_of(phrase, Variable(at), owner.term)
                yield Part(Variable(at), (*owner.conditions, holds), owner.cost + phrase.relation.cost + 0.1), after

    def _simple_nouns(self, at: int) -> Iterator[Found]:
        start = at
        while self._words.has(start, DETERMINERS):
            start += 1
        if any(self._words.has(place, EVERY) for place in range(at, start + 1)):
            self._words.each.add(Variable(start))
        yield from self._named(start)
        if start < self._words.end and DATE.fullmatch(self._words.text(start)):
            yield Part(Moment(self._words.text(start))), start + 1
        if start == at:
            yield from ((part, after) for part, after in self.asked(at))
        yield from self._noun_of(start)
        for head, after in self.counted(start):
            yield head, after
            yield from self.narrowed(head, after)

    def _named(self, at: int) -> Iterator[Found]:
        for named, after in self._words.named(at):
            yield Part(named), after
            for condition, cost, end in self._words.classes(after, named):
                yield Part(named, (condition,), cost + 0.1), end
        for condition, cost, after in self._words.classes(at, Variable(at)):
            for named, end in self._words.named(after):
                if isinstance(condition, IsA):
                    yield Part(named, (IsA(named, condition.class_iri),), cost + 0.1), end

    def _noun_of(self, at: int) -> Iterator[Found]:
        """`author of X`, `the creator of X`."""
        for phrase, after in self._words.nouns(at):
            if self._words.text(after) in ("of", "for"):
                for part, end in self.nouns(after + 1):
                    holds = Holds(part.term, phrase.relation, Variable(at))
                    yield Part(Variable(at), (*part.conditions, holds), part.cost + phrase.relation.cost), end
        for phrase, after in self._words.phrases(at):
            if phrase.preposition in ("of", "for", "to", "in"):
                for part, end in self.nouns(after):
                    holds = holds_of(phrase, Variable(at), part.term)
                    yield Part(Variable(at), (*part.conditions, holds), part.cost + phrase.relation.cost + 0.05), end
        for relation, after in self._words.unknown_nouns(at):
            if self._words.text(after) in ("of", "for"):
                for part, end in self.nouns(after + 1):
                    holds = Holds(part.term, relation, Variable(at))
                    yield Part(Variable(at), (*part.conditions, holds), part.cost + relation.cost), end

    def narrowed(self, head: Part, at: int) -> Iterator[Found]:
        """Yield a noun with what restricts it: `that uses X`, `written in Rust`, `that X depends on`, `in Norway`."""
        start = at + 1 if self._words.has(at, THAT) else at
        for conditions, cost, end in self.saying.predicates(head.term, start):
            if start > at or self._is_reduced(start):
                yield head.plus(*conditions, cost=cost), end
        for conditions, cost, end in self.saying.predicates(head.term, at, True):
            if start == at:
                yield head.plus(*conditions, cost=cost + 0.05), end
        for subject, then in self.subjects(start):
            if any(part.is_asked for part in subject):
                continue
            for conditions, cost, end in self.saying.gapped(subject, head, then, False, ""):
                yield head.plus(*conditions_of(subject), *conditions, cost=cost + subject[0].cost), end

    def _is_reduced(self, at: int) -> bool:
        text = self._words.text(at)
        return text.endswith("ing") or is_participle(text)
