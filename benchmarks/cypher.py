"""Cypher on the embedded store beside Neo4j: building the mirror, advancing it, its memory, and twelve reads.

    KG_BENCH=… python benchmarks/cypher.py [--runs 7] [--copies 1] [--without-neo4j]

The data is the tiny set of the LDBC Social Network Benchmark, read from its CSV files as RDF: 222 people, 8,000
messages, 805 forums, 16,080 tags (219,000 triples); `--copies` copies people, messages and forums under other names.
What LDBC writes on relationships is left out. The reads are like those of its interactive workload (their names are in
`READS`), through `run_cypher` on both; people and messages are drawn by a fixed seed.

JSON lines, one a measure:
`build`: seconds of the first statement's snapshot, from the store's quads to the graph, and `triples_per_s`;
`mb_per_million`: megabytes of the process more than before, for each million triples.
`advance`: milliseconds from a commit of 1,000 changed triples (750 new, 250 gone) until a statement sees it, without
`commit_ms`; medians.
`read`: milliseconds of each read, medians over its runs, all parameters; `rows` of all parameters; `ratio` is the
embedded store's over Neo4j's.
`reads`: the median and the largest `ratio` of all.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))
sys.path.insert(0, str(Path(__file__).parent.parent))

import psutil

from kg.graph import KnowledgeGraph, excluded_graphs
from kg.iri import Minter
from kg.limits import UNLIMITED
from kg.model import Change
from kg.ontology import load_ontology
from kg.query.cypher import run_cypher
from kg.rdf import RDF, XSD, Literal, NamedNode, Quad
from kg.stores import STORES, Opening, ServerAddress
from tests.cypher.answers import cypher_rows, is_equal
from tests.neo4j_servers import serve_neo4j

BASE = "https://ldbc.example/"
SEED = 20261122
_COPIED = ("person", "post", "comment", "forum")
_GRAPH = NamedNode(f"{BASE}graph/user")

READS = {
    "profile": "MATCH (p:Person {iri: $person})-[:isLocatedIn]->(c) RETURN p.firstName, p.lastName, p.birthday, c.name",
    "recent-messages": "MATCH (:Person {iri: $person})<-[:hasCreator]-(m) "
    "WITH m ORDER BY m.creationDate DESC, m.iri LIMIT 10 MATCH (m)-[:replyOf*0..]->(post:Post)-[:hasCreator]->(p) "
    "RETURN m.iri AS m, post.iri AS post, p.iri AS p ORDER BY m",
    "friends": "MATCH (:Person {iri: $person})-[:knows]-(f) RETURN f.iri AS f, f.firstName AS name ORDER BY name, f",
    "replies": "MATCH (m:Message {iri: $message})<-[:replyOf]-(c)-[:hasCreator]->(a) MATCH (m)-[:hasCreator]->(b) "
    "RETURN c.iri AS c, a.firstName AS name, EXISTS { (a)-[:knows]-(b) } AS friends ORDER BY c",
    "friends-by-name": "MATCH (p:Person {iri: $person})-[:knows*1..3]-(f:Person {firstName: $name}) WHERE f <> p "
    "RETURN DISTINCT f.iri AS f, f.lastName AS name ORDER BY name, f LIMIT 20",
    "messages-of-friends": "MATCH (:Person {iri: $person})-[:knows]-(f)<-[:hasCreator]-(m:Message) "
    "WHERE m.creationDate <= $date RETURN f.iri AS f, m.iri AS m, coalesce(m.content, m.imageFile) AS content, "
    "m.creationDate AS date ORDER BY date DESC, m LIMIT 20",
    "new-topics": "MATCH (:Person {iri: $person})-[:knows]-(f)<-[:hasCreator]-(post:Post)-[:hasTag]->(t) "
    "WITH DISTINCT t, post RETURN t.name AS tag, count(post) AS posts ORDER BY posts DESC, tag LIMIT 10",
    "tags-together": "MATCH (p:Person {iri: $person})-[:knows*1..2]-(f) WHERE f <> p WITH DISTINCT f "
    "MATCH (f)<-[:hasCreator]-(post:Post)-[:hasTag]->(t) MATCH (post)-[:hasTag]->(u) WHERE u <> t "
    "RETURN u.name AS tag, count(DISTINCT post) AS posts ORDER BY posts DESC, tag LIMIT 10",
    "recent-replies": "MATCH (:Person {iri: $person})<-[:hasCreator]-(m)<-[:replyOf]-(c:Comment)-[:hasCreator]->(a) "
    "RETURN a.iri AS a, c.iri AS c, c.creationDate AS date ORDER BY date DESC, c LIMIT 20",
    "messages-of-friends-of-friends": "MATCH (p:Person {iri: $person})-[:knows*1..2]-(f) WHERE f <> p WITH DISTINCT f "
    "MATCH (f)<-[:hasCreator]-(m:Message) WHERE m.creationDate < $date "
    "RETURN f.iri AS f, m.iri AS m, m.creationDate AS date ORDER BY date DESC, m LIMIT 20",
    "experts": "MATCH (:Person {iri: $person})-[:knows]-(f)<-[:hasCreator]-(c:Comment)-[:replyOf]->(:Post)"
    "-[:hasTag]->(t)-[:hasType]->(k) RETURN f.iri AS f, count(DISTINCT c) AS replies, count(DISTINCT k) AS kinds "
    "ORDER BY replies DESC, f LIMIT 20",
    "distance": "MATCH (a:Person {iri: $person}), (b:Person {iri: $other}) WHERE a <> b "
    "MATCH way = shortestPath((a)-[:knows*]-(b)) RETURN length(way) AS n",
}


# --- the data


def read_quads(folder: Path, copies: int) -> Iterator[Quad]:
    """Yield the triples of all files; each row says something of the thing that its first column names."""
    for path in sorted(folder.glob("*/*.csv")):
        kind, *rest = path.stem.removesuffix("_0_0").split("_")
        for copy in range(copies if kind in _COPIED else 1):
            with path.open(encoding="utf-8", newline="") as file:
                rows = csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE)
                header = next(rows)
                for row in rows:
                    yield from _relation(kind, rest, row, copy) if rest else _thing(kind, header, row, copy)


def _thing_iri(kind: str, id_: str, copy: int) -> NamedNode:
    return NamedNode(f"{BASE}{kind}/{copy}-{id_}" if copy and kind in _COPIED else f"{BASE}{kind}/{id_}")


def _term(name: str) -> NamedNode:
    return NamedNode(f"{BASE}term/{name}")


def _relation(kind: str, rest: list[str], row: list[str], copy: int) -> Iterator[Quad]:
    start, end = _thing_iri(kind, row[0], copy), _thing_iri(rest[1], row[1], copy)
    yield Quad(start, _term(rest[0]), end, _GRAPH)


def _thing(kind: str, header: list[str], row: list[str], copy: int) -> Iterator[Quad]:
    thing = _thing_iri(kind, row[0], copy)
    labels = [kind.capitalize() if kind != "tagclass" else "TagClass"]
    if kind in ("post", "comment"):
        labels.append("Message")
    for name, text in zip(header[1:], row[1:], strict=True):
        if name == "type":
            labels.append(text.capitalize())
        elif name in ("creationDate", "birthday", "length"):
            yield Quad(thing, _term(name), Literal(text, datatype=XSD["integer"]), _GRAPH)
        elif text:
            for value in text.split(";") if name in ("language", "email") else (text,):
                yield Quad(thing, _term(name), Literal(value), _GRAPH)
    for label in labels:
        yield Quad(thing, RDF["type"], _term(label), _GRAPH)


# --- measuring


def open_graph(server: ServerAddress | None) -> KnowledgeGraph:
    minter = Minter(BASE)
    opening = Opening(None, "merged", excluded_graphs(minter), BASE, server=server)
    store = STORES.load("embedded" if server is None else "neo4j")(opening)
    return KnowledgeGraph(store, load_ontology(), minter)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure_build(graph: KnowledgeGraph, triples: int) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    took = seconds(lambda: run_cypher(graph, "MATCH (n:Tag) RETURN count(n) AS n", {}, UNLIMITED))
    more = (process.memory_info().rss - before) / 1e6
    print(json.dumps({
        "measure": "build", "triples": triples, "seconds": round(took, 2), "triples_per_s": round(triples / took),
        "mb_per_million": round(1e6 * more / triples),
    }), flush=True)  # fmt: skip


def measure_advance(graph: KnowledgeGraph, quads: list[Quad], runs: int) -> None:
    chance = random.Random(SEED)
    literals = [quad for quad in quads if isinstance(quad.object, Literal)]
    commits, advances = [], []
    for run in range(runs):
        gone = chance.sample(literals, 250)
        people = [NamedNode(f"{BASE}person/new-{run}-{number}") for number in range(250)]
        new = [Quad(each, RDF["type"], _term("Person"), _GRAPH) for each in people]
        new += [Quad(each, _term("firstName"), Literal("Ada"), _GRAPH) for each in people]
        new += [Quad(each, _term("knows"), chance.choice(people), _GRAPH) for each in people]
        change = Change(tuple(new), tuple(gone))
        commits.append(seconds(lambda change=change: graph.store.commit(change)))
        advances.append(seconds(lambda: run_cypher(graph, "RETURN 1 AS n", {}, UNLIMITED)))
        graph.store.commit(Change(tuple(gone), tuple(new)))
        run_cypher(graph, "RETURN 1 AS n", {}, UNLIMITED)
    told = {
        "ms": round(1000 * statistics.median(advances), 1),
        "commit_ms": round(1000 * statistics.median(commits), 1),
    }
    print(json.dumps({"measure": "advance", "changed": 1000, **told}), flush=True)


def parameters(quads: list[Quad], number: int) -> list[dict[str, Any]]:
    """Return what the reads are asked with: people who know somebody, and messages with replies."""
    chance = random.Random(SEED)
    people = sorted({quad.subject.value for quad in quads if quad.predicate == _term("knows")})
    messages = sorted({quad.object.value for quad in quads if quad.predicate == _term("replyOf")})
    return [
        {
            "person": chance.choice(people), "other": chance.choice(people), "message": chance.choice(messages),
            "name": chance.choice(("Jose", "Chong", "Ali")), "date": 1_287_230_400_000,
        }
        for _ in range(number)
    ]  # fmt: skip


def measure_reads(
    embedded: KnowledgeGraph, server: KnowledgeGraph | None, asked: list[dict[str, Any]], runs: int
) -> None:
    ratios = []
    for name, text in READS.items():
        times: dict[str, list[float]] = {"embedded": [], "neo4j": []}
        rows = 0
        for run in range(runs + 1):  # the first is not counted
            for given in asked:
                used = {key: value for key, value in given.items() if f"${key}" in text}
                answers = []
                for store, graph in (("embedded", embedded), ("neo4j", server)):
                    if graph is None:
                        continue
                    start = time.perf_counter()
                    answers.append(cypher_rows(run_cypher(graph, text, used, UNLIMITED)))
                    if run:
                        times[store].append(time.perf_counter() - start)
                rows += 0 if run else len(answers[0])
                if len(answers) == 2:
                    assert is_equal(*answers, ordered="ORDER BY" in text, with_kinds=True), f"{name}: {used}"
        told = {f"{store}_ms": round(1000 * statistics.median(found), 2) for store, found in times.items() if found}
        if server is not None:
            ratios.append(statistics.median(times["embedded"]) / statistics.median(times["neo4j"]))
            told["ratio"] = round(ratios[-1], 2)
        print(json.dumps({"measure": "read", "name": name, "rows": rows, **told}), flush=True)
    if ratios:
        told = {"ratio_median": round(statistics.median(ratios), 2), "ratio_max": round(max(ratios), 2)}
        print(json.dumps({"measure": "reads", **told}), flush=True)


def main() -> None:
    """Run all, a line for each measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--without-neo4j", action="store_true")
    arguments = parser.parse_args()
    folder = Path(os.environ["KG_BENCH"]) / "speed/ldbc_snb_tiny/cypher_test-data/vanilla"
    quads = list(dict.fromkeys(read_quads(folder, arguments.copies)))
    graph = open_graph(None)
    graph.store.fill(quads)
    measure_build(graph, len(quads))
    measure_advance(graph, quads, arguments.runs)
    asked = parameters(quads, 5)
    if arguments.without_neo4j:
        measure_reads(graph, None, asked, arguments.runs)
        return
    with tempfile.TemporaryDirectory() as place, serve_neo4j(Path(place), 512) as address:
        server = open_graph(address)
        server.store.fill(quads)
        measure_reads(graph, server, asked, arguments.runs)
        server.store.close()


if __name__ == "__main__":
    main()
