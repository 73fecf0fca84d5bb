"""The graph of one note as it is served: what the note says, as decisions and resolution leave it.

It depends on the raw note and on the effects of its own keys alone, so a changed effect tells which notes are to be
built again. Nothing is extracted here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kg.curation.profiles import entities_of
from kg.curation.ruled import Effect, RuledNote
from kg.decisions import claim_keys, note_key
from kg.extraction import Claim
from kg.fingerprint import sources_digest
from kg.iri import Minter
from kg.model import Refusal, Statement
from kg.ontology import Ontology
from kg.provenance import statement_quads
from kg.rdf import KG, RDF, Literal, NamedNode, Quad, Term, local_name
from kg.validate import gate

__all__ = ["EntityEffect", "NoteView", "Rules", "build_view", "entity_key", "note_keys"]

_TYPE = RDF["type"]
_SOURCES = ("kg.curation", "kg.decisions", "kg.provenance", "kg.validate")


@dataclass(frozen=True, slots=True)
class Rules:
    """What all notes of a home are built under."""

    ontology: Ontology
    minter: Minter
    min_confidence: float

    @property
    def version(self) -> str:
        """Name what graphs depend on besides notes and effects."""
        return f"{self.min_confidence} {self.ontology.digest} {sources_digest(*_SOURCES)}"


@dataclass(frozen=True, slots=True)
class NoteView:
    """The quads of a note's graph, with the state that they bear and the decisions that changed something."""

    quads: tuple[Quad, ...]
    state: str
    applied: tuple[str, ...]
    statements: int
    refusals: int


@dataclass(frozen=True, slots=True)
class EntityEffect:
    """What becomes of an entity: the IRI that stands for it, and its class where something says it.

    A class that `is_decided` holds whatever a note says; one that others of its cluster have, where a note says nothing
    or something wider.
    """

    keeper: NamedNode
    class_iri: NamedNode | None
    is_decided: bool = False

    def text(self) -> str:
        """Write it as an effect."""
        return json.dumps([self.keeper.value, self.class_iri.value if self.class_iri else "", self.is_decided])

    @classmethod
    def read(cls, text: str) -> EntityEffect:
        """Read what `text` wrote."""
        keeper, class_iri, is_decided = json.loads(text)
        return cls(NamedNode(keeper), NamedNode(class_iri) if class_iri else None, is_decided)


def entity_key(iri: NamedNode) -> str:
    """Return the key of an entity by its undecided IRI."""
    return f"e:{iri.value}"


def note_keys(ruled: RuledNote, minter: Minter) -> set[str]:
    """Return the keys whose effects change a note's graph."""
    raw = ruled.raw
    keys = {key for claim in raw.claims for key in claim_keys(raw.note, claim)}
    keys.update(entity_key(ruled.own(iri)) for iri in entities_of(raw, minter))
    keys.add(note_key(raw.note))
    return keys


def build_view(ruled: RuledNote, said: str, effect: Effect, rules: Rules) -> NoteView:
    """Build the graph of a note.

    Args:
        said: a digest of what the note says. The graph bears one of that and of all it was built under.
    """
    return _Builder(ruled, effect, rules).build(said)


