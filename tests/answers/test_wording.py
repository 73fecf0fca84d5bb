"""A plug-in puts answers into words: it is asked for answers only, and one that is not there is named."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import kg.answers.wording
from kg.answers.answer import Answer, Reply
from kg.answers.wording import worded
from kg.errors import UnknownNameError
from kg.registry import Registry


class Plain:
    """Says the values one after the other."""

    def word(self, question: str, reading: str, answers: Sequence[Answer]) -> str:
        return f"{question} {' and '.join(answer.value for answer in answers)}."


ANSWERED = Reply("Who?", (Answer("Ada", None, ()), Answer("Bob", None, ())), "SELECT", "? works for Acme")


def test_answers_are_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry("answer_wording", {"plain": "tests.answers.test_wording:Plain"})
    monkeypatch.setattr(kg.answers.wording, "ANSWER_WORDINGS", registry)
    reply = worded(ANSWERED, "plain")
    assert reply.worded == "Who? Ada and Bob."
    assert reply.to_json()["worded"] == "Who? Ada and Bob."
    assert worded(Reply("Who?"), "plain") == Reply("Who?")


def test_without_a_wording_nothing_is_added() -> None:
    assert worded(ANSWERED, "") == ANSWERED
    assert "worded" not in ANSWERED.to_json()


def test_an_unknown_wording_is_named() -> None:
    with pytest.raises(UnknownNameError, match="poet"):
        worded(ANSWERED, "poet")
