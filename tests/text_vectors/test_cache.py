"""Vectors are kept by the texts they are of: a text is encoded once, and what goes wrong with the file costs time only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kg.text_vectors.cache import VectorCache

TEXTS = ["one", "two", "three", "one"]


class Letters:
    """A small model: how often a text has each letter; it counts what it was asked for."""

    dimensions = 26

    def __init__(self, name: str = "letters-1") -> None:
        self.name = name
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        counts = np.array([[text.count(chr(97 + k)) for k in range(26)] for text in texts], dtype=np.float32)
        found: NDArray[np.float32] = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors.sqlite"


def test_a_text_is_encoded_once(path: Path) -> None:
    model = Letters()
    first = VectorCache(path, "notes").vectors(model, TEXTS)
    again = VectorCache(path, "notes").vectors(model, [*TEXTS, "four"])
    assert model.asked == ["one", "two", "three", "four"]
    assert np.array_equal(first, again[:4])
    assert np.array_equal(first[0], first[3])
    assert np.allclose(first, Letters().encode(TEXTS), atol=1e-3)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)


def test_the_answer_is_the_same_without_a_file(path: Path) -> None:
    assert np.array_equal(
        VectorCache(path, "notes").vectors(Letters(), TEXTS), VectorCache(None, "notes").vectors(Letters(), TEXTS)
    )


def test_another_model_and_another_use_are_kept_apart(path: Path) -> None:
    VectorCache(path, "notes").vectors(Letters(), TEXTS)
    other, named = Letters("letters-2"), Letters()
    VectorCache(path, "notes").vectors(other, ["one"])
    VectorCache(path, "names").vectors(named, ["two"])
    assert other.asked == ["one"]
    assert named.asked == ["two"]


def test_with_a_limit_the_first_missing_texts_are_encoded_and_the_rest_is_zero(path: Path) -> None:
    cache, model = VectorCache(path, "notes"), Letters()
    cache.vectors(model, ["two"])
    found = cache.vectors(model, TEXTS, most=1)
    assert found.any(axis=1).tolist() == [True, True, False, True]
    assert cache.vectors(model, TEXTS, most=1).any(axis=1).all()  # the next call goes on
    assert model.asked == ["two", "one", "three"]


def test_it_is_told_how_far_it_is_while_something_is_encoded(path: Path) -> None:
    told: list[tuple[int, int]] = []
    texts = [f"{'a' * k}b" for k in range(100)]
    cache = VectorCache(path, "notes")
    cache.vectors(Letters(), texts, encoding=lambda done, total: told.append((done, total)))
    cache.vectors(Letters(), texts, encoding=lambda done, total: told.append((done, total)))
    assert told == [(64, 100), (100, 100)]


def test_few_texts_are_found_among_many(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{'a' * k}b" for k in range(40)]
    whole = VectorCache(path, "notes").vectors(Letters(), texts)
    for few in (1, 1000):
        monkeypatch.setattr("kg.text_vectors.cache._FEW", few)
        model = Letters()
        assert np.array_equal(VectorCache(path, "notes").vectors(model, texts[3:9]), whole[3:9])
        assert model.asked == []


def test_what_is_asked_for_no_more_is_forgotten(path: Path) -> None:
    cache, model = VectorCache(path, "notes"), Letters()
    cache.vectors(Letters("letters-0"), TEXTS)
    cache.vectors(model, TEXTS)
    VectorCache(path, "names").vectors(Letters(), ["two"])
    cache.forget_others(model, ["one"])
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT use, model, count(*) FROM vectors GROUP BY use, model ORDER BY use").fetchall() == [
            ("names", "letters-1", 1),
            ("notes", "letters-1", 1),
        ]
    db.close()


@pytest.mark.parametrize("content", [b"no database at all, but some bytes", b""], ids=["damaged", "empty"])
def test_a_file_that_is_none_is_made_anew(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    model = Letters()
    VectorCache(path, "notes").vectors(model, TEXTS)
    VectorCache(path, "notes").vectors(model, TEXTS)
    assert len(model.asked) == 3


def test_a_file_that_breaks_in_the_middle_is_made_anew_by_the_one_after(path: Path) -> None:
    texts = [f"{'a' * k}b{'c' * k}" for k in range(400)]
    VectorCache(path, "notes").vectors(Letters(), texts)
    data = bytearray(path.read_bytes())
    data[4096:-4096] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    model = Letters()
    for _ in range(3):
        VectorCache(path, "notes").vectors(model, texts)
    assert len(model.asked) <= 800


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    found = VectorCache(tmp_path / "no folder" / "vectors.sqlite", "notes").vectors(Letters(), TEXTS)
    assert found.any(axis=1).all()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_process_writes_is_read_and_not_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.text_vectors.cache._WAIT_SECONDS", 0.01)
    VectorCache(path, "notes").vectors(Letters(), ["one"])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    model = Letters()
    VectorCache(path, "notes").vectors(model, ["one", "two"])
    VectorCache(path, "notes").forget_others(model, ["two"])
    other.close()
    assert model.asked == ["two"]


def test_half_a_surrogate_pair_is_a_text_too(path: Path) -> None:
    assert VectorCache(path, "notes").vectors(Letters(), ["a\ud800"]).any()
