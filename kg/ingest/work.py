"""From notes to what they say, in this process or in worker processes.

What a note gives depends on the note, the vault index and the ontology alone, so the number of
workers changes nothing but the time.
"""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue

from kg.curation.raw import RawNote
from kg.errors import ExtractionError
from kg.extraction import Extractor, ExtractorSource, Request, Term
from kg.iri import Minter
from kg.link import link_extraction
from kg.model import Extraction, Failure
from kg.ontology import Ontology
from kg.provenance import base_triples

__all__ = ["Analysed", "Job", "Setup", "analyse"]

_NOTES_A_MESSAGE = 64


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs once."""

    source: ExtractorSource
    ontology: Ontology
    minter: Minter
    vocabulary: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One note to read, with the digest of all that what it says depends on."""

    request: Request
    state: str


@dataclass(frozen=True, slots=True)
class Analysed:
    """What one note says, or why it says nothing."""

    job: Job
    raw: RawNote | None
    parse: bytes
    failure: Failure | None = None


def analyse(setup: Setup, jobs: Iterable[Job], workers: int, extractor: Extractor | None = None) -> Iterator[Analysed]:
    """Yield the result of each job, in order."""
    if workers <= 1:
        yield from _analyse_here(setup, extractor or setup.source.make(setup.ontology, setup.minter), jobs)
        return
    with ExitStack() as stack:
        pipes = [_start_worker(setup, stack) for _ in range(workers)]
        iterator = iter(jobs)
        batches = iter(lambda: list(itertools.islice(iterator, _NOTES_A_MESSAGE)), [])
        waiting: deque[tuple[Connection, list[Job]]] = deque()
        for pipe, batch in zip(itertools.cycle(pipes), batches, strict=False):
            if len(waiting) >= 2 * workers:
                yield from _receive(*waiting.popleft())
            pipe.send(batch)
            waiting.append((pipe, batch))
        while waiting:
            yield from _receive(*waiting.popleft())


def _receive(pipe: Connection, batch: list[Job]) -> Iterator[Analysed]:
    try:
        found: list[tuple[RawNote | None, bytes, Failure | None]] = pipe.recv()
    except (EOFError, ConnectionError) as error:
        raise ExtractionError(
            batch[0].request.note.path, "a worker process ended; run again with --jobs 1 to see why"
        ) from error
    for job, row in zip(batch, found, strict=True):
        yield Analysed(job, *row)


def _start_worker(setup: Setup, stack: ExitStack) -> Connection:
    """Start a worker that ends when this process does: its pipe then closes."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, setup), daemon=True)
    process.start()
    theirs.close()
    stack.callback(process.join, 5)
    stack.callback(ours.close)
    return ours


def _work(pipe: Connection, setup: Setup) -> None:
    batches: SimpleQueue[Sequence[Job] | None] = SimpleQueue()
    # Batches are taken in at once: else this process waits to hand over results while its parent waits to send more.
    threading.Thread(target=_receive_all, args=(pipe, batches), daemon=True).start()
    extractor = setup.source.make(setup.ontology, setup.minter)
    while (batch := batches.get()) is not None:
        results = _analyse_here(setup, extractor, batch)
        try:
            pipe.send([(r.raw, r.parse, r.failure) for r in results])
        except ConnectionError:  # the parent is gone
            return


def _receive_all(pipe: Connection, batches: SimpleQueue[Sequence[Job] | None]) -> None:
    try:
        while True:
            batches.put(pipe.recv())
    except (EOFError, ConnectionError, KeyboardInterrupt):
        batches.put(None)


def _analyse_here(setup: Setup, extractor: Extractor, jobs: Iterable[Job]) -> Iterator[Analysed]:
    iterator = iter(jobs)
    while batch := list(itertools.islice(iterator, _NOTES_A_MESSAGE)):
        try:
            results = list(extractor.extract([job.request for job in batch], setup.vocabulary))
        except Exception:  # noqa: BLE001 - find the note that fails; the boundary is one note
            yield from (_analyse_one(setup, extractor, job) for job in batch)
            continue
        for job, result in zip(batch, results, strict=True):
            yield _raw(setup, job, result.extraction, result.parse)


def _analyse_one(setup: Setup, extractor: Extractor, job: Job) -> Analysed:
    try:
        (result,) = extractor.extract([job.request], setup.vocabulary)
        return _raw(setup, job, result.extraction, result.parse)
    except Exception as error:  # noqa: BLE001 - the boundary of one note: reported with its path, the others go on
        reason = f"could not be analysed: {type(error).__name__}: {error}"
        return Analysed(job, None, b"", Failure(job.request.note.path, reason))


def _raw(setup: Setup, job: Job, extraction: Extraction, parse: bytes) -> Analysed:
    note, entry = job.request.note, job.request.entry
    linked = link_extraction(extraction, note, entry, setup.ontology, setup.minter)
    base = tuple(base_triples(note, entry, setup.minter))
    described = () if entry.described is None else entry.names
    raw = RawNote(
        entry.iri, base, linked.claims, linked.labels, linked.classes, entry.described, described, entry.class_iri
    )
    return Analysed(job, raw, parse)
