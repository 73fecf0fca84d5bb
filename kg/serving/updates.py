"""Updates on a server: what can take any time is worked out in a reader, which can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from kg.graph import KnowledgeGraph, commit, decisions_made
from kg.limits import Limits
from kg.model import Change
from kg.query.operations import parse_update
from kg.query.update import UpdateCount, needs_evaluation, run_operations
from kg.rdf import PREFIXES
from kg.remote import RemoteAccess
from kg.results import DatasetClause
from kg.serving.pool import ReaderPool

__all__ = ["Owner", "run_update_within"]

_AS_WRITTEN = DatasetClause()
_LISTED_CHARACTERS = 256_000
"""A longer request is never read by the server's own process, though it may only list quads: that takes memory,
and seconds in which others wait.
"""


class Owner(Protocol):
    """What of `kg.serving.owner.StoreOwner` an update needs."""

    def writing(self) -> AbstractContextManager[KnowledgeGraph]:
        """Hold the store for writing."""


def run_update_within(
    limits: Limits,
    owner: Owner,
    pool: ReaderPool,
    text: str,
    dataset: DatasetClause = _AS_WRITTEN,
    prefixes: Mapping[str, str] = PREFIXES,
    remote: RemoteAccess | None = None,
    is_abandoned: Callable[[], bool] | None = None,
) -> UpdateCount:
    """Run a SPARQL update request within a time and the pool's memory; all of it or, with an error, nothing.

    A short request that only lists quads is run at once. Any other is planned by a reader on a copy, while nobody
    else may write, and its net change is committed in one transaction.

    Raises:
        QueryTimeoutError, QueryMemoryError, QueryCrashError, ServerBusyError: nothing was changed.
        ClientGoneError: nobody waits for the answer any more; nothing was changed.
        StoreLockedError: another process writes. LimitError: the change is too large.
        KgError: whatever `run_update` raises.
    """
    operations = parse_update(text, prefixes, remote is not None) if len(text) <= _LISTED_CHARACTERS else None
    with owner.writing() as graph:
        if operations is not None and not needs_evaluation(operations):
            return run_operations(graph, operations, prefixes, remote, dataset)[1]
        change, count = pool.plan(text, graph.ontology, dataset, limits, prefixes, is_abandoned)
        decisions = decisions_made(graph, change)
        commit(graph, Change((*change.add, *decisions), change.remove))
        return replace(count, rejected=len({quad.subject for quad in decisions}))
