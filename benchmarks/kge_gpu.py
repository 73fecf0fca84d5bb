"""How near training comes to what the device can do: epochs of 1vsAll against its own GEMM and copy, in one run.

    python benchmarks/kge_gpu.py [--device cuda] [--triples FILE] [--precisions fp32,tf32,bf16] [--dim 512] [--batch N]

Without a file, triples are drawn that are as many as those of FB15k-237 (14,541 entities, 237 relations, 272,115
triples), entities by a Zipf law; on a processor a twentieth of them. For each precision one JSON line:

- `gemm_tflops`: products of matrices of the shapes of a step, alone; `copy_gb_s`: a copy of a table that is larger
  than any cache, read and written. These are the limits, measured, not those of the data sheet.
- `tflops`: the floating point operations of the products of an epoch, over all of its time; `of_gemm` is their part.
- `gb_s`: the bytes that an epoch has to move over all of its time, `of_copy` their part: nine passes over the scores
  of a step and eight over its tables, as `kg.embeddings.scoring.softmax` and `optimizers` make them.
- `epoch_s`: the median of the epochs but the first, data to the device and the loss back from it included.

Without a GPU it says so, unless `--device cpu` asks for the processor.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kg.embeddings import TrainingData, TrainingSettings, Triples, Vocabulary, read_triples
from kg.embeddings.grouping import both_directions
from kg.embeddings.scoring.device import computing, product_of
from kg.embeddings.scoring.one_vs_all import ALL_UP_TO, OneVsAll

FB15K_237 = (14_541, 237, 272_115)
SCORE_PASSES, TABLE_PASSES = 9, 8


def main() -> None:
    """Print a line for each precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--triples", type=Path)
    parser.add_argument("--model", default="complex")
    parser.add_argument("--precisions", default="fp32,tf32,bf16")
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--epochs", type=int, default=6)
    arguments = parser.parse_args()
    if arguments.device.startswith("cuda") and not torch.cuda.is_available():
        print(json.dumps({"benchmark": "kge_gpu", "skipped": "no GPU"}))
        return
    is_cpu = arguments.device == "cpu"
    triples = drawn(*(size // 20 if is_cpu else size for size in FB15K_237))
    if arguments.triples:
        triples = Triples.from_names(read_triples(arguments.triples))
    if len(triples.entities) > ALL_UP_TO:
        parser.error(f"more than {ALL_UP_TO:,} entities are compared with drawn ones, not with all")
    batch = arguments.batch or (256 if is_cpu else 4096)
    for precision in arguments.precisions.split(","):
        settings = TrainingSettings(
            model=arguments.model, dim=arguments.dim, batch=batch, epochs=arguments.epochs, device=arguments.device,
            precision=precision, negatives=0, threads=1 if is_cpu else 0,
        )  # fmt: skip
        print(json.dumps(measured(settings, triples)), flush=True)


def drawn(entities: int, relations: int, count: int, seed: int = 0) -> Triples:
    """Return triples whose entities and relations are drawn by a Zipf law, as in graphs that people made."""
    generator = np.random.default_rng(seed)
    columns = []
    for size in (entities, relations, entities):
        weights = 1 / np.arange(1, size + 1) ** 0.75
        columns.append(generator.permutation(size)[generator.choice(size, size=count, p=weights / weights.sum())])
    names = (Vocabulary("entity", map(str, range(entities))), Vocabulary("relation", map(str, range(relations))))
    return Triples.of(*names, np.stack(columns, axis=1))


def measured(settings: TrainingSettings, triples: Triples) -> dict[str, Any]:
    """Train some epochs and measure the device beside them."""
    device = torch.device(settings.device)
    queries, entities, dim = len(both_directions(triples)), len(triples.entities), settings.dim or 0
    batch = min(settings.batch or 1, queries)
    with computing(settings):
        gemm = gemm_rate(settings, device, batch, entities, dim)
        copy = copy_rate(device)
    seconds = epoch_seconds(settings, triples)
    steps = -(-queries // batch)
    operations = 3 * 2 * queries * entities * dim
    moved = 4 * (SCORE_PASSES * queries * entities + TABLE_PASSES * steps * entities * dim)
    return {
        "benchmark": "kge_gpu",
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "model": settings.model,
        "precision": settings.precision,
        "entities": entities,
        "triples": len(triples),
        "queries": queries,
        "dim": dim,
        "batch": batch,
        "epoch_s": round(seconds, 4),
        "tflops": rounded(operations / seconds / 1e12),
        "gemm_tflops": rounded(gemm / 1e12),
        "of_gemm": round(operations / seconds / gemm, 3),
        "gb_s": rounded(moved / seconds / 1e9),
        "copy_gb_s": rounded(copy / 1e9),
        "of_copy": round(moved / seconds / copy, 3),
        "peak_gb": round(torch.cuda.max_memory_allocated(device) / 1e9, 2) if device.type == "cuda" else None,
        "torch": torch.__version__,
    }


def epoch_seconds(settings: TrainingSettings, triples: Triples) -> float:
    """Return the seconds of an epoch, the median of all but the first."""
    history = OneVsAll().train(settings, TrainingData(triples)).history
    ends = [epoch.seconds for epoch in history]
    return statistics.median(after - before for before, after in itertools.pairwise(ends))


def gemm_rate(settings: TrainingSettings, device: torch.device, batch: int, entities: int, dim: int) -> float:
    """Return floating point operations a second of the three products of a step, with nothing between them."""
    product = product_of(settings.precision)
    queries, candidates = torch.rand(batch, dim, device=device), torch.rand(entities, dim, device=device)
    scores = torch.rand(batch, entities, device=device)

    def step() -> None:
        product(queries, candidates.T)
        product(scores, candidates)
        product(scores.T, queries)

    return 3 * 2 * batch * entities * dim / timed(step, device)


def copy_rate(device: torch.device) -> float:
    """Return the bytes a second that a copy reads and writes."""
    numbers = (2**28 if device.type == "cuda" else 2**25) // 4
    source, target = torch.rand(numbers, device=device), torch.empty(numbers, device=device)
    return 2 * 4 * numbers / timed(lambda: target.copy_(source), device)


def timed(step: Callable[[], Any], device: torch.device, least: float = 0.5) -> float:
    """Return the seconds of a step: the least of several rounds, each of as many steps as take some time."""

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    for _ in range(3):
        step()
    wait()
    best, spent = float("inf"), 0.0
    while spent < least:
        began = time.perf_counter()
        for _ in range(5):
            step()
        wait()
        taken = time.perf_counter() - began
        best, spent = min(best, taken / 5), spent + taken
    return best


def rounded(number: float) -> float:
    """Return a number with four digits."""
    return float(f"{number:.4g}")


if __name__ == "__main__":
    main()
