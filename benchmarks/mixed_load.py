"""Search, SPARQL and ingest at the same time on one `kg serve`: rates, latencies, freshness, memory; one JSON line.

    KG_BENCH=… python benchmarks/mixed_load.py [--seconds 600] [--searches 2] [--queries 2] [--pause 2]

The notes are the 421 passages of 2WikiMultihopQA's set of 51 questions, ingested from JSON Lines; the searches are its
questions. Each client has a kept-alive connection and asks as soon as it is answered; all run on the same cores as the
server, in Python. One more client sends a note, waits until it is read, looks for it by SPARQL and by search, pauses,
and goes on: it sends 50 notes again and again with other texts, so the graph does not grow.

- `search`, `sparql`, `ingest`: requests, requests a second, median, p99 and largest milliseconds. Those of `ingest` are
  from sending a note to its report.
- `errors`: every answer that is not 200, and every connection that broke, with how often; `stale`: notes that a search
  or a query did not find although their ingest had been reported as done. Both must be empty.
- `found_s`: seconds from sending a note until search has it, sending and reading included.
- `memory_mb`: the resident memory of the server and all its processes, every minute, `server_memory_mb` that of its own
  process; `growth_mb_a_minute` and `server_growth_mb_a_minute` are the slopes of lines through their second halves.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

import psutil
from load import resident_mb
from sparql import KG, Server

PREFIXES = "PREFIX kg: <https://w3id.org/noemata#> PREFIX dct: <http://purl.org/dc/terms/> "
QUERIES = (
    "SELECT ?title { ?note a kg:Note ; dct:title ?title } ORDER BY ?title LIMIT 20",
    "SELECT ?class (COUNT(*) AS ?n) { ?thing a ?class } GROUP BY ?class ORDER BY DESC(?n) LIMIT 10",
    "SELECT ?a ?b { ?a kg:mentions ?thing . ?b kg:mentions ?thing FILTER(STR(?a) < STR(?b)) } LIMIT 50",
    "SELECT ?quote { ?evidence a kg:Evidence ; kg:quote ?quote } LIMIT 50",
)
NOTES = 50
SAMPLE_SECONDS = 60.0


@dataclass
class Seen:
    """What the clients have met; each list is one client's or under the lock of the interpreter."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"search": [], "sparql": [], "ingest": []})
    errors: Counter[str] = field(default_factory=Counter)
    found: list[float] = field(default_factory=list)
    stale: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)
    own_memory: list[float] = field(default_factory=list)


