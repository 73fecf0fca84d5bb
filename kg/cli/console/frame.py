"""The loop of the console: read a text, run it, go on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from kg import __version__
from kg.cli.console import LANGUAGES
from kg.cli.console.commands import run_command, suggest_command
from kg.cli.console.console import Console, Settings
from kg.cli.console.language import Language, Suggestion
from kg.cli.console.prompt import History, make_prompt
from kg.cli.console.reader import Reader
from kg.cli.console.vocabulary import LiveVocabulary, read_vocabulary
from kg.cli.session import Session
from kg.errors import KgError
from kg.records import Value

__all__ = ["open_console", "run_console"]

_ROWS = 100
"""Rows that are shown, unless somebody asks for another number."""


def open_console(
    session: Session,
    language_name: str,
    timeout: float | None,
    limit: int | None,
    format_name: str | None,
    explain: bool,
    parameters: Mapping[str, Value] | None = None,
    write: bool = False,
) -> None:
    """Read and run what is typed until it ends; the flags of the command are what the console begins with.

    Raises:
        ConfigError: there is no home, or a setting is wrong.
    """
    session.home.check_exists()
    config = session.config(query_timeout_seconds=timeout)
    seconds = config.query.timeout_seconds or None
    rows = _ROWS if limit is None else limit or None
    settings = Settings(seconds, rows, format_name or "table", explain=explain, write=write)
    settings.parameters.update(parameters or {})
    language = LANGUAGES.load(language_name)
    command = f"kg {language.name}"
    reader = Reader(session, command, session.say, config.serve.memory_mb)
    words = Reader(session, command)  # apart, so that no query waits until the names are read
    try:
        for each in (reader, words):
            each.warm()
        vocabulary = LiveVocabulary(session.home.of_kind(config.home.store), lambda: words.call(read_vocabulary))
        console = Console(session, language, settings, reader, vocabulary)
        run_console(console, session.home.folder / "history" / language.name)
    finally:
        reader.close()
        words.close()


def run_console(console: Console, history: Path, input: Input | None = None, output: Output | None = None) -> None:
    """Run a console whose processes are there already; what is typed is kept in a file."""
    language: Language = console.language

    def suggest(before: str, after: str) -> Iterable[Suggestion]:
        if before.startswith(tuple(language.marks)):
            return suggest_command(console, before)
        words = replace(console.vocabulary.words, parameters=tuple(console.settings.parameters))
        return language.suggest(before, after, words)

    def is_complete(text: str) -> bool:
        return text.lstrip().startswith(tuple(language.marks)) or language.is_complete(text)

    typed = History(history)
    prompt = make_prompt(language.name, language.file_name, suggest, is_complete, typed, input, output)
    console.history = lambda: list(itertools.islice(typed.load_history_strings(), 1000))
    place = f"Noemata {__version__}, {console.session.home.folder}"
    console.tell(f"{place}. `{console.mark}help` shows the commands, Ctrl-D ends.")
    while console.is_open:
        console.vocabulary.refresh()
        try:
            text = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        _run(console, text)


def _run(console: Console, text: str) -> None:
    """Run a command or a query; whatever goes wrong, the console stays."""
    if not text.strip():
        return
    try:
        if text.lstrip().startswith(tuple(console.language.marks)):
            run_command(console, text)
        else:
            console.ask(text)
    except KgError as error:
        console.report(error, text)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        console.tell(f"kg: {place}{error.strerror or error}")
    except KeyboardInterrupt:
        console.tell("Stopped.")