class _Builder:
    def __init__(self, ruled: RuledNote, effect: Effect, rules: Rules) -> None:
        self._ruled, self._rules = ruled, rules
        self._found = dict(ruled.effects)
        self._entities: dict[NamedNode, EntityEffect] = {}
        for iri in entities_of(ruled.raw, rules.minter):
            own = ruled.own(iri)
            text = effect(entity_key(own))
            if text is not None:
                self._found[entity_key(own)] = text
                self._entities[iri] = EntityEffect.read(text)
            elif own != iri:
                self._entities[iri] = EntityEffect(own, None)

    def build(self, said: str) -> NoteView:
        ruled, rules = self._ruled, self._rules
        claims = [self._typed(claim) for claim in ruled.claims if not self._is_loop(claim)]
        statements, refusals = gate(claims, rules.ontology, rules.min_confidence)
        statements, unfit = self._without_other_types(statements)
        gone = self._rejected_types()
        raw = {iri: class_iri for iri, class_iri in ruled.raw.classes.items() if (iri, class_iri) not in gone}
        classes = {iri: self._class_of(iri) or class_iri for iri, class_iri in raw.items()}
        classes |= {iri: known for iri in ruled.labels if (known := self._class_of(iri)) is not None}
        parts = (said, rules.version, *_lines(self._found))
        state = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
        note = ruled.raw.note
        quads = [Quad(*triple, note) for triple in self._base()]
        quads.append(Quad(note, KG["stateHash"], Literal(state), note))
        refused = [*refusals, *unfit]
        quads += statement_quads(note, ruled.labels, classes, statements, refused, rules.minter)
        return NoteView(
            tuple(dict.fromkeys(self._kept(quads))), state, tuple(sorted(ruled.applied)), len(statements), len(refused)
        )

    def _is_loop(self, claim: Claim) -> bool:
        """Tell whether a claim says something of two that are one."""
        return bool(self._entities) and self._keeper(claim.subject) == self._keeper(claim.object)

    def _typed(self, claim: Claim) -> Claim:
        """Return a claim with the classes that decisions and resolution give its ends."""
        if not self._entities or claim.predicate == _TYPE:
            return claim
        subject_class = self._resolved_class(claim.subject, claim.subject_class)
        object_class = self._resolved_class(claim.object, claim.object_class)
        if subject_class == claim.subject_class and object_class == claim.object_class:
            return claim
        return replace(claim, subject_class=subject_class, object_class=object_class)

    def _resolved_class(self, term: Term, said: NamedNode | None) -> NamedNode | None:
        """Return the class of one end, given what the note says of it: else what is one would be of two classes."""
        effect = self._entities.get(term) if isinstance(term, NamedNode) else None
        if effect is None or effect.class_iri is None:
            return said
        is_wider = said is None or said == KG["Entity"] or self._is_wider(said, effect.class_iri)
        return effect.class_iri if effect.is_decided or is_wider else said

    def _keeper(self, term: Term) -> Term:
        effect = self._entities.get(term) if isinstance(term, NamedNode) else None
        return term if effect is None else effect.keeper

    def _class_of(self, term: Term) -> NamedNode | None:
        """Return the class that is decided of an entity."""
        effect = self._entities.get(term) if isinstance(term, NamedNode) else None
        return effect.class_iri if effect is not None and effect.is_decided else None

    def _without_other_types(self, statements: Iterable[Statement]) -> tuple[list[Statement], list[Refusal]]:
        """Refuse what says that a thing is of another class than the one that is decided, or a wider one."""
        if not any(each.is_decided for each in self._entities.values()):
            return list(statements), []
        kept: list[Statement] = []
        refused: list[Refusal] = []
        for statement in statements:
            decided = self._class_of(statement.subject) if statement.predicate == _TYPE else None
            if decided is None or self._is_wider(statement.object, decided):
                kept.append(statement)
                continue
            reason = f"type: decided to be {local_name(decided)}"
            refused += [
                Refusal(statement.subject, statement.predicate, statement.object, evidence, reason)
                for evidence in statement.evidence
            ]
        return kept, refused

    def _is_wider(self, said: Term, decided: NamedNode) -> bool:
        return said == decided or said in self._rules.ontology.superclasses(decided)

    def _base(self) -> Iterator[tuple[NamedNode, NamedNode, Term]]:
        """Yield the note's own triples; what it describes has the class that is decided of it, if one is."""
        gone = self._rejected_types()
        for subject, predicate, object_ in self._ruled.raw.base:
            decided = self._class_of(subject) if predicate == _TYPE else None
            said = KG["Entity"] if predicate == _TYPE and (subject, object_) in gone else object_
            yield subject, predicate, decided or said

    def _rejected_types(self) -> set[tuple[NamedNode, Term]]:
        """Return the classes of entities that the note says by rejected sentences only."""
        if not self._ruled.effects:
            return set()
        both = (self._ruled.raw.claims, self._ruled.claims)
        before, after = ({(c.subject, c.object) for c in claims if c.predicate == _TYPE} for claims in both)
        return before - after

    def _kept(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """Yield quads with the IRIs that stand for their entities."""
        keepers: dict[Term, NamedNode] = {
            iri: effect.keeper for iri, effect in self._entities.items() if effect.keeper != iri
        }
        if not keepers:
            yield from quads
            return
        for quad in quads:
            subject, object_ = keepers.get(quad.subject), keepers.get(quad.object)
            if subject is None and object_ is None:
                yield quad
            else:
                yield Quad(subject or quad.subject, quad.predicate, object_ or quad.object, quad.graph_name)


def _lines(found: Mapping[str, str]) -> Iterator[str]:
    return (f"{key} {found[key]}" for key in sorted(found))
