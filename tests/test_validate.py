"""The gate: what the ontology does not admit is refused, with the reason (DESIGN §11.7)."""

from __future__ import annotations

import dataclasses

import pytest

from kg.extraction import Claim
from kg.model import Evidence
from kg.ontology import Ontology, load_ontology
from kg.rdf import KG, RDF, XSD, Literal, NamedNode
from kg.rdf import Term as RdfTerm
from kg.validate import gate

ONTOLOGY = load_ontology()
S, T = NamedNode("https://example.org/s"), NamedNode("https://example.org/t")


def claim(
    predicate: NamedNode,
    object_: RdfTerm = T,
    subject: NamedNode | None = None,
    object_class: NamedNode | None = None,
    kind: str = "extracted",
    confidence: float = 0.8,
    start: int = 0,
) -> Claim:
    evidence = Evidence(start, start + 5, "quote", confidence, "triggers 0.1.0", kind)  # type: ignore[arg-type]
    return Claim(S, predicate, object_, subject, object_class, evidence)


def outcome(one: Claim, ontology: Ontology = ONTOLOGY, least: float = 0.3) -> float | str:
    """Return the confidence a claim gets in with, or why it does not."""
    statements, refusals = gate([one], ontology, least)
    assert len(statements) + len(refusals) == 1
    return refusals[0].reason if refusals else statements[0].evidence[0].confidence


TABLE = [
    # kind, class of the subject, class of the object, outcome; worksFor joins a Person with an Organisation
    ("extracted", "Person", "Organisation", 0.8),
    ("extracted", "User", "Company", 0.8),
    ("extracted", None, "Company", 0.4),
    ("extracted", "Person", None, 0.4),
    ("extracted", None, None, 0.4),
    ("extracted", "Entity", "Company", 0.4),
    ("extracted", "Agent", "Company", "domain of worksFor: Agent is no sub-class of Person"),
    ("extracted", "Person", "Agent", "range of worksFor: Agent is no sub-class of Organisation"),
    ("extracted", "Licence", "Company", "domain of worksFor: Licence is disjoint from Person"),
    ("extracted", "Person", "Place", "range of worksFor: Place is disjoint from Organisation"),
    ("extracted", "Person", "Person", "range of worksFor: Person is disjoint from Organisation"),
    ("stated", "Person", "Organisation", 0.8),
    ("stated", "User", "Company", 0.8),
    ("stated", None, None, 0.8),
    ("stated", "Entity", "Entity", 0.8),
    ("stated", "Agent", "Agent", 0.8),
    ("stated", "Licence", "Company", "domain of worksFor: Licence is disjoint from Person"),
    ("stated", "Person", "Place", "range of worksFor: Place is disjoint from Organisation"),
]


@pytest.mark.parametrize(("kind", "subject", "object_", "expected"), TABLE)
def test_domain_and_range(kind: str, subject: str | None, object_: str | None, expected: float | str) -> None:
    row = claim(KG["worksFor"], T, KG[subject] if subject else None, KG[object_] if object_ else None, kind)
    assert outcome(row) == expected


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    """Classes that are neither disjoint nor related, alternatives, two axioms and thresholds."""
    path = tmp_path_factory.mktemp("ontology") / "garden.ttl"
    path.write_text(
        """
        @prefix : <https://example.org/garden#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        @prefix kg: <https://w3id.org/noemata#> .
        <https://example.org/garden> a owl:Ontology .
        :Plant a owl:Class . :Tree a owl:Class ; rdfs:subClassOf :Plant ; kg:minConfidence 0.9 . :Bird a owl:Class . :Fish a owl:Class .
        :nestsIn a owl:ObjectProperty ; rdfs:domain [ a owl:Class ; owl:unionOf ( :Bird :Fish ) ] ; rdfs:range :Plant .
        :shades a owl:ObjectProperty ; rdfs:domain :Plant , :Bird .
        :sees a owl:ObjectProperty ; rdfs:domain owl:Thing .
        :eats a owl:ObjectProperty ; kg:minConfidence 0.7 .
        :height a owl:DatatypeProperty ; rdfs:range xsd:decimal . :evergreen a owl:DatatypeProperty ; rdfs:range xsd:boolean .
        :planted a owl:DatatypeProperty ; kg:valueKind "date" .
        """,
        "utf-8",
    )
    return load_ontology(path)


