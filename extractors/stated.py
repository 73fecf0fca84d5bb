"""What the vault states: links, tags and metadata keys that name a property or a class.

A key that names a property by label or local name states it: of what the note describes where the
property's domain admits that, else of the note itself; on a daily note always of the note (DESIGN
§11.5). Links inside a value become entities. Keys that no property is named by speak of the note.
"""

from __future__ import annotations

from collections.abc import Iterator

from extractors.literals import typed_literal
from extractors.reading import Reading
from kg.describe import described_class, is_type_key
from kg.iri import Minter, normalise_name
from kg.model import Field, FieldValue, Link, Mention, NoteEntry, RelationCandidate
from kg.ontology import Ontology, PropertyTerm
from kg.rdf import DCT, KG, RDF, XSD, Literal, NamedNode
from kg.vault import is_attachment

__all__ = ["STATED", "link_mentions", "stated_relations"]

STATED = "stated 0.1.0"
"""Name and version that evidence carries."""

_OWN_KEYS = frozenset(
    "id title alias aliases tag tags cssclass cssclasses created modified date updated publish permalink".split()
) | {"date created", "date modified", "标题", "别名", "标签"}
"""Keys that describe the note itself and are read elsewhere, or not at all."""
_SAYS_NO = {"publish": frozenset({"false", "no", "0", "否"})}
"""Of these, values that are stated all the same: who keeps a note to themselves says so of it alone."""

_SAYABLE = frozenset(KG[name] for name in ("about", "linksTo", "mentions", "name", "taggedWith"))
"""Of the system's properties, those that a key may state; another, as `path` or `hides`, would be taken for a record
that the system has written of the note."""

_DATES = {
    "created": DCT["created"],
    "date created": DCT["created"],
    "date": DCT["created"],
    "modified": DCT["modified"],
    "updated": DCT["modified"],
    "date modified": DCT["modified"],
}


def link_mentions(reading: Reading) -> list[Mention]:
    """Return a mention for each visible link in the text, named and typed by where it leads."""
    found = []
    for link in reading.request.note.links:
        if link.embed or not link.target or is_attachment(link.target):
            continue
        shown = reading.text[link.start : link.end]
        if not shown.strip():
            continue
        start = link.start + len(shown) - len(shown.lstrip())
        end = link.start + len(shown.rstrip())
        entry = reading.request.links.get(link)
        text = " ".join(reading.text[start:end].split())
        if entry is None and link.style == "markdown":
            continue
        entity, class_iri = (entry.described, entry.class_iri) if entry else (None, None)
        if entry is not None and entity is None:
            continue
        name = text if entry else link.target.rpartition("/")[2]
        found.append(Mention(start, end, name if entry is None else text, class_iri, entity, 1.0, STATED))
    return found


def stated_relations(reading: Reading, ontology: Ontology, minter: Minter) -> Iterator[RelationCandidate]:
    """Yield what links, tags and metadata state, in the order: type, links, tags, metadata."""
    note, entry = reading.request.note, reading.request.entry
    source = described_class(note, ontology)
    if source is not None and entry.described is not None and source.end > source.start:
        start, end = _sentence_span(reading, source.start, source.end)
        extractor, confidence = (STATED, 1.0) if source.kind == "stated" else ("definitions 0.1.0", 0.85)
        yield _relation(_thing(entry), RDF["type"], source.class_iri, (start, end), confidence, extractor, source.kind)
    in_fields = {link for field in note.fields for value in field.values for link in value.links}
    for link in note.links:
        if link not in in_fields:
            yield from _link(reading, link, _sentence_span(reading, link.start, link.end))
    for tag in note.tags:
        yield _relation(
            _note(entry), KG["taggedWith"], minter.tag(tag.name), _sentence_span(reading, tag.start, tag.end)
        )
    for field in note.fields:
        for value in field.values:
            span = (value.start, value.end)
            for link in value.links:
                yield from _link(reading, link, span)
        if not is_type_key(field):
            yield from _field(reading, field, ontology, minter)


def _link(reading: Reading, link: Link, span: tuple[int, int]) -> Iterator[RelationCandidate]:
    entry = reading.request.entry
    target = reading.request.links.get(link)
    if target is None:
        if link.target and not is_attachment(link.target):
            yield _relation(_note(entry), KG["brokenLink"], Literal(link.target), span)
        return
    if target.iri != entry.iri:
        yield _relation(_note(entry), KG["linksTo"], target.iri, span)
        if target.described is not None:
            yield _relation(_note(entry), KG["mentions"], target.described, span)


