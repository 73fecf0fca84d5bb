"""The graph on Neo4j: how fast it is loaded, what SPARQL costs over Cypher by hand, broad queries on the kept copy.

    KG_BENCH=... python benchmarks/neo4j.py [--copies 29] [--heap 1024] [--samples 21]

One JSON line. The data is BSBM's, copied as in `sparql.py`. It starts servers of its own on loopback, one after the
other, in a temporary folder, and stops them.

- `load`: quads that are in memory, into an empty database: by Bolt, and by the importer on the stopped server. The
  rate counts all of it, `shape` too, from the call to its return; `parse_s`, reading the N-Triples, comes before.
- `selective`: SPARQL without the kept copy, and Cypher for the same answer by a bare session of the same driver, one
  trip; turn by turn, each time with another constant; medians. `first_ms` is a shape that nobody has asked before.
- `broad`: SPARQL answered from the kept copy, and by pyoxigraph alone from a store on disk; medians.

All answers are compared with Oxigraph's on all the data; the exit status is 1 where one differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file has the name of the driver's package, and its folder comes first where Python looks.
sys.path.append(sys.path.pop(0))

import argparse
import contextlib
import json
import logging
import os
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psutil
import pyoxigraph
from neo4j_queries import BROAD, INDEXES, NAMES, PREFIXES, SHAPES, Shape, draw
from sparql import read_triples

from kg.config import load_config
from kg.home import Home, read_server
from kg.neo4j_server import importing, running
from kg.neo4j_server.jars import find_jars
from kg.neo4j_server.java import Installation, find_java
from kg.rdf import DefaultGraph, NamedNode, Quad, RdfFormat, canonical, parse
from kg.results import DatasetClause, Solutions
from kg.stores import STORES, Opening, ServerAddress, Store
from kg.stores.neo4j import bulk as filling
from kg.stores.neo4j.driver import Connection

BASE = "https://example.org/bsbm/"
AIMS = {"bolt": 20_000, "bulk": 40_000, "selective": 1.3, "broad": 1.1}
SEED = 20261122
WHOLE = DatasetClause()
BROAD_RUNS = 5


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Server:
    """A server of its own in a home of its own, which is stopped at the end."""

    def __init__(self, folder: Path, heap: int) -> None:
        self.home = Home(folder)
        # not what the environment names: the database is filled and emptied at will
        self.settings = load_config(None, {}, {"neo4j.memory_mb": heap}).neo4j
        self.installation = Installation(find_java().program, find_jars(self.home, say))
        self.start()

    def start(self) -> None:
        """Start it."""
        found = running.start_server(self.home, self.settings, say).server
        if found.how != "java" or found.pid is None:
            raise SystemExit("This needs a server that Java starts; here Docker does.")
        self.process = psutil.Process(found.pid)
        self.address = ServerAddress(found.uri, found.username, found.password, "neo4j")

    def stop(self) -> None:
        """Stop it."""
        running.stop_server(self.home, self.settings)

    def cpu(self) -> float:
        """Return the processor seconds of the server that runs now."""
        times = self.process.cpu_times()
        return times.user + times.system

    def opening(self, folder: Path | None = None, copy_quads: int = 0) -> Opening:
        """Return how a store on it is opened; without a folder there is no kept copy."""
        names = {name: NamedNode(iri) for name, iri in NAMES.items()}
        return Opening(folder, "separate", frozenset(), BASE, server=self.address, names=names, copy_quads=copy_quads)

    def counts(self) -> list[int]:
        """Return the numbers of nodes and of relationships of the graph."""
        with Connection(self.address) as connection:
            return connection.run("RETURN COUNT { (:Resource) }, COUNT { ()-->() }")[0]


@contextlib.contextmanager
def serving(folder: Path, heap: int) -> Iterator[Server]:
    server = Server(folder, heap)
    try:
        yield server
    finally:
        server.stop()
        record = read_server(server.home)
        assert record is None or record.pid is None


# --- loading


def read_quads(bench: Path, copies: int) -> list[Quad]:
    """Return the data with canonical terms, each triple once."""
    lines = b"".join(read_triples(bench, copies))
    triples = parse(lines, RdfFormat.N_TRIPLES, "bsbm")
    return list(dict.fromkeys(Quad(t.subject, t.predicate, canonical(t.object), DefaultGraph()) for t in triples))


def load_by_bolt(server: Server, quads: Sequence[Quad]) -> dict[str, Any]:
    store = STORES.load("neo4j")(server.opening())
    client, before, started = time.process_time(), server.cpu(), time.perf_counter()
    store.fill(quads)
    seconds = time.perf_counter() - started
    figures = rate(len(quads), seconds, "bolt")
    figures |= {"client_cpu_s": round(time.process_time() - client, 1), "server_cpu_s": round(server.cpu() - before, 1)}
    store.close()
    return figures


def load_by_importer(server: Server, folder: Path, quads: Sequence[Quad]) -> dict[str, Any]:
    """Load as `kg import --bulk` does, each of its steps timed."""
    times: dict[str, float] = {}
    importer_cpu = 0.0

    def offline(arguments: Sequence[str]) -> None:
        nonlocal importer_cpu
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("stop", server.stop),
            ("importer", lambda: run_importer(arguments)),
            ("start", server.start),
        )
        for name, work in steps:
            times[f"{name}_at"] = time.perf_counter()
            work()
        times["end"] = time.perf_counter()

    def run_importer(arguments: Sequence[str]) -> None:
        nonlocal importer_cpu
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        data = running.server_folder(server.home)
        importing.run_importer(server.installation, data, server.settings.database, arguments)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        importer_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    filling.IMPORT_FROM = 1  # also of few copies
    store = STORES.load("neo4j")(server.opening(folder))
    client, started = time.process_time(), time.perf_counter()
    store.fill(quads, offline)
    ended = time.perf_counter()
    figures = rate(len(quads), ended - started, "bulk")
    marks = [started, times["stop_at"], times["importer_at"], times["start_at"], times["end"], ended]
    names = ("shape_and_files", "stop", "importer", "start", "constraints")
    figures["phases_s"] = {
        name: round(end - begin, 1) for name, begin, end in zip(names, marks, marks[1:], strict=False)
    }
    figures["importer_cpu_s"] = round(importer_cpu, 1)
    figures["server_cpu_s"] = round(server.cpu(), 1)
    figures["client_cpu_s"] = round(time.process_time() - client, 1)
    store.close()
    return figures


def rate(triples: int, seconds: float, aim: str) -> dict[str, Any]:
    found = round(triples / seconds)
    return {"triples_per_s": found, "seconds": round(seconds, 1), "aim": AIMS[aim], "met": found >= AIMS[aim]}


# --- selective queries


def plain(value: Any) -> str | None:
    """Return what both languages say of a value: its text."""
    return None if value is None else str(getattr(value, "value", value))


def by_sparql(store: Store, text: str) -> list[tuple[Any, ...]]:
    found = store.query(text, WHOLE, PREFIXES)
    assert isinstance(found, Solutions)
    return list(found.rows)


def by_oxigraph(store: pyoxigraph.Store, text: str) -> list[tuple[Any, ...]]:
    found = store.query(text, prefixes=PREFIXES)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    return [tuple(row) for row in found]


def compare_selective(server: Server, whole: pyoxigraph.Store, samples: int) -> dict[str, Any]:
    import neo4j

    address = server.address
    figures: dict[str, Any] = {}
    store = STORES.load("neo4j")(server.opening())
    with Connection(address) as connection:
        for key in INDEXES:
            connection.run(f"CREATE INDEX bench_{key} IF NOT EXISTS FOR (n:Resource) ON (n.{key})")
        connection.run("CALL db.awaitIndexes()")
    driver = neo4j.GraphDatabase.driver(address.uri, auth=(address.username, address.password))
    try:
        with driver, driver.session(default_access_mode="READ") as session:
            by_sparql(store, "SELECT ?s { ?s b:country ?nothing, ?other FILTER(?nothing != ?other) } LIMIT 1")
            for shape in SHAPES:
                figures[shape.name] = compare_shape(shape, store, session, whole, samples)
                say(f"{shape.name}: {figures[shape.name]}")
    finally:
        store.close()
    ratios = [each["ratio"] for each in figures.values()]
    median = round(statistics.median(ratios), 2)
    return {
        "ratio_median": median, "ratio_max": max(ratios), "aim": AIMS["selective"],
        "met": median <= AIMS["selective"], "shapes_met": sum(each <= AIMS["selective"] for each in ratios),
        "shapes": figures,
    }  # fmt: skip


def compare_shape(shape: Shape, store: Store, session: Any, whole: pyoxigraph.Store, samples: int) -> dict[str, Any]:
    sparql_s, cypher_s = [], []
    first, first_cypher, rows = 0.0, 0.0, 0
    constants = draw(shape, whole, samples + 2, SEED)
    for number in range(samples + 2):  # the first two warm both
        term, y = constants[number % len(constants)]
        text = shape.sparql.replace("%x%", str(term)).replace("%y%", str(y))
        started = time.perf_counter()
        ours = by_sparql(store, text)
        middle = time.perf_counter()
        theirs = [tuple(record) for record in session.run(shape.cypher, x=term.value, y=y)]
        ended = time.perf_counter()
        if number == 0:
            first, first_cypher = middle - started, ended - middle
        if number >= 2:
            sparql_s.append(middle - started)
            cypher_s.append(ended - middle)
            rows += len(ours)
        check(shape, text, whole, ours, theirs)
    sparql, cypher = statistics.median(sparql_s), statistics.median(cypher_s)
    return {
        "ratio": round(sparql / cypher, 2), "sparql_ms": round(1000 * sparql, 2), "cypher_ms": round(1000 * cypher, 2),
        "first_ms": round(1000 * first, 1), "first_cypher_ms": round(1000 * first_cypher, 1),
        "rows": round(rows / len(sparql_s), 1), "constants": len(constants), "samples": len(sparql_s),
    }  # fmt: skip


def check(
    shape: Shape, text: str, whole: pyoxigraph.Store, ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]
) -> None:
    right = by_oxigraph(whole, text)
    all_right = Counter(by_oxigraph(whole, text.partition(" LIMIT ")[0])) if shape.is_cut else Counter(right)
    wrong = Counter(ours) - all_right
    if wrong or len(ours) != len(right):
        sys.exit(f"{shape.name}: SPARQL's answer differs from Oxigraph's: {text}: {list(wrong)[:3]}")
    texts = Counter(tuple(map(plain, row)) for row in all_right.elements())
    cypher = Counter(tuple(map(plain, row)) for row in theirs)
    if cypher - texts or len(theirs) != len(right):
        differing = list(cypher - texts)[:3], list(texts - cypher)[:3]
        sys.exit(f"{shape.name}: Cypher's answer differs: {text}: {differing}")


# --- broad queries


def compare_broad(server: Server, folder: Path, whole: pyoxigraph.Store, quads: int) -> dict[str, Any]:
    store = STORES.load("neo4j")(server.opening(folder, copy_quads=10_000_000))
    try:
        client, before = time.process_time(), server.cpu()
        read_s = seconds(lambda: store.copy_into(folder / "first").close())
        figures: dict[str, Any] = {
            "read_out_s": round(read_s, 1), "read_out_quads_per_s": round(quads / read_s),
            "client_cpu_s": round(time.process_time() - client, 1), "server_cpu_s": round(server.cpu() - before, 1),
        }  # fmt: skip
        say(f"read out: {figures}")
        queries = {name: compare_query(name, text, store, whole) for name, text in BROAD.items()}
        with Connection(server.address) as connection:
            connection.run("CREATE (:Resource:Vendor {iri: $iri, label: 'foreign'})", iri=f"{BASE}foreign")
        figures["read_again_s"] = round(seconds(lambda: store.copy_into(folder / "second").close()), 1)
        if len(by_sparql(store, f"SELECT * {{ <{BASE}foreign> ?p ?o }}")) != 2:
            sys.exit("What another has written is not seen.")
    finally:
        store.close()
    ratios = [each["ratio"] for each in queries.values()]
    median = round(statistics.median(ratios), 2)
    return {
        "ratio_median": median, "ratio_max": max(ratios), "aim": AIMS["broad"], "met": median <= AIMS["broad"],
        **figures, "queries": queries,
    }  # fmt: skip


def compare_query(name: str, text: str, store: Store, whole: pyoxigraph.Store) -> dict[str, float]:
    copied, alone = [], []
    if Counter(by_sparql(store, text)) != Counter(by_oxigraph(whole, text)):
        sys.exit(f"{name}: the answer differs from Oxigraph's.")
    for _ in range(BROAD_RUNS):
        alone.append(seconds(lambda: by_oxigraph(whole, text)))
        copied.append(seconds(lambda: by_sparql(store, text)))
    ours, theirs = statistics.median(copied), statistics.median(alone)
    found = {"ratio": round(ours / theirs, 2), "copy_ms": round(1000 * ours, 1), "alone_ms": round(1000 * theirs, 1)}
    say(f"{name}: {found}")
    return found


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=29, help="of BSBM's 40,377 triples; 29 are a million")
    parser.add_argument("--heap", type=int, default=1024, help="of the server, in MB")
    parser.add_argument("--samples", type=int, default=21, help="warm runs of each selective shape")
    options = parser.parse_args()
    bench = os.environ.get("KG_BENCH")
    if not bench:
        print(json.dumps({"benchmark": "neo4j", "skipped": "KG_BENCH is not set"}))
        return
    logging.getLogger("neo4j").setLevel(logging.ERROR)  # the driver tells of names that are not there
    with tempfile.TemporaryDirectory(prefix="noemata-bench-") as name:
        folder = Path(name)
        say("reading")
        started = time.perf_counter()
        quads = read_quads(Path(bench) / "speed" / "bsbm", options.copies)
        document: dict[str, Any] = {
            "benchmark": "neo4j", "triples": len(quads), "cores": os.cpu_count(), "heap_mb": options.heap,
            "load_average": [round(each, 1) for each in os.getloadavg()],
            "parse_s": round(time.perf_counter() - started, 1),
        }  # fmt: skip
        whole = pyoxigraph.Store(str(folder / "oxigraph"))
        whole.bulk_extend(quads)
        whole.optimize()
        with serving(folder / "bolt", options.heap) as server:
            bolt = load_by_bolt(server, quads)
            say(f"bolt: {bolt}")
            counts = server.counts()
        with serving(folder / "bulk", options.heap) as server:
            bulk = load_by_importer(server, folder / "bulk" / "neo4j", quads)
            say(f"bulk: {bulk}")
            if server.counts() != counts:
                sys.exit(f"The importer made {server.counts()} nodes and relationships, Bolt {counts}.")
            document["load"] = {"nodes": counts[0], "relationships": counts[1], "bolt": bolt, "bulk": bulk}
            count = len(quads)
            del quads
            document["selective"] = compare_selective(server, whole, options.samples)
            document["broad"] = compare_broad(server, folder / "bulk" / "neo4j", whole, count)
        document["load_average_after"] = [round(each, 1) for each in os.getloadavg()]
        print(json.dumps(document))


if __name__ == "__main__":
    main()
