"""Reading questions: words with their places, the forms of words, the names of an ontology, and odd questions."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.answers.answering import Asker
from kg.answers.lexicon import read_lexicon, verbs_of
from kg.answers.meaning import Meaning
from kg.answers.tense import is_about_now, is_of_the_past
from kg.answers.words import fold, forms, is_past, normal_noun, share_form, tokenise
from kg.ontology import load_ontology
from kg.rdf import KG, NamedNode
from tests.answers.facts import BASE
from tests.answers.graph import FACTS
from tests.graphs import graph_on

WORDS = (
    "who what which where when how many does is was by in of the a and that works work for use uses written depend on "
    "created founder company tools Acme Lamp Ada Rust 's 谁 什么 哪些 的 在 工作 使用 创建 明灯 艾克米公司 公司 吗 是 和 多少"
).split()


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, FACTS.encode()) as graph:
        yield Asker(graph)


@given(st.text(max_size=80))
def test_tokens_stand_where_they_say(text: str) -> None:
    end = 0
    for token in tokenise(text):
        assert end <= token.start < token.end
        assert fold(text[token.start : token.end]) == token.text
        end = token.end


def test_a_possessive_is_a_token_of_its_own() -> None:
    assert [each.text for each in tokenise("Lamp's creator’s C++ v0.9")] == [
        "lamp", "'s", "creator", "'s", "c++", "v0.9",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right"), [("works", "work"), ("wrote", "write"), ("people", "person"), ("libraries", "library"),
                        ("used", "use"), ("running", "run"), ("created", "create"), ("companies", "company")],
)  # fmt: skip
def test_words_share_a_form(left: str, right: str) -> None:
    assert share_form(left, right)


def test_other_words_share_none() -> None:
    assert not any(share_form(left, right) for left, right in [("bus", "bu"), ("use", "user"), ("art", "arts' x")])
    assert forms("is") == {"is"}
    assert [normal_noun(each) for each in ("employees", "Staff")] == ["employee", "staff"]
    assert is_past("wrote") and is_past("worked") and not is_past("works") and not is_past("people")


def test_the_lexicon_has_labels_triggers_and_patterns_of_both_languages() -> None:
    ontology = load_ontology()
    lexicon = read_lexicon(ontology)
    assert read_lexicon(ontology) == lexicon
    found = {(phrase.words, phrase.relation.predicate, phrase.swapped) for phrase in lexicon.phrases["supervise"]}
    assert (("supervises",), KG["reportsTo"], True) in found  # the pattern has its object first
    assert any(phrase.words == ("depend", "on") for phrase in lexicon.phrases["depend"])
    assert KG["hasAuthor"] in {phrase.relation.predicate for phrase in lexicon.nouns["author"]}
    assert [each.predicate for each in lexicon.zh_nouns["导师"]] == [KG["reportsTo"]]
    assert any(word.class_iri == KG["ProgrammingLanguage"] for word in lexicon.classes["language"])
    assert "work" in verbs_of(lexicon, KG["worksFor"])


def test_how_notes_are_kept_is_nothing_to_ask_for() -> None:
    lexicon = read_lexicon(load_ontology())
    asked = {phrase.relation.predicate for group in lexicon.phrases.values() for phrase in group}
    assert KG["mentions"] in asked
    assert not asked & {KG["contentHash"], KG["graph"], KG["describes"], KG["quote"]}


def test_a_sentence_of_the_past_has_its_verbs_in_the_past() -> None:
    verbs = ("work", "teach")
    assert is_of_the_past("Before that she worked there.", verbs)
    assert not is_of_the_past("She works there and worked there before.", verbs)
    assert not is_of_the_past("She has worked there since May.", verbs)
    assert not is_of_the_past("employer: Acme", verbs)
    assert is_about_now(tokenise("Where does she work?"), verbs)
    assert not is_about_now(tokenise("Where did she work?"), verbs)
    assert not is_about_now(tokenise("Who worked there?"), verbs)


def test_a_condition_counts_once() -> None:
    meaning = Meaning("count", None, ())
    twice = Meaning("count", None, (*meaning.conditions, *meaning.conditions))
    assert twice == meaning


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14))
def test_any_words_get_a_reply(asker: Asker, words: list[str]) -> None:
    reply = asker.ask(" ".join(words))
    assert bool(reply.answers) != reply.abstained
    assert all(answer.iri is None or isinstance(answer.iri, NamedNode) for answer in reply.answers)


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=60).filter(str.strip))
def test_any_text_gets_a_reply(asker: Asker, text: str) -> None:
    assert asker.ask(text).abstained


@pytest.mark.parametrize(
    "question",
    [
        " and ".join(["Lamp"] * 60) + " use what?",
        "the creator of " * 25 + "Lamp",
        "Lamp" + "'s creator" * 40,
        "Who works for " + " and works for ".join(["Acme"] * 25),
        "Which tools that " + "use tools that " * 25 + "use Lamp",
        "和".join(["明灯"] * 60) + "使用什么",
        "使用" * 60 + "明灯" + "的项目的作者" * 30,
    ],
)
def test_a_question_that_repeats_itself_ends(asker: Asker, question: str) -> None:
    begun = time.process_time()
    asker.ask(question[:500])
    assert time.process_time() - begun < 30  # without bounds this would take hours
