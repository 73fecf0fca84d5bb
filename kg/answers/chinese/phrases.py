"""Chinese noun phrases, and the sentences that patterns and labels of the ontology make of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from kg.answers.chinese.parts import (
    AND,
    ANY,
    DEEPEST,
    GAP_PREPOSITIONS,
    MANY,
    MOST_JOINED,
    MOST_READINGS,
    MOST_STEPS,
    WHAT,
    WHEN,
    WHERE,
    WHO,
    Found,
    Part,
    held,
    moment_at,
)
from kg.answers.lexicon import Frame, Lexicon
from kg.answers.meaning import Holds, IsA, Named, Slot, Variable
from kg.answers.names import NameIndex
from kg.answers.words import is_latin

__all__ = ["Phrases"]


_SMALL = frozenset("是 为 了 过 的 着 于 在 由 被 有 将 从 到 以 和 与 跟 同 {s} {o}".split()) | {""}
"""Words of frames that say no relation by themselves."""


def _says(part: tuple[str, ...]) -> bool:
    return any(word not in _SMALL for word in part)


class Phrases:
    """Reads phrases of one sentence; each method yields what it can read from a character on, and where that ends.

    Args:
        offset: where the sentence begins in the question.
    """

    def __init__(self, text: str, offset: int, lexicon: Lexicon, names: NameIndex) -> None:
        self.text = text
        self.offset = offset
        self._lexicon = lexicon
        self._names = names
        self._found: dict[int, list[Found]] = {}
        self._joined: dict[tuple[int, int], list[tuple[tuple[Part, ...], int]]] = {}
        self._depth = 0
        self._steps = 0

    def framed(
        self, frame: Frame, at: int, gap: str, is_simple: bool = False
    ) -> Iterator[tuple[tuple[Part, ...], tuple[Part, ...], int]]:
        """Yield the subjects and objects of a frame that stands somewhere, and where it ends.

        Args:
            gap: the slot that stands elsewhere, with its preposition; empty for none.
            is_simple: what it begins with is no phrase that itself begins with a frame.
        """
        self._steps += 1
        needs_word = any(_says(part) for part in frame.parts)
        pending: list[tuple[int, int, tuple[Part, ...], tuple[Part, ...], bool]] = [(0, at, (), (), not needs_word)]
        while pending and self._steps < MOST_STEPS:
            number, place, subjects, objects, is_said = pending.pop()
            if number == len(frame.parts):
                if is_said:  # else nothing is left of it: `X是什么` does not say `X是基于{o}`
                    yield subjects, objects, place
                continue
            part = frame.parts[number]
            if part in (("{s}",), ("{o}",)):
                is_subject = part == ("{s}",)
                if part[0] == gap:
                    pending.append((number + 1, place, subjects, objects, is_said))
                    continue
                for found, after in self.parts(place, is_simple and place == at):
                    if is_subject:
                        pending.append((number + 1, after, found, objects, is_said))
                    else:
                        pending.append((number + 1, after, subjects, found, is_said))
                continue
            following = frame.parts[number + 1] if number + 1 < len(frame.parts) else ()
            for literal in part:
                after_literal = self.after(place, (literal,))
                if after_literal is not None:
                    now_said = is_said or _says((literal,))
                    pending.append((number + 1, after_literal, subjects, objects, now_said))
                    after_mark = self.after(after_literal, ("了", "过", "的", "着")) if literal else None
                    if after_mark is not None:
                        pending.append((number + 1, after_mark, subjects, objects, now_said))
            is_dropped = "了" in part or self._is_dropped(part, following, gap, place)
            if "" not in part and is_dropped:
                pending.append((number + 1, place, subjects, objects, is_said))

    def _is_dropped(self, part: tuple[str, ...], following: tuple[str, ...], gap: str, at: int) -> bool:
        """Tell whether a preposition may be missing: before a gap, and before `什么时候`."""
        if not set(part) <= GAP_PREPOSITIONS or following not in (("{s}",), ("{o}",)):
            return False
        return following[0] == gap or bool(WHEN.match(self.text, at)) or self.text.startswith("是", at)

    def after(self, at: int, words: tuple[str, ...]) -> int | None:
        """Return where the first of some words ends that stands somewhere, after spaces; None without any."""
        while at < len(self.text) and self.text[at] == " ":
            at += 1
        for word in words:
            if self.text.startswith(word, at):
                return at + len(word)
        return None

    def parts(self, at: int, is_simple: bool = False, joined: int = 1) -> Iterator[tuple[tuple[Part, ...], int]]:
        """Yield one noun phrase, or several that are joined."""
        if not is_simple:
            yield from self._read_parts(at, False, joined)
            return
        if (at, joined) not in self._joined:
            self._joined[at, joined] = list(itertools.islice(self._read_parts(at, True, joined), MOST_READINGS))
        yield from self._joined[at, joined]

    def _read_parts(self, at: int, is_simple: bool, joined: int) -> Iterator[tuple[tuple[Part, ...], int]]:
        for part, after in self._simple(at) if is_simple else self.nouns(at):
            yield (part,), after
            if joined >= MOST_JOINED:
                continue
            start = self.after(after, ("",)) or after
            match = AND.match(self.text, start)
            if match and not part.is_asked:
                for others, end in self.parts(match.end(), joined=joined + 1):
                    if not any(each.is_asked for each in others):
                        yield (part, *others), end
        if self.text.startswith("是", at):  # `X是什么时候成立的`
            yield from (((part,), after) for part, after in self.asked(at + 1))

    def nouns(self, at: int) -> Iterator[Found]:
        """Yield the noun phrases that begin somewhere."""
        while at < len(self.text) and self.text[at] == " ":
            at += 1
        if at >= len(self.text):
            return
        if at not in self._found:
            if self._depth >= DEEPEST:
                return
            self._depth += 1
            self._found[at] = []  # a phrase that would begin with itself has none
            self._found[at] = list(itertools.islice(self._read_nouns(at), MOST_READINGS))
            self._depth -= 1
        yield from self._found[at]

    def _read_nouns(self, at: int) -> Iterator[Found]:
        yield from self._chained(at, [*self._names_at(at), *self.asked(at), *self._described(at)])

    def _simple(self, at: int) -> Iterator[Found]:
        """Yield the noun phrases that begin with a name or a question word."""
        yield from self._chained(at, [*self._names_at(at), *self.asked(at)])

    def _chained(self, at: int, pending: list[Found]) -> Iterator[Found]:
        """Yield noun phrases, and what is theirs: `X的创建者的导师`."""
        moment = moment_at(self.text, at)
        if moment is not None:
            yield Part(moment[0]), moment[1]
        while pending:
            part, after = pending.pop(0)
            yield part, after
            of = self.after(after, ("的",))
            for start, cost in ((of, 0.0), (after, 0.15)):
                if start is None or (part.is_asked and not isinstance(part.term, Variable)):
                    continue
                for noun, relations in self._lexicon.zh_nouns.items():
                    text = noun.lstrip("^")
                    if self.text.startswith(text, start) and (cost == 0 or isinstance(part.term, Named)):
                        for relation in relations:
                            term = Variable(self.offset + start)
                            holds = held(noun, part.term, relation, term)
                            more = part.cost + relation.cost + cost
                            conditions = (*part.conditions, holds)
                            pending.append((Part(term, conditions, more, part.kind, False), start + len(text)))

    def _names_at(self, at: int) -> Iterator[Found]:
        longest = min(len(self.text), at + self._names.longest)
        if at and is_latin(self.text[at - 1]) and is_latin(self.text[at]):
            return
        for end in range(longest, at, -1):
            if end < len(self.text) and is_latin(self.text[end - 1]) and is_latin(self.text[end]):
                continue
            text = self.text[at:end]
            if text != text.strip() or not self._names.is_name(text):
                continue
            named = Named(text, self.offset + at, self.offset + end)
            yield Part(named), end
            for condition, after in self.classes(end, named):
                yield Part(named, (condition,), 0.1), after

    def asked(self, at: int) -> Iterator[Found]:
        """A question word, with what it asks for."""
        term = Variable(self.offset + at)
        for pattern, kind in ((WHEN, "date"), (WHERE, "place"), (WHO, "agent")):
            match = pattern.match(self.text, at)
            if match:
                exact = "person" if kind == "agent" and match[0].endswith("人") else kind
                yield Part(term, kind=exact, is_asked=True), match.end()  # type: ignore[arg-type]
        for pattern, is_many in ((WHAT, False), (MANY, True)):
            match = pattern.match(self.text, at)
            if not match:
                continue
            after = match.end()
            for condition, end in self.classes(after, term):
                yield Part(term, (condition,), 0.0, is_asked=True, is_many=is_many), end
            people = re.compile("个?人").match(self.text, after)
            if people:
                yield Part(term, kind="person", is_asked=True, is_many=is_many), people.end()
            yield Part(term, cost=0.01, is_asked=True, is_many=is_many), after
            if is_many:  # `版本是多少`
                yield Part(term, cost=0.05, is_asked=True), after

    def _described(self, at: int) -> Iterator[Found]:
        """`使用Redis的项目`, `Mara工作的公司`, `开发Lantern的人`."""
        for frame in self._lexicon.frames:
            for gap in ("{s}", "{o}"):
                for subjects, objects, end in self.framed(frame, at, gap, True):
                    after = self.after(end, ("的",))
                    if after is None or any(part.is_asked for part in (*subjects, *objects)):
                        continue
                    term = Variable(self.offset + after)
                    for head, last in self._heads(after, term):
                        filled = objects if gap == "{s}" else subjects
                        holds = tuple(
                            Holds(term, frame.relation, part.term)
                            if gap == "{s}"
                            else Holds(part.term, frame.relation, term)
                            for part in filled
                        )
                        inner = tuple(condition for part in filled for condition in part.conditions)
                        cost = frame.relation.cost + head.cost + sum(part.cost for part in filled)
                        yield Part(term, (*head.conditions, *inner, *holds), cost, head.kind), last

    def _heads(self, at: int, term: Variable) -> Iterator[Found]:
        for condition, after in self.classes(at, term):
            yield Part(term, (condition,)), after
        match = ANY.match(self.text, at)
        if match:
            yield Part(term, kind="person" if match[0].startswith("人") else ""), match.end()

    def classes(self, at: int, term: Slot) -> Iterator[tuple[IsA, int]]:
        """Yield the classes that are named somewhere, as conditions on a term, the longest name first."""
        for end in range(min(len(self.text), at + 8), at, -1):
            word = self._lexicon.zh_classes.get(self.text[at:end])
            if word is not None:
                yield IsA(term, word.class_iri, word.words[0] if word.is_narrow else ""), end
