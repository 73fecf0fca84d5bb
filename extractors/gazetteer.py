"""Names that are known beforehand: titles and aliases of notes, individuals and lists of the ontology.

They are matched after the parse and do not alter it (DESIGN §11.9), and they override the statistical
names. In Chinese sentences they are matched on raw characters.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from spacy.lang.en.stop_words import STOP_WORDS

from extractors.lemmas import Lemmas
from extractors.reading import Reading, Sentence
from kg.extraction import Term
from kg.model import Mention
from kg.text import has_han, may_be_term

__all__ = ["GAZETTEER", "Gazetteer"]

GAZETTEER = "gazetteer 0.1.0"
"""Name and version that evidence carries."""

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[^\W_{_HAN}]+|[{_HAN}]|[^\w\s]|_")
"""`C#` and `C++` have one letter, but can be nothing else."""

_CONFIDENCE = {"title": 0.95, "alias": 0.9, "individual": 0.9, "gazetteer": 0.85}


class Gazetteer:
    """Finds the terms of one vocabulary in text. The first term of a text wins (they come ranked)."""

    def __init__(self, vocabulary: tuple[Term, ...], lemmas: Lemmas) -> None:
        self._lemmas = lemmas
        self._by_first_piece: dict[str, list[tuple[tuple[str, ...], Term, bool]]] = defaultdict(list)
        self._by_first_character: dict[str, list[tuple[str, Term]]] = defaultdict(list)
        seen: set[str] = set()
        for term in vocabulary:
            folded = term.text.casefold()
            if not self.is_term(term.text) or (folded in seen and self._is_loose(term.text)):
                continue
            seen.add(folded)
            if has_han(term.text):
                self._by_first_character[folded[0]].append((folded, term))
                continue
            pieces = tuple(piece.casefold() for piece in _PIECE.findall(term.text))
            self._by_first_piece[pieces[0]].append((pieces, term, self._is_loose(term.text)))
        for rows in self._by_first_piece.values():
            rows.sort(key=lambda row: -len(row[0]))
        for characters in self._by_first_character.values():
            characters.sort(key=lambda row: -len(row[0]))

    def is_term(self, text: str) -> bool:
        """Tell whether a name may be recognised in text at all (DESIGN §11.9)."""
        stripped = text.strip()
        folded = stripped.casefold()
        if not may_be_term(stripped) or folded in STOP_WORDS:
            return False
        return not (stripped.isalpha() and stripped == folded and self._lemmas.is_common(folded))

    def _is_loose(self, text: str) -> bool:
        """Tell whether a term is matched whatever its case: it has several words, or is no dictionary word."""
        words = text.split()
        return len(words) > 1 or not self._lemmas.is_common(text.casefold())

    def find(self, reading: Reading) -> list[Mention]:
        """Return the mentions of known names, longest first at each place, left to right."""
        found: list[Mention] = []
        for sentence in reading.sentences:
            if sentence.segment.language == "zh":
                found += self._in_characters(reading, sentence)
            found += self._in_words(reading, sentence)
        return sorted(found, key=lambda m: (m.start, -m.end))

    def _in_words(self, reading: Reading, sentence: Sentence) -> Iterator[Mention]:
        text = reading.text
        pieces = [(m[0], m.start(), m.end()) for m in _PIECE.finditer(text, sentence.text_start, sentence.text_end)]
        folded = [piece[0].casefold() for piece in pieces]
        index = 0
        while index < len(pieces):
            step = 1
            for wanted, term, loose in self._by_first_piece.get(folded[index], ()):
                last = index + len(wanted)
                if tuple(folded[index:last]) != wanted:
                    continue
                start, end = pieces[index][1], pieces[last - 1][2]
                if (loose or self._is_exact(reading, sentence, term, start, end)) and not _glued(text, start, end):
                    yield _mention(reading, term, start, end)
                    step = len(wanted)
                    break
            index += step

    def _is_exact(self, reading: Reading, sentence: Sentence, term: Term, start: int, end: int) -> bool:
        """Tell whether a dictionary word is meant as a name: same case, and no verb at a sentence's start."""
        if " ".join(reading.text[start:end].split()) != term.text:
            return False
        if start != sentence.text_start or sentence.segment.language == "zh" or not term.text[1:].islower():
            return True
        tokens = reading.tokens_of(start, end)
        return len(tokens) > 0 and (
            reading.tags[tokens[0]].startswith("NN") or self._lemmas.is_only_noun(term.text.casefold())
        )

    def _in_characters(self, reading: Reading, sentence: Sentence) -> Iterator[Mention]:
        text = reading.text[sentence.text_start : sentence.text_end].casefold()
        index = 0
        while index < len(text):
            step = 1
            for wanted, term in self._by_first_character.get(text[index], ()):
                if text.startswith(wanted, index):
                    start = sentence.text_start + index
                    yield _mention(reading, term, start, start + len(wanted))
                    step = len(wanted)
                    break
            index += step


def _glued(text: str, start: int, end: int) -> bool:
    """Tell whether a span is part of a longer word or path, such as `Go` in `Go-lang` or `git/Go`."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    beyond = text[end + 1] if end + 1 < len(text) else " "
    return before in "/\\@-.$#" or after in "/\\@=" or (after in "-." and beyond.isalnum())


def _mention(reading: Reading, term: Term, start: int, end: int) -> Mention:
    text = " ".join(reading.text[start:end].split())
    return Mention(start, end, text, term.class_iri, term.entity, _CONFIDENCE[term.source], GAZETTEER)
