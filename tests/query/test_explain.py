"""What `kg sparql --explain` says about a query."""

from __future__ import annotations

from collections.abc import Callable

from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.query.explain import explain_sparql
from kg.rdf import KG, Literal, NamedNode, Quad

NAME = NamedNode("https://w3id.org/noemata#alias")


def test_the_tree_shows_each_pattern_with_its_fitting_triples(make_graph: Callable[[], KnowledgeGraph]) -> None:
    graph = make_graph()
    user = graph.minter.graph("user")
    add = tuple(Quad(NamedNode(f"urn:s{n}"), NAME, Literal(str(n)), user) for n in range(3))
    commit(graph, Change(add=add))
    text = explain_sparql(graph, "SELECT ?s { ?s kg:alias ?o OPTIONAL { ?s kg:alias '1' } } LIMIT 2")
    lines = text.splitlines()
    assert lines[0].startswith("SelectQuery")
    assert any("LeftJoin" in line for line in lines)
    assert any(f"?s {NAME} ?o" in line and "(3 triples)" in line for line in lines)
    assert any('"1"' in line and "(1 triples)" in line for line in lines)
    assert any("length=2" in line for line in lines)


def test_a_path_is_not_counted_and_a_query_rdflib_cannot_read_is_said(make_graph: Callable[[], KnowledgeGraph]) -> None:
    graph = make_graph()
    assert "(? triples)" in explain_sparql(graph, f"SELECT * {{ ?a <{KG}broader>+ ?b }}")
    assert explain_sparql(graph, "SELECT nonsense").startswith("The algebra cannot be shown")
