"""The laws of the mapping on many random datasets, in memory or through a server, and how fast the mapping is.

    KG_BENCH=../shared/bench python benchmarks/mapping.py --datasets 100000
    NEO4J_URI=... NEO4J_USERNAME=... NEO4J_PASSWORD=... python benchmarks/mapping.py --datasets 0 --server 2000

The generator is that of the tests (`tests/property_graph/datasets.py`): a dataset follows from its seed. One JSON line.
In memory each seed gives a dataset D, of which `denote(shape(D)) == D` must hold, and a graph as hands make them, of
whose meaning the same must hold. Through the server each dataset is committed over the one before, or into the empty
database, and all of it read back. **The database is emptied.**
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))

from kg.model import Change
from kg.property_graph.denote import denote, node_lines, relationship_lines
from kg.property_graph.names import Names, node_token
from kg.property_graph.shape import shape
from kg.rdf import FOAF, PREFIXES, DefaultGraph, NamedNode, Quad, RdfFormat, canonical, parse
from kg.stores import STORES, Dataset, Opening, ServerAddress, Store
from tests.neo4j_servers import empty_database, server_of_environment
from tests.property_graph.datasets import ABSENT, BASE, NAMES, random_dataset, random_graph

SEEDS_A_TASK = 500


def check(seeds: range) -> Counter[str]:
    """Count what was looked at and what failed, each failure by its law and seed."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        absent, random = ABSENT[seed % 2], Random(seed)
        dataset = random_dataset(random, absent)
        counts["quads"] += len(dataset)
        if set(denote(shape(dataset, NAMES, absent), NAMES, absent)) != dataset:
            counts[f"failed dataset {seed}"] += 1
        try:
            meant = set(denote(random_graph(random), NAMES, absent))
            counts["quads_of_graphs"] += len(meant)
            is_kept = set(denote(shape(meant, NAMES, absent), NAMES, absent)) == meant
        except (ValueError, SyntaxError, LookupError, TypeError, AttributeError, AssertionError):
            is_kept = False
        if not is_kept:
            counts[f"failed graph {seed}"] += 1
    return counts


def in_memory(first: int, datasets: int, jobs: int) -> dict[str, object]:
    """Run the laws in several processes."""
    started = time.perf_counter()
    tasks = [
        range(start, min(start + SEEDS_A_TASK, first + datasets))
        for start in range(first, first + datasets, SEEDS_A_TASK)
    ]
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(check, tasks):
            counts += found
    return {
        "seeds": [first, first + datasets],
        "datasets": datasets,
        "quads": counts["quads"],
        "graphs_by_hand": datasets,
        "quads_of_graphs": counts["quads_of_graphs"],
        "failures": sorted(name for name in counts if name.startswith("failed")),
        "seconds": round(time.perf_counter() - started, 1),
        "jobs": jobs,
    }


# --- speed


def read_bsbm(folder: Path, copies: int, graph: NamedNode) -> Iterator[Quad]:
    """Yield copies of BSBM's set of 100 products under other names, all in one graph."""
    with gzip.open(folder / "speed" / "bsbm" / "bsbm_pc100.nt.gz") as file:
        text = file.read()
    for number in range(copies):
        renamed = text.replace(b"/instances/dataFrom", f"/instances/copy{number}/dataFrom".encode())
        for quad in parse(renamed, RdfFormat.N_TRIPLES, "bsbm"):
            yield Quad(quad.subject, quad.predicate, canonical(quad.object), graph)


