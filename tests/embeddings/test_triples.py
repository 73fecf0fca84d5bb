"""Files of triples, ids that stay, the digest, and the grouping of queries."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.embeddings import NamedTriple, Triples, Vocabulary, encode, read_triples
from kg.embeddings.errors import NotTrainedError, TriplesError
from kg.embeddings.grouping import both_directions, spans
from tests.embeddings.small import family_tree, random_triples

NAMES = st.sampled_from(["a", "b", "c", "ä", "机器学习", "https://example.org/x"])
TRIPLES = st.lists(st.tuples(NAMES, st.sampled_from(["r", "s"]), NAMES), max_size=30)


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "triples.tsv"
    path.write_bytes(content)
    return path


def test_a_file_is_read_whatever_its_line_ends_are(tmp_path: Path) -> None:
    content = "\ufeffMara\tworksFor\tHalden\r\n\n#1\tuses\t机器学习\nx\ty\tz".encode()
    assert list(read_triples(written(tmp_path, content))) == [
        ("Mara", "worksFor", "Halden"), ("#1", "uses", "机器学习"), ("x", "y", "z"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"a\tr\tb\na r b\n", 2, "there is no tab"),
        (b"a\tr\tb\tc\n", 1, "there are 4 columns"),
        (b"a\tr\tb\n\na\t\tb\n", 3, "the relation is empty"),
        (b"a\tr\t \n", 1, "the tail is empty"),
        (b"a\tr\t\xff\n", 1, "byte 5 of the line is not UTF-8"),
    ],
)
def test_what_is_no_triple_is_named_with_its_line(tmp_path: Path, content: bytes, line: int, says: str) -> None:
    with pytest.raises(TriplesError, match=says) as raised:
        list(read_triples(written(tmp_path, content)))
    assert raised.value.line == line
    assert f"triples.tsv:{line}: " in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TriplesError, match="No such file"):
        list(read_triples(tmp_path / "none.tsv"))


@given(TRIPLES, st.randoms(use_true_random=False))
def test_ids_and_digest_do_not_depend_on_order_or_doubles(triples: list[NamedTriple], random: object) -> None:
    first = Triples.from_names(triples)
    shuffled = triples * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    second = Triples.from_names(shuffled)
    assert first.entities == second.entities
    assert first.relations == second.relations
    assert np.array_equal(first.array, second.array)
    assert first.digest() == second.digest()
    assert set(first.named()) == set(triples)
    assert len(first) == len(set(triples))


@given(TRIPLES, TRIPLES)
def test_what_has_an_id_keeps_it(before: list[NamedTriple], after: list[NamedTriple]) -> None:
    old = Triples.from_names(before)
    new = Triples.from_names(after, old.entities, old.relations)
    assert new.entities.names[: len(old.entities)] == old.entities.names
    assert new.relations.names[: len(old.relations)] == old.relations.names
    assert new.digest() == Triples.from_names(after).digest()
    assert set(new.named()) == set(after)


def test_the_digest_tells_triples_apart() -> None:
    digests = {Triples.from_names(family_tree()[:count]).digest() for count in range(1, 20)}
    assert len(digests) == 19


def test_names_without_an_id_are_told() -> None:
    known = Triples.from_names([("a", "r", "b")])
    encoded = encode([("a", "r", "a"), ("a", "s", "b"), ("a", "r", "c")], known.entities, known.relations)
    assert list(encoded.triples.named()) == [("a", "r", "a")]
    assert encoded.unknown == (("a", "s", "b"), ("a", "r", "c"))
    with pytest.raises(NotTrainedError, match="The entity 'c' was not among the training triples"):
        known.entities.id("c")


def test_a_name_has_one_id() -> None:
    with pytest.raises(ValueError, match="two ids"):
        Vocabulary("entity", ["a", "a"])


def test_triples_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Triples.from_names([("a", "r", "b")]).array[0, 0] = 1


def test_rows_too_long_for_one_integer_are_sorted_too() -> None:
    rows = np.array([[2**31 - 2, 1, 5], [3, 1, 5], [3, 1, 5], [3, 0, 9]], dtype=np.int32)

    class Large(Vocabulary):
        def __len__(self) -> int:
            return 2**31 - 1

    triples = Triples.of(Large("entity", ()), Large("relation", ()), rows)
    assert triples.array.tolist() == [[3, 0, 9], [3, 1, 5], [2**31 - 2, 1, 5]]


def test_queries_have_all_their_answers() -> None:
    triples = random_triples(20, 3, 150)
    grouped = both_directions(triples)
    expected: dict[tuple[int, int], list[int]] = defaultdict(list)
    for head, relation, tail in triples.array.tolist():
        expected[head, relation].append(tail)
        expected[tail, relation + 3].append(head)
    found = {
        (anchor, relation): grouped.targets[start:end].tolist()
        for anchor, relation, start, end in zip(
            grouped.anchors.tolist(), grouped.relations.tolist(), grouped.offsets[:-1], grouped.offsets[1:], strict=True
        )
    }
    assert found == {query: sorted(answers) for query, answers in expected.items()}
    assert grouped.counts.sum() == 2 * len(triples)


def test_answers_are_found_by_query() -> None:
    triples = random_triples(20, 3, 40)
    grouped = both_directions(triples)
    anchors, relations = np.arange(20).repeat(6), np.tile(np.arange(6), 20)
    starts, ends = grouped.find(anchors, relations)
    rows, places = spans(starts, ends)
    answers = zip(anchors[rows].tolist(), relations[rows].tolist(), grouped.targets[places].tolist(), strict=True)
    forward = {tuple(row) for row in triples.array.tolist()}
    assert set(answers) == forward | {(tail, relation + 3, head) for head, relation, tail in forward}


def test_without_triples_there_is_no_query() -> None:
    grouped = both_directions(Triples.from_names([]))
    assert len(grouped) == 0
    starts, ends = grouped.find(np.array([0]), np.array([0]))
    assert (starts == ends).all()
