"""What of a query no note has: words, and what stands in double quotes."""

from __future__ import annotations

from collections.abc import Sequence

from kg.search.collection import Collection
from kg.search.highlighting import QueryWords
from kg.search.hits import Recognised
from kg.search.word_index import flat, quoted
from kg.search.words import terms

__all__ = ["has_word", "missing_parts"]


def missing_parts(
    collection: Collection, query: str, words: QueryWords, recognised: Sequence[Recognised]
) -> tuple[str, ...]:
    """Return what no note has of a query, as the query writes it: quoted phrases, then words that are in none.

    Names of what was recognised, and of tags, are not missing: they may stand in front matter alone, which is in no
    passage. Neither is a phrase without a letter or a digit, which nothing is found by.
    """
    phrases = [phrase for phrase in quoted(query) if terms(phrase) and not _has_phrase(collection, phrase)]
    alone = [word for word in words.words if not has_word(collection, word)]
    if not phrases and not alone:
        return ()
    names = [query[each.start : each.end] for each in recognised if _is_told(collection, each)]
    names += _tag_names(collection)
    known = frozenset[str]().union(*(QueryWords(name).terms for name in names))
    said = set(map(flat, names))
    left = [phrase for phrase in phrases if not any(flat(phrase) in name for name in said)]
    flat_left = set(map(flat, left))
    unknown = (word for word in alone if QueryWords(word).terms.isdisjoint(known))
    return (*left, *(word for word in unknown if flat(word) not in flat_left))


def has_word(collection: Collection, word: str) -> bool:
    """Tell whether any note has a word, in whatever form; of Chinese, any two neighbours of it, or else one."""
    ids, _ = collection.word_scores(word, 1)
    return len(ids) > 0


def _is_told(collection: Collection, each: Recognised) -> bool:
    """Tell whether notes say what was recognised: a property only where a statement has it."""
    return each.kind == "entity" or each.iri.value in collection.edges.predicate_iris


def _tag_names(collection: Collection) -> list[str]:
    """Return the names of all tags of notes, those above them included."""
    places = {collection.entity(tag) for tag in {tag for note in collection.notes for tag in note.tags}}
    return [name for place in places if place is not None for name in collection.entities[place].names]


def _has_phrase(collection: Collection, phrase: str) -> bool:
    places, _ = collection.word_parts(f'"{phrase.replace(chr(34), " ")}"').bonus
    if len(places):
        return True
    wanted = flat(phrase)
    above = (name for note in collection.notes for name in (note.title, *note.aliases))
    return any(wanted in flat(name) for name in above) or any(
        wanted in flat(heading) for path in set(collection.headings) for heading in path
    )
