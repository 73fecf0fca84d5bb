"""How a text is typed: keys, colours, completion and history, by prompt_toolkit."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, ThreadedCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import Output

from kg.cli.console.language import Suggestion

__all__ = ["History", "make_prompt"]

Suggest = Callable[[str, str], Iterable[Suggestion]]


class History(FileHistory):
    """What was typed, in a file that only its owner may read; what was typed twice counts once.

    Where the file cannot be written, the history lasts as long as the console.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))

    def load_history_strings(self) -> Iterable[str]:
        """Return the texts of the file, the newest first."""
        return dict.fromkeys(super().load_history_strings())

    def append_string(self, string: str) -> None:
        """Keep a text, and forget where it was typed before."""
        if string in self._loaded_strings:
            self._loaded_strings.remove(string)
        super().append_string(string)

    def store_string(self, string: str) -> None:
        """Add a text to the file."""
        with contextlib.suppress(OSError):
            super().store_string(string)


class _LanguageCompleter(Completer):
    def __init__(self, suggest: Suggest) -> None:
        self._suggest = suggest

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what could come next; after a space only when it is asked for by Tab."""
        before = document.text_before_cursor
        if not complete_event.completion_requested and (not before or before[-1] in " \t\n{}().;,"):
            return
        for each in self._suggest(before, document.text_after_cursor):
            yield Completion(each.text, -each.replaced, each.shown or each.text, each.meta)


def make_prompt(
    name: str,
    file_name: str,
    suggest: Suggest,
    is_complete: Callable[[str], bool],
    history: History,
    input: Input | None = None,
    output: Output | None = None,
) -> PromptSession[str]:
    """Return a prompt whose `prompt()` returns one complete text.

    Raises (from `prompt()`):
        EOFError: Ctrl-D in an empty text. KeyboardInterrupt: Ctrl-C.
    """
    return PromptSession(
        message=f"{name}> ",
        prompt_continuation=lambda width, line, is_soft: "".rjust(width) if is_soft else "… ".rjust(width),
        multiline=True,
        lexer=PygmentsLexer.from_filename(file_name),
        completer=ThreadedCompleter(_LanguageCompleter(suggest)),
        complete_while_typing=True,
        history=history,
        key_bindings=_keys(is_complete),
        input=input,
        output=output,
    )


def _keys(is_complete: Callable[[str], bool]) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # it takes what the menu shows
        elif is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.newline(copy_margin=True)

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("c-o")  # not Ctrl-J: what is typed ahead, while a query runs, comes with that for Enter
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    return keys
