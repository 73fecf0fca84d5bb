"""`kg ask`: questions that are answered from what the notes state, each answer with its sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from kg.answers.answer import Reply, Sentence
from kg.answers.answering import Asker
from kg.answers.replying import reply_to
from kg.cli.session import Session, command
from kg.config import Config
from kg.graph import KnowledgeGraph
from kg.home import Home

if TYPE_CHECKING:
    from kg.search.searching import Searcher

__all__ = ["ask"]

_MOST_SENTENCES = 3
"""Sentences of an answer that are shown to people; --json has all."""


@command()
@click.argument("question", nargs=-1, required=True, metavar="QUESTION")
@click.option(
    "--query", "with_query", is_flag=True, help="Show the SPARQL query too; `kg sparql` gives its rows again."
)
@click.option("--hidden", is_flag=True, help="Answer from drafts, private notes and templates too.")
def ask(session: Session, /, question: tuple[str, ...], with_query: bool, hidden: bool) -> None:
    """Answer a question in English or Chinese from what the notes state.

    Who, what, which, when, where, how many, and yes or no. What no statement answers is not answered: then the
    sentences that come nearest are shown, and what was looked for.
    """
    config = session.config()
    with session.open() as graph:
        home = session.home.of_kind(config.home.store)
        asker, text = Asker(graph), " ".join(question)
        reply = reply_to(asker, text, config.ask, lambda: _searcher(graph, home, config), hidden)
    session.answer(reply.to_json(), lambda: "\n".join(_lines(reply, with_query)))


def _searcher(graph: KnowledgeGraph, home: Home, config: Config) -> Searcher:
    from kg.search.opening import open_searcher  # numpy and scipy, 1 s: most questions need no search

    return open_searcher(graph, home, config)


def _lines(reply: Reply, with_query: bool) -> Iterator[str]:
    if reply.worded:
        yield from (reply.worded, "")
    for answer in reply.answers:
        yield answer.value
        for sentence in answer.evidence[:_MOST_SENTENCES]:
            yield _sentence(sentence)
        more = len(answer.evidence) - _MOST_SENTENCES
        if more > 0:
            yield f"    … and {more} more {'sentence' if more == 1 else 'sentences'}"
    if reply.abstained:
        yield "No statement answers this."
    yield from (f"  {reason}" for reason in reply.reasons)
    if reply.passages:
        yield "The notes come nearest to it here:"
        yield from (_sentence(each.sentence) for each in reply.passages)
    if with_query and reply.query:
        yield from ("", reply.query)


def _sentence(sentence: Sentence) -> str:
    return f"    “{' '.join(sentence.quote.split())}”  {sentence.path}"