def g(name: str) -> NamedNode:
    return NamedNode(f"https://example.org/garden#{name}")


@pytest.mark.parametrize(
    ("predicate", "subject", "object_", "kind", "expected"),
    [
        ("nestsIn", "Bird", "Tree", "extracted", 0.8),
        ("nestsIn", "Fish", "Plant", "extracted", 0.8),
        ("nestsIn", "Tree", "Tree", "extracted", "domain of nestsIn: Tree is no sub-class of Bird or Fish"),
        ("nestsIn", "Tree", "Tree", "stated", "domain of nestsIn: Tree is no sub-class of Bird or Fish"),
        ("shades", "Tree", "Bird", "extracted", "domain of shades: Tree is no sub-class of Bird"),
        ("sees", None, None, "extracted", 0.8),
        ("sees", "Tree", None, "extracted", 0.8),
    ],
)
def test_axioms_of_a_users_ontology(
    garden: Ontology, predicate: str, subject: str | None, object_: str | None, kind: str, expected: float | str
) -> None:
    row = claim(g(predicate), T, g(subject) if subject else None, g(object_) if object_ else None, kind)
    assert outcome(row, garden) == expected


@pytest.mark.parametrize(
    ("predicate", "literal", "expected"),
    [
        ("height", Literal("1.5", datatype=XSD["decimal"]), 0.8),
        ("height", Literal("2", datatype=XSD["integer"]), 0.8),
        ("height", Literal("tall"), "datatype: 'tall' is no number"),
        ("height", Literal("2024-03-12", datatype=XSD["date"]), "datatype: '2024-03-12' is no number"),
        ("evergreen", Literal(True), 0.8),
        ("evergreen", Literal("yes"), "datatype: 'yes' is string, not boolean"),
        ("planted", Literal("2024-03-12", datatype=XSD["date"]), 0.8),
        ("planted", Literal("2024", datatype=XSD["gYear"]), 0.8),
        ("planted", Literal("2024-03", datatype=XSD["gYearMonth"]), 0.8),
        ("planted", Literal("soon"), "datatype: 'soon' is no date"),
        ("planted", Literal("3", datatype=XSD["integer"]), "datatype: '3' is no date"),
        ("planted", T, "planted wants a literal as its object"),
        ("eats", Literal("worms"), "eats wants a thing as its object"),
    ],
)
@pytest.mark.parametrize("kind", ["stated", "extracted"])
def test_literals(garden: Ontology, predicate: str, literal: RdfTerm, expected: float | str, kind: str) -> None:
    assert outcome(claim(g(predicate), literal, kind=kind), garden) == expected


@pytest.mark.parametrize(
    ("predicate", "object_", "confidence", "least", "expected"),
    [
        ("eats", T, 0.7, 0.1, 0.7),
        ("eats", T, 0.69, 0.1, "confidence 0.69 is below 0.7"),
        ("sees", T, 0.5, 0.5, 0.5),
        ("sees", T, 0.49, 0.5, "confidence 0.49 is below 0.5"),
        ("nestsIn", T, 0.9, 0.5, "confidence 0.45 is below 0.5"),
        ("type", g("Tree"), 0.89, 0.1, "confidence 0.89 is below 0.9"),
        ("type", g("Tree"), 0.9, 0.1, 0.9),
        ("type", g("Bird"), 0.5, 0.6, "confidence 0.5 is below 0.6"),
    ],
)
def test_confidence(
    garden: Ontology, predicate: str, object_: NamedNode, confidence: float, least: float, expected: float | str
) -> None:
    iri = RDF["type"] if predicate == "type" else g(predicate)
    assert outcome(claim(iri, object_, confidence=confidence), garden, least) == expected
    stated = outcome(claim(iri, object_, confidence=confidence, kind="stated"), garden, least)
    assert stated == confidence, "what is stated is not weighed"


