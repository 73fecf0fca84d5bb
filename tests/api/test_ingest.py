"""Notes that are sent: they get into the graph while the server answers, and stay what they are."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.cli import main
from kg.home import POSTED, Home, read_roots, write_roots
from kg.ingest import plan_roots
from kg.ingest.posted import keep_posted, posted_line, posted_name
from tests.servers import Server, start_server

PREFIXES = "PREFIX kg: <https://w3id.org/noemata#> PREFIX dct: <http://purl.org/dc/terms/> "
TITLES = PREFIXES + "SELECT ?id ?title { ?note a kg:Note ; dct:identifier ?id ; dct:title ?title } ORDER BY ?id"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home inside a vault, which is not hidden in it."""
    folder = tmp_path_factory.mktemp("vault")
    (folder / "Lantern.md").write_text("---\nid: lantern\n---\nLantern uses [[Rust]].\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    home = folder / "home"
    assert main(["init", "--home", str(home), "--base", "http://example.org/h/"]) == 0
    (home / "roots.json").write_text(json.dumps({"": str(folder)}))
    with start_server(home) as running:
        yield running


def send(server: Server, body: object) -> Any:
    """Send what is to be read, wait until it is, and return the report."""
    reply = server.request(
        "POST", "/api/ingest?wait=true", json.dumps(body), content_type="application/json; charset=utf-8"
    )
    job = json.loads(reply.body)
    if reply.status == 202:  # a machine that is slow today
        events = server.request("GET", f"/api/jobs/{job['id']}/events").text  # which end when the job does
        job = json.loads(events.rstrip().rpartition("data: ")[2])
    assert job.get("state") == "done", job
    return job["report"]


def titles(server: Server) -> dict[str, str]:
    return {row["id"]: row["title"] for row in server.select(TITLES)}


ADA = {"id": "ada", "title": "Ada Lovelace", "text": "Ada Lovelace met [[Charles Babbage]].\n", "tags": ["people"]}


def test_notes_come_are_replaced_and_go(server: Server, folder: Path) -> None:
    report = send(server, {"notes": [ADA, {"id": 7, "text": "# Charles Babbage\n\n他住在倫敦。"}], "refresh": True})
    assert (report["notes"]["added"], report["failures"]) == (3, [])
    assert titles(server) == {"7": "Charles Babbage", "ada": "Ada Lovelace", "lantern": "Lantern"}
    linked = PREFIXES + 'ASK { ?a dct:identifier "ada" ; kg:linksTo ?b ; kg:taggedWith ?t . ?b dct:identifier "7" }'
    assert '"boolean":true' in server.request("POST", "/query", linked, content_type="application/sparql-query").text

    report = send(server, {"notes": [ADA | {"title": "Countess Lovelace"}]})
    assert (report["notes"]["updated"], report["notes"]["added"]) == (1, 0)
    assert titles(server)["ada"] == "Countess Lovelace"

    report = send(server, {"refresh": True})  # what `kg ingest` does: neither lost nor doubled, also in no vault
    assert report["notes"] == {"added": 0, "updated": 0, "unchanged": 3, "removed": 0, "failed": 0}
    assert titles(server).keys() == {"7", "ada", "lantern"}

    report = send(server, {"remove": ["7", "never sent"]})
    assert report["notes"]["removed"] == 1
    assert titles(server).keys() == {"ada", "lantern"}

    home = folder / "home"
    assert main(["forget", "--home", str(home), "ada"]) == 0
    assert not (home / ".posted" / "notes" / posted_name("ada")).exists()
    send(server, {"refresh": True})
    assert titles(server).keys() == {"lantern"}


def test_a_sentence_is_where_the_text_that_was_sent_has_it(server: Server) -> None:
    text = "# Engines\r\n\r\nThe *Analytical Engine* is a computer. 数学家 [[Ada]] 😀 wrote of it.\r\n"
    send(server, {"notes": [{"id": "engines", "text": text}]})
    rows = server.select(
        PREFIXES + "SELECT ?start ?end ?quote { ?e a kg:Evidence ; kg:inNote/dct:identifier 'engines' ; kg:start ?start ;"
        " kg:end ?end ; kg:quote ?quote FILTER(?end > ?start) }"
    )
    assert rows
    assert [row["quote"] for row in rows] == [text[int(row["start"]) : int(row["end"])] for row in rows]


def test_the_curl_commands_of_the_page_work(server: Server) -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in re.sub(r"\\\n\s*", " ", block).splitlines() if "curl " in line]
    assert len(commands) == 7
    for command in commands:
        here = command.replace("http://127.0.0.1:8711", server.url).replace("-sS", "-sS --fail")
        environment = {"TOKEN": server.token, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(["sh", "-c", here], env=environment, capture_output=True, timeout=60)
        assert done.returncode == 0, f"{command}\n{done.stderr.decode()}{done.stdout.decode()}"
    name = json.loads(server.request("GET", "/api/jobs?limit=1").body)["jobs"][0]["id"]
    assert server.request("GET", f"/api/jobs/{name}/events").text.rstrip().rpartition("event: ")[2].startswith("end")


def test_the_first_folder_keeps_its_name_though_notes_were_sent_before(tmp_path: Path) -> None:
    home = Home(tmp_path / "vault" / ".kg")
    home.folder.mkdir(parents=True)
    keep_posted(home, dict([posted_line({"id": "a", "text": ""}, "notes")]))
    assert read_roots(home) == {POSTED: home.posted}
    roots, scopes = plan_roots(read_roots(home), [tmp_path / "vault"])
    assert list(roots) == [POSTED, ""]
    assert [scope.root for scope in scopes] == [""]
    write_roots(home, roots)
    assert json.loads(home.roots.read_text()) == {"": str(tmp_path / "vault")}
    (tmp_path / POSTED).mkdir()
    assert list(plan_roots(read_roots(home), [tmp_path / POSTED])[0]) == ["", POSTED, f"{POSTED}-2"]


def test_every_id_has_a_file_of_its_own() -> None:
    names = [posted_name(each) for each in ("a", "A", "a/b", "a\\b", "../../etc/passwd", "数", "", ".", "x" * 500, "a b")]
    assert len(set(names)) == len(names)
    assert all("/" not in name and len(name) < 80 and not name.startswith(".") for name in names)
