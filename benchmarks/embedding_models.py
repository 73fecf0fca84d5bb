"""The table of docs/embedding-models.md: every named model of both engines on UMLS, Kinships and CoDEx-S.

    KG_BENCH=../shared/bench python benchmarks/embedding_models.py --lines runs.jsonl [--sets …] [--models …] [--write]

Each run is a process of its own, `embeddings.py` with one set and one model, on one thread. Its line is added to the
file of lines, and what stands there is not run again, so the table can be made in several sittings. A run that takes
more than `--limit` seconds of the processor is given up, and the table says so. `--write` writes the page from the
lines. Without a file of lines nothing is run: all of it takes hours.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "embedding-models.md"
SETS = {
    "umls": "UMLS: 135 entities, 46 relations, 5,216 triples; the test triples",
    "kinships": "Kinships: 104 entities, 25 relations, 8,544 triples; the test triples",
    "codex-s": "CoDEx-S: 2,034 entities, 42 relations, 32,888 triples; the validation triples",
}
"""The sets with their headings. The test triples of CoDEx-S are not in the folder of public data."""
OURS = ("complex", "distmult", "cp", "simple")
PYKEEN = (
    *(f"pykeen:{name}" for name in ("complex", "distmult", "cp", "hole", "quate", "rescal", "autosf")),
    *("transe", "rotate", "tucker", "conve", "nodepiece", "boxe", "toruse", "transd", "transh", "transf", "crosse"),
    *("mure", "pairre", "proje", "ermlpe", "distma", "se", "kg2e", "transr", "ermlp", "um", "ntn", "compgcn", "rgcn"),
)


def main() -> None:
    """Run what is missing, and write the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=Path)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--models", default=",".join((*OURS, *PYKEEN)))
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--limit", type=int, default=1800, help="seconds of the processor for a run")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.lines is None:
        print(json.dumps({"benchmark": "embedding_models", "skipped": "--lines FILE says where the runs are kept"}))
        return
    lines = read(arguments.lines)
    there = {(line["set"], line["asked"]) for line in lines}
    for name in filter(None, arguments.sets.split(",")):
        for model in filter(None, arguments.models.split(",")):
            if (name, model) not in there:
                line = measured(name, model, arguments.epochs, arguments.limit)
                if line is not None:
                    print(json.dumps(line), flush=True)
                    with arguments.lines.open("a", encoding="utf-8") as file:
                        file.write(f"{json.dumps(line)}\n")
    if arguments.write:
        PAGE.write_text(page(read(arguments.lines)), "utf-8")


def read(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file; none where there is no file yet."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def measured(name: str, model: str, epochs: int, limit: int) -> dict[str, Any] | None:
    """Return the line of a run, or one that says why there is none; None where the set is not here."""
    command = [sys.executable, str(HERE / "embeddings.py"), "--sets", name, "--models", model, "--epochs", str(epochs)]
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parent)}
    asked = {"set": name, "asked": model}
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environ,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5)),
    )  # fmt: skip
    if run.returncode == -signal.SIGXCPU:
        return {**asked, "failed": f"more than {limit} CPU s"}
    if run.returncode:
        return {**asked, "failed": run.stderr.strip().splitlines()[-1][:200]}
    return {**asked, **json.loads(run.stdout)} if run.stdout.strip() else None


def page(lines: Iterable[dict[str, Any]]) -> str:
    """Return the page."""
    lines = list(lines)
    parts = ["# Embedding models: what they reach, and what it costs", _ABOUT]
    for name, heading in SETS.items():
        own = [line for line in lines if line["set"] == name]
        part = "valid" if name == "codex-s" else "test"
        done = sorted((line for line in own if "failed" not in line), key=lambda line: -line[part]["mrr"])
        if not done:
            continue
        parts.append(f"## {heading}")
        rows = [_HEAD, *(row(line, part) for line in done)]
        rows += [f"| `{line['asked']}` | | | | | | | {line['failed']} |" for line in own if "failed" in line]
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


_ABOUT = """Made by `benchmarks/embedding_models.py`: the settings that a model has where nothing is said, at most
100 epochs, early stopping on the validation triples, one thread. Ranks are filtered and realistic, heads and tails
together; those of CoDEx-S are filtered by training and validation triples alone, so they are lower than published ones.
`complex` on CoDEx-S has a regularization of .02 and batches of 128, chosen on those triples. CPU seconds are those of
the training, on a machine that did other things too. `1vsall` is our engine; `kg embed models` says what each model
is."""
_HEAD = """| model | engine | dim | epochs | MRR | Hits@1 | Hits@10 | CPU s |
|---|---|---:|---:|---:|---:|---:|---:|"""


def row(line: dict[str, Any], part: str) -> str:
    """Return the row of a run."""
    found = line[part]
    figures = " | ".join(f"{found[key]:.3f}" for key in ("mrr", "hits_at_1", "hits_at_10"))
    left = f"| `{line['model']}` | {line['engine']} | {line['settings']['dim']} | {line['epochs']} |"
    return f"{left} {figures} | {line['cpu_seconds']:.0f} |"


if __name__ == "__main__":
    main()
