"""How different hits are, and what that does to finding all that a question takes: a curve over λ.

    KG_BENCH=… python benchmarks/diversity.py [--half held-out|tune] [--sets NAME…] [--homes DIR] [--jobs N]

F = λ · relevance + (1 − λ) · diversity, in each of the ways of `kg.search.diversity`. α-nDCG@8 takes each gold passage
as a nugget of its own (Clarke et al. 2008); distance is the mean over pairs among the first 8 hits of one less
the cosine of their text vectors. One JSON line: both by way and λ, over all questions of all sets, and the values of λ
below 1 at which both are above those at λ = 1. The homes are read as by `multihop.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from search_sets import MULTIHOP, Question, alpha_ndcg, indexed, mean, read_set, rounded, run_kg

from kg.config import load_config
from kg.graph import open_graph
from kg.home import Home
from kg.search.diversity import Way, choose
from kg.search.hits import Knobs
from kg.search.opening import open_searcher
from kg.search.ranking import Ranked, Ranker
from kg.search.searching import Searcher

FIRST = 8
POOL = 40
BALANCES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3)


def ranked(searcher: Searcher, ranker: Ranker, question: Question) -> tuple[Ranked, np.ndarray]:
    """Return the ranking of a question, and the rows of the best passage of each of the first notes."""
    settings = searcher.settings
    knobs = Knobs(settings.weight_text, settings.weight_vectors, settings.weight_graph, 1.0, settings.hops)
    assert searcher.model is not None
    vector = searcher.model.encode([question.text])[0]
    found = ranker.rank(question.text, vector, ranker.recognise(question.text), knobs)
    _, first = np.unique(searcher.collection.note_of[found.passages], return_index=True)
    return found, np.sort(first)[:POOL].astype(np.int32)


def curves(name: str, half: str, folder: Path, jobs: int) -> Mapping[tuple[Way, float], list[tuple[float, float]]]:
    """Return α-nDCG and distance of each question of a set, by way and λ."""
    questions = read_set(name)
    home = Home(indexed(questions, folder, jobs).home)
    run_kg("reindex", "--home", str(home.folder))
    config = load_config(home.settings, {}, {})
    figures: dict[tuple[Way, float], list[tuple[float, float]]] = {}
    graph = open_graph(home, config, home.store, read_only=True)
    with contextlib.closing(graph.store):
        searcher = open_searcher(graph, home, config)
        collection, ranker = searcher.collection, Ranker(searcher.collection, graph.ontology)
        for question in questions.of_half(half):
            found, rows = ranked(searcher, ranker, question)
            for way in get_args(Way):
                for balance in BALANCES:
                    passages = found.passages[choose(collection, found, rows, FIRST, balance, way)]
                    ids = [collection.notes[note].doc_id for note in collection.note_of[passages]]
                    alike = collection.vectors[passages] @ collection.vectors[passages].T
                    pairs = alike[np.triu_indices(len(passages), 1)]
                    distance = 1 - float(pairs.mean()) if len(pairs) else 0.0
                    figures.setdefault((way, balance), []).append((alpha_ndcg(ids, question.gold, FIRST), distance))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("held-out", "tune", "all"), default="held-out")
    parser.add_argument("--sets", nargs="+", choices=MULTIHOP, default=list(MULTIHOP))
    parser.add_argument("--homes", type=Path, help="a folder that keeps the homes; else they are made anew")
    parser.add_argument("--jobs", type=int, default=1, help="processes of each ingest")
    given = parser.parse_args()
    together: dict[tuple[Way, float], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.sets:
            for key, rows in curves(name, given.half, given.homes or Path(scratch), given.jobs).items():
                together.setdefault(key, []).extend(rows)
    result: dict[str, Any] = {"benchmark": "diversity", "half": given.half, "questions": len(together["both", 1.0])}
    for way in get_args(Way):
        points = {
            balance: (mean(a for a, _ in together[way, balance]), mean(d for _, d in together[way, balance]))
            for balance in BALANCES
        }
        result[way] = {f"{x:g}": rounded({"alpha_ndcg@8": a, "distance": d}) for x, (a, d) in points.items()}
        result[f"{way}_raises_both"] = [
            x for x in BALANCES if points[x][0] > points[1.0][0] and points[x][1] > points[1.0][1]
        ]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
