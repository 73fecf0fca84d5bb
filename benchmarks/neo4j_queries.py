"""The queries of `neo4j.py`, on BSBM: selective ones, each with Cypher as one would write it by hand; broad ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pyoxigraph

__all__ = ["BROAD", "INDEXES", "NAMES", "PREFIXES", "SHAPES", "Shape", "draw"]

VOCABULARY = "http://www4.wiwiss.fu-berlin.de/bizer/bsbm/v01/vocabulary/"
PREFIXES = {
    "b": VOCABULARY,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rev": "http://purl.org/stuff/rev#",
    "title": "http://purl.org/dc/elements/1.1/",
}
_LOCAL = (
    "Offer", "Producer", "Product", "ProductFeature", "ProductType", "Review", "Vendor", "country", "deliveryDays",
    "offerWebpage", "price", "producer", "product", "productFeature", "reviewDate", "reviewFor", "validFrom", "validTo",
    "vendor", *(f"productProperty{kind}{number}" for kind in ("Numeric", "Textual") for number in range(1, 7)),
    *(f"rating{number}" for number in range(1, 5)),
)  # fmt: skip
NAMES = {
    **{name: VOCABULARY + name for name in _LOCAL},
    "comment": PREFIXES["rdfs"] + "comment",
    "label": PREFIXES["rdfs"] + "label",
    "name": PREFIXES["foaf"] + "name",
    "reviewer": PREFIXES["rev"] + "reviewer",
    "subClassOf": PREFIXES["rdfs"] + "subClassOf",
    "title": PREFIXES["title"] + "title",
}
"""Bare names, as an ontology gives them."""
INDEXES = ("label", "productPropertyNumeric1")
"""Keys of `:Resource` that are indexed, for both languages."""


@dataclass(frozen=True)
class Shape:
    """A selective query: SPARQL with `%x%` for a term and `%y%` for a number after it; Cypher with `$x`, `$y`.

    `constants` is SPARQL for `?x`, what is drawn. Where `is_cut`, an answer may be any so many of the rows.
    """

    name: str
    sparql: str
    cypher: str
    constants: str
    is_cut: bool = False


SHAPES = (
    Shape(
        "star of one resource",
        "SELECT ?l ?c ?n ?p { %x% rdfs:label ?l ; rdfs:comment ?c ; b:productPropertyNumeric1 ?n ; b:producer ?p }",
        "MATCH (s:Resource {iri: $x})-[:producer]->(p) RETURN s.label, s.comment, s.productPropertyNumeric1, p.iri",
        "?x a b:Product",
    ),
    Shape(
        "2 hops",
        "SELECT ?p ?n { ?r b:reviewFor %x% ; rev:reviewer ?p . ?p foaf:name ?n }",
        "MATCH (:Resource {iri: $x})<-[:reviewFor]-()-[:reviewer]->(p) RETURN p.iri, p.name",
        "?r b:reviewFor ?x",
    ),
    Shape(
        "indexed literal",
        "SELECT ?s { ?s rdfs:label %x% }",
        "MATCH (s:Resource) WHERE s.label = $x RETURN s.iri",
        "?p a b:Product ; rdfs:label ?x",
    ),
    Shape(
        "OPTIONAL (two)",
        "SELECT ?l ?n ?t { %x% rdfs:label ?l OPTIONAL { %x% b:productPropertyNumeric4 ?n } "
        "OPTIONAL { %x% b:productPropertyTextual4 ?t } }",
        "MATCH (s:Resource {iri: $x}) WHERE s.label IS NOT NULL "
        "RETURN s.label, s.productPropertyNumeric4, s.productPropertyTextual4",
        "?x a b:Product",
    ),
    Shape(
        "join by feature, filter",
        "SELECT ?p ?l { ?p b:productFeature %x% ; rdfs:label ?l ; b:productPropertyNumeric1 ?n FILTER(?n > %y%) }",
        "MATCH (:Resource {iri: $x})<-[:productFeature]-(p) WHERE p.productPropertyNumeric1 > $y RETURN p.iri, p.label",
        "?p b:productFeature ?x",
    ),
    Shape(
        "subClassOf+",
        "SELECT ?t { %x% rdfs:subClassOf+ ?t }",
        "MATCH (:Resource {iri: $x})-[:subClassOf*1..]->(t) RETURN DISTINCT t.iri",
        "?x rdfs:subClassOf ?t",
    ),
    Shape(
        "range",
        "SELECT ?p ?n { ?p b:productPropertyNumeric1 ?n FILTER(?n >= %y% && ?n < %y% + 4) }",
        "MATCH (p:Resource) WHERE p.productPropertyNumeric1 >= $y AND p.productPropertyNumeric1 < $y + 4 "
        "RETURN p.iri, p.productPropertyNumeric1",
        "?x a b:Vendor",
    ),
    Shape(
        "LIMIT page",
        "SELECT ?o ?d { ?o b:vendor %x% ; b:deliveryDays ?d } LIMIT 20",
        "MATCH (:Resource {iri: $x})<-[:vendor]-(o) WHERE o.deliveryDays IS NOT NULL RETURN o.iri, o.deliveryDays "
        "LIMIT 20",
        "?x a b:Vendor",
        is_cut=True,
    ),
)

BROAD = {
    "triples by predicate": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "offers by country": "SELECT ?c (COUNT(?o) AS ?n) (AVG(?d) AS ?mean) "
    "{ ?o a b:Offer ; b:vendor ?v ; b:deliveryDays ?d . ?v b:country ?c } GROUP BY ?c",
    "reviews with offers": "SELECT (COUNT(*) AS ?n) { ?r b:reviewFor ?p . ?o b:product ?p }",
    "features by type": "SELECT ?t (COUNT(DISTINCT ?f) AS ?n) { ?p a ?t ; b:productFeature ?f } GROUP BY ?t",
    "all titles": "SELECT ?r ?t ?p { ?r title:title ?t ; b:reviewFor ?p }",
}


def draw(shape: Shape, store: pyoxigraph.Store, samples: int, seed: int) -> Sequence[tuple[pyoxigraph.NamedNode, int]]:
    """Return different constants for a shape, as many as there are up to `samples`, in random order."""
    chance = random.Random(f"{seed} {shape.name}")
    found = store.query(f"SELECT DISTINCT ?x {{ {shape.constants} }} ORDER BY ?x LIMIT 5000", prefixes=PREFIXES)
    terms = [row["x"] for row in found]
    numbers = chance.sample(range(1, 1900), samples)
    if shape.name == "range":  # only its number counts
        terms = terms * (samples // len(terms) + 1)
        return list(zip(terms, numbers, strict=False))
    return list(zip(chance.sample(terms, min(samples, len(terms))), numbers, strict=False))
