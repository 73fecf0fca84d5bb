"""The sentences of notes that come nearest to a question, for when no statement answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kg.answers.answer import Sentence, Telling
from kg.answers.words import FUNCTION_WORDS, forms, has_chinese, tokenise
from kg.search.asked import Filters

if TYPE_CHECKING:
    from kg.search.hits import Hit
    from kg.search.searching import Searcher

__all__ = ["nearest_sentences"]

_SENTENCE = re.compile(r"(?:[^\n.!?。！？]|[.!?](?=\S))+[.!?。！？]*[\"'”’)\]*_]*")
_ASIDE = re.compile(r"\s*(?:(?:[>*+#|-]+|\d+[.)]|\[[ x]\])\s+)*")
_LOOKED_AT = 5
"""Passages that are looked at for each sentence that is wanted."""
_NAME = 0.2
"""What a word of a name counts beside one of what is asked of it."""
_SHORTEST = 12
"""Characters. A shorter piece, such as an item's mark, says nothing by itself."""


def nearest_sentences(
    searcher: Searcher, question: str, names: Sequence[str], most: int, hidden: bool = False
) -> tuple[Telling, ...]:
    """Return the best sentence of each note, of the notes whose passages fit a question best, the nearest first.

    Passages that have no word of the question and name nothing of it are left out.

    Args:
        names: those of the question that name something; its other words say what is asked of these, and count more.
        most: how many at most; 0 for none.
        hidden: whether drafts, private notes and templates are found too.
    """
    if most <= 0:
        return ()
    hits = searcher.search(question, _LOOKED_AT * most, filters=Filters(hidden=hidden), passages=True).hits
    found = [hit for hit in hits if hit.spans and hit.text]
    asked = question
    for name in sorted(names, key=len, reverse=True):
        asked = asked.replace(name, " ")
    weights = {**dict.fromkeys(_words(question), _NAME), **dict.fromkeys(_words(asked), 1.0)}
    pairs = {**dict.fromkeys(_pairs(question), _NAME), **dict.fromkeys(_pairs(asked), 1.0)}
    best: dict[str, tuple[float, Telling]] = {}
    for hit in found:
        score, telling = _telling(hit, weights, pairs)
        total = score + hit.score / found[0].score  # what is said counts, and how well the whole passage fits
        if hit.doc_id not in best or total > best[hit.doc_id][0]:
            best[hit.doc_id] = total, telling
    ordered = sorted(best.values(), key=lambda pair: -pair[0])  # stable: equal ones as the search has them
    return tuple(telling for _, telling in ordered[:most])


def _words(text: str) -> list[str]:
    return [each.text for each in tokenise(text) if each.text not in FUNCTION_WORDS and len(each.text) > 1]


def _pairs(text: str) -> list[str]:
    """Return the pairs of neighbouring Chinese characters."""
    return [text[at : at + 2] for at in range(len(text) - 1) if has_chinese(text[at]) and has_chinese(text[at + 1])]


def _telling(hit: Hit, words: Mapping[str, float], pairs: Mapping[str, float]) -> tuple[float, Telling]:
    best = (-1.0, 0, len(hit.text))
    for match in _SENTENCE.finditer(hit.text):
        aside = _ASIDE.match(match[0])
        start = match.start() + (aside.end() if aside else 0)
        if match.end() - start < _SHORTEST:
            continue
        text = hit.text[start : match.end()]
        own = {form for token in tokenise(text) for form in forms(token.text)}
        found = sum(weight for word, weight in words.items() if not forms(word).isdisjoint(own))
        found += sum(weight for pair, weight in pairs.items() if pair in text)
        spans = sum(hit.start + start <= span.start < hit.start + match.end() for span in hit.spans)
        total = found + min(spans, 5) / 50
        if total > best[0]:
            best = (total, start, match.end())
    score, start, end = best
    while end > start and hit.text[end - 1].isspace():
        end -= 1
    sentence = Sentence(hit.note, hit.doc_id, hit.text[start:end], hit.start + start, hit.start + end)
    return score, Telling(hit.doc_id, hit.title, sentence, hit.score)
