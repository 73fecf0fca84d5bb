"""Questions that a graph seems to answer, and does not: all of several, what may be, and what nobody denied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.answers.answering import Asker
from tests.answers.facts import BASE, fact, thing
from tests.answers.graph import FACTS
from tests.graphs import graph_on

QUICK = "Pond is quick, Java is not, and nothing depends on it."
MORE = FACTS + "".join(
    [
        fact(":ada", "kg:creatorOf", ":lamp", "Ada wrote Lamp.", "lamp.md"),
        fact("note:quick", "kg:mentions", ":pond", QUICK, "quick.md"),
        fact("note:quick", "kg:mentions", ":java", QUICK, "quick.md"),
        fact("note:lone", "kg:mentions", ":pond", "As of May, Pond does not depend on Rust.", "lone.md"),
        fact("note:lone", "kg:mentions", ":rust", "As of May, Pond does not depend on Rust.", "lone.md"),
        fact(":eve", "kg:locatedIn", ":oslo", "Eve Stone is in Oslo.", "eve.md"),
        fact(":norway", "rdf:type", "kg:Place", "Norway is a country and an idea.", "norway.md"),
    ]
)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, MORE.encode()) as graph:
        yield Asker(graph)


def answers(asker: Asker, question: str) -> list[str]:
    return sorted(each.value for each in asker.ask(question).answers)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Do all companies create Lamp?", "each of several"),
        ("Does every project use Pond?", "each of several"),
        ("What does every software use?", "each of several"),
        ("Did everyone attend the Lamp retro?", "each of several"),
        ("Who works for all companies?", "each of several"),
        ("Can Lamp use Pond?", "what may be"),
        ("Who could work for Acme?", "what may be"),
        ("Will Ada work for Acme?", "what may be"),
        ("明灯能不能使用Pond？", ""),
        ("谁最初在艾克米公司工作？", ""),
        ("What is the country of Acme?", ""),
        ("Is Oslo a city?", "“city”"),
        ("Is Oslo a country?", "No note says of Oslo that it is a “country”"),
        ("Which woman works for Acme?", "“woman”"),
        ("In which city is Oslo?", ""),
        ("Does Mill use Java?", "Stated: Mill “uses” Pond. Nothing states Java"),
        ("Does Pond depend on Java?", "does not say it plainly"),
        ("Is Acme just in Oslo?", "“just”"),
    ],
)
def test_what_the_notes_do_not_say_is_not_answered(asker: Asker, question: str, reason: str) -> None:
    reply = asker.ask(question)
    assert (reply.answers, reply.abstained) == ((), True), reply.reading
    assert reason in " ".join(reply.reasons)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("List all people who work for Acme", ["Ada Lovelace", "Bob Stone"]),
        ("What are all the companies in Norway?", ["Acme"]),
        ("Could you tell me who works for Acme?", ["Ada Lovelace", "Bob Stone"]),
        ("Who created Lamp?", ["Acme", "Ada Lovelace"]),
        ("Which people created Lamp?", ["Ada Lovelace"]),
        ("How many people created Lamp?", ["1"]),
        ("哪些人开发了明灯？", ["Ada Lovelace"]),
        ("谁开发了明灯？", ["Acme", "Ada Lovelace"]),
        ("Who are the people in Norway?", ["Bob Stone", "Eve Stone"]),
        ("In which city is Acme?", ["Oslo"]),
        ("Is Norway a country?", ["yes"]),
        ("Does Pond depend on Rust?", ["no"]),
        ("Is Acme in Norway?", ["yes"]),
    ],
)
def test_what_they_say_is(asker: Asker, question: str, expected: list[str]) -> None:
    assert answers(asker, question) == expected, asker.ask(question).reasons


def test_two_things_of_one_name_are_told_apart_by_their_iris() -> None:
    twins = MORE + thing("oslo2", "kg:Place", ["Oslo"]) + fact(":oslo2", "kg:locatedIn", ":acme2", "Oslo is in Wien.")
    twins += thing("acme2", "kg:Place", ["Wien"])
    with graph_on(None, BASE, twins.encode()) as graph:
        reply = Asker(graph).ask("Where is Oslo?")
    assert reply.abstained
    assert f"{BASE}entity/Entity/oslo2" in reply.reasons[0] and "merge" in reply.reasons[0]
