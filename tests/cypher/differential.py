"""Random statements on the embedded store and on a Neo4j with the same nodes and relationships."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kg.errors import KgError, UnsupportedQueryError
from kg.graph import KnowledgeGraph, excluded_graphs
from kg.iri import Minter
from kg.limits import Limits
from kg.model import Change
from kg.ontology import load_ontology
from kg.property_graph import PropertyGraph
from kg.property_graph.names import Names
from kg.property_graph.shape import shape
from kg.query.cypher import run_cypher
from kg.rdf import PREFIXES, NamedNode
from kg.stores import STORES, Opening, ServerAddress
from kg.stores.neo4j.cypher_values import to_value
from kg.stores.neo4j.wire import encoded
from tests.cypher.answers import Rows, key, plain
from tests.cypher.random_graphs import BASE, random_quads
from tests.cypher.random_queries import Queries, Query

__all__ = ["Server", "Tally", "compare", "open_server", "query_of", "run", "small_graph"]

_GRAPHS_EVERY = 25
"""How many seeds that follow one another ask of the same graph."""
_SECONDS = 20.0
_OVERFLOW = "beyond 64 bits"
"""What we say of a sum of integers that is too large; Neo4j goes on with a float."""

_ONTOLOGY = load_ontology()


@dataclass(frozen=True)
class Failure:
    """An error in the place of an answer; `is_refusal`: what was asked is named as not supported."""

    kind: str
    text: str
    is_refusal: bool = False


Answer = Rows | Failure


class Server:
    """A session on a Neo4j that holds a property graph and nothing else."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def load(self, graph: PropertyGraph) -> None:
        """Hold this graph instead of what is there."""
        self._session.run("MATCH (n) DETACH DELETE n").consume()
        nodes = [
            {
                "labels": ["Resource", *sorted(node.labels)],
                "properties": {name: encoded(value) for name, value in node.properties.items()}
                | {"iri": node.key}
                | ({"_rdf": node.notes} if node.notes else {}),
            }
            for node in graph.nodes.values()
        ]
        self._session.run("UNWIND $nodes AS x CREATE (n:$(x.labels)) SET n = x.properties", nodes=nodes).consume()
        relationships = [
            {"start": each.start, "end": each.end, "type": each.type, "graphs": each.graphs and list(each.graphs)}
            for each in graph.relationships
        ]
        self._session.run(
            "UNWIND $all AS x MATCH (a {iri: x.start}), (b {iri: x.end}) CREATE (a)-[r:$(x.type)]->(b) SET r._g = x.graphs",
            all=relationships,
        ).consume()

    def ask(self, text: str, parameters: dict[str, Any]) -> Answer:
        """Return what Neo4j answers."""
        import neo4j.exceptions

        try:
            rows = self._session.run(text, parameters).values()
            return [[plain(to_value(value)) for value in row] for row in rows]
        except neo4j.exceptions.Neo4jError as error:
            return Failure(str(error.code), str(error.message))


@contextmanager
def open_server(address: ServerAddress) -> Iterator[Server]:
    """Yield a session on a server whose database is the test's."""
    import neo4j

    # The newest form of labels that are only known later needs no more than this version of the language.
    with (
        neo4j.GraphDatabase.driver(
            address.uri, auth=(address.username, address.password), notifications_min_severity="OFF"
        ) as driver,
        driver.session(database=address.database) as session,
    ):
        yield Server(session)


def query_of(seed: int) -> Query:
    """Return the statement of a seed."""
    return Queries(random.Random(f"query {seed}")).query()


def small_graph(seed: int) -> tuple[KnowledgeGraph, PropertyGraph]:
    """Return the graph that a seed asks, in memory, and the nodes and relationships that it should have."""
    minter = Minter(BASE)
    store = STORES.load("embedded")(Opening(None, "merged", excluded_graphs(minter), BASE))
    graph = KnowledgeGraph(store, _ONTOLOGY, minter)
    store.commit(Change(random_quads(random.Random(f"graph {seed // _GRAPHS_EVERY}"))))
    names = Names(BASE, PREFIXES, {})
    return graph, shape(store.match(), names, NamedNode(f"{BASE}graph/user"))


