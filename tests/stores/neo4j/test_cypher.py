"""The Cypher of a slice as text: a function of its shape, with every name that is in use and no constant in it."""

from __future__ import annotations

from kg.property_graph.names import Names
from kg.rdf import PREFIXES as COMMON
from kg.rdf import DefaultGraph, Literal, NamedNode
from kg.slices import Leaf, Pattern, Values, Variable
from kg.stores.neo4j.cypher import Plan, plan
from kg.stores.neo4j.parts import Column
from kg.stores.neo4j.rows import Rows
from kg.stores.neo4j.vocabulary import Vocabulary

BASE = "http://e/"
NAMES = Names(BASE, {**COMMON, "e": BASE}, {})
USED = Vocabulary(
    labels=frozenset({"e__Person"}),
    types=frozenset({"e__knows", "http://e/knows"}),
    keys=frozenset({"e__name", "e__age", "rdf__predicate"}),
    system=("_Home",),
    indexed=frozenset({"e__name"}),
    has_anonymous=False,
)
S, P, O = map(Variable, "spo")  # noqa: E741 - as in the patterns of the specification
TYPE = NamedNode(COMMON["rdf"] + "type")


def _iri(name: str) -> NamedNode:
    return NamedNode(BASE + name)


def _plans(*patterns: Pattern, values: tuple[Values, ...] = (), used: Vocabulary = USED) -> list[Plan]:
    return plan([Leaf(patterns, (), values)], NAMES, used, DefaultGraph())


def _text(*patterns: Pattern, values: tuple[Values, ...] = (), used: Vocabulary = USED) -> str:
    (found,) = _plans(*patterns, values=values, used=used)
    return found.statement.text


def test_equal_shapes_have_equal_texts_and_constants_are_parameters() -> None:
    texts = {_text(Pattern(None, _iri(name), _iri("knows"), O)) for name in ("u", "v%60", "$p0")}
    assert len(texts) == 1
    (found,) = _plans(Pattern(None, _iri("u"), _iri("knows"), O))
    assert list(found.statement.parameters.values()) == ["http://e/u"]


def test_every_name_of_a_predicate_that_is_in_use_is_looked_for() -> None:
    assert "`e__knows`|`http://e/knows`" in _text(Pattern(None, S, _iri("knows"), O))


def test_what_no_name_in_use_can_hold_is_not_asked() -> None:
    assert _plans(Pattern(None, S, _iri("unknown"), O)) == []
    assert _plans(Pattern(None, Literal("x"), _iri("name"), O)) == []


def test_the_same_part_of_two_leaves_is_fetched_once() -> None:
    leaves = [Leaf((Pattern(None, Variable(name), _iri("knows"), O),)) for name in ("a", "b")]
    (found,) = plan(leaves, NAMES, USED, DefaultGraph())
    assert len(found.columns) == 1


def test_an_indexed_string_is_sought_alone_and_in_lists() -> None:
    text = _text(Pattern(None, S, _iri("name"), Literal("Ada")))
    assert "(n0:Resource) WHERE (n0.`e__name` IN $p0 OR (n0.`e__name` >= [''] AND" in text
    assert "LIMIT" in text


def test_where_nodes_have_no_label_the_index_of_resources_is_not_trusted() -> None:
    used = Vocabulary(USED.labels, USED.types, USED.keys, USED.system, USED.indexed, has_anonymous=True)
    text = _text(Pattern(None, S, _iri("name"), Literal("Ada")), used=used)
    assert ">= ['']" not in text
    assert "MATCH (n0) WHERE" in text


def test_bounds_pass_what_cypher_does_not_compare() -> None:
    bounds = (Values(O, least=Literal(5)), Values(O, most=Literal(9)))
    text = _text(Pattern(None, S, _iri("age"), O), values=bounds)
    assert "coalesce(n0.`e__age` >= $p0, true)" in text
    assert "coalesce(n0.`e__age` <= $p1, true)" in text


def test_a_predicate_that_names_an_iri_is_looked_for_by_all_its_names() -> None:
    (found,) = _plans(Pattern(None, S, NamedNode(COMMON["rdf"] + "predicate"), _iri("knows")))
    assert ["e__knows", "http://e/knows"] in found.statement.parameters.values()


def test_an_optional_property_is_read_with_what_it_is_optional_to() -> None:
    knows = Pattern(None, S, _iri("knows"), O)
    leaves = [Leaf((knows,)), Leaf((Pattern(None, O, _iri("name"), P),), (knows,))]
    (found,) = plan(leaves, NAMES, USED, DefaultGraph())
    assert len(found.columns) == 1 and "`e__name` IS NOT NULL" not in found.statement.text
    narrower = Leaf((Pattern(None, O, _iri("name"), P),), (knows, Pattern(None, S, _iri("age"), Literal(1))))
    (found,) = plan([leaves[0], narrower], NAMES, USED, DefaultGraph())
    assert len(found.columns) == 2


def test_an_optional_property_is_not_read_with_what_is_narrower() -> None:
    """As in `{ ?s e:age ?o FILTER(?o >= 5) } UNION { ?s e:age ?o OPTIONAL { ?s e:name ?z } }`."""
    age, name = Pattern(None, S, _iri("age"), O), Pattern(None, S, _iri("name"), P)
    narrow = Leaf((age,), (), (Values(O, least=Literal(5)),))
    plans = plan([narrow, Leaf((age,)), Leaf((name,), (age,))], NAMES, USED, DefaultGraph())
    texts = [part for each in plans for part in each.statement.text.split("UNION ALL")]
    read = [part for part in texts if "n0.`e__name`" in part.partition("RETURN")[2]]
    assert read and not any(">=" in part for part in read), texts


def test_two_nodes_of_one_key_are_both_read() -> None:
    column = Column(is_relationship=False, keys=("e__name",))
    rows = Rows(NAMES, DefaultGraph(), is_ambiguous=True)
    read = [rows.lines(column, ["_:neo4j_4_u_17", [text], [], None]) for text in ("Ada", "Bo")]
    assert [len(lines) for lines in read] == [1, 1] and read[0] != read[1]


def test_relationships_into_one_node_do_not_multiply() -> None:
    patterns = (Pattern(None, S, _iri("knows"), O), Pattern(None, P, _iri("knows"), O))
    (found,) = _plans(*patterns, Pattern(None, P, _iri("age"), Literal(1)))
    assert len(found.columns) == 2
    assert found.statement.text.count("EXISTS {") == 2


def test_a_page_has_a_limit_to_each_part() -> None:
    leaves = [Leaf((Pattern(None, S, _iri(name), O),)) for name in ("knows", "age")]
    (found,) = plan(leaves, NAMES, USED, DefaultGraph(), is_page=True)
    assert found.statement.text.count("LIMIT $most") == 2


def test_what_no_node_joins_is_fetched_apart() -> None:
    (found,) = _plans(Pattern(None, S, _iri("age"), O), Pattern(None, P, _iri("name"), O))
    assert len(found.columns) == 2


def test_a_name_that_holds_cypher_stays_a_name() -> None:
    evil = "e__x`) DETACH DELETE n //"
    used = Vocabulary(frozenset(), frozenset({evil}), frozenset())
    assert "`e__x``) DETACH DELETE n //`" in _text(Pattern(None, S, NAMES.iri(evil), O), used=used)


def test_a_class_is_a_label_in_one_pattern_and_a_node_in_another() -> None:
    patterns = (Pattern(None, S, TYPE, O), Pattern(None, O, _iri("name"), P))
    (found,) = _plans(*patterns)
    assert ["http://e/Person"] in found.statement.parameters.values()
