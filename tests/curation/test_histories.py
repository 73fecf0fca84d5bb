"""Promise 4: whatever was done to files and decided, the graph is that of the final files and the final log.

Thousands of steps are led by `benchmarks/decisions.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.cache import NoteShelf
from kg.curation import Author, Rename
from kg.rdf import NamedNode
from kg.stores import ServerAddress
from tests.curation.histories import DifferentError, built_from, live
from tests.ingest.homes import Home, OnServer, fresh, write

pytestmark = pytest.mark.model


@pytest.mark.parametrize("seed", range(3))
def test_what_was_decided_lasts_and_can_be_undone(seed: int, tmp_path: Path) -> None:
    judge = live(tmp_path, seed, 24, 6)
    assert len(judge.made) > 5


@pytest.mark.neo4j
@pytest.mark.parametrize("seed", (50, 51))
def test_what_was_decided_lasts_on_neo4j(seed: int, tmp_path: Path, neo4j_empty: ServerAddress) -> None:
    server = OnServer(neo4j_empty)
    try:
        assert len(live(tmp_path, seed, 16, 8, server).made) > 3
    finally:
        server.close()


@pytest.mark.parametrize("part", ["notes_keyed", "touched", "keys_but_entities"])
def test_a_comparison_finds_what_is_not_brought_up_to_date(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these tells what a change concerns; a home from scratch needs none of them."""
    found = getattr(NoteShelf, part)
    monkeypatch.setattr(NoteShelf, part, lambda self, *arguments: type(found(self, *arguments))())
    with pytest.raises(DifferentError):
        live(tmp_path, 1, 24, 4)


def test_a_home_that_has_the_log_first_gives_the_same_bytes(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    write(vault, {"Ada.md": b"# Ada\n\nAda works for Acme Robotics.\n"})
    home = fresh(vault)
    ada = NamedNode("https://noemata.example/vault/note/Ada.md#it")
    home.curator().decide([Rename(ada, "Ada Lovelace")], Author("ada", "2026-01-01T00:00:00Z"))
    names = [quad.object.value for quad in home.store.match(ada) if quad.predicate.value.endswith("#name")]  # type: ignore[union-attr]
    assert names == ["Ada Lovelace"]
    other = built_from((vault,), home.curator().log())
    assert isinstance(other, Home) and other.dump() == home.dump()
