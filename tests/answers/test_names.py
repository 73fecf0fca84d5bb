"""What names stand for: things of one name, parts of names, names of an earlier state, and the words of classes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.answers.answering import Asker
from kg.query.sparql import run_sparql
from kg.results import Solutions
from tests.answers.facts import BASE, fact, thing
from tests.answers.graph import FACTS
from tests.graphs import graph_on

CLASSES = """
GRAPH <https://t.example/graph/ontology> {
  kg:Software a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label "software"@en, "软件"@zh .
  kg:Project a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label "project"@en, "项目"@zh .
}
"""
MORE = FACTS + "".join(
    [
        CLASSES,
        thing("foam1", "kg:Project", ["Foam"]),
        thing("foam2", "kg:Software", ["Foam"]),
        thing("foam3", "", ["Foam"]),
        fact(":foam1", "kg:uses", ":pond", "Foam uses Pond.", "a.md"),
        fact(":foam2", "kg:uses", ":mill", "Foam uses Mill.", "b.md"),
        fact(":foam3", "kg:uses", ":lamp", "Foam uses Lamp.", "c.md"),
        thing("gil", "kg:Person", ["Gil German"]),
        fact(":gil", "kg:worksFor", ":acme", "Gil is a manager at Acme.", "gil.md"),
        fact(":gil", "rdf:type", "kg:Person", "Gil is a manager.", "gil.md"),
        thing("study", "kg:Paper", ["Study"]),
        fact("note:study", "kg:describes", ":study", "Study", "study.md", "stated"),
        fact("note:study", "kg:taggedWith", "tag:rare", "#rare", "study.md", "stated"),
        fact(":kim", "kg:worksFor", ":delta", "Kim曾在Delta Works工作。", "kim.md"),
        thing("kim", "kg:Person", ["Kim"]),
    ]
)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, MORE.encode()) as graph:
        yield Asker(graph)


def answers(asker: Asker, question: str) -> list[str]:
    return sorted(each.value for each in asker.ask(question).answers)


def test_things_of_one_name_and_of_other_classes_are_asked_together(asker: Asker) -> None:
    reply = asker.ask("What does Foam use?")
    assert sorted(each.value for each in reply.answers) == ["Lamp", "Mill", "Pond"]
    result = run_sparql(asker.graph, reply.query or "", prefixes={})
    assert isinstance(result, Solutions)
    assert len(list(result.rows)) == 3
    assert answers(asker, "What is Foam?") == ["project", "software"]
    assert answers(asker, "Foam是什么？") == ["软件", "项目"]
    assert answers(asker, "Does Foam use Mill?") == ["yes"]


def test_of_people_who_share_a_part_of_a_name_none_is_guessed(asker: Asker) -> None:
    reply = asker.ask("Where does Stone live?")  # that of one is known
    assert reply.abstained
    assert reply.reasons == ("“Stone” may be Bob Stone or Eve Stone: say which.",)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which manager works for Acme?", ["Gil German"]),
        ("Which managers work for Acme?", ["Gil German"]),
        ("Which man works for Acme?", []),  # `manager` is another word
        ("Which people work for an organisation in Oslo?", ["Ada Lovelace", "Bob Stone", "Gil German"]),
        ("Which papers are tagged with rare?", ["Study"]),
        ("Which notes are tagged with rare?", ["Pebbles", "study"]),
        ("How many papers are tagged with rare?", ["1"]),
        ("Who else works for Acme?", []),
        ("谁在Delta Works工作？", []),
        ("有多少篇论文？", ["1"]),
    ],
)
def test_words_mean_what_they_say(asker: Asker, question: str, expected: list[str]) -> None:
    reply = asker.ask(question)
    assert sorted(each.value for each in reply.answers) == expected, (reply.reading, reply.reasons)


def test_a_frame_of_small_words_alone_says_nothing() -> None:
    facts = FACTS + CLASSES + fact(":mill", "kg:basedOn", ":lamp", "Mill is based on Lamp.", "based.md")
    with graph_on(None, BASE, facts.encode()) as graph:
        asker = Asker(graph)
        assert answers(asker, "Mill是什么？") == ["软件"]
        assert answers(asker, "Mill基于什么？") == ["Lamp"]


def test_answers_that_may_be_one_are_not_counted() -> None:
    facts = FACTS + thing("book", "kg:Book", ["Tides"])
    for name, label in (("ann", "Ann Bell"), ("bell", "Bell")):
        facts += thing(name, "kg:Person", [label]) + fact(":book", "kg:hasAuthor", f":{name}", f"{label} wrote it.")
    with graph_on(None, BASE, facts.encode()) as graph:
        asker = Asker(graph)
        assert asker.ask("How many authors does Tides have?").abstained
        reply = asker.ask("Who are the authors of Tides?")
    assert [each.value for each in reply.answers] == ["Ann Bell", "Bell"]
    assert "“Bell” may be “Ann Bell”" in reply.reasons[0]


def test_what_is_said_of_notes_and_of_narrower_classes_has_its_sentences(asker: Asker) -> None:
    (paper,) = asker.ask("Which papers are tagged with rare?").answers
    assert [each.quote for each in paper.evidence] == ["#rare"]
    narrower = MORE + fact(":kim", "rdf:type", "kg:ResearchOrganisation", "Kim is an institute.", "kim2.md")
    with graph_on(None, BASE, narrower.encode()) as graph:
        (yes,) = Asker(graph).ask("Is Kim an organisation?").answers
    assert [each.quote for each in yes.evidence] == ["Kim is an institute."]


def test_unknown_names_are_named_whole(asker: Asker) -> None:
    assert asker.ask("Who works for Delta Wroks?").reasons == (
        "Nothing is called “Delta Wroks”, and no property or class is. Did you mean “Delta Works”?",
    )


def test_one_made_from_an_earlier_state_answers_as_a_new_one(asker: Asker) -> None:
    questions = ("Who works for Acme?", "Where does Stone live?", "Who works for Newt?", "What is Foam?", "Who is Kim?")
    more = MORE + thing("newt", "kg:Company", ["Newt"]) + fact(":kim", "kg:worksFor", ":newt", "Kim works for Newt.")
    with graph_on(None, BASE, more.encode()) as graph:
        followed, new = Asker(graph, asker), Asker(graph)
        assert [followed.ask(question) for question in questions] == [new.ask(question) for question in questions]
        assert answers(followed, "Who works for Newt?") == ["Kim"]
    again = Asker(asker.graph, asker)
    assert [again.ask(question) for question in questions] == [asker.ask(question) for question in questions]
    assert again._names is asker._names and again._lexicon is asker._lexicon
