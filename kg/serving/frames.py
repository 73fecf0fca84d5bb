"""How the server and its readers talk over pipes: frames of one kind byte, a length, and that many bytes.

To a reader go pickled values, for it trusts the server that started it. Back come bytes and JSON only,
because a reader runs what strangers wrote.
"""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from typing import Literal as OneOf

import kg.errors
from kg.browsing.requests import BrowseRequest
from kg.config import Config, ReviewSettings
from kg.errors import KgError, StoreError
from kg.home import Home
from kg.limits import UNLIMITED, Limits
from kg.ontology import Ontology
from kg.rdf import NamedNode
from kg.records import Value
from kg.remote import RemoteAccess
from kg.results import DatasetClause, Kind
from kg.review import ItemKind
from kg.search.asked import Filters
from kg.stores import Opening

__all__ = [
    "ADDED",
    "COUNT",
    "DATA",
    "END",
    "ERROR",
    "FAILED",
    "FIRST_BYTES",
    "HEADER",
    "READY",
    "REMOVED",
    "AnswerRequest",
    "Ask",
    "AskCypher",
    "AskDocument",
    "CypherRequest",
    "CypherShape",
    "CypherStatement",
    "DecisionsRequest",
    "DocumentRequest",
    "EventsRequest",
    "FeedbackRequest",
    "Kind",
    "Message",
    "Plan",
    "PredictionsRequest",
    "Question",
    "RecommendationsRequest",
    "Rest",
    "ReviewRequest",
    "SearchRequest",
    "Setup",
    "decode_error",
    "encode_error",
    "read_frame",
    "read_message",
    "write_frame",
    "write_message",
]

HEADER, DATA, END, ERROR = b"H", b"D", b"Z", b"E"
"""An answer is its format, bytes, and the end; instead of any of them may come an error, which ends it."""
READY = b"Y"
"""What a reader says once, when it has started."""
COUNT, ADDED, REMOVED = b"C", b"A", b"R"
"""A plan is N-Quads to add and to remove, its count, and the end."""
FAILED = b"!"
"""What the end says of an answer in Cypher that tells of an error: nothing of it may be committed."""
FIRST_BYTES = 1 << 20
"""Bytes of an answer that both sides keep until they hand on any, so that errors in them come instead of it."""
_MESSAGE = b"M"
_HEAD = struct.Struct(">cI")


@dataclass(frozen=True, slots=True)
class Question:
    """A query: `formats` names one of `kg.query.formats.FORMATS` for each kind of answer that is acceptable.

    `prefixes` are those that the query may leave out. Of `limits`, the memory is the pool's.
    """

    text: str
    formats: Mapping[Kind, str]
    dataset: DatasetClause = field(default_factory=DatasetClause)
    limits: Limits = UNLIMITED
    prefixes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a reader is told once: the kind of store, how it is opened but for the folder, and whom it may ask.

    `searched` is the home whose notes it may search for queries, and its settings; None where it may not.
    """

    store: str
    opening: Opening
    remote: RemoteAccess | None
    searched: tuple[Home, Config] | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer a question from a checkpoint; `number` says which of two is newer."""

    folder: str
    number: int
    question: Question


CypherShape = OneOf["plain", "typed", "transaction"]
"""How an answer is written: as Neo4j's Query API does, without and with types, or as its transaction API."""


@dataclass(frozen=True, slots=True)
class CypherStatement:
    """A statement and what its answer holds: `contents` and `with_counters` as Neo4j's clients ask for them."""

    text: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    contents: tuple[str, ...] = ("row",)
    with_counters: bool = False


@dataclass(frozen=True, slots=True)
class CypherRequest:
    """Statements of one transaction, and what becomes of it.

    Args:
        shape: a request to the Query API has at most one statement.
        begins: whether the transaction is new; else it is the one that the reader holds.
        ends: whether it is committed, if nothing fails; else the reader holds it. What fails ends it in any case.
        members: of the answer, after all others.
    """

    statements: tuple[CypherStatement, ...]
    shape: CypherShape
    limits: Limits = UNLIMITED
    is_writing: bool = False
    begins: bool = True
    ends: bool = True
    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskCypher:
    """Run statements on a checkpoint; `ontology` None is the one that the reader was told last."""

    folder: str
    number: int
    ontology: Ontology | None
    request: CypherRequest


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """A part of what waits for a decision, as `kg.review.read_queue` is asked for it."""

    settings: ReviewSettings
    kinds: tuple[ItemKind, ...]
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class DecisionsRequest:
    """A part of the log, in order; `about` is an entity, a note, a class or a decision that it names.

    `cache` is the file of the home's cache, which knows what fits the notes.
    """

    cache: str
    about: NamedNode | None
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class RecommendationsRequest:
    """Notes that go with a target, with what a user did, or with both; `diversity` None is the setting's.

    `home` has the texts of notes and the models, `config` the settings of recommendation.
    """

    home: Home
    config: Config
    target: str | None
    user: str | None
    k: int
    diversity: float | None


