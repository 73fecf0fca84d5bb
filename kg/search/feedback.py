"""What users said of earlier hits, as what the score of a note is multiplied by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg.events import Feedback
from kg.iri import normalise_name
from kg.search.highlighting import QueryWords

__all__ = ["feedback_factors"]

_USEFUL, _WRONG = 0.15, -0.3
"""By how much one verdict on a note changes its score for the same question."""
_LEAST, _MOST = 0.5, 1.5
_LIKE = 0.5
"""How many of the words of two questions must be the same, of all that they have, for them to be alike."""


def feedback_factors(given: Iterable[Feedback], query: str) -> Mapping[str, float]:
    """Return by what the scores of notes are multiplied for a question, by their IRIs; 1 for all others.

    A verdict counts in full for the same question, less for one that shares words with it, and not at all below a half
    of them. Of several verdicts of one user on one note for one question the last counts. However many users agree, a
    score is at most halved, or half as much more.

    Args:
        given: oldest first.
    """
    wanted = QueryWords(query).terms
    last = {(normalise_name(each.user), each.item.value, normalise_name(each.query)): each for each in given}
    changes: dict[str, float] = {}
    for _, each in sorted(last.items()):
        likeness = _likeness(wanted, QueryWords(each.query).terms)
        if likeness >= _LIKE:
            change = _USEFUL if each.verdict == "useful" else _WRONG
            changes[each.item.value] = changes.get(each.item.value, 0.0) + change * likeness
    return {iri: min(max(1 + change, _LEAST), _MOST) for iri, change in changes.items() if change}


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of words that two questions have in common, from 0 to 1 (Jaccard)."""
    return len(one & other) / len(one | other) if one and other else 0.0
