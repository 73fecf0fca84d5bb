"""The owner of a served store: leases, turns and lending, between threads and with real other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kg.config import Config, load_config
from kg.errors import OntologyError, RdfSyntaxError, StoreError, StoreLockedError
from kg.graph import KnowledgeGraph, commit
from kg.home import Home, OpenStore, create_home, open_for_writing, read_owner
from kg.home.locks import try_lock
from kg.model import Change
from kg.rdf import RDFS, Literal, NamedNode, Quad
from kg.serving.owner import Lease, StoreOwner
from kg.stores.oxigraph import OxigraphStore

NODE = NamedNode("https://example.com/n")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    create_home(home)
    return home


def settings(home: Home, wait: float = 5.0) -> Config:
    return load_config(home.settings, {}, {"store.lock_wait_seconds": wait})


@pytest.fixture
def owner(home: Home) -> Iterator[StoreOwner]:
    owner = StoreOwner(home, settings(home), "kg serve")
    yield owner
    owner.close()
    assert not list(home.folder.glob("checkpoint/*")) and not home.owner.exists()


def quad(text: str) -> Quad:
    return Quad(NODE, NODE, Literal(text), NODE)


def write(owner: StoreOwner, *texts: str) -> None:
    with owner.writing() as graph:
        commit(graph, Change(tuple(quad(text) for text in texts)))


def texts(folder: Path) -> set[str]:
    store = OxigraphStore(folder, read_only=True)
    found = {each.object.value for each in store.match(NODE, NODE) if isinstance(each.object, Literal)}
    store.close()
    return found


def read(owner: StoreOwner) -> set[str]:
    with leased(owner) as lease:
        return texts(lease.folder)


@contextmanager
def leased(owner: StoreOwner) -> Iterator[Lease]:
    lease = owner.lease()
    try:
        yield lease
    finally:
        lease.release()


@contextmanager
def owning(home: Home) -> Iterator[StoreOwner]:
    owner = StoreOwner(home, settings(home), "kg serve")
    try:
        yield owner
    finally:
        owner.close()


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
        print("ready", flush=True)
        sys.stdin.readline()
else:
    with open_for_writing(home, "kg ingest notes", os.getpid(), 5, long=how == "ingest") as opened:
        store = OxigraphStore(opened.path)
        print("ready", flush=True)
        sys.stdin.readline()
        store.commit(Change((Quad(node, node, Literal(sys.argv[3]), node),)))
        store.close()
"""


@contextmanager
def other(home: Home, how: str, text: str = "theirs") -> Iterator[subprocess.Popen[str]]:
    """Another process that has the store; at the end it writes, if it came to write, and ends."""
    command = [sys.executable, "-c", OTHER, str(home.folder), how, text]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.wait(60) == 0
        finally:
            process.kill()


# --- reading and writing


def test_a_new_home_is_an_empty_graph_with_a_base(home: Home, owner: StoreOwner) -> None:
    assert read(owner) == set()
    assert owner.minter.base == "https://noemata.example/home/"
    assert 'base = "https://noemata.example/home/"' in home.settings.read_text()
    assert {name.value.rpartition("/")[2] for name in owner.excluded} == {"decisions", "predicted"}
    assert owner.dataset == "merged"


def test_a_lease_is_as_new_as_the_last_write(owner: StoreOwner) -> None:
    for number in range(5):
        write(owner, str(number))
        assert read(owner) == {str(each) for each in range(number + 1)}


def test_a_checkpoint_is_made_only_after_a_change(home: Home, owner: StoreOwner) -> None:
    write(owner, "a")
    with leased(owner) as first, leased(owner) as second:
        assert (first.number, first.folder) == (second.number, second.folder)
    with owner.writing() as graph:
        commit(graph, Change())
    with leased(owner) as third:
        assert third.number == first.number
    write(owner, "b")
    with leased(owner) as fourth:
        assert fourth.number > first.number
    assert len(list(home.checkpoints.glob("*.lock"))) == 1


def test_a_leased_checkpoint_stays_as_it_is_until_it_is_released(home: Home, owner: StoreOwner) -> None:
    write(owner, "a")
    old = owner.lease()
    write(owner, "b")
    assert read(owner) == {"a", "b"}
    assert texts(old.folder) == {"a"}
    old.release()
    old.release()
    assert not old.folder.exists()
    assert len(list(home.checkpoints.glob("*.lock"))) == 1


