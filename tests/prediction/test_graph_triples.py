"""What of a graph is learnt from: what people assert, in one direction, and never what is derived from it."""

from __future__ import annotations

import pytest

from kg.graph import commit
from kg.model import Change
from kg.prediction import GraphTriples, graph_triples
from kg.rdf import KG, RDF, XSD, Literal, NamedNode, Quad
from kg.stores import ServerAddress
from tests.graphs import graph_on
from tests.prediction.homes import BASE, MINTER, PREFIXES, graph_of, iri, node, say


def named(found: GraphTriples) -> set[tuple[str, str, str]]:
    return {(short(head), short(relation), short(tail)) for head, relation, tail in found.triples.named()}


def known(found: GraphTriples) -> set[tuple[str, str, str]]:
    return {(short(head), short(relation), short(tail)) for head, relation, tail in found.known.named()}


def short(name: str) -> str:
    return name.removeprefix(f"{BASE}entity/").removeprefix(str(KG)).removeprefix(BASE)


EVERYTHING = """
g:user { :ada a kg:Person ; kg:worksFor :acme ; rdfs:label "Ada" ; kg:uses :rust , _:b . :acme kg:uses "tea" .
  :ada kg:uses :ada ; kg:bornIn :rome ; rdfs:seeAlso :acme ; owl:sameAs :ada2 }
<https://example.com/vault/note/A.md> { <https://example.com/vault/note/A.md> kg:mentions :acme ; kg:graph <https://example.com/vault/note/A.md> .
  <https://example.com/vault/note/A.md#e-1> a kg:Evidence ; rdf:subject :ada ; rdf:predicate kg:uses ; rdf:object :rust ;
    kg:inNote <https://example.com/vault/note/A.md> . :part a kg:Passage ; kg:relatedTo :acme }
<https://example.com/vault/import/x> { :ada <http://example.org/term> <http://example.org/else> }
g:decided { :ada kg:knows :bob }
g:inferred { :ada kg:affiliatedWith :acme }
g:predicted { :ada kg:uses :nothing }
g:decisions { :ada kg:uses :nothing2 }
g:ontology { :ada kg:uses :nothing3 }
<https://example.com/vault/graph/user/ada> { :ada kg:viewed :nothing4 }
"""


def test_what_is_asserted_between_entities_is_taken_and_nothing_else() -> None:
    found = graph_triples(graph_of(EVERYTHING))
    assert named(found) == {
        ("ada", "worksFor", "acme"),
        ("ada", "uses", "rust"),
        ("ada", "bornIn", "rome"),
        ("ada", "knows", "bob"),
        ("ada", "http://example.org/term", "http://example.org/else"),
        ("note/A.md", "mentions", "acme"),
    }
    assert found.left_out == {
        "blank node": 1,
        "class with kg:embed false": 1,
        "of a thing with itself": 1,
        "property with kg:embed false": 2,
    }


def test_a_triple_of_many_graphs_is_one() -> None:
    found = graph_triples(graph_of("g:user { :a kg:uses :b . :c kg:uses :d } <https://x.org/g> { :a kg:uses :b }"))
    assert len(found.triples) == 2


def test_of_an_inverse_pair_the_direction_is_learnt_on_which_the_ontology_says_so() -> None:
    found = graph_triples(
        graph_of("g:user { :acme kg:employs :ada . :bob kg:worksFor :acme . :whole kg:hasPart :part }")
    )
    assert named(found) == {
        ("ada", "worksFor", "acme"),
        ("bob", "worksFor", "acme"),
        ("part", "partOf", "whole"),
    }


def test_what_follows_is_known_and_not_learnt() -> None:
    trig = """g:user { :a kg:worksFor :b . :c kg:affiliatedWith :d . :a kg:relatedTo :c .
      :x kg:partOf :y . :y kg:partOf :z . :z kg:partOf :w } g:inferred { :c kg:worksFor :d }"""
    found = graph_triples(graph_of(trig))
    more = known(found) - named(found)
    assert ("a", "affiliatedWith", "b") in more  # a super-property
    assert ("c", "relatedTo", "a") in more  # symmetry
    assert ("x", "partOf", "z") in more and ("x", "partOf", "w") in more  # over several steps
    assert ("w", "relatedTo", "x") in more  # and what follows from that
    assert ("c", "worksFor", "d") in more  # what the graph of inferred statements says
    assert ("b", "worksFor", "a") not in more and ("z", "partOf", "x") not in more


