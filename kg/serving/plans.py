"""The plan of an update, as a reader sends it."""

from __future__ import annotations

import json

from kg.model import Change
from kg.query.update import UpdateCount
from kg.rdf import Quad, RdfFormat, parse
from kg.serving.frames import ADDED, COUNT, END, ERROR, REMOVED, decode_error
from kg.serving.reader import Reader

__all__ = ["read_plan", "read_quads"]


def read_plan(reader: Reader) -> tuple[Change, UpdateCount]:
    """Wait for what an update would change.

    Raises:
        KgError: the update's own error, or why the reader was stopped.
    """
    documents: dict[bytes, list[bytes]] = {ADDED: [], REMOVED: [], COUNT: []}
    while True:
        kind, payload = reader.receive()
        if kind == END:
            break
        if kind == ERROR:
            raise decode_error(payload)
        documents[kind].append(payload)
    added, removed = (read_quads(documents[kind]) for kind in (ADDED, REMOVED))
    return Change(added, removed), UpdateCount(**json.loads(documents[COUNT][0]))


def read_quads(documents: list[bytes]) -> tuple[Quad, ...]:
    """Return the quads of a reader's documents."""
    return tuple(quad for each in documents for quad in parse(each, RdfFormat.N_QUADS, "the plan of an update"))
