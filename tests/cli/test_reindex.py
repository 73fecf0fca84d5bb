"""`kg reindex`, and the index at the end of other commands."""

from __future__ import annotations

import io
import shutil
import sys
import time
from pathlib import Path

import pytest

from kg.cli.progress import showing_steps
from tests.conftest import RunKg

pytestmark = pytest.mark.model


@pytest.fixture
def indexed(home: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the small vault, in which no model of text vectors is asked for."""
    shutil.copytree(made, home)
    monkeypatch.setenv("KG_SEARCH_WEIGHT_VECTORS", "0")
    return home


def files(home: Path) -> bytes:
    return b"".join(file.read_bytes() for file in (home / "cache").glob("search.sqlite*"))


def test_an_ingest_leaves_the_index_in_step(indexed: Path, kg: RunKg) -> None:
    status = kg("status", "--json").json
    assert (status["indexed"], status["encoded"]) == (True, 0)
    assert status["passages"] >= status["notes"]


def test_the_index_is_made_anew(indexed: Path, kg: RunKg) -> None:
    before = kg("status", "--json").json
    (indexed / "cache" / "search.sqlite").write_bytes(b"damaged")
    assert not kg("status", "--json").json["indexed"]
    report = kg("reindex", "--json").json
    assert report.keys() == {"notes", "passages", "encoded", "bytes", "seconds"}
    assert (report["notes"], report["passages"], report["encoded"]) == (before["notes"], before["passages"], 0)
    assert kg("reindex").text == f"{before['notes']} notes in {before['passages']} passages, 0 of them with vectors.\n"
    assert kg("status", "--json").json | {"bytes": 0} == before | {"bytes": 0}
    assert "indexed      yes" in kg("status").text


def test_all_passages_get_vectors(indexed: Path, kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KG_SEARCH_WEIGHT_VECTORS")
    report = kg("reindex", "--json").json
    assert report["encoded"] == report["passages"]
    assert kg("status", "--json").json["encoded"] == report["passages"]


def test_what_is_forgotten_is_not_found(indexed: Path, kg: RunKg) -> None:
    before = kg("status", "--json").json
    assert b"Grace knows Ada" in files(indexed)
    assert kg("forget", "People/Grace Hopper.md").code == 0
    after = kg("status", "--json").json
    assert after["indexed"] and after["passages"] == before["passages"] - 1
    assert b"Grace knows Ada" not in files(indexed)


def test_what_is_written_otherwise_is_not_in_the_index_until_it_is_searched(indexed: Path, kg: RunKg) -> None:
    assert kg("update", "INSERT DATA { <http://e/x> rdfs:label 'Zeppelin' }").code == 0
    assert not kg("status", "--json").json["indexed"]
    assert kg("search", "zeppelin").code == 0
    assert kg("status", "--json").json["indexed"]


def test_one_bar_shows_the_work_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with showing_steps() as tell:
        assert tell is not None
        for step, count in (("Reading", 9), ("Encoding", 700)):
            for done in range(count + 1):
                tell(step, done, count)
            deadline = time.monotonic() + 60
            while f"{count}/{count}" not in terminal.getvalue() and time.monotonic() < deadline:
                time.sleep(0.02)  # another thread draws it, ten times a second where it has its turn
    shown = terminal.getvalue()
    assert "Reading" in shown and "9/9" in shown
    assert "700/700" in shown[shown.index("Encoding") :] and "Reading" not in shown[shown.index("Encoding") :]


def test_without_a_home_it_says_so(kg: RunKg) -> None:
    run = kg("reindex")
    assert run.code == 2
    assert "There is no home" in run.messages
