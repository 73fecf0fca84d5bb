"""Pages for people: the query page, the page of the HTTP interface, the landing page, and what they are made of.

The pages with an editor and with forms are a bundle built from npm packages (`make web`). Where it was not built,
small pages without libraries stand in, so nothing depends on Node.js.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Response, make_response, render_template, request, send_file
from werkzeug.exceptions import NotFound

import kg
from api.access import Access, access
from api.operations import describe, operation, parameter
from kg.rdf import PREFIXES

__all__ = ["MEDIA_TYPES", "WEB", "assets", "blueprint", "digest", "query_page"]

WEB = Path(__file__).parent / "web"
_TABLE_STYLE = "'sha256-zCK2EVMoPc04mRF/g5CotUvxbJPWS+8V0b+s9ptqQIk='"
"""The one style that a script of the query page puts in: the handles of column-resizer 1.4.0, in YASGUI's table."""
_CONTENT_SECURITY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    f"style-src 'self' {_TABLE_STYLE}",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip
"""A page asks nobody but this server, so nothing it shows can send the token or a note elsewhere."""
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
_YEAR = 365 * 24 * 3600

blueprint = Blueprint("pages", __name__, template_folder="web/pages")


@functools.cache
def assets() -> Mapping[str, Path]:
    """Return every file that pages load, by its name below the assets' address."""
    plain = {path.name: path for path in sorted((WEB / "plain").iterdir())}
    folder = WEB / "dist"
    built = {f"bundle/{path.name}": path for path in sorted(folder.iterdir())} if folder.is_dir() else {}
    return {name: path for name, path in (plain | built).items() if path.suffix in MEDIA_TYPES}


@functools.cache
def digest() -> str:
    """Return what stands for all assets in their address, so that a browser may keep them for ever."""
    content = hashlib.sha256()
    for name, path in assets().items():
        content.update(name.encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:16]


@blueprint.get("/assets/<version>/<path:name>")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Read a part of a page",
        [parameter("version", "A digest of all parts.", place="path"), parameter("name", "The file.", place="path")],
        answers={200: ("The file", dict.fromkeys(MEDIA_TYPES.values()))},
        errors=(404,),
    )
)
def asset(version: str, name: str) -> Response:
    """Answer with a file of the pages; only what is in the table is ever opened."""
    path = assets().get(name) if version == digest() else None
    if path is None:
        raise NotFound
    response = send_file(path, mimetype=MEDIA_TYPES[path.suffix], max_age=_YEAR)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


@blueprint.get("/")
@access(Access.PUBLIC)
@describe(GET=operation("See what is here", answers={200: ("The page", ["text/html"])}))
def landing() -> Response:
    """Answer with the page that says what is where."""
    return _page("landing", "bundle/LICENSES.txt")


@blueprint.get("/docs")
@access(Access.PUBLIC)
@describe(GET=operation("Try the interface out", answers={200: ("The page", ["text/html"])}))
def docs() -> Response:
    """Answer with the page of the HTTP interface."""
    return _page("docs", "bundle/docs.js")


def query_page() -> Response:
    """Return the page on which a person asks the graph; it holds nothing of the graph itself."""
    return _page("query", "bundle/query.js")


def _page(name: str, script: str) -> Response:
    page = render_template(
        f"{name}.html",
        page=name,
        bundled=script in assets(),
        base=request.script_root,
        address=request.url_root.rstrip("/"),
        assets=f"{request.script_root}/assets/{digest()}",
        prefixes=dict(PREFIXES),
        version=kg.__version__,
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY
    return response