def speed(bench: Path, copies: int) -> dict[str, object]:
    """Return triples a second of processor time: shape, the lines that denote writes, and denote with its quads."""
    graph = NamedNode(f"{BASE}import/bsbm")
    quads = list(read_bsbm(bench, copies, graph))
    vocabularies = {
        "bsbm": "http://www4.wiwiss.fu-berlin.de/bizer/bsbm/v01/vocabulary/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "rev": "http://purl.org/stuff/rev#",
        "foaf": str(FOAF),
    }
    rates: dict[str, object] = {"triples": len(quads)}
    for case, absent in (("absent_graph", graph), ("named_graph", DefaultGraph())):
        names = Names(BASE, {**PREFIXES, **vocabularies}, {})
        started = time.process_time()
        made = shape(quads, names, absent)
        shaped = time.process_time()
        lines = 0
        for node in made.nodes.values():
            token = node_token(node.key, node.iri)
            lines += len(node_lines(token, node.labels, node.properties, node.notes, names, absent))
        for edge in made.relationships:
            start, end = node_token(edge.start, None), node_token(edge.end, None)
            lines += len(relationship_lines(start, edge.type, end, edge.graphs, names, absent))
        written = time.process_time()
        denoted = sum(1 for _ in denote(made, names, absent))
        done = time.process_time()
        rates[case] = {
            "shape_per_s": round(len(quads) / (shaped - started)),
            "lines_per_s": round(lines / (written - shaped)),
            "denote_per_s": round(denoted / (done - written)),
        }
    return rates


# --- through a server


def stored(store: Store) -> set[Quad]:
    """Return all that a store holds itself; a merged default graph is derived."""
    found = set(store.match())
    return found if store.dataset == "merged" else found | set(store.match(graph_name=DefaultGraph()))


def through_server(address: ServerAddress, first: int, datasets: int) -> dict[str, object]:
    """Commit datasets one over the other and read each back: half in a merged store, half in a separate one."""
    counts: Counter[str] = Counter()
    failures, started = [], time.perf_counter()
    kinds: tuple[Dataset, ...] = ("merged", "separate")
    for number, kind in enumerate(kinds):
        empty_database(address)
        opening = Opening(None, kind, frozenset(), BASE, server=address, copy_quads=0)
        store = STORES.load("neo4j")(opening)
        held: set[Quad] = set()
        for seed in range(first + number, first + datasets, 2):
            random = Random(seed)
            dataset = random_dataset(random, ABSENT[number])
            if random.random() < 0.5:
                store.commit(Change(remove=tuple(held)))
                held = set()
            store.commit(Change(tuple(dataset - held), tuple(held - dataset)))
            held = stored(store)
            counts["quads"] += len(dataset)
            if held != dataset:
                failures.append({"seed": seed, "missing": shown(dataset - held), "surplus": shown(held - dataset)})
        store.close()
    seconds = round(time.perf_counter() - started, 1)
    return {
        "seeds": [first, first + datasets],
        "datasets": datasets,
        "quads": counts["quads"],
        "failures": failures[:20],
        "failed": len(failures),
        "seconds": seconds,
    }


def shown(quads: set[Quad]) -> list[str]:
    """Return a few quads, cut short."""
    return sorted(str(quad)[:200] for quad in quads)[:3]


def main() -> None:
    """Print one JSON line; the exit status is 1 if a law failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=100_000, help="random datasets in memory")
    parser.add_argument("--server", type=int, default=0, help="random datasets through the server of NEO4J_URI")
    parser.add_argument("--seed", type=int, default=1_000_000, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes for what runs in memory")
    parser.add_argument("--copies", type=int, default=5, help="copies of BSBM (40,377 triples each); 0 leaves it out")
    options = parser.parse_args()
    document: dict[str, object] = {"benchmark": "mapping"}
    if options.copies:
        bench = os.environ.get("KG_BENCH") or sys.exit("KG_BENCH names no folder of benchmark data")
        document["speed"] = speed(Path(bench), options.copies)
    failed = False
    if options.datasets:
        found = document["memory"] = in_memory(options.seed, options.datasets, options.jobs)
        failed = bool(found["failures"])
    if options.server:
        address = server_of_environment()
        found = document["server"] = through_server(address, options.seed, options.server)
        empty_database(address)
        failed = failed or bool(found["failures"])
    print(json.dumps(document))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
