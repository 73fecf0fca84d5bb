"""An ontology without a single hint: its labels serve as patterns, and nothing is wired to ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from extractors.lemmas import Lemmas
from extractors.triggers import compile_triggers
from kg.ontology import Label, Ontology, PropertyTerm, load_ontology
from kg.rdf import NamedNode
from tests.conftest import RunKg
from tests.extractors.lab import Lab

pytestmark = pytest.mark.model

FILMS = """
@prefix : <https://example.org/film#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://example.org/film> a owl:Ontology .
:Film a owl:Class . :Person a owl:Class . :Studio a owl:Class .
:Person owl:disjointWith :Film , :Studio .
:director a owl:ObjectProperty ; rdfs:domain :Film ; rdfs:range :Person .
:producer a owl:ObjectProperty ; rdfs:label "produced by"@en ; rdfs:domain :Film ; rdfs:range :Studio .
:stars a owl:ObjectProperty ; rdfs:domain :Film ; rdfs:range :Person .
:worksFor a owl:ObjectProperty ; rdfs:domain :Person ; rdfs:range :Studio .
:releaseDate a owl:DatatypeProperty ; rdfs:range xsd:date .
"""

ROWS: list[tuple[str, set[str]]] = [
    ("The director of Quiet Harbour is Mara Lindqvist.", {"Quiet Harbour | director | Mara Lindqvist"}),
    ("Mara Lindqvist is the director of Quiet Harbour.", {"Quiet Harbour | director | Mara Lindqvist"}),
    ("Quiet Harbour's director is Mara Lindqvist.", {"Quiet Harbour | director | Mara Lindqvist"}),
    ("Quiet Harbour was directed by Mara Lindqvist.", {"Quiet Harbour | director | Mara Lindqvist"}),
    ("Mara Lindqvist directed Quiet Harbour.", {"Quiet Harbour | director | Mara Lindqvist"}),
    ("Quiet Harbour was not directed by Mara Lindqvist.", set()),
    ("Quiet Harbour was produced by Halden Studios.", {"Quiet Harbour | producer | Halden Studios"}),
    ("Halden Studios produced Quiet Harbour.", {"Quiet Harbour | producer | Halden Studios"}),
    (
        "Quiet Harbour stars Omar Haddad and Lena Fischer.",
        {"Quiet Harbour | stars | Omar Haddad", "Quiet Harbour | stars | Lena Fischer"},
    ),
    ("Mara Lindqvist works for Halden Studios.", {"Mara Lindqvist | worksFor | Halden Studios"}),
    ("Quiet Harbour was released on 12 March 2024.", {"Quiet Harbour | releaseDate | 2024-03-12"}),
    ("The release date of Quiet Harbour is 12 March 2024.", {"Quiet Harbour | releaseDate | 2024-03-12"}),
    ("Quiet Harbour is a film.", {"Quiet Harbour | type | Film"}),
    ("Directed by Mara Lindqvist.", {"Quiet Harbour | director | Mara Lindqvist"}),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "films.ttl"
    path.write_text(FILMS, "utf-8")
    return path


@pytest.fixture(scope="module")
def films(file: Path) -> Lab:
    return Lab(load_ontology(file))


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[text for text, _ in ROWS])
def test_labels_are_patterns(films: Lab, text: str, expected: set[str]) -> None:
    assert films.facts(text, "Quiet Harbour.md") == expected


def test_the_gate_asks_the_users_ontology(films: Lab) -> None:
    found = films.analyse("---\ntype: person\n---\nMara Lindqvist directed Ada Byron.", "Ada Byron.md")
    assert found.facts() == set()
    assert found.refused() == {"Ada Byron | director | Mara Lindqvist": "domain of director: Person is disjoint from Film"}


def test_metadata_uses_the_users_labels(films: Lab) -> None:
    text = "---\ntype: film\ndirector: Mara Lindqvist\nproduced by: Halden Studios\nrelease date: 2024-03-12\nuses: Redis\n---\n"
    assert films.analyse(text, "Quiet Harbour.md").facts("stated") == {
        "Quiet Harbour | type | Film",
        "Quiet Harbour | director | Mara Lindqvist",
        "Quiet Harbour | producer | Halden Studios",
        "Quiet Harbour | releaseDate | 2024-03-12",
        "NOTE | uses | Redis",
    }


def test_extract_works_with_it(kg: RunKg, file: Path) -> None:
    texts = ["Nosferatu was directed by Mara Lindqvist.", "Tidepool uses Redis.", "It stars no one."]
    lines = [json.dumps({"id": n, "text": text}) for n, text in enumerate(texts)]
    run = kg("extract", "--ontology", file, stdin="\n".join(lines))
    found = [[(t["subject"], t["predicate"], t["object"]) for t in json.loads(x)["triples"]] for x in run.text.splitlines()]
    assert found == [[("Nosferatu", "director", "Mara Lindqvist")], [], []]


@pytest.fixture(scope="module")
def lemmas(films: Lab) -> Lemmas:
    return films.extractor._lemmas  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("uses", ("use", (), False)),
        ("works for", ("work", ("for",), False)),
        ("is written in", ("written", ("in",), False)),
        ("has part of", ("part", ("of",), False)),
        ("the creator", ("creator", ("of",), True)),
        ("managing director", ("director", ("<managing", "of"), True)),
        ("worksFor", ("work", ("for",), False)),
    ],
)
def test_a_label_is_read_as_a_trigger(lemmas: Lemmas, label: str, expected: tuple[str, tuple[str, ...], bool]) -> None:
    iri = NamedNode("https://example.org/p")
    prop = PropertyTerm(iri, is_data=False, labels=(Label(label, "en"),))
    index = compile_triggers(Ontology({}, {iri: prop}, {}, frozenset(), (), ""), lemmas)
    found = {t for table in (index.verbs, index.nouns, index.words) for rows in table.values() for t in rows}
    assert expected in {(t.word, t.rest, t.inverted) for t in found}


def test_a_property_with_hints_does_not_fall_back_on_its_label(lemmas: Lemmas) -> None:
    iri = NamedNode("https://example.org/p")
    prop = PropertyTerm(iri, is_data=False, labels=(Label("uses", "en"),), triggers=(Label("adopt", "en"),))
    index = compile_triggers(Ontology({}, {iri: prop}, {}, frozenset(), (), ""), lemmas)
    assert set(index.verbs) == {"adopt"}


@pytest.mark.parametrize("field", ["extract", "system"])
def test_a_property_that_is_not_extracted_has_no_triggers(lemmas: Lemmas, field: str) -> None:
    iri = NamedNode("https://example.org/p")
    prop = PropertyTerm(iri, False, (Label("uses", "en"),), extract=field != "extract", system=field == "system")
    index = compile_triggers(Ontology({}, {iri: prop}, {}, frozenset(), (), ""), lemmas)
    assert not (index.verbs or index.nouns or index.words)
