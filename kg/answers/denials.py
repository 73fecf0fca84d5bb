"""Sentences that deny a relation: a clause with a negation, a word for the relation, and what it is between."""

from __future__ import annotations

import re
from collections.abc import Collection

from kg.answers.answer import Sentence
from kg.answers.names import NameIndex, names_in
from kg.answers.words import has_chinese, share_form, tokenise
from kg.rdf import NamedNode

__all__ = ["is_denied"]

_DENIED = re.compile(
    r"\b(?:not|never|no longer|neither|nor|without)\b|n['’]t\b|[不没]|并非|从未|尚未|无需", re.IGNORECASE
)
_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|merely|yet clear|sure|clear|certain|known)\b|\bno doubt\b|"
    r"(?:n['’]t|\bnot|\bnever) (?:know|think|believe|remember|say|sure|doubt|mean|forget|wonder|see why|understand)\b|"
    r"不(?:仅|只|但|光|确定|知道|清楚|一定|得不|能不|会不)|没(?:想到|有?注意)",
    re.IGNORECASE,
)
"""What has a negation and denies no relation: `not only`, `I don't know`."""
_BETWEEN = re.compile(
    r"[,;:，；。：、!！—]|\.\s|\b(?:but|and|because|that|which|who|while|when|if|whether|until|before|unless|although)\b|"
    r"因为|但|而|是否|直到",
    re.IGNORECASE,
)
_FOR_A_TIME = re.compile(r"\buntil\b|\bnot yet\b|直到", re.IGNORECASE)
"""What was denied for a time, may be so now."""
_OTHER_WAY = re.compile(r"\bby\b|['’]s\b|[被由]|的", re.IGNORECASE)
"""Words with which the object comes first: `Acme was not founded by Ada`, `Acme's founder is not Ada`."""
_SPOKEN_OF = re.compile(r"\W*(?:it|he|she|they|[它他她]们?)\b|\W*[它他她]", re.IGNORECASE)
"""How a sentence begins that is about what its note is about."""
_INSTEAD = re.compile(
    r"\b(?:it|them|either|neither)\b(?=\W*$|\s+(?:any|any ?more|any ?longer|as|at|because|by|directly|for|from|here|in|"
    r"itself|now|on|so|there|to|today|yet|with)\b)|[它他她](?!们?的)",
    re.IGNORECASE,
)
"""What stands for a thing that was named before, and not before a noun: `either tool`."""
_ENDED = re.compile(r"\bno longer\b|\bany ?(?:more|longer)\b|不再", re.IGNORECASE)
"""What is over was so before."""


def is_denied(
    sentence: Sentence,
    words: Collection[str],
    subject: Collection[NamedNode],
    object_: Collection[NamedNode],
    names: NameIndex,
    is_symmetric: bool = False,
    was: bool = False,
) -> bool:
    """Tell whether a clause of a sentence says that one thing is not in a relation to another.

    Args:
        words: those that say the relation; one of them is in the clause.
        subject, object_: the things; the clause names both in this order, or one, and the sentence the other before it.
        was: whether it is asked for what was so: `no longer` does not deny that.
    """
    if _FOR_A_TIME.search(sentence.quote):
        return False
    return any(
        _DENIED.search(clause)
        and not _NO_DENIAL.search(clause)
        and not (was and _ENDED.search(clause))
        and _has_word(clause, words)
        and _is_between(clause, sentence.quote, subject, object_, names, is_symmetric)
        for clause in _BETWEEN.split(sentence.quote)
    )


def _has_word(clause: str, words: Collection[str]) -> bool:
    chinese = [word for word in words if has_chinese(word)]
    others = [word for word in words if not has_chinese(word)]
    if any(word in clause for word in chinese):
        return True
    return any(share_form(token.text, word) for token in tokenise(clause) for word in others)


def _is_between(
    clause: str,
    quote: str,
    subject: Collection[NamedNode],
    object_: Collection[NamedNode],
    names: NameIndex,
    is_symmetric: bool,
) -> bool:
    """Tell whether a clause of a sentence speaks of two things, and not of others of which it may be said instead."""
    places: dict[str, int] = {}
    for text, at in names_in(clause, names):
        ends = _ends(text, subject, object_, names)
        if not ends and not places:
            return False  # `but Lantern does not depend on it` denies nothing of others
        for end in ends:
            places.setdefault(end, at)
    if len(places) == 2:
        return is_symmetric or places["subject"] < places["object"] or _OTHER_WAY.search(clause) is not None
    if "subject" in places:
        return _INSTEAD.search(clause) is not None
    if "object" not in places:
        return False
    first = _ends(next((text for text, _ in names_in(quote, names)), ""), subject, object_, names)
    return "subject" in first or ("object" in first and _SPOKEN_OF.match(clause) is not None)


def _ends(text: str, subject: Collection[NamedNode], object_: Collection[NamedNode], names: NameIndex) -> list[str]:
    members = {member for each in names.candidates(text) for member in each.members}
    return [end for end, own in (("subject", subject), ("object", object_)) if not members.isdisjoint(own)]
