"""Promise 4: whatever was done to files and decided, the graph is that of the final files and the final log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.curation.histories import Judge, built_from, served, undo_all
from tests.ingest.homes import Home, Opened, differences, embedded, fresh
from tests.ingest.vaults import Scribe

pytestmark = pytest.mark.model


def live(folder: Path, seed: int, steps: int, opened: Opened = embedded) -> Judge:
    """Let files change and people decide; after every step compare with a home made from scratch."""
    vault = folder / "vault"
    vault.mkdir()
    scribe, judge = Scribe(vault, seed), Judge(seed)
    without_spoiling(scribe)
    home = Home(vault, opened=opened)
    home.ingest()
    for number in range(steps):
        if judge.random.random() < 0.4:
            said = scribe.step()
            home.ingest()
        else:
            said = judge.decide(home)
        if judge.random.random() < 0.1:
            home.restart()
        where = f"seed {seed}, step {number}: {said}"
        home.check()
        expected, found = built_from(home.paths, home.curator().log()).dump(), home.dump()
        if found != expected:
            pytest.fail(f"{where}\n{differences(expected, found)}")
    undo_all(home)
    home.check()
    expected, found = served(fresh(vault)), served(home)
    if found != expected:
        pytest.fail(f"seed {seed}, all undone\n{differences(expected, found)}")
    return judge


def without_spoiling(scribe: Scribe) -> None:
    """Leave out files that cannot be read: of those stays what they said, which no home from scratch can know."""
    scribe.spoil = scribe.retag  # type: ignore[method-assign]


@pytest.mark.parametrize("seed", range(4))
def test_what_was_decided_lasts_and_can_be_undone(seed: int, tmp_path: Path) -> None:
    judge = live(tmp_path, seed, 25)
    assert len(judge.made) > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
def test_what_was_decided_lasts_long(seed: int, tmp_path: Path) -> None:
    live(tmp_path, seed, 60)
