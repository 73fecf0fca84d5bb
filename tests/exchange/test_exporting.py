from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import InputError, UnknownNameError
from kg.exchange.exporting import EXPORTS, export
from kg.exchange.importing import import_file
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import FORMATS, KG, RDF, RDFS, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

Make = Callable[..., KnowledgeGraph]
G, H = NamedNode("http://e/g"), NamedNode("http://e/h")
EX = "http://e/"


def written(graph: KnowledgeGraph, name: str) -> bytes:
    out = io.BytesIO()
    export(graph, name, out)
    return out.getvalue()


def example(make_graph: Make, dataset: str = "merged") -> KnowledgeGraph:
    graph = make_graph(dataset)
    s, p = NamedNode(EX + "s"), NamedNode(EX + "p")
    quads = [
        Quad(s, p, value, name)
        for value in (Literal(1), BlankNode("b1"), Literal("é\n", language="fr"))
        for name in (G, H)
    ]
    quads.append(Quad(BlankNode("b1"), p, Literal("</x>&'\""), G))
    commit(graph, Change(tuple(quads)))
    return graph


@pytest.mark.parametrize("name", EXPORTS)
def test_equal_datasets_give_equal_bytes(make_graph: Make, name: str) -> None:
    first, second = example(make_graph), make_graph()
    for quad in sorted(first.store.match(), key=str, reverse=True):
        second.store.commit(Change((quad,)))
    assert len({written(graph, name) for graph in (first, second) for _ in range(4)}) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_quad_formats_hold_the_named_graphs_and_triple_formats_the_merge(make_graph: Make, name: str) -> None:
    graph = example(make_graph)
    parsed = set(pyoxigraph.parse(written(graph, name), FORMATS[name]))
    expected = set(graph.store.match(graph_name=None if FORMATS[name].supports_datasets else DefaultGraph()))
    assert _canonical(parsed) == _canonical(expected)
    assert len(expected) == (7 if FORMATS[name].supports_datasets else 4)


def _canonical(quads: set[Quad]) -> set[str]:
    dataset = pyoxigraph.Dataset(quads)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def test_nquads_lines_are_sorted(make_graph: Make) -> None:
    lines = written(example(make_graph), "nquads").splitlines(keepends=True)
    assert lines == sorted(lines) and len(lines) == 7 and all(line.endswith(b" .\n") for line in lines)


def test_a_separate_dataset_is_written_with_its_default_graph(make_graph: Make) -> None:
    graph = example(make_graph, "separate")
    graph.store.commit(Change((Quad(G, G, G),)))
    assert written(graph, "nquads").count(b"\n") == 8
    assert set(pyoxigraph.parse(written(graph, "turtle"), FORMATS["turtle"])) == {Quad(G, G, G)}


TERMS = st.one_of(
    st.sampled_from([G, H, BlankNode("b1"), BlankNode("b2")]),
    st.text(st.characters(codec="utf-8"), max_size=8).map(Literal),
    st.builds(Literal, st.integers() | st.floats(allow_nan=False) | st.booleans()),
)
QUADS = st.builds(
    Quad, st.sampled_from([G, BlankNode("b1")]), st.sampled_from([G, KG["p"]]), TERMS, st.sampled_from([G, H])
)


