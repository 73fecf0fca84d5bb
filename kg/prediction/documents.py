"""Likely statements as JSON, and the names by which relations and models are asked for: one form everywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kg.embeddings import TrainedModel, load_model
from kg.embeddings.errors import ModelMismatchError
from kg.errors import AmbiguousNameError, NotFoundError
from kg.explain import find_resource, triple_words
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.ontology import normalise_label
from kg.prediction.explaining import Explanation
from kg.prediction.graph_triples import GraphTriples
from kg.prediction.likely import LikelyStatement
from kg.prediction.relations import Relations
from kg.prediction.staleness import Staleness
from kg.rdf import DCT, KG, Literal, NamedNode, local_name

__all__ = [
    "check_graph",
    "find_relation",
    "find_things",
    "likely_document",
    "no_such_model",
    "open_model",
    "trained_models",
]

_MODEL = "model.json"


def trained_models(home: Home) -> list[str]:
    """Return the names of the models that a home has, by code point."""
    return sorted(path.parent.name for path in home.models.glob(f"*/{_MODEL}")) if home.models.is_dir() else []


def no_such_model(home: Home, name: str) -> NotFoundError:
    """Return the error that a home has no model of a name, with the nearest name, or what trains one."""
    return NotFoundError("trained model", name, trained_models(home), "`kg embed train` makes one.")


def open_model(home: Home, name: str) -> TrainedModel:
    """Return a model of a home by its name; its arrays are mapped from the file.

    Raises:
        NotFoundError: the home has none of that name. ModelCorruptError, ModelMismatchError: it cannot be read.
    """
    if name not in trained_models(home):
        raise no_such_model(home, name)
    return load_model(home.models / name)


def check_graph(folder: Path | str, model: TrainedModel, state: Staleness) -> None:
    """Raise if a model is of another graph: more than half of what it has learnt is not there.

    Raises:
        ModelMismatchError: it is.
    """
    learnt = len(model.triples.get("training", ()))
    if state.gone_triples * 2 > learnt > 0:
        told = f"another one: {state.gone_triples:,} of the {learnt:,} statements that it has learnt are not here"
        raise ModelMismatchError(str(folder), "graph", "that of this home", told)


def find_relation(graph: KnowledgeGraph, found: GraphTriples, name: str) -> NamedNode:
    """Return the relation that a label, a local name or an IRI names, among those that were learnt.

    Of an inverse pair one relation is learnt; the name of the other one means it as well.

    Raises:
        NotFoundError: none is called so. AmbiguousNameError: several are.
    """
    known, relations = found.triples.relations.names, Relations(graph.ontology)
    if (directed := relations.direction(name)[0]) in known:
        return NamedNode(directed)
    wanted = normalise_label(name)
    by_label = {prop.value for prop in graph.ontology.properties_named(name)}
    named = (
        iri
        for iri in {*known, *(prop.value for prop in graph.ontology.properties)}
        if iri in by_label or normalise_label(local_name(NamedNode(iri))) == wanted
    )
    fits = sorted({learnt for iri in named if (learnt := relations.direction(iri)[0]) in known})
    if not fits:
        raise NotFoundError("relation that was learnt", name, [graph.ontology.label(NamedNode(iri)) for iri in known])
    if len(fits) > 1:
        raise AmbiguousNameError(name, ((iri, graph.ontology.label(NamedNode(iri))) for iri in fits))
    return NamedNode(fits[0])


def find_things(graph: KnowledgeGraph, name: str) -> tuple[NamedNode, ...]:
    """Return what a name is about: what it names comes first, then what that note describes, or the notes on it.

    The id of a note comes first, then an IRI, a path, or a name whatever its case.

    Raises:
        NotFoundError: nothing is called so, with the nearest name.
    """
    by_id = {quad.subject for quad in graph.store.match(None, DCT["identifier"], Literal(name))}
    notes = [each for each in by_id if isinstance(each, NamedNode) and next(graph.store.match(each, KG["path"]), None)]
    found = notes[0] if len(notes) == 1 else find_resource(graph, name)
    others = {quad.object for quad in graph.store.match(found, KG["describes"])}
    others |= {quad.subject for quad in graph.store.match(None, KG["describes"], found)}
    return (found, *sorted((each for each in others - {found} if isinstance(each, NamedNode)), key=str))


def likely_document(
    graph: KnowledgeGraph,
    statements: Iterable[LikelyStatement],
    reasons: Mapping[LikelyStatement, Explanation],
    state: Staleness,
) -> dict[str, Any]:
    """Return `predictions`, the best first, and the `staleness` of the model; those with reasons have a `reason`."""
    return {
        "predictions": [_statement(graph, each, reasons.get(each)) for each in statements],
        "staleness": dataclasses.asdict(state),
    }


def _statement(graph: KnowledgeGraph, each: LikelyStatement, reason: Explanation | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "rank": each.rank,
        "subject": each.subject.value,
        "predicate": each.predicate.value,
        "object": each.object.value,
        "text": triple_words(graph, each.subject, each.predicate, each.object),
        "probability": each.probability,
        "score": each.score,
        "is_folded_in": each.is_folded_in,
    }
    return told | ({"reason": reason.text} if reason is not None else {})
