"""Commands that bring notes into the graph and take them out."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from kg.cli.curating import open_curator
from kg.cli.indexing import follow_notes
from kg.cli.ingesting import Runner
from kg.cli.progress import showing_progress
from kg.cli.reports import root_names, summary
from kg.cli.session import Session, command
from kg.errors import InputError, NotFoundError
from kg.graph import KnowledgeGraph
from kg.home import POSTED, create_home, read_roots, write_roots
from kg.ingest import IngestReport, forget, plan_roots
from kg.ingest.posted import drop_posted, posted_name
from kg.rdf import DCT, KG, Literal, NamedNode

__all__ = ["forget_notes", "ingest"]

_SETTLED_MILLISECONDS = 200
"""How long files must be quiet before `--watch` reads them: editors write in several steps."""
_LOOK_MILLISECONDS = 500
"""How long `--watch` waits at a time; also before the first run, so that nothing saved while that reads is missed."""


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
    roots, _ = plan_roots(read_roots(session.home), paths)  # a path that is not there is told before anything is made
    create_home(session.home)
    _tell_missing_roots(session)
    run = Runner(session, jobs)
    changes = _changes([root for root in roots.values() if root.exists()], session.home.folder) if watch else iter(())
    try:
        next(changes, None)
        report = _ingest(run, paths)
        _answer(session, report)
        if watch:
            with suppress(KeyboardInterrupt):  # Ctrl-C is how watching ends; the next ingest completes a broken run
                for changed in filter(None, changes):
                    _answer(session, _ingest(run, changed))
        elif strict and report.failures:
            context.exit(2)
    finally:
        run.close()


def _tell_missing_roots(session: Session) -> None:
    """Say which known folders are not there, and what to do where they will not come back."""
    roots = read_roots(session.home)
    for name, called in root_names(roots).items():
        if not roots[name].exists():
            drop = f"kg forget {shlex.quote(f'{called}:')}"
            session.say(f"The folder {roots[name]} is not there; its notes stay. `{drop}` drops it and them.")


def _answer(session: Session, report: IngestReport) -> None:
    session.answer(report.to_json(), lambda: summary(report.to_json()))
    sys.stdout.flush()


def _ingest(run: Runner, paths: Sequence[Path]) -> IngestReport:
    with showing_progress("Reading notes") as progress:
        return run.ingest(paths, progress=progress)


def _changes(folders: Sequence[Path], home: Path) -> Iterator[list[Path]]:
    """Yield the paths that changed since the last time, without end; now and then none. The first begins to watch."""
    import watchfiles

    def is_note(_: object, name: str) -> bool:
        path = Path(name)
        if path.is_relative_to(home):
            return False
        root = next((folder for folder in folders if path.is_relative_to(folder)), None)
        return root is not None and not any(part.startswith(".") for part in path.relative_to(root).parts)

    for found in watchfiles.watch(
        *folders, watch_filter=is_note, debounce=_SETTLED_MILLISECONDS, step=50,
        rust_timeout=_LOOK_MILLISECONDS, yield_on_timeout=True,
    ):  # fmt: skip
        yield sorted({Path(name) for _, name in found})


# --- taking notes out


@command("forget")
@click.argument("targets", nargs=-1, required=True, metavar="PATH|IRI...")
@click.pass_context
def forget_notes(context: click.Context, session: Session, targets: tuple[str, ...]) -> None:
    """Take notes out of the graph.

    A note is named by its IRI, its id or its path inside its folder; the path of a folder means all notes below it.
    Where several known folders hold the path, write ROOT:PATH with a name that `kg status` shows. The files are not
    touched: the next ingest of their folder brings the notes back. But notes that were sent to the server are gone.

    ROOT: alone, or the absolute path of a known folder, takes out all its notes, and the folder is no longer known.
    """
    with open_curator(session) as deciding:
        roots = read_roots(session.home)
        known = _Targets(deciding.graph, roots)
        choice = known.choose(targets)
        posted = [*known.files(choice.notes, POSTED), *map(posted_name, choice.missing)]
        gone = drop_posted(session.home, None if POSTED in choice.roots else posted)  # else they would come back
        removed, _ = forget(deciding.curator, choice.notes)
        if choice.roots:
            write_roots(session.home, {name: path for name, path in roots.items() if name not in choice.roots})
        follow_notes(session, deciding.graph)
    choice.missing = [word for word in choice.missing if posted_name(word) not in gone]
    if choice.missing and not removed and not gone and not choice.roots:
        raise NotFoundError("note", choice.missing[0])
    called = root_names(roots)
    folders = [roots[name] for name in choice.roots if name in roots and roots[name] != session.home.posted]
    dropped = [f"The folder {folder} is no longer known." for folder in folders]
    session.answer(
        {"removed": removed, "missing": choice.missing, "roots": [called.get(name, name) for name in choice.roots]},
        "\n".join([f"{len(removed)} notes removed.", *dropped]),
    )
    if choice.missing:
        session.say(f"Not found: {', '.join(choice.missing)}")
        context.exit(1)


@dataclass
class _Choice:
    """What the words of a command mean: IRIs of notes, roots to drop, and words that fit nothing."""

    notes: list[str] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class _Targets:
    """The notes of a graph by root and path, to find what is to be forgotten."""

    def __init__(self, graph: KnowledgeGraph, roots: Mapping[str, Path]) -> None:
        names, paths = _own_values(graph, KG["root"]), _own_values(graph, KG["path"])
        self._notes = {iri: (names.get(iri, ""), paths.get(iri, "")) for iri in _own_values(graph, KG["stateHash"])}
        self._ids = _own_values(graph, DCT["identifier"])
        self._roots = roots
        known = dict.fromkeys((*roots, *(root for root, _ in self._notes.values())))  # also what roots.json has lost
        self._called = {name: name for name in known} | root_names(roots)
        self._by_word = {word: name for name, word in self._called.items()} | {name: name for name in known}

    def choose(self, targets: Sequence[str]) -> _Choice:
        """Return what some words mean.

        Raises:
            InputError: a path fits notes of several roots.
        """
        choice = _Choice()
        for target in targets:
            place = self._place(target)
            if place is not None and not place[1]:
                choice.roots.append(place[0])
            fits = [target] if target in self._notes else self._fitting(target, place)
            choice.notes += fits
            if not fits and (place is None or place[1]):
                choice.missing.append(target)
        choice.notes, choice.roots = list(dict.fromkeys(choice.notes)), list(dict.fromkeys(choice.roots))
        return choice

    def files(self, notes: Sequence[str], root: str) -> list[str]:
        """Return the paths of those of some notes that are of a root."""
        return [path for held_root, path in map(self._notes.__getitem__, notes) if held_root == root]

    def _place(self, target: str) -> tuple[str, str] | None:
        """Return the root and the path in it that `ROOT:PATH` or an absolute path names; an empty path is all of it."""
        if target in self._notes:
            return None
        word, colon, path = target.partition(":")
        if colon and word in self._by_word:
            return self._by_word[word], path.strip("/")
        if not Path(target).is_absolute():
            return None
        folder = Path(target).resolve()
        holding = [name for name, root in self._roots.items() if folder.is_relative_to(root)]
        if not holding:
            return None
        name = max(holding, key=lambda name: len(self._roots[name].parts))
        path = folder.relative_to(self._roots[name]).as_posix()
        return name, "" if path == "." else path

    def _fitting(self, target: str, place: tuple[str, str] | None) -> list[str]:
        root, path = place or (None, target.rstrip("/"))
        fits = sorted(
            iri
            for iri, (held_root, held) in self._notes.items()
            if root in (None, held_root)
            and ((root is not None and not path) or path in (held, self._ids.get(iri)) or held.startswith(f"{path}/"))
        )
        if root is None:
            self._check_one_root(path, fits)
        return fits

    def _check_one_root(self, path: str, fits: Sequence[str]) -> None:
        held_by = sorted({self._notes[iri][0] for iri in fits})
        if len(held_by) > 1:
            folders = ", ".join(f"{self._called[name]} ({self._roots.get(name, 'not known')})" for name in held_by)
            words = " or ".join(shlex.quote(f"{self._called[name]}:{path}") for name in held_by)
            raise InputError(f"{path!r} is in several folders: {folders}. Write {words}, or a note's IRI.")


def _own_values(graph: KnowledgeGraph, predicate: NamedNode) -> dict[str, str]:
    """Return the values of a property that notes have in their own graphs, by the notes' IRIs."""
    return {
        quad.subject.value: quad.object.value
        for quad in graph.store.match(predicate=predicate)
        if quad.subject == quad.graph_name and isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal)
    }
