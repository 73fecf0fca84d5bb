"""Counts of passed tests, and the page docs/conformance.md that shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.conformance.engines import Engine, Noemata
from tests.conformance.expectations import reasons
from tests.conformance.manifests import LEFT_OUT, Case, cases
from tests.conformance.scoring import SCORED, score

PAGE = Path(__file__).parent.parent.parent / "docs" / "conformance.md"
Counts = dict[str, tuple[int, int]]
"""For each suite, how many tests pass of how many."""

_MARK = "<!-- {} -->"


def count(make: Callable[[], Engine], suites: str = "") -> Counts:
    """Run all suites that need no server on an engine; federation only on ours, which reaches the tests' endpoints.

    Args:
        suites: how the names of those begin that are wanted.
    """
    scored = [case for case in cases() if case.kind in SCORED and case.suite.startswith(suites)]
    chosen = [case for case in scored if make is Noemata or case.suite != _FEDERATION]
    return _counted((case.suite, _passes(case, make)) for case in chosen)


_FEDERATION = "SPARQL 1.1 federation"


def _passes(case: Case, make: Callable[[], Engine]) -> bool:
    try:
        return score(case, make()) is None
    except Exception:  # noqa: BLE001 - engines fail in many ways
        return False


def count_http(home: Path) -> Counts:
    """Run the suites of the protocols on the app, with a new home in a folder that does not exist."""
    from api import create_app
    from tests.api.running import TOKEN, served_home
    from tests.conformance.http_scoring import SCORED_BY_HTTP, score_http

    with served_home(home, **{"home.dataset": "separate"}) as service:
        client = create_app(service).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
        chosen = [case for case in cases() if case.kind in SCORED_BY_HTTP]
        return _counted([(case.suite, score_http(case, client) is None) for case in chosen])


def _counted(passed: Iterable[tuple[str, bool]]) -> Counts:
    counts: Counts = {}
    for suite, is_passed in passed:
        done, total = counts.get(suite, (0, 0))
        counts[suite] = (done + is_passed, total + 1)
    return counts


def expected_counts() -> Counts:
    """Return what our counts are if exactly the expected failures fail."""
    failing = {test for _, tests in reasons() for test in tests}
    return _counted((case.suite, case.id not in failing) for case in cases())


def read_table() -> dict[str, list[str]]:
    """Return the cells of the page's table of counts by suite."""
    rows = re.findall(r"^\| ([^|]+?) \| (.+?) \|$", _between("counts"), re.MULTILINE)
    return {suite: cells.split(" | ") for suite, cells in rows if suite not in ("suite", "---")}


def _between(name: str) -> str:
    begin, end = _MARK.format(name), _MARK.format(f"end of {name}")
    return PAGE.read_text("utf-8").partition(begin)[2].partition(end)[0]


def write_reasons() -> str:
    """Return the expected failures as the page has them."""
    lines = []
    for reason, tests in reasons():
        names = ", ".join(f"`{test}`" for test in tests[:4]) + (f" and {len(tests) - 4} more" if len(tests) > 4 else "")
        lines.append(f"- **{len(tests)}**: {reason} ({names})")
    lines += ["", "Not run:", "", *(f"- {name}: {reason}." for name, reason in LEFT_OUT.items())]
    return "\n" + "\n".join(lines) + "\n"


def reasons_on_page() -> str:
    """Return the expected failures as the page has them now."""
    return _between("reasons")


def write_table(counts: Mapping[str, Counts]) -> None:
    """Write the counts and the reasons into the page."""
    names = list(counts)
    rows = [f"| suite | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    totals = dict.fromkeys(names, (0, 0))
    for suite in sorted(counts[names[0]], key=_order):
        cells = []
        for name in names:
            passed = counts[name].get(suite)
            cells.append("" if passed is None else f"{passed[0]} / {passed[1]}")
            if passed is not None:
                totals[name] = (totals[name][0] + passed[0], totals[name][1] + passed[1])
        rows.append(f"| {suite} | {' | '.join(cells)} |")
    rows.append(f"| all | {' | '.join(f'{done} / {total}' for done, total in totals.values())} |")
    _replace("counts", "\n" + "\n".join(rows) + "\n")
    _replace("reasons", write_reasons())


def _order(suite: str) -> tuple[int, str]:
    groups = ("SPARQL 1.0", "SPARQL 1.1", "rdf-", "JSON-LD")
    return next(number for number, group in enumerate(groups) if suite.startswith(group)), suite


def _replace(name: str, content: str) -> None:
    text = PAGE.read_text("utf-8")
    begin, end = _MARK.format(name), _MARK.format(f"end of {name}")
    before, _, rest = text.partition(begin)
    PAGE.write_text(f"{before}{begin}\n{content}\n{end}{rest.partition(end)[2]}", "utf-8")
