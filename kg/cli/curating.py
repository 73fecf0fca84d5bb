"""What the commands about decisions share: the open curator, who decides and when, and how decisions are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from kg.cache import IngestCache
from kg.cli.session import Session
from kg.cli.signing import signature
from kg.curation import Curator
from kg.curation.settings import curation_settings
from kg.decisions import Decision, Log
from kg.explain import decision_document, decision_words, made_document, state_words
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode

__all__ = [
    "Deciding",
    "curation_settings",
    "deciding_options",
    "decision_document",
    "decision_lines",
    "made_document",
    "open_curator",
    "short_id",
    "signature",
]

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Deciding:
    """An open graph with what makes decisions in it."""

    graph: KnowledgeGraph
    curator: Curator


@contextmanager
def open_curator(session: Session, write: bool = True) -> Iterator[Deciding]:
    """Open the home's graph and its cache of what notes say, to decide or, without `write`, to look.

    Raises:
        ConfigError, StoreLockedError: as `Session.open`.
    """
    with session.open(write=write) as graph:
        config = session.config()
        with closing(IngestCache(session.home.of_kind(config.home.store).ingest_cache)) as cache:
            yield Deciding(graph, Curator(graph, cache, curation_settings(config)))


# --- who, when and why


def deciding_options(function: Function) -> Function:
    """Add the flags that say who decides, when and why."""
    for option in (
        click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the decision."),
        click.option("--time", metavar="TIME", help="When it was decided, in ISO 8601; now without it."),
        click.option("--author", metavar="NAME", help="Who decides; else review.author, else the login name."),
    ):
        function = option(function)
    return function


# --- how decisions are written


def decision_lines(graph: KnowledgeGraph, log: Log, iri: NamedNode, decision: Decision) -> Iterator[str]:
    """Yield a decision in words, and below it why, by whom and when, and the name that `undo` takes."""
    state = state_words(log, iri)
    yield f"{decision_words(graph, log, decision)}{f'  ({state})' if state else ''}"
    if decision.reason:
        yield f"    because: {' '.join(decision.reason.split())}"
    yield f"    {short_id(iri)}  {decision.author}, {decision.time}"


def short_id(iri: NamedNode) -> str:
    """Return the last part of a decision's IRI, which is enough to name it."""
    return iri.value.rpartition("/")[2]
