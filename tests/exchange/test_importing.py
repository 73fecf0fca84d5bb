from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import InputError, RdfSyntaxError, UnsupportedQueryError
from kg.exchange.importing import ImportCount, import_file
from kg.graph import KnowledgeGraph
from kg.rdf import BlankNode, NamedNode, Quad, RdfFormat, serialise

BASE = "https://noemata.example/test/"
Make = Callable[..., KnowledgeGraph]

# One statement in every syntax.
SAME = {
    "a.ttl": "@prefix e: <http://e/> . e:s e:p 01.50 , <#x> .",
    "a.nt": f'<http://e/s> <http://e/p> "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n<http://e/s> <http://e/p> <{BASE}import/a#x> .',
    "a.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"><rdf:Description rdf:about="http://e/s">'
    '<e:p rdf:datatype="http://www.w3.org/2001/XMLSchema#decimal">1.50</e:p><e:p rdf:resource="#x"/></rdf:Description></rdf:RDF>',
    "a.jsonld": '{"@id": "http://e/s", "http://e/p": [{"@value": "1.50", "@type": "http://www.w3.org/2001/XMLSchema#decimal"}, {"@id": "#x"}]}',
    "a.trig": "@prefix e: <http://e/> . { e:s e:p 1.5 , <#x> }",
    "a.nq": f'<http://e/s> <http://e/p> "1.50"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n<http://e/s> <http://e/p> <{BASE}import/a#x> .',
}


def held(graph: KnowledgeGraph) -> set[str]:
    return {str(quad) for quad in graph.store.match()}


def load(graph: KnowledgeGraph, folder: Path, text: str | bytes, name: str = "a.ttl", **options: object) -> ImportCount:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return import_file(graph, path, **options)


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("form", ["plain", "marked", "packed"])
def test_every_syntax_gives_the_same_canonical_quads(make_graph: Make, tmp_path: Path, name: str, form: str) -> None:
    graph = make_graph()
    content = SAME[name].encode()
    content = b"\xef\xbb\xbf" + content if form == "marked" else gzip.compress(content) if form == "packed" else content
    count = load(graph, tmp_path, content, name + (".gz" if form == "packed" else ""))
    target = NamedNode(f"{BASE}import/a")
    assert count == ImportCount(2, 2, 0, (target,))
    assert held(graph) == {
        f'<http://e/s> <http://e/p> "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal> {target}',
        f"<http://e/s> <http://e/p> <{BASE}import/a#x> {target}",
    }


def test_an_import_replaces_the_graphs_it_names_and_no_other(make_graph: Make, tmp_path: Path) -> None:
    graph = make_graph()
    load(graph, tmp_path, "<a:s> <a:p> 1, 2 .", "one.ttl")
    load(graph, tmp_path, "<a:g> { <a:s> <a:p> 1 } <a:h> { <a:s> <a:p> 1 }", "two.trig")
    assert load(graph, tmp_path, "<a:g> { <a:s> <a:p> 3 }", "two.trig") == ImportCount(1, 1, 1, (NamedNode("a:g"),))
    assert load(graph, tmp_path, "<a:s> <a:p> 2 .", "one.ttl").removed == 1
    assert len(held(graph)) == 3
    assert load(graph, tmp_path, "# nothing", "one.ttl").removed == 1
    assert load(graph, tmp_path, "<a:s> <a:p> 9 .", "one.ttl", graph_name=NamedNode("a:h")).graphs == (
        NamedNode("a:h"),
    )
    assert {line.split()[2][:2] + line.split()[3] for line in held(graph)} == {'"3<a:g>', '"9<a:h>'}


def test_again_changes_nothing(make_graph: Make, tmp_path: Path) -> None:
    graph = make_graph()
    text = "<a:s> <a:p> [ <a:q> ( 1 2 [] ) ; <a:r> [ <a:q> _:x ] ] . _:x <a:q> _:y . _:y <a:q> _:x ."
    first = load(graph, tmp_path, text)
    assert first.added == first.quads == 12
    other = "_:n2 <a:q> _:n1 . _:n1 <a:q> _:n2 . <a:s> <a:p> [ <a:r> [ <a:q> _:n1 ] ; <a:q> ( 1 2 [] ) ] ."
    assert load(graph, tmp_path, other) == ImportCount(12, 0, 0, first.graphs)


def test_blank_nodes_of_two_files_never_meet(make_graph: Make, tmp_path: Path) -> None:
    graph = make_graph()
    for name in ("one.ttl", "two.ttl"):
        load(graph, tmp_path, "<a:s> <a:p> [ <a:q> 1 ] .", name)
    load(graph, tmp_path, "<a:g> { <a:s> <a:p> _:b } <a:h> { _:b <a:q> 1 }", "three.trig")
    labels = {quad.object for quad in graph.store.match() if isinstance(quad.object, BlankNode)}
    assert len(labels) == 3
    load(graph, tmp_path, "<a:g> { <a:s> <a:p> _:b . _:b <a:q> 2 }", "four.trig")
    assert not list(
        graph.store.match(
            next(graph.store.match(graph_name=NamedNode("a:g"), predicate=NamedNode("a:p"))).object,
            graph_name=NamedNode("a:h"),
        )
    )


