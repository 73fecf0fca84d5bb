"""Homes whose store is on a server: where it lies, what readers are given meanwhile, and where the server is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kg.config import Config, load_config
from kg.errors import ConfigError, StoreLockedError
from kg.graph import store_opening
from kg.home import Home, create_home, open_for_reading, open_for_writing
from kg.home.neo4j_record import Neo4jServer, read_server, write_server
from kg.stores import ServerAddress
from kg.stores.files import CONNECTION, COPY
from kg.stores.oxigraph import OxigraphStore


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose store on a server was opened before, and has a kept copy."""
    home = Home(tmp_path / "home", "neo4j")
    create_home(home)
    home.store.mkdir()
    (home.store / CONNECTION).write_text("{}")
    OxigraphStore(home.store / COPY).close()
    return home


def config(home: Home, **environ: str) -> Config:
    return load_config(home.settings, environ, {"home.store": home.kind})


def test_each_kind_has_a_folder_and_a_cache_of_its_own(home: Home) -> None:
    embedded = home.of_kind("embedded")
    assert (home.store.name, embedded.store.name) == ("neo4j", "store")
    assert home.ingest_cache != embedded.ingest_cache and embedded.ingest_cache.name == "ingest.sqlite"
    assert {home.store, embedded.store} == set(home.stores) == set(embedded.stores)


def test_a_reader_is_told_that_it_sees_what_is_being_written(home: Home) -> None:
    with (
        open_for_writing(home, "kg ingest notes", os.getpid(), long=True) as writing,
        open_for_reading(home, wait=0) as opened,
    ):
        assert writing.path == home.store != opened.path
        assert {path.name for path in opened.path.iterdir()} == {CONNECTION, COPY}
        assert opened.notice is not None and "what it has written so far" in opened.notice
        assert "before" not in opened.notice
    with open_for_reading(home, wait=0) as opened:
        assert (opened.path, opened.notice) == (home.store, None)


def test_what_is_offered_of_one_store_is_not_read_as_another(home: Home) -> None:
    with (
        open_for_writing(home, "kg ingest notes", os.getpid(), long=True),
        pytest.raises(StoreLockedError, match="kg ingest notes"),
        open_for_reading(home.of_kind("embedded"), wait=0),
    ):
        pass


def test_settings_beat_the_homes_own_server(home: Home) -> None:
    assert store_opening(home, config(home)).server is None
    write_server(home, Neo4jServer("bolt://127.0.0.1:1", "neo4j", "own", how="java", pid=7))
    assert store_opening(home, config(home)).server == ServerAddress("bolt://127.0.0.1:1", "neo4j", "own", "neo4j")
    named = config(home, NEO4J_URI="bolt://db:7687", NEO4J_PASSWORD="other", NEO4J_DATABASE="notes")
    assert store_opening(home, named).server == ServerAddress("bolt://db:7687", "neo4j", "other", "notes")
    assert "own" not in repr(read_server(home)) and "other" not in repr(store_opening(home, named))


def test_a_damaged_record_of_the_server_is_an_error_that_names_it(home: Home) -> None:
    (home.store / "server.json").write_text("{")
    with pytest.raises(ConfigError, match=r"server\.json is damaged"):
        store_opening(home, config(home))
    assert store_opening(home, config(home.of_kind("embedded"))).server is None


def test_how_much_is_fetched_and_kept_comes_from_the_settings(home: Home) -> None:
    opening = store_opening(home, config(home, KG_NEO4J_SLICE_QUADS="7", KG_NEO4J_COPY_QUADS="0"))
    assert (opening.slice_quads, opening.copy_quads, opening.read_only) == (7, 0, False)
