"""What an open console holds and does: it asks, shows, and explains; how lines are typed is `prompt`'s."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from kg.cli.console.answer import Answer, ask, ask_saved, part_of, save, write_answer
from kg.cli.console.language import Language
from kg.cli.console.reader import Reader
from kg.cli.console.vocabulary import LiveVocabulary
from kg.cli.session import Session
from kg.cli.statements import MAY_BE_WRITTEN
from kg.errors import InputError, KgError, QuerySyntaxError, QueryTimeoutError
from kg.query.library import SavedQuery
from kg.query.records_formats import counters_line, notification_line
from kg.query.statements import split_statements
from kg.query.table import width_of
from kg.records import Value

__all__ = ["Console", "Settings"]

T = TypeVar("T")

_NO_ANSWER = "There is no answer yet; ask something first."


@dataclass(slots=True)
class Settings:
    """How answers are shown; `seconds` and `rows` of None are no limit.

    `write` and `parameters` are for a language that has them.
    """

    seconds: float | None
    rows: int | None
    format_name: str = "table"
    labels: bool = False
    explain: bool = False
    pager: bool = True
    write: bool = False
    parameters: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Console:
    """An open console.

    Attributes:
        reader: runs what somebody waits for.
        history: the texts typed so far, the newest first.
        is_open: set to False by the command that ends it.
    """

    session: Session
    language: Language
    settings: Settings
    reader: Reader
    vocabulary: LiveVocabulary
    history: Callable[[], Sequence[str]] = field(default=lambda: ())
    answer: Answer | None = None
    is_open: bool = True

    @property
    def mark(self) -> str:
        """Return what a command begins with."""
        return self.language.marks[0]

    def ask(self, text: str) -> None:
        """Answer a query, or the statements of a text one by one, and show the first rows."""
        if not self.language.has_parameters:
            self._show(ask, text)
            return
        for piece in split_statements(text):
            self._show(ask, piece.text)

    def ask_saved(self, query: SavedQuery, values: Mapping[str, str]) -> None:
        """Answer a saved query and show its first rows."""
        self._show(ask_saved, query, values)

    def _show(self, task: Callable[..., Answer], *question: object) -> None:
        settings, language = self.settings, self.language
        spoken = _spoken_language(os.environ) if settings.labels else None
        text = question[0] if isinstance(question[0], str) else ""
        is_writing = settings.write and language.is_writing is not None and bool(text) and language.is_writing(text)
        run, explain = self._asking(settings.parameters, is_writing)
        arguments = (*question, settings.rows, spoken, explain if settings.explain else None)
        try:
            answer = self.reader.call_within(settings.seconds, task, run, *arguments, is_writing=is_writing)
        except (KeyboardInterrupt, QueryTimeoutError):  # the process that ran it was killed
            if is_writing:
                self.tell(MAY_BE_WRITTEN)
            raise
        width = shutil.get_terminal_size().columns
        shown = b"".join(write_answer(answer, settings.format_name, width)).decode()
        self.answer = replace(answer, parameters=dict(settings.parameters)) if text else answer
        if answer.plan:
            self.tell(answer.plan)
        self.show(shown)
        for message in _beside(answer):
            self.tell(message)
        if answer.is_cut:
            shows, writes = f"`{self.mark}limit 0` shows all", f"`{self.mark}save FILE` writes all"
            self.tell(f"These are the first {len(answer.rows)} rows; {shows}, {writes}.")
        if answer.plan:
            self.tell(f"Answered in {answer.seconds:.3f} s.")

    def _asking(
        self, parameters: Mapping[str, Value], is_writing: bool
    ) -> tuple[Callable[..., Any], Callable[..., str]]:
        """Return what asks and what explains, with these parameters."""
        language = self.language
        if not language.has_parameters:
            return language.ask, language.explain
        given: dict[str, Any] = {"parameters": dict(parameters), "is_writing": is_writing}
        return functools.partial(language.ask, **given), functools.partial(language.explain, **given)

    def call(self, task: Callable[..., T], *arguments: object) -> T:
        """Return what a function makes of the graph, in the time that a query has."""
        return self.reader.call_within(self.settings.seconds, task, *arguments)

    def save(self, path: Path, format_name: str) -> int:
        """Write the whole last answer to a file, or nothing, and return its size in bytes."""
        if self.answer is None:
            raise InputError(_NO_ANSWER)
        try:
            run = self._asking(self.answer.parameters, False)[0]
            size = self.call(save, run, self.answer.text, format_name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                part_of(path).unlink()
            raise
        return size

    def row(self, number: int) -> tuple[Any, ...]:
        """Return the cells of a row of the last answer that hold something; rows count from 1.

        Raises:
            InputError: there is no such row.
        """
        if self.answer is None:
            raise InputError(_NO_ANSWER)
        rows = self.answer.rows
        if not 1 <= number <= len(rows):
            has = f"rows 1 to {len(rows)}" if rows else "no rows"
            raise InputError(f"There is no row {number}; the last answer has {has}.")
        return tuple(cell for cell in rows[number - 1] if cell is not None)

    # --- output

    def show(self, text: str) -> None:
        """Write to standard output, through the pager where it is longer than the screen."""
        text = text if text.endswith("\n") or not text else f"{text}\n"
        if self.settings.pager and sys.stdout.isatty() and text.count("\n") >= shutil.get_terminal_size().lines:
            with _pager_defaults():
                click.echo_via_pager(text)
        else:
            click.echo(text, nl=False)

    def tell(self, message: str) -> None:
        """Write a message for a person to standard error."""
        self.session.say(message)

    def report(self, error: KgError, text: str) -> None:
        """Say what went wrong; where a place in the typed text is known, mark it."""
        self.tell(f"kg: {error}")
        if isinstance(error, QuerySyntaxError) and error.line is not None:
            for line in _marked(text, error.line, error.column):
                self.tell(line)


def _beside(answer: Answer) -> Iterator[str]:
    """Yield what an answer in records says beside its rows."""
    if answer.summary is not None:
        yield from map(notification_line, answer.summary.notifications)
        changed = counters_line(answer.summary.counters)
        if changed:
            yield changed


def _marked(text: str, line: int, column: int | None) -> Iterator[str]:
    """Yield a line of a text and, below it, a mark at a column; both count from 1."""
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return
    shown = "".join(" " if character.isspace() else character for character in lines[line - 1])
    yield f"  {shown}"
    if column is not None:
        yield f"  {' ' * width_of(shown[: column - 1])}^"


def _spoken_language(environ: Mapping[str, str]) -> str:
    """Return the language of the environment as labels name it: `zh` or `en`."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


_PAGER = {"LESS": "-FRSX", "LESSCHARSET": "utf-8"}
"""Let `less` leave the text on the screen, cut long lines, and take them for the UTF-8 that they are."""


@contextmanager
def _pager_defaults() -> Iterator[None]:
    """Set what `less` reads from the environment, where the user has no own wishes for it."""
    missing = {name: value for name, value in _PAGER.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]
