"""Fetching a slice: all its leaves in one statement, walks in rounds, everything as it was at one moment.

The first mark, the reads chained after it and the last mark are one session's; where the marks differ somebody has
written meanwhile, and all is read again. What statements are written with, the names in use, holds for one mark too.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.errors import SliceTooLargeError, StoreChangingError
from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad
from kg.slices import Closure, GraphNames, Leaf, Slice, Variable, Whole
from kg.stores.hiding import HIDES, hidden_in, is_hidden
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.closures import Walks, first_round
from kg.stores.neo4j.cypher import MOST_ROWS, SAMPLE, Plan, plan
from kg.stores.neo4j.driver import Connection, Mark, ReadSession, Statement
from kg.stores.neo4j.errors import UnknownMarkError
from kg.stores.neo4j.matching import read_graph_names, read_hiding
from kg.stores.neo4j.reading import read_all
from kg.stores.neo4j.rows import Rows
from kg.stores.neo4j.vocabulary import Vocabulary, read_vocabulary

__all__ = ["Fetched", "Fetcher", "Step"]

_TRIES = 3
_PAUSE = 0.05
"""Seconds, longer by each try."""
_MOST_PLANS = 500
_MOST_KEPT_IRIS = 50
"""IRIs in the leaves of a plan that is kept; a round of a walk has many, and does not come again."""
_FIRST_PAGE = 64
_PAGE_GROWS = 8
_MOST_LINES = 2000
"""Fetched with the first step of a walk that are read again for where it leads to; else the step is fetched alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement that was run: how many rows came, and in which time in seconds."""

    statement: Statement
    rows: int
    seconds: float


@dataclass(slots=True)
class Fetched:
    """The quads of a slice and the names of the graphs, if it asks for them; what was run for it.

    Those that say what the default graph leaves out are always among them. `is_complete` is False of a page: there may
    be more.
    """

    quads: set[Quad] = field(default_factory=set)
    graph_names: frozenset[NamedNode | BlankNode] = frozenset()
    is_complete: bool = True
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """What statements are written with, and what was written with it: true at one mark."""

    mark: Mark
    used: Vocabulary
    names: Names
    plans: dict[tuple[tuple[Leaf, ...], bool], list[Plan]]
    hiding: frozenset[Quad] = frozenset()
    graph_names: frozenset[NamedNode | BlankNode] | None = None


class Fetcher:
    """Fetches slices from one database; keep it, as it knows what statements to write. Safe for threads.

    Args:
        cap: quads that may be fetched for one slice.
        excluded: the graphs outside the merge; None where that is not known, which costs more reading.
        hiding: the graph that says what the default graph leaves out besides, None for none.
    """

    def __init__(
        self,
        connection: Connection,
        catalogue: Catalogue,
        absent: AbsentGraph,
        cap: int,
        excluded: Collection[NamedNode] | None = None,
        hiding: NamedNode | None = None,
    ) -> None:
        self._connection, self._catalogue = connection, catalogue
        self.absent, self.cap, self.excluded, self._hiding = absent, cap, excluded, hiding
        self._known: _Known | None = None

    def fetch(self, wanted: Slice, at: Mark | None = None) -> Fetched:
        """Return all quads of a slice.

        Args:
            at: where the database was seen to be just now, which saves asking.

        Raises:
            SliceTooLargeError: they are more than the cap. StoreChangingError: others write all the time.
        """
        return self._fetch(wanted, None, at)

    def fetch_pages(self, wanted: Slice, at: Mark | None = None) -> Iterator[Fetched]:
        """Yield more and more of a slice, each page with what the one before had; the last is complete.

        Every solution over a page is a solution, so whoever needs some only stops where they are enough.
        """
        page = _FIRST_PAGE
        while wanted.limit is not None and page < self.cap:
            page = max(page, wanted.limit * 4)
            fetched = self._fetch(wanted, page, at)
            yield fetched
            if fetched.is_complete:
                return
            page *= _PAGE_GROWS
        yield self._fetch(wanted, None, at)

    def _fetch(self, wanted: Slice, page: int | None, at: Mark | None) -> Fetched:
        known = self._known
        after = at or (known.mark if known is not None else None)
        tries = _TRIES + (at is None and known is not None)  # that nobody has written since was only hoped
        for left in reversed(range(tries)):
            with contextlib.suppress(UnknownMarkError), self._connection.reading(after) as session:
                if known is None or known.mark != session.first:
                    known = self._known = self._learn(session)
                fetched = _Reading(self, session, known, page).read(wanted)
                if not fetched.steps and session.first == after:  # nothing was asked, so nothing has told of new names
                    session.run(Statement("RETURN 1"))
                if session.is_snapshot():
                    return fetched
            if left < _TRIES - 1:
                time.sleep(_PAUSE * (_TRIES - left))
            after = None
        raise StoreChangingError(
            f"Others changed the database at {self._connection.address.uri} in each of {_TRIES} tries to read it. "
            "Try again."
        )

    def _learn(self, session: ReadSession) -> _Known:
        """Find out what is in use at the session's mark; what was written with the same stays."""

        def names_of(version: int) -> Names:
            if version != self._catalogue.version:
                self._catalogue.read(session)
            return self._catalogue.names

        used, before, names = read_vocabulary(session, names_of), self._known, self._catalogue.names
        is_same = before is not None and before.used == used and before.names is names
        plans = before.plans if before is not None and is_same else {}
        may_hide = not used.keys.isdisjoint(names.all(HIDES))
        hiding = read_hiding(session, self._hiding if may_hide else None, names, self.absent)
        return _Known(session.first, used, names, plans, hiding)


