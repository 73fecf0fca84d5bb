"""Chinese questions in whose names and nouns stand the characters of other questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.answers.answering import Asker
from tests.answers.facts import BASE, fact, thing
from tests.answers.graph import FACTS
from tests.graphs import graph_on

MORE = FACTS + "".join(
    [
        thing("supper", "kg:Work", ["最后的晚餐"]),
        fact(":ada", "kg:creatorOf", ":supper", "艾达创作了《最后的晚餐》。", "supper.md"),
        thing("leader", "kg:Company", ["最先进科技公司"]),
        fact(":leader", "kg:locatedIn", ":oslo", "最先进科技公司在奥斯陆。", "leader.md"),
    ]
)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, MORE.encode()) as graph:
        yield Asker(graph)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("谁是最后的晚餐的创建者？", ["Ada Lovelace"]),
        ("最先进科技公司在哪里？", ["Oslo"]),
        ("哪个项目最先到期？", ["Beta"]),
    ],
)
def test_names_ask_for_no_order(asker: Asker, question: str, expected: list[str]) -> None:
    reply = asker.ask(question)
    assert [each.value for each in reply.answers] == expected, (reply.reading, reply.reasons)


@pytest.mark.parametrize(
    "question", ["哪些会议讨论了量子力学？", "社会学的别名是什么？", "谁是这栋楼的所有者？", "将军住在哪里？"]
)
def test_nouns_do_not_ask_for_what_may_be(asker: Asker, question: str) -> None:
    reasons = " ".join(asker.ask(question).reasons)
    assert "It asks for" not in reasons
    assert reasons
