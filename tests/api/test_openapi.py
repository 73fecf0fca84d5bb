"""The document says what the server does, and no more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import create_app
from api.operations import described
from kg.cli import main
from kg.query.library import shipped_queries
from tests.api.running import stand_in
from tests.servers import Server, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("openapi") / "home"
    assert main(["init", "--home", str(home)]) == 0
    with start_server(home) as running:
        yield running


@pytest.fixture(scope="module")
def document(server: Server) -> Any:
    return json.loads(server.request("GET", "/openapi.json").body)


def routes() -> set[tuple[str, str]]:
    app = create_app(stand_in())
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_document_and_the_other_way_round(document: Any) -> None:
    told = {(path, method) for path, operations in document["paths"].items() for method in operations}
    saved = {(f"/queries/{name}", method) for name in shipped_queries() for method in ("get", "post")}
    assert told - saved == routes()
    assert saved <= told


def test_every_view_describes_every_method() -> None:
    app = create_app(stand_in())
    silent = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if described(app.view_functions[rule.endpoint], method) is None
    }
    assert silent == set()


def test_saved_queries_have_typed_parameters_with_defaults(document: Any) -> None:
    parameters = {each["name"]: each for each in document["paths"]["/queries/low-confidence"]["get"]["parameters"]}
    assert parameters["below"]["schema"] == {"type": "number", "default": 0.6}
    assert parameters["limit"]["schema"] == {"type": "integer", "default": 50}
    required = document["paths"]["/queries/facts-about"]["get"]["parameters"][0]
    assert (required["name"], required["required"]) == ("entity", True)


def test_operations_say_who_may_call_them(document: Any) -> None:
    token = [{"bearer": []}, {"basic": []}]
    assert document["paths"]["/data"]["put"]["security"] == token
    assert document["paths"]["/data"]["get"]["security"] == token
    assert document["paths"]["/healthz"]["get"]["security"] == [{}, *token]
    names = [each["operationId"] for operations in document["paths"].values() for each in operations.values()]
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_schemathesis_finds_nothing(server: Server, tmp_path: Path) -> None:
    """Requests made from the document, valid and not, are answered as the document says, and never by a 500."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", f"{server.url}/openapi.json",
        "--header", f"Authorization: Bearer {server.token}", "--max-examples", "4", "--seed", "1", "--workers", "1",
        "--phases", "examples,coverage,fuzzing", "--exclude-path-regex", NOT_WALKED, "--no-color",
        "--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "30",
        "--exclude-checks", ",".join(UNFIT),
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=500
    )
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]
    assert server.request("GET", "/readyz").status == 200


NOT_WALKED = r"^/api/store/|^/queries/(?!most-mentioned$|timeline$|why$|\{name\}$)"
"""Lending would make the others wait. Saved queries are one route: some are enough, and benchmarks/fuzz_api.py has all."""

UNFIT = {
    "positive_data_acceptance": "a string that fits its schema need not be SPARQL, RDF, an IRI, or the name of a thing",
    "use_after_free": "a job is deleted to cancel it: what became of it can still be asked",
}
"""Checks of schemathesis that are about other kinds of interfaces, with the reason."""
