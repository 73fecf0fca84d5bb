"""The triples of a graph that embeddings are learnt from, and what follows from them.

What people and notes assert, in one direction of each inverse pair: not what was derived, nor the records that
Noemata keeps about statements, nor what the ontology marks `kg:embed false`. An end that a great part of all entities
share says nothing about any of them, and is left out as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kg.embeddings import Candidates, NamedTriple, Triples, Vocabulary
from kg.embeddings.errors import ModelMismatchError
from kg.graph import KnowledgeGraph
from kg.prediction.entailed import entailed
from kg.prediction.fitting import Fitting, entity_classes
from kg.prediction.relations import Relations
from kg.rdf import OWL, RDF, RDFS, DefaultGraph, NamedNode, Quad
from kg.stores.hiding import HIDES, hidden_in

__all__ = ["GraphTriples", "graph_triples"]

_DERIVED = ("ontology", "inferred", "names", "resolution", "predicted", "decisions")
"""Graphs whose triples nobody asserts. `mapped` is none of them: it says under an entity's one IRI what was asserted
under another."""
_SCHEMA = (str(RDF), str(RDFS), str(OWL))
_HUB_SHARE, _HUB_HEADS = 0.05, 50
"""A tail of one relation with more of all entities as its heads is a hub, if they are at least so many."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphTriples:
    """What a graph gives to learn from.

    Attributes:
        triples: asserted statements between entities; what is learnt from.
        known: with the same ids: these and all that follows from them, which is never predicted.
        left_out: how many asserted triples were not taken, by the reason.
        candidates: which entities of `triples` each relation can have, as far as the ontology says
            (`kg.prediction.Fitting`).
    """

    triples: Triples
    known: Triples
    left_out: Mapping[str, int] = field(default_factory=dict)
    candidates: Candidates | None = None


def graph_triples(
    graph: KnowledgeGraph, entities: Vocabulary | None = None, relations: Vocabulary | None = None
) -> GraphTriples:
    """Read the triples of a graph. Equal graphs give equal ids; the order of IRIs decides them.

    Args:
        entities, relations: of an earlier model: what has an id there keeps it, and new ones follow.

    Raises:
        ModelMismatchError: a name there is no IRI, so the model is of a file of triples.
    """
    for vocabulary in (entities, relations):
        _check_iris(vocabulary)
    reading = _Reading(graph)
    asserted = reading.asserted()
    kept = list(_without_hubs(asserted, reading.left_out))
    triples = Triples.from_names(sorted(kept), entities, relations)
    # What was left out as a hub is known all the same, and so is what was inferred.
    stated = (*asserted, *reading.inferred())
    known = _known(entailed(stated, reading.relations), triples)
    fitting = Fitting(graph, triples.entities, triples.relations, reading.classes)
    candidates = _still_there(fitting.candidates(), triples)
    return GraphTriples(triples, known, dict(sorted(reading.left_out.items())), candidates)


