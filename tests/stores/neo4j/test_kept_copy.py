"""The kept copy: right exactly while nobody else has written, whatever happens in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import neo4j
import pytest

from kg.errors import SliceTooLargeError, StoreChangingError, StoreError
from kg.model import Change
from kg.rdf import RDF, DefaultGraph, Literal, NamedNode, Quad
from kg.stores import ServerAddress
from kg.stores.neo4j import kept_copy as kept_copy_module
from kg.stores.neo4j import live as live_module
from kg.stores.neo4j import store as store_module
from kg.stores.neo4j import writing as writing_module
from kg.stores.neo4j.driver import Connection, Mark
from kg.stores.neo4j.kept_copy import KeptCopy
from kg.stores.neo4j.store import Neo4jStore, open_store
from kg.stores.oxigraph import OxigraphStore
from tests.stores.neo4j.test_store import opening
from tests.suites.store import ANYWHERE, EX, EXCLUDED, G1, G2, A, B, P, count, default_graph, rows

ONE, TWO = Mark(frozenset({"one"})), Mark(frozenset({"two"}))
QUAD, OTHER = Quad(A, P, B, G1), Quad(B, P, A, G2)
ALL = "GRAPH ?g { ?s ?p ?o }"


def copy_in(folder: Path | None, home: str = "home", read_only: bool = False) -> KeptCopy:
    return KeptCopy(folder, "merged", EXCLUDED, home, read_only)


# --- the copy alone


def test_it_is_right_at_its_mark_only() -> None:
    copy = copy_in(None)
    assert copy.at(ONE) is None
    copy.fill([QUAD])
    assert copy.at(ONE) is None
    copy.settle(ONE)
    store = copy.at(ONE)
    assert store is not None and set(store.match()) == {QUAD} and default_graph(store) == {Quad(A, P, B)}
    assert copy.at(TWO) is None
    copy.advance(Change((OTHER,), (QUAD,)), TWO)
    assert copy.at(ONE) is None and copy.at(TWO) is store and set(store.match()) == {OTHER}


def test_the_next_process_finds_it(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    copy = copy_in(folder)
    copy.fill([QUAD])
    copy.settle(ONE)
    copy.close()
    assert copy_in(folder, "another home").mark is None
    for read_only in (True, False):
        again = copy_in(folder, read_only=read_only)
        store = again.at(ONE)
        assert store is not None and set(store.match()) == {QUAD}
        again.close()


_CRASH = """
import os, sys
from pathlib import Path
from tests.stores.neo4j.test_kept_copy import ONE, OTHER, QUAD, TWO, Change, copy_in
copy = copy_in(Path(sys.argv[1]))
copy.fill([QUAD])
copy.settle(ONE)
copy.advance(Change((OTHER,)), TWO)
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("same_boot", [True, False])
def test_after_a_crash_it_counts_within_one_boot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_boot: bool
) -> None:
    subprocess.run([sys.executable, "-c", _CRASH, str(tmp_path / "copy")], check=True, timeout=60)
    if not same_boot:
        monkeypatch.setattr(kept_copy_module, "_BOOT", tmp_path / "none")
    crashed = copy_in(tmp_path / "copy")
    store = crashed.at(TWO)
    assert (store is not None and set(store.match()) == {QUAD, OTHER}) if same_boot else store is None
    crashed.close()


def test_what_is_read_half_is_right_at_no_mark(tmp_path: Path) -> None:
    copy = copy_in(tmp_path / "copy")
    copy.fill([QUAD])
    copy.settle(ONE)

    def broken() -> Iterator[Quad]:
        yield OTHER
        raise StoreChangingError("gone")

    with pytest.raises(StoreChangingError):
        copy.fill(broken())
    assert copy.at(ONE) is None
    copy.close()
    assert copy_in(tmp_path / "copy").mark is None


def test_a_reader_leaves_the_folder_as_it_is(tmp_path: Path) -> None:
    copy = copy_in(tmp_path / "copy")
    copy.fill([QUAD])
    copy.settle(ONE)
    copy.close()
    before = sorted(path.name for path in (tmp_path / "copy").iterdir())
    reader = copy_in(tmp_path / "copy", read_only=True)
    reader.fill([OTHER])
    reader.settle(TWO)
    store = reader.at(TWO)
    assert store is not None and set(store.match()) == {OTHER}
    assert json.loads((tmp_path / "copy" / "mark.json").read_text())["bookmarks"] == ["one"]
    reader.close()
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == before
    assert not list(tmp_path.glob("read-*"))


# --- beside a server


