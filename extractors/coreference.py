"""Light coreference: what `it`, `she`, `the library` and a fragment without a subject stand for.

Rules only: the note's subject, the nearest earlier mention of a fitting kind in the same block, a
surname or an acronym of a name given in full. Nothing is created for a pronoun.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extractors.arguments import Arguments
from extractors.lemmas import Lemmas
from extractors.reading import Reading, Sentence
from kg.iri import normalise_name
from kg.model import Mention
from kg.ontology import Ontology
from kg.rdf import NamedNode
from kg.text import has_han

__all__ = ["REFERENCE", "Coreference"]

REFERENCE = "reference 0.1.0"
"""Name and version of mentions that stand for one said before."""

_THINGS = frozenset({"it", "this", "that", "its", "itself"})
_PEOPLE = frozenset({"he", "she", "his", "her", "him"})
_GROUPS = frozenset({"they", "their", "them"})
_MAX_NAME_WORDS = 6
_ACRONYM = re.compile(r"\(([A-Z][A-Za-z0-9]{1,9})\)")
_GENERIC_SECTIONS = tuple(
    "about overview introduction summary description background details notes facts history status features why "
    "概述 简介 介绍 背景 总结".split()
)
"""Headings under which a note goes on about its own subject."""

_SUBJECTS = ("nsubj", "nsubjpass", "poss")


class Coreference:
    """Resolves references inside one note."""

    def __init__(self, ontology: Ontology, lemmas: Lemmas) -> None:
        self._ontology, self._lemmas = ontology, lemmas
        self._person = ontology.class_named("person")

    def resolve(self, reading: Reading) -> None:
        """Fill `reading.antecedents` and `reading.subjects`, and join short names to long ones."""
        note_subject = _note_subject(reading, self._lemmas)
        subject = note_subject
        short_names = _join_short_names(reading, self._person)
        block = None
        previous: list[Mention] = []
        for sentence in reading.sentences:
            if sentence.segment.block is not block:
                block, previous = sentence.segment.block, []
                if block.kind == "heading":
                    subject = self._section_subject(reading, sentence, note_subject)
            if subject is not None:
                reading.subjects[sentence.start] = subject
            if sentence.segment.language == "en":
                self._resolve_sentence(reading, sentence, previous, subject, short_names)
            previous = self._mentions_by_salience(reading, sentence) + previous[:6]

    def _section_subject(self, reading: Reading, heading: Sentence, note_subject: Mention | None) -> Mention | None:
        """Return what the section below a heading is about: the note's subject, the one name it is, else nothing."""
        text = " ".join(reading.text[heading.text_start : heading.text_end].split())
        name = normalise_name(text)
        if name in {normalise_name(known) for known in reading.request.entry.names}:
            return note_subject
        for mention in reading.mentions_in(heading.text_start, heading.text_end):
            if normalise_name(mention.text) == name:
                return _reference(mention)
        if any(normalise_name(text).startswith(word) for word in _GENERIC_SECTIONS):
            return note_subject
        is_word = " " not in text and text.isalnum() and not self._lemmas.is_common(text.casefold())
        if is_word and text[0].isupper() and not has_han(text):
            return Mention(heading.text_start, heading.text_end, text, None, None, 0.5, REFERENCE)
        return None

    def _resolve_sentence(
        self,
        reading: Reading,
        sentence: Sentence,
        previous: list[Mention],
        subject: Mention | None,
        short_names: dict[str, Mention],
    ) -> None:
        for token in range(sentence.first, sentence.last):
            word, tag = reading.words[token].lower(), reading.tags[token]
            if token in reading.mention_at:
                continue
            if tag == "PRP$":
                found = self._pronoun(word, previous, None)
            elif tag.startswith("PRP"):
                found = self._pronoun(word, previous, subject)
            elif word in ("this", "that") and tag == "DT" and reading.dependencies[token] in _SUBJECTS:
                found = self._pronoun(word, previous, None)
            elif tag == "NNP" and _stands_alone(reading, token):
                found = short_names.get(word)
                found = found if found is not None and found.end <= reading.starts[token] else None
            elif tag == "NN" and self._is_definite(reading, token):
                found = self._definite_head(word, previous, subject)
            else:
                continue
            if found is not None:
                reading.antecedents[token] = _reference(found)

    def _pronoun(self, word: str, previous: list[Mention], subject: Mention | None) -> Mention | None:
        candidates = previous if previous else ([subject] if subject else [])
        for mention in candidates:
            is_person = (
                mention.class_iri is not None
                and self._person is not None
                and self._ontology.is_subclass(mention.class_iri, self._person)
            )
            if word in _THINGS and not is_person:
                return mention
            if word in _PEOPLE and (is_person or (mention.class_iri is None and _may_be_person(mention.text))):
                return mention
            if word in _GROUPS and not is_person:
                return mention
        return None

    def _is_definite(self, reading: Reading, token: int) -> bool:
        return any(
            reading.words[c].lower() in ("the", "this") and reading.dependencies[c] == "det"
            for c in reading.children[token]
        ) and not any(
            reading.dependencies[c] in ("compound", "appos", "amod", "prep", "relcl", "acl", "poss")
            for c in reading.children[token]
        )

    def _definite_head(self, noun: str, previous: list[Mention], subject: Mention | None) -> Mention | None:
        class_iri = self._ontology.class_named(noun)
        if class_iri is None:
            return None
        for mention in [*previous, *([subject] if subject else [])]:
            if mention.class_iri is not None and self._are_compatible(mention.class_iri, class_iri):
                return mention
        return None

    def _are_compatible(self, known: NamedNode, said: NamedNode) -> bool:
        return self._ontology.is_subclass(known, said) or self._ontology.is_subclass(said, known)

    @staticmethod
    def _mentions_by_salience(reading: Reading, sentence: Sentence) -> list[Mention]:
        """Return a sentence's mentions, its grammatical subjects first, then in text order."""
        found: dict[tuple[int, int], Mention] = {}
        for token in range(sentence.first, sentence.last):
            if reading.dependencies[token] not in _SUBJECTS:
                continue
            mention = reading.mention_at.get(token) or reading.antecedents.get(token)
            if mention is None and reading.dependencies[token] != "poss":
                mention = Arguments.proper_name(reading, token)
            if mention is not None:
                found.setdefault((mention.start, mention.end), mention)
        if found or sentence.first < sentence.last:
            return list(found.values())
        return reading.mentions_in(sentence.text_start, sentence.text_end)


