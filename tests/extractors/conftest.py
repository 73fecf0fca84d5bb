"""The loaded extractor that the tests of this folder share."""

from __future__ import annotations

import pytest

from tests.extractors.lab import Lab, shared_lab


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The default extractor with the shipped ontology."""
    return shared_lab()
