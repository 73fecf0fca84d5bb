"""Speed of ingest: its share over bare spaCy, and the time from saving a note to its facts; one JSON line.

    KG_BENCH=… python benchmarks/ingest.py [--jobs N] [--words N] [--sizes 1000 10000] [--profile FILE]

`ratio`: words a second of the whole ingest (files to a store on disk) over words a second of the bare
trained pipe (`nlp.pipe(texts, batch_size=64, n_process=jobs)`) on the same English text: the notes'
text as it is analysed, markup blanked, runs of blanks collapsed. Both load the model, and it is counted
in both; both see the same words. The bare pipe runs before and after the ingest and its mean counts.
`cpu_ratio` is the same in processor seconds, which other work on the machine disturbs less.

`saved_to_visible`: seconds from writing one changed note to its new fact in a SPARQL answer, through a
resident `Ingester` that is told which file changed; the median of five, in vaults of small notes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy

from extractors.source import SpacySource
from kg.cache import IngestCache
from kg.extraction import ExtractionOptions
from kg.graph import KnowledgeGraph
from kg.importers import importer_for
from kg.ingest import Ingester, IngestSettings, plan_roots
from kg.iri import Minter
from kg.model import Note
from kg.ontology import load_ontology
from kg.rdf import PREFIXES
from kg.results import DatasetClause, Solutions
from kg.stores.oxigraph import OxigraphStore
from kg.text import compact, count_words, segments
from kg.vault import walk_vault

OPTIONS = ExtractionOptions()
TRAINED = ("tok2vec", "tagger", "parser", "ner")
VAULTS = ("til_jbranchaud", "foam_docs", "kepano_vault")
VERSIONS = ("", "second reading", "third reading", "fourth reading", "fifth reading")


@dataclass
class Measured:
    """Seconds on the wall and of all processors, children included."""

    wall: float
    cpu: float


def measure(work: Callable[[], Any]) -> Measured:
    """Time a piece of work."""

    def cpu() -> float:
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    wall_before, cpu_before = time.perf_counter(), cpu()
    work()
    return Measured(time.perf_counter() - wall_before, cpu() - cpu_before)


def english_text(note: Note) -> str:
    """Return what the trained pipe is asked to analyse of a note."""
    pieces = (compact(note.document.text, s.start, s.end)[0] for s in segments(note.document) if s.language == "en")
    return "\n".join(pieces)


def english_texts(path: str, content: bytes) -> list[str]:
    """Return the English text of every note of a file."""
    importer = importer_for(path)
    notes = importer.read(path, content) if importer else ()
    return [text for note in notes if isinstance(note, Note) and (text := english_text(note))]


def build_vault(source: Path, vault: Path, words: int) -> list[str]:
    """Copy real notes, again under other titles and names until there are enough words; return their texts."""
    texts: list[str] = []
    total = 0
    for version in VERSIONS:
        for name in VAULTS:
            for path in walk_vault(source / name):
                if total >= words:
                    return texts
                if not isinstance(path, str):
                    continue
                inside = path if not version else f"{Path(path).with_suffix('')} {version}{Path(path).suffix}"
                file = vault / f"{name} {version}".strip() / inside
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(_renamed((source / name / path).read_bytes(), version))
                found = english_texts(path, file.read_bytes())
                texts += found
                total += sum(map(count_words, found))
    raise SystemExit(f"{source} holds too few words for {words:,}")


def _renamed(content: bytes, version: str) -> bytes:
    """Give a note another title and another text, so that no stored parse fits it."""
    if not version:
        return content
    head, mark, rest = content.partition(b"# ")
    line, newline, rest = rest.partition(b"\n")
    extra = f" ({version})".encode()
    return head + mark + line + extra + newline + rest if mark else content + b"\n" + version.encode() + b"\n"


def bare_pipe(texts: list[str], jobs: int) -> None:
    """Run the trained components alone."""
    nlp = spacy.load(OPTIONS.model)
    nlp.select_pipes(enable=[name for name in TRAINED if nlp.has_pipe(name)])
    for _ in nlp.pipe(texts, batch_size=64, n_process=jobs):
        pass


@dataclass
class Home:
    """A home on disk with a resident ingester."""

    graph: KnowledgeGraph
    ingester: Ingester
    cache: IngestCache
    roots: dict[str, Path]

    @classmethod
    def make(cls, folder: Path, jobs: int) -> Home:
        """Make an empty home in a folder."""
        folder.mkdir()
        minter = Minter("https://noemata.example/benchmark/")
        store = OxigraphStore(
            folder / "store", excluded=frozenset({minter.graph("predicted"), minter.graph("decisions")})
        )
        cache = IngestCache(folder / "cache.sqlite")
        graph = KnowledgeGraph(store, load_ontology(), minter)
        return cls(graph, Ingester(cache, SpacySource(OPTIONS), IngestSettings(jobs=jobs)), cache, {})

    def ingest(self, path: Path) -> dict[str, Any]:
        """Ingest a root, or a part of it."""
        self.roots, scopes = plan_roots(self.roots, [path])
        return self.ingester.run(self.graph, self.roots, scopes).to_json()

    def ask(self, query: str) -> Iterator[Any]:
        """Yield the rows of a SELECT query."""
        found = self.graph.store.query(query, DatasetClause(), dict(PREFIXES))
        assert isinstance(found, Solutions)
        return iter(found.rows)

    def close(self) -> None:
        """Release the store."""
        self.graph.store.close()
        self.cache.close()


def whole_ingest(vault: Path, home: Path, jobs: int, profile: Path | None) -> dict[str, Any]:
    """Ingest a vault into a new home and close it."""
    profiler = cProfile.Profile() if profile else None
    if profiler:
        profiler.enable()
    opened = Home.make(home, jobs)
    report = opened.ingest(vault)
    opened.close()
    if profiler and profile:
        profiler.disable()
        profiler.dump_stats(profile)
    return report


def throughput(source: Path, folder: Path, words: int, jobs: int, profile: Path | None) -> dict[str, Any]:
    """Compare the whole ingest with the bare pipe."""
    vault = folder / "vault"
    texts = build_vault(source, vault, words)
    count = sum(map(count_words, texts))
    reports: list[dict[str, Any]] = []
    before = measure(lambda: bare_pipe(texts, jobs))
    ours = measure(lambda: reports.append(whole_ingest(vault, folder / "home", jobs, profile)))
    after = measure(lambda: bare_pipe(texts, jobs))
    bare = Measured((before.wall + after.wall) / 2, (before.cpu + after.cpu) / 2)
    report = reports[0]
    return {
        "words": count,
        "notes": len(texts),
        "jobs": jobs,
        "bare_words_per_second": round(count / bare.wall),
        "ingest_words_per_second": round(count / ours.wall),
        "ratio": round(bare.wall / ours.wall, 3),
        "cpu_ratio": round(bare.cpu / ours.cpu, 3),
        "bare_seconds": [round(before.wall, 1), round(after.wall, 1)],
        "ingest_seconds": round(ours.wall, 1),
        "quads": report["quads"],
        "failures": len(report["failures"]),
        "store_bytes": sum(file.stat().st_size for file in (folder / "home").rglob("*") if file.is_file()),
    }


def latency(folder: Path, size: int, jobs: int) -> dict[str, Any]:
    """Time from saving a note to seeing its fact."""
    vault = folder / f"vault-{size}"
    vault.mkdir()
    for number in range(size):
        (vault / f"Thing {number}.md").write_text(_small_note(number, size, "Redis"))
    home = Home.make(folder / f"home-{size}", jobs)
    built = measure(lambda: home.ingest(vault))
    home.ingest(vault)  # the extractor of this process is loaded when there is something to read
    found: dict[str, list[float]] = {"text": [], "title": [], "unchanged vault": []}
    for number in range(-1, 5):  # the first one warms up and does not count
        file = vault / f"Thing {size // 2 + number}.md"
        name = f"Newcomer{number + 1}"
        started = time.perf_counter()
        file.write_text(_small_note(size // 2 + number, size, name))
        home.ingest(file)
        query = f'SELECT ?s ?quote {{ ?s kg:uses ?o . ?o rdfs:label "{name}" . ?e rdf:object ?o ; kg:quote ?quote }}'
        assert list(home.ask(query)), f"{name} is not visible"
        seconds = {"text": time.perf_counter() - started}
        started = time.perf_counter()
        file.write_text(f"---\ntitle: Renamed {number}\n---\n{file.read_text()}")
        home.ingest(file)
        assert list(home.ask(f'SELECT ?n {{ ?n dct:title "Renamed {number}" }}'))
        seconds["title"] = time.perf_counter() - started
        started = time.perf_counter()
        home.ingest(vault)
        seconds["unchanged vault"] = time.perf_counter() - started
        if number >= 0:
            for key, value in seconds.items():
                found[key].append(value)
    home.close()
    medians = {key: round(statistics.median(values), 3) for key, values in found.items()}
    return {
        "notes": size,
        "seconds": medians["text"],
        "new_title_seconds": medians["title"],
        "whole_vault_unchanged_seconds": medians["unchanged vault"],
        "build_seconds": round(built.wall, 1),
    }


def _small_note(number: int, size: int, name: str) -> str:
    other = (number * 7 + 1) % size
    first = f"Thing {number} is near [[Thing {other}]]. Ada Lovelace uses {name}."
    return f"# Thing {number}\n\n{first}\n\nAda Lovelace works for Acme Robotics. #tool\n"


def peak_bytes() -> int:
    """Return the largest resident size this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--words", type=int, default=300_000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--profile", type=Path, help="write cProfile's figures of the ingest there")
    arguments = parser.parse_args()
    bench = os.environ.get("KG_BENCH")
    if not bench:
        sys.exit("KG_BENCH names no folder; see benchmarks/README.md")
    answer: dict[str, Any] = {"benchmark": "ingest", "model_load": "counted in both"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.words:
            answer |= throughput(Path(bench) / "notes", folder, arguments.words, arguments.jobs, arguments.profile)
            answer["peak_rss_bytes"] = peak_bytes()
            answer["peak_rss_bytes_of_a_worker"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        answer["saved_to_visible"] = [latency(folder, size, arguments.jobs) for size in arguments.sizes]
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
