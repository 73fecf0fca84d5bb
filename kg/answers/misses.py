"""Why a question has no answer, in words that help to ask it otherwise."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from kg.answers.english import Words
from kg.answers.fitting import Fitting
from kg.answers.lexicon import SLOTS, Lexicon
from kg.answers.meaning import Holds, Named
from kg.answers.names import NameIndex
from kg.answers.words import FUNCTION_WORDS, forms, has_chinese
from kg.explain.reading import name_of
from kg.graph import KnowledgeGraph

__all__ = ["why_not"]

_NEAR = 0.7
_QUESTION_WORDS = (
    "什么时候 什么 哪里 哪儿 哪些 哪个 哪家 哪所 哪种 哪位 哪 谁 多少 几 有 是 "
    "在 和 与 吗 呢 个 篇 人 把 被 由 用 于 都 也"
).split()


def why_not(
    graph: KnowledgeGraph, text: str, words: Words, names: NameIndex, fitting: Fitting | None, lexicon: Lexicon
) -> Iterator[str]:
    """Yield what was looked for and not found.

    Args:
        fitting: the likeliest way to understand the question, None where there is none.
    """
    if words.unsaid:
        yield words.unsaid
        return
    if fitting is not None:
        for each in fitting.meaning.conditions:
            if isinstance(each, Holds):
                named = [slot for slot in (each.subject, each.object) if isinstance(slot, Named)]
                things = " and ".join(name_of(graph, fitting.things[slot].iri) for slot in named)
                label = graph.ontology.label(each.relation.predicate)
                yield f"No statement “{label}”{f' about {things}' if things else ''} meets the question."
        if not any(isinstance(each, Holds) for each in fitting.meaning.conditions):
            yield "Nothing in the graph meets the question."
        return
    if has_chinese(text):
        yield from _unknown_chinese(text, names, lexicon)
    else:
        yield from _unknown(words, names, lexicon)


def _unknown_chinese(text: str, names: NameIndex, lexicon: Lexicon) -> Iterator[str]:
    """Yield what is left of a question when all that is known is taken out of it."""
    literals = {literal for frame in lexicon.frames for part in frame.parts for literal in part if literal}
    nouns = {noun.lstrip("^") for noun in lexicon.zh_nouns}
    known = sorted({*literals, *nouns, *lexicon.zh_classes, *_QUESTION_WORDS} - set(SLOTS), key=lambda x: (-len(x), x))
    left = list(text)
    at = 0
    while at < len(text):
        ends = [end for end in range(len(text), at, -1) if names.is_name(text[at:end])]
        length = ends[0] - at if ends else next((len(word) for word in known if text.startswith(word, at)), 0)
        left[at : at + length] = " " * length
        at += max(length, 1)
    missing = [word for word in re.split(r"[\s?？。，,的了]+", "".join(left)) if word]
    for word in missing:
        near = difflib.get_close_matches(word.casefold(), names.nearest(), n=1, cutoff=_NEAR)
        yield f"Nothing is called “{word}”, and no property or class is.{f' Did you mean “{near[0]}”?' if near else ''}"
    if not missing:
        yield "No reading has a use for every word of the question. Ask for one relation at a time."


def _unknown(words: Words, names: NameIndex, lexicon: Lexicon) -> Iterator[str]:
    known: set[int] = set()
    for at in range(len(words.tokens)):
        for _, end in words.named(at):
            known.update(range(at, end))
    known_words = {*lexicon.phrases, *lexicon.nouns, *lexicon.classes, *FUNCTION_WORDS}
    missing = [
        place
        for place, token in enumerate(words.tokens)
        if place not in known and forms(token.text).isdisjoint(known_words) and token.text.isalnum()
    ]
    for place in missing:
        text = words.written(place)
        near = difflib.get_close_matches(text.casefold(), names.nearest(), n=1, cutoff=_NEAR)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        yield f"Nothing is called “{text}”, and no property or class is.{hint}"
    if not missing:
        yield "No reading has a use for every word of the question. Ask for one relation at a time."
