"""A plug-in puts answers into words: what it says must be the answers, and whatever it does, they stay as they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import kg.answers.wording
from kg.answers.answer import Answer, Reply, Sentence
from kg.answers.wording import worded
from kg.errors import UnknownNameError
from kg.rdf import NamedNode
from kg.registry import Registry

NOTE = NamedNode("https://t.example/note/n")
SAID = Sentence(NOTE, "n.md", "Ada and Bob have worked for Acme since 1999.", 0, 43)
ANSWERED = Reply("Who?", (Answer("Ada", NOTE, (SAID,)), Answer("Bob", NOTE, (SAID,))), "SELECT", "? works for Acme")
DENIED = Reply("Does Ada work for Acme?", (Answer("no", None, (SAID,)),), "ASK", "whether Ada works for Acme")


class Plain:
    """Says the values one after the other."""

    def word(self, question: str, reading: str, answers: Sequence[Answer]) -> str:
        return f" {' and '.join(answer.value for answer in answers)} do, 2 in all, since 1999.\n"


def saying(said: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a wording that does something."""

    class Other:
        def word(self, question: str, reading: str, answers: Sequence[Answer]) -> Any:
            return said()

    registry = Registry("answer_wording", {})
    monkeypatch.setattr(registry, "load", lambda _: Other)
    monkeypatch.setattr(kg.answers.wording, "ANSWER_WORDINGS", registry)


def names_in(text: str) -> list[str]:
    return [name for name in ("Ada", "Bob", "Zed", "Acme", "tool", "艾达") if name in text]


def test_answers_are_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry("answer_wording", {"plain": "tests.answers.test_wording:Plain"})
    monkeypatch.setattr(kg.answers.wording, "ANSWER_WORDINGS", registry)
    reply = worded(ANSWERED, "plain", names_in)
    assert reply.worded == "Ada and Bob do, 2 in all, since 1999."
    assert reply.to_json()["worded"] == reply.worded
    assert worded(Reply("Who?"), "plain", names_in) == Reply("Who?")


def test_without_a_wording_nothing_is_added() -> None:
    assert worded(ANSWERED, "", names_in) == ANSWERED
    assert "worded" not in ANSWERED.to_json()


def test_an_unknown_wording_is_named() -> None:
    with pytest.raises(UnknownNameError, match="poet"):
        worded(ANSWERED, "poet", names_in)


@pytest.mark.parametrize(
    ("reply", "said", "fault"),
    [
        (ANSWERED, "Ada does.", "left out “Bob”"),
        (ANSWERED, "Adam and Bob do.", "left out “Ada”"),
        (ANSWERED, "Ada, Bob and Zed do.", "names “Zed”, which no statement does"),
        (ANSWERED, "Ada和Bob，还有艾达。", "names “艾达”, which no statement does"),
        (ANSWERED, "Ada and Bob do since 1850.", "says “1850”, which no statement does"),
        (ANSWERED, "", "returned no text"),
        (ANSWERED, None, "returned no text"),
        (ANSWERED, {"text": "Ada and Bob"}, "returned no text"),
        (ANSWERED, "Ada and Bob" * 5_000, "characters"),
        (DENIED, "Yes, she does.", "left out “no”"),
        (ANSWERED, "Ada and Bob do, with a tool.", ""),
        (DENIED, "Ada does not work for Acme.", ""),
        (DENIED, "她不在那里工作。", ""),
    ],
)
def test_what_is_not_the_answer_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, reply: Reply, said: Any, fault: str
) -> None:
    saying(lambda: said, monkeypatch)
    found = worded(reply, "odd", names_in)
    assert found.answers == reply.answers
    assert found.worded == ("" if fault else said)
    assert fault in " ".join(found.reasons) and bool(found.reasons) == bool(fault)
    if fault:
        assert "The wording “odd”" in found.reasons[0]


def test_one_that_fails_loses_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise RuntimeError("no model")

    saying(fail, monkeypatch)
    found = worded(ANSWERED, "odd", names_in)
    assert (found.answers, found.worded) == (ANSWERED.answers, "")
    assert "failed (RuntimeError: no model)" in found.reasons[0]


def test_one_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    saying(lambda: time.sleep(5) or "Ada and Bob", monkeypatch)
    begun = time.monotonic()
    found = worded(ANSWERED, "odd", names_in, seconds=0.1)
    assert time.monotonic() - begun < 3
    assert (found.answers, found.worded) == (ANSWERED.answers, "")
    assert "said nothing within 0.1 seconds" in found.reasons[0]