def _field(reading: Reading, field: Field, ontology: Ontology, minter: Minter) -> Iterator[RelationCandidate]:
    entry = reading.request.entry
    key = field.key.strip().casefold()
    date_property = _DATES.get(key)
    if date_property is not None:
        for value in field.values:
            literal = typed_literal(value.value, value.text)
            if literal.datatype in (XSD["date"], XSD["dateTime"]):
                yield _relation(_note(entry), date_property, literal, (value.start, value.end))
        return
    if key in _OWN_KEYS:
        for value in field.values:
            if value.text.strip().casefold() in _SAYS_NO.get(key, ()):
                yield _relation(_note(entry), minter.term(key), Literal(False), (value.start, value.end))
        return
    named = [ontology.properties[iri] for iri in ontology.properties_named(field.key)]
    candidates = [prop for prop in named if not prop.system or prop.iri in _SAYABLE]
    for value in field.values:
        if not value.text.strip():
            continue
        prop, subject = _choose(candidates, entry, ontology)
        if prop is None:
            predicate: NamedNode = minter.term(field.key)
            for found in _values(reading, value, None, ontology, minter):
                yield _relation(_note(entry), predicate, found, (value.start, value.end))
            continue
        for found in _values(reading, value, prop, ontology, minter):
            yield _relation(subject, prop.iri, found, (value.start, value.end))


def _choose(
    candidates: list[PropertyTerm], entry: NoteEntry, ontology: Ontology
) -> tuple[PropertyTerm | None, Mention]:
    """Pick the property whose domain admits what the note describes, else one that admits a note."""
    if entry.described is not None:
        for prop in candidates:
            if not prop.system and all(
                any(_admits(ontology, entry.class_iri, c) for c in axiom) for axiom in ontology.domains(prop.iri)
            ):
                return prop, _thing(entry)
    for prop in candidates:
        if all(any(ontology.is_subclass(KG["Note"], c) for c in axiom) for axiom in ontology.domains(prop.iri)):
            return prop, _note(entry)
    return (
        (candidates[0], _thing(entry) if entry.described else _note(entry))
        if candidates and not candidates[0].system
        else (None, _note(entry))
    )


def _admits(ontology: Ontology, known: NamedNode | None, wanted: NamedNode) -> bool:
    return known is None or ontology.is_subclass(known, wanted) or ontology.is_subclass(wanted, known)


def _values(
    reading: Reading, value: FieldValue, prop: PropertyTerm | None, ontology: Ontology, minter: Minter
) -> Iterator[Mention | NamedNode | Literal]:
    """Yield a value's links as entities; without links a name for an object property, else a literal."""
    wants_thing = prop is not None and not prop.is_data
    if value.links and (prop is None or wants_thing):
        for link in value.links:
            target = reading.request.links.get(link)
            if target is None:
                yield Mention(
                    value.start, value.end, link.label or link.target.rpartition("/")[2], None, None, 1.0, STATED
                )
            elif target.described is None or _wants_note(prop, ontology):
                yield target.iri
            else:
                yield Mention(value.start, value.end, target.title, target.class_iri, target.described, 1.0, STATED)
        return
    if not wants_thing:
        yield _literal(value, prop.value_kind if prop else None)
        return
    for name in value.text.split(",") if "," in value.text and len(value.text) < 200 else [value.text]:
        if name.strip() and normalise_name(name):
            yield Mention(value.start, value.end, name.strip(), None, None, 1.0, STATED)


def _literal(value: FieldValue, kind: str | None) -> Literal:
    """Return a value as a literal of the property's kind: `version: 1.70` is no number, an address no text."""
    if kind in ("text", "version"):
        return Literal(value.text.strip())
    if kind == "url":
        return Literal(value.text.strip(), datatype=XSD["anyURI"])
    return typed_literal(value.value, value.text)


def _wants_note(prop: PropertyTerm | None, ontology: Ontology) -> bool:
    """Tell whether a property points at notes: its range admits a note and hardly anything else."""
    return prop is not None and any(
        KG["Note"] in axiom or KG["Document"] in axiom for axiom in ontology.ranges(prop.iri)
    )


def _sentence_span(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """Return the sentence around a span of the text; a span outside all sentences stands for its line."""
    sentence = reading.sentence_at(start)
    if sentence is not None and end <= sentence.end:
        return sentence.start, sentence.end
    text = reading.request.note.text
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", max(end - 1, start))
    line_end = len(text) if line_end < 0 else line_end
    inside = text[line_start:line_end]
    return line_start + len(inside) - len(inside.lstrip()), line_start + len(inside.rstrip())


def _note(entry: NoteEntry) -> Mention:
    return Mention(0, 0, entry.title, KG["Note"], entry.iri, 1.0, STATED)


def _thing(entry: NoteEntry) -> Mention:
    return Mention(0, 0, entry.title, entry.class_iri, entry.described, 1.0, STATED)


def _relation(
    subject: Mention,
    predicate: NamedNode,
    object_: Mention | NamedNode | Literal,
    span: tuple[int, int],
    confidence: float = 1.0,
    extractor: str = STATED,
    kind: str = "stated",
) -> RelationCandidate:
    text = object_.text if isinstance(object_, Mention) else object_.value
    return RelationCandidate(subject, predicate, object_, text, span[0], span[1], confidence, extractor, kind)  # type: ignore[arg-type]
