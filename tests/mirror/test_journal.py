"""The journal tells every node that a commit touches, from the first opening for writing to the last flush."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kg.errors import StoreError
from kg.mirror import files
from kg.mirror.journal import JOURNAL, Journal
from kg.model import Change
from kg.rdf import Literal, NamedNode, Quad
from kg.stores import oxigraph
from kg.stores.oxigraph import OxigraphStore
from tests.property_graph.datasets import BASE, USER

P = NamedNode(f"{BASE}term/p")


def opened(folder: Path, read_only: bool = False, store: str = "store") -> OxigraphStore:
    return OxigraphStore(folder / store, read_only=read_only, base=BASE, mirror=folder / "mirror")


def add(store: OxigraphStore, *subjects: NamedNode) -> None:
    store.commit(Change(tuple(Quad(subject, P, Literal(os.urandom(4).hex()), USER) for subject in subjects)))


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u2028", "\u3000"])
def test_a_subject_with_what_unicode_calls_a_space(space: str, tmp_path: Path) -> None:
    journal = Journal(None)
    begin = journal.current()
    node = NamedNode(f"http://x/a{space}http://y/b")
    journal.touch([node, P])
    assert journal.since(begin) == {node, P}
    store = opened(tmp_path)
    store.cypher().close()
    add(store, node)
    assert not store.verify_mirror()
    store.close()


def test_a_commit_of_nothing_moves_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    add(store, P)
    before = store._journal.current()
    store.commit(Change())
    assert store._journal.current() == before and store._journal.since(before) == set()
    store.close()


def test_a_home_without_a_journal_has_one_from_the_next_opening_for_writing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    add(store, P)
    store.close()
    (tmp_path / "store" / JOURNAL).unlink()
    assert opened(tmp_path, read_only=True)._journal.current() == ""
    store = opened(tmp_path)  # as a server does, which gives a checkpoint to those who read
    store.checkpoint(str(tmp_path / "checkpoint"))
    reader = opened(tmp_path, read_only=True, store="checkpoint")
    assert reader._journal.current() == store._journal.current() != ""
    reader.close()
    store.close()


def test_the_journal_is_closed_after_what_it_speaks_of_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk:
        def __init__(self, store: object) -> None:
            self._store = store

        def __getattr__(self, name: str) -> object:
            return getattr(self._store, name)

        def flush(self) -> None:
            raise OSError("No space left on device")

    open_files = oxigraph._open
    monkeypatch.setattr(oxigraph, "_open", lambda *arguments: FullDisk(open_files(*arguments)))
    store = opened(tmp_path)
    add(store, P)
    with pytest.raises(StoreError, match="No space left"):
        store.close()
    assert not (tmp_path / "store" / JOURNAL).read_text().endswith(" closed\n")


def test_after_a_full_disk_the_journal_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    store = opened(tmp_path)
    add(store, P)
    assert not store.verify_mirror()
    before, path = store._journal.current(), tmp_path / "store" / JOURNAL
    with path.open("a") as file:
        file.write("half")  # of a line
    store._journal._lines = []
    with monkeypatch.context() as patched:
        patched.setattr("kg.mirror.journal._write", full)
        with pytest.raises(StoreError, match="No space left"):
            add(store, NamedNode("http://x/lost"))
    add(store, NamedNode("http://x/kept"))
    assert "half" not in path.read_text()
    assert store._journal.since(before) is None
    assert not store.verify_mirror()
    store.close()
    store = opened(tmp_path)
    assert not store.verify_mirror()
    store.close()


def test_what_a_killed_process_was_writing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.mirror.keeping._WORTH_KEEPING", -1.0)
    store = opened(tmp_path)
    add(store, P)
    store.close()
    (tmp_path / "mirror").mkdir()
    half, other, journal = (
        tmp_path / place for place in ("mirror/.graph.kgl.abcd", "mirror/.graph.kgl.efgh", f"store/.{JOURNAL}.abcd")
    )
    for file in (half, other, journal):
        file.write_text("half")
    os.utime(half, (0, 0))
    store = opened(tmp_path)
    assert not store.verify_mirror()
    store.close()
    assert (half.exists(), other.exists(), journal.exists()) == (False, True, False)


def test_who_stops_while_it_is_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kg.mirror.files.os.replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        files._replace(tmp_path / "graph.kgl", b"data")
    assert list(tmp_path.iterdir()) == []
