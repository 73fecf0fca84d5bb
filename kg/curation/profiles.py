"""From what the notes say of an entity to the profile that it is resolved by.

Of each note only what it says itself is kept, with undecided IRIs, so that a profile does not depend on what is merged.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from kg.curation.raw import RawNote
from kg.curation.ruled import RuledNote
from kg.extraction import Claim
from kg.iri import Minter, is_entity
from kg.ontology import Ontology
from kg.rdf import KG, RDF, NamedNode
from kg.resolution import Neighbour, Origin, Profile

__all__ = ["entities_of", "one_class", "profile", "said"]

_MENTIONS = KG["mentions"]
_TYPE = RDF["type"]


def entities_of(raw: RawNote, minter: Minter) -> set[NamedNode]:
    """Return the entities that a note describes, names or speaks of."""
    found = set(raw.labels)
    if raw.described is not None:
        found.add(raw.described)
    for claim in raw.claims:
        found.update(end for end in _ends(claim) if is_entity(end, minter))
    return found


def _ends(claim: Claim) -> Iterator[NamedNode]:
    yield claim.subject
    if claim.predicate != _TYPE and isinstance(claim.object, NamedNode):
        yield claim.object


def said(ruled: RuledNote, minter: Minter) -> dict[str, str]:
    """Return what a note says of each entity that is left in it, in a fixed form."""
    raw = ruled.raw
    parts: dict[NamedNode, dict[str, object]] = {}
    for claim in ruled.claims:
        parts.update((ruled.own(end), {}) for end in _ends(claim) if is_entity(end, minter))
    for iri, names in ruled.labels.items():
        part = parts.setdefault(ruled.own(iri), {})
        part["names"] = sorted(names)
        if iri in raw.classes:
            part["class"] = raw.classes[iri].value
    if raw.described is not None:
        part = parts.setdefault(ruled.own(raw.described), {})
        part["names"], part["aliases"], part["described"] = list(raw.names[:1]), list(raw.names[1:]), True
        if raw.class_iri is not None:
            part["class"] = raw.class_iri.value
    for claim in ruled.claims:
        if claim.evidence.kind == "stated" and claim.predicate != _MENTIONS:
            _add_neighbours(parts, claim, ruled, minter)
        elif claim.predicate == _TYPE and claim.subject == raw.described and isinstance(claim.object, NamedNode):
            parts[ruled.own(claim.subject)].setdefault("class", claim.object.value)
    return {
        iri.value: json.dumps(part, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        for iri, part in parts.items()
    }


def _add_neighbours(
    parts: Mapping[NamedNode, dict[str, object]], claim: Claim, ruled: RuledNote, minter: Minter
) -> None:
    if claim.predicate == _TYPE or not isinstance(claim.object, NamedNode):
        return
    subject, object_ = ruled.own(claim.subject), ruled.own(claim.object)
    for iri, end, is_inverse in ((subject, object_, False), (object_, subject, True)):
        if iri in parts and is_entity(end, minter):
            row = [claim.predicate.value, end.value, is_inverse]
            held = parts[iri].setdefault("neighbours", [])
            assert isinstance(held, list)
            if row not in held:
                held.append(row)
                held.sort()


def profile(
    iri: NamedNode,
    parts: Iterable[tuple[str, str]],
    ontology: Ontology,
    decided_class: NamedNode | None = None,
    decided_name: str | None = None,
    is_decided: bool = False,
) -> Profile | None:
    """Return the profile of an entity, None if it has no name and no decision speaks of it.

    Args:
        parts: what each note says of it, as `said` writes it.
        decided_class: the class that somebody gave it, whatever the notes say.
        decided_name: a name that somebody gave it: it counts as a stated one.
        is_decided: whether somebody merged it with another: it then has a profile without a name too.
    """
    names: set[str] = set()
    aliases: set[str] = set()
    classes: Counter[NamedNode] = Counter()
    neighbours: set[Neighbour] = set()
    notes: set[NamedNode] = set()
    origin: Origin = "name"
    for note, text in parts:
        part = json.loads(text)
        notes.add(NamedNode(note))
        names.update(part.get("names", ()))
        aliases.update(part.get("aliases", ()))
        if "class" in part:
            classes[NamedNode(part["class"])] += 1
        neighbours.update(
            Neighbour(NamedNode(p), NamedNode(end), inverse) for p, end, inverse in part.get("neighbours", ())
        )
        if part.get("described"):
            origin = "described"
    individual = ontology.individuals.get(iri)
    if individual is not None:
        names.update(label.text for label in individual.labels)
        origin = "ontology" if origin == "name" else origin
        if individual.class_iri is not None:
            classes[individual.class_iri] += 1
    if decided_name is not None:
        aliases.add(decided_name)
    if not names and not aliases and not is_decided:
        return None
    return Profile(
        iri,
        tuple(sorted(names - aliases)),
        tuple(sorted(aliases)),
        decided_class or one_class(classes, ontology),
        frozenset(neighbours),
        frozenset(notes),
        origin,
    )


def one_class(classes: Mapping[NamedNode, int], ontology: Ontology) -> NamedNode | None:
    """Return the most specific of counted classes; of several the most frequent, then the first by IRI."""
    wider = {parent for class_iri in classes for parent in ontology.superclasses(class_iri)}
    narrow = [class_iri for class_iri in classes if class_iri not in wider and class_iri != KG["Entity"]]
    return min(narrow, key=lambda class_iri: (-classes[class_iri], class_iri.value), default=None)
