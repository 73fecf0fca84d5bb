"""A graph is divided so that no answer is in the training triples under another name."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kg.embeddings import Overlap, Triples, overlaps, split
from kg.embeddings.errors import TriplesError
from tests.embeddings.small import family_tree, random_triples


def library(books: int = 60) -> list[tuple[str, str, str]]:
    """Books with authors, told in both directions, and twice in one; colleagues, who are so of each other."""
    triples = []
    for number in range(books):
        book, author = f"b{number}", f"a{number % 12}"
        triples += [(author, "authorOf", book), (book, "hasAuthor", author), (author, "wrote", book)]
        triples += [(author, "colleagueOf", f"a{(number + 5) % 12}"), (f"a{(number + 5) % 12}", "colleagueOf", author)]
        triples.append((book, "cites", f"b{(number * 7 + 3) % books}"))
    return triples


def test_inverse_double_and_symmetric_relations_are_found() -> None:
    found = {(o.first, o.second, o.is_inverse) for o in overlaps(Triples.from_names(library()))}
    assert found == {
        ("authorOf", "hasAuthor", True),
        ("authorOf", "wrote", False),
        ("colleagueOf", "colleagueOf", True),
        ("hasAuthor", "wrote", True),
    }


def test_a_part_of_a_relation_is_found() -> None:
    triples = [(f"a{n}", "knows", f"b{n}") for n in range(30)] + [(f"a{n}", "marriedTo", f"b{n}") for n in range(4)]
    assert overlaps(Triples.from_names(triples)) == (Overlap("knows", "marriedTo", 1.0, False),)


def test_no_triple_tells_on_another() -> None:
    triples = Triples.from_names(library())
    parts = split(triples, 0.15, 0.15, seed=3)
    related = {"authorOf", "hasAuthor", "wrote"}

    def pairs(part: Triples) -> set[object]:
        named = list(part.named())
        inside = {frozenset((head, tail)) for head, relation, tail in named if relation in related}
        return inside | {frozenset((head, tail, "c")) for head, relation, tail in named if relation == "colleagueOf"}

    sets = [parts.training, parts.validation, parts.test]
    assert all(len(part) for part in sets)
    assert not pairs(sets[0]) & pairs(sets[1])
    assert not pairs(sets[0]) & pairs(sets[2])
    assert not pairs(sets[1]) & pairs(sets[2])


@pytest.mark.parametrize("seed", range(3))
def test_parts_make_up_the_whole_and_know_all_names(seed: int) -> None:
    triples = random_triples(60, 5, 600, seed)
    parts = split(triples, 0.1, 0.2, seed)
    sets = [parts.training, parts.validation, parts.test]
    assert sorted(row for part in sets for row in part.array.tolist()) == triples.array.tolist()
    assert sum(map(len, sets)) == len(triples)
    assert abs(len(parts.validation) - 0.1 * len(triples)) < 3
    assert abs(len(parts.test) - 0.2 * len(triples)) < 3
    assert set(np.unique(parts.training.array[:, [0, 2]])) == set(np.unique(triples.array[:, [0, 2]]))
    assert set(parts.training.relation_ids.tolist()) == set(triples.relation_ids.tolist())


def test_parts_do_not_depend_on_order_or_on_ids() -> None:
    named = family_tree()
    first = split(Triples.from_names(named), seed=1)
    shuffled = list(named)
    random.Random(5).shuffle(shuffled)
    grown = Triples.from_names(shuffled[:10])  # so that ids are given in two steps
    second = split(Triples.from_names(shuffled, grown.entities, grown.relations), seed=1)
    other = split(Triples.from_names(named), seed=2)
    assert set(first.validation.named()) == set(second.validation.named())
    assert set(first.test.named()) == set(second.test.named())
    assert set(first.test.named()) != set(other.test.named())


def test_a_graph_of_which_nothing_can_be_asked_is_refused() -> None:
    chain = Triples.from_names([("a", "r", "b"), ("c", "s", "d")])
    with pytest.raises(TriplesError, match="none can be asked"):
        split(chain)
    with pytest.raises(ValueError, match="nothing to learn from"):
        split(chain, 0.5, 0.5)


def test_one_relation_is_enough() -> None:
    triples = random_triples(30, 1, 200)
    assert len(split(triples).test) == pytest.approx(0.1 * len(triples), abs=2)
