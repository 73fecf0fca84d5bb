"""Worker processes: results in order, whatever is sent to and fro, and an end that is said."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FrameType

import pytest

from kg.describe import describe, note_facts
from kg.errors import ExtractionError
from kg.extraction import Extractor, Request, Result, Term
from kg.importers import importer_for
from kg.ingest.work import Job, Setup, analyse
from kg.iri import Minter
from kg.model import Extraction, Note
from kg.ontology import Ontology
from tests.ingest.homes import MINTER, ontology

_MEGABYTE = 2**20


@dataclass(frozen=True)
class LoudSource:
    """Its extractor answers with much, and ends its process at a note that is called so."""

    version: str = "1"
    parse_version: str = "1"

    def make(self, ontology: Ontology, minter: Minter) -> Extractor:
        return LoudExtractor()


class LoudExtractor:
    def extract(self, requests: Iterable[Request], vocabulary: tuple[Term, ...]) -> Iterator[Result]:
        for request in requests:
            if request.note.title == "end":
                os._exit(3)
            if request.note.title == "fail":
                raise ValueError("no")
            yield Result(Extraction((), (), ()), request.note.title.encode() + b"." * _MEGABYTE)


def job(title: str, size: int = 0) -> Job:
    importer = importer_for("x.md")
    assert importer
    (note,) = importer.read(f"{title}.md", f"# {title}\n\n{'word ' * 20}\n".encode() * (1 + size // 100))
    assert isinstance(note, Note)
    return Job(
        Request(note, describe(note_facts(note, ontology(), note.path, frozenset()), MINTER, "", False), {}), "state"
    )


SETUP = Setup(LoudSource(), ontology(), MINTER, ())


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """A wait without end is a failure."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("the workers and their parent wait for each other")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(90)
    yield
    signal.alarm(0)


@pytest.mark.slow
def test_much_is_sent_both_ways_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(analyse.__globals__, "_NOTES_A_MESSAGE", 2)
    jobs = [job(f"t{number}", _MEGABYTE) for number in range(12)]
    found = list(analyse(SETUP, iter(jobs), 2))
    assert [result.job.request.note.title for result in found] == [f"t{number}" for number in range(12)]
    assert all(result.parse.startswith(f"t{number}.".encode()) for number, result in enumerate(found))


@pytest.mark.slow
def test_a_worker_that_ends_is_an_error_that_says_so() -> None:
    with pytest.raises(ExtractionError, match="--jobs 1"):
        list(analyse(SETUP, iter([job("one"), job("end")]), 2))


def test_one_note_that_fails_does_not_hold_up_the_others() -> None:
    found = list(analyse(SETUP, iter([job("one"), job("fail"), job("two")]), 1))
    assert [result.failure is None for result in found] == [True, False, True]
    assert found[1].failure is not None and found[1].failure.path == "fail.md"
    assert "ValueError: no" in found[1].failure.reason


def test_a_job_and_what_workers_need_can_be_sent() -> None:
    import pickle

    assert pickle.loads(pickle.dumps(job("one"))) == job("one")
    assert pickle.loads(pickle.dumps(SETUP)).source == SETUP.source
