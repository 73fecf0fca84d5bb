"""Who sees each request when it is answered, and each ingest when it has ended: the logs, and what counts."""

from __future__ import annotations

from flask import Flask

from api.access_log import logged
from api.audit import AuditLog, note_asker, note_change
from api.metrics import metrics_of, note_route
from api.service import service_of

__all__ = ["watch"]

_MB = 1_000_000


def watch(app: Flask) -> None:
    """Have the logs and the metrics of an app see its requests and its ingests."""
    service, metrics = service_of(app), metrics_of(app)
    watchers, followers = [metrics.see_request], [metrics.see_jobs]
    most = service.config.serve.audit_mb * _MB
    if most and service.home is not None:
        audit = AuditLog(service.home, most)
        watchers.append(audit.see_request)
        followers.append(audit.see_jobs)
    if service.jobs is not None:
        for follower in followers:
            service.jobs.when_ended(follower)
    if service.cypher is not None:
        service.cypher.on_commit = lambda added, removed: note_change(added=added, removed=removed)
    app.before_request(note_route)
    app.before_request(note_asker)
    app.wsgi_app = logged(app.wsgi_app, watchers)  # type: ignore[method-assign, assignment]
