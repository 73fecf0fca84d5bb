"""Entities: which there are, by class and by the beginning of a name, and what is known of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from kg.browsing.finding import class_named, resource_named
from kg.browsing.neighbours import neighbours_document
from kg.browsing.notes import note_paths, read_note_heads
from kg.browsing.reading import most_specific, read_classes, read_names, rows, text, written
from kg.browsing.requests import EntitiesRequest, Page
from kg.browsing.snapshot import Snapshot
from kg.browsing.statements import StatementFilter, statements_page
from kg.explain import may_be_entity
from kg.explain.page import merged_forms
from kg.explain.reading import merged
from kg.graph import KnowledgeGraph
from kg.rdf import KG, RDF, RDFS, Literal, NamedNode

__all__ = ["entities_page", "entity_document"]

_MENTIONED = """
SELECT ?iri (COUNT(DISTINCT ?note) AS ?count) {{ VALUES ?iri {{ {iris} }} ?note kg:mentions ?iri }} GROUP BY ?iri
"""
_NOTES = "SELECT ?iri ?note {{ VALUES ?iri {{ {iris} }} ?note kg:describes ?iri }}"
_MENTIONING = "SELECT ?note {{ ?note kg:mentions {iri} }}"
_ALL_NAMED = "SELECT ?iri ?name { ?iri kg:name ?name }"
_ALL_LABELS = "SELECT ?iri ?name { ?iri rdfs:label ?name }"
_ALL_MENTIONED = "SELECT ?iri (COUNT(DISTINCT ?note) AS ?count) { ?note kg:mentions ?iri } GROUP BY ?iri"
_OF_CLASS = "SELECT ?iri {{ ?iri a {iri} }}"
_TERMS = """
SELECT ?iri {
  VALUES ?kind {
    owl:Class rdfs:Class owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty rdf:Property owl:Ontology
  }
  ?iri a ?kind
}
"""
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Scripts in which no spaces tell where words begin."""
_SHOWN_APART = frozenset({KG["mentions"], KG["linksTo"], KG["taggedWith"]})


def entities_page(snapshot: Snapshot, asked: EntitiesRequest) -> dict[str, Any]:
    """Return `entities` in order, and how many there are (`total`).

    With a name that is asked for, those whose own name begins so come before all others.

    Raises:
        NotFoundError: there is no such class.
    """
    graph = snapshot.graph
    names = _names(snapshot)
    found: Iterable[NamedNode] = (
        names if asked.order == "name" else snapshot.once("by mentions", lambda: _often(graph, names))
    )
    if asked.class_name is not None:
        query = _OF_CLASS.format(iri=class_named(graph, asked.class_name))
        members = {row["iri"] for row in rows(graph, query)}
        found = [iri for iri in found if iri in members]
    if asked.name is not None:
        found = _called(snapshot, found, asked.name)
    entities = list(found)
    page = entities[asked.page.offset : asked.page.offset + asked.page.limit]
    return {"entities": _heads(graph, {iri: names[iri] for iri in page}), "total": len(entities)}


def _names(snapshot: Snapshot) -> Mapping[NamedNode, str]:
    """Return the entities with their names, by name."""
    return snapshot.once("names of entities", lambda: _read_names(snapshot.graph))


def _read_names(graph: KnowledgeGraph) -> Mapping[NamedNode, str]:
    terms = {row["iri"] for row in rows(graph, _TERMS)}
    found: dict[NamedNode, str] = {}
    for row in rows(graph, _ALL_NAMED):
        iri, name = row["iri"], text(row["name"])
        if isinstance(iri, NamedNode) and iri not in terms and may_be_entity(iri, graph):
            found[iri] = min(found.get(iri, name), name)
    ordered = sorted(found, key=lambda iri: (found[iri].casefold(), found[iri], iri.value))
    return {iri: found[iri] for iri in ordered}


def _often(graph: KnowledgeGraph, names: Iterable[NamedNode]) -> list[NamedNode]:
    """Return entities by how many notes mention them, most first, then as they were."""
    counts = {row["iri"]: int(text(row["count"])) for row in rows(graph, _ALL_MENTIONED)}
    return sorted(names, key=lambda iri: -counts.get(iri, 0))


def _called(snapshot: Snapshot, entities: Iterable[NamedNode], name: str) -> list[NamedNode]:
    """Return those of which a name, or a word in one, begins so: first those whose own name does."""
    wanted = _folded(name)
    own, others = snapshot.once("folded names", lambda: _read_folded(snapshot))
    is_anywhere = bool(_WITHOUT_SPACES.match(wanted))
    begins = re.compile(("" if is_anywhere else r"(?<!\w)") + re.escape(wanted))
    first, further = list[NamedNode](), list[NamedNode]()
    for iri in entities:
        if own[iri].startswith(wanted):
            first.append(iri)
        elif begins.search(own[iri]) or any(begins.search(each) for each in others.get(iri, ())):
            further.append(iri)
    return first + further


