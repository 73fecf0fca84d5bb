"""Whole Chinese questions: what is asked for, and what is said of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from kg.answers.chinese.dates import in_order, without_order
from kg.answers.chinese.parts import (
    END,
    IS,
    LIGHT,
    MANY,
    MOST_READINGS,
    POLITE,
    WHAT,
    WHETHER,
    WHETHER_INSIDE,
    Part,
    held,
)
from kg.answers.chinese.phrases import Phrases
from kg.answers.lexicon import Frame, Lexicon
from kg.answers.meaning import Condition, Form, Holds, Meaning, Moment, Named, Relation, Variable, moved
from kg.answers.names import NameIndex

__all__ = ["read_chinese"]

_Sentence = tuple[tuple[Condition, ...], float, Part | None]
"""What a sentence says, what that costs, and what is asked for in it."""


def read_chinese(text: str, lexicon: Lexicon, names: NameIndex, places: tuple[Relation, ...]) -> list[Meaning]:
    """Return the meanings of a question, the likeliest first; none where no reading has a use for every character.

    Args:
        places: the properties that say where something is.
    """
    stripped = POLITE.sub("", END.sub("", text.strip()))
    is_whether = bool(WHETHER.search(stripped) or WHETHER_INSIDE.search(stripped))
    stripped = WHETHER.sub("", stripped)
    offset = text.find(stripped[:1]) if stripped else 0
    plain = _without_whether(stripped)
    best: dict[tuple[object, ...], Meaning] = {}
    for sentence, extreme in _sentences(without_order(plain, names), (plain, None)):
        reader = _Questions(sentence, offset, lexicon, names, places, extreme)
        for each in itertools.islice(reader.questions(is_whether), MOST_READINGS):
            if any(isinstance(said, Holds) and isinstance(said.subject, Moment) for said in each.conditions):
                continue  # a date does nothing
            key = (each.form, each.target, frozenset(each.conditions), each.kind, each.order)
            if key not in best or each.cost < best[key].cost:
                best[key] = each
        if best:
            break
    return sorted(best.values(), key=lambda each: (each.cost, repr(each.conditions)))


def _sentences(*readings: tuple[str, Form | None]) -> Iterator[tuple[str, Form | None]]:
    """Yield sentences as they may be written, each once."""
    found = (
        (each, extreme)
        for text, extreme in readings
        for each in dict.fromkeys((text, LIGHT.sub("", text), *in_order(text)))
    )
    yield from dict.fromkeys(found)


def _without_whether(text: str) -> str:
    return WHETHER_INSIDE.sub(lambda match: "是" if match[0] in ("是不是",) else "", text)


class _Questions:
    """Reads one sentence; each method yields what the whole of it may mean.

    Args:
        extreme: the thing that is asked for is the one with the first or the last date.
    """

    def __init__(
        self,
        text: str,
        offset: int,
        lexicon: Lexicon,
        names: NameIndex,
        places: tuple[Relation, ...],
        extreme: Form | None = None,
    ) -> None:
        self._text = text
        self._offset = offset
        self._lexicon = lexicon
        self._places = places
        self._extreme = extreme
        self._phrases = Phrases(text, offset, lexicon, names)

    def questions(self, is_whether: bool) -> Iterator[Meaning]:
        """Yield the meanings of the whole sentence."""
        if self._extreme is not None:
            if not is_whether:
                yield from self._extremes(self._extreme)
            return
        yield from self._numbers()
        for conditions, cost, asked in self._sentences():
            if is_whether and asked is None:
                yield Meaning("whether", None, conditions, cost=cost)
            elif asked is not None and not is_whether:
                yield self._asking(asked, conditions, cost)
        if is_whether:
            yield from self._is_of_class()
        else:
            yield from self._identified()

    def _extremes(self, form: Form) -> Iterator[Meaning]:
        """`哪个项目什么时候到期`, which stands for `哪个项目最先到期`."""
        for frame in self._lexicon.frames:
            for subjects, objects, end in self._phrases.framed(frame, 0, ""):
                if not self._is_end(end) or len(subjects) != 1 or len(objects) != 1:
                    continue
                thing, date = subjects[0], objects[0]
                if thing.is_asked and date.kind == "date" and isinstance(date.term, Variable):
                    holds = Holds(thing.term, frame.relation, date.term)
                    cost = frame.relation.cost + thing.cost + date.cost
                    yield Meaning(form, thing.term, (*thing.conditions, holds), thing.kind, cost, date.term)

    def _numbers(self) -> Iterator[Meaning]:
        """`有多少篇论文`."""
        for part, end in self._phrases.asked(0):
            if part.is_many and part.conditions and self._is_end(end):
                yield Meaning("count", part.term, part.conditions, part.kind, part.cost)

    def _asking(self, asked: Part, conditions: tuple[Condition, ...], cost: float) -> Meaning:
        form: Form = "count" if asked.is_many else "which"
        return Meaning(form, asked.term, conditions, asked.kind, cost)

    def _sentences(self) -> Iterator[_Sentence]:
        """Yield statements that take up the whole sentence, with what is asked for in them."""
        start = 1 if self._text.startswith("有") else 0
        for frame in self._lexicon.frames:
            for at in {0, start}:
                for subjects, objects, end in self._phrases.framed(frame, at, ""):
                    if self._is_end(end):
                        yield from self._said(frame.relation, subjects, objects)
        yield from self._cleft()
        yield from self._nominal()
        yield from self._placed()

    def _said(self, relation: Relation, subjects: tuple[Part, ...], objects: tuple[Part, ...]) -> Iterator[_Sentence]:
        asked = [part for part in (*subjects, *objects) if part.is_asked]
        if len(asked) <= 1:
            holds = tuple(Holds(s.term, relation, o.term) for s in subjects for o in objects)
            others = tuple(condition for part in (*subjects, *objects) for condition in part.conditions)
            cost = relation.cost + sum(part.cost for part in (*subjects, *objects))
            yield (*others, *holds), cost, asked[0] if asked else None

    def _is_end(self, at: int) -> bool:
        rest = self._text[at:].strip()
        return rest in ("", "的", "了", "过", "的呢")

    def _cleft(self) -> Iterator[_Sentence]:
        """`Lantern是谁开发的`: a frame whose object comes first."""
        for objects, after in self._phrases.parts(0):
            at = self._phrases.after(after, ("是由", "是被", "是", "由", "被"))
            if at is None:
                continue
            for frame in self._lexicon.frames:
                if frame.parts[0] != ("{s}",) or frame.parts[-1] != ("{o}",):
                    continue
                middle = Frame(frame.parts[:-1], frame.relation)
                for subjects, _, end in self._phrases.framed(middle, at, ""):
                    if self._is_end(end):
                        yield from self._said(frame.relation, subjects, objects)

    def _nominal(self) -> Iterator[_Sentence]:
        """`X的许可证是什么`, `谁是X的导师`, `X有哪些员工`, `X采用什么许可证`."""
        for part, after in self._phrases.nouns(0):
            if isinstance(part.term, Variable) and not part.is_asked:
                for word in IS:
                    at = self._phrases.after(after, (word,))
                    if at is not None and (word or at < len(self._text)):
                        for asked, end in self._phrases.asked(at):
                            if self._is_end(end):
                                yield from self._same(part, asked)
                if self._is_end(after):  # `使用Redis的项目`
                    yield part.conditions, part.cost + 0.1, Part(part.term, is_asked=True)
            if part.is_asked:
                at = self._phrases.after(after, ("是",))
                for noun, end in self._phrases.nouns(at) if at is not None else ():
                    if self._is_end(end) and isinstance(noun.term, Variable) and not noun.is_asked:
                        yield from self._same(noun, part)
            if not part.is_asked:
                yield from self._having(part, after)
            yield from self._whether_noun(part, after)

    def _whether_noun(self, part: Part, at: int) -> Iterator[_Sentence]:
        """`X是Y的导师`, `Y的导师是X`: one of both is a noun of the other."""
        after = self._phrases.after(at, ("是",))
        if after is None or part.is_asked:
            return
        for other, end in self._phrases.nouns(after):
            if not self._is_end(end) or other.is_asked:
                continue
            for noun, thing in ((part, other), (other, part)):
                if isinstance(noun.term, Variable) and isinstance(thing.term, Named | Moment) and noun.conditions:
                    said = moved(noun.conditions, noun.term, thing.term)
                    yield (*thing.conditions, *said), noun.cost + thing.cost, None

    def _same(self, part: Part, asked: Part) -> Iterator[_Sentence]:
        said = moved(asked.conditions, asked.term, part.term)
        whole = Part(part.term, kind=asked.kind, is_asked=True, is_many=asked.is_many)
        yield (*part.conditions, *said), part.cost + asked.cost, whole

    def _having(self, owner: Part, at: int) -> Iterator[_Sentence]:
        after = self._phrases.after(at, ("有", "使用", "采用", "用", "是", "的", ""))
        if after is None:
            return
        for pattern, is_many in ((WHAT, False), (MANY, True)):
            match = pattern.match(self._text, after)
            if not match:
                continue
            term = Variable(self._offset + after)
            for noun, relations in self._lexicon.zh_nouns.items():
                end = match.end() + len(noun.lstrip("^"))
                if self._text.startswith(noun.lstrip("^"), match.end()) and self._is_end(end):
                    for relation in relations:
                        holds = held(noun, owner.term, relation, term)
                        asked = Part(term, is_asked=True, is_many=is_many)
                        yield (*owner.conditions, holds), owner.cost + relation.cost + 0.02, asked

    def _placed(self) -> Iterator[_Sentence]:
        """`X在哪里`, `X在哪个城市`, `X在挪威吗`, `哪些公司在挪威`."""
        for part, after in self._phrases.nouns(0):
            at = self._phrases.after(after, ("在", "是在"))
            if at is None:
                continue
            for other, end in self._phrases.nouns(at):
                if self._is_end(end):
                    for relation in self._places:
                        yield from self._said(relation, (part,), (other,))

    def _identified(self) -> Iterator[Meaning]:
        """`X是什么`, `谁是X`, `什么是X`."""
        for part, after in self._phrases.nouns(0):
            at = self._phrases.after(after, ("是",))
            if at is None:
                continue
            for other, end in self._phrases.nouns(at):
                for named, asked in ((part, other), (other, part)):
                    if (
                        not isinstance(named.term, Named)
                        or not asked.is_asked
                        or asked.is_many
                        or not self._is_end(end)
                    ):
                        continue
                    if not asked.conditions and asked.kind in ("", "agent"):
                        yield Meaning("kind", named.term, named.conditions, cost=named.cost + 0.2)

    def _is_of_class(self) -> Iterator[Meaning]:
        """`X是公司吗`."""
        for part, after in self._phrases.nouns(0):
            at = self._phrases.after(after, ("是一个", "是一家", "是一种", "是一门", "是一篇", "是一款", "是"))
            if at is None or not isinstance(part.term, Named):
                continue
            for condition, end in self._phrases.classes(at, part.term):
                if self._is_end(end):
                    yield Meaning("whether", None, (*part.conditions, condition), cost=part.cost)