class Client:
    """One kept-alive connection."""

    def __init__(self, server: Server, seen: Seen) -> None:
        self._place = server.url.hostname or "", server.url.port
        self._seen = seen
        self._connection = http.client.HTTPConnection(*self._place, timeout=120)

    def ask(self, kind: str, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return the body of an answer, empty after an error, and note what it took."""
        headers = {"Authorization": "Bearer bench"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        started = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (http.client.HTTPException, OSError) as error:
            self._seen.errors[f"{kind}: {type(error).__name__}"] += 1
            self._connection.close()
            return b""
        if response.status == 202:  # it takes longer than such a request may; the stream ends with the job
            self._connection.request("GET", f"{response.headers['Location']}/events", headers=headers)
            response = self._connection.getresponse()
            content = response.read().rstrip().rpartition(b"data: ")[2]
        self._seen.seconds[kind].append(time.perf_counter() - started)
        if response.status != 200:
            self._seen.errors[f"{kind}: {response.status} {content[:200].decode('utf-8', 'replace')}"] += 1
            return b""
        return content

    def query(self, text: str) -> bytes:
        """Return the answer to a SPARQL query."""
        return self.ask("sparql", "GET", f"/query?{urllib.parse.urlencode({'query': PREFIXES + text})}")

    def search(self, text: str) -> bytes:
        """Return the answer to a search."""
        return self.ask("search", "GET", f"/search?{urllib.parse.urlencode({'query': text, 'k': 10})}")


def make_home(folder: Path, corpus: list[dict[str, str]]) -> tuple[Path, float]:
    """Make a home of the passages, and return it with the seconds that took."""
    file = folder / "passages.jsonl"
    rows = ({"id": f"p{number}", **row} for number, row in enumerate(corpus))
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    started = time.perf_counter()
    subprocess.run([KG, "ingest", str(file), "--home", str(folder / "home")], check=True, capture_output=True)
    return folder / "home", time.perf_counter() - started


def sent_notes(corpus: list[dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield notes without end, each with a word that no other has."""
    for number, row in zip(count(), cycle(corpus[:NOTES])):
        word = f"quaxo{number}"
        yield word, {"id": f"sent{number % NOTES}", "title": f"Draft {word}", "text": f"{row['text']} See {word}."}


def send(client: Client, seen: Seen, word: str, note: dict[str, str]) -> None:
    """Send a note, and look for it as soon as it is said to be read."""
    started = time.perf_counter()
    told = client.ask("ingest", "POST", "/api/ingest?wait=true", json.dumps({"notes": [note]}).encode())
    if not told:
        return
    if json.loads(told)["report"]["notes"]["failed"]:
        seen.errors["ingest: a note failed"] += 1
    found = client.search(word)
    if found and not any(hit["doc_id"] == note["id"] for hit in json.loads(found)["hits"]):
        seen.stale["search"] += 1
    seen.found.append(time.perf_counter() - started)
    asked = client.query(f'SELECT ?note {{ ?note dct:identifier "{note["id"]}" ; dct:title "{note["title"]}" }}')
    if asked and not json.loads(asked)["results"]["bindings"]:
        seen.stale["sparql"] += 1


def measured(times: list[float], seconds: int) -> dict[str, float]:
    ordered = sorted(times)
    if not ordered:
        return {"requests": 0}
    return {
        "requests": len(ordered),
        "requests_per_s": round(len(ordered) / seconds, 1),
        "median_ms": round(1000 * statistics.median(ordered), 1),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
        "max_ms": round(1000 * ordered[-1], 1),
    }


def slope(samples: list[float]) -> float:
    """Return the growth a sample of a straight line through the second half."""
    half = samples[len(samples) // 2 :]
    if len(half) < 2:
        return 0.0
    return round(statistics.linear_regression(range(len(half)), half).slope, 2)


def run(server: Server, corpus: list[dict[str, str]], questions: list[str], options: argparse.Namespace) -> Seen:
    """Have all clients ask until the time is over."""
    seen, is_over = Seen(), threading.Event()

    def repeatedly(act: Callable[[Client, int], object], pause: float = 0.0) -> threading.Thread:
        def work() -> None:
            client = Client(server, seen)
            for number in count():
                if is_over.wait(pause) if pause else is_over.is_set():
                    return
                act(client, number)

        return threading.Thread(target=work)

    def search(client: Client, number: int) -> None:
        client.search(questions[number % len(questions)])

    def query(client: Client, number: int) -> None:
        client.query(QUERIES[number % len(QUERIES)])

    notes = sent_notes(corpus)
    clients = [
        *(repeatedly(search) for _ in range(options.searches)),
        *(repeatedly(query) for _ in range(options.queries)),
        repeatedly(lambda client, _: send(client, seen, *next(notes)), options.pause),
    ]
    for client in clients:
        client.start()
    until = time.monotonic() + options.seconds
    while time.monotonic() < until:
        time.sleep(min(SAMPLE_SECONDS, max(0.0, until - time.monotonic())))
        seen.memory.append(resident_mb(server.process.pid))
        seen.own_memory.append(round(psutil.Process(server.process.pid).memory_info().rss / 1e6, 1))
    is_over.set()
    for client in clients:
        client.join()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description="Search, SPARQL and ingest at the same time.")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--searches", type=int, default=2, help="clients that search")
    parser.add_argument("--queries", type=int, default=2, help="clients that ask in SPARQL")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two notes that are sent")
    options = parser.parse_args()
    bench = os.environ.get("KG_BENCH")
    if not bench:
        print(json.dumps({"benchmark": "mixed_load", "skipped": "KG_BENCH is not set"}))
        return
    data = Path(bench) / "multihop" / "2wiki"
    rows = json.loads((data / "corpus_421.json").read_text("utf-8"))
    corpus = [{"title": row["title"], "text": row["text"]} for row in rows]
    questions = [row["question"] for row in json.loads((data / "gold_51.json").read_text("utf-8"))["questions"]]
    with tempfile.TemporaryDirectory() as name:
        home, seconds = make_home(Path(name), corpus)
        server = Server(home)
        try:
            warm, nothing = Client(server, Seen()), Seen()  # what is loaded once is not what is measured
            for _ in range(options.searches + 1):
                warm.search(questions[0])
            send(warm, nothing, *next(sent_notes(corpus)))
            seen = run(server, corpus, questions, options)
        finally:
            server.close()
    found = seen.found or [0.0]
    document = {
        "benchmark": "mixed_load",
        "seconds": options.seconds,
        "clients": {"search": options.searches, "sparql": options.queries, "ingest": 1},
        "notes": len(corpus),
        "first_ingest_s": round(seconds, 1),
        **{kind: measured(times, options.seconds) for kind, times in seen.seconds.items()},
        "found_s": {"median": round(statistics.median(found), 2), "max": round(max(found), 2)},
        "errors": seen.errors,
        "stale": seen.stale,
        "memory_mb": seen.memory,
        "server_memory_mb": seen.own_memory,
        "growth_mb_a_minute": slope(seen.memory),
        "server_growth_mb_a_minute": slope(seen.own_memory),
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
