"""Changes that people make in a query language: what they take out of notes' graphs is recorded as rejected.

Imported by what writes when it does: who only reads should not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from kg.cache import IngestCache
from kg.cli.curating import curation_settings, signature
from kg.cli.session import Session
from kg.curation import Author
from kg.curation.removals import recording
from kg.graph import KnowledgeGraph

__all__ = ["open_for_updates", "recording_in"]


@contextmanager
def open_for_updates(session: Session) -> Iterator[KnowledgeGraph]:
    """Open the home's graph for what a person writes.

    Raises:
        ConfigError, StoreLockedError: as `Session.open`.
    """
    with session.open(write=True) as graph, recording_in(session, graph) as recorded:
        yield recorded


def recording_in(session: Session, graph: KnowledgeGraph) -> AbstractContextManager[KnowledgeGraph]:
    """Give a graph to a writer of the home, who is whom the settings name, else whoever is logged in."""
    config = session.config()
    path = session.home.of_kind(config.home.store).ingest_cache

    def by() -> Author:
        return signature(session, None, None)

    return recording(graph, lambda: IngestCache(path), curation_settings(config), by)
