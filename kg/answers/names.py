"""The names of a graph's things, as a question may write them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kg.answers.words import FUNCTION_WORDS, has_chinese, is_latin
from kg.explain.reading import merged
from kg.graph import KnowledgeGraph
from kg.iri import normalise_name
from kg.rdf import DCT, KG, RDF, RDFS, Literal, NamedNode

__all__ = ["IN_PART", "Candidate", "NameIndex", "NamesRead", "names_in", "read_names"]

_SHORT = 3
"""Names of so many letters or fewer count only as they are written: `Go`, `C`, `me`."""
IN_PART = 0.5
"""What it costs at least that a name is only a part of a thing's name."""
_OTHER_CASE, _SURNAME, _FIRST_NAME = 0.1, IN_PART, 0.6
_UNDATED = 0.15
_MOST_SHARED = 8
"""Things that a part of a name may stand for; one that stands for more says nothing."""
_NEAR = 70
"""How alike two names are at least, of 100, for one to be a slip of the pen for the other."""
_LONGEST = 80
"""Characters of a name, of those that are looked for in a text."""
_DATED = re.compile(r"\d{4}-\d{2}-\d{2} (?=\S)")
"""What many titles of meetings begin with, and nobody says."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a name may stand for; `members` are it and the notes that describe it. `cost` as in `Meaning`.

    `doubles` are other things of that name that need not be others; they are among the members.
    """

    iri: NamedNode
    members: tuple[NamedNode, ...]
    cost: float
    doubles: tuple[NamedNode, ...] = ()

    def with_double(self, other: Candidate) -> Candidate:
        """Return both as one."""
        members = (*self.members, *other.members)
        return replace(self, members=members, doubles=(*self.doubles, other.iri, *other.doubles))


@dataclass(frozen=True, slots=True)
class NamesRead:
    """What a graph says of names.

    Attributes:
        names: what is written with what is called so, things and notes.
        notes: notes with what each describes.
        people: things that may be called by a part of their names.
    """

    names: frozenset[tuple[str, NamedNode]]
    notes: frozenset[tuple[NamedNode, NamedNode]]
    people: frozenset[NamedNode]


class NameIndex:
    """Names with what they stand for. A note and what it describes are one thing, named by the latter."""

    def __init__(self, read: NamesRead, earlier: NameIndex | None = None) -> None:
        """Index names.

        Args:
            earlier: an index of an earlier state of the graph, of whose names most are these.
        """
        self.read = read
        self._keys: dict[str, str] = {}
        known = earlier._keys if earlier is not None else {}
        described: dict[NamedNode, NamedNode] = {}
        members: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for note, thing in sorted(read.notes, key=lambda pair: (pair[1].value, pair[0].value)):
            described.setdefault(note, thing)
            members[thing].append(note)
        self._members = {thing: tuple(found) for thing, found in members.items()}
        self._written: defaultdict[str, set[tuple[str, NamedNode]]] = defaultdict(set)
        self._parts: defaultdict[str, dict[NamedNode, float]] = defaultdict(dict)
        self.longest = 1
        for text, iri in read.names:
            thing = described.get(iri, iri)
            key = self._keys.get(text)
            if key is None:
                key = self._keys[text] = known[text] if text in known else normalise_name(text)
            if not key or key in FUNCTION_WORDS:
                continue
            self._written[key].add((text, thing))
            self.longest = min(max(self.longest, len(key)), _LONGEST)
            dated = _DATED.match(key)
            if dated:
                self._parts[key[dated.end() :]][thing] = _UNDATED
            if thing in read.people and not has_chinese(text):
                words = key.split()
                for word, cost in ((words[-1], _SURNAME), (words[0], _FIRST_NAME)) if len(words) > 1 else ():
                    if len(word) >= _SHORT:
                        self._parts[word][thing] = min(cost, self._parts[word].get(thing, cost))
        for part in [part for part, things in self._parts.items() if len(things) > _MOST_SHARED]:
            del self._parts[part]

    def candidates(self, text: str) -> list[Candidate]:
        """Return what a text may stand for, the likeliest first, then by IRI."""
        key = normalise_name(text)
        costs: dict[NamedNode, float] = dict(self._parts.get(key, ())) if not text[:1].islower() else {}
        for written, thing in self._written.get(key, ()):
            is_same = written == text
            if is_same or len(key) > _SHORT or has_chinese(key):
                costs[thing] = min(costs.get(thing, 9.0), 0.0 if is_same else _OTHER_CASE)
        found = [Candidate(iri, (iri, *self._members.get(iri, ())), cost) for iri, cost in costs.items()]
        return sorted(found, key=lambda each: (each.cost, each.iri.value))

    def is_name(self, text: str) -> bool:
        """Tell whether a text may stand for something."""
        return bool(self.candidates(text))

    def nearest(self, text: str, is_left_out: Callable[[NamedNode], bool]) -> str:
        """Return the name that is most like a text, as it is written; empty where none is like it.

        Args:
            is_left_out: tells of a thing whether its names are not to be said.
        """
        from rapidfuzz import fuzz, process  # needed only where a question names nothing

        found = process.extract(
            normalise_name(text), sorted(self._written), scorer=fuzz.ratio, limit=_MOST_SHARED, score_cutoff=_NEAR
        )
        for key, _, _ in found:
            written = sorted(name for name, thing in self._written[key] if not is_left_out(thing))
            if written:
                return written[0]
        return ""


def read_names(graph: KnowledgeGraph, earlier: NameIndex | None = None) -> NameIndex:
    """Read the names of a graph; this reads three triples for each thing. Classes and properties are left out.

    Args:
        earlier: the names of an earlier state of the graph: they are given back where they are the same.
    """
    terms = {*graph.ontology.classes, *graph.ontology.properties}
    names = frozenset(
        (quad.object.value, quad.subject)
        for predicate in (KG["name"], RDFS["label"], DCT["title"])
        for quad in merged(graph, predicate=predicate)
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal) and quad.subject not in terms
    )
    notes = frozenset(
        (quad.subject, quad.object)
        for quad in merged(graph, predicate=KG["describes"])
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)
    )
    person = graph.ontology.class_named("person")
    people = frozenset(
        quad.subject
        for class_iri in graph.ontology.classes
        if person is not None and graph.ontology.is_subclass(class_iri, person)
        for quad in merged(graph, predicate=RDF["type"], object=class_iri)
        if isinstance(quad.subject, NamedNode)
    )
    read = NamesRead(names, notes, people)
    return earlier if earlier is not None and earlier.read == read else NameIndex(read, earlier)


def names_in(text: str, names: NameIndex) -> Iterator[tuple[str, int]]:
    """Yield the names that a text has with their places, the longest of each place, none inside another."""
    at = 0
    while at < len(text):
        is_inside = at > 0 and is_latin(text[at - 1]) and is_latin(text[at])
        ends = () if is_inside or text[at].isspace() else range(min(len(text), at + names.longest), at, -1)
        for end in ends:
            if end < len(text) and is_latin(text[end - 1]) and is_latin(text[end]):
                continue
            if names.is_name(text[at:end]):
                yield text[at:end], at
                at = end
                break
        else:
            at += 1