def _read_folded(snapshot: Snapshot) -> tuple[Mapping[NamedNode, str], Mapping[NamedNode, set[str]]]:
    """Return how the entities' own names and their further ones are compared."""
    own = {iri: _folded(name) for iri, name in _names(snapshot).items()}
    others: dict[NamedNode, set[str]] = {}
    for row in rows(snapshot.graph, _ALL_LABELS):
        iri, name = row["iri"], _folded(text(row["name"]))
        if isinstance(iri, NamedNode) and iri in own and name != own[iri]:
            others.setdefault(iri, set()).add(name)
    return own, others


def _folded(name: str) -> str:
    """Return a name without case, accents and forms of letters: `Zoë` is `zoe`."""
    parts = unicodedata.normalize("NFKD", name).casefold()
    return unicodedata.normalize("NFC", "".join(each for each in parts if not unicodedata.combining(each)))


def entity_document(snapshot: Snapshot, target: str, most: int, most_sentences: int) -> dict[str, Any]:
    """Return one entity, or whatever else has an IRI: names, classes, statements, notes, neighbours.

    Of statements, notes and neighbours there are at most `most`, with the number of all statements and notes beside.

    Args:
        target: an IRI, a note's path or a name. The IRI of something that was merged leads to what stands for it.

    Raises:
        NotFoundError: nothing is called so.
    """
    graph = snapshot.graph
    iri = resource_named(graph, target)
    name = read_names(graph, [iri])[iri]
    paths = note_paths(snapshot)
    found_in = {row["note"] for row in rows(graph, _MENTIONING.format(iri=iri))}
    mentioning = sorted(
        (note for note in found_in if isinstance(note, NamedNode) and note in paths),
        key=lambda note: (paths[note], note.value),
    )
    heads = read_note_heads(graph, mentioning[:most])
    about = StatementFilter(about=iri, without=_SHOWN_APART)
    found = statements_page(snapshot, about, Page(most), most_sentences)
    near = neighbours_document(graph, iri, hops=1, most=most)
    return {
        **_heads(graph, {iri: name})[0],
        "names": _labels(graph, iri),
        "all_classes": _all_classes(graph, iri),
        "statements": found["statements"],
        "statements_total": found["total"],
        "mentioned_in": [
            {member: heads[note][member] for member in ("iri", "doc_id", "path", "title")} for note in mentioning[:most]
        ],
        "mentioned_in_total": len(mentioning),
        "neighbours": [node for node in near["nodes"] if node["distance"]],
        "merged": [asdict(form) for form in merged_forms(graph, iri)],
    }


def _heads(graph: KnowledgeGraph, named: dict[NamedNode, str]) -> list[dict[str, Any]]:
    """Return what a list says of entities, in their order: `iri name classes note mentions`."""
    classes = read_classes(graph, named)
    notes: dict[NamedNode, str] = {}
    mentions: dict[NamedNode, int] = {}
    for some in written(named):
        for row in rows(graph, _NOTES.format(iris=some)):
            if isinstance(iri := row["iri"], NamedNode):
                notes[iri] = min(notes.get(iri, text(row["note"])), text(row["note"]))
        for row in rows(graph, _MENTIONED.format(iris=some)):
            if isinstance(iri := row["iri"], NamedNode):
                mentions[iri] = int(text(row["count"]))
    return [
        {
            "iri": iri.value,
            "name": name,
            "classes": classes.get(iri, []),
            "note": notes.get(iri),
            "mentions": mentions.get(iri, 0),
        }
        for iri, name in named.items()
    ]


def _labels(graph: KnowledgeGraph, iri: NamedNode) -> list[dict[str, str]]:
    """Return all names of a thing, each with its language where it has one, by text."""
    labels = {quad.object for quad in merged(graph, iri, RDFS["label"]) if isinstance(quad.object, Literal)}
    found = ({"text": each.value, **({"language": each.language} if each.language else {})} for each in labels)
    return sorted(found, key=lambda each: (each["text"], each.get("language", "")))


def _all_classes(graph: KnowledgeGraph, iri: NamedNode) -> Sequence[dict[str, str]]:
    """Return every class of a thing, those that follow from others too, by label."""
    found = {quad.object for quad in merged(graph, iri, RDF["type"]) if isinstance(quad.object, NamedNode)}
    each_alone = (most_specific(graph, [class_iri])[0] for class_iri in found)
    return sorted(each_alone, key=lambda each: (each["label"], each["iri"]))
