"""Consoles for tests: what is typed into one without a terminal, and a `kg` on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from kg.cli.console.console import Console, Settings
from kg.cli.console.frame import run_console
from kg.cli.console.language import Language
from kg.cli.console.reader import Reader
from kg.cli.console.vocabulary import LiveVocabulary, read_vocabulary
from kg.cli.session import Session
from kg.home import Home

Typed = Callable[..., str]
"""Takes lines, and returns what the console wrote."""


@contextmanager
def typing(
    language: Language, home: Path, reader: Reader, history: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Typed]:
    """Type lines into a console without a terminal."""
    with create_pipe_input() as keys:

        def run(*lines: str) -> str:
            vocabulary = LiveVocabulary(Home(home), lambda: reader.call(read_vocabulary))
            console = Console(Session(Home(home), False), language, Settings(20, 100), reader, vocabulary)
            ended = (*lines, f"{language.marks[0]}quit")
            keys.send_text("".join(f"\x1b[200~{line}\x1b[201~\x1b\r" for line in ended))
            run_console(console, history / language.name, keys, DummyOutput())
            captured = capsys.readouterr()
            return captured.out + captured.err

        yield run


# --- on a terminal

_START = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal
for each in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(each, signal.SIG_DFL)  # whoever runs the tests may have them ignored
from kg.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Terminal:
    """A `kg` on a terminal of its own."""

    def __init__(
        self, *arguments: object, home: Path, columns: int = 160, environ: Mapping[str, str] | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        settings = os.environ | {
            "KG_HOME": str(home),
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "LC_ALL": "C.UTF-8",
        }
        settings = {name: value for name, value in settings.items() if name not in ("COLUMNS", "LINES")}
        command = [sys.executable, "-c", _START, *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings | dict(environ or {}), start_new_session=True
        )
        os.close(theirs)
        self._shown = ""

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def expect(self, text: str, seconds: float = 60) -> str:
        """Wait for a text, and return what was shown before and with it since the last one."""
        deadline = time.monotonic() + seconds
        while text not in self._shown:
            ready = select.select([self._ours], [], [], max(deadline - time.monotonic(), 0))[0]
            assert ready, f"{text!r} did not come; there was:\n{self._shown}"
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                data = b""
            assert data, f"it ended before {text!r}; there was:\n{self._shown}"
            self._shown += re.sub(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])|\r", "", data.decode("utf-8", "replace"))
        before, _, self._shown = self._shown.partition(text)
        return before + text

    def echoes(self) -> bool:
        """Tell whether the terminal shows what is typed and hands it on by the line."""
        flags = int(termios.tcgetattr(self._ours)[3])
        return flags & (termios.ECHO | termios.ICANON) == termios.ECHO | termios.ICANON

    def cook(self) -> None:
        """Make the terminal show what is typed and hand it on by the line."""
        mode = termios.tcgetattr(self._ours)
        mode[3] |= termios.ECHO | termios.ICANON
        termios.tcsetattr(self._ours, termios.TCSANOW, mode)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)


@contextmanager
def terminal(
    *arguments: object, home: Path, columns: int = 160, environ: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    opened = Terminal(*arguments, home=home, columns=columns, environ=environ)
    try:
        yield opened
    finally:
        opened.close()
