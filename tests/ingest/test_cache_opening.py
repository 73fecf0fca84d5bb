"""The ingest cache is opened by several at once: by the server, its ingest and commands."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from kg.cache import IngestCache
from kg.errors import KgError


@pytest.mark.parametrize("is_of_another_version", [False, True])
def test_of_several_that_make_its_tables_at_once_none_fails(tmp_path: Path, is_of_another_version: bool) -> None:
    errors: list[KgError] = []

    def use(path: Path, barrier: threading.Barrier) -> None:
        barrier.wait()
        try:
            cache = IngestCache(path)
            cache.mark_stale(["urn:a"])
            cache.close()
        except KgError as error:
            errors.append(error)

    for number in range(10):
        path, barrier = tmp_path / f"{number}.sqlite", threading.Barrier(6)
        if is_of_another_version:
            db = sqlite3.connect(path)
            db.executescript("CREATE TABLE terms(other); CREATE TABLE old(other); PRAGMA user_version = 1")
            db.close()
        threads = [threading.Thread(target=use, args=(path, barrier)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
