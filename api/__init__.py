"""The web surface: HTTP in, one call of kg, HTTP out."""

from __future__ import annotations

from flask import Flask

from api import (
    access,
    ask,
    cypher,
    cypher_transactions,
    data,
    decisions,
    discovery,
    entities,
    events,
    feedback,
    headers,
    health,
    ingest,
    jobs,
    metrics,
    neighbours,
    notes,
    ontology,
    openapi,
    pages,
    predictions,
    problems,
    queries,
    query_api,
    rates,
    recommendations,
    review,
    search,
    sparql,
    statements,
    turns,
    vocabulary,
    watching,
)
from api.service import Service, attach
from kg.serving.jobs import Jobs

__all__ = ["BLUEPRINTS", "Jobs", "Service", "create_app"]

BLUEPRINTS = (
    ask.blueprint,
    cypher_transactions.blueprint,
    data.blueprint,
    decisions.blueprint,
    discovery.blueprint,
    entities.blueprint,
    events.blueprint,
    feedback.blueprint,
    health.blueprint,
    ingest.blueprint,
    jobs.blueprint,
    metrics.blueprint,
    neighbours.blueprint,
    notes.blueprint,
    ontology.blueprint,
    openapi.blueprint,
    pages.blueprint,
    predictions.blueprint,
    queries.blueprint,
    query_api.blueprint,
    recommendations.blueprint,
    review.blueprint,
    search.blueprint,
    sparql.blueprint,
    statements.blueprint,
    turns.blueprint,
    vocabulary.blueprint,
)
"""Everything that is served; each view declares its access (`api.access`)."""


def create_app(service: Service) -> Flask:
    """Return the app that serves a home. Nothing is started; `api.server` runs it."""
    app = Flask("api", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False  # clients are set to /sparql/ too
    attach(app, service)
    problems.handle_errors(app)
    headers.watch(app)
    watching.watch(app)
    rates.watch(app)
    access.watch(app)
    cypher.watch(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
