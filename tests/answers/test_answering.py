"""Questions over a small graph: what is answered, with which sentences, what is not, and what is said then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from kg.answers.answer import Reply
from kg.answers.answering import LONGEST_QUESTION, Asker
from kg.errors import InputError
from kg.query.sparql import run_sparql
from kg.rdf import Literal, NamedNode
from kg.results import Boolean, Solutions
from kg.stores import ServerAddress
from tests.answers.facts import BASE
from tests.answers.graph import FACTS
from tests.graphs import graph_on

ANSWERS = {
    "Who works for Acme?": ["Ada Lovelace", "Bob Stone"],
    "who works at acme": ["Ada Lovelace", "Bob Stone"],
    "Who is employed by Acme?": ["Ada Lovelace", "Bob Stone"],
    "Who are Acme's employees?": ["Ada Lovelace", "Bob Stone"],
    "Tell me who works for Acme.": ["Ada Lovelace", "Bob Stone"],
    "List the people who work for Acme": ["Ada Lovelace", "Bob Stone"],
    "Which company does Ada Lovelace work for?": ["Acme"],
    "For whom does Ada work?": ["Acme"],
    "Where does Ada work?": ["Acme"],
    "Who founded Acme?": ["Ada Lovelace"],
    "Who is the founder of Acme?": ["Ada Lovelace"],
    "By whom was Acme founded?": ["Ada Lovelace"],
    "When was Acme founded?": ["1999"],
    "What year was Acme founded?": ["1999"],
    "What was founded in 1999?": ["Acme"],
    "Which company was founded before 2005?": ["Acme"],
    "Where is Acme?": ["Oslo"],
    "In which city is Acme?": ["Oslo"],
    "Which companies are in Norway?": ["Acme"],
    "What does Lamp depend on?": ["Mill"],
    "What depends on Mill?": ["Lamp"],
    "Which databases does Lamp use?": ["Pond"],
    "What is used by both Lamp and Mill?": ["Pond"],
    "What do Lamp and Mill both use?": ["Pond"],
    "In which language is Lamp written?": ["Rust"],
    "Which software is written in Rust and depends on Mill?": ["Lamp"],
    "What is Lamp's version?": ["0.9"],
    "What version is Lamp?": ["0.9"],
    "What is the budget of Lamp?": ["40 crowns"],
    "How many people work for Lamp's creator?": ["2"],
    "How many companies are in Norway?": ["1"],
    "Which project is due first?": ["Beta"],
    "Which project is due last?": ["Alpha"],
    "Who attended the Lamp retro?": ["Ada Lovelace"],
    "Who works for the company that made Lamp?": ["Ada Lovelace", "Bob Stone"],
    "Who founded the company that Bob Stone works for?": ["Ada Lovelace"],
    "Where does the founder of Acme work?": ["Acme"],
    "Who works for Acme and lives in Oslo?": ["Bob Stone"],
    "Does Lamp use Pond?": ["yes"],
    "Is Lamp written in Java?": ["no"],
    "Is Acme in Norway?": ["yes"],
    "Is Acme a company?": ["yes"],
    "Is Acme a person?": ["no"],
    "Whose employer is Acme?": ["Ada Lovelace", "Bob Stone"],
    "Which projects are active?": ["Alpha"],
    "Which projects have the status active?": ["Alpha"],
    "Is Alpha active?": ["yes"],
    "Is Beta active?": ["no"],
    "Which notes are tagged with rare?": ["Pebbles"],
    "Did Ada found Acme?": ["yes"],
    "Is Ada the founder of Acme?": ["yes"],
    "谁在艾克米公司工作？": ["Ada Lovelace", "Bob Stone"],
    "艾克米公司有哪些员工？": ["Ada Lovelace", "Bob Stone"],
    "谁创立了艾克米公司？": ["Ada Lovelace"],
    "艾克米公司是谁创立的？": ["Ada Lovelace"],
    "艾克米公司的创始人是谁？": ["Ada Lovelace"],
    "艾克米公司是什么时候成立的？": ["1999"],
    "艾克米公司在哪里？": ["Oslo"],
    "艾克米公司在哪个城市？": ["Oslo"],
    "艾达在哪里工作？": ["Acme"],
    "明灯依赖哪些软件？": ["Mill"],
    "明灯是用什么语言编写的？": ["Rust"],
    "明灯的版本是多少？": ["0.9"],
    "有多少人在艾克米公司工作？": None,
    "使用Pond的软件有哪些？": ["Lamp", "Mill"],
    "明灯使用Pond吗？": ["yes"],
    "明灯是用Java编写的吗？": ["no"],
    "谁在开发明灯的公司工作？": ["Ada Lovelace", "Bob Stone"],
    "谁创立了Bob Stone工作的公司？": ["Ada Lovelace"],
    "艾克米公司在挪威吗？": ["yes"],
}

UNANSWERED = {
    "Who works for Zenith?": "Nothing is called “Zenith”",
    "Who works for Amce?": "Did you mean “Acme”?",
    "Who lives in Norway and plays the violin?": "“plays”",
    "Where does Ada live?": "No statement “lives in” about Ada Lovelace",
    "When was Lamp released?": "No statement “released on” about Lamp",
    "Who does not work for Acme?": "It asks for what is not so",
    "Which search engines does Lamp use?": "No note says of anything that it is a “search engine”",
    "Who works for Delta Works?": "The notes say it of the past",
    "Where does Stone work?": "say which",
    "Does Mill depend on Lamp?": "“Lamp depends on Mill.” (lamp.md) names both",
    "How many people work for Acme?": "no statement “number of employees” says how many",
    "Which company is the oldest?": "",
    "Is Alpha blue?": "Nothing is called “blue”",
    "What is rare?": "",
    "Who founded Acme and when?": "",
    "": None,
    "谁住在巴黎？": "Nothing is called “巴黎”",
    "艾达住在哪里？": "No statement “lives in” about Ada Lovelace",
    "谁不在艾克米公司工作？": "",
}


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, FACTS.encode()) as graph:
        yield Asker(graph)


@pytest.fixture(scope="module")
def ask(asker: Asker) -> Callable[[str], Reply]:
    """Asks each question once."""
    return cache(asker.ask)


def values(reply: Reply) -> list[str]:
    return sorted(answer.value for answer in reply.answers)


@pytest.mark.parametrize("question", [each for each, answers in ANSWERS.items() if answers is not None])
def test_a_question_has_exactly_its_answers(ask: Callable[[str], Reply], question: str) -> None:
    reply = ask(question)
    assert (values(reply), reply.abstained) == (sorted(ANSWERS[question] or ()), False), reply.reading
    assert reply.reading and reply.query


@pytest.mark.parametrize("question", [each for each in UNANSWERED if each])
def test_what_is_not_known_is_not_answered_and_it_says_why(ask: Callable[[str], Reply], question: str) -> None:
    reply = ask(question)
    assert (values(reply), reply.abstained) == ([], True), reply.reading
    assert (UNANSWERED[question] or "") in " ".join(reply.reasons)
    assert reply.reasons


@pytest.mark.parametrize("question", [each for each, answers in ANSWERS.items() if answers is not None])
def test_its_query_gives_the_answers_again(asker: Asker, ask: Callable[[str], Reply], question: str) -> None:
    reply = ask(question)
    assert reply.query is not None
    result = run_sparql(asker.graph, reply.query, prefixes={})  # plain SPARQL: its prefixes are its own
    if isinstance(result, Boolean):
        assert result.value == (values(reply) == ["yes"])
        return
    assert isinstance(result, Solutions)
    rows = [dict(zip(result.variables, row, strict=True)) for row in result.rows]
    again = {getattr(row.get("count") or row.get("name") or row["answer"], "value", None) for row in rows}
    assert again == set(values(reply))


@pytest.mark.parametrize("question", [each for each, answers in ANSWERS.items() if answers is not None])
def test_its_answers_have_sentences_of_notes(ask: Callable[[str], Reply], question: str) -> None:
    if question in ("Is Acme a company?", "Is Acme a person?", "Which notes are tagged with rare?"):
        return  # a class that is stated without a sentence
    for answer in ask(question).answers:
        assert answer.evidence, answer
        assert all(sentence.quote and sentence.path.endswith(".md") for sentence in answer.evidence)


def test_the_sentence_is_the_one_that_says_it(asker: Asker) -> None:
    (answer,) = asker.ask("Where does Bob Stone live?").answers
    assert [(each.quote, each.path) for each in answer.evidence] == [("Bob Stone lives in Oslo.", "bob.md")]
    assert answer.iri == NamedNode(f"{BASE}entity/Entity/oslo")


def test_a_join_gives_the_sentences_of_both_steps(asker: Asker) -> None:
    ada = asker.ask("Who works for the company that made Lamp?").answers[0]
    assert {each.quote for each in ada.evidence} == {"Ada works for Acme.", "Acme developed Lamp."}


def test_no_rests_on_the_sentence_that_denies_it(asker: Asker) -> None:
    (answer,) = asker.ask("Is Lamp written in Java?").answers
    assert [each.quote for each in answer.evidence] == ["Lamp is not written in Java."]


def test_what_was_is_no_answer_to_what_is(asker: Asker) -> None:
    assert values(asker.ask("Where does Bob Stone work?")) == ["Acme"]
    assert values(asker.ask("Where did Bob Stone work?")) == ["Acme", "Delta Works"]


def test_a_reply_is_the_same_each_time(ask: Callable[[str], Reply]) -> None:
    with graph_on(None, BASE, FACTS.encode()) as graph:
        again = Asker(graph)
        for question in [*ANSWERS, *filter(None, UNANSWERED)][::5]:
            assert again.ask(question) == ask(question)


@pytest.mark.parametrize("question", ["", "   ", "x" * (LONGEST_QUESTION + 1)])
def test_an_empty_or_endless_question_is_an_error(asker: Asker, question: str) -> None:
    with pytest.raises(InputError, match="question"):
        asker.ask(question)


def test_quotes_and_braces_stay_text(asker: Asker) -> None:
    for question in ('Who works for "} DROP ALL #?', "Who works for <http://x/>} ?", "What is the \\u0022 of Lamp?"):
        assert asker.ask(question).abstained
    literal = Literal('Ac"me')
    assert asker.ask(f"Who works for {literal.value}?").abstained


def test_an_empty_graph_answers_nothing() -> None:
    with graph_on(None, BASE, b"") as graph:
        reply = Asker(graph).ask("Who works for Acme?")
    assert reply.abstained
    assert "Nothing is called “Acme”" in reply.reasons[0]


def test_both_stores_answer_the_same(asker: Asker, neo4j_empty: ServerAddress) -> None:
    with graph_on(neo4j_empty, BASE, FACTS.encode()) as graph:
        other = Asker(graph)
        for question in list(ANSWERS)[::6]:
            assert other.ask(question) == asker.ask(question), question
