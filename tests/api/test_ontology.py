"""The ontology as editors and reasoners fetch it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest

from kg.cli import main
from kg.ontology import shipped_file
from tests.servers import Reply, Server, start_server

# What the OWLAPI 4.5 sends first, and what its Rio parsers send.
OWLAPI = "application/rdf+xml, application/xml;q=0.7, text/xml;q=0.6, text/plain;q=0.1, */*;q=0.09"
RIO = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OWN = b"""# mine
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<http://e/o> a owl:Ontology ; owl:imports <https://w3id.org/noemata> .
<http://e/o#Boat> a owl:Class ; rdfs:label "<script>alert(1)</script>"@en ; rdfs:comment "Floats & <b>sails</b>." .
"""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("shipped") / "home"
    assert main(["init", "--home", str(home)]) == 0
    with start_server(home) as server:
        yield server


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine.ttl").write_bytes(OWN)
    assert main(["init", "--home", str(folder / "home"), "--ontology", str(folder / "mine.ttl")]) == 0
    with start_server(folder / "home") as server:
        yield server


def triples(reply: Reply, rdf_format: pyoxigraph.RdfFormat) -> pyoxigraph.Dataset:
    found = pyoxigraph.Dataset(pyoxigraph.parse(reply.body, rdf_format))
    found.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return found


@pytest.mark.parametrize("accept", [OWLAPI, RIO, "*/*", "text/html", ""])
def test_editors_get_rdf_xml_at_the_first_request(shipped: Server, accept: str) -> None:
    if accept == "text/html":
        assert shipped.request("GET", "/ontology", token=None, accept=accept).status == 406
        return
    reply = shipped.request("GET", "/ontology", token=None, accept=accept)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/rdf+xml")
    file = pyoxigraph.Dataset(pyoxigraph.parse(shipped_file("kg.ttl").read_bytes(), pyoxigraph.RdfFormat.TURTLE))
    file.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    assert triples(reply, pyoxigraph.RdfFormat.RDF_XML) == file


def test_browsers_get_a_page(shipped: Server) -> None:
    reply = shipped.request("GET", "/ontology", token=None, accept=BROWSER)
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "worksFor" in reply.text and "range" in reply.text


@pytest.mark.parametrize(
    ("path", "file"), [("/ontology.ttl", "kg.ttl"), ("/shapes.ttl", "shapes.ttl"), ("/ontology/kg-align.ttl", "kg-align.ttl")]
)  # fmt: skip
def test_the_bytes_of_the_files_are_served(shipped: Server, path: str, file: str) -> None:
    assert shipped.request("GET", path, token=None).body == shipped_file(file).read_bytes()


@pytest.mark.parametrize("media_type", ["text/turtle", "application/n-triples", "application/ld+json"])
def test_other_syntaxes_are_negotiated(shipped: Server, media_type: str) -> None:
    reply = shipped.request("GET", "/ontology", token=None, accept=media_type)
    assert reply.headers["Content-Type"].startswith(media_type)
    assert "Accept" in reply.headers["Vary"]
    assert 'rel="alternate"' in reply.headers["Link"]


def test_what_has_not_changed_is_not_sent_again(shipped: Server) -> None:
    for path in ("/ontology", "/ontology.html", "/shapes.ttl", "/catalog-v001.xml"):
        tag = shipped.request("GET", path, token=None).headers["Etag"]
        again = shipped.request("GET", path, token=None, if_none_match=tag)
        assert (again.status, again.body) == (304, b"")
    turtle = shipped.request("GET", "/ontology", accept="text/turtle").headers["Etag"]
    assert shipped.request("GET", "/ontology", if_none_match=turtle).status == 200


def test_the_catalog_leads_to_what_is_imported(own: Server) -> None:
    text = own.request("GET", "/catalog-v001.xml").text
    assert 'name="https://w3id.org/noemata" uri="ontology/kg.ttl"' in text
    assert 'name="http://e/o" uri="ontology.owl"' in text
    assert own.request("GET", "/ontology/kg.ttl", token=None).status == 200
    assert own.request("GET", "/ontology/../token", token=None).status == 404


def test_a_users_own_ontology_is_private_and_comes_as_it_is(own: Server) -> None:
    for path in ("/ontology", "/ontology.owl", "/ontology.ttl", "/ontology.html", "/catalog-v001.xml"):
        assert own.request("GET", path, token=None).status == 401
    assert own.request("GET", "/ontology.ttl").body == OWN


def test_the_page_escapes_what_the_ontology_says(own: Server) -> None:
    page = own.request("GET", "/ontology.html").text
    assert "<script>" not in page and "&lt;script&gt;alert(1)" in page
    assert "Floats &amp; &lt;b&gt;sails&lt;/b&gt;." in page


def test_the_token_is_also_a_basic_password(own: Server) -> None:
    def basic(password: str, **headers: str) -> int:
        sent = base64.b64encode(f"anyone:{password}".encode()).decode()
        return own.request("GET", "/ontology.ttl", token=None, authorization=f"Basic {sent}", **headers).status

    assert basic(own.token) == 200
    assert basic("wrong") == 401
    # A browser adds a remembered password to requests of any page: those are not taken.
    assert basic(own.token, origin="https://evil.example") == 401
    assert basic(own.token, sec_fetch_site="cross-site") == 401


def test_a_changed_file_is_served_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "mine.ttl").write_bytes(OWN)
    assert main(["init", "--home", str(home), "--ontology", str(tmp_path / "mine.ttl")]) == 0
    with start_server(home) as server:
        assert b"Ship" not in server.request("GET", "/ontology").body
        (file,) = home.glob("ontology.*")
        file.write_bytes(OWN.replace(b"Boat", b"Ship"))
        assert b"Ship" in server.request("GET", "/ontology").body
        assert "Ship" in server.request("GET", "/ontology.html").text
