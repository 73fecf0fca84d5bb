"""Random Cypher reads on the embedded store and on Neo4j with the same nodes and relationships.

    NEO4J_URI=… NEO4J_USERNAME=… NEO4J_PASSWORD=… python benchmarks/cypher_differential.py [--queries 5000] [--seed 0]

The database's graph is wiped first, so it must hold nothing of worth; without NEO4J_URI a server is started and stopped
here. Every 25 statements have a graph of their own (`tests/cypher/random_graphs.py`). A difference is told on the error
output as soon as it is found. Some 60 ms a statement, which nearly all go into Neo4j's planning.

One line of JSON: `asked`; `equal`, of them `with_rows`; `refused` by the embedded store, by what it names in `reasons`;
`invalid`, an error on both; `wrong`, other rows; `failed`, an error on the embedded store only that is no refusal;
`lenient`, an error on Neo4j only. The exit status is 1 if the last three are not all 0.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))
sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.stores import ServerAddress
from tests.cypher.differential import open_server, run
from tests.neo4j_servers import serve_neo4j


def main() -> None:
    """Compare so many statements, and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--queries", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    start = time.perf_counter()
    seeds = range(arguments.seed, arguments.seed + arguments.queries)
    with _address() as address, open_server(address) as server:
        tally = run(seeds, server, lambda text: print(text, file=sys.stderr, flush=True))
    told = {
        "asked": tally.asked, "equal": tally.equal, "with_rows": tally.with_rows, "invalid": tally.invalid,
        "refused": tally.refused.total(), "wrong": len(tally.wrong), "failed": len(tally.failed),
        "lenient": len(tally.lenient), "seed": arguments.seed, "seconds": round(time.perf_counter() - start),
        "reasons": dict(tally.refused.most_common(40)),
    }  # fmt: skip
    print(json.dumps(told))
    sys.exit(bool(tally.wrong or tally.failed or tally.lenient))


@contextmanager
def _address() -> Iterator[ServerAddress]:
    if uri := os.environ.get("NEO4J_URI"):
        username, password = (os.environ[f"NEO4J_{name}"] for name in ("USERNAME", "PASSWORD"))
        yield ServerAddress(uri, username, password, os.environ.get("NEO4J_DATABASE", "neo4j"))
        return
    with tempfile.TemporaryDirectory() as folder, serve_neo4j(Path(folder)) as address:
        yield address


if __name__ == "__main__":
    main()
