"""What users said of hits, as what scores are multiplied by."""

from __future__ import annotations

import pytest

from kg.events import Feedback, Verdict
from kg.rdf import NamedNode
from kg.search.feedback import feedback_factors

NOTE, OTHER = NamedNode("https://noemata.example/note/a"), NamedNode("https://noemata.example/note/b")


def said(verdict: Verdict, query: str, user: str = "ann", item: NamedNode = NOTE, time: str = "") -> Feedback:
    return Feedback(user, verdict, item, query, time)


def test_useful_raises_and_wrong_lowers() -> None:
    found = feedback_factors([said("useful", "graph databases"), said("wrong", "graph databases", item=OTHER)], "graph databases")
    assert found[NOTE.value] > 1 > found[OTHER.value] > 0


@pytest.mark.parametrize(
    ("said_of", "asked"),
    [("graph databases", "Graph database?"), ("图数据库", "图数据库"), ("which graph database", "graph databases")],
)
def test_much_the_same_question_counts(said_of: str, asked: str) -> None:
    assert feedback_factors([said("useful", said_of)], asked)[NOTE.value] > 1


@pytest.mark.parametrize("asked", ["baking bread", "graph theory lecture notes of 2021", "?!", "图书馆"])
def test_another_question_does_not(asked: str) -> None:
    assert feedback_factors([said("useful", "graph databases")], asked) == {}


def test_of_one_user_the_last_verdict_counts_once() -> None:
    changed = [said("wrong", "graph databases", time="1"), said("useful", "Graph  databases", time="2")]
    assert feedback_factors(changed, "graph databases") == feedback_factors(changed[1:], "graph databases")
    again = [said("useful", "graph databases", time=str(number)) for number in range(5)]
    assert feedback_factors(again, "graph databases") == feedback_factors(again[:1], "graph databases")


def test_many_users_change_a_score_no_more_than_by_half() -> None:
    crowd = [said("useful", "graph", user=f"u{number}") for number in range(100)]
    angry = [said("wrong", "graph", user=f"u{number}") for number in range(100)]
    assert feedback_factors(crowd, "graph") == {NOTE.value: 1.5}
    assert feedback_factors(angry, "graph") == {NOTE.value: 0.5}
