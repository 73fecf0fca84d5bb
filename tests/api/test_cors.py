"""Which pages may use the server, and under which names it answers."""

from __future__ import annotations

import socket

import pytest
from werkzeug.test import TestResponse

from api import create_app
from tests.api.running import TOKEN, exchange, running, stand_in

LISTED, FOREIGN = "https://yasgui.example", "https://evil.example"
KNOWN = f"Authorization: Bearer {TOKEN}\r\n".encode()


def call(method: str, origin: str | None, path: str = "/version", **headers: str) -> TestResponse:
    client = create_app(stand_in(**{"serve.cors_origins": f"http://localhost:3000 {LISTED}"})).test_client()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, headers=given if origin is None else {"Origin": origin, **given})


def test_a_listed_origin_may_read() -> None:
    response = call("GET", LISTED)
    assert response.headers["Access-Control-Allow-Origin"] == LISTED
    assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.vary


@pytest.mark.parametrize("origin", [FOREIGN, "null", "", "https://yasgui.example.evil.example", LISTED.upper(), None])
def test_no_other_origin_may(origin: str | None) -> None:
    response = call("GET", origin)
    assert response.status_code == 200
    assert not [name for name in response.headers if name[0].startswith("Access-Control")]
    assert "Origin" in response.vary


def test_preflight_needs_no_token_and_names_methods_and_headers() -> None:
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}
    response = call("OPTIONS", LISTED, **asked)
    assert response.status_code == 200
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Content-Type" in response.headers["Access-Control-Allow-Headers"]
    assert "Last-Event-ID" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Max-Age"] == "600"
    refused = call("OPTIONS", FOREIGN, **asked)
    assert not [name for name, _ in refused.headers if name.startswith("Access-Control")]


def test_a_listed_origin_may_read_errors_too() -> None:
    assert call("GET", LISTED, "/nothing-here").headers["Access-Control-Allow-Origin"] == LISTED


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8711", "127.0.0.1:9", "127.0.0.2", "[::1]:8711"])
def test_on_loopback_local_names_are_answered(host: str) -> None:
    assert call("GET", None, Host=host).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8711", "127.0.0.1.evil.example", "10.0.0.1", "[::2]"])
def test_on_loopback_no_other_name_is_answered(host: str) -> None:
    response = call("GET", None, Host=host)
    assert response.status_code == 421
    assert response.json["status"] == 421


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("10.0.0.1:8711", 200), ("[2001:db8::1]", 200), ("localhost", 200), (socket.gethostname().upper(), 200),
        ("Notes.example:8711", 200), ("kg.example", 200), ("evil.example", 421), ("notes.example.evil.example", 421),
    ],
)  # fmt: skip
def test_on_other_addresses_a_name_must_be_known(host: str, status: int) -> None:
    """A page of another site may have its own name lead here, but no address."""
    app = create_app(stand_in(**{"serve.host": "0.0.0.0", "serve.names": "notes.example kg.example"}))
    assert app.test_client().get("/version", headers={"Host": host}).status_code == status


def test_a_name_in_the_settings_counts_on_loopback_too() -> None:
    client = create_app(stand_in(**{"serve.names": "notes.example"})).test_client()
    assert client.get("/version", headers={"Host": "notes.example"}).status_code == 200
    refused = client.get("/version", headers={"Host": "evil.example"})
    assert "serve.names" in refused.json["detail"]


@pytest.mark.parametrize(
    "host", ["", "a b", "localhost:x", "127.0.0.1/x", "localhost, localhost", "http://localhost", "[::1"]
)
def test_a_broken_host_is_refused(host: str) -> None:
    assert call("GET", None, Host=host).status_code == 400


def test_only_old_clients_may_name_no_host() -> None:
    with running(create_app(stand_in())) as address:
        assert exchange(address, b"GET /version HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200")
        assert exchange(address, b"GET /version HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400")
        turtle = b"Content-Type: text/turtle\r\nContent-Length: 17\r\n\r\n<u:a> <u:b> <u:c>"
        for line in (b"PUT /data/x", b"POST /data"):
            received = exchange(address, line + b" HTTP/1.0\r\n" + KNOWN + turtle)
            assert received.startswith(b"HTTP/1.0 400")
            assert b"no header `Host`" in received


def test_every_answer_is_guarded_against_being_read_as_something_else() -> None:
    for path in ("/version", "/nothing-here"):
        headers = call("GET", None, path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in headers


def test_a_request_has_an_identifier() -> None:
    assert call("GET", None, X_Request_Id="trace-1.2_3").headers["X-Request-Id"] == "trace-1.2_3"
    for odd in ("a b", "x" * 65, "ä", ""):
        assert call("GET", None, X_Request_Id=odd).headers["X-Request-Id"] not in (odd, "-", "")