@pytest.mark.parametrize(
    ("predicate", "subject", "object_", "expected"),
    [
        ("worksFor", "Person", "Organisation", 0.2),
        ("worksFor", None, None, 0.2),
        ("type", None, "Person", 0.2),
        ("worksFor", "Agent", "Company", "domain of worksFor: Agent is no sub-class of Person"),
        ("worksFor", "Person", "Place", "range of worksFor: Place is disjoint from Organisation"),
        ("type", "Company", "Person", "type: Person is disjoint from Company, which is known"),
        ("bornOn", "Person", None, "bornOn wants a literal as its object"),
    ],
)
def test_what_was_accepted_needs_no_confidence_but_the_ontologys_consent(
    predicate: str, subject: str | None, object_: str | None, expected: float | str
) -> None:
    iri = RDF["type"] if predicate == "type" else KG[predicate]
    said = KG[object_] if predicate == "type" and object_ else T
    row = claim(iri, said, KG[subject] if subject else None, KG[object_] if object_ else None, confidence=0.2)
    assert isinstance(outcome(row), str), "without a decision it is refused"
    assert outcome(dataclasses.replace(row, is_accepted=True)) == expected


@pytest.mark.parametrize(
    ("known", "said", "kind", "expected"),
    [
        (None, "Person", "extracted", 0.8),
        ("Agent", "Person", "extracted", 0.8),
        ("Company", "Organisation", "extracted", 0.8),
        ("Company", "Person", "extracted", "type: Person is disjoint from Company, which is known"),
        ("Company", "Person", "stated", 0.8),
    ],
)
def test_a_type_contrary_to_what_is_known(known: str | None, said: str, kind: str, expected: float | str) -> None:
    assert outcome(claim(RDF["type"], KG[said], KG[known] if known else None, kind=kind)) == expected


def test_super_properties_lend_their_axioms() -> None:
    """`dependsOn` is a sub-property of uses, whose range is a technology."""
    assert outcome(claim(KG["dependsOn"], T, KG["Software"], KG["Library"])) == 0.8
    assert outcome(claim(KG["writtenIn"], T, KG["Software"], KG["Place"])) == (
        "range of writtenIn: Place is disjoint from ProgrammingLanguage"
    )


def test_a_predicate_nobody_declared_passes() -> None:
    assert outcome(claim(NamedNode("https://example.org/term/mood"), Literal("fine"), kind="stated")) == 0.8


def test_equal_triples_are_joined_and_their_evidence_is_in_text_order() -> None:
    rows = [claim(KG["uses"], T, None, KG["Library"], start=start) for start in (30, 10, 20)]
    (statement,), refusals = gate(rows, ONTOLOGY, 0.3)
    assert [e.start for e in statement.evidence] == [10, 20, 30]
    assert refusals == []


def test_of_two_reasons_at_one_place_the_surer_stays() -> None:
    rows = [
        claim(KG["uses"], T, None, KG["Library"], confidence=confidence, kind=kind)
        for confidence, kind in ((0.5, "extracted"), (0.9, "extracted"), (0.4, "stated"))
    ]
    for order in (rows, rows[::-1]):
        (statement,), _ = gate(order, ONTOLOGY, 0.3)
        assert [(e.kind, e.confidence) for e in statement.evidence] == [("stated", 0.4)]


def test_literals_are_joined_by_value() -> None:
    rows = [
        claim(KG["confidence"], Literal(text, datatype=XSD["decimal"]), start=n)
        for n, text in enumerate(("1.70", "1.7"))
    ]
    (statement,), _ = gate(rows, ONTOLOGY, 0.3)
    assert statement.object == Literal("1.7", datatype=XSD["decimal"])
    assert len(statement.evidence) == 2


def test_one_claim_may_pass_where_another_of_the_same_triple_does_not() -> None:
    good, bad = claim(KG["uses"], T, None, KG["Library"]), claim(KG["uses"], T, None, KG["Place"], start=50)
    statements, refusals = gate([good, bad], ONTOLOGY, 0.3)
    assert len(statements) == len(refusals) == 1
    assert [e.start for e in statements[0].evidence] == [0]


def test_refusals_come_once_for_each_place() -> None:
    rows = [claim(KG["uses"], T, None, KG["Place"], start=start) for start in (0, 0, 9)]
    statements, refusals = gate(rows, ONTOLOGY, 0.3)
    assert statements == []
    assert [(r.evidence.start, r.evidence.quote) for r in refusals] == [(0, "quote"), (9, "quote")]
    assert {r.reason for r in refusals} == {"range of uses: Place is disjoint from Technology"}


def test_nothing_is_retyped() -> None:
    """The gate answers with statements and refusals; it never adds a class."""
    statements, _ = gate([claim(KG["worksFor"], T, None, KG["Company"])], ONTOLOGY, 0.3)
    assert [s.predicate for s in statements] == [KG["worksFor"]]
