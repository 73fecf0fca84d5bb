"""Clusters of a changing set of entities: the same in any order, and always what one run over all gives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.config import load_config
from kg.rdf import NamedNode
from kg.resolution import (
    Cluster,
    Decided,
    MemoryShelf,
    Profile,
    Resolution,
    ResolutionSettings,
    Resolver,
    resolve,
)
from kg.resolution.blocking import Blocks, block_keys
from tests.resolution.examples import SCORER, decisions, iri, profile, profile_sets
from tests.resolution.histories import History
from tests.resolution.plain import plain_resolution

SMALL = ResolutionSettings(block_size=2)
"""Blocks so small that most of them split."""


def pair(left: str, right: str) -> frozenset[NamedNode]:
    return frozenset((iri(left), iri(right)))


@given(profile_sets, decisions, st.randoms(use_true_random=False))
def test_order_does_not_matter(entities: list[Profile], decided: Decided, rng: random.Random) -> None:
    shuffled = rng.sample(entities, len(entities))
    assert resolve(entities, SCORER, SMALL, decided) == resolve(shuffled, SCORER, SMALL, decided)


@given(profile_sets, decisions, st.sampled_from([1, 2, 3, 64]))
def test_the_answer_is_that_of_one_run_over_all_pairs(entities: list[Profile], decided: Decided, size: int) -> None:
    options = ResolutionSettings(block_size=size)
    assert resolve(entities, SCORER, options, decided) == plain_resolution(entities, SCORER, options, decided)


@pytest.mark.parametrize("seed", range(60))
def test_any_history_ends_where_one_run_over_the_last_state_does(seed: int) -> None:
    History(seed, MemoryShelf).run(60)


def test_a_resolver_that_keeps_the_pairs_of_a_block_that_split_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Resolver, "_drop_unmet", lambda self, iri: None)
    with pytest.raises(AssertionError):
        for seed in range(20):
            History(seed, MemoryShelf).run(60)


@given(profile_sets, decisions)
def test_what_must_stay_apart_does(entities: list[Profile], decided: Decided) -> None:
    groups = [frozenset((a, b)) for group in decided.groups for a in group for b in group]
    apart = decided.apart.union(both for both in groups if len(both) > 1)
    answer = resolve(entities, SCORER, SMALL, decided)
    by_iri = {entity.iri: entity for entity in entities}
    for cluster in answer.clusters:
        members = [by_iri[member] for member in cluster.members]
        for left in members:
            for right in members:
                both = frozenset((left.iri, right.iri))
                assert both not in apart
                if not decided.same and left != right:
                    assert SCORER.conflict(SCORER.read(left), SCORER.read(right)) is None
        assert cluster.members == tuple(sorted(cluster.members, key=lambda member: member.value))
        assert answer.keeper(cluster.members[0]) == cluster.keeper


@given(profile_sets, decisions)
def test_zones(entities: list[Profile], decided: Decided) -> None:
    resolver = Resolver(SCORER, SMALL, decided)
    for entity in entities:
        resolver.add(entity)
    answer = resolver.resolution()
    groups = [frozenset((a, b)) for group in decided.groups for a in group for b in group]
    apart = decided.apart.union(both for both in groups if len(both) > 1)
    for cluster in answer.clusters:
        if not decided.same:
            pairs = [resolver.explain(a, b) for a in cluster.members for b in cluster.members if a.value < b.value]
            assert any(found.confidence >= SMALL.merge for found in pairs)
    for review in answer.reviews:
        assert review.confidence >= SMALL.review
        assert answer.keeper(review.left) != answer.keeper(review.right)
        sides = [resolver.cluster(side).members for side in (review.left, review.right)]
        assert not {frozenset((a, b)) for a in sides[0] for b in sides[1]} & apart
        if review.confidence >= SMALL.merge:
            assert review.reason
    keepers = [frozenset((answer.keeper(review.left), answer.keeper(review.right))) for review in answer.reviews]
    assert len(keepers) == len(set(keepers))
    assert list(answer.reviews) == sorted(answer.reviews, key=lambda r: (-r.confidence, r.left.value, r.right.value))


def _meetings(entities: Iterable[Profile], bound: int) -> Callable[[NamedNode], set[NamedNode]]:
    readings = {entity.iri: SCORER.read(entity) for entity in entities}
    blocks = Blocks(bound, MemoryShelf().blocks, readings.__getitem__)
    for reading in readings.values():
        blocks.add(reading)
    return lambda iri: blocks.meet(readings[iri])


@given(profile_sets, st.integers(min_value=1, max_value=4))
def test_meetings_are_mutual_and_of_the_set_alone(entities: list[Profile], bound: int) -> None:
    meet, reverse = _meetings(entities, bound), _meetings(reversed(entities), bound)
    for entity in entities:
        met = meet(entity.iri)
        assert met == reverse(entity.iri)
        assert entity.iri not in met
        assert all(entity.iri in meet(other) for other in met)


MEET = [
    ("Microsoft", "Microsfot"),
    ("Kubernetes", "Kubernets"),
    ("k8s", "Kubernetes"),
    ("Kafka", "Apache Kafka"),
    ("Postgres", "PostgreSQL"),
    ("TensorFlow", "Tensor Flow"),
    ("W3C", "World Wide Web Consortium"),
    ("Oxford University", "University of Oxford"),
    ("J. Smith", "John Smith"),
    ("Turing, Alan", "A. Turing"),
    ("北大", "北京大学"),
    ("中科院", "中国科学院"),
    ("工行", "中国工商银行"),
    ("北大第一医院", "北京大学第一医院"),
    ("爱因斯坦", "阿尔伯特·爱因斯坦"),
    ("華為", "华为技术有限公司"),
]


@pytest.mark.parametrize(("left", "right"), MEET)
def test_names_of_one_thing_share_a_block(left: str, right: str) -> None:
    readings = [SCORER.read(profile(identifier, name)) for identifier, name in (("a", left), ("b", right))]
    assert block_keys(readings[0]) & block_keys(readings[1])


def test_a_common_name_is_not_compared_all_with_all() -> None:
    people = [profile(f"p{n}", f"John Smith {n}", "John Smith", class_name="Person") for n in range(200)]
    near = profile("x", "John Smith", class_name="Person", near=["worksFor>acme"])
    also = profile("y", "J. Smith", class_name="Person", near=["worksFor>acme"])
    resolver = Resolver(SCORER, ResolutionSettings(block_size=16))
    for person in (*people, near, also):
        resolver.add(person)
    meet = _meetings([*people, near, also], 16)
    assert max(len(meet(person.iri)) for person in people) < 100
    assert iri("y") in meet(iri("x"))
    assert resolver.oversized()[0][1] == 202


def test_the_keeper_is_described_else_of_the_ontology_else_first() -> None:
    def keeper(*origins: str) -> str:
        same = [profile(name, "Kafka", origin=origin) for name, origin in zip("abc", origins, strict=True)]  # type: ignore[arg-type]
        return resolve(same, SCORER).clusters[0].keeper.value[-1]

    assert keeper("name", "name", "described") == "c"
    assert keeper("name", "ontology", "described") == "c"
    assert keeper("name", "ontology", "name") == "b"
    assert keeper("name", "name", "name") == "a"


def test_a_chain_does_not_join_what_must_stay_apart() -> None:
    john = profile("a", "John Smith", class_name="Person", near=["worksFor>acme"])
    jane = profile("b", "Jane Smith", class_name="Person", near=["worksFor>acme"])
    initial = profile("c", "J. Smith", class_name="Person", near=["worksFor>acme"])
    answer = resolve([john, jane, initial], SCORER)
    assert [cluster.members for cluster in answer.clusters] == [(iri("a"), iri("c"))]
    (review,) = answer.reviews
    assert (review.left, review.right, review.reason) == (iri("b"), iri("c"), "other given names")
    assert review.apart == (iri("a"), iri("b"))


def test_a_decision_is_stronger_than_scores_and_rules() -> None:
    omaha = profile("a", "First National Bank", class_name="Company", origin="described")
    other = profile("b", "First National Bank", class_name="Company", origin="described")
    product = profile("c", "Kafka", class_name="Software")
    again = profile("d", "Apache Kafka", class_name="Software", aliases=["Kafka"])
    entities = [omaha, other, product, again]

    def members(decided: Decided) -> list[tuple[str, ...]]:
        found: Resolution = resolve(entities, SCORER, decided=decided)
        return [tuple(member.value[-1] for member in cluster.members) for cluster in found.clusters]

    assert members(Decided()) == [("c", "d")]
    assert members(Decided(same=frozenset([pair("a", "b")]))) == [("a", "b"), ("c", "d")]
    assert members(Decided(apart=frozenset([pair("c", "d")]))) == []
    assert members(Decided(same=frozenset([pair("a", "b")]), apart=frozenset([pair("a", "b")]))) == [("c", "d")]
    assert members(Decided(same=frozenset([pair("a", "nobody")]))) == [("c", "d")]


def test_two_described_things_are_shown_with_the_reason() -> None:
    same = [profile(name, "First National Bank", class_name="Company", origin="described") for name in "ab"]
    (review,) = resolve(same, SCORER).reviews
    assert (review.reason, review.apart) == ("described by two notes", (iri("a"), iri("b")))
    assert review.confidence > 0.9


def test_removing_what_held_a_cluster_together_takes_it_apart() -> None:
    resolver = Resolver(SCORER)
    long = profile("a", "International Business Machines", class_name="Company", aliases=["Big Blue"])
    for entity in (
        long,
        profile("b", "Big Blue", class_name="Company"),
        profile("c", "International Business Machines"),
    ):
        resolver.add(entity)
    assert resolver.settle().changed == {iri("a"), iri("b"), iri("c")}
    resolver.remove(iri("a"))
    assert resolver.settle().changed == {iri("a"), iri("b"), iri("c")}
    assert resolver.cluster(iri("a")) == Cluster(iri("a"), (iri("a"),))
    assert resolver.resolution().clusters == ()


def test_the_defaults_are_those_of_the_settings() -> None:
    config = load_config(None, {}, {}).resolution
    assert ResolutionSettings(config.merge, config.review, config.block_size) == ResolutionSettings()


@pytest.mark.parametrize(("merge", "review"), [(0.5, 0.6), (1.0, 0.5), (0.9, 0.0)])
def test_zones_in_disorder_are_refused(merge: float, review: float) -> None:
    with pytest.raises(ValueError, match="0 < review <= merge < 1"):
        ResolutionSettings(merge, review)


def test_a_group_is_apart_and_a_keeper_is_chosen() -> None:
    same = [profile(name, "Kafka", class_name="Software") for name in "abc"]

    def clusters(decided: Decided) -> list[tuple[str, str]]:
        found = resolve(same, SCORER, decided=decided).clusters
        return [(c.keeper.value[-1], "".join(member.value[-1] for member in c.members)) for c in found]

    assert clusters(Decided()) == [("a", "abc")]
    assert clusters(Decided(keepers=((iri("b"), iri("a")), (iri("c"), iri("a"))))) == [("c", "abc")]
    assert clusters(Decided(keepers=((iri("c"), iri("a")), (iri("b"), iri("nobody"))))) == [("c", "abc")]
    resolver = Resolver(SCORER, decided=Decided(keepers=((iri("b"), iri("a")), (iri("c"), iri("a")))))
    for entity in same:
        resolver.add(entity)
    resolver.settle()
    resolver.decide(Decided(keepers=((iri("c"), iri("a")), (iri("b"), iri("a")))))
    assert resolver.settle().changed == {iri("a"), iri("b"), iri("c")}
    assert resolver.cluster(iri("c")).keeper == iri("b")
    assert clusters(Decided(groups=(frozenset((iri("a"), iri("b"), iri("c"))),))) == []
    assert resolve(same, SCORER, decided=Decided(groups=(frozenset((iri("a"), iri("b"))),))).clusters == (
        Cluster(iri("a"), (iri("a"), iri("c"))),
    )


def test_the_names_of_two_that_were_decided_to_be_one_are_names_of_both() -> None:
    ada = profile("a", "Ada Lovelace", class_name="Person")
    countess = profile("b", "Augusta King", class_name="Person")
    other = profile("c", "A. King", class_name="Person", near=["worksFor>acme"])
    resolver = Resolver(SCORER)
    for entity in (ada, countess, other):
        resolver.add(entity)
    alone = resolver.explain(iri("a"), iri("c"))
    resolver.decide(Decided(same=frozenset([pair("a", "b")])))
    assert resolver.settle().changed == {iri("a"), iri("b")}
    joined = resolver.explain(iri("a"), iri("c"))
    assert joined.confidence > alone.confidence
    assert any("Augusta King" in part.found for part in joined.parts)
    resolver.add(profile("b", "Augusta Byron", class_name="Person"))
    assert not any("Augusta King" in part.found for part in resolver.explain(iri("a"), iri("c")).parts)
    resolver.decide(Decided())
    assert resolver.settle().changed == {iri("a"), iri("b")}
    assert resolver.explain(iri("a"), iri("c")) == alone


def test_why_says_what_joined_them_and_how_surely() -> None:
    long = profile("a", "International Business Machines", class_name="Company", aliases=["Big Blue"])
    blue = profile("b", "Big Blue", class_name="Company")
    name = profile("c", "International Business Machines")
    watson = profile("d", "Watson", class_name="Company")
    thunder = profile("e", "Deep Thunder", class_name="Company")
    resolver = Resolver(SCORER, decided=Decided(same=frozenset([pair("d", "e")])))
    for entity in (long, blue, name, watson, thunder):
        resolver.add(entity)
    resolver.settle()
    assert resolver.why(iri("a"), iri("c")) == (
        "same: International Business Machines | International Business Machines (+6.0)"
    )
    assert resolver.why(iri("b"), iri("c")).startswith(f"{iri('a').value} = {iri('b').value}: same: Big Blue | Big Blue")
    assert resolver.explain(iri("b"), iri("c")).confidence < 0.1
    weakest = min(resolver.explain(iri("a"), iri(other)).confidence for other in "bc")
    assert resolver.confidence(iri("b"), iri("c")) == weakest
    assert resolver.why(iri("d"), iri("e")).startswith("decided; ")
    assert resolver.confidence(iri("d"), iri("e")) == 1.0
    assert resolver.confidence(iri("a"), iri("d")) == resolver.explain(iri("a"), iri("d")).confidence < 0.1
