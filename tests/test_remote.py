"""Other servers are asked by the allow-list alone, at addresses that were checked, within a time and a size."""

from __future__ import annotations

import gzip
import pickle
import random
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from kg.errors import ConfigError, LimitError, RdfSyntaxError, RemoteError
from kg.remote import RemoteAccess, RemoteResponse, allow_hosts, fetch, read_rdf
from tests.remote_servers import Names, access_to, reply, serving


def greet(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    reply(handler, b"hello " + body)


@pytest.mark.parametrize(
    ("setting", "hosts"),
    [
        ("Example.ORG", {("example.org", None)}),
        ("example.org:8080 other.example.", {("example.org", 8080), ("other.example", None)}),
        ("[::1]:7878 [0:0::2]", {("::1", 7878), ("::2", None)}),
        ("b\u00fccher.example", {("xn--bcher-kva.example", None)}),
    ],
)
def test_settings_name_hosts_in_one_form(setting: str, hosts: set[tuple[str, int | None]]) -> None:
    access = allow_hosts(setting, 5, 2)
    assert access == RemoteAccess(frozenset(hosts), 5, 2_000_000)
    assert pickle.loads(pickle.dumps(access)) == access


def test_no_hosts_allow_nothing() -> None:
    assert allow_hosts("  ", 30, 64) is None


@pytest.mark.parametrize(
    "setting", ["http://example.org", "example.org/sparql", "*.example.org", "a@example.org", "example.org:x", "[::1", ":80", "a:0"]
)  # fmt: skip
def test_what_is_no_host_is_named(setting: str) -> None:
    with pytest.raises(ConfigError, match=r"remote\.hosts"):
        allow_hosts(setting, 30, 64)


@pytest.mark.parametrize(
    ("hosts", "url", "reason"),
    [
        ("example.org", "ftp://example.org/", "only http and https"),
        ("example.org", "file:///etc/passwd", "only http and https"),
        ("example.org", "http://me:secret@example.org/", "user name"),
        ("example.org", "http://example.org\\@evil.example/", "backslashes"),
        ("example.org", "http://exam\nple.org/", "control characters"),
        ("example.org", "http://", "no host"),
        ("example.org", "http://example.org:99999/", "no URL"),
        ("example.org", "http://evil.example/", "add 'evil.example' to remote.hosts"),
        ("example.org", "http://sub.example.org/", "not on the allow-list"),
        ("example.org", "http://example.org:8080/", "add 'example.org:8080'"),
        ("example.org:8080", "http://example.org/", "not on the allow-list"),
        ("example.org", "http://example.org.evil.example/", "not on the allow-list"),
        ("example.org", "http://[::1]:80/", r"add '\[::1\]'"),
    ],
)
def test_what_is_not_allowed_is_refused_without_a_look_up(hosts: str, url: str, reason: str) -> None:
    def never(host: str, port: int) -> list[tuple[str, int]]:
        raise AssertionError(host)

    allowed = allow_hosts(hosts, 30, 64)
    assert allowed is not None
    with pytest.raises(RemoteError, match=reason):
        fetch(RemoteAccess(allowed.hosts, resolve=never), url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "239.255.255.250",
        "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "::127.0.0.1", "2001:0:7f00:1::",
        "192.88.99.1", "2002:c058:6301::", "3fff::1", "3fff:fff::1", "5f00::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    access = RemoteAccess(frozenset({("example.org", None)}), resolve=Names({"example.org": (address, 9)}))
    with pytest.raises(RemoteError, match=r"not public.*add 'example.org:80'"):
        fetch(access, "http://example.org/")


def test_one_private_address_among_public_ones_is_refused() -> None:
    def rebinding(host: str, port: int) -> list[tuple[str, int]]:
        return [("93.184.215.14", port), ("127.0.0.1", port)]

    access = RemoteAccess(frozenset({("example.org", None)}), resolve=rebinding)
    with pytest.raises(RemoteError, match=r"127\.0\.0\.1, which is not public"):
        fetch(access, "http://example.org/")


def test_a_name_is_looked_up_once_for_a_request() -> None:
    looked_up: list[str] = []
    with serving(greet) as (url, asked):
        port = int(url.rpartition(":")[2])

        def rebinding(host: str, _: int) -> list[tuple[str, int]]:
            looked_up.append(host)
            return [("127.0.0.1", port if len(looked_up) == 1 else 1)]

        access = RemoteAccess(frozenset({("example.org", 80)}), resolve=rebinding)
        assert fetch(access, "http://example.org/x").body == b"hello "
    assert looked_up == ["example.org"]
    assert asked.requests[0][2]["host"] == "example.org"


def test_a_private_address_is_asked_where_host_and_port_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(greet) as (url, asked):
        answer = fetch(access_to(url), f"{url}/a b?q=é#part".replace(" ", "%20"), "POST", {"X-A": "1"}, b"you")
    assert (answer.status, answer.body, answer.media_type) == (200, b"hello you", "text/plain")
    method, path, headers, _ = asked.requests[0]
    assert (method, path, headers["x-a"]) == ("POST", "/a%20b?q=%C3%A9", "1")


def redirecting(to: str, status: int = 302) -> object:
    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        reply(handler, b"", status, Location=to)

    return handle


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", "not on the allow-list"),
        ("http://rebound.example/", "not public"),
        ("file:///etc/passwd", "only http and https"),
        ("//user@rebound.example/", "user name"),
        ("/again", "more than 5 times"),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(place: str, reason: str) -> None:
    with serving(redirecting(place)) as (url, asked):  # type: ignore[arg-type]
        port = int(url.rpartition(":")[2])
        hosts = frozenset({("start.example", 80), ("rebound.example", None)})
        names = Names({"start.example": ("127.0.0.1", port), "rebound.example": ("127.0.0.1", port)})
        with pytest.raises(RemoteError, match=reason):
            fetch(RemoteAccess(hosts, resolve=names), "http://start.example/")
    assert len(asked.requests) == (6 if place == "/again" else 1)


@pytest.mark.parametrize(("status", "method", "body"), [(307, "POST", b"x"), (302, "POST", b"x"), (303, "GET", b"")])
def test_a_redirect_keeps_the_request_but_no_secret_for_another_host(status: int, method: str, body: bytes) -> None:
    with serving(greet) as (goal, asked), serving(redirecting(f"{goal}/there", status)) as (url, _):  # type: ignore[arg-type]
        secret = {"Authorization": "Bearer t", "Cookie": "a=b", "Content-Type": "text/plain", "X-Kept": "1"}
        answer = fetch(access_to(url, goal), url, "POST", secret, b"x")
    assert (answer.url, answer.body) == (f"{goal}/there", b"hello " + body)
    sent_method, _, headers, sent = asked.requests[0]
    assert (sent_method, sent) == (method, body)
    assert headers["x-kept"] == "1" and not {"authorization", "cookie"} & set(headers)


def test_a_redirect_on_the_same_host_keeps_the_token() -> None:
    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        redirecting("/b")(handler, body) if handler.path == "/a" else greet(handler, body)  # type: ignore[operator]

    with serving(handle) as (url, asked):
        fetch(access_to(url), f"{url}/a", headers={"Authorization": "Bearer t"})
    assert asked.requests[1][2]["authorization"] == "Bearer t"


def drip_body(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _number in range(100):
        handler.wfile.write(b".")
        time.sleep(0.05)


def drip_headers(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    for character in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100:
        handler.wfile.write(bytes([character]))
        time.sleep(0.05)


@pytest.mark.parametrize("handle", [drip_body, drip_headers])
def test_a_server_that_drips_is_given_up_in_time(handle: object) -> None:
    with serving(handle) as (url, _):  # type: ignore[arg-type]
        started = time.monotonic()
        with pytest.raises(RemoteError, match=r"no whole answer in 0.3 s; remote.timeout_seconds"):
            fetch(access_to(url, seconds=0.3), url)
        assert time.monotonic() - started < 4.5  # of the 5 that it takes to its end


def declared(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, b"a" * 2000)


def undeclared(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _number in range(10):
        handler.wfile.write(b"c8\r\n" + b"a" * 200 + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


def bomb(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, gzip.compress(bytes(300_000)), Content_Encoding="gzip")


def many_members(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, gzip.compress(b"a" * 300) * 5, Content_Encoding="gzip")


@pytest.mark.parametrize("handle", [declared, undeclared, bomb, many_members])
def test_a_long_answer_is_not_read_to_its_end(handle: object) -> None:
    with serving(handle) as (url, _), pytest.raises(LimitError, match=r"more than 0\.001 MB.*remote\.max_mb"):  # type: ignore[arg-type]
        fetch(access_to(url, max_bytes=1000), url)


def test_a_packed_answer_is_unpacked_with_all_its_members() -> None:
    with serving(many_members) as (url, asked):
        assert fetch(access_to(url), url).body == b"a" * 1500
    assert asked.requests[0][2]["accept-encoding"] == "gzip"


def test_empty_members_are_unpacked_in_time() -> None:
    """Time was quadratic in their number: what followed each of them was copied."""
    packed = gzip.compress(b"") * 80_000 + gzip.compress(b"end")

    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        reply(handler, packed, Content_Encoding="gzip")

    with serving(handle) as (url, _):
        started = time.process_time()
        assert fetch(access_to(url), url).body == b"end"
        assert time.process_time() - started < 2
        packed *= 12
        with pytest.raises(RemoteError, match=r"no whole answer in 0.3 s"):
            fetch(access_to(url, seconds=0.3), url)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 70_000])
def test_members_may_end_anywhere_in_a_piece(size: int) -> None:
    content = random.Random(size).randbytes(size)

    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        reply(handler, gzip.compress(content) * 3, Content_Encoding="gzip")

    with serving(handle) as (url, _):
        assert fetch(access_to(url, max_bytes=300_000), url).body == content * 3


def test_a_look_up_that_hangs_is_given_up_in_time() -> None:
    waiting = threading.Event()

    def hanging(host: str, port: int) -> list[tuple[str, int]]:
        waiting.wait(60)
        return []

    access = RemoteAccess(frozenset({("example.org", None)}), seconds=0.2, resolve=hanging)
    started = time.monotonic()
    with pytest.raises(RemoteError, match=r"no whole answer in 0.2 s"):
        fetch(access, "http://example.org/")
    assert time.monotonic() - started < 20
    waiting.set()


def test_the_time_limit_of_the_system_is_told_where_there_is_no_other() -> None:
    def late(host: str, port: int) -> list[tuple[str, int]]:
        raise TimeoutError(110, "Connection timed out")

    access = RemoteAccess(frozenset({("example.org", None)}), seconds=None, resolve=late)
    with pytest.raises(RemoteError, match="no whole answer in the time that the system gives it"):
        fetch(access, "http://example.org/")


@pytest.mark.parametrize("seconds", [None, 5])
def test_a_look_up_that_fails_is_told(seconds: float | None) -> None:
    access = RemoteAccess(frozenset({("example.org", None)}), seconds, resolve=Names({}))
    with pytest.raises(RemoteError, match="has no address: Name or service not known"):
        fetch(access, "http://example.org/")


def cut_off(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.close_connection = True
    reply(handler, b"abc", Content_Length="10")


def cut_off_packed(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, gzip.compress(b"a" * 300)[:-9], Content_Encoding="gzip")


def not_packed(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, b"plain", Content_Encoding="gzip")


def packed_oddly(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, b"plain", Content_Encoding="br")


def no_http(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.close_connection = True
    handler.wfile.write(b"what?\r\n\r\n")


def too_many_headers(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, b"", 200, **{f"X_{number}": "a" for number in range(200)})


@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        (cut_off, "broke off after 3 of 10"),
        (cut_off_packed, "broke off"),
        (not_packed, "incorrect header"),
        (packed_oddly, "'br'"),
        (no_http, "what"),
        (too_many_headers, "100 headers"),
    ],
)
def test_an_answer_that_is_wrong_is_an_error(handle: object, reason: str) -> None:
    with serving(handle) as (url, _), pytest.raises(RemoteError, match=reason):  # type: ignore[arg-type]
        fetch(access_to(url), url)


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RemoteError, match="refused"):
        fetch(access_to("http://127.0.0.1:1"), "http://127.0.0.1:1/")
    with pytest.raises(RemoteError, match="no address"):
        fetch(RemoteAccess(frozenset({("a.example", None)}), resolve=Names({})), "http://a.example/")


def test_tls_without_a_trusted_certificate_is_an_error() -> None:
    with serving(greet) as (url, _):
        port = int(url.rpartition(":")[2])
        with pytest.raises(RemoteError, match=r"SSL|TLS|record"):
            fetch(access_to(url), f"https://127.0.0.1:{port}/")


TURTLE = b"<http://e/s> <http://e/p> <o> ."


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("http://e/x", "text/turtle; charset=utf-8"),
        ("http://e/x.nt", "Text/Turtle"),
        ("http://e/x.ttl?raw", "text/plain"),
        ("http://e/x.ttl", ""),
    ],
)
def test_the_syntax_is_that_of_the_media_type_or_the_suffix(url: str, media_type: str) -> None:
    (quad,) = read_rdf(RemoteResponse(url, 200, {"content-type": media_type}, TURTLE))
    assert str(quad.object) == "<http://e/o>"


def test_an_answer_of_no_syntax_or_a_wrong_one_is_an_error() -> None:
    with pytest.raises(RemoteError, match="text/html, which names no RDF syntax"):
        list(read_rdf(RemoteResponse("http://e/x", 200, {"content-type": "text/html"}, TURTLE)))
    with pytest.raises(RdfSyntaxError, match="http://e/x"):
        list(read_rdf(RemoteResponse("http://e/x", 200, {"content-type": "text/turtle"}, b"<<")))
