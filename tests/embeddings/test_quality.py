"""What both engines have to reach on UMLS, a small set that comes with PyKEEN."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("pykeen")

from kg.embeddings import (
    TrainingData,
    TrainingSettings,
    Triples,
    encode,
    engine_for,
    evaluate,
    observed_candidates,
    read_triples,
    scorer_of,
)

pytestmark = pytest.mark.slow


def umls() -> tuple[Triples, Triples, Triples]:
    spec = find_spec("pykeen")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "datasets" / "umls"
    training = Triples.from_names(read_triples(folder / "train.txt"))
    others = [
        encode(read_triples(folder / name), training.entities, training.relations) for name in ("valid.txt", "test.txt")
    ]
    assert not any(other.unknown for other in others)
    return training, others[0].triples, others[1].triples


@pytest.mark.parametrize(
    "settings",
    [
        TrainingSettings(model="complex", threads=1, device="cpu"),
        TrainingSettings(model="complex", engine="pykeen", dim=128, epochs=20, threads=1, device="cpu"),
    ],
    ids=["1vsall", "pykeen"],
)
def test_complex_on_umls(settings: TrainingSettings) -> None:
    training, validation, test = umls()
    engine = engine_for(settings)  # imports what it needs
    began = time.process_time()
    model = engine.train(settings, TrainingData(training, validation))
    seconds = time.process_time() - began
    known = training.having(np.concatenate([training.array, validation.array]))
    figures = evaluate(scorer_of(model), test, known, observed_candidates(training))
    assert figures.both.mrr >= 0.89
    assert figures.both.hits_at_10 >= 0.98
    assert figures.constrained is not None
    assert figures.constrained.mrr >= figures.both.mrr
    assert seconds < 20  # 2.6 and 9 s on one processor with nothing beside
