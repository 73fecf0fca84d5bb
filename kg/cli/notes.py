"""Commands that bring notes into the graph and take them out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from extractors.source import SpacySource
from kg.cache import IngestCache
from kg.cli.reports import keep_report, summary
from kg.cli.session import Session, command
from kg.errors import NotFoundError
from kg.extraction import ExtractionOptions
from kg.home import create_home, read_roots, write_roots
from kg.ingest import Ingester, IngestReport, IngestSettings, Progress, forget, plan_roots

__all__ = ["forget_notes", "ingest"]

_MOST_WORKERS = 8
_SETTLED_MILLISECONDS = 200
"""How long files must be quiet before `--watch` reads them: editors write in several steps."""


@command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--jobs", type=click.IntRange(0), metavar="N", help="Worker processes; 0 chooses by the work.")
@click.option("--watch", is_flag=True, help="Go on, and read what changes as soon as it is saved.")
@click.option("--strict", is_flag=True, help="Exit with 2 if a file could not be read.")
@click.pass_context
def ingest(
    context: click.Context, session: Session, paths: tuple[Path, ...], jobs: int | None, watch: bool, strict: bool
) -> None:
    """Read notes into the graph.

    A folder is mirrored: new and changed notes are read, and what left the folder leaves the graph. A PATH inside a
    folder that is known refreshes that part; without PATH all known folders are meant. A missing home is made. With
    --watch, --json gives one document a line for each run.
    """
    if not paths and not read_roots(session.home):
        raise click.UsageError("No folder is known yet: name one, as in `kg ingest notes`.")
    plan_roots(read_roots(session.home), paths)  # a path that is not there is told before anything is made
    create_home(session.home)
    run = _Runner(session, jobs)
    try:
        report = run.ingest(paths)
        _answer(session, report)
        if watch:
            with suppress(KeyboardInterrupt):  # Ctrl-C is how watching ends; the next ingest completes a broken run
                for changed in _changes(list(read_roots(session.home).values()), session.home.folder):
                    _answer(session, run.ingest(changed))
        elif strict and report.failures:
            context.exit(2)
    finally:
        run.close()


def _answer(session: Session, report: IngestReport) -> None:
    session.answer(report.to_json(), lambda: summary(report.to_json()))
    sys.stdout.flush()


class _Runner:
    """Runs one ingest after the other; the extractor, once loaded, stays."""

    def __init__(self, session: Session, jobs: int | None) -> None:
        config = session.config(ingest_jobs=jobs)
        options = ExtractionOptions(config.extract.model, config.extract.coreference)
        cores = min(_MOST_WORKERS, os.cpu_count() or 1)
        settings = IngestSettings(config.ingest.jobs, cores, config.extract.min_confidence)
        self._session = session
        self._cache = IngestCache(session.home.cache / "ingest.sqlite")
        self._ingester = Ingester(self._cache, SpacySource(options), settings)

    def ingest(self, paths: Sequence[Path]) -> IngestReport:
        """Bring some paths up to date, all known roots without any."""
        home = self._session.home
        if paths:
            self._session.fix_base(paths[0])
        with self._session.open(write=True, long=True) as graph, _progress() as progress:
            roots, scopes = plan_roots(read_roots(home), paths)
            write_roots(home, roots)
            report = self._ingester.run(graph, roots, scopes, progress)
        keep_report(home, report)
        return report

    def close(self) -> None:
        self._cache.close()


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Show a bar on a terminal, on standard error; else nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("Reading notes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _changes(folders: Sequence[Path], home: Path) -> Iterator[list[Path]]:
    """Yield the paths that changed, whenever some did, without end."""
    import watchfiles

    def is_note(_: object, name: str) -> bool:
        path = Path(name)
        if path.is_relative_to(home):
            return False
        root = next((folder for folder in folders if path.is_relative_to(folder)), None)
        return root is not None and not any(part.startswith(".") for part in path.relative_to(root).parts)

    for found in watchfiles.watch(*folders, watch_filter=is_note, debounce=_SETTLED_MILLISECONDS, step=50):
        yield sorted({Path(name) for _, name in found})


@command("forget")
@click.argument("targets", nargs=-1, required=True, metavar="PATH|IRI...")
@click.pass_context
def forget_notes(context: click.Context, session: Session, targets: tuple[str, ...]) -> None:
    """Take notes out of the graph.

    A note is named by its IRI or its path inside its folder; the path of a folder means all notes below it. The files
    are not touched: the next ingest of their folder brings the notes back.
    """
    with session.open(write=True) as graph:
        removed, missing = forget(graph, targets)
    if missing and not removed:
        raise NotFoundError("note", missing[0])
    session.answer({"removed": removed, "missing": missing}, f"{len(removed)} notes removed.")
    if missing:
        session.say(f"Not found: {', '.join(missing)}")
        context.exit(1)
