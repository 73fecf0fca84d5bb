"""What a graph knows of the things in a question: whom a name stands for, and which meanings can be at all."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kg.answers.meaning import Condition, Holds, IsA, Meaning, Moment, Named, Slot, Variable
from kg.answers.names import Candidate, NameIndex
from kg.explain.reading import merged, name_of
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.ontology.model import ENTITY, PropertyTerm
from kg.rdf import KG, RDF, NamedNode

__all__ = ["Fitter", "Fitting"]

_UNKNOWN, _UNRELATED = 0.1, 1.0
_UNTYPED, _UNDESCRIBED = 0.05, 0.02
_MOST_CHOICES = 12
TAG = KG["Tag"]


@dataclass(frozen=True, slots=True)
class Fitting:
    """A meaning with what its names stand for, and the classes that its things must have beside."""

    meaning: Meaning
    things: Mapping[Named, Candidate]

    @property
    def cost(self) -> float:
        """Return how unlikely it is that this is meant."""
        return self.meaning.cost


class Fitter:
    """Chooses among what names stand for by the classes of things, and leaves out what no property allows."""

    def __init__(self, graph: KnowledgeGraph, names: NameIndex) -> None:
        self._graph = graph
        self._ontology: Ontology = graph.ontology
        self._names = names
        self._classes: dict[NamedNode, frozenset[NamedNode]] = {}
        self._tags = f"{graph.minter.base}tag/"
        named = self._ontology.class_named
        agent, person = named("agent") or named("person"), named("person") or named("agent")
        self._kinds = {"agent": agent, "person": person, "place": named("place") or named("location")}

    def fit(self, meaning: Meaning, is_held_back: Callable[[NamedNode], bool] | None = None) -> Iterator[Fitting]:
        """Yield the ways in which a meaning may be understood, the likeliest first.

        Args:
            is_held_back: tells of a thing whether no name stands for it that can stand for another.
        """
        named = list(dict.fromkeys(term for term in self._terms(meaning) if isinstance(term, Named)))
        choices = []
        for text in (each.text for each in named):
            candidates = self._names.candidates(text)
            shown = [each for each in candidates if is_held_back is None or not is_held_back(each.iri)]
            choices.append(self._likeliest(shown or candidates))
        found = []
        for chosen in itertools.islice(itertools.product(*choices), _MOST_CHOICES):
            things = dict(zip(named, chosen, strict=True))
            cost = self._cost(meaning, things)
            if cost is not None:
                more = sum(each.cost for each in chosen)
                found.append(Fitting(self._with_kind(meaning).with_cost(cost + more), things))
        yield from sorted(found, key=lambda each: (each.cost, [c.iri.value for c in each.things.values()]))

    def with_doubles(self, fitting: Fitting, others: Iterable[Fitting]) -> Fitting:
        """Return a way to understand a question with all that its names stand for in the same sense.

        Notes that speak of one thing may have it found as several: a place here, software there. Things of one name
        that are of other classes are asked together, but for those that have notes of their own.
        """
        things = dict(fitting.things)
        for other in others:
            if other.meaning.form != fitting.meaning.form or other.meaning.conditions != fitting.meaning.conditions:
                continue
            differing = [each for each in things if other.things[each].iri not in things[each].members]
            if len(differing) == 1 and self._may_be_one(things[differing[0]], other.things[differing[0]]):
                things[differing[0]] = things[differing[0]].with_double(other.things[differing[0]])
        return replace(fitting, things=things)

    def _may_be_one(self, left: Candidate, right: Candidate) -> bool:
        is_one_name = name_of(self._graph, left.iri) == name_of(self._graph, right.iri)
        is_noted = len(left.members) > 1 + len(left.doubles) and len(right.members) > 1
        classes = [self.classes(iri) for iri in (left.iri, *left.doubles)]
        return is_one_name and not is_noted and self.classes(right.iri) not in classes

    def _likeliest(self, candidates: list[Candidate]) -> list[Candidate]:
        """Return what a name may stand for; what has a class, and what has a note, before others of the same name."""
        is_typed = any(self.classes(each.iri) for each in candidates)
        is_described = any(len(each.members) > 1 for each in candidates)
        found = []
        for each in candidates:
            more = _UNTYPED if is_typed and not self.classes(each.iri) else 0.0
            more += _UNDESCRIBED if is_described and len(each.members) == 1 else 0.0
            found.append(replace(each, cost=each.cost + more))
        return sorted(found, key=lambda each: (each.cost, each.iri.value))

    def _terms(self, meaning: Meaning) -> Iterator[Slot]:
        if meaning.target is not None:
            yield meaning.target
        for each in meaning.conditions:
            yield from (each.subject, each.object) if isinstance(each, Holds) else (each.term,)

    def classes(self, iri: NamedNode) -> frozenset[NamedNode]:
        """Return the classes of a thing that the ontology has, but for the one of everything."""
        if iri not in self._classes:
            found = (quad.object for quad in merged(self._graph, iri, RDF["type"]))
            known = (each for each in found if isinstance(each, NamedNode) and each in self._ontology.classes)
            self._classes[iri] = frozenset(known) - {ENTITY}
        return self._classes[iri]

    # --- what a property allows

    def _cost(self, meaning: Meaning, things: Mapping[Named, Candidate]) -> float | None:
        """Return how little a meaning fits, None if it cannot be."""
        if meaning.form == "kind" and isinstance(meaning.target, Named) and self._is_tag(things[meaning.target].iri):
            return None
        cost = 0.0
        wanted = {each.term: each.class_iri for each in meaning.conditions if isinstance(each, IsA)}
        for each in meaning.conditions:
            if isinstance(each, Holds):
                more = self._relation_cost(each, meaning, things, wanted)
            else:
                more = self._class_cost(each, things, meaning.form == "whether")
            if more is None:
                return None
            cost += more
        kind = self._kinds.get(meaning.kind)
        if kind is not None and meaning.target in wanted and not self._is_kind_free(meaning):
            more = self._asked_class(wanted[meaning.target], (frozenset((kind,)),))
            return None if more is None else cost + more
        return cost

    def _is_kind_free(self, meaning: Meaning) -> bool:
        """Tell whether `where` asks for what stands at a property, which need be no place."""
        holds = (each for each in meaning.conditions if isinstance(each, Holds))
        return meaning.kind == "place" and any(each.object == meaning.target for each in holds)

    def _class_cost(self, condition: IsA, things: Mapping[Named, Candidate], is_asked: bool) -> float | None:
        if isinstance(condition.term, Named) and self._is_tag(things[condition.term].iri):
            return None
        if is_asked or not isinstance(condition.term, Named):
            return 0.0
        return self._among(self.classes(things[condition.term].iri), (frozenset((condition.class_iri,)),))

    def _relation_cost(
        self, each: Holds, meaning: Meaning, things: Mapping[Named, Candidate], wanted: Mapping[Slot, NamedNode]
    ) -> float | None:
        predicate = each.relation.predicate
        term = self._ontology.properties.get(predicate)
        domains = self._ontology.domains(predicate)
        ranges = () if term is not None and term.is_data else self._ontology.ranges(predicate)
        if term is not None and term.is_data and isinstance(each.object, Named):
            return None
        if isinstance(each.object, Moment) and (term is None or is_date(term) == (each.object.side == "is")):
            return None
        if isinstance(each.subject, Moment):
            return None
        cost = 0.0
        for slot, side in ((each.subject, domains), (each.object, ranges)):
            # `where does X work` is answered by an organisation, not by a place
            is_free = meaning.kind == "place" and slot == each.object
            more = self._side_cost(slot, side, meaning, things, wanted, is_free)
            if more is None:
                return None
            cost += more
        if isinstance(each.object, Variable):
            if term is not None and term.is_data and each.object in wanted:
                return None
            if meaning.target == each.object:
                if meaning.form == "count" and term is not None and term.is_data:
                    return None
                kind_cost = self._object_kind_cost(term, meaning)
                return None if kind_cost is None else cost + kind_cost
        if meaning.target == each.subject and meaning.kind == "date":
            return None
        return cost

    def _object_kind_cost(self, term: PropertyTerm | None, meaning: Meaning) -> float | None:
        is_data = term is not None and term.is_data
        if meaning.kind == "date":
            return 0.0 if term is None or is_date(term) else None
        if meaning.kind in ("agent", "person", "place") and is_data:
            return None
        return 0.0

    def _side_cost(
        self,
        slot: Slot,
        side: tuple[frozenset[NamedNode], ...],
        meaning: Meaning,
        things: Mapping[Named, Candidate],
        wanted: Mapping[Slot, NamedNode],
        is_free: bool,
    ) -> float | None:
        if isinstance(slot, Named):
            if self._is_tag(things[slot].iri) and not any(TAG in options for options in side):
                return None  # a tag is called as many other things are, and only notes have it
            cost = self._among(self.classes(things[slot].iri), side, meaning.form == "whether")
            if cost != 0 and len(things[slot].members) > 1:  # the note about it may be what stands there
                as_note = self._among(frozenset((KG["Note"],)), side)
                if as_note is not None:
                    cost = as_note + _UNKNOWN if cost is None else min(cost, as_note + _UNKNOWN)
            return cost
        if slot in wanted:
            return self._asked_class(wanted[slot], side)
        if slot == meaning.target and meaning.kind in self._kinds:
            wanted_class = self._kinds[meaning.kind]
            return 0.0 if wanted_class is None or is_free else self._asked_class(wanted_class, side)
        return 0.0

    def _is_tag(self, iri: NamedNode) -> bool:
        return iri.value.startswith(self._tags)

    def _asked_class(self, class_iri: NamedNode, side: tuple[frozenset[NamedNode], ...]) -> float | None:
        """Return 0 where what stands on a side of a property may be of a class, None where it may not."""
        is_subclass = self._ontology.is_subclass
        for options in side:
            if not any(is_subclass(class_iri, each) or is_subclass(each, class_iri) for each in options):
                return None
        return 0.0

    def _among(
        self, classes: frozenset[NamedNode], side: tuple[frozenset[NamedNode], ...], is_asked: bool = False
    ) -> float | None:
        """Return what it costs that a thing of some classes stands on a side of a property, None if it cannot.

        Args:
            is_asked: the question is whether it does; then the answer may be no.
        """
        ontology, cost = self._ontology, 0.0
        for options in side:
            if any(each == ENTITY or ontology.is_subclass(own, each) for own in classes for each in options):
                continue
            if ENTITY in options:
                continue
            if not classes or any(ontology.is_subclass(each, own) for own in classes for each in options):
                cost += _UNKNOWN
            elif not is_asked and all(ontology.are_disjoint(own, each) for own in classes for each in options):
                return None
            else:
                cost += _UNRELATED
        return cost

    # --- what a question word asks for

    def _with_kind(self, meaning: Meaning) -> Meaning:
        """Return a meaning with the class that its question word asks for, where no property says it already."""
        class_iri = self._kinds.get(meaning.kind)
        target = meaning.target
        if class_iri is None or not isinstance(target, Variable) or self._is_implied(meaning, target, class_iri):
            return meaning
        return replace(meaning, conditions=(*meaning.conditions, IsA(target, class_iri)))

    def _is_implied(self, meaning: Meaning, target: Variable, class_iri: NamedNode) -> bool:
        """Tell whether a property allows things of a class only; `where` is also answered by who somebody works for."""
        for each in meaning.conditions:
            if not isinstance(each, Holds):
                continue
            predicate = each.relation.predicate
            for slot, side in (
                (each.subject, self._ontology.domains(predicate)),
                (each.object, self._ontology.ranges(predicate)),
            ):
                if slot == target and any(self._is_within(options, class_iri, meaning) for options in side):
                    return True
        return False

    def _is_within(self, options: frozenset[NamedNode], class_iri: NamedNode, meaning: Meaning) -> bool:
        is_narrow = all(each != ENTITY for each in options)
        if meaning.kind == "place" and is_narrow:
            return True
        return all(self._ontology.is_subclass(each, class_iri) for each in options)

    def is_implied_by(self, condition: IsA, conditions: tuple[Condition, ...]) -> bool:
        """Tell whether a property that a thing stands at allows things of the class only."""
        for each in conditions:
            if isinstance(each, Holds):
                sides = (
                    (each.subject, self._ontology.domains(each.relation.predicate)),
                    (each.object, self._ontology.ranges(each.relation.predicate)),
                )
                for slot, side in sides:
                    for options in side if slot == condition.term else ():
                        if all(self._ontology.is_subclass(option, condition.class_iri) for option in options):
                            return True
        return False


def is_date(term: PropertyTerm) -> bool:
    """Tell whether the values of a property are dates."""
    if term.value_kind == "date":
        return True
    names = {each.value.rsplit("#", 1)[-1] for options in term.ranges for each in options}
    return term.is_data and bool(names & {"date", "dateTime", "gYear", "gYearMonth"})
