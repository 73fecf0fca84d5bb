"""Notes by the words they share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.rdf import NamedNode
from kg.recommendation.content import Content
from kg.recommendation.model import Seeds, Source
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.terms import Vocabulary

TEXTS = {
    "borrow": "The borrow checker of Rust refuses a dangling reference at compile time.",
    "bread": "Sourdough bread: knead the dough, let it rise, bake it at 220 degrees.",
    "flour": "Flour with more gluten makes a dough that rises; knead doughs of rye less. 220",
    "graph": "知识图谱把实体和关系存成图，再用 SPARQL 查询。",
    "lifetime": "A lifetime in Rust tells the borrow checker how long references live.",
    "ontology": "本体规定知识图谱里有哪些类和关系。",
}


def network_of(texts: dict[str, str]) -> Network:
    items = [
        NoteItem(NamedNode(f"n:{name}"), name, name.title(), described=NamedNode(f"n:{name}#it")) for name in texts
    ]
    return Network.of((), [("n:borrow", "p:mentions", "e:rust")], items, {"e:rust": "Rust"})


NETWORK = network_of(TEXTS)
CONTENT = Content(NETWORK, tuple(TEXTS.values()))


def seeds_of(*iris: str) -> Seeds:
    return Seeds({NETWORK.node(iri) or 0: 1.0 for iri in iris})


def ranked(seeds: Seeds) -> list[str]:
    scores = CONTENT.score(seeds)
    return [list(TEXTS)[item] for item in np.argsort(-scores, kind="stable") if scores[item] > 0]


@pytest.mark.parametrize(
    ("name", "nearest"), [("borrow", "lifetime"), ("bread", "flour"), ("graph", "ontology"), ("lifetime", "borrow")]
)
def test_the_note_with_the_same_words_comes_first(name: str, nearest: str) -> None:
    assert ranked(seeds_of(f"n:{name}"))[:2] == [name, nearest]


def test_a_note_and_what_it_describes_count_once() -> None:
    alone = CONTENT.score(seeds_of("n:bread"))
    assert np.array_equal(alone, CONTENT.score(seeds_of("n:bread", "n:bread#it")))
    assert np.array_equal(alone, CONTENT.score(seeds_of("n:bread#it")))
    assert alone[list(TEXTS).index("bread")] == pytest.approx(1)


def test_an_entity_without_a_note_is_asked_for_by_its_name() -> None:
    assert sorted(ranked(seeds_of("e:rust"))) == ["borrow", "lifetime"]


def test_several_seeds_add_up_by_their_weights() -> None:
    bread, borrow = NETWORK.node("n:bread") or 0, NETWORK.node("n:borrow") or 0
    both = CONTENT.score(Seeds({bread: 2.0, borrow: 0.5}))
    parts = 2 * CONTENT.score(Seeds({bread: 1.0})) + 0.5 * CONTENT.score(Seeds({borrow: 1.0}))
    assert np.allclose(both, parts, atol=1e-6)
    assert not CONTENT.score(Seeds({})).any()


def test_a_weight_is_that_of_bm25_with_both_sides_of_length_one() -> None:
    """Against the formula, written out for one pair."""
    texts = {"a": "x x y", "b": "x z", "c": "z z"}
    content = Content(network_of(texts), tuple(texts.values()))
    rows = []
    for name, text in texts.items():
        words = [*text.split(), name, name]  # the title counts twice
        row = {}
        for word in set(words):
            holders = sum(word in [*other.split(), title] for title, other in texts.items())
            tf = words.count(word)
            row[word] = np.log(1 + (3 - holders + 0.5) / (holders + 0.5)) * tf * 3 / (tf + 2)
        length = np.sqrt(sum(weight**2 for weight in row.values()))
        rows.append({word: weight / length for word, weight in row.items()})
    wanted = [sum(rows[0][word] * row.get(word, 0) for word in rows[0]) for row in rows]
    network = network_of(texts)
    assert np.allclose(content.score(Seeds({network.node("n:a") or 0: 1.0})), wanted, atol=1e-6)


def test_reasons_name_the_words_and_no_function_words() -> None:
    (reason,) = CONTENT.reasons(seeds_of("n:borrow"), list(TEXTS).index("lifetime"))
    assert reason.source == "content"
    assert reason.text == "Has the same words: “borrow”, “checker”, “references”"
    (reason,) = CONTENT.reasons(seeds_of("n:bread"), list(TEXTS).index("flour"))
    assert "“dough”" in reason.text and "220" not in reason.text


def test_chinese_words_are_named_as_they_stand_in_both_notes() -> None:
    (reason,) = CONTENT.reasons(seeds_of("n:graph"), list(TEXTS).index("ontology"))
    assert reason.text == "Has the same words: “知识图谱”, “关系”"


def test_the_name_of_an_entity_is_named_as_it_stands_in_the_note() -> None:
    texts = {"a": "用二分查找算法", "b": "别的东西", "c": "Don't panic", "d": "They don't"}
    items = [NoteItem(NamedNode(f"n:{name}"), name, "") for name in texts]
    network = Network.of(["e:search"], (), items, {"e:search": "二分查找"})
    content = Content(network, tuple(texts.values()))
    (reason,) = content.reasons(Seeds({network.node("e:search") or 0: 1.0}), 0)
    assert reason.text == "Has the same words: “二分查找”"
    assert content.reasons(Seeds({network.node("n:c") or 0: 1.0}), 3) == [], "what an apostrophe leaves is no word"


def test_what_shares_no_word_has_no_reason() -> None:
    assert CONTENT.reasons(seeds_of("n:graph"), list(TEXTS).index("bread")) == []


def test_likeness_is_symmetric_and_one_on_the_diagonal() -> None:
    alike = CONTENT.alike(np.arange(6, dtype=np.int32))
    assert np.array_equal(alike, alike.T)
    assert np.array_equal(np.diag(alike), np.ones(6, dtype=np.float32))
    assert alike[0, 4] > alike[0, 1]


def test_a_vault_without_notes_or_words_is_no_error() -> None:
    nothing = Network.of(["e:a"], (), ())
    assert Content(nothing, ()).score(Seeds({0: 1.0})).shape == (0,)
    blank = network_of({"a": ""})
    content = Content(blank, ("",))
    assert content.score(Seeds({blank.node("n:a") or 0: 1.0})).tolist() == pytest.approx([1])


def test_it_is_a_source_and_the_same_texts_give_the_same_scores() -> None:
    source: Source = CONTENT
    again = Content(NETWORK, tuple(TEXTS.values()))
    assert np.array_equal(source.score(seeds_of("n:borrow")), again.score(seeds_of("n:borrow")))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Notes", "note"), ("queries", "QUERY"), ("databases", "database"), ("Ｎｅｏ４ｊ", "neo4j"), ("知识", "知识")],
)
def test_forms_of_one_word_are_one_term(one: str, other: str) -> None:
    vocabulary = Vocabulary()
    vocabulary.read(one)
    assert vocabulary.known_terms(other) == [0]


@pytest.mark.parametrize(("one", "other"), [("class", "clas"), ("focus", "focu"), ("go", "gos"), ("a1b", "b")])
def test_other_words_are_other_terms(one: str, other: str) -> None:
    vocabulary = Vocabulary()
    vocabulary.read(one)
    assert vocabulary.known_terms(other) == []


@given(st.lists(st.text(alphabet="ab s知识图\n", max_size=20), min_size=1, max_size=6))
def test_scores_are_cosines(texts: list[str]) -> None:
    named = {f"t{number}": text for number, text in enumerate(texts)}
    network = network_of(named)
    content = Content(network, tuple(texts))
    for item in range(len(texts)):
        seeds = Seeds({int(network.node_of_item[item]): 1.0})
        scores = content.score(seeds)
        assert scores[item] == pytest.approx(1, abs=1e-5)
        assert (scores >= 0).all() and (scores <= 1 + 1e-5).all()
        assert all(scores[other] > 0 for other in range(len(texts)) if content.reasons(seeds, other))
