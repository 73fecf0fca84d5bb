"""Decisions as JSON: the same on the command line and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kg.decisions import Decision, Log
from kg.decisions.fields import to_json
from kg.explain.wording import state_words
from kg.rdf import NamedNode

__all__ = ["decision_document", "made_document"]


def decision_document(log: Log, iri: NamedNode, decision: Decision) -> dict[str, Any]:
    """Return a decision with its name and its state, in the shape of a line of `kg export --decisions`."""
    return {
        "id": iri.value,
        **to_json(decision, lambda term: term.value),
        "in_force": log.is_in_force(iri),
        "state": state_words(log, iri),
    }


def made_document(log: Log, made: Sequence[Decision]) -> Mapping[str, Any]:
    """Return what was just decided: the decision, or a list where several were made."""
    documents = [decision_document(log, log.iri(decision), decision) for decision in made]
    return documents[0] if len(documents) == 1 else {"decisions": documents}