class _EnoughError(Exception):
    """A page is full."""


class _Reading:
    """One try to read a slice."""

    def __init__(self, fetcher: Fetcher, session: ReadSession, known: _Known, page: int | None) -> None:
        self._fetcher, self._session, self._known, self._page = fetcher, session, known, page
        self._rows = Rows(known.names, fetcher.absent, known.used.is_ambiguous)
        self._hidden = hidden_in(known.hiding)
        self._found: set[str] = set()
        self._sampled: set[str] = set()
        self._is_sample_full = False
        self._steps: list[Step] = []

    def read(self, wanted: Slice) -> Fetched:
        """Return the slice, or a page of it."""
        whole = set(self._known.hiding)
        is_complete = True
        try:
            if any(isinstance(leaf, Whole) for leaf in wanted.leaves):
                whole |= self._whole()
            else:
                walks = Walks(self.look)
                leaves = [self._asked(walks.resolved(leaf)) for leaf in wanted.leaves if isinstance(leaf, Leaf)]
                closures = [leaf for leaf in wanted.leaves if isinstance(leaf, Closure)]
                firsts = [first_round(closure) for closure in closures]
                found = self.add([*leaves, *itertools.chain.from_iterable(firsts)])
                self.add(self._unseen(leaves))
                for closure, first in zip(closures, firsts, strict=True):
                    walks.walk(closure, self.add, found if first and len(found) <= _MOST_LINES else None)
        except _EnoughError:
            is_complete = False
        names: frozenset[NamedNode | BlankNode] = frozenset()
        if any(isinstance(leaf, GraphNames | Whole) for leaf in wanted.leaves):
            names = self._graph_names()
        return Fetched(whole | _parsed(self._found), names, is_complete, self._steps)

    def _asked(self, leaf: Leaf) -> Leaf:
        """Return a leaf that is a sample only if it can be told whether what is fetched has a match of it."""
        if leaf.is_sample:
            graph, fetcher = leaf.patterns[0].graph, self._fetcher
            is_known = graph is not None or fetcher.absent == DefaultGraph() or fetcher.excluded is not None
            can_tell = is_known and not isinstance(graph, Variable) and not leaf.values and not leaf.context
            return replace(leaf, is_sample=can_tell)
        return leaf

    def _unseen(self, leaves: list[Leaf]) -> list[Leaf]:
        """Return the leaves of which a sample has no match, though the whole may have one: to be fetched as a whole."""
        if not self._is_sample_full:
            return []
        quads = _parsed(self._sampled)
        samples = (leaf for leaf in leaves if leaf.is_sample)
        return [replace(leaf, is_sample=False) for leaf in samples if not any(self._matches(leaf, q) for q in quads)]

    def _matches(self, leaf: Leaf, quad: Quad) -> bool:
        pattern, absent = leaf.patterns[0], self._fetcher.absent
        if pattern.graph is not None:
            is_in_graph = quad.graph_name == pattern.graph
        elif absent == DefaultGraph():
            is_in_graph = quad.graph_name == absent
        else:
            is_in_graph = quad.graph_name not in (self._fetcher.excluded or ()) and not is_hidden(quad, self._hidden)
        terms = (pattern.subject, quad.subject), (pattern.predicate, quad.predicate), (pattern.object, quad.object)
        return is_in_graph and all(isinstance(wanted, Variable) or wanted == found for wanted, found in terms)

    def _graph_names(self) -> frozenset[NamedNode | BlankNode]:
        known = self._known
        if known.graph_names is None:
            known.graph_names = frozenset(read_graph_names(self._session, known.names, self._fetcher.absent))
        return known.graph_names

    def _plans(self, leaves: tuple[Leaf, ...], is_page: bool) -> list[Plan]:
        known = self._known
        plans = known.plans.get((leaves, is_page))
        if plans is None:
            plans = plan(leaves, known.names, known.used, self._fetcher.absent, is_page)
            if sum(len(each.iris) for leaf in leaves for each in leaf.values) <= _MOST_KEPT_IRIS:
                if len(known.plans) >= _MOST_PLANS:
                    known.plans.pop(next(iter(known.plans), (leaves, is_page)), None)
                known.plans[leaves, is_page] = plans
        return plans

    def add(self, leaves: list[Leaf]) -> set[str]:
        """Fetch leaves into what is found, and return what they have, as N-Quads lines."""
        return self._run(leaves, self._found)

    def look(self, leaves: list[Leaf]) -> set[str]:
        """Return what leaves have, which is not part of the slice."""
        return self._run(leaves, set())

    def _run(self, leaves: list[Leaf], into: set[str]) -> set[str]:
        most = self._page if self._page is not None and into is self._found else None
        found: set[str] = set()
        for each in self._plans(tuple(leaves), most is not None):
            started, count, counts = time.perf_counter(), 0, [0] * len(each.columns)
            statement = each.statement if most is None else _limited(each.statement, most)
            stream = self._session.stream(statement)
            try:
                for number, row in stream:
                    count += 1
                    counts[number] += 1
                    for column, value in zip(each.columns[number], row, strict=True):
                        lines = self._rows.lines(column, value)
                        found.update(lines)
                        into.update(lines)
                        if number in each.samples:
                            self._sampled.update(lines)
                    if len(into) > self._fetcher.cap:
                        raise _too_large(self._fetcher.cap)
                    if most is not None and len(into) >= most:
                        raise _EnoughError
            finally:
                stream.close()  # type: ignore[attr-defined]  # a generator: what is left is not fetched
                self._steps.append(Step(statement, count, time.perf_counter() - started))
            self._is_sample_full |= any(counts[number] >= SAMPLE for number in each.samples)
            if most is not None and max(counts) >= most:
                raise _EnoughError
        return found

    def _whole(self) -> set[Quad]:
        """Return all quads of the database."""
        started = time.perf_counter()
        quads: set[Quad] = set()
        for quad in read_all(self._session, self._known.names, self._fetcher.absent):
            quads.add(quad)
            if len(quads) > self._fetcher.cap:
                raise _too_large(self._fetcher.cap)
        self._steps.append(Step(Statement("all nodes and relationships"), len(quads), time.perf_counter() - started))
        return quads


def _limited(statement: Statement, rows: int) -> Statement:
    return Statement(statement.text, {**statement.parameters, MOST_ROWS: rows})


def _too_large(cap: int) -> SliceTooLargeError:
    return SliceTooLargeError(
        cap,
        "Narrow the query, keep a copy of the graph for such queries (neo4j.copy_quads), or raise neo4j.slice_quads.",
    )


def _parsed(lines: set[str]) -> set[Quad]:
    return set(pyoxigraph.parse("".join(lines).encode(), RdfFormat.N_QUADS))
