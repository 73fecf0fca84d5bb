"""The importer suite over every registered importer, the registry, and the public vaults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kg.importers import IMPORTERS, importer_for
from kg.model import Failure, Note
from kg.vault import walk_vault
from tests.suites.importer import *  # noqa: F403
from tests.suites.importer import check_laws

VAULTS = ("cs-notes_zh", "foam_docs", "kepano_vault", "til_jbranchaud")


def test_registered_names() -> None:
    assert IMPORTERS.names()[:3] == ("jsonl", "markdown", "plain")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.md", "markdown"),
        ("B.MD", "markdown"),
        ("b.markdown", "markdown"),
        ("c.txt", "plain"),
        ("d.jsonl", "jsonl"),
    ],
)
def test_importer_is_chosen_by_suffix(path: str, name: str) -> None:
    importer = importer_for(path)
    assert importer is not None
    assert importer.name == name


@pytest.mark.parametrize("path", ["a.png", "README", ".md", "a.md/b", "x.canvas"])
def test_other_files_have_no_importer(path: str) -> None:
    assert importer_for(path) is None


@pytest.mark.slow
@pytest.mark.parametrize("vault", VAULTS)
def test_public_vaults_obey_the_laws(vault: str) -> None:
    if not os.environ.get("KG_BENCH"):
        pytest.skip("KG_BENCH does not name the folder of public benchmark data")
    root = Path(os.environ["KG_BENCH"]) / "notes" / vault
    count = 0
    for path in walk_vault(root):
        assert isinstance(path, str), path
        importer = importer_for(path)
        assert importer is not None
        for note in importer.read(path, (root / path).read_bytes()):
            assert isinstance(note, Note), note
            check_laws(note)
            assert all(isinstance(problem, Failure) and problem.line for problem in note.problems)
            count += 1
    assert count > 80
