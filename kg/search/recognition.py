"""What of the graph a query names: entities by their names, properties by their labels and triggers.

The longest name wins, and nothing is recognised inside it again. A name in the query may be in any case, in the plural
or with a possessive; Chinese names are found between any characters, for nothing parts the words there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kg.ontology import Ontology
from kg.ontology.model import normalise_label
from kg.rdf import NamedNode
from kg.search.collection import Collection, EntityRecord
from kg.search.hits import Recognised
from kg.search.stemming import stem
from kg.search.words import fold, is_chinese, is_function_word, name_key

__all__ = ["EntityNames", "PropertyNames", "recognise"]

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_HAN}]|(?<!\w)[A-Za-z](?:\+\+|#)(?!\w)|[^\W_{_HAN}]+(?:['’]s\b)?")
_POSSESSIVE = re.compile(r"['’]s$")
_IN_BRACKETS = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_MOST_TOKENS = 12
"""Tokens of a name; a longer title is found by its words."""
_MOST_OF_A_NAME = 8
"""Entities that one name may stand for."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    key: str
    is_capital: bool


class EntityNames:
    """The entities of a collection by their names; made from an earlier one, only what changed is read."""

    def __init__(self, collection: Collection, earlier: EntityNames | None = None) -> None:
        self._records: dict[str, EntityRecord] = {record.iri: record for record in collection.entities}
        before = earlier._records if earlier is not None else {}
        self._named: dict[str, tuple[str, ...]] = dict(earlier._named) if earlier is not None else {}
        for iri, record in before.items():
            if self._records.get(iri) is not record:
                for key in _keys(record):
                    left = tuple(other for other in self._named.get(key, ()) if other != iri)
                    if left:
                        self._named[key] = left
                    else:
                        self._named.pop(key, None)
        for record in collection.entities:
            if before.get(record.iri) is not record:
                for key in _keys(record):
                    others = self._named.get(key, ())
                    self._named[key] = tuple(sorted((*others, record.iri))) if others else (record.iri,)
        described = {int(place) for place in collection.entity_of_note}
        self._at_home = frozenset(collection.entities[place].iri for place in described)

    def of(self, tokens: Sequence[_Token], untold: AbstractSet[str] = frozenset()) -> tuple[EntityRecord, ...]:
        """Return the entities that some tokens name, those that a note describes first; empty for none.

        Args:
            untold: IRIs of entities that are not told of: no name is theirs.
        """
        forms = (None, *_singulars(tokens[-1].key))
        found = next((iris for form in forms if (iris := self._told(_joined(tokens, form), untold))), ())
        if found and len(tokens) == 1:
            found = tuple(iri for iri in found if self._is_name(tokens[0], iri))
        ordered = sorted(found, key=lambda iri: (iri not in self._at_home, iri))[:_MOST_OF_A_NAME]
        return tuple(self._records[iri] for iri in ordered)

    def _told(self, key: str, untold: AbstractSet[str]) -> tuple[str, ...]:
        found = self._named.get(key, ())
        return found if untold.isdisjoint(found) else tuple(iri for iri in found if iri not in untold)

    def _is_name(self, token: _Token, iri: str) -> bool:
        """Tell whether one word is meant as a name: it is written as one, or a note has it as its title."""
        if is_function_word(token.key) or token.key.isdigit() or (len(token.key) == 1):
            return False
        return token.is_capital or is_chinese(token.key) or iri in self._at_home


class PropertyNames:
    """The properties of an ontology by their labels, other labels, local names and triggers."""

    def __init__(self, ontology: Ontology) -> None:
        self._named: dict[str, tuple[NamedNode, ...]] = {}
        for iri, term in sorted(ontology.properties.items(), key=lambda each: each[0].value):
            if term.system:
                continue
            for name in dict.fromkeys((*ontology.names_of(term), *(normalise_label(x.text) for x in term.triggers))):
                key = _stemmed([token.key for token in _tokens(name)])
                others = self._named.get(key, ())
                if key and iri not in others:
                    self._named[key] = (*others, iri)

    def of(self, tokens: Sequence[_Token]) -> tuple[NamedNode, ...]:
        """Return the properties that some tokens name, in order; empty for none."""
        if all(is_function_word(token.key) for token in tokens):
            return ()
        return self._named.get(_stemmed([token.key for token in tokens]), ())


def recognise(
    query: str,
    entities: EntityNames,
    properties: PropertyNames,
    ontology: Ontology,
    untold: AbstractSet[str] = frozenset(),
) -> list[Recognised]:
    """Return the entities and properties that a query names, in order of their places in it.

    A name that several things have stands there several times, those that a note describes first, eight at most.

    Args:
        untold: IRIs of entities that are not told of: their names take no place from others.
    """
    tokens = _tokens(query)
    found: list[Recognised] = []
    taken = [False] * len(tokens)
    for first, end in _runs(len(tokens)):
        if any(taken[first:end]):
            continue
        for record in entities.of(tokens[first:end], untold):
            name = record.names[0] if record.names else record.iri
            found.append(
                Recognised(tokens[first].start, _end(query, tokens[end - 1]), NamedNode(record.iri), name, "entity")
            )
            taken[first:end] = [True] * (end - first)
    for first, end in _runs(len(tokens)):
        if any(taken[first:end]):
            continue
        for iri in properties.of(tokens[first:end]):
            name = ontology.label(iri)
            found.append(Recognised(tokens[first].start, tokens[end - 1].end, iri, name, "property"))
            taken[first:end] = [True] * (end - first)
    return sorted(found, key=lambda each: each.start)  # stable: of one name, in their order


def _runs(count: int) -> Iterator[tuple[int, int]]:
    """Yield runs of tokens, the longest first, then from the left."""
    for length in range(min(count, _MOST_TOKENS), 0, -1):
        for first in range(count - length + 1):
            yield first, first + length


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(match.start(), match.end(), fold(_POSSESSIVE.sub("", match[0])), match[0][:1].isupper())
        for match in _TOKEN.finditer(text)
    ]


def _end(query: str, token: _Token) -> int:
    """Return where a name ends that ends with a token: before its possessive."""
    return token.start + len(_POSSESSIVE.sub("", query[token.start : token.end]))


def _joined(tokens: Sequence[_Token], last: str | None = None) -> str:
    """Return the name that tokens make, as `name_key` writes it."""
    keys = [token.key for token in tokens]
    if last is not None:
        keys[-1] = last
    parts: list[str] = []
    for key in keys:
        if parts and is_chinese(key) and is_chinese(parts[-1]):
            parts[-1] += key
        else:
            parts.append(key)
    return " ".join(parts)


def _stemmed(keys: Sequence[str]) -> str:
    return " ".join(stem(key) for key in keys)


def _singulars(word: str) -> Iterator[str]:
    if word.endswith("ies") and len(word) > 4:
        yield f"{word[:-3]}y"
    if word.endswith("es") and len(word) > 4:
        yield word[:-2]
    if word.endswith("s") and len(word) > 3:
        yield word[:-1]


def _keys(record: EntityRecord) -> list[str]:
    """Return what an entity is found by: its names, and these without what stands in brackets behind them."""
    names = [*record.names, *(_IN_BRACKETS.sub("", name) for name in record.names)]
    return [key for key in dict.fromkeys(map(name_key, names)) if key]
