"""Clients that other people write, unmodified, over a real socket."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, JSON, POST, RDFXML, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, Unauthorized

from kg.cli import main
from tests.conftest import ROOT
from tests.servers import Server, start_server

EX = "http://example.org/"
DATA = f"""
PREFIX ex: <{EX}> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
INSERT DATA {{
  ex:ada foaf:name "Ada"@en ; foaf:knows ex:bo ; ex:born 1815 .
  ex:bo foaf:name "波"@zh ; ex:born 1868 .
  GRAPH ex:letters {{ ex:ada ex:wrote ex:letter }}
}}
"""
NAMES = "PREFIX foaf: <http://xmlns.com/foaf/0.1/> SELECT ?s ?name { ?s foaf:name ?name } ORDER BY ?s"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose home holds a little data, sent by SPARQLWrapper itself."""
    home = tmp_path_factory.mktemp("clients") / "home"
    assert main(["init", "--home", str(home), "--base", EX]) == 0
    with start_server(home) as running:
        client = wrapper(running, "/update")
        client.setMethod(POST)
        client.setQuery(DATA)
        client.query()
        yield running


def wrapper(server: Server, path: str = "/query") -> SPARQLWrapper:
    client = SPARQLWrapper(f"{server.url}{path}")
    client.addCustomHttpHeader("Authorization", f"Bearer {server.token}")
    return client


def bearer(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token}"}


# --- SPARQLWrapper


def test_sparqlwrapper_selects_in_every_format(server: Server) -> None:
    client = wrapper(server)
    client.setQuery(NAMES)
    client.setReturnFormat(JSON)
    rows = client.queryAndConvert()["results"]["bindings"]
    assert [row["name"]["value"] for row in rows] == ["Ada", "波"]
    client.setReturnFormat(XML)
    names = client.queryAndConvert().getElementsByTagName("literal")
    assert [name.firstChild.data for name in names] == ["Ada", "波"]
    client.setReturnFormat(CSV)
    assert client.queryAndConvert().decode().splitlines() == ["s,name", f"{EX}ada,Ada", f"{EX}bo,波"]


def test_sparqlwrapper_asks_and_constructs(server: Server) -> None:
    client = wrapper(server, "/sparql")
    client.setReturnFormat(JSON)
    client.setQuery(f"ASK {{ <{EX}ada> ?p <{EX}bo> }}")
    assert client.queryAndConvert()["boolean"] is True
    client.setQuery(f"CONSTRUCT {{ ?s <{EX}called> ?n }} WHERE {{ ?s <http://xmlns.com/foaf/0.1/name> ?n }}")
    for return_format in (RDFXML, TURTLE):
        client.setReturnFormat(return_format)
        # Not converted by SPARQLWrapper, which makes a ConjunctiveGraph, and rdflib warns of those.
        found = client.query().response.read()
        graph = rdflib.Graph().parse(data=found, format="xml" if return_format == RDFXML else "turtle")
        assert (rdflib.URIRef(f"{EX}bo"), rdflib.URIRef(f"{EX}called"), rdflib.Literal("波", "zh")) in graph


def test_sparqlwrapper_updates_by_both_post_forms(server: Server) -> None:
    for method in ("urlencoded", "postdirectly"):
        client = wrapper(server, "/sparql")
        client.setMethod(POST)
        client.setRequestMethod(method)
        client.setQuery(f'INSERT DATA {{ <{EX}{method}> <{EX}p> "it\'s & más" }}')
        client.query()
        asking = wrapper(server)
        asking.setReturnFormat(JSON)
        asking.setQuery(f'ASK {{ <{EX}{method}> <{EX}p> "it\'s & más" }}')
        assert asking.queryAndConvert()["boolean"] is True


def test_sparqlwrapper_chooses_graphs_and_is_told_what_is_wrong(server: Server) -> None:
    client = wrapper(server)
    client.setReturnFormat(JSON)
    client.addDefaultGraph(f"{EX}letters")
    client.setQuery("SELECT * { ?s ?p ?o }")
    assert [row["o"]["value"] for row in client.queryAndConvert()["results"]["bindings"]] == [f"{EX}letter"]
    client.setQuery("SELECT * { ?s ?p }")
    with pytest.raises(QueryBadFormed):
        client.query()
    stranger = SPARQLWrapper(f"{server.url}/query")
    stranger.setQuery("ASK {}")
    with pytest.raises(Unauthorized):
        stranger.query()


# --- rdflib


