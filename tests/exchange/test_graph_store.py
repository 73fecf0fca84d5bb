from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.errors import InputError, NotFoundError, RdfSyntaxError, UnsupportedQueryError
from kg.exchange.graph_store import delete_graph, graph_exists, merge_graph, put_graph, read_graph, target_graph
from kg.graph import KnowledgeGraph
from kg.query.update import run_update
from kg.rdf import RDF, DefaultGraph, NamedNode, Quad, RdfFormat

BASE = "https://noemata.example/test/"
G = NamedNode("http://e/g")
Make = Callable[..., KnowledgeGraph]


def read(text: str, target: NamedNode | DefaultGraph = G, merges: bool = False) -> frozenset[Quad]:
    return read_graph(f"@prefix e: <http://e/> . {text}".encode(), RdfFormat.TURTLE, target, "http://e/g", "body", merges)


def held(graph: KnowledgeGraph, name: NamedNode | DefaultGraph = G) -> set[str]:
    return {str(quad.triple) for quad in graph.store.match(graph_name=name)}


def test_a_graph_is_put_replaced_and_deleted(make_graph: Make) -> None:
    graph = make_graph()
    assert not graph_exists(graph, G)
    count = put_graph(graph, G, read("e:a e:p 01.50 , <x> ."))
    assert (count.created, count.added, count.removed) == (True, 2, 0)
    assert held(graph) == {
        '<http://e/a> <http://e/p> "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        "<http://e/a> <http://e/p> <http://e/x>",
    }
    count = put_graph(graph, G, read("e:a e:p 1.5 , 2 ."))
    assert (count.created, count.added, count.removed) == (False, 1, 1)
    assert delete_graph(graph, G).removed == 2
    with pytest.raises(NotFoundError):
        delete_graph(graph, G)


def test_what_is_put_is_what_an_import_would_write(make_graph: Make) -> None:
    graph = make_graph()
    text = "[] e:p [ e:q 1 ] , ( 1 2 ) ."
    put_graph(graph, G, read(text))
    count = put_graph(graph, G, read(text))
    assert (count.created, count.added, count.removed) == (False, 0, 0)


def test_a_merge_keeps_blank_nodes_of_different_documents_apart(make_graph: Make) -> None:
    graph = make_graph()
    put_graph(graph, G, read('[] e:name "A" .'))
    count = merge_graph(graph, G, read('[] e:name "B" .', merges=True))
    assert (count.created, count.added) == (False, 1)
    merge_graph(graph, G, read('[] e:name "C" .', merges=True))
    assert len({line.split()[0] for line in held(graph)}) == 3
    assert merge_graph(graph, G, read('[] e:name "C" .', merges=True)).added == 0


