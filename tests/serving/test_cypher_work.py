"""What a reader does for a request in Cypher: what it keeps, and what it commits when."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from kg.errors import LimitError
from kg.model import Change
from kg.records import Records, Value
from kg.serving import cypher_work
from kg.serving.cypher_work import CypherWork
from kg.serving.frames import CypherRequest, CypherStatement


class Transaction:
    """One whose every statement has a hundred thousand rows."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def run(self, text: str, tree: object, parameters: Mapping[str, Value]) -> Records:
        return Records(("x",), ((number,) for number in range(100_000)))

    def commit(self) -> Change:
        self.ended.append("commit")
        return Change()

    def close(self) -> None:
        self.ended.append("close")


def run(transaction: Transaction, **members: Any) -> int:
    """Run a request, and return the size of its answer."""
    graph: Any = SimpleNamespace(computed=None, store=SimpleNamespace(cypher=lambda is_writing, seconds: transaction))
    pieces: list[bytes] = []
    request = CypherRequest((CypherStatement("RETURN 1 AS x"),), **{"shape": "plain", **members})
    try:
        CypherWork().run(lambda: graph, request, pieces.append)
    finally:
        size = sum(map(len, pieces))
    return size


@pytest.mark.parametrize("shape", ["plain", "typed", "transaction"])
@pytest.mark.parametrize("members", [{"is_writing": True}, {"ends": False}])
def test_an_answer_that_is_too_large_to_be_kept_commits_nothing(
    shape: str, members: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(Transaction(), shape=shape, **members)
    monkeypatch.setattr(cypher_work, "_MOST_BYTES", whole - 1000)
    transaction = Transaction()
    with pytest.raises(LimitError, match="Return less of it"):
        run(transaction, shape=shape, **members)
    assert transaction.ended == ["close"]
    transaction = Transaction()
    assert run(transaction, shape=shape) > whole - 1000  # handed on while it is read
    assert transaction.ended == ["commit", "close"]


def test_no_limit_is_told_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(Transaction(), is_writing=True)
    monkeypatch.setattr(cypher_work, "_MOST_BYTES", whole - 1)
    transaction = Transaction()
    assert run(transaction, is_writing=True) == whole
    assert transaction.ended == ["commit", "close"]
