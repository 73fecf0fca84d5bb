"""The page about the embedded store's Cypher says what is tested."""

from __future__ import annotations

from tests.cypher.dialect_page import PAGE, render


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render(), "run `python -m tests.cypher.dialect_page`"
