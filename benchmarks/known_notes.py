"""How well search finds the note that somebody means, in three real vaults; one JSON line.

    python benchmarks/known_notes.py [--homes DIR]

The vaults are notes/til_jbranchaud, notes/foam_docs and notes/cs-notes_zh of KG_BENCH; the questions are our own
(`tests/data/search/known_notes.jsonl`), in other words than the notes' titles, in English and Chinese, each with the
notes that answer it. `--homes` is a folder in which the homes of the vaults are kept, by their names; without it they
are made anew (some ten minutes, most of them for reading and for vectors). By vault and over all questions: the mean
reciprocal rank of the first such note among the first ten (`mrr`), and the share of questions that have one there
(`hits@10`), for words alone, words and meaning, and all with the settings as they are.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kg.cli import main as kg
from kg.config import load_config
from kg.graph import open_graph
from kg.home import Home
from kg.search.opening import open_searcher
from kg.search.searching import Searcher

QUESTIONS = Path(__file__).parent.parent / "tests" / "data" / "search" / "known_notes.jsonl"
K = 10
WAYS: Mapping[str, Mapping[str, float]] = {
    "words": {"vectors": 0.0, "graph": 0.0}, "words and meaning": {"graph": 0.0}, "all": {},
}  # fmt: skip


@contextlib.contextmanager
def searching(vault: Path, home: Path) -> Iterator[Searcher]:
    """Give the searcher of a vault, all of whose passages have vectors."""
    with contextlib.redirect_stdout(sys.stderr):
        if not home.exists():
            assert kg(["ingest", str(vault), "--home", str(home)]) == 0
        assert kg(["reindex", "--home", str(home)]) == 0
    opened = Home(home)
    config = load_config(opened.settings, {}, {})
    graph = open_graph(opened, config, opened.store, read_only=True)
    try:
        yield open_searcher(graph, opened, config)
    finally:
        graph.store.close()


def reciprocal_rank(searcher: Searcher, query: str, wanted: Sequence[str], weights: Mapping[str, float]) -> float:
    """Return 1 / the rank of the first wanted note among the first hits; 0 where none is there."""
    hits = searcher.search(query, K, weights=weights, explain=False).hits
    return next((1 / hit.rank for hit in hits if hit.doc_id in wanted), 0.0)


def told(values: Sequence[float]) -> dict[str, float]:
    """Return both measures of some reciprocal ranks."""
    count = len(values)
    return {"mrr": round(sum(values) / count, 3), "hits@10": round(sum(map(bool, values)) / count, 3)}


def main() -> None:
    """Print the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", type=Path)
    arguments = parser.parse_args()
    questions = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    found: dict[str, Any] = {way: {} for way in WAYS}
    everything: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as temporary:
        homes = arguments.homes or Path(temporary)
        for name in sorted({question["vault"] for question in questions}):
            own = [question for question in questions if question["vault"] == name]
            with searching(Path(os.environ["KG_BENCH"]) / "notes" / name, homes / name) as searcher:
                for way, weights in WAYS.items():
                    ranks = [reciprocal_rank(searcher, each["query"], each["notes"], weights) for each in own]
                    found[way][name] = told(ranks)
                    everything[way] += ranks
    for way, ranks in everything.items():
        found[way]["over all"] = told(ranks)
    print(json.dumps({"benchmark": "known_notes", "questions": len(questions), **found}))


if __name__ == "__main__":
    main()
