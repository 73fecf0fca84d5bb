"""Small graphs in memory or on a Neo4j, for tests that ask both stores the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kg.graph import KnowledgeGraph, commit, excluded_graphs, hiding_graph
from kg.iri import Minter
from kg.model import Change
from kg.ontology import bare_names, load_ontology
from kg.rdf import RdfFormat, parse
from kg.stores import STORES, Opening, ServerAddress
from tests.neo4j_servers import empty_database

__all__ = ["graph_on", "open_graph"]


def open_graph(server: ServerAddress | None, base: str, trig: bytes) -> KnowledgeGraph:
    """Return a graph that holds the data, in memory or on a server whose database is empty."""
    ontology, minter = load_ontology(), Minter(base)
    names, hiding = bare_names(ontology), hiding_graph(minter)
    opening = Opening(None, "merged", excluded_graphs(minter), base, server=server, names=names, hiding=hiding)
    graph = KnowledgeGraph(STORES.load("embedded" if server is None else "neo4j")(opening), ontology, minter)
    commit(graph, Change(tuple(parse(trig, RdfFormat.TRIG, "data.trig"))))
    return graph


@contextmanager
def graph_on(server: ServerAddress | None, base: str, trig: bytes) -> Iterator[KnowledgeGraph]:
    """The same as long as it is used; the server's database is emptied before."""
    if server is not None:
        empty_database(server)
    graph = open_graph(server, base, trig)
    yield graph
    graph.store.close()
