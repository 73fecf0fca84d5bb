"""From what people ask for to decisions that can be made: what their words name, and whether that can be."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from urllib.parse import quote

from kg.cache import NoteShelf
from kg.curation.entities import Entities
from kg.curation.raw import decode
from kg.curation.requests import (
    Accept,
    Merge,
    Reject,
    RejectWord,
    Rename,
    Request,
    Retype,
    Split,
    Undo,
)
from kg.decisions import (
    Draft,
    Kind,
    Log,
    Merging,
    Naming,
    Pair,
    Prediction,
    Splitting,
    Target,
    Typing,
    Undoing,
    Word,
    likeness_of,
    passage_of,
)
from kg.decisions.compiling import parting
from kg.errors import InputError, NotFoundError
from kg.extraction import Claim
from kg.graph import KnowledgeGraph
from kg.iri import is_entity, normalise_name
from kg.rdf import KG, OWL, RDF, Literal, NamedNode, canonical, local_name

__all__ = ["Drafter"]

_ITEMS = (KG["Evidence"], KG["Refusal"], KG["Prediction"])


class Drafter:
    """Finds what requests are about in one home.

    Args:
        entities: how they are resolved now, and their classes.
    """

    def __init__(self, graph: KnowledgeGraph, notes: NoteShelf, log: Log, entities: Entities) -> None:
        self._graph, self._notes, self._log, self._entities = graph, notes, log, entities

    def drafts(self, request: Request, reason: str = "") -> tuple[Draft, ...]:
        """Return the decisions that a request asks for.

        One, but several of what contradicts several, or of all that is alike where several patterns found a sentence.

        Raises:
            NotFoundError: there is no such item, entity, class or decision. InputError: it cannot be decided so.
        """
        if isinstance(request, Accept | Reject):
            iri = self._find(request.id)
            if self._log.get(iri) is not None:
                return self._settled(iri, isinstance(request, Accept), reason)
            kind: Kind = "accept" if isinstance(request, Accept) else "reject"
            if kind == "accept" and _is_passage(iri):
                self._check_acceptable(iri)
            targets = self._alike(iri) if request.alike else (self._item(iri, kind),)
            return tuple(Draft(kind, target, reason) for target in targets)
        return (self._draft(request, reason),)

    def _draft(self, request: RejectWord | Retype | Rename | Merge | Split | Undo, reason: str) -> Draft:
        match request:
            case RejectWord():
                return Draft("reject", self._word(request), reason)
            case Retype():
                self._check_typed_by_notes(request.iri)
                return Draft("retype", Typing(request.iri, self._class(request.class_iri)), reason)
            case Rename():
                self._check_entity(request.iri)
                return Draft("rename", Naming(request.iri, request.label), reason)
            case Merge():
                return Draft("merge", self._merging(request), reason)
            case Split():
                return Draft("split", self._splitting(request), reason)
            case Undo():
                return Draft("undo", Undoing(self._decision(request.id)), reason)

    # --- items

    def _settled(self, iri: NamedNode, is_kept: bool, reason: str) -> tuple[Draft, ...]:
        """Settle the conflicts of a decision: what contradicts it is undone, or it is itself."""
        conflicts = [each for each in self._log.conflicts() if self._log.iri(each.later) == iri]
        if not conflicts:
            raise InputError(f"{iri.value} is a decision that contradicts no other: undo it, if it is wrong")
        undone = [self._log.iri(each.earlier) for each in conflicts] if is_kept else [iri]
        return tuple(Draft("undo", Undoing(each), reason) for each in undone)

    def _item(self, iri: NamedNode, kind: Kind) -> Target:
        if _is_passage(iri):
            return passage_of(_note_of(iri), self._claims(iri)[0])
        found = self._prediction(iri)
        if kind == "accept" and isinstance(found, Pair):
            self._check_joinable(Merging(found.left, found.right))
        return found

    def _alike(self, iri: NamedNode) -> tuple[Target, ...]:
        """Return all that may have found what an item says: a trigger and a pattern often find one sentence."""
        if not _is_passage(iri):
            raise InputError(f"{iri.value} was not found by a pattern: decide it alone")
        found = dict.fromkeys(likeness for claim in self._claims(iri) if (likeness := likeness_of(claim)) is not None)
        if not found:
            raise InputError(f"{iri.value} is stated by its note: no pattern found it, so nothing is like it")
        return tuple(found)

    def _find(self, id_: str) -> NamedNode:
        """Return the item that a whole IRI or the last part of one names."""
        if ":" in id_:
            return _node(id_)
        found = self._items.get(id_, [])
        if len(found) > 1:
            raise InputError(f"{id_} may mean {', '.join(found)}: write the whole IRI")
        if not found:
            raise NotFoundError("item of the review queue", id_)
        return NamedNode(found[0])

    @cached_property
    def _items(self) -> Mapping[str, Sequence[str]]:
        """What can be accepted or rejected, by the last part of its IRI."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for iri in sorted({iri.value for iri in self._item_iris()}):
            found[re.split("[/#]", iri)[-1]].append(iri)
        return found

    def _item_iris(self) -> Iterator[NamedNode]:
        yield from (iri for iri, _ in self._log.items())
        for kind in _ITEMS:
            for quad in self._graph.store.match(None, RDF["type"], kind):
                if isinstance(quad.subject, NamedNode):
                    yield quad.subject

    def _claims(self, iri: NamedNode) -> list[Claim]:
        """Return the claims that a piece of evidence, or a refusal, stands for."""
        note = _note_of(iri)
        data = self._notes.raw(note.value)
        if data is None:
            if next(self._graph.store.match(iri), None) is None:
                raise NotFoundError("item of the review queue", iri.value)
            raise InputError(f"{iri.value} is of a note that was not read here: run `kg ingest` first")
        minter = self._graph.minter
        mint = minter.evidence if "#e-" in iri.value else minter.refusal
        claims = [
            claim
            for claim in decode(data).claims
            if mint(
                note,
                (claim.subject, claim.predicate, canonical(claim.object)),
                claim.evidence.quote,
                claim.evidence.number,
            )
            == iri
        ]
        if not claims:
            raise NotFoundError("item of the review queue", iri.value)
        return claims

    def _check_acceptable(self, iri: NamedNode) -> None:
        """Refuse to accept what the ontology does not admit, whoever says it."""
        reasons = self._graph.store.match(iri, KG["reason"])
        reason = next((q.object.value for q in reasons if isinstance(q.object, Literal)), "")
        if "#r-" in iri.value and reason and not reason.startswith("confidence "):
            raise InputError(
                f"{iri.value} cannot be accepted: {reason}. Retype what is of the wrong class, or change the ontology"
            )

    def _prediction(self, iri: NamedNode) -> Pair | Prediction:
        row = {quad.predicate: quad.object for quad in self._graph.store.match(iri)}
        subject, predicate, object_ = (row.get(RDF[name]) for name in ("subject", "predicate", "object"))
        if not isinstance(subject, NamedNode) or not isinstance(predicate, NamedNode) or object_ is None:
            raise NotFoundError("item of the review queue", iri.value)
        if predicate == OWL["sameAs"] and isinstance(object_, NamedNode):
            return Pair(subject, object_)
        return Prediction(subject, predicate, object_)

    # --- words, entities, classes

    def _word(self, request: RejectWord) -> Word:
        word = normalise_name(request.word)
        if not word:
            raise InputError(f"{request.word!r} is no word")
        if request.entity is not None:
            self._check_entity(request.entity)
        return Word(word, request.entity)

    def _check_entity(self, iri: NamedNode) -> None:
        if not is_entity(iri, self._graph.minter) or iri in self._graph.ontology.classes:
            raise InputError(
                f"{iri.value} is no entity: notes, tags and what the ontology defines are not decided about"
            )
        if not self._entities.is_known(iri):
            raise NotFoundError("entity", iri.value)

    def _check_typed_by_notes(self, iri: NamedNode) -> None:
        """Refuse what would have no effect: decisions are about the classes that notes say."""
        self._check_entity(iri)
        for member in self._entities.members(iri):
            if member in self._graph.ontology.individuals:
                raise InputError(f"{member.value} is defined by the ontology: give it another class there")
        if not self._entities.is_in_notes(iri):
            raise InputError(f"no note speaks of {iri.value}: change its class where it is said, by an update")

    def _class(self, class_iri: NamedNode) -> NamedNode:
        term = self._graph.ontology.classes.get(class_iri)
        if term is None:
            raise NotFoundError("class", class_iri.value)
        if term.system and class_iri != KG["Entity"]:
            raise InputError(f"{local_name(class_iri)} is a class of the system: no entity can be one")
        return class_iri

    def _merging(self, request: Merge) -> Merging:
        for iri in (request.keep, request.other):
            self._check_entity(iri)
        if request.keep != request.other and self._entities.keeper(request.other) == request.keep:
            raise InputError(f"{request.other.value} is merged into {request.keep.value} already")
        ours, theirs = self._entities.class_of(request.keep), self._entities.class_of(request.other)
        if ours is not None and theirs is not None and self._graph.ontology.are_disjoint(ours, theirs):
            label = self._graph.ontology.label
            raise InputError(
                f"{request.keep.value} is a {label(ours)} and {request.other.value} a {label(theirs)}, and nothing is "
                "both: retype one of them first"
            )
        merging = Merging(request.keep, request.other)
        self._check_joinable(merging)
        return merging

    def _check_joinable(self, merging: Merging) -> None:
        """Refuse what would have no effect, because others of the two were decided to be two."""
        ours, theirs = (frozenset(self._entities.members(iri)) for iri in (merging.keep, merging.other))
        between = parting(self._log, merging, ours, theirs)
        if between:
            names = ", ".join(iri.value for iri in between)
            raise InputError(
                f"{merging.keep.value} and {merging.other.value} stand for entities that were decided to be two: "
                f"undo {names} first"
            )

    def _splitting(self, request: Split) -> Splitting:
        self._check_entity(request.iri)
        members = self._entities.members(request.iri)
        notes = sorted({note for member in members for note, _ in self._notes.said_of(member.value)})
        if request.notes:
            strange = [note.value for note in request.notes if note.value not in notes]
            if strange:
                raise InputError(f"{request.iri.value} is not in {', '.join(strange)}")
            if len(set(request.notes)) == len(notes):
                raise InputError(f"{request.iri.value} is in no other notes than those: nothing would be parted")
            return Splitting(request.iri, members if len(members) > 1 else (), request.notes, is_together=True)
        if len(members) > 1:
            return Splitting(request.iri, members)
        if len(notes) < 2:
            raise InputError(f"{request.iri.value} is in one note only, and nothing was merged into it")
        return Splitting(request.iri, (), tuple(NamedNode(note) for note in notes))

    def _decision(self, id_: str) -> NamedNode:
        if ":" in id_:
            return _node(id_)
        iri = NamedNode(f"{self._graph.minter.base}decision/{quote(id_, safe='')}")
        if self._log.get(iri) is None:
            raise NotFoundError("decision", id_)
        return iri


def _is_passage(iri: NamedNode) -> bool:
    return iri.value.partition("#")[2].startswith(("e-", "r-"))


def _note_of(iri: NamedNode) -> NamedNode:
    return NamedNode(iri.value.partition("#")[0])


def _node(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError:
        raise InputError(f"{text!r} is no IRI") from None
