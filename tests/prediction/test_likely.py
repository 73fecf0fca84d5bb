"""Likely statements fit, are new, and are asked once; what the graph knows since training is folded in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

from kg.decisions import Decision, Log, Prediction, decision_quads
from kg.embeddings.errors import ModelMismatchError, NotTrainedError
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.prediction import GraphTriples, LikelyStatement, graph_triples, likely_statements, staleness
from kg.prediction.documents import find_things
from kg.prediction.newer import with_entities, with_newer
from kg.rdf import DCT, KG, RDF, XSD, Literal, NamedNode, Quad
from tests.prediction.homes import MINTER, node, say, town, town_model
from tests.prediction.test_fitting import ONTOLOGY, accepted

CLASSES = {"person": KG["Person"], "company": KG["Company"], "city": KG["Place"], "tool": KG["Software"]}


def class_of(iri: NamedNode) -> NamedNode:
    return next(found for name, found in CLASSES.items() if iri.value.rpartition("/")[2].startswith(name))


def read(graph: KnowledgeGraph) -> GraphTriples:
    model = town_model()
    return graph_triples(graph, model.entities, model.relations)


def likely(graph: KnowledgeGraph, **asked: object) -> list[LikelyStatement]:
    return likely_statements(graph, town_model(), read(graph), **{"least": 0.0, **asked})  # type: ignore[arg-type]


def triple(statement: LikelyStatement) -> tuple[NamedNode, NamedNode, NamedNode]:
    return statement.subject, statement.predicate, statement.object


def lives(person: str, city: str) -> tuple[NamedNode, NamedNode, NamedNode]:
    return node(person), KG["livesIn"], node(city)


@pytest.fixture(scope="module")
def all_likely() -> list[LikelyStatement]:
    return likely(town(), k=0)


def test_what_is_missing_comes_first(all_likely: list[LikelyStatement]) -> None:
    best = {triple(statement) for statement in all_likely[:6]}
    assert best == {lives(f"person{c}-9", f"city{c}") for c in range(6)}
    assert all(statement.rank == 1 for statement in all_likely[:6])


def test_no_prediction_breaks_domain_or_range(all_likely: list[LikelyStatement]) -> None:
    assert len(all_likely) > 500
    for each in all_likely:
        assert accepted(ONTOLOGY, class_of(each.subject), each.predicate, class_of(each.object)), each
    a, b = all_likely[0].subject, all_likely[0].object
    assert not accepted(ONTOLOGY, class_of(b), KG["livesIn"], class_of(a))  # the gate does refuse


def test_nothing_known_is_predicted(all_likely: list[LikelyStatement]) -> None:
    graph = town()
    known = set(read(graph).known.named())
    found = [tuple(term.value for term in triple(each)) for each in all_likely]
    assert not known & set(found)
    assert len(found) == len(set(found))
    assert all(subject != object_ for subject, _, object_ in found)


def test_they_come_in_order(all_likely: list[LikelyStatement]) -> None:
    keys = [(-each.probability, -each.score) for each in all_likely]
    assert keys == sorted(keys)
    assert all(0 <= each.probability <= 1 for each in all_likely)
    assert likely(town(), k=5) == all_likely[:5]
    some = likely(town(), k=0, least=0.3)
    assert some == [each for each in all_likely if each.probability >= 0.3]


def test_what_is_asked_about_is_at_either_end() -> None:
    city, person = likely(town(), about=[node("city3")], k=3), likely(town(), about=[node("person3-9")], k=3)
    assert triple(city[0]) == triple(person[0]) == lives("person3-9", "city3")
    assert all(node("city3") in triple(each) for each in city)
    only = likely(town(), about=[node("person3-9")], relation=KG["uses"], k=4)
    assert {each.predicate for each in only} == {KG["uses"]}


def test_a_relation_may_be_named_by_its_inverse() -> None:
    graph = town()
    assert likely(graph, relation=KG["employs"], k=4) == likely(graph, relation=KG["worksFor"], k=4)


def test_names_that_were_not_learnt_are_told() -> None:
    with pytest.raises(NotTrainedError, match="nobody"):
        likely(town(), about=[node("nobody")])
    with pytest.raises(NotTrainedError, match="cites"):
        likely(town(), relation=KG["cites"])


def test_what_was_answered_is_not_asked_again() -> None:
    graph = town()
    log = Log(MINTER.base)
    for kind, c in (("reject", 0), ("accept", 1)):
        target = Prediction(*lives(f"person{c}-9", f"city{c}"))
        decision = Decision(kind, target, "ada", "2026-01-31T12:00:00Z", c + 1)  # type: ignore[arg-type]
        log = log.append(decision)
        commit(graph, Change(tuple(decision_quads(decision, MINTER))))
    found = {triple(each) for each in likely(graph, relation=KG["livesIn"], k=0)}
    assert lives("person0-9", "city0") not in found
    assert lives("person1-9", "city1") not in found
    assert lives("person2-9", "city2") in found


def test_a_rejection_holds_for_what_the_entity_is_merged_into() -> None:
    graph = town()
    rejected = Decision("reject", Prediction(*lives("old", "city0")), "ada", "2026-01-31T12:00:00Z", 1)
    commit(graph, Change(tuple(decision_quads(rejected, MINTER))))
    assert lives("person0-9", "city0") in {triple(each) for each in likely(graph, k=20)}
    merge, resolution = MINTER.merge(node("old")), MINTER.graph("resolution")
    rows = [(RDF["type"], KG["Merge"]), (KG["keeper"], node("person0-9"))]
    form = Quad(merge, KG["form"], Literal(node("old").value, datatype=XSD["anyURI"]), resolution)
    commit(graph, Change((*(Quad(merge, predicate, value, resolution) for predicate, value in rows), form)))
    assert lives("person0-9", "city0") not in {triple(each) for each in likely(graph, k=20)}


def test_nothing_is_said_of_what_is_gone_or_is_kept_under_another_iri() -> None:
    graph = town()
    merged, kept = node("person2-0"), node("person3-0")
    said = [quad for quad in graph.store.match() if merged in (quad.subject, quad.object)]
    mapped, of_keeper = MINTER.graph("mapped"), lambda term: kept if term == merged else term
    hides = Quad(MINTER.graph("mapped"), KG["hides"], Literal(merged.value, datatype=XSD["anyURI"]), mapped)
    rows = [Quad(of_keeper(quad.subject), quad.predicate, of_keeper(quad.object), mapped) for quad in said]
    commit(graph, Change((hides, *rows)))
    gone = node("person1-0")
    commit(graph, Change((), tuple(quad for quad in graph.store.match(gone) if quad.predicate != RDF["type"])))
    found = {term for each in likely(graph, k=0) for term in triple(each)}
    assert {gone, merged} <= {term for each in likely(town(), k=0) for term in triple(each)}  # before, they were asked
    assert found.isdisjoint({gone, merged}) and kept in found
    assert likely(graph, about=[gone]) == []


def test_new_entities_are_folded_in() -> None:
    graph = town()
    say(graph, ("person-new", "a", "Person"), ("person-new", "worksFor", "company4"), ("person-new", "uses", "tool4"))
    found = likely(graph, about=[node("person-new")], relation=KG["livesIn"], k=3)
    assert triple(found[0]) == lives("person-new", "city4")
    assert all(each.is_folded_in for each in found)
    others = likely(graph, about=[node("person3-9")], k=1)
    assert not others[0].is_folded_in


def letters(names: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of names by their characters: things with like names stand together."""
    rows = np.array([[name.count(chr(letter)) for letter in range(32, 127)] for name in names], np.float32)
    found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def test_what_is_in_no_statement_stands_where_its_name_says() -> None:
    graph, model, best = town(), town_model(), {}
    for c in (1, 4):
        new = node(f"person{c}-{c}{c}{c}")
        commit(graph, Change((Quad(new, RDF["type"], KG["Person"], MINTER.graph("user")),)))
        found = read(graph)
        extended = with_entities(graph, found, [new])
        assert extended.triples.array.tolist() == found.triples.array.tolist()
        for vectors in (letters, None):
            folded = with_newer(graph, model, extended, vectors)
            likely = likely_statements(graph, model, extended, [new], KG["worksFor"], 3, 0.0, folded)
            assert all(new == each.subject and each.is_folded_in for each in likely)
            best[c, vectors] = likely[0].object
    assert [best[c, letters] for c in (1, 4)] == [node("company1"), node("company4")]
    assert best[1, None] == best[4, None]  # without a name, all that are new look alike
    assert with_entities(graph, found, [node("nobody")]) is found
    assert with_entities(graph, found, [node("city1")]) is found
    assert with_newer(graph, model, found, letters) is model


