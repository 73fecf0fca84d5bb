"""What must not be lost, halved or doubled when a client or the server dies in the middle of a write."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kg.errors import StoreError
from kg.model import Change
from kg.neo4j_server.process import Ports, start_process, wait_for_answer
from kg.rdf import Literal, NamedNode, Quad
from kg.stores import Opening, ServerAddress
from kg.stores.neo4j.driver import Connection, Statement
from kg.stores.neo4j.reading import read_all
from kg.stores.neo4j.schema import prepare
from kg.stores.neo4j.writing import write
from tests.neo4j_servers import FLAGS, installation, serve_neo4j

BASE = "https://kg.example/"
USER = NamedNode(f"{BASE}graph/user")
P = NamedNode("https://example.com/p")
A_BATCH = 80

pytestmark = [pytest.mark.neo4j]

WRITER = """
import sys
from kg.model import Change
from kg.rdf import NamedNode
from kg.stores import Opening, ServerAddress
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.schema import prepare
from kg.stores.neo4j.writing import write
from tests.stores.neo4j.test_faults import BASE, USER, batch

uri, user, password, database, first, last, step = sys.argv[1:]
with Connection(ServerAddress(uri, user, password, database)) as connection:
    catalogue, _ = prepare(connection, Opening(None, "merged", frozenset(), BASE))
    for number in range(int(first), int(last), int(step)):
        write(connection, catalogue, Change(batch(number)), USER)
        print(number, flush=True)
"""


def batch(number: int) -> tuple[Quad, ...]:
    """A hub that every batch touches, and things of the batch's own."""
    hub, things = (
        NamedNode("https://example.com/hub"),
        [NamedNode(f"https://example.com/{number}/{n}") for n in range(A_BATCH)],
    )
    own = [Quad(thing, P, Literal(number), USER) for thing in things]
    return (*own, *(Quad(hub, P, thing, USER) for thing in things), Quad(hub, P, Literal(number), USER))


@contextlib.contextmanager
def writer(address: ServerAddress, first: int, last: int, step: int = 1) -> Iterator[subprocess.Popen[str]]:
    arguments = (address.uri, address.username, address.password, address.database, str(first), str(last), str(step))
    command = [sys.executable, "-c", WRITER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged(process: subprocess.Popen[str], until: int) -> list[int]:
    """The numbers that a writer has printed, up to one."""
    assert process.stdout is not None
    found = []
    for line in process.stdout:
        found.append(int(line))
        if found[-1] >= until:
            break
    return found


def held(address: ServerAddress) -> set[Quad]:
    with Connection(address) as connection:
        catalogue, _ = prepare(connection, Opening(None, "merged", frozenset(), BASE))
        with connection.reading() as session:
            found = list(read_all(session, catalogue.names, USER))
            doubled = session.run(Statement("MATCH (n)-[r]->(o) WITH n, o, count(*) AS c WHERE c > 1 RETURN c"))
    assert len(found) == len(set(found)) and doubled == []
    return set(found)


def whole_batches(quads: set[Quad]) -> set[int]:
    """The numbers of the batches that are there; none is there in part."""
    numbers = {int(quad.object.value) for quad in quads if isinstance(quad.object, Literal)}
    assert quads == {quad for number in numbers for quad in batch(number)}
    return numbers


def test_two_processes_write_around_one_node(neo4j_empty: ServerAddress) -> None:
    held(neo4j_empty)
    with writer(neo4j_empty, 0, 6, 2) as even, writer(neo4j_empty, 1, 6, 2) as odd:
        assert even.wait(60) == odd.wait(60) == 0
    assert whole_batches(held(neo4j_empty)) == set(range(6))


def test_a_client_that_is_killed_leaves_whole_batches(neo4j_empty: ServerAddress) -> None:
    done: list[int] = []
    for _ in range(2):
        first = len(done)
        with writer(neo4j_empty, first, 1000) as process:
            done += acknowledged(process, first + 2)
            time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            done += map(int, process.stdout.read().split())
        found = whole_batches(held(neo4j_empty))
        assert set(done) <= found <= {*done, len(done)}
    with writer(neo4j_empty, 0, max(found) + 1) as process:
        assert process.wait(60) == 0
    assert whole_batches(held(neo4j_empty)) == found


def test_a_server_that_is_killed_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """A connection that was open meanwhile goes on; a batch that is sent again is there once."""
    with serve_neo4j(tmp_path) as address, Connection(address) as connection:
        catalogue, _ = prepare(connection, Opening(None, "merged", frozenset(), BASE))
        server = listener(address)
        with writer(address, 0, 1000) as process:
            done = acknowledged(process, 3)
            server.kill()
            server.wait()
            process.kill()
            assert process.stdout is not None
            done += map(int, process.stdout.read().split())
        with restarted(tmp_path, address):
            write(connection, catalogue, Change(batch(0)), USER)
            found = whole_batches(held(address))
            assert set(done) <= found <= {*done, len(done)}
            for number in range(max(found) + 2):
                write(connection, catalogue, Change(batch(number)), USER)
            assert whole_batches(held(address)) == {*found, max(found) + 1}
            check_full_memory(connection, address, max(found) + 2)


@contextlib.contextmanager
def restarted(folder: Path, address: ServerAddress) -> Iterator[None]:
    """Start the server of a folder again, at the same address, with little memory for transactions."""
    with (folder / "conf" / "neo4j.conf").open("a") as stream:
        stream.write("dbms.memory.transaction.total.max=10m\n")
    process = start_process(installation(), folder, 256, FLAGS)
    try:
        port = int(address.uri.rpartition(":")[2])
        wait_for_answer(Ports(port, http_port(folder)), process, folder)
        yield
    finally:
        process.kill()
        process.wait()


def http_port(folder: Path) -> int:
    lines = (folder / "conf" / "neo4j.conf").read_text("utf-8").splitlines()
    return int(next(line.rpartition(":")[2] for line in lines if line.startswith("server.http.listen_address")))


def check_full_memory(connection: Connection, address: ServerAddress, first: int) -> None:
    """A change that does not fit is refused by name, at once, and leaves nothing."""
    catalogue, _ = prepare(connection, Opening(None, "merged", frozenset(), BASE))
    before = held(address)
    large = tuple(quad for number in range(first, first + 200) for quad in batch(number))
    with pytest.raises(StoreError, match=r"dbms\.memory\.transaction\.total\.max.*kg import --bulk"):
        write(connection, catalogue, Change(large), USER)
    assert held(address) == before
    write(connection, catalogue, Change(batch(first)), USER)
    assert held(address) == before | set(batch(first))


def listener(address: ServerAddress) -> psutil.Process:
    """The process that listens on a server's port."""
    port = int(address.uri.rpartition(":")[2])
    for process in psutil.Process(os.getpid()).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in process.net_connections()):
                return process
    raise AssertionError(f"nothing of ours listens on {port}")
