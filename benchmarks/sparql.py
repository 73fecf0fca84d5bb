"""Speed of SPARQL over HTTP beside pyoxigraph in process and rdflib, on BSBM; and how soon `kg serve` answers.

    KG_BENCH=… python benchmarks/sparql.py [--copies 29] [--rdflib-copies 1] [--runs 5] [--starts 3]

The data is BSBM's set of 100 products (40,377 triples), copied under other names: producers, vendors,
reviews and people are new in each copy, product types and features are shared; 29 copies are a million
triples. The queries are BSBM's `explore` and `bi` use cases, with parameters drawn by a fixed seed from
the data.

`ratio` of a query: wall seconds of a GET on a kept-alive connection to `kg serve`, answer read to its
end, over those of pyoxigraph in this process on a read-only copy of the same store, which parses,
evaluates and serialises to the same format. Both are medians; runs alternate. Queries whose median in
process is at least 10 ms make `ratio_median` and `ratio_max`; the others give `overhead_ms`. `cpu_ratio`
is the same in processor seconds of the server with its readers over those of this process, all queries of
at least 10 ms together: what other processes on the machine take does not count in it. The answers are
compared: as many rows, and the same rows where the query does not cut off ties by LIMIT.

rdflib evaluates the same queries in memory on a smaller copy (`rdflib_copies`), beside both others on
that copy; a query that takes longer than its limit is left out and named.

`start_s`: from starting the process to the end of the answer to a first query, on the large store;
`start_cpu_s`: the processor seconds of server and readers until then. Python's bytecode is kept, as an
installation has it, and a first start, which makes it, is not counted.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pyoxigraph

INSTANCES = "http://www4.wiwiss.fu-berlin.de/bizer/bsbm/v01/instances/"
VOCABULARY = "http://www4.wiwiss.fu-berlin.de/bizer/bsbm/v01/vocabulary/"
SLOW = 0.010
"""Seconds in process from which a query's ratio counts."""
RDFLIB_SECONDS = 60
SEED = 20261122
KG = str(Path(sys.executable).with_name("kg"))


@dataclass(frozen=True)
class Query:
    """One query of BSBM with its parameters filled in."""

    name: str
    text: str

    @property
    def is_graph(self) -> bool:
        """Tell whether the answer is a graph."""
        return re.search(r"^\s*(CONSTRUCT|DESCRIBE)\b", self.text, re.MULTILINE | re.IGNORECASE) is not None

    @property
    def is_cut(self) -> bool:
        """Tell whether ties may be cut off."""
        return re.search(r"\bLIMIT\b", self.text, re.IGNORECASE) is not None


def read_triples(folder: Path, copies: int) -> Iterator[bytes]:
    """Yield the N-Triples lines of some copies of the data."""
    with gzip.open(folder / "bsbm_pc100.nt.gz") as file:
        lines = file.readlines()
    own = f"<{INSTANCES}dataFrom".encode()
    for number in range(copies):
        renamed = f"<{INSTANCES}copy{number}/dataFrom".encode()
        yield from (lines if number == 0 else (line.replace(own, renamed) for line in lines))


def make_home(folder: Path, bsbm: Path, copies: int) -> Path:
    """Make a home that holds some copies of the data in one graph."""
    home, file = folder / f"home{copies}", folder / "bsbm.nt"
    with file.open("wb") as out:
        out.writelines(read_triples(bsbm, copies))
    for words in (["init", "--base", "https://example.org/bsbm/"], ["import", str(file)]):
        subprocess.run([KG, *words, "--home", str(home)], check=True, capture_output=True)
    file.unlink()
    return home


