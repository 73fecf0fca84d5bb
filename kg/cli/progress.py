"""How far something is, as a bar on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["showing_progress", "showing_steps"]


@contextmanager
def showing_progress(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on standard error where that is a terminal, from the first time that it is told how much is done."""
    with showing_steps() as tell:
        yield None if tell is None else lambda done, total: tell(label, done, total)


@contextmanager
def showing_steps() -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a bar as `showing_progress` does for work in several steps, with the label of the step that goes on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, visible=False)

        def tell(label: str, done: int, total: int) -> None:
            if bar.tasks[0].description != label:
                bar.reset(task, description=label)  # the time that is left is of this step
            bar.update(task, completed=done, total=total, visible=True)

        yield tell
