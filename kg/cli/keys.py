"""Single keys from a terminal, without a line end behind them."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

__all__ = ["END", "Keys", "reading_keys"]

END = "\x04"
"""What is read when the terminal has closed, or Ctrl-D was pressed."""
_SEQUENCE = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|O.|[^\\[O])?")
"""What an arrow or a function key sends (ECMA-48, 5.4), and a key pressed with Alt."""
_UNENDED = re.compile("\x1b(?:\\[[0-?]*[ -/]*|O)?$")
_PATIENCE = 0.05
"""Seconds in which the rest of a sequence comes, where it comes in pieces."""
_LOOK = 1.0
"""Seconds after which is looked for signals: one that comes just before a read would else wait for the next key."""
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
            while not select.select([self.descriptor], [], [], _LOOK)[0]:
                pass
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
    """Read single keys from standard input, a terminal, and show none; Ctrl-C stays what it is.

    Whatever ends the process but SIGKILL leaves the terminal as it was; after Ctrl-Z and `fg` keys are read as before.
    """
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def end(number: int, frame: FrameType | None) -> None:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    def go_on(number: int, frame: FrameType | None) -> None:
        with suppress(termios.error):
            tty.setcbreak(descriptor, termios.TCSANOW)

    handlers = {signal.SIGTERM: end, signal.SIGHUP: end, signal.SIGCONT: go_on}
    replaced = {number: handler for number, handler in handlers.items() if signal.getsignal(number) is signal.SIG_DFL}
    for number, handler in replaced.items():
        signal.signal(number, handler)
    try:
        tty.setcbreak(descriptor, termios.TCSANOW)
        yield Keys(descriptor)
    finally:
        with suppress(termios.error):  # the terminal may be what has gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        for number in replaced:
            signal.signal(number, signal.SIG_DFL)
