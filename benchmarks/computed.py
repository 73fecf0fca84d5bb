"""Computed predicates: what the rewriting adds to a query, beside triples that are put into a copy of the store.

    python benchmarks/computed.py [--notes 100000] [--runs 15]

Notes of our own making with titles and links in an embedded store on disk (five quads each), and a search that is free:
its hits are given. The query joins `k` hits, with score, passage and place, with two links and their titles.

JSON lines, one for each number of hits; all in milliseconds of processor time, medians:
`rewriting_ms`: reading the query, asking, writing the rows into it; `query_ms`: the whole query, rewriting included;
`stated_ms`: the query over the same hits as triples that are there already, in a store of its own;
`adding_ms`: what it costs to have such triples: a checkpoint is opened for writing, they are added and removed.
`cypher_ms`: the whole of the like statement in Cypher.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))
sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.computed import Found
from kg.graph import KnowledgeGraph, commit, excluded_graphs
from kg.iri import Minter
from kg.model import Change
from kg.ontology import bare_names, load_ontology
from kg.query.computed_sparql import answer_computed
from kg.query.cypher import run_cypher
from kg.query.sparql import run_sparql
from kg.rdf import DCT, KG, PREFIXES, RDF, Literal, NamedNode, Quad
from kg.stores import STORES, Opening
from kg.stores.oxigraph import OxigraphStore

BASE = "https://noemata.example/computed/"
_HIT = "[ kg:query 'x' ; kg:k {k} ; kg:score ?s ; kg:passage ?p ; kg:start ?b ; kg:end ?e ]"
_STATED = "<urn:score> ?s ; <urn:passage> ?p ; <urn:start> ?b ; <urn:end> ?e"
_REST = "dct:title ?t ; kg:linksTo ?m . ?m dct:title ?u ; kg:linksTo ?l"
_CYPHER = (
    "CALL kg.search('x', $k) YIELD node, score, passage, start, end MATCH (node)-[:linksTo]->(m)-[:linksTo]->(l) "
    "RETURN node.iri, score, passage, start, end, m.iri, l.iri"
)


class Given:
    """Gives the same hits to every search."""

    def __init__(self, notes: int) -> None:
        passage = "A passage of some sixty words has about as many characters as this. " * 5
        self.found = [Found(note(n * 13 % notes), 1 - n / 1e5, n + 1, passage, 0, len(passage)) for n in range(10_000)]

    def search(self, text: str, k: int, passages: bool, diversity: float | None) -> Sequence[Found]:
        """Return the first of the hits."""
        return self.found[:k]

    def similar(self, to: NamedNode | str, k: int) -> Sequence[Found]:
        """Return nothing."""
        return []

    def predicted(self, *asked: object) -> list[Any]:
        """Return nothing."""
        return []

    def called(self, predicate: NamedNode) -> str:
        """Return a name."""
        return predicate.value


def note(number: int) -> NamedNode:
    """Return the IRI of a note."""
    return NamedNode(f"{BASE}note/{number}")


def quads(notes: int) -> Iterator[Quad]:
    """Yield what notes say, each in its own graph."""
    for number in range(notes):
        one = note(number)
        yield Quad(one, RDF["type"], KG["Note"], one)
        yield Quad(one, DCT["title"], Literal(f"Note {number}"), one)
        for step in (1, 7919, 104_729):
            yield Quad(one, KG["linksTo"], note((number * 3 + step) % notes), one)


def stated(given: Given, k: int) -> list[Quad]:
    """Return the hits as triples."""
    found, user = [], Minter(BASE).graph("user")
    for number, each in enumerate(given.found[:k]):
        hit = NamedNode(f"{BASE}hit/{number}")
        found.append(Quad(each.node, NamedNode("urn:search"), hit, user))
        for name, value in (("score", each.score), ("passage", each.passage), ("start", 0), ("end", each.end)):
            found.append(Quad(hit, NamedNode(f"urn:{name}"), Literal(value), user))
    return found


def milliseconds(run: Callable[[], object], runs: int) -> float:
    """Return the median of processor milliseconds."""
    times = []
    for _ in range(runs):
        begun = time.process_time()
        run()
        times.append((time.process_time() - begun) * 1000)
    return round(statistics.median(times), 2)


def main() -> None:
    """Measure, and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        minter, given = Minter(BASE), Given(asked.notes)
        excluded = excluded_graphs(minter)
        ontology, opening = load_ontology(), Opening(Path(folder) / "store", "merged", excluded, BASE)
        store = STORES.load("embedded")(dataclasses.replace(opening, names=bare_names(ontology)))
        graph = KnowledgeGraph(store, ontology, minter, computed=given)
        commit(graph, Change(tuple(quads(asked.notes))))
        list(run_cypher(graph, _CYPHER, {"k": 1}).rows)  # builds the mirror
        for k in (10, 100, 1000):
            print(json.dumps(measure(graph, given, excluded, Path(folder) / f"copy{k}", k, asked.runs)), flush=True)
        store.close()


def measure(
    graph: KnowledgeGraph, given: Given, excluded: frozenset[NamedNode], copy: Path, k: int, runs: int
) -> dict[str, Any]:
    """Return the figures of one number of hits."""
    store = graph.store
    text = f"SELECT * {{ ?n kg:search {_HIT.format(k=k)} ; {_REST} }}"
    as_triples = f"SELECT * {{ ?n <urn:search> ?h . ?h {_STATED} . ?n {_REST} }}"
    hits = tuple(stated(given, k))

    def rows(graph: KnowledgeGraph, text: str) -> int:
        return sum(1 for _ in run_sparql(graph, text).rows)  # type: ignore[union-attr]

    def add() -> None:
        opened = OxigraphStore(copy, excluded=excluded)
        opened.commit(Change(hits))
        opened.commit(Change((), hits))
        opened.close()

    figures = {
        "rewriting_ms": milliseconds(lambda: answer_computed(text, PREFIXES, given), runs),
        "query_ms": milliseconds(lambda: rows(graph, text), runs),
        "cypher_ms": milliseconds(lambda: list(run_cypher(graph, _CYPHER, {"k": k}).rows), runs),
    }
    store.checkpoint(str(copy))  # type: ignore[attr-defined]
    figures["adding_ms"] = milliseconds(add, runs)
    opened = OxigraphStore(copy, excluded=excluded)
    opened.commit(Change(hits))
    other = dataclasses.replace(graph, store=opened)
    assert rows(other, as_triples) == rows(graph, text)
    figures["stated_ms"] = milliseconds(lambda: rows(other, as_triples), runs)
    opened.close()
    return {"benchmark": "computed", "hits": k, "rows": rows(graph, text), **figures}


if __name__ == "__main__":
    main()
