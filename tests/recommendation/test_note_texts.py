"""What of a note's text is the note's own: no markup, and no lines of a template."""

from __future__ import annotations

import pytest

from kg.rdf import NamedNode
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.note_texts import own_texts, readable_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# Title\n\n- [ ] a **task** for [[Ada Lovelace|Ada]]", ["Title", "a task for Ada Lovelace Ada"]),
        ("[a label](../folder/note.md) and https://example.org/x?y=z", ["a label and"]),
        ("seen <!-- a comment\nof two lines --> again %%hidden%% end", ["seen again end"]),
        ("<div class='x'>inside</div>\na < b", ["inside", "a < b"]),
        ("```python\ngraph = Graph()\n```", ["python", "graph = Graph()"]),
        ("---\ntitle: A: b\ntags: [rust, wasm]\naliases:\n  - 图谱\n---\nText", ["A: b", "rust, wasm", "图谱", "Text"]),
        ("---\r\nkey: value\r\n---\r\nText\r\n", ["value", "Text"]),
        ("---\nno end of front matter", ["no end of front matter"]),
        ("---\n---\n", []),
        ("", []),
        ("***\n| --- | --- |\n", []),
    ],
)
def test_lines_are_words_without_markup(text: str, lines: list[str]) -> None:
    assert readable_lines(text) == lines


def network_of(count: int) -> Network:
    return Network.of((), (), [NoteItem(NamedNode(f"n:{number:03}"), str(number), "T") for number in range(count)])


def test_a_line_that_many_notes_share_is_left_out_of_all() -> None:
    texts = {
        f"n:{number:03}": f"## To do\nCreated 2024-01-{number:02}\nOwn line {chr(97 + number)}" for number in range(9)
    }
    texts["n:009"] = "## to DO\nA rare heading"
    own = own_texts(network_of(11), texts)
    assert own[:2] == ("Own line a", "Own line b")
    assert own[9:] == ("A rare heading", "")


def test_a_line_of_a_few_notes_stays() -> None:
    texts = {f"n:{number:03}": f"tags shared\n{'x' * number}" for number in range(4)}
    assert all("tags shared" in text for text in own_texts(network_of(4), texts))


def test_in_a_large_vault_it_takes_more_notes() -> None:
    texts = {f"n:{number:03}": "Shared by six" if number < 6 else "x" * number for number in range(400)}
    assert own_texts(network_of(400), texts)[0] == "Shared by six"


def test_texts_of_what_is_no_item_are_not_read() -> None:
    assert own_texts(network_of(1), {"n:000": "One", "n:999": "Two"}) == ("One",)
    assert own_texts(network_of(0), {"n:999": "Two"}) == ()