def test_rdflib_reads_through_its_sparql_store(server: Server) -> None:
    store = SPARQLStore(f"{server.url}/query", headers=bearer(server))
    graph = rdflib.Graph(store)
    assert graph.value(rdflib.URIRef(f"{EX}ada"), rdflib.FOAF.name) == rdflib.Literal("Ada", "en")
    assert (rdflib.URIRef(f"{EX}ada"), rdflib.FOAF.knows, rdflib.URIRef(f"{EX}bo")) in graph
    assert [str(row.name) for row in graph.query(NAMES)] == ["Ada", "波"]
    aware = SPARQLStore(f"{server.url}/query", headers=bearer(server), context_aware=True)
    letters = rdflib.Graph(aware, identifier=rdflib.URIRef(f"{EX}letters"))
    assert [str(o) for o in letters.objects()] == [f"{EX}letter"]
    assert f"{EX}letters" in {str(name) for name in aware.contexts()}


def test_rdflib_writes_through_its_update_store(server: Server) -> None:
    store = SPARQLUpdateStore(f"{server.url}/query", f"{server.url}/update", headers=bearer(server))
    graph = rdflib.Graph(store, identifier=rdflib.URIRef(f"{EX}from-rdflib"))
    triple = (rdflib.URIRef(f"{EX}cy"), rdflib.FOAF.name, rdflib.Literal('Cy "the\\n" 🙂', "en"))
    graph.add(triple)
    assert list(graph) == [triple]
    graph.update(f"INSERT DATA {{ <{EX}cy> <{EX}born> 1900 }}")
    assert len(graph) == 2
    graph.remove((None, None, None))
    assert len(graph) == 0


# --- pandas and curl


def test_pandas_reads_csv(server: Server) -> None:
    query = f"SELECT ?s ?year {{ ?s <{EX}born> ?year }} ORDER BY ?year"
    url = f"{server.url}/query?{rdflib.plugins.stores.sparqlconnector.urlencode({'query': query})}"
    frame = pandas.read_csv(url, storage_options={**bearer(server), "Accept": "text/csv"})
    assert list(frame["year"]) == [1815, 1868]
    assert frame["year"].dtype.kind == "i"


def test_the_curl_commands_of_the_docs_work(server: Server, tmp_path: Path) -> None:
    """Every line of docs/server.md that begins with curl is run by a shell, in order."""
    text = (ROOT / "docs" / "server.md").read_text("utf-8")
    blocks = re.findall(r"^```(?:console|sh)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    commands = [
        command.removeprefix("$ ")
        for block in blocks
        for command in re.sub(r"\\\n\s*", " ", block).splitlines()
        if command.removeprefix("$ ").startswith("curl ")
    ]
    assert len(commands) >= 8
    (tmp_path / "people.ttl").write_text(f"<{EX}dot> <{EX}born> 1970 .\n")
    environment = {"TOKEN": server.token, "PATH": "/usr/bin:/bin"}
    for command in commands:
        here = command.replace("http://127.0.0.1:8711", server.url)
        done = subprocess.run(["sh", "-c", here], cwd=tmp_path, env=environment, capture_output=True, timeout=30)
        assert done.returncode == 0, f"{command}\n{done.stderr.decode()}"
        assert b'"status": 4' not in done.stdout and b'"status":4' not in done.stdout, f"{command}\n{done.stdout!r}"


# --- Comunica


@pytest.fixture(scope="session")
def comunica(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of Comunica, which `make dev` installs from tests/clients/package-lock.json."""
    command = Path(__file__).parent / "node_modules" / ".bin" / "comunica-sparql"
    if not command.exists() or shutil.which("node") is None:
        pytest.skip("Comunica is not installed: npm was not there for `make dev`")
    return command


@pytest.mark.slow
def test_comunica_joins_through_the_endpoint(server: Server, comunica: Path) -> None:
    query = """
    PREFIX foaf: <http://xmlns.com/foaf/0.1/>
    SELECT ?name ?friend { ?a foaf:name ?name ; foaf:knows/foaf:name ?friend }
    """
    # Comunica takes a header only by its own fetch function, but basic credentials by a setting.
    sources = [{"type": "sparql", "value": f"{server.url}/sparql"}]
    context = json.dumps({"sources": sources, "httpAuth": f"kg:{server.token}"})
    words = ["node", str(comunica), "-c", context, "-q", query, "-t", "application/sparql-results+json"]
    done = subprocess.run(words, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    rows = json.load(io.BytesIO(done.stdout))["results"]["bindings"]
    assert [(row["name"]["value"], row["friend"]["value"]) for row in rows] == [("Ada", "波")]


def test_versions_of_the_clients_are_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pinned = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    for name in ("SPARQLWrapper", "rdflib", "pandas", "playwright"):
        assert any(each.startswith(f"{name}==") for each in pinned), name
