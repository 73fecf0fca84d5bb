"""Where the words of a query stand in a text: other forms, Chinese, names, and nothing that the query does not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.rdf import NamedNode
from kg.search.highlighting import QueryWords, name_places
from kg.search.hits import Span, merged_spans
from kg.search.words import fold, terms

ONE = NamedNode("https://noemata.example/a")
SAMPLE = st.text(st.sampled_from("abde ing的图数据库C++#é,.’s\n") | st.characters(exclude_categories=["Cs"]), max_size=40)


def marked(query: str, text: str) -> list[str]:
    return [text[start:end] for start, end in QueryWords(query).places(text)]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("graph databases", "A Database for graphs; no graphics.", ["Database", "graphs"]),
        ("Who works at Acme?", "Ada worked there: Acme.", ["worked", "Acme"]),
        ("C++", "C++, not C#", ["C++"]),
        ("c#", "C++, not C#", ["C#"]),
        ("图数据库", "他在用图数据库。数据很多。", ["图数据库", "数据"]),
        ("图数据库是什么", "什么是图数据库", ["图数据库"]),
        ("café", "a Cafe", ["Cafe"]),
        ("who is the", "the end", ["the"]),
        ("SQLite 全文搜索", "全文索引在 SQLite 里", ["全文", "SQLite"]),
        ("猫", "一只猫和狗", ["猫"]),
        ("graph", "", []),
    ],
)
def test_words_are_marked_in_all_their_forms(query: str, text: str, found: list[str]) -> None:
    assert marked(query, text) == found


@given(SAMPLE, SAMPLE)
def test_places_are_in_order_and_hold_a_term_of_the_query(query: str, text: str) -> None:
    words = QueryWords(query)
    before = 0
    for start, end in words.places(text):
        assert before <= start < end <= len(text)
        assert not words.terms.isdisjoint(terms(fold(text[start:end])))
        before = end


@given(SAMPLE)
def test_a_text_has_all_words_of_itself(text: str) -> None:
    words = QueryWords(text)
    assert words.found_in(text) == tuple(word for word in words.words if terms(word))


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Ada", "Ada, adam and ADA", ["Ada", "ADA"]),
        ("Ada Lovelace", "Ada\n  Lovelace", ["Ada\n  Lovelace"]),
        ("李雷", "我和李雷去了", ["李雷"]),
        ("C++", "in C++.", ["C++"]),
        ("  ", "anything", []),
    ],
)
def test_names_stand_as_words_of_their_own(name: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in name_places([name], text)] == found


def test_of_two_spans_the_longer_stays_and_one_of_an_entity_before_a_word() -> None:
    found = merged_spans([Span(4, 7), Span(0, 3), Span(0, 7, ONE), Span(9, 12), Span(9, 12, ONE), Span(5, 5)])
    assert found == (Span(0, 7, ONE), Span(9, 12, ONE))
    assert found[0].to_json() == {"start": 0, "end": 7, "iri": ONE.value}
