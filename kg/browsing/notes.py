"""Notes: which there are, and what one holds."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any

from kg.browsing.finding import class_named, note_named
from kg.browsing.reading import read_classes, read_names, rows, text, written
from kg.browsing.requests import NoteOrder, NotesRequest, Page
from kg.browsing.snapshot import Snapshot
from kg.browsing.statements import StatementFilter, read_sentences, statements_page
from kg.graph import KnowledgeGraph
from kg.passages import passages
from kg.rdf import DCT, KG, NamedNode, Term

__all__ = ["note_document", "note_paths", "notes_page", "read_note_heads"]

_JSON_LINES = ".jsonl"
_DATES = {DCT["created"]: "created", DCT["modified"]: "modified", DCT["date"]: "date"}
_HEADS = """
SELECT ?note ?p ?o {{
  VALUES ?note {{ {notes} }} ?note ?p ?o
  FILTER(?p IN (kg:path, kg:describes, kg:taggedWith, dct:title, dct:identifier, dct:created, dct:modified, dct:date))
}}
"""
_PATHS = "SELECT ?note ?value { ?note a kg:Note OPTIONAL { ?note kg:path ?value } }"
_TITLES = "SELECT ?note ?value { ?note a kg:Note ; dct:title ?value }"
_DAYS = "SELECT ?note ?value {{ ?note a kg:Note ; {date} ?value }}"
_TAGS = "SELECT DISTINCT ?tag { ?note kg:taggedWith ?tag }"
_TAGGED = "SELECT ?note {{ VALUES ?tag {{ {tags} }} ?note kg:taggedWith ?tag }}"
_OF_CLASS = ("SELECT ?note {{ ?thing a {iri} . ?note kg:describes ?thing }}", "SELECT ?note {{ ?note a {iri} }}")
_LINKS = ("SELECT ?note {{ {note} kg:linksTo ?note }}", "SELECT ?note {{ ?note kg:linksTo {note} }}")
_SHOWN_APART = frozenset({KG["linksTo"], KG["mentions"], KG["taggedWith"]})


def notes_page(snapshot: Snapshot, asked: NotesRequest) -> dict[str, Any]:
    """Return `notes` in order, and how many there are (`total`).

    Raises:
        NotFoundError: there is no such class.
    """
    chosen = list(_conditions(snapshot, asked))
    notes = [note for note in _ordered(snapshot, asked.order) if all(note in some for some in chosen)]
    page = notes[asked.page.offset : asked.page.offset + asked.page.limit]
    heads = read_note_heads(snapshot.graph, page)
    return {"notes": [heads[note] for note in page], "total": len(notes)}


def note_paths(snapshot: Snapshot) -> Mapping[NamedNode, str]:
    """Return the path of each note, empty for one without, in order of the paths."""
    return snapshot.once("paths of notes", lambda: _read_paths(snapshot.graph))


def _read_paths(graph: KnowledgeGraph) -> Mapping[NamedNode, str]:
    found = _read_values(graph, _PATHS, min)
    return {note: found[note] for note in sorted(found, key=lambda note: (found[note], note.value))}


def _ordered(snapshot: Snapshot, order: NoteOrder) -> Iterable[NamedNode]:
    """Return all notes in an order."""
    paths = note_paths(snapshot)
    if order == "title":
        return snapshot.once("notes by title", lambda: _by_title(snapshot.graph, paths))
    return snapshot.once("notes by day", lambda: _by_day(snapshot.graph, paths)) if order == "newest" else paths


def _by_title(graph: KnowledgeGraph, paths: Mapping[NamedNode, str]) -> list[NamedNode]:
    titles = _read_values(graph, _TITLES, min)
    return sorted(paths, key=lambda note: titles.get(note, paths[note]).casefold())


def _by_day(graph: KnowledgeGraph, paths: Mapping[NamedNode, str]) -> list[NamedNode]:
    days: dict[NamedNode, str] = {}
    for date in _DATES:
        for note, day in _read_values(graph, _DAYS.format(date=date), max).items():
            days[note] = max(day, days.get(note, ""))
    return sorted(paths, key=lambda note: days.get(note, ""), reverse=True)  # stable: then by path


def _read_values(graph: KnowledgeGraph, query: str, choose: Callable[[str, str], str]) -> dict[NamedNode, str]:
    found: dict[NamedNode, str] = {}
    for row in rows(graph, query):
        note, value = row["note"], text(row["value"])
        if isinstance(note, NamedNode):
            found[note] = choose(found.get(note, value), value)
    return found


def _conditions(snapshot: Snapshot, asked: NotesRequest) -> Iterator[Container[NamedNode]]:
    """Yield what each note that fits is in, one for each condition."""
    graph = snapshot.graph
    for tag in asked.tags:
        iri = graph.minter.tag(tag.lstrip("#")).value
        used = snapshot.once("tags in use", lambda: [row["tag"] for row in rows(graph, _TAGS)])
        tags = [each for each in used if each is not None and (text(each) == iri or text(each).startswith(f"{iri}/"))]
        yield _notes_of(graph, (_TAGGED.format(tags=some) for some in written(tags)))
    folder = (asked.folder or "").strip("/")
    if folder:
        yield {note for note, path in note_paths(snapshot).items() if path.startswith(f"{folder}/")}
    if asked.class_name is not None:
        queries = [query.format(iri=class_named(graph, asked.class_name)) for query in _OF_CLASS]
        yield snapshot.recent(queries[0], lambda: _notes_of(graph, queries))


def _notes_of(graph: KnowledgeGraph, queries: Iterable[str]) -> set[NamedNode]:
    return {note for query in queries for row in rows(graph, query) if isinstance(note := row["note"], NamedNode)}


def note_document(
    snapshot: Snapshot, target: str, texts: Mapping[str, str], most: int, most_sentences: int
) -> dict[str, Any]:
    """Return one note: what a list has of it, its text and passages, links both ways, mentions and statements.

    `text` is None where the home has none. Of links, mentions and statements there are at most `most`, with the number
    of all beside.

    Args:
        target: see `note_named`. texts: of notes by their IRIs.

    Raises:
        NotFoundError, AmbiguousNameError: no note is meant, or several are.
    """
    graph = snapshot.graph
    note = note_named(graph, target)
    content = texts.get(note.value)
    links, backlinks = (_linked(snapshot, query.format(note=note)) for query in _LINKS)
    mentions = statements_page(snapshot, StatementFilter(note, KG["mentions"]), Page(most), most_sentences)
    of_note = StatementFilter(note=note, without=_SHOWN_APART)
    said = statements_page(snapshot, of_note, Page(most), most_sentences)
    return {
        **read_note_heads(graph, [note])[note],
        "text": content,
        "passages": [] if content is None else _passages(content),
        "links": _link_documents(graph, [(note, each) for each in links[:most]], 1, most_sentences),
        "links_total": len(links),
        "backlinks": _link_documents(graph, [(each, note) for each in backlinks[:most]], 0, most_sentences),
        "backlinks_total": len(backlinks),
        "mentions": [
            {"entity": each["object"], "sentences": each["sentences"], "evidence": each["evidence"]}
            for each in mentions["statements"]
        ],
        "mentions_total": mentions["total"],
        "statements": said["statements"],
        "statements_total": said["total"],
    }


def _passages(content: str) -> list[dict[str, Any]]:
    return [{"start": each.start, "end": each.end, "headings": list(each.headings)} for each in passages(content)]


def _linked(snapshot: Snapshot, query: str) -> list[NamedNode]:
    """Return the notes that a query finds, by path; what is linked to and is no note is left out."""
    found, paths = _notes_of(snapshot.graph, (query,)), note_paths(snapshot)
    return sorted((note for note in found if note in paths), key=lambda note: (paths[note], note.value))


def _link_documents(
    graph: KnowledgeGraph, links: list[tuple[NamedNode, NamedNode]], other: int, most_sentences: int
) -> list[dict[str, Any]]:
    """Return the other note of each link with the sentences that the link stands in."""
    triples = [(source, KG["linksTo"], target) for source, target in links]
    sentences = read_sentences(graph, triples)
    heads = read_note_heads(graph, [link[other] for link in links])
    return [
        {
            "note": _reference(heads[link[other]]),
            "sentences": len(own := sentences.get(triple, [])),
            "evidence": own[:most_sentences],
        }
        for link, triple in zip(links, triples, strict=True)
    ]


def _reference(head: Mapping[str, Any]) -> dict[str, Any]:
    return {name: head[name] for name in ("iri", "doc_id", "path", "title")}


def read_note_heads(graph: KnowledgeGraph, notes: Iterable[NamedNode]) -> dict[NamedNode, dict[str, Any]]:
    """Return what a list says of notes: `iri doc_id path title id tags classes describes created modified date`.

    `doc_id` as `kg search` has it: the `id` of a line of JSON, else the path in the vault. A date is None where the
    note has none; of several it is the first by code point.
    """
    wanted = list(notes)
    found: dict[NamedNode, dict[NamedNode, list[Term]]] = {note: {} for note in wanted}
    for some in written(wanted):
        for row in rows(graph, _HEADS.format(notes=some)):
            note, predicate, value = row["note"], row["p"], row["o"]
            if isinstance(note, NamedNode) and isinstance(predicate, NamedNode) and value is not None:
                found[note].setdefault(predicate, []).append(value)
    described = {note: _first_iri(values.get(KG["describes"], ())) for note, values in found.items()}
    tags = {tag for values in found.values() for tag in values.get(KG["taggedWith"], ()) if isinstance(tag, NamedNode)}
    things = {thing for thing in described.values() if thing is not None}
    names = read_names(graph, tags | things)
    classes = read_classes(graph, things)
    heads: dict[NamedNode, dict[str, Any]] = {}
    for note, values in found.items():
        path, identifier = _first(values, KG["path"]), _first(values, DCT["identifier"])
        thing = described[note]
        heads[note] = {
            "iri": note.value,
            "doc_id": (identifier or path) if (path or "").endswith(_JSON_LINES) else path,
            "path": path,
            "title": _first(values, DCT["title"]) or path or note.value,
            "id": identifier,
            "tags": sorted(names[tag] for tag in values.get(KG["taggedWith"], ()) if isinstance(tag, NamedNode)),
            "classes": [] if thing is None else classes.get(thing, []),
            "describes": None if thing is None else {"iri": thing.value, "name": names[thing]},
            **{name: _first(values, predicate) for predicate, name in _DATES.items()},
        }
    return heads


def _first(values: Mapping[NamedNode, list[Term]], predicate: NamedNode) -> str | None:
    return min((text(value) for value in values.get(predicate, ())), default=None)


def _first_iri(values: Iterable[Term]) -> NamedNode | None:
    return min((each for each in values if isinstance(each, NamedNode)), key=str, default=None)
