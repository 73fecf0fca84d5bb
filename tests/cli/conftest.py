"""A home with things in doubt, read from notes once, for all tests that decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.curated import make_home


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a small vault in which nothing is decided; to be copied, not to be changed."""
    return make_home(tmp_path_factory.mktemp("curated"))
