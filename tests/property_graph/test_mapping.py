"""The laws of the mapping, and that breaking a rule of it breaks a law."""

from __future__ import annotations

from random import Random

import pytest

from kg.property_graph import AbsentGraph, PropertyGraph, Temporal, Value, names, notes, shape, values
from kg.property_graph import denote as denoting
from kg.property_graph.denote import denote
from kg.property_graph.names import Names
from kg.rdf import KG, RDF, XSD, DefaultGraph, Literal, NamedNode, Quad, canonical
from tests.property_graph.datasets import ABSENT, BASE, IRIS, NAMES, USER, random_dataset, random_graph

SEEDS = range(300)
NODE, OTHER, GRAPH = NamedNode("http://x/a"), NamedNode("http://x/b"), NamedNode(f"{BASE}note/17")


def assert_it_can_be_stored(graph: PropertyGraph) -> None:
    """What the server refuses, or keeps otherwise than given."""
    for key, node in graph.nodes.items():
        assert key == node.key and len(key.encode()) <= 7000
        assert all(is_storable_name(label) and label != "Resource" for label in node.labels)
        for name, value in node.properties.items():
            assert is_storable_name(name) and name != "iri"
            items = value if isinstance(value, list) else [value]
            assert name not in NAMES.indexed or sum(len(str(item).encode()) for item in items) <= 7000
            assert items and len({stored_type(item) for item in items}) == 1
            assert all(-(2**63) <= item < 2**63 for item in items if isinstance(item, int))
    ends = [(edge.start, edge.type, edge.end) for edge in graph.relationships]
    assert len(set(ends)) == len(ends)
    for edge in graph.relationships:
        assert is_storable_name(edge.type) and edge.graphs != (".",) and edge.graphs != ()
        assert edge.start in graph.nodes and edge.end in graph.nodes


def is_storable_name(name: str) -> bool:
    return bool(name) and not name.startswith("_") and "\x00" not in name


def stored_type(value: Value) -> str:
    return value.kind if isinstance(value, Temporal) else type(value).__name__


def assert_a_dataset_comes_back(seed: int) -> None:
    """Law 1: denote(shape(D)) == D."""
    absent = ABSENT[seed % 2]
    dataset = random_dataset(Random(seed), absent)
    graph = shape.shape(dataset, NAMES, absent)
    assert_it_can_be_stored(graph)
    assert set(denote(graph, NAMES, absent)) == dataset


def assert_every_graph_means_a_dataset(seed: int) -> None:
    """Law 2: denote is total, and what it says is canonical and comes back."""
    absent = ABSENT[seed % 2]
    graph = random_graph(Random(seed))
    meant = set(denote(graph, NAMES, absent))
    assert set(lines_of(graph, absent)) == {f"{line}\n" for line in shape._lines(meant) if line}
    for quad in meant:
        assert not isinstance(quad.object, Literal) or canonical(quad.object) == quad.object
    assert set(denote(shape.shape(meant, NAMES, absent), NAMES, absent)) == meant


def lines_of(graph: PropertyGraph, absent: AbsentGraph) -> list[str]:
    """What the graph means as text, which has to be as Oxigraph writes it."""
    return list(denoting._graph_lines(graph, NAMES, absent))


BIGGER = Names(
    BASE,
    {
        **NAMES._prefixes,
        "n": f"{BASE}note/",
        "y": "http://x/y",
        "wide": "http://",
        "owl": "http://www.w3.org/2002/07/owl#",
    },
    {**NAMES._terms, "Subject": RDF["subject"].value, "alsoA": "http://x/a", "Named": f"{BASE}note/17"},
)


def assert_a_grown_catalogue_reads_the_same(seed: int) -> None:
    """Law 4: what is stored under a registered name keeps its meaning when others are registered."""
    absent = ABSENT[seed % 2]
    random = Random(seed)
    dataset = random_dataset(random, absent)
    for iri in random.choices(IRIS, k=5):
        texts = (NAMES.name(iri), BIGGER.name(iri))
        dataset |= {
            Quad(NODE, RDF["predicate"], object_, absent) for object_ in (iri, Literal(texts[0]), Literal(texts[1]))
        }
    assert set(denote(shape.shape(dataset, NAMES, absent), BIGGER, absent)) == dataset


def test_a_dataset_comes_back() -> None:
    for seed in SEEDS:
        assert_a_dataset_comes_back(seed)


def test_every_graph_means_a_dataset() -> None:
    for seed in SEEDS:
        assert_every_graph_means_a_dataset(seed)


def test_a_grown_catalogue_reads_the_same() -> None:
    for seed in SEEDS:
        assert_a_grown_catalogue_reads_the_same(seed)


LAWS = (assert_a_dataset_comes_back, assert_every_graph_means_a_dataset, assert_a_grown_catalogue_reads_the_same)


