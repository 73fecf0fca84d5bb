"""Which notes a search is about: by class, tag, folder, day, language, what is near something, or any pattern."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kg.errors import InputError, NotFoundError
from kg.explain import find_resource
from kg.graph import KnowledgeGraph
from kg.rdf import KG, PREFIXES, NamedNode, local_name
from kg.search.asked import Filters
from kg.search.collection import Collection

__all__ = ["fitting_notes", "hidden_notes"]

Mask = NDArray[np.bool_]

_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_FIRST_DAY = "0000-01-01"


def fitting_notes(
    collection: Collection, graph: KnowledgeGraph, filters: Filters, hops: int, bound: Container[str] = ()
) -> Mask | None:
    """Return which notes fit all filters but `hidden`: (N,); None where every note does.

    Args:
        bound: the IRIs that the pattern of `filters.where` binds, where there is one.

    Raises:
        InputError: a filter is no such thing. NotFoundError: it names nothing that this home has.
    """
    masks = list(_masks(collection, graph, filters, hops, bound))
    if not masks:
        return None
    found: Mask = np.logical_and.reduce(masks)
    return found


def hidden_notes(collection: Collection) -> Mask:
    """Return which notes are found only by who asks for them: (N,); drafts, private notes and templates."""
    return np.array(
        [note.is_draft or note.is_private or note.is_template for note in collection.notes], dtype=np.bool_
    )


def _masks(
    collection: Collection, graph: KnowledgeGraph, filters: Filters, hops: int, bound: Container[str]
) -> Iterator[Mask]:
    if filters.type is not None:
        yield _of_class(collection, graph, filters.type)
    if filters.tag is not None:
        yield _tagged(collection, graph, filters.tag)
    if filters.folder is not None:
        yield _in_folder(collection, filters.folder)
    if filters.since is not None or filters.until is not None:
        yield _in_time(collection, filters.since, filters.until)
    if filters.language is not None:
        yield _in_language(collection, filters.language)
    if filters.near is not None:
        yield _near(collection, graph, filters.near, hops)
    if filters.where is not None:
        yield _mask(note.iri in bound or note.described in bound for note in collection.notes)


def _mask(claims: Iterable[bool]) -> Mask:
    return np.fromiter(claims, dtype=np.bool_)


# --- by what a note has


def _of_class(collection: Collection, graph: KnowledgeGraph, name: str) -> Mask:
    ontology = graph.ontology
    wanted = _class(collection, graph, name)
    if ontology.is_subclass(KG["Note"], wanted):
        return np.ones(len(collection.notes), dtype=np.bool_)
    classes = {iri for note in collection.notes for iri in note.classes}
    below = {iri for iri in classes if ontology.is_subclass(NamedNode(iri), wanted)}
    return _mask(not below.isdisjoint(note.classes) for note in collection.notes)


def _class(collection: Collection, graph: KnowledgeGraph, name: str) -> NamedNode:
    """Return the class that a text names: by its IRI, a prefixed name, its local name or a label in any language."""
    text = name.strip().removeprefix("<").removesuffix(">")
    prefix, colon, rest = text.partition(":")
    full = f"{PREFIXES[prefix]}{rest}" if colon and prefix in PREFIXES else text
    ontology = graph.ontology
    used = {iri for note in collection.notes for iri in note.classes}
    if full in used or any(full == iri.value for iri in ontology.classes):
        return NamedNode(full)
    found = ontology.class_named(text)
    if found is None:
        by_name = {local_name(NamedNode(iri)).casefold(): iri for iri in sorted(used, reverse=True)}
        if text.casefold() not in by_name:
            raise NotFoundError("class", name, [*map(ontology.label, ontology.classes), *by_name])
        return NamedNode(by_name[text.casefold()])
    return found


def _tagged(collection: Collection, graph: KnowledgeGraph, name: str) -> Mask:
    text = name.strip()
    prefix = graph.minter.tag("").value
    iri = text if text.startswith(prefix) else graph.minter.tag(text.removeprefix("#").strip("/")).value
    found = _mask(any(tag == iri or tag.startswith(f"{iri}/") for tag in note.tags) for note in collection.notes)
    if not found.any():
        raise NotFoundError("tag", name, {tag.removeprefix(prefix) for note in collection.notes for tag in note.tags})
    return found


def _in_folder(collection: Collection, name: str) -> Mask:
    folder = name.strip().replace("\\", "/").removeprefix("./").strip("/")
    if folder in ("", "."):
        return np.ones(len(collection.notes), dtype=np.bool_)
    found = _mask(_is_below(note.folder, folder) for note in collection.notes)
    if not found.any():  # as people write it, whatever its case
        folder = folder.casefold()
        found = _mask(_is_below(note.folder.casefold(), folder) for note in collection.notes)
    if not found.any():
        raise NotFoundError("folder", name, {note.folder for note in collection.notes})
    return found


def _is_below(folder: str, above: str) -> bool:
    return folder == above or folder.startswith(f"{above}/")


def _in_time(collection: Collection, since: str | None, until: str | None) -> Mask:
    first = _checked_day("since", since) if since is not None else _FIRST_DAY
    last = _checked_day("until", until) if until is not None else None
    if last is not None and first[: len(last)] > last:
        raise InputError(f"since {since} is after until {until}: nothing lies between them.")
    return _mask(
        note.day is not None and note.day >= first and (last is None or note.day[: len(last)] <= last)
        for note in collection.notes
    )


def _checked_day(name: str, text: str) -> str:
    day = text.strip()
    try:
        if not _DAY.fullmatch(day):
            raise ValueError
        date.fromisoformat(f"{day}-01-01"[:10] if len(day) < 7 else f"{day}-01"[:10])
    except ValueError:
        raise InputError(
            f"{name} must be a day, a month or a year, as 2026-05-31, 2026-05 or 2026, not {text!r:.40}."
        ) from None
    return day


def _in_language(collection: Collection, name: str) -> Mask:
    language = re.split(r"[-_]", name.strip().casefold())[0]
    found = _mask(note.language == language for note in collection.notes)
    if not found.any():
        raise NotFoundError("note in the language", name, {note.language for note in collection.notes})
    return found


# --- by what the graph says


def _near(collection: Collection, graph: KnowledgeGraph, target: str, hops: int) -> Mask:
    place = collection.entity(find_resource(graph, target).value)
    if place is None:
        raise NotFoundError("note or entity that anything is said of", target)
    reached = np.zeros(len(collection.entities), dtype=np.bool_)
    reached[place] = True
    edges, mentions = collection.edges, collection.mentions
    note_of_mention = np.repeat(collection.note_of, np.diff(mentions.starts))
    node_of_mention = collection.entity_of_note[note_of_mention]
    for _ in range(hops):
        before = reached.copy()
        reached[edges.tails[before[edges.heads]]] = True
        reached[edges.heads[before[edges.tails]]] = True
        reached[node_of_mention[before[mentions.columns]]] = True
        reached[mentions.columns[before[node_of_mention]]] = True
        if (reached == before).all():
            break
    found: Mask = reached[collection.entity_of_note]
    return found
