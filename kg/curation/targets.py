"""From what people ask for to decisions that can be made: what their words name, and whether that can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.cache import NoteShelf
from kg.curation.profiles import is_entity
from kg.curation.raw import RawNote, decode
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
from kg.errors import InputError, NotFoundError
from kg.extraction import Claim
from kg.graph import KnowledgeGraph
from kg.iri import normalise_name
from kg.rdf import KG, OWL, RDF, Literal, NamedNode, canonical, local_name

__all__ = ["Drafter"]

_ITEMS = (KG["Evidence"], KG["Refusal"], KG["Prediction"])


class Drafter:
    """Finds what requests are about in one home.

    Args:
        members: the undecided entities that an IRI stands for, itself among them.
        class_of: the class of an entity as it is resolved, None where none is known.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        notes: NoteShelf,
        log: Log,
        members: Callable[[NamedNode], tuple[NamedNode, ...]],
        class_of: Callable[[NamedNode], NamedNode | None],
    ) -> None:
        self._graph, self._notes, self._log = graph, notes, log
        self._members, self._class_of = members, class_of

    def draft(self, request: Request, reason: str = "") -> Draft:
        """Return the decision that a request asks for.

        Raises:
            NotFoundError: there is no such item, entity, class or decision. InputError: it cannot be decided so.
        """
        match request:
            case Accept() | Reject():
                kind: Kind = "accept" if isinstance(request, Accept) else "reject"
                return Draft(kind, self._item(request.id, request.alike, kind), reason)
            case RejectWord():
                return Draft("reject", self._word(request), reason)
            case Retype():
                self._check_entity(request.iri)
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

    def _item(self, id_: str, alike: bool, kind: Kind) -> Target:
        iri = self._find(id_)
        note, mark, _ = iri.value.partition("#")
        if mark and (iri.value[len(note) :].startswith(("#e-", "#r-"))):
            claim, raw = self._claim(iri, NamedNode(note))
            if kind == "accept":
                self._check_acceptable(iri)
            if not alike:
                return passage_of(raw.note, claim)
            likeness = likeness_of(claim)
            if likeness is None:
                raise InputError(f"{iri.value} is stated by its note: no pattern found it, so nothing is like it")
            return likeness
        if alike:
            raise InputError(f"{iri.value} was not found by a pattern: decide it alone")
        return self._prediction(iri)

    def _find(self, id_: str) -> NamedNode:
        """Return the item that a whole IRI or the last part of one names."""
        if ":" in id_:
            return _node(id_)
        found = sorted({iri.value for iri in self._items() if iri.value.endswith((f"#{id_}", f"/{id_}"))})
        if len(found) > 1:
            raise InputError(f"{id_} may mean {', '.join(found)}: write the whole IRI")
        if not found:
            raise NotFoundError("item of the review queue", id_)
        return NamedNode(found[0])

    def _items(self) -> Iterator[NamedNode]:
        for kind in _ITEMS:
            for quad in self._graph.store.match(None, RDF["type"], kind):
                if isinstance(quad.subject, NamedNode):
                    yield quad.subject

    def _claim(self, iri: NamedNode, note: NamedNode) -> tuple[Claim, RawNote]:
        data = self._notes.raw(note.value)
        if data is None:
            if next(self._graph.store.match(iri), None) is None:
                raise NotFoundError("item of the review queue", iri.value)
            raise InputError(f"{iri.value} is of a note that was not read here: run `kg ingest` first")
        raw = decode(data)
        minter = self._graph.minter
        mint = minter.evidence if "#e-" in iri.value else minter.refusal
        for claim in raw.claims:
            triple = (claim.subject, claim.predicate, canonical(claim.object))
            if mint(note, triple, claim.evidence.quote, claim.evidence.number) == iri:
                return claim, raw
        raise NotFoundError("item of the review queue", iri.value)

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
        if not self._is_known(iri):
            raise NotFoundError("entity", iri.value)

    def _is_known(self, iri: NamedNode) -> bool:
        if self._notes.said_of(iri.value) or iri in self._graph.ontology.individuals:
            return True
        store = self._graph.store
        return any(next(store.match(s, None, o), None) is not None for s, o in ((iri, None), (None, iri)))

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
        if request.keep in self._members(request.other) and self._keeper_is(request):
            raise InputError(f"{request.other.value} is merged into {request.keep.value} already")
        ours, theirs = self._class_of(request.keep), self._class_of(request.other)
        if ours is not None and theirs is not None and self._graph.ontology.are_disjoint(ours, theirs):
            label = self._graph.ontology.label
            raise InputError(
                f"{request.keep.value} is a {label(ours)} and {request.other.value} a {label(theirs)}, and nothing is "
                "both: retype one of them first"
            )
        return Merging(request.keep, request.other)

    def _keeper_is(self, request: Merge) -> bool:
        return not any(self._graph.store.match(request.other, None, None))

    def _splitting(self, request: Split) -> Splitting:
        self._check_entity(request.iri)
        members = self._members(request.iri)
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
        found = [iri for iri, _ in self._log.items() if iri.value.endswith(f"/{id_}")]
        if not found:
            raise NotFoundError("decision", id_)
        return found[0]


def _node(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError:
        raise InputError(f"{text!r} is no IRI") from None
