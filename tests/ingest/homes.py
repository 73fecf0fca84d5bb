"""A home for the tests of ingest: real files, the real engine, the real model, and counts of what was analysed."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from extractors.source import SpacySource
from kg.cache import IngestCache
from kg.curation import Curator
from kg.derived import derive_again
from kg.extraction import ExtractionOptions, Extractor, Request, Result, Term
from kg.graph import KnowledgeGraph
from kg.ingest import Ingester, IngestReport, IngestSettings, plan_roots
from kg.iri import Minter
from kg.model import Change
from kg.ontology import Ontology, bare_names, load_ontology
from kg.rdf import DefaultGraph, NamedNode
from kg.stores import STORES, Opening, ServerAddress, Store
from kg.stores.oxigraph import OxigraphStore

BASE = "https://noemata.example/vault/"
MINTER = Minter(BASE)
SOURCE = SpacySource(ExtractionOptions())
EXCLUDED = frozenset({MINTER.graph("predicted"), MINTER.graph("decisions")})

Files = Mapping[str, bytes]


@functools.cache
def ontology() -> Ontology:
    return load_ontology()


@functools.cache
def shared_extractor() -> Extractor:
    """The default extractor on the shipped ontology; the model is loaded once a test process."""
    return SOURCE.make(ontology(), MINTER)


@dataclasses.dataclass
class CountingSource:
    """The default extractor, with the notes it was asked about and those of them it had to parse."""

    asked: list[str] = dataclasses.field(default_factory=list)
    parsed: list[str] = dataclasses.field(default_factory=list)
    version: str = SOURCE.version
    parse_version: str = SOURCE.parse_version

    def make(self, ontology_: Ontology, minter: Minter) -> Extractor:
        assert minter == MINTER
        inner = shared_extractor() if ontology_.digest == ontology().digest else SOURCE.make(ontology_, minter)
        return _Counting(inner, self)

    def clear(self) -> None:
        self.asked.clear()
        self.parsed.clear()


@dataclasses.dataclass
class _Counting:
    inner: Extractor
    source: CountingSource

    def extract(self, requests: Iterable[Request], vocabulary: tuple[Term, ...]) -> Iterator[Result]:
        kept = list(requests)
        self.source.asked += [request.note.path for request in kept]
        self.source.parsed += [request.note.path for request in kept if request.parse is None]
        return self.inner.extract(kept, vocabulary)


Opened = Callable[[Path | None], Store]
"""What opens the store of a home: in a folder, or with None where no folder is kept."""


def embedded(folder: Path | None) -> Store:
    return OxigraphStore(folder / "store" if folder else None, excluded=EXCLUDED)


@dataclasses.dataclass
class OnServer:
    """What opens the store of a home on a Neo4j server; `close` closes all that it has opened."""

    address: ServerAddress
    copy_quads: int = 5_000_000
    opened: list[Store] = dataclasses.field(default_factory=list)

    def __call__(self, folder: Path | None) -> Store:
        place = folder / "neo4j" if folder else None
        opening = Opening(place, "merged", EXCLUDED, BASE, server=self.address, names=bare_names(ontology()))
        store: Store = STORES.load("neo4j")(dataclasses.replace(opening, copy_quads=self.copy_quads))
        self.opened.append(store)
        return store

    def close(self) -> None:
        for store in self.opened:
            store.close()


class Home:
    """A store, in memory, in a folder or on a server, with what ingest keeps beside it."""

    def __init__(
        self,
        *roots: Path,
        folder: Path | None = None,
        jobs: int = 1,
        with_ontology: Ontology | None = None,
        opened: Opened = embedded,
    ) -> None:
        self.paths, self.folder, self.jobs = roots, folder, jobs
        if folder is not None:
            folder.mkdir(exist_ok=True)
        self.source = CountingSource()
        self.roots: dict[str, Path] = {}
        self.ontology = with_ontology or ontology()
        self.store = opened(folder)
        self.cache = IngestCache(folder / "cache.sqlite" if folder else None)
        self.restart()

    def restart(self) -> None:
        """Forget what the process knows, as a new one would."""
        self.graph = KnowledgeGraph(self.store, self.ontology, MINTER)
        source = self.source if self.jobs == 1 else SOURCE
        self.ingester = Ingester(self.cache, source, IngestSettings(jobs=self.jobs))

    def lose_cache(self) -> None:
        self.cache.close()
        if self.folder is not None:
            for file in self.folder.glob("cache.sqlite*"):
                file.unlink()
        self.cache = IngestCache(self.folder / "cache.sqlite" if self.folder else None)
        self.restart()

    def ingest(self, *paths: Path) -> IngestReport:
        self.roots, scopes = plan_roots(self.roots, paths or self.paths)
        return self.ingester.run(self.graph, self.roots, scopes)

    def close(self) -> None:
        self.store.close()
        self.cache.close()

    def dump(self) -> str:
        """All named graphs and the default graph as sorted N-Quads."""
        quads = [*self.store.match(), *self.store.match(graph_name=DefaultGraph())]
        return "".join(sorted(f"{quad} .\n" for quad in quads))

    def note_graphs(self) -> dict[str, frozenset[str]]:
        """The graphs of notes by the path that their IRI shows."""
        names = [name for name in self.store.graph_names() if isinstance(name, NamedNode)]
        return {
            name.value.removeprefix(f"{BASE}note/"): frozenset(map(str, self.store.match(graph_name=name)))
            for name in names
            if name.value.startswith(f"{BASE}note/")
        }

    def curator(self) -> Curator:
        """What forgets notes and decides here."""
        return Curator(self.graph, self.cache)

    def raw_notes(self) -> dict[str, bytes]:
        """What the notes say before anything is resolved, by the path that their IRI shows."""
        notes = self.cache.notes
        return {iri.removeprefix(f"{BASE}note/"): notes.raw(iri) or b"" for iri in notes.states()}

    def check(self) -> None:
        """The default graph is the merge, and the derived graphs are what they would be from scratch."""
        assert not self.store.verify()
        assert derive_again(self.store.match, self.ontology, MINTER) == Change()


def write(vault: Path, files: Files) -> None:
    for path, content in files.items():
        (vault / path).parent.mkdir(parents=True, exist_ok=True)
        (vault / path).write_bytes(content)


def fresh(*roots: Path, with_ontology: Ontology | None = None, opened: Opened = embedded) -> Home:
    """A home that was made from the files as they are now."""
    home = Home(*roots, with_ontology=with_ontology, opened=opened)
    home.ingest()
    return home


def differences(left: str, right: str) -> str:
    """What two dumps do not share, for a message."""
    one, two = set(left.splitlines()), set(right.splitlines())
    lines = [f"- {line}" for line in sorted(one - two)[:15]] + [f"+ {line}" for line in sorted(two - one)[:15]]
    return "\n".join(line[:400] for line in lines)
