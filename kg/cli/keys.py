"""Single keys from a terminal, without a line end behind them."""

from __future__ import annotations

import codecs
import os
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["END", "Keys", "reading_keys"]

END = "\x04"
"""What is read when the terminal has closed, or Ctrl-D was pressed."""
_ESCAPE = "\x1b"
_AT_ONCE = 256
"""Bytes read at once; the bytes of one key come together."""


@dataclass
class Keys:
    """The keys that are pressed on a terminal; those that no letter stands for are passed over."""

    descriptor: int
    _waiting: list[str] = field(default_factory=list)
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def read(self) -> str:
        """Wait for a key and return its character, `END` where there will be none."""
        while not self._waiting:
            data = os.read(self.descriptor, _AT_ONCE)
            if not data:
                return END
            text = self._decoder.decode(data)
            if not text.startswith(_ESCAPE):  # an arrow, say
                self._waiting += text
        return self._waiting.pop(0)

    def forget(self) -> None:
        """Drop what was pressed already: it was meant for what stood there before."""
        self._waiting.clear()
        termios.tcflush(self.descriptor, termios.TCIFLUSH)


@contextmanager
def reading_keys() -> Iterator[Keys]:
    """Read single keys from standard input, a terminal, and show none; Ctrl-C stays what it is."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor, termios.TCSANOW)
    try:
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
