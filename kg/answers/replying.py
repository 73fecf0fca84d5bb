"""A question with all that belongs to it: the answers of the graph, else the nearest sentences of the notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from kg.answers.answer import Reply
from kg.answers.answering import Asker
from kg.answers.passages import nearest_sentences
from kg.answers.wording import worded
from kg.config import AskSettings

if TYPE_CHECKING:
    from kg.search.searching import Searcher

__all__ = ["reply_to"]


def reply_to(
    asker: Asker, question: str, settings: AskSettings, searcher: Callable[[], Searcher], hidden: bool = False
) -> Reply:
    """Return the reply to a question.

    Args:
        searcher: gives what searches the notes of the same graph; it is called only where no statement answers.
        hidden: whether drafts, private notes and templates answer, and are found, too.

    Raises:
        InputError: the question is empty or too long. UnknownNameError: no wording is called as the settings say.
    """
    reply = asker.ask(question, hidden)
    if reply.answers:
        return worded(reply, settings.wording, asker.names_in)
    if settings.passages == 0:
        return reply
    names = asker.names_in(question)
    return replace(reply, passages=nearest_sentences(searcher(), question, names, settings.passages, hidden))
