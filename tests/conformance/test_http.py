"""The W3C suites of the protocols against the app: real owner, real readers, Flask's client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from api import create_app
from tests.api.running import TOKEN, served_home
from tests.conformance.expectations import expected_failures
from tests.conformance.http_scoring import SCORED_BY_HTTP, score_http
from tests.conformance.manifests import Case, cases, folder

needs_suites = pytest.mark.skipif(folder() is None, reason="KG_BENCH is not set: the W3C suites are not there")
HTTP_CASES = [case for case in cases() if case.kind in SCORED_BY_HTTP]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a home whose default graph is a graph like any other, as the suites take it."""
    with served_home(tmp_path_factory.mktemp("w3c") / "home", **{"home.dataset": "separate"}) as service:
        client = create_app(service).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
        yield client


@needs_suites
@pytest.mark.parametrize("case", HTTP_CASES, ids=lambda case: case.id)
def test_w3c_protocols(case: Case, client: FlaskClient) -> None:
    wrong = score_http(case, client)
    reason = expected_failures().get(case.id)
    if reason is None:
        assert wrong is None, wrong
    else:
        assert wrong is not None, f"This passes now; take it out of expected_failures.toml ({reason})."


@needs_suites
def test_the_protocol_suites_are_all_there() -> None:
    assert len(HTTP_CASES) == 50
