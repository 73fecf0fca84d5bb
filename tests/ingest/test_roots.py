"""Which folders a home mirrors."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.errors import InputError, NotFoundError
from kg.ingest import Scope, plan_roots


def test_the_first_root_has_no_name_and_others_are_called_as_their_folders(tmp_path: Path) -> None:
    for name in ("notes", "work", "old/work"):
        (tmp_path / name).mkdir(parents=True)
    roots, scopes = plan_roots({}, [tmp_path / "notes", tmp_path / "work", tmp_path / "old" / "work"])
    assert list(roots) == ["", "work", "work-2"]
    assert scopes == (Scope("", ""), Scope("work", ""), Scope("work-2", ""))


def test_a_path_inside_a_root_is_a_part_of_it_whether_it_is_there_or_not(tmp_path: Path) -> None:
    known = {"": tmp_path}
    roots, scopes = plan_roots(known, [tmp_path / "gone" / "note.md"])
    assert roots == known
    assert scopes == (Scope("", "gone/note.md"),)


def test_a_folder_that_holds_a_known_root_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "vault" / "sub"
    inner.mkdir(parents=True)
    with pytest.raises(InputError, match="twice"):
        plan_roots({"": inner}, [tmp_path / "vault"])


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        plan_roots({}, [tmp_path / "nowhere"])
