"""From what an extractor found to claims about IRIs: entity linking, labels and types.

A mention is linked to where its source leads (a described thing, an ontology individual), else to an
entity of its class branch and normalised name. Same input, same IRIs: nothing else is asked.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kg.extraction import Claim, LinkedNote, Term
from kg.iri import Minter, normalise_name
from kg.model import Evidence, Extraction, Mention, Note, NoteEntry, RelationCandidate
from kg.ontology import Ontology
from kg.rdf import KG, RDF, NamedNode, canonical
from kg.rdf import Term as RdfTerm
from kg.text import may_be_term

__all__ = ["link_extraction", "vocabulary"]

_REFERENCES = ("reference",)
_CONTEXT = 32
"""How many characters at either side tell a quote from its equals (Web Annotation Data Model, 4.2.4)."""


def vocabulary(entries: Iterable[NoteEntry], ontology: Ontology, minter: Minter) -> tuple[Term, ...]:
    """Return all names that are known beforehand, most trusted first, in a fixed order."""
    terms: list[Term] = []
    for entry in entries:
        if entry.described is not None:
            for number, name in enumerate(entry.names):
                terms.append(Term(name, entry.described, entry.class_iri, "alias" if number else "title"))
    for individual in ontology.individuals.values():
        terms += (Term(label.text, individual.iri, individual.class_iri, "individual") for label in individual.labels)
    for class_term in ontology.classes.values():
        for line in class_term.gazetteer:
            names = [name.strip() for name in line.split("|") if name.strip()]
            entity = minter.entity(ontology.branch(class_term.iri), names[0])
            terms += (Term(name, entity, class_term.iri, "gazetteer") for name in names)
    order = {"title": 0, "alias": 1, "individual": 2, "gazetteer": 3}
    return tuple(
        sorted(
            {term for term in terms if may_be_term(term.text)},
            key=lambda t: (order[t.source], t.text, t.entity.value, t.class_iri.value if t.class_iri else ""),
        )
    )


def link_extraction(
    extraction: Extraction, note: Note, entry: NoteEntry, ontology: Ontology, minter: Minter
) -> LinkedNote:
    """Turn mentions and relations into claims about IRIs, each with its sentence."""
    linker = _Linker(extraction, note, entry, ontology, minter)
    claims = [*linker.mention_claims(), *linker.relation_claims()]
    labels = {iri: frozenset(names) for iri, names in linker.labels.items()}
    return LinkedNote(_numbered(claims), labels, linker.classes)


def _numbered(claims: list[Claim]) -> tuple[Claim, ...]:
    """Number the places of equal triple and equal quote in text order; claims of one place share their number."""
    places: dict[tuple[object, ...], set[int]] = defaultdict(set)
    for claim in claims:
        places[_said(claim)].add(claim.evidence.start)
    repeated = {said: sorted(starts) for said, starts in places.items() if len(starts) > 1}
    if not repeated:
        return tuple(claims)
    found = []
    for claim in claims:
        starts = repeated.get(_said(claim), [])
        number = starts.index(claim.evidence.start) + 1 if starts else 1
        found.append(replace(claim, evidence=replace(claim.evidence, number=number)) if number > 1 else claim)
    return tuple(found)


def _said(claim: Claim) -> tuple[object, ...]:
    return claim.subject, claim.predicate, claim.object, claim.evidence.quote


class _Linker:
    def __init__(
        self, extraction: Extraction, note: Note, entry: NoteEntry, ontology: Ontology, minter: Minter
    ) -> None:
        self.extraction, self.note, self.entry, self.ontology, self.minter = extraction, note, entry, ontology, minter
        self.labels: dict[NamedNode, set[str]] = {}
        self.classes: dict[NamedNode, NamedNode] = {}
        self._starts = [start for start, _ in extraction.sentences]

    def entity(self, mention: Mention) -> NamedNode:
        """Return the IRI a mention stands for; a name without an entry gets one, with label and class."""
        if mention.entity is not None:
            if self._is_local(mention.entity):
                self._describe(mention.entity, mention)
            return mention.entity
        iri = self.minter.entity(self.ontology.branch(mention.class_iri), mention.text)
        self._describe(iri, mention)
        return iri

    def _is_local(self, iri: NamedNode) -> bool:
        """Tell whether nobody else describes an entity: it is one of a gazetteer list."""
        return iri.value.startswith(f"{self.minter.base}entity/")

    def _describe(self, iri: NamedNode, mention: Mention) -> None:
        self.labels.setdefault(iri, set()).add(mention.text)
        if mention.class_iri is not None:
            known = self.classes.get(iri)
            if known is None or self.ontology.is_subclass(mention.class_iri, known):
                self.classes[iri] = mention.class_iri

    def mention_claims(self) -> Iterator[Claim]:
        """Yield `note mentions entity` for every mention, and for the new names that relations brought."""
        spans = {(m.start, m.end) for m in self.extraction.mentions}
        extra = (
            m
            for r in self.extraction.relations
            for m in (r.subject, r.object)
            if isinstance(m, Mention)
            and m.end > m.start
            and r.kind == "extracted"
            and not m.extractor.startswith(_REFERENCES)
        )
        new = {(m.start, m.end): m for m in extra if (m.start, m.end) not in spans}
        for mention in (*self.extraction.mentions, *new.values()):
            if not normalise_name(mention.text):
                continue
            start, end = self._sentence(mention.start, mention.end)
            kind = "stated" if mention.extractor.startswith("stated") else "extracted"
            evidence = self._evidence(start, end, mention.confidence, mention.extractor, kind)
            yield self._mentions(self.entity(mention), evidence, _surface(mention))

    def relation_claims(self) -> Iterator[Claim]:
        """Yield one claim for each relation."""
        for relation in self.extraction.relations:
            subject = self.entity(relation.subject)
            target = relation.object
            object_ = self.entity(target) if isinstance(target, Mention) else canonical(target)
            if subject == object_:
                continue
            evidence = self._evidence(
                relation.start, relation.end, relation.confidence, relation.extractor, relation.kind, relation.cue
            )
            object_class = target.class_iri if isinstance(target, Mention) else self._class_of(object_)
            subject_class = relation.subject.class_iri
            if relation.predicate == RDF["type"]:
                subject_class = self._trusted_class(relation)
            yield Claim(
                subject,
                relation.predicate,
                object_,
                subject_class,
                object_class,
                evidence,
                _surface(relation.subject),
                self._object_text(relation),
            )
            if (
                isinstance(target, Mention)
                and relation.kind == "stated"
                and self.entry.iri != object_
                and target.extractor.startswith("stated")
            ):
                yield self._mentions(object_, evidence, _surface(target))

    def _mentions(self, entity: RdfTerm, evidence: Evidence, text: str) -> Claim:
        return Claim(self.entry.iri, KG["mentions"], entity, KG["Note"], None, evidence, object_text=text)

    @staticmethod
    def _object_text(relation: RelationCandidate) -> str:
        """Return an object as the note writes it: a name, a literal, or the noun that says a class."""
        if isinstance(relation.object, Mention):
            return _surface(relation.object)
        is_iri = isinstance(relation.object, NamedNode) and relation.object_text == relation.object.value
        return "" if is_iri else relation.object_text

    def _class_of(self, object_: object) -> NamedNode | None:
        """Notes and tags are what they are by their IRI."""
        if isinstance(object_, NamedNode) and object_.value.startswith(f"{self.minter.base}tag/"):
            return KG["Tag"]
        if (
            isinstance(object_, NamedNode)
            and object_.value.startswith(f"{self.minter.base}note/")
            and "#" not in object_.value
        ):
            return KG["Note"]
        return None

    def _trusted_class(self, relation: RelationCandidate) -> NamedNode | None:
        """Return the class that the vault index or the ontology gives the subject of a type statement."""
        return relation.subject.class_iri if relation.subject.entity is not None else None

    def _evidence(self, start: int, end: int, confidence: float, extractor: str, kind: str, cue: str = "") -> Evidence:
        text = self.note.text
        return Evidence(
            start,
            end,
            text[start:end],
            confidence,
            extractor,
            kind,  # type: ignore[arg-type]
            cue,
            before=text[max(0, start - _CONTEXT) : start],
            after=text[end : end + _CONTEXT],
        )

    def _sentence(self, start: int, end: int) -> tuple[int, int]:
        index = bisect.bisect_right(self._starts, start) - 1
        while index >= 0:
            left, right = self.extraction.sentences[index]
            if left <= start and end <= right:
                return left, right
            if right <= start:
                break
            index -= 1
        return start, end


def _surface(mention: Mention) -> str:
    """Return the name that was linked; what stands for the note or its thing without a span has none."""
    return mention.text if mention.end > mention.start else ""
