"""How many random Cypher writes leave the same dataset, and count the same, on the embedded store and on Neo4j.

    NEO4J_URI=… NEO4J_USERNAME=… NEO4J_PASSWORD=… python benchmarks/cypher_writes.py [--number 5000] [--seed 0]

The database must be empty. One JSON line: how many statements were equal, failed on both, were refused by the embedded
store (with the reasons that are most common) and differed (with their seeds). Those that differ go to standard error.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
from collections import Counter
from random import Random

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))

from tests.cypher.random_writes import PARAMETERS, random_quads, random_statement
from tests.cypher.written import pair
from tests.neo4j_servers import empty_database, server_of_environment


def main() -> None:
    """Run the statements and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=5000, help="how many statements")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first; each has the next")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    address = server_of_environment()
    outcomes, reasons = Counter[str](), Counter[str]()
    differing: list[int] = []
    with pair(address) as stores:
        for seed in range(arguments.seed, arguments.seed + arguments.number):
            chance = Random(seed)
            quads, text = random_quads(chance), random_statement(chance)
            here, there = stores.both(quads, (text,), PARAMETERS)
            if here.refused:
                outcomes["refused"] += 1
                reasons[re.sub(r"\bn\b|\bm\b|new\d|'[^']*'|`[^`]*`|\([^)]*\)|\[[^]]*\]", "…", here.refused)[:100]] += 1
            elif here.failed and there.failed:
                outcomes["failed on both"] += 1
            elif here == there:
                outcomes["equal"] += 1
            else:
                outcomes["different"] += 1
                differing.append(seed)
                print(f"seed {seed}: {text}\n  embedded: {here}\n  Neo4j: {there}", file=sys.stderr)
    empty_database(address)
    line = {"benchmark": "cypher_writes", "seed": arguments.seed, "statements": arguments.number, **outcomes}
    print(json.dumps({**line, "different_seeds": differing, "refused_because": dict(reasons.most_common(12))}))


if __name__ == "__main__":
    main()
