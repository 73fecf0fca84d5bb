"""A small ontology without a fault, which the tests spoil in one way each."""

from __future__ import annotations

from pathlib import Path

PREFIXES = """@prefix : <https://example.org/garden#> .
@prefix kg: <https://w3id.org/noemata#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
GARDEN = "https://example.org/garden#"
EXTENDS = " ; owl:imports <https://w3id.org/noemata>"
BODY = """
:Plant a owl:Class ; rdfs:subClassOf kg:Entity ;
    rdfs:label "plant"@en , "植物"@zh ; skos:altLabel "shrub"@en .

:Rose a owl:Class ; rdfs:subClassOf :Plant ; rdfs:label "rose"@en , "玫瑰"@zh .

:Garden a owl:Class ; owl:disjointWith :Plant ; rdfs:label "garden"@en , "花园"@zh .

:growsIn a owl:ObjectProperty ; rdfs:domain :Plant ; rdfs:range :Garden ;
    rdfs:label "grows in"@en , "生长于"@zh ;
    kg:trigger "grow in"@en ;
    kg:pattern "{s}生长在{o}"@zh ;
    kg:example "The [s olive tree] grows in [o Kew]."@en ;
    kg:counterExample "The [s olive tree] does not grow in [o Eden]."@en .

:plantedOn a owl:DatatypeProperty ; rdfs:domain :Plant ;
    rdfs:label "planted on"@en , "种植于"@zh ;
    kg:valueKind "date" ; kg:trigger "planted on"@en .
"""


def garden(more: str = "", extends: bool = False, body: str = BODY) -> str:
    """Return the ontology with further triples; it replaces ours unless it `extends` it."""
    header = f"<https://example.org/garden> a owl:Ontology{EXTENDS if extends else ''} .\n"
    return PREFIXES + header + body + more


def write(folder: Path, text: str, name: str = "garden.ttl") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path
