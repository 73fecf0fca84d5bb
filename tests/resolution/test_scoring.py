"""What speaks for and against two entities being one."""

from __future__ import annotations

import pytest
from hypothesis import given

from kg.rdf import NamedNode
from kg.resolution import Profile, ResolutionSettings, Scorer
from kg.resolution.forms import forms_of
from kg.resolution.names import MatchKind, compare_names, compare_people
from kg.resolution.scoring import WEIGHTS
from tests.resolution.examples import ONTOLOGY, conflict, iri, profile, profiles, score

SETTINGS = ResolutionSettings()


def zone(left: Profile, right: Profile) -> str:
    confidence = score(left, right).confidence
    return "merge" if confidence >= SETTINGS.merge else "review" if confidence >= SETTINGS.review else "separate"


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("knowledge graph", "Knowledge Graph", "same"),
        ("TensorFlow", "Tensor Flow", "same"),
        ("knowledge graphs", "knowledge graph", "plural"),
        ("University of Oxford", "Oxford University", "reordered"),
        ("IBM", "International Business Machines", "acronym"),
        ("W3C", "World Wide Web Consortium", "acronym"),
        ("WW2", "World War II", "acronym"),
        ("k8s", "Kubernetes", "acronym"),
        ("conflict-free replicated data type", "CRDT", "acronym"),
        ("清华", "清华大学", "abbreviation"),
        ("北大", "北京大学", "abbreviation"),
        ("Apache Kafka", "Kafka", "part"),
        ("Paris, France", "Paris", "prefix"),
        ("Postgres", "PostgreSQL", "clipped"),
        ("Microsoft", "Microsfot", "spelling"),
        ("Google", "Google Cloud", "more"),
        ("华为", "华为云", "more"),
        ("Java", "JavaScript", "different"),
        ("graph theory", "group theory", "different"),
        ("Springfield, Illinois", "Springfield, Oregon", "different"),
        ("中国银行", "中国工商银行", "different"),
    ],
)
def test_names_of_things(left: str, right: str, kind: MatchKind) -> None:
    a, b = forms_of(left)[0], forms_of(right)[0]
    assert compare_names(a, b).kind == compare_names(b, a).kind == kind


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("Smith, John", "John Smith", "same"),
        ("Dr. Mara Lindqvist", "Mara Lindqvist", "same"),
        ("張偉", "张伟", "same"),
        ("Zhang Wei", "Wei Zhang", "reordered"),
        ("J. R. R. Tolkien", "John Ronald Reuel Tolkien", "initials"),
        ("Alan Turing", "Alan M. Turing", "initials"),
        ("Holmes", "Sherlock Holmes", "surname"),
        ("爱因斯坦", "阿尔伯特·爱因斯坦", "surname"),
        ("Sarah Connor", "Sarah Conner", "spelling"),
        ("John Smith", "Jane Smith", "different"),
        ("Wei Chen", "Wei Cheng", "different"),
        ("李雷", "李蕾", "different"),
        ("George W. Bush", "George H. W. Bush", "different"),
    ],
)
def test_names_of_people(left: str, right: str, kind: MatchKind) -> None:
    a, b = forms_of(left)[0], forms_of(right)[0]
    assert compare_people(a, b).kind == compare_people(b, a).kind == kind


def test_a_company_with_its_legal_form_is_the_company() -> None:
    assert (
        zone(profile("a", "Apple", class_name="Company"), profile("b", "Apple Inc.", class_name="Company")) == "merge"
    )


def test_a_version_is_not_the_thing() -> None:
    python = profile("a", "Python", class_name="ProgrammingLanguage", near=["createdBy>guido"])
    python_3 = profile("b", "Python 3", class_name="ProgrammingLanguage", near=["createdBy>guido"])
    assert zone(python, python_3) == "separate"
    assert conflict(python, python_3) == "other versions"


def test_a_product_is_not_its_company() -> None:
    software = profile("a", "MongoDB", class_name="Software", near=["createdBy>b"])
    company = profile("b", "MongoDB, Inc.", class_name="Company", near=["^createdBy>a"])
    assert conflict(software, company) == "disjoint classes"
    assert zone(software, company) == "separate"


def test_two_banks_of_one_name_stay_two() -> None:
    omaha = profile("a", "First National Bank", class_name="Company", near=["locatedIn>omaha"], origin="described")
    pretoria = profile(
        "b", "First National Bank", class_name="Company", near=["locatedIn>pretoria"], origin="described"
    )
    assert zone(omaha, pretoria) == "review"
    assert conflict(omaha, pretoria) == "described by two notes"


def test_people_of_one_name_are_one_only_if_something_is_shared() -> None:
    john = profile("a", "John Smith", class_name="Person", near=["worksFor>acme"])
    other = profile("b", "Smith, John", class_name="Person", near=["livesIn>boston"])
    same = profile("c", "J. Smith", class_name="Person", near=["worksFor>acme"])
    assert zone(john, other) == "review"
    assert zone(john, same) == "merge"
    assert zone(other, same) == "separate"


def test_planet_element_company() -> None:
    planet = profile("a", "Mercury", class_name="Place", near=["partOf>solar-system"])
    element = profile("b", "Mercury", class_name="Concept", near=["relatedTo>periodic-table"])
    company = profile("c", "Mercury", class_name="Company", near=["locatedIn>san-francisco"])
    for left, right in ((planet, element), (planet, company), (element, company)):
        assert zone(left, right) == "separate"


