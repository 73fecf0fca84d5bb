"""Look-ups and sockets that end by one deadline, so that a server that drips bytes gains nothing."""

from __future__ import annotations

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Resolver", "TimedReader", "TimedSocket", "left", "look_up"]

Resolver = Callable[[str, int], list[tuple[str, int]]]
"""Finds the addresses and ports of a host and port; raises OSError."""


def look_up(resolve: Resolver, host: str, port: int, deadline: float | None) -> list[tuple[str, int]]:
    """Return the addresses of a host, by the deadline.

    The system's look-up cannot be ended; a thread that is too late is left to its own time limit.

    Raises:
        OSError: there are none. TimeoutError: it took too long.
    """
    if deadline is None:
        return resolve(host, port)
    found: queue.SimpleQueue[list[tuple[str, int]] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=left(deadline))
    except queue.Empty as error:
        raise TimeoutError("the look-up took too long") from error
    if isinstance(answer, list):
        return answer
    try:
        raise answer
    finally:
        # Else the error, its traceback and this frame hold each other, and with them the callers' query results,
        # until the garbage collector comes by in some other thread, where pyoxigraph may not free them.
        del answer


def left(deadline: float | None) -> float | None:
    """Return the seconds until a deadline.

    Raises:
        TimeoutError: there are none.
    """
    if deadline is None:
        return None
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the time is up")
    return seconds


class TimedSocket:
    """A socket of which every call ends by one deadline, so that a server that drips bytes gains nothing."""

    def __init__(self, connected: socket.socket, deadline: float | None) -> None:
        self._socket, self._deadline = connected, deadline

    def encrypt(self, host: str) -> None:
        """Speak TLS from now on; the certificate must be for the host."""
        plain = self._socket
        plain.settimeout(left(self._deadline))
        try:
            self._socket = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def sendall(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.settimeout(left(self._deadline))
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the stream that http.client reads the answer from."""
        return io.BufferedReader(TimedReader(self._socket, self._deadline))

    def close(self) -> None:
        """Close the socket when its streams are closed too."""
        self._socket.close()


class TimedReader(io.RawIOBase):
    """What a socket receives, until a deadline."""

    def __init__(self, connected: socket.socket, deadline: float | None) -> None:
        self._socket, self._deadline = connected, deadline
        self._raw = connected.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Receive what is there, at least a byte."""
        self._socket.settimeout(left(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()
