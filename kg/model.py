"""The values that flow from a file to the store: frozen, picklable, without behaviour.

Positions are half-open `[start, end)` in Unicode code points of `Note.text`. `Document.text` has the
same length as `Note.text`, so one offset system serves notes, documents, mentions and evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal as OneOf

from kg.rdf import NamedNode, Quad, Term

__all__ = [
    "Block",
    "BlockKind",
    "Change",
    "Document",
    "Evidence",
    "Extraction",
    "Failure",
    "Field",
    "FieldValue",
    "Link",
    "Mention",
    "Note",
    "NoteEntry",
    "Refusal",
    "RelationCandidate",
    "Scalar",
    "Statement",
    "Tag",
]

Scalar = str | int | float | bool | date | datetime
"""A metadata value as YAML types it."""

BlockKind = OneOf["paragraph", "heading", "list item", "quote", "table cell"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link as written: `[[target#anchor|label]]`, `![[target]]` or `[label](target.md#anchor)`.

    `target` is unescaped and percent-decoded, without anchor, empty for a link inside its own note.
    `style` says which resolution rules hold. `start`/`end` cover the whole markup. External
    addresses (with a scheme) are no links.
    """

    target: str
    anchor: str
    label: str
    embed: bool
    style: OneOf["wiki", "markdown"]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One value of a metadata field: how it is written, as YAML types it, and the links inside.

    `start`/`end` cover the line (or inline field) that holds this value: the evidence of what it states.
    """

    text: str
    value: Scalar
    links: tuple[Link, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Field:
    """A metadata key with its values, from the front matter, a Dataview field or a JSON object."""

    key: str
    values: tuple[FieldValue, ...]
    origin: OneOf["front matter", "inline", "json"]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag without `#`, its case as written: `project/lantern`. `start`/`end` as in `FieldValue`'s.

    For a tag in running text they cover the tag itself.
    """

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text in which a sentence may lie; no sentence crosses a block.

    `unit_start`/`unit_end` cover what is quoted as evidence when the block is a fragment: the table
    row of a cell, else the block itself. `level` is a heading's level (1 to 6), else 0.
    """

    start: int
    end: int
    kind: BlockKind
    level: int
    unit_start: int
    unit_end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A note's plain text: markup, code, comments, metadata and addresses are blanked by spaces.

    `len(text) == len(note.text)`, and every character of `text` is a space or the note's own
    character at that place. Newlines stay. Blocks are in order and do not overlap.
    """

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What the user wrote, read and not yet interpreted.

    `path` is relative to the vault, with `/`; for a line of a `.jsonl` file it is that file's path.
    `id` is the front matter's `id` or the JSON line's. `text` is the file decoded as UTF-8 without a
    byte order mark, newlines as they are (of a JSON line its `text`). `daily` is the day a daily note
    is for. `content_hash` is the SHA-256 of the raw bytes (of a JSON line its own), in hex.
    `problems` are things a reader should mend; the rest of the note was read.
    """

    path: str
    id: str | None
    title: str
    aliases: tuple[str, ...]
    text: str
    document: Document
    fields: tuple[Field, ...]
    links: tuple[Link, ...]
    tags: tuple[Tag, ...]
    daily: date | None
    content_hash: str
    problems: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a part of one, that could not be read. `line` counts from 1."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """What the other notes need to know about a note: how to link to it and what it describes.

    `described` is the IRI of the thing the note is about, None for a daily note; `class_iri` the
    class of that thing, None where nothing says it. `names` are the title and the
    aliases. `root` names the vault the note is in.
    """

    root: str
    path: str
    iri: NamedNode
    title: str
    names: tuple[str, ...]
    described: NamedNode | None
    class_iri: NamedNode | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of text that names something.

    `document.text[start:end]` is `text` up to blanked markup. `entity` is set where the source knows
    which thing is meant (a link, a title, an ontology individual); `class_iri` is None where nothing
    says what kind of thing it is.
    """

    start: int
    end: int
    text: str
    class_iri: NamedNode | None
    entity: NamedNode | None
    confidence: float
    extractor: str


@dataclass(frozen=True, slots=True)
class RelationCandidate:
    """A relation found between two mentions, or a mention and a literal, not yet a statement.

    `start`/`end` cover the sentence that says it. `object_text` is the surface form of a literal. `cue` is
    what in the ontology found it, the trigger or the pattern as it is written there; empty where none did.
    """

    subject: Mention
    predicate: NamedNode
    object: Mention | Term
    object_text: str
    start: int
    end: int
    confidence: float
    extractor: str
    kind: OneOf["stated", "extracted"] = "extracted"
    cue: str = ""


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that was read out of one note, in text order."""

    mentions: tuple[Mention, ...]
    relations: tuple[RelationCandidate, ...]
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to hold a statement: the sentence that says it.

    `cue` as in `RelationCandidate`. `number` counts, from 1 and by position, what has an equal triple and an
    equal quote in its note, admitted or not. `before` and `after` are up to 32 characters of `Note.text` at
    either side of the quote: they tell equal quotes apart and are never written as RDF. `reason` says why the
    confidence is another than was extracted; empty where it is the same.
    """

    start: int
    end: int
    quote: str
    confidence: float
    extractor: str
    kind: OneOf["stated", "extracted"]
    cue: str = ""
    number: int = 1
    before: str = ""
    after: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple with the reasons why it is held; without any, it is taken from the note's path."""

    subject: NamedNode
    predicate: NamedNode
    object: Term
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that the gate did not let in, with the reason and the sentence."""

    subject: NamedNode
    predicate: NamedNode
    object: Term
    evidence: Evidence
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """Quads of named graphs to add and to remove, applied all or nothing.

    Removing a quad that is not held and adding one that is are no errors. A quad in both is added.
    """

    add: tuple[Quad, ...] = ()
    remove: tuple[Quad, ...] = field(default=())
