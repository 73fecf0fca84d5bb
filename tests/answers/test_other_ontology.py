"""Questions are read by the labels, triggers, patterns and types of whatever ontology a home has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.answers.answering import Asker
from kg.graph import KnowledgeGraph, commit, excluded_graphs, hiding_graph
from kg.iri import Minter
from kg.model import Change
from kg.ontology import bare_names, load_ontology
from kg.rdf import RdfFormat, parse
from kg.stores import STORES, Opening
from tests.answers.facts import BASE, PREFIXES, fact, thing

FILMS = """
@prefix film: <https://films.example/ns#> .
@prefix kg: <https://w3id.org/noemata#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<https://films.example/> a owl:Ontology .
film:Film a owl:Class ; rdfs:label "film"@en, "电影"@zh ; skos:altLabel "movie"@en .
film:Person a owl:Class ; rdfs:label "person"@en, "人"@zh ; owl:disjointWith film:Film .
film:directed a owl:ObjectProperty ; rdfs:label "directed"@en, "执导"@zh ; rdfs:domain film:Person ; rdfs:range film:Film ;
    kg:trigger "direct"@en, "helm"@en ; kg:pattern "{s}拍摄了{o}"@zh ; owl:inverseOf film:director .
film:director a owl:ObjectProperty ; rdfs:label "director"@en, "导演"@zh ; rdfs:domain film:Film ; rdfs:range film:Person .
film:starsIn a owl:ObjectProperty ; rdfs:label "stars in"@en, "出演"@zh ; rdfs:domain film:Person ; rdfs:range film:Film ;
    kg:trigger "star in"@en, "appear in"@en ; kg:pattern "{o} features {s}"@en .
film:premieredOn a owl:DatatypeProperty ; rdfs:label "premiered on"@en, "首映日期"@zh ; rdfs:range xsd:date ;
    kg:valueKind "date" ; kg:trigger "premiere on"@en .
film:sequelTo a owl:ObjectProperty ; rdfs:label "sequel to"@en, "续集"@zh ; rdfs:domain film:Film ; rdfs:range film:Film .
"""

FACTS = PREFIXES + "".join(
    [
        thing("alien", "film:Film", ["Alien", "异形"]),
        thing("aliens", "film:Film", ["Aliens"]),
        thing("ridley", "film:Person", ["Ridley Scott"]),
        thing("james", "film:Person", ["James Cameron"]),
        thing("sigourney", "film:Person", ["Sigourney Weaver"]),
        fact(":ridley", "film:directed", ":alien", "Ridley Scott directed Alien.", "a.md"),
        fact(":aliens", "film:director", ":james", "director: James Cameron", "b.md", "stated"),
        fact(":sigourney", "film:starsIn", ":alien", "Sigourney Weaver stars in Alien.", "a.md"),
        fact(":sigourney", "film:starsIn", ":aliens", "Aliens features Sigourney Weaver.", "b.md"),
        fact(":alien", "film:premieredOn", '"1979-05-25"^^xsd:date', "Alien premiered on 25 May 1979.", "a.md"),
        fact(":aliens", "film:premieredOn", '"1986-07-18"^^xsd:date', "Aliens premiered on 18 July 1986.", "b.md"),
        fact(":aliens", "film:sequelTo", ":alien", "Aliens is the sequel to Alien.", "b.md"),
    ]
)

ANSWERS = {
    "Who directed Alien?": ["Ridley Scott"],
    "Who helmed Aliens?": ["James Cameron"],
    "Who is the director of Alien?": ["Ridley Scott"],
    "By whom was Aliens directed?": ["James Cameron"],
    "Which film did James Cameron direct?": ["Aliens"],
    "Which movies features Sigourney Weaver?": ["Alien", "Aliens"],
    "How many films does Sigourney Weaver star in?": ["2"],
    "When did Alien premiere?": ["1979-05-25"],
    "Which film premiered first?": ["Alien"],
    "Which films premiered before 1980?": ["Alien"],
    "What is the sequel to Alien?": ["Aliens"],
    "Who directed the sequel to Alien?": ["James Cameron"],
    "Who stars in a film that Ridley Scott directed?": ["Sigourney Weaver"],
    "Did Ridley Scott direct Alien?": ["yes"],
    "谁执导了异形？": ["Ridley Scott"],
    "谁拍摄了异形？": ["Ridley Scott"],
    "异形的导演是谁？": ["Ridley Scott"],
    "Sigourney Weaver出演了哪些电影？": ["Alien", "Aliens"],
    "异形的首映日期是什么时候？": ["1979-05-25"],
    "Who works for Alien?": [],
    "Who produced Alien?": [],
    "Where is Alien?": [],
}


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    file = tmp_path_factory.mktemp("films") / "films.ttl"
    file.write_text(FILMS, "utf-8")
    ontology, minter = load_ontology(file), Minter(BASE)
    opening = Opening(
        None, "merged", excluded_graphs(minter), BASE, names=bare_names(ontology), hiding=hiding_graph(minter)
    )
    graph = KnowledgeGraph(STORES.load("embedded")(opening), ontology, minter)
    commit(graph, Change(tuple(parse(FACTS.encode(), RdfFormat.TRIG, "films.trig"))))
    yield Asker(graph)
    graph.store.close()


@pytest.mark.parametrize("question", ANSWERS)
def test_the_names_of_another_ontology_are_understood(asker: Asker, question: str) -> None:
    reply = asker.ask(question)
    assert sorted(answer.value for answer in reply.answers) == ANSWERS[question], reply.reading
    assert all(answer.evidence for answer in reply.answers)


def test_an_ontology_without_people_or_places_still_answers(tmp_path: Path) -> None:
    file = tmp_path / "bare.ttl"
    file.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<https://b.example/p> a owl:ObjectProperty ; rdfs:label "feeds"@en .\n',
        "utf-8",
    )
    ontology, minter = load_ontology(file), Minter(BASE)
    opening = Opening(None, "merged", excluded_graphs(minter), BASE, hiding=hiding_graph(minter))
    graph = KnowledgeGraph(STORES.load("embedded")(opening), ontology, minter)
    facts = PREFIXES + thing("cat", "", ["Tom"]) + thing("fish", "", ["Nemo"])
    facts += fact(":cat", "<https://b.example/p>", ":fish", "Tom feeds Nemo.")
    commit(graph, Change(tuple(parse(facts.encode(), RdfFormat.TRIG, "b.trig"))))
    replies = [Asker(graph).ask(question) for question in ("Who feeds Nemo?", "What does Tom feed?")]
    graph.store.close()
    assert [[answer.value for answer in reply.answers] for reply in replies] == [["Tom"], ["Nemo"]]