@pytest.mark.parametrize("name", ["nquads", "trig", "jsonld"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quads=st.sets(QUADS, max_size=8))
def test_what_is_exported_imports_as_the_same(make_graph: Make, tmp_path: Path, name: str, quads: set[Quad]) -> None:
    """Byte for byte from the first import on, which gives blank nodes their canonical labels."""
    first, second, third = make_graph("separate"), make_graph("separate"), make_graph("separate")
    first.store.commit(Change(tuple(quads)))
    path = tmp_path / f"a.{FORMATS[name].file_extension}"
    path.write_bytes(written(first, name))
    import_file(second, path)
    assert _canonical(set(second.store.match())) == _canonical(set(first.store.match()))
    path.write_bytes(written(second, name))
    import_file(third, path)
    assert written(third, "nquads") == written(second, "nquads")


@pytest.mark.parametrize(
    ("name", "quad"),
    [
        ("rdfxml", Quad(G, NamedNode("http://e/1/"), G, G)),
        ("rdfxml", Quad(G, G, Literal("\x01"), G)),
        ("jsonld", Quad(G, G, Triple(G, G, G), G)),
    ],
)
def test_what_a_syntax_cannot_hold_is_an_error(make_graph: Make, name: str, quad: Quad) -> None:
    graph = make_graph()
    commit(graph, Change((quad,)))
    with pytest.raises(InputError, match="Choose"):
        written(graph, name)
    with pytest.raises(UnknownNameError):
        written(graph, "pdf")


# --- networks

NETWORK = [
    (NamedNode(EX + "ada"), RDF["type"], KG["Person"]),
    (NamedNode(EX + "ada"), RDFS["label"], Literal("A. L.")),
    (NamedNode(EX + "ada"), KG["name"], Literal('Ada "<&>" 爱达\x02')),
    (NamedNode(EX + "ada"), KG["worksFor"], NamedNode(EX + "acme#it")),
    (NamedNode(EX + "ada"), KG["knows"], BlankNode("b1")),
    (NamedNode(EX + "ada"), KG["homepage"], Literal("http://e/")),
    (NamedNode(EX + "e1"), RDF["type"], KG["Evidence"]),
    (NamedNode(EX + "e1"), RDF["subject"], NamedNode(EX + "ada")),
    (NamedNode(EX + "e1"), KG["inNote"], NamedNode(EX + "note")),
    (KG["Person"], RDFS["subClassOf"], KG["Agent"]),
    (KG["Person"], RDF["type"], NamedNode("http://www.w3.org/2002/07/owl#Class")),
]


@pytest.fixture
def network(make_graph: Make) -> KnowledgeGraph:
    graph = make_graph("separate")
    commit(graph, Change(tuple(Quad(*triple, name) for triple in NETWORK for name in (G, H))))
    return graph


NODES = [("_:b1", "b1", ""), (EX + "acme#it", "it", ""), (EX + "ada", 'Ada "<&>" 爱达\ufffd', "Person")]
EDGES = [(EX + "ada", "_:b1", f"{KG}knows", "knows"), (EX + "ada", EX + "acme#it", f"{KG}worksFor", "worksFor")]


def test_graphml_holds_things_and_the_statements_between_them(network: KnowledgeGraph) -> None:
    root = ElementTree.fromstring(written(network, "graphml"))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    keys = {key.get("id"): key.get("attr.name") for key in root.iter(f"{space}key")}

    def data(element: ElementTree.Element) -> dict[str | None, str]:
        return {keys[each.get("key")]: each.text or "" for each in element.iter(f"{space}data")}

    nodes = {node.get("id"): data(node) for node in root.iter(f"{space}node")}
    assert [(node["iri"], node["label"], node["types"]) for node in nodes.values()] == NODES
    edges = [(e.get("source"), e.get("target"), data(e)) for e in root.iter(f"{space}edge")]
    assert [(nodes[s]["iri"], nodes[t]["iri"], d["predicate"], d["label"]) for s, t, d in edges] == EDGES


def test_gexf_holds_the_same(network: KnowledgeGraph) -> None:
    root = ElementTree.fromstring(written(network, "gexf"))
    space = "{http://gexf.net/1.3}"

    def values(element: ElementTree.Element) -> list[str | None]:
        return [value.get("value") for value in element.iter(f"{space}attvalue")]

    nodes = {node.get("id"): (node.get("label"), *values(node)) for node in root.iter(f"{space}node")}
    assert [(iri, label, types) for label, iri, types in nodes.values()] == NODES
    edges = [
        (nodes[e.get("source")][1], nodes[e.get("target")][1], *values(e), e.get("label"))
        for e in root.iter(f"{space}edge")
    ]
    assert edges == EDGES
