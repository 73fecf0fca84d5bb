"""Engines and scorers are found by name, and nothing heavy is imported before one is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg.embeddings import ENGINES, SCORERS, TrainingSettings, engine_for
from kg.errors import MissingExtraError, UnknownNameError


def test_every_engine_has_a_scorer() -> None:
    assert set(ENGINES.names()) == set(SCORERS.names()) == {"1vsall", "pykeen"}


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean '1vsall'\?"):
        engine_for(TrainingSettings(engine="1vsal"))


def test_without_the_extra_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "kg.embeddings.scoring.one_vs_all", raising=False)
    monkeypatch.delitem(sys.modules, "kg.embeddings.scoring.device", raising=False)
    with pytest.raises(MissingExtraError, match="'embed'"):
        engine_for(TrainingSettings())


def test_answers_are_given_without_torch() -> None:
    """A server answers with numpy alone: kglite and torch do not fit into one process."""
    script = """
import json, sys
import numpy as np
from kg.embeddings import TrainedModel, TrainingSettings, Triples, evaluate, scorer_of
triples = Triples.from_names([("a", "r", "b"), ("b", "r", "c")])
tensors = {"entities": np.ones((3, 4), np.float32), "relations": np.ones((2, 4), np.float32)}
settings = TrainingSettings(model="complex", dim=4)
model = TrainedModel("1vsall", settings, triples.entities, triples.relations, tensors, triples.digest(), (), 0)
print(json.dumps([evaluate(scorer_of(model), triples, triples).both.ranks, sorted(sys.modules)]))
"""
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=root)
    ranks, modules = json.loads(run.stdout)
    assert ranks == 4
    assert not {"torch", "pykeen", "sklearn", "scipy", "pandas"} & set(modules)
