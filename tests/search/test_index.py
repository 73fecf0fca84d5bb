"""The index file: made anew where it must be, shared by processes, cheap where nothing has changed."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.search.collection import Collection
from kg.search.file import index_counts
from kg.search.index import DamagedIndexError, SearchIndex, SyncReport
from kg.stores.oxigraph import OxigraphStore
from tests.search.by_hand import MINTER, ONTOLOGY, Notes, note, quads_of, thing
from tests.search.comparing import Pairs, check_like_new, compare, from_scratch


@pytest.fixture
def notes() -> Notes:
    found = Notes()
    found.put("Ada", "Ada wrote programs.\n\n# Looms\n\nShe liked looms, and Bob.", ("Bob",), 40)
    found.put("Bob", "Bob looks after engines.")
    found.put("Empty", "")
    return found


def titles(collection: Collection, query: str) -> list[str]:
    return [collection.notes[collection.note_of[place]].title for place in collection.word_scores(query, 5)[0]]


def test_what_is_there_is_counted_and_found(notes: Notes, tmp_path: Path) -> None:
    with SearchIndex.open(tmp_path / "search.sqlite", "") as index:
        assert notes.follow(index) == SyncReport(3, 0, 0, 4, 4)
        assert notes.follow(index) == SyncReport(0, 0, 0, 4, 4)
        collection = index.collection()
        assert index.collection(collection) is collection
    assert titles(collection, "engine") == ["Bob"]
    assert titles(collection, "empty") == ["Empty"]
    empty = collection.note(note("Empty").value)
    assert empty is not None
    place = int(collection.passages_start[empty])
    assert (collection.text(place), collection.start[place], collection.end[place]) == ("", 0, 0)
    ada, bob = (collection.entity(note(name).value) for name in ("Ada", "Bob"))
    assert ada == collection.entity(thing("Ada").value) and bob is not None
    (edge,) = np.nonzero(collection.edges.tails == bob)
    assert collection.edges.heads[edge] == [ada]
    passage = int(collection.edges.passages[edge][0])
    assert collection.text(passage) == "She liked looms, and Bob."
    assert collection.headings[passage] == ("Looms",)
    assert list(collection.mentions.row(passage)[0]) == [bob]
    assert list(collection.mentions.transposed(len(collection.entities)).row(bob)[0]) == [passage]


def test_a_collection_follows_and_the_one_before_stays(notes: Notes) -> None:
    model = Pairs()
    with SearchIndex.open(None, model.name) as index:
        notes.follow(index, model)
        first = index.collection()
        before = from_scratch(notes.graph, notes.texts, model)
        notes.put("Cy", "Cy knows zebrafish.", ("Ada",), 3)
        notes.drop("Bob")
        encoded = model.encoded
        notes.follow(index, model)
        assert model.encoded == encoded + 1
        second = check_like_new(index, notes.graph, notes.texts, first, model)
        compare(before, first)
        assert titles(second, "zebrafish") == ["Cy"]
        assert titles(second, "engines") == []
        old = {each.iri: each for each in first.notes}
        assert all(old.get(each.iri) in (None, each) for each in second.notes)
        ada = second.note(note("Ada").value)
        assert ada is not None and second.notes[ada] is old[note("Ada").value]


def test_all_may_go(notes: Notes) -> None:
    with SearchIndex.open(None, "") as index:
        notes.follow(index)
        first = index.collection()
        for name in ("Ada", "Bob", "Empty"):
            notes.drop(name)
        notes.follow(index)
        last = check_like_new(index, notes.graph, notes.texts, first)
        assert not last.notes and not last.entities and titles(last, "looms") == []


def test_a_damaged_file_and_one_of_another_layout_are_made_anew(notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    for damage in (b"no database at all, " * 100, b""):
        path.write_bytes(damage)
        with SearchIndex.open(path, "") as index:
            assert notes.follow(index).added == 3
    db = sqlite3.connect(path)
    with db:
        db.execute("UPDATE state SET value = 'another' WHERE name = 'layout'")
    db.close()
    assert index_counts(path, notes.graph.store.position()) == (0, 0, False)
    with SearchIndex.open(path, "") as index:
        assert notes.follow(index).added == 3
    assert index_counts(path, notes.graph.store.position()) == (4, 0, True)
    assert index_counts(path, "elsewhere") == (4, 0, False)


def test_damage_that_is_found_later_is_mended_too(notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    notes.put("Long", "Words of many kinds. " * 4000)
    with SearchIndex.open(path, "") as index:
        notes.follow(index)
    content = path.read_bytes()
    for use in (SearchIndex.collection, SearchIndex.size, SearchIndex.clear, notes.follow):
        path.write_bytes(content[:8192] + b"\xfe" * (len(content) - 8192))
        with SearchIndex.open(path, "") as index:
            if use is SearchIndex.clear:
                use(index)
            else:
                with pytest.raises(DamagedIndexError, match="was damaged"):
                    use(index)
            assert notes.follow(index).added == 4
            check_like_new(index, notes.graph, notes.texts)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE notes SET record = '{'", "UPDATE notes SET record = '{}'", "UPDATE notes SET evidence = x'01'",
        "UPDATE passages SET terms = x'0102'",
        "UPDATE passages SET terms = x'ffffff7f'", "UPDATE passages SET terms = x'ffffffff'", "UPDATE passages SET headings = 'x'", "UPDATE things SET edges = x'00'",
        "UPDATE notes SET node = 4000000",
    ],
)  # fmt: skip
def test_rows_that_nobody_wrote_are_damage_too(notes: Notes, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "search.sqlite"
    with SearchIndex.open(path, "") as index:
        notes.follow(index)
    db = sqlite3.connect(path)
    with db:
        db.execute(damage)
    db.close()
    with SearchIndex.open(path, "") as index:
        with pytest.raises(DamagedIndexError, match="was damaged"):
            index.collection()
        assert notes.follow(index).added == 3
        check_like_new(index, notes.graph, notes.texts)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_cannot_be_written_is_followed_in_memory(notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    with SearchIndex.open(path, "") as index:
        notes.follow(index)
    notes.put("Cy", "Cy knows zebrafish.")
    path.chmod(0o400)
    with SearchIndex.open(path, "") as index:
        assert notes.follow(index).added == 1
        assert titles(index.collection(), "zebrafish") == ["Cy"]


def test_where_no_file_can_be_it_is_in_memory(notes: Notes, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with SearchIndex.open(tmp_path / "file" / "search.sqlite", "") as index:
        assert notes.follow(index).added == 3


def test_a_reader_of_an_earlier_store_is_not_followed_back(notes: Notes, tmp_path: Path) -> None:
    """While a long ingest writes, others read the store as it was; the index may be ahead of them."""
    store = OxigraphStore(tmp_path / "store")
    store.fill(notes.graph.store.match())
    graph = KnowledgeGraph(store, ONTOLOGY, MINTER)
    path = tmp_path / "search.sqlite"
    with SearchIndex.open(path, "") as index:
        index.sync(graph, notes.texts)
        store.checkpoint(str(tmp_path / "before"))
        commit(graph, Change(tuple(quads_of("Cy"))))
        notes.texts[note("Cy").value] = "Cy knows zebrafish."
        assert index.sync(graph, notes.texts).added == 1
        earlier = OxigraphStore(tmp_path / "before", read_only=True)
        assert index.sync(KnowledgeGraph(earlier, ONTOLOGY, MINTER), notes.texts) == SyncReport(0, 0, 0, 5, 5)
        assert titles(index.collection(), "zebrafish") == ["Cy"]
        earlier.close()
    store.close()


def test_texts_that_come_later_are_read(notes: Notes) -> None:
    """A cache that was lost has no texts until the next ingest, which need not change the store."""
    with SearchIndex.open(None, "") as index:
        index.sync(notes.graph, {})
        assert titles(index.collection(), "Bob") == ["Bob"]
        assert titles(index.collection(), "engines") == []
        notes.follow(index)
        assert titles(index.collection(), "engines") == ["Bob"]


def test_vectors_are_made_in_portions_and_by_the_model_that_is_asked_for(notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    model, other = Pairs(), Pairs("pairs-2")
    with SearchIndex.open(path, model.name) as index:
        assert index.sync(notes.graph, notes.texts, model, 1).not_encoded == 3
        first = index.collection()
        assert list(first.is_encoded) == [True, False, False, False]
        assert index.sync(notes.graph, notes.texts, model).not_encoded == 0
        compare(from_scratch(notes.graph, notes.texts, model), index.collection(first))
        index.clear()
        assert notes.follow(index) == SyncReport(3, 0, 0, 4, 0)  # those of the same texts are kept
        compare(from_scratch(notes.graph, notes.texts, model), index.collection(first))
        assert model.encoded == 4 + 8
    with SearchIndex.open(path, other.name) as index:
        assert index.collection().vectors.shape == (4, 0)
        notes.follow(index, other)
        compare(from_scratch(notes.graph, notes.texts, other), index.collection(first))


def test_several_may_follow_at_once(notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    reports: list[SyncReport] = []

    def work() -> None:
        with SearchIndex.open(path, "pairs-1") as index:
            reports.append(index.sync(notes.graph, notes.texts, Pairs()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.added for report in reports) == [0, 0, 0, 3]
    with SearchIndex.open(path, "pairs-1") as index:
        check_like_new(index, notes.graph, notes.texts, None, Pairs())


def test_what_is_forgotten_is_not_in_the_file(notes: Notes, tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    notes.put("Secret", "The password is xyzzyplugh, said the cavern.")
    with SearchIndex.open(path, "") as index:
        notes.follow(index)
        notes.drop("Secret")
        notes.follow(index)
        assert titles(index.collection(), "cavern") == []
    assert b"said the cavern" not in path.read_bytes()
