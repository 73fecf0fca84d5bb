"""What every command shares: where the home is, its settings, and how it speaks."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from kg.config import Config, load_config

__all__ = ["Session", "command"]

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command: the home's folder and the form of its output."""

    folder: Path
    as_json: bool

    def config(self, **overrides: str | int | float | bool | None) -> Config:
        """Return the settings; an override is named `section_key` and None says nothing.

        Raises:
            ConfigError: kg.toml, the environment or a flag is wrong.
        """
        settings = {name.replace("_", ".", 1): value for name, value in overrides.items()}
        return load_config(self.folder / "kg.toml", os.environ, settings)

    def answer(self, document: Any, text: Callable[[], str] | str) -> None:
        """Write a command's answer to standard output: the document with `--json`, else the text."""
        if self.as_json:
            indent = 2 if sys.stdout.isatty() else None
            click.echo(json.dumps(document, ensure_ascii=False, indent=indent))
        else:
            click.echo(text if isinstance(text, str) else text())

    def say(self, message: str) -> None:
        """Write a message for a person to standard error."""
        click.echo(message, err=True)


def command(name: str | None = None) -> Callable[[Callable[Concatenate[Session, P], None]], click.Command]:
    """Make a function a command with `--home` and `--json`; its first argument is the session."""

    def decorate(function: Callable[Concatenate[Session, P], None]) -> click.Command:
        @functools.wraps(function)
        def run(home: Path | None, as_json: bool, *args: P.args, **kwargs: P.kwargs) -> None:
            folder = home or Path(os.environ.get("KG_HOME") or ".kg")
            function(Session(folder, as_json), *args, **kwargs)

        with_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")(run)
        with_home = click.option(
            "--home",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="The home; else $KG_HOME, else .kg in this folder.",
        )(with_json)
        return click.command(name)(with_home)

    return decorate
