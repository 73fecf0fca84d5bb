"""Whole English questions: what is asked for, and what is said of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from kg.answers.english.nouns import Nouns
from kg.answers.english.parts import (
    AUX,
    BE,
    DETERMINERS,
    DO,
    FILLERS,
    FIRST,
    HAVE,
    LAST,
    MODALS,
    MOST_READINGS,
    NEGATIONS,
    PLACE_PREPOSITIONS,
    POLITE,
    RELATIVE,
    RELATIVE_PAIRS,
    SEND,
    Part,
    conditions_of,
    terms_of,
)
from kg.answers.english.predicates import Predicates
from kg.answers.english.words import Words
from kg.answers.meaning import Condition, Form, Holds, Meaning, Named, Variable, moved
from kg.answers.words import PREPOSITIONS

__all__ = ["read_english"]

_NEGATED = "It asks for what is not so; notes say what is. Ask for that, and compare."
_MODAL = "It asks for what may be, or will; notes say what is. Ask for that."
_RELATIVE = "It asks for a time by the day of asking. Give the year, the month or the day: 2025, 2025-03, March 2025."
_OF_EACH = "It asks for what is so of each of several; notes say it of one. Ask which ones, and compare."


def read_english(words: Words) -> list[Meaning]:
    """Return the meanings of a question, the likeliest first; none where no reading has a use for every word."""
    words.drop(FILLERS)
    words.join_dates()
    if words.has(0, POLITE) and words.text(1) == "you":  # `could you tell me`
        words.begin_at(2)
    if any(token.text in NEGATIONS or token.text.endswith("n't") for token in words.tokens):
        words.unsaid = _NEGATED
    elif any(token.text in MODALS for token in words.outside_names()):
        words.unsaid = _MODAL
    elif _is_relative(words):
        words.unsaid = _RELATIVE
    if words.unsaid:
        return []
    found = itertools.islice(_Questions(words).questions(), MOST_READINGS)
    best: dict[tuple[object, ...], Meaning] = {}
    for each in found:
        if any(term != each.target for term in terms_of(each.conditions) if words.is_asked(term)):
            continue  # it asks for two things
        if any(term != each.target for term in terms_of(each.conditions) if term in words.each):
            words.unsaid = _OF_EACH
            continue
        key = (each.form, each.target, frozenset(each.conditions), each.kind, each.order)
        if key not in best or each.cost < best[key].cost:
            best[key] = each
    return sorted(best.values(), key=lambda each: (each.cost, repr(each.conditions)))


def _is_relative(words: Words) -> bool:
    found = words.outside_names()
    pairs = itertools.pairwise(token.text for token in found)
    before, after = RELATIVE_PAIRS
    return any(token.text in RELATIVE for token in found) or any(a in before and b in after for a, b in pairs)


class _Questions:
    """Reads the words of one question; each method yields the meanings that it can read."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._nouns = Nouns(words)
        self._nouns.saying = self._predicates = Predicates(words, self._nouns)

    def questions(self) -> Iterator[Meaning]:
        """Yield the meanings of the whole question."""
        for at in self._openings():
            yield from self._asked_subject(at)
            yield from self._asked_object(at)
            yield from self._within(at)
            yield from self._whose(at)
            yield from self._asked_noun(at)
            yield from self._number(at)
            yield from self._whether(at)
            yield from self._noun_alone(at)

    def _openings(self) -> Iterator[int]:
        """Yield where the question may begin: at once, and after `tell me`."""
        yield 0
        for opening in SEND:
            if tuple(token.text for token in self._words.tokens[: len(opening)]) == opening:
                at = len(opening)
                while self._words.has(at, frozenset(("me", "us"))):
                    at += 1
                yield at
                while self._words.has(at, DETERMINERS):
                    at += 1
                yield at

    def _asked_subject(self, at: int) -> Iterator[Meaning]:
        """`who uses X`, `which tools are written in Rust`."""
        for asked, after in self._nouns.asked(at):
            for conditions, cost, end in self._predicates.predicates(asked.term, after):
                if end == self._words.end:
                    yield self._which(asked, conditions, cost)
                elif end == self._words.end - 1 and (self._words.has(end, FIRST) or self._words.has(end, LAST)):
                    yield from self._extreme(asked, conditions, cost, self._words.has(end, FIRST))
            yield from self._dated(asked, after)

    def _asked_object(self, at: int) -> Iterator[Meaning]:
        """`what does X use`, `in which language is X written`, `where does X live`, `when was X founded`."""
        for _, asked, after, dropped in self._with_preposition(at):
            if not self._words.has(after, AUX):
                continue
            is_being = self._words.has(after, BE)
            for subject, then in self._nouns.subjects(after + 1):
                for conditions, cost, end in self._predicates.gapped(subject, asked, then, is_being, dropped):
                    if end == self._words.end:
                        yield self._which(asked, (*conditions_of(subject), *conditions), cost + subject[0].cost)
        yield from self._owned(at)

    def _within(self, at: int) -> Iterator[Meaning]:
        """`in which city is X`, `which country is X in`."""
        for _, asked, after, dropped in self._with_preposition(at):
            if not self._words.has(after, BE) or (not asked.conditions and not dropped):
                continue
            for part, end in self._nouns.nouns(after + 1):
                is_at_end = end == self._words.end and dropped in PLACE_PREPOSITIONS
                if is_at_end or (
                    end == self._words.end - 1 and not dropped and self._words.has(end, PLACE_PREPOSITIONS)
                ):
                    for relation in self._words.places():
                        holds = Holds(part.term, relation, asked.term)
                        conditions = (*asked.conditions, *part.conditions, holds)
                        yield Meaning("which", asked.term, conditions, cost=part.cost + relation.cost + 0.02)

    def _whose(self, at: int) -> Iterator[Meaning]:
        """`whose advisor is X`."""
        if self._words.text(at) == "whose":
            for phrase, after in self._words.nouns(at + 1):
                for part, end in self._nouns.nouns(after + 1) if self._words.has(after, BE) else ():
                    if end == self._words.end:
                        holds = Holds(Variable(at), phrase.relation, part.term)
                        cost = part.cost + phrase.relation.cost
                        yield Meaning("which", Variable(at), (*part.conditions, holds), cost=cost)

    def _owned(self, at: int) -> Iterator[Meaning]:
        """`which licence does X have`, `what version is X`."""
        if not self._words.has(at, frozenset(("what", "which"))):
            return
        for phrase, after in self._words.nouns(at + 1):
            if not self._words.has(after, AUX):
                continue
            for part, then in self._nouns.nouns(after + 1):
                is_having = self._words.has(then, HAVE | frozenset(("use",))) and then + 1 == self._words.end
                if is_having or (self._words.has(after, BE) and then == self._words.end):
                    target = Variable(at)
                    holds = Holds(part.term, phrase.relation, target)
                    yield Meaning("which", target, (*part.conditions, holds), cost=part.cost + phrase.relation.cost)

    def _with_preposition(self, at: int) -> Iterator[tuple[int, Part, int, str]]:
        for asked, after in self._nouns.asked(at):
            yield at, asked, after, ""
        if at < self._words.end and self._words.text(at) in PREPOSITIONS:
            for asked, after in self._nouns.asked(at + 1):
                yield at, asked, after, self._words.text(at)

    def _asked_noun(self, at: int) -> Iterator[Meaning]:
        """`who is the creator of X`, `what is X's licence`, `where is X`, `what is X`."""
        for asked, after in self._nouns.asked(at):
            if not self._words.has(after, BE):
                continue
            for part, end in self._nouns.nouns(after + 1):
                if end == self._words.end:
                    yield from self._identified(asked, part)

    def _identified(self, asked: Part, part: Part) -> Iterator[Meaning]:
        if asked.kind == "place" and isinstance(part.term, Named | Variable):
            for relation in self._words.places():
                holds = Holds(part.term, relation, asked.term)
                cost = part.cost + relation.cost + 0.05
                yield Meaning("which", asked.term, (*part.conditions, holds), "place", cost)
        if isinstance(part.term, Variable) and not part.is_bare:
            conditions = (*part.conditions, *(moved(asked.conditions, asked.term, part.term)))
            yield Meaning("which", part.term, conditions, part.kind or asked.kind, asked.cost + part.cost)
        elif isinstance(part.term, Named) and asked.kind in ("", "agent") and not asked.conditions:
            yield Meaning("kind", part.term, part.conditions, cost=part.cost + 0.2)

    def _number(self, at: int) -> Iterator[Meaning]:
        """`how many people work for X`, `how many tools does X use`, `how many employees does X have`."""
        if self._words.text(at) != "how" or self._words.text(at + 1) != "many":
            return
        for counted, after in self._nouns.counted(at + 2):
            for conditions, cost, end in self._predicates.predicates(counted.term, after):
                if end == self._words.end:
                    yield self._counting(counted, conditions, cost)
            if after == self._words.end or (self._words.has(after, BE) and after + 1 == self._words.end):
                yield self._counting(counted, (), 0.0)
            if self._words.has(after, AUX):
                for subject, then in self._nouns.subjects(after + 1):
                    for conditions, cost, end in self._predicates.gapped(
                        subject, counted, then, self._words.has(after, BE), ""
                    ):
                        if end == self._words.end:
                            yield self._counting(
                                counted, (*conditions_of(subject), *conditions), cost + subject[0].cost
                            )
        for phrase, after in self._words.nouns(at + 2):
            if self._words.has(after, DO):
                for part, then in self._nouns.nouns(after + 1):
                    if self._words.has(then, HAVE) and then + 1 == self._words.end:
                        holds = Holds(part.term, phrase.relation, Variable(at))
                        cost = part.cost + phrase.relation.cost
                        yield Meaning("count", Variable(at), (*part.conditions, holds), cost=cost)

    def _counting(self, counted: Part, conditions: tuple[Condition, ...], cost: float) -> Meaning:
        return Meaning("count", counted.term, (*counted.conditions, *conditions), counted.kind, counted.cost + cost)

    def _whether(self, at: int) -> Iterator[Meaning]:
        """`does X use Y`, `is X written in Y`, `is X a company`, `is X the creator of Y`."""
        if not self._words.has(at, AUX):
            return
        is_being = self._words.has(at, BE)
        for subject, after in self._nouns.subjects(at + 1):
            if any(part.is_asked for part in subject):
                continue
            said = [list(self._predicates.predicates(part.term, after, is_being)) for part in subject]
            for conditions, cost, end in self._predicates.all_of(said):
                if end == self._words.end:
                    whole = cost + sum(part.cost for part in subject)
                    yield Meaning("whether", None, (*conditions_of(subject), *conditions), cost=whole)
            if is_being and len(subject) == 1:
                yield from self._same(subject[0], after)

    def _same(self, subject: Part, at: int) -> Iterator[Meaning]:
        """`is X the creator of Y`: the noun phrase after the subject names the subject."""
        for part, end in self._nouns.nouns(at):
            if end == self._words.end and isinstance(part.term, Variable) and not part.is_asked:
                conditions = (*subject.conditions, *moved(part.conditions, part.term, subject.term))
                if conditions:
                    yield Meaning("whether", None, conditions, cost=subject.cost + part.cost)

    def _noun_alone(self, at: int) -> Iterator[Meaning]:
        """`the creator of X`, `tools written in Rust`, `the oldest paper`."""
        for part, end in self._nouns.nouns(at):
            if end == self._words.end and isinstance(part.term, Variable) and not part.is_bare:
                yield Meaning("which", part.term, part.conditions, part.kind, part.cost + 0.1)
        for subject, after in self._nouns.subjects(at):
            said = [list(self._predicates.predicates(part.term, after)) for part in subject]
            for conditions, cost, end in self._predicates.all_of(said):
                asked = [term for term in terms_of(conditions) if self._words.is_asked(term)]
                if end == self._words.end and len(asked) == 1:  # `X was founded by whom`
                    kind = self._words.kind_of(asked[0])
                    yield Meaning("which", asked[0], (*conditions_of(subject), *conditions), kind, cost + 0.1)

    def _which(self, asked: Part, conditions: tuple[Condition, ...], cost: float) -> Meaning:
        return Meaning("which", asked.term, (*asked.conditions, *conditions), asked.kind, asked.cost + cost)

    def _extreme(
        self, asked: Part, conditions: tuple[Condition, ...], cost: float, is_first: bool
    ) -> Iterator[Meaning]:
        dates = [each.object for each in conditions if isinstance(each, Holds) and isinstance(each.object, Variable)]
        if len(dates) == 1 and isinstance(dates[0], Variable):
            form: Form = "first" if is_first else "last"
            everything = (*asked.conditions, *conditions)
            yield Meaning(form, asked.term, everything, asked.kind, asked.cost + cost, dates[0])

    def _dated(self, asked: Part, at: int) -> Iterator[Meaning]:
        """`which paper was published first`, `which project is due last`."""
        start = at + 1 if self._words.has(at, BE) else at
        for phrase, after in self._words.phrases(start, drop=PLACE_PREPOSITIONS):
            if after == self._words.end - 1 and (self._words.has(after, FIRST) or self._words.has(after, LAST)):
                date = Variable(after)
                holds = Holds(asked.term, phrase.relation, date)
                yield from self._extreme(asked, (holds,), phrase.relation.cost, self._words.has(after, FIRST))
