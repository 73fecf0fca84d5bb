"""An index that takes longer than a search may: it is made all the same, beside the searches that are ended."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kg.config import Config, load_config
from kg.errors import QueryTimeoutError
from kg.graph import commit, open_graph, store_opening
from kg.home import Home, create_home, open_for_writing, with_base
from kg.limits import Limits
from kg.model import Change
from kg.rdf import DCT, KG, RDF, Literal, NamedNode, Quad
from kg.search.asked import Filters
from kg.search.file import has_index
from kg.serving.frames import SearchRequest
from kg.serving.index_keeper import IndexKeeper
from kg.serving.owner import StoreOwner
from kg.serving.pool import PoolSettings, ReaderPool
from tests.servers import start_server
from tests.serving.pools import wait_until

BASE = "http://example.org/home/"
NOTE = NamedNode(f"{BASE}note/engines")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one note that no index knows, as one is whose index was written by another version."""
    home = Home(tmp_path / "home")
    create_home(home)
    home.settings.write_text(f'[home]\nbase = "{BASE}"\n[search]\nweight_vectors = 0.0\n')
    with open_for_writing(home, "test", 1, wait=5) as place:
        graph = open_graph(home, settings(home), place.path)
        said = {RDF["type"]: KG["Note"], DCT["title"]: Literal("Engines"), KG["path"]: Literal("Engines.md")}
        commit(graph, Change(tuple(Quad(NOTE, name, value, NOTE) for name, value in said.items())))
        graph.store.close()
    return home


def settings(home: Home) -> Config:
    return with_base(home, load_config(home.settings, {}, {}))


@contextmanager
def searching(home: Home) -> Iterator[tuple[StoreOwner, ReaderPool, IndexKeeper]]:
    config = settings(home)
    with closing(StoreOwner(home, config, "kg serve")) as owner:
        opening = store_opening(home, config)
        terms = PoolSettings(2, 5.0, 0, "embedded", opening, searched=(home, config))
        with closing(ReaderPool(owner.lease, terms)) as pool:
            yield owner, pool, IndexKeeper(home, config, owner, pool)


def search(home: Home, owner: StoreOwner, pool: ReaderPool, seconds: float) -> list[str]:
    asked = SearchRequest(home, settings(home), "engines", 5, Filters(), {}, None, None, False)
    answer = b"".join(pool.ask_document(asked, owner.ontology, Limits(seconds=seconds)))
    return [hit["note"] for hit in json.loads(answer)["hits"]]


def test_a_search_that_is_ended_before_the_index_is_made_has_it_made(home: Home) -> None:
    with searching(home) as (owner, pool, keeper):
        assert keeper.is_missing
        with pytest.raises(QueryTimeoutError):
            search(home, owner, pool, 0.05)
        time.sleep(0.3)
        assert keeper.is_missing  # nobody has seen to it, and so it would go on
        pool.on_timeout = keeper.follow_beside
        with pytest.raises(QueryTimeoutError):
            search(home, owner, pool, 0.05)
        wait_until(lambda: not keeper.is_missing)
        assert search(home, owner, pool, 30) == [NOTE.value]


def test_what_fails_is_in_the_log(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    with searching(home) as (_, pool, keeper):
        pool.close()
        keeper.follow()
        assert "the search index" not in caplog.text  # the server ends
    with searching(home) as (_, pool, keeper):
        (home.folder / "ontology.ttl").write_text("this is no Turtle")
        keeper.follow()
    assert "the search index could not be brought up to date" in caplog.text


def test_a_file_that_is_none_of_ours_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    assert not has_index(path)
    path.write_bytes(b"something else")
    assert not has_index(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE state(name, value)")
        db.execute("INSERT INTO state VALUES ('layout', 'of another version')")
        db.commit()
    assert not has_index(path)


@pytest.mark.slow
def test_a_server_makes_an_index_that_is_missing_before_anybody_searches(home: Home) -> None:
    home.cache.mkdir(exist_ok=True)
    with closing(sqlite3.connect(home.ingest_cache)) as db:
        db.execute("CREATE TABLE raws(iri)")  # of an earlier version
    with start_server(home.folder) as server:
        assert "The index of searches is made now" in server.messages.read_text()
        wait_until(lambda: has_index(home.search_index))
        reply = server.request("GET", "/search?query=engines")
        assert [hit["note"] for hit in json.loads(reply.body)["hits"]] == [NOTE.value]
    with start_server(home.folder) as server:  # and says nothing where there is one
        assert "The index of searches" not in server.messages.read_text()
