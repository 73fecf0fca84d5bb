"""One class and one entity for each name of a note, from everything the note says about it.

Trust, highest first: where a link or a known name leads, what the text says it is, the trained
model's label. A model's label that a relation of the note contradicts is taken as not known: it is a
guess, and domain and range never retype what is known (DESIGN §11.7).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from extractors.names import CONFIDENCE_TELLING, NAMES
from extractors.reading import Reading
from kg.iri import normalise_name
from kg.model import Mention
from kg.ontology import Ontology
from kg.rdf import RDF, NamedNode

__all__ = ["settle"]


def settle(reading: Reading, ontology: Ontology) -> None:
    """Rewrite mentions and relations so that equal names have equal class and entity."""
    everything = [
        *reading.mentions,
        *(m for r in reading.relations for m in (r.subject, r.object) if isinstance(m, Mention)),
    ]
    groups: dict[str, list[Mention]] = defaultdict(list)
    for mention in everything:
        groups[normalise_name(mention.text)].append(mention)
    said = _said_classes(reading, ontology)
    doubted = _contradicted(reading, ontology)
    settled = {name: _settle_group(name, mentions, said, doubted) for name, mentions in groups.items()}

    def rewrite(mention: Mention) -> Mention:
        entity, class_iri = settled[normalise_name(mention.text)]
        if mention.entity is not None:
            return mention
        return replace(mention, entity=entity, class_iri=class_iri)

    reading.mentions = [rewrite(m) for m in reading.mentions]
    reading.relations = [
        replace(r, subject=rewrite(r.subject), object=rewrite(r.object) if isinstance(r.object, Mention) else r.object)
        for r in reading.relations
    ]


def _settle_group(
    name: str, mentions: list[Mention], said: dict[str, NamedNode], doubted: frozenset[str]
) -> tuple[NamedNode | None, NamedNode | None]:
    known = [m for m in mentions if m.entity is not None]
    if known:
        return known[0].entity, known[0].class_iri
    if name in said:
        return None, said[name]
    trusted = [m.class_iri for m in mentions if m.class_iri is not None and m.extractor != NAMES]
    guessed = [m.class_iri for m in mentions if m.class_iri is not None and m.extractor == NAMES]
    votes = trusted or ([] if name in doubted else guessed)
    if not votes:
        return None, None
    return None, min(set(votes), key=lambda iri: (-votes.count(iri), iri.value))


def _said_classes(reading: Reading, ontology: Ontology) -> dict[str, NamedNode]:
    """Return the class that the text gives each name; the most specific, then the first by IRI."""
    found: dict[str, set[NamedNode]] = defaultdict(set)
    for relation in reading.relations:
        if relation.predicate == RDF["type"] and isinstance(relation.object, NamedNode):
            found[normalise_name(relation.subject.text)].add(relation.object)
    return {
        name: min(classes, key=lambda iri: (-len(ontology.superclasses(iri)), iri.value))
        for name, classes in found.items()
    }


def _contradicted(reading: Reading, ontology: Ontology) -> frozenset[str]:
    """Return the names whose guessed class some relation's domain or range does not admit."""
    doubted = set()
    for relation in reading.relations:
        sides: list[tuple[Mention, tuple[frozenset[NamedNode], ...]]] = [
            (relation.subject, ontology.domains(relation.predicate))
        ]
        if isinstance(relation.object, Mention):
            sides.append((relation.object, ontology.ranges(relation.predicate)))
        for mention, axioms in sides:
            class_iri = mention.class_iri
            is_guess = mention.extractor == NAMES and mention.confidence < CONFIDENCE_TELLING
            if (
                is_guess
                and class_iri is not None
                and not all(any(ontology.is_subclass(class_iri, c) for c in axiom) for axiom in axioms)
            ):
                doubted.add(normalise_name(mention.text))
    return frozenset(doubted)
