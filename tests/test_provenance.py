"""How a note, its statements and their evidence are written: the shapes of docs/reference, read back by SPARQL."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.describe import describe, note_facts
from kg.extraction import LinkedNote
from kg.graph import KnowledgeGraph, commit
from kg.importers import importer_for
from kg.iri import Minter
from kg.model import Change, Evidence, Note, NoteEntry, Refusal, Statement
from kg.ontology import load_ontology
from kg.provenance import base_triples, statement_quads
from kg.query.sparql import run_sparql
from kg.rdf import KG, RDF, RDFS, XSD, Literal, NamedNode, Quad
from kg.results import Solutions
from kg.stores.oxigraph import OxigraphStore
from tests.note_graphs import note_quads

ONTOLOGY = load_ontology()
MINTER = Minter("https://noemata.example/t/")
BASE = MINTER.base
REDIS = MINTER.entity("Technology", "Redis")
TEXT = "---\nid: n-1\naliases: [Torch]\ntags: [a/b]\n---\nLantern is a library. It uses Redis. It uses Redis."


def read(text: str = TEXT, path: str = "Tools/Lantern.md") -> tuple[Note, NoteEntry]:
    importer = importer_for(path)
    assert importer is not None
    (note,) = importer.read(path, text.encode())
    assert isinstance(note, Note)
    return note, describe(note_facts(note, ONTOLOGY, path, frozenset()), MINTER, "", True)


def evidence(note: Note, quote: str, occurrence: int = 1, **more: object) -> Evidence:
    start = -1
    for _ in range(occurrence):
        start = note.text.index(quote, start + 1)
    row = Evidence(start, start + len(quote), quote, 0.85, "patterns 0.1.0", "extracted", number=occurrence)
    return dataclasses.replace(row, **more)  # type: ignore[arg-type]


def quads(
    note: Note, entry: NoteEntry, statements: tuple[Statement, ...] = (), refusals: tuple[Refusal, ...] = ()
) -> list[Quad]:
    linked = LinkedNote((), {REDIS: frozenset({"Redis", "redis"})}, {REDIS: KG["Software"]})
    return note_quads(note, entry, linked, statements, refusals, MINTER, "state-1")


def uses(note: Note, entry: NoteEntry) -> Statement:
    assert entry.described is not None
    both = (evidence(note, "It uses Redis.", 1), evidence(note, "It uses Redis.", 2, confidence=1.0, kind="stated"))
    return Statement(entry.described, KG["uses"], REDIS, both)


@pytest.fixture
def graph() -> KnowledgeGraph:
    excluded = frozenset({MINTER.graph("decisions"), MINTER.graph("predicted")})
    return KnowledgeGraph(OxigraphStore(dataset="merged", excluded=excluded), ONTOLOGY, MINTER)


def rows(graph: KnowledgeGraph, text: str) -> list[tuple[object, ...]]:
    result = run_sparql(graph, text)
    assert isinstance(result, Solutions)
    return [tuple(row) for row in result.rows]


def test_a_note() -> None:
    note, entry = read()
    found = {(q.predicate, q.object) for q in quads(note, entry) if q.subject == entry.iri}
    assert entry.iri.value == f"{BASE}note/id:n-1"
    assert {(p.value.rpartition("#")[2].rpartition("/")[2], getattr(o, "value", o)) for p, o in found} == {
        ("type", "https://w3id.org/noemata#Note"),
        ("path", "Tools/Lantern.md"),
        ("title", "Lantern"),
        ("identifier", "n-1"),
        ("graph", entry.iri.value),
        ("describes", f"{entry.iri.value}#it"),
        ("contentHash", note.content_hash),
        ("stateHash", "state-1"),
    }


def test_what_it_describes_is_another_resource() -> None:
    note, entry = read()
    found = {(q.predicate, q.object) for q in quads(note, entry) if q.subject == entry.described}
    assert found == {
        (RDF["type"], KG["Software"]),
        (RDFS["label"], Literal("Lantern")),
        (RDFS["label"], Literal("Torch")),
    }


def test_of_an_unknown_class_it_is_an_entity() -> None:
    note, entry = read("Hello.", "Lantern.md")
    assert Quad(entry.described, RDF["type"], KG["Entity"], entry.iri) in quads(note, entry)  # type: ignore[arg-type]


def test_a_daily_note_has_its_day_and_describes_nothing() -> None:
    note, entry = read("Hello.", "2024-03-12.md")
    found = quads(note, entry)
    day = next(q.object for q in found if q.predicate.value == "http://purl.org/dc/terms/date")
    assert day == Literal("2024-03-12", datatype=XSD["date"])
    assert not any(q.predicate == KG["describes"] for q in found)


def test_a_nested_tag_is_narrower_than_the_one_around_it() -> None:
    note, entry = read()
    tags = {(q.subject.value, q.predicate.value, str(q.object)) for q in quads(note, entry) if "/tag/" in str(q.subject)}
    a, b = MINTER.tag("a"), MINTER.tag("a/b")
    assert tags == {
        (a.value, RDF["type"].value, str(KG["Tag"])),
        (b.value, RDF["type"].value, str(KG["Tag"])),
        (a.value, RDFS["label"].value, '"a"'),
        (b.value, RDFS["label"].value, '"a/b"'),
        (b.value, KG["broader"].value, str(a)),
    }


def test_names_without_a_note_are_labelled_and_typed_here() -> None:
    note, entry = read()
    found = {(q.predicate, q.object) for q in quads(note, entry) if q.subject == REDIS}
    assert found == {(RDF["type"], KG["Software"]), (RDFS["label"], Literal("Redis")), (RDFS["label"], Literal("redis"))}


def test_evidence_has_exactly_its_shape() -> None:
    note, entry = read()
    statement = uses(note, entry)
    found = quads(note, entry, (statement,))
    assert Quad(entry.described, KG["uses"], REDIS, entry.iri) in found  # type: ignore[arg-type]
    subjects = {q.subject for q in found if q.object == KG["Evidence"]}
    assert len(subjects) == 2
    for subject in subjects:
        assert str(subject).startswith(f"<{entry.iri.value}#e-")
        own = {q.predicate: q.object for q in found if q.subject == subject}
        start, end = (int(own[KG[name]].value) for name in ("start", "end"))
        assert note.text[start:end] == own[KG["quote"]].value == "It uses Redis."
        assert own[KG["start"]].datatype == own[KG["end"]].datatype == XSD["integer"]
        assert own[KG["confidence"]].datatype == XSD["decimal"]
        del own[KG["start"]], own[KG["end"]], own[KG["quote"]]
        kind, confidence = own.pop(KG["kind"]).value, own.pop(KG["confidence"]).value
        assert (kind, confidence) in {("extracted", "0.85"), ("stated", "1")}
        assert own == {
            RDF["type"]: KG["Evidence"],
            RDF["subject"]: entry.described,
            RDF["predicate"]: KG["uses"],
            RDF["object"]: REDIS,
            KG["inNote"]: entry.iri,
            KG["extractor"]: Literal("patterns 0.1.0"),
        }


def test_what_found_it_is_written_and_what_stands_around_is_not() -> None:
    note, entry = read()
    assert entry.described is not None
    found = evidence(note, "It uses Redis.", cue="{s} uses {o}", before="is a library. ", after=" It uses")
    refusal = Refusal(entry.described, KG["requires"], REDIS, found, "because")
    written = quads(note, entry, (Statement(entry.described, KG["uses"], REDIS, (found,)),), (refusal,))
    plain = quads(note, entry, (Statement(entry.described, KG["uses"], REDIS, (evidence(note, found.quote),)),), ())
    cues = {q for q in written if q.predicate == KG["cue"]}
    assert {q.object for q in cues} == {Literal("{s} uses {o}")} and len(cues) == 2
    about_refusal = {q for q in written if "#r-" in str(q.subject)}
    assert set(written) - cues - about_refusal == set(plain)


def test_a_graph_is_what_holds_anyway_and_what_the_text_says() -> None:
    note, entry = read()
    assert entry.described is not None
    typed = Statement(entry.described, RDF["type"], KG["Software"], (evidence(note, "Lantern is a library."),))
    base = base_triples(note, entry, MINTER)
    said = statement_quads(entry.iri, {REDIS: ["Redis"]}, {}, (typed, uses(note, entry)), (), MINTER)
    assert len(base) == len(set(base)) and len(said) == len(set(said))
    assert base == base_triples(*read(), MINTER)
    assert not any(predicate == KG["stateHash"] for _, predicate, _ in base)
    assert not {q for q in said if q.subject in (entry.iri, MINTER.tag("a/b"))}
    together = {Quad(*triple, entry.iri) for triple in base} | set(said)
    linked = LinkedNote((), {REDIS: frozenset({"Redis"})}, {})
    whole = note_quads(note, entry, linked, (typed, uses(note, entry)), (), MINTER, "state-1")
    assert set(whole) - together == {Quad(entry.iri, KG["stateHash"], Literal("state-1"), entry.iri)}
    assert together < set(whole) and len(whole) == len(set(whole))


def test_a_refusal_is_no_evidence_and_its_triple_is_not_there() -> None:
    note, entry = read()
    assert entry.described is not None
    refusal = Refusal(entry.described, KG["uses"], REDIS, evidence(note, "It uses Redis."), "because")
    found = quads(note, entry, (), (refusal,))
    (subject,) = {q.subject for q in found if q.object == KG["Refusal"]}
    assert str(subject).startswith(f"<{entry.iri.value}#r-")
    assert Quad(subject, KG["reason"], Literal("because"), entry.iri) in found
    assert not any(q.predicate == KG["uses"] or q.object == KG["Evidence"] for q in found)


def test_all_is_in_the_graph_of_the_note_and_nothing_comes_twice() -> None:
    note, entry = read()
    statement = uses(note, entry)
    assert entry.described is not None
    typed = Statement(entry.described, RDF["type"], KG["Software"], (evidence(note, "Lantern is a library."),))
    found = quads(note, entry, (statement, typed))
    assert {q.graph_name for q in found} == {entry.iri}
    assert len(found) == len(set(found))


def test_a_statement_of_the_path_has_no_evidence() -> None:
    note, entry = read()
    assert entry.described is not None
    found = quads(note, entry, (Statement(entry.described, KG["uses"], REDIS),))
    assert not any(q.object == KG["Evidence"] for q in found)


def iris_of(text: str) -> dict[str, set[object]]:
    note, entry = read(text, "Lantern.md")
    assert entry.described is not None
    statements = []
    for quote in ("It uses Redis.", "It needs Redis."):
        places = [evidence(note, quote, n + 1) for n in range(note.text.count(quote))]
        if places:
            predicate = KG["uses"] if "uses" in quote else KG["requires"]
            statements.append(Statement(entry.described, predicate, REDIS, tuple(places)))
    found = quads(note, entry, tuple(statements))
    by_quote: dict[str, set[object]] = {}
    for quad in found:
        if quad.predicate == KG["quote"]:
            by_quote.setdefault(quad.object.value, set()).add(quad.subject)  # type: ignore[union-attr]
    return by_quote


@given(st.lists(st.sampled_from(["Hello there.", "It needs Redis.", "笔记。"]), max_size=6), st.data())
def test_an_edit_elsewhere_moves_no_evidence(others: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(others)))
    before = iris_of("It uses Redis.")
    after = iris_of("\n\n".join([*others[:place], "It uses Redis.", *others[place:]]))
    assert after["It uses Redis."] == before["It uses Redis."]


def test_a_sentence_said_again_is_another_reason() -> None:
    once, twice = iris_of("It uses Redis."), iris_of("It uses Redis. Hello. It uses Redis.")
    assert once["It uses Redis."] < twice["It uses Redis."]
    assert len(twice["It uses Redis."]) == 2


def test_the_shapes_are_found_by_sparql(graph: KnowledgeGraph) -> None:
    note, entry = read()
    commit(graph, Change(add=tuple(quads(note, entry, (uses(note, entry),)))))
    found = rows(
        graph,
        """SELECT ?path ?title ?id ?quote ?start ?end ?confidence ?extractor ?kind {
          ?note a kg:Note ; kg:path ?path ; dct:title ?title ; dct:identifier ?id ; kg:describes ?it ; kg:graph ?g .
          ?e a kg:Evidence ; rdf:subject ?it ; rdf:predicate kg:uses ; rdf:object ?o ; kg:inNote ?note ;
             kg:start ?start ; kg:end ?end ; kg:quote ?quote ; kg:confidence ?confidence ; kg:extractor ?extractor ; kg:kind ?kind .
          GRAPH ?g { ?it kg:uses ?o . ?o rdfs:label "Redis" }
        } ORDER BY ?start""",
    )
    assert [[getattr(cell, "value", cell) for cell in row] for row in found] == [
        ["Tools/Lantern.md", "Lantern", "n-1", "It uses Redis.", str(TEXT.index("It uses")), "81", "0.85", "patterns 0.1.0", "extracted"],
        ["Tools/Lantern.md", "Lantern", "n-1", "It uses Redis.", str(TEXT.rindex("It uses")), str(len(TEXT)), "1", "patterns 0.1.0", "stated"],
    ]  # fmt: skip


def test_the_default_graph_counts_a_triple_once(graph: KnowledgeGraph) -> None:
    for path in ("a.md", "b.md"):
        note, entry = read("Hello.", path)
        commit(graph, Change(add=tuple(quads(note, entry))))
    ((count,),) = rows(graph, "SELECT (COUNT(*) AS ?n) { ?x rdfs:label 'redis' }")
    assert getattr(count, "value", None) == "1"
    ((count,),) = rows(graph, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?x rdfs:label 'redis' } }")
    assert getattr(count, "value", None) == "2"


def test_equal_notes_give_equal_quads() -> None:
    first, second = read(), read()
    assert set(quads(*first, (uses(*first),))) == set(quads(*second, (uses(*second),)))
    assert NamedNode(f"{BASE}note/id:n-1") == first[1].iri