def test_a_tail_that_a_great_part_of_all_entities_has_is_left_out() -> None:
    lines = [f":e{n} kg:uses :everywhere ." for n in range(60)] + [f":e{n} kg:uses :t{n % 7} ." for n in range(60)]
    found = graph_triples(graph_of(f"g:user {{ {' '.join(lines)} }}"))
    assert found.left_out == {"of a hub": 60}
    assert iri("everywhere") not in found.triples.entities
    assert len(found.triples) == 60
    fewer = graph_triples(graph_of(f"g:user {{ {' '.join(lines[11:])} }}"))  # 49 heads are no hub
    assert "of a hub" not in fewer.left_out


def test_ids_of_an_earlier_model_stay() -> None:
    graph = graph_of("g:user { :m kg:uses :n . :n kg:partOf :o . :q kg:uses :m }")
    before = graph_triples(graph)
    say(graph, ("a", "uses", "m"), ("a", "worksFor", "b"), ("z", "partOf", "m"))
    after = graph_triples(graph, before.triples.entities, before.triples.relations)
    assert after.triples.entities.names[:4] == before.triples.entities.names
    assert [short(name) for name in after.triples.entities.names[4:]] == ["a", "b", "z"]
    assert after.triples.relations.names[:2] == before.triples.relations.names
    assert named(before) < named(after)
    assert graph_triples(graph).triples.digest() == after.triples.digest()


def test_what_is_said_of_a_merged_entity_is_learnt_of_its_keeper() -> None:
    graph = graph_of("g:user { :ada kg:uses :rust . :lovelace kg:uses :looms }")
    merge, resolution = MINTER.merge(node("lovelace")), MINTER.graph("resolution")
    rows = [
        (RDF["type"], KG["Merge"]),
        (KG["keeper"], node("ada")),
        (KG["form"], Literal(iri("lovelace"), datatype=XSD["anyURI"])),
    ]
    commit(graph, Change(tuple(Quad(merge, predicate, value, resolution) for predicate, value in rows)))
    assert named(graph_triples(graph)) == {("ada", "uses", "rust"), ("ada", "uses", "looms")}


def test_a_separate_dataset_is_read_too() -> None:
    from kg.graph import KnowledgeGraph
    from kg.ontology import load_ontology
    from kg.rdf import DefaultGraph
    from kg.stores.oxigraph import OxigraphStore

    store = OxigraphStore(None, dataset="separate")
    quads = [Quad(node("a"), KG["uses"], node("b"), graph) for graph in (DefaultGraph(), NamedNode(f"{BASE}g"))]
    store.commit(Change((*quads, Quad(node("b"), KG["uses"], node("c"), DefaultGraph()))))
    found = graph_triples(KnowledgeGraph(store, load_ontology(), MINTER))
    assert named(found) == {("a", "uses", "b"), ("b", "uses", "c")}


def test_equal_graphs_give_equal_triples(neo4j_empty: ServerAddress) -> None:
    found = []
    for server in (None, neo4j_empty):
        with graph_on(server, BASE, (PREFIXES + EVERYTHING).encode()) as graph:
            found.append(graph_triples(graph))
    ours, theirs = found
    assert ours.triples.entities == theirs.triples.entities
    assert ours.triples.array.tolist() == theirs.triples.array.tolist()
    assert ours.known.array.tolist() == theirs.known.array.tolist()
    assert ours.left_out == theirs.left_out


@pytest.mark.parametrize("trig", ["", "g:user { :ada a kg:Person ; rdfs:label 'Ada' }"])
def test_a_graph_without_statements_has_no_triples(trig: str) -> None:
    found = graph_triples(graph_of(trig))
    assert len(found.triples) == len(found.known) == len(found.triples.entities) == 0


def test_a_knot_of_a_transitive_relation_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = " ".join(f":x{n} kg:partOf :x{(n + 1) % 30} , :x{(n + 7) % 30} ." for n in range(30))
    graph = graph_of(f"g:user {{ {lines} }}")
    whole = known(graph_triples(graph))
    assert len({each for each in whole if each[1] == "partOf"}) == 30 * 29
    monkeypatch.setattr("kg.prediction.entailed._MOST", 100)
    fewer = known(graph_triples(graph))
    assert len({each for each in fewer if each[1] == "partOf"}) == 60 + 100
    assert fewer < whole
