"""Single keys from a terminal, without a line end behind them."""

from __future__ import annotations

import codecs
import os
import re
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["END", "Keys", "reading_keys"]

END = "\x04"
"""What is read when the terminal has closed, or Ctrl-D was pressed."""
_SEQUENCE = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|O.|[^\\[O])?")
"""What an arrow or a function key sends (ECMA-48, 5.4), and a key pressed with Alt."""
_UNENDED = re.compile("\x1b(?:\\[[0-?]*[ -/]*|O)?$")
_PATIENCE = 0.05
"""Seconds in which the rest of a sequence comes, where it comes in pieces."""
_AT_ONCE = 256
_UTF8 = codecs.getincrementaldecoder("utf-8")


@dataclass
class Keys:
    """The keys that are pressed on a terminal; those that send no character are passed over."""

    descriptor: int
    _waiting: list[str] = field(default_factory=list)
    _decoder: codecs.IncrementalDecoder = field(default_factory=lambda: _UTF8("replace"))

    def read(self) -> str:
        """Wait for a key and return its character, `END` where there will be none."""
        while not self._waiting:
            text = self._read()
            if text is None:
                return END
            while _UNENDED.search(text) and select.select([self.descriptor], [], [], _PATIENCE)[0]:
                more = self._read()
                if more is None:
                    break
                text += more
            self._waiting += _SEQUENCE.sub("", text)
        return self._waiting.pop(0)

    def _read(self) -> str | None:
        try:
            data = os.read(self.descriptor, _AT_ONCE)
        except OSError:  # the terminal is gone
            return None
        return self._decoder.decode(data) if data else None

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
