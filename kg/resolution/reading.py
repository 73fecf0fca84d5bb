"""A profile with its names taken apart, in view of its class: what is done once for all its pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kg.ontology import Ontology, normalise_label
from kg.rdf import NamedNode
from kg.resolution.forms import Form, forms_of
from kg.resolution.profile import Profile
from kg.resolution.words import one_spelling
from kg.text import has_han

__all__ = ["Reader", "Reading"]

_PERSON, _ORGANISATION = "PERSON", "ORG"
"""The labels of name recognisers that a class of people, and one of organisations, has in the ontology."""
_MIN_REST = 2
"""Letters of a class word, and of what is left of a name without it."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is compared of an entity.

    Attributes:
        forms: the forms of all its names, each once; those in `rests` lack the word for the class.
        sounds: its names in Latin letters without spaces, in either order; none unless Chinese can be read.
        numbers: the numbers of each name.
        is_person: None if the class says nothing.
        by_predicate: its neighbours by predicate and direction; `ends` are all of them.
    """

    profile: Profile
    forms: tuple[Form, ...]
    rests: frozenset[Form]
    sounds: frozenset[str]
    numbers: frozenset[tuple[str, ...]]
    is_person: bool | None
    by_predicate: dict[tuple[NamedNode, bool], frozenset[NamedNode]]
    ends: frozenset[NamedNode]


class Reader:
    """Reads profiles under one ontology.

    Args:
        ontology: says which classes are of people, and which words name a class.
        read_aloud: writes Chinese characters in Latin letters without spaces or tones, if given.
    """

    def __init__(self, ontology: Ontology, read_aloud: Callable[[str], str] | None = None) -> None:
        self.ontology = ontology
        self.read_aloud = read_aloud
        self._class_words: dict[NamedNode, frozenset[str]] = {}
        self._ner_labels: dict[NamedNode, frozenset[str]] = {}

    def read(self, profile: Profile) -> Reading:
        """Take a profile's names apart."""
        names = tuple(dict.fromkeys((*profile.names, *profile.aliases)))
        is_organisation = self._has_label(profile.class_iri, _ORGANISATION) is True
        whole = [form for name in names for form in forms_of(name, name in profile.aliases, is_organisation)]
        rests = [form for name in names for rest in self._rests(name, profile.class_iri) for form in forms_of(rest)]
        forms: dict[tuple[str, tuple[str, ...]], Form] = {}
        for form in (*whole, *rests):
            forms.setdefault((form.key, form.qualifier), form)
        kept = tuple(forms.values())
        by_predicate: dict[tuple[NamedNode, bool], set[NamedNode]] = {}
        for neighbour in profile.neighbours:
            by_predicate.setdefault((neighbour.predicate, neighbour.inverse), set()).add(neighbour.entity)
        return Reading(
            profile,
            kept,
            frozenset(rests) - frozenset(whole),
            self._sounds(kept),
            frozenset(form.numbers for form in kept),
            self._has_label(profile.class_iri, _PERSON),
            {key: frozenset(ends) for key, ends in by_predicate.items()},
            frozenset(neighbour.entity for neighbour in profile.neighbours),
        )

    def _rests(self, name: str, class_iri: NamedNode | None) -> Iterable[str]:
        """Yield the rest of a name where it begins or ends with the word for its class."""
        if class_iri is None or class_iri not in self.ontology.classes:
            return
        folded = normalise_label(name)
        for word in sorted(self._words_for(class_iri)):
            if len(name) - len(word) < _MIN_REST or len(word) < _MIN_REST:
                continue
            if folded.endswith(word if has_han(word) else f" {word}"):
                yield name[: -len(word)].strip()
            elif folded.startswith(f"{word} "):
                yield name[len(word) :].strip()

    def _words_for(self, class_iri: NamedNode) -> frozenset[str]:
        if class_iri not in self._class_words:
            term = self.ontology.classes[class_iri]
            labels = {normalise_label(label.text) for label in term.labels if label.preferred}
            self._class_words[class_iri] = frozenset(
                x for label in labels if label for x in (label, one_spelling(label))
            )
        return self._class_words[class_iri]

    def _has_label(self, class_iri: NamedNode | None, label: str) -> bool | None:
        """Tell whether a class or one above it is what a name recogniser calls by a label; None without a class."""
        if class_iri is None or class_iri not in self.ontology.classes:
            return None
        if class_iri not in self._ner_labels:
            line = self.ontology.superclasses(class_iri) | {class_iri}
            terms = [self.ontology.classes[iri] for iri in line if iri in self.ontology.classes]
            self._ner_labels[class_iri] = frozenset(name for term in terms for name in term.ner_labels)
        return label in self._ner_labels[class_iri]

    def _sounds(self, forms: Iterable[Form]) -> frozenset[str]:
        if self.read_aloud is None:
            return frozenset()
        found = set()
        for form in forms:
            if form.is_han:
                found.add(self.read_aloud(form.tokens[0]))
            elif form.tokens:
                found |= {form.plain, "".join((form.tokens[-1], *form.tokens[:-1]))}
        return frozenset(found)
