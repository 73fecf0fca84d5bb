"""What `--explain` shows of a query that is answered from a slice: its leaves, the Cypher, rows, quads and times."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping

from kg.results import DatasetClause, Graph, ResultSet, Solutions
from kg.slices import Closure, GraphNames, Leaf, Pattern, PatternTerm, Slice, Values, Variable, Whole
from kg.slices.slicing import slice_of
from kg.stores.neo4j.fetching import Fetched, Fetcher
from kg.stores.oxigraph import OxigraphStore

__all__ = ["profile"]

_WIDTH = 100
"""Characters of a parameter that are shown."""
_STAGES = ("plan", "fetch", "load", "evaluate")


def profile(fetcher: Fetcher, part: OxigraphStore, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> str:
    """Answer a query from a slice and return the lines that say how.

    Args:
        part: an empty store, which holds the slice then.
    """
    times = [time.perf_counter()]
    wanted = slice_of(text, prefixes, dataset)
    times.append(time.perf_counter())
    fetched = fetcher.fetch(wanted)
    times.append(time.perf_counter())
    part.fill(fetched.quads)
    part.list_graphs(fetched.graph_names)
    times.append(time.perf_counter())
    _consume(part.query(text, dataset, prefixes))
    times.append(time.perf_counter())
    seconds = [after - before for before, after in itertools.pairwise(times)]
    return "\n".join(_lines(wanted, fetched, dict(zip(_STAGES, seconds, strict=True))))


def _lines(wanted: Slice, fetched: Fetched, seconds: Mapping[str, float]) -> Iterator[str]:
    yield "Read from the database:"
    for leaf in wanted.leaves:
        yield from _leaf(leaf)
    for number, step in enumerate(fetched.steps, 1):
        yield f"Cypher {number}: {step.rows:,} rows in {_milliseconds(step.seconds)}"
        yield from (f"  {line}" for line in step.statement.text.splitlines())
        for name, value in step.statement.parameters.items():
            yield f"    ${name} = {_shortened(repr(value))}"
    total = sum(seconds.values())
    parts = ", ".join(f"{name} {_milliseconds(each)}" for name, each in seconds.items())
    yield f"{len(fetched.quads):,} quads in {len(fetched.steps)} statements; {_milliseconds(total)}: {parts}"


def _leaf(leaf: Leaf | Closure | GraphNames | Whole) -> Iterator[str]:
    match leaf:
        case Leaf():
            yield "  patterns  " + " . ".join(map(_pattern, leaf.patterns))
        case Closure():
            steps = " | ".join(("^" if back else "") + ("any" if p is None else str(p)) for p, back in leaf.steps)
            yield f"  walk      from {_term(leaf.start)} by {steps}"
        case GraphNames():
            yield "  the names of all graphs"
        case Whole():
            yield f"  everything, for this reason: {leaf.reason}"
    if isinstance(leaf, Leaf | Closure):
        if leaf.context:
            yield "    where   " + " . ".join(map(_pattern, leaf.context))
        for values in leaf.values:
            yield f"    where   {_values(values)}"


def _pattern(pattern: Pattern) -> str:
    triple = f"{_term(pattern.subject)} {_term(pattern.predicate)} {_term(pattern.object)}"
    return triple if pattern.graph is None else f"GRAPH {_term(pattern.graph)} {{ {triple} }}"


def _term(term: PatternTerm) -> str:
    return f"?{term.name}" if isinstance(term, Variable) else str(term)


def _values(values: Values) -> str:
    name = _term(values.variable)
    if values.reached is not None:
        return f"{name} is reached from {_term(values.reached.start)}"
    if values.iris:
        return _shortened(f"{name} in {' '.join(map(str, values.iris))}")
    bounds = [f"{name} >= {values.least}"] * (values.least is not None)
    return " and ".join(bounds + [f"{name} <= {values.most}"] * (values.most is not None))


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _consume(result: ResultSet) -> None:
    """Read an answer to its end."""
    if isinstance(result, Solutions):
        for _ in result.rows:
            pass
    elif isinstance(result, Graph):
        for _ in result.triples:
            pass
