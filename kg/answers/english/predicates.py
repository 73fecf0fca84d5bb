"""What English sentences say of things: verbs with their objects, passives, `is a`, `is in`, `has a`."""

from __future__ import annotations

from collections.abc import Iterator

from kg.answers.english.nouns import Nouns
from kg.answers.english.parts import (
    AUX,
    BE,
    DATE,
    HAVE,
    MOST_STEPS,
    PLACE_PREPOSITIONS,
    SIDES,
    THAT,
    Part,
    Said,
    conditions_of,
    holds_of,
    shape_of,
)
from kg.answers.english.words import Words
from kg.answers.lexicon import Phrase
from kg.answers.meaning import Condition, Holds, Moment, Named, Slot, Variable
from kg.answers.words import FUNCTION_WORDS, is_participle

__all__ = ["Predicates"]


class Predicates:
    """Reads what is said of things; each method yields what it can read from a word on, and where that ends."""

    def __init__(self, words: Words, nouns: Nouns) -> None:
        self._words = words
        self._nouns = nouns
        self._steps = 0

    def predicates(self, subject: Slot, at: int, after_be: bool = False) -> Iterator[Said]:
        """Yield what is said of a subject: one verb with its objects, or several joined by `and`."""
        for conditions, cost, end in self._predicate(subject, at, after_be):
            yield conditions, cost, end
            if self._words.text(end) in ("and", ","):
                start = end + 1 if self._words.text(end + 1) != "and" else end + 2
                if self._words.has(start, THAT):
                    start += 1
                for more, further, last in self.predicates(subject, start, after_be):
                    yield (*conditions, *more), cost + further, last

    def _predicate(self, subject: Slot, at: int, after_be: bool) -> Iterator[Said]:
        self._steps += 1
        start, is_being = at, after_be
        if self._steps > MOST_STEPS:
            return
        while self._words.has(start, AUX) and start < at + 3:
            is_being = is_being or self._words.has(start, BE)
            start += 1
        yield from self._with_object(subject, start)
        if is_being:
            yield from self._passive(subject, start)
            yield from self._is_of_class(subject, start)
            yield from self._is_somewhere(subject, start)
            yield from self._is_so(subject, start)
        if start > at and self._words.has(start - 1, HAVE):
            yield from self._has(subject, start)

    def _with_object(self, subject: Slot, at: int) -> Iterator[Said]:
        first = at
        while self._words.has(first, frozenset(("a", "an", "the"))):
            first += 1
        for phrase, after in self._words.phrases(first):
            for objects, end in self._nouns.subjects(after):
                if any(isinstance(part.term, Moment) for part in objects) and len(objects) > 1:
                    continue
                holds = tuple(holds_of(phrase, subject, part.term) for part in objects)
                cost = phrase.relation.cost + sum(part.cost for part in objects)
                yield (*conditions_of(objects), *holds), cost, end
        for phrase, after in self._words.phrases(first, drop=PLACE_PREPOSITIONS):
            side = SIDES.get(self._words.text(after))
            if side is not None and self._is_date(after + 1):
                moment = Moment(self._words.text(after + 1), side)  # type: ignore[arg-type]
                yield (holds_of(phrase, subject, moment),), phrase.relation.cost, after + 2
            is_span = (self._words.text(after), self._words.text(after + 2)) in (("between", "and"), ("from", "to"))
            if is_span and self._is_date(after + 1) and self._is_date(after + 3):
                moment = Moment(self._words.text(after + 1), "since", self._words.text(after + 3))
                yield (holds_of(phrase, subject, moment),), phrase.relation.cost, after + 4

    def _is_date(self, at: int) -> bool:
        return DATE.fullmatch(self._words.text(at)) is not None

    def _passive(self, subject: Slot, at: int) -> Iterator[Said]:
        """`is used by X`: the phrase is active in the ontology."""
        if not is_participle(self._words.text(at)):
            return
        for phrase, after in self._words.phrases(at):
            if self._words.text(after) == "by":
                for objects, end in self._nouns.subjects(after + 1):
                    holds = tuple(holds_of(phrase, part.term, subject) for part in objects)
                    yield (*conditions_of(objects), *holds), phrase.relation.cost + sum(p.cost for p in objects), end

    def _is_of_class(self, subject: Slot, at: int) -> Iterator[Said]:
        start = at
        while self._words.has(start, frozenset(("a", "an"))):
            start += 1
        for condition, cost, after in self._words.classes(start, subject):
            yield (condition,), cost, after
            head = Part(subject, (condition,), cost)
            for part, end in self._nouns.narrowed(head, after):
                yield part.conditions, part.cost, end

    def _is_somewhere(self, subject: Slot, at: int) -> Iterator[Said]:
        if self._words.text(at) in ("in", "at"):
            for part, end in self._nouns.nouns(at + 1):
                if isinstance(part.term, Named | Variable):
                    for relation in self._words.places(self._words.text(at) == "at"):
                        holds = Holds(subject, relation, part.term)
                        yield (*part.conditions, holds), part.cost + relation.cost + 0.1, end

    def _is_so(self, subject: Slot, at: int) -> Iterator[Said]:
        """`is archived`: one of the values that notes give in words."""
        if at < self._words.end and self._words.text(at) not in FUNCTION_WORDS and not self._words.named(at):
            for relation in self._words.values_of(self._words.text(at)):
                holds = Holds(subject, relation, Moment(self._words.text(at), "is"))
                yield (holds,), relation.cost, at + 1

    def _has(self, subject: Slot, at: int) -> Iterator[Said]:
        start = at
        while self._words.has(start, frozenset(("a", "an", "the"))):
            start += 1
        for phrase, after in self._words.nouns(start):
            if after < self._words.end and not self._words.named(after):
                value = Moment(" ".join(token.text for token in self._words.tokens[after:]), "is")
                yield (Holds(subject, phrase.relation, value),), phrase.relation.cost + 0.1, self._words.end
            for part, end in self._nouns.nouns(after):
                yield (
                    (*part.conditions, Holds(subject, phrase.relation, part.term)),
                    phrase.relation.cost + part.cost,
                    end,
                )

    def gapped(self, subject: tuple[Part, ...], asked: Part, at: int, is_being: bool, dropped: str) -> Iterator[Said]:
        """What is said of a subject where the object stands elsewhere: `does X use`, `is X written in`.

        Args:
            dropped: the preposition that stands before the question word.
        """
        start = at
        while self._words.has(start, frozenset(("been", "be", "have", "has", "had", "is", "are", "was", "were"))):
            is_being, start = True, start + 1
        drop = frozenset((dropped,)) if dropped else frozenset()
        if asked.kind in ("place", "date"):
            drop |= PLACE_PREPOSITIONS
        if not dropped:
            for phrase, after in self._words.phrases(start):
                yield self._relating(subject, phrase, asked.term), phrase.relation.cost, after
        if drop:
            for phrase, after in self._words.phrases(start, drop=drop):
                if phrase.preposition or asked.kind:
                    more = 0.2 if phrase.preposition == "on" and asked.kind == "place" else 0.02
                    yield self._relating(subject, phrase, asked.term), phrase.relation.cost + more, after
        if is_being and is_participle(self._words.text(start)):
            for phrase, after in self._words.phrases(start):
                if phrase.words[-1] == "by":
                    continue
                if self._words.text(after) == "by" or dropped == "by":
                    end = after if dropped == "by" else after + 1
                    holds = tuple(holds_of(phrase, asked.term, part.term) for part in subject)
                    yield holds, phrase.relation.cost, end

    def _relating(self, subject: tuple[Part, ...], phrase: Phrase, asked: Slot) -> tuple[Condition, ...]:
        return tuple(holds_of(phrase, part.term, asked) for part in subject)

    def all_of(self, said: list[list[Said]]) -> Iterator[Said]:
        """Yield what is said of several subjects in the same words."""
        if len(said) == 1:
            yield from said[0]
            return
        for first in said[0]:
            conditions, cost, end = first
            others = [
                [each for each in group if each[2] == end and shape_of(each[0]) == shape_of(conditions)]
                for group in said[1:]
            ]
            if all(others):
                yield (*conditions, *(c for group in others for c in group[0][0])), cost, end