def test_a_note_is_asked_about_together_with_its_thing() -> None:
    graph, note, person = town(), MINTER.note("People/Somebody.md", None), node("person3-9")
    said = [(note, RDF["type"], KG["Note"]), (note, KG["path"], Literal("People/Somebody.md")),
            (note, DCT["identifier"], Literal("p39")), (note, KG["describes"], person)]  # fmt: skip
    commit(graph, Change(tuple(Quad(*each, MINTER.graph("user")) for each in said)))
    for name, expected in (("People/Somebody.md", (note, person)), ("p39", (note, person)), (person.value, (person, note))):
        assert find_things(graph, name) == expected
    assert find_things(graph, node("city1").value) == (node("city1"),)
    assert [triple(each) for each in likely(graph, about=[note, person], k=3)] == [
        triple(each) for each in likely(graph, about=[person], k=3)
    ]
    with pytest.raises(NotTrainedError, match="Somebody"):
        likely(graph, about=[NamedNode(f"{note.value}-else")])


def test_a_note_and_what_it_describes_are_not_related() -> None:
    graph = town()
    commit(graph, Change((Quad(node("person0-9"), KG["describes"], node("city0"), MINTER.graph("user")),)))
    assert lives("person0-9", "city0") not in {triple(each) for each in likely(graph, k=0)}


