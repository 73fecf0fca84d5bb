"""How the tests are shared out among xdist's workers: a file to one of them, those that take long first.

So the home, the server or the graph that the tests of a file share is made once, and no worker is left with minutes of
work when the others are done.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.neo4j_servers import has_named_server

if TYPE_CHECKING:
    from xdist.scheduler.loadgroup import LoadGroupScheduling

__all__ = ["pytest_xdist_make_scheduler", "share_out"]

_COSTS = {("slow", False): 5.0, ("slow", True): 0.5, ("model", False): 0.5}
_USUAL_COST = 0.05


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadGroupScheduling:
    """Return what hands out the tests of one group to one worker; without a group, a file is one."""
    from xdist.scheduler.loadgroup import LoadGroupScheduling

    class ByFile(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return super()._split_scope(nodeid).partition("::")[0]

    return ByFile(config, log)


def share_out(items: list[pytest.Item]) -> None:
    """Put the files that take long first, and all tests on a server that is named into one group, in a worker."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    items[:] = [item for file in sorted(files.values(), key=_cost, reverse=True) for item in file]
    if has_named_server():
        for item in items:
            if item.get_closest_marker("neo4j"):  # xdist 3.8 writes groups where pytest 9 does not look
                item._id = type(item._id).parse(f"{item.nodeid}@neo4j")


def _cost(items: Iterable[pytest.Item]) -> float:
    """Guess the seconds that tests take, from their marks; one that is slow only with others is quick by itself."""
    marks = ([(mark.name, bool(mark.args)) for mark in item.iter_markers()] for item in items)
    return sum(max((_COSTS.get(each, 0.0) for each in own), default=0.0) or _USUAL_COST for own in marks)
