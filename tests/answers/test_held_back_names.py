"""What only notes that are held back speak of: no link of a yes, no namesake, no class, and no name in a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.answers import results
from kg.answers.answering import Asker
from kg.answers.held_back import read_held_back
from kg.rdf import NamedNode
from tests.answers.facts import BASE, PREFIXES, fact, thing
from tests.graphs import graph_on

PRIVATE = fact("note:diary", "term:private", '"true"', "private: true", "diary.md", "stated")
IMPORTED = f"<{BASE}import/places> {{ :bergen kg:locatedIn :norway . }}\n"
FACTS = PREFIXES + "".join(
    [
        PRIVATE,
        IMPORTED,
        thing("acme", "kg:Company", ["Acme"]),
        thing("oslo", "kg:Place", ["Oslo"]),
        thing("norway", "kg:Place", ["Norway"]),
        thing("bergen", "kg:Place", ["Bergen"]),
        fact(":acme", "kg:locatedIn", ":oslo", "Acme is located in Oslo.", "acme.md"),
        fact(":oslo", "kg:locatedIn", ":norway", "Oslo is in Norway.", "diary.md"),
        fact("note:diary", "kg:mentions", ":bergen", "Bergen is nice.", "diary.md"),
        thing("mill", "kg:Company", ["Mill Hill"]),
        thing("east", "kg:Place", ["Eastland"]),
        fact(":mill", "kg:locatedIn", ":oslo", "Mill Hill is in Oslo.", "mill.md"),
        fact(":oslo", "kg:locatedIn", ":east", "Oslo is in Eastland, they say.", "diary.md"),
        fact(":mill", "kg:locatedIn", ":bergen", "Mill Hill is in Bergen too.", "mill.md"),
        fact(":bergen", "kg:locatedIn", ":east", "Bergen is in Eastland.", "mill.md"),
        thing("jonas", "kg:Person", ["Jonas Halden"]),
        thing("mira", "kg:Person", ["Mira Halden"]),
        thing("delta", "kg:Company", ["Delta Works"]),
        fact(":jonas", "kg:worksFor", ":acme", "Jonas Halden works for Acme.", "jonas.md"),
        fact(":mira", "kg:worksFor", ":delta", "Mira Halden works for Delta Works.", "diary.md"),
        fact(":delta", "kg:locatedIn", ":norway", "Delta Works is in Norway.", "delta.md"),
        thing("nightfall", "kg:Project", ["Project Nightfall"]),
        fact(":nightfall", "rdf:type", "kg:Project", "Project Nightfall is a project.", "diary.md"),
        thing("zed", "kg:Person", ["Zed Hidden"]),
        fact(":zed", "kg:worksFor", ":acme", "Zed Hidden works for Acme.", "diary.md"),
        thing("pond", "kg:Software", ["Pond"]),
        thing("lamp", "kg:Software", ["Lamp"]),
        fact(":acme", "kg:uses", ":pond", "Acme uses Pond.", "acme.md"),
        fact(":acme", "kg:uses", ":lamp", "Acme uses Lamp.", "diary.md"),
        fact(":acme", "kg:uses", ":kiln", "Acme uses Kiln.", "acme.md"),
        thing("kiln", "kg:Software", ["Kiln"]),
    ]
)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, FACTS.encode()) as graph:
        yield Asker(graph)


def values(asker: Asker, question: str, hidden: bool = False) -> list[str]:
    return [each.value for each in asker.ask(question, hidden).answers]


def test_one_link_of_theirs_holds_a_yes_back(asker: Asker) -> None:
    reply = asker.ask("Is Acme in Norway?")
    assert (reply.answers, reply.query, reply.held_back) == ((), None, 1)
    assert values(asker, "Is Acme in Norway?", hidden=True) == ["yes"]


def test_another_way_without_theirs_is_a_yes(asker: Asker) -> None:
    (answer,) = asker.ask("Is Mill Hill in Eastland?").answers
    assert [each.quote for each in answer.evidence] == ["Mill Hill is in Bergen too.", "Bergen is in Eastland."]


def test_what_only_follows_is_no_link() -> None:
    inferred = f"<{BASE}graph/inferred> {{ :acme kg:locatedIn :norway . }}\n"
    with graph_on(None, BASE, (FACTS + inferred).encode()) as graph:
        assert not Asker(graph).ask("Is Acme in Norway?").answers


def test_a_namesake_of_theirs_is_no_rival(asker: Asker) -> None:
    reply = asker.ask("Where does Halden work?")
    assert [each.value for each in reply.answers] == ["Acme"]
    assert "Mira" not in " ".join(reply.reasons)
    assert "Mira Halden" in " ".join(asker.ask("Where does Halden work?", hidden=True).reasons)


def test_what_they_mention_is_theirs(asker: Asker) -> None:
    held_back = read_held_back(asker.graph)
    names = ("mira", "nightfall", "zed", "acme", "bergen", "delta", "oslo")
    entities = [NamedNode(f"{BASE}entity/Entity/{name}") for name in names]
    assert [held_back.has(each) for each in entities] == [True, True, True, False, False, False, False]


def test_names_of_theirs_are_told_as_they_are_asked(asker: Asker) -> None:
    assert "Did you mean" not in " ".join(asker.ask("Where does Myra Halden live?").reasons)
    reply = asker.ask("Where does Zed work?")
    assert reply.held_back == 1
    assert "Zed Hidden" not in " ".join((reply.reading, *reply.reasons))
    reply = asker.ask("Where does Zed live?")
    assert "Zed Hidden" not in " ".join((reply.reading, *reply.reasons))


def test_their_classes_are_not_told(asker: Asker) -> None:
    for question in ("Is Project Nightfall a company?", "Is Project Nightfall a skunkworks project?"):
        assert "as: project" not in " ".join(asker.ask(question).reasons)
    told = " ".join(asker.ask("Is Project Nightfall a company?", hidden=True).reasons)
    assert not asker.ask("Is Project Nightfall a person?").answers
    assert values(asker, "Is Project Nightfall a person?", hidden=True) == ["no"] or "as: project" in told


def test_a_vague_question_gives_no_query_of_theirs(asker: Asker) -> None:
    reply = asker.ask("Which databases does Acme use?")
    assert "so it is not known which are meant" in " ".join(reply.reasons)
    assert (reply.query, reply.held_back) == (None, 1)


def test_a_shown_sentence_stands_before_one_that_is_not() -> None:
    more = fact(":jonas", "kg:worksFor", ":acme", "A first word of Jonas at Acme.", "aaa.md")
    more += fact("note:aaa", "term:private", '"true"', "private: true", "aaa.md", "stated")
    with graph_on(None, BASE, (FACTS + more).encode()) as graph:
        reasons = Asker(graph).ask("Does Jonas Halden work for Delta Works?").reasons
    assert "Stated: Jonas Halden “works for” Acme" in " ".join(reasons)


def test_more_rows_than_are_looked_at_answer_nothing(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "_MOST_ROWS", 2)
    reply = asker.ask("What does Acme use?")
    assert (reply.answers, reply.query) == ((), None)
    assert "too many" in reply.reasons[0]
    assert asker.ask("What does Acme use?", hidden=True).answers
