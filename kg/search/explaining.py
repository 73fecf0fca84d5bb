"""Why a passage was found: its words, its meaning, and the statements that lead to it, with their sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kg.graph import KnowledgeGraph
from kg.paths import Path, Sentence, Step, path_words
from kg.paths.evidence import sentence_of
from kg.rdf import KG, NamedNode
from kg.recommendation.model import Reason
from kg.search.collection import Collection, Floats
from kg.search.highlighting import QueryWords, name_places
from kg.search.hits import Recognised, Span, merged_spans
from kg.search.ranking import Hop, Ranked

__all__ = ["Explaining"]

_CLEAR = 0.3
"""The cosine from which on anybody would say that a passage is about what was asked."""
_MOST_NAMED = 6


@dataclass(frozen=True, eq=False)
class Explaining:
    """Says of the hits of one search why they were found.

    Args:
        graph: what sentences are read from.
        vector: of the query; None where meaning was not asked for.
        factors: (N,) by what the scores of notes were multiplied for what users said of them.
        untold: (N,) notes that no reason may name or quote. untold_nodes: (E,) what only these speak of.
    """

    collection: Collection
    graph: KnowledgeGraph
    words: QueryWords
    recognised: Sequence[Recognised]
    vector: Floats | None
    factors: Floats
    untold: NDArray[np.bool_]
    untold_nodes: NDArray[np.bool_]

    def why(self, ranked: Ranked, row: int) -> Iterator[Reason]:
        """Yield what each source found in a passage, in the order of what it did for its score."""
        passage = int(ranked.passages[row])
        shares = sorted((-float(part[row]), name) for name, part in ranked.parts.items() if part[row] > 0)
        for _, name in shares:
            if name == "words":
                yield self._of_words(passage)
            elif name == "vectors":
                yield self._of_meaning(passage)
            else:
                yield self._of_graph(passage, ranked.way(passage))
        factor = float(self.factors[self.collection.note_of[passage]])
        if factor != 1:
            yield Reason("feedback", f"Was found {'useful' if factor > 1 else 'wrong'} for such a question before")

    def spans(self, passage: int) -> tuple[Span, ...]:
        """Return what of a passage fits the query, by its places in the note."""
        text, start = self.collection.text(passage), int(self.collection.start[passage])
        found = [Span(start + first, start + end) for first, end in self.words.places(text)]
        for each in self.recognised:
            place = self.collection.entity(each.iri.value) if each.kind == "entity" else None
            if place is not None:
                names = self.collection.entities[place].names
                found += [Span(start + first, start + end, each.iri) for first, end in name_places(names, text)]
        return merged_spans(found)

    def _of_words(self, passage: int) -> Reason:
        """Return which words of the query a passage has, and which only its headings or its note's title."""
        collection = self.collection
        note = collection.notes[int(collection.note_of[passage])]
        own = self.words.found_in(collection.text(passage))
        above = self.words.found_in(" · ".join((note.title, *note.aliases, *collection.headings[passage])))
        parts = [f"Has {_listed(own)}"] if own else []
        others = [word for word in above if word not in own]
        if others:
            parts.append(f"{'its' if own else 'Its'} title or headings have {_listed(others)}")
        return Reason("words", "; ".join(parts) or "Has words of the query")

    def _of_meaning(self, passage: int) -> Reason:
        """Return how like the query a passage is."""
        likeness = 0.0 if self.vector is None else float(self.collection.vectors[passage] @ self.vector)
        how = "Means much the same" if likeness >= _CLEAR else "Means something a little like it"
        return Reason("vectors", f"{how} (likeness {likeness:.2f})")

    def _of_graph(self, passage: int, way: Sequence[Hop]) -> Reason:
        """Return what of the query a passage is about or names, or the statements that lead from there to it."""
        own = int(self.collection.entity_of_note[self.collection.note_of[passage]])
        named = list(dict.fromkeys(self._named(passage)))
        if own in named:
            return Reason("graph", f"Is about {self._name(own)}")
        if not way or any(self._is_untold(hop) for hop in way):
            told = _listed([self._name(place) for place in named], "")
            return Reason("graph", f"Speaks of {told}" if told else "Its note has other passages that fit")
        steps = tuple(self._step(hop) for hop in way)
        text = path_words(Path(steps, 0.0), self._called)
        sentences = dict.fromkeys(step.evidence for step in steps if step.evidence is not None)
        return Reason("graph", text, steps, tuple(sentences))

    def _named(self, passage: int) -> Iterator[int]:
        """Yield the entities of the query that a passage names, or that its note describes."""
        collection = self.collection
        named, _ = collection.mentions.row(passage)
        own = int(collection.entity_of_note[collection.note_of[passage]])
        for each in self.recognised:
            place = collection.entity(each.iri.value) if each.kind == "entity" else None
            if place is not None and (place == own or place in named):
                yield place

    def _is_untold(self, hop: Hop) -> bool:
        is_said_there = hop.passage >= 0 and bool(self.untold[self.collection.note_of[hop.passage]])
        return is_said_there or bool(self.untold_nodes[[hop.head, hop.tail]].any())

    @cached_property
    def _untold_notes(self) -> frozenset[str]:
        return frozenset(self.collection.notes[int(place)].iri for place in np.nonzero(self.untold)[0])

    def _step(self, hop: Hop) -> Step:
        collection = self.collection
        head, tail = collection.entities[hop.head].iri, collection.entities[hop.tail].iri
        is_stated = hop.predicate >= 0
        predicate = NamedNode(collection.edges.predicate_iris[hop.predicate]) if is_stated else KG["mentions"]
        subject, object_ = NamedNode(head), NamedNode(tail)
        return Step(subject, predicate, object_, hop.is_forward, self._sentence(hop, subject, predicate, object_))

    def _sentence(self, hop: Hop, subject: NamedNode, predicate: NamedNode, object_: NamedNode) -> Sentence | None:
        """Return the sentence of a statement; a note stands for what it describes as well, on both sides."""
        for first in (subject, *_notes(subject)):
            for second in (object_, *_notes(object_)):
                found = sentence_of(self.graph, first, predicate, second)
                if found is not None and found.note not in self._untold_notes:
                    return found
        return None

    def _called(self, iri: NamedNode) -> str:
        place = self.collection.entity(iri.value)
        if place is not None:
            return self._name(place)
        return self.graph.ontology.label(iri)

    def _name(self, place: int) -> str:
        entity = self.collection.entities[place]
        return entity.names[0] if entity.names else entity.iri


def _notes(iri: NamedNode) -> tuple[NamedNode, ...]:
    note, mark, _ = iri.value.partition("#it")
    return (NamedNode(note),) if mark else ()


def _listed(words: Sequence[str], mark: str = "“”") -> str:
    before, after = (mark[0], mark[1]) if mark else ("", "")
    told = ", ".join(f"{before}{word}{after}" for word in words[:_MOST_NAMED])
    return f"{told} and more" if len(words) > _MOST_NAMED else told