def test_an_acronym_alone_is_for_review_and_more_makes_it_sure() -> None:
    long = profile("a", "International Business Machines", class_name="Company", near=["locatedIn>armonk"], notes=["n"])
    assert zone(long, profile("b", "IBM", class_name="Company")) == "review"
    assert zone(long, profile("b", "IBM", class_name="Company", near=["locatedIn>armonk"])) == "merge"
    assert zone(long, profile("b", "IBM", class_name="Company", notes=["n"])) == "merge"
    assert (
        zone(long, profile("b", "Big Blue", class_name="Company", aliases=["International Business Machines"]))
        == "merge"
    )


def test_what_stands_in_one_note_with_nearly_the_same_name_is_two() -> None:
    left = profile("a", "Weekly report", class_name="Concept", notes=["n"])
    assert zone(left, profile("b", "Weekly repart", class_name="Concept")) == "review"
    assert zone(left, profile("b", "Weekly repart", class_name="Concept", notes=["n"])) == "separate"


def test_a_plural_in_the_same_note_is_no_reason_against() -> None:
    left = profile("a", "knowledge graph", class_name="Concept", notes=["n"])
    assert zone(left, profile("b", "Knowledge Graphs", class_name="Concept", notes=["n"])) == "merge"
    assert zone(profile("a", "Panda", class_name="Software"), profile("b", "Pandas", class_name="Software")) == "review"


def test_an_alias_of_two_things_is_weaker_than_a_name() -> None:
    one = profile("a", "natural language processing", class_name="Concept", aliases=["NLP"])
    other = profile("b", "neuro-linguistic programming", class_name="Concept", aliases=["NLP"])
    assert zone(one, other) == "review"
    assert zone(one, profile("c", "NLP", class_name="Concept")) == "merge"


def test_the_word_for_the_class_may_be_left_out() -> None:
    project = profile("a", "Project Lantern", class_name="Project")
    assert zone(project, profile("b", "Lantern", class_name="Project")) == "merge"
    assert zone(profile("a", "Rust programming language", class_name="ProgrammingLanguage"),
                profile("b", "Rust", class_name="Application")) == "review"  # fmt: skip


def test_a_kind_of_a_thing_is_not_the_thing() -> None:
    database = profile("a", "database", class_name="Concept", near=["relatedTo>storage", "relatedTo>disks"])
    kind = profile("b", "graph database", class_name="Concept", near=["relatedTo>storage", "relatedTo>disks"])
    assert zone(database, kind) == "review"
    assert zone(profile("a", "Apache Kafka", near=["uses>a", "uses>b", "uses>c"], class_name="Software"),
                profile("b", "Kafka", near=["uses>a", "uses>b", "uses>c"], class_name="Software")) == "merge"  # fmt: skip


def test_given_names_that_differ_are_two_people() -> None:
    john, jane = profile("a", "John Smith", class_name="Person"), profile("b", "Jane Smith", class_name="Person")
    assert conflict(john, jane) == "other given names"
    assert conflict(john, profile("c", "Smith", class_name="Person")) is None
    assert conflict(john, profile("c", "Smith, John", class_name="Person")) is None


def test_text_vectors_count_if_they_are_given() -> None:
    left, right = profile("a", "Microsoft", class_name="Company"), profile("b", "Microsfot", class_name="Company")
    plain = score(left, right)

    def similarity(one: NamedNode, other: NamedNode) -> float | None:
        return {(iri("a"), iri("b")): 0.9}.get((one, other))

    with_vectors = score(left, right, Scorer(ONTOLOGY, similarity))
    assert [part.name for part in plain.parts if part.name == "vector"] == []
    assert with_vectors.log_odds == pytest.approx(plain.log_odds + 1.2)
    assert score(left, profile("c", "Microsfot"), Scorer(ONTOLOGY, similarity)).log_odds < plain.log_odds


def test_chinese_read_aloud_counts_if_it_can_be_read() -> None:
    scorer = Scorer(ONTOLOGY, read_aloud={"李明": "liming", "北京": "beijing"}.__getitem__)
    ming = profile("a", "李明", class_name="Person", near=["worksFor>acme"])
    for name in ("Li Ming", "Ming Li"):
        found = score(ming, profile("b", name, class_name="Person", near=["worksFor>acme"]), scorer)
        assert found.parts[1].found == f"sound: 李明 | {name}"
        assert found.confidence > SETTINGS.review
    assert (
        score(profile("a", "北京", class_name="Place"), profile("b", "Beijing"), scorer).parts[1].weight
        == WEIGHTS["sound"]
    )


def test_a_score_says_why() -> None:
    found = score(
        profile("b", "W3C", class_name="Organisation", near=["createdBy>tim"], notes=["n"]),
        profile("a", "World Wide Web Consortium", class_name="Organisation", near=["createdBy>tim"], notes=["n"]),
    )
    assert (found.left, found.right) == (iri("a"), iri("b"))
    assert [(part.name, part.found) for part in found.parts] == [
        ("prior", "two entities that may be one"),
        ("name", "acronym: World Wide Web Consortium | W3C"),
        ("class", "same"),
        ("neighbours", f"both: {iri('tim').value}"),
        ("same note", "acronym"),
    ]
    assert found.log_odds == sum(part.weight for part in found.parts)


@given(profiles, profiles)
def test_scores_and_conflicts_are_symmetric(left: Profile, right: Profile) -> None:
    if left.iri != right.iri:
        assert score(left, right) == score(right, left)
        assert 0.0 < score(left, right).confidence < 1.0
    assert conflict(left, right) == conflict(right, left)
