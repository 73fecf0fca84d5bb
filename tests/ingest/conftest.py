"""A vault of real notes and the home that one plain ingest makes of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.homes import Home, fresh

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "vault"
FOLDERS = ("Organisations", "Projects", "Daily", "Inbox", "Places")


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some folders of the example vault; not to be changed."""
    vault = tmp_path_factory.mktemp("notes") / "vault"
    for name in FOLDERS:
        shutil.copytree(EXAMPLES / name, vault / name)
    return vault


@pytest.fixture(scope="session")
def plain(notes: Path) -> Home:
    """The home of those notes, made in one go; not to be changed."""
    return fresh(notes)


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """An empty vault."""
    folder = tmp_path / "vault"
    folder.mkdir()
    return folder


@pytest.fixture
def home(vault: Path) -> Iterator[Home]:
    """A home in memory for that vault."""
    made = Home(vault)
    yield made
    made.close()
