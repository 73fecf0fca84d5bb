"""The collection of a graph, on both stores."""

from __future__ import annotations

import pytest

from kg.mining import Collection, read_collection
from kg.stores import ServerAddress
from tests.graphs import graph_on

BASE = "https://noemata.example/v/"
TRIG = f"""
@base <{BASE}> .
@prefix kg: <https://w3id.org/noemata#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<note/a.md> {{
  <note/a.md> a kg:Note ; kg:path "a.md" ; dct:title "Ä" ; kg:describes <note/a.md#it> ; kg:taggedWith <tag/x> ;
    dct:created "2025-03-02T08:00:00"^^xsd:dateTime , "2025-03-04"^^xsd:date ; dct:modified "2025-05"^^xsd:gYearMonth ;
    kg:linksTo <note/b.md> , <note/gone.md> ; kg:mentions <note/b.md#it> , <entity/Person/ada> .
  <note/a.md#it> a kg:Project ; rdfs:label "Ä" ; kg:uses <note/b.md#it> .
  <entity/Person/ada> a kg:Person ; rdfs:label "Ada" ; kg:worksOn <note/a.md#it> .
  <tag/x> a kg:Tag ; rdfs:label "x" .
}}
<note/b.md> {{
  <note/b.md> a kg:Note ; kg:path "x/2024-01-31 b.md" ; dct:title "B" ; kg:describes <note/b.md#it> .
  <note/b.md#it> a kg:Technology ; rdfs:label "B" .
}}
<note/day> {{
  <note/none> a kg:Note ; kg:path "None.md" ; dct:title "none" ;
    dct:created "1970-01-01T00:00:00Z"^^xsd:dateTime ; dct:modified "0001-01-01"^^xsd:date , "9999-12-31"^^xsd:date .
  <note/day> a kg:Note ; kg:path "all.jsonl" ; dct:title "day" ; dct:identifier "line-7" ; dct:date "2025-06-01"^^xsd:date ;
    dct:created "2020-01-01"^^xsd:date , "soon" .
}}
<graph/user> {{ <user/ada> a kg:User ; kg:viewed <note/a.md> ; kg:knows <entity/Person/ada> . }}
<graph/predicted> {{ <note/b.md#it> kg:uses <note/a.md#it> . }}
"""


def check(found: Collection) -> None:
    a, b, day, none = found.notes
    assert [note.doc_id for note in found.notes] == ["a.md", "x/2024-01-31 b.md", "line-7", "None.md"]
    assert (none.created, none.modified) == ("", "")  # what programs write where no date is known
    assert (a.title, a.created, a.modified, a.described) == ("Ä", "2025-03-02", "2025-05", f"{BASE}note/a.md#it")
    assert (b.created, b.modified) == ("2024-01-31", "2024-01-31")  # from its file's name
    assert (day.created, day.described) == ("2025-06-01", "")  # a daily note is of its day
    assert found.tags == {a.iri: (f"{BASE}tag/x",)}
    assert found.concepts == {a.iri: (f"{BASE}entity/Person/ada", a.described, b.described), b.iri: (b.described,)}
    assert found.links == ((a.iri, b.iri),)  # what is no note is none
    ada = f"{BASE}entity/Person/ada"
    assert found.statements == ((ada, a.described), (a.described, b.described))  # no user's, no prediction
    assert found.people == {ada}
    assert [found.name(iri) for iri in (a.iri, ada, f"{BASE}tag/x", f"{BASE}entity/Concept/nobody")] == [
        "Ä",
        "Ada",
        "x",
        "nobody",
    ]


def test_notes_are_read_with_their_dates_and_what_they_speak_of() -> None:
    with graph_on(None, BASE, TRIG.encode()) as graph:
        check(read_collection(graph))


def test_an_empty_graph_has_no_notes() -> None:
    with graph_on(None, BASE, b"") as graph:
        assert read_collection(graph).notes == ()


@pytest.mark.neo4j
def test_the_same_on_neo4j(neo4j_address: ServerAddress) -> None:
    with graph_on(neo4j_address, BASE, TRIG.encode()) as graph:
        check(read_collection(graph))
