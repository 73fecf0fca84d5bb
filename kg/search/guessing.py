"""The statements that a home's model finds likely, by what they are to be about."""

from __future__ import annotations

from kg.computed import Guess
from kg.config import Config
from kg.embeddings import TrainedModel
from kg.errors import NotFoundError
from kg.explain import named_iri, resource_of
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.ontology import normalise_label
from kg.prediction import GraphTriples, LikelyStatement, graph_triples, likely_statements, staleness
from kg.prediction.documents import check_graph, find_relation, find_things, open_model
from kg.prediction.newer import name_vectors, with_entities, with_newer
from kg.prediction.relations import Relations
from kg.rdf import NamedNode, local_name

__all__ = ["Guesser"]

_MODEL = "default"
_ENOUGH = 4
"""Times what is asked for that is looked at first: of what is about a thing, some has it at the other end."""


class Guesser:
    """Asks the model of one home; the graph is read anew when it is another one, or the model's files are."""

    def __init__(self, home: Home, config: Config) -> None:
        self._home, self._config = home, config
        self._opened: tuple[object, TrainedModel, GraphTriples, TrainedModel] | None = None

    def guesses(
        self,
        graph: KnowledgeGraph,
        subject: NamedNode | str | None,
        predicate: NamedNode | str | None,
        object_: NamedNode | str | None,
        k: int,
        least: float,
    ) -> list[Guess]:
        """Return likely statements, best first; what is None may be anything.

        A relation that is learnt by its inverse is answered in the direction that was asked for.

        Raises:
            As `HomeComputed.predicted`.
        """
        model, found, folded = self._open(graph)
        ends = [_things(graph, each) for each in (subject, object_)]
        relation, turned = _relation(graph, found, predicate)
        about = next((end for end in ends if end), ())
        asked = with_entities(graph, found, about)
        if asked is not found:
            folded = self._folded(graph, model, asked)
        if k == 0 or not all(_is_known(asked, end) for end in ends):
            return []  # of what nothing is said of, nothing is likely
        for most in (_ENOUGH * k, 0) if about else (k,):
            statements = likely_statements(graph, model, asked, about, relation, most, least, folded)
            told = [_told(each, turned) for each in statements]
            fitting = [each for each in told if _fits(each[0], ends[0]) and _fits(each[2], ends[1])]
            if len(fitting) >= k or len(statements) < most:
                break
        return [Guess(*each, rank) for rank, each in enumerate(fitting[:k], 1)]

    def _open(self, graph: KnowledgeGraph) -> tuple[TrainedModel, GraphTriples, TrainedModel]:
        folder = self._home.models / _MODEL
        files = tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("model.*")))
        stamp = (graph.store, graph.ontology, files)
        if self._opened is None or self._opened[0] != stamp:
            self._opened = None  # not both in memory
            model = open_model(self._home, _MODEL)
            found = graph_triples(graph, model.entities, model.relations)
            check_graph(folder, model, staleness(model, found))
            self._opened = stamp, model, found, self._folded(graph, model, found)
        _, model, found, folded = self._opened
        return model, found, folded

    def _folded(self, graph: KnowledgeGraph, model: TrainedModel, found: GraphTriples) -> TrainedModel:
        return with_newer(graph, model, found, name_vectors(self._home, self._config.vectors))


def _things(graph: KnowledgeGraph, asked: NamedNode | str | None) -> tuple[NamedNode, ...] | None:
    """Return what is meant: an IRI is itself, known or not, a name also what the note describes; None for anything."""
    if asked is None:
        return None
    iri = asked if isinstance(asked, NamedNode) else named_iri(graph, asked)
    meant = None if iri is None else resource_of(graph, iri)
    if meant is not None:
        return (meant,)
    try:
        return find_things(graph, asked) if isinstance(asked, str) else (asked,)
    except NotFoundError:
        if iri is None:
            raise
        return (iri,)


def _is_known(asked: GraphTriples, end: tuple[NamedNode, ...] | None) -> bool:
    return end is None or any(each.value in asked.triples.entities for each in end)


def _relation(
    graph: KnowledgeGraph, found: GraphTriples, asked: NamedNode | str | None
) -> tuple[NamedNode | None, NamedNode | None]:
    """Return the relation that is learnt in place of one; and the one itself where its statements go the other way."""
    if asked is None:
        return None, None
    name = asked.value if isinstance(asked, NamedNode) else asked
    learnt = find_relation(graph, found, name)
    relations, wanted = Relations(graph.ontology), normalise_label(name)
    meant = {*graph.ontology.properties_named(name), *([asked] if isinstance(asked, NamedNode) else ())}
    meant |= {prop for prop in graph.ontology.properties if normalise_label(local_name(prop)) == wanted}
    if learnt in meant:
        return learnt, None
    turned = (prop for prop in sorted(meant, key=str) if relations.direction(prop.value) == (learnt.value, True))
    return learnt, next(turned, None)


def _told(each: LikelyStatement, turned: NamedNode | None) -> tuple[NamedNode, NamedNode, NamedNode, float]:
    if turned is not None:
        return each.object, turned, each.subject, each.probability
    return each.subject, each.predicate, each.object, each.probability


def _fits(node: NamedNode, wanted: tuple[NamedNode, ...] | None) -> bool:
    return wanted is None or node in wanted
