from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from kg.errors import (
    ClientGoneError,
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
from kg.serving import pool, stopping
from tests.serving.pools import BASE, COUNT, ENDLESS, HUNGRY, Served, question, wait_until

Serve = Callable[..., Served]

LONG = "SELECT * { ?a ?p ?x . ?b ?q ?y } "
"""90,000 rows, some seven megabytes."""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    opened: list[Served] = []

    def make(
        readers: int = 4,
        queue_seconds: float = 5.0,
        memory_mb: int = 0,
        idle_seconds: float = 30.0,
        lowers: bool = True,
    ) -> Served:
        opened.append(Served(tmp_path / "home", readers, queue_seconds, memory_mb, idle_seconds, lowers))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One pool for the tests that leave it as it was."""
    with closing(Served(tmp_path_factory.mktemp("shared") / "home")) as served:
        yield served


def readers(served: Served) -> list[psutil.Process]:
    """The processes of a pool as they are now."""
    pool = served.pool
    return [psutil.Process(reader.pid) for reader in (*pool._idle, *pool._busy, *pool._starts.pending)]


def test_answers_have_the_format_for_their_kind(shared: Served) -> None:
    answer = shared.pool.ask(question(COUNT))
    assert (answer.format, answer.media_type) == ("csv", "text/csv; charset=utf-8")
    assert b"".join(answer) == b"n\r\n300\r\n"
    assert shared.ask("ASK {}") == '{"head":{},"boolean":true}'
    assert shared.ask("CONSTRUCT { ?s ?p 1 } { ?s ?p 7 }").startswith("<http://example.org/7> ")
    with pytest.raises(NotAcceptableError, match="text/turtle"):
        shared.pool.ask(question("CONSTRUCT WHERE { ?s ?p ?o }", formats={"solutions": "csv"}))


def test_errors_keep_their_class_and_their_parts(serve: Serve) -> None:
    served = serve()
    with pytest.raises(QuerySyntaxError) as caught:
        served.ask("SELECT *\n{ ?s ?p }")
    assert (caught.value.line, caught.value.language) == (2, "SPARQL")
    with pytest.raises(ResultTooLargeError) as too_large:
        served.ask("SELECT * { ?s ?p ?o }", Limits(rows=299))
    assert too_large.value.rows == 299
    assert served.ask("SELECT * { ?s ?p ?o }", Limits(rows=300)).count("\n") == 301
    assert len(readers(served)) <= 2  # none of this ended one


def test_a_commit_is_seen_by_the_next_question(serve: Serve) -> None:
    served = serve()
    for number in range(3):
        assert served.ask(COUNT) == f"n\r\n{300 + number}\r\n"
        node = NamedNode("http://example.org/new")
        served.commit(Quad(node, NamedNode("http://example.org/p"), Literal(number), served.graph.minter.graph("user")))
    assert len(served.checkpoints()) <= 2


def test_a_query_past_its_time_is_stopped_and_the_next_one_works(serve: Serve) -> None:
    served = serve(readers=1)
    with pytest.raises(QueryTimeoutError) as caught:
        served.ask(ENDLESS, Limits(seconds=0.3))
    assert caught.value.seconds == 0.3
    assert served.ask(COUNT) == "n\r\n300\r\n"


def test_a_query_past_its_memory_is_stopped(serve: Serve) -> None:
    served = serve(readers=1, memory_mb=200)
    with pytest.raises(QueryMemoryError, match="200 MB"):
        served.ask(HUNGRY, Limits(seconds=30))
    assert served.ask(COUNT) == "n\r\n300\r\n"


@pytest.mark.parametrize(("resting", "is_kept"), [(0.25, False), (0.75, True)])
def test_how_large_a_reader_may_rest(serve: Serve, resting: float, is_kept: bool) -> None:
    pool = serve(readers=1, memory_mb=1000).pool
    pool._settings = replace(pool._settings, resting=resting)
    reader = pool.reserve()
    reader.memory = 500_000_000
    pool.give_back(reader)
    assert (reader in pool._idle) is is_kept


def test_a_reader_that_dies_is_an_error_of_its_query_alone(shared: Served) -> None:
    shared.ask(COUNT)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(shared.ask, ENDLESS)
        wait_until(lambda: len(shared.pool._busy) == 1)
        next(iter(shared.pool._busy))._measured.send_signal(6)
        with pytest.raises(QueryCrashError, match="SIGABRT"):
            asked.result(timeout=30)
        assert shared.ask(COUNT) == "n\r\n300\r\n"


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


def test_ten_slow_queries_do_not_stop_a_fast_one(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_LONG_SECONDS", 0.1)
    served = serve(readers=11)
    with ThreadPoolExecutor(10) as threads, closing(served.pool):
        slow = [threads.submit(served.ask, ENDLESS) for _ in range(10)]
        wait_until(lambda: sum(reader.is_lowered for reader in served.pool._busy) == 10)
        wait_until(lambda: bool(served.pool._idle))
        assert served.ask(COUNT) == "n\r\n300\r\n"  # the spare has started
        assert served.ask(COUNT, Limits(seconds=20)) == "n\r\n300\r\n"
        served.pool.close()
        assert all(isinstance(each.exception(), StoreError) for each in slow)


def test_readers_that_keep_what_they_load_are_not_lowered(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_LONG_SECONDS", 0.05)
    served = serve(readers=2, lowers=False)
    with ThreadPoolExecutor(2) as threads, closing(served.pool):
        slow = [threads.submit(served.ask, ENDLESS) for _ in range(2)]
        wait_until(lambda: [stopping.is_long(each) for each in served.pool._busy] == [True, True])
        time.sleep(0.2)  # some rounds of the monitor
        assert not any(reader.is_lowered for reader in served.pool._busy)
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


def test_an_error_in_the_middle_of_an_answer_is_raised_while_it_is_read(shared: Served) -> None:
    answer = shared.pool.ask(question(LONG, Limits(rows=60_000)))
    with pytest.raises(ResultTooLargeError):
        list(answer)
    killed = shared.pool.ask(question(LONG))
    next(killed)
    next(iter(shared.pool._busy))._measured.kill()
    with pytest.raises(QueryCrashError, match="SIGKILL"):
        list(killed)
    assert shared.ask(COUNT) == "n\r\n300\r\n"


def test_a_closed_pool_leaves_no_process_and_nobody_waiting(serve: Serve) -> None:
    served = serve()
    with ThreadPoolExecutor(1) as threads, closing(served.pool):
        asked = threads.submit(served.ask, ENDLESS)
        wait_until(lambda: len(served.pool._busy) == 1)
        started = readers(served)
        served.pool.close()
        with pytest.raises(StoreError, match="stopping"):
            asked.result(timeout=30)
    assert started and not any(each.is_running() for each in started)
    assert readers(served) == []
    with pytest.raises(StoreError, match="stopping"):
        served.ask(COUNT)
    assert served.pool._monitor is not None and not served.pool._monitor.is_alive()


def test_an_update_is_planned_on_a_copy_that_goes_away(shared: Served) -> None:
    text = "PREFIX ex: <http://example.org/> DELETE { ?s ?p ?o } INSERT { ?s ex:q ?o, [] } WHERE { ?s ?p ?o FILTER(?o < 2) }"
    change, count = shared.pool.plan(text, shared.graph.ontology)
    assert (count.added, count.removed, len(change.add), len(change.remove)) == (4, 2, 4, 2)
    assert {str(quad.graph_name) for quad in change.add} == {f"<{BASE}graph/user>"}
    with pytest.raises(QueryTimeoutError):
        shared.pool.plan(
            f"INSERT {{ <a:b> <a:c> ?n }} WHERE {{ {{ {ENDLESS} }} }}", shared.graph.ontology, limits=Limits(0.3)
        )
    assert shared.ask(COUNT) == "n\r\n300\r\n"
    assert len(shared.checkpoints()) == 1


def test_a_lone_slow_query_is_not_made_slower(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_LONG_SECONDS", 0.05)
    served = serve()
    with ThreadPoolExecutor(2) as threads:
        alone = threads.submit(served.ask, ENDLESS, Limits(seconds=5.0))
        wait_until(lambda: any(reader.processor_seconds > 0.3 for reader in served.pool._busy))
        (reader,) = served.pool._busy
        assert not reader.is_lowered
        beside = threads.submit(served.ask, ENDLESS, Limits(seconds=2.0))
        wait_until(lambda: reader.is_lowered)
        assert all(isinstance(each.exception(), QueryTimeoutError) for each in (alone, beside))


def test_a_query_that_nobody_waits_for_is_stopped(shared: Served) -> None:
    has_left = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(shared.pool.ask, question(ENDLESS), has_left.is_set)
        wait_until(lambda: len(shared.pool._busy) == 1)
        has_left.set()
        with pytest.raises(ClientGoneError):
            asked.result(timeout=30)
        planned = threads.submit(
            shared.pool.plan,
            f"INSERT {{ <a:b> <a:c> ?n }} WHERE {{ {{ {ENDLESS} }} }}",
            shared.graph.ontology,
            is_abandoned=has_left.is_set,
        )
        with pytest.raises(ClientGoneError):
            planned.result(timeout=30)
    assert shared.ask(COUNT) == "n\r\n300\r\n"  # what is said of one question does not hold for the next
    assert shared.ask(COUNT) == "n\r\n300\r\n"


def test_the_largest_query_is_stopped_when_all_together_take_too_much(
    shared: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "_MEMORY_SHARE", 300_000_000 / psutil.virtual_memory().total)
    with ThreadPoolExecutor(2) as threads:
        small = threads.submit(shared.ask, ENDLESS, Limits(seconds=60))
        wait_until(lambda: len(shared.pool._busy) == 1)
        with pytest.raises(QueryMemoryError):
            shared.ask(HUNGRY, Limits(seconds=30))
        (reader,) = shared.pool._busy
        assert reader.is_alive()
        reader.kill(QueryTimeoutError(0))
        assert isinstance(small.exception(), QueryTimeoutError)


def test_a_client_that_takes_an_answer_too_slowly_is_left(shared: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_CLIENT_SECONDS", 0.2)
    answer = shared.pool.ask(question(LONG))
    next(answer)
    (reader,) = shared.pool._busy
    wait_until(lambda: not reader.is_alive())
    with pytest.raises(QueryTimeoutError, match=r"0\.2 s"):
        list(answer)


def test_readers_that_nobody_needs_end_and_the_last_lets_go_of_its_checkpoint(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_REST_SECONDS", 0.3)
    served = serve(idle_seconds=0.3)
    held = [served.pool.ask(question(LONG)) for _ in range(2)]
    assert all(b"".join(answer).count(b"\n") == 90_001 for answer in held)
    started = readers(served)
    assert len(started) >= 2
    wait_until(lambda: len(served.pool._idle) == 1 and served.pool._idle[0].lease_number is None)
    assert sum(each.is_running() for each in started) <= 1
    assert served.ask(COUNT) == "n\r\n300\r\n"


def test_readers_that_may_rest_for_long_stay_and_let_go_of_their_checkpoints(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_REST_SECONDS", 0.2)
    served = serve(idle_seconds=600.0)
    first = served.pool.reserve()
    served.ask(COUNT)
    second = served.pool.reserve()
    served.pool.give_back(first)
    served.ask(COUNT)
    assert (first.lease_number, second.lease_number) == (1, 1)
    served.pool.give_back(second)
    wait_until(lambda: first.lease_number is None and second.lease_number is None)
    assert {first, second} <= set(served.pool._idle)


def test_who_was_needed_last_is_asked_next_and_not_one_that_has_just_started(serve: Serve) -> None:
    served = serve()
    served.ask(COUNT)
    (warm,) = served.pool._idle
    held = served.pool.ask(question(LONG))
    assert served.pool._busy == {warm}
    wait_until(lambda: len(served.pool._idle) == 1)  # a spare one
    (spare,) = served.pool._idle
    b"".join(held)
    assert served.pool._idle == [spare, warm]
    with served.pool._changed:
        served.pool._start()
    wait_until(lambda: len(served.pool._idle) == 3)
    assert served.pool._idle[-1] is warm and served.pool._idle[1] is spare
    served.ask(COUNT)
    assert served.pool._idle[-1] is warm


def test_readers_that_rest_end_before_one_that_works_when_all_together_take_too_much(serve: Serve) -> None:
    served = serve(idle_seconds=600.0)
    working, resting = served.pool.reserve(), served.pool.reserve()
    resting.memory = psutil.virtual_memory().total
    served.pool.give_back(resting)
    wait_until(lambda: not resting.is_alive())
    is_alive = working.is_alive()
    served.pool.give_back(working)
    assert is_alive


def test_whoever_wants_to_know_is_told_of_a_query_that_took_too_long(serve: Serve) -> None:
    served, told = serve(), threading.Event()
    served.pool.on_timeout = told.set
    assert served.ask(COUNT, Limits(seconds=30)) == "n\r\n300\r\n"
    assert not told.is_set()
    with pytest.raises(QueryTimeoutError):
        served.ask(ENDLESS, Limits(seconds=0.2))
    assert told.wait(10)


def test_a_query_that_overflows_the_stack_is_an_error_of_its_own(shared: Served) -> None:
    with pytest.raises(QueryCrashError, match="SIG"):
        shared.ask("SELECT * { ?s ?p (" + "1 " * 100_000 + ") }", Limits(seconds=30))
    assert shared.ask(COUNT) == "n\r\n300\r\n"


def test_while_no_reader_can_start_the_server_is_busy_and_later_it_is_not(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(queue_seconds=0.5)
    for command in ("/nowhere/python", "/bin/false"):
        with monkeypatch.context() as patched:
            patched.setattr("sys.executable", command)
            with pytest.raises(ServerBusyError):
                served.ask(COUNT)
    assert "no reader could be started: QueryCrashError" in caplog.text
    assert served.ask(COUNT) == "n\r\n300\r\n"


def test_a_start_that_fails_once_is_tried_again_within_the_wait(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(served.ask, COUNT)
        wait_until(lambda: served.pool._starts.failures > 0)
        monkeypatch.undo()
        assert asked.result(timeout=30) == "n\r\n300\r\n"


def test_limits_hold_though_a_round_of_the_monitor_fails(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve()
    served.ask(COUNT)

    def fail(*_: object) -> None:
        raise OSError(24, "Too many open files", "/proc/meminfo")

    monkeypatch.setattr(served.pool, "_look_at_all", fail)  # of this pool alone: others in this process look too
    monkeypatch.setattr(psutil.Process, "memory_info", fail)
    for _ in range(2):
        with pytest.raises(QueryTimeoutError):
            served.ask(ENDLESS, Limits(seconds=0.3))
    assert served.pool.is_watched
    assert caplog.text.count("looking after the readers failed") == 1


def test_a_monitor_that_has_ended_is_noticed_and_started_again(serve: Serve) -> None:
    served = serve(readers=2)
    served.ask(COUNT)
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    first, served.pool._monitor = served.pool._monitor, ended
    assert first is not None and not served.pool.is_watched
    served.pool._start()
    assert served.pool.is_watched


def test_a_pool_is_crowded_while_somebody_waits_for_a_reader(serve: Serve) -> None:
    served = serve(readers=1, queue_seconds=1)
    with served.pool.ask(question(LONG)) as answer, ThreadPoolExecutor(1) as threads:
        assert not served.pool.is_crowded
        waits = threads.submit(served.ask, COUNT)
        wait_until(lambda: served.pool.is_crowded)
        answer.close()
        assert waits.result(timeout=30) == "n\r\n300\r\n"
    assert not served.pool.is_crowded
