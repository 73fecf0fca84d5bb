"""`/metrics`: what the server has done and what it takes, for Prometheus.

It needs the token as reading does (`authorization` in a scrape configuration), for it says how much is asked and held.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from api.access import Access, access
from api.access_log import Exchange
from api.operations import describe, operation
from api.service import Service, service_of
from kg import __version__
from kg.serving.job import Job
from kg.serving.memory import memory_of_server

__all__ = ["Metrics", "blueprint", "metrics_of", "note_route"]

blueprint = Blueprint("metrics", __name__)

_KEY = "noemata.metrics"
_ROUTE = "noemata.route"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_INGEST_SECONDS = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_LANGUAGES: Mapping[str, str] = {
    "/sparql": "sparql",
    "/query": "sparql",
    "/update": "sparql update",
    "/queries/<query:name>": "saved query",
    "/search": "search",
    "/api/search": "search",
    "/api/ask": "question",
}
_CYPHER = "/db/"
_OUTCOMES: Mapping[int, str] = {
    401: "refused",
    403: "refused",
    413: "limit",
    422: "limit",
    429: "busy",
    499: "abandoned",
    503: "busy",
    504: "timeout",
}
"""By status; of the others, below 400 is "answered", below 500 "wrong", and the rest "failed"."""
_TEXT = "text/plain"


class Metrics:
    """What is counted of one served home. Safe for threads."""

    def __init__(self, service: Service) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._requests = self._counter("requests", "Requests that were answered", "route", "method", "status")
        self._seconds = self._histogram("request_seconds", "Seconds to the end of an answer", _SECONDS, "route")
        self._queries = self._counter("queries", "Queries, and what became of them", "language", "outcome")
        self._query_seconds = self._histogram("query_seconds", "Seconds to the end of an answer", _SECONDS, "language")
        self._ingests = self._counter("ingests", "Ingests that have ended", "state")
        self._notes = self._counter("ingested_notes", "Notes by what became of them", "outcome")
        self._ingest_seconds = self._histogram("ingest_seconds", "Seconds that an ingest took", _INGEST_SECONDS)
        ProcessCollector(registry=self._registry)
        self._registry.register(_State(service))

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"noemata_{name}", text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"noemata_{name}", text, labels, buckets=buckets, registry=self._registry)

    def see_request(self, seen: Exchange) -> None:
        """Count a request."""
        route = seen.environ.get(_ROUTE, "none")
        self._requests.labels(route, _method(seen.environ["REQUEST_METHOD"]), str(seen.status)).inc()
        self._seconds.labels(route).observe(seen.seconds)
        language = "cypher" if route.startswith(_CYPHER) else _LANGUAGES.get(route)
        if language is not None:
            self._queries.labels(language, "broken off" if seen.is_broken else _outcome(seen.status)).inc()
            self._query_seconds.labels(language).observe(seen.seconds)

    def see_jobs(self, jobs: Sequence[Job]) -> None:
        """Count jobs that were one ingest, and have one report."""
        for job in jobs:
            self._ingests.labels(job.state).inc()
        report = jobs[0].report
        if report is None:
            return
        self._ingest_seconds.observe(report["seconds"])
        for outcome, count in report["notes"].items():
            self._notes.labels(outcome).inc(count)

    def write(self, accept: str) -> tuple[bytes, str]:
        """Return all of it in the format that a client takes, Prometheus' own or OpenMetrics, and its media type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


def _outcome(status: int) -> str:
    usual = "answered" if status < 400 else "wrong" if status < 500 else "failed"
    return _OUTCOMES.get(status, usual)


def _method(name: str) -> str:
    """Return a method that there is; whatever else a client writes would be a series of its own."""
    return name if name in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH") else "other"


class _State(Collector):
    """What is so at the moment somebody asks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        service = self._service
        build = GaugeMetricFamily("noemata_build", "The version that runs", labels=("version",))
        build.add_metric((__version__,), 1)
        yield build
        yield from self._readers()
        jobs = GaugeMetricFamily("noemata_jobs", "Ingests that are remembered, by state", labels=("state",))
        for state, count in (service.jobs.count() if service.jobs is not None else {}).items():
            jobs.add_metric((state,), count)
        yield jobs
        own, children = memory_of_server()
        memory = GaugeMetricFamily("noemata_memory_bytes", "Memory of the server's processes", labels=("process",))
        memory.add_metric(("server",), own)
        memory.add_metric(("readers and ingest",), children)
        yield memory
        size = GaugeMetricFamily("noemata_disk_bytes", "Disk that parts of the home take", labels=("part",))
        home = service.home.of_kind(service.config.home.store)
        for part, path in (("store", home.store), ("mirror", home.mirror), ("posted", home.posted.parent)):
            size.add_metric((part,), _size(path))
        for part, path in (("ingest cache", home.ingest_cache), ("search index", home.search_index)):
            size.add_metric((part,), sum(_size(path.with_name(path.name + end)) for end in ("", "-wal")))
        yield size

    def _readers(self) -> Iterator[Metric]:
        service = self._service
        readers = GaugeMetricFamily("noemata_readers", "Reader processes, by what they do", labels=("pool", "state"))
        waiting = GaugeMetricFamily("noemata_waiting", "Questions that wait for a reader", labels=("pool",))
        pools = {
            "queries": service.pool,
            "cypher": service.cypher.pool if service.cypher is not None else None,
            "suggesting": service.suggesting,
        }
        for name, pool in pools.items():
            if pool is not None:
                busy, idle, waits = pool.counts
                readers.add_metric((name, "busy"), busy)
                readers.add_metric((name, "idle"), idle)
                waiting.add_metric((name,), waits)
        yield from (readers, waiting)


def _size(path: Path) -> int:
    """Return the bytes of a file, or of the files of a folder; 0 for what is not there, or goes away just now."""
    try:
        found = path.stat()
        if not stat.S_ISDIR(found.st_mode):
            return found.st_size
        with os.scandir(path) as entries:
            return sum(_size(Path(entry)) for entry in entries)
    except OSError:
        return 0


def metrics_of(app: Flask) -> Metrics:
    """Return what is counted of the home that an app serves; nothing before it is first asked for."""
    found: Metrics | None = app.extensions.get(_KEY)
    if found is None:
        found = app.extensions[_KEY] = Metrics(service_of(app))
    return found


def note_route() -> None:
    """Have the request be counted by its route, which its path alone does not say."""
    if request.url_rule is not None:
        request.environ[_ROUTE] = request.url_rule.rule


@blueprint.get("/metrics")
@access(Access.READS)
@describe(
    GET=operation(
        "Read what the server has done and what it takes",
        answers={200: ("Prometheus' text format, or OpenMetrics", [_TEXT, "application/openmetrics-text"])},
        errors=(401,),
    )
)
def metrics() -> Response:
    """Answer with what was counted."""
    content, content_type = metrics_of(current_app).write(request.headers.get("Accept", ""))
    response = Response(content, content_type=content_type)
    response.vary.add("Accept")
    return response
