"""The web surface: HTTP in, one call of kg, HTTP out."""

from __future__ import annotations

from flask import Flask

from api import (
    access,
    cypher,
    cypher_transactions,
    data,
    decisions,
    events,
    headers,
    health,
    ontology,
    openapi,
    pages,
    predictions,
    problems,
    queries,
    query_api,
    recommendations,
    review,
    sparql,
    turns,
)
from api.access_log import logged
from api.service import Service, attach

__all__ = ["BLUEPRINTS", "Service", "create_app"]

BLUEPRINTS = (
    cypher_transactions.blueprint,
    data.blueprint,
    decisions.blueprint,
    events.blueprint,
    health.blueprint,
    ontology.blueprint,
    openapi.blueprint,
    pages.blueprint,
    predictions.blueprint,
    queries.blueprint,
    query_api.blueprint,
    recommendations.blueprint,
    review.blueprint,
    sparql.blueprint,
    turns.blueprint,
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
    access.watch(app)
    cypher.watch(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.wsgi_app = logged(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app
