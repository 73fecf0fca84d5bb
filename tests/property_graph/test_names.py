"""Names and IRIs: reversible, total, complete, and stable while the catalogue grows."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.property_graph import AbsentGraph, names
from kg.property_graph.names import (
    Names,
    anonymous_id,
    anonymous_key,
    identifier,
    is_usable,
    node_key,
    node_term,
    node_token,
)
from kg.rdf import KG, OWL, BlankNode, DefaultGraph, NamedNode
from tests.property_graph.datasets import ABSENT, BASE, BLANK_NODES, IRIS, NAMES, USER, random_name

TERM = f"{BASE}term/"

_pieces = st.sampled_from(
    (
        "a",
        "Person",
        "__",
        "_",
        "%20",
        "%25",
        "%2",
        "foaf__",
        "x__",
        "iri",
        "/",
        ":",
        "é",
        " ",
        "`",
        "\x00",
        "\ud800",
        "name",
        "😀",
    )
)
texts = st.one_of(st.lists(_pieces, max_size=5).map("".join), st.text(max_size=8))
made_names = st.one_of(texts, st.integers(0, 2**32).map(lambda seed: random_name(Random(seed))))


def is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


_starts = st.sampled_from((TERM, BASE, "http://x/", "http://x/y/", str(KG), "http://xmlns.com/foaf/0.1/", "urn:"))
made_iris = st.builds(str.__add__, _starts, texts).filter(is_iri).map(NamedNode)
any_iris = st.one_of(st.sampled_from(IRIS), made_iris)


@given(any_iris)
def test_a_name_reads_back(iri: NamedNode) -> None:
    name = NAMES.name(iri)
    assert NAMES.iri(name) == iri
    assert is_usable(name) and name not in ("iri", "Resource")
    assert identifier(name)
    assert NAMES.all(iri)[0] == name


@given(made_names)
def test_every_name_stands_for_an_iri_that_lists_it(name: str) -> None:
    iri = NAMES.iri(name)
    assert NAMES.iri(NAMES.name(iri)) == iri
    assert all(NAMES.iri(other) == iri for other in NAMES.all(iri))
    assert len(set(NAMES.all(iri))) == len(NAMES.all(iri))
    assert (name in NAMES.all(iri)) == is_usable(name)


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        (OWL["Thing"].value, "Thing"),
        (f"{KG}name", "name"),
        (f"{KG}other", "kg__other"),
        (f"{KG}größe", "größe"),
        ("http://xmlns.com/foaf/0.1/name", "foaf__name"),
        ("http://x/y/z", "xy__z"),
        ("http://x/y/z/1", "http://x/y/z/1"),
        (f"{TERM}works", "works"),
        (f"{TERM}東京", "東京"),
        (f"{TERM}a%20b", f"{TERM}a%20b"),
        (f"{TERM}name", f"{TERM}name"),
        (f"{TERM}foaf__x", f"{TERM}foaf__x"),
        (f"{TERM}Resource", f"{TERM}Resource"),
        (f"{TERM}_g", f"{TERM}_g"),
        ("urn:x", "urn:x"),
    ],
)
def test_names_read_well(iri: str, name: str) -> None:
    assert NAMES.name(NamedNode(iri)) == name


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("a b", f"{TERM}a%20b"),
        ("%41", f"{TERM}%2541"),
        ("foaf__a b", f"{TERM}foaf__a%20b"),
        ("http://x/a b", f"{TERM}http%3A%2F%2Fx%2Fa%20b"),
        ("nobody__x", f"{TERM}nobody__x"),
        ("Person:Employee", "Person:Employee"),
        ("a\x00b", f"{TERM}a%00b"),
        ("\ud800", f"{TERM}%ED%A0%80"),
        ("", TERM),
    ],
)
def test_names_made_by_hand_fall_among_the_terms(name: str, iri: str) -> None:
    assert NAMES.iri(name).value == iri


def test_a_pin_that_another_rule_would_read_is_left_out() -> None:
    made = Names(
        BASE, {"a": "http://a/"}, {"a__b": "urn:1", "urn:c": "urn:2", "_d": "urn:3", "iri": "urn:4", "e": "no iri"}
    )
    assert [made.iri(name).value for name in ("a__b", "urn:c", "e")] == ["http://a/b", "urn:c", f"{TERM}e"]
    assert [made.name(NamedNode(f"urn:{number}")) for number in range(1, 5)] == ["urn:1", "urn:2", "urn:3", "urn:4"]


@given(st.lists(made_names, max_size=5), st.dictionaries(made_names, made_iris), st.dictionaries(made_names, made_iris))
def test_a_catalogue_that_grows_changes_no_registered_name(
    others: list[str], terms: dict[str, NamedNode], prefixes: dict[str, NamedNode]
) -> None:
    before = Names(
        BASE, {"foaf": "http://xmlns.com/foaf/0.1/", "x": "http://x/"}, {"name": f"{KG}name", "Person": f"{KG}Person"}
    )
    after = Names(
        BASE,
        {prefix: iri.value for prefix, iri in prefixes.items()}
        | {"foaf": "http://xmlns.com/foaf/0.1/", "x": "http://x/"},
        {name: iri.value for name, iri in terms.items()} | {"name": f"{KG}name", "Person": f"{KG}Person"},
    )
    for name in [
        *others,
        *terms,
        *prefixes,
        "name",
        "Person",
        "foaf__name",
        "x__a",
        "http://x/a",
        f"{TERM}q",
        "nobody",
    ]:
        registered = not before.iri(name).value.startswith(TERM) or name.startswith(TERM)
        if registered or (name not in terms and name.partition("__")[0] not in prefixes):
            assert after.iri(name) == before.iri(name)
        best = before.name(before.iri(name))
        is_taken = best in terms or best.partition("__")[0] in prefixes
        if not (is_taken and before.iri(best).value.startswith(TERM)):
            assert best in after.all(before.iri(name))


# --- identifiers


@given(made_names)
def test_an_identifier_cannot_be_left(name: str) -> None:
    if not name or {"\x00", "\ud800"} & set(name):
        with pytest.raises(ValueError, match="cannot be the name"):
            identifier(name)
        return
    written = identifier(name)
    assert written.replace("\\u005C", "")[1:-1].replace("``", "").count("`") == 0
    read = written.replace("\\u005C", "\\")[1:-1].replace("``", "`")  # what the server does
    assert read == name and written[0] == written[-1] == "`"


def test_an_escaped_backtick_does_not_end_an_identifier() -> None:
    assert identifier("a\\u0060b`c") == "`a\\u005Cu0060b``c`"


# --- graphs


@pytest.mark.parametrize("absent", ABSENT)
@given(graph=st.one_of(any_iris, st.sampled_from(BLANK_NODES), st.sampled_from((USER, DefaultGraph()))))
def test_the_name_of_a_graph_reads_back(absent: AbsentGraph, graph: NamedNode | BlankNode | DefaultGraph) -> None:
    if isinstance(graph, DefaultGraph) and not isinstance(absent, DefaultGraph):
        with pytest.raises(ValueError, match="derived"):
            NAMES.graph_name(graph, absent)
        return
    name = NAMES.graph_name(graph, absent)
    assert NAMES.graph(name, absent) == graph
    assert name and not set(" \t\n") & set(name)


@given(made_names)
def test_every_text_names_a_graph(name: str) -> None:
    graph = NAMES.graph(name, USER)
    assert NAMES.graph(NAMES.graph_name(graph, USER), USER) == graph


def test_graphs_of_the_home_are_named_shortly() -> None:
    absent = DefaultGraph()
    assert NAMES.graph_name(NamedNode(f"{BASE}note/17"), absent) == "note/17"
    assert NAMES.graph_name(USER, absent) == "graph/user"
    assert NAMES.graph_name(USER, USER) == "."
    assert NAMES.graph_name(BlankNode("b0"), absent) == "_:b0"
    assert NAMES.graph_name(NamedNode(BASE), absent) == BASE


# --- nodes


@given(st.one_of(any_iris, st.sampled_from(BLANK_NODES)))
def test_the_key_of_a_node_reads_back(term: NamedNode | BlankNode) -> None:
    key = node_key(term)
    assert len(key.encode()) <= 7000
    whole = (term.value if isinstance(term, NamedNode) else str(term)) if key.startswith("_#") else None
    assert node_term(key, whole) == term


odd_keys = st.one_of(
    made_names,
    st.text(alphabet="_:#neo4jx0123456789abcdef .", max_size=12),
    made_names.map(lambda key: node_token(key, None)),
    made_names.map(lambda key: node_token(node_token(key, None), None)),
).filter(lambda key: "\ud800" not in key)


@given(odd_keys)
def test_every_key_means_a_node_that_is_found_by_it(key: str) -> None:
    term = node_term(key, None)
    assert node_key(term) == key
    assert node_token(key, None) == str(term)


def test_a_whole_iri_counts_only_under_its_hash() -> None:
    long = NamedNode("http://x/" + "z" * 8000)
    key = node_key(long)
    assert node_term(key, long.value) == long
    assert node_term(key, "http://x/other") == node_term(key, None) != long
    assert node_term("http://x/a", long.value) == NamedNode("http://x/a")


@pytest.mark.parametrize("key", ["", "Ada Lovelace", "_: x", "_#12", "_x", "_:", "http://x/" + "z" * 8000])
def test_what_is_no_iri_is_a_blank_node_of_its_own(key: str) -> None:
    term = node_term(key, None)
    assert isinstance(term, BlankNode) and node_key(term) == key


def test_no_two_keys_mean_one_node() -> None:
    written = node_token("Ada", None)  # by hand, as the label of the odd one
    assert node_term(written, None) != node_term("Ada", None)
    assert node_key(node_term(written, None)) == written


def test_a_long_blank_node_is_hashed_too() -> None:
    node = BlankNode("b" * 9000)
    assert node_key(node).startswith("_#") and node_term(node_key(node), str(node)) == node


def test_nodes_without_a_key_are_blank_nodes_by_their_element_id() -> None:
    key = anonymous_key("4:1f0c-22:17")
    assert key == "_:neo4j_4_1f0c-22_17" and anonymous_id(key) == "4:1f0c-22:17"
    assert node_token(key, None) == key and node_key(BlankNode(key[2:])) == key
    others = ("_:neo4j", "_:neo4j17", "_:neo4jx", "_:b_4_1f_17", "neo4j_4_1f_17", "_:neo4j_4_1f_017", "_:neo4j_4_1f_1_7")
    assert [anonymous_id(other) for other in others] == [None] * len(others)


def test_what_is_not_escaped_collides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_TO_ESCAPE", re.compile(r"[\x00-\x20]"))  # `%` is not among it
    broken = Names(BASE, {}, {})
    assert broken.iri("a b") == broken.iri("a%20b")
