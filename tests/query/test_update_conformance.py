"""Our evaluation of updates against Oxigraph's own, in a separate dataset; the W3C suites are in tests/conformance."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import QuerySyntaxError
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.model import Change
from kg.ontology import load_ontology
from kg.query.update import UpdateCount, run_update
from kg.rdf import Literal, NamedNode, Quad
from kg.stores.oxigraph import OxigraphStore

UPDATES = [
    "INSERT DATA { ex:a ex:p 1, '01'^^xsd:integer, 1.50, 'x'@EN ; ex:q [ ex:r ( 1 2 ) ] }",
    "INSERT DATA { GRAPH ex:g { ex:a ex:p _:b . _:b ex:p _:b } ex:a ex:q _:b }",
    "DELETE DATA { ex:a ex:p ex:b . GRAPH ex:g { ex:b ex:q 1.0 } }",
    "DELETE WHERE { ?s ex:p ?o }",
    "DELETE WHERE { ?s ex:p ?o . GRAPH ?g { ?o ?q ?s } }",
    "DELETE { ?s ex:p ?o } INSERT { ?o ex:p ?s } WHERE { ?s ex:p ?o }",
    "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(isLiteral(?o)) }",
    "INSERT { ?s ex:n [] } WHERE { ?s ex:p ?o }",
    "INSERT { _:n ex:of ?s . GRAPH ?g { _:n ex:is ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }",
    "INSERT { ?s ?o ?p } WHERE { ?s ?p ?o }",
    "INSERT { GRAPH ?o { ?s ?p 1 } } WHERE { ?s ?p ?o FILTER(isIRI(?o)) }",
    "WITH ex:g DELETE { ?s ?p ?o } INSERT { ?s ex:was ?o } WHERE { ?s ?p ?o }",
    "WITH ex:g INSERT { ?s ex:two ?x . GRAPH ex:h { ?s ex:three ?x } } WHERE { GRAPH ?h { ?s ?p ?x } }",
    "WITH ex:none INSERT { ex:a ex:p 5 } WHERE { }",
    "WITH ex:g DELETE { ?s ?p ?o } USING ex:h WHERE { ?s ?p ?o }",
    "INSERT { ?s ex:u ?o } USING ex:g WHERE { ?s ?p ?o }",
    "INSERT { ?s ex:u ?g } USING NAMED ex:g WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { ?s ex:u ?x } USING ex:g USING NAMED ex:h WHERE { ?s ?p ?o . GRAPH ?x { ?a ?b ?c } }",
    "INSERT { ?s ex:n ?n } WHERE { SELECT ?s (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?s }",
    "INSERT { ?s ex:v ?v } WHERE { ?s ?p ?o VALUES ?v { 1 'a' UNDEF } }",
    "INSERT { ?s ex:c ?c } WHERE { ?s ?p ?o BIND(STRDT('007', xsd:integer) AS ?c) }",
    "INSERT { ?s ex:c ?c } WHERE { ?s ?p ?o BIND(xsd:decimal(?o) / 3 AS ?c) }",
    "INSERT { ?s ex:c ?c } WHERE { ?s ?p ?o BIND(BNODE() AS ?c) }",
    "INSERT { ?s ex:o ?x } WHERE { ?s ?p ?o OPTIONAL { ?o ex:p ?x } }",
    "INSERT { ?s ex:t <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }",
    "INSERT { << ?s ?p ?o >> ex:said ex:me } WHERE { ?s ?p ?o }",
    "INSERT { ?s ex:p1 'a;b}' ; ex:p2 \"# no {comment\" } WHERE { ?s ?p ?o # a ; comment }\n }",
    "DELETE { ex:a ex:p ex:b } INSERT { ex:a ex:p ex:b } WHERE {}",
    "INSERT DATA { ex:a ex:z 1 } ; DELETE { ?s ex:z ?o } INSERT { ?s ex:y ?o } WHERE { ?s ex:z ?o }",
    "INSERT { ?s ex:l1 ?o } WHERE { ?s ex:p ?o } ; CLEAR DEFAULT ; COPY SILENT ex:g TO DEFAULT",
    "CLEAR DEFAULT",
    "CLEAR NAMED",
    "CLEAR ALL",
    "DROP DEFAULT",
    "DROP NAMED",
    "DROP ALL",
    "CLEAR SILENT GRAPH ex:g",
    "DROP SILENT GRAPH ex:g",
    "COPY DEFAULT TO ex:g",
    "COPY ex:g TO ex:h",
    "MOVE DEFAULT TO ex:g",
    "MOVE ex:g TO DEFAULT",
    "ADD DEFAULT TO ex:h",
    "ADD ex:g TO DEFAULT",
    "COPY ex:g TO ex:g",
    "MOVE DEFAULT TO DEFAULT",
    "CREATE SILENT GRAPH ex:g",
    "DROP ALL ; INSERT DATA { GRAPH ex:g { ex:a ex:p 1 } } ; MOVE GRAPH ex:g TO GRAPH ex:new ; ADD ex:new TO ex:newer",
]

EX = "http://example.org/"
PREFIXES = f"PREFIX ex: <{EX}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
NODES = [*(NamedNode(EX + name) for name in "abp"), pyoxigraph.BlankNode("n1"), pyoxigraph.BlankNode("n2")]
DECIMAL = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
GRAPHS = [pyoxigraph.DefaultGraph(), NamedNode(EX + "g"), NamedNode(EX + "h")]
QUADS = st.builds(
    Quad,
    st.sampled_from(NODES),
    st.sampled_from([NamedNode(EX + name) for name in "pq"]),
    st.sampled_from([*NODES, Literal(1), Literal("1.0", datatype=DECIMAL), Literal("x", language="en")]),
    st.sampled_from(GRAPHS),
)
# No graph is empty at first, because Oxigraph remembers empty graphs and our stores do not.
PRESENT = [Quad(NODES[0], NamedNode(EX + "there"), NODES[1], graph_name) for graph_name in GRAPHS]
ONTOLOGY = load_ontology()


def canonical(quads: Iterable[Quad]) -> set[str]:
    dataset = pyoxigraph.Dataset(quads)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def separate(quads: Iterable[Quad]) -> KnowledgeGraph:
    graph = KnowledgeGraph(OxigraphStore(dataset="separate"), ONTOLOGY, Minter("https://noemata.example/test/"))
    graph.store.commit(Change(tuple(quads)))
    return graph


def everything(graph: KnowledgeGraph) -> list[Quad]:
    return [*graph.store.match(), *graph.store.match(graph_name=pyoxigraph.DefaultGraph())]


@pytest.mark.parametrize("text", UPDATES)
@settings(max_examples=3, deadline=None)
@given(quads=st.lists(QUADS, max_size=9))
def test_every_operation_does_what_oxigraph_does(text: str, quads: list[Quad]) -> None:
    theirs = pyoxigraph.Store()
    theirs.extend([*quads, *PRESENT])
    before = set(theirs)
    ours = separate(before)
    theirs.update(PREFIXES + text)
    count = run_update(ours, PREFIXES + text)
    after = everything(ours)
    assert canonical(after) == canonical(theirs)
    assert count == UpdateCount(len(set(after) - before), len(before - set(after)))


@settings(max_examples=40, deadline=None)
@given(quads=st.lists(QUADS, max_size=9), texts=st.lists(st.sampled_from(UPDATES), min_size=2, max_size=4))
def test_requests_of_several_operations_do_what_oxigraph_does(quads: list[Quad], texts: list[str]) -> None:
    """Graph operations are made silent, because Oxigraph remembers empty graphs and our stores do not."""
    text = PREFIXES + " ;\n".join(texts)
    for word in ("COPY", "MOVE", "ADD", "CLEAR", "DROP"):
        text = text.replace(f"{word} ", f"{word} SILENT ").replace("SILENT SILENT", "SILENT")
    theirs = pyoxigraph.Store()
    theirs.extend([*quads, *PRESENT])
    ours = separate(theirs)
    try:
        theirs.update(text)
    except SyntaxError:  # a blank node label stands in two INSERT DATA
        with pytest.raises(QuerySyntaxError, match="blank node"):
            run_update(ours, text)
        return
    run_update(ours, text)
    assert canonical(everything(ours)) == canonical(theirs)
