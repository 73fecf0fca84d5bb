"""Names that the statistical model finds, and names that only look like names.

A trained model calls Neo4j a person. So its label decides a mention's class only where it can be
relied on: a person of two words or more, a place, an organisation that says so in its name.
"""

from __future__ import annotations

import re

from extractors.lemmas import Lemmas
from extractors.reading import Reading
from kg.model import Mention
from kg.ontology import Ontology, normalise_label
from kg.rdf import NamedNode

__all__ = ["CONFIDENCE_TELLING", "NAMES", "NameReader", "is_name_like", "outgrown"]

NAMES = "names 0.1.0"
"""Name and version that evidence carries."""

CONFIDENCE_TELLING = 0.75
"""Of a name that itself says what it is, such as one with `University` in it."""

_CONFIDENCE_TYPED = 0.7
_CONFIDENCE_UNTYPED = 0.5

_FALLBACK = {
    "PERSON": ("person", "human", "people"),
    "ORG": ("organisation", "organization", "company", "institution", "agent"),
    "GPE": ("place", "location", "city", "country"),
    "LOC": ("place", "location", "region"),
    "FAC": ("building", "facility", "place", "location"),
    "EVENT": ("event",),
    "WORK_OF_ART": ("creative work", "written work", "work"),
    "PRODUCT": ("product", "software"),
    "LANGUAGE": ("language",),
}
"""Class labels to look for when an ontology gives a model's label to no class, best first."""

_ORGANISATION_WORDS = frozenset(
    "inc ltd llc gmbh corp co corporation company university institute college school labs lab laboratory group "
    "foundation association agency ministry department bank press museum library committee council party team society "
    "research technologies analytics systems studio studios records airlines club".split()
)
_FROM_VAULT = 0.9
"""Confidence from which on a known name is the vault's own and never gives way."""

_BAD_CHARACTERS = re.compile(r"[(){}\[\]<>=/\\$|*_~^`\"#@]|https?:|--|\.\.")
_NAME_PREFIXES = ("Mc", "Mac", "O'", "O’", "De", "Di", "Le", "La", "Van", "Von", "Fitz")
_DETERMINER = re.compile(r"^(?:the|a|an|this|that|these|our|my|your)\s+", re.IGNORECASE)


class NameReader:
    """Turns the model's entity spans into mentions of classes of the ontology."""

    def __init__(self, ontology: Ontology, lemmas: Lemmas) -> None:
        self._lemmas = lemmas
        self._classes: dict[str, NamedNode] = {}
        for term in sorted(ontology.classes.values(), key=lambda c: c.iri.value):
            for label in term.ner_labels:
                self._classes.setdefault(label, term.iri)
        for label, names in _FALLBACK.items():
            for name in names:
                found = ontology.class_named(name)
                if label not in self._classes and found is not None:
                    self._classes[label] = found

    def find(self, reading: Reading) -> list[Mention]:
        """Return the model's names, cleaned; those of an untrusted or unmapped label have no class."""
        found = []
        for start_token, last, label in reading.entity_spans:
            first = start_token
            if label not in self._classes and label not in ("PRODUCT", "WORK_OF_ART"):
                continue
            start, end = reading.starts[first], reading.ends[last - 1]
            text = " ".join(reading.text[start:end].split())
            determiner = _DETERMINER.match(text)
            if determiner:
                skipped = len(determiner[0].split())
                first += skipped
                if first >= last:
                    continue
                start = reading.starts[first]
                text = text[determiner.end() :]
            if text.endswith(("'s", "’s")):
                text, end = text[:-2], end - 2
            if not is_name_like(text) or self._is_common_start(reading, first, last):
                continue
            trusted = self._is_trusted(label, text) and (label != "PERSON" or self._may_be_person(reading, first, last))
            class_iri = self._classes.get(label) if trusted else None
            confidence = _CONFIDENCE_TYPED if class_iri else _CONFIDENCE_UNTYPED
            if class_iri and label == "ORG":
                confidence = CONFIDENCE_TELLING
            found.append(Mention(start, end, text, class_iri, None, confidence, NAMES))
        return found

    def _is_common_start(self, reading: Reading, first: int, last: int) -> bool:
        """Tell whether a name is one dictionary word, capitalised only because the sentence begins."""
        if last - first > 1 or reading.dependencies[first] == "":
            return False
        word = reading.words[first]
        sentence_initial = first == 0 or reading.sentence_at(reading.starts[first - 1]) is not reading.sentence_at(
            reading.starts[first]
        )
        return (sentence_initial or not reading.tags[first].startswith("NNP")) and self._lemmas.is_common(word.lower())

    def _may_be_person(self, reading: Reading, first: int, last: int) -> bool:
        """Tell `Use Astro`, `Todo Tree` and `Run MkDocs` from a person, who has few dictionary words in the name.

        In prose one is admitted (`Mark Raasveldt`); what is no sentence says too little.
        """
        words = reading.words[first:last]
        if any(any(c.isupper() for c in word[1:]) and not word.startswith(_NAME_PREFIXES) for word in words):
            return False
        common = sum(self._lemmas.is_common(word.casefold()) for word in words)
        sentence = reading.sentence_at(reading.starts[first])
        if sentence is None or common == len(words):
            return False
        outside = (t for t in range(sentence.first, sentence.last) if not first <= t < last)
        is_prose = any(reading.tags[token].startswith("VB") for token in outside)
        return common == 0 or (is_prose and sentence.segment.block.kind not in ("heading", "table cell"))

    def _is_trusted(self, label: str, text: str) -> bool:
        words = text.replace("-", " ").split()
        if label == "PERSON":
            return (
                2 <= len(words) <= 4
                and all(w[0].isupper() or w in ("de", "van", "von", "der", "la", "bin", "al") for w in words)
                and text.replace(" ", "").replace("-", "").replace(".", "").replace("'", "").isalpha()
            )
        if label == "ORG":
            return len(words) > 1 and any(normalise_label(w).strip(".,") in _ORGANISATION_WORDS for w in words)
        return label in ("GPE", "LOC", "FAC", "EVENT", "LANGUAGE")


def outgrown(reading: Reading, names: list[Mention]) -> frozenset[tuple[int, int]]:
    """Return the spans of list names that are only a part of a longer name: `New York` in `The New York Library`."""
    spans = [
        (m.start, m.end) for m in reading.mentions if m.extractor.startswith("gazetteer") and m.confidence < _FROM_VAULT
    ]
    longer = [(m.start, m.end) for m in names if m.class_iri is not None or len(m.text.split()) > 1]
    return frozenset(
        s for s in spans if any(start <= s[0] and s[1] <= end and (start, end) != s for start, end in longer)
    )


def is_name_like(text: str) -> bool:
    """Tell whether a span may be a name: it has a capital letter, two characters, and no code in it."""
    return (
        2 <= len(text) <= 80
        and any(character.isupper() for character in text)
        and not _BAD_CHARACTERS.search(text)
        and text[0].isalnum()
        and not text.isdigit()
        and len(text.split()) <= 8
    )
