"""What every command shares: where the home is, its settings, its graph, and how it speaks."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from kg.config import Config, Value, load_config
from kg.graph import KnowledgeGraph, open_graph
from kg.home import Home, find_home, open_for_reading, open_for_writing, with_base
from kg.remote import RemoteAccess, allow_hosts
from kg.search.computing import HomeComputed

__all__ = ["Session", "command"]

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command: the home and the form of its output."""

    home: Home
    as_json: bool

    def config(self, **overrides: Value | None) -> Config:
        """Return the settings; an override is named `section_key` and None says nothing.

        Raises:
            ConfigError: kg.toml, the environment or a flag is wrong.
        """
        settings = {name.replace("_", ".", 1): value for name, value in overrides.items()}
        return load_config(self.home.settings, os.environ, settings)

    @contextmanager
    def open(self, write: bool = False, long: bool = False, adopt: bool = False) -> Iterator[KnowledgeGraph]:
        """Open the home's graph for the run of a command.

        Args:
            long: let others read the graph as it is now while this command writes.
            adopt: take over a database that holds a graph and no home.

        Raises:
            ConfigError: there is no home. StoreLockedError: another process has the store, and who.
        """
        self.home.check_exists()
        config = self.config()
        home = self.home.of_kind(config.home.store)
        wait = config.store.lock_wait_seconds
        name = click.get_current_context().command_path
        writing = open_for_writing(home, name, os.getpid(), wait, long)
        with writing if write else open_for_reading(home, wait) as opened:
            if opened.notice:
                self.say(opened.notice)
            if write:
                config = with_base(home, config)
            path = opened.path if write or opened.path.is_dir() else None  # a new home has nothing to read yet
            graph = open_graph(home, config, path, read_only=not write, adopt=adopt)
            try:
                yield replace(graph, computed=HomeComputed(lambda: graph, home, config))
            finally:
                graph.store.close()

    def remote(self) -> RemoteAccess | None:
        """Return which other servers may be asked; None for none."""
        settings = self.config().remote
        return allow_hosts(settings.hosts, settings.timeout_seconds, settings.max_mb)

    def answer(self, document: Any, text: Callable[[], str] | str) -> None:
        """Write a command's answer to standard output: the document with `--json`, else the text."""
        if self.as_json:
            indent = 2 if sys.stdout.isatty() else None
            click.echo(json.dumps(document, ensure_ascii=False, indent=indent))
        else:
            click.echo((text if isinstance(text, str) else text()).rstrip("\n"))

    def say(self, message: str) -> None:
        """Write a message for a person to standard error."""
        click.echo(message, err=True)


def command(
    name: str | None = None, **settings: Any
) -> Callable[[Callable[Concatenate[Session, P], None]], click.Command]:
    """Make a function a command with `--home` and `--json`; its first argument is the session.

    Args:
        settings: as click's `context_settings`.
    """

    def decorate(function: Callable[Concatenate[Session, P], None]) -> click.Command:
        @functools.wraps(function)
        def run(home: Path | None, as_json: bool, *args: P.args, **kwargs: P.kwargs) -> None:
            found = find_home(home, os.environ.get("KG_HOME"), Path.cwd())
            function(Session(found, as_json), *args, **kwargs)

        with_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")(run)
        with_home = click.option(
            "--home",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="The home; else $KG_HOME, else .kg in this folder.",
        )(with_json)
        return click.command(name, context_settings=settings)(with_home)

    return decorate
