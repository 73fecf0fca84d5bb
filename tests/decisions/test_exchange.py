"""A log as RDF and as JSON Lines: what comes back is what went out, or an error that says where."""

from __future__ import annotations

import json

import pyoxigraph
import pytest
from hypothesis import given

from kg.decisions import (
    Draft,
    Log,
    Merging,
    Naming,
    Splitting,
    Typing,
    Undoing,
    Word,
    log_quads,
    read_lines,
    read_log,
    write_lines,
)
from kg.decisions.fields import TARGETS
from kg.errors import InputError, StoreCorruptError
from kg.iri import Minter
from kg.ontology import load_ontology, shipped_file
from kg.rdf import DCT, KG, RDF, Literal, NamedNode, Quad, RdfFormat, serialise
from tests.decisions.building import ADA, BASE, RUST, accept, claim, decided, logs, note, undo

MINTER = Minter(BASE)
LOG = decided(accept(note("a"), claim()), Draft("rename", Naming(ADA, "Ada")), Draft("merge", Merging(ADA, RUST)))


def from_store(quads: list[Quad]) -> Log:
    store = pyoxigraph.Store()
    store.extend(quads)
    return read_log(lambda graph_name: store.quads_for_pattern(None, None, None, graph_name), MINTER)


def written(log: Log) -> bytes:
    return "\n".join(write_lines(log)).encode()


# --- RDF


@given(logs())
def test_rdf_round_trip(log: Log) -> None:
    assert from_store(log_quads(log, MINTER)) == log


def test_other_graphs_and_other_things_are_passed_over() -> None:
    graph = MINTER.graph("decisions")
    other = [Quad(ADA, RDF["type"], KG["Person"], graph), Quad(ADA, RDF["type"], KG["Decision"], MINTER.graph("user"))]
    assert from_store([*log_quads(LOG, MINTER), *other]) == LOG


@pytest.mark.parametrize("predicate", [KG["kind"], KG["targetKind"], DCT["created"], KG["decisionNumber"], KG["quote"]])
def test_a_decision_that_lacks_something_is_an_error(predicate: NamedNode) -> None:
    quads = [quad for quad in log_quads(LOG, MINTER) if quad.predicate != predicate]
    with pytest.raises(StoreCorruptError, match="cannot be read: it has no"):
        from_store(quads)


def test_a_decision_that_was_changed_is_an_error() -> None:
    quads = [
        Quad(q.subject, q.predicate, Literal("Mallory"), q.graph_name) if q.predicate == DCT["creator"] else q
        for q in log_quads(LOG, MINTER)
    ]
    with pytest.raises(StoreCorruptError, match="was changed"):
        from_store(quads)
    with pytest.raises(StoreCorruptError, match="it has 2 of"):
        from_store([*log_quads(LOG, MINTER), *quads])


@given(logs())
def test_sparql_reads_every_field(log: Log) -> None:
    store = pyoxigraph.Store()
    store.extend(log_quads(log, MINTER))
    query = """PREFIX kg: <https://w3id.org/noemata#> PREFIX dct: <http://purl.org/dc/terms/>
        SELECT ?d ?kind ?n ?who ?when { GRAPH ?g { ?d a kg:Decision ; kg:kind ?kind ; kg:decisionNumber ?n ;
        dct:creator ?who ; dct:created ?when } }"""
    rows = store.query(query)
    assert isinstance(rows, pyoxigraph.QuerySolutions)
    found = {(r["d"].value, r["kind"].value, int(r["n"].value), r["who"].value, r["when"].value) for r in rows}
    assert found == {(iri.value, d.kind, d.number, d.author, d.time) for iri, d in log.items()}


def test_every_property_is_declared() -> None:
    ontology = load_ontology()
    properties = {field.property for _, fields in TARGETS.values() for field in fields}
    properties |= {quad.predicate for quad in log_quads(LOG, MINTER)}
    ours = {iri for iri in properties if iri.value.startswith(str(KG))}
    assert {iri for iri in ours if iri not in ontology.properties or not ontology.properties[iri].system} == set()
    assert len(ours) > 15


# --- JSON Lines


@given(logs())
def test_json_round_trip(log: Log) -> None:
    lines = list(write_lines(log))
    assert all("\n" not in line for line in lines)
    assert read_lines("\n".join(lines).encode(), "log.jsonl", BASE) == log


@given(logs())
def test_a_log_goes_to_another_home_and_back(log: Log) -> None:
    other = "https://example.com/a/much/longer/home/"
    there = read_lines(written(log), "log.jsonl", other)
    assert there.base == other
    assert not any(BASE in line for line in list(write_lines(there)))
    assert [iri.value.removeprefix(other) for iri, _ in there.items()] == [
        i.value.removeprefix(BASE) for i, _ in log.items()
    ]
    assert len(there.in_force()) == len(log.in_force())
    assert read_lines(written(there), "log.jsonl", BASE) == log


def test_texts_stay_what_they_are() -> None:
    """Only IRIs are moved: a label that looks like one under the base is a text."""
    log = decided(Draft("rename", Naming(ADA, f"{BASE}entity/x")))
    (decision,) = read_lines(written(log), "log.jsonl", "https://example.com/other/")
    assert decision.target == Naming(NamedNode("https://example.com/other/entity/Thing/ada"), f"{BASE}entity/x")


def test_empty_lines_and_a_byte_order_mark_are_no_matter() -> None:
    assert read_lines(b"\xef\xbb\xbf" + written(LOG).replace(b"\n", b"\r\n\r\n") + b"\n", "log.jsonl", BASE) == LOG


