"""Texts are cut into parts that a model reads well."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kg.text_vectors.chunks import chunks


def test_parts_have_so_many_words_and_the_last_has_fewer() -> None:
    assert chunks("one two  three\nfour five", words=2, most=9) == ["one two", "three four", "five"]


def test_what_comes_behind_the_last_part_is_left_out() -> None:
    assert chunks("one two three four five", words=2, most=2) == ["one two", "three four"]
    assert chunks("one two three four", words=2, most=2) == ["one two", "three four"]


def test_a_chinese_character_is_a_word_and_gets_no_space() -> None:
    assert chunks("知识图谱 and 笔记", words=3) == ["知识图", "谱 and 笔", "记"]


def test_data_without_a_space_is_left_out() -> None:
    assert chunks(f"before {'A' * 65} after {'b' * 64}") == [f"before after {'b' * 64}"]


def test_a_text_without_words_has_no_parts() -> None:
    assert chunks("") == chunks(" \n\t") == chunks("x" * 70) == []


@given(st.text(alphabet="ab 知识\n", max_size=80), st.integers(1, 5), st.integers(1, 4))
def test_the_parts_of_more_begin_with_the_parts_of_fewer(text: str, words: int, most: int) -> None:
    parts = chunks(text, words, most)
    assert len(parts) <= most
    assert chunks(text, words, most + 1)[: len(parts)] == parts
    assert "".join("".join(chunks(text, words, 99)).split()) == "".join(text.split())
