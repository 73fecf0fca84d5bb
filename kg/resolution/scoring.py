"""The score of two unmerged entities: how sure it is that they are one, and every part of the reason.

A score is a sum of weights in log-odds; the confidence is its logistic. It depends on the two entities
alone: no count over the graph enters, so it is the same at any time and in any order (DESIGN §11.20).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kg.ontology import Ontology
from kg.rdf import NamedNode
from kg.resolution.forms import Form
from kg.resolution.names import MIN_SPELLING, MatchKind, NameMatch, compare_names, compare_people
from kg.resolution.people import given_names_agree, person_names
from kg.resolution.profile import Profile
from kg.resolution.reading import Reader, Reading

__all__ = ["WEIGHTS", "Part", "Score", "Scorer", "Similarity"]

Similarity = Callable[[NamedNode, NamedNode], float | None]
"""Cosine similarity of two entities' text vectors in [-1, 1], None where one has none."""

PRIOR = -3.0
"""What two entities that share a block start with: most are two."""

WEIGHTS: dict[MatchKind, float] = {
    "same": 6.0, "plural": 5.0, "reordered": 5.0, "acronym": 3.0, "abbreviation": 3.0, "initials": 4.5, "part": 1.25,
    "prefix": 3.5, "clipped": 1.5, "spelling": 3.25, "surname": 1.5, "sound": 2.0, "class word": 4.5, "more": -1.0,
    "different": -3.0,
}  # fmt: skip
"""Log-odds of each relation between two names, at degree 1."""

