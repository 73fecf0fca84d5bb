"""How two things hang together: the paths between them that say most."""

from __future__ import annotations

from typing import Any

from kg.browsing.reading import named, read_names
from kg.graph import KnowledgeGraph
from kg.paths import path_words, shortest_paths
from kg.rdf import NamedNode

__all__ = ["paths_document"]


def paths_document(graph: KnowledgeGraph, start: NamedNode, end: NamedNode, longest: int, k: int) -> dict[str, Any]:
    """Return both ends (`from`, `to`) and the `paths`, those that say most first, each with its steps and in words.

    Args:
        longest: most steps of a path, from 1 to 3. k: how many paths.
    """
    found = shortest_paths(graph, start, end, longest, k) if k else []
    steps = [step for path in found for step in path.steps]
    names = read_names(graph, {start, end, *(term for step in steps for term in (step.subject, step.object))})
    labels = {step.predicate: graph.ontology.label(step.predicate) for step in steps}
    return {
        "from": named(start, names),
        "to": named(end, names),
        "paths": [
            {
                "words": path_words(path, lambda term: names.get(term) or labels[term]),
                "weight": path.weight,
                "steps": [
                    {
                        "subject": named(step.subject, names),
                        "predicate": {"iri": step.predicate.value, "label": labels[step.predicate]},
                        "object": named(step.object, names),
                        "is_forward": step.is_forward,
                        "evidence": None if step.evidence is None else step.evidence.to_json(),
                    }
                    for step in path.steps
                ],
            }
            for path in found
        ],
    }
