"""What is asked for over HTTP: plain values that go to a reader, with targets and names as they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "ENTITY_ORDERS",
    "KINDS",
    "NOTE_ORDERS",
    "REQUESTS",
    "BrowseRequest",
    "EntitiesRequest",
    "EntityOrder",
    "EntityRequest",
    "NeighboursRequest",
    "NoteOrder",
    "NoteRequest",
    "NotesRequest",
    "OntologyRequest",
    "Page",
    "PathsRequest",
    "StatementsRequest",
    "TagsRequest",
]

NoteOrder = Literal["path", "title", "newest"]
NOTE_ORDERS: tuple[NoteOrder, ...] = ("path", "title", "newest")
"""By path; by title, whatever its case; by the latest of a note's dates."""
EntityOrder = Literal["name", "mentions"]
ENTITY_ORDERS: tuple[EntityOrder, ...] = ("name", "mentions")
"""By name, whatever its case; by how many notes mention it, most first."""
KINDS = ("stated", "extracted")
"""What evidence can be."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an answer is asked for: at most `limit` after the first `offset`."""

    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class NotesRequest:
    """Notes that fit all of it.

    Attributes:
        tags: each note has all of them, or tags below them; with or without `#`.
        folder: in this folder or one below it, a path in the vault; None for any.
        class_name: what the note describes is of this class, or of one below it: an IRI, a label or a local name.
    """

    page: Page
    tags: tuple[str, ...] = ()
    folder: str | None = None
    class_name: str | None = None
    order: NoteOrder = "path"


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """One note: its IRI, path, `id` or title; `cache` is the file of the home's cache, which has the texts.

    `most` is how many links, mentions and statements come with it, `sentences` how many with each of these.
    """

    target: str
    cache: Path
    most: int
    sentences: int


@dataclass(frozen=True, slots=True)
class EntitiesRequest:
    """Entities that fit all of it.

    Attributes:
        name: one of its names begins so, or a word of one does, whatever the case; in Chinese any part of one.
        class_name: of this class, or of one below it: an IRI, a label or a local name.
    """

    page: Page
    name: str | None = None
    class_name: str | None = None
    order: EntityOrder = "name"


@dataclass(frozen=True, slots=True)
class EntityRequest:
    """One entity, or whatever else has an IRI: that IRI, a note's path, or a name; numbers as in `NoteRequest`."""

    target: str
    most: int
    sentences: int


@dataclass(frozen=True, slots=True)
class StatementsRequest:
    """Statements that fit everything that is not None.

    Attributes:
        subject, about: a resource: IRI, path, `id` or name; `about` is at either end.
        object: a resource, else the text of a literal.
        predicate: an IRI, a label or a local name. note: what this note says: IRI, path, `id` or title.
        kind: only with a sentence of that kind. least: only with a sentence of at least that confidence.
    """

    page: Page
    sentences: int
    subject: str | None = None
    predicate: str | None = None
    object: str | None = None
    about: str | None = None
    note: str | None = None
    kind: str | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class NeighboursRequest:
    """What is around a thing: at most `most` nodes, up to `hops` statements away, over some relations or all."""

    target: str
    hops: int
    most: int
    relations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PathsRequest:
    """The `k` paths between two things that say most, of at most `longest` steps."""

    start: str
    end: str
    longest: int
    k: int


@dataclass(frozen=True, slots=True)
class OntologyRequest:
    """The classes and properties of the home, with how often each is used."""


@dataclass(frozen=True, slots=True)
class TagsRequest:
    """The tags of all notes."""

    page: Page


REQUESTS = (
    NotesRequest, NoteRequest, EntitiesRequest, EntityRequest, StatementsRequest, NeighboursRequest, PathsRequest,
    OntologyRequest, TagsRequest,
)  # fmt: skip
BrowseRequest = (
    NotesRequest | NoteRequest | EntitiesRequest | EntityRequest | StatementsRequest | NeighboursRequest | PathsRequest
    | OntologyRequest | TagsRequest
)  # fmt: skip
