"""Dictionary forms of English words, from the tables that the spaCy model carries.

Only words that could be a trigger are looked up, so the pipeline does without spaCy's lemmatizer,
which costs a third of its time.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from spacy.language import Language

__all__ = ["Lemmas"]


class Lemmas:
    """Dictionary forms by part of speech: `noun` or `verb`."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._tables = tables
        self.lemma = functools.lru_cache(maxsize=100_000)(self._lemma)
        self.is_common = functools.lru_cache(maxsize=100_000)(self._is_common)

    @classmethod
    def from_model(cls, nlp: Language) -> Lemmas:
        """Take the tables of a pipeline's rule lemmatizer; without one, every word is its own lemma."""
        if not nlp.has_pipe("lemmatizer"):
            return cls({})
        lookups = nlp.get_pipe("lemmatizer").lookups  # type: ignore[attr-defined]
        names = ("lemma_index", "lemma_exc", "lemma_rules")
        if not all(lookups.has_table(name) for name in names):
            return cls({})
        parts = ("noun", "verb", "adj", "adv")
        return cls({name: {part: _frozen(lookups.get_table(name).get(part, ())) for part in parts} for name in names})

    def _lemma(self, word: str, part: str) -> str:
        """Return the dictionary form of a lower-case word as a noun or a verb; itself if unknown."""
        if not self._tables:
            return word
        exceptions = self._tables["lemma_exc"][part]
        if word in exceptions:
            return str(exceptions[word][0])
        index = self._tables["lemma_index"][part]
        if part == "noun" and word in index and not word.endswith("s"):
            return word
        for old, new in self._tables["lemma_rules"][part]:
            if word.endswith(old):
                form = word[: len(word) - len(old)] + new
                if form in index:
                    return str(form)
        return word

    def is_verb(self, word: str) -> bool:
        """Tell whether a lower-case word is the dictionary form of a verb."""
        return bool(self._tables) and word in self._tables["lemma_index"]["verb"]

    def is_only_noun(self, word: str) -> bool:
        """Tell whether a lower-case word is a noun of the English dictionary and nothing else."""
        if not self._tables or word not in self._tables["lemma_index"]["noun"]:
            return False
        index = self._tables["lemma_index"]
        return not any(word in index[p] or self.lemma(word, p) in index[p] for p in ("verb", "adj", "adv"))

    def _is_common(self, word: str) -> bool:
        """Tell whether a lower-case word is in the English dictionary, in whatever form."""
        if not self._tables:
            return False
        index = self._tables["lemma_index"]
        return any(word in index[p] or self.lemma(word, p) in index[p] for p in ("noun", "verb", "adj", "adv"))


def _frozen(table: Any) -> Any:
    """Copy a lookup table into plain sets, dictionaries and lists."""
    if hasattr(table, "items"):
        return {str(key): list(value) for key, value in table.items()}
    values = list(table)
    return [tuple(v) for v in values] if values and not isinstance(values[0], str) else frozenset(values)
