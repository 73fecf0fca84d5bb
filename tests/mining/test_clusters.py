"""Clusters are the communities that are there, named by what is central in them, and none where there is none."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest

from kg.mining import Clustering, cluster_notes, cluster_page
from kg.mining.maps import packed, sunflower
from kg.pictures import Scatter
from tests.mining.collections import BASE, collection, note_iri


def planted(groups: int = 4, each: int = 12, noise: int = 6, seed: int = 1) -> dict[str, list[str]]:
    """Return notes that speak of three of the six concepts of their group, and of one of others here and there."""
    draw = random.Random(seed)
    found = {}
    for group in range(groups):
        for number in range(each):
            things = draw.sample([f"g{group}-{letter}" for letter in "abcdef"], 3)
            if number < noise // 2:
                things.append(f"g{(group + 1) % groups}-a")
            found[f"{group}/note {number:02}"] = things
    return found


def groups_of(found: Clustering) -> set[frozenset[str]]:
    return {frozenset(note.title for note, _ in cluster.notes) for cluster in found.clusters}


def test_planted_groups_are_found() -> None:
    notes = planted()
    found = cluster_notes(collection(notes))
    assert groups_of(found) == {frozenset(name for name in notes if name.startswith(f"{group}/")) for group in range(4)}
    assert found.modularity > 0.5 and found.apart == () and found.hubs == ()
    assert [cluster.number for cluster in found.clusters] == [1, 2, 3, 4]


def test_where_there_is_no_structure_the_modularity_says_so() -> None:
    draw = random.Random(2)
    notes = {f"note {number}": draw.sample([f"c{each}" for each in range(12)], 5) for number in range(48)}
    assert cluster_notes(collection(notes)).modularity < 0.25 < cluster_notes(collection(planted())).modularity


def test_equal_collections_give_equal_clusters() -> None:
    notes = planted()
    turned = dict(reversed([(name, list(reversed(things))) for name, things in notes.items()]))
    assert cluster_notes(collection(notes)) == cluster_notes(collection(turned))


def test_a_cluster_is_named_by_what_is_central_and_at_home_in_it() -> None:
    notes = {f"graph {n}": ["graph database", "query", "everyday"] for n in range(6)}
    notes |= {f"cook {n}": ["recipe", "oven", "everyday"] for n in range(6)}
    found = cluster_notes(collection(notes))
    names = [cluster.name.split(", ")[:2] for cluster in found.clusters]
    assert names == [["oven", "recipe"], ["graph database", "query"]]
    for cluster in found.clusters:
        scores = [concept.score for concept in cluster.concepts]
        assert scores == sorted(scores, reverse=True)


def test_a_person_names_no_cluster_where_a_concept_can() -> None:
    notes = {f"note {n}": ["Ada", "looms"] if n < 5 else ["looms"] for n in range(6)}
    assert cluster_notes(collection(notes, people=["Ada"]), 0.1).clusters[0].name == "looms, Ada"
    assert cluster_notes(collection(notes), 0.1).clusters[0].concepts[1].score == 5.0
    without_looms = {f"note {n}": ["Ada", "looms"] if n < 2 else ["Ada"] for n in range(6)}
    assert cluster_notes(collection(without_looms, people=["Ada"]), 0.1).clusters[0].name == "Ada, looms"


def test_a_tag_and_a_concept_of_one_name_are_named_once() -> None:
    names = {f"n{n}": ["SQL"] for n in range(4)}
    (cluster,) = cluster_notes(collection(names, {name: ["sql"] for name in names})).clusters
    assert cluster.name in ("SQL", "sql")


def test_what_half_of_the_notes_bear_is_left_out() -> None:
    notes = planted()
    template = {name: ["template"] for name in notes}
    index = [("index", name) for name in notes]
    found = cluster_notes(collection({**notes, "index": []}, template, index))
    assert found.hubs == (note_iri("index"), f"{BASE}tag/template")
    assert [note.title for note in found.apart] == ["index"]
    assert groups_of(found) == groups_of(cluster_notes(collection(notes)))
    few = {name: ["template"] for name in list(notes)[:20]}
    assert cluster_notes(collection(notes, few)).hubs == ()


def test_notes_that_nothing_connects_are_apart() -> None:
    found = cluster_notes(collection({**planted(2), "alone": [], "one": ["pair"], "two": ["pair"]}))
    assert [note.title for note in found.apart] == ["alone", "one", "two"]
    assert len(cluster_notes(collection({"one": ["pair"], "two": ["pair"]}), least=2).clusters) == 1


def test_an_empty_collection_has_no_clusters() -> None:
    found = cluster_notes(collection({}))
    assert (found.clusters, found.modularity, found.apart, found.hubs) == ((), 0.0, (), ())
    assert len(cluster_notes(collection({"alone": []})).apart) == 1


def test_a_greater_resolution_gives_more_clusters() -> None:
    notes = collection(planted(6, noise=12))
    found = [cluster_notes(notes, resolution) for resolution in (0.05, 1.0, 4.0, 1000.0)]
    counts = [len(each.clusters) for each in found[:3]]
    assert counts == sorted(counts) and counts[0] < counts[-1]
    # of the clusters that there are, whatever was asked for
    assert all(-0.5 <= each.modularity <= found[1].modularity for each in found)


# --- the picture


def test_the_picture_has_each_note_in_the_disc_of_its_cluster() -> None:
    found = cluster_notes(collection(planted()))
    page = cluster_page(found, "Clusters")
    (picture,) = page.pictures
    assert isinstance(picture, Scatter) and not picture.has_axes
    assert sorted(point.label for point in picture.points) == sorted(planted())
    assert [caption.text for caption in picture.captions] == [cluster.concepts[0].name for cluster in found.clusters]
    middle = {caption: (caption.x, caption.y) for caption in picture.captions}
    for point in picture.points:
        nearest = min(middle, key=lambda each: (each.x - point.x) ** 2 + (each.y - point.y) ** 2)
        assert point.group.startswith(nearest.text)


def test_discs_do_not_overlap() -> None:
    radii = [5.0, 4.0, 4.0, 2.0, 1.0, 1.0, 1.0]
    places = packed(radii, {(0, 3): 2.0, (1, 2): 1.0})
    for one, other in combinations(range(len(radii)), 2):
        gap = sum((a - b) ** 2 for a, b in zip(places[one], places[other], strict=True)) ** 0.5
        assert gap >= radii[one] + radii[other]
    assert max(x * x + y * y for x, y in sunflower(50)) <= 50


def test_of_many_clusters_the_largest_are_shown_and_the_page_says_so() -> None:
    found = cluster_notes(collection(planted(12, each=3, noise=0)))
    page = cluster_page(found, "Clusters", most=5)
    (picture,) = page.pictures
    assert isinstance(picture, Scatter) and len(picture.points) == 15 < 36
    assert page.remarks[-1] == "Only 15 of the notes are shown: the most central of the 5 largest clusters."


def test_clusters_of_one_name_are_told_apart_in_the_picture() -> None:
    links = [(f"{group}/{one}", f"{group}/{other}") for group in "ab" for one, other in ("xy", "yz", "xz")]
    found = cluster_notes(collection({f"{group}/{name}": [] for group in "ab" for name in "xyz"}, links=links))
    same = replace(found, clusters=tuple(replace(each, name="index") for each in found.clusters))
    (picture,) = cluster_page(same, "Clusters").pictures
    assert isinstance(picture, Scatter) and {point.group for point in picture.points} == {"index (1)", "index (2)"}


@pytest.mark.parametrize("count", [0, 1])
def test_few_clusters_have_a_picture_too(count: int) -> None:
    page = cluster_page(cluster_notes(collection(planted(count))), "Clusters")
    assert len(page.pictures) == 1
