"""Which words two texts share, as a reader would name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kg.recommendation.terms import Vocabulary, is_han

__all__ = ["shared_words"]

Words = NDArray[np.int32]

_PARTICLES = "的了是在和与或及着之等也就都而把被对于为"
"""Chinese characters that begin or end no word that is worth naming."""
_FUNCTION_WORDS = frozenset(
    """
    a about above across after again against all almost also although always am among an and another any anybody
    anything are around as at away back be became because become been before behind being below between both but by
    came can could did do does doing done down during each either else enough even ever every everybody everything few
    for from further get gets getting give given go goes going gone got had has have having he her here hers him his
    how however if in instead into is it its itself just keep kept last least left less let like made make makes making
    many may maybe me might more most much must my never next no nobody none nor not nothing now of off often on once
    one only onto or other others our out over own part per perhaps put ran rather really run said same say says see
    seem seen several shall she should since so some somebody something sometimes soon still such take taken than that
    the their them then there these they thing this those though through thus to together too took toward two under
    until up upon us use used uses using very via want was way we well went were what when where whether which while
    who whole whom whose why will with within without would yet you your yours
    ain aren couldn d didn doesn don hadn hasn haven isn ll m re s shouldn t ve wasn weren wouldn
    """.split()
)
"""English words that say how, not what, and what apostrophes leave: in a small vault they are rare enough to weigh."""


def shared_words(
    vocabulary: Vocabulary,
    text: Words,
    others: Sequence[Words],
    gains: Mapping[int, float],
    is_common: NDArray[np.bool_],
) -> list[str]:
    """Return the words of a text that it shares with others, those of the greatest gain first, ties by code point.

    An English word is written as the text has it most often. Pairs of Chinese characters that follow each other in
    the text and in one of the others too are joined: what is named stands so in both.

    Args:
        text, others: words by number, in the order in which they were read.
        gains: of the terms that are shared, above 0.
        is_common: (terms,) which terms are of too many texts to be named.
    """
    spelt: dict[int, Counter[str]] = {}
    found: dict[str, float] = {}
    named = {term for term in gains if not is_common[term]}
    for run in _runs(vocabulary, text, _neighbours(others), gains):
        terms = {vocabulary.term_of_word[word] for word in run} & named
        if not terms:
            continue
        gain = sum(gains[term] for term in sorted(terms))
        first = vocabulary.words[run[0]]
        if is_han(first):
            phrase = (first + "".join(vocabulary.words[word][-1] for word in run[1:])).strip(_PARTICLES)
            if len(phrase) > 1:
                found[phrase] = max(gain, found.get(phrase, 0.0))
        elif not (first.isdecimal() or first in _FUNCTION_WORDS):
            spelt.setdefault(terms.pop(), Counter())[first] += 1
    for term, spellings in spelt.items():
        found[min(spellings, key=lambda word: (-spellings[word], word))] = gains[term]
    return _without_parts(sorted(found, key=lambda word: (-found[word], word)))


def _neighbours(texts: Sequence[Words]) -> frozenset[tuple[int, int]]:
    """Return the words that follow each other in one of some texts."""
    return frozenset(pair for text in texts for pair in pairwise(text.tolist()))


def _runs(
    vocabulary: Vocabulary, text: Words, neighbours: frozenset[tuple[int, int]], shared: Mapping[int, float]
) -> Iterator[list[int]]:
    """Yield the words of a text that are shared: by themselves, or pairs of characters that go on in each other."""
    words = vocabulary.words
    run: list[int] = []
    for word in text.tolist():
        if vocabulary.term_of_word[word] not in shared:
            if run:
                yield run
            run = []
            continue
        goes_on = (
            bool(run)
            and is_han(words[word])
            and len(words[word]) > 1
            and words[run[-1]][-1] == words[word][0]
            and (run[-1], word) in neighbours
        )
        if run and not goes_on:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _without_parts(words: Sequence[str]) -> list[str]:
    """Leave out the Chinese words that are part of one before them, or have one as a part."""
    found: list[str] = []
    for word in words:
        if not is_han(word) or not any(word in other or other in word for other in found):
            found.append(word)
    return found
