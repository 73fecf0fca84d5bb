"""Promise 2: whatever was done to the files, and whenever they were ingested, the graph is that of the final files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.ingest.homes import BASE, Home, Opened, differences, embedded, fresh, write
from tests.ingest.vaults import Scribe

pytestmark = pytest.mark.model


class InterruptedRunError(Exception):
    """Stands for the end of a process, at a place where the store or the cache is about to be written."""


class Fuse:
    """Ends an ingest at its n-th write of the store or the cache."""

    def __init__(self, home: Home, writes: int) -> None:
        self.home, self.left = home, writes
        self.commit, self.transaction = home.store.commit, home.cache.transaction

    def __enter__(self) -> Fuse:
        def burn(write):  # type: ignore[no-untyped-def]
            def wrapped(*arguments):  # type: ignore[no-untyped-def]
                self.left -= 1
                if self.left < 0:
                    raise InterruptedRunError
                return write(*arguments)

            return wrapped

        self.home.store.commit = burn(self.commit)  # type: ignore[method-assign]
        self.home.cache.transaction = burn(self.transaction)  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        del self.home.store.commit, self.home.cache.transaction
        self.home.restart()


def live(folder: Path, seed: int, steps: int, opened: Opened = embedded) -> None:
    """Let a vault live: after every step the home equals one made from the files as they are."""
    vault, other = folder / "vault", folder / "whole"
    vault.mkdir()
    chance = random.Random(f"{seed} ingest")
    scribe = Scribe(vault, seed)
    home = Home(vault, opened=opened)
    home.ingest()
    last_good: dict[str, bytes] = {}
    for number in range(steps):
        for path, page in scribe.pages.items():
            if path not in scribe.spoiled:
                last_good[path] = page.content()
        before = home.raw_notes()
        said = scribe.step()
        way = chance.random()
        if way < 0.05:
            home.lose_cache() if not scribe.spoiled else home.restart()
        elif way < 0.15:
            home.restart()
        elif way < 0.4:
            said += f", interrupted at write {(write := chance.randrange(6))}"
            with pytest.raises(InterruptedRunError) if write < 2 else MayHappen(), Fuse(home, write):
                home.ingest()
        part = [vault / path for path in sorted(scribe.touched)]
        if part and way > 0.7:
            home.ingest(*part)
            said += f", ingest of {sorted(scribe.touched)}"
        else:
            home.ingest()
        where = f"seed {seed}, step {number}: {said}"
        last_good = {path: content for path, content in last_good.items() if path in scribe.pages}
        _compare(home, other, scribe, last_good, before, where)


class MayHappen:
    """Lets an interruption happen or not."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is InterruptedRunError


def _compare(
    home: Home, other: Path, scribe: Scribe, last_good: dict[str, bytes], before: dict[str, bytes], where: str
) -> None:
    """Compare with a home made from scratch; of a file that cannot be read stays what it said."""
    home.check()
    if not scribe.spoiled:
        expected, found = fresh(*home.paths).dump(), home.dump()
        if found != expected:
            pytest.fail(f"{where}\n{differences(expected, found)}")
        return
    for path, page in scribe.pages.items():
        file = other / path
        file.parent.mkdir(parents=True, exist_ok=True)
        content = page.content() if path not in scribe.spoiled else last_good.get(path)
        if content is not None:
            file.write_bytes(content)
    for file in other.rglob("*.*"):
        if file.is_file() and (file.relative_to(other).as_posix() not in scribe.pages):
            file.unlink()
    whole = Home(other)
    whole.ingest()
    wanted, found_graphs, raw = whole.note_graphs(), home.note_graphs(), home.raw_notes()
    kept = {
        quad.subject.value.removeprefix(f"{BASE}note/") for path in scribe.spoiled for quad in _notes_at(home, path)
    }
    for name in wanted.keys() | found_graphs.keys():
        if name in kept:
            if raw[name] != before.get(name, raw[name]):
                pytest.fail(f"{where}\n{name} was spoiled and changed")
        else:
            expected, found = (_without_state(graphs.get(name, frozenset())) for graphs in (wanted, found_graphs))
            if expected != found:
                pytest.fail(f"{where}\n{name}\n{differences(expected, found)}")


def _without_state(graph: frozenset[str]) -> str:
    """A graph without the digest of what it was built from, in which what a spoiled note said before has a part."""
    return "\n".join(sorted(line for line in graph if "#stateHash>" not in line))


def _notes_at(home: Home, path: str) -> list:  # type: ignore[type-arg]
    from kg.rdf import KG, Literal

    return list(home.store.match(predicate=KG["path"], object=Literal(path)))


@pytest.mark.parametrize("seed", range(4))
def test_a_vault_that_lived_equals_its_final_files(seed: int, tmp_path: Path) -> None:
    live(tmp_path, seed, 20)


@pytest.mark.slow
def test_a_vault_that_lived_long_equals_its_final_files(tmp_path: Path) -> None:
    live(tmp_path, 100, 50)


def test_a_run_that_ends_at_any_write_is_completed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what the next run only needs for the run after it: which words and links the notes hold."""
    monkeypatch.setattr("kg.curation.curator.QUADS_A_COMMIT", 1)
    monkeypatch.setattr("kg.ingest._NOTES_A_TRANSACTION", 1)
    notes = {
        "One.md": b"# One\n\nThe Blue Heron uses [[Later]].\n",
        "Two.md": b"# Two\n\nA blue heron was here.\n",
        "Three.md": b"# Three\n\nSee [[One]].\n",
    }
    late = {"x/Later.md": b"# Blue Heron\n\nA bird.\n", "Three.md": b"# Three\n\nSee [[Two]].\n"}
    vault = tmp_path / "vault"
    write(vault, notes | late)
    expected = fresh(vault).dump()
    writes, ended = 0, False
    while not ended:
        (vault / "x/Later.md").unlink()
        write(vault, notes)
        home = Home(vault)
        with MayHappen(), Fuse(home, writes) as fuse:
            home.ingest()
        ended = fuse.left >= 0
        home.ingest()
        write(vault, late)
        home.ingest()
        if home.dump() != expected:
            pytest.fail(f"ended at write {writes}\n{differences(expected, home.dump())}")
        home.check()
        writes += 1
    assert writes > 8
