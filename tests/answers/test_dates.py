"""Questions about times: what dates questions write, what the precision of a date leaves open, and ties."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.answers.answering import Asker
from kg.answers.english.dates import date_at
from kg.answers.words import tokenise
from tests.answers.facts import BASE, fact, thing
from tests.answers.graph import FACTS
from tests.graphs import graph_on


def due(name: str, date: str, kind: str = "date") -> str:
    return fact(f":{name}", "kg:dueDate", f'"{date}"^^xsd:{kind}', f"{name} is due on {date}.", f"{name}.md", "stated")


MORE = FACTS + "".join(
    [
        thing("delta2", "kg:Project", ["March 2025 review"]),
        due("delta2", "2025-03-01"),
        due("gamma", "2026", "gYear"),
        *(thing(f"paper{year}", "kg:Paper", [f"Paper of {year}"]) for year in (2014, 2018, 2021)),
        *(fact(f":paper{year}", "kg:releasedOn", f'"{year}"^^xsd:gYear', f"It appeared in {year}.", f"{year}.md")
          for year in (2014, 2018, 2021)),
        *(thing(f"book{number}", "kg:Book", [f"Book {number}"]) for number in (1, 2, 3)),
        fact(":book1", "kg:releasedOn", '"1990"^^xsd:gYear', "Book 1 appeared in 1990.", "book1.md"),
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, MORE.encode()) as graph:
        yield Asker(graph)


@pytest.mark.parametrize(
    ("text", "date", "count"),
    [
        ("march 2025", "2025-03", 2), ("Sept. 2025", "", 0), ("Sep 2025", "2025-09", 2), ("may of 1999", "1999-05", 3),
        ("July 1, 2025", "2025-07-01", 4), ("1st July 2025 sharp", "2025-07-01", 3), ("21 of may, 2025", "2025-05-21", 5),
        ("may", "", 0), ("2025", "", 0), ("", "", 0),
    ],
)  # fmt: skip
def test_dates_in_words(text: str, date: str, count: int) -> None:
    assert date_at([token.text for token in tokenise(text)]) == (date, count)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which project is due in June 2025?", ["Alpha"]),
        ("Which project is due on 30 June 2025?", ["Alpha"]),
        ("Which projects are due before June 2025?", ["Beta", "March 2025 review"]),
        ("Which projects are due after June 2025?", ["Gamma"]),
        ("Which papers were published between 2014 and 2018?", ["Paper of 2014", "Paper of 2018"]),
        ("Which papers were published from 2015 to 2020?", ["Paper of 2018"]),
        ("Which papers were published between 2014 and March 2018?", ["Paper of 2014"]),  # 2018: some day of it
        ("Which projects are due between 2024 and March 2025?", ["Beta", "March 2025 review"]),
        ("Which projects are due between 2024 and 30 June 2025?", ["Alpha", "Beta", "March 2025 review"]),
        ("Was Paper of 2018 published between 2014 and March 2018?", []),
        ("Was Paper of 2018 published between 2014 and 2018?", ["yes"]),
        ("When is the March 2025 review due?", ["2025-03-01"]),
        (
            "Which projects are due before March 2026?",
            ["Alpha", "Beta", "March 2025 review"],
        ),  # Gamma: some day in 2026
        ("Which project is due first?", ["Beta", "March 2025 review"]),
        ("Which project is due last?", ["Gamma"]),
        ("哪些项目在2025年6月到期？", ["Alpha"]),
        ("哪些项目在2025年6月之前到期？", ["Beta", "March 2025 review"]),
        ("哪个项目最先到期？", ["Beta", "March 2025 review"]),
        ("哪个项目最晚到期？", ["Gamma"]),
        ("2015年之前发表了哪些论文？", ["Paper of 2014"]),
        ("哪些论文是2015年以后发表的？", ["Paper of 2018", "Paper of 2021"]),
        ("2018年发表的论文有哪些？", ["Paper of 2018"]),
    ],
)
def test_times_are_understood(asker: Asker, question: str, expected: list[str]) -> None:
    reply = asker.ask(question)
    assert sorted(each.value for each in reply.answers) == expected, (reply.reading, reply.reasons)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Which project is due today?", "by the day of asking"),
        ("What was released last year?", "by the day of asking"),
        ("Which papers were published recently?", "by the day of asking"),
        ("去年发表了哪些论文？", "by the day of asking"),
        ("Which paper is the oldest?", "It compares"),
        ("Who works for more companies than Ada?", "It compares"),
        ("Why is Alpha due in June 2025?", "why or how"),
        ("哪家公司最大？", "It compares"),
        ("为什么明灯使用Pond？", "why or how"),
        ("每个项目都使用Pond吗？", "each of several"),
        ("谁不在艾克米公司工作？", "what is not so"),
        ("艾克米公司会开发Pond吗？", "what may be"),
        ("How many books were published before 2000?", "Of 3 of the class “book”, 1 have"),
    ],
)
def test_what_no_date_says_is_said(asker: Asker, question: str, reason: str) -> None:
    reply = asker.ask(question)
    assert reply.abstained, reply.reading
    assert reason in " ".join(reply.reasons)


def test_what_a_question_of_a_time_leaves_out_is_said(asker: Asker) -> None:
    reply = asker.ask("Which books were published before 2000?")
    assert [each.value for each in reply.answers] == ["Book 1"]
    assert reply.reasons == ("Of 3 of the class “book”, 1 have a “released on”: there may be others.",)


def test_dates_of_other_precision_say_no_order() -> None:
    facts = FACTS + due("gamma", "2025", "gYear")
    with graph_on(None, BASE, facts.encode()) as graph:
        reply = Asker(graph).ask("Which project is due first?")
    assert reply.abstained
    assert "some have no month, or no day" in reply.reasons[0]
