"""What stands behind the rows of an answer: the sentences of each condition, and which of them may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.answers.answer import Sentence
from kg.answers.evidence import chain, sentences_of, type_sentences
from kg.answers.fitting import Fitting
from kg.answers.held_back import HeldBack
from kg.answers.lexicon import Lexicon, verbs_of, words_of
from kg.answers.meaning import Condition, Holds, IsA, Named, Slot
from kg.answers.names import NameIndex, names_in
from kg.answers.words import has_chinese
from kg.answers.writing import Paths, Written, paths_of
from kg.explain.reading import merged
from kg.graph import KnowledgeGraph
from kg.rdf import KG, RDF, NamedNode, Term

__all__ = ["Behind", "Row"]

_MOST_SENTENCES = 3
"""Sentences of one condition of one answer."""
_MOST_BEHIND = 5
"""Rows behind one answer whose sentences are given."""

Row = dict[str, Term]
_Way = tuple[list[Sentence], ...]
"""How a condition is met: a step, or several that follow each other, each with the sentences that say it."""


class Behind:
    """Gives the sentences behind the rows of one question's queries.

    Args:
        held_back: the notes of which no sentence is given.
    """

    def __init__(self, graph: KnowledgeGraph, lexicon: Lexicon, names: NameIndex, held_back: HeldBack) -> None:
        self.graph = graph
        self.held_back = held_back
        self._lexicon = lexicon
        self._names = names
        self._path_cache: dict[NamedNode, Paths] = {}
        self._verb_cache: dict[NamedNode, frozenset[str]] = {}
        self._chinese_cache: dict[NamedNode, frozenset[str]] = {}
        self._said: dict[tuple[Term, tuple[NamedNode, ...], Term], list[Sentence]] = {}

    def paths(self, predicate: NamedNode) -> Paths:
        """Return the properties that say a relation."""
        if predicate not in self._path_cache:
            self._path_cache[predicate] = paths_of(self.graph.ontology, predicate)
        return self._path_cache[predicate]

    def verbs(self, predicate: NamedNode) -> frozenset[str]:
        """Return the English verbs that say a property."""
        if predicate not in self._verb_cache:
            self._verb_cache[predicate] = verbs_of(self._lexicon, predicate)
        return self._verb_cache[predicate]

    def chinese(self, predicate: NamedNode) -> frozenset[str]:
        """Return the Chinese words that say a property."""
        if predicate not in self._chinese_cache:
            found = words_of(self._lexicon, (predicate,))
            self._chinese_cache[predicate] = frozenset(word for word in found if has_chinese(word))
        return self._chinese_cache[predicate]

    def without_names(self, quote: str) -> str:
        """Return a sentence without the names of things: those of `Delta Works` are no verbs."""
        for name, _ in names_in(quote, self._names):
            quote = quote.replace(name, " ")
        return quote

    def evidence(self, fitting: Fitting, written: Written, rows: Sequence[Row]) -> tuple[Sentence, ...]:
        """Return the sentences behind some rows that may be shown, each once."""
        found: dict[Sentence, None] = {}
        conditions = fitting.meaning.conditions
        for row in rows[:_MOST_BEHIND] if len(rows) > 4 * _MOST_BEHIND else rows:
            for each in conditions:
                said = self.of_condition(fitting, written, each, row, _is_of_classes(conditions))
                found.update(dict.fromkeys(self.held_back.others(said)[:_MOST_SENTENCES]))
        return tuple(found)

    def is_held_back(self, fitting: Fitting, written: Written, row: Row) -> bool:
        """Tell whether only notes that are held back say one of the conditions of a row, or the row is such a note."""
        if not self.held_back:
            return False
        if any(self.held_back.is_note(term) for term in row.values()):
            return True
        conditions = fitting.meaning.conditions
        is_said = False
        for each in conditions:
            ways = [way for way in self._ways(fitting, written, each, row, _is_of_classes(conditions)) if any(way)]
            if ways and not any(self._is_open(way) for way in ways):
                return True
            is_said = is_said or bool(ways)
        return not is_said and any(self.held_back.has(term) for term in row.values())

    def of_condition(
        self, fitting: Fitting, written: Written, each: Holds | IsA, row: Row, with_class: bool = False
    ) -> Iterator[Sentence]:
        """Yield the sentences that say a condition of a row; of a way of several steps one for each.

        Args:
            with_class: also those that say of what class what is asked for is, where the question says no narrower one.
        """
        for way in self._ways(fitting, written, each, row, with_class):
            for said in way:
                yield from said if len(way) == 1 else self._first_shown(said)

    def _ways(
        self, fitting: Fitting, written: Written, each: Holds | IsA, row: Row, with_class: bool
    ) -> Iterator[_Way]:
        """Yield the ways in which a condition of a row is met."""

        def terms(slot: Slot) -> list[Term]:
            variable = written.variables.get(slot)
            if variable is not None and variable[1:] in row:
                return [row[variable[1:]]]
            if isinstance(slot, Named):
                return list(fitting.things[slot].members)
            return [term for name, term in sorted(row.items()) if name.startswith("date")]

        if isinstance(each, IsA):
            if each.word or with_class or isinstance(each.term, Named):
                things = [term for term in terms(each.term) if isinstance(term, NamedNode)]
                for thing in things:
                    yield (type_sentences(self.graph, thing, self._classes_below(thing, each.class_iri)),)
            return
        paths = self.paths(each.relation.predicate)
        predicates = (*paths.forward, *paths.backward)
        for subject in terms(each.subject):
            for object_ in terms(each.object):
                found = self._sentences(subject, predicates, object_)
                is_open = bool(found) and self._is_open((found,))
                if not is_open and paths.is_transitive and isinstance(subject, NamedNode):
                    yield self._steps(subject, paths, object_)
                elif not found and isinstance(subject, NamedNode):  # what is said of its note, as a tag is
                    for quad in merged(self.graph, predicate=KG["describes"], object=subject):
                        yield (self._sentences(quad.subject, predicates, object_),)
                else:
                    yield (found,)

    def may_tell_class(self, thing: NamedNode) -> bool:
        """Tell whether a note that may be shown says of what class a thing is, or nothing of it is held back."""
        classes = (quad.object for quad in merged(self.graph, thing, RDF["type"]))
        said = type_sentences(self.graph, thing, (each for each in classes if isinstance(each, NamedNode)))
        return bool(self.held_back.others(said)) or not self.held_back.has(thing)

    def _is_open(self, way: _Way) -> bool:
        """Tell whether no step of a way is said by notes alone that are held back."""
        return all(not said or self.held_back.others(said) for said in way)

    def _first_shown(self, said: list[Sentence]) -> list[Sentence]:
        """Return the first of some sentences that may be shown; where none may, the first."""
        return (self.held_back.others(said) or said)[:1]

    def _steps(self, subject: NamedNode, paths: Paths, end: Term) -> _Way:
        """Return the steps from one thing to another: a way that may be shown, where there is one."""
        predicates = (*paths.forward, *paths.backward)

        def is_stated(left: Term, right: Term) -> bool:
            return bool(self._sentences(left, predicates, right)) or self._is_given(left, predicates, right)

        def is_open(left: Term, right: Term) -> bool:
            return is_stated(left, right) and self._is_open((self._sentences(left, predicates, right),))

        for may_step in (is_open, is_stated, None) if self.held_back else (None,):
            way = chain(self.graph, subject, paths.forward, paths.backward, end, may_step)
            if way:
                return tuple(self._sentences(left, predicates, right) for left, right in way)
        return ()

    def _is_given(self, left: Term, predicates: tuple[NamedNode, ...], right: Term) -> bool:
        """Tell whether some graph says that two things are in one of some relations, and it does not merely follow."""
        inferred = self.graph.minter.graph("inferred")
        return any(
            quad.predicate in predicates and quad.graph_name != inferred
            for subject, object_ in ((left, right), (right, left))
            if isinstance(subject, NamedNode)
            for quad in self.graph.store.match(subject, None, object_)
        )

    def _classes_below(self, thing: NamedNode, class_iri: NamedNode) -> list[NamedNode]:
        """Return a class, then the narrower ones that a thing is of."""
        ontology = self.graph.ontology
        own = {quad.object for quad in merged(self.graph, thing, RDF["type"])} - {class_iri}
        below = [each for each in own if isinstance(each, NamedNode) and ontology.is_subclass(each, class_iri)]
        return [class_iri, *sorted(below, key=lambda each: each.value)]

    def _sentences(self, subject: Term, predicates: tuple[NamedNode, ...], object_: Term) -> list[Sentence]:
        key = subject, predicates, object_
        if key not in self._said:
            self._said[key] = sentences_of(self.graph, *key)
        return self._said[key]


def _is_of_classes(conditions: Sequence[Condition]) -> bool:
    """Tell whether conditions say only of what class things are, which is then what their sentences say."""
    return all(isinstance(each, IsA) for each in conditions)