def _ask_embedded(graph: KnowledgeGraph, asked: Query) -> Answer:
    try:
        found = run_cypher(graph, asked.text, asked.parameters, Limits(seconds=_SECONDS))
        return [[plain(value) for value in row] for row in found.rows]
    except KgError as error:
        is_refusal = isinstance(error, UnsupportedQueryError) or _OVERFLOW in str(error)
        return Failure(type(error).__name__, str(error), is_refusal)
    except Exception as error:  # noqa: BLE001 - a defect is a difference with its seed, not the end of a long run
        return Failure(f"defect: {type(error).__name__}", str(error))


def compare(asked: Query, ours: Rows, theirs: Rows) -> bool:
    """Tell whether two answers are equal, as far as the statement determines them."""
    mine, real = ([_row(asked, row) for row in rows] for rows in (ours, theirs))
    return mine == real if asked.ordered else Counter(mine) == Counter(real)


def _row(asked: Query, row: list[Any]) -> Any:
    return key(
        [
            sorted(value, key=lambda item: repr(key(item)))
            if number in asked.bags and isinstance(value, list)
            else value
            for number, value in enumerate(row)
        ]
    )


@dataclass
class Tally:
    """What came of some statements.

    Attributes:
        refused: how many, by what was named. invalid: Neo4j fails, and so do we. lenient: only Neo4j fails.
        failed: only we fail, and do not refuse. wrong: other rows.
    """

    asked: int = 0
    equal: int = 0
    with_rows: int = 0
    invalid: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lenient: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def run(seeds: Iterable[int], server: Server, tell: Callable[[str], object] = lambda text: None) -> Tally:
    """Compare the answers to the statements of some seeds; `tell` hears of every difference at once."""
    tally = Tally()
    at: int | None = None
    graph: KnowledgeGraph | None = None
    for seed in seeds:
        if graph is None or seed // _GRAPHS_EVERY != at:
            if graph is not None:
                graph.store.close()
            at = seed // _GRAPHS_EVERY
            graph, held = small_graph(seed)
            server.load(held)
        asked = query_of(seed)
        tally.asked += 1
        ours = _ask_embedded(graph, asked)
        if isinstance(ours, Failure) and ours.is_refusal:
            tally.refused[_feature(ours.text)] += 1
            continue
        theirs = server.ask(asked.text, asked.parameters)
        if isinstance(theirs, Failure):
            if isinstance(ours, Failure) and not ours.kind.startswith("defect"):
                tally.invalid += 1
                continue
            into = tally.lenient
        elif isinstance(ours, Failure):
            into = tally.failed
        elif compare(asked, ours, theirs):
            tally.equal += 1
            tally.with_rows += bool(theirs)
            continue
        else:
            into = tally.wrong
        told = f"seed {seed}\n{asked.text}\n{asked.parameters}\n{_difference(asked, ours, theirs)}"
        into.append(told)
        tell(told)
    if graph is not None:
        graph.store.close()
    return tally


def _feature(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:80]


def _difference(asked: Query, ours: Answer, theirs: Answer) -> str:
    """Describe what differs: the rows that one answer alone has, or all where only their order does."""
    if isinstance(ours, Failure) or isinstance(theirs, Failure):
        return f"embedded {_short(ours)}\nNeo4j    {_short(theirs)}"
    mine, real = (Counter(_row(asked, row) for row in rows) for rows in (ours, theirs))
    if mine == real:
        return f"in another order\nembedded {ours!r:.1500}\nNeo4j    {theirs!r:.1500}"
    only = [
        [row for row in rows if _row(asked, row) in keys] for rows, keys in ((ours, mine - real), (theirs, real - mine))
    ]
    return f"embedded {len(ours)} rows, alone has {only[0]!r:.1500}\nNeo4j    {len(theirs)} rows, alone has {only[1]!r:.1500}"


def _short(answer: Answer) -> str:
    if isinstance(answer, Failure):
        return f"{answer.kind}: {answer.text}"[:600]
    return f"{len(answer)} rows: {answer!r:.600}"
