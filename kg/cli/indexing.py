"""`kg reindex`, and what keeps the index of searches in step at the end of other commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from kg.cache import NoteTexts
from kg.cli.progress import showing_steps
from kg.cli.session import Session, command
from kg.errors import StoreError
from kg.graph import KnowledgeGraph

if TYPE_CHECKING:
    from kg.search.index import Progress, SearchIndex

__all__ = ["encode_new", "follow_notes", "reindex"]

_LABELS = {"notes": "Indexing notes", "vectors": "Encoding passages"}


@command()
def reindex(session: Session) -> None:
    """Make the index of searches anew, from the notes and the graph.

    It is never needed for the sake of what was read or written: every search brings the index up to date first. It
    is there for doubts, and to have the vectors of all passages at once. Vectors of passages that are the same are
    kept; delete the file to have them made anew too.
    """
    from kg.search.opening import open_index, search_model

    config = session.config()
    home = session.home.of_kind(config.home.store)
    model = search_model(config)
    texts = NoteTexts(home.ingest_cache)
    started = time.monotonic()
    with _bar() as progress, ExitStack() as opened:
        with session.open() as graph:
            index = opened.enter_context(open_index(home, config, model))
            index.clear()
            report = index.sync(graph, texts, progress=progress)
            shows = graph.store.shows_passages
        if model is not None:  # it takes long, and others may write meanwhile
            index.encode(model, progress=progress)
        if shows:
            _show(session, index, texts)
        passages, missing = index.size()
        size = index.bytes()
    session.answer(
        {
            "notes": report.added,
            "passages": passages,
            "encoded": passages - missing,
            "bytes": size,
            "seconds": round(time.monotonic() - started, 3),
        },
        f"{report.added:,} notes in {passages:,} passages, {passages - missing:,} of them with vectors.",
    )


def follow_notes(session: Session, graph: KnowledgeGraph, kind: str | None = None) -> bool:
    """Bring the index up to date with a graph that is open for writing, but for vectors; and what the store shows.

    What goes wrong is said, and does no harm: the next search does it again.

    Args:
        kind: of the graph's store; None for the one in use.

    Returns:
        whether the store shows passages.
    """
    from kg.search.opening import open_index, search_model

    config = session.config(home_store=kind)
    home = session.home.of_kind(config.home.store)
    try:
        with _bar() as progress, open_index(home, config, search_model(config)) as index:
            texts = NoteTexts(home.ingest_cache)
            index.sync(graph, texts, progress=progress)
            index.show(graph, texts)
    except StoreError as error:
        session.say(f"The next search brings the index up to date, which now failed: {error}")
    return graph.store.shows_passages


def encode_new(session: Session, shows_passages: bool) -> None:
    """Turn passages into vectors where more of them have none than one search turns; the store must not be open.

    Args:
        shows_passages: whether the store is to have them too.
    """
    from kg.search.opening import open_index, search_model

    config = session.config()
    home = session.home.of_kind(config.home.store)
    model = search_model(config)
    if model is None:
        return
    try:
        with open_index(home, config, model) as index:
            if index.size()[1] > config.search.encoded_at_once:
                with _bar() as progress:
                    index.encode(model, progress=progress)
                if shows_passages:
                    _show(session, index, NoteTexts(home.ingest_cache))
    except StoreError as error:
        session.say(f"The next searches turn passages into vectors, which now failed: {error}")


def _show(session: Session, index: SearchIndex, texts: NoteTexts) -> None:
    with session.open(write=True, long=True) as graph:
        index.sync(graph, texts)
        index.show(graph, texts)


@contextmanager
def _bar() -> Iterator[Progress | None]:
    with showing_steps() as tell:
        yield None if tell is None else lambda what, done, total: tell(_LABELS[what], done, total)
