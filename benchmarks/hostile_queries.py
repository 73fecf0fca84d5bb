"""Whether anything gets past the reading path: mutated hostile and harmless statements on both stores, one JSON line.

    [NEO4J_URI=… NEO4J_USERNAME=… NEO4J_PASSWORD=…] python benchmarks/hostile_queries.py --seconds 600 --seed 1

The statements of `tests/data/hostile`, and reads with writing clauses put into them, are changed at random: case,
comments, kinds of white space, escapes, backticks, nesting, what stands before a statement, tokens left out, twice, or
of another statement. Each is sent as a query to the embedded store and, with NEO4J_URI, to that server, whose database
must be empty. A bypass is a changed canonical export, index, constraint or user; on the server also a statement that
was answered though the plan of the server's own EXPLAIN writes, reads a file, or calls what is not on our lists.

`refused`, `answered`, `failed`, `stopped` count the outcomes; `late` is the longest time from a limit to the stop, in
seconds; `bypasses` are the statements, told on the error output as soon as they are found.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))
sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.cypher.allowed import ALLOWED_PROCEDURES
from kg.cypher.effects import explained
from kg.errors import ForbiddenQueryError, InputError, KgError, LimitError, QuerySyntaxError
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.query.cypher import run_cypher
from kg.query.sparql import run_sparql
from kg.results import Graph, Solutions
from kg.stores import ServerAddress
from tests.cypher.hostile import corpus, exported, open_graph
from tests.neo4j_servers import empty_database, server_of_environment

LIMIT = 2.0
_LONGEST = 600
_EVERY = 100
"""Statements between two looks at what the store holds."""

READS = (
    "MATCH (n) RETURN n.iri AS x LIMIT 3",
    "MATCH (a)-[r:KNOWS]->(b) WHERE a.iri < b.iri RETURN a, r, b LIMIT 2",
    "UNWIND [1, 2] AS x WITH x WHERE x > 1 RETURN x",
    "MATCH (n) RETURN count(*) AS c",
    "RETURN 1 AS x UNION RETURN 2 AS x",
    "CALL db.labels() YIELD label RETURN label",
    "MATCH (n) CALL (n) { MATCH (n)-->(m) RETURN count(m) AS c } RETURN c",
    "MATCH (n) WHERE EXISTS { (n)-[:KNOWS]->() } RETURN n.rdfs__label",
    "RETURN [x IN [1, 2] WHERE x > 1 | x * 2] AS l",
    "MATCH p = (a)-[:KNOWS*1..2]->(b) RETURN length(p) AS n LIMIT 3",
    "RETURN 'text // with \"signs\" /* in */ it' AS t",
    "MATCH (n) WITH n ORDER BY n.iri SKIP 1 LIMIT 1 RETURN n {.*, x: 1} AS m",
    "SHOW INDEXES YIELD name RETURN name",
    "MATCH (`set`) RETURN `set`.iri AS `create`",
    "RETURN date('2020-01-01').year AS y, $p AS p",
    "MATCH ((a)-[:KNOWS]->(b))+ RETURN count(*) AS c",
    "MATCH (n) WHERE n:% RETURN n.iri AS x LIMIT 3",
    "MATCH (n) WHERE n IS %&!_X RETURN n.iri AS x LIMIT 3",
)
CLAUSES = (
    "CREATE (:Hostile)",
    "MERGE (h:Hostile {a: 1})",
    "SET n.hostile = 1",
    "REMOVE n.iri",
    "DETACH DELETE n",
    "DELETE r",
    "FOREACH (z IN [1] | CREATE (:Hostile))",
    "CALL { CREATE (:Hostile) }",
    "CALL db.createLabel('Hostile')",
    "CALL dbms.listConfig() YIELD name AS config",
    "CALL tx.getMetaData YIELD metadata",
    "LOAD CSV FROM 'file:///etc/passwd' AS line",
    "INSERT (:Hostile)",
    "CALL (*) { CREATE (:Hostile) } IN TRANSACTIONS",
    "SHOW USERS",
    "TERMINATE TRANSACTIONS 'x'",
    "USE system",
    "CREATE INDEX hostile FOR (h:Hostile) ON (h.a)",
    "DROP CONSTRAINT kg_resource_iri",
    "; CREATE (:Hostile)",
)
_SPACES = " \t\n\r\x0b\x0c\x1c\x1f\xa0\u1680\u2003\u2028\u202f\u205f\u3000\u200b\ufeff\x00"
_COMMENTS = (
    "/**/",
    "/* x */",
    "// x\n",
    "//\r",
    "/*\n*/",
    "/* // */",
    "// /*\n",
    "/* ' */",
    "// `\n",
    "/* \\u002a\\u002f */",
    "// \\u000a",
)
_PIECE = re.compile(r"\s+|\w+|'[^']*'|\"[^\"]*\"|`[^`]*`|.", re.DOTALL)
_AROUND = (
    ("CALL { ", " }"),
    ("CALL () { ", " } RETURN 1"),
    ("RETURN EXISTS { ", " }"),
    ("RETURN COUNT { ", " } AS c"),
    ("EXPLAIN ", ""),
    ("RETURN COLLECT { ", " } AS c"),
    ("PROFILE ", ""),
    ("CYPHER 5 ", ""),
    ("CYPHER runtime=slotted ", ""),
    ("USE neo4j ", ""),
    ("MATCH (n) ", ""),
    ("MATCH (n) WITH n ", " RETURN 1"),
    ("", " RETURN 1"),
    ("RETURN 1 AS x UNION ", ""),
    ("", ";"),
    ("RETURN 1; ", ""),
    ("// ", ""),
    ("/* ", " */"),
    ("{ ", " }"),
    ("OPTIONAL ", ""),
    ("RETURN '\\u0027 ", " //'"),
    ("RETURN `\\u0060 ", "`"),
    ("RETURN '\\\\' ", ""),
    ("RETURN [x IN [1] | ", "]"),
    ("RETURN CASE WHEN true THEN ", " END"),
    ("RETURN 1 AS x, ", ""),
)

Mutation = Callable[[list[str], random.Random], list[str]]


def _case(pieces: list[str], chance: random.Random) -> list[str]:
    return [chance.choice((str.upper, str.lower, str.swapcase, str))(p) if p.isalpha() else p for p in pieces]


def _space(pieces: list[str], chance: random.Random) -> list[str]:
    return [chance.choice(_SPACES) if p.isspace() and chance.random() < 0.5 else p for p in pieces]


def _comment(pieces: list[str], chance: random.Random) -> list[str]:
    return _put(pieces, chance.choice(_COMMENTS), chance)


def _escape(pieces: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(len(pieces))
    place = chance.randrange(len(pieces[at]))
    code = f"\\{'u' * chance.choice((1, 1, 1, 2))}{ord(pieces[at][place]) & 0xFFFF:04x}"
    return [*pieces[:at], pieces[at][:place] + code + pieces[at][place + 1 :], *pieces[at + 1 :]]


def _backticks(pieces: list[str], chance: random.Random) -> list[str]:
    words = [at for at, piece in enumerate(pieces) if piece.isalpha()]
    chosen = set(chance.sample(words, min(len(words), chance.randint(1, 3))))
    return [f"`{piece}`" if at in chosen else piece for at, piece in enumerate(pieces)]


def _leave_out(pieces: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(len(pieces))
    return pieces[:at] + pieces[at + 1 :] or pieces


def _double(pieces: list[str], chance: random.Random) -> list[str]:
    return _put(pieces, chance.choice(pieces), chance)


def _clause(pieces: list[str], chance: random.Random) -> list[str]:
    return _put(pieces, f" {chance.choice(CLAUSES)} ", chance)


def _other(pieces: list[str], chance: random.Random) -> list[str]:
    other = _PIECE.findall(chance.choice(READS))
    return [*pieces[: chance.randrange(len(pieces) + 1)], " ", *other[chance.randrange(len(other)) :]]


def _around(pieces: list[str], chance: random.Random) -> list[str]:
    before, after = chance.choice(_AROUND)
    return [before, *pieces, after] if after else [before, *pieces]


def _put(pieces: list[str], text: str, chance: random.Random) -> list[str]:
    at = chance.randrange(len(pieces) + 1)
    return [*pieces[:at], text, *pieces[at:]]


_SHARED: tuple[Mutation, ...] = (_case, _space, _comment, _escape, _leave_out, _double)
_OF_CYPHER: tuple[Mutation, ...] = (*_SHARED, _backticks, _clause, _clause, _other, _around, _around)


def mutated(text: str, mutations: Sequence[Mutation], chance: random.Random) -> str:
    """Return a statement after one to five changes."""
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4, 5))):
        pieces = [piece for piece in _PIECE.findall(text) if piece]
        text = "".join(chance.choice(mutations)(pieces, chance)) if pieces else text
    return text[:_LONGEST]


class Target:
    """A store, what it held at first, and what has become of what was sent to it."""

    def __init__(self, name: str, server: ServerAddress | None) -> None:
        self.name, self.graph = name, open_graph(server)
        self.counts: Counter[str] = Counter()
        self.late = 0.0
        self._driver: Any = None
        if server is not None:
            import neo4j

            self._driver = neo4j.GraphDatabase.driver(
                server.uri, auth=(server.username, server.password), notifications_min_severity="OFF"
            )
        self._first = self.state()

    def state(self) -> tuple[object, ...]:
        """Return all that reading must leave as it is."""
        if self._driver is None:
            return (exported(self.graph),)
        with self._driver.session() as session:
            texts = ("SHOW INDEXES YIELD name RETURN collect(name)", "SHOW CONSTRAINTS YIELD name RETURN collect(name)")
            counted = [session.run(text).values() for text in (*texts, "MATCH (n) RETURN count(n)")]
        with self._driver.session(database="system") as session:
            counted.append(session.run("SHOW USERS YIELD user, suspended RETURN collect([user, suspended])").values())
        return exported(self.graph), *map(repr, counted)

    def is_as_before(self) -> bool:
        """Tell whether it still holds what it held."""
        return self.state() == self._first

    def send(self, language: str, text: str) -> str | None:
        """Send a statement for reading, and return why its being answered is a bypass."""
        start = time.monotonic()
        try:
            (_cypher if language == "cypher" else _sparql)(self.graph, text)
        except (ForbiddenQueryError, QuerySyntaxError):
            self.counts["refused"] += 1
        except LimitError:
            self.counts["stopped"] += 1
        except InputError:
            self.counts["failed"] += 1
        except KgError as error:
            self.counts[type(error).__name__] += 1
        else:
            self.counts["answered"] += 1
            if language == "cypher" and self._driver is not None:
                return self._suspicion(text)
        finally:
            self.late = max(self.late, time.monotonic() - start - LIMIT)
        return None

    def _suspicion(self, text: str) -> str | None:
        """Return what the server's own plan of an answered statement does that it may not."""
        with self._driver.session() as session:
            told = session.run(explained(text), p=1).consume()
        if told.query_type not in ("r", "s"):
            return f"the server calls it {told.query_type}"
        plans = [told.plan] if told.plan else []
        while plans:
            plan = plans.pop()
            plans += plan.get("children", ())
            operator, details = plan["operatorType"].partition("@")[0], plan["args"].get("Details", "")
            if operator == "ProcedureCall" and details.replace("`", "").partition("(")[0] not in ALLOWED_PROCEDURES:
                return f"calls {details}"
            if operator.startswith(
                ("LoadCSV", "Terminate", "ShowTransactions", "ShowSetting", "ShowUser", "Create", "Set")
            ):
                return operator
        return None


