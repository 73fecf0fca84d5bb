"""The network of a graph: which notes may be recommended, and what lies between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import ConfigError
from kg.rdf import DCT, KG, XSD, NamedNode
from kg.recommendation.adjacency import Adjacency, read_weights
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.reading import read_network
from kg.stores import ServerAddress
from tests.graphs import graph_on
from tests.recommendation.vault import BASE, MINTER, VAULT, note


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with graph_on(None, BASE, VAULT.encode()) as graph:
        yield read_network(graph)


def item_of(network: Network, path: str) -> NoteItem:
    found = network.item(note(path))
    assert found is not None
    return network.items[found]


def test_notes_are_items_with_their_ids_and_days(network: Network) -> None:
    assert [item.doc_id for item in network.items] == [
        "2025-05-01.md", "Compost.md", "Diary.md", "Draft.md", "Gardening.md", "Noemata.md", "Prodigy.md",
        "Templates/Tool.md", "c1", "spaCy.md", "分词.md",
    ]  # fmt: skip
    assert item_of(network, "Prodigy.md").modified == "2025-05-02"
    assert item_of(network, "Noemata.md").modified == "2025-01-01"
    assert item_of(network, "spaCy.md").modified is None
    assert item_of(network, "spaCy.md").tags == (MINTER.tag("nlp").value,)
    assert item_of(network, "2025-05-01.md").is_daily
    assert item_of(network, "2025-05-01.md").modified == "2025-05-01"
    assert item_of(network, "2025-05-01.md").described is None


def test_drafts_private_notes_and_templates_are_told(network: Network) -> None:
    assert [item.doc_id for item in network.items if item.is_draft] == ["Draft.md"]
    assert [item.doc_id for item in network.items if item.is_private] == ["Diary.md"]
    assert [item.doc_id for item in network.items if item.is_template] == ["Templates/Tool.md"]


@pytest.mark.parametrize(
    ("triple", "mark"),
    [
        ('<{note}> kg:status "WIP"', "is_draft"),
        ("<{note}> <{base}term/draft> true", "is_draft"),
        ('<{note}> <{base}term/draft> "yes"', "is_draft"),
        ("<{note}> kg:taggedWith <{base}tag/草稿>", "is_draft"),
        ('<{note}> <{base}term/visibility> "Private"', "is_private"),
        ("<{note}> kg:taggedWith <{base}tag/private>", "is_private"),
        ("<{note}> kg:taggedWith <{base}tag/status/draft>", "is_draft"),
        ("<{note}> kg:taggedWith <{base}tag/Draft/later>", "is_draft"),
        ("<{note}> <{base}term/publish> false", "is_private"),
        ('<{note}> <{base}term/dg-publish> "No"', "is_private"),
        ('<{note}> <{base}term/公开> "否"', "is_private"),
        ("<{note}> <{base}term/publish> true", None),
        ("<{note}> <{base}term/draft> false", None),
        ('<{note}> kg:status "active"', None),
        ("<{note}> kg:taggedWith <{base}tag/drafting>", None),
    ],
)
def test_what_says_that_a_note_is_not_for_reading(triple: str, mark: str | None) -> None:
    iri = note("a.md").value
    said = triple.format(note=iri, base=BASE)
    data = f'PREFIX kg: <{KG}> GRAPH <{iri}> {{ <{iri}> a kg:Note ; kg:path "a.md" . {said} . }}'
    with graph_on(None, BASE, data.encode()) as graph:
        (item,) = read_network(graph).items
    assert [name for name in ("is_draft", "is_private") if getattr(item, name)] == ([mark] if mark else [])


@pytest.mark.parametrize(("title", "is_template"), [
    ("YYYY-MM-DD", True), ("Daily yyyy_mm", True), ("{{title}}", True), ("<% tp.date.now() %>", True),
    ("yyyyears", False), ("2025-05-01", False), ("On templates", False),
])  # fmt: skip
def test_names_that_nobody_has_filled_in_are_of_templates(title: str, is_template: bool) -> None:
    iri = note("a.md").value
    data = f'PREFIX kg: <{KG}> PREFIX dct: <{DCT}> GRAPH <{iri}> {{ <{iri}> a kg:Note ; kg:path "a.md" ; dct:title "{title}" }}'
    with graph_on(None, BASE, data.encode()) as graph:
        (item,) = read_network(graph).items
    assert item.is_template == is_template


@pytest.mark.parametrize(("days", "expected"), [
    ('dct:modified "9999-12-31"^^xsd:date ; dct:created "2025-05-01"^^xsd:date', "2025-05-01"),
    ('dct:created "1970-01-01T00:00:00Z"^^xsd:dateTime', None),
    ('dct:created "1970-01-02"^^xsd:date', "1970-01-02"),
])  # fmt: skip
def test_days_that_programs_write_for_none_are_none(days: str, expected: str | None) -> None:
    iri = note("a.md").value
    prefixes = f"PREFIX kg: <{KG}> PREFIX dct: <{DCT}> PREFIX xsd: <{XSD}>"
    data = f'{prefixes} GRAPH <{iri}> {{ <{iri}> a kg:Note ; kg:path "a.md" ; {days} . }}'
    with graph_on(None, BASE, data.encode()) as graph:
        (item,) = read_network(graph).items
    assert item.modified == expected


def test_edges_are_what_notes_say(network: Network) -> None:
    edges = {
        (network.nodes[h], network.predicate_iris[p].rpartition("#")[2], network.nodes[t])
        for h, p, t in zip(network.heads, network.predicates, network.tails, strict=True)
    }
    assert (note("分词.md").value, "linksTo", note("spaCy.md").value) in edges
    assert (f"{note('Noemata.md').value}#it", "uses", f"{note('spaCy.md').value}#it") in edges
    names = {predicate for _, predicate, _ in edges}
    assert names == {"describes", "linksTo", "mentions", "taggedWith", "uses"}  # no evidence, types, users
    assert not any("user/ada" in iri for iri in network.nodes)


def test_a_note_and_what_it_describes_are_one_item(network: Network) -> None:
    iri = note("spaCy.md")
    assert network.item(iri) == network.item(f"{iri.value}#it") is not None
    assert network.item(MINTER.tag("nlp")) is None
    assert network.item(NamedNode(f"{BASE}nothing")) is None
    assert network.names[network.node(f"{iri.value}#it") or 0] == "spaCy"


def test_both_stores_give_one_network(network: Network, neo4j_empty: ServerAddress) -> None:
    with graph_on(neo4j_empty, BASE, VAULT.encode()) as graph:
        other = read_network(graph)
    assert (other.nodes, other.names, other.items) == (network.nodes, network.names, network.items)
    assert np.array_equal(other.heads, network.heads)
    assert np.array_equal(other.tails, network.tails)


_NAMES = st.integers(0, 6).map(lambda n: f"https://e.example/{n}")


@given(st.lists(st.tuples(_NAMES, st.sampled_from(["p:a", "p:b"]), _NAMES), max_size=20))
def test_the_order_of_edges_does_not_matter(edges: list[tuple[str, str, str]]) -> None:
    items = [NoteItem(NamedNode("https://e.example/1"), "1", "One", described=NamedNode("https://e.example/2"))]
    one = Network.of((), edges, items)
    other = Network.of((), sorted(set(edges), reverse=True), items)
    assert one.nodes == other.nodes
    assert np.array_equal(one.heads, other.heads)
    assert np.array_equal(one.predicates, other.predicates)
    adjacency = Adjacency.of(one, {})
    dense = adjacency.matrix.toarray()
    assert np.array_equal(dense, dense.T)
    assert not dense.diagonal().any()
    assert np.array_equal(adjacency.degrees, (dense > 0).sum(axis=1))
    places = adjacency.place_of_node
    assert places[one.node("https://e.example/1") or 0] == places[one.node("https://e.example/2") or 0]


def test_relations_have_weights_by_name() -> None:
    edges = [("a:a", "p:uses", "a:b"), ("a:a", "p:knows", "a:c"), ("a:a", "p:hides", "a:d")]
    network = Network.of((), edges, ())
    matrix = Adjacency.of(network, read_weights("uses 2, hides 0, other .25")).matrix.toarray()
    assert matrix[0].tolist() == [0, 2, 0.25, 0]


@pytest.mark.parametrize("text", ["uses", "uses -1", "uses two", "uses 1 knows 2", "uses=1"])
def test_weights_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ConfigError, match=r"recommend.relations: .* write `linksTo 1, other 0.5`"):
        read_weights(text)


def test_an_empty_graph_has_an_empty_network() -> None:
    with graph_on(None, BASE, b"") as graph:
        network = read_network(graph)
    assert (network.items, len(network.heads)) == ((), 0)
    assert len(Adjacency.of(network, {})) == 0
