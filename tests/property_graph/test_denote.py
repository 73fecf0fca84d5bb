"""What people do by hand in a database, and what it means then."""

from __future__ import annotations

import pytest

from kg.property_graph import AbsentGraph, Node, Stored
from kg.property_graph.denote import denote_label, denote_node, denote_property, denote_relationship
from kg.rdf import KG, RDF, XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term
from tests.property_graph.datasets import BASE, NAMES, USER

ADA, BO = NamedNode("http://x/ada"), BlankNode("neo4j17")
NOTE17 = NamedNode(f"{BASE}note/17")
NAME, PERSON = KG["name"], KG["Person"]
TYPE = RDF["type"]
ENGLISH = 'name\t"Ada"@en\tnote/17'


def meaning(value: Stored | None, *notes: str, key: str = "name") -> set[tuple[Term, object]]:
    """The objects of one property, and their graphs."""
    quads = set(denote_property(ADA, key, value, list(notes), NAMES, USER))
    assert all(quad.subject == ADA for quad in quads)
    return {(quad.object, quad.graph_name) for quad in quads}


def plain(*texts: str) -> set[tuple[Term, object]]:
    return {(Literal(text), USER) for text in texts}


def test_a_note_speaks_while_its_value_is_there() -> None:
    assert meaning("Ada", ENGLISH) == {(Literal("Ada", language="en"), NOTE17)}


def test_a_value_that_was_overwritten_loses_its_language_and_its_source() -> None:
    assert meaning("Grace", ENGLISH) == plain("Grace")


def test_a_list_is_so_many_triples() -> None:
    assert meaning(["Eve", "Evi", "Eve"]) == plain("Eve", "Evi")
    assert meaning(["Ada", "Evi"], ENGLISH) == {(Literal("Ada", language="en"), NOTE17), *plain("Evi")}
    assert meaning([]) == meaning(None) == set()


def test_a_removed_property_means_nothing_whatever_the_notes_say() -> None:
    assert set(denote_node("http://x/ada", ["Person"], {"_rdf": [ENGLISH], "iri": "http://x/ada"}, NAMES, USER)) == {
        Quad(ADA, TYPE, PERSON, USER)
    }


@pytest.mark.parametrize(
    "broken",
    ["", "name", "name\t", 'name\t"Ada"@en', "name\tAda\t.", "name\t_:b\t.", "name\t\t.", 'name\t"Ada" .\n\t.',
     'name\t"Ada"@e_\t.', 'name\t"Ada"^^<x>\t.', 'name\t"Ada"\t.\t.', 'other\t"Ada"@en\t.', ':name\t"Ada"@en\tnote/17',
     'name\t"Ada" <http://x/g>\tnote/17', 'name\t"Ada" . <http://x/a> <http://x/a> "b"\tnote/17', 'name\t<no iri>\tnote/17'],
)  # fmt: skip
def test_a_note_that_does_not_read_is_dead(broken: str) -> None:
    assert meaning("Ada", broken) == plain("Ada")


def test_a_note_nested_too_deeply_for_the_parser_is_dead() -> None:
    term = "<<( <http://x/a> <http://x/b> " * 100_000 + '"a"' + " )>>" * 100_000
    assert meaning("Ada", f"name\t{term}\t.") == plain("Ada")


@pytest.mark.parametrize("notes", [None, 7, "name", [7, None], []])
def test_notes_of_another_type_are_dead(notes: object) -> None:
    assert set(denote_property(ADA, "name", "Ada", notes, NAMES, USER)) == {Quad(ADA, NAME, Literal("Ada"), USER)}


def test_a_note_means_the_canonical_term() -> None:
    integer = XSD["integer"].value
    assert meaning(1, f'name\t"01"^^<{integer}>\tnote/17') == {(Literal("1", datatype=XSD["integer"]), NOTE17)}
    assert meaning("Ada", 'name\t"Ada"@EN\t.') == {(Literal("Ada", language="en"), USER)}


def test_an_iri_is_read_under_any_of_its_names() -> None:
    note = f"predicate\t<{NAME.value}>\tnote/17"
    for value in ("name", "kg__name", NAME.value):
        assert meaning(value, note, key="predicate") == {(NAME, NOTE17)}
    assert meaning("knows", note, key="predicate") == plain("knows")


