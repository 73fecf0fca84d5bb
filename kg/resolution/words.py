"""Words of English names: plurals, legal suffixes, titles, and the small words that say nothing."""

from __future__ import annotations

import re

__all__ = [
    "ARTICLES",
    "LEGAL",
    "LEGAL_OF_COMPANIES",
    "SMALL_WORDS",
    "SUFFIXES",
    "TITLES",
    "one_spelling",
    "roman_number",
    "singular",
]

ARTICLES = frozenset({"a", "an", "the"})
SMALL_WORDS = ARTICLES | frozenset("and at by de for from in into of on or the to und with".split())
"""Left out of acronyms, and of names whose words may stand in another order."""

LEGAL = frozenset("corp corporation gmbh inc incorporated kgaa llc llp ltd oyj plc pty sarl srl".split())
"""Legal forms of companies, without punctuation; dropped at the end of any name."""

LEGAL_OF_COMPANIES = LEGAL | frozenset("ab ag as asa bv co company kg limited lp nv oy sa se spa".split())
"""Those that mean something else at the end of other names: `iPhone SE`, `holding company`."""

TITLES = frozenset(
    "captain dame dr emperor general king lady lord madam madame miss mister mr mrs ms pope president prof professor "
    "queen saint sir".split()
)
"""Words before a personal name that are no part of it."""

SUFFIXES = frozenset("esq jr junior md phd senior sr".split())
"""Words after a personal name that are no part of it."""

_IRREGULAR = {
    "analyses": "analysis", "appendices": "appendix", "bases": "base", "children": "child", "criteria": "criterion",
    "data": "data", "hypotheses": "hypothesis", "indices": "index", "matrices": "matrix", "media": "media",
    "men": "man", "news": "news", "people": "person", "phenomena": "phenomenon", "series": "series",
    "species": "species", "theses": "thesis", "vertices": "vertex", "women": "woman",
}  # fmt: skip
_BRITISH = {
    "catalogue": "catalog", "centre": "center", "grey": "gray", "licence": "license", "programme": "program",
    "theatre": "theater",
}  # fmt: skip
_NO_PLURAL = re.compile(r"(?:ss|us|is|js|[^aeiouy]ys|[+#])$")
_LONG_PLURAL = re.compile(r"(?:ch|sh|ss|x|zz)es$")
_ROMAN = re.compile(r"(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10}


def singular(word: str) -> str:
    """Return the singular of a folded English word, or the word itself.

    >>> [singular(word) for word in ("ontologies", "indexes", "graphs", "analysis", "css")]
    ['ontology', 'index', 'graph', 'analysis', 'css']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or _NO_PLURAL.search(word):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if _LONG_PLURAL.search(word):
        return word[:-2]
    return word[:-1]


def one_spelling(word: str) -> str:
    """Write a folded word as in American English: regular endings and a few words, so that both spellings are one key.

    >>> [one_spelling(word) for word in ("colour", "organisation", "four")]
    ['color', 'organization', 'four']
    """
    if word in _BRITISH:
        return _BRITISH[word]
    if len(word) > 5 and word.endswith("our"):
        return f"{word[:-3]}or"
    return re.sub(r"is(?=(?:ations?|ing|ed)$)", "iz", word) if len(word) > 7 else word


def roman_number(word: str) -> str:
    """Return a folded Roman number up to 39 in Arabic digits, or an empty text.

    >>> roman_number("xiv"), roman_number("mix")
    ('14', '')
    """
    if not word or _ROMAN.fullmatch(word) is None:
        return ""
    values = [_ROMAN_VALUES[letter] for letter in word]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return str(sum(-value if value < following else value for value, following in pairs))
