"""kill -9 at any moment: what is stored are whole notes, and the next ingest completes to the same bytes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from kg.curation.commits import mend
from kg.derived import derive_again
from kg.model import Change
from tests.ingest.homes import MINTER, Home, differences, fresh
from tests.seeds import first_seed

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
Graphs = dict[str, frozenset[str]]


class Ingests:
    """Runs ingests in processes that can be killed."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program
        assert self._answer() == "ready"

    def run(self, home: Path, vault: Path, kill_after: float | None = None) -> tuple[int, float]:
        """Return how the ingest ended (-9: killed) and the seconds it took."""
        assert self._program.stdin
        self._program.stdin.write(f"{home} {vault}\n")
        self._program.stdin.flush()
        child, started = int(self._answer()), time.perf_counter()
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):  # it was done already
                os.kill(child, signal.SIGKILL)
        return int(self._answer()), time.perf_counter() - started

    def _answer(self) -> str:
        assert self._program.stdout
        return self._program.stdout.readline().strip()


@contextmanager
def ingests(quads_a_commit: int) -> Iterator[Ingests]:
    command = [sys.executable, "-m", "tests.ingest.killable", str(quads_a_commit)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            yield Ingests(program)
        finally:
            assert program.stdin
            program.stdin.close()


def copy_of_notes(notes: Path, tmp_path: Path) -> Path:
    """Notes enough for several commits, some of them large enough for the quick way in."""
    vault = tmp_path / "vault"
    for number in range(2):
        shutil.copytree(notes, vault / f"part {number}".replace(" ", ""))
    return vault


def edit(vault: Path) -> None:
    """Change a third of the notes, and let some go."""
    for number, file in enumerate(sorted(vault.rglob("*.md"))):
        if number % 3 == 0:
            file.write_bytes(file.read_bytes() + b"\n\nAda Lovelace uses Oxigraph.\n")
        elif number % 7 == 0:
            file.unlink()


def look(folder: Path, allowed: tuple[Graphs, ...], where: str) -> int:
    """Check what a killed ingest left, and return how many notes are there."""
    if not (folder / "store").exists():
        return 0
    home = Home(folder=folder)
    assert not home.store.verify(), where
    found = home.note_graphs()
    for name, graph in found.items():
        assert any(graphs.get(name) == graph for graphs in allowed), f"{where}: {name} is not whole"
    mend(home.graph)
    if home.store.match(graph_name=MINTER.graph("ontology")):
        assert derive_again(home.store.match, home.ontology, MINTER) == Change(), where
    home.close()
    return len(found)


@pytest.mark.parametrize(("quads_a_commit", "kills"), [(1_500, 2), (12_000, 2)])
def test_a_killed_ingest_leaves_whole_notes(notes: Path, tmp_path: Path, quads_a_commit: int, kills: int) -> None:
    seed = first_seed()
    chance = random.Random(seed)
    vault = copy_of_notes(notes, tmp_path)
    first = fresh(vault)
    with ingests(quads_a_commit) as program:
        code, seconds = program.run(tmp_path / "whole", vault)
        assert code == 0
        partial = 0
        for number in range(kills):
            folder = tmp_path / f"home{number}"
            delay = seconds * chance.uniform(0.3, 0.95)
            where = f"seed {seed}, kill {number} after {delay:.2f} of {seconds:.2f} s"
            program.run(folder, vault, delay)
            partial += 0 < look(folder, (first.note_graphs(),), where) < len(first.note_graphs())
            code, took = program.run(folder, vault)
            assert code == 0, where
            seconds = min(seconds, took / 0.7)
            same(folder, first, where)
        # The last home goes on with edited notes, killed again and again without a run that completes.
        edit(vault)
        second = fresh(vault)
        for number in range(kills):
            delay = seconds * chance.uniform(0.05, 0.5)
            where = f"seed {seed}, edited, kill {number} after {delay:.2f} s"
            program.run(folder, vault, delay)
            look(folder, (first.note_graphs(), second.note_graphs()), where)
        assert program.run(folder, vault)[0] == 0, where
        same(folder, second, where)
    sys.stdout.write(f"seed {seed}: {partial} of {kills} kills found a part of the notes\n")


def same(folder: Path, expected: Home, where: str) -> None:
    home = Home(folder=folder)
    home.check()
    found, wanted = home.dump(), expected.dump()
    home.close()
    if found != wanted:
        pytest.fail(f"{where}\n{differences(wanted, found)}")
