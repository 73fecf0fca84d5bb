"""What one note says before anything is decided or resolved, and how the cache keeps it.

Another form of it needs another version of the cache (`kg.cache.ingest`), which is then made anew.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph

from kg.extraction import Claim
from kg.model import Evidence
from kg.rdf import DefaultGraph, NamedNode, Quad, Term

__all__ = ["RawNote", "decode", "digest", "encode"]

_ROW = NamedNode("urn:noemata:row")
_PART = tuple[NamedNode, NamedNode, Term]


@dataclass(frozen=True, slots=True)
class RawNote:
    """A note as it was read: every IRI in it is undecided.

    `base` are the triples that no extraction gave: of the note itself, its tags and what it describes. `names` are the
    title and the aliases of what it describes, `class_iri` the class that is stated of that.
    """

    note: NamedNode
    base: tuple[_PART, ...]
    claims: tuple[Claim, ...]
    labels: Mapping[NamedNode, frozenset[str]]
    classes: Mapping[NamedNode, NamedNode]
    described: NamedNode | None
    names: tuple[str, ...]
    class_iri: NamedNode | None


class _Terms:
    """Terms by their numbers, each written once."""

    def __init__(self) -> None:
        self.terms: dict[Term, int] = {}

    def number(self, term: Term) -> int:
        return self.terms.setdefault(term, len(self.terms))

    def maybe(self, term: Term | None) -> int:
        return -1 if term is None else self.number(term)

    def text(self) -> str:
        quads = (Quad(_ROW, _ROW, term, DefaultGraph()) for term in self.terms)
        written = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_TRIPLES)
        assert written is not None
        return written.decode()


def encode(raw: RawNote) -> bytes:
    """Write a raw note; equal notes give equal bytes."""
    terms = _Terms()
    places: dict[tuple[int, int, str, str, str], int] = {}
    number = terms.number
    document = {
        "note": number(raw.note),
        "base": [[number(s), number(p), number(o)] for s, p, o in sorted(raw.base, key=str)],
        "claims": [_write_claim(claim, terms, places) for claim in raw.claims],
        "labels": sorted([number(iri), sorted(names)] for iri, names in sorted(raw.labels.items(), key=str)),
        "classes": [[number(iri), number(c)] for iri, c in sorted(raw.classes.items(), key=str)],
        "described": terms.maybe(raw.described),
        "names": raw.names,
        "class": terms.maybe(raw.class_iri),
        "places": list(places),
    }
    document["terms"] = terms.text()
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def _write_claim(claim: Claim, terms: _Terms, places: dict[tuple[int, int, str, str, str], int]) -> list[Any]:
    evidence = claim.evidence
    place = (evidence.start, evidence.end, evidence.quote, evidence.before, evidence.after)
    return [
        terms.number(claim.subject), terms.number(claim.predicate), terms.number(claim.object),
        terms.maybe(claim.subject_class), terms.maybe(claim.object_class), places.setdefault(place, len(places)),
        evidence.confidence, evidence.extractor, evidence.kind, evidence.cue, evidence.number,
        claim.subject_text, claim.object_text,
    ]  # fmt: skip


def decode(data: bytes) -> RawNote:
    """Read what `encode` wrote."""
    document = json.loads(zlib.decompress(data))
    parsed = pyoxigraph.parse(document["terms"], format=pyoxigraph.RdfFormat.N_TRIPLES)
    terms: list[Any] = [quad.object for quad in parsed]

    def maybe(number: int) -> Any:
        return None if number < 0 else terms[number]

    return RawNote(
        note=terms[document["note"]],
        base=tuple((terms[s], terms[p], terms[o]) for s, p, o in document["base"]),
        claims=tuple(_read_claims(document, terms)),
        labels={terms[iri]: frozenset(names) for iri, names in document["labels"]},
        classes={terms[iri]: terms[class_iri] for iri, class_iri in document["classes"]},
        described=maybe(document["described"]),
        names=tuple(document["names"]),
        class_iri=maybe(document["class"]),
    )


def digest(data: bytes) -> str:
    """Return a digest of what `encode` wrote that does not depend on how it is compressed."""
    return hashlib.sha256(zlib.decompress(data)).hexdigest()


def _read_claims(document: dict[str, Any], terms: list[Any]) -> Iterator[Claim]:
    for s, p, o, subject_class, object_class, place, confidence, extractor, kind, cue, number, *texts in document[
        "claims"
    ]:
        start, end, quote, before, after = document["places"][place]
        evidence = Evidence(start, end, quote, confidence, extractor, kind, cue, number, before, after)
        yield Claim(
            terms[s],
            terms[p],
            terms[o],
            None if subject_class < 0 else terms[subject_class],
            None if object_class < 0 else terms[object_class],
            evidence,
            texts[0],
            texts[1],
        )
