"""What an ontology answers: closures, disjointness, branches, names."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.ontology import Ontology, load_ontology, normalise_label
from kg.rdf import KG, OWL, NamedNode
from tests.ontology.garden import GARDEN, PREFIXES, garden, write

TREE = """
:Living a owl:Class ; rdfs:label "living thing"@en ; rdfs:subClassOf kg:Entity .
:Plant a owl:Class ; rdfs:label "plant"@en , "植物"@zh ; skos:altLabel "vegetable"@en ; rdfs:subClassOf :Living .
:Rose a owl:Class ; rdfs:label "rose"@en ; rdfs:subClassOf :Plant , :Thorny .
:Thorny a owl:Class ; rdfs:label "thorny"@en ; rdfs:subClassOf owl:Thing .
:Animal a owl:Class ; rdfs:label "animal"@en ; rdfs:subClassOf :Living .
:Moss a owl:Class ; rdfs:label "moss" ; owl:equivalentClass [ owl:intersectionOf ( :Plant :Small ) ] .
:Small a owl:Class .
:Loop a owl:Class ; rdfs:subClassOf :Pool . :Pool a owl:Class ; rdfs:subClassOf :Loop .
[] a owl:AllDisjointClasses ; owl:members ( :Plant :Animal ) .

:near a owl:ObjectProperty , owl:SymmetricProperty ; rdfs:label "near"@en ; rdfs:domain :Living .
:growsIn a owl:ObjectProperty ; rdfs:subPropertyOf :near ; rdfs:label "grows in"@en , "生长于"@zh ;
    skos:altLabel "habitat"@en ; rdfs:domain :Plant ; rdfs:range :Thorny ; owl:inverseOf :grows .
:grows a owl:ObjectProperty ; rdfs:label "grows"@en .
:habitat a owl:DatatypeProperty ; rdfs:label "place"@en ; rdfs:range xsd:string .
:rings a owl:DatatypeProperty ; rdfs:label "rings"@en ; rdfs:range xsd:integer .
:height a owl:DatatypeProperty ; kg:valueKind "number" ; rdfs:range xsd:string .
:old a rdf:Property ; rdfs:range xsd:date .
:peace a :Rose ; rdfs:label "Peace"@en , "和平"@zh .
"""


@pytest.fixture(scope="module")
def ontology(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    return load_ontology(write(tmp_path_factory.mktemp("ontology"), garden(body=TREE)))


def term(name: str) -> NamedNode:
    return NamedNode(GARDEN + name)


def test_superclasses_are_all_of_them_without_thing_and_self(ontology: Ontology) -> None:
    assert ontology.superclasses(term("Rose")) == {term("Plant"), term("Thorny"), term("Living"), KG["Entity"]}
    assert ontology.superclasses(term("Loop")) == {term("Pool")}
    assert ontology.superclasses(term("Moss")) >= {term("Plant"), term("Small"), term("Living")}
    assert ontology.superclasses(term("Unknown")) == frozenset()


def test_subclasses(ontology: Ontology) -> None:
    assert ontology.is_subclass(term("Rose"), term("Living"))
    assert ontology.is_subclass(term("Rose"), term("Rose"))
    assert ontology.is_subclass(term("Rose"), OWL["Thing"])
    assert not ontology.is_subclass(term("Living"), term("Rose"))


def test_disjointness_is_inherited(ontology: Ontology) -> None:
    assert ontology.are_disjoint(term("Rose"), term("Animal"))
    assert ontology.are_disjoint(term("Animal"), term("Moss"))
    assert not ontology.are_disjoint(term("Rose"), term("Thorny"))
    assert not ontology.are_disjoint(term("Rose"), term("Rose"))


def test_a_branch_is_the_topmost_class_below_entity(ontology: Ontology) -> None:
    assert ontology.branch(term("Moss")) == "Living"
    assert ontology.branch(term("Rose")) == "Living"  # of Living and Thorny, the first by IRI
    assert ontology.branch(term("Animal")) == "Living"
    assert ontology.branch(None) == ontology.branch(KG["Entity"]) == "Entity"
    assert ontology.branch(term("Loop")) == "Loop"


@pytest.mark.parametrize("name", ["plant", "Plant", "PLANTS", "vegetable", "植物", " plant "])
def test_classes_are_found_by_their_names(ontology: Ontology, name: str) -> None:
    assert ontology.class_named(name) == term("Plant")


def test_names_are_those_of_classes(ontology: Ontology) -> None:
    assert ontology.class_named("living-thing") == ontology.class_named("livingThing") == term("Living")
    assert ontology.class_named("moss") == term("Moss")
    assert ontology.class_named("no such thing") is None
    assert ontology.class_named("") is None


def test_properties_are_found_by_all_their_names(ontology: Ontology) -> None:
    assert ontology.properties_named("grows in") == ontology.properties_named("GrowsIn") == (term("growsIn"),)
    assert ontology.properties_named("生长于") == (term("growsIn"),)
    assert set(ontology.properties_named("habitat")) == {term("growsIn"), term("habitat")}
    assert ontology.properties_named("nothing") == ()


def test_domain_and_range_come_from_above_too(ontology: Ontology) -> None:
    assert set(ontology.domains(term("growsIn"))) == {frozenset({term("Plant")}), frozenset({term("Living")})}
    assert ontology.ranges(term("growsIn")) == (frozenset({term("Thorny")}),)
    assert ontology.domains(term("unknown")) == ()


def test_kinds_of_properties(ontology: Ontology) -> None:
    data = {local: ontology.properties[term(local)].value_kind for local in ("habitat", "rings", "height", "old")}
    assert data == {"habitat": "text", "rings": "number", "height": "number", "old": "date"}
    assert all(ontology.properties[term(local)].is_data for local in data)
    assert not ontology.properties[term("growsIn")].is_data
    assert ontology.properties[term("near")].symmetric


def test_inverses_go_both_ways(ontology: Ontology) -> None:
    assert ontology.properties[term("grows")].inverses == (term("growsIn"),)
    assert ontology.properties[term("growsIn")].inverses == (term("grows"),)


def test_individuals_have_labels_and_a_class(ontology: Ontology) -> None:
    assert {i.iri: i.class_iri for i in ontology.individuals.values()} == {term("peace"): term("Rose")}


def test_labels_by_language(ontology: Ontology) -> None:
    assert ontology.label(term("growsIn")) == "grows in"
    assert ontology.label(term("growsIn"), "zh") == "生长于"
    assert ontology.label(term("growsIn"), "fr") in {"grows in", "生长于"}
    assert ontology.label(term("Small")) == "Small"
    assert ontology.label(term("peace"), "zh") == "和平"


@pytest.mark.parametrize(
    ("name", "normal"),
    [("worksFor", "works for"), ("works_for", "works for"), ("Works-For", "works for"), ("HTTPServer", "http server"), ("Ｗｉｄｅ", "wide")],
)
def test_names_are_compared_without_their_spelling(name: str, normal: str) -> None:
    assert normalise_label(name) == normal
    assert normalise_label(normal) == normal


def test_an_ontology_knows_no_file(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    assert load_ontology(write(one, PREFIXES + TREE)) == load_ontology(write(two, PREFIXES + TREE))
