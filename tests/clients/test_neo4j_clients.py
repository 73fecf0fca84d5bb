"""Neo4j's own clients on a database with our data: what they read is what `/sparql` gives."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.cli import main
from kg.stores import ServerAddress
from tests.neo4j_servers import empty_database
from tests.servers import Server, start_server

HERE = Path(__file__).parent
EX = "http://example.org/"
NOTES = {
    "ada.md": "---\ntype: Person\n---\n# Ada Lovelace\n\nAda Lovelace works for Acme.\n",
    "acme.md": "---\ntype: Company\n---\n# Acme\n\nAcme is a company in London.\n",
}
NAMES = "MATCH (n:Person) RETURN n.name AS name ORDER BY name"
LABELS = "MATCH (n:Person) RETURN labels(n) AS labels ORDER BY n.iri LIMIT 1"
EVIDENCE = (
    "MATCH (a:Person)-[r:worksFor]->(b) "
    "MATCH (e:Evidence) WHERE (e)-[:rdf__subject]->(a) AND (e)-[:rdf__object]->(b) "
    "RETURN a.name AS who, type(r) AS relation, b.name AS whom, e.quote AS quote ORDER BY who, quote"
)
SPARQL_NAMES = "PREFIX kg: <https://w3id.org/noemata#> SELECT ?name { ?n a kg:Person ; kg:name ?name } ORDER BY ?name"
SPARQL_EVIDENCE = """
PREFIX kg: <https://w3id.org/noemata#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT ?who ?whom ?quote {
  ?a a kg:Person ; kg:worksFor ?b ; kg:name ?who . ?b kg:name ?whom .
  ?e a kg:Evidence ; rdf:subject ?a ; rdf:predicate kg:worksFor ; rdf:object ?b ; kg:quote ?quote
} ORDER BY ?who ?quote
"""

pytestmark = [pytest.mark.slow, pytest.mark.neo4j]


@dataclass(frozen=True)
class Both:
    """Our server over a database, and the database."""

    server: Server
    database: ServerAddress


@pytest.fixture(scope="module")
def both(neo4j_address: ServerAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("clients")
    (folder / "notes").mkdir()
    for name, text in NOTES.items():
        (folder / "notes" / name).write_text(text)
    empty_database(neo4j_address)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("uri", "username", "password", "database"):
            patch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_address, name))
        home = str(folder / "home")
        assert main(["init", "--home", home, "--base", EX, "--store", "neo4j"]) == 0
        assert main(["ingest", "--home", home, str(folder / "notes")]) == 0
        with start_server(folder / "home") as server:
            yield Both(server, neo4j_address)
    empty_database(neo4j_address)


def facts(server: Server) -> list[list[str]]:
    """What `/sparql` says of who works where, and the sentence that says so."""
    found = [[row["who"], "worksFor", row["whom"], row["quote"]] for row in server.select(SPARQL_EVIDENCE)]
    assert found, "the notes say who works where"
    return found


def names(server: Server) -> list[str]:
    return sorted(row["name"] for row in server.select(SPARQL_NAMES))


def test_python_driver(both: Both) -> None:
    import neo4j

    database = both.database
    login = (database.username, database.password)
    with neo4j.GraphDatabase.driver(database.uri, auth=login) as driver:
        assert [record["name"] for record in driver.execute_query(NAMES).records] == names(both.server)
        assert {"Resource", "Person"} <= set(driver.execute_query(LABELS).records[0]["labels"])
        assert [list(record.values()) for record in driver.execute_query(EVIDENCE).records] == facts(both.server)


def test_javascript_driver(both: Both) -> None:
    if shutil.which("node") is None or not (HERE / "node_modules" / "neo4j-driver").is_dir():
        pytest.skip("neo4j-driver is not installed: npm was not there for `make dev`")

    def run(statement: str) -> list[list[object]]:
        database = both.database
        words = ["node", "neo4j_driver.mjs", database.uri, database.username, database.password, statement]
        done = subprocess.run(words, cwd=HERE, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        rows: list[list[object]] = json.loads(done.stdout)["rows"]
        return rows

    assert [row[0] for row in run(NAMES)] == names(both.server)
    assert {"Resource", "Person"} <= set(run(LABELS)[0][0])  # type: ignore[call-overload]
    assert run(EVIDENCE) == facts(both.server)


def test_cypher_shell(both: Both) -> None:
    """Its jars come by `mvn -q -B -Dlib=lib package` in tests/clients/cypher-shell."""
    jars = HERE / "cypher-shell" / "lib"
    if shutil.which("java") is None or not jars.is_dir():
        pytest.skip(f"cypher-shell is not installed: no Java, or no {jars}")
    database = both.database
    login = {"NEO4J_USERNAME": database.username, "NEO4J_PASSWORD": database.password}

    def run(statement: str) -> list[list[str]]:
        command = [
            "java",
            "-cp",
            f"{jars}/*",
            "org.neo4j.shell.Main",
            "-a",
            database.uri,
            "--format",
            "plain",
            statement,
        ]
        done = subprocess.run(command, env={**os.environ, **login}, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        rows = csv.reader(io.StringIO(done.stdout.decode()), skipinitialspace=True, escapechar="\\", doublequote=False)
        return list(rows)[1:]

    assert [row[0] for row in run(NAMES)] == names(both.server)
    assert run(EVIDENCE) == facts(both.server)


def test_the_query_api_gives_the_same(both: Both) -> None:
    body = json.dumps({"statement": EVIDENCE})
    reply = both.server.request("POST", "/db/neo4j/query/v2", body, content_type="application/json")
    assert reply.status == 202, reply.text
    assert json.loads(reply.body)["data"]["values"] == facts(both.server)
