"""Ontology files: syntaxes, imports, what is kept of ours, and that nothing is lost on the way."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib.compare import isomorphic

from kg.errors import OntologyError, RdfSyntaxError
from kg.ontology import Ontology, load_ontology, read_triples, shipped_file
from kg.rdf import KG, NamedNode, RdfFormat, serialise
from tests.ontology.garden import BODY, GARDEN, PREFIXES, garden, write


def term(name: str) -> NamedNode:
    return NamedNode(GARDEN + name)


def as_xml(text: str) -> str:
    return rdflib.Graph().parse(data=text, format="turtle").serialize(format="xml")


# --- extend, replace


def test_a_file_that_imports_ours_extends_it(tmp_path: Path) -> None:
    ours, theirs = load_ontology(), load_ontology(write(tmp_path, garden(extends=True)))
    assert set(ours.classes) < set(theirs.classes)
    assert set(theirs.classes) - set(ours.classes) == {term("Plant"), term("Rose"), term("Garden")}
    assert theirs.is_subclass(term("Rose"), KG["Entity"])
    assert theirs.classes[KG["Person"]] == ours.classes[KG["Person"]]


@pytest.mark.parametrize("iri", ["https://w3id.org/noemata", "https://w3id.org/noemata#", "https://w3id.org/noemata/0.1.0"])
def test_ours_is_imported_by_any_of_its_names(tmp_path: Path, iri: str) -> None:
    theirs = load_ontology(write(tmp_path, garden(f"<https://example.org/garden> owl:imports <{iri}> .")))
    assert KG["worksFor"] in theirs.properties
    assert theirs.problems == ()


def test_a_file_that_does_not_import_ours_replaces_the_domain_part(tmp_path: Path) -> None:
    ours, theirs = load_ontology(), load_ontology(write(tmp_path, garden()))
    system = {iri for iri, c in ours.classes.items() if c.system}
    assert set(theirs.classes) == system | {term("Plant"), term("Rose"), term("Garden")}
    assert KG["linksTo"] in theirs.properties
    assert KG["worksFor"] not in theirs.properties
    for prop in theirs.properties.values():
        assert {c for axiom in (*prop.domains, *prop.ranges) for c in axiom if c.value.startswith(str(KG))} <= set(theirs.classes)


def test_an_empty_ontology_leaves_the_system_terms(tmp_path: Path) -> None:
    theirs = load_ontology(write(tmp_path, PREFIXES + "<https://example.org/garden> a owl:Ontology ."))
    assert {KG["Note"], KG["Evidence"], KG["Entity"]} <= set(theirs.classes)
    assert all(c.system for c in theirs.classes.values())


def test_the_users_word_on_a_system_term_is_added_to_ours(tmp_path: Path) -> None:
    theirs = load_ontology(write(tmp_path, garden('kg:Note rdfs:label "Notiz"@de .')))
    assert {"note", "笔记", "Notiz"} <= {label.text for label in theirs.classes[KG["Note"]].labels}


# --- imports


def catalog(folder: Path, *rows: tuple[str, str]) -> None:
    uris = "".join(f'<uri id="x" name="{name}" uri="{uri}"/>' for name, uri in rows)
    text = f'<?xml version="1.0"?><catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">{uris}</catalog>'
    (folder / "catalog-v001.xml").write_text(text)


def test_imports_are_looked_up_in_the_catalog(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    catalog(tmp_path, ("https://example.org/trees", "more/trees.ttl"))
    write(tmp_path / "more", PREFIXES + ":Tree a owl:Class ; rdfs:subClassOf :Plant .", "trees.ttl")
    theirs = load_ontology(write(tmp_path, garden("<https://example.org/garden> owl:imports <https://example.org/trees> .")))
    assert theirs.is_subclass(term("Tree"), term("Plant"))
    assert theirs.problems == ()


def test_an_import_of_an_import_may_extend_ours_and_circles_end(tmp_path: Path) -> None:
    catalog(tmp_path, ("https://example.org/trees", "trees.ttl"), ("https://example.org/garden", "garden.ttl"))
    header = "<https://example.org/trees> a owl:Ontology ; owl:imports <https://example.org/garden> , <https://w3id.org/noemata> ."
    write(tmp_path, PREFIXES + header, "trees.ttl")
    theirs = load_ontology(write(tmp_path, garden("<https://example.org/garden> owl:imports <https://example.org/trees> .")))
    assert KG["worksFor"] in theirs.properties


def test_a_lost_import_is_a_problem_that_names_it(tmp_path: Path) -> None:
    theirs = load_ontology(write(tmp_path, garden("<https://example.org/garden> owl:imports <https://example.org/trees> .")))
    assert len(theirs.problems) == 1
    assert "https://example.org/trees" in theirs.problems[0]
    assert term("Plant") in theirs.classes


def test_a_catalog_never_leads_to_the_network(tmp_path: Path) -> None:
    catalog(tmp_path, ("https://example.org/trees", "https://example.org/trees.ttl"))
    theirs = load_ontology(write(tmp_path, garden("<https://example.org/garden> owl:imports <https://example.org/trees> .")))
    assert len(theirs.problems) == 1


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    catalog(tmp_path, ("https://example.org/trees", "trees.ttl"))
    union = ":p{0} a owl:ObjectProperty ; rdfs:domain _:u . _:u owl:unionOf _:l . _:l rdf:first :{0} ; rdf:rest () ."
    write(tmp_path, PREFIXES + ":Tree a owl:Class . " + union.format("Tree"), "trees.ttl")
    own = union.format("Rose") + " <https://example.org/garden> owl:imports <https://example.org/trees> ."
    theirs = load_ontology(write(tmp_path, garden(own)))
    assert theirs.properties[term("pTree")].domains == (frozenset({term("Tree")}),)
    assert theirs.properties[term("pRose")].domains == (frozenset({term("Rose")}),)


# --- what is read


def test_unions_are_alternatives_and_axioms_add_up(tmp_path: Path) -> None:
    more = ":p a owl:ObjectProperty ; rdfs:domain [ a owl:Class ; owl:unionOf ( :Rose :Garden ) ] , :Plant ; rdfs:range owl:Thing ."
    prop = load_ontology(write(tmp_path, garden(more))).properties[term("p")]
    assert set(prop.domains) == {frozenset({term("Plant")}), frozenset({term("Rose"), term("Garden")})}
    assert prop.ranges == ()


def test_gazetteer_files_beside_the_ontology_and_in_it(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    write(tmp_path / "lists", "# names\nPeace\n\n  Iceberg | Schneewittchen\n", "roses.txt")
    rose = load_ontology(write(tmp_path, garden(':Rose kg:gazetteer "lists/roses.txt" .'))).classes[term("Rose")]
    assert rose.gazetteer == ("Peace", "Iceberg | Schneewittchen")


def test_a_lost_gazetteer_is_an_error_that_names_file_and_class(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match=r"roses\.txt") as raised:
        load_ontology(write(tmp_path, garden(':Rose kg:gazetteer "roses.txt" .')))
    assert raised.value.iri == f"{GARDEN}Rose"


def test_errors_have_file_line_and_column(tmp_path: Path) -> None:
    path = write(tmp_path, garden(":a :b"))
    with pytest.raises(RdfSyntaxError) as raised:
        load_ontology(path)
    assert raised.value.source == str(path)
    assert raised.value.line == len(garden().splitlines()) + 1
    assert raised.value.column


@pytest.mark.parametrize("name", ["garden.rdf", "garden.owl", "garden.ttl", "garden.nt", "garden.jsonld"])
def test_the_syntax_is_seen_whatever_the_suffix_says(tmp_path: Path, name: str) -> None:
    reference = load_ontology(write(tmp_path, garden(), "reference.ttl"))
    graph = rdflib.Graph().parse(data=garden(), format="turtle")
    formats = {".nt": "nt", ".jsonld": "json-ld", ".ttl": "xml"}
    text = graph.serialize(format=formats.get(Path(name).suffix, "xml"))
    assert load_ontology(write(tmp_path, text, name)) == reference


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    path = tmp_path / "garden.ttl"
    path.write_bytes(b"\xef\xbb\xbf" + garden().encode())
    assert term("Plant") in load_ontology(path).classes


# --- digests


def test_the_digest_is_that_of_what_is_said(tmp_path: Path) -> None:
    one = load_ontology(write(tmp_path, garden(), "one.ttl"))
    assert load_ontology(write(tmp_path, garden(), "two.ttl")).digest == one.digest
    assert load_ontology(write(tmp_path, as_xml(garden()), "three.rdf")).digest == one.digest
    turned = PREFIXES + "\n".join(reversed(garden().removeprefix(PREFIXES).split("\n\n")))
    assert load_ontology(write(tmp_path, turned, "four.ttl")).digest == one.digest
    assert load_ontology(write(tmp_path, garden(':Rose rdfs:label "rosa"@es .'), "five.ttl")).digest != one.digest


def test_the_digest_covers_the_gazetteers(tmp_path: Path) -> None:
    path = write(tmp_path, garden(':Rose kg:gazetteer "roses.txt" .'))
    digests = []
    for text in ("Peace\n", "Peace\nIceberg\n", "Peace\n"):
        write(tmp_path, text, "roses.txt")
        digests.append(load_ontology(path).digest)
    assert digests[0] == digests[2] != digests[1]


# --- round trips: what an editor saves is what it opened

SHIPPED_FILES = ("kg.ttl", "kg-align.ttl", "shapes.ttl")


@cache
def shipped_graph(name: str) -> rdflib.Graph:
    """Return a shipped file as another parser reads it, which takes its time; not to be changed."""
    return rdflib.Graph().parse(shipped_file(name))


@pytest.mark.parametrize("name", SHIPPED_FILES)
@pytest.mark.parametrize("syntax", ["turtle", "xml", "nt"])
def test_the_shipped_files_survive_every_syntax(name: str, syntax: str) -> None:
    graph = shipped_graph(name)
    again = rdflib.Graph().parse(data=graph.serialize(format=syntax), format=syntax)
    assert isomorphic(graph, again)


def test_two_parsers_read_the_shipped_ontology_alike() -> None:
    ours = serialise(read_triples(shipped_file("kg.ttl")), RdfFormat.N_TRIPLES)
    assert isomorphic(rdflib.Graph().parse(data=ours, format="nt"), shipped_graph("kg.ttl"))


@pytest.mark.parametrize("syntax", ["turtle", "xml"])
def test_the_shipped_ontology_is_the_same_after_an_editor_saved_it(tmp_path: Path, syntax: str) -> None:
    text = shipped_graph("kg.ttl").serialize(format=syntax)
    (tmp_path / "gazetteer").symlink_to(shipped_file("kg.ttl").parent / "gazetteer")
    saved = load_ontology(write(tmp_path, text, "saved.owl"))
    assert saved == load_ontology()


# --- ontologies of others

# Those that are refused: their syntax is not RDF, or OWLAPI wrote RDF that is none (bench README).
REFUSED = {
    "owlapi/dublincore.rdf": RdfSyntaxError,
    "owlapi/primer/primer.ofn": OntologyError,
    "owlapi/primer/primer.omn": OntologyError,
    "owlapi/primer/primer.owlxml.xml": OntologyError,
    "owlapi/primer/primer.ttl": RdfSyntaxError,
    "owlapi/syntaxes/FUNCTIONAL.txt": OntologyError,
    "owlapi/syntaxes/MANCHESTER.txt": OntologyError,
    "owlapi/syntaxes/OWLXML.txt": OntologyError,
    "owlapi/syntaxes/TURTLE.txt": RdfSyntaxError,
    "protege/pizza-functional.owl": OntologyError,
    "protege/update/pizza-xml.owl": OntologyError,
}
CLASSES = {"pizza/pizza.owl": 99, "protege/pizza.owl": 98, "bibo/bibo.owl": 70, "cito/cito.ttl": 9, "cito/cito.xml": 9}


def bench_ontologies() -> list[Path]:
    bench = os.environ.get("KG_BENCH")
    folder = Path(bench, "ontologies") if bench else None
    files = sorted(folder.rglob("*")) if folder else []
    # vocabs/ holds N-Quads, which no ontology editor writes.
    return [f for f in files if f.is_file() and f.parent.name != "vocabs" and f.suffix in (".owl", ".ttl", ".rdf", ".xml", ".txt", ".ofn", ".omn") and "LICENSE" not in f.name]  # fmt: skip


def test_ontologies_of_others_load_or_are_refused_by_name() -> None:
    files = bench_ontologies()
    if not files:
        pytest.skip("KG_BENCH is not set: the public ontologies are not here")
    outcomes: Counter[str] = Counter()
    for file in files:
        name = file.relative_to(Path(os.environ["KG_BENCH"], "ontologies")).as_posix()
        try:
            ontology = load_ontology(file)
        except (OntologyError, RdfSyntaxError) as error:
            assert isinstance(error, REFUSED[name]), name
            outcomes["refused"] += 1
            continue
        assert name not in REFUSED
        check_lookups(ontology)
        theirs = [c for c in ontology.classes.values() if not c.system]
        assert len(theirs) == CLASSES.get(name, len(theirs)), name
        outcomes["loaded"] += 1
    assert outcomes == {"loaded": 19, "refused": 11}


def check_lookups(ontology: Ontology) -> None:
    """Every name leads back to its term, and every closure ends."""
    for iri, term in ontology.classes.items():
        assert iri not in ontology.superclasses(iri)
        assert ontology.branch(iri)
        assert all(ontology.class_named(label.text) is not None for label in term.labels if label.text.strip())
    for iri, prop in ontology.properties.items():
        assert all(iri in ontology.properties_named(label.text) for label in prop.labels if label.text.strip())
        ontology.domains(iri), ontology.ranges(iri)


def test_garden_is_what_the_other_tests_spoil() -> None:
    assert BODY in garden()