_ALIAS = 1.5
_TWO_ALIASES = 0.6
"""What an alias of both says of what a name says: `NLP` is short for two things."""
_NUMBERS = -8.0
_CLASS = {"same": 1.0, "narrower": 0.75, "branch": -1.0, "unknown": 0.0, "other": -3.0, "disjoint": -4.0}
_SHARED = 2.5
_MORE_SHARED = 0.75
_MAX_MORE = 2
_CONTRARY = -2.5
_VECTOR = 3.0
_USUAL_SIMILARITY = 0.5
"""Cosine at which a text vector says nothing: texts of one vault are alike."""
_SAME_NOTE_SHORT = 2.0
_SAME_NOTE_ALIKE = -2.0
_EQUAL = frozenset({"same", "plural", "reordered", "class word"})
_BEST_OF_DIFFERENT = PRIOR + WEIGHTS["different"] + max(_CLASS.values()) + _SHARED + _MORE_SHARED * _MAX_MORE
"""What two entities with other names have at best, text vectors aside."""
_SHORT_FORMS = frozenset({"acronym", "abbreviation", "initials", "surname"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: what was looked at, what was found, and its log-odds."""

    name: str
    found: str
    weight: float

    def __str__(self) -> str:
        return f"{self.found if self.name == 'name' else f'{self.name}: {self.found}'} ({self.weight:+.1f})"


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a pair, `left` before `right` by IRI; `parts` say why, and their weights add up to it."""

    left: NamedNode
    right: NamedNode
    parts: tuple[Part, ...]

    @property
    def log_odds(self) -> float:
        """Return the sum of the parts; unbounded, larger is surer."""
        return sum(part.weight for part in self.parts)

    @property
    def confidence(self) -> float:
        """Return the score in (0, 1)."""
        return 1.0 / (1.0 + math.exp(-self.log_odds))


class Scorer:
    """Scores pairs under one ontology.

    Args:
        ontology: says which classes are compatible, which are of people, and which words name a class.
        similarity: of two entities' text vectors; left out by default.
        read_aloud: writes Chinese characters in Latin letters without spaces or tones; left out by default.
    """

    def __init__(
        self,
        ontology: Ontology,
        similarity: Similarity | None = None,
        read_aloud: Callable[[str], str] | None = None,
    ) -> None:
        self.ontology = ontology
        self.similarity = similarity
        self._reader = Reader(ontology, read_aloud)
        self._class_relations: dict[tuple[NamedNode | None, NamedNode | None], str] = {}

    def read(self, profile: Profile) -> Reading:
        """Take a profile's names apart, once for all its pairs."""
        return self._reader.read(profile)

    def score(self, left: Reading, right: Reading) -> Score:
        """Score a pair; symmetric."""
        if right.profile.iri.value < left.profile.iri.value:
            left, right = right, left
        return self._score(left, right, *self._best_match(left, right))

    def log_odds(self, left: Reading, right: Reading, least: float) -> float | None:
        """Return the log-odds of a pair's score, None below `least`; of names too far apart nothing more is asked."""
        if right.profile.iri.value < left.profile.iri.value:
            left, right = right, left
        match, a, b = self._best_match(left, right)
        if match.kind == "different" and self.similarity is None and least > _BEST_OF_DIFFERENT:
            return None
        found = self._score(left, right, match, a, b).log_odds
        return found if found >= least else None

    def _score(self, left: Reading, right: Reading, match: NameMatch, a: Form | None, b: Form | None) -> Score:
        parts = [Part("prior", "two entities that may be one", PRIOR)]
        if a is not None and b is not None:
            parts.append(Part("name", f"{match.kind}: {a.text} | {b.text}", _weight(match)))
            if match.kind in _EQUAL and a.is_stated != b.is_stated:
                parts.append(Part("alias", "a name that is stated", _ALIAS))
        if not left.numbers & right.numbers:
            parts.append(Part("numbers", f"{_shown(left.numbers)} | {_shown(right.numbers)}", _NUMBERS))
        relation = self._class_relation(left.profile.class_iri, right.profile.class_iri)
        if _CLASS[relation]:
            parts.append(Part("class", relation, _CLASS[relation]))
        parts += _neighbour_parts(left, right)
        if self.similarity is not None:
            cosine = self.similarity(left.profile.iri, right.profile.iri)
            if cosine is not None:
                parts.append(Part("vector", f"{cosine:.3f}", _VECTOR * (cosine - _USUAL_SIMILARITY)))
        if match.kind not in _EQUAL and left.profile.notes & right.profile.notes:
            is_short = match.kind in _SHORT_FORMS
            parts.append(Part("same note", match.kind, _SAME_NOTE_SHORT if is_short else _SAME_NOTE_ALIKE))
        return Score(left.profile.iri, right.profile.iri, tuple(parts))

    def _best_match(self, left: Reading, right: Reading) -> tuple[NameMatch, Form | None, Form | None]:
        are_people = left.is_person is not False and right.is_person is not False and (
            left.is_person is True or right.is_person is True
        )  # fmt: skip
        best: tuple[float, str, str] | None = None
        chosen: tuple[NameMatch, Form | None, Form | None] = (NameMatch("different"), None, None)
        for a in left.forms:
            for b in right.forms:
                match = compare_people(a, b) if are_people else compare_names(a, b)
                if a in left.rests or b in right.rests:
                    match = NameMatch("class word" if match.kind in _EQUAL else "different")
                elif match.kind == "different" and a.is_han != b.is_han and left.sounds & right.sounds:
                    match = NameMatch("sound")
                if a.is_stated and b.is_stated:
                    match = NameMatch(match.kind, match.degree * _TWO_ALIASES)
                found = (-_weight(match), a.text, b.text)
                if best is None or found < best:
                    best, chosen = found, (match, a, b)
        return chosen

    def _class_relation(self, left: NamedNode | None, right: NamedNode | None) -> str:
        key = (left, right)
        if key not in self._class_relations:
            self._class_relations[key] = self._relate(left, right)
        return self._class_relations[key]

    def _relate(self, left: NamedNode | None, right: NamedNode | None) -> str:
        if left is None or right is None:
            return "unknown"
        if left == right:
            return "same"
        if self.ontology.is_subclass(left, right) or self.ontology.is_subclass(right, left):
            return "narrower"
        if self.ontology.are_disjoint(left, right):
            return "disjoint"
        return "branch" if self.ontology.branch(left) == self.ontology.branch(right) else "other"

    def conflict(self, left: Reading, right: Reading) -> str | None:
        """Say what forbids that two entities are one without a decision, None if nothing does; symmetric."""
        if left.profile.origin == right.profile.origin == "described":
            return "described by two notes"
        if not left.numbers & right.numbers:
            return "other versions"
        if self._class_relation(left.profile.class_iri, right.profile.class_iri) == "disjoint":
            return "disjoint classes"
        if left.is_person and right.is_person and not _may_be_one_person(left, right):
            return "other given names"
        return None


def _weight(match: NameMatch) -> float:
    """Return the log-odds of a match; a spelling's fall to nothing at the least degree."""
    weight = WEIGHTS[match.kind]
    if match.kind == "spelling":
        return weight * (match.degree - MIN_SPELLING) / (1.0 - MIN_SPELLING)
    return weight * match.degree


def _may_be_one_person(left: Reading, right: Reading) -> bool:
    """Tell whether any two full names agree; a name without given names says nothing against it."""
    is_contrary = False
    for form in left.forms:
        for other in right.forms:
            a, b = person_names(form, other)
            if a is None or b is None or not a.is_full or not b.is_full:
                continue
            if given_names_agree(a, b) or sorted((*a.given, a.family)) == sorted((*b.given, b.family)):
                return True
            is_contrary = True
    return not is_contrary


def _neighbour_parts(left: Reading, right: Reading) -> Iterable[Part]:
    """Yield what stated neighbours say: shared ones for, a predicate whose ends all differ against."""
    shared = left.ends & right.ends
    if shared:
        found = ", ".join(sorted(iri.value for iri in shared)[:3])
        yield Part("neighbours", f"both: {found}", _SHARED + _MORE_SHARED * min(len(shared) - 1, _MAX_MORE))
        return
    if left.is_person and right.is_person and left.ends and right.ends:
        yield Part("neighbours", "nobody and nothing in common", _CONTRARY)
        return
    contrary = sorted(
        predicate.value
        for (predicate, inverse), ends in left.by_predicate.items()
        if right.by_predicate.get((predicate, inverse)) and not ends & right.by_predicate[predicate, inverse]
    )
    if contrary:
        yield Part("neighbours", f"other ends of {', '.join(contrary[:3])}", _CONTRARY)


def _shown(numbers: frozenset[tuple[str, ...]]) -> str:
    return ", ".join(sorted(" ".join(number) or "none" for number in numbers))
