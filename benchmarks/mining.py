"""How well clusters meet the folders of a vault without tags, how many rules chance gives, and the cost; one JSON line.

    python benchmarks/mining.py [--home DIR] [--notes 20000]

The vault is notes/til_jbranchaud of KG_BENCH; `--home` is a home that has read it, else it is read into one that goes
away (a minute). `nmi` is the normalised mutual information of cluster and folder over the notes that have a cluster,
`nmi_by_chance` the same with the folders shuffled. `--notes` is the size of the made collection.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kg.cli import main as kg
from kg.mining import (
    Collection,
    MinedNote,
    RuleSettings,
    Span,
    cluster_notes,
    cluster_page,
    mine_rules,
    topics_by_cluster,
)
from kg.pictures import draw

T = TypeVar("T")
BASE = "https://bench.example/"


def folders(home: Path) -> dict[str, Any]:
    """Compare the clusters of a home with the folders of its notes."""
    output = io.StringIO()
    start = time.process_time()
    with contextlib.redirect_stdout(output):
        assert kg(["cluster", "--home", str(home), "--json"]) == 0
    seconds = time.process_time() - start
    found = json.loads(output.getvalue())
    pairs = [
        (note["doc_id"].split("/")[0], cluster["number"])
        for cluster in found["clusters"]
        for note in cluster["notes"]
        if "/" in note["doc_id"]
    ]
    told, clusters = [folder for folder, _ in pairs], [number for _, number in pairs]
    shuffled = random.Random(0).sample(told, len(told))
    return {
        "notes": len(pairs) + len(found["apart"]),
        "in_clusters": len(pairs),
        "clusters": len(found["clusters"]),
        "modularity": found["modularity"],
        "nmi": round(nmi(told, clusters), 3),
        "nmi_by_chance": round(nmi(shuffled, clusters), 3),
        "names": [cluster["name"] for cluster in found["clusters"][:5]],
        "cpu_s": round(seconds, 2),
    }


def nmi(one: Sequence[Any], other: Sequence[Any]) -> float:
    """Return the mutual information of two labellings by the mean of their entropies: 0 to 1."""
    count = len(one)
    left, right, both = Counter(one), Counter(other), Counter(zip(one, other, strict=True))

    def entropy(counts: Counter[Any]) -> float:
        return -sum(each / count * math.log(each / count) for each in counts.values())

    total = entropy(left) + entropy(right)
    return 2 * (total - entropy(both)) / total if total else 1.0


def independent(runs: int = 20) -> dict[str, Any]:
    """Count the rules that are told of notes whose items are independent."""
    told = loose = 0
    for seed in range(runs):
        chosen = random.Random(seed)
        notes = [[f"i{item}" for item in range(15) if chosen.random() < 0.15] for _ in range(150)]
        found = mine_rules(collection(notes), RuleSettings(confidence=0.2))
        told += len(found.rules)
        loose += len(found.rules) + found.by_chance + found.no_better
    return {"collections": runs, "told": told, "with_support_and_confidence": loose}


def cost(count: int) -> dict[str, Any]:
    """Measure each step on a made collection of 200 topics of which few have most notes."""
    chosen = random.Random(0)
    notes = []
    for _ in range(count):
        topic = min(int(chosen.paretovariate(0.7)), 200)
        own = [f"t{topic}c{chosen.randrange(60)}" for _ in range(8)]
        notes.append(own + [f"common{min(int(chosen.paretovariate(1)), 3000)}" for _ in range(4)])
    made = collection(notes, [f"20{chosen.randrange(10, 26)}-01" for _ in range(count)])
    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[[], T]) -> T:
        start = time.process_time()
        found = step()
        seconds[name] = round(time.process_time() - start, 2)
        return found

    clusters = timed("clusters", lambda: cluster_notes(made))
    timed("picture", lambda: draw(cluster_page(clusters, "Clusters"), ".html"))
    rules = timed("rules", lambda: mine_rules(made, RuleSettings()))
    timed("topics", lambda: topics_by_cluster(made, clusters, Span()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "notes": count,
        "clusters": len(clusters.clusters),
        "rules": len(rules.rules),
        "cpu_s": seconds,
        "mb": memory,
    }


def collection(notes: Sequence[Sequence[str]], created: Sequence[str] = ()) -> Collection:
    """Return notes that speak of things by their names."""
    iris = [f"{BASE}note/{number:06}" for number in range(len(notes))]
    days = created or [""] * len(notes)
    return Collection(
        notes=tuple(MinedNote(iri, iri, iri, day, day, "") for iri, day in zip(iris, days, strict=True)),
        names={},
        tags={},
        concepts={
            iri: tuple(sorted({f"{BASE}entity/{thing}" for thing in things}))
            for iri, things in zip(iris, notes, strict=True)
        },
        links=(),
        statements=(),
        people=frozenset(),
    )


def main() -> None:
    """Run all three and print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--notes", type=int, default=20_000)
    arguments = parser.parse_args()
    if arguments.home is None and "KG_BENCH" not in os.environ:
        sys.exit("KG_BENCH is not set: it names the folder of public data.")
    with tempfile.TemporaryDirectory(prefix="noemata-mining-") as folder:
        home = arguments.home or Path(folder)
        if arguments.home is None:
            vault = Path(os.environ["KG_BENCH"]) / "notes" / "til_jbranchaud"
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                assert kg(["ingest", str(vault), "--home", str(home)]) == 0
        result = {"folders": folders(home), "independent": independent(), "cost": cost(arguments.notes)}
    print(json.dumps({"benchmark": "mining", **result}, ensure_ascii=False))


if __name__ == "__main__":
    main()
