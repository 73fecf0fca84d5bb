"""Claims and the abstracts that they are about: BEIR's SciFact, where words alone are hard to beat.

    KG_BENCH=… python benchmarks/retrieval.py [--half held-out|tune] [--homes DIR] [--jobs N]

The abstracts are read by `kg ingest` as JSON Lines and asked by `kg search --queries` with the settings that come with
the program, the same as for `multihop.py`. The 300 test claims judge; of the training claims a half by hash is for
tuning. One JSON line: nDCG@10, recall@10 and recall@100 of the search, of BM25 alone (whole abstracts are parted into
passages there too), and of each source left out; intervals by bootstrap over the claims.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from search_sets import SCIFACT, Question, asked, indexed, mean, ndcg, read_set, recall, rounded, run_kg

DEPTH = 100
ROUNDS = 2000
WAYS: Mapping[str, tuple[str, ...]] = {
    "search": (),
    "bm25": ("--weight-graph", "0", "--weight-vectors", "0", "--diversity", "1"),
    "without_graph": ("--weight-graph", "0"),
    "without_vectors": ("--weight-vectors", "0"),
}
PUBLISHED = {"bm25_flat": 0.679, "bm25_multifield": 0.665, "splade-v3": 0.714, "bge-base-en-v1.5": 0.741}
"""nDCG@10; Anserini's regressions."""


def measured(questions: Sequence[Question], found: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the measures of a run."""
    rows = [(found[question.id], question.gold) for question in questions]
    return rounded(
        {
            "ndcg@10": mean(ndcg(*row) for row in rows),
            "recall@10": mean(recall(*row, 10) for row in rows),
            "recall@100": mean(recall(*row, 100) for row in rows),
        }
    )


def interval(differences: Sequence[float], seed: int = 0) -> list[float]:
    """Return the middle 95 % of the mean of differences, by bootstrap."""
    draw = random.Random(seed)
    means = sorted(mean(draw.choices(differences, k=len(differences))) for _ in range(ROUNDS))
    return [round(means[int(ROUNDS * share)], 4) for share in (0.025, 0.975)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("held-out", "tune"), default="held-out")
    parser.add_argument("--homes", type=Path, help="a folder that keeps the home; else it is made anew")
    parser.add_argument("--jobs", type=int, default=1, help="processes of the ingest")
    given = parser.parse_args()
    questions = read_set(SCIFACT)
    wanted = questions.of_half(given.half)
    with tempfile.TemporaryDirectory() as scratch:
        read = indexed(questions, given.homes or Path(scratch), given.jobs)
        started = time.perf_counter()
        run_kg("reindex", "--home", str(read.home))
        index_seconds = time.perf_counter() - started
        runs = {name: asked(read.home, wanted, DEPTH, *options) for name, options in WAYS.items()}
    gains = [ndcg(runs["search"][q.id], q.gold) - ndcg(runs["bm25"][q.id], q.gold) for q in wanted]
    result = {
        "benchmark": "retrieval",
        "set": SCIFACT,
        "half": given.half,
        "questions": len(wanted),
        **{name: measured(wanted, found) for name, found in runs.items()},
        "over_bm25": {"ndcg@10": round(mean(gains), 4), "interval": interval(gains)},
        "published_ndcg@10": PUBLISHED,
        "words": read.words,
        **rounded({"ingest_s": read.seconds, "reindex_s": index_seconds}),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
