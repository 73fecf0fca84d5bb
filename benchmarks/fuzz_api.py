"""Requests made from the OpenAPI document, valid and not, against a whole `kg serve`; one JSON line.

    python benchmarks/fuzz_api.py [--max-examples 20] [--seed 1] [--path REGEX] [--show]

Makes a home of examples/vault in a temporary folder, serves it with a token and with writing by Cypher allowed, and has
schemathesis call every operation of `/openapi.json` in all its phases: examples, coverage (each limit of each
parameter, one after the other), fuzzing, and stateful (operations one after the other, where one's answer names what
another takes). What is found is printed on standard error with `--show`.

- `operations`, `tested`: how many the document has, and how many were called; `cases`: requests that were made.
- `failures`: by the code of the check (`st explain CODE`), how many different ones; `errors`: what schemathesis could
  not do; `defects`: lines of the server's log that tell of a mistake of its own. These three must be empty.
- `answers`: whether the server still does at the end; `exit_code`: its own, when it is told to stop.
- `left_out`: the checks that are not made, with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
LEFT_OUT = {
    "positive_data_acceptance": "a string that fits its schema need not be SPARQL, RDF, an IRI, or the name of a thing",
    "use_after_free": "a job is deleted to cancel it: what became of it can still be asked",
}
"""Checks that are about other kinds of interfaces."""
SETTINGS = {"KG_SERVE_CYPHER_ACCESS": "Write", "KG_TOKEN": "fuzz"}
DEFECTS = ("unexpected error", "a mistake of ours", "Traceback", "what follows a request failed")


def environment() -> dict[str, str]:
    """Return the environment without proxies, which are no way to this machine."""
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()} | SETTINGS


def call_all(url: str, folder: Path, options: argparse.Namespace) -> tuple[dict[str, object], str]:
    """Run schemathesis, and return its report and what it says."""
    report = folder / "report.json"
    command = [
        str(BIN / "schemathesis"), "run", f"{url}/openapi.json", "--workers", "1", "--continue-on-failure",
        "--no-color", "--header", f"Authorization: Bearer {SETTINGS['KG_TOKEN']}", "--seed", str(options.seed),
        "--max-examples", str(options.max_examples), "--exclude-checks", ",".join(LEFT_OUT), "--request-timeout", "60",
        "--suppress-health-check", "all", "--generation-database", "none", "--report-json-path", str(report),
        *(("--include-path-regex", options.path) if options.path else ()),
    ]  # fmt: skip
    run = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    if not report.exists():
        sys.exit(run.stdout[-4_000:] + run.stderr[-4_000:])
    return json.loads(report.read_text("utf-8")), run.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-examples", type=int, default=20, help="requests of an operation in the phase of fuzzing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--path", help="only operations whose path fits this regular expression")
    parser.add_argument("--show", action="store_true", help="print what schemathesis says to standard error")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, log = Path(name), Path(name) / "serve.log"
        home = ("--home", str(folder / "home"))
        subprocess.run([BIN / "kg", "ingest", ROOT / "examples" / "vault", *home], check=True, capture_output=True)
        with log.open("w") as messages:
            server = subprocess.Popen(
                [BIN / "kg", "serve", *home, "--port", "0", "--json"],
                stdout=subprocess.PIPE, stderr=messages, env=environment(), text=True,
            )  # fmt: skip
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            started = time.perf_counter()
            report, said = call_all(url, folder, options)
            seconds = time.perf_counter() - started
            asked = ["curl", "-sS", "-m", "30", "-o", os.devnull, "-w", "%{http_code}", f"{url}/readyz"]
            ready = subprocess.run(asked, env=environment(), capture_output=True, text=True, check=False).stdout
        finally:
            server.terminate()
            code = server.wait(60)
        lines = log.read_text("utf-8").splitlines()
        defects = Counter(text for line in lines for text in DEFECTS if text in line)
        if options.show:
            print(said, *(line for line in lines if "api.access" not in line), sep="\n", file=sys.stderr)
    ended = {"defects": defects, "answers": ready == "200", "exit_code": code, "seconds": round(seconds)}
    print(json.dumps(told(options, report) | ended | {"left_out": LEFT_OUT}))


def told(options: argparse.Namespace, report: dict) -> dict[str, object]:
    """Return what of the report of schemathesis is told."""
    operations, cases = report["operations"] or {}, report["test_cases"]
    return {
        "measure": "fuzz_api",
        "seed": options.seed,
        "max_examples": options.max_examples,
        "operations": operations.get("total"),
        "tested": operations.get("tested"),
        "cases": cases["generated"],
        "phases": {name: phase["status"] for name, phase in (report["phases"] or {}).items()},
        "failures": {each["code"] or each["type"]: each["count"] for each in report["failures"]},
        "errors": {each["title"]: each["count"] for each in report["errors"]},
    }


if __name__ == "__main__":
    main()
