"""Training triples as integers: files of names, ids that stay, and a digest that says which graph it was."""

from __future__ import annotations

import codecs
import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.errors import NotTrainedError, TriplesError

__all__ = ["Encoded", "Ids", "NamedTriple", "Triples", "Vocabulary", "encode", "read_triples"]

Ids = NDArray[np.int32]
"""Ids of entities, of relations, or rows (head, relation, tail) of them."""

NamedTriple = tuple[str, str, str]
"""Head, relation and tail, by their names: IRIs where they come from a graph."""


class Vocabulary:
    """Names with their ids, 0 to n - 1. It only grows: what has an id keeps it, so stored vectors stay where they are.

    Args:
        kind: what is named, for messages: `entity` or `relation`.
        names: in the order of their ids.
    """

    __slots__ = ("_ids", "kind", "names")

    def __init__(self, kind: str, names: Iterable[str]) -> None:
        self.kind = kind
        self.names = tuple(names)
        self._ids = {name: number for number, name in enumerate(self.names)}
        if len(self._ids) != len(self.names):
            raise ValueError(f"a name of a {kind} has two ids")

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.kind == other.kind and self.names == other.names

    def __hash__(self) -> int:
        return hash((self.kind, self.names))

    def id(self, name: str) -> int:
        """Return the id of a name.

        Raises:
            NotTrainedError: it has none.
        """
        try:
            return self._ids[name]
        except KeyError:
            raise NotTrainedError(self.kind, name) from None

    def get(self, name: str) -> int | None:
        """Return the id of a name, None where it has none."""
        return self._ids.get(name)

    def extended(self, names: Iterable[str]) -> Vocabulary:
        """Return a vocabulary that has these names too; new ones follow the old ones, by code point."""
        new = sorted({name for name in names if name not in self._ids})
        return Vocabulary(self.kind, (*self.names, *new)) if new else self


