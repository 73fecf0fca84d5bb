"""The mirror of an open store: made when it is first read, moved on by what the journal names, kept in a file."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kg.mirror.advancing import advance
from kg.mirror.building import build
from kg.mirror.content import Content, content_of
from kg.mirror.engine import Engine, EngineError, Raw, Reader
from kg.mirror.files import Kept, forget, keep, load, names_of
from kg.mirror.journal import Journal
from kg.mirror.verifying import MirrorReport, compare
from kg.property_graph import AbsentGraph, PropertyGraph
from kg.property_graph.names import Names, node_key
from kg.property_graph.shape import shape
from kg.rdf import BlankNode, NamedNode, Quad

__all__ = ["Mirror", "Snapshot", "Source"]

_WORTH_KEEPING = 0.3
"""Seconds of building or advancing from which the result is written to the file."""
_MOST_TOUCHED = 0.3
"""Part of the nodes from which building anew takes less time than advancing."""
_ALWAYS_ADVANCED = 1000
"""Touched nodes of which that is not asked."""


class Source(Protocol):
    """What the mirror is of: all that the store holds and did not derive."""

    def __call__(self, subject: NamedNode | BlankNode | None = None) -> Iterator[Quad]:
        """Yield all quads, or those with one subject."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one transaction reads: a graph that stays as it is, what is in it, and the graph of what has no `_g`."""

    reader: Reader
    names: Names
    absent: AbsentGraph
    content: Content
    position: str = ""

    @property
    def has_nanoseconds(self) -> bool:
        """Tell whether times may be finer than Python has them."""
        return self.content.has_nanoseconds

    @property
    def relationships(self) -> int:
        """Return how many relationships there are."""
        ((count,),) = self.reader.run("MATCH ()-[r]->() RETURN count(r)", {}).rows
        return int(count)

    def changed(self, engine: Engine, by: PropertyGraph) -> Snapshot:
        """Return a snapshot of a copy in which some nodes are now as they are in a shape."""
        return Snapshot(engine.reader(), self.names, self.absent, self.content.joined(content_of(by)))

    def run(self, text: str, parameters: Mapping[str, Any], seconds: float | None = None) -> Raw:
        """Answer a statement in kglite's dialect; see `Reader.run`."""
        return self.reader.run(text, parameters, seconds)


class Mirror:
    """The property graph of one open store. Whoever calls it holds the store's lock: no commit happens meanwhile.

    Args:
        source: what it is a mirror of.
        journal: the store's.
        folder: where it is kept, made when absent; None keeps it in memory.
        terms: the ontology's names; see `names_of`.
        absent: the graph of what has no note of its graphs.
    """

    def __init__(
        self,
        source: Source,
        journal: Journal,
        folder: Path | None,
        base: str,
        terms: Mapping[str, NamedNode],
        absent: AbsentGraph,
    ) -> None:
        self._source, self._journal, self._folder, self._absent = source, journal, folder, absent
        self._base, self._terms = base, terms
        self._kept: Kept | None = None
        self._reader: Reader | None = None

    @functools.cached_property
    def _naming(self) -> tuple[Names, str]:
        return names_of(self._folder, self._base, self._terms)

    @property
    def names(self) -> Names:
        """Return how things are named here."""
        return self._naming[0]

    @property
    def _fingerprint(self) -> str:
        """Return what another graph of the same quads would differ in."""
        return f"{self._naming[1]} {self._absent}"

    @property
    def position(self) -> str | None:
        """Return the position of the journal that the mirror has reached; None before it is made, empty without one."""
        return None if self._kept is None else self._kept.position

    def snapshot(self) -> Snapshot:
        """Bring the mirror up to date and return it as it is now."""
        self._follow()
        assert self._kept is not None
        if self._reader is None:
            self._reader = self._kept.engine.reader()
        return Snapshot(self._reader, self.names, self._absent, self._kept.content, self._kept.position)

    def copy(self) -> Engine:
        """Bring the mirror up to date and return a copy of it, to be changed by one transaction."""
        self._follow()
        assert self._kept is not None
        return self._kept.engine.copy()

    def verify(self) -> MirrorReport:
        """Compare what the mirror holds with what the store does; where they differ, have it built anew next time."""
        report = compare(self.snapshot().reader, shape(self._source(), self.names, self._absent))
        if report:
            self._kept = self._reader = None
            if self._folder is not None:
                forget(self._folder)
        return report

    def close(self) -> None:
        """Leave the graph to the next mirror of this process that is kept in the same folder."""
        if self._kept is not None and self._folder is not None:
            _LEFT.put(self._folder, self._fingerprint, self._kept)
        self._kept = self._reader = None

    # --- following the store

    def _follow(self) -> None:
        position = self._journal.current()
        if self._kept is not None and self._kept.position == position:
            return
        started = time.monotonic()
        kept = self._kept or self._found(position)
        self._kept = self._reader = None  # what fails on the way leaves nothing half done
        moved = None if kept is None else self._advanced(kept, position)
        self._kept = moved or self._built(position)
        is_new = kept is None or kept.position != position
        if self._folder is not None and position and is_new and time.monotonic() - started > _WORTH_KEEPING:
            keep(self._folder, self._fingerprint, self._kept)

    def _built(self, position: str) -> Kept:
        graph = shape(self._source(), self.names, self._absent)
        return Kept(build(graph), position, content_of(graph))

    def _found(self, position: str) -> Kept | None:
        if self._folder is None or not position:
            return None
        left = _LEFT.take(self._folder, self._fingerprint)
        if left is not None and self._journal.since(left.position) is not None:
            return left
        return load(self._folder, self._fingerprint)

    def _advanced(self, kept: Kept, position: str) -> Kept | None:
        """Move a graph on; None, and nothing done, where the journal cannot say how or it is not worth it."""
        touched = self._journal.since(kept.position)
        if touched is None:
            return None
        if len(touched) > _ALWAYS_ADVANCED:
            ((nodes,),) = kept.engine.reader().run("MATCH (n) RETURN count(n)", {}).rows
            if len(touched) > nodes * _MOST_TOUCHED:
                return None
        quads = (quad for subject in touched for quad in self._source(subject))
        now = shape(quads, self.names, self._absent)
        if touched:
            try:
                advance(kept.engine, {node_key(subject) for subject in touched}, now)
            except EngineError:  # a graph that is not what it should be
                return None
        return Kept(kept.engine, position, kept.content.joined(content_of(now)))


class _Left:
    """The graph of the mirror that was closed last: whoever reads one checkpoint after the other goes on with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[Path, str, Kept] | None = None

    def put(self, folder: Path, fingerprint: str, kept: Kept) -> None:
        with self._lock:
            self._held = folder, fingerprint, kept

    def take(self, folder: Path, fingerprint: str) -> Kept | None:
        """Return it if it is of that folder and those names, and have it no longer."""
        with self._lock:
            held = self._held
            if held is None or held[:2] != (folder, fingerprint):
                return None
            self._held = None
            return held[2]


_LEFT = _Left()
