"""Profiles for the tests of resolution, and a strategy for sets of them that meet often."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from kg.ontology import load_ontology
from kg.rdf import KG, NamedNode
from kg.resolution import Decided, Neighbour, Origin, Profile, Score, Scorer

BASE = "https://example.com/"
ONTOLOGY = load_ontology()
SCORER = Scorer(ONTOLOGY)


def iri(name: str) -> NamedNode:
    return NamedNode(BASE + name)


def profile(
    identifier: str,
    *names: str,
    class_name: str | None = None,
    aliases: Iterable[str] = (),
    near: Iterable[str] = (),
    notes: Iterable[str] = (),
    origin: Origin = "name",
) -> Profile:
    """A profile in few words; `near` are `predicate>entity`, and `^predicate>entity` the other way round."""
    ends = [end.split(">") for end in near]
    return Profile(
        iri(identifier),
        names,
        tuple(aliases),
        KG[class_name] if class_name else None,
        frozenset(Neighbour(KG[p.removeprefix("^")], iri(end), p.startswith("^")) for p, end in ends),
        frozenset(iri(note) for note in notes),
        origin,
    )


def score(left: Profile, right: Profile, scorer: Scorer = SCORER) -> Score:
    return scorer.score(scorer.read(left), scorer.read(right))


def conflict(left: Profile, right: Profile) -> str | None:
    return SCORER.conflict(SCORER.read(left), SCORER.read(right))


NAMES = (
    "Smith", "J. Smith", "John Smith", "Jane Smith", "Smith, John", "Python", "Python 3", "python", "Pythons", "Apache Kafka",
    "Kafka", "IBM", "International Business Machines", "北京大学", "北大", "北京大學", "张伟", "張偉", "(!)",
)  # fmt: skip
"""Few names, so that most of them meet."""

_identifiers = st.sampled_from("abcdefgh")
profiles = st.builds(
    lambda identifier, names, aliases, class_name, near, notes, origin: profile(
        identifier, *names, class_name=class_name, aliases=aliases, near=near, notes=notes, origin=origin
    ),
    _identifiers,
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from(NAMES), max_size=1),
    st.sampled_from([None, "Person", "Company", "Organisation", "Software", "Technology"]),
    st.lists(st.sampled_from(["worksFor>x", "worksFor>y", "^employs>x", "uses>y"]), max_size=2),
    st.lists(st.sampled_from(["n1", "n2"]), max_size=1),
    st.sampled_from(["name", "name", "name", "ontology", "described"]),
)
profile_sets = st.lists(profiles, max_size=8, unique_by=lambda p: p.iri.value)

_pairs = st.lists(_identifiers, min_size=2, max_size=2, unique=True).map(lambda pair: frozenset(iri(x) for x in pair))
_groups = st.frozensets(_identifiers.map(iri), min_size=2, max_size=4)
_ordered = st.lists(_identifiers, min_size=2, max_size=2, unique=True).map(lambda pair: (iri(pair[0]), iri(pair[1])))
decisions = st.builds(
    Decided,
    st.frozensets(_pairs, max_size=3),
    st.frozensets(_pairs, max_size=2),
    st.lists(_groups, max_size=1).map(tuple),
    st.lists(_ordered, max_size=3).map(tuple),
)
