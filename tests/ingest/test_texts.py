"""The texts of notes stay in the cache as long as the notes do, and can be read beside who writes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kg.cache import NoteTexts
from kg.errors import StoreError
from tests.ingest.homes import BASE, Home, write

pytestmark = pytest.mark.model

FILES = {
    "Ada.md": "---\ntype: person\n---\n# Ada\r\n\r\nAda likes %%a comment%% [[图谱]].\n".encode(),
    "图谱.md": "知识图谱，`code` and 🦜.\n".encode(),
    "lines.jsonl": b'{"id": "x", "title": "X", "text": "One line.\\nAnother."}\n',
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    vault = tmp_path_factory.mktemp("texts") / "vault"
    write(vault, FILES)
    made = Home(vault, folder=vault.parent / "home")
    made.ingest()
    yield made
    made.close()


def texts_of(home: Home) -> NoteTexts:
    assert home.folder is not None
    return NoteTexts(home.folder / "cache.sqlite")


def by_path(texts: NoteTexts) -> dict[str, str]:
    return {iri.removeprefix(f"{BASE}note/"): text for iri, text in texts.items()}


def test_texts_are_kept_as_they_are_while_the_writer_has_the_file_open(kept: Home) -> None:
    texts = texts_of(kept)
    wanted = [FILES["Ada.md"].decode(), "One line.\nAnother.", FILES["图谱.md"].decode()]
    assert sorted(by_path(texts).values()) == sorted(wanted)
    assert list(texts) == sorted(texts) == [iri for iri, _ in texts.items()]
    assert len(texts) == 3
    assert all(texts[iri] == text for iri, text in texts.items())
    assert f"{BASE}note/nobody" not in texts


def test_a_text_is_that_of_the_last_ingest_and_goes_with_its_note(kept: Home, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    write(vault, {"a.md": b"One.", "b.md": b"Two."})
    with closing(Home(vault, folder=tmp_path / "home")) as home:
        home.ingest()
        write(vault, {"a.md": b"Three."})
        (vault / "b.md").unlink()
        home.ingest()
        assert list(texts_of(home).values()) == ["Three."]
        home.curator().remove(list(texts_of(home)))
        assert home.cache.connection.execute("SELECT count(*) FROM texts").fetchone() == (0,)
        home.lose_cache()
        assert not texts_of(home)
        home.ingest()
        assert list(texts_of(home).values()) == ["Three."]


def test_a_file_that_is_not_there_or_of_another_version_holds_none(kept: Home, tmp_path: Path) -> None:
    assert dict(NoteTexts(tmp_path / "cache.sqlite")) == {}
    assert not (tmp_path / "cache.sqlite").exists()
    old = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(old)) as db:
        kept.cache.connection.backup(db)
        db.execute("PRAGMA user_version = 3")
    assert len(NoteTexts(old)) == 0
    with closing(sqlite3.connect(old)) as db:  # it was not changed
        assert db.execute("SELECT count(*) FROM texts").fetchone() == (3,)


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache.sqlite").write_bytes(b"nothing that a database would be")
    with pytest.raises(StoreError, match=r"cache\.sqlite cannot be read: .*It may be deleted"):
        list(NoteTexts(tmp_path / "cache.sqlite"))


def test_a_text_that_is_damaged_is_an_error_with_the_files_name(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    write(vault, {"a.md": b"One."})
    with closing(Home(vault, folder=tmp_path / "home")) as home:
        home.ingest()
        home.cache.connection.execute("UPDATE texts SET text = x'00ff00'")
        home.cache.connection.commit()
        with pytest.raises(StoreError, match=r"cache\.sqlite cannot be read: .*It may be deleted"):
            list(texts_of(home).values())
