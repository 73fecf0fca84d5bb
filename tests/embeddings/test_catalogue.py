"""The table of models is what the engines can train."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("pykeen")

from kg.embeddings import ENGINES, SCORERS
from kg.embeddings.catalogue import MODELS


@pytest.mark.slow  # PyKEEN takes its time to be imported
def test_the_table_has_what_the_engines_have() -> None:
    found: dict[str, list[str]] = {}
    for engine in ("1vsall", "pykeen"):
        for model in ENGINES.load(engine)().models():
            found.setdefault(model, []).append(engine)
    assert {name: list(kind.engines) for name, kind in MODELS.items()} == found
    assert list(MODELS) == sorted(MODELS)
    assert set(SCORERS.names()) >= {engine for kind in MODELS.values() for engine in kind.engines}