def fill(folder: Path, store: pyoxigraph.Store) -> list[Query]:
    """Return the queries with parameters drawn from the data."""
    chance = random.Random(SEED)

    def draw(pattern: str) -> str:
        found = store.query(f"PREFIX b: <{VOCABULARY}> SELECT DISTINCT ?x {{ {pattern} }} ORDER BY ?x LIMIT 400")
        assert isinstance(found, pyoxigraph.QuerySolutions)
        return str(chance.choice([row["x"] for row in found]))

    patterns = {
        "Country": "?p a b:Producer ; b:country ?x",
        "Offer": "?x a b:Offer",
        "Producer": "?x a b:Producer",
        "ProductFeature": "?p b:productFeature ?x",
        "ProductType": "?x a b:ProductType . ?p a b:Product, ?x",
        "Product": "?x a b:Product",
        "Review": "?x b:reviewFor ?p",
    }
    plain = {
        "ConsecutiveMonth_0": "2008-01-01",
        "ConsecutiveMonth_1": "2008-02-01",
        "ConsecutiveMonth_2": "2008-03-01",
        "currentDate": '"2008-05-01T00:00:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
        "word1": "a",
        "x": "100",
        "y": "100",
    }

    def value(match: re.Match[str]) -> str:
        if match[1] in plain:
            return plain[match[1]]
        return draw(patterns[re.sub(r"(XYZ|\d+)$", "", match[1])])

    queries = []
    for use in ("explore", "bi"):
        paths = [path for path in (folder / "queries" / use).glob("query*.txt") if re.fullmatch(r"query\d+", path.stem)]
        for path in sorted(paths, key=lambda path: int(path.stem[5:])):
            known: dict[str, str] = {}  # a parameter has one value in a query
            text = re.sub(r"%(\w+)%", lambda m, known=known: known.setdefault(m[1], value(m)), path.read_text())
            queries.append(Query(f"{use}-{path.stem[5:]}", text))
    return queries


# --- the three ways to ask


def ask_in_process(store: pyoxigraph.Store, query: Query) -> bytes:
    found = store.query(query.text)
    if isinstance(found, pyoxigraph.QueryTriples):
        return found.serialize(format=pyoxigraph.RdfFormat.N_TRIPLES) or b""
    return found.serialize(format=pyoxigraph.QueryResultsFormat.JSON) or b""


class Server:
    """A running `kg serve` and one connection to it."""

    def __init__(self, home: Path) -> None:
        self.started = time.perf_counter()
        words = [KG, "serve", "--home", str(home), "--port", "0", "--token", "bench"]
        words += ["--json"]
        environment = {"KG_SERVE_TIMEOUT_SECONDS": "600", **os.environ}
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.url = urllib.parse.urlsplit(json.loads(line)["url"])
        self.connection = http.client.HTTPConnection(self.url.hostname or "", self.url.port)

    def ask(self, query: Query) -> bytes:
        """Return the answer to a query."""
        accept = "application/n-triples" if query.is_graph else "application/sparql-results+json"
        path = f"/query?{urllib.parse.urlencode({'query': query.text})}"
        self.connection.request("GET", path, headers={"Accept": accept, "Authorization": "Bearer bench"})
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200, body[:500]
        return body

    def processor_seconds(self) -> float:
        """Return what the server and its readers have taken, readers that have ended included."""
        own = psutil.Process(self.process.pid)
        times = [own.cpu_times(), *(each.cpu_times() for each in own.children())]
        return sum(each.user + each.system for each in times) + times[0].children_user + times[0].children_system

    def close(self) -> None:
        """Stop the server."""
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def ask_rdflib(graph: Any, query: Query) -> bytes:
    result = graph.query(query.text)
    written: bytes = result.serialize(format="nt" if result.type in ("CONSTRUCT", "DESCRIBE") else "json")
    return written


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# --- measuring


def rows_of(query: Query, body: bytes) -> Counter[str]:
    if query.is_graph:
        return Counter(re.sub(r"_:\w+", "_:b", line) for line in body.decode().splitlines() if line)
    document = json.loads(body)
    bindings = document["results"]["bindings"] if "results" in document else [document["boolean"]]
    return Counter(re.sub(r'"bnode", "value": "\w+"', "", json.dumps(row, sort_keys=True)) for row in bindings)


def check_equal(query: Query, ours: bytes, theirs: bytes) -> None:
    a, b = rows_of(query, ours), rows_of(query, theirs)
    assert a.total() == b.total() and (query.is_cut or a == b), f"{query.name}: the answers differ"


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(server: Server, store: pyoxigraph.Store, queries: list[Query], runs: int) -> dict[str, dict[str, float]]:
    """Return for each query the median milliseconds over HTTP and in process."""
    figures = {}
    for query in queries:
        check_equal(query, server.ask(query), ask_in_process(store, query))
        over_http, in_process, own_cpu, server_cpu = [], [], 0.0, server.processor_seconds()
        for _ in range(runs):
            started = time.process_time()
            in_process.append(seconds(lambda query=query: ask_in_process(store, query)))
            own_cpu += time.process_time() - started
            over_http.append(seconds(lambda query=query: server.ask(query)))
        server_cpu = server.processor_seconds() - server_cpu
        http_median, own_median = statistics.median(over_http), statistics.median(in_process)
        figures[query.name] = {
            "http_ms": round(http_median * 1000, 2),
            "in_process_ms": round(own_median * 1000, 2),
            "http_cpu_ms": round(server_cpu / runs * 1000, 2),
            "in_process_cpu_ms": round(own_cpu / runs * 1000, 2),
        }
    return figures


