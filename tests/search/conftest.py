"""The home of the small vault, read from notes once for all tests that search it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.search.vault import make_home


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is to be copied, not to be changed."""
    return make_home(tmp_path_factory.mktemp("searched"))
