"""How long a search takes where there is much to search: 100,000 passages and a million statements, made up.

    python benchmarks/search_latency.py [--passages N] [--edges N] [--queries N] [--dimensions D]

Words are drawn by Zipf's law, entities that passages name and statements alike, so that there are hubs; all from one
seed. Each query has some eight words, and names two entities. What is timed is what a search does but for encoding
the query, which is told beside it: recognising, ranking with all three sources, and choosing ten hits. One JSON line:
milliseconds (median and 95th percentile) by part, seconds to make the collection's ranking ready, at first and
from the one before, and the memory of the process. Milliseconds are those of the wall, and of the
processor, which say more on a machine that does something else. Set OMP_NUM_THREADS to the cores that are free.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.config import load_config
from kg.ontology import load_ontology
from kg.search.collection import Collection, Edges, EntityRecord, NoteRecord, Sparse
from kg.search.diversity import choose
from kg.search.hits import Knobs
from kg.search.ranking import Ranker
from kg.search.word_index import PassageTerms, Segment, WordIndex
from kg.text_vectors import open_model

VOCABULARY = 60_000
WORDS = 70
NAMED = 6
BASE = "https://noemata.example/b/"


def zipf(draw: np.random.Generator, most: int, count: int) -> NDArray[np.int32]:
    """Return numbers below a limit, the smaller the more often, as words are in texts."""
    steps = np.cumsum(1.0 / np.arange(1, most + 1))
    found: NDArray[np.int32] = np.searchsorted(steps, draw.random(count) * steps[-1]).astype(np.int32)
    return np.minimum(found, most - 1)


def made_up(passages: int, edges: int, dimensions: int, seed: int = 0) -> Collection:
    """Return a collection: a note for each three passages, and as many entities as notes twice over."""
    draw = np.random.default_rng(seed)
    notes, entities = -(-passages // 3), -(-passages // 3) * 2
    note_of = np.minimum(np.arange(passages) // 3, notes - 1).astype(np.int32)
    starts = np.searchsorted(note_of, np.arange(notes + 1)).astype(np.int64)
    words = np.sort(zipf(draw, VOCABULARY, passages * WORDS).reshape(passages, WORDS), axis=1)
    weights = np.ones(passages * WORDS, dtype=np.float32)
    terms = PassageTerms(np.arange(passages + 1, dtype=np.int64) * WORDS, words.ravel(), weights)
    segment = Segment(terms, np.arange(passages, dtype=np.int32), VOCABULARY)
    texts = [""] * passages
    index = WordIndex([segment], {f"w{number}": number for number in range(VOCABULARY)}, lambda key: (), texts)
    named = np.sort(zipf(draw, entities, passages * NAMED).reshape(passages, NAMED), axis=1).ravel()
    named = draw.permutation(entities).astype(np.int32)[named]
    heads, tails = draw.integers(0, entities, edges, dtype=np.int32), zipf(draw, entities, edges)
    order = np.lexsort((tails, heads))
    vectors = draw.standard_normal((passages, dimensions), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    records = [EntityRecord(f"{BASE}e{number:07}", (f"Name{number}",)) for number in range(entities)]
    return Collection(
        version=1,
        notes=[
            NoteRecord(f"{BASE}n{number:07}", f"n{number}", f"n{number}", f"Name{number}") for number in range(notes)
        ],
        note_of=note_of,
        start=np.zeros(passages, dtype=np.int32),
        end=np.zeros(passages, dtype=np.int32),
        texts=texts,
        headings=[()] * passages,
        passages_start=starts,
        vectors=vectors,
        is_encoded=np.ones(passages, dtype=np.bool_),
        entities=records,
        entity_of_note=np.arange(notes, dtype=np.int32),
        mentions=Sparse(np.arange(passages + 1, dtype=np.int64) * NAMED, named, np.ones(len(named), dtype=np.float32)),
        edges=Edges(
            heads[order],
            np.zeros(edges, dtype=np.int32),
            tails[order],
            draw.integers(0, passages, edges, dtype=np.int32),
            np.ones(edges, dtype=np.float32),
            (f"{BASE}related",),
        ),
        word_scores=index.scores,
        word_parts=index.parts,
    )


def timed(action: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Return how many seconds something took, of the wall and of the processor, and what it returned."""
    wall, processor = time.perf_counter(), time.process_time()
    found = action()
    return (time.perf_counter() - wall, time.process_time() - processor), found


def percentiles(seconds: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Return the median and the 95th percentile in milliseconds, of the wall and of the processor."""
    return {
        f"{kind}p{at}": round(float(np.percentile([row[column] for row in seconds], at)) * 1e3, 1)
        for column, kind in enumerate(("", "cpu_"))
        for at in (50, 95)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--dimensions", type=int, default=512)
    given = parser.parse_args()
    collection = made_up(given.passages, given.edges, given.dimensions)
    ontology, settings = load_ontology(), load_config(None, {}, {}).search
    ready_s, ranker = timed(lambda: Ranker(collection, ontology))
    again_s, ranker = timed(lambda: Ranker(collection, ontology, ranker))
    knobs = Knobs(
        settings.weight_text, settings.weight_vectors, settings.weight_graph, settings.diversity, settings.hops
    )
    draw, model = np.random.default_rng(1), open_model("use-multilingual", 1)
    parts: dict[str, list[tuple[float, float]]] = {
        "encode": [],
        "recognise": [],
        "rank": [],
        "choose": [],
        "search": [],
    }
    for number in range(given.queries + 5):
        words = [f"w{word}" for word in zipf(draw, VOCABULARY, 8)]
        names = [f"Name{entity}" for entity in draw.integers(0, len(collection.notes), 2)]
        query = " ".join((*words, *names))
        vector = draw.standard_normal(given.dimensions, dtype=np.float32)
        vector /= np.linalg.norm(vector)
        encode, _ = timed(lambda: model.encode([query]))  # noqa: B023
        recognise, recognised = timed(lambda: ranker.recognise(query))  # noqa: B023
        rank, ranked = timed(lambda: ranker.rank(query, vector, recognised, knobs))  # noqa: B023
        rows = np.arange(min(50, len(ranked.passages)), dtype=np.int32)
        pick, _ = timed(lambda: choose(collection, ranked, rows, 10, settings.diversity))  # noqa: B023
        if number >= 5:  # the first ones load what is loaded once
            for name, seconds in (("encode", encode), ("recognise", recognise), ("rank", rank), ("choose", pick)):
                parts[name].append(seconds)
            parts["search"].append((recognise[0] + rank[0] + pick[0], recognise[1] + rank[1] + pick[1]))
    result = {
        "benchmark": "search_latency",
        "passages": given.passages,
        "statements": given.edges,
        **{f"{name}_ms": percentiles(seconds) for name, seconds in parts.items()},
        "ready_s": round(ready_s[1], 2),
        "ready_again_s": round(again_s[1], 2),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