@dataclass(frozen=True, slots=True, eq=False)
class Triples:
    """A set of triples.

    Attributes:
        array: (n, 3) int32: head, relation, tail; in ascending order, each once; not to be changed.
    """

    entities: Vocabulary
    relations: Vocabulary
    array: Ids

    @classmethod
    def of(cls, entities: Vocabulary, relations: Vocabulary, rows: NDArray[np.integer]) -> Triples:
        """Return the set of some rows (n, 3), which may be in any order and more than once there."""
        sorted_rows = _unique(np.asarray(rows, dtype=np.int32).reshape(-1, 3), len(entities), len(relations))
        sorted_rows.flags.writeable = False
        return cls(entities, relations, sorted_rows)

    @classmethod
    def from_names(
        cls, triples: Iterable[NamedTriple], entities: Vocabulary | None = None, relations: Vocabulary | None = None
    ) -> Triples:
        """Give ids to the names of triples: new ones by code point, after those of the given vocabularies.

        The same set of triples gives the same ids, whatever its order is.
        """
        columns: tuple[array[int], ...] = (array("i"), array("i"), array("i"))
        seen_entities: dict[str, int] = {}
        seen_relations: dict[str, int] = {}
        for head, relation, tail in triples:
            columns[0].append(seen_entities.setdefault(head, len(seen_entities)))
            columns[1].append(seen_relations.setdefault(relation, len(seen_relations)))
            columns[2].append(seen_entities.setdefault(tail, len(seen_entities)))
        entities = (entities or Vocabulary("entity", ())).extended(seen_entities)
        relations = (relations or Vocabulary("relation", ())).extended(seen_relations)
        entity_ids, relation_ids = _ids(entities, seen_entities), _ids(relations, seen_relations)
        head_column, relation_column, tail_column = (np.asarray(column, dtype=np.int32) for column in columns)
        rows = [entity_ids[head_column], relation_ids[relation_column], entity_ids[tail_column]]
        return cls.of(entities, relations, np.stack(rows, axis=1))

    def __len__(self) -> int:
        return len(self.array)

    @property
    def heads(self) -> Ids:
        """(n,) the ids of the heads."""
        return self.array[:, 0]

    @property
    def relation_ids(self) -> Ids:
        """(n,) the ids of the relations."""
        return self.array[:, 1]

    @property
    def tails(self) -> Ids:
        """(n,) the ids of the tails."""
        return self.array[:, 2]

    def having(self, rows: NDArray[np.integer]) -> Triples:
        """Return another set of triples with the same vocabularies."""
        return Triples.of(self.entities, self.relations, rows)

    def named(self) -> Iterator[NamedTriple]:
        """Yield the triples by name, in the order of `array`."""
        entities, relations = self.entities.names, self.relations.names
        for head, relation, tail in self.array.tolist():
            yield entities[head], relations[relation], entities[tail]

    def digest(self) -> str:
        """Return a digest of the triples by name: the same whatever ids they have, another if one more or fewer."""
        digest = hashlib.sha256()
        for triple in sorted(self.named()):
            digest.update(("\t".join(triple) + "\n").encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Triples in the ids of a model, and those that it has no ids for, in the order they came."""

    triples: Triples
    unknown: tuple[NamedTriple, ...]


def encode(triples: Iterable[NamedTriple], entities: Vocabulary, relations: Vocabulary) -> Encoded:
    """Write triples in ids that are given. Nothing is added to the vocabularies."""
    rows: list[tuple[int, int, int]] = []
    unknown: list[NamedTriple] = []
    for triple in triples:
        head, relation, tail = entities.get(triple[0]), relations.get(triple[1]), entities.get(triple[2])
        if head is None or relation is None or tail is None:
            unknown.append(triple)
        else:
            rows.append((head, relation, tail))
    found = np.array(rows, dtype=np.int32).reshape(-1, 3)
    return Encoded(Triples.of(entities, relations, found), tuple(unknown))


def read_triples(path: Path) -> Iterator[NamedTriple]:
    """Yield the triples of a file with a line `head relation tail` each, tabs between, in UTF-8. Read lazily.

    Empty lines are skipped, a byte order mark and Windows' line ends are no part of a name. There are no comments: a
    name may begin with any character.

    Raises:
        TriplesError: the file cannot be opened, or a line is no triple; with the number of that line.
    """
    source = str(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise TriplesError(source, f"it cannot be read: {error.strerror or error}") from error
    with file:
        for number, content in enumerate(file, 1):
            mark = codecs.BOM_UTF8 if number == 1 else b""
            try:
                line = content.removeprefix(mark).decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise TriplesError(source, f"byte {error.start + 1} of the line is not UTF-8", number) from None
            if not line.strip():
                continue
            names = line.split("\t")
            if len(names) != 3:
                right = "head, relation and tail with tabs between are needed"
                raise TriplesError(source, f"{right}; {_columns(names)}", number)
            if not all(name.strip() for name in names):
                empty = ("head", "relation", "tail")[next(i for i, name in enumerate(names) if not name.strip())]
                raise TriplesError(source, f"the {empty} is empty", number)
            yield names[0], names[1], names[2]


def _columns(names: Sequence[str]) -> str:
    if len(names) == 1:
        return "there is no tab"
    return f"there are {len(names)} columns"


def _ids(vocabulary: Vocabulary, seen: Mapping[str, int]) -> Ids:
    """Return what id each of the names that were seen, in their order, has."""
    return np.fromiter((vocabulary.id(name) for name in seen), dtype=np.int32, count=len(seen))


def _unique(rows: Ids, entities: int, relations: int) -> Ids:
    """Return the rows in ascending order, each once."""
    if entities * entities * relations >= 2**63:  # no integer holds a whole row
        return np.unique(rows, axis=0)
    head, relation, tail = (rows[:, column].astype(np.int64) for column in range(3))
    keys = np.unique((head * relations + relation) * entities + tail)
    pairs, tails = np.divmod(keys, max(entities, 1))
    heads, relation_ids = np.divmod(pairs, max(relations, 1))
    return np.stack([heads, relation_ids, tails], axis=1).astype(np.int32)
