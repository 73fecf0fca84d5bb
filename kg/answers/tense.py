"""Whether a question asks by a verb for what is so now, and whether a sentence speaks of the past only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kg.answers.words import Token, is_past, share_form, tokenise

__all__ = ["is_about_now", "is_of_the_past"]

_THEN = frozenset("did was were had".split())
_BEFORE_PARTICIPLE = frozenset("is are be been being 's has have".split())


def is_about_now(words: Sequence[Token], verbs: Iterable[str]) -> bool:
    """Tell whether a question has one of some verbs in the present: `who works for X`, not `who worked for X`.

    Args:
        words: those of an English question that are in no name.
    """
    wanted = tuple(verbs)
    if any(word.text in _THEN for word in words):
        return False
    return any(not is_past(word.text) and any(share_form(word.text, verb) for verb in wanted) for word in words)


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
