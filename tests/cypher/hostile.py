"""What people may send who mean harm: the corpora of `tests/data/hostile`, and a small graph to send it to."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.exchange.exporting import export
from kg.graph import KnowledgeGraph, commit, excluded_graphs
from kg.iri import Minter
from kg.model import Change
from kg.ontology import bare_names, load_ontology
from kg.rdf import RDF, RDFS, Literal, NamedNode, Quad
from kg.stores import STORES, Opening, ServerAddress

__all__ = ["BASE", "Hostile", "corpus", "exported", "open_graph"]

BASE = "http://e/"
_FOLDER = Path(__file__).parent.parent / "data" / "hostile"
_CODE = re.compile(r"\{U\+([0-9A-F]{4,6})\}")
_REPEATED = re.compile("⟦([0-9]+)\\*([^⟧]*)⟧")


@dataclass(frozen=True)
class Hostile:
    """A statement and what becomes of it: `refused`, `stopped` at its limit at the latest, or `empty`."""

    line: int
    outcome: str
    text: str


def corpus(language: str) -> Iterator[Hostile]:
    """Yield the statements of `cypher` or `sparql`."""
    lines = (_FOLDER / f"{language}.txt").read_text("utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            outcome, _, text = line.partition("\t")
            assert outcome in ("refused", "stopped", "empty"), f"{language}.txt:{number}"
            text = _CODE.sub(lambda code: chr(int(code[1], 16)), text)
            yield Hostile(number, outcome, _REPEATED.sub(lambda many: many[2] * int(many[1]), text))


def open_graph(server: ServerAddress | None) -> KnowledgeGraph:
    """Return a graph of some forty quads, in memory or on a server whose database is empty."""
    ontology, minter = load_ontology(), Minter(BASE)
    opening = Opening(
        None, "merged", excluded_graphs(minter), BASE, server=server, names=bare_names(ontology), adopt=True
    )
    graph = KnowledgeGraph(STORES.load("embedded" if server is None else "neo4j")(opening), ontology, minter)
    people = [NamedNode(f"{BASE}person{number}") for number in range(8)]
    user, decisions = minter.graph("user"), minter.graph("decisions")
    quads = [Quad(each, RDFS["label"], Literal(f"Person {at}"), user) for at, each in enumerate(people)]
    quads += [Quad(each, RDF["type"], NamedNode(f"{BASE}term/Person"), user) for each in people]
    knows = NamedNode(f"{BASE}term/KNOWS")
    quads += [Quad(one, knows, other, user) for at, one in enumerate(people) for other in people[at + 1 : at + 4]]
    commit(graph, Change(add=tuple(quads)))
    graph.store.commit(Change(add=(Quad(people[0], knows, people[7], decisions),)))
    return graph


def exported(graph: KnowledgeGraph) -> bytes:
    """Return all that the graph holds, as canonical N-Quads."""
    out = io.BytesIO()
    export(graph, "nquads", out)
    return out.getvalue()
