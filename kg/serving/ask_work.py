"""What a reader does to answer a question; the names of things stay, as long as the graph is the same."""

from __future__ import annotations

import json
from typing import Any

from kg.answers.answering import Asker
from kg.answers.replying import reply_to
from kg.graph import KnowledgeGraph
from kg.search.opening import home_searcher
from kg.serving.frames import AnswerRequest

__all__ = ["answer_question"]

_KEPT, _EARLIER = "asker", "earlier asker"
"""Of the same checkpoint; and of the one before, which is among what lasts."""


def answer_question(graph: KnowledgeGraph, request: AnswerRequest, kept: dict[str, Any]) -> bytes:
    """Return the reply as one JSON document in UTF-8, in the shape of `kg ask --json`.

    Raises:
        InputError: the question is empty or too long.
    """
    asker: Asker | None = kept.get(_KEPT)
    if asker is None:
        asker = kept[_KEPT] = kept[_EARLIER] = Asker(graph, kept.get(_EARLIER))
    else:
        asker.renew(graph)
    settings, hidden = request.config.ask, request.hidden
    reply = reply_to(
        asker, request.question, settings, lambda: home_searcher(request.home, request.config, kept).on(graph), hidden
    )
    return json.dumps(reply.to_json(), ensure_ascii=False).encode()
