"""The forms of a name in which two names can be equal, contained in each other, or short for each other."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from kg.resolution.chinese import HAN, simplify, with_digits, without_legal_suffix
from kg.resolution.words import ARTICLES, LEGAL, LEGAL_OF_COMPANIES, SMALL_WORDS, one_spelling, roman_number, singular
from kg.text import has_han

__all__ = ["Form", "forms_of"]

_PARENTHESIS = re.compile(r"^(.*\S)\s*\(([^()]+)\)$")
_DOTTED = re.compile(r"(?<![^\W\d_])((?:[^\W\d_]\.){2,})(?=(\s*\w)?)")
_LEGAL_DOTTED = re.compile(r"(?<=[\s,])(?:n\.v|b\.v|s\.a|s\.p\.a|l\.p|p\.l\.c)\.?$")
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u074a"
    "\u07a6-\u07b0\u0900-\u0963\u0970-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u0f18-\u0fbc\u1000-\u109f\u17b4-\u17d3"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u302a-\u302f\u3099\u309a\ua8e0-\ua8ff\ufe20-\ufe2f"
)
"""Marks that belong to the letter before them; Python's `\\w` leaves them out."""
_TOKEN = re.compile(
    rf"[{HAN}·][{HAN}·\d.]*|\d+[{HAN}][{HAN}·\d]*"  # Chinese, with digits in front or behind
    r"|\d+(?:\.\d+)*[a-z]?(?![^\W\d_])"  # a number: 3.11, 4o
    rf"|(?:(?<!\S)\.(?=[^\W\d_]{{2}}))?[^\W_{HAN}](?:[^\W_{HAN}]|[{_MARKS}])*[+#*]*"  # a word: c++, c#, a*, .net
)
_LATIN_NUMBER = re.compile(r"([^\W\d_]+[+#]*)(\d+(?:\.\d+)*)")
_HAN_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_ALL_HAN = re.compile(rf"[{HAN}·\d.]*[{HAN}][{HAN}·\d.]*")
_VERSION = re.compile(r"\bv\.?\s*(?=\d)|(?<=\w\s)(?:ver|version|release)\.?\s*(?=\d|$)")
_SCRIPT_SUFFIX = re.compile(r"\.js$", re.IGNORECASE)
_CAPITALS = re.compile(r"\b[A-Z]+\b")
_ACRONYM = re.compile(r"[A-Z][A-Z0-9&]{1,6}s?")


_HYPHENED = re.compile(r"(?<=[^\W_])-([^\W\d_]+)")
_ROMAN_WORDS = frozenset({"ii", "iii"})
"""Roman numbers whatever their case; `vi` is a program too."""
_MAX_LENGTH = 256
"""Characters of a name; what is longer is a text."""
_MIN_AFTER_ARTICLE = 4
"""Letters of a word that an article may be left off: `The Who` is not `WHO`."""


@dataclass(frozen=True, slots=True)
class Form:
    """One name, taken apart.

    Attributes:
        text: the name as it was read.
        tokens: folded words without legal suffix and leading article; Chinese text is one token.
        singulars: the tokens, each in the singular.
        numbers: its numbers (versions, years, ordinals) in the order of the name, a part of the identity.
        key: singulars and numbers without spaces: equal keys are one name.
        qualifier: folded words after a comma or in parentheses at the end.
        acronym: the folded acronym that the name is, or an empty text.
        initials: first letters of its words, without and with the small ones, where it has two words or more.
        is_stated: somebody stated this name for the entity as another than its first.
    """

    text: str
    tokens: tuple[str, ...]
    singulars: tuple[str, ...]
    numbers: tuple[str, ...]
    key: str
    qualifier: tuple[str, ...]
    acronym: str
    initials: frozenset[str]
    is_stated: bool = False

    @property
    def plain(self) -> str:
        """Return the tokens without spaces, plural and case of words kept apart from `key`."""
        return "".join(self.tokens)

    @property
    def is_capitalised(self) -> bool:
        """Tell whether the name as it was read has a capital or a digit at the head of any word."""
        return any(word[0].isupper() or word[0].isdigit() for word in self.text.split())

    @property
    def is_han(self) -> bool:
        """Tell whether the name is one run of Chinese characters, numbers aside."""
        return len(self.tokens) == 1 and _ALL_HAN.fullmatch(self.tokens[0]) is not None


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    is_stated: bool
    is_organisation: bool


