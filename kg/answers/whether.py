"""Yes and no: yes where it is stated, no where a sentence or the ontology rules it out, else what is stated instead.

Notes leave most of the world out. That they say something else, or nothing, is no reason for a no.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.answers.answer import Answer, Sentence
from kg.answers.behind import Behind
from kg.answers.denials import is_denied
from kg.answers.evidence import sentences_of, together, type_sentences
from kg.answers.fitting import Fitter, Fitting
from kg.answers.lexicon import Lexicon, words_of
from kg.answers.meaning import Condition, Holds, IsA, Moment, Named
from kg.answers.moments import excludes
from kg.answers.names import NameIndex
from kg.answers.words import fold, share_form
from kg.explain.reading import classes_of, merged, name_of
from kg.graph import KnowledgeGraph
from kg.rdf import OWL, RDF, Literal, NamedNode, Term

__all__ = ["Refuter"]

_FUNCTIONAL = OWL["FunctionalProperty"]
_MOST_SENTENCES = 3
_MOST_NAMED = 5
"""Things that are named as what is stated instead."""


class Refuter:
    """Finds what says that a question of yes or no is to be answered with no, and what is stated where nothing does."""

    def __init__(
        self, graph: KnowledgeGraph, fitter: Fitter, lexicon: Lexicon, names: NameIndex, behind: Behind, was: bool
    ) -> None:
        """Keep what the question is about; `was` tells whether it asks for what was so."""
        self._was = was
        self._graph = graph
        self._ontology = graph.ontology
        self._fitter = fitter
        self._lexicon = lexicon
        self._names = names
        self._behind = behind

    def no(self, fitting: Fitting) -> Answer | None:
        """Return `no` with what rules one of the conditions out; None where nothing does."""
        for each in fitting.meaning.conditions:
            against = self._against(fitting, each)
            if against is None:
                continue
            shown = self._behind.held_back.others(against)
            if shown or not (against or self._is_of_held_back(fitting, each)):
                return Answer("no", None, tuple(shown[:_MOST_SENTENCES]))
        return None

    def instead(self, fitting: Fitting) -> str:
        """Say what is stated, where neither yes nor no is; empty where nothing near it is."""
        for each in fitting.meaning.conditions:
            if isinstance(each, Holds):
                naming = self._behind.held_back.others(self._naming(fitting, each))
                if naming:
                    quote = " ".join(naming[0].quote.split())
                    return f"“{quote}” ({naming[0].path}) names both, and does not say it plainly."
        said = [text for each in fitting.meaning.conditions for text in self._stated(fitting, each)]
        return " ".join(dict.fromkeys(said))

    # --- no

    def _against(self, fitting: Fitting, each: Condition) -> Sequence[Sentence] | None:
        """Return the sentences that rule a condition out; None where it is not ruled out."""
        if isinstance(each, IsA):
            return self._other_class(fitting, each)
        if isinstance(each.object, Moment):
            return self._other_value(fitting, each, each.object)
        denying = self._denying(fitting, each)
        return denying or self._other_only(fitting, each)

    def _other_class(self, fitting: Fitting, each: IsA) -> list[Sentence] | None:
        """A thing is of a class that nothing of the other class can be of."""
        if not isinstance(each.term, Named):
            return None
        thing = fitting.things[each.term].iri
        known = sorted(self._fitter.classes(thing), key=lambda iri: iri.value)
        if any(self._ontology.is_subclass(own, each.class_iri) for own in known):
            return None
        apart = [own for own in known if self._ontology.are_disjoint(own, each.class_iri)]
        if not apart or self._is_filed_under(fitting, each):
            return None
        return type_sentences(self._graph, thing, apart)

    def _is_filed_under(self, fitting: Fitting, each: IsA) -> bool:
        """Tell whether a thing has to do with what is called as a class is: `categories: [[Companies]]`."""
        assert isinstance(each.term, Named)
        term = self._ontology.classes[each.class_iri]
        words = {fold(label.text) for label in term.labels} | {each.word}
        for member in fitting.things[each.term].members:
            for quad in merged(self._graph, member):
                if quad.predicate != RDF["type"] and isinstance(quad.object, NamedNode):
                    name = fold(name_of(self._graph, quad.object))
                    if any(share_form(name, word) for word in words):
                        return True
        return False

    def _other_value(self, fitting: Fitting, each: Holds, moment: Moment) -> list[Sentence] | None:
        """A thing has one value, and it is another."""
        found = self._others(fitting, each)
        values = [other.value for other, _ in found if isinstance(other, Literal)]
        if len(set(values)) != 1 or not excludes(values[0], moment):
            return None
        return [sentence for _, said in found for sentence in said]

    def _denying(self, fitting: Fitting, each: Holds) -> list[Sentence] | None:
        if not isinstance(each.subject, Named) or not isinstance(each.object, Named):
            return None
        subject, object_ = (fitting.things[slot].members for slot in (each.subject, each.object))
        paths = self._behind.paths(each.relation.predicate)
        words = words_of(self._lexicon, (*paths.forward, *paths.backward))
        is_symmetric = each.relation.predicate in paths.backward
        naming = (*self._naming(fitting, each), *self._in_its_notes(fitting, each))
        found = self._behind.held_back.others(dict.fromkeys(naming))
        denying = [
            one for one in found if is_denied(one, words, subject, object_, self._names, is_symmetric, self._was)
        ]
        return denying or None

    def _other_only(self, fitting: Fitting, each: Holds) -> list[Sentence] | None:
        """There can be one only by the ontology, and it is another."""
        if not isinstance(each.object, Named):
            return None
        asked = set(fitting.things[each.object].members)
        for predicate in self._functional(each.relation.predicate):
            found = self._others(fitting, each, predicate)
            if found and not any(other in asked for other, _ in found):
                return [sentence for _, said in found for sentence in said]
        return None

    def _functional(self, predicate: NamedNode) -> list[NamedNode]:
        """Return of a property and those above it the ones of which there is one value only."""
        above = {predicate}
        terms = self._ontology.properties
        while more := {parent for each in above if each in terms for parent in terms[each].parents} - above:
            above |= more
        said = (each for each in self._ontology.triples if each.predicate == RDF["type"])
        found = {each.subject for each in said if each.object == _FUNCTIONAL and each.subject in above}
        return sorted((each for each in found if isinstance(each, NamedNode)), key=lambda each: each.value)

    # --- what is held back

    def _is_held_back(self, term: Term) -> bool:
        return self._behind.held_back.has(term)

    def _is_of_held_back(self, fitting: Fitting, each: Condition) -> bool:
        """Tell whether a condition is on something that is held back."""
        slots = (each.subject, each.object) if isinstance(each, Holds) else (each.term,)
        return any(self._is_held_back(fitting.things[slot].iri) for slot in slots if isinstance(slot, Named))

    # --- what is stated

    def _naming(self, fitting: Fitting, each: Holds) -> list[Sentence]:
        """Return the sentences that name both ends of a condition."""
        if isinstance(each.subject, Named) and isinstance(each.object, Named):
            return together(self._graph, *(fitting.things[slot].iri for slot in (each.subject, each.object)))
        return []

    def _in_its_notes(self, fitting: Fitting, each: Holds) -> list[Sentence]:
        """Return the sentences of the notes on one end of a condition that name the other: `It does not use X`."""
        if not isinstance(each.subject, Named) or not isinstance(each.object, Named):
            return []
        ends = [fitting.things[slot].members for slot in (each.subject, each.object)]
        pairs = [(note, thing) for own, other in (ends, ends[::-1]) for note in own[1:] for thing in other[:1]]
        return [sentence for note, thing in pairs for sentence in together(self._graph, note, thing)]

    def _stated(self, fitting: Fitting, each: Condition) -> Iterator[str]:
        if isinstance(each, IsA):
            if isinstance(each.term, Named):
                thing = fitting.things[each.term].iri
                is_known = self._fitter.classes(thing) and self._behind.may_tell_class(thing)
                known = ", ".join(classes_of(self._graph, thing)) if is_known else ""
                wanted = each.word or self._ontology.label(each.class_iri)
                name = self._behind.held_back.called(self._graph, thing, each.term.text)
                own = f"The notes have {name} as: {known}. " if known else ""
                yield f"{own}No note says of {name} that it is a “{wanted}”."
            return
        label = self._ontology.label(each.relation.predicate)
        names = sorted(
            name_of(self._graph, other)
            for other, said in self._others(fitting, each)
            if (self._behind.held_back.others(said) if said else not self._is_held_back(other))
        )
        if names and isinstance(each.subject, Named):
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            iri = fitting.things[each.subject].iri
            name = self._behind.held_back.called(self._graph, iri, each.subject.text)
            listed = ", ".join(names[:_MOST_NAMED])
            wanted = self._wanted(fitting, each)
            yield f"Stated: {name} “{label}” {listed}{more}. Nothing states {wanted}, and nothing rules it out."

    def _wanted(self, fitting: Fitting, each: Holds) -> str:
        if isinstance(each.object, Named):
            return self._behind.held_back.called(self._graph, fitting.things[each.object].iri, each.object.text)
        if isinstance(each.object, Moment):
            return each.object.text if each.object.side in ("is", "in") else f"{each.object.side} {each.object.text}"
        return "the other"

    def _others(
        self, fitting: Fitting, each: Holds, predicate: NamedNode | None = None
    ) -> list[tuple[Term, list[Sentence]]]:
        """Return to what a condition's subject is in the same relation, each once, with a sentence that says it.

        Args:
            predicate: another relation than that of the condition.
        """
        found: dict[Term, list[Sentence]] = {}
        paths = self._behind.paths(predicate or each.relation.predicate)
        predicates = (*paths.forward, *paths.backward)
        for member in fitting.things[each.subject].members if isinstance(each.subject, Named) else ():
            ends: list[Term] = [quad.object for p in paths.forward for quad in merged(self._graph, member, p)]
            ends += [quad.subject for p in paths.backward for quad in merged(self._graph, None, p, member)]
            for other in sorted(set(ends), key=str):
                said = sentences_of(self._graph, member, predicates, other)
                shown = self._behind.held_back.others(said)
                found.setdefault(other, []).extend((shown or said)[:1])
        return [(other, said) for other, said in found.items() if isinstance(other, NamedNode | Literal)]
