"""What is removed by hand stays away: `kg update`, `kg cypher --write`, and what `kg serve` is sent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.curated import NOTES, make_home
from tests.conftest import RunKg
from tests.servers import Server, start_server

pytestmark = pytest.mark.model

UPDATE = "DELETE WHERE { ?x kg:uses ?y }"
HEAD = "PREFIX kg: <https://w3id.org/noemata#> "


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("removing"))


@pytest.fixture
def copied(made: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own in which nothing is removed yet."""
    shutil.copytree(made, home)
    monkeypatch.setenv("LOGNAME", "grace")  # what `getpass` asks first
    return home


def uses(kg: RunKg) -> int:
    return len(kg("sparql", "SELECT * { ?x kg:uses ?y }", "--json").json["results"]["bindings"])


def decided(kg: RunKg) -> set[tuple[str, str, str]]:
    found = [json.loads(line) for line in kg("export", "--decisions").text.splitlines()[1:]]
    return {(row["kind"], row["author"], row["reason"]) for row in found}


def expect_gone_for_good(kg: RunKg, made: Path) -> None:
    assert uses(kg) == 0
    assert decided(kg) == {("reject", "grace", "removed by an update")}
    vault = made.parent / "v"
    for path, text in NOTES.items():
        (vault / path).write_text(f"{text}\nIt rains.\n", "utf-8")
    assert kg("ingest", "--json").json["notes"]["updated"] == len(NOTES)
    assert uses(kg) == 0


@pytest.mark.parametrize(
    "arguments", [("update", UPDATE), ("cypher", "--write", "MATCH ()-[r:uses]->() DELETE r")], ids=["sparql", "cypher"]
)
def test_what_a_command_removes_stays_away(copied: Path, made: Path, kg: RunKg, arguments: tuple[str, ...]) -> None:
    assert uses(kg)
    run = kg(*arguments)
    assert run.code == 0, run.error
    expect_gone_for_good(kg, made)


def test_an_update_says_what_it_rejected(copied: Path, kg: RunKg) -> None:
    run = kg("update", UPDATE, "--json")
    assert "sentences that said so are rejected: see `kg decisions`" in run.json["notice"]


def test_reviewers_are_called_as_the_settings_say(copied: Path, kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    with (copied / "kg.toml").open("a") as file:
        file.write('\n[review]\nauthor = "the librarian"\n')
    kg("update", UPDATE)
    assert {author for _, author, _ in decided(kg)} == {"the librarian"}


def by_update(server: Server) -> None:
    assert server.update(f"{HEAD}{UPDATE}").status == 200


def by_list(server: Server) -> None:
    """Triples that are only listed are removed by the server's own process."""
    rows = server.select(f"{HEAD}SELECT ?g ?x ?y {{ GRAPH ?g {{ ?x kg:uses ?y }} }}")
    listed = " ".join(f"GRAPH <{row['g']}> {{ <{row['x']}> kg:uses <{row['y']}> }}" for row in rows)
    reply = server.update(f"{HEAD}DELETE DATA {{ {listed} }}")
    assert "rejected" in json.loads(reply.text)["notice"]


def by_document(server: Server) -> None:
    graphs = {row["g"] for row in server.select(f"{HEAD}SELECT ?g {{ GRAPH ?g {{ ?x kg:uses ?y }} }}")}
    for graph in graphs:
        address = f"/data?graph={quote(graph, safe='')}"
        held = server.request("GET", address, accept="application/n-triples").text.splitlines(True)
        kept = "".join(line for line in held if line.split(" ")[1] != "<https://w3id.org/noemata#uses>")
        assert server.request("PUT", address, kept, content_type="application/n-triples").status == 204


def by_cypher(server: Server) -> None:
    body = json.dumps({"statement": "MATCH ()-[r:uses]->() DELETE r", "accessMode": "Write"})
    reply = server.request("POST", "/db/neo4j/query/v2", body, content_type="application/json")
    assert reply.status == 202, reply.text


def by_transaction(server: Server) -> None:
    body = json.dumps({"statement": "MATCH ()-[r:uses]->() DELETE r", "accessMode": "Write"})
    reply = server.request("POST", "/db/neo4j/query/v2/tx", body, content_type="application/json")
    id_ = json.loads(reply.text)["transaction"]["id"]
    reply = server.request("POST", f"/db/neo4j/query/v2/tx/{id_}/commit", "{}", content_type="application/json")
    assert reply.status == 202, reply.text


@pytest.mark.parametrize(
    "remove", [by_update, by_list, by_document, by_cypher, by_transaction], ids=lambda f: f.__name__
)
def test_what_a_server_is_sent_stays_away(copied: Path, made: Path, kg: RunKg, remove: object) -> None:
    with start_server(copied) as server:
        assert server.select(f"{HEAD}SELECT * {{ ?x kg:uses ?y }}")
        remove(server)  # type: ignore[operator]
        assert not server.select(f"{HEAD}SELECT * {{ ?x kg:uses ?y }}")
    expect_gone_for_good(kg, made)
