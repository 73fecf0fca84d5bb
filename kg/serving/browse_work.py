"""What a reader does for pages and programs that read notes, entities and statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kg.browsing.entities import entities_page, entity_document
from kg.browsing.finding import note_named, object_named, property_named, resource_named
from kg.browsing.neighbours import neighbours_document
from kg.browsing.notes import note_document, notes_page
from kg.browsing.requests import (
    BrowseRequest,
    EntitiesRequest,
    EntityRequest,
    NeighboursRequest,
    NoteRequest,
    NotesRequest,
    OntologyRequest,
    PathsRequest,
    StatementsRequest,
    TagsRequest,
)
from kg.browsing.snapshot import Snapshot
from kg.browsing.statements import StatementFilter, statements_page
from kg.browsing.vocabulary import ontology_document, tags_page
from kg.browsing.ways import paths_document
from kg.cache import NoteTexts
from kg.graph import KnowledgeGraph

__all__ = ["answer_browse"]


def answer_browse(graph: KnowledgeGraph, request: BrowseRequest, kept: dict[str, Any]) -> bytes:
    """Return the answer as one JSON document in UTF-8; of parts also which part it is (`limit`, `offset`).

    Tables of names, paths and the like are kept for later answers, as long as nothing was committed.

    Raises:
        NotFoundError, AmbiguousNameError: something that is named is not there, or several things are called so.
    """
    document = _ANSWERERS[type(request)](Snapshot(graph, kept), request)
    page = getattr(request, "page", None)
    if page is not None:
        document |= {"limit": page.limit, "offset": page.offset}
    return json.dumps(document, ensure_ascii=False).encode()


def _note(snapshot: Snapshot, request: NoteRequest) -> dict[str, Any]:
    return note_document(snapshot, request.target, NoteTexts(request.cache), request.most, request.sentences)


def _entity(snapshot: Snapshot, request: EntityRequest) -> dict[str, Any]:
    return entity_document(snapshot, request.target, request.most, request.sentences)


def _statements(snapshot: Snapshot, request: StatementsRequest) -> dict[str, Any]:
    graph = snapshot.graph
    asked = StatementFilter(
        subject=None if request.subject is None else resource_named(graph, request.subject),
        predicate=None if request.predicate is None else property_named(graph, request.predicate),
        object=None if request.object is None else object_named(graph, request.object),
        about=None if request.about is None else resource_named(graph, request.about),
        note=None if request.note is None else note_named(graph, request.note),
        kind=request.kind,
        least=request.least,
    )
    return statements_page(snapshot, asked, request.page, request.sentences)


def _neighbours(snapshot: Snapshot, request: NeighboursRequest) -> dict[str, Any]:
    graph = snapshot.graph
    relations = [property_named(graph, name) for name in request.relations]
    center = resource_named(graph, request.target)
    return neighbours_document(graph, center, request.hops, request.most, relations)


def _paths(snapshot: Snapshot, request: PathsRequest) -> dict[str, Any]:
    graph = snapshot.graph
    start, end = resource_named(graph, request.start), resource_named(graph, request.end)
    return paths_document(graph, start, end, request.longest, request.k)


_ANSWERERS: Mapping[type, Callable[[Snapshot, Any], dict[str, Any]]] = {
    NotesRequest: notes_page,
    NoteRequest: _note,
    EntitiesRequest: entities_page,
    EntityRequest: _entity,
    StatementsRequest: _statements,
    NeighboursRequest: _neighbours,
    PathsRequest: _paths,
    OntologyRequest: lambda snapshot, _: ontology_document(snapshot),
    TagsRequest: lambda snapshot, request: tags_page(snapshot, request.page),
}
