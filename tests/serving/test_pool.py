from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from kg.errors import (
    NotAcceptableError,
    QueryCrashError,
    QueryMemoryError,
    QuerySyntaxError,
    QueryTimeoutError,
    ResultTooLargeError,
    ServerBusyError,
    StoreError,
)
from kg.limits import Limits
from kg.rdf import Literal, NamedNode, Quad
from tests.serving.pools import BASE, COUNT, ENDLESS, HUNGRY, Served, question, wait_until

Serve = Callable[..., Served]

LONG = "SELECT * { ?a ?p ?x . ?b ?q ?y } "
"""90,000 rows, some seven megabytes."""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    opened: list[Served] = []

    def make(readers: int = 4, queue_seconds: float = 5.0, memory_mb: int = 0) -> Served:
        opened.append(Served(tmp_path / "home", readers, queue_seconds, memory_mb))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def readers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]


def test_answers_have_the_format_for_their_kind(serve: Serve) -> None:
    served = serve()
    answer = served.pool.ask(question(COUNT))
    assert (answer.format, answer.media_type) == ("csv", "text/csv; charset=utf-8")
    assert b"".join(answer) == b"n\r\n300\r\n"
    assert served.ask("ASK {}") == '{"head":{},"boolean":true}'
    assert served.ask("CONSTRUCT { ?s ?p 1 } { ?s ?p 7 }").startswith("<http://example.org/7> ")
    with pytest.raises(NotAcceptableError, match="text/turtle"):
        served.pool.ask(question("CONSTRUCT WHERE { ?s ?p ?o }", formats={"solutions": "csv"}))


def test_errors_keep_their_class_and_their_parts(serve: Serve) -> None:
    served = serve()
    with pytest.raises(QuerySyntaxError) as caught:
        served.ask("SELECT *\n{ ?s ?p }")
    assert (caught.value.line, caught.value.language) == (2, "SPARQL")
    with pytest.raises(ResultTooLargeError) as too_large:
        served.ask("SELECT * { ?s ?p ?o }", Limits(rows=299))
    assert too_large.value.rows == 299
    assert served.ask("SELECT * { ?s ?p ?o }", Limits(rows=300)).count("\n") == 301
    assert len(readers()) <= 2  # none of this ended one


def test_a_commit_is_seen_by_the_next_question(serve: Serve) -> None:
    served = serve()
    for number in range(3):
        assert served.ask(COUNT) == f"n\r\n{300 + number}\r\n"
        node = NamedNode("http://example.org/new")
        served.commit(Quad(node, NamedNode("http://example.org/p"), Literal(number), served.graph.minter.graph("user")))
    assert len(served.checkpoints()) <= 2


def test_a_query_past_its_time_is_stopped_and_the_next_one_works(serve: Serve) -> None:
    served = serve(readers=1)
    started = time.monotonic()
    with pytest.raises(QueryTimeoutError) as caught:
        served.ask(ENDLESS, Limits(seconds=0.3))
    assert caught.value.seconds == 0.3
    assert time.monotonic() - started < 3
    assert served.ask(COUNT) == "n\r\n300\r\n"


def test_a_query_past_its_memory_is_stopped(serve: Serve) -> None:
    served = serve(readers=1, memory_mb=200)
    with pytest.raises(QueryMemoryError, match="200 MB"):
        served.ask(HUNGRY, Limits(seconds=30))
    assert served.ask(COUNT) == "n\r\n300\r\n"


def test_a_reader_that_dies_is_an_error_of_its_query_alone(serve: Serve) -> None:
    served = serve()
    served.ask(COUNT)
    with ThreadPoolExecutor(1) as threads, closing(served.pool):
        asked = threads.submit(served.ask, ENDLESS)
        wait_until(lambda: len(served.pool._busy) == 1)
        next(iter(served.pool._busy))._measured.send_signal(6)
        with pytest.raises(QueryCrashError, match="SIGABRT"):
            asked.result(timeout=5)
        assert served.ask(COUNT) == "n\r\n300\r\n"


def test_a_question_waits_for_its_turn_and_then_is_told_that_the_server_is_busy(serve: Serve) -> None:
    served = serve(readers=1, queue_seconds=0.3)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(served.ask, ENDLESS, Limits(seconds=1.5))
        wait_until(lambda: len(served.pool._busy) == 1)
        with pytest.raises(ServerBusyError) as caught:
            served.ask(COUNT)
        assert caught.value.waited == 0.3
        with pytest.raises(QueryTimeoutError):
            slow.result()
    assert served.ask(COUNT) == "n\r\n300\r\n"