NODES = [NamedNode("a:s"), NamedNode("a:t"), *(BlankNode(f"n{number}") for number in range(4))]
QUADS = st.builds(
    Quad,
    st.sampled_from(NODES),
    st.sampled_from([NamedNode("a:p"), NamedNode("a:q")]),
    st.sampled_from(NODES),
    st.sampled_from([NamedNode("a:g"), NamedNode("a:h"), NamedNode("a:i")]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quads=st.sets(QUADS, max_size=10), order=st.randoms(use_true_random=False))
def test_labels_do_not_depend_on_labels_or_order(
    make_graph: Make, tmp_path: Path, quads: set[Quad], order: object
) -> None:
    """Equal up to labels gives equal quads; and what was imported, exported and imported again is the same."""
    names = [f"m{number}" for number in range(4)]
    order.shuffle(names)

    def rename(term: object) -> object:
        return BlankNode(names[int(term.value[1:])]) if isinstance(term, BlankNode) else term

    renamed = [Quad(rename(q.subject), q.predicate, rename(q.object), q.graph_name) for q in quads]
    order.shuffle(renamed)
    one, two, three = make_graph("separate"), make_graph("separate"), make_graph("separate")
    load(one, tmp_path, serialise(quads, RdfFormat.N_QUADS), "a.nq")
    load(two, tmp_path, serialise(renamed, RdfFormat.N_QUADS), "a.nq")
    assert held(one) == held(two)
    load(three, tmp_path, serialise(one.store.match(), RdfFormat.N_QUADS), "b.nq")
    assert held(three) == held(one)


@pytest.mark.parametrize("name", ["decisions", "names", "inferred"])
def test_system_graphs_are_refused_or_left_out(make_graph: Make, tmp_path: Path, name: str) -> None:
    graph = make_graph()
    text = f"<{BASE}graph/{name}> {{ <a:s> <a:p> 1, 2 }} <a:g> {{ <a:s> <a:p> 1 }}"
    with pytest.raises(UnsupportedQueryError, match=f"graph/{name}"):
        load(graph, tmp_path, text, "a.trig")
    with pytest.raises(UnsupportedQueryError, match=f"graph/{name}"):
        load(graph, tmp_path, "<a:s> <a:p> 1 .", graph_name=graph.minter.graph(name))
    assert held(graph) == set()
    count = load(graph, tmp_path, text, "a.trig", skip_system=True)
    assert (count.quads, count.skipped) == (1, ((graph.minter.graph(name), 2),))


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.ttl", "<a:s> <a:p> 1 .\n<a:s> <a:p> oops .", "a.ttl:2:"),
        ("a.nq", "<a:s> <a:p> <a:o> <a:g> .\n<a:s> <a:p> .", "a.nq:2:"),
        (
            "a.rdf",
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n<rdf:Description>",
            "a.rdf:2:18: no well",
        ),
        ("a.rdf", "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n<a/></rdf:RDF>", "a.rdf"),
        ("a.ttl", "<a:s> <a:p> 1", "a.ttl"),
        ("a.trig", "<a:g> { <a:s> <a:p> 1 .", "a.trig"),
        ("a.nt", "<a:s> <a:p> <a:o", "a.nt"),
        ("a.jsonld", '{"@id": "a:s",\n "a:p": }', "a.jsonld:2:"),
        ("a.jsonld", '{"@id": "a:s", "a:p": [1', "a.jsonld"),
        ("a.jsonld", '{"@context": "http://example.org/c", "@id": "a:s", "a:p": 1}', "a.jsonld"),
        ("a.nq", "<a:s> <a:p> <a:o> _:g .", "graphs need IRIs"),
    ],
)
def test_syntax_errors_name_the_place_and_change_nothing(
    make_graph: Make, tmp_path: Path, name: str, text: str, place: str
) -> None:
    graph = make_graph()
    with pytest.raises(RdfSyntaxError, match=place):
        load(graph, tmp_path, text, name)
    assert held(graph) == set()


def test_files_that_cannot_be_read(make_graph: Make, tmp_path: Path) -> None:
    graph = make_graph()
    with pytest.raises(InputError, match="No such file"):
        import_file(graph, tmp_path / "none.ttl")
    with pytest.raises(InputError, match=r"Known: .*\.ttl"):
        load(graph, tmp_path, "", "a.docx")
    with pytest.raises(InputError, match="cannot be read"):
        load(graph, tmp_path, b"no gzip", "a.ttl.gz")
    with pytest.raises(InputError, match="cannot be read"):
        load(graph, tmp_path, gzip.compress(b"<a:s> <a:p> 1 ." * 99)[:40], "a.ttl.gz")


def test_too_many_blank_nodes_are_refused_by_number(make_graph: Make, tmp_path: Path) -> None:
    graph = make_graph()
    lines = [f"<a:s> <a:p> _:b{number} ." for number in range(10_001)]
    with pytest.raises(InputError, match="more than 10000 blank nodes"):
        load(graph, tmp_path, "\n".join(lines), "a.nt")


def test_blank_nodes_that_cannot_be_told_apart_end_in_an_error(make_graph: Make, tmp_path: Path) -> None:
    """RDFC-1.0 is exponential on a clique; it is not begun."""
    clique = "\n".join(f"_:b{a} <a:p> _:b{b} ." for a in range(13) for b in range(13) if a != b)
    with pytest.raises(InputError, match=r"a\.nt: its blank nodes look so much alike .* 13 of them .* Give them IRIs"):
        load(make_graph(), tmp_path, clique, "a.nt")