class _Reading:
    """One pass over the named graphs of a store."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self.relations = Relations(graph.ontology)
        self.classes = entity_classes(graph)
        self.left_out: Counter[str] = Counter()
        minter = graph.minter
        self._derived = {minter.graph(name) for name in _DERIVED}
        self._users = minter.user_graph("").value
        self._hidden = hidden_in(graph.store.match(None, HIDES, None, minter.graph("mapped")))
        self._kinds: dict[NamedNode, str] = {}
        self._not_embedded = self.relations.classes_not_embedded()
        self._apart: dict[str, bool] = {}

    def asserted(self) -> set[NamedTriple]:
        """Return the asserted triples between entities, in the direction that is learnt."""
        found: set[NamedTriple] = set()
        others: defaultdict[str, set[NamedTriple]] = defaultdict(set)
        for quad in self._quads():
            kind = self._kinds.get(quad.predicate)
            if kind is None:
                kind = self._kinds[quad.predicate] = self._kind(quad.predicate)
            if kind == "schema":
                continue
            graph_name, subject, object_ = quad.graph_name, quad.subject, quad.object
            if graph_name in self._derived or (
                isinstance(graph_name, NamedNode) and graph_name.value.startswith(self._users)
            ):
                continue
            if not isinstance(subject, NamedNode) or not isinstance(object_, NamedNode):
                if not isinstance(object_, NamedNode) and not _is_blank(object_):
                    continue  # a literal is no entity
                others["blank node"].add((str(subject), quad.predicate.value, str(object_)))
                continue
            if subject in self._hidden or object_ in self._hidden:
                continue  # the graph `mapped` says the same of the IRI that it is kept under
            triple = (subject.value, quad.predicate.value, object_.value)
            if kind:
                others[kind].add(triple)
            elif self._is_apart(subject.value) or self._is_apart(object_.value):
                others["class with kg:embed false"].add(triple)
            elif subject == object_:
                others["of a thing with itself"].add(triple)
            else:
                found.add(self.relations.directed(triple))
        self.left_out.update({reason: len(triples) for reason, triples in others.items()})
        return found

    def inferred(self) -> Iterator[NamedTriple]:
        """Yield what the graph of inferred statements says between entities."""
        for quad in self._graph.store.match(graph_name=self._graph.minter.graph("inferred")):
            subject, object_ = quad.subject, quad.object
            if quad.predicate == RDF["type"]:
                continue
            if isinstance(subject, NamedNode) and isinstance(object_, NamedNode):
                yield self.relations.directed((subject.value, quad.predicate.value, object_.value))

    def _quads(self) -> Iterator[Quad]:
        yield from self._graph.store.match()
        if self._graph.store.dataset == "separate":
            yield from self._graph.store.match(graph_name=DefaultGraph())

    def _kind(self, predicate: NamedNode) -> str:
        """Return why triples of a predicate are left out; empty if they are not."""
        if predicate.value.startswith(_SCHEMA) or predicate == HIDES:
            return "schema"
        return "" if self.relations.is_embedded(predicate) else "property with kg:embed false"

    def _is_apart(self, iri: str) -> bool:
        found = self._apart.get(iri)
        if found is None:
            found = not self._not_embedded.isdisjoint(self.classes.get(iri, ()))
            self._apart[iri] = found
        return found


def _check_iris(vocabulary: Vocabulary | None) -> None:
    for name in vocabulary.names if vocabulary else ():
        try:
            NamedNode(name)
        except ValueError as error:
            told = f"another one: its {vocabulary.kind if vocabulary else ''} {name!r} is no IRI"
            raise ModelMismatchError("the model", "graph", "that of this home", told) from error


def _is_blank(term: object) -> bool:
    return type(term).__name__ == "BlankNode"


def _without_hubs(asserted: Iterable[NamedTriple], left_out: Counter[str]) -> Iterator[NamedTriple]:
    """Yield the triples but those with a tail that has too many heads by its relation."""
    triples = list(asserted)
    heads = Counter((relation, tail) for _, relation, tail in triples)
    count = len({end for head, _, tail in triples for end in (head, tail)})
    for triple in triples:
        number = heads[triple[1], triple[2]]
        if number >= _HUB_HEADS and number > _HUB_SHARE * count:
            left_out["of a hub"] += 1
        else:
            yield triple


def _still_there(candidates: Candidates, triples: Triples) -> Candidates:
    """Leave out what an earlier model has an id for and the graph has no statement of: forgotten, or kept under another
    IRI since. Nobody wants to hear of the one, and what is known of the other is known of its keeper."""
    is_there = np.zeros(len(triples.entities), dtype=np.bool_)
    is_there[triples.array[:, [0, 2]].reshape(-1)] = True
    heads, tails = (tuple(each & is_there for each in side) for side in (candidates.heads, candidates.tails))
    return Candidates(heads, tails)


def _known(stated: Iterable[NamedTriple], triples: Triples) -> Triples:
    """Return the triples that have ids, as a set."""
    entity, relation = triples.entities.get, triples.relations.get
    rows = [
        (head, of, tail)
        for first, by, second in stated
        if (head := entity(first)) is not None and (of := relation(by)) is not None
        if (tail := entity(second)) is not None
    ]
    found: NDArray[np.int32] = np.array(rows, dtype=np.int32).reshape(-1, 3)
    return triples.having(np.concatenate([triples.array, found]))
