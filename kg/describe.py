"""What a note describes and of which class that thing is: what the vault index says of a note.

The class is stated by the front matter's `type`, a tag or a folder that names a class, else said by
the note's opening sentence (`Oxigraph is a graph database`), else unknown. It depends on the note and
the ontology alone, so the index can be made before anything is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.iri import Minter
from kg.model import Failure, Field, Note, NoteEntry
from kg.ontology import Ontology
from kg.rdf import KG, NamedNode
from kg.text import count_words, has_han

__all__ = ["ClassSource", "NoteFacts", "describe", "described_class", "is_type_key", "note_facts"]

TYPE_KEYS = frozenset({"type", "class", "kind", "类型"})
"""Metadata keys that state the class of what a note describes."""

_OPENING_STOP = re.compile(
    r"\b(?:that|which|who|whose|where|for|in|of|written|used|to|with|by|from|on|and|developed|created|based|built|designed|made|at)\b|[,.;:()\n]"
)
_IS = re.compile(r"\s*(?:,[^,.]{1,60},\s*)?(?:is|was|are)\s+", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[（(][^（()）]*[）)]\s*")
_ARTICLE = re.compile(r"^(?:an?|the|one of the|one of)\s+", re.IGNORECASE)
_CHINESE_IS = re.compile(r"(?:是|为)(?:一[个种款家门位本篇]|指)?([^，。；！？\n]{1,24})")


@dataclass(frozen=True, slots=True)
class ClassSource:
    """The class of what a note describes and the span that says it; an empty span for a folder's name."""

    class_iri: NamedNode
    start: int
    end: int
    kind: OneOf["stated", "extracted"]


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """What the vault index keeps of a note; it depends on the note and the ontology alone.

    `names` are the title and the aliases, `link_keys` what its links may resolve by (`VaultIndex.resolve_key`).
    """

    path: str
    item: str
    note_id: str | None
    names: tuple[str, ...]
    is_daily: bool
    class_iri: NamedNode | None
    content_hash: str
    link_keys: frozenset[str]
    words: int
    problems: tuple[Failure, ...] = ()


def described_class(note: Note, ontology: Ontology) -> ClassSource | None:
    """Return the class of what a note describes with its source, or None where nothing says it."""
    return _by_field(note, ontology) or _by_tag_or_folder(note, ontology) or _by_opening(note, ontology)


def is_type_key(field: Field) -> bool:
    """Tell whether a metadata key states the class of what a note describes."""
    return field.key.strip().casefold() in TYPE_KEYS


def _usable(ontology: Ontology, name: str) -> NamedNode | None:
    found = ontology.class_named(name)
    if found is None or found == KG["Entity"] or ontology.is_subclass(found, KG["Tag"]):
        return None
    term = ontology.classes[found]
    return None if term.system and not ontology.is_subclass(found, KG["Concept"]) else found


def _by_field(note: Note, ontology: Ontology) -> ClassSource | None:
    for field in note.fields:
        if not is_type_key(field):
            continue
        for value in field.values:
            name = value.links[0].target.rpartition("/")[2] if value.links else value.text
            found = _usable(ontology, name.strip().lstrip("#"))
            if found is not None:
                return ClassSource(found, value.start, value.end, "stated")
    return None


def _by_tag_or_folder(note: Note, ontology: Ontology) -> ClassSource | None:
    for tag in note.tags:
        found = _usable(ontology, tag.name) if "/" not in tag.name else None
        if found is not None:
            return ClassSource(found, tag.start, tag.end, "stated")
    folder = note.path.rpartition("/")[0].rpartition("/")[2]
    found = _usable(ontology, folder) if folder else None
    return ClassSource(found, 0, 0, "stated") if found is not None else None


def _by_opening(note: Note, ontology: Ontology) -> ClassSource | None:
    """Read the first paragraph's first sentence: `NAME is a KIND …`, `NAME是一个KIND`."""
    paragraphs = (b for b in note.document.blocks if b.kind == "paragraph")
    block = next(paragraphs, None)
    if block is None:
        return None
    text = note.document.text[block.start : block.end][:400]
    opening = _opening_name(text, (note.title, *note.aliases, "It", "This", "He", "She"))
    match = _IS.match(text, opening)
    if match:
        phrase = text[match.end() :]
        article = _ARTICLE.match(phrase)
        if article:
            phrase = phrase[article.end() :]
            stop = _OPENING_STOP.search(phrase)
            words = phrase[: stop.start() if stop else len(phrase)].split()
            for first in range(max(0, len(words) - 4), len(words)):
                found = _usable(ontology, " ".join(words[first:]))
                if found is not None:
                    end = block.start + match.end() + article.end() + (stop.start() if stop else len(phrase))
                    return ClassSource(found, block.start, end, "extracted")
    if has_han(text):
        chinese = _CHINESE_IS.match(text, _opening_name(text, (note.title, *note.aliases, "它", "这")))
        if chinese:
            phrase = chinese[1]
            for length in range(len(phrase), 1, -1):
                found = _usable(ontology, phrase[len(phrase) - length :])
                if found is not None:
                    return ClassSource(found, block.start, block.start + chinese.end(), "extracted")
    return None


def _opening_name(text: str, names: Sequence[str]) -> int:
    """Return where a text goes on after the name it opens with, and after brackets; 0 where it opens with none."""
    folded = text.casefold()
    start = 4 if folded.startswith("the ") else 0
    for name in sorted(names, key=len, reverse=True):
        for begin in {0, start}:
            if folded.startswith(name.casefold(), begin):
                end = begin + len(name)
                brackets = _BRACKETS.match(text, end)
                return brackets.end() if brackets else end
    return 0


def describe(facts: NoteFacts, minter: Minter, root: str, has_own_id: bool) -> NoteEntry:
    """Return a note's row of the vault index.

    Args:
        root: the vault's name, empty for the first one.
        has_own_id: whether the note's `id` is its own; notes that share one are known by their paths.
    """
    iri = minter.note(facts.item, facts.note_id if has_own_id else None, root)
    return NoteEntry(
        root=root,
        path=facts.path,
        iri=iri,
        title=facts.names[0],
        names=facts.names,
        described=None if facts.is_daily else minter.described(iri),
        class_iri=None if facts.is_daily else facts.class_iri,
        content_hash=facts.content_hash,
    )


def note_facts(note: Note, ontology: Ontology, item: str, link_keys: frozenset[str]) -> NoteFacts:
    """Return what the vault index keeps of a note.

    Args:
        item: the path that names the note: the file's, with the line's id for a line of a `.jsonl` file.
    """
    source = described_class(note, ontology)
    return NoteFacts(
        path=note.path,
        item=item,
        note_id=note.id,
        names=tuple(dict.fromkeys((note.title, *note.aliases))),
        is_daily=note.daily is not None,
        class_iri=source.class_iri if source else None,
        content_hash=note.content_hash,
        link_keys=link_keys,
        words=count_words(note.document.text),
        problems=note.problems,
    )
