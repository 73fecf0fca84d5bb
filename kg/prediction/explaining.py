"""Why a statement is likely: what leads from its subject to its object, and what is most like it of what was learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kg.embeddings import NamedTriple, TrainedModel
from kg.embeddings.nearness import Nearness
from kg.explain.reading import merged
from kg.graph import KnowledgeGraph
from kg.paths import Path, PathFinder, path_words, words_for
from kg.prediction.relations import Relations
from kg.rdf import NamedNode

__all__ = ["Explainer", "Explanation", "Predicted", "explain"]

_NEAREST = 3
_LEAST = 0.3
"""The least cosine at which two things are called alike: of those drawn at random, few have as much."""
_LOOKED_AT = 50
"""Triples of which it is looked up whether the graph still has them."""


class Predicted(Protocol):
    """A statement that may be explained; a `LikelyStatement` is one."""

    @property
    def subject(self) -> NamedNode:
        """Return the subject."""
        ...

    @property
    def predicate(self) -> NamedNode:
        """Return the predicate."""
        ...

    @property
    def object(self) -> NamedNode:
        """Return the object."""
        ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """What speaks for a statement.

    Attributes:
        paths: over what other statements its subject leads to its object, the best first; with their sentences.
        nearest: triples that the model learnt from and the graph still has, with the same relation, whose ends are
            most like those of the statement; the likest first. None of an end that the model has no vector of.
        text: all of that in one line; says so where there is nothing.
    """

    paths: tuple[Path, ...]
    nearest: tuple[NamedTriple, ...]
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as a JSON object."""
        return {
            "text": self.text,
            "paths": [{"weight": path.weight, "steps": [step.to_json() for step in path.steps]} for path in self.paths],
            "nearest": [dict(zip(("subject", "predicate", "object"), triple, strict=True)) for triple in self.nearest],
        }


def explain(graph: KnowledgeGraph, model: TrainedModel, statement: Predicted) -> Explanation:
    """Return what speaks for a statement; of many statements `Explainer` says the same in less time."""
    return Explainer(graph, model).explain(statement)


class Explainer:
    """Explains statements of one graph by one model; what it has read of the graph, it does not read again."""

    def __init__(self, graph: KnowledgeGraph, model: TrainedModel) -> None:
        self._graph = graph
        self._finder = PathFinder(graph)
        self._relations = Relations(graph.ontology)
        self._nearest = _Nearest(model)
        self._names: Callable[[NamedNode], str] = words_for(graph)

    def explain(self, statement: Predicted) -> Explanation:
        """Return what speaks for a statement."""
        subject, predicate, object_ = statement.subject, statement.predicate, statement.object
        paths = tuple(self._finder.paths(subject, object_, without=(subject, predicate, object_)))
        learnt = self._relations.directed((subject.value, predicate.value, object_.value))
        found = (triple for triple in self._nearest.of(learnt) if self._is_there(triple))
        nearest = tuple(triple for triple, _ in zip(found, range(_NEAREST), strict=False))
        return Explanation(paths, nearest, self._words(paths, nearest))

    def _is_there(self, triple: NamedTriple) -> bool:
        """Tell whether the graph still says a triple, in whatever direction."""
        head, relation, tail = map(NamedNode, triple)
        said = [(head, relation, tail)]
        term = self._graph.ontology.properties.get(relation)
        said += [(tail, inverse, head) for inverse in (term.inverses if term else ())]
        return any(next(merged(self._graph, *each), None) is not None for each in said)

    def _words(self, paths: tuple[Path, ...], nearest: tuple[NamedTriple, ...]) -> str:
        said = []
        if paths:
            said.append(path_words(paths[0], self._names))
        if nearest:
            named = (" ".join(self._names(NamedNode(name)) for name in triple) for triple in nearest)
            said.append(f"like what is known: {'; '.join(named)}")
        if not said:
            return "nothing in the graph leads from the one to the other; only the model finds it likely"
        return ", and ".join(said)


class _Nearest:
    """Finds the triples of a model that are most like another one."""

    def __init__(self, model: TrainedModel) -> None:
        self._model = model
        self._rows = np.concatenate([np.zeros((0, 3), np.int32), *(
            model.triples[name] for name in ("training", "validation") if name in model.triples
        )])  # fmt: skip
        self._nearness = Nearness(model)

    def of(self, triple: NamedTriple) -> Iterator[NamedTriple]:
        """Yield triples with the same relation, the likest first; equal ones by their names."""
        entities, relations = self._model.entities, self._model.relations
        head, relation, tail = entities.get(triple[0]), relations.get(triple[1]), entities.get(triple[2])
        if head is None or relation is None or tail is None:
            return
        rows = self._rows[self._rows[:, 1] == relation]
        if not len(rows):
            return
        likeness = np.minimum(self._likeness(head, rows[:, 0]), self._likeness(tail, rows[:, 2]))
        is_other = (rows[:, 0] != head) | (rows[:, 2] != tail)
        chosen = np.flatnonzero((likeness >= _LEAST) & is_other)
        names = [(entities.names[row[0]], triple[1], entities.names[row[2]]) for row in rows[chosen].tolist()]
        order = sorted(range(len(chosen)), key=lambda place: (-round(float(likeness[chosen[place]]), 5), names[place]))
        yield from (names[place] for place in order[:_LOOKED_AT])

    def _likeness(self, entity: int, others: NDArray[np.int32]) -> NDArray[np.float32]:
        return self._nearness.cosines(entity, others)
