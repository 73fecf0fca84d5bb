"""`kg extract`: the shape of its answer, a line for a line."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Run, RunKg

pytestmark = pytest.mark.model

KEYS = {
    "subject", "predicate", "object", "subject_iri", "predicate_iri", "object_iri", "start", "end", "quote", "confidence",
    "extractor",
}  # fmt: skip


def test_a_text_gives_one_line(kg: RunKg) -> None:
    text = "Nothing to see.\n\nAda Lovelace works for Acme Robotics. She does not use Redis.\n"
    run = kg("extract", stdin=text)
    assert run.code == 0
    answer = run.json
    assert answer["id"] == "stdin"
    (triple,) = answer["triples"]
    assert set(triple) == KEYS
    assert (triple["subject"], triple["predicate"], triple["object"]) == ("Ada Lovelace", "works for", "Acme Robotics")
    assert triple["predicate_iri"] == "https://w3id.org/noemata#worksFor"
    assert text[triple["start"] : triple["end"]] == triple["quote"] == "Ada Lovelace works for Acme Robotics."


def test_json_lines_are_answered_line_for_line(kg: RunKg) -> None:
    texts = [f"Tool{number} says nothing." for number in range(70)]
    texts[65] = "Oxigraph is written in Rust."
    lines = [json.dumps({"id": number, "text": text}) for number, text in enumerate(texts)]
    run = kg("extract", stdin="\n".join(lines))
    answers = [json.loads(line) for line in run.text.splitlines()]
    assert run.code == 0
    assert [answer["id"] for answer in answers] == list(range(70))
    assert [answer["id"] for answer in answers if answer["triples"]] == [65]


def test_a_broken_line_is_answered_in_its_place(kg: RunKg) -> None:
    run = kg(
        "extract",
        stdin='{"id": "a", "text": "Oxigraph is written in Rust."}\n{"id": "b"}\n{"id"\n{"id": "c", "text": ""}\n',
    )
    answers = [json.loads(line) for line in run.text.splitlines()]
    assert run.code == 2
    assert [answer["id"] for answer in answers] == ["a", "b", None, "c"]
    assert [answer.get("error", {}).get("line") for answer in answers] == [None, 2, 3, None]


TEXT = "Oxigraph is written in Rust."


def answers(run: Run) -> list[tuple[object, int, str]]:
    """Return the id, the number of triples and what the error says of each line."""
    lines = [json.loads(line) for line in run.text.splitlines()]
    return [(line["id"], len(line["triples"]), line.get("error", {}).get("detail", "")) for line in lines]


@pytest.mark.parametrize(
    "begin",
    [f'\ufeff{{"id": "a", "text": "{TEXT}"}}', f'{{\t"id": "a", "text": "{TEXT}"}}', f'{{"text":"{TEXT}","id":"a"}}'],
)
def test_json_lines_are_known_however_they_begin(kg: RunKg, begin: str) -> None:
    run = kg("extract", stdin=f'{begin}\n{{"id": "b", "text": "x"}}')
    assert (run.code, answers(run)) == (0, [("a", 1, ""), ("b", 0, "")])


def test_one_line_with_a_text_makes_all_of_them_json_lines(kg: RunKg) -> None:
    run = kg("extract", stdin=f'bad line\n\n{{"id": "a", "text": "{TEXT}"}}\n\r\n[1]\n{{"id": "b", "text": 1}}\n')
    found = [json.loads(line) for line in run.text.splitlines()]
    assert run.code == 2
    assert [line["id"] for line in found] == [None, None, "a", None, None, "b"]
    assert [len(line["triples"]) for line in found] == [0, 0, 1, 0, 0, 0]
    assert [line["error"]["line"] if "error" in line else None for line in found] == [1, None, None, None, 5, 6]
    assert list(found[0]) == ["id", "error", "triples"]
    assert (found[0]["error"]["type"], found[0]["error"]["title"]) == ("NoteError", "A text cannot be read")
    assert found[0]["error"]["detail"].startswith("line 1: is not JSON")
    assert found[1] == {"id": None, "triples": []}
    assert found[5]["error"]["detail"].startswith("line 6: `text` must be a text")


def test_an_id_is_given_back_as_it_was_sent(kg: RunKg) -> None:
    ids = ["1", '"1"', "1.5", "-3", "true", '""', "null", '{"a": [1]}', '["x"]', '"\\ud800"']
    lines = [f'{{"id": {written}, "text": "{TEXT}"}}' for written in ids]
    run = kg("extract", stdin="\n".join([*lines, f'{{"text": "{TEXT}"}}', '{"id": NaN, "text": "x"}']))
    *good, half, without, no_number = answers(run)
    assert [json.dumps(identifier) for identifier, _, _ in good] == ids[:-1]
    assert {(count, error) for _, count, error in good} == {(1, "")}
    assert (half[0], "surrogate" in half[2]) == ("\ud800", True)
    assert without == (None, 1, "")
    assert (no_number[0], no_number[2][:20]) == (None, "line 12: is not JSON")
    assert run.code == 2


@pytest.mark.parametrize("text", [f"{{ so }} begins this.\n\n{TEXT}", f"\ufeff{TEXT}", f'{{"a": 1}}\n\n{TEXT}'])
def test_a_text_stays_one_text(kg: RunKg, text: str) -> None:
    run = kg("extract", stdin=text)
    assert run.code == 0
    (triple,) = run.json["triples"]
    text = text.removeprefix("\ufeff")
    assert (run.json["id"], text[triple["start"] : triple["end"]]) == ("stdin", triple["quote"])


def test_equal_lines_get_equal_answers(kg: RunKg) -> None:
    line = '{"id": "a", "text": "Oxigraph is written in Rust."}\n'
    first, second = kg("extract", stdin=line * 2).text.splitlines()
    assert first == second
