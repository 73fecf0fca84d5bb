"""What waits for a decision, and deciding, on a real server over a home of real notes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kg.cli import main
from tests.conftest import RunKg
from tests.servers import Reply, Server, start_server

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "vault"
BASE = "https://noemata.example/t/"
NOTES = {
    "Lovelace.md": "# Lovelace\n\nHopper works for Navy Systems. Ada uses the Analytical Engine.\n",
    "Ada Lovelace.md": "---\ntype: Person\n---\n\nAda Lovelace works at [[Navy Systems]]. She is friends with T. Hopper.\n",
    "Navy Systems.md": "---\ntype: Company\n---\n\nNavy Systems employs Thomas Hopper.\n",
    "Thomas Hopper.md": "---\ntype: Person\naliases: [T. Hopper]\n---\n\nWrote some of it.\n",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    vault = folder / "vault"
    for name in ("Daily", "Organisations", "People", "Tools"):
        shutil.copytree(EXAMPLES / name, vault / name)
    for name, text in NOTES.items():
        (vault / name).write_text(text, "utf-8")
    home = folder / "home"
    assert main(["init", "--home", str(home), "--base", BASE]) == 0
    assert main(["ingest", str(vault), "--home", str(home)]) == 0
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with start_server(home, environment={"KG_REVIEW_AUTHOR": "the house"}) as running:
        yield running


def read(server: Server, path: str) -> Any:
    reply = server.request("GET", path)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    return json.loads(reply.body)


def items(server: Server, kind: str) -> list[Any]:
    found = read(server, f"/api/review?kind={kind}&limit=1000")["items"]
    assert isinstance(found, list)
    return found


def decide(server: Server, sent: object, token: str | None = "") -> Reply:
    return server.request("POST", "/api/decisions", json.dumps(sent), token, content_type="application/json")


def decided(server: Server, sent: object) -> Any:
    reply = decide(server, sent)
    assert reply.status == 201, reply.text
    return json.loads(reply.body)


def dataset(server: Server) -> list[str]:
    """All named graphs but the log."""
    query = "SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } FILTER(!STRENDS(STR(?g), '/graph/decisions')) }"
    return sorted(json.dumps(row, sort_keys=True) for row in server.select(query))


def undo(server: Server, *made: Any) -> None:
    for each in reversed(made):
        decided(server, {"kind": "undo", "id": each["id"]})


# --- the queue


def test_the_queue_is_that_of_the_command(server: Server, home: Path, kg: RunKg) -> None:
    queue = read(server, "/api/review?limit=10000")
    assert {"confidence", "quarantine", "resolution"} <= set(queue["counts"])
    assert queue["total"] == sum(queue["counts"].values()) == len(queue["items"])
    run = kg("review", "--json", "--home", home)
    assert run.code == 0, run.messages
    assert run.json["items"] == queue["items"]
    impacts = [item["impact"] for item in queue["items"]]
    assert impacts == sorted(impacts, reverse=True)
    low = next(item for item in queue["items"] if item["kind"] == "confidence")
    (sentence,) = low["evidence"]
    text = (home.parent / "vault" / sentence["path"]).read_text("utf-8")
    assert text[sentence["start"] : sentence["end"]] == sentence["quote"]


def test_parts_of_the_queue(server: Server) -> None:
    whole = read(server, "/api/review?limit=10000")
    parts = [read(server, f"/api/review?limit=7&offset={start}") for start in range(0, whole["total"] + 7, 7)]
    assert [item for part in parts for item in part["items"]] == whole["items"]
    assert {part["total"] for part in parts} == {whole["total"]}
    two = read(server, "/api/review?kind=quarantine&kind=confidence&limit=10000")
    assert two["items"] == [item for item in whole["items"] if item["kind"] in ("quarantine", "confidence")]
    assert read(server, "/api/review?limit=0")["items"] == []


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("kind=guess", "No kind of item is called 'guess'. Known: conflict, resolution"),
        ("limit=-1", "limit must be a whole number from 0 to 10000"),
        ("limit=10001", "limit must be a whole number from 0 to 10000"),
        ("limit=٣", "limit must be a whole number"),
        ("offset=x", "offset must be a whole number"),
        ("limit=1&limit=2", "limit was given twice"),
        ("page=2", "No parameter is called 'page' here. Known: limit, offset, kind"),
    ],
)
def test_what_is_wrong_with_the_parameters(server: Server, query: str, detail: str) -> None:
    reply = server.request("GET", f"/api/review?{query}".replace("٣", "%D9%A3"))
    assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json")
    assert detail in json.loads(reply.body)["detail"]


@pytest.mark.parametrize("path", ["/api/review", "/api/decisions"])
def test_an_answer_that_the_client_has_is_not_sent_again(server: Server, path: str) -> None:
    first = server.request("GET", path)
    tag = next(value for name, value in first.headers.items() if name.lower() == "etag")
    again = server.request("GET", path, if_none_match=tag)
    assert (again.status, again.body) == (304, b"")
    item = items(server, "confidence")[0]
    made = decided(server, {"kind": "accept", "id": item["id"]})
    changed = server.request("GET", path, if_none_match=tag)
    assert changed.status == 200 and changed.body != first.body
    undo(server, made)


def test_deciding_needs_the_token(server: Server) -> None:
    before = read(server, "/api/decisions")
    sent = {"kind": "accept", "id": items(server, "confidence")[0]["id"]}
    for token in (None, "wrong"):
        assert decide(server, sent, token).status == 401
        assert server.request("GET", "/api/review", token=token).status == 401
        assert server.request("GET", "/api/decisions", token=token).status == 401
    assert read(server, "/api/decisions") == before


# --- deciding


def test_what_is_rejected_goes_and_comes_back_when_that_is_undone(server: Server) -> None:
    before = dataset(server)
    item = items(server, "confidence")[0]
    made = decided(server, {"kind": "reject", "id": item["id"], "reason": "知识: no"})
    assert (made["kind"], made["reason"], made["author"], made["in_force"]) == ("reject", "知识: no", "the house", True)
    assert f"<{item['id']}>" not in "".join(dataset(server))
    assert item["id"] not in [each["id"] for each in items(server, "confidence")]
    log = read(server, "/api/decisions?limit=10000")["decisions"]
    assert log[-1] == made
    again = decided(server, {"kind": "undo", "id": made["id"].rpartition("/")[2]})
    assert dataset(server) == before
    log = read(server, "/api/decisions?limit=10000")["decisions"]
    assert [each["id"] for each in log[-2:]] == [made["id"], again["id"]]
    assert log[-2]["in_force"] is False


def test_a_pair_that_is_accepted_is_one(server: Server) -> None:
    before = dataset(server)
    item = items(server, "resolution")[0]
    made = decided(server, [{"kind": "accept", "id": item["id"]}])["decisions"]
    left, right = item["subject"], item["object"]
    mentioned = server.select(f"SELECT ?e {{ VALUES ?e {{ <{left}> <{right}> }} FILTER EXISTS {{ ?e ?p ?o }} }}")
    assert len(mentioned) == 1
    assert item["id"] not in [each["id"] for each in items(server, "resolution")]
    undo(server, *made)
    assert dataset(server) == before


def test_things_are_merged_retyped_renamed_and_split(server: Server) -> None:
    before = dataset(server)
    ada, lovelace = f"{BASE}note/Ada%20Lovelace.md#it", f"{BASE}note/Lovelace.md#it"
    merged = decided(server, {"kind": "merge", "keep": ada, "other": lovelace, "author": "Ada"})
    assert merged["author"] == "Ada"
    assert server.select(f"SELECT * {{ <{lovelace}> ?p ?o }}") == []
    named = decided(server, {"kind": "rename", "iri": ada, "label": "Countess of Lovelace"})
    typed = decided(server, {"kind": "retype", "iri": f"{BASE}note/Navy%20Systems.md#it", "class": "Organisation"})
    assert server.select(
        f"SELECT ?n {{ <{ada}> kg:name ?n }}".replace("kg:name", "<https://w3id.org/noemata#name>")
    ) == [{"n": "Countess of Lovelace"}]
    split = decided(server, {"kind": "split", "iri": ada})
    assert server.select(f"SELECT * {{ <{lovelace}> ?p ?o }}") != []
    about = read(server, f"/api/decisions?about={quote(ada, safe='')}")
    assert {merged["id"], named["id"], split["id"]} <= {each["id"] for each in about["decisions"]}
    assert typed["id"] not in {each["id"] for each in about["decisions"]}
    undo(server, merged, named, typed, split)
    assert dataset(server) == before


def test_a_list_is_decided_together_or_not_at_all(server: Server) -> None:
    low = items(server, "confidence")
    first, second = low[0]["id"], low[1]["id"]
    before, log = dataset(server), read(server, "/api/decisions?limit=10000")
    reply = decide(server, [{"kind": "reject", "id": first}, {"kind": "reject", "id": f"{BASE}note/x.md#e-nothing"}])
    assert reply.status == 404
    assert (dataset(server), read(server, "/api/decisions?limit=10000")) == (before, log)
    sent = [{"kind": "reject", "id": first, "author": "Ada", "time": "2026-01-31T13:00:00+01:00"}]
    sent += [{"kind": "accept", "id": second}]
    made = decided(server, sent)["decisions"]
    assert [(each["kind"], each["author"], each["time"]) for each in made] == [
        ("reject", "Ada", "2026-01-31T12:00:00Z"), ("accept", "Ada", "2026-01-31T12:00:00Z")
    ]  # fmt: skip
    assert not {first, second} & {each["id"] for each in items(server, "confidence")}
    undo(server, *made)
    assert dataset(server) == before


def test_all_of_a_pattern_and_a_word_are_rejected(server: Server) -> None:
    before = dataset(server)
    item = max(items(server, "confidence"), key=lambda each: each["alike"])
    assert item["alike"] > 0
    cue, predicate = item["evidence"][0]["cue"], item["predicate"]
    count = f'SELECT ?e {{ ?e <https://w3id.org/noemata#cue> "{cue}" ; ' \
            f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#predicate> <{predicate}> }}"  # fmt: skip
    assert len(server.select(count)) == item["alike"] + 1
    alike = decided(server, {"kind": "reject", "id": item["id"], "alike": True})
    assert alike["target"]["type"] == "likeness"
    assert server.select(count) == []
    word = decided(server, {"kind": "reject", "word": "Rotterdam"})
    assert word["target"] == {"type": "word", "word": "rotterdam"}
    undo(server, alike, word)
    assert dataset(server) == before


def test_decisions_at_the_same_time_are_all_made(server: Server) -> None:
    before = dataset(server)
    known = read(server, "/api/decisions?limit=10000")["total"]
    ids = [item["id"] for item in items(server, "confidence")][:6]
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda id_: decided(server, {"kind": "reject", "id": id_}), ids))
    log = read(server, "/api/decisions?limit=10000")
    assert log["total"] == known + 6
    numbers = [each["number"] for each in log["decisions"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert log["conflicts"] == []
    page = read(server, f"/api/decisions?limit=2&offset={known + 1}")
    assert (page["decisions"], page["total"]) == (log["decisions"][known + 1 : known + 3], log["total"])
    undo(server, *made)
    assert dataset(server) == before


def test_what_fits_nothing_any_more_is_told(server: Server, home: Path) -> None:
    item = next(each for each in items(server, "confidence") if each["notes"] == ["Lovelace.md"])
    made = decided(server, {"kind": "reject", "id": item["id"]})
    assert made["id"] not in read(server, "/api/decisions")["unapplied"]
    assert main(["forget", "--home", str(home), "Lovelace.md"]) == 0
    told = read(server, f"/api/decisions?about={quote(item['subject'], '')}&limit=0")
    assert (told["decisions"], made["id"] in told["unapplied"]) == ([], True)
    assert main(["ingest", "--home", str(home), str(home.parent / "vault")]) == 0
    assert made["id"] not in read(server, "/api/decisions")["unapplied"]
    undo(server, made)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{", "The body is no JSON"),
        ("[]", "The list holds 0 decisions"),
        ("3", "A decision is an object"),
        ('["accept"]', "1: A decision is an object"),
        ('{"id": "x"}', "kind must be one of accept, reject, retype, rename, merge, split, undo, not nothing"),
        ('{"kind": ["accept"]}', "kind must be one of"),
        ('{"kind": "accept"}', "accept needs the member 'id': What `/api/review` shows"),
        ('{"kind": "accept", "id": 3}', "id must be a text with something in it, not 3"),
        ('{"kind": "accept", "id": "x", "alike": "yes"}', "alike must be true or false, not 'yes'"),
        ('{"kind": "accept", "id": "x", "word": "y"}', "accept has no member 'word'. Known: kind, id, alike"),
        ('{"kind": "reject"}', "reject needs an id of the queue, or a word"),
        ('{"kind": "reject", "id": "x", "word": "y"}', "not both"),
        ('{"kind": "reject", "word": "y", "entity": "ada"}', "entity must be an absolute IRI, not 'ada'"),
        ('{"kind": "split", "iri": "http://e/x", "notes": "a"}', "notes must be a list of IRIs, not 'a'"),
        ('{"kind": "undo", "id": "x", "author": " "}', "author is empty"),
        ('{"kind": "undo", "id": "x", "author": 3}', "author must be a text, not 3"),
        ('{"kind": "rename", "iri": "urn:a", "label": "a\\u0000b"}', "label holds the character U+0000"),
        ('{"kind": "undo", "id": "x", "reason": "a\\u001bb"}', "reason holds the character U+001B"),
        ('{"kind": "undo", "id": "x", "time": "noon"}', "time 'noon' is no time in ISO 8601 with a zone"),
        ('{"kind": "undo", "id": "x", "time": "2026-01-31T12:00:00"}', "with a zone"),
        ('[{"kind": "undo", "id": "x", "reason": "a"}, {"kind": "undo", "id": "y", "reason": "b"}]', "reason differs"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_decision(server: Server, body: str, detail: str) -> None:
    before = read(server, "/api/decisions?limit=10000")
    reply = server.request("POST", "/api/decisions", body, content_type="application/json")
    assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json"), reply.text
    assert detail in json.loads(reply.body)["detail"]
    assert read(server, "/api/decisions?limit=10000") == before


def test_what_is_not_there_cannot_be_decided(server: Server) -> None:
    for sent in (
        {"kind": "undo", "id": "nothing"},
        {"kind": "accept", "id": "e-nothing"},
        {"kind": "accept", "id": f"{BASE}prediction/nothing"},
        {"kind": "rename", "iri": f"{BASE}entity/Entity/nobody", "label": "Nobody"},
        {"kind": "retype", "iri": f"{BASE}note/Ada%20Lovelace.md#it", "class": "Persn"},
    ):
        assert decide(server, sent).status == 404, sent
    assert decide(server, {"kind": "accept", "id": "x"}, None).status == 401
    plain = server.request("POST", "/api/decisions", "{}", content_type="text/plain")
    assert plain.status == 415
    refused = next(item for item in items(server, "quarantine") if not item["reason"].startswith("confidence"))
    reply = decide(server, {"kind": "accept", "id": refused["id"]})
    assert reply.status == 400 and "cannot be accepted" in json.loads(reply.body)["detail"]


def test_decisions_are_the_homes(server: Server, home: Path, kg: RunKg) -> None:
    """The command on the same home sees them and decides too, and the server sees that."""
    before = dataset(server)
    first, second = (item["id"] for item in items(server, "confidence")[:2])
    made = decided(server, {"kind": "reject", "id": first})
    run = kg("decisions", "--json", "--home", home)
    assert run.json["decisions"] == read(server, "/api/decisions?limit=10000")["decisions"]
    run = kg("decide", "reject", second, "--json", "--home", home, "--author", "Bob")
    assert run.code == 0, run.messages
    assert read(server, "/api/decisions?limit=10000")["decisions"][-1] == run.json
    undo(server, made, run.json)
    assert dataset(server) == before