@pytest.mark.parametrize(
    ("rdf_format", "text"),
    [
        (RdfFormat.TURTLE, "<a:s> <a:p> 1 ."),
        (RdfFormat.N_TRIPLES, "<a:s> <a:p> <a:o> ."),
        (RdfFormat.JSON_LD, '{"@id": "a:s", "a:p": 1}'),
        (RdfFormat.RDF_XML, f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="a:s" rdf:type="a:x"/></rdf:RDF>'),
    ],
)
def test_a_byte_order_mark_is_no_character_of_a_document(rdf_format: RdfFormat, text: str) -> None:
    marked = read_graph(text.encode("utf-8-sig"), rdf_format, G, "http://e/g", "body", False)
    assert marked == read_graph(text.encode(), rdf_format, G, "http://e/g", "body", False)
    assert len(marked) == 1


def test_what_was_said_of_a_blank_node_is_not_said_of_what_comes_in_its_place(make_graph: Make) -> None:
    graph = make_graph()
    put_graph(graph, G, read('[] e:name "A" .'))
    where = "WHERE { ?b <http://e/name> 'A' }"
    run_update(graph, f"INSERT {{ GRAPH <http://e/notes> {{ ?b <http://e/comment> 'secret of A' }} }} {where}")
    run_update(graph, "COPY <http://e/g> TO <http://e/h>")
    put_graph(graph, G, read('[] e:name "B" .'))
    (found,) = held(graph)
    (said,) = held(graph, NamedNode("http://e/notes"))
    (copied,) = held(graph, NamedNode("http://e/h"))
    assert found.split()[0] != said.split()[0] == copied.split()[0]


def test_a_change_leaves_the_blank_nodes_that_it_does_not_touch(make_graph: Make) -> None:
    graph = make_graph()
    put_graph(graph, G, read('[] e:name "B" ; e:knows [ e:name "C" ] . [] e:name "D" . e:s e:p 1 .'))
    count = put_graph(graph, G, read('[] e:name "A" . [] e:name "B" ; e:knows [ e:name "C" ] . e:s e:p 1 .'))
    assert (count.added, count.removed) == (1, 1)


def test_equal_blank_nodes_stay_as_many_as_they_are(make_graph: Make) -> None:
    graph = make_graph()
    assert put_graph(graph, G, read("[] e:p 1 . [] e:p 1 . [] e:p 1 .")).added == 3
    assert put_graph(graph, G, read("[] e:p 1 . [] e:p 1 . [] e:p 1 .")).added == 0
    assert put_graph(graph, G, read("[] e:p 1 . [] e:p 1 .")).removed == 1


def test_equal_blank_nodes_of_two_graphs_are_two(make_graph: Make) -> None:
    other = NamedNode("http://e/other")
    one, two = read("[] e:p 1 ."), read("[] e:p 1 .", other)
    assert {quad.subject for quad in one} & {quad.subject for quad in two} == set()


def test_a_merge_into_nothing_makes_the_graph(make_graph: Make) -> None:
    assert merge_graph(make_graph(), G, read("e:a e:p 1 .", merges=True)).created


def test_the_default_graph_is_written_as_user_in_a_merged_dataset(make_graph: Make) -> None:
    merged, separate = make_graph(), make_graph("separate")
    user = merged.minter.graph("user")
    assert target_graph(merged.minter, "merged", DefaultGraph()) == user
    assert target_graph(separate.minter, "separate", DefaultGraph()) == DefaultGraph()
    put_graph(merged, user, read("e:a e:p e:b .", user))
    assert held(merged, DefaultGraph()) >= {"<http://e/a> <http://e/p> <http://e/b>"}
    count = put_graph(separate, DefaultGraph(), read("[] e:p e:b .", DefaultGraph()))
    assert (count.created, count.added) == (False, 1)
    assert delete_graph(separate, DefaultGraph()).removed == 1
    assert delete_graph(separate, DefaultGraph()).removed == 0
    assert delete_graph(make_graph(), user, is_default=True).removed == 0


@pytest.mark.parametrize("name", ["decisions", "names", "inferred"])
def test_guarded_graphs_refuse_to_be_written_by_name(make_graph: Make, name: str) -> None:
    graph = make_graph()
    with pytest.raises(UnsupportedQueryError, match=f"graph/{name}"):
        target_graph(graph.minter, "merged", graph.minter.graph(name))
    if name == "decisions":
        with pytest.raises(UnsupportedQueryError):
            target_graph(graph.minter, "separate", graph.minter.graph(name))


def test_documents_that_are_no_graph_are_refused() -> None:
    with pytest.raises(InputError, match=r"body: names the graph <http://e/h>.*kg import"):
        read_graph(b"<http://e/a> <http://e/p> 1 <http://e/h> .".replace(b" 1 ", b' "1" '), RdfFormat.N_QUADS, G, "", "body", False)
    with pytest.raises(RdfSyntaxError, match="body:1"):
        read("e:a e:b")


NESTED = {
    "triple terms": (RdfFormat.N_TRIPLES, b"<a:a> <a:b> " + b"<<( <a:s> <a:p> " * 100_000 + b"<a:o>" + b" )>>" * 100_000 + b" ."),
    "triple terms in Turtle": (RdfFormat.TURTLE, b"<a:a> <a:b> " + b"<<( <a:s> <a:p> " * 100_000 + b"<a:o>" + b" )>>" * 100_000 + b" ."),
    "JSON objects": (RdfFormat.JSON_LD, b'{"a:c":' * 30_000 + b"1" + b"}" * 30_000),
    "JSON graphs": (RdfFormat.JSON_LD, b'{"@graph":[' * 30_000 + b"]}" * 30_000),
    "XML": (
        RdfFormat.RDF_XML,
        b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="a:">'
        + b"<r:Description><e:p>" * 100_000 + b"</e:p></r:Description>" * 100_000 + b"</r:RDF>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", NESTED)
def test_what_would_end_the_process_is_refused(what: str) -> None:
    rdf_format, content = NESTED[what]
    with pytest.raises(RdfSyntaxError, match="nested more than"):
        read_graph(content, rdf_format, G, "http://e/g", "body", False)


def test_deep_turtle_is_read_up_to_the_limit_of_blank_nodes() -> None:
    assert len(read("e:a e:p " + "[ e:p " * 100 + "1" + " ]" * 100 + " .")) == 101
    with pytest.raises(InputError, match="blank nodes"):
        read("e:a e:p " + "(" * 50_000 + ")" * 50_000 + " .")


def test_marks_of_triple_terms_in_strings_do_not_count() -> None:
    text = " , ".join(f'"cout <<(x{n}) \\" <<( # "' for n in range(300))
    assert len(read(f"e:a e:p {text} . # <<(")) == 300


def test_nothing_is_fetched() -> None:
    context = b'{"@context": "http://127.0.0.1:9/context", "@id": "http://e/a", "b": 1}'
    entity = (
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns:e="http://e/"><r:Description r:about="http://e/a"><e:p>&x;</e:p></r:Description></r:RDF>'
    )
    for rdf_format, content in ((RdfFormat.JSON_LD, context), (RdfFormat.RDF_XML, entity)):
        with pytest.raises(RdfSyntaxError):
            read_graph(content, rdf_format, G, "http://e/g", "body", False)