def test_an_id_may_be_left_out() -> None:
    head, *rows = write_lines(LOG)
    lines = [head, *(json.dumps({k: v for k, v in json.loads(row).items() if k != "id"}) for row in rows)]
    assert read_lines("\n".join(lines).encode(), "log.jsonl", BASE) == LOG


def changed(place: int, /, **said: object) -> bytes:
    """The log with other values in one line (from 1); None leaves a value out."""
    lines = [json.loads(line) for line in write_lines(LOG)]
    lines[place - 1] |= said
    lines[place - 1] = {key: value for key, value in lines[place - 1].items() if value is not None}
    return "\n".join(json.dumps(line) for line in lines).encode()


NAMING = {"type": "naming", "entity": ADA.value, "label": "Ada"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with"),
        (written(LOG).split(b"\n", 1)[1], "begins with"),
        (changed(1, version=2), "line 1: version 2"),
        (changed(1, base="here"), "line 1: base is 'here'"),
        (written(LOG) + b"\n{", "line 5: no JSON"),
        (written(LOG) + b"\n[" + b"[" * 100_000, "line 5: no JSON"),
        (written(LOG) + b"\n\xff", "line 5: no JSON"),
        (written(LOG) + b"\n3", "line 5: a line is a JSON object"),
        (changed(3, author="Mallory"), "line 3: id is"),
        (changed(3, id=7), "line 3: id is 7"),
        (changed(3, id=None, kind="approve"), "line 3: no decision is called 'approve'"),
        (changed(3, id=None, kind="merge"), "line 3: merge of a naming"),
        (changed(3, id=None, time="today"), "line 3: 'today' is no time"),
        (changed(3, id=None, number="2"), 'line 3: number is "2"'),
        (changed(3, id=None, number=True), "line 3: number is true"),
        (changed(3, id=None, author=None), "line 3: author is missing"),
        (changed(3, id=None, undone=True), "line 3: a decision has no 'undone'"),
        (changed(3, id=None, supersedes="x"), "line 3: supersedes"),
        (changed(3, id=None, supersedes=["no iri"]), "line 3: supersedes is 'no iri', which is no IRI"),
        (changed(3, target=None), "line 3: target is missing"),
        (changed(3, id=None, target={"type": "mood"}), "line 3: target of type 'mood'"),
        (changed(3, id=None, target=NAMING | {"entity": 1}), "line 3: entity is 1"),
        (changed(3, id=None, target=NAMING | {"label": "\ud800"}), "line 3: label is no text"),
        (changed(3, id=None, target=NAMING | {"colour": "red"}), "line 3: a naming has no 'colour'"),
        (changed(3, id=None, target={"type": "naming", "label": "Ada"}), "line 3: entity is missing"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(content: bytes, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_lines(content, "log.jsonl", BASE)
    assert str(error.value).startswith("log.jsonl")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("object_", "message"),
    [
        ({"literal": "x", "language": "no language"}, "no literal"),
        ({"literal": "x", "datatype": "no iri"}, "datatype is 'no iri'"),
        ({"literal": "x", "direction": "rtl"}, "direction"),
        ({"text": "x"}, "no 'text'"),
        ([], "must be an IRI"),
    ],
)
def test_an_object_that_is_none_is_named(object_: object, message: str) -> None:
    target = {"type": "prediction", "subject": ADA.value, "predicate": KG["uses"].value, "object": object_}
    with pytest.raises(InputError) as error:
        read_lines(changed(3, id=None, kind="accept", target=target), "log.jsonl", BASE)
    assert "line 3" in str(error.value)
    assert message in str(error.value)


@pytest.mark.slow
def test_a_log_has_the_shape_that_we_publish() -> None:
    """One decision of each kind is valid, and one without an author is not."""
    import pyshacl
    import rdflib

    shapes = rdflib.Graph().parse(shipped_file("shapes.ttl"), format="turtle")
    drafts = [
        accept(note("a"), claim()),
        Draft("reject", Word("rust", RUST)),
        Draft("retype", Typing(ADA, KG["Person"])),
        Draft("rename", Naming(ADA, "Ada")),
        Draft("merge", Merging(ADA, RUST), "because"),
        Draft("split", Splitting(ADA, (ADA, RUST), (note("b"),), is_together=True)),
    ]
    quads = log_quads(undo(decided(*drafts)), MINTER)

    def is_valid(quads: list[Quad]) -> bool:
        data = rdflib.Graph().parse(data=serialise((q.triple for q in quads), RdfFormat.N_TRIPLES), format="nt")
        return bool(pyshacl.validate(data, shacl_graph=shapes)[0])

    assert is_valid(quads)
    assert not is_valid([quad for quad in quads if quad.predicate != DCT["creator"]])


def test_a_decision_about_something_of_the_home_that_reads_it() -> None:
    """It has another name there, and what supersedes or undoes it goes with it."""
    theirs, here = "https://elsewhere.example/", NamedNode(f"{BASE}entity/Person/ada")
    log = Log(theirs)
    for label in ("Ada", "Ada Lovelace"):
        log = log.extend(log.record([Draft("rename", Naming(here, label))], "bo", "2026-01-31T12:00:00Z"))
    (_, first), (last, _) = log.items()
    log = log.extend(log.record([Draft("undo", Undoing(last))], "bo", "2026-01-31T12:00:00Z"))
    assert log.in_force() == (first,)
    read = read_lines(written(log), "theirs.jsonl", BASE)
    assert [decision.target for decision in read.in_force()] == [Naming(here, "Ada")]
    assert read_lines(written(read), "ours.jsonl", BASE) == read
    changed = written(log).replace(b'"Ada"', b'"Bo"')
    with pytest.raises(InputError, match=r"theirs\.jsonl, line 2: id is .*elsewhere.*leave the id"):
        read_lines(changed, "theirs.jsonl", BASE)
