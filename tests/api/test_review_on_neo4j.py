"""Deciding over HTTP on a home whose graph is in Neo4j: as on the embedded store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kg.stores import ServerAddress
from tests.api.test_review import BASE, EXAMPLES, dataset, decided, items, read, undo
from tests.conftest import RunKg
from tests.servers import start_server


@pytest.mark.parametrize("copy_quads", ["5000000", "0"])
def test_the_queue_and_decisions_are_those_of_the_embedded_store(
    tmp_path: Path, kg: RunKg, neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch, copy_quads: str
) -> None:
    vault, embedded, on_server = (tmp_path / name for name in ("vault", "embedded", "server"))
    for name in ("Daily", "Organisations"):
        shutil.copytree(EXAMPLES / name, vault / name)
    for home, store in ((embedded, "embedded"), (on_server, "neo4j")):
        if store == "neo4j":
            for name in ("uri", "username", "password", "database"):
                monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_empty, name))
            monkeypatch.setenv("KG_NEO4J_COPY_QUADS", copy_quads)
        assert kg("init", "--store", store, "--base", BASE, "--home", home).code == 0
        assert kg("ingest", vault, "--home", home).code == 0
    with start_server(embedded) as ours, start_server(on_server) as theirs:
        queue = read(ours, "/api/review?limit=1000")
        assert queue["counts"].keys() >= {"confidence", "resolution"}
        assert read(theirs, "/api/review?limit=1000") == queue
        before = dataset(ours)
        assert dataset(theirs) == before
        reject = {"kind": "reject", "id": items(ours, "confidence")[0]["id"], "alike": True}
        accept = {"kind": "accept", "id": items(ours, "resolution")[0]["id"]}
        sent = [{**each, "author": "Ada", "time": "2026-01-31T12:00:00Z"} for each in (reject, accept)]
        made = [decided(server, sent)["decisions"] for server in (ours, theirs)]
        assert made[0] == made[1]
        after = dataset(ours)
        assert after != before
        assert dataset(theirs) == after
        assert read(theirs, "/api/review?limit=1000") == read(ours, "/api/review?limit=1000")
        undo(theirs, *made[1])
        assert dataset(theirs) == before
