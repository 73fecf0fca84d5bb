"""The openCypher TCK on the embedded engine: how many scenarios pass, by area.

    KG_BENCH=… python benchmarks/cypher_tck.py [--write]

`--write` writes the list of misses anew (`tests/cypher/tck/expected_misses.toml`), grouped by what is refused; reasons
that were written by hand stay with their scenarios as long as the status is the same.

One line of JSON: `scenarios`, how many there are; `passed`; `refused`, named as not supported; `left out`, what the
runner cannot set up; `failed` and `no error`, an error too much and one too few; `wrong`, other rows than expected.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

# benchmarks/neo4j.py has the name of the driver's package, and this folder comes first where Python looks.
sys.path.append(sys.path.pop(0))
sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.cypher.tck.expectations import FILE, expected_misses, outcome_of, written
from tests.cypher.tck.scenarios import scenarios


def main() -> None:
    """Run all, and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    start = time.perf_counter()
    counts: Counter[str] = Counter()
    areas: dict[str, Counter[str]] = {}
    groups: dict[tuple[str, str], list[str]] = {}
    for scenario in scenarios():
        status, detail = outcome_of(scenario)
        counts[status] += 1
        areas.setdefault(scenario.area, Counter())[status] += 1
        if status == "passed":
            continue
        if status in ("wrong", "defect"):
            print(f"{scenario.id}: {status}: {detail}", file=sys.stderr)
            continue
        before = expected_misses().get(scenario.id) if FILE.exists() else None
        reason = before[1] if before is not None and before[0] == status else _reason(status, detail)
        groups.setdefault((status, reason), []).append(scenario.id)
    if arguments.write:
        FILE.write_text(written(groups), "utf-8")
    told = {
        "scenarios": counts.total(),
        **counts,
        "areas": {area: dict(found) for area, found in areas.items()},
        "seconds": round(time.perf_counter() - start, 1),
    }
    print(json.dumps(told))


def _reason(status: str, detail: str) -> str:
    if status == "left out" and detail.startswith("there exists a procedure"):
        return "It needs procedures of the test's own, which no store of ours can have."
    if status == "left out" and detail == "it writes":
        return "It writes, and this runner only reads; what writing does is tested on a store."
    if status == "left out":
        return re.sub(r"\s+", " ", detail)
    said = re.sub(r"\s+", " ", detail).removeprefix("Cypher: ").replace(" on the embedded store is not supported", "")
    for pattern, whole in _CLASSES:
        if match := re.match(pattern, said):
            return match.expand(whole)
    return said[:160]


_CLASSES = (
    (r"matching .*, which is (?:an?|null)", "matching again what is bound to another kind of value"),
    (r"matching the list .* again", "matching a list of relationships again"),
    (r"the function (?:date|time|datetime|localtime|localdatetime|duration)\b.*", "the functions of dates and times"),
    (r"(?:date|time|datetime|localtime|localdatetime|duration)\(\) of .*", "the functions of dates and times"),
    (r"the function (\S+) ?.*", r"the function \1"),
    (r"(?:an?|null) .* as operand of (\w+).*", r"an operand of \1 that is no Boolean"),
    (
        r"\S+ beside an aggregate or DISTINCT",
        "ORDER BY something beside an aggregate or DISTINCT, where it is no column",
    ),
    (r"(\w+\(\)) of (?:an?|null|the|all) .*", r"\1 of a value of a kind that it does not take"),
    (r"ORDER BY (?:a|an|all) ", "ORDER BY values of a kind, or of several kinds, that are ordered otherwise"),
    (r"(SKIP|LIMIT) ", r"\1 of what is no constant integer"),
    (r"(\S{1,11}|< or >) (?:of|with) (?:an?|null) .*", r"\1 of values of other kinds"),
    (r"(?:an?|null) \S+(?: \S+){0,3} ([+*/%^-]) .*", r"\1 of values of other kinds"),
    (
        r"(?:telling apart|grouping by|comparing) .*",
        "DISTINCT, grouping or = of values that cannot be told apart exactly",
    ),
    (r"the length ", "a length *n..m of which the least is more than the most"),
    (r"\.\w+ of ", "a part of a value of a kind that has none"),
    (r"\[…\] of |a list's item by ", "an item of a value of a kind that has none, or by a key that has no one kind"),
)
"""What the messages of several misses have in common: the reason that is listed."""


if __name__ == "__main__":
    main()
