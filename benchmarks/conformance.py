"""How many tests of the W3C suites pass: ours beside bare Oxigraph and rdflib, by one scorer; one JSON line.

    KG_BENCH=../shared/bench python benchmarks/conformance.py [--write] [--neo4j]

`--write` brings the table in docs/conformance.md up to date. `--neo4j` scores the suites of SPARQL on the Neo4j that
NEO4J_URI names too, whose database must be empty.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))

from tests.conformance.counting import Counts, count, count_http, write_table
from tests.conformance.engines import ENGINES, engines_on_neo4j
from tests.conformance.manifests import folder
from tests.neo4j_servers import empty_database, server_of_environment


def main() -> None:
    """Print the counts, and write the table if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table in docs/conformance.md")
    parser.add_argument("--neo4j", action="store_true", help="score Neo4j too, on an empty database")
    arguments = parser.parse_args()
    if folder() is None:
        sys.exit("KG_BENCH is not set: it names the folder with the W3C suites.")
    warnings.simplefilter("ignore")  # rdflib's
    logging.disable(logging.CRITICAL)
    counts: dict[str, Counts] = {name: count(engine) for name, engine in ENGINES.items()}
    if arguments.neo4j:
        address = server_of_environment()
        with engines_on_neo4j(address) as make:
            counts["noemata on Neo4j"] = count(make, "SPARQL")
        empty_database(address)
    with tempfile.TemporaryDirectory() as temporary:
        counts["noemata"] |= count_http(Path(temporary) / "home")
    if arguments.write:
        write_table(counts)
    suites = {
        suite: {name: each[suite] for name, each in counts.items() if suite in each} for suite in counts["noemata"]
    }
    print(json.dumps({"benchmark": "conformance", "passed_of": suites}))


if __name__ == "__main__":
    main()