def test_a_lease_does_not_wait_for_a_write(owner: StoreOwner) -> None:
    write(owner, "a")
    with owner.writing() as graph:
        assert read(owner) == {"a"}
        commit(graph, Change((quad("b"),)))
        assert "a" in read(owner)
    assert read(owner) == {"a", "b"}


def test_writers_take_turns(home: Home, owner: StoreOwner) -> None:
    def add(name: str) -> None:
        for number in range(10):
            write(owner, f"{name}{number}", f"{name}{number} too")

    sizes = []

    def ask() -> None:
        goes_on = True
        while goes_on:  # once at least, however slow this thread is to start
            goes_on = any(writer.is_alive() for writer in writers)
            sizes.append(len(read(owner)))

    writers = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    readers = [threading.Thread(target=ask) for _ in range(2)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in (*writers, *readers):
        thread.join()
    assert len(read(owner)) == 60
    assert sizes and all(size % 2 == 0 for size in sizes), "a checkpoint held a part of a commit"
    assert len(list(home.checkpoints.glob("*.lock"))) == 1


def test_a_writer_that_waits_too_long_learns_who_writes(home: Home) -> None:
    owner = StoreOwner(home, settings(home, 0.1), "kg serve")
    with owner.writing():
        failed: list[StoreLockedError] = []

        def try_to() -> None:
            with pytest.raises(StoreLockedError) as caught:
                write(owner, "x")
            failed.append(caught.value)

        thread = threading.Thread(target=try_to)
        thread.start()
        thread.join()
        assert failed[0].owner == f"`kg serve` (pid {os.getpid()})"
        with pytest.raises(StoreLockedError):
            owner.lend(0)
    owner.close()


def test_a_write_that_fails_keeps_the_owner_writing(owner: StoreOwner) -> None:
    with pytest.raises(ZeroDivisionError), owner.writing() as graph:
        commit(graph, Change((quad("a"),)))
        raise ZeroDivisionError
    write(owner, "b")
    assert read(owner) == {"a", "b"}


def test_nothing_is_given_after_the_end(home: Home) -> None:
    owner = StoreOwner(home, settings(home), "kg serve")
    lease = owner.lease()
    owner.close()
    owner.close()
    for use in (owner.lease, owner.lend, owner.writing().__enter__):
        with pytest.raises(StoreError, match="stopping"):
            use()
    assert texts(lease.folder) == set()
    lease.release()
    assert not lease.folder.exists()


# --- lending


def test_a_lent_store_is_read_as_it_was_and_taken_back_when_it_changed(home: Home, owner: StoreOwner) -> None:
    write(owner, "ours")
    owner.lend()
    assert read_owner(home) is None
    with leased(owner) as before, other(home, "write"):
        assert texts(before.folder) == {"ours"}
        with leased(owner) as meanwhile:
            assert meanwhile.number == before.number
    assert read(owner) == {"ours", "theirs"}
    assert read_owner(home) is not None


def test_what_was_written_just_before_lending_is_readable_while_another_writes(home: Home, owner: StoreOwner) -> None:
    write(owner, "a")
    assert read(owner) == {"a"}
    write(owner, "b")
    owner.lend()
    with other(home, "write"):
        assert read(owner) == {"a", "b"}


def test_the_owner_writes_after_another_process(home: Home, owner: StoreOwner) -> None:
    write(owner, "ours")
    owner.lend()
    with other(home, "write"):
        writer = threading.Thread(target=write, args=(owner, "ours too"))
        writer.start()
        time.sleep(0.2)
        assert writer.is_alive()
    writer.join()
    assert read(owner) == {"ours", "ours too", "theirs"}


def test_whoever_asked_for_the_store_gets_it_before_the_owner_writes_again(home: Home, owner: StoreOwner) -> None:
    owner.lend()
    began = threading.Event()

    def write_here() -> None:
        began.set()
        write(owner, "ours")

    writer = threading.Thread(target=write_here)
    writer.start()
    began.wait()
    time.sleep(0.1)
    with open_for_writing(home, "kg test", os.getpid(), wait=0):
        assert writer.is_alive()
    writer.join()
    assert read(owner) == {"ours"}


def test_what_is_written_the_moment_the_store_is_lent_is_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def overtaken(*arguments: Any, **more: Any) -> Iterator[OpenStore]:
        with open_for_writing(*arguments, **more) as opened:
            yield opened
        monkeypatch.undo()
        with other(home, "write"):  # the lock is free, and `lend` goes on only after this
            pass

    monkeypatch.setattr("kg.serving.owner.open_for_writing", overtaken)
    with owning(home) as owner:
        write(owner, "ours")
        owner.lend()
        assert read(owner) == {"ours", "theirs"}


def test_reading_does_not_take_a_lent_store_back_before_somebody_has_had_it(home: Home, owner: StoreOwner) -> None:
    write(owner, "ours")
    owner.lend()
    assert read(owner) == {"ours"}
    with open_for_writing(home, "kg test", os.getpid(), wait=0):
        pass
    owner.lend()


def test_a_new_store_that_another_process_makes_is_found(home: Home, owner: StoreOwner) -> None:
    owner.lend()
    with other(home, "ingest", "first"):
        pass
    assert read(owner) == {"first"}


@pytest.mark.parametrize("how", ["ingest", "write"])
def test_an_owner_starts_while_another_process_writes(home: Home, how: str) -> None:
    with owning(home) as first:
        write(first, "old")
    with other(home, how):
        owner = StoreOwner(home, settings(home, 0.3), "kg serve")
        if how == "ingest":  # it offers a checkpoint
            assert read(owner) == {"old"}
            with leased(owner) as one, leased(owner) as two:
                assert one.number == two.number
        else:
            with pytest.raises(StoreLockedError, match="kg ingest notes"):
                owner.lease()
        with pytest.raises(StoreLockedError, match="kg ingest notes"):
            write(owner, "ours")
    assert read(owner) == {"old", "theirs"}
    owner.close()
    assert not list(home.folder.glob("checkpoint/*"))


def test_a_store_that_only_readers_have_is_copied(home: Home) -> None:
    with owning(home) as first:
        write(first, "old")
    with other(home, "read"), owning(home) as owner:
        assert read(owner) == {"old"}
        with leased(owner) as one, leased(owner) as two:
            assert one.number == two.number
    assert not list(home.folder.glob("checkpoint/*"))


def test_a_checkpoint_that_another_process_reads_is_removed_after_it(home: Home, owner: StoreOwner) -> None:
    write(owner, "a")
    with leased(owner) as lease, open(lease.folder.with_suffix(".lock"), "rb") as theirs:
        assert try_lock(theirs, exclusive=False)
        write(owner, "b")
        read(owner)
        lease.release()
        assert texts(lease.folder) == {"a"}
    write(owner, "c")
    read(owner)
    assert not lease.folder.exists()


# --- the ontology


def test_an_ontology_that_changes_is_read_again(home: Home) -> None:
    file = home.folder / "ontology.ttl"
    text = """@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <https://example.org/o> a owl:Ontology ; owl:imports <https://w3id.org/noemata> . <urn:called> a owl:AnnotationProperty"""
    file.write_text(f"{text} .\n")
    with owning(home) as owner:
        first = owner.ontology
        assert owner.ontology is first
        file.write_text(f"{text} ; rdfs:label 'called'@en .\n")
        assert owner.ontology is not first
        assert any(
            triple.predicate == RDFS["label"] and triple.subject == NamedNode("urn:called")
            for triple in owner.ontology.triples
        )
        with owner.writing() as graph:
            assert graph.ontology is owner.ontology
        file.write_text("oops")
        with pytest.raises((OntologyError, RdfSyntaxError), match=r"ontology\.ttl"), owner.writing():
            pass
        assert read(owner) == set()
        file.unlink()
        write(owner, "a")
        assert read(owner) == {"a"}


def test_who_writes_gets_the_graph_from_what_records(home: Home) -> None:
    """What records is told of each turn when it begins and when it ends, an error among it."""
    told: list[str] = []

    @contextmanager
    def recording(graph: KnowledgeGraph) -> Iterator[KnowledgeGraph]:
        told.append("begins")
        try:
            yield replace(graph, ontology=replace(graph.ontology, digest="seen"))
        except ZeroDivisionError:
            told.append("fails")
            raise
        told.append("ends")

    owner = StoreOwner(home, settings(home), "kg serve", recording)
    with owner.writing() as graph:
        assert graph.ontology.digest == "seen"
        told.append("writes")
    with pytest.raises(ZeroDivisionError), owner.writing():
        raise ZeroDivisionError
    assert told == ["begins", "writes", "ends", "begins", "fails"]
    write(owner, "later")
    assert read(owner) == {"later"}
    owner.close()
