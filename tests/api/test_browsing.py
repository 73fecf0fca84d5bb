"""Notes, entities, statements, neighbours, paths and the ontology of a real server over a home of real notes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kg.cli import main
from tests.servers import Reply, Server, start_server

BASE = "https://noemata.example/t/"
KG = "https://w3id.org/noemata#"
NOTES = {
    "People/Ada Lovelace.md": (
        "---\ntype: person\naliases: [Countess]\ntags: [team, project/engine]\ncreated: 2024-01-02\n---\n"
        "# Ada Lovelace\r\n\r\nEngines 🚀 are old. Ada Lovelace works for [[Acme]]. Ada Lovelace uses [[Airflow]].\n\n## Later\n\n"
        "She met [[Grace Hopper]] twice.\n"
    ),
    "People/Grace Hopper.md": (
        "---\ntype: person\ntags: [project]\nmodified: 2025-06-07\n---\nGrace Hopper works for [[Acme]]. "
        "Grace Hopper knows [[Ada Lovelace]].\n"
    ),
    "Acme.md": "---\ntype: company\nid: acme\n---\nAcme makes engines.\n",
    "Tools/Airflow.md": "---\ntype: tool\nversion: 2\n---\nAirflow starts things at night.\n",
    "人/李雷.md": "---\ntype: person\n---\n李雷在[[Acme]]工作。\n",
    "Empty.md": "",
    "Diary.md": "---\nprivate: true\n---\n[[Acme]] pays too little.\n",
}
LINES = [
    {"id": "clip-1", "title": "First clip", "text": "Acme again: [[Airflow]]."},
    {"id": "clip-2", "title": "Second clip", "text": "Nothing."},
]


def write_vault(folder: Path) -> None:
    for name, text in NOTES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    (folder / "clips.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in LINES), "utf-8")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browsing") / "vault"
    write_vault(folder)
    return folder


@pytest.fixture(scope="module")
def server(vault: Path) -> Iterator[Server]:
    home = vault.parent / "home"
    for command in (["init", "--base", BASE], ["ingest", str(vault)]):
        assert main([*command, "--home", str(home)]) == 0
    with start_server(home) as running:
        yield running


def get(server: Server, path: str, **parameters: object) -> Reply:
    pairs = [
        (name.rstrip("_"), value)
        for name, values in parameters.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in pairs)
    return server.request("GET", f"/api/{path}{'?' if query else ''}{query}")


def read(server: Server, path: str, **parameters: object) -> Any:
    reply = get(server, path, **parameters)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    return json.loads(reply.body)


def ids(found: Any) -> list[str]:
    return [note["doc_id"] for note in found["notes"]]


def triples(found: Any) -> list[tuple[str, str, str]]:
    return [
        (each["subject"]["name"], each["predicate"]["label"], each["object"].get("name") or each["object"]["value"])
        for each in found["statements"]
    ]


# --- notes


ALL = [
    "Acme.md", "Diary.md", "Empty.md", "People/Ada Lovelace.md", "People/Grace Hopper.md", "Tools/Airflow.md",
    "clip-1", "clip-2", "人/李雷.md",
]  # fmt: skip


def test_notes_come_by_path_in_parts_that_join(server: Server) -> None:
    found = read(server, "notes")
    assert ids(found) == ALL
    assert (found["total"], found["limit"], found["offset"]) == (9, 100, 0)
    parts = [read(server, "notes", limit=2, offset=offset) for offset in range(0, 10, 2)]
    assert [doc for part in parts for doc in ids(part)] == ALL
    assert {part["total"] for part in parts} == {9}
    assert read(server, "notes", limit=0)["notes"] == read(server, "notes", offset=9)["notes"] == []


def test_a_note_of_the_list_has_its_head(server: Server) -> None:
    (ada,) = (note for note in read(server, "notes")["notes"] if note["title"] == "Ada Lovelace")
    assert ada == {
        "iri": f"{BASE}note/People/Ada%20Lovelace.md",
        "doc_id": "People/Ada Lovelace.md",
        "path": "People/Ada Lovelace.md",
        "title": "Ada Lovelace",
        "id": None,
        "tags": ["project/engine", "team"],
        "classes": [{"iri": f"{KG}Person", "label": "person"}],
        "describes": {"iri": f"{BASE}note/People/Ada%20Lovelace.md#it", "name": "Ada Lovelace"},
        "created": "2024-01-02",
        "modified": None,
        "date": None,
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"folder": "People"}, ["People/Ada Lovelace.md", "People/Grace Hopper.md"]),
        ({"folder": "/People/"}, ["People/Ada Lovelace.md", "People/Grace Hopper.md"]),
        ({"folder": "人"}, ["人/李雷.md"]),
        ({"folder": "Peop"}, []),
        ({"tag": "project"}, ["People/Ada Lovelace.md", "People/Grace Hopper.md"]),
        ({"tag": "#Project/Engine"}, ["People/Ada Lovelace.md"]),
        ({"tag": "proj"}, []),
        ({"tag": ["project", "team"]}, ["People/Ada Lovelace.md"]),
        ({"class_": "person"}, ["People/Ada Lovelace.md", "People/Grace Hopper.md", "人/李雷.md"]),
        ({"class_": "人物"}, ["People/Ada Lovelace.md", "People/Grace Hopper.md", "人/李雷.md"]),
        ({"class_": f"{KG}Organisation"}, ["Acme.md"]),
        ({"class_": "agent", "folder": "People", "tag": "team"}, ["People/Ada Lovelace.md"]),
    ],
)
def test_filters(server: Server, asked: dict[str, object], expected: list[str]) -> None:
    found = read(server, "notes", **asked)
    assert ids(found) == expected
    assert found["total"] == len(expected)


def test_orders(server: Server) -> None:
    assert ids(read(server, "notes", order="newest"))[:2] == ["People/Grace Hopper.md", "People/Ada Lovelace.md"]
    titles = [note["title"] for note in read(server, "notes", order="title")["notes"]]
    assert titles == sorted(titles, key=str.lower)


@pytest.mark.parametrize(
    "target",
    ["Acme.md", "acme", "Acme", "ACME", f"{BASE}note/id:acme", f"{BASE}note/id:acme#it"],
)
def test_a_note_is_found_by_iri_path_id_and_title(server: Server, target: str) -> None:
    assert read(server, f"notes/{quote(target, safe='')}")["path"] == "Acme.md"


def test_lines_of_a_file_are_notes(server: Server) -> None:
    assert read(server, "notes/clip-1")["text"] == LINES[0]["text"]
    reply = get(server, "notes/clips.jsonl")
    assert reply.status == 400
    assert "note/id:clip-1" in reply.text


def test_a_note_has_its_text_with_the_places_of_passages_and_sentences(server: Server) -> None:
    note = read(server, "notes/People/Ada%20Lovelace.md")
    text = note["text"]
    assert text == NOTES["People/Ada Lovelace.md"]
    assert [part["headings"] for part in note["passages"]] == [["Ada Lovelace"], ["Ada Lovelace", "Later"]]
    assert all("[[" in text[part["start"] : part["end"]] for part in note["passages"])
    of_note = [*note["links"], *note["mentions"], *note["statements"]]
    evidence = [each for part in of_note for each in part["evidence"]]
    assert evidence
    for each in evidence:
        assert text[each["start"] : each["end"]] == each["quote"]
        assert each["path"] == "People/Ada Lovelace.md"
    assert {link["note"]["doc_id"] for link in note["links"]} == {
        "Acme.md",
        "Tools/Airflow.md",
        "People/Grace Hopper.md",
    }
    assert [link["note"]["doc_id"] for link in note["backlinks"]] == ["People/Grace Hopper.md"]
    assert note["backlinks"][0]["evidence"][0]["quote"].endswith("knows [[Ada Lovelace]].")
    assert ("Ada Lovelace", "works for", "Acme") in triples(note)
    assert note["statements_total"] == len(note["statements"])


def test_what_comes_with_a_note_is_limited_and_counted(server: Server) -> None:
    note = read(server, "notes/Acme.md", limit=1, sentences=0)
    assert len(note["backlinks"]) == 1 < note["backlinks_total"]
    assert note["backlinks"][0]["evidence"] == []
    assert note["backlinks"][0]["sentences"] >= 1


def test_an_empty_note_has_nothing(server: Server) -> None:
    note = read(server, "notes/Empty.md")
    assert (note["text"], note["passages"], note["links"], note["statements"]) == ("", [], [], [])


def test_tags_are_counted(server: Server) -> None:
    found = read(server, "tags")
    assert [(tag["name"], tag["notes"]) for tag in found["tags"]] == [
        ("project", 1),
        ("project/engine", 1),
        ("team", 1),
    ]
    assert found["tags"][1]["broader"] == found["tags"][0]["iri"]


# --- entities


def test_entities_by_class_and_beginning_of_a_name(server: Server) -> None:
    people = read(server, "entities", class_="person")
    assert {"Ada Lovelace", "Grace Hopper", "李雷"} <= {each["name"] for each in people["entities"]}
    for name in ("ada", "LOVE", "countess"):
        assert read(server, "entities", name=name)["entities"][0]["name"] == "Ada Lovelace", name
    assert read(server, "entities", name="ÁDA LÓVE")["entities"][0]["name"] == "Ada Lovelace"
    assert read(server, "entities", name="雷")["entities"][0]["name"] == "李雷"
    assert read(server, "entities", name="velace")["entities"] == []
    assert read(server, "entities", name='a"b\\')["total"] == 0
    ada = read(server, "entities", name="ada")["entities"][0]
    assert ada["note"] == f"{BASE}note/People/Ada%20Lovelace.md"
    assert ada["classes"] == [{"iri": f"{KG}Person", "label": "person"}]


def test_entities_by_mentions(server: Server) -> None:
    found = read(server, "entities", order="mentions")["entities"]
    assert found[0]["name"] == "Acme"
    counts = [each["mentions"] for each in found]
    assert counts == sorted(counts, reverse=True)


def test_notes_tags_classes_and_properties_are_no_entities(server: Server) -> None:
    iris = [each["iri"] for each in read(server, "entities", limit=10_000)["entities"]]
    assert iris
    assert not [iri for iri in iris if iri.startswith((KG, f"{BASE}tag/"))]
    assert not [iri for iri in iris if iri.startswith(f"{BASE}note/") and "#it" not in iri]


def test_an_entity_has_names_classes_statements_and_neighbours(server: Server) -> None:
    ada = read(server, "entities/Ada%20Lovelace")
    assert [name["text"] for name in ada["names"]] == ["Ada Lovelace", "Countess"]
    assert [each["label"] for each in ada["all_classes"]] == ["agent", "entity", "person"]
    assert ("Ada Lovelace", "works for", "Acme") in triples(ada)
    assert all(each["evidence"] for each in ada["statements"] if each["predicate"]["label"] == "works for")
    assert [note["doc_id"] for note in ada["mentioned_in"]] == ["People/Ada Lovelace.md", "People/Grace Hopper.md"]
    assert "Acme" in {each["name"] for each in ada["neighbours"]}
    by_iri = read(server, f"entities/{quote(ada['iri'], safe='')}")
    assert by_iri == ada


# --- statements


def test_statements_by_each_end(server: Server) -> None:
    works = read(server, "statements", predicate="works for")
    assert ("Ada Lovelace", "works for", "Acme") in triples(works)
    assert ("Grace Hopper", "works for", "Acme") in triples(works)
    assert {each["predicate"]["iri"] for each in works["statements"]} == {f"{KG}worksFor"}
    assert triples(read(server, "statements", predicate="worksFor", subject="Countess")) == [
        ("Ada Lovelace", "works for", "Acme")
    ]
    assert triples(read(server, "statements", predicate=f"{KG}worksFor", object="Acme")) == triples(works)
    assert triples(read(server, "statements", object="2024-01-02")) == [("Ada Lovelace", "created", "2024-01-02")]
    about = triples(read(server, "statements", about="Airflow"))
    assert ("Ada Lovelace", "uses", "Airflow") in about
    assert {"Airflow"} & {subject for subject, _, _ in about}


def test_statements_of_a_note_have_its_sentences_only(server: Server) -> None:
    found = read(server, "statements", note="People/Grace Hopper.md", limit=1000)
    assert ("Grace Hopper", "works for", "Acme") in triples(found)
    paths = {each["path"] for statement in found["statements"] for each in statement["evidence"]}
    assert paths == {"People/Grace Hopper.md"}


def test_statements_by_their_sentences(server: Server) -> None:
    extracted = read(server, "statements", kind="extracted", predicate="works for")
    assert extracted["statements"]
    assert {each["kind"] for statement in extracted["statements"] for each in statement["evidence"]} == {"extracted"}
    sure = read(server, "statements", least=1)
    assert 0 < sure["total"] < read(server, "statements")["total"]
    assert all(statement["evidence"][0]["confidence"] == 1 for statement in sure["statements"])


def test_all_statements_come_in_order_and_once(server: Server) -> None:
    found = read(server, "statements", limit=1000)
    assert found["total"] == len(found["statements"])
    keys = [
        (each["subject"]["iri"], each["predicate"]["iri"], each["object"].get("iri") or each["object"]["value"])
        for each in found["statements"]
    ]
    assert keys == sorted(set(keys))
    parts = [read(server, "statements", limit=7, offset=offset) for offset in range(0, found["total"], 7)]
    assert [each for part in parts for each in part["statements"]] == found["statements"]
    predicates = {each["predicate"]["iri"] for each in found["statements"]}
    assert not [iri for iri in predicates if not iri.startswith((f"{BASE}term/", KG, "http://purl.org/dc/terms/"))]
    assert not predicates & {f"{KG}{name}" for name in ("contentHash", "path", "inNote", "quote", "name", "trigger")}


def test_a_property_of_records_may_be_asked_for(server: Server) -> None:
    titles = read(server, "statements", predicate="http://purl.org/dc/terms/title", subject="Acme.md")
    assert [each["object"]["value"] for each in titles["statements"]] == ["Acme"]


# --- around a thing


def test_neighbours_are_nodes_and_edges_between_them(server: Server) -> None:
    near = read(server, "neighbours", of="Ada Lovelace")
    nodes = {node["iri"]: node for node in near["nodes"]}
    assert nodes[near["center"]]["name"] == "Ada Lovelace"
    assert [node["distance"] for node in near["nodes"]] == [0] + [1] * (len(nodes) - 1)
    assert near["is_whole"]
    assert {node["kind"] for node in near["nodes"]} == {"entity", "tag"}
    for edge in near["edges"]:
        assert {edge["subject"], edge["object"]} <= set(nodes)
    ends = {(nodes[e["subject"]]["name"], e["predicate"]["label"], nodes[e["object"]]["name"]) for e in near["edges"]}
    assert ("Ada Lovelace", "works for", "Acme") in ends
    assert ("Grace Hopper", "works for", "Acme") in ends  # between two neighbours


def test_neighbours_further_away_over_one_relation(server: Server) -> None:
    near = read(server, "neighbours", of="Ada Lovelace", hops=2, relation="works for")
    assert {node["name"] for node in near["nodes"] if node["distance"] == 2} >= {"Grace Hopper"}
    assert {edge["predicate"]["label"] for edge in near["edges"]} == {"works for"}
    inverse = read(server, "neighbours", of="Ada Lovelace", hops=2, relation="employs")
    assert inverse["nodes"] == near["nodes"]
    cut = read(server, "neighbours", of="Ada Lovelace", hops=3, limit=2)
    assert len(cut["nodes"]) == 3
    assert not cut["is_whole"]


def test_a_note_and_its_thing_have_the_same_neighbours(server: Server) -> None:
    assert read(server, "neighbours", of="People/Ada Lovelace.md") == read(server, "neighbours", of="Ada Lovelace")


def test_paths_between_two_things(server: Server) -> None:
    found = read(server, "paths", from_="Grace Hopper", to="Airflow")
    assert (found["from"]["name"], found["to"]["name"]) == ("Grace Hopper", "Airflow")
    best = found["paths"][0]
    assert "Airflow" in best["words"]
    assert len(best["steps"]) == 2
    assert all(step["evidence"]["quote"] for step in best["steps"])
    assert read(server, "paths", from_="Grace Hopper", to="Airflow", longest=1)["paths"] == []
    assert len(read(server, "paths", from_="Grace Hopper", to="Airflow", k=1)["paths"]) == 1


# --- the ontology, and where to begin


def test_the_ontology_has_labels_in_languages_and_counts(server: Server) -> None:
    found = read(server, "ontology")
    classes = {each["iri"]: each for each in found["classes"]}
    person = classes[f"{KG}Person"]
    assert {label["language"] for label in person["labels"]} == {"en", "zh"}
    assert person["count"] >= 3
    assert classes[f"{KG}Agent"]["count"] >= person["count"]
    works = next(each for each in found["properties"] if each["iri"] == f"{KG}worksFor")
    assert works["count"] >= 2
    assert works["domains"] and works["ranges"]
    assert works["kind"] == "object"


def test_where_to_begin(server: Server) -> None:
    reply = server.request("GET", "/api", token=None)
    assert reply.status == 200
    found = json.loads(reply.body)
    resources = {each["path"]: each["methods"] for each in found["resources"]}
    assert resources["/api/notes/{note}"]["GET"] == {"summary": "Read a note", "access": "reads"}
    assert resources["/api/decisions"]["POST"]["access"] == "writes"
    told = json.loads(server.request("GET", found["openapi"]).body)["paths"]
    assert [path for path in resources if path not in told] == []


# --- for all of them


EACH = [
    "notes", "notes/Acme.md", "entities", "entities/Acme", "statements", "neighbours?of=Acme", "ontology", "tags",
    "paths?from=Acme&to=Airflow",
]  # fmt: skip


@pytest.mark.parametrize("path", EACH)
def test_equal_questions_have_equal_answers_that_are_not_sent_twice(server: Server, path: str) -> None:
    first, second = (server.request("GET", f"/api/{path}") for _ in range(2))
    assert first.body == second.body
    tag = next(value for name, value in first.headers.items() if name.lower() == "etag")
    assert server.request("GET", f"/api/{path}", if_none_match=tag).status == 304
    assert server.request("GET", f"/api/{path}", if_none_match='"other"').status == 200
    assert server.request("GET", f"/api/{path}", token=None).status == 401


def test_a_change_is_in_the_next_answer(server: Server) -> None:
    before = server.request("GET", "/api/statements?about=Acme")
    tag = next(value for name, value in before.headers.items() if name.lower() == "etag")
    added = f"<{BASE}entity/Agent/new> <{KG}worksFor> <{BASE}note/id:acme#it> ; <{KG}name> 'Newcomer' "
    assert server.update(f"INSERT DATA {{ {added} }}").status < 300
    after = server.request("GET", "/api/statements?about=Acme", if_none_match=tag)
    assert after.status == 200
    assert f"{BASE}entity/Agent/new" in after.text
    assert server.update(f"DELETE DATA {{ {added} }}").status < 300
    assert server.request("GET", "/api/statements?about=Acme", if_none_match=tag).status == 304


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("nots", 404, "Nothing is at '/api/nots'. `/api` lists what there is"),
        ("notes?tag=", 400, "tag is empty"),
        ("notes?folder=a&folder=b", 400, "folder was given twice"),
        ("notes?order=size", 400, "order must be one of path, title, newest"),
        ("notes?limit=10001", 400, "limit must be a whole number from 0 to 10000"),
        ("notes?k=1", 400, "No parameter is called 'k' here. Known: limit, offset, tag, folder, class, order"),
        ("notes?class=persn", 404, "Did you mean 'person'?"),
        ("notes/Acmee.md", 404, "Did you mean 'Acme.md'?"),
        ("notes/", 200, ""),
        ("entities/Nobodyy", 404, ""),
        ("entities?class=persn", 404, "Did you mean 'person'?"),
        ("statements?limit=1001", 400, "limit must be a whole number from 0 to 1000"),
        ("statements?predicate=work%20fo", 404, "Did you mean 'works for'?"),
        ("statements?subject=Nobodyy", 404, ""),
        ("statements?object=Nobodyy", 200, ""),
        ("statements?kind=guessed", 400, "kind must be one of stated, extracted"),
        ("statements?least=2", 400, "least must be a number from 0 to 1"),
        ("neighbours", 400, "Say of="),
        ("neighbours?of=Acme&hops=0", 400, "hops must be one of 1, 2, 3"),
        ("neighbours?of=Acme&hops=4", 400, "hops must be one of 1, 2, 3"),
        ("neighbours?of=Acme&relation=paints", 404, "property"),
        ("paths?from=Acme", 400, "Say to="),
        ("paths?from=Acme&to=Nobodyy", 404, ""),
        ("ontology?x=1", 400, "No parameter is called 'x' here."),
    ],
)
def test_what_is_wrong_with_a_question(server: Server, path: str, status: int, detail: str) -> None:
    reply = server.request("GET", f"/api/{path}")
    assert reply.status == status, reply.text
    if status != 200:
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert detail in json.loads(reply.body)["detail"]