def test_what_was_left_by_the_killed_is_removed_and_what_is_in_use_stays(tmp_path: Path) -> None:
    copy_in(tmp_path / "copy").close()
    held = copy_in(tmp_path / "copy", read_only=True)
    held.fill([QUAD])
    held.settle(ONE)
    (used,) = tmp_path.glob("read-*")
    for name in ("read-empty", "read-half", "read-new", ".bulk-x", "other"):
        (tmp_path / name).mkdir()
    OxigraphStore(tmp_path / "read-half").close()
    (tmp_path / "read-half" / "CURRENT").write_text("damaged")
    for path in tmp_path.iterdir():
        if path.name != "read-new":
            os.utime(path, (0, 0))
    with closing(copy_in(tmp_path / "copy")):
        assert {path.name for path in tmp_path.iterdir()} == {"copy", "other", "read-new", used.name}
    store = held.at(ONE)
    assert store is not None and set(store.match()) == {QUAD}
    held.close()


@pytest.fixture
def by_hand(neo4j_empty: ServerAddress) -> Iterator[Connection]:
    with Connection(neo4j_empty) as connection:
        yield connection


@pytest.fixture
def store(neo4j_empty: ServerAddress, tmp_path: Path) -> Iterator[Neo4jStore]:
    store = open_store(opening(neo4j_empty, tmp_path / "store"))
    yield store
    store.close()


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Iterator[Quad]:
        raise AssertionError("the database was read")

    monkeypatch.setattr(live_module, "read_all", refuse)
    for name in ("match_quads", "slice_of", "read_graph_names"):
        monkeypatch.setattr(store_module, name, refuse)


