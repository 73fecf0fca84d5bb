"""Plug-ins that put an answer into a sentence; none is shipped. They see what the answer says and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from kg.answers.answer import Answer, Reply
from kg.registry import Registry

__all__ = ["ANSWER_WORDINGS", "Wording", "worded"]


class Wording(Protocol):
    """Puts answers into words."""

    def word(self, question: str, reading: str, answers: Sequence[Answer]) -> str:
        """Return a text that says the answers and nothing else.

        Args:
            reading: how the question was understood.
            answers: at least one, each with its sentences.
        """
        ...


ANSWER_WORDINGS = Registry("answer_wording", {})
"""Classes that are made without arguments and are `Wording`, by the entry points of `kg.answer_wordings`."""


def worded(reply: Reply, name: str) -> Reply:
    """Return a reply with its answers in words; one without answers, or without a wording, as it is.

    Raises:
        UnknownNameError: no wording has that name.
    """
    if not name or reply.abstained:
        return reply
    wording: Wording = ANSWER_WORDINGS.load(name)()
    return replace(reply, worded=wording.word(reply.question, reply.reading, reply.answers))