def _cypher(graph: KnowledgeGraph, text: str) -> None:
    for _ in run_cypher(graph, text, {"p": 1}, Limits(LIMIT, 1000)).rows:
        pass


def _sparql(graph: KnowledgeGraph, text: str) -> None:
    result = run_sparql(graph, text, limits=Limits(LIMIT, 1000))
    if isinstance(result, Solutions | Graph):
        for _ in result.rows if isinstance(result, Solutions) else result.triples:
            pass


def main() -> None:
    """Run what the arguments say and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    cypher = [each.text for each in corpus("cypher") if each.outcome == "refused" and len(each.text) < _LONGEST]
    sparql = [each.text for each in corpus("sparql") if each.outcome != "stopped" and len(each.text) < _LONGEST]
    targets = [Target("embedded", None)]
    server = server_of_environment() if "NEO4J_URI" in os.environ else None
    if server is not None:
        targets.append(Target("neo4j", server))
    bypasses: list[str] = []
    sent: list[str] = []
    number, ends = 0, time.monotonic() + arguments.seconds
    while time.monotonic() < ends:
        number += 1
        language = "cypher" if chance.random() < 0.85 else "sparql"
        seeds = sparql if language == "sparql" else chance.choice((cypher, READS))
        text = mutated(chance.choice(seeds), _OF_CYPHER if language == "cypher" else _SHARED, chance)
        sent.append(text)
        for target in targets:
            if reason := target.send(language, text):
                _tell(bypasses, f"{target.name}: {reason}: {text!r}")
        if number % _EVERY == 0:
            for target in targets:
                if not target.is_as_before():
                    _tell(bypasses, f"{target.name}: one of these has changed it: {sent!r}")
                    ends = 0.0
            sent.clear()
    told = {target.name: {**target.counts, "late": round(max(target.late, 0.0), 2)} for target in targets}
    print(json.dumps({"benchmark": "hostile_queries", "statements": number, "bypasses": len(bypasses), **told}))
    for target in targets:
        target.graph.store.close()
    if server is not None:
        empty_database(server)
    sys.exit(bool(bypasses))


def _tell(bypasses: list[str], text: str) -> None:
    bypasses.append(text)
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