def broken_law() -> str | None:
    for law in LAWS:
        for seed in SEEDS:
            try:
                law(seed)
            except (AssertionError, ValueError, SyntaxError, KeyError):
                return law.__name__
    return None


typed_value = shape._typed_value.__wrapped__
BROKEN_RULES: dict[str, tuple[object, str, object]] = {
    "a literal whose value does not mean it needs a note": (
        shape, "_typed_value", lambda token: (typed_value(token)[0], True),
    ),
    "a list holds values of one type": (shape, "kind", lambda value: "any"),
    "two literals of one value need notes": (shape, "Counter", lambda keys: {}),
    "literals beside an IRI need notes": (shape, "_is_iri_token", lambda token: False),
    "values are the same by kind and text, not by equality": (shape, "identity", lambda value: value),
    "a label's graphs are noted": (shape, "label_note", lambda label, graphs: ""),
    "the absent graph is named among others": (shape, "NO_GRAPH", "graph/other"),
    "the label Resource says nothing": (names, "_RESERVED", frozenset({"iri"})),
    "an index takes 7,000 bytes": (names, "_hashed", lambda text: text),
    "a hash needs the whole IRI beside it": (names, "_hashed", lambda text: text[:100]),
    "an integer has 64 bits": (values, "_MAX_INTEGER", 2**99),
    "a note that does not read is dead": (denoting, "read_token", lambda token: token),
    "a note means a canonical term": (notes, "canonical", lambda term: term),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN_RULES)
def test_a_broken_rule_breaks_a_law(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    caches = (notes._read_token, shape._typed_value)
    for cache in caches:
        cache.cache_clear()
    with monkeypatch.context() as patch:
        module, name, instead = BROKEN_RULES[rule]
        patch.setattr(module, name, instead)
        patch.setattr(f"{__name__}.NAMES", Names(BASE, NAMES._prefixes, NAMES._terms))
        assert broken_law() is not None
    for cache in caches:
        cache.cache_clear()


# --- what is written, seen from the side of those who use Cypher


def shaped(*quads: Quad, absent: AbsentGraph = USER) -> PropertyGraph:
    return shape.shape(quads, NAMES, absent)


def test_the_example_of_the_design() -> None:
    name, age, height = KG["name"], NamedNode(f"{BASE}term/age"), NamedNode(f"{BASE}term/height")
    graph = shaped(
        Quad(NODE, RDF["type"], KG["Person"], USER),
        Quad(NODE, name, Literal("Ada"), USER),
        Quad(NODE, name, Literal("Ada", language="en"), USER),
        Quad(NODE, age, Literal(42), USER),
        Quad(NODE, height, Literal("1.7", datatype=XSD["decimal"]), USER),
    )
    node = graph.nodes["http://x/a"]
    assert (node.labels, node.properties) == ({"Person"}, {"name": "Ada", "age": 42, "height": 1.7})
    assert sorted(node.notes) == [
        f'height\t"1.7"^^<{XSD["decimal"].value}>\t.', 'name\t"Ada"\t.', 'name\t"Ada"@en\t.',
    ]  # fmt: skip


def test_graphs_are_on_the_relationship_and_in_the_notes() -> None:
    knows = NamedNode(f"{BASE}term/knows")
    graph = shaped(
        *(Quad(NODE, p, o, g) for p, o in ((knows, OTHER), (RDF["type"], KG["Person"])) for g in (GRAPH, USER))
    )
    (edge,) = graph.relationships
    assert (edge.start, edge.type, edge.end, edge.graphs) == ("http://x/a", "knows", "http://x/b", (".", "note/17"))
    assert graph.nodes["http://x/a"].notes == [":Person\t\t. note/17"]
    assert shaped(Quad(NODE, knows, OTHER, USER)).relationships[0].graphs is None


def test_what_everything_would_be_tied_to_is_a_text() -> None:
    about = [Quad(NODE, RDF["predicate"], RDF["type"], USER), Quad(NODE, RDF["object"], KG["Person"], USER)]
    graph = shaped(*about, Quad(OTHER, RDF["predicate"], KG["name"], USER), Quad(OTHER, RDF["object"], NODE, USER))
    assert graph.nodes["http://x/a"].properties == {"predicate": "rdf__type", "rdf__object": "Person"}
    assert graph.nodes["http://x/b"].properties == {"predicate": "name"}
    assert [(edge.start, edge.type, edge.end) for edge in graph.relationships] == [
        ("http://x/b", "rdf__object", "http://x/a")
    ]
    assert set(graph.nodes) == {"http://x/a", "http://x/b"}


def test_the_derived_default_graph_is_not_stored() -> None:
    with pytest.raises(ValueError, match="derived"):
        shaped(Quad(NODE, KG["name"], Literal("a"), DefaultGraph()))
