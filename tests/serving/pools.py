"""A store in a folder with its checkpoints, as the owner of a server would keep them, for the tests of readers."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kg.graph import KnowledgeGraph, commit
from kg.home import Home
from kg.home.checkpoints import make_checkpoint
from kg.iri import Minter
from kg.limits import UNLIMITED, Limits
from kg.model import Change
from kg.ontology import Ontology, load_ontology
from kg.rdf import Literal, NamedNode, Quad
from kg.serving.frames import Kind
from kg.serving.leases import Lease, Leases
from kg.serving.pool import PoolSettings, Question, ReaderPool
from kg.stores import Opening
from kg.stores.oxigraph import OxigraphStore

__all__ = ["BASE", "COUNT", "ENDLESS", "FORMATS", "HUNGRY", "OPENING", "Served", "question", "wait_until"]

BASE = "https://noemata.example/test/"
OPENING = Opening(None, "merged", frozenset(), BASE)
FORMATS: dict[Kind, str] = {"solutions": "csv", "boolean": "json", "graph": "ntriples"}
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <http://example.org/p> ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z . ?d ?s ?w }"
HUNGRY = "SELECT (COUNT(*) AS ?n) { { SELECT DISTINCT ?a ?b ?c { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z } } }"


def question(text: str, limits: Limits = UNLIMITED, formats: dict[Kind, str] | None = None) -> Question:
    return Question(text, formats or FORMATS, limits=limits)


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@functools.cache
def _ontology() -> Ontology:
    return load_ontology()


class Served:
    """A graph that is written here, and a pool of readers that read it."""

    def __init__(
        self,
        folder: Path,
        readers: int = 4,
        queue_seconds: float = 5.0,
        memory_mb: int = 0,
        idle_seconds: float = 30.0,
        lowers: bool = True,
    ) -> None:
        self._home = Home(folder)
        folder.mkdir(exist_ok=True)
        self.graph = KnowledgeGraph(OxigraphStore(self._home.store), _ontology(), Minter(BASE))
        self.leases, self._is_new, self._copying = Leases(), True, threading.Lock()
        settings = PoolSettings(
            readers, queue_seconds, memory_mb, "embedded", OPENING, idle_seconds=idle_seconds, lowers=lowers
        )
        self.pool = ReaderPool(self.lease, settings)
        p = NamedNode("http://example.org/p")
        nodes = [NamedNode(f"http://example.org/{number}") for number in range(300)]
        self.commit(*(Quad(node, p, Literal(n), self.graph.minter.graph("user")) for n, node in enumerate(nodes)))

    def commit(self, *added: Quad) -> None:
        commit(self.graph, Change(added))
        self._is_new = True

    def lease(self) -> Lease:
        with self._copying:
            if self._is_new:
                self._is_new = False
                self.leases.put(make_checkpoint(self._home, lambda folder: self.graph.store.checkpoint(str(folder))))
        lease = self.leases.take()
        assert lease is not None
        return lease

    def checkpoints(self) -> list[str]:
        """The folders of checkpoints and of copies of them."""
        return [path.name for path in self._home.checkpoints.iterdir() if path.is_dir()]

    def ask(self, text: str, limits: Limits = UNLIMITED) -> str:
        return b"".join(self.pool.ask(question(text, limits))).decode()

    def close(self) -> None:
        self.pool.close()
        self.leases.close()
        self.graph.store.close()
