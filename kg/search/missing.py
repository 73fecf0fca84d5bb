"""What of a query no note has: words, and what stands in double quotes."""

from __future__ import annotations

from kg.search.collection import Collection
from kg.search.highlighting import QueryWords
from kg.search.word_index import flat, quoted

__all__ = ["has_word", "missing_parts"]


def missing_parts(collection: Collection, query: str, words: QueryWords) -> tuple[str, ...]:
    """Return what no note has of a query, as the query writes it: quoted phrases, then words that are in none."""
    phrases = tuple(phrase for phrase in quoted(query) if not _has_phrase(collection, phrase))
    alone = (word for word in words.words if not has_word(collection, word))
    return (*phrases, *(word for word in alone if flat(word) not in map(flat, phrases)))


def has_word(collection: Collection, word: str) -> bool:
    """Tell whether any note has a word, in whatever form; of Chinese, any two neighbours of it, or else one."""
    ids, _ = collection.word_scores(word, 1)
    return len(ids) > 0


def _has_phrase(collection: Collection, phrase: str) -> bool:
    places, _ = collection.word_parts(f'"{phrase.replace(chr(34), " ")}"').bonus
    if len(places):
        return True
    wanted = flat(phrase)
    above = (name for note in collection.notes for name in (note.title, *note.aliases))
    return any(wanted in flat(name) for name in above) or any(
        wanted in flat(heading) for path in set(collection.headings) for heading in path
    )
