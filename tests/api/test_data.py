"""The Graph Store Protocol on a real server."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from api import create_app
from kg.cli import main
from tests.api.running import BEARER, fetch, running, served_home
from tests.servers import Reply, Server, start_server

G = "http://example.org/g"
TURTLE = {"content_type": "text/turtle"}
NT = {"accept": "application/n-triples"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("data") / "home"
    assert main(["init", "--home", str(home), "--base", "https://noemata.example/t/"]) == 0
    with start_server(home, environment={"KG_SERVE_MAX_REQUEST_MB": "4"}) as running:
        yield running


def at(graph: str) -> str:
    return f"/data?graph={quote(graph, safe='')}"


def lines(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return sorted(reply.text.splitlines())


@pytest.mark.parametrize("address", [at(G), "/data/people/1.ttl", "/data/%E6%B3%A2%20x"])
def test_a_graph_is_put_read_merged_and_deleted(server: Server, address: str) -> None:
    assert server.request("GET", address).status == 404
    assert server.request("HEAD", address).status == 404
    assert server.request("PUT", address, '<http://e/a> <http://e/b> "c" .', **TURTLE).status == 201
    assert lines(server.request("GET", address, **NT)) == ['<http://e/a> <http://e/b> "c" .']
    assert server.request("PUT", address, '<http://e/a> <http://e/b> "d" .', **TURTLE).status == 204
    assert server.request("POST", address, '<http://e/a> <http://e/b> "e" .', **TURTLE).status == 204
    found = server.request("GET", address, **NT)
    assert lines(found) == ['<http://e/a> <http://e/b> "d" .', '<http://e/a> <http://e/b> "e" .']
    head = server.request("HEAD", address, **NT)
    assert (head.status, head.body, head.headers["Content-Type"]) == (200, b"", "application/n-triples")
    assert server.request("DELETE", address).status == 204
    assert server.request("DELETE", address).status == 404


def test_a_graph_named_directly_has_the_address_as_its_iri(server: Server) -> None:
    server.request("PUT", "/data/a%20b/%E6%B3%A2", "<x> <http://e/p> 1 .", **TURTLE)
    name = f"{server.url}/data/a%20b/%E6%B3%A2"
    assert lines(server.request("GET", at(name), **NT))[0].startswith(f"<{server.url}/data/a%20b/x>")
    assert server.request("DELETE", at(name)).status == 204


SYNTAXES = {
    "text/turtle": "<http://e/a> <http://e/b> <x> .",
    "application/n-triples": f"<http://e/a> <http://e/b> <{G[:-1]}x> .",
    "application/rdf+xml": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    '<r:Description r:about="http://e/a"><e:b r:resource="x"/></r:Description></r:RDF>',
    "application/ld+json": '{"@id": "http://e/a", "http://e/b": {"@id": "x"}}',
}


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_every_syntax_is_read_and_written(server: Server, media_type: str) -> None:
    packed = gzip.compress(SYNTAXES[media_type].encode())
    sent = {"content_type": f"{media_type}; charset=UTF-8", "content_encoding": "gzip"}
    assert server.request("PUT", at(G), packed, **sent).status in (201, 204)
    assert lines(server.request("GET", at(G), **NT)) == [f"<http://e/a> <http://e/b> <{G[:-1]}x> ."]
    assert server.request("GET", at(G), accept=media_type).headers["Content-Type"].startswith(media_type)


def test_the_default_graph_is_written_as_user_and_read_as_the_merge(server: Server) -> None:
    server.request("PUT", at(G), "<http://e/a> <http://e/b> 1 .", **TURTLE)
    assert server.request("PUT", "/data?default", "<http://e/a> <http://e/b> 2 .", **TURTLE).status == 204
    found = server.request("GET", "/data?default", **NT).text
    assert '"1"' in found and '"2"' in found
    user = server.request("GET", at("https://noemata.example/t/graph/user"), **NT).text
    assert '"1"' not in user and '"2"' in user
    assert server.request("DELETE", "/data?default").status == 204
    assert server.request("DELETE", "/data?default").status == 204


def test_a_graph_without_a_name_gets_an_address(server: Server) -> None:
    made = server.request("POST", "/data", "<http://e/new> <http://e/b> 1 .", **TURTLE)
    assert made.status == 201
    where = made.headers["Location"]
    assert where.startswith(f"{server.url}/data/")
    assert "<http://e/new>" in server.request("GET", where.removeprefix(server.url), **NT).text
    assert server.request("POST", "/data", "", **TURTLE).status == 400


def test_an_empty_document_makes_no_graph(server: Server) -> None:
    address = at("http://example.org/empty")
    for method in ("PUT", "POST"):
        assert server.request(method, address, "", **TURTLE).status == 204
        assert server.request("GET", address).status == 404
    assert server.request("PUT", address, "<http://e/a> <http://e/b> 1 .", **TURTLE).status == 201
    assert server.request("PUT", address, "", **TURTLE).status == 204
    assert server.request("GET", address).status == 404


def test_a_form_of_files_is_merged(server: Server) -> None:
    server.request("PUT", at(G), '<http://e/a> <http://e/b> "0" .', **TURTLE)
    parts = [
        ("text/turtle; charset=utf-8", '<http://e/a> <http://e/b> "1é" .'),
        ("application/ld+json", '{"@id": "http://e/j", "http://e/b": 2}'),
    ]
    form = "".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{n}"; filename="{n}"\r\nContent-Type: {kind}\r\n\r\n{text}\r\n'
        for n, (kind, text) in enumerate(parts)
    )
    sent = {"content_type": "multipart/form-data; boundary=xyz"}
    assert server.request("POST", at(G), f"{form}--xyz--\r\n", **sent).status == 204
    assert len(lines(server.request("GET", at(G), **NT))) == 3
    assert server.request("POST", at(G), form, **sent).status == 400
    assert server.request("POST", at(G), "no form", **sent).status == 400
    assert server.request("PUT", at(G), f"{form}--xyz--\r\n", **sent).status == 415
    wrong = form.replace("text/turtle; charset=utf-8", "image/png")
    assert server.request("POST", at(G), f"{wrong}--xyz--\r\n", **sent).status == 415
    many = "".join(f'--xyz\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n\r\n' for n in range(200))
    assert server.request("POST", at(G), f"{many}--xyz--\r\n", **sent).status == 400


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/data", 400), ("PUT", "/data", 400), ("DELETE", "/data", 400), ("GET", "/data?graph=x", 400),
        ("GET", f"{at(G)}&default", 400), ("GET", "/data?default=1", 400), ("GET", "/data?grpah=x", 400),
        ("GET", "/data/x?graph=http://e/g", 400), ("PATCH", at(G), 405), ("PUT", "/data?graph=https://noemata.example/t/graph/names", 400),
        ("DELETE", "/data?graph=https://noemata.example/t/graph/decisions", 400), ("GET", "/data?graph=%ff", 400),
    ],
)  # fmt: skip
def test_requests_that_name_no_graph_for_this(server: Server, method: str, address: str, status: int) -> None:
    body = "<http://e/a> <http://e/b> 1 ." if method == "PUT" else None
    reply = server.request(method, address, body, **TURTLE)
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_formats_that_cannot_be_had_or_read(server: Server) -> None:
    server.request("PUT", at(G), "<http://e/a> <http://e/b> 1 .", **TURTLE)
    assert server.request("GET", at(G), accept="image/png").status == 406
    for media_type in ("application/pdf", "application/trig", "application/n-quads"):
        assert server.request("PUT", at(G), "", content_type=media_type).status == 415
    assert server.request("PUT", at(G), "", content_type="text/turtle; charset=latin-1").status == 415


def test_without_the_token_nothing_is_read_or_changed(server: Server) -> None:
    for method, token in (("GET", None), ("GET", "wrong"), ("PUT", None), ("POST", "wrong"), ("DELETE", None)):
        reply = server.request(method, at(G), "<http://e/stranger> <http://e/b> 1 .", token=token, **TURTLE)
        assert reply.status == 401
    assert "stranger" not in server.request("GET", "/data?default", **NT).text


RDF = b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
BOMB = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
HOSTILE = {
    "entity bomb": ("application/rdf+xml", b'<!DOCTYPE r [<!ENTITY l0 "lol">' + BOMB + b"]>" + RDF + b"<e:a><e:b>&l9;</e:b></e:a></r:RDF>", 400),
    "external entity": ("application/rdf+xml", b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + RDF + b"<e:a><e:b>&x;</e:b></e:a></r:RDF>", 400),
    "deep XML": ("application/rdf+xml", RDF + b"<e:a><e:b>" * 50_000 + b"</e:b></e:a>" * 50_000 + b"</r:RDF>", 400),
    "remote context": ("application/ld+json", b'{"@context": "http://127.0.0.1:1/c", "a": 1}', 400),
    "deep JSON": ("application/ld+json", b'{"http://e/b":' * 30_000 + b"1" + b"}" * 30_000, 400),
    "deep triple terms": ("text/turtle", b"<http://e/a> <http://e/b> " + b"<<( <http://e/a> <http://e/b> " * 50_000 + b" 1 " + b")>>" * 50_000 + b".", 400),
    "deep collection": ("text/turtle", b"<http://e/a> <http://e/b> " + b"(" * 100_000 + b")" * 100_000 + b".", 400),
    "no UTF-8": ("text/turtle", b'<http://e/a> <http://e/b> "\xff" .', 400),
    "gzip bomb": ("text/turtle", gzip.compress(b" " * 50_000_000), 413),
    "too large": ("text/turtle", b" " * 5_000_000, 413),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_documents_are_refused_and_the_server_lives(server: Server, what: str) -> None:
    media_type, body, status = HOSTILE[what]
    more = {"content_encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    reply = server.request("PUT", at(G), body, content_type=media_type, **more)
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json"), reply.text
    assert server.request("GET", "/healthz").status == 200


def test_a_huge_literal_goes_in_and_comes_out(server: Server) -> None:
    text = "é" * 1_000_000
    assert server.request("PUT", at(f"{G}/huge"), f'<http://e/a> <http://e/b> "{text}" .', **TURTLE).status == 201
    assert server.request("GET", at(f"{G}/huge"), **NT).text == f'<http://e/a> <http://e/b> "{text}" .\n'


def test_what_takes_too_long_changes_nothing(tmp_path: Path) -> None:
    turtle = {**BEARER, "Content-Type": "text/turtle"}
    with served_home(tmp_path / "home") as service, running(create_app(service)) as address:
        assert fetch(address, "PUT", at(G), turtle, b"<urn:a> <urn:b> 1 .")[0].status == 201
        short = replace(service.config.serve, timeout_seconds=1e-9)
        hasty = create_app(replace(service, config=replace(service.config, serve=short)))
        with running(hasty) as other:
            for method, body in (("PUT", b"<urn:c> <urn:d> 2 ."), ("POST", b"<urn:e> <urn:f> 3 ."), ("DELETE", None)):
                response, content = fetch(other, method, at(G), turtle, body)
                assert (response.status, json.loads(content)["type"]) == (504, "urn:noemata:problem:query-timeout")
        assert fetch(address, "GET", at(G), {**BEARER, "Accept": "application/n-triples"})[1].count(b"\n") == 1
