"""Decisions in words, with the names that the graph has for what they are about."""

from __future__ import annotations

from kg.decisions import (
    Decision,
    Likeness,
    Log,
    Merging,
    Naming,
    Pair,
    Passage,
    Prediction,
    Splitting,
    Typing,
    Undoing,
    Word,
)
from kg.explain.reading import name_of, path_of
from kg.graph import KnowledgeGraph
from kg.iri import normalise_name
from kg.rdf import RDF, NamedNode, Term

__all__ = ["decision_words", "state_words", "triple_words"]


def decision_words(graph: KnowledgeGraph, log: Log, decision: Decision) -> str:
    """Return what was decided, in one line: `reject: Ada · works for · Acme “Ada left Acme.” (Ada.md)`."""
    return f"{decision.kind}: {_target_words(graph, log, decision)}"


def _target_words(graph: KnowledgeGraph, log: Log, decision: Decision) -> str:
    target, accepted = decision.target, decision.kind == "accept"
    match target:
        case Passage():
            said = triple_words(graph, target.subject, target.predicate, target.object)
            return f"{said} “{' '.join(target.quote.split())}” ({path_of(graph, target.note)})"
        case Likeness():
            return f"all that is found for {_likeness_words(graph, target)}"
        case Word():
            what = "names nothing" if target.entity is None else f"does not name {_called(graph, target.entity)}"
            return f"“{target.word}” {what}"
        case Pair():
            left, right = _both(graph, target.left, target.right)
            return f"{left} is {right}" if accepted else f"{left} is another than {right}"
        case Prediction():
            return triple_words(graph, target.subject, target.predicate, target.object)
        case Typing():
            return f"{_called(graph, target.entity)} is of the class {graph.ontology.label(target.class_iri)}"
        case Naming():
            return f"{_called(graph, target.entity)} is called “{target.label}”"
        case Merging():
            return " is ".join(_both(graph, target.other, target.keep))
        case Splitting():
            return f"{_called(graph, target.entity)} {_split_words(graph, target)}"
        case Undoing():
            undone = log.get(target.decision)
            return target.decision.value if undone is None else decision_words(graph, log, undone)


def _likeness_words(graph: KnowledgeGraph, likeness: Likeness) -> str:
    found = graph.ontology.label(likeness.predicate)
    if likeness.word:
        found = f"{found} by the word “{likeness.word}”"
    if likeness.entity is not None:
        is_class = likeness.predicate == RDF["type"]
        found += f" · {graph.ontology.label(likeness.entity) if is_class else _called(graph, likeness.entity)}"
    return f"{found} by {likeness.extractor}{f' “{likeness.cue}”' if likeness.cue else ''}"


def _split_words(graph: KnowledgeGraph, target: Splitting) -> str:
    if not target.notes:
        return f"is {len(target.members)} things: {', '.join(_called(graph, each) for each in target.members)}"
    paths = ", ".join(path_of(graph, note) for note in target.notes)
    return f"is another thing in {paths}" if target.is_together else f"is another thing in each of {paths}"


def triple_words(graph: KnowledgeGraph, subject: NamedNode, predicate: NamedNode, object_: Term) -> str:
    """Return a statement as `Ada · works for · Acme`."""
    is_class = predicate == RDF["type"] and isinstance(object_, NamedNode)
    right = graph.ontology.label(object_) if is_class else _called(graph, object_)  # type: ignore[arg-type]
    return f"{_called(graph, subject)} · {graph.ontology.label(predicate)} · {right}"


def _both(graph: KnowledgeGraph, left: NamedNode, right: NamedNode) -> tuple[str, str]:
    """Return the names of two things, with their IRIs where they have one name but for case or quotes."""
    names = _called(graph, left), _called(graph, right)
    if normalise_name(names[0]) != normalise_name(names[1]):
        return names
    base = graph.minter.base
    return f"{names[0]} (:{left.value.removeprefix(base)})", f"{names[1]} (:{right.value.removeprefix(base)})"


def _called(graph: KnowledgeGraph, term: Term) -> str:
    """Return a name, also of what the graph knows no more: the end of its IRI says then what it was."""
    if isinstance(term, NamedNode) and term.value.startswith(f"{graph.minter.base}note/") and "#" not in term.value:
        return path_of(graph, term)
    return name_of(graph, term)


def state_words(log: Log, iri: NamedNode) -> str:
    """Return why a decision does not count, empty for one that does; an undo counts as long as it is not undone."""
    undo = log.undone_by(iri)
    if undo is not None:
        return "undone"
    decision = log.get(iri)
    is_counting = log.is_in_force(iri) or (decision is not None and decision.kind == "undo")
    return "" if is_counting else "superseded"
