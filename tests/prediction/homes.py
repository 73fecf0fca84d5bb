"""A small graph of people, companies and cities, in memory, and a model of it, trained in a second."""

from __future__ import annotations

import functools

from kg.embeddings import TrainedModel, TrainingSettings
from kg.graph import KnowledgeGraph, commit
from kg.iri import Minter
from kg.model import Change
from kg.prediction import graph_triples, train_on_graph
from kg.rdf import KG, RDF, NamedNode, Quad
from kg.stores import ServerAddress
from tests.graphs import open_graph

BASE = "https://example.com/vault/"
MINTER = Minter(BASE)
USER = MINTER.graph("user")
SETTINGS = TrainingSettings(dim=32, epochs=40, seed=1, threads=1, device="cpu")
PREFIXES = """
@prefix kg: <https://w3id.org/noemata#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix g: <https://example.com/vault/graph/> .
@prefix : <https://example.com/vault/entity/> .
"""


def node(name: str) -> NamedNode:
    return NamedNode(f"{BASE}entity/{name}")


def iri(name: str) -> str:
    return node(name).value


def graph_of(trig: str, server: ServerAddress | None = None) -> KnowledgeGraph:
    """A graph that holds what a text in TriG says, prefixes apart."""
    return open_graph(server, BASE, (PREFIXES + trig).encode())


def say(graph: KnowledgeGraph, *triples: tuple[str, str, str]) -> None:
    """Assert statements of the ontology, by local names; `a` says a class."""
    quads = [
        Quad(node(s), RDF["type"], KG[o], USER) if p == "a" else Quad(node(s), KG[p], node(o), USER)
        for s, p, o in triples
    ]
    commit(graph, Change(tuple(quads)))


def town() -> KnowledgeGraph:
    """Six companies, each in its city and with its tool; ten people at each, who live there and use it.

    Nobody says where the last one of each company lives.
    """
    graph = graph_of("")
    said = []
    for c in range(6):
        said += [(f"company{c}", "a", "Company"), (f"city{c}", "a", "Place"), (f"tool{c}", "a", "Software")]
        said += [(f"company{c}", "locatedIn", f"city{c}"), (f"company{c}", "uses", f"tool{c}")]
        for n in range(10):
            person = f"person{c}-{n}"
            said += [(person, "a", "Person"), (person, "worksFor", f"company{c}"), (person, "uses", f"tool{c}")]
            if n < 9:
                said.append((person, "livesIn", f"city{c}"))
    say(graph, *said)
    return graph


@functools.cache
def town_model() -> TrainedModel:
    """A model of the town, the same for all tests of a process."""
    return train_on_graph(graph_triples(town()), SETTINGS)
