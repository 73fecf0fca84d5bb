"""Plug-ins that put an answer into a sentence; none is shipped. They see what the answer says and nothing else.

What they return is checked before it is shown: it must say every answer, and name nothing else. Whatever they do
otherwise (hang, raise, return nothing), the answer stays as it is.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from kg.answers.answer import Answer, Reply
from kg.answers.words import fold
from kg.registry import Registry

__all__ = ["ANSWER_WORDINGS", "Wording", "worded"]

_logger = logging.getLogger(__name__)

_SECONDS = 10.0
"""A wording may take so long; queries over HTTP have 30 by default."""
_LONGEST = 20_000
"""Characters that are shown."""
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_YES = re.compile(r"\byes\b|[是对有会]", re.IGNORECASE)
_NO = re.compile(r"\b(?:no|not|never|nor|neither)\b|n['’]t\b|[不没否非未]", re.IGNORECASE)


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


def worded(reply: Reply, name: str, names_in: Callable[[str], Sequence[str]], seconds: float = _SECONDS) -> Reply:
    """Return a reply with its answers in words; one without answers, or without a wording, as it is.

    Where the wording fails, or says other than the answers, the reply has none, and a reason says so.

    Args:
        names_in: gives the names of things that a text has.

    Raises:
        UnknownNameError: no wording has that name.
    """
    if not name or reply.abstained:
        return reply
    load = ANSWER_WORDINGS.load(name)
    text = _word(lambda: load().word(reply.question, reply.reading, reply.answers), seconds)
    fault = text if isinstance(text, _Fault) else _fault(text, reply, names_in)
    if fault is None:
        return replace(reply, worded=str(text).strip())
    reason = f"The wording “{name}” {fault}; the answers are as the statements give them."
    return replace(reply, reasons=(*reply.reasons, reason))


class _Fault(str):
    """What is wrong with a wording, as the rest of a sentence."""


def _word(word: Callable[[], object], seconds: float) -> object:
    """Return what a wording returns; it is left behind where it takes too long."""
    said: queue.SimpleQueue[object] = queue.SimpleQueue()

    def run() -> None:
        try:
            said.put(word())
        except Exception as error:  # the edge of a plug-in: whatever it raises, the answer is there
            _logger.warning("a wording of answers failed", exc_info=True)
            said.put(_Fault(f"failed ({type(error).__name__}: {error})"))

    threading.Thread(target=run, name="wording", daemon=True).start()
    try:
        return said.get(timeout=seconds)
    except queue.Empty:
        return _Fault(f"said nothing within {seconds:g} seconds")


def _fault(text: object, reply: Reply, names_in: Callable[[str], Sequence[str]]) -> _Fault | None:
    """Return what is wrong with a text; None where it says the answers and nothing else that can be told."""
    if not isinstance(text, str) or not text.strip():
        return _Fault("returned no text")
    if len(text) > _LONGEST:
        return _Fault(f"returned {len(text):,} characters")
    for answer in reply.answers:
        if not _says(text, answer):
            return _Fault(f"left out “{answer.value}”")
    known = " ".join((reply.question, reply.reading, *_texts(reply)))
    numbers = {*_NUMBER.findall(known), str(len(reply.answers))}
    number = next((each for each in _NUMBER.findall(text) if each not in numbers), None)
    if number is not None:
        return _Fault(f"says “{number}”, which no statement does")
    folded = fold(known)
    written = (each for each in names_in(text) if not each.islower() or not each.isascii())  # not `tool`, of a note
    other = next((each for each in written if fold(each) not in folded), None)
    return None if other is None else _Fault(f"names “{other}”, which no statement does")


def _texts(reply: Reply) -> list[str]:
    quotes = [sentence.quote for answer in reply.answers for sentence in answer.evidence]
    return [*(answer.value for answer in reply.answers), *quotes]


def _says(text: str, answer: Answer) -> bool:
    if answer.iri is None and answer.value in ("yes", "no"):
        is_no = _NO.search(text) is not None
        return is_no if answer.value == "no" else not is_no and _YES.search(text) is not None
    value = re.escape(fold(answer.value))
    return re.search(rf"(?<![a-z0-9]){value}(?![a-z0-9])", fold(text)) is not None  # `Adam` does not say `Ada`
