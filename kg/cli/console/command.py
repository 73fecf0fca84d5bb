"""What a command of the console is, and how its arguments are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kg.cli.console.console import Console
from kg.errors import InputError

__all__ = ["ON_OFF", "Command", "read_switch", "switch_word"]

_SWITCH: Mapping[str, bool] = {"on": True, "off": False}
ON_OFF = tuple(_SWITCH)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its arguments as the help shows them, and what it does."""

    arguments: str
    help: str
    run: Callable[[Console, str], None]
    choices: tuple[str, ...] = ()


def read_switch(argument: str, now: bool) -> bool:
    """Return what `on` or `off` says, and the other state where nothing is said."""
    if argument and argument not in _SWITCH:
        raise InputError(f"{argument!r} is neither on nor off.")
    return _SWITCH[argument] if argument else not now


def switch_word(state: bool) -> str:
    """Return the word for a state."""
    return "on" if state else "off"
