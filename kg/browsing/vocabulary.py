"""The words of a home: classes and properties with how often they are used, and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kg.browsing.reading import rows, text
from kg.browsing.requests import Page
from kg.browsing.snapshot import Snapshot
from kg.graph import KnowledgeGraph
from kg.ontology import ClassTerm, Label, PropertyTerm
from kg.rdf import RDFS, Literal, NamedNode

__all__ = ["ontology_document", "tags_page"]

_MEMBERS = "SELECT ?term (COUNT(DISTINCT ?s) AS ?count) { ?s a ?term } GROUP BY ?term"
_STATEMENTS = "SELECT ?term (COUNT(*) AS ?count) { ?s ?term ?o } GROUP BY ?term"
_TAGS = (
    "SELECT ?tag ?name ?broader { ?tag a kg:Tag OPTIONAL { ?tag kg:name ?name } OPTIONAL { ?tag kg:broader ?broader } }"
)
_TAGGED = "SELECT ?tag (COUNT(DISTINCT ?note) AS ?count) { ?note kg:taggedWith ?tag } GROUP BY ?tag"

_Uses = Mapping[str, int]
"""How many things are of a class, those of classes below it too, or statements with a property; by IRI."""


def _read_uses(graph: KnowledgeGraph) -> _Uses:
    """Return how often each class and each property is used; this reads the whole default graph."""
    found = [*rows(graph, _MEMBERS), *rows(graph, _STATEMENTS)]
    return {text(row["term"]): int(text(row["count"])) for row in found if isinstance(row["term"], NamedNode)}


def ontology_document(snapshot: Snapshot) -> dict[str, Any]:
    """Return the home's `classes` and `properties`, each by IRI, with labels in all languages and `count`.

    Of `domains` and `ranges` all must hold, and of each one of the classes in it.
    """
    graph, uses = snapshot.graph, snapshot.once("uses", lambda: _read_uses(snapshot.graph))
    ontology = graph.ontology
    comments: dict[NamedNode, list[Label]] = {}
    for triple in ontology.triples:
        subject, comment = triple.subject, triple.object
        if triple.predicate == RDFS["comment"] and isinstance(subject, NamedNode) and isinstance(comment, Literal):
            comments.setdefault(subject, []).append(Label(comment.value, comment.language or ""))
    return {
        "classes": [
            {**_term(graph, each, comments, uses), "branch": ontology.branch(each.iri)}
            for each in sorted(ontology.classes.values(), key=lambda each: each.iri.value)
        ],
        "properties": [
            {
                **_term(graph, each, comments, uses),
                "kind": "data" if each.is_data else "object",
                "domains": [_iris(domain) for domain in each.domains],
                "ranges": [_iris(range_) for range_ in each.ranges],
                "inverses": _iris(each.inverses),
                "is_symmetric": each.symmetric,
            }
            for each in sorted(ontology.properties.values(), key=lambda each: each.iri.value)
        ],
    }


def _term(
    graph: KnowledgeGraph, term: ClassTerm | PropertyTerm, comments: Mapping[NamedNode, list[Label]], uses: _Uses
) -> dict[str, Any]:
    return {
        "iri": term.iri.value,
        "label": graph.ontology.label(term.iri),
        "labels": [{**_text(each), "is_preferred": each.preferred} for each in term.labels],
        "comments": sorted((_text(each) for each in comments.get(term.iri, ())), key=lambda each: tuple(each.values())),
        "parents": _iris(term.parents),
        "is_system": term.system,
        "count": uses.get(term.iri.value, 0),
    }


def _text(label: Label) -> dict[str, str]:
    return {"text": label.text, **({"language": label.language} if label.language else {})}


def _iris(iris: Iterable[NamedNode]) -> list[str]:
    return sorted(iri.value for iri in iris)


def tags_page(snapshot: Snapshot, page: Page) -> dict[str, Any]:
    """Return `tags` by name, each with how many `notes` have it and the tag that it is nested in; and the `total`."""
    tags = snapshot.once("tags", lambda: _read_tags(snapshot.graph))
    return {"tags": tags[page.offset : page.offset + page.limit], "total": len(tags)}


def _read_tags(graph: KnowledgeGraph) -> list[dict[str, Any]]:
    counts = {row["tag"]: int(text(row["count"])) for row in rows(graph, _TAGGED)}
    found: dict[str, dict[str, Any]] = {}
    for row in rows(graph, _TAGS):
        iri, name, broader = text(row["tag"]), text(row["name"]), text(row["broader"]) or None
        tag = found.setdefault(
            iri, {"iri": iri, "name": name or iri, "notes": counts.get(row["tag"], 0), "broader": broader}
        )
        if broader is not None:
            tag["broader"] = min(broader, tag["broader"])
    return sorted(found.values(), key=lambda tag: (tag["name"], tag["iri"]))