def test_an_iri_is_named_by_some_predicates_only_and_to_the_letter() -> None:
    note = f"name\t<{NAME.value}>\tnote/17"
    assert meaning("name", note) == plain("name")
    for token in (f" <{NAME.value}>", f"<{NAME.value[:-1]}\\u0065>"):
        assert meaning("name", f"predicate\t{token}\tnote/17", key="predicate") == plain("name")


def test_without_graphs_a_note_speaks_of_the_absent_one() -> None:
    assert meaning("Ada", 'name\t"Ada"@en\t') == {(Literal("Ada", language="en"), USER)}
    assert meaning("Ada", 'name\t"Ada"@en\t. note/17 ') == {(Literal("Ada", language="en"), g) for g in (USER, NOTE17)}


@pytest.mark.parametrize("key", ["iri", "_secret", "_rdf", "_iri", "_"])
def test_reserved_keys_mean_nothing(key: str) -> None:
    assert meaning("x", f'{key}\t"x"@en\t.', key=key) == set()


@pytest.mark.parametrize("label", ["Resource", "_Home", "_Term"])
def test_reserved_labels_mean_nothing(label: str) -> None:
    assert list(denote_label(ADA, label, None, NAMES, USER)) == []


def test_a_new_label_is_a_new_class() -> None:
    assert set(denote_label(ADA, "Cat", [":Dog\t\tnote/17"], NAMES, USER)) == {
        Quad(ADA, TYPE, NamedNode(f"{BASE}term/Cat"), USER)
    }
    assert set(denote_label(ADA, "Cat", [":Cat\t\tnote/17 ."], NAMES, USER)) == {
        Quad(ADA, TYPE, NamedNode(f"{BASE}term/Cat"), graph) for graph in (USER, NOTE17)
    }


@pytest.mark.parametrize(
    ("graphs", "meant"),
    [
        (None, {USER}),
        ([], {USER}),
        (["."], {USER}),
        (["note/17", "."], {USER, NOTE17}),
        ("note/17", {NOTE17}),
        ([""], {USER}),
        ([5], {USER}),
        (["_:b0"], {BlankNode("b0")}),
        (["a b"], {NamedNode(f"{BASE}term/a%20b")}),
        (["http://x/g"], {NamedNode("http://x/g")}),
    ],
)
def test_the_graphs_of_a_relationship(graphs: object, meant: set[object]) -> None:
    quads = set(denote_relationship(ADA, "knows", BO, graphs, NAMES, USER))
    assert {quad.graph_name for quad in quads} == meant
    assert {quad.triple for quad in quads} == {Quad(ADA, NamedNode(f"{BASE}term/knows"), BO).triple}


@pytest.mark.parametrize("absent", [USER, DefaultGraph()])
def test_without_graphs_it_is_in_the_absent_one(absent: AbsentGraph) -> None:
    quads = list(denote_relationship(ADA, "rdf__type", BO, None, NAMES, absent))
    assert quads == [Quad(ADA, TYPE, BO, absent)]
    assert list(denote_relationship(ADA, "_own", BO, None, NAMES, absent)) == []


def test_a_node_made_by_hand() -> None:
    key, labels = "_:neo4j17", ["Person", "Resource"]
    quads = set(denote_node(key, labels, {"name": "Bo", "born": 1815, "iri": "ignored"}, NAMES, USER))
    assert quads == {
        Quad(BO, TYPE, PERSON, USER),
        Quad(BO, NAME, Literal("Bo"), USER),
        Quad(BO, NamedNode(f"{BASE}term/born"), Literal(1815), USER),
    }


def test_a_mistyped_iri_is_none() -> None:
    (quad,) = denote_node("Ada Lovelace", [], {"name": "Ada"}, NAMES, USER)
    assert isinstance(quad.subject, BlankNode)


def test_a_node_has_defaults_that_mean_nothing() -> None:
    node = Node("http://x/ada")
    assert list(denote_node(node.key, node.labels, {}, NAMES, USER)) == []