def _may_be_person(name: str) -> bool:
    words = name.split()
    return 2 <= len(words) <= 4 and all(
        word[0].isupper() and word.replace("-", "").replace(".", "").isalpha() for word in words
    )


def _note_subject(reading: Reading, lemmas: Lemmas) -> Mention | None:
    """Return a mention of what the note describes; daily notes describe nothing, and a headline is no name."""
    entry = reading.request.entry
    words = entry.title.split()
    if entry.described is None or (
        entry.class_iri is None and (len(words) > _MAX_NAME_WORDS or _is_headline(words, lemmas))
    ):
        return None
    return Mention(0, 0, entry.title, entry.class_iri, entry.described, 0.9, REFERENCE)


def _is_headline(words: list[str], lemmas: Lemmas) -> bool:
    """Tell whether a title tells what to do (`Add A Column To A Table`) and not what something is called."""
    return len(words) > 2 and words[0].isalpha() and lemmas.is_verb(words[0].casefold())


def _reference(mention: Mention) -> Mention:
    return replace(mention, extractor=REFERENCE)


def _stands_alone(reading: Reading, token: int) -> bool:
    """Tell whether a name is one word, and no part of a longer one."""
    parts = ("compound", "nmod", "appos")
    return reading.dependencies[token] not in parts and not any(
        reading.dependencies[child] in parts for child in reading.children[token]
    )


def _join_short_names(reading: Reading, person: NamedNode | None) -> dict[str, Mention]:
    """Give a surname, a first name or an acronym the entity and class of the full name said earlier.

    Returns the short names, each with the mention of the full one.
    """
    full: dict[str, Mention] = {}
    joined: list[Mention] = []
    for found in reading.mentions:
        mention = found
        name = normalise_name(mention.text)
        words = name.split()
        known = full.get(name)
        if known is not None and known.text != mention.text and mention.entity is None:
            mention = replace(mention, entity=known.entity, class_iri=known.class_iri, text=known.text)
        joined.append(mention)
        if len(words) > 1:
            if mention.class_iri is not None and mention.class_iri == person:
                full[words[-1]] = mention
                full.setdefault(words[0], mention)
            acronym = _ACRONYM.match(reading.text[mention.end :].lstrip()[:14])
            if acronym and _is_acronym_of(acronym[1], words):
                full[acronym[1].casefold()] = mention
    reading.mentions = joined
    reading.index_mentions()
    return full


def _is_acronym_of(acronym: str, words: list[str]) -> bool:
    letters = "".join(word[0] for word in re.findall(r"[^\W_]+", " ".join(words)))
    return acronym.casefold() == letters or acronym.casefold().rstrip("s") == letters
