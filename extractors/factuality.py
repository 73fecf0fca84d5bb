"""Whether a clause asserts anything: negated, hypothetical, conditional and questioned ones do not."""

from __future__ import annotations

import re

from extractors.lemmas import Lemmas
from extractors.reading import Reading, Sentence

__all__ = ["asserts", "sentence_asserts"]

_NEGATIONS = frozenset(
    {"not", "n't", "never", "no", "nobody", "nothing", "neither", "nor", "hardly", "rarely", "without", "cannot"}
)
_CONDITIONS = frozenset({"if", "unless", "whether", "until", "lest", "provided", "supposing", "once"})
_FACTIVE_STARTERS = frozenset(
    {"start", "begin", "continue", "go", "keep", "come", "manage", "help", "happen", "stay", "decide", "choose"}
)
_ATTITUDES = frozenset(
    "wish hope want doubt wonder propose suggest plan consider imagine assume expect recommend think believe guess "
    "feel suspect dream prefer pretend deny ask claim speculate".split()
)
_GUESSES = frozenset(
    "maybe perhaps possibly probably presumably supposedly allegedly reportedly potentially hypothetically".split()
)
_HEARSAY = re.compile(
    r"\b(?:unlikely|false that|untrue|not true|doubtful|rumou?rs?|rumou?red|"
    r"no (?:evidence|proof|indication|sign|reason)|myth|contrary to|it is (?:said|alleged)|hypothetical(?:ly)?)\b",
    re.IGNORECASE,
)
"""Words with which a whole sentence is doubted, denied or passed on as hearsay."""

_OPENING_CONDITIONS = frozenset({"if", "unless", "assuming", "suppose", "supposing", "provided", "imagine", "lest"})
_OPENERS = frozenset({"and", "but", "so", "then", "even", "only", "or", "well", "now"})
_OPENING_WORDS = 4
_CHINESE_NO = re.compile(
    r"[不没未非]|无法|别|[吗呢？?]|如果|若|假如|要是|可能|也许|或许|计划|打算|考虑|想要|希望|应该|是否|能否|尚未"
)


def sentence_asserts(reading: Reading, sentence: Sentence) -> bool:
    """Tell whether a sentence states something at all: it is no question, and in Chinese not negated."""
    text = reading.text[sentence.text_start : sentence.text_end].rstrip()
    if sentence.segment.language == "zh":
        return _CHINESE_NO.search(text) is None
    if text.rstrip("\"'”’)*_ ").endswith("?") or _HEARSAY.search(text):
        return False
    return not _opens_condition(reading, sentence)


def _opens_condition(reading: Reading, sentence: Sentence) -> bool:
    """Tell whether a sentence opens with a condition, whatever the parser makes of it: `If …`, `Had he …`."""
    for token in range(sentence.first, min(sentence.last, sentence.first + _OPENING_WORDS)):
        word = reading.words[token].lower()
        if word in _OPENING_CONDITIONS:
            return True
        if word in ("had", "were", "should"):
            following = reading.tags[token + 1] if token + 1 < sentence.last else ""
            return token == sentence.first and following.startswith(("NN", "PRP", "DT", "EX"))
        if word not in _OPENERS and reading.words[token].isalpha():
            return False
    return False


def asserts(reading: Reading, sentence: Sentence, verb: int, lemmas: Lemmas) -> bool:
    """Tell whether the clause of a verb (or of a predicate noun's `be`) is asserted as a fact.

    Looks at the clause and at the clauses it depends on, up to the sentence's root.
    """
    token = verb
    while True:
        if not _clause_asserts(reading, token):
            return False
        head = reading.heads[token]
        dependency = reading.dependencies[token]
        if head == token or not sentence.first <= head < sentence.last:
            return True
        if dependency in ("ccomp", "xcomp", "pcomp", "advcl"):
            head_lemma = lemmas.lemma(reading.words[head].lower(), "verb")
            if dependency == "xcomp" and head_lemma not in _FACTIVE_STARTERS:
                return False
            if dependency == "ccomp" and head_lemma in _ATTITUDES:
                return False
        if dependency in ("relcl", "acl", "appos", "nsubj", "nsubjpass", "dobj", "pobj", "attr", "oprd"):
            return True  # what is said of a thing by the way holds whatever the main clause says of it
        token = head


def _clause_asserts(reading: Reading, token: int) -> bool:
    tag = reading.tags[token]
    for child in reading.children[token]:
        word, dependency = reading.words[child].lower(), reading.dependencies[child]
        if dependency == "neg" or (word in _NEGATIONS and dependency in ("advmod", "preconj", "cc", "det", "prep")):
            return False
        if dependency == "aux" and (
            reading.tags[child] == "MD" or (reading.tags[child] == "TO" and reading.dependencies[token] != "xcomp")
        ):
            return False
        if dependency == "advmod" and word in _GUESSES:
            return False
        if dependency in ("mark", "advmod") and word in _CONDITIONS:
            return False
        if dependency == "advcl" and any(
            reading.words[mark].lower() in ("if", "unless") and reading.dependencies[mark] == "mark"
            for mark in reading.children[child]
        ):
            return False
        if dependency in ("nsubj", "nsubjpass", "dobj", "attr") and any(
            reading.words[det].lower() in ("no", "neither")
            for det in reading.children[child]
            if reading.dependencies[det] in ("det", "preconj")
        ):
            return False
        if word == "longer" and dependency == "advmod":
            return False
    # An imperative: a bare verb form that opens its clause and has nobody doing it.
    return not (
        tag == "VB"
        and reading.dependencies[token] == "ROOT"
        and not any(reading.dependencies[c] in ("nsubj", "nsubjpass", "aux") for c in reading.children[token])
    )
