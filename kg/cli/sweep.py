"""`kg neo4j sweep`: what people wrote in Neo4j Browser, put in order."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import asdict

from kg.cli.session import Session, command
from kg.graph import store_opening
from kg.home import with_base
from kg.rdf import NamedNode
from kg.stores.neo4j.sweep import SweepReport, sweep_database

__all__ = ["sweep"]

_SHOWN = 10
"""Problems, and names of a kind, that the text lists; `--json` has all."""

_DONE = {
    "adopted": "nodes got an IRI",
    "notes": "notes of values that are gone were dropped",
    "merged": "doubled relationships were merged",
    "removed": "nodes that say nothing were removed",
    "batches": "records of old writes were removed",
}


@command()
def sweep(session: Session) -> None:
    """Put in order what people wrote in Neo4j Browser, and report what cannot be.

    Nodes without an IRI get one, notes of values that are gone are dropped, doubled relationships become one. What the
    graph says stays the same. It may run at any time, also beside `kg serve`, and again.
    """
    home = session.home.of_kind("neo4j")
    home.check_exists()
    opening = store_opening(home, with_base(home, session.config(home_store="neo4j")))
    # An IRI of the home that nobody has: there is nothing about a hand-made node that it could come from for ever.
    report = sweep_database(opening, lambda: NamedNode(f"{opening.base}node/{uuid.uuid4()}"))
    document = {**{name: getattr(report, name) for name in _DONE}, "unknown": report.unknown}
    document["problems"] = [asdict(problem) for problem in report.problems]
    session.answer(document, lambda: "\n".join(_lines(report)))


def _lines(report: SweepReport) -> Iterator[str]:
    done = [f"{getattr(report, name):,} {what}." for name, what in _DONE.items() if getattr(report, name)]
    yield from done or ["Nothing was to be done."]
    for kind, names in report.unknown.items():
        yield f"Not in the ontology, {kind}: {', '.join(_first(names))}"
    if report.problems:
        yield f"{len(report.problems):,} left as they are:"
        yield from _first([f"  {each.where}: {each.message}" for each in report.problems])


def _first(items: list[str]) -> Iterator[str]:
    yield from itertools.islice(items, _SHOWN)
    if len(items) > _SHOWN:
        yield f"… {len(items) - _SHOWN:,} more (--json)"
