"""kglite, as far as it is used: one graph, its statements and its limits. The only module that imports it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.errors import LimitError, QueryError, QueryTimeoutError, StoreError

if TYPE_CHECKING:
    import kglite

__all__ = ["Engine", "EngineError", "Raw", "Reader", "engine_version"]

_MOST_MILLISECONDS = 2**31
_GRACE = 0.5
"""Seconds in which kglite may stop by itself after its time is up."""
_TOO_MUCH = "max_work_units"
"""What the message says of a statement that holds more rows than the engine's own bound."""


def engine_version() -> str:
    """Return the version of kglite, which a kept graph belongs to."""
    import kglite

    return kglite.__version__


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as kglite gives it; `rows` is read once."""

    fields: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


class EngineError(StoreError):
    """kglite refused what we wrote into a graph of ours."""


class Engine:
    """A graph that can be changed; whoever uses it sees to it that one thread does at a time."""

    def __init__(self, graph: kglite.KnowledgeGraph | None = None) -> None:
        import kglite

        kglite.set_query_warning_policy("silent")
        self._graph = kglite.KnowledgeGraph() if graph is None else graph

    @classmethod
    def of_bytes(cls, data: bytes) -> Engine | None:
        """Return the graph that `to_bytes` wrote; None where it is no such thing."""
        import kglite

        try:
            return cls(kglite.from_bytes(data))
        except (kglite.KgError, ValueError, OSError):
            return None

    def to_bytes(self) -> bytes:
        """Return the whole graph."""
        return bytes(self._graph.to_bytes())

    def change(self, text: str, rows: Sequence[Mapping[str, Any]], **parameters: str) -> list[dict[str, Any]]:
        """Run a statement of ours over the list `$rows`, without limits."""
        import kglite

        limits: dict[str, Any] = {"timeout_ms": 0, "max_work_units": 2**62, "hide_structural_keys": True}
        try:
            found: Any = self._graph.cypher(text, params={"rows": list(rows), **parameters}, **limits)
        except kglite.KgError as error:
            raise EngineError(f"The property graph cannot be brought up to date: {error}") from error
        return list(found.to_list())

    def copy(self) -> Engine:
        """Return the graph as it is now, to be changed apart; what neither changes is held once."""
        return Engine(self._graph.copy())

    def reader(self) -> Reader:
        """Return what reads the graph as it is now, whatever is changed later."""
        return Reader(self._graph.freeze())


class Reader:
    """A graph that stays as it is: there is no way to write it. Safe for threads."""

    def __init__(self, graph: kglite.FrozenGraph) -> None:
        self._graph = graph

    def run(self, text: str, parameters: Mapping[str, Any], seconds: float | None = None) -> Raw:
        """Answer a statement that reads.

        Raises:
            QueryTimeoutError: it took longer than `seconds`. LimitError: it needs too many rows at once.
            QueryError: kglite's own reason.
        """
        if seconds is None:
            return self._run(text, parameters, None)
        # Much of kglite looks at the clock, but not all: what does not is left running, and nobody waits for it.
        ended: queue.SimpleQueue[Raw | Exception] = queue.SimpleQueue()

        def work() -> None:
            try:
                ended.put(self._run(text, parameters, seconds))
            except Exception as error:  # noqa: BLE001 (the edge of a thread: an error goes to whoever asked)
                ended.put(error)

        threading.Thread(target=work, name="cypher", daemon=True).start()
        try:
            answer = ended.get(timeout=seconds + _GRACE)
        except queue.Empty:
            raise QueryTimeoutError(seconds) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _run(self, text: str, parameters: Mapping[str, Any], seconds: float | None) -> Raw:
        import kglite

        milliseconds = 0 if seconds is None else max(1, min(round(seconds * 1000), _MOST_MILLISECONDS))
        started = time.monotonic()
        try:
            found: Any = self._graph.cypher(text, params=dict(parameters), timeout_ms=milliseconds)
        except kglite.CypherTimeoutError:
            raise QueryTimeoutError(seconds or 0.0) from None
        except kglite.KgError as error:
            if seconds is not None and time.monotonic() - started >= seconds:
                raise QueryTimeoutError(seconds) from None
            if _TOO_MUCH in str(error) or "rows while executing" in str(error):
                raise LimitError(
                    "The query was stopped: it holds too many rows at once. Narrow its patterns, or aggregate earlier."
                ) from error
            raise QueryError(f"Cypher: {error}") from error
        fields = tuple(found.columns)
        return Raw(fields, (tuple(row[name] for name in fields) for row in found))
