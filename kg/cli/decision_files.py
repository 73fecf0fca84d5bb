"""Decisions from and to files: the log that homes exchange, and the examples that can be learnt from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kg.cache import IngestCache
from kg.cli.curating import decision_document, decision_lines, open_curator, short_id
from kg.cli.session import Session
from kg.decisions import read_lines, read_log, write_lines
from kg.exchange.examples import read_examples

__all__ = ["decision_log", "example_lines", "import_decisions"]

_SHOWN = 10
"""How many of the decisions that fit nothing are named; `--json` has all."""


@contextmanager
def decision_log(session: Session) -> Iterator[Iterator[str]]:
    """Give the lines of the home's log, without line ends: a header, then a line for each decision."""
    with session.open() as graph:
        yield write_lines(read_log(graph.store.match, graph.minter))


@contextmanager
def example_lines(session: Session) -> Iterator[Iterator[str]]:
    """Give a line for each sentence that was judged, without line ends."""
    with session.open() as graph:
        config = session.config()
        with closing(IngestCache(session.home.of_kind(config.home.store).ingest_cache)) as cache:
            yield (json.dumps(each.to_json(), ensure_ascii=False) for each in read_examples(graph, cache.notes))


def import_decisions(session: Session, file: Path) -> None:
    """Add the decisions of a file to the home's, all or none, and say what was new and what contradicts what.

    Raises:
        InputError: a line is no decision; the message has its number.
    """
    with open_curator(session) as opened:
        theirs = read_lines(file.read_bytes(), str(file), opened.graph.minter.base)
        merged = opened.curator.merge_log(theirs)
        log = merged.log
        pairs = [(log.iri(each.earlier), log.iri(each.later)) for each in merged.conflicts]
        new = [log.iri(each) for each in merged.added]
        unapplied = frozenset(opened.curator.unapplied())
        fitting_nothing = [iri for iri in new if iri in unapplied]
        document = {
            "read": len(theirs),
            "added": [decision_document(log, iri, each) for iri, each in zip(new, merged.added, strict=True)],
            "conflicts": [{"earlier": earlier.value, "later": later.value} for earlier, later in pairs],
            "unapplied": [iri.value for iri in fitting_nothing],
        }
        lines = [f"{len(theirs):,} decisions read, {len(new):,} of them new here."]
        if pairs:
            heading = "In conflict; the first of each two holds until one is undone: kg review --kind conflict"
            lines += ["", heading]
        for (earlier, later), each in zip(pairs, merged.conflicts, strict=True):
            lines += decision_lines(opened.graph, log, later, each.later)
            lines += decision_lines(opened.graph, log, earlier, each.earlier)
        if fitting_nothing:
            shown = ", ".join(short_id(iri) for iri in fitting_nothing[:_SHOWN])
            more = f", and {len(fitting_nothing) - _SHOWN:,} more" if len(fitting_nothing) > _SHOWN else ""
            lines += ["", f"Nothing here fits these yet: {shown}{more}."]
    session.answer(document, "\n".join(lines))
