"""Random SPARQL queries on a slice and on the whole: how many answers differ, and how small the slices are.

    python benchmarks/differential.py [--queries 100000] [--first 0] [--processes 2]
    python benchmarks/differential.py --breakages 12000
    NEO4J_URI=… NEO4J_USERNAME=… NEO4J_PASSWORD=… python benchmarks/differential.py --server 3000 [--dataset separate]

In memory, the slice is fetched by `kg.slices.fetching`, and every second query goes through `kg.query.corrections`:
some 8 ms a query. A difference is told on the error output as soon as it is found.

`--breakages` breaks each rule of `tests/slices/breakages.py` and tells the first query, of so many, that shows it.

With `--server` the slice is fetched from a Neo4j by the store itself, whose kept copy is off, and each answer is
compared with Oxigraph's on all the data; the server's graph is wiped first, so it must hold nothing of worth.

One line of JSON: `cases`; `with_rows`, those whose answer is not empty; `differences`, with the first in `first`;
`by_chance`, those where LIMIT chose other ones of several equal rows; `share`, the quads of the slices over those of
the data; `wholes`, the queries that were not read; `microseconds`, what the slice of a seen shape takes (median).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))
sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.model import Change
from kg.results import DatasetClause
from kg.slices.slicing import slice_of
from kg.stores import STORES, Dataset, Opening, Store
from tests.neo4j_servers import empty_database, server_of_environment
from tests.slices.breakages import first_found
from tests.slices.differential import EXCLUDED, Tally, answer, case, compare, run, stores, tell

_STEP = 250


def main() -> None:
    """Run what the arguments say and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--breakages", type=int, default=0)
    parser.add_argument("--server", type=int, default=0)
    parser.add_argument("--dataset", choices=("separate", "merged"), default="separate")
    arguments = parser.parse_args()
    start = time.perf_counter()
    if arguments.breakages:
        for rule, seed in first_found(range(arguments.first, arguments.first + arguments.breakages)):
            print(json.dumps({"rule": rule, "seed": seed}), flush=True)
        return
    if arguments.server:
        tally = _on_server(arguments.first, arguments.server, arguments.dataset)
    else:
        last = arguments.first + arguments.queries
        parts = [range(at, min(at + _STEP, last)) for at in range(arguments.first, last, _STEP)]
        with ProcessPoolExecutor(arguments.processes) as pool:
            tally = Tally()
            for part in pool.map(run, parts):
                tally += part
                if part.first:
                    print(part.first, file=sys.stderr, flush=True)
    told = {
        **tally.__dict__,
        "share": round(tally.fetched / max(tally.quads, 1), 3),
        "microseconds": round(_microseconds()),
        "seconds": round(time.perf_counter() - start),
    }
    print(json.dumps(told))
    sys.exit(bool(tally.differences))


def _on_server(first: int, number: int, dataset: Dataset) -> Tally:
    address = server_of_environment()
    excluded = EXCLUDED if dataset == "merged" else frozenset()
    store: Store = STORES.load("neo4j")(
        Opening(None, dataset, excluded, "http://e/", server=address, copy_quads=0, adopt=True)
    )
    tally = Tally()
    for asked in _cases(first, dataset):
        if tally.cases + tally.invalid >= number:
            break
        whole, _ = stores(asked)
        expected = answer(whole, asked)
        if isinstance(expected, str):
            tally.invalid += 1
            continue
        store.commit(Change(add=asked.quads))
        found = answer(store, asked)
        tally.cases += 1
        tally.with_rows += bool(expected)
        tally.quads += len(asked.quads)
        if not compare(asked, expected, found, whole):
            tally.by_chance += asked.is_chosen_by_chance
            tally.differences += not asked.is_chosen_by_chance
            tally.first = tally.first or tell(asked, expected, found)
        store.commit(Change(remove=asked.quads))
    store.close()
    empty_database(address)
    return tally


def _cases(first: int, dataset: Dataset) -> Iterator:  # type: ignore[type-arg]
    seed = first
    while True:
        asked = case(seed)
        if asked.dataset == dataset:
            yield asked
        seed += 1


def _microseconds() -> float:
    """Return how long the slice of a query takes whose shape was seen, with constants that were not."""
    text = "PREFIX : <http://e/> SELECT * { ?a :knows ?b . ?b :name 'Ada%d' OPTIONAL { ?b :age ?n FILTER(?n >= 5) } }"
    times = []
    for number in range(1000):
        start = time.perf_counter()
        slice_of(text % number, {}, DatasetClause())
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


if __name__ == "__main__":
    main()
