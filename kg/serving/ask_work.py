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

_KEPT = "asker"


def answer_question(graph: KnowledgeGraph, request: AnswerRequest, kept: dict[str, Any]) -> bytes:
    """Return the reply as one JSON document in UTF-8, in the shape of `kg ask --json`.

    Raises:
        InputError: the question is empty or too long.
    """
    asker = kept.setdefault(_KEPT, None) or Asker(graph)
    kept[_KEPT] = asker
    asker.renew(graph)
    reply = reply_to(
        asker, request.question, request.config.ask, lambda: home_searcher(request.home, request.config, kept).on(graph)
    )
    return json.dumps(reply.to_json(), ensure_ascii=False).encode()
