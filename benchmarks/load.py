"""`kg serve` under load: requests a second, tail latency, memory over time, slow and hostile queries; one JSON line.

    KG_BENCH=… python benchmarks/load.py [--seconds 600] [--connections 8] [--copies 1]

The data is BSBM's, as in `sparql.py`; the load comes from wrk on loopback (Debian: `apt install wrk`),
which is a second process on the same cores. Three parts:

- `steady`: one quick query for so many seconds. Memory is the resident set of the server and all its
  reader processes, sampled ten times; `growth_mb` is the last sample less the second (the first is taken
  before all readers have started).
- `slow`: the same quick query alone, then while ten cartesian products run: its median and largest
  milliseconds. Each slow query must end with the error that names the time limit (2 s here).
- `hostile`: everything that is meant to hurt, many at once, each with what it was answered, while clients
  that do not keep to HTTP come too (`odd_clients`, with what each met): then the quick query again.
  `unnamed` lists the answers that are neither a success nor a problem document that names its limit or
  error, connections that broke included: it must be empty. `200_connections` counts what
  as many clients at once are told. `still_answers` says that the server does.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from sparql import Server, make_home

QUICK = "SELECT ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label } LIMIT 5"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d && ?g != ?c) }"
HEAVY = "SELECT (GROUP_CONCAT(?t) AS ?all) { { SELECT (CONCAT(STR(?a), STR(?d)) AS ?t) { ?a ?b ?c . ?d ?e ?f } } }"
SETTINGS = {"KG_SERVE_TIMEOUT_SECONDS": "2", "KG_SERVE_MEMORY_MB": "300", "KG_SERVE_MAX_REQUEST_MB": "4"}
SAMPLES = 10

Request = tuple[str, str, bytes | None, dict[str, str]]
"""Method, path, body, headers."""


def query(text: str) -> Request:
    return "GET", f"/query?{urllib.parse.urlencode({'query': text})}", None, {}


def hostile_requests() -> dict[str, Request]:
    """Return what is meant to hurt, by name."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    bomb = f"<!DOCTYPE r [{entities}]><r>&l9;</r>".encode()
    zipped = gzip.compress(b" " * 200_000_000, 1)
    union = " UNION ".join("{ ?s ?p ?o }" for _ in range(20_000))
    deep = "{" * 20_000 + "?s ?p ?o" + "}" * 20_000
    brackets = "(" * 20_000 + "1" + ")" * 20_000
    terms = "<<( ?s ?p " * 20_000 + "?o" + " )>>" * 20_000
    doubled = " ".join(f"BIND(CONCAT(?t{number}, ?t{number}) AS ?t{number + 1})" for number in range(30))
    json_ld = {"Content-Type": "application/ld+json"}
    rdf_xml, turtle = {"Content-Type": "application/rdf+xml"}, {"Content-Type": "text/turtle"}
    sparql = {"Content-Type": "application/sparql-query"}
    graph = "/data?graph=https%3A%2F%2Fexample.org%2Fhostile"
    nested = b"<urn:a> <urn:b> " + b"[ <urn:b> " * 50_000 + b"1" + b" ]" * 50_000 + b" ."
    return {
        "cartesian product": query(SLOW),
        "memory": query(HEAVY),
        "deep groups": ("POST", "/query", f"SELECT * {deep}".encode(), sparql),
        "deep brackets": ("POST", "/query", f"SELECT * {{ FILTER({brackets}) }}".encode(), sparql),
        "long union": ("POST", "/query", f"SELECT * {{ {union} }}".encode(), sparql),
        "regex": query(f'SELECT * {{ ?s ?p ?o FILTER(REGEX(STR(?o), "{"(a*)*" * 40}b")) }}'),
        "endless path": query("SELECT (COUNT(*) AS ?n) { ?a (<urn:x>|!<urn:x>)* ?b . ?c (<urn:x>|!<urn:x>)* ?d }"),
        "update as query": query("DROP ALL"),
        "service": query("SELECT * { SERVICE <http://169.254.169.254/latest/meta-data> { ?s ?p ?o } }"),
        "load": ("POST", "/update", b"LOAD <http://127.0.0.1:22/>", {"Content-Type": "application/sparql-update"}),
        "slow update": (
            "POST",
            "/update",
            b"INSERT { ?a <urn:x> ?f } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
            {"Content-Type": "application/sparql-update"},
        ),
        "xml bomb": ("PUT", graph, bomb, rdf_xml),
        "zip bomb": ("PUT", graph, zipped, {**turtle, "Content-Encoding": "gzip"}),
        "deflate bomb": ("PUT", graph, zlib.compress(b" " * 200_000_000, 1), {**turtle, "Content-Encoding": "deflate"}),
        "deep turtle": ("PUT", graph, nested, turtle),
        "too large": ("PUT", graph, b" " * 5_000_000, turtle),
        "not utf-8": ("POST", "/query", b"SELECT * { ?s ?p '\xff' }", sparql),
        "tiny timeout": ("GET", query("ASK {}")[1] + "&timeout=1e-9", None, {}),
        "deep json-ld": ("PUT", graph, b'{"urn:b":' * 50_000 + b"1" + b"}" * 50_000, json_ld),
        "deep triple terms": ("POST", "/query", f"ASK {{ ?s ?p {terms} }}".encode(), sparql),
        "many values": ("POST", "/query", f"SELECT * {{ VALUES ?x {{ {'1 ' * 100_000} }} }}".encode(), sparql),
        "long collection": ("POST", "/query", f"ASK {{ ?s ?p ({'1 ' * 100_000}) }}".encode(), sparql),
        "huge limit": query("SELECT * { ?s ?p ?o } OFFSET 9223372036854775807 LIMIT 9223372036854775807"),
        "huge text": query(f"SELECT (STRLEN(?t30) AS ?n) {{ BIND('{'x' * 100}' AS ?t0) {doubled} }}"),
        "huge sort": query("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f"),
        "star over all": query("SELECT * { ?a (!<urn:none>)* ?b }"),
        "update of everything": (
            "POST",
            "/update",
            b"INSERT { GRAPH <urn:g> { ?a ?e ?f } } WHERE { ?a ?b ?c . ?d ?e ?f }",
            {"Content-Type": "application/sparql-update"},
        ),
        "huge header": ("GET", "/query?query=ASK%7B%7D", None, {"X-Large": "x" * 500_000}),
        "control characters": ("GET", "/query?query=%00%01%02", None, {}),
    }


