"""`/api`: what can be asked here, in one small document to begin from."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from api.access import Access, access, declared_access
from api.operations import describe, described, operation
from kg import __version__

__all__ = ["blueprint"]

blueprint = Blueprint("discovery", __name__)

_NOT_LISTED = ("/assets/", "/api/store/")
"""Parts of pages, and what other commands of the home ask."""


@blueprint.get("/api")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "See what can be asked",
        answers={
            200: (
                "`resources` by path, each with its `methods`: what each does and who may call it; where the whole "
                "description is (`openapi`), and a page of it (`docs`)",
                ["application/json"],
            )
        },
    )
)
def discovery() -> Response:
    """Answer with what can be asked here."""
    found: dict[str, dict[str, Any]] = {}
    for rule in current_app.url_map.iter_rules():
        if rule.rule.startswith(_NOT_LISTED):
            continue
        view = current_app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            told, needed = described(view, method), declared_access(view, method)
            if told is not None and needed is not None:
                path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
                found.setdefault(path, {})[method] = {"summary": told["summary"], "access": needed.value}
    resources = [{"path": path, "methods": found[path]} for path in sorted(found)]
    return jsonify({
        "name": "Noemata", "version": __version__, "openapi": "/openapi.json", "docs": "/docs", "resources": resources,
    })  # fmt: skip
