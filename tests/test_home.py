"""The home folder and its lock, with real processes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.errors import ConfigError, StoreError, StoreLockedError
from kg.home import (
    Home,
    create_home,
    find_home,
    open_for_reading,
    open_for_writing,
    read_owner,
    read_roots,
    write_atomically,
    write_roots,
)
from kg.model import Change
from kg.rdf import Literal, NamedNode, Quad
from kg.stores.oxigraph import OxigraphStore

NODE = NamedNode("https://example.com/n")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    create_home(home)
    return home


def write(home: Home, *texts: str) -> None:
    with open_for_writing(home, "kg test", os.getpid(), wait=5) as opened:
        store = OxigraphStore(opened.path)
        store.commit(Change(tuple(Quad(NODE, NODE, Literal(text), NODE) for text in texts)))
        store.close()


def texts(folder: Path) -> set[str]:
    store = OxigraphStore(folder, read_only=True)
    found = {quad.object.value for quad in store.match() if isinstance(quad.object, Literal)}
    store.close()
    return found


def read(home: Home, wait: float = 5) -> set[str]:
    with open_for_reading(home, wait) as opened:
        return texts(opened.path)


OTHER = """
import os, sys
from pathlib import Path
from kg.home import Home, open_for_reading, open_for_writing
from kg.model import Change
from kg.rdf import Literal, NamedNode, Quad
from kg.stores.oxigraph import OxigraphStore
node = NamedNode("https://example.com/n")
home, how = Home(Path(sys.argv[1])), sys.argv[2]
if how == "read":
    with open_for_reading(home, 5) as opened:
        store = OxigraphStore(opened.path, read_only=True)
        print(opened.notice or "", flush=True)
        sys.stdin.readline()
        print(sorted(quad.object.value for quad in store.match()), flush=True)
else:
    with open_for_writing(home, "kg ingest notes", os.getpid(), 5, long=how == "ingest") as opened:
        store = OxigraphStore(opened.path)
        store.commit(Change((Quad(node, node, Literal("new"), node),)))
        if sys.argv[3:] and os.fork() == 0:
            if sys.argv[3] == "exec":
                os.execvp("sleep", ["sleep", "5"])
            sys.stdin.read()
            os._exit(0)
        print("ready", flush=True)
        sys.stdin.readline()
        store.close()
"""


@contextmanager
def other(home: Home, how: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the store open; a line on its input lets it end."""
    command = [sys.executable, "-c", OTHER, str(home.folder), how, *more]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    rest = process.stdout.readline().strip()
    assert process.wait(60) == 0
    return rest


# --- the folder


def test_the_option_comes_before_the_environment_and_the_current_folder(tmp_path: Path) -> None:
    assert find_home(Path("a"), "b", tmp_path).folder == tmp_path / "a"
    assert find_home(None, "/b", tmp_path).folder == Path("/b").absolute()
    assert find_home(None, "", tmp_path).folder == tmp_path / ".kg"
    assert not find_home(None, None, tmp_path).exists()


def test_a_home_is_made_once_and_kept(home: Home) -> None:
    home.settings.write_text("x = 1")
    create_home(home)
    assert home.exists() and home.settings.read_text() == "x = 1"


def test_nobody_else_can_enter_a_new_home(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        create_home(Home(tmp_path / "deep" / "home"))
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "deep" / "home").stat().st_mode) == 0o700
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o750)
    create_home(Home(tmp_path / "shared"))
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o750  # it was somebody's choice


def test_the_ontology_is_found_whatever_its_format(home: Home) -> None:
    assert home.ontology() is None
    (home.folder / "ontology.ttl").touch()
    assert home.ontology() == home.folder / "ontology.ttl"
    (home.folder / "ontology.owl").touch()
    with pytest.raises(ConfigError, match=r"ontology\.owl, ontology\.ttl"):
        home.ontology()


def test_roots_come_back_in_their_order(home: Home, tmp_path: Path) -> None:
    assert read_roots(home) == {}
    roots = {"笔记": tmp_path / "笔记", "": tmp_path / "a b"}
    write_roots(home, roots)
    assert list(read_roots(home).items()) == list(roots.items())


@pytest.mark.parametrize("damaged", ["[]", "{", '{"a": 1}', "null"])
def test_damaged_roots_are_an_error(home: Home, damaged: str) -> None:
    home.roots.write_text(damaged)
    with pytest.raises(ConfigError, match=r"roots\.json"):
        read_roots(home)


