"""Promises 2, 3 and 5 with the graph in Neo4j: after all that happens to notes it is what the embedded store holds."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kg.curation.curator
from kg.graph import commit
from kg.ingest import forget
from kg.model import Change
from kg.rdf import KG, RDF, Literal, NamedNode, Quad
from kg.stores import ServerAddress
from tests.ingest.homes import BASE, MINTER, Home, OnServer, differences, fresh, write
from tests.ingest.test_histories import live

pytestmark = [pytest.mark.model, pytest.mark.neo4j]

MakeHome = Callable[..., Home]
NOTES = {
    "Ada Lovelace.md": b"---\ntype: person\naliases: [Ada]\nworks for: '[[Acme Robotics]]'\n---\nAda uses Oxigraph. #tag\n",
    "Acme Robotics.md": b"---\ntype: company\nfounded on: soon\n---\nA firm in [[Berlin]].\n",
    "Berlin.md": b"---\ntype: place\nworks for: '[[Acme Robotics]]'\n---\nA town. \xe5\x9b\xbe\xe6\x95\xb0\xe6\x8d\xae\xe5\xba\x93\n",
    "sub/Oxigraph.md": b"# Oxigraph\n\nOxigraph is written in Rust.\n\n- [ ] ask [[Ada]]\n",
}  # fmt: skip


@pytest.fixture
def make_home(neo4j_empty: ServerAddress) -> Iterator[MakeHome]:
    """Make homes on the server; the one before is closed, for there is one database."""
    server = OnServer(neo4j_empty)

    def make(*roots: Path, folder: Path | None = None, copy_quads: int = 5_000_000) -> Home:
        server.close()
        server.copy_quads = copy_quads
        return Home(*roots, folder=folder, opened=server)

    yield make
    server.close()


def expect_same(home: Home, *roots: Path) -> None:
    home.check()
    expected, found = fresh(*(roots or home.paths)).dump(), home.dump()
    if found != expected:
        pytest.fail(differences(expected, found))


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    write(folder, NOTES)
    return folder


def test_notes_come_change_and_go(make_home: MakeHome, vault: Path) -> None:
    home = make_home(vault)
    assert home.ingest().counts()["added"] == 4
    expect_same(home)
    assert home.ingest().quads == 0
    write(vault, {"Berlin.md": b"# Berlin\n\nAda Lovelace was here.\n", "New.md": b"# Rust\n\nSee [[Berlin]].\n"})
    home.ingest()
    expect_same(home)
    (vault / "Ada Lovelace.md").unlink()
    home.restart()
    home.ingest()
    expect_same(home)


def test_without_the_kept_copy(make_home: MakeHome, vault: Path) -> None:
    home = make_home(vault, copy_quads=0)
    home.ingest()
    write(vault, {"Berlin.md": b"# Berlin\n\nAda Lovelace was here.\n"})
    home.ingest()
    expect_same(home)


def test_a_home_that_was_closed_goes_on(make_home: MakeHome, vault: Path, tmp_path: Path) -> None:
    make_home(vault, folder=tmp_path / "home").ingest()
    home = make_home(vault, folder=tmp_path / "home")
    assert home.ingest().quads == 0
    (vault / "Berlin.md").unlink()
    home.ingest()
    expect_same(home)


def test_forgotten_notes_leave_nothing_and_come_back(make_home: MakeHome, vault: Path) -> None:
    home = make_home(vault)
    home.ingest()
    removed, missing = forget(home.curator(), [f"{BASE}note/Berlin.md", f"{BASE}note/none"])
    assert (len(removed), len(missing)) == (1, 1)
    assert not list(home.store.match(graph_name=NamedNode(f"{BASE}note/Berlin.md")))
    home.check()
    home.ingest()
    expect_same(home)


def test_what_is_refused_is_in_quarantine_and_not_in_the_graph(make_home: MakeHome, vault: Path) -> None:
    home = make_home(vault)
    home.ingest()
    refused = {quad.subject for quad in home.store.match(None, RDF["type"], KG["Refusal"])}
    predicates = {quad.object for iri in refused for quad in home.store.match(iri, RDF["predicate"])}
    assert predicates >= {KG["worksFor"], KG["foundedOn"]}
    assert not list(home.store.match(None, KG["foundedOn"]))


def test_half_a_note_that_others_left_is_read_again(make_home: MakeHome, vault: Path) -> None:
    home = make_home(vault)
    home.ingest()
    note = NamedNode(f"{BASE}note/Berlin.md")
    gone = [quad for quad in home.store.match(graph_name=note) if quad.predicate in (KG["stateHash"], KG["linksTo"])]
    commit(home.graph, Change(remove=tuple(gone)))
    home.ingest()
    expect_same(home)


def test_what_people_wrote_stays(make_home: MakeHome, vault: Path) -> None:
    home = make_home(vault)
    home.ingest()
    mine = Quad(NamedNode(f"{BASE}x"), KG["name"], Literal("mine"), MINTER.graph("user"))
    commit(home.graph, Change((mine,)))
    write(vault, {"Berlin.md": b"# Berlin\n"})
    home.ingest()
    assert list(home.store.match(graph_name=MINTER.graph("user"))) == [mine]
    commit(home.graph, Change(remove=(mine,)))
    expect_same(home)


def test_many_batches(make_home: MakeHome, notes: Path, plain: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kg.curation.curator, "QUADS_A_COMMIT", 2_000)
    home = make_home(notes)
    home.ingest()
    expected, found = plain.dump(), home.dump()
    if found != expected:
        pytest.fail(differences(expected, found))


def test_a_folder_that_moves(make_home: MakeHome, vault: Path) -> None:
    home = make_home(vault)
    home.ingest()
    shutil.move(vault / "sub", vault / "other")
    home.ingest()
    expect_same(home)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_vault_that_lived_equals_its_final_files(seed: int, neo4j_empty: ServerAddress, tmp_path: Path) -> None:
    with contextlib.closing(OnServer(neo4j_empty)) as server:
        live(tmp_path, seed, 6, server)
