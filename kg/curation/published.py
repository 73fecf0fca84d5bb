"""What resolution and decisions say beside the notes: merges, pairs that wait for review, names, accepted predictions.

The cache has what should stand in the store, by what it is about, so that a change costs what it changes. The graph
`resolution` bears a digest of all of it: another than the cache has, and everything is compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import pyoxigraph

from kg.cache import IngestCache, NoteShelf
from kg.curation.entities import Entities, SettledEntities
from kg.decisions.compiling import Ruling
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import KG, OWL, RDF, RDFS, XSD, Literal, NamedNode, Quad, Term, canonical
from kg.resolution import Review

__all__ = ["GRAPHS", "Published"]

GRAPHS = ("resolution", "decided", "predicted")
"""The graphs that are written here; of `predicted` only what says that two entities may be one."""

_STATE = KG["digest"]


class Published:
    """The rows of one home."""

    def __init__(self, graph: KnowledgeGraph, notes: NoteShelf) -> None:
        self._graph, self._notes, self._minter = graph, notes, graph.minter

    # --- what should stand there

    def rows(self, settled: SettledEntities, ruling: Ruling, entities: Entities) -> dict[str, str]:
        """Return the rows that may be others than before, as N-Quads by what they are about; empty ones go."""
        rows: dict[str, str] = {}
        for iri in settled.affected:
            rows[f"merge {iri.value}"] = _text(self._merge(iri, entities))
            rows[f"name {iri.value}"] = _text(self._name(iri, ruling, entities))
        rows |= self._pairs(settled, entities)
        rows |= dict.fromkeys(self._notes.published_about("asserted "), "")
        for triple in ruling.asserted:
            subject, object_ = entities.keeper(triple[0]), _kept(triple[2], entities)
            quad = Quad(subject, triple[1], object_, self._minter.graph("decided"))
            rows[f"asserted {' '.join(map(str, triple))}"] = _text([quad])
        return rows

    def _pairs(self, settled: SettledEntities, entities: Entities) -> dict[str, str]:
        """Return the rows of pairs that came, went, or of which an end is another than it was."""
        rows = dict.fromkeys((_pair(review) for review in settled.settled.reviews_removed), "")
        for review in settled.settled.reviews_added:
            rows[_pair(review)] = _text(self._prediction(review, entities))
        affected = {iri.value for iri in settled.affected}
        for about in self._notes.published_about("pair ") if affected else ():
            _, left, right = about.split(" ")
            if about not in rows and (left in affected or right in affected):
                found = entities.review(NamedNode(left), NamedNode(right))
                rows[about] = "" if found is None else _text(self._prediction(found, entities))
        return rows

    def _merge(self, iri: NamedNode, entities: Entities) -> Iterator[Quad]:
        """Yield what says that an entity is merged into another, and why."""
        keeper = entities.keeper(iri)
        if keeper == iri:
            return
        graph = self._minter.graph("resolution")
        form = Literal(iri.value, datatype=XSD["anyURI"])
        merge = self._minter.merge(iri)
        confidence, reason = entities.why(iri)
        yield Quad(keeper, KG["mergedFrom"], form, graph)
        yield Quad(merge, RDF["type"], KG["Merge"], graph)
        yield Quad(merge, KG["keeper"], keeper, graph)
        yield Quad(merge, KG["form"], form, graph)
        yield Quad(merge, KG["confidence"], _decimal(confidence), graph)
        yield Quad(merge, KG["reason"], Literal(reason), graph)

    def _name(self, iri: NamedNode, ruling: Ruling, entities: Entities) -> Iterator[Quad]:
        """Yield the name that was given to one of those that an entity stands for, the latest of several."""
        if entities.keeper(iri) != iri:
            return
        named = [ruling.names[member] for member in entities.members(iri) if member in ruling.names]
        if named:
            label = entities.latest(named)
            for predicate in (KG["preferredName"], RDFS["label"]):
                yield Quad(iri, predicate, Literal(label), self._minter.graph("decided"))

    def _prediction(self, review: Review, entities: Entities) -> Iterator[Quad]:
        graph = self._minter.graph("predicted")
        prediction = NamedNode(f"{self._minter.base}prediction/{_digest(_pair(review))}")
        yield Quad(prediction, RDF["type"], KG["Prediction"], graph)
        yield Quad(prediction, RDF["subject"], review.left, graph)
        yield Quad(prediction, RDF["predicate"], OWL["sameAs"], graph)
        yield Quad(prediction, RDF["object"], review.right, graph)
        yield Quad(prediction, KG["score"], _decimal(review.confidence), graph)
        yield Quad(prediction, KG["reason"], Literal(entities.why_not(review)), graph)

    # --- making it so

    def commit(self, cache: IngestCache) -> None:
        """Make the store hold what should stand there."""
        name, wanted = self._minter.graph("resolution"), self._notes.published_digest()
        held = next((quad.object.value for quad in self._states() if isinstance(quad.object, Literal)), "")
        if held != wanted:
            is_known = held == self._notes.digest_in_store()
            quads = _differences(self._notes.unpublished()) if is_known else self._compared()
            add = [*quads.add, *([Quad(name, _STATE, Literal(wanted), name)] if wanted else ())]
            commit(self._graph, Change(tuple(add), (*quads.remove, *self._states())))
        if held != wanted or self._notes.digest_in_store() != wanted:
            with cache.transaction():
                self._notes.clear_unpublished()

    def _states(self) -> list[Quad]:
        name = self._minter.graph("resolution")
        return list(self._graph.store.match(name, _STATE, None, name))

    def _compared(self) -> Change:
        """Return the whole difference between what should stand there and what does."""
        wanted = {quad for text in self._notes.published().values() for quad in _quads(text)}
        held: set[Quad] = set()
        for graph in ("resolution", "decided"):
            held.update(self._graph.store.match(graph_name=self._minter.graph(graph)))
        predicted = self._minter.graph("predicted")
        for found in self._graph.store.match(None, RDF["predicate"], OWL["sameAs"], predicted):
            if isinstance(found.subject, NamedNode):
                held.update(self._graph.store.match(found.subject, None, None, predicted))
        held.difference_update(self._states())
        return Change(tuple(wanted - held), tuple(held - wanted))


def _pair(review: Review) -> str:
    return f"pair {review.left.value} {review.right.value}"


def _kept(term: Term, entities: Entities) -> Term:
    return entities.keeper(term) if isinstance(term, NamedNode) else term


def _text(quads: Iterable[Quad]) -> str:
    found = list(quads)
    written = pyoxigraph.serialize(found, format=pyoxigraph.RdfFormat.N_QUADS)
    assert written is not None
    return written.decode()


def _quads(text: str) -> Iterator[Quad]:
    for quad in pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS):
        yield Quad(quad.subject, quad.predicate, canonical(quad.object), quad.graph_name)


def _differences(rows: Iterable[tuple[str, str]]) -> Change:
    before = {quad for text, _ in rows for quad in _quads(text)}
    after = {quad for _, text in rows for quad in _quads(text)}
    return Change(tuple(after - before), tuple(before - after))


def _decimal(number: float) -> Term:
    return canonical(Literal(repr(round(number, 4)), datatype=XSD["decimal"]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
