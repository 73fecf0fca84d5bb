"""`kg status --verify` tells whether what is derived is right, and a later command finds it made anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest

from kg.mirror import keeping
from kg.mirror.engine import Engine
from tests.conftest import RunKg

UPDATE = "INSERT DATA { <urn:a> <urn:p> 1, <urn:b> . <urn:b> a <urn:C> }"


@pytest.fixture(autouse=True)
def each_command_as_in_its_own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_WORTH_KEEPING", -1.0)
    monkeypatch.setattr(keeping._Left, "take", lambda *_: None)


def spoil(home: Path, change: Callable[[Engine], object]) -> None:
    """Change the kept mirror behind its back."""
    file = home / "mirror" / "graph.kgl"
    header, _, data = file.read_bytes().partition(b"\n")
    engine = Engine.of_bytes(data)
    assert engine is not None
    change(engine)
    data = engine.to_bytes()
    document = json.loads(header) | {"digest": hashlib.blake2b(data, digest_size=16).hexdigest()}
    file.write_bytes(json.dumps(document).encode() + b"\n" + data)


def test_what_is_right_and_what_is_not(kg: RunKg, home: Path) -> None:
    assert kg("init").code == 0 and kg("update", UPDATE).code == 0
    right = kg("status", "--verify", "--json")
    assert (right.code, right.json["differences"]) == (0, {})
    assert "differences" not in kg("status", "--json").json
    text = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) DETACH DELETE n"
    spoil(home, lambda engine: engine.change(text, [{"k": "urn:a"}]))
    wrong = kg("status", "--verify", "--json")
    assert wrong.code == 4
    (lines,) = wrong.json["differences"].values()
    assert len(lines) == 2 and all(line.startswith("missing: ") and "urn:a" in line for line in lines)
    assert "What Cypher reads is not what it should be: 2 differences." in wrong.messages
    assert kg("status", "--verify").code == 0


def test_a_default_graph_that_is_not_the_merge_is_told_too(kg: RunKg, home: Path) -> None:
    assert kg("init").code == 0 and kg("update", UPDATE).code == 0
    store = pyoxigraph.Store(str(home / "store"))
    store.update("INSERT DATA { <urn:x> <urn:x> <urn:x> }")
    store.flush()
    del store
    run = kg("status", "--verify")
    assert run.code == 4
    assert "The default graph is not what it should be: 1 differences." in run.messages
