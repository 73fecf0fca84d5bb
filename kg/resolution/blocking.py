"""Blocks: the keys under which entities meet, so that only entities of one block are compared.

A block that grows beyond its bound stops comparing all with all: its entities then meet only if they share
a stated neighbour too. Which pairs meet depends on the set of entities alone, not on the order they came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from kg.rdf import NamedNode
from kg.resolution.chinese import simplify
from kg.resolution.forms import Form
from kg.resolution.names import written_initials
from kg.resolution.people import person_name
from kg.resolution.reading import Reading
from kg.resolution.shelf import BlockPlaces, Place
from kg.resolution.words import SMALL_WORDS

__all__ = ["Blocks", "block_keys"]

_MIN_WORD = 3
_MIN_HALVES = 5
_MAX_NEIGHBOURS = 16
"""Neighbours, first by IRI, under which the entities of an oversized block meet."""


@lru_cache(maxsize=1024)
def block_keys(reading: Reading) -> frozenset[str]:
    """Return the keys of an entity's blocks, some ten a name.

    The letters of the name, its words in order of the alphabet, each word, its acronym or initials, a family
    name with an initial, and halves by length: one slip of the pen leaves one half as it was.
    """
    keys = {key for form in reading.forms for key in _keys_of(form, reading.is_person)}
    return frozenset(keys | {f"y:{sound}" for sound in reading.sounds})


def _keys_of(form: Form, is_person: bool | None) -> Iterator[str]:
    letters = "".join(form.singulars)
    yield f"={letters or form.key}"
    if form.acronym:
        yield f"a:{form.acronym}"
    for initials in written_initials(form):
        yield f"a:{initials}"
    if form.is_han:
        yield from _han_keys(form.tokens[0])
    else:
        yield from _word_keys(form, letters)
    if is_person is not False:
        name = person_name(form)
        if name is not None and name.given:
            yield f"p:{name.family}:{name.given[0][0]}"
            yield f"p:{name.given[-1]}:{name.family[0]}"
            yield f"w:{name.family}"


def _word_keys(form: Form, letters: str) -> Iterator[str]:
    words = [word for word in form.singulars if word not in SMALL_WORDS]
    if len(words) > 1:
        yield f"s:{' '.join(sorted(words))}"
    for word in (*words, *form.qualifier):
        if len(word) >= _MIN_WORD or len(words) == 1:
            yield f"w:{word}"
    yield from _halves(letters)
    if len(words) == 1 and len(form.plain) > 2:
        plain = form.plain
        yield f"n:{plain}" if plain[1:-1].isdigit() else f"n:{plain[0]}{len(plain) - 2}{plain[-1]}"
        yield f"c:{letters[:_MIN_HALVES]}"


def _halves(letters: str) -> Iterator[str]:
    """Yield both halves, for each length that one letter more or less can give."""
    size = len(letters)
    if size < _MIN_HALVES:
        return
    for longer in (size, size + 1):
        middle = longer // 2
        yield f"f:{longer}:{letters[:middle]}"
        yield f"l:{longer}:{letters[size - longer + middle :]}"


def _han_keys(name: str) -> Iterator[str]:
    yield f"h:{name[:2]}"
    if len(name) > 2:
        yield f"h:{name[-2:]}"
    for long in {name, simplify(name).removeprefix("中国").removeprefix("国立")}:
        if len(long) > 1:
            yield f"h:{long[0]}{long[-1]}"
        if len(long) > 3:
            yield f"h:{long[0]}{long[-2]}"
            yield f"h:{long[0]}{long[(len(long) - 3) // 2 * 2]}"
    if "·" in name:
        for part in name.split("·"):
            yield f"={part}"


class Blocks:
    """Which entities meet.

    Args:
        bound: entities of one block that are compared with each other; more are split by their neighbours.
        places: where blocks are kept.
        read: gives the reading of an entity that is in a block.
    """

    def __init__(self, bound: int, places: BlockPlaces, read: Callable[[NamedNode], Reading]) -> None:
        self.bound = bound
        self._places = places
        self._read = read

    def add(self, reading: Reading) -> set[NamedNode]:
        """Add an entity; return the others that may meet fewer of each other now: members of split blocks."""
        iri, keys = reading.profile.iri, block_keys(reading)
        self._places.join([(key, None) for key in keys], iri)
        touched: set[NamedNode] = set()
        for key in keys:
            block = self._places.members((key, None), self.bound + 2)
            if len(block) == self.bound + 1:
                touched.update(block)
                for member in block:
                    touched |= self._join_parts(key, self._read(member))
            elif len(block) > self.bound:
                touched |= self._join_parts(key, reading)
        touched.discard(iri)
        return touched

    def remove(self, reading: Reading) -> set[NamedNode]:
        """Remove an entity; return the others that may meet more of each other now."""
        iri, keys = reading.profile.iri, block_keys(reading)
        touched: set[NamedNode] = set()
        for key in keys:
            block = self._places.members((key, None), self.bound + 2)
            if len(block) > self.bound:
                touched |= self._leave_parts(key, reading)
            if len(block) == self.bound + 1:
                touched.update(block)
                for member in block:
                    if member != iri:
                        self._leave_parts(key, self._read(member))
        self._places.leave([(key, None) for key in keys], iri)
        touched.discard(iri)
        return touched

    def _join_parts(self, key: str, reading: Reading) -> set[NamedNode]:
        parts = _parts(key, reading)
        self._places.join(parts, reading.profile.iri)
        touched: set[NamedNode] = set()
        for part in parts:
            members = self._places.members(part, self.bound + 2)
            if len(members) == self.bound + 1:
                touched.update(members)
        return touched

    def _leave_parts(self, key: str, reading: Reading) -> set[NamedNode]:
        parts = _parts(key, reading)
        self._places.leave(parts, reading.profile.iri)
        touched: set[NamedNode] = set()
        for part in parts:
            members = self._places.members(part, self.bound + 1)
            if len(members) == self.bound:
                touched.update(members)
        return touched

    def meet(self, reading: Reading) -> set[NamedNode]:
        """Return the entities that one is compared with."""
        found: set[NamedNode] = set()
        for key in block_keys(reading):
            block = self._places.members((key, None), self.bound + 1)
            if len(block) <= self.bound:
                found.update(block)
                continue
            for part in _parts(key, reading):
                members = self._places.members(part, self.bound + 1)
                if len(members) <= self.bound:
                    found.update(members)
        found.discard(reading.profile.iri)
        return found

    def oversized(self) -> tuple[tuple[str, int], ...]:
        """Return the keys of split blocks with their sizes, largest first."""
        return tuple(sorted(self._places.larger_than(self.bound), key=lambda item: (-item[1], item[0])))


def _parts(key: str, reading: Reading) -> list[Place]:
    """Return the parts of a split block in which an entity is."""
    ends = sorted(reading.ends, key=lambda end: end.value)[:_MAX_NEIGHBOURS]
    return [(key, end) for end in ends]
