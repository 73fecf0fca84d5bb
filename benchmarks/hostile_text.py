"""Whether reading Markdown stays linear on text made to be slow; one JSON line.

    python benchmarks/hostile_text.py

For each fragment, repeated to 20 kB and to 160 kB: how many times longer the larger one takes, in
processor seconds of one run. 8 is linear, 64 would be quadratic.
"""

from __future__ import annotations

import json
import time

from kg.importers import importer_for

FRAGMENTS = (
    *("[", "[[", "[[a [b ", "![a [a](b) ", "[a](", "(a:: ", "[a:: ", "`a", "*a ", "$a ", "<a ", "%%\n", ":a:\n", "> "),
    *("a:: b\n", "&#", "#a", "%%a:: b\n", "$$\na:: b\n", "a:: %%x%% b ", "[a:: %%x%% ", "<!-- a:: b\n-", "a %%\r"),
)  # fmt: skip
SMALL, LARGE = 20_000, 160_000


def seconds(fragment: str, size: int) -> float:
    """Return the processor seconds that reading one hostile note takes."""
    importer = importer_for("note.md")
    assert importer is not None
    content = (fragment * (size // len(fragment))).encode()
    started = time.process_time()
    for _ in importer.read("note.md", content):
        pass
    return time.process_time() - started


def main() -> None:
    """Print the ratios as one JSON line, the worst first."""
    ratios = {}
    for fragment in FRAGMENTS:
        seconds(fragment, 1_000)
        small = min(seconds(fragment, SMALL) for _ in range(3))
        ratios[fragment] = round(seconds(fragment, LARGE) / max(small, 1e-3), 1)
    ordered = dict(sorted(ratios.items(), key=lambda item: -item[1]))
    print(
        json.dumps(
            {"benchmark": "hostile_text", "linear": LARGE // SMALL, "worst": max(ratios.values()), "ratios": ordered}
        )
    )


if __name__ == "__main__":
    main()
