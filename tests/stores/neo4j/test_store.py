"""A graph on Neo4j as a store: the contract, with the kept copy and without, and what is its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.errors import SliceTooLargeError, StoreError, StoreReadOnlyError
from kg.model import Change
from kg.rdf import BlankNode, Literal, NamedNode, Quad
from kg.stores import STORES, Dataset, Opening, ServerAddress, Store
from kg.stores.neo4j.driver import Connection
from kg.stores.oxigraph import OxigraphStore
from tests.suites.store import ANYWHERE, EX, EXCLUDED, G1, G2, HIDING, A, B, P, StoreSuite, count, rows


def opening(address: ServerAddress | None, folder: Path | None = None, **others: object) -> Opening:
    given = {"dataset": "merged", "excluded": EXCLUDED, "base": EX, "hiding": HIDING} | others
    return Opening(folder, server=address, **given)  # type: ignore[arg-type]


@contextlib.contextmanager
def opened(address: ServerAddress | None, folder: Path | None = None, **others: object) -> Iterator[Store]:
    store: Store = STORES.load("neo4j")(opening(address, folder, **others))
    try:
        yield store
    finally:
        store.close()


class TestWithTheCopy(StoreSuite):
    merge_examples = 8
    copy_quads = 5_000_000

    @pytest.fixture(autouse=True)
    def server(self, neo4j_empty: ServerAddress) -> Iterator[None]:
        self.address, self.is_open = neo4j_empty, False
        with Connection(neo4j_empty) as self.connection:
            yield

    @contextlib.contextmanager
    def open(self, folder: Path | None, dataset: Dataset = "merged") -> Iterator[Store]:
        """A database holds one home, so a second store beside it is an embedded one."""
        if self.is_open:
            yield OxigraphStore(folder, dataset, EXCLUDED, hiding=HIDING)
            return
        if folder is None or not folder.exists():
            self.connection.run("MATCH (n) DETACH DELETE n")
        self.is_open = True
        try:
            with opened(self.address, folder, dataset=dataset, copy_quads=self.copy_quads) as store:
                yield store
        finally:
            self.is_open = False

    def test_a_checkpoint_is_a_copy(self, tmp_path: Path) -> None:
        """It is a way to read the database, and shows what that holds now."""
        with self.open(tmp_path / "store") as store:
            store.commit(Change((Quad(A, P, B, G1),)))
            store.checkpoint(str(tmp_path / "copy"))
            with opened(None, tmp_path / "copy", read_only=True, copy_quads=self.copy_quads) as reader:
                assert set(reader.match()) == {Quad(A, P, B, G1)}
                store.commit(Change((Quad(B, P, B, G1),), (Quad(A, P, B, G1),)))
                assert rows(reader, "SELECT * { ?s ?p ?o }") == [(B, P, B)]
                with pytest.raises(StoreReadOnlyError):
                    reader.commit(Change((Quad(A, P, B, G1),)))
            with pytest.raises(StoreError, match="copy"):
                store.checkpoint(str(tmp_path / "copy"))
        assert (tmp_path / "copy" / "connection.json").stat().st_mode & 0o777 == 0o600

    def test_others_are_seen_at_once(self, store: Store) -> None:
        store.commit(Change((Quad(A, P, B, G1),)))
        assert count(store, ANYWHERE) == 1
        revision = store.revision
        self.connection.run("CREATE (:Person {name: 'Ada'})-[:KNOWS]->(:Person {name: 'Bo'})")
        assert count(store, ANYWHERE) == 6
        assert store.revision > revision or not self.copy_quads  # a slice is always new
        assert set(store.graph_names()) == {G1, NamedNode(EX + "graph/user")}
        found = {quad.subject for quad in store.match(None, None, Literal("Bo"))}
        assert all(isinstance(node, BlankNode) for node in found) and len(found) == 1
        self.connection.run("MATCH (n:Person) DETACH DELETE n")
        assert count(store, ANYWHERE) == 1

    def test_a_scratch_keeps_its_changes_to_itself(self, tmp_path: Path) -> None:
        with self.open(tmp_path / "store") as store:
            store.commit(Change((Quad(A, P, B, G1),)))
            if not self.copy_quads:
                scratch = store.scratch(str(tmp_path / "scratch"))
                assert set(scratch.match()) == {Quad(A, P, B, G1)}
                scratch.commit(Change((Quad(B, P, B, G2),)))
                with pytest.raises(SliceTooLargeError, match="copy_quads"):
                    list(scratch.match())
                return
            scratch = store.scratch(str(tmp_path / "scratch"))
            scratch.commit(Change((Quad(B, P, B, G2),)))
            assert not (tmp_path / "scratch").exists()
            assert set(scratch.match()) == {Quad(A, P, B, G1), Quad(B, P, B, G2)}
            scratch.commit(Change(remove=(Quad(A, P, B, G1),)))
            assert rows(scratch, "SELECT * { ?s ?p ?o }") == [(B, P, B)]
            scratch.close()
            assert set(store.match()) == {Quad(A, P, B, G1)}


class TestWithoutTheCopy(TestWithTheCopy):
    """Every query from a slice, every pattern in Cypher."""

    merge_examples = 3
    copy_quads = 0


def test_the_registry_has_it() -> None:
    assert STORES.load("neo4j").__name__ == "open_store"
