"""Whether a question asks by a verb for what is so now, and whether a sentence speaks of the past only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kg.answers.words import Token, is_past, share_form, tokenise

__all__ = [
    "is_about_now",
    "is_about_now_in_chinese",
    "is_about_the_past",
    "is_of_the_past",
    "is_of_the_past_in_chinese",
]

_THEN = frozenset("did was were had".split())
_BEFORE_PARTICIPLE = frozenset("is are be been being 's has have".split())


_CHINESE_THEN = re.compile(r"[了过曾]|以前|之前|原来|原先|当时|的[\s?？。]*$")
_CHINESE_ENDED = re.compile(r"曾|以前|之前|原来|原先|从前|离职|离开")
_CHINESE_ONCE = re.compile(r"[过曾]|以前|之前|原来|原先|当时|从前")
_CHINESE_CLAUSE = re.compile(r"[，,；;。：:]")


def is_about_now_in_chinese(question: str, words: Iterable[str]) -> bool:
    """Tell whether a Chinese question says one of some words of now: `谁在X工作`, not `谁创立了X` or `开发X的人`."""
    if _CHINESE_THEN.search(question):
        return False
    return any("的" not in question.rpartition(word)[2] for word in words if word in question)


def is_of_the_past_in_chinese(quote: str, words: Iterable[str]) -> bool:
    """Tell whether a sentence has one of some words, and each time in a clause that says that it is over."""
    wanted = tuple(words)
    clauses = [clause for clause in _CHINESE_CLAUSE.split(quote) if any(word in clause for word in wanted)]
    return bool(clauses) and all(_CHINESE_ENDED.search(clause) for clause in clauses)


def is_about_now(words: Sequence[Token], verbs: Iterable[str]) -> bool:
    """Tell whether a question has one of some verbs in the present: `who works for X`, not `who worked for X`.

    Args:
        words: those of an English question that are in no name.
    """
    wanted = tuple(verbs)
    if any(word.text in _THEN for word in words):
        return False
    return any(not is_past(word.text) and any(share_form(word.text, verb) for verb in wanted) for word in words)


def is_about_the_past(words: Sequence[Token], chinese: str) -> bool:
    """Tell whether a question of yes or no asks for what was so: `Did X use Y?`, `X用过Y吗？`.

    Args:
        words: those of an English question that are in no name. chinese: a Chinese question, empty for others.
    """
    return any(word.text in _THEN or word.text == "ever" for word in words) or bool(_CHINESE_ONCE.search(chinese))


def is_of_the_past(quote: str, verbs: Iterable[str]) -> bool:
    """Tell whether a sentence has one of some verbs, and each time in the past: `she worked at Acme before`."""
    wanted = tuple(verbs)
    words = tokenise(quote)
    is_found = False
    for place, word in enumerate(words):
        if any(share_form(word.text, verb) for verb in wanted):
            if not is_past(word.text) or any(w.text in _BEFORE_PARTICIPLE for w in words[max(0, place - 3) : place]):
                return False
            is_found = True
    return is_found
