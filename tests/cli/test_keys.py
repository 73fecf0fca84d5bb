"""Single keys from a terminal: letters come through, arrows and what was typed too early do not."""

from __future__ import annotations

import os
import pty
import threading
import time
import tty
from collections.abc import Iterator

import pytest

from kg.cli.keys import END, Keys


@pytest.fixture
def typed() -> Iterator[tuple[int, Keys]]:
    """Our end of a terminal, and the keys that are pressed there."""
    ours, theirs = pty.openpty()
    tty.setcbreak(theirs)
    yield ours, Keys(theirs)
    for end in (ours, theirs):
        os.close(end)


def read_until(keys: Keys, last: str) -> str:
    found = ""
    while not found.endswith(last):
        found += keys.read()
    return found


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("abq", "abq"),
        ("x\x1b[As\x1bOPq", "xsq"),
        ("\x1b[1;5Cq", "q"),
        ("\x1baq", "q"),
        ("李雷q", "李雷q"),
    ],
)
def test_keys_that_send_characters_come_through(typed: tuple[int, Keys], sent: str, read: str) -> None:
    ours, keys = typed
    os.write(ours, sent.encode())
    assert read_until(keys, "q") == read


@pytest.mark.parametrize("rest", ["[A", "A"])
def test_an_arrow_that_comes_in_pieces_is_no_letter(typed: tuple[int, Keys], rest: str) -> None:
    ours, keys = typed
    os.write(ours, b"\x1b" if rest == "[A" else b"\x1b[")

    def later() -> None:
        time.sleep(0.01)
        os.write(ours, f"{rest}q".encode())

    sender = threading.Thread(target=later)
    sender.start()
    assert read_until(keys, "q") == "q"
    sender.join()


def test_what_was_pressed_too_early_is_forgotten(typed: tuple[int, Keys]) -> None:
    ours, keys = typed
    os.write(ours, b"aaq")
    assert keys.read() == "a"
    os.write(ours, b"b")
    keys.forget()
    os.write(ours, b"q")
    assert keys.read() == "q"


def test_a_closed_terminal_is_the_end() -> None:
    ours, theirs = pty.openpty()
    tty.setcbreak(theirs)
    os.close(ours)
    assert Keys(theirs).read() == END
    os.close(theirs)