def odd_clients(address: tuple[str, int]) -> dict[str, Callable[[], str]]:
    """Return clients that do not keep to the rules; each says what it met."""
    token = b"Host: localhost\r\nAuthorization: Bearer bench\r\n"
    long = f"GET {query('SELECT * { ?a ?b ?c . ?d ?e ?f }')[1]} HTTP/1.1\r\n".encode() + token + b"\r\n"
    slow = f"GET {query(SLOW)[1]} HTTP/1.1\r\n".encode() + token + b"\r\n"
    post = b"POST /query HTTP/1.1\r\n" + token + b"Content-Type: application/sparql-query\r\n"

    def talk(*pieces: bytes, wait: float = 0.0, reads: bool = True, hurries: bool = False) -> str:
        with socket.create_connection(address, timeout=20) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(wait)
            except OSError as error:  # the server has answered already and closes
                if not reads:
                    return type(error).__name__
            if not reads:
                return "left"
            received = connection.recv(65536)
            while not hurries and (piece := connection.recv(65536)):
                received += piece
        return ", ".join(str(int(status)) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)) or "closed"

    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return {
        "one byte at a time": lambda: talk(*(bytes([each]) for each in last), wait=0.02),
        "half a head, then gone": lambda: talk(post[:40], reads=False),
        "half a body, then gone": lambda: talk(post + b"Content-Length: 1000\r\n\r\nSELECT", reads=False),
        "gone while it is computed": lambda: talk(slow, wait=0.2, reads=False),
        "gone in a long answer": lambda: talk(long, hurries=True),
        "fifty requests at once": lambda: str(
            Counter(talk(*[last.replace(b"Connection: close\r\n", b"")] * 49, last).split(", "))
        ),
        "chunks without end": lambda: talk(
            post + b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b"x" * 0x10000 + b"\r\n"] * 80
        ),
        "no chunks at all": lambda: talk(post + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzzz\r\n"),
        "two lengths": lambda: talk(post + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nASK {}"),
        "not http": lambda: talk(b"\x16\x03\x01\x02\r\n\r\n"),
    }


class Client:
    """Sends requests, each on a connection of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def address(self) -> tuple[str, int]:
        """Return where the server listens."""
        return self._server.url.hostname or "", self._server.url.port or 0

    def send(self, request: Request) -> tuple[int, str, float]:
        """Return the status (0: the connection broke), the error's title or nothing, and the seconds."""
        method, path, body, headers = request
        started = time.perf_counter()
        connection = http.client.HTTPConnection(self._server.url.hostname or "", self._server.url.port, timeout=60)
        try:
            connection.request(method, path, body, {"Authorization": "Bearer bench", **headers})
            response = connection.getresponse()
            content = response.read()
            problem = "problem" in response.headers.get("Content-Type", "")
            title = json.loads(content)["title"] if problem else ""
            return response.status, title, time.perf_counter() - started
        except http.client.IncompleteRead:  # an error after the first bytes can be said in no other way
            return 200, "broken off at a limit", time.perf_counter() - started
        except (http.client.HTTPException, OSError) as error:
            return 0, type(error).__name__, time.perf_counter() - started
        finally:
            connection.close()


def resident_mb(pid: int) -> float:
    """Return the memory of a process and its children."""
    process = psutil.Process(pid)
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return round(total / 1e6, 1)


def milliseconds(text: str) -> float:
    """Return what wrk calls 3.20ms, 812us or 1.02s."""
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    assert match is not None, text
    return float(match[1]) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[match[2]]


def steady(server: Server, seconds: int, connections: int) -> dict[str, object]:
    url = f"{server.url.geturl().rstrip('/')}{query(QUICK)[1]}"
    words = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", "Authorization: Bearer bench", url]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    samples = []
    for _ in range(SAMPLES):
        time.sleep(seconds / (SAMPLES + 1))
        samples.append(resident_mb(server.process.pid))
    output = running.communicate()[0]
    found = {name: re.search(pattern, output) for name, pattern in {
        "requests_per_s": r"Requests/sec:\s+([\d.]+)", "p50": r"50%\s+(\S+)", "p99": r"99%\s+(\S+)",
        "requests": r"(\d+) requests in", "errors": r"Non-2xx or 3xx responses: (\d+)",
        "socket": r"Socket errors: (.*)",
    }.items()}  # fmt: skip
    text = {name: match[1] for name, match in found.items() if match is not None}
    return {
        "requests": int(text["requests"]),
        "requests_per_s": float(text["requests_per_s"]),
        "p50_ms": milliseconds(text["p50"]),
        "p99_ms": milliseconds(text["p99"]),
        "errors": int(text.get("errors", 0)),
        "socket_errors": text.get("socket", "none"),
        "memory_mb": samples,
        "growth_mb": round(samples[-1] - samples[1], 1),
    }


def slow(client: Client, count: int = 10) -> dict[str, object]:
    def quick(times: int) -> list[float]:
        answers = [client.send(query(QUICK)) for _ in range(times)]
        assert all(status == 200 for status, _, _ in answers), answers
        return [1000 * taken for _, _, taken in answers]

    alone = quick(30)
    answers: list[tuple[int, str, float]] = []
    threads = [threading.Thread(target=lambda: answers.append(client.send(query(SLOW)))) for _ in range(count)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    beside = quick(15)
    for thread in threads:
        thread.join()
    return {
        "quick_alone_ms": {"median": round(statistics.median(alone), 1), "max": round(max(alone), 1)},
        "quick_beside_ten_slow_ms": {"median": round(statistics.median(beside), 1), "max": round(max(beside), 1)},
        "slow_answers": Counter(f"{status} {title}" for status, title, _ in answers),
    }


def hostile(client: Client, rounds: int) -> dict[str, object]:
    requests, odd = hostile_requests(), odd_clients(client.address)
    with ThreadPoolExecutor(12) as pool, ThreadPoolExecutor(4) as others:
        met = {name: others.submit(act) for name, act in odd.items()}
        names = [name for _ in range(rounds) for name in requests]
        answers = list(pool.map(lambda name: client.send(requests[name]), names))
    said: dict[str, Counter[str]] = {name: Counter() for name in requests}
    for name, (status, title, _) in zip(names, answers, strict=True):
        said[name][f"{status} {title}"] += 1
    unnamed = [name for name, (status, title, _) in zip(names, answers, strict=True) if status >= 400 and not title]
    broken = [name for name, (status, _, _) in zip(names, answers, strict=True) if status in (0, 500)]
    crowd = crowded(client, 200)
    time.sleep(1)
    after = [client.send(query(QUICK)) for _ in range(20)]
    return {
        "answers": said,
        "unnamed": sorted({*unnamed, *broken}),
        "odd_clients": {name: str(each.exception() or each.result()) for name, each in met.items()},
        "200_connections": crowd,
        "still_answers": all(status == 200 for status, _, _ in after),
        "quick_after_ms": round(1000 * statistics.median(taken for _, _, taken in after), 1),
    }


def crowded(client: Client, count: int) -> dict[str, int]:
    """Return what so many clients are told that ask at once."""
    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda _: client.send(query(QUICK)), range(count)))
    return Counter(f"{status} {title}".strip() for status, title, _ in answers)


def main() -> None:
    parser = argparse.ArgumentParser(description="The server under load.")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    bench = os.environ.get("KG_BENCH")
    if not bench or shutil.which("wrk") is None:
        print(json.dumps({"benchmark": "load", "skipped": "KG_BENCH is not set" if not bench else "wrk is not there"}))
        return
    os.environ.update(SETTINGS)
    with tempfile.TemporaryDirectory() as name:
        server = Server(make_home(Path(name), Path(bench) / "speed" / "bsbm", options.copies))
        try:
            client = Client(server)
            document = {
                "benchmark": "load",
                "seconds": options.seconds,
                "connections": options.connections,
                "steady": steady(server, options.seconds, options.connections),
                "slow": slow(client),
                "hostile": hostile(client, options.rounds),
                "memory_after_mb": resident_mb(server.process.pid),
            }
        finally:
            server.close()
    print(json.dumps(document))


if __name__ == "__main__":
    main()
