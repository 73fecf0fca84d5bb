"""What an argument of a trigger names: a known mention, a name nobody knew yet, or something said before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.lang.en.stop_words import STOP_WORDS

from extractors.names import is_name_like
from extractors.reading import IMPLIED, LiteralMention, Reading, Sentence
from kg.model import Mention
from kg.ontology import Ontology
from kg.rdf import XSD, Literal

__all__ = ["PROPER", "Arguments", "as_kind", "code_span"]

PROPER = "proper 0.1.0"
"""Name and version of mentions made because an argument looks like a proper name."""

_CERTAINTY_PROPER = 0.85
_CERTAINTY_REFERENCE = 0.8
_VERSION_DIGITS = 3
_TOOL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*")
_TOOL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
_NAME_TAGS = ("NNP", "NNPS", "NN", "CD", "NNS", "FW", "HYPH", "JJ", "XX", "ADD")


class Arguments:
    """Finds the mention, or the literal, that the head token of a phrase stands for."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology

    def mentions(self, reading: Reading, sentence: Sentence, token: int, depth: int = 0) -> Iterator[Mention]:
        """Yield what a phrase's head token names: usually one mention, none for a common noun."""
        if token == IMPLIED:
            if sentence.start in reading.subjects:
                yield reading.subjects[sentence.start]
            return
        known = reading.mention_at.get(token)
        if known is not None:
            yield known
            return
        if token in reading.antecedents:
            yield reading.antecedents[token]
            return
        yield from self._named_noun(reading, sentence, token, depth)

    def _named_noun(self, reading: Reading, sentence: Sentence, token: int, depth: int) -> Iterator[Mention]:
        """Yield the name in `the Tidepool project` or `database Neo4j`, or a proper name nobody knew."""
        noun = reading.words[token]
        class_iri = self._ontology.class_named(noun)
        if class_iri is not None and token > 0 and token - 1 not in reading.mention_at:
            span = code_span(reading, token - 1)
            if span is not None:
                yield Mention(*span, reading.text[span[0] : span[1]], None, None, 0.6, PROPER)
                return
        for child in reading.children[token]:
            if reading.dependencies[child] in ("compound", "appos", "nmod", "amod") and child in reading.mention_at:
                mention = reading.mention_at[child]
                is_kind = class_iri is not None and (
                    mention.class_iri is None
                    or self._ontology.is_subclass(mention.class_iri, class_iri)
                    or self._ontology.is_subclass(class_iri, mention.class_iri)
                )
                if is_kind or reading.dependencies[child] == "appos":
                    yield mention
                    return
        proper = self.proper_name(reading, token)
        if proper is not None:
            yield proper
            return
        yield from self._said_of(reading, sentence, token, depth)

    def _said_of(self, reading: Reading, sentence: Sentence, token: int, depth: int) -> Iterator[Mention]:
        """Yield what a common noun is said of: `Oxigraph, a database written …`, `Oxigraph is a database written …`."""
        head, dependency = reading.heads[token], reading.dependencies[token]
        if depth > 2 or head == token:
            return
        if dependency == "appos":
            yield from self.mentions(reading, sentence, head, depth + 1)
        elif dependency == "attr" and reading.words[head].lower() in ("is", "was", "are", "were", "'s"):
            for subject in reading.children[head]:
                if reading.dependencies[subject] == "nsubj":
                    yield from self.mentions(reading, sentence, subject, depth + 1)

    @staticmethod
    def proper_name(reading: Reading, token: int) -> Mention | None:
        """Return a mention of a phrase that is written as a name, the head and what is joined to its left."""
        span = code_span(reading, token)
        if span is not None:
            return Mention(*span, reading.text[span[0] : span[1]], None, None, 0.6, PROPER)
        if not _looks_proper(reading, token):
            return None
        first = token
        while (
            first > 0
            and first - 1 not in reading.mention_at
            and reading.heads[first - 1] == token
            and reading.dependencies[first - 1] in ("compound", "nmod", "amod", "nummod")
            and reading.words[first - 1][:1].isupper()
        ):
            first -= 1
        start, end = reading.starts[first], reading.ends[token]
        if reading.text[end - 1] == "." and "." not in reading.text[start : end - 1]:
            end -= 1  # `C.` at a sentence's end, taken for an initial
        text = " ".join(reading.text[start:end].split())
        if text.casefold() in STOP_WORDS:
            return None
        return Mention(start, end, text, None, None, 0.6, PROPER) if is_name_like(text) else None

    def literals(self, reading: Reading, token: int, kind: str | None) -> Iterator[LiteralMention]:
        """Yield the literal a phrase holds, of the kind that the property wants."""
        span = [
            token,
            *sorted(
                c
                for c in reading.children[token]
                if reading.dependencies[c] in ("nummod", "compound", "nmod", "appos", "amod", "npadvmod")
            ),
        ]
        for place in span:
            literal = reading.literal_at.get(place)
            found = as_kind(kind, literal) if literal is not None else None
            if found is not None:
                yield found
                return

    @staticmethod
    def certainty(mention: Mention) -> float:
        """Return how sure it is that a mention is what it seems, as a factor in (0, 1]."""
        if mention.extractor == PROPER:
            return _CERTAINTY_PROPER
        return _CERTAINTY_REFERENCE if mention.extractor.startswith("reference") else 1.0


def as_kind(kind: str | None, literal: LiteralMention) -> LiteralMention | None:
    """Return a literal as a value of a property's kind, or None where it is none.

    A small whole number may be a version, and what looks like a year may be a number (`1500 employees`).
    """
    if kind == "version":
        is_short = literal.kind == "number" and literal.text.isdigit() and len(literal.text) < _VERSION_DIGITS
        return literal if literal.kind == "version" or is_short else None
    if kind == "number" and literal.kind == "date" and literal.text.isdigit():
        return literal._replace(kind="number", value=Literal(literal.text, datatype=XSD["integer"]))
    return literal if kind in (None, "text", literal.kind) else None


def code_span(reading: Reading, token: int) -> tuple[int, int] | None:
    """Return the inline code span around a token if it may name a tool: one word, no operators."""
    text = reading.request.note.text
    start, end = reading.starts[token], reading.ends[token]
    while start > 0 and text[start - 1] in _TOOL_CHARACTERS:
        start -= 1
    while end < len(text) and text[end] in _TOOL_CHARACTERS:
        end += 1
    inside = start > 0 and end < len(text) and text[start - 1] == "`" and text[end] == "`"
    return (start, end) if inside and _TOOL_NAME.fullmatch(text, start, end) else None


def _looks_proper(reading: Reading, token: int) -> bool:
    word, tag = reading.words[token], reading.tags[token]
    if word.isupper() and word.isalpha():
        # API, URL and HOC are no names, but what opens a sentence without an article is: `JQ is a tool`.
        is_subject = reading.dependencies[token] in ("nsubj", "nsubjpass")
        return tag == "NNP" and is_subject and not reading.children[token]
    if not tag.startswith(_NAME_TAGS) or len(word) < 2:
        return False
    inner_capital = any(character.isupper() for character in word[1:]) and not word.isupper()
    return inner_capital or (word[0].isupper() and tag.startswith("NNP"))
