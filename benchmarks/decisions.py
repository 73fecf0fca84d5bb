"""Whether the graph is that of the final files and the final log, after random lives of a vault with decisions.

    python benchmarks/decisions.py [--histories 100] [--steps 40] [--every 5] [--seed 0]
    NEO4J_URI=… NEO4J_USERNAME=… NEO4J_PASSWORD=… python benchmarks/decisions.py --server …

Each history lets files come, change, move and go, and people decide and undo. Every so many steps, and at the end, the
whole store is compared with one made from scratch, and at last all is undone and compared with one without a log.
With --server the lives are led on an empty Neo4j database, and what is made from scratch is embedded. One JSON line:
histories, decisions by kind, comparisons, and the seeds that differed, which are told on standard error.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))

from tests.curation.histories import DifferentError, live
from tests.ingest.homes import OnServer, Opened, embedded
from tests.neo4j_servers import empty_database, server_of_environment


def main() -> None:
    """Lead the lives and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=100)
    parser.add_argument("--steps", type=int, default=40, help="of each history")
    parser.add_argument("--every", type=int, default=5, help="steps between comparisons")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first; each has the next")
    parser.add_argument("--server", action="store_true", help="on the server that NEO4J_URI names")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    address = server_of_environment() if arguments.server else None
    kinds: Counter[str] = Counter()
    refused = compared = 0
    different: list[int] = []
    started = time.perf_counter()
    for seed in range(arguments.seed, arguments.seed + arguments.histories):
        opened: Opened = embedded
        if address is not None:
            empty_database(address)
            opened = OnServer(address)
        with tempfile.TemporaryDirectory() as folder:
            try:
                told = live(Path(folder), seed, arguments.steps, arguments.every, opened)
            except DifferentError as error:
                different.append(seed)
                print(error, file=sys.stderr)
                continue
            finally:
                if isinstance(opened, OnServer):
                    opened.close()
        kinds.update(told.made)
        refused, compared = refused + told.refused, compared + told.compared
    line = {
        "benchmark": "decisions",
        "store": "neo4j" if arguments.server else "embedded",
        "histories": arguments.histories,
        "steps": arguments.steps,
        "decisions": dict(kinds),
        "refused": refused,
        "comparisons": compared,
        "different_seeds": different,
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