@dataclass(frozen=True, slots=True)
class EventsRequest:
    """A part of what users did, the latest first; `user` and `item` (an IRI, a path, an id or a name) None for all."""

    user: str | None
    item: str | None
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class PredictionsRequest:
    """Statements that a model of the home holds likely; `about` and `relation` are names or IRIs, None for all.

    `with_reasons` asks for paths and the nearest statements too.
    """

    home: Home
    config: Config
    model: str
    about: str | None
    relation: str | None
    k: int
    least: float
    with_reasons: bool


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search of the notes, as `kg.search.searching.Searcher.search` is asked; None is the setting's.

    `home` has the index, `config` the settings of search.
    """

    home: Home
    config: Config
    query: str
    k: int
    filters: Filters
    weights: Mapping[str, float]
    diversity: float | None
    hops: int | None
    passages: bool


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """A question in English or Chinese; `home` has the index, `config` the settings of search and answers.

    `hidden` tells whether drafts, private notes and templates answer too.
    """

    home: Home
    config: Config
    question: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """A part of what users said of hits, the latest first; `user` None for all."""

    user: str | None
    limit: int
    offset: int


DocumentRequest = (
    AnswerRequest
    | BrowseRequest
    | DecisionsRequest
    | EventsRequest
    | FeedbackRequest
    | PredictionsRequest
    | RecommendationsRequest
    | ReviewRequest
    | SearchRequest
)
"""What is answered by one JSON document."""


@dataclass(frozen=True, slots=True)
class AskDocument:
    """Answer by one JSON document; `ontology` as in `AskCypher`."""

    folder: str
    number: int
    ontology: Ontology | None
    request: DocumentRequest


@dataclass(frozen=True, slots=True)
class Plan:
    """Run an update on a copy of a checkpoint, made in a folder that does not exist, and return the net change."""

    folder: str
    copy: str
    ontology: Ontology
    update: str
    dataset: DatasetClause
    prefixes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rest:
    """Let go of the checkpoint."""


Message = Setup | Ask | AskDocument | AskCypher | Plan | Rest
"""What a reader can be told."""


def write_frame(file: BinaryIO, kind: bytes, payload: bytes = b"") -> None:
    """Write one frame and flush it."""
    file.write(_HEAD.pack(kind, len(payload)))
    file.write(payload)
    file.flush()


def read_frame(file: BinaryIO) -> tuple[bytes, bytes] | None:
    """Return the next frame's kind and payload, None where the pipe has ended, also in the middle of one."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    payload = file.read(length)
    return (kind, payload) if len(payload) == length else None


def write_message(file: BinaryIO, message: Message) -> None:
    """Tell a reader something."""
    write_frame(file, _MESSAGE, pickle.dumps(message))


def read_message(file: BinaryIO) -> Message | None:
    """Return what the server says next, None when it has ended."""
    frame = read_frame(file)
    return None if frame is None else pickle.loads(frame[1])


def encode_error(error: Exception) -> bytes:
    """Write an error: the names of its class and of those above it, its message, and its plain attributes."""
    if not isinstance(error, KgError):
        error = StoreError(f"The query failed: {type(error).__name__}: {error}")
    classes = [each.__name__ for each in type(error).__mro__]
    plain = {name: value for name, value in vars(error).items() if _is_plain(value)}
    return json.dumps({"classes": classes, "message": str(error), "attributes": plain}).encode()


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)


def decode_error(payload: bytes) -> KgError:
    """Return an error as it was; one of a class that `kg.errors` does not have is of the nearest class above it."""
    document = json.loads(payload)
    name = next(each for each in document["classes"] if each in kg.errors.__all__)
    kind: type[KgError] = getattr(kg.errors, name)
    error = kind.__new__(kind, document["message"])  # its message is written already: `__init__` would write it anew
    for attribute, value in document["attributes"].items():
        setattr(error, attribute, tuple(value) if isinstance(value, list) else value)
    return error
