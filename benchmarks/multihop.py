"""Questions that take several passages to answer: where `kg search` puts them, beside BM25 over the same passages.

    KG_BENCH=… python benchmarks/multihop.py [--half held-out|tune] [--sets NAME…] [--homes DIR] [--jobs N]

Each set is read by `kg ingest` as JSON Lines, titles and texts alone, and asked by `kg search --queries` with the
settings that come with the program, the same for all sets. One JSON line: of each set recall@2, recall@5, the share of
questions with all gold passages among the first 8, and α-nDCG@8, the same of BM25, what is
published of others on the same questions, and the seconds of reading and indexing. No model of language but that of
text vectors is used, and none is asked while reading.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from search_sets import BENCH, MULTIHOP, Question, QuestionSet, asked, figures, indexed, read_set, rounded, run_kg

PUBLISHED = {"fast-graphrag": "graph", "nano-GraphRAG": "nano", "vector store": "vdb", "LightRAG": "lightrag"}
DEPTH = 10
BM25 = ("--weight-graph", "0", "--weight-vectors", "0", "--diversity", "1")
"""Words alone: the same BM25 that the search itself has."""


def published(questions: Sequence[Question]) -> dict[str, Any]:
    """Return the figures of published runs on 2Wiki's 51 questions, scored here."""
    found = {}
    for name, file in PUBLISHED.items():
        rows = json.loads((BENCH / "multihop" / "2wiki" / f"published_run_{file}_51.json").read_text("utf-8"))
        runs: Mapping[str, Sequence[str]] = {row["question"]: row["evidence"] for row in rows}
        answered = [question for question in questions if question.text in runs]
        found[name] = figures(answered, {question.id: runs[question.text] for question in answered})
    return found


def measure(questions: QuestionSet, half: str, folder: Path, jobs: int) -> dict[str, Any]:
    """Return the figures of one set."""
    wanted = questions.of_half(half)
    read = indexed(questions, folder, jobs)
    started = time.perf_counter()
    run_kg("reindex", "--home", str(read.home))
    index_seconds = time.perf_counter() - started
    found, bare = asked(read.home, wanted, DEPTH), asked(read.home, wanted, DEPTH, *BM25)
    result: dict[str, Any] = {
        "search": figures(wanted, found),
        "bm25": figures(wanted, bare),
        "words": read.words,
        "passages": len(questions.passages),
        **rounded({"ingest_s": read.seconds, "reindex_s": index_seconds}),
    }
    result["recall@5_over_bm25"] = round(result["search"]["recall@5"] - result["bm25"]["recall@5"], 3)
    several = [question for question in wanted if question.is_multihop]
    if len(several) < len(wanted):
        result["search_multihop_only"] = figures(several, found)
    if questions.name == "2wiki":
        result["published"] = published(wanted)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("held-out", "tune", "all"), default="held-out")
    parser.add_argument("--sets", nargs="+", choices=MULTIHOP, default=list(MULTIHOP))
    parser.add_argument("--homes", type=Path, help="a folder that keeps the homes; else they are made anew")
    parser.add_argument("--jobs", type=int, default=1, help="processes of each ingest")
    given = parser.parse_args()
    result: dict[str, Any] = {"benchmark": "multihop", "half": given.half}
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.sets:
            questions = read_set(name)
            if questions.of_half(given.half):
                result[name] = measure(questions, given.half, given.homes or Path(scratch), given.jobs)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