def test_ten_slow_queries_do_not_stop_a_fast_one(serve: Serve) -> None:
    served = serve(readers=11)
    with ThreadPoolExecutor(10) as threads, closing(served.pool):
        slow = [threads.submit(served.ask, ENDLESS) for _ in range(10)]
        wait_until(lambda: sum(reader.is_lowered for reader in served.pool._busy) == 10, seconds=30)
        wait_until(lambda: bool(served.pool._idle))
        assert served.ask(COUNT) == "n\r\n300\r\n"  # the spare has started
        started = time.monotonic()
        assert served.ask(COUNT) == "n\r\n300\r\n"
        assert time.monotonic() - started < 1
        served.pool.close()
        assert all(isinstance(each.exception(), StoreError) for each in slow)


def test_a_reader_that_was_lowered_is_not_used_again(serve: Serve) -> None:
    served = serve(readers=1)
    answer = served.pool.ask(question(LONG))
    (reader,) = served.pool._busy
    reader.lower()
    assert b"".join(answer).count(b"\n") == 90_001
    assert served.ask(COUNT) == "n\r\n300\r\n"
    assert not psutil.pid_exists(reader.pid)


def test_a_client_that_goes_away_frees_its_reader(serve: Serve) -> None:
    served = serve(readers=1, queue_seconds=0.5)
    with served.pool.ask(question(LONG)) as answer:
        next(answer)
        with pytest.raises(ServerBusyError):
            served.ask(COUNT)
    answer.close()
    assert served.ask(COUNT) == "n\r\n300\r\n"
    with pytest.raises(StopIteration):
        next(answer)


def test_a_slow_client_costs_its_query_no_time_and_a_small_answer_holds_no_reader(serve: Serve) -> None:
    served = serve(readers=1, queue_seconds=0.5)
    with served.pool.ask(question(LONG, Limits(seconds=60))) as answer:
        first = next(answer)
        (reader,) = served.pool._busy
        worked = reader.worked()
        time.sleep(0.3)
        assert reader.worked() == worked
        assert reader.dawdled() >= 0.3
        assert b"".join([first, *answer]).count(b"\n") == 90_001
    small = served.pool.ask(question("SELECT * { ?s ?p ?o }"))
    assert served.ask(COUNT) == "n\r\n300\r\n"
    assert b"".join(small).count(b"\n") == 301


def test_an_error_in_the_middle_of_an_answer_is_raised_while_it_is_read(serve: Serve) -> None:
    served = serve()
    answer = served.pool.ask(question(LONG, Limits(rows=60_000)))
    with pytest.raises(ResultTooLargeError):
        list(answer)
    killed = served.pool.ask(question(LONG))
    next(killed)
    next(iter(served.pool._busy))._measured.kill()
    with pytest.raises(QueryCrashError, match="SIGKILL"):
        list(killed)
    assert served.ask(COUNT) == "n\r\n300\r\n"


def test_a_closed_pool_leaves_no_process_and_nobody_waiting(serve: Serve) -> None:
    served = serve()
    with ThreadPoolExecutor(1) as threads, closing(served.pool):
        asked = threads.submit(served.ask, ENDLESS)
        wait_until(lambda: len(served.pool._busy) == 1)
        served.pool.close()
        with pytest.raises(StoreError, match="stopping"):
            asked.result(timeout=5)
    assert readers() == []
    with pytest.raises(StoreError, match="stopping"):
        served.ask(COUNT)
    assert not any(thread.name == "readers" for thread in threading.enumerate())


def test_an_update_is_planned_on_a_copy_that_goes_away(serve: Serve) -> None:
    served = serve()
    text = "PREFIX ex: <http://example.org/> DELETE { ?s ?p ?o } INSERT { ?s ex:q ?o, [] } WHERE { ?s ?p ?o FILTER(?o < 2) }"
    change, count = served.pool.plan(text, served.graph.ontology)
    assert (count.added, count.removed, len(change.add), len(change.remove)) == (4, 2, 4, 2)
    assert {str(quad.graph_name) for quad in change.add} == {f"<{BASE}graph/user>"}
    with pytest.raises(QueryTimeoutError):
        served.pool.plan(
            f"INSERT {{ <a:b> <a:c> ?n }} WHERE {{ {{ {ENDLESS} }} }}", served.graph.ontology, limits=Limits(0.3)
        )
    assert served.ask(COUNT) == "n\r\n300\r\n"
    assert len(served.checkpoints()) == 1
