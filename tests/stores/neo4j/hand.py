"""A home on Neo4j with notes in it, and the other way in: Cypher as somebody types it in Neo4j Browser."""

from __future__ import annotations

import contextlib
import io
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.exchange.exporting import export
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.ontology import load_ontology
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.rdf import KG, RDF, DefaultGraph, Literal, NamedNode, Quad, Term, Triple
from kg.results import Boolean, Solutions
from kg.stores import STORES, Opening, ServerAddress, Store
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.sweep import SweepReport, sweep
from kg.stores.replace import replace_graph

BASE = "https://example.com/home/"
MINTER = Minter(BASE)
USER = MINTER.graph("user")
EXCLUDED = frozenset({MINTER.graph("predicted"), MINTER.graph("decisions")})
NAMES = {name: KG[name] for name in ("Person", "Company", "name", "worksFor", "Evidence", "quote", "confidence")}

ADA, BO, ACME = (NamedNode(f"{BASE}entity/{name}") for name in ("ada", "bo", "acme"))
NOTE_17, NOTE_23 = (MINTER.note(name, None) for name in ("17", "23"))
EVIDENCE = NamedNode(f"{NOTE_17.value}#e-1")

SAID: dict[NamedNode, list[Triple]] = {
    NOTE_17: [
        Triple(ADA, RDF["type"], KG["Person"]),
        Triple(ADA, KG["name"], Literal("Ada", language="en")),
        Triple(ADA, KG["worksFor"], ACME),
        Triple(EVIDENCE, RDF["type"], KG["Evidence"]),
        Triple(EVIDENCE, RDF["subject"], ADA),
        Triple(EVIDENCE, RDF["predicate"], KG["worksFor"]),
        Triple(EVIDENCE, RDF["object"], ACME),
        Triple(EVIDENCE, KG["quote"], Literal("Ada works for Acme.")),
    ],
    NOTE_23: [
        Triple(ADA, RDF["type"], KG["Person"]),
        Triple(ADA, KG["worksFor"], ACME),
        Triple(ACME, RDF["type"], KG["Company"]),
        Triple(ACME, KG["name"], Literal("Acme")),
    ],
}
"""What two notes say; both say that Ada is a person who works for Acme."""

_UNSEEN = 0.06
"""Seconds after which `match` has seen what others have written; a query sees it at once."""

PROLOGUE = f"PREFIX t: <{BASE}term/> PREFIX e: <{BASE}entity/> PREFIX n: <{BASE}note/> PREFIX g: <{BASE}graph/>\n"


def said(note: NamedNode, *without: Triple) -> set[Quad]:
    return {Quad(*triple, note) for triple in SAID[note] if triple not in without}


@dataclass
class Hand:
    """The same database from both sides."""

    graph: KnowledgeGraph
    connection: Connection

    @property
    def store(self) -> Store:
        return self.graph.store

    # --- by hand

    def cypher(self, text: str, **parameters: Any) -> list[list[Any]]:
        rows = self.connection.run(text, **parameters)
        time.sleep(_UNSEEN)
        return rows

    # --- through the store

    def select(self, text: str) -> list[tuple[Term | None, ...]]:
        """The rows of a query, sorted by their text."""
        result = run_sparql(self.graph, PROLOGUE + text)
        assert isinstance(result, Solutions)
        return sorted(result.rows, key=str)

    def texts(self, text: str) -> list[str]:
        """The lexical values of a query with one variable, sorted."""
        return sorted(term.value for (term,) in self.select(text) if not isinstance(term, Triple | None))

    def ask(self, text: str) -> bool:
        result = run_sparql(self.graph, PROLOGUE + text)
        assert isinstance(result, Boolean)
        return result.value

    def update(self, text: str) -> None:
        run_update(self.graph, PROLOGUE + text)

    def read(self, note: NamedNode) -> None:
        """Ingest a note again: its graph holds what it says."""
        replace_graph(self.store, note, said(note))

    def forget(self, note: NamedNode) -> None:
        replace_graph(self.store, note, ())

    def quads(self, graph_name: NamedNode | None = None) -> set[Quad]:
        return set(self.store.match(graph_name=graph_name))

    def sweep(self) -> SweepReport:
        return sweep_all(self.connection)

    # --- what must hold whatever was typed

    def check(self, *whole: NamedNode) -> set[Quad]:
        """Check that every way of reading gives the same, that all can be exported, and that these notes are whole."""
        time.sleep(_UNSEEN)
        held = self.quads()
        by_graph = self.select("SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } }")
        assert {Quad(*row) for row in by_graph} == held  # type: ignore[arg-type]
        merged = {quad.triple for quad in held if quad.graph_name not in EXCLUDED}
        found = self.select("SELECT ?s ?p ?o { ?s ?p ?o }")
        assert len(found) == len(merged)
        assert {Triple(*row) for row in found} == merged  # type: ignore[arg-type]
        assert {quad.triple for quad in self.store.match(graph_name=DefaultGraph())} == merged
        assert set(self.store.graph_names()) == {quad.graph_name for quad in held}
        for quad in list(held)[:20]:
            assert set(self.store.match(quad.subject, quad.predicate, quad.object, quad.graph_name)) == {quad}  # type: ignore[arg-type]
        out = io.BytesIO()
        export(self.graph, "nquads", out)
        assert len(out.getvalue().splitlines()) == len(held)
        for note in whole:
            assert self.quads(note) == said(note)
        return held


def sweep_all(connection: Connection) -> SweepReport:
    """Sweep with the names that the database has by now."""
    catalogue = Catalogue(BASE)
    with connection.reading() as session:
        catalogue.read(session)
    return sweep(connection, catalogue.names, USER, lambda: NamedNode(f"{BASE}node/{uuid.uuid4()}"))


@contextlib.contextmanager
def by_hand(address: ServerAddress, folder: Path | None, copy_quads: int) -> Iterator[Hand]:
    """Open a database that is empty, with a home in it that knows a few names and has read both notes."""
    opening = Opening(folder, "merged", EXCLUDED, BASE, server=address, names=NAMES, copy_quads=copy_quads)
    store = STORES.load("neo4j")(opening)
    connection = Connection(address)
    try:
        hand = Hand(KnowledgeGraph(store, load_ontology(), MINTER), connection)
        for note in SAID:
            hand.read(note)
        yield hand
    finally:
        store.close()
        connection.close()
