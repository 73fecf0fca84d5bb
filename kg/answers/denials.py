"""When the answer is no: a sentence denies it, or a relation is mostly to one thing, and is to another one here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from kg.answers.answer import Sentence
from kg.answers.names import NameIndex, names_in
from kg.answers.words import has_chinese, share_form, tokenise
from kg.explain.reading import merged
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode

__all__ = ["is_denied", "is_mostly_single"]

_DENIED = re.compile(
    r"\b(?:not|never|no longer|neither|nor|without)\b|n['’]t\b|[不没]|并非|从未|尚未|无需", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"[,;:，；。：、!！—]|\.\s|\b(?:but|and|because|that|which|who|while|when|if)\b|因为|但|而", re.IGNORECASE
)
_SINGLE = 0.85
"""Things that are in a relation to all its pairs, from which on it is one to one other."""
_MOST_PAIRS = 10_000
"""That are looked at."""


def is_denied(sentence: Sentence, words: Collection[str], things: Collection[NamedNode], names: NameIndex) -> bool:
    """Tell whether a clause of a sentence says that things are not in a relation.

    Args:
        words: those that say the relation; one of them is in the clause.
        things: the clause names one of them.
    """
    return any(
        _DENIED.search(clause) and _has_word(clause, words) and _names_any(clause, things, names)
        for clause in _BETWEEN.split(sentence.quote)
    )


def _has_word(clause: str, words: Collection[str]) -> bool:
    chinese = [word for word in words if has_chinese(word)]
    others = [word for word in words if not has_chinese(word)]
    if any(word in clause for word in chinese):
        return True
    return any(share_form(token.text, word) for token in tokenise(clause) for word in others)


def _names_any(clause: str, things: Collection[NamedNode], names: NameIndex) -> bool:
    found = (each for text, _ in names_in(clause, names) for each in names.candidates(text))
    return any(member in things for each in found for member in each.members)


def is_mostly_single(graph: KnowledgeGraph, forward: Collection[NamedNode], backward: Collection[NamedNode]) -> bool:
    """Tell whether the things of a graph mostly are in a relation to one other, as what is written in a language is.

    Of a relation to many, such as what somebody uses, no list is known to be whole.

    Args:
        forward: the properties that say the relation; `backward`, those that say it the other way round.
    """
    ahead = ((quad.subject, quad.object) for predicate in forward for quad in merged(graph, None, predicate))
    behind = ((quad.object, quad.subject) for predicate in backward for quad in merged(graph, None, predicate))
    pairs = set(itertools.islice(itertools.chain(ahead, behind), _MOST_PAIRS))
    return bool(pairs) and len({subject for subject, _ in pairs}) >= _SINGLE * len(pairs)