def test_our_own_commits_move_it(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.commit(Change((QUAD,)))
    assert count(store, ANYWHERE) == 1
    no_reading(monkeypatch)
    for number in range(5):
        store.commit(Change((Quad(A, NamedNode(f"{EX}p{number}"), Literal(number), NamedNode(f"{EX}g{number}")),)))
        assert count(store, ANYWHERE, ALL) == number + 2


def test_a_commit_of_others_in_between_is_noticed(store: Neo4jStore, by_hand: Connection) -> None:
    store.commit(Change((QUAD,)))
    assert count(store, ANYWHERE, ALL) == 1
    by_hand.run("MATCH (n:Resource {iri: $iri}) SET n.name = 'by hand'", iri=A.value)
    store.commit(Change((OTHER,)))
    assert count(store, ANYWHERE, ALL) == 3
    assert set(store.match(A, NamedNode(EX + "term/name"))) == {
        Quad(A, NamedNode(EX + "term/name"), Literal("by hand"), NamedNode(EX + "graph/user"))
    }
    assert not store.verify()


def test_verify_finds_what_is_wrong_and_mends_it(store: Neo4jStore) -> None:
    store.commit(Change((QUAD,)))
    assert not store.verify()
    copy = store._database.copy.at(store._database.server.mark())
    assert copy is not None
    copy.commit(Change((OTHER,), (QUAD,)))
    report = store.verify()
    assert report.missing == (QUAD.triple,) and report.surplus == (OTHER.triple,)
    assert set(store.match()) == {QUAD}


def test_it_is_there_after_reopening(
    neo4j_empty: ServerAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_store(opening(neo4j_empty, tmp_path / "store"))
    first.commit(Change((QUAD,)))
    assert count(first, ANYWHERE) == 1
    first.checkpoint(str(tmp_path / "checkpoint"))
    first.close()
    no_reading(monkeypatch)
    for folder in ("checkpoint", "store"):
        reader = open_store(opening(None, tmp_path / folder, read_only=True))
        assert rows(reader, "SELECT ?s ?p ?o { ?s ?p ?o }") == [(A, P, B)]
        reader.close()


def test_a_query_that_is_too_broad_reads_it(
    store: Neo4jStore, neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [NamedNode(f"{EX}{number}") for number in range(30)]
    store.commit(Change(tuple(Quad(node, P, Literal("x"), G1) for node in nodes)))
    monkeypatch.setattr(live_module, "_CHEAP", -1_000_000)  # so that it is not read for nothing
    for copy_quads, is_answered in ((100, True), (20, False)):
        given = opening(neo4j_empty, None, read_only=True, slice_quads=10, copy_quads=copy_quads)
        with closing(open_store(given)) as reader:
            assert rows(reader, f"SELECT ?p {{ <{EX}7> ?p ?o }}") == [(P,)]
            if is_answered:
                assert count(reader, ANYWHERE) == 30
            else:
                with pytest.raises(SliceTooLargeError, match="copy_quads"):
                    count(reader, ANYWHERE)


def test_all_graphs_of_both_datasets_are_read(neo4j_empty: ServerAddress) -> None:
    plain = open_store(opening(neo4j_empty, None, dataset="separate"))
    plain.commit(Change((QUAD, Quad(A, P, A))))
    plain._database.copy.spoil()
    assert set(plain.match()) == {QUAD} and set(plain.match(graph_name=DefaultGraph())) == {Quad(A, P, A)}
    plain.close()


# --- what is not as it was, and what is in the way


def test_it_is_not_right_in_another_run_of_the_database(neo4j_empty: ServerAddress, tmp_path: Path) -> None:
    """A backup that was put back counts its transactions on from where it was made."""
    with closing(open_store(opening(neo4j_empty, tmp_path))) as store:
        store.commit(Change((QUAD,)))
        assert set(store.match()) == {QUAD}
    mark = tmp_path / "copy" / "mark.json"
    for run, state in ((None, "valid"), ("2000-01-01T00:00:00Z", "stale")):
        content = json.loads(mark.read_bytes())
        mark.write_text(json.dumps(content | ({"run": run} if run else {})))
        with closing(open_store(opening(neo4j_empty, tmp_path, read_only=True))) as reader:
            assert reader.about()["copy"] == state
            assert set(reader.match()) == {QUAD}


def test_a_restart_while_it_is_open_makes_it_stale(neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_store(opening(neo4j_empty))) as store:
        store.commit(Change((QUAD,)))
        assert set(store.match()) == {QUAD} and store.about()["copy"] == "valid"
        store._database.server.close()
        monkeypatch.setattr(Connection, "_started", lambda _: "later")
        assert store.about()["copy"] == "stale"
        store.commit(Change((OTHER,)))
        assert store.about()["copy"] == "stale" and set(store.match()) == {QUAD, OTHER}


def test_a_commit_is_done_though_the_copy_cannot_follow(
    neo4j_empty: ServerAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with closing(open_store(opening(neo4j_empty, tmp_path))) as store:
        store.commit(Change((QUAD,)))
        assert set(store.match()) == {QUAD}
        with monkeypatch.context() as patched:
            patched.setattr(kept_copy_module, "replace_file", full)
            store.commit(Change((OTHER,)))
            assert store.about()["copy"] == "stale"
        assert set(store.match()) == {QUAD, OTHER} and store.about()["copy"] == "valid"


def test_the_first_read_knows_names_that_came_after_the_opening(neo4j_empty: ServerAddress) -> None:
    with closing(open_store(opening(neo4j_empty))) as writer:
        writer.commit(Change((Quad(A, RDF["type"], NamedNode(EX + "term/Person"), G1),)))
    with closing(open_store(opening(neo4j_empty, read_only=True))) as reader:
        open_store(opening(neo4j_empty, names={"Person": P})).close()
        assert [quad.object for quad in reader.match()] == [P]


def test_who_waits_for_a_lock_is_told_and_nobody_waits_with_it(
    neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing_module, "_WAIT", 4.0)
    with (
        closing(open_store(opening(neo4j_empty))) as store,
        neo4j.GraphDatabase.driver(neo4j_empty.uri, auth=(neo4j_empty.username, neo4j_empty.password)) as driver,
        driver.session() as session,
        ThreadPoolExecutor() as threads,
    ):
        store.commit(Change((QUAD,)))
        assert set(store.match()) == {QUAD}
        forgotten = session.begin_transaction()
        forgotten.run("MATCH (n:Resource) SET n.hand = 1").consume()
        commit = threads.submit(store.commit, Change((Quad(A, P, Literal(1), G1),)))
        time.sleep(0.5)
        assert set(store.match()) == {QUAD} and count(store, ANYWHERE) == 1 and set(store.graph_names()) == {G1}
        assert not commit.done()
        with pytest.raises(StoreError, match=r"locked, and nothing was changed.*SHOW TRANSACTIONS"):
            commit.result(60)
        forgotten.rollback()
        assert set(store.match()) == {QUAD}


def test_the_systems_own_nodes_are_not_counted(neo4j_empty: ServerAddress) -> None:
    with closing(open_store(opening(neo4j_empty))) as store, Connection(neo4j_empty) as connection:
        store.commit(Change((QUAD,)))
        before = store.about()["nodes"]
        connection.run("UNWIND range(1, 100) AS n CREATE (:_Batch {id: toString(n)})")
        assert store.about()["nodes"] == before == 3  # _Home too
