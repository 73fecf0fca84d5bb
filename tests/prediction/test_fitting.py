"""What fits domain and range: never more than the gate of notes would admit of what somebody accepted."""

from __future__ import annotations

import itertools

import pytest

from kg.embeddings import Vocabulary
from kg.extraction import Claim
from kg.graph import KnowledgeGraph
from kg.model import Evidence
from kg.ontology import Ontology, load_ontology
from kg.prediction import Fitting
from kg.rdf import KG, NamedNode, local_name
from kg.validate import gate
from tests.prediction.homes import graph_of, iri, node

ONTOLOGY = load_ontology()
CLASSES = [term.iri for term in ONTOLOGY.classes.values() if KG["Entity"] in ONTOLOGY.superclasses(term.iri)]
PROPERTIES = [term.iri for term in ONTOLOGY.properties.values() if not term.is_data and not term.system]


def fitting(graph: KnowledgeGraph, names: list[str], relations: list[NamedNode]) -> Fitting:
    return Fitting(
        graph, Vocabulary("entity", map(iri, names)), Vocabulary("relation", [each.value for each in relations])
    )


def accepted(ontology: Ontology, subject: NamedNode, predicate: NamedNode, object_: NamedNode) -> bool:
    """Whether the gate lets a statement between members of two classes in that somebody accepted."""
    evidence = Evidence(0, 1, "x", 0.1, "model 1", "extracted")
    claim = Claim(node("s"), predicate, node("o"), subject, object_, evidence, is_accepted=True)
    statements, _ = gate([claim], ontology, 0.25)
    return bool(statements)


def test_the_gate_admits_whatever_fits() -> None:
    names = [local_name(each) for each in CLASSES]
    graph = graph_of("g:user { " + " ".join(f":{name} a kg:{name} ." for name in names) + " }")
    fits = fitting(graph, names, PROPERTIES)
    found = {True: 0, False: 0}
    for (p, predicate), (s, subject), (o, object_) in itertools.product(
        enumerate(PROPERTIES), enumerate(CLASSES), enumerate(CLASSES)
    ):
        if fits.admits(s, p, o):
            assert accepted(ONTOLOGY, subject, predicate, object_), (subject, predicate, object_)
        found[accepted(ONTOLOGY, subject, predicate, object_)] += 1
    assert found[False] > 10_000  # the gate does refuse


@pytest.mark.parametrize(
    ("subject", "object_", "is_fitting"),
    [
        ("a kg:Person", "a kg:Company", True),  # a sub-class of the range
        ("a kg:Person", "a kg:Organisation", True),
        ("a kg:Person", "a kg:Person", False),  # disjoint
        ("a kg:Person", "a kg:Agent", False),  # above the range: the gate refuses it of what nobody states
        ("a kg:Person", "a kg:Entity", False),  # nobody knows what it is
        ("a kg:Person", "rdfs:label 'x'", False),
        ("a kg:Organisation", "a kg:Organisation", False),
        ("a kg:Person , kg:Software", "a kg:Company", False),  # one of its classes is disjoint from the domain
    ],
)
def test_domain_and_range_ask_for_a_known_class(subject: str, object_: str, is_fitting: bool) -> None:
    fits = fitting(graph_of(f"g:user {{ :s {subject} . :o {object_} }}"), ["s", "o"], [KG["worksFor"]])
    assert fits.admits(0, 0, 1) is is_fitting


def test_where_nothing_is_asked_for_classes_that_stand_there_fit() -> None:
    graph = graph_of(
        """g:user { :a a kg:Person ; kg:relatedTo :t . :t a kg:Technology . :b a kg:Person . :e a kg:Event .
        :s a kg:Software . :x rdfs:label "x" . :a <http://example.org/likes> :u . :u rdfs:label "u" }"""
    )
    likes = NamedNode("http://example.org/likes")
    fits = fitting(graph, ["a", "b", "t", "e", "s", "x", "u"], [KG["relatedTo"], likes])
    assert fits.heads(0).tolist() == [True, True, True, False, False, False, False]  # it is symmetric
    assert fits.tails(0).tolist() == [True, True, True, False, False, False, False]
    assert fits.heads(1).tolist() == [True, True, False, False, False, False, False]
    assert fits.tails(1).tolist() == [False, False, False, False, False, True, True]


def test_notes_fit_only_where_notes_stand() -> None:
    graph = graph_of(
        """g:user { :n a kg:Note ; kg:linksTo :m . :m a kg:Note . :p a kg:Paper ; kg:cites :q . :q a kg:Paper .
        :n kg:hasAuthor :ada . :ada a kg:Person }"""
    )
    fits = fitting(graph, ["n", "m", "p", "q"], [KG["linksTo"], KG["cites"], KG["hasAuthor"]])
    assert fits.heads(0).tolist() == [True, True, False, False]  # links are between notes, though papers are documents
    assert fits.heads(1).tolist() == [False, False, True, True]
    assert fits.heads(2).tolist() == [True, True, True, True]
    assert [fits.is_system(number) for number in range(3)] == [True, False, False]


def test_records_fit_nowhere() -> None:
    graph = graph_of("g:user { :e a kg:Evidence ; <http://example.org/p> :f . :f a kg:Evidence . :i a kg:Interaction }")
    fits = fitting(graph, ["e", "f"], [NamedNode("http://example.org/p"), KG["relatedTo"]])
    assert not fits.heads(0).any() and not fits.tails(1).any()


def test_predictions_and_decisions_give_no_class() -> None:
    graph = graph_of("g:predicted { :s a kg:Person . :o a kg:Company } g:decisions { :s a kg:Person }")
    assert not fitting(graph, ["s", "o"], [KG["worksFor"]]).heads(0).any()