def test_a_file_is_written_whole_or_not_at_all(home: Home) -> None:
    write_atomically(home.settings, b"old")
    with pytest.raises(TypeError):
        write_atomically(home.settings, "not bytes")  # type: ignore[arg-type]
    assert home.settings.read_bytes() == b"old"
    write_atomically(home.settings, b"new")
    assert home.settings.read_bytes() == b"new"
    assert sorted(path.name for path in home.folder.iterdir()) == ["cache", "kg.toml"]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = Home(tmp_path / "file" / "home")
    with (
        pytest.raises(StoreError, match=r"file/home: Not a directory"),
        open_for_writing(home, "kg test", os.getpid()),
    ):
        pass
    with pytest.raises(StoreError, match=r"file/home"):
        write_roots(home, {})


def test_reading_makes_no_home(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="kg init"), open_for_reading(Home(tmp_path / "home")):
        pass
    assert not (tmp_path / "home").exists()


# --- the lock


def test_readers_share(home: Home) -> None:
    write(home, "old")
    with other(home, "read") as first, other(home, "read") as second:
        assert line(first) == line(second) == ""
        assert read(home, wait=0) == {"old"}
        assert end(first) == end(second) == "['old']"


def test_a_writer_waits_for_readers(home: Home) -> None:
    write(home, "old")
    with other(home, "read") as reader:
        line(reader)
        with (
            pytest.raises(StoreLockedError, match="a command that is reading it"),
            open_for_writing(home, "kg test", os.getpid(), wait=0.1),
        ):
            pass
        end(reader)
        write(home, "new")
    assert read(home) == {"old", "new"}


@pytest.mark.parametrize("how", ["write", "ingest"])
def test_who_has_the_store_is_named(home: Home, how: str) -> None:
    """An ingest into a home without a store has nothing to show meanwhile."""
    with other(home, how) as writer:
        line(writer)
        started = time.monotonic()
        with pytest.raises(StoreLockedError) as caught, open_for_reading(home, wait=0.3):
            pass
        assert 0.3 <= time.monotonic() - started < 9  # nobody waits so long who has not been told
        assert caught.value.owner == f"`kg ingest notes` (pid {writer.pid})"
        with pytest.raises(StoreLockedError, match=str(writer.pid)), open_for_writing(home, "kg", 1, wait=0):
            pass
        owner = read_owner(home)
        assert owner is not None and owner.pid == writer.pid
        end(writer)
    assert read(home, wait=0) == {"new"}
    assert read_owner(home) is None and not home.owner.exists()


def test_a_reader_waits_for_a_short_write(home: Home) -> None:
    write(home, "old")
    with other(home, "write") as writer:
        line(writer)
        code = "import sys, time; time.sleep(0.3); sys.stdout.write('\\n')"
        with subprocess.Popen([sys.executable, "-c", code], stdout=writer.stdin):
            assert read(home) == {"old", "new"}


def test_during_an_ingest_others_read_what_was_before(home: Home) -> None:
    write(home, "old")
    with other(home, "ingest") as writer:
        line(writer)
        with open_for_reading(home, wait=0) as opened:
            assert opened.notice is not None
            assert f"`kg ingest notes` (pid {writer.pid}) is running" in opened.notice
            assert "before it began" in opened.notice
            assert texts(opened.path) == {"old"}
        with other(home, "read") as reader:
            assert "is running" in line(reader)
            end(writer)
            assert read(home, wait=0) == {"old", "new"}
            assert end(reader) == "['old']"
    write(home)
    assert not home.checkpoints.exists()


def test_a_checkpoint_goes_with_its_writer(home: Home) -> None:
    write(home, "old")
    with open_for_writing(home, "kg ingest", os.getpid(), long=True):
        assert len(list(home.checkpoints.iterdir())) == 2
    assert not home.checkpoints.exists()


def test_a_killed_writer_leaves_the_store_to_others(home: Home) -> None:
    write(home, "old")
    with other(home, "ingest") as writer:
        line(writer)
        writer.kill()
        writer.wait()
    assert home.owner.exists() and home.checkpoints.exists()
    assert read_owner(home) is None
    with open_for_reading(home, wait=0) as opened:
        assert opened.notice is None
        assert texts(opened.path) == {"old", "new"}
    write(home, "newer")
    assert read(home, wait=0) == {"old", "new", "newer"}
    assert not home.owner.exists() and not home.checkpoints.exists()


@pytest.mark.parametrize("worker", ["fork", "exec"])
def test_workers_that_outlive_a_killed_writer_do_not_keep_the_lock(home: Home, worker: str) -> None:
    with other(home, "write", worker) as writer:
        line(writer)
        writer.kill()
        writer.wait()
        with open_for_reading(home, wait=5):  # the worker lives longer, but may only just have begun to let go
            pass


@pytest.mark.parametrize("damaged", ["", "{", "[]", "{}", json.dumps({"pid": 2**40, "command": "x"})])
def test_a_damaged_owner_file_is_ignored(home: Home, damaged: str) -> None:
    home.owner.write_text(damaged)
    assert read_owner(home) is None
    write(home, "new")
    assert read(home, wait=0) == {"new"}
