"""How good the models of both engines are, and what they cost on one processor: a JSON line for each run.

    KG_BENCH=../shared/bench python benchmarks/embeddings.py [--sets umls,kinships,codex-s] [--models complex,rotate,…]

UMLS and Kinships come with PyKEEN; CoDEx-S is read from $KG_BENCH/kge/codex-s. Everything but the figures on the test
triples is chosen on the validation triples. A set without test triples is evaluated on its validation triples: those
figures are filtered by training and validation alone, so they are lower than published ones.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

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

SETS = ("umls", "kinships", "codex-s")
MODELS = ("complex", "distmult", "cp", "simple", "pykeen:complex", "pykeen:distmult", "rotate", "transe", "tucker")
CHOSEN = {"codex-s": {"complex": {"regularization": 0.02, "batch": 128}}}
"""Settings that validation triples chose over the defaults."""


def main() -> None:
    """Print a line for each set and model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--epochs", type=int, default=100)
    arguments = parser.parse_args()
    for name in arguments.sets.split(","):
        for model in arguments.models.split(","):
            for line in measured(name, model, arguments.epochs):
                print(json.dumps(line), flush=True)


def measured(name: str, model: str, epochs: int) -> Iterator[dict[str, object]]:
    """Train a model, and yield what it came to."""
    folder = folder_of(name)
    if folder is None:
        return
    engine_name, _, plain = model.rpartition(":")
    settings = TrainingSettings(
        model=plain, engine=engine_name or "auto", epochs=epochs, threads=1, device="cpu",
        **CHOSEN.get(name, {}).get(model, {}),
    )  # fmt: skip
    training = Triples.from_names(read_triples(folder / "train.txt"))
    validation = read(folder / "valid.txt", training)
    engine = engine_for(settings)
    began = time.process_time()
    trained = engine.train(settings, TrainingData(training, validation))
    seconds = time.process_time() - began
    scorer, candidates = scorer_of(trained), observed_candidates(training)
    line: dict[str, object] = {
        "benchmark": "embeddings",
        "set": name,
        "model": plain,
        "engine": trained.engine,
        "epochs": len(trained.history),
        "best": trained.best,
        "cpu_seconds": round(seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "settings": {
            key: value for key, value in trained.settings.to_json().items() if key in ("dim", "batch", "regularization")
        },
    }
    known = training.having(np.concatenate([training.array, validation.array]))
    for part in ("valid", "test"):
        if (folder / f"{part}.txt").exists():
            asked = read(folder / f"{part}.txt", training)
            found = evaluate(scorer, asked, known if part == "test" else training, candidates)
            line[part] = {key: round(value, 4) for key, value in dataclasses.asdict(found.both).items()}
            line[f"{part}_constrained_mrr"] = found.constrained and round(found.constrained.mrr, 4)
    yield line


def read(path: Path, training: Triples) -> Triples:
    """Read triples in the ids of the training triples; unknown names are left out, as is usual."""
    return encode(read_triples(path), training.entities, training.relations).triples


def folder_of(name: str) -> Path | None:
    """Return where a set is, None where it is not here."""
    spec = find_spec("pykeen")
    if name in ("umls", "kinships", "nations") and spec and spec.origin:
        return Path(spec.origin).parent / "datasets" / name
    bench = os.environ.get("KG_BENCH")
    folder = Path(bench) / "kge" / name if bench else None
    return folder if folder and folder.is_dir() else None


if __name__ == "__main__":
    main()