def with_rdflib(home: Path, store: pyoxigraph.Store, queries: list[Query], runs: int) -> dict[str, Any]:
    import rdflib

    graph = rdflib.Graph()
    graph.parse(
        data=store.dump(format=pyoxigraph.RdfFormat.N_TRIPLES, from_graph=pyoxigraph.DefaultGraph()), format="nt"
    )
    server = Server(home)
    try:
        figures: dict[str, Any] = compare(server, store, queries, runs)
    finally:
        server.close()
    left_out = []
    for query in queries:
        try:
            with time_limit(RDFLIB_SECONDS):
                figures[query.name]["rdflib_ms"] = round(
                    1000 * seconds(lambda query=query: ask_rdflib(graph, query)), 2
                )
        except TimeoutError:
            left_out.append(query.name)
    times_slower = [each["rdflib_ms"] / each["http_ms"] for each in figures.values() if "rdflib_ms" in each]
    return {
        "rdflib_over_http_median": round(statistics.median(times_slower), 1),
        "rdflib_over_its_limit": left_out,
        "queries": figures,
    }


def open_copy(home: Path, folder: Path) -> pyoxigraph.Store:
    """Open a copy of a home's store, as only one process may have the store itself."""
    copy = folder / f"{home.name}-copy"
    shutil.copytree(home / "store", copy)
    return pyoxigraph.Store.read_only(str(copy))


def measure_starts(home: Path, starts: int) -> list[tuple[float, float]]:
    """Return the wall seconds and the processor seconds of some starts."""
    figures = []
    for _ in range(1 + starts):
        server = Server(home)
        server.ask(Query("first", "ASK { ?s ?p ?o }"))
        figures.append((time.perf_counter() - server.started, server.processor_seconds()))
        server.close()
    return figures[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of SPARQL over HTTP.")
    parser.add_argument("--copies", type=int, default=29)
    parser.add_argument("--rdflib-copies", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--starts", type=int, default=3)
    options = parser.parse_args()
    bench = os.environ.get("KG_BENCH")
    if not bench:
        print(json.dumps({"benchmark": "sparql", "skipped": "KG_BENCH is not set"}))
        return
    bsbm = Path(bench) / "speed" / "bsbm"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        home = make_home(folder, bsbm, options.copies)
        store = open_copy(home, folder)
        queries = fill(bsbm, store)
        starts = measure_starts(home, options.starts)
        server = Server(home)
        try:
            figures = compare(server, store, queries, options.runs)
        finally:
            server.close()
        counted = [each for each in figures.values() if each["in_process_ms"] >= 1000 * SLOW]
        slow = [each["http_ms"] / each["in_process_ms"] for each in counted]
        cpu_ms = {name: sum(each[name] for each in counted) for name in ("http_cpu_ms", "in_process_cpu_ms")}
        quick = [
            each["http_ms"] - each["in_process_ms"] for each in figures.values() if each["in_process_ms"] < 1000 * SLOW
        ]
        document = {
            "benchmark": "sparql",
            "triples": len(list(store.quads_for_pattern(None, None, None, pyoxigraph.DefaultGraph()))),
            "start_s": round(statistics.median(wall for wall, _ in starts), 2),
            "starts_s": [round(wall, 2) for wall, _ in starts],
            "start_cpu_s": round(statistics.median(cpu for _, cpu in starts), 2),
            "queries_over_10_ms": len(slow),
            "ratio_median": round(statistics.median(slow), 3) if slow else None,
            "ratio_max": round(max(slow), 3) if slow else None,
            "cpu_ratio": round(cpu_ms["http_cpu_ms"] / cpu_ms["in_process_cpu_ms"], 3) if slow else None,
            "overhead_ms_median": round(statistics.median(quick), 2) if quick else None,
            "queries": figures,
        }
        if options.rdflib_copies:
            small = make_home(folder, bsbm, options.rdflib_copies)
            small_store = open_copy(small, folder)
            document["small"] = with_rdflib(small, small_store, fill(bsbm, small_store), options.runs)
        print(json.dumps(document))


if __name__ == "__main__":
    main()
