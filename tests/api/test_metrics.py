"""`/metrics`: what Prometheus reads of a server."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from api import create_app
from api.metrics import _LANGUAGES, metrics_of
from kg.errors import QueryTimeoutError
from kg.serving.job import Job
from kg.serving.jobs import Jobs
from tests.api.running import BEARER, Answered, fetch, running, served_home, stand_in
from tests.serving.test_jobs import Reading, clock

Address = tuple[str, int]


def values(address: Address) -> dict[str, float]:
    """Return the samples by name and labels, as `name{label="value"}`."""
    response, content = fetch(address, "GET", "/metrics")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {}
    for family in text_string_to_metric_families(content.decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with served_home(tmp_path_factory.mktemp("metrics") / "home") as service:
        jobs = Jobs(service.home, Reading(), clock(), lambda: None)
        jobs.start()
        with running(create_app(replace(service, jobs=jobs))) as address:
            yield address
        jobs.close()


def test_queries_ingests_and_what_they_take_are_counted(served: Address) -> None:
    assert fetch(served, "GET", "/query?query=ASK%7B%7D")[0].status == 200
    assert fetch(served, "GET", "/query?query=nonsense")[0].status == 400
    body = json.dumps({"notes": [{"id": "a", "text": "b"}]}).encode()
    headers = {**BEARER, "Content-Type": "application/json"}
    assert fetch(served, "POST", "/api/ingest?wait=1", headers, body)[0].status == 200
    assert fetch(served, "GET", "/no/such/path/at/all")[0].status == 404
    found = values(served)
    assert found['noemata_queries_total{language="sparql",outcome="answered"}'] == 1
    assert found['noemata_queries_total{language="sparql",outcome="wrong"}'] == 1
    assert found['noemata_query_seconds_count{language="sparql"}'] == 2
    assert found['noemata_requests_total{method="GET",route="/query",status="200"}'] == 1
    assert found['noemata_requests_total{method="GET",route="none",status="404"}'] == 1
    assert found['noemata_ingests_total{state="done"}'] == 1
    assert found['noemata_ingested_notes_total{outcome="added"}'] == 1
    assert found['noemata_jobs{state="done"}'] == 1
    assert found['noemata_readers{pool="queries",state="idle"}'] >= 1
    assert found['noemata_disk_bytes{part="store"}'] > 0
    assert found['noemata_disk_bytes{part="posted"}'] > 0
    assert found['noemata_memory_bytes{process="server"}'] > 10_000_000
    assert found["process_open_fds{}"] > 0


def test_a_scraper_needs_the_token_and_may_ask_for_openmetrics(served: Address) -> None:
    assert fetch(served, "GET", "/metrics", {})[0].status == 401
    wanted = {**BEARER, "Accept": "application/openmetrics-text; version=1.0.0"}
    response, content = fetch(served, "GET", "/metrics", wanted)
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert content.endswith(b"# EOF\n")


def test_the_page_names_every_metric_and_no_other(served: Address) -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    told = set(re.findall(r"noemata_[a-z_]*[a-z]", text))
    families = text_string_to_metric_families(fetch(served, "GET", "/metrics")[1].decode())
    names = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    assert told == {name for name in names if name.startswith("noemata_")}


def test_every_route_of_a_language_is_one() -> None:
    routes = {rule.rule for rule in create_app(stand_in()).url_map.iter_rules()}
    assert _LANGUAGES.keys() <= routes


def test_outcomes_are_told_apart() -> None:
    answers: list[Exception | Answered] = [QueryTimeoutError(1), Answered([b"x" * (1 << 20), QueryTimeoutError(1)])]

    def ask(_: object) -> Answered:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    service = stand_in(lambda question, abandoned=None: ask(question))
    app = create_app(service)
    with running(app) as address:
        assert fetch(address, "GET", "/query?query=ASK%7B%7D")[0].status == 504
        with pytest.raises((http.client.HTTPException, OSError)):
            fetch(address, "GET", "/query?query=ASK%7B%7D")
    text = _samples(app)
    assert "noemata_queries_total[('language', 'sparql'), ('outcome', 'timeout')] 1.0" in text
    assert "noemata_queries_total[('language', 'sparql'), ('outcome', 'broken off')] 1.0" in text


def _samples(app: Flask) -> list[str]:
    metrics = metrics_of(app)
    return [
        f"{sample.name}{sorted(sample.labels.items())} {sample.value}"
        for counter in (metrics._queries, metrics._requests, metrics._ingests, metrics._notes)
        for family in counter.collect()
        for sample in family.samples
    ]


def test_jobs_that_were_one_ingest_count_their_notes_once() -> None:
    app = create_app(stand_in())
    jobs = [Job(name, 1, 0, False, "", "", "done", report={"notes": {"added": 2}, "seconds": 1.0}) for name in "ab"]
    metrics_of(app).see_jobs(jobs)
    text = _samples(app)
    assert "noemata_ingests_total[('state', 'done')] 2.0" in text
    assert "noemata_ingested_notes_total[('outcome', 'added')] 2.0" in text
