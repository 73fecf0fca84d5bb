"""Likely statements as predictions that wait for somebody's decision: in the graph `predicted`, never as facts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from kg.embeddings import TrainedModel
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.model import Change
from kg.prediction.likely import LikelyStatement
from kg.prediction.relations import Relations
from kg.rdf import KG, OWL, RDF, XSD, Literal, NamedNode, Quad, Term, canonical, local_name

__all__ = ["prediction_iri", "publish"]


def publish(
    graph: KnowledgeGraph,
    statements: Iterable[LikelyStatement],
    model: TrainedModel,
    about: Iterable[NamedNode] = (),
    relation: NamedNode | None = None,
    reasons: Callable[[LikelyStatement], str] | None = None,
) -> Change:
    """Return the change that makes statements the predictions that wait for review; the caller commits it.

    Earlier predictions of models go; what says that two entities may be one (`kg.curation`) stays.

    Args:
        about, relation: what the statements were asked for with; only predictions about one of these, with that, go.
        reasons: says in a line why a statement is likely; else rank and probability are said.
    """
    words = reasons or _Words(graph, model).reason
    wanted = {quad for each in statements for quad in _quads(graph.minter, each, model, words(each))}
    if relation is not None:
        relation = NamedNode(Relations(graph.ontology).direction(relation.value)[0])
    held = set(_held(graph, frozenset[Term](about), relation))
    add, remove = (sorted(quads, key=str) for quads in (wanted - held, held - wanted))
    return Change(tuple(add), tuple(remove))


def prediction_iri(minter: Minter, subject: NamedNode, predicate: NamedNode, object_: Term) -> NamedNode:
    """Return the IRI of the prediction of a triple: equal triples have equal ones."""
    text = " ".join(map(str, (subject, predicate, object_)))
    return NamedNode(f"{minter.base}prediction/{hashlib.sha256(text.encode()).hexdigest()[:20]}")


def _quads(minter: Minter, statement: LikelyStatement, model: TrainedModel, reason: str) -> Iterator[Quad]:
    triple = (statement.subject, statement.predicate, statement.object)
    iri, name = prediction_iri(minter, *triple), minter.graph("predicted")
    yield Quad(iri, RDF["type"], KG["Prediction"], name)
    for part, term in zip(("subject", "predicate", "object"), triple, strict=True):
        yield Quad(iri, RDF[part], term, name)
    score = canonical(Literal(f"{statement.probability:.4f}", datatype=XSD["decimal"]))
    yield Quad(iri, KG["score"], score, name)
    yield Quad(iri, KG["reason"], Literal(reason), name)
    yield Quad(iri, KG["predictedBy"], Literal(f"{model.settings.model} {model.graph[:12]}"), name)


def _held(graph: KnowledgeGraph, about: frozenset[Term], relation: NamedNode | None) -> Iterator[Quad]:
    """Yield the quads of those predictions of models that are to go; `about` nothing is about anything."""
    name = graph.minter.graph("predicted")
    for found in graph.store.match(None, RDF["predicate"], relation, name):
        if found.object == OWL["sameAs"] or not isinstance(found.subject, NamedNode):
            continue
        row = list(graph.store.match(found.subject, None, None, name))
        ends = {quad.object for quad in row if quad.predicate in (RDF["subject"], RDF["object"])}
        if not about or not about.isdisjoint(ends):
            yield from row


class _Words:
    """Reasons in English, by the names of things."""

    def __init__(self, graph: KnowledgeGraph, model: TrainedModel) -> None:
        self._graph, self._model = graph, model

    def reason(self, statement: LikelyStatement) -> str:
        """Say how a model came to a statement."""
        subject, object_ = self._name(statement.subject), self._name(statement.object)
        predicate = self._graph.ontology.label(statement.predicate)
        place = "likeliest" if statement.rank == 1 else f"no. {statement.rank} of the likeliest"
        newer = "; one of both is newer than the model" if statement.is_folded_in else ""
        return (
            f"the model {self._model.settings.model} finds {object_} {place} of what is not known yet as “{predicate}”"
            f" of {subject}: {statement.probability:.0%} of such statements were true{newer}"
        )

    def _name(self, iri: NamedNode) -> str:
        names = self._graph.store.match(iri, KG["name"], None, self._graph.minter.graph("names"))
        return min((quad.object.value for quad in names if isinstance(quad.object, Literal)), default=local_name(iri))
