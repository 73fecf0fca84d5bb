"""What lies in the folder of a store: marks, states and copies, of stores that are their files and of servers."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from kg.model import Change
from kg.rdf import Literal, NamedNode, Quad
from kg.stores import files
from kg.stores.oxigraph import OxigraphStore

P = NamedNode("http://example.org/p")


def quads(count: int) -> tuple[Quad, ...]:
    return tuple(Quad(P, P, Literal(str(number)), P) for number in range(count))


def embedded(folder: Path, count: int = 1) -> Path:
    store = OxigraphStore(folder)
    store.commit(Change(quads(count)))
    store.close()
    return folder


def on_server(folder: Path) -> Path:
    """What a store on a server leaves, with the server's own data beside it."""
    folder.mkdir()
    (folder / files.CONNECTION).write_text('{"password": "secret"}')
    (folder / files.CONNECTION).chmod(0o600)
    embedded(folder / files.COPY)
    (folder / files.COPY / "mark.json").write_text("{}")
    (folder / "server").mkdir()
    (folder / "server" / "large").write_bytes(b"data of the database")
    (folder / "server.json").write_text('{"password": "secret"}')
    return folder


def test_a_folder_without_a_store(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text("{}")
    for folder in (tmp_path, tmp_path / "none"):
        assert not files.holds_store(folder) and not files.is_live(folder)
        assert files.kind_in(folder) is None and files.store_state(folder) is None
        assert files.last_written(folder) == (0, 0)


def test_stores_are_known_by_their_marks(tmp_path: Path) -> None:
    one, two = embedded(tmp_path / "store"), on_server(tmp_path / "neo4j")
    assert files.holds_store(one) and files.holds_store(two)
    assert (files.kind_in(one), files.is_live(one)) == ("embedded", False)
    assert (files.kind_in(two), files.is_live(two)) == ("neo4j", True)
    assert files.is_on_server("neo4j") and not files.is_on_server("embedded")


def test_the_state_changes_with_every_opening_for_writing_and_with_no_reading(tmp_path: Path) -> None:
    folder = embedded(tmp_path / "store")
    state = files.store_state(folder)
    OxigraphStore(folder, read_only=True).close()
    assert files.store_state(folder) == state
    OxigraphStore(folder).close()
    assert files.store_state(folder) != state


def test_the_time_of_writing_changes_with_a_commit(tmp_path: Path) -> None:
    folder = embedded(tmp_path / "store")
    before = files.last_written(folder)
    embedded(folder, 2)
    assert files.last_written(folder) != before


def test_a_copy_of_an_embedded_store_is_one_and_shares_its_tables(tmp_path: Path) -> None:
    folder = embedded(tmp_path / "store", 30_000)
    (folder / "bulk-7.sst").write_bytes(b"half")
    files.copy_store(folder, tmp_path / "copy")
    store = OxigraphStore(tmp_path / "copy", read_only=True)
    assert sum(1 for _ in store.match()) == 30_000
    store.close()
    names = {path.name for path in (tmp_path / "copy").iterdir()}
    assert "LOCK" not in names and "bulk-7.sst" not in names
    tables = list((tmp_path / "copy").glob("*.sst"))
    assert tables and all(table.stat().st_nlink == 2 for table in tables)


def test_a_copy_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    files.copy_store(embedded(tmp_path / "store", 30_000), tmp_path / "copy")
    assert sum(1 for _ in OxigraphStore(tmp_path / "copy", read_only=True).match()) == 30_000


def test_a_copy_of_what_leads_to_a_server_leaves_the_server_out_and_stays_unread_by_others(tmp_path: Path) -> None:
    files.copy_store(on_server(tmp_path / "neo4j"), tmp_path / "copy")
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {files.CONNECTION, files.COPY}
    assert stat.S_IMODE((tmp_path / "copy" / files.CONNECTION).stat().st_mode) == 0o600
    assert (tmp_path / "copy" / files.COPY / "mark.json").read_text() == "{}"
    assert files.is_live(tmp_path / "copy")
    assert sum(1 for _ in OxigraphStore(tmp_path / "copy" / files.COPY, read_only=True).match()) == 1


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_what_is_private_is_so_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []

    def note_mode(path: Path, copy: Path) -> None:
        modes.append(stat.S_IMODE(copy.stat().st_mode))

    monkeypatch.setattr(shutil, "copymode", note_mode)
    before = os.umask(0)
    try:
        files.copy_store(on_server(tmp_path / "neo4j"), tmp_path / "copy")
    finally:
        os.umask(before)
    assert set(modes) == {0o600}


def test_the_size_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"12345")
    (tmp_path / "b").symlink_to("in/a")
    assert files.size_of(tmp_path) == 5
