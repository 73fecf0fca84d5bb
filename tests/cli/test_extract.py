"""`kg extract`: the shape of its answer, a line for a line."""

from __future__ import annotations

import json

import pytest

from tests.conftest import RunKg

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


def test_equal_lines_get_equal_answers(kg: RunKg) -> None:
    line = '{"id": "a", "text": "Oxigraph is written in Rust."}\n'
    first, second = kg("extract", stdin=line * 2).text.splitlines()
    assert first == second
