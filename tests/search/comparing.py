"""What an index holds, compared with one that is made from scratch; and a model of text vectors that is small."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kg.graph import KnowledgeGraph
from kg.search.collection import Collection
from kg.search.index import SearchIndex

__all__ = ["Pairs", "check_like_new", "compare", "from_scratch"]

QUERIES = ("Ada Lovelace", "who uses Rust and Oxigraph", "图数据库", '"written in Rust"', "Acme Robotics C++", "proj core")


class Pairs:
    """Counts pairs of letters in 16 places; counts what it has encoded."""

    dimensions = 16

    def __init__(self, name: str = "pairs-1") -> None:
        self.name = name
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        rows = np.full((len(texts), self.dimensions), 0.1, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for place in range(len(text) - 1):
                row[hashlib.blake2b((self.name + text[place : place + 2]).encode()).digest()[0] % self.dimensions] += 1
        found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found


def from_scratch(graph: KnowledgeGraph, texts: Mapping[str, str], model: Pairs | None = None) -> Collection:
    """Return the collection of an index in memory that has read all of a graph."""
    with SearchIndex.open(None, model.name if model else "") as index:
        index.sync(graph, texts, model)
        return index.collection()


def check_like_new(
    index: SearchIndex,
    graph: KnowledgeGraph,
    texts: Mapping[str, str],
    before: Collection | None = None,
    model: Pairs | None = None,
) -> Collection:
    """Compare an index that is up to date, and a collection that followed it, with those from scratch."""
    expected = from_scratch(graph, texts, model)
    compare(expected, index.collection())
    followed = index.collection(before)
    compare(expected, followed)
    return followed


def compare(one: Collection, other: Collection) -> None:
    """Raise AssertionError where two collections are not the same in all that can be seen."""
    assert list(one.notes) == list(other.notes)
    assert list(one.texts) == list(other.texts)
    assert list(one.headings) == list(other.headings)
    assert list(one.entities) == list(other.entities)
    assert one.edges.predicate_iris == other.edges.predicate_iris
    for name in ("note_of", "start", "end", "passages_start", "vectors", "is_encoded", "entity_of_note"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    for name in ("starts", "columns", "values"):
        np.testing.assert_array_equal(getattr(one.mentions, name), getattr(other.mentions, name), name)
    for name in ("heads", "predicates", "tails", "passages", "weights"):
        np.testing.assert_array_equal(getattr(one.edges, name), getattr(other.edges, name), name)
    for query in QUERIES:
        for mine, theirs in zip(one.word_scores(query, 50), other.word_scores(query, 50), strict=True):
            np.testing.assert_array_equal(mine, theirs, query)
        assert one.word_parts(query).words == other.word_parts(query).words