@lru_cache(maxsize=65_536)
def forms_of(name: str, is_stated: bool = False, is_organisation: bool = False) -> tuple[Form, ...]:
    """Return the forms of one name: as it is, and what stands in parentheses if that is short for it.

    Names without a letter or digit have none, nor has what is too long for a name. Of an organisation's name, legal
    forms that mean something else in other names are dropped too.
    """
    text = unicodedata.normalize("NFKC", name).strip()
    if len(text) > _MAX_LENGTH:
        return ()
    outer, inner = text, ""
    match = _PARENTHESIS.match(text)
    if match:
        outer, inner = match[1], match[2]
    source = _Source(name, is_stated, is_organisation)
    main = _form(outer, source)
    if main is None:
        return ()
    if not inner:
        joined = _form(_SCRIPT_SUFFIX.sub("js", text), source) if _SCRIPT_SUFFIX.search(text) else None
        return (main,) if joined is None else (main, joined)
    short = _form(inner, source)
    if short is not None and short.acronym and short.acronym in main.initials:
        return main, short
    qualified = _form(outer, source, inner)
    return (qualified,) if qualified is not None else ()


def _form(text: str, source: _Source, qualifier: str = "") -> Form | None:
    legal = LEGAL_OF_COMPANIES if source.is_organisation else LEGAL
    plain = without_accents(simplify(text)).replace("'", "").replace("’", "").replace("`", "")
    plain = re.sub(r"\s+&\s+", " and ", plain)
    acronym = _acronym_of(plain)
    folded = _DOTTED.sub(_spell_out, _LEGAL_DOTTED.sub("", plain.casefold().strip())).replace("&", "")
    folded = _SCRIPT_SUFFIX.sub("", folded)
    head, _, tail = folded.partition(",")
    tail_words = tuple(_TOKEN.findall(tail))
    if tail_words and not (set(tail_words) <= LEGAL_OF_COMPANIES) and not qualifier and not has_han(folded):
        qualifier = tail
    capitals = {word.casefold() for word in _CAPITALS.findall(plain)}
    words, numbers = _words(head if tail_words else folded, capitals, source.is_organisation)
    while len(words) > 1 and words[-1] in legal:
        words = words[:-1]
    if not words and not numbers:
        return None
    singulars = tuple(word if word in capitals else one_spelling(singular(word)) for word in words)
    letters = "".join(re.sub(r"\d+(?:\.\d+)*", "", word) if has_han(word) else word for word in singulars)
    key = letters + "".join(f"#{number}" for number in numbers)
    return Form(
        source.name,
        words,
        singulars,
        numbers,
        key,
        tuple(_TOKEN.findall(without_accents(simplify(qualifier)).casefold())),
        acronym,
        _initials(words, folded) if len(words) > 1 else frozenset(),
        source.is_stated,
    )


def without_accents(text: str) -> str:
    """Drop the accents of Latin letters, `García` is `Garcia`; in other scripts marks make other letters (が, й)."""
    if text.isascii():
        return text
    kept: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(character):
            base = character
        elif base.isascii() and base:
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def _acronym_of(text: str) -> str:
    """Return a name that is written as an acronym, folded: `I.B.M.`, `CRDTs`, `AT&T`."""
    bare = text.replace(".", "") if re.fullmatch(r"(?:\w\.){2,}\w?", text) else text
    if _ACRONYM.fullmatch(bare) is None:
        return ""
    return bare.removesuffix("s").replace("&", "").casefold()


def _spell_out(match: re.Match[str]) -> str:
    """Write `j.r.r. tolkien` as four words, `u.k.` as one."""
    letters = match[1].split(".")[:-1]
    return f"{' '.join(letters)} " if match[2] else "".join(letters)


def _words(text: str, capitals: set[str], is_organisation: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a folded name, and its numbers; Roman ones were written in capitals."""
    words: list[str] = []
    numbers: list[str] = []
    tokens = _TOKEN.findall(with_digits(_VERSION.sub("", text)))
    for position, token in enumerate(tokens):
        if has_han(token):
            numbers += _HAN_NUMBER.findall(token)
            words.append(without_legal_suffix(token.strip("·."), is_organisation))
            continue
        if token[0].isdigit():
            if words and has_han(words[-1]):
                words[-1] += token
            numbers.append(token)
            continue
        attached = _LATIN_NUMBER.fullmatch(token)
        if attached and len(token) > 2:
            words.append(attached[1])
            numbers.append(attached[2])
        elif position and roman_number(token) and (token in capitals or token in _ROMAN_WORDS):
            numbers.append(roman_number(token))
        else:
            words.append(token)
    rest = "".join(words[1:])
    if words and words[0] in ARTICLES and text.startswith(f"{words[0]} ") and len(rest) >= _MIN_AFTER_ARTICLE:
        words = words[1:]
    return tuple(words), tuple(numbers)


def _initials(words: tuple[str, ...], text: str) -> frozenset[str]:
    """Return what an acronym of the words may be: with and without small words, and what a hyphen joins as one."""
    joined = {match[1] for match in _HYPHENED.finditer(text)}
    letters = "".join(word[0] for word in words)
    content = "".join(word[0] for word in words if word not in SMALL_WORDS)
    hyphened = "".join(word[0] for word in words if word not in SMALL_WORDS and word not in joined)
    return frozenset(text for text in (letters, content, hyphened) if len(text) > 1)
