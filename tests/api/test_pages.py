"""The pages for people: what they are served with, and what they do in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyoxigraph as ox
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api import create_app, pages
from tests.api.running import TOKEN, Answered, running, stand_in
from tests.servers import KG, Server, start_server

BUNDLE = pages.WEB / "dist" / "query.js"
CHROMIUM = shutil.which("chromium")
# What keeps a browser that is not asked anything from asking its makers.
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync"
).split()
expect.set_options(timeout=20_000)  # a machine that does other things besides
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")
needs_bundle = pytest.mark.skipif(not BUNDLE.exists(), reason="needs the built pages (make web)")

DATA = """PREFIX kg: <https://w3id.org/noemata#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
INSERT DATA {
  <urn:ada> kg:name "Ada" ; skos:prefLabel "Ada Lovelace"@en .
  <urn:graph> kg:name "知识图谱" ; skos:prefLabel "知识图谱"@zh .
  <urn:note> a kg:Note ; kg:path "a.md" ; kg:mentions <urn:ada> , <urn:graph> .
  kg:worksFor a owl:ObjectProperty
}"""

HOSTILE = """SELECT ?a ?b ?c ?d { BIND("<img src=/x onerror=alert(1)>" AS ?a) BIND("&lt;img src=/x onerror=alert(2)>" AS ?b)
BIND(<javascript:alert(3)> AS ?c) BIND("<script>alert(4)</script>"@en AS ?d) }"""


@dataclass
class Seen:
    """A page with what it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def asked_elsewhere(self, url: str) -> list[str]:
        return [each for each in self.requests if not each.startswith((url, "data:", "blob:"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def seen(browser: Browser) -> Iterator[Seen]:
    """A tab of a browser that nothing is known to; at its end no script and no policy may have complained."""
    context = browser.new_context()
    context.set_default_timeout(60_000)
    shown = Seen(context.new_page())
    shown.page.on("request", lambda request: shown.requests.append(request.url))
    shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    shown.page.on("console", lambda message: _hear(shown, message.type, message.text))
    yield shown
    context.close()
    assert not shown.complaints


def _hear(seen: Seen, kind: str, text: str) -> None:
    # The browser itself reports a reply of 4xx; that is asked for here.
    if kind == "error" and "the server responded with a status of 4" not in text:
        seen.complaints.append(text)


@pytest.fixture
def unguarded(browser: Browser) -> Iterator[Seen]:
    """A tab in which the policy does not hold, so that only the scripts' own care is left."""
    context = browser.new_context(bypass_csp=True)
    shown = Seen(context.new_page())
    shown.page.on("request", lambda request: shown.requests.append(request.url))
    shown.page.on("dialog", lambda dialog: (shown.complaints.append(dialog.message), dialog.dismiss()))
    yield shown
    context.close()
    assert not shown.complaints


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("pages") / "home"
    subprocess.run([str(KG), "init", "--home", str(home)], check=True, capture_output=True)
    with start_server(home) as started:
        assert started.update(DATA).status == 200
        yield started


def plain_app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app as it is where the bundle was not built, over a small store."""
    found = {name: path for name, path in pages.assets().items() if not name.startswith("bundle/")}
    monkeypatch.setattr(pages, "assets", lambda: found)
    pages.digest.cache_clear()
    store = ox.Store()
    store.update(DATA)

    def ask(question: Any, has_left: object = None) -> Answered:
        results = store.query(question.text)
        wanted = question.formats["boolean" if isinstance(results, ox.QueryBoolean) else "solutions"]
        form = {"json": ox.QueryResultsFormat.JSON, "csv": ox.QueryResultsFormat.CSV}[wanted]
        assert not isinstance(results, ox.QueryTriples)
        return Answered([results.serialize(format=form) or b""], wanted)

    service: Any = stand_in(ask)
    service.owner.minter = SimpleNamespace(base="https://example.org/")
    return create_app(service)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running(plain_app(monkeypatch)) as (host, port):
        yield f"http://{host}:{port}"
    pages.digest.cache_clear()


# --- what is served


@pytest.mark.parametrize("path", ["/", "/docs", "/sparql"])
def test_pages_need_no_token_and_let_nothing_be_loaded_from_elsewhere(path: str) -> None:
    reply = create_app(stand_in()).test_client().get(path, headers={"Accept": "text/html,application/xhtml+xml"})
    assert reply.status_code == 200
    assert reply.mimetype == "text/html"
    policy = dict(part.split(" ", 1) for part in reply.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert TOKEN not in reply.text
    loaded = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|txt))"', reply.text)
    assert loaded
    assert all(name.startswith(f"/assets/{pages.digest()}/") for name in loaded)


def test_assets_are_kept_by_browsers_for_ever() -> None:
    client = create_app(stand_in()).test_client()
    for name, path in pages.assets().items():
        with client.get(f"/assets/{pages.digest()}/{name}") as reply:
            assert reply.data == path.read_bytes()
        assert reply.status_code == 200
        assert reply.content_type == f"{pages.MEDIA_TYPES[path.suffix]}; charset=utf-8"
        assert {"public", "immutable", "max-age=31536000"} <= set(reply.headers["Cache-Control"].split(", "))
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "../pages.py",
        "..%2fpages.py",
        "../../pages.py",
        "/kg.toml",
        "bundle/../../src/query.js",
        "nothing.js",
        "query.js\0",
    ],
)
def test_no_other_file_is_an_asset(name: str) -> None:
    client = create_app(stand_in()).test_client()
    assert client.get(f"/assets/{pages.digest()}/{name}").status_code in {308, 404}
    assert client.get("/assets/0123456789abcdef/query.js").status_code == 404


def test_the_lock_of_the_pages_names_no_registry() -> None:
    assert '"resolved": "http' not in (pages.WEB / "package-lock.json").read_text()


@needs_bundle
def test_licences_of_what_is_in_the_bundle_come_with_it() -> None:
    notices = (pages.WEB / "dist" / "LICENSES.txt").read_text()
    for name in ("@zazuko/yasgui 4.6.2", "codemirror 5.", "jquery 3.", "swagger-ui-dist 5."):
        assert name in notices
    assert "Permission is hereby granted" in notices


# --- the query page


def give_token(page: Page, token: str) -> None:
    page.fill("#token", token)
    page.click("#token-form button")


def write(page: Page, query: str) -> None:
    """Type a query into YASGUI's editor as a person does."""
    page.click(".tabPanel.active .CodeMirror")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.type(query)


def open_query_page(seen: Seen, server: Server) -> Page:
    """Open the query page with the token in its address, and wait until it is accepted."""
    seen.page.goto(f"{server.url}/sparql#token={server.token}")
    expect(seen.page.locator("#token-state")).to_have_text("Token accepted.")
    return seen.page


def run(page: Page) -> None:
    page.click(".tabPanel.active .yasqe_queryButton")


@in_browser
@needs_bundle
def test_a_query_is_typed_and_run_in_a_browser(seen: Seen, server: Server) -> None:
    page = seen.page
    page.goto(f"{server.url}/sparql")
    expect(page.locator("#token-state")).to_contain_text("asks for its token")
    expect(page.locator("#token")).to_have_attribute("aria-invalid", "true")
    give_token(page, "not-the-token")
    expect(page.locator("#token-state")).to_have_text("The server does not accept this token.")
    give_token(page, server.token)
    expect(page.locator("#token-state")).to_have_text("Token accepted.")
    expect(page.locator("#token")).to_have_attribute("aria-invalid", "false")

    write(page, "SELECT ?label { ?x skos:prefLabel ?label } ORDER BY ?label")
    expect(page.locator(".tabPanel.active .CodeMirror-code")).to_contain_text("PREFIX skos: <")  # put in as it is used
    run(page)
    cells = page.locator(".tabPanel.active .yasr_results tbody td")
    expect(cells).to_have_text(["Ada Lovelace", "知识图谱"])
    assert not seen.asked_elsewhere(server.url)


@in_browser
@needs_bundle
def test_markup_in_notes_is_text(unguarded: Seen, server: Server) -> None:
    page = unguarded.page
    page.goto(f"{server.url}/sparql#token={server.token}")
    expect(page.locator("#token-state")).to_have_text("Token accepted.")
    write(page, HOSTILE)
    run(page)
    expect(page.locator(".yasr_results tbody td")).to_have_count(4)
    expect(page.locator(".yasr_results tbody td").first).to_have_text("<img src=/x onerror=alert(1)>")
    page.wait_for_load_state("networkidle")
    assert f"{server.url}/x" not in unguarded.requests


@in_browser
@needs_bundle
def test_a_query_that_is_wrong_says_why(seen: Seen, server: Server) -> None:
    page = open_query_page(seen, server)
    write(page, "SELECT ?x { ?x nothing:here 1 }")
    run(page)
    expect(page.locator(".yasr_results .problem")).to_contain_text("nothing:")
    expect(page.locator(".yasr_results .problem")).not_to_contain_text("{")


@in_browser
@needs_bundle
def test_an_update_is_run_with_the_token_and_shows_its_count(seen: Seen, server: Server) -> None:
    page = open_query_page(seen, server)
    write(page, 'INSERT DATA { <urn:typed> <urn:p> "typed" }')
    run(page)
    expect(page.locator(".tabPanel.active .yasr_results")).to_contain_text('"added"')
    assert server.select("SELECT ?o { <urn:typed> ?p ?o }") == [{"o": "typed"}]


@in_browser
@needs_bundle
def test_a_token_in_the_address_leaves_it_and_stays_in_the_tab_only(seen: Seen, server: Server) -> None:
    page = open_query_page(seen, server)
    assert page.url == f"{server.url}/sparql"
    run(page)
    expect(page.locator(".yasr_results tbody tr").first).to_be_visible()
    assert server.token not in page.evaluate("JSON.stringify(localStorage)")
    assert "urn:graph" not in page.evaluate("JSON.stringify(localStorage)")  # nor is what was read
    page.reload()
    expect(page.locator("#token-state")).to_have_text("Token accepted.")
    other = page.context.new_page()
    other.goto(f"{server.url}/sparql")
    expect(other.locator("#token-state")).to_contain_text("asks for its token")


@in_browser
@needs_bundle
def test_a_query_in_the_address_is_shown_and_not_run(seen: Seen, server: Server) -> None:
    page = seen.page
    update = 'INSERT DATA { <urn:sent> <urn:p> "by a link" }'
    page.goto(f"{server.url}/sparql#" + urllib.parse.urlencode({"token": server.token, "query": update}))
    expect(page.locator(".tabPanel.active .CodeMirror-code")).to_contain_text("by a link")
    expect(page.locator("#token-state")).to_have_text("Token accepted.")
    page.wait_for_load_state("networkidle")
    assert server.select("SELECT ?o { <urn:sent> ?p ?o }") == []


@in_browser
@needs_bundle
def test_terms_are_completed_from_the_graph_itself(seen: Seen, server: Server) -> None:
    page = open_query_page(seen, server)
    page.wait_for_load_state("networkidle")
    write(page, "PREFIX kg: <https://w3id.org/noemata#> SELECT * { ?x kg:worksF")
    page.keyboard.press("Control+Space")
    expect(page.locator(".CodeMirror-hint").first).to_have_text("kg:worksFor")
    assert not seen.asked_elsewhere(server.url)


@in_browser
@needs_bundle
def test_examples_and_saved_queries_are_offered_and_run(seen: Seen, server: Server) -> None:
    page = seen.page
    page.goto(f"{server.url}/sparql#token={server.token}")
    expect(page.locator("#queries optgroup")).to_have_count(2)
    for label in ("Most mentioned", "Notes and their tags", "Orphans", "Low confidence"):
        page.select_option("#queries", label=label)
        expect(page.locator(".tab.active")).to_contain_text(label)
        run(page)
        expect(page.locator(".tabPanel.active .yasr_response_chip")).to_contain_text("result")
        expect(page.locator(".tabPanel.active .problem")).to_have_count(0)


# --- the page of the HTTP interface


@in_browser
@needs_bundle
def test_the_interface_is_described_and_can_be_tried(seen: Seen, server: Server) -> None:
    page = seen.page
    page.goto(f"{server.url}/docs#token={server.token}")
    expect(page.locator(".opblock-summary-path").first).to_be_visible()
    found: set[str] = set()
    for _ in range(40):  # it draws what is in sight
        found |= {text.replace("\u200b", "") for text in page.locator(".opblock-summary-path").all_inner_texts()}
        if {"/sparql", "/healthz"} <= found:
            break
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(200)
    assert {"/sparql", "/healthz"} <= found
    page.wait_for_load_state("networkidle")
    assert not seen.asked_elsewhere(server.url)


# --- without a bundle


@in_browser
def test_without_the_bundle_a_query_is_run_as_well(seen: Seen, plain: str) -> None:
    page = seen.page
    page.goto(f"{plain}/sparql")
    expect(page.locator("#token-state")).to_contain_text("asks for its token")
    page.click("#run")
    expect(page.locator("#answer .problem")).to_be_visible()
    give_token(page, "not-the-token")
    expect(page.locator("#token-state")).to_have_text("The server does not accept this token.")
    give_token(page, TOKEN)
    expect(page.locator("#token-state")).to_have_text("Token accepted.")

    page.click("#run")  # the first example
    expect(page.locator("#answer tbody td:first-child")).to_have_text(["Ada", "知识图谱"])
    page.fill("#editor", "SELECT ?label { ?x <http://www.w3.org/2004/02/skos/core#prefLabel> ?label } ORDER BY ?label")
    page.press("#editor", "Control+Enter")
    expect(page.locator("#answer tbody td")).to_have_text(["Ada Lovelace@en", "知识图谱@zh"])
    expect(page.locator("#state")).to_contain_text("2 rows")
    with page.expect_download() as download:
        page.click("#download")
    assert "知识图谱" in Path(download.value.path()).read_text("utf-8")
    page.fill("#editor", "ASK { ?x ?y 'nothing' }")
    page.click("#run")
    expect(page.locator("#answer")).to_have_text("no")
    assert not seen.asked_elsewhere(plain)


@in_browser
def test_without_the_bundle_markup_in_notes_is_text(unguarded: Seen, plain: str) -> None:
    page = unguarded.page
    page.goto(f"{plain}/sparql#token={TOKEN}")
    page.fill("#editor", HOSTILE)
    page.click("#run")
    expect(page.locator("#answer tbody td").first).to_have_text("<img src=/x onerror=alert(1)>")
    expect(page.locator("#answer tbody a")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert f"{plain}/x" not in unguarded.requests


@in_browser
def test_without_the_bundle_updates_are_told_from_queries(seen: Seen, plain: str) -> None:
    seen.page.goto(f"{plain}/sparql")
    kinds = seen.page.evaluate(
        """async ([assets, texts]) => {
             const { isUpdate } = await import(`${assets}/query.js`);
             return texts.map(isUpdate);
           }""",
        [f"/assets/{pages.digest()}", [
            "SELECT * {}",
            "# DELETE\nASK {}",
            "PREFIX insert: <urn:delete#> SELECT * { ?x insert:data 'DELETE' }",
            "insert data { <urn:a> <urn:b> 1 }",
            "BASE <urn:x> # why\nPREFIX : <urn:y#>\nDELETE WHERE { ?x ?y ?z }",
        ]],
    )  # fmt: skip
    assert kinds == [False, False, False, True, True]


@in_browser
def test_without_the_bundle_the_interface_is_listed(seen: Seen, plain: str) -> None:
    seen.page.goto(f"{plain}/docs")
    expect(seen.page.locator("summary", has_text="/sparql").first).to_be_visible()
    assert not seen.asked_elsewhere(plain)