@pytest.mark.parametrize("change", [lambda m: dataclasses.replace(m, calibration=None)])
def test_a_model_without_calibration_is_refused(change: Callable[..., object]) -> None:
    with pytest.raises(ModelMismatchError, match="calibration is missing"):
        likely_statements(town(), change(town_model()), read(town()))  # type: ignore[arg-type]


def test_triples_in_other_ids_are_refused() -> None:
    graph = town()
    say(graph, ("aaa", "uses", "tool1"))
    with pytest.raises(ModelMismatchError, match="entity ids"):
        likely_statements(graph, town_model(), graph_triples(graph))
    with pytest.raises(ModelMismatchError, match="entity ids"):
        staleness(town_model(), graph_triples(graph))


def test_a_model_says_when_it_is_stale() -> None:
    graph = town()
    state = staleness(town_model(), read(graph))
    assert (state.new_entities, state.new_triples, state.gone_triples, state.is_stale) == (0, 0, 0, False)
    say(graph, ("person-new", "uses", "tool0"))
    state = staleness(town_model(), read(graph))
    assert (state.new_entities, state.new_triples, state.gone_triples, state.is_stale) == (1, 1, 0, False)
    gone = Quad(node("person0-0"), KG["uses"], node("tool0"), MINTER.graph("user"))
    commit(graph, Change((), (gone,)))
    assert staleness(town_model(), read(graph)).gone_triples == 1
    say(graph, *((f"person-new{n}", "uses", "tool0") for n in range(10)))
    state = staleness(town_model(), read(graph))
    assert state.is_stale and state.share > 0.05
    unknown = dataclasses.replace(town_model(), triples={})
    assert staleness(unknown, read(town())).share == 0
    assert staleness(unknown, read(graph)).share == 1
