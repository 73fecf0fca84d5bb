"""Words: stems, Chinese characters, names however they are written; and BM25 as the formula has it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest

from kg.search.stemming import stem
from kg.search.word_index import FieldWeights, PassageTerms, Segment, WordIndex
from kg.search.words import encoded_text, name_key, terms


@pytest.mark.parametrize(
    ("word", "expected"),
    [  # examples of the paper
        ("caresses", "caress"), ("ponies", "poni"), ("ties", "ti"), ("cats", "cat"), ("feed", "feed"), ("agreed", "agre"),
        ("plastered", "plaster"), ("bled", "bled"), ("motoring", "motor"), ("sing", "sing"), ("conflated", "conflat"),
        ("troubled", "troubl"), ("sized", "size"), ("hopping", "hop"), ("falling", "fall"), ("hissing", "hiss"),
        ("fizzed", "fizz"), ("failing", "fail"), ("filing", "file"), ("happy", "happi"), ("sky", "sky"),
        ("relational", "relat"), ("conditional", "condit"), ("rational", "ration"), ("valenci", "valenc"),
        ("digitizer", "digit"), ("radicalli", "radic"), ("vietnamization", "vietnam"), ("predication", "predic"),
        ("feudalism", "feudal"), ("decisiveness", "decis"), ("hopefulness", "hope"), ("formaliti", "formal"),
        ("sensibiliti", "sensibl"), ("triplicate", "triplic"), ("formative", "form"), ("formalize", "formal"),
        ("electrical", "electr"), ("hopeful", "hope"), ("goodness", "good"), ("revival", "reviv"), ("allowance", "allow"),
        ("inference", "infer"), ("airliner", "airlin"), ("adjustable", "adjust"), ("replacement", "replac"),
        ("adoption", "adopt"), ("communism", "commun"), ("activate", "activ"), ("effective", "effect"),
        ("probate", "probat"), ("rate", "rate"), ("cease", "ceas"), ("controll", "control"), ("roll", "roll"),
        ("generalizations", "gener"), ("oscillators", "oscil"), ("a", "a"), ("x1s", "x1s"), ("café", "café"),
    ],
)  # fmt: skip
def test_stems_are_those_of_the_paper(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_terms_of_two_languages() -> None:
    assert terms("Ada's engines, in C++ and C#; TOMÁS'") == ["ada", "engin", "in", "c++", "and", "c#", "toma"]
    assert terms("图数据库 FTS5") == ["图数", "数据", "据库", "图", "数", "据", "库", "fts5"]
    assert terms("ＦＴＳ５ snake_case") == ["fts5", "snake", "case"]
    assert terms("x" * 41) == []


def test_names_are_the_same_however_they_are_written() -> None:
    assert name_key("Tomás  O'Kafor_2") == name_key("tomas o’kafor 2") == "tomas o kafor 2"
    assert name_key("!?") == ""


def test_what_is_encoded_stands_under_its_titles() -> None:
    assert encoded_text("Lantern", ("Lantern", "Storage"), "It *keeps* [[Oxigraph|triples]].") == (
        "Lantern. Storage. It keeps Oxigraph triples ."
    )


# --- BM25


def index_of(rows: Sequence[Sequence[str]], parts: int = 1, names: dict[str, list[range]] | None = None) -> WordIndex:
    """An index of passages of which each word has the weight 1, in some parts."""
    numbers = {term: place + 1 for place, term in enumerate(sorted({term for row in rows for term in row}))}
    segments = []
    for part in range(parts):
        places = list(range(part, len(rows), parts))
        starts = np.cumsum([0, *(len(rows[place]) for place in places)]).astype(np.int64)
        ids = np.array([numbers[term] for place in places for term in rows[place]], dtype=np.int32)
        weights = np.ones(len(ids), dtype=np.float32)
        segments.append(Segment(PassageTerms(starts, ids, weights), np.array(places, dtype=np.int32), len(numbers) + 1))
    return WordIndex(segments, numbers, lambda key: (names or {}).get(key, ()), [" ".join(row) for row in rows])


def by_the_formula(rows: Sequence[Sequence[str]], query: Sequence[str]) -> list[float]:
    average = sum(map(len, rows)) / len(rows)
    scores = [0.0] * len(rows)
    for term in query:
        holding = sum(term in row for row in rows)
        weight = math.log(1 + (len(rows) - holding + 0.5) / (holding + 0.5))
        for place, row in enumerate(rows):
            count = row.count(term)
            scores[place] += weight * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(row) / average))
    return scores


@pytest.mark.parametrize("parts", [1, 3])
def test_scores_are_those_of_the_formula(parts: int) -> None:
    chance = random.Random(5)
    words = ["ada", "bob", "loom", "engin", "rust", "graph"]
    rows = [[chance.choice(words) for _ in range(chance.randint(1, 12))] for _ in range(40)]
    index = index_of(rows, parts)
    for query in (["ada"], ["loom", "rust", "graph"]):
        expected = by_the_formula(rows, query)
        ids, scores = index.scores(" ".join(query), 1000)
        assert set(ids.tolist()) == {place for place, score in enumerate(expected) if score}
        np.testing.assert_allclose(scores, [expected[place] for place in ids], rtol=1e-5)
        assert all(a > b or (a == b and i < j) for a, b, i, j in zip(scores, scores[1:], ids, ids[1:], strict=False))
        few, _ = index.scores(" ".join(query), 7)
        assert few.tolist() == ids[:7].tolist()
        parts_ = index.parts(" ".join(query))
        assert parts_.words == tuple(query)
        assert all((np.diff(each) > 0).all() for each in parts_.passages)


def test_words_that_say_nothing_count_where_there_are_no_others() -> None:
    index = index_of([["the", "who"], ["ada", "the"]])
    assert index.parts("who is the ada").words == ("ada",)
    assert index.parts("The Who").words == ("the", "who")
    assert index.scores("nobody", 5)[0].tolist() == []


def test_phrases_and_exact_names_come_first() -> None:
    rows = [["graph", "rust"], ["rust", "graph"], ["rust", "rust", "rust"]]
    index = index_of(rows, names={"rust graph": [range(1)]})
    assert index.scores("rust", 5)[0][0] == 2
    assert index.scores('"rust graph"', 5)[0].tolist()[:2] == [0, 1]
    assert index.scores('the "graph rust" of', 5)[0][0] == 0
    once, often = (index.parts('"rust graph" ' * times).bonus for times in (2, 100))
    assert once[1].tolist() == often[1].tolist()
    places, extra = index.parts("Rust Graph!").bonus
    assert places.tolist() == [0] and extra[0] > 1


def test_weights_are_of_fields() -> None:
    assert FieldWeights() == FieldWeights(title=2.0, heading=1.5)
