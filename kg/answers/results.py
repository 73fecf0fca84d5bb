"""From one way to understand a question to its answers: its query is run, and its rows get their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kg.answers.answer import Answer
from kg.answers.behind import Behind, Row
from kg.answers.evidence import type_sentences
from kg.answers.fitting import Fitter, Fitting
from kg.answers.held_back import HeldBack
from kg.answers.lexicon import Lexicon
from kg.answers.meaning import Condition, Holds, IsA, Moment, Named, Variable
from kg.answers.names import NameIndex
from kg.answers.numbers import number_property
from kg.answers.tense import (
    is_about_now,
    is_about_now_in_chinese,
    is_about_the_past,
    is_of_the_past,
    is_of_the_past_in_chinese,
)
from kg.answers.whether import Refuter
from kg.answers.words import Token, has_chinese
from kg.answers.writing import Written, has_narrower, write
from kg.explain.reading import name_of
from kg.graph import KnowledgeGraph
from kg.query.sparql import run_sparql
from kg.rdf import Literal, NamedNode, Term
from kg.results import Boolean, Solutions

__all__ = ["Found", "Results"]

_MOST_ROWS = 10_000
_MOST_SENTENCES = 3
_CITIES = frozenset("city town 城市 城镇".split())
_DATED_SHARE = 0.5
"""Of the things of a class so many must have a date for the first and the last of them to mean anything."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a query gave.

    Attributes:
        query: empty where it would give what is held back.
        caution: why there is no answer although there are rows, or near them.
        held_back: answers that only notes say that are held back.
        hint: what is stated instead, where another way to understand the question may have an answer; or what the
            answers leave out.
    """

    query: str
    answers: tuple[Answer, ...] = ()
    caution: str = ""
    held_back: int = 0
    hint: str = ""


class Results:
    """Runs queries of one graph.

    Args:
        words: those of the question that are in no name; `text` is all of it.
        held_back: the notes that answer nothing.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        fitter: Fitter,
        lexicon: Lexicon,
        names: NameIndex,
        words: Sequence[Token],
        text: str,
        held_back: HeldBack,
    ) -> None:
        self._graph = graph
        self._ontology = graph.ontology
        self._fitter = fitter
        self._words = words
        self._text = text if has_chinese(text) else ""
        self._held_back = held_back
        self._behind = Behind(graph, lexicon, names, held_back)
        was = is_about_the_past(words, self._text)
        self._refuter = Refuter(graph, fitter, lexicon, names, self._behind, was)
        self._narrow: dict[tuple[NamedNode, str], bool] = {}

    def of(self, fitting: Fitting) -> Found:
        """Return the answers to one way of understanding a question, in order of their names."""
        form = fitting.meaning.form
        if form == "whether":
            return self._whether(fitting, self._write(fitting))
        if form == "kind":
            return self._kinds(fitting, self._write(fitting))
        fitting, bindings = self._bound(fitting)
        if bindings is None:
            return Found(
                "", caution=f"It has too many rows, {_MOST_ROWS:,} or more: ask for less, or for hidden ones too."
            )
        held = frozenset(term for term, rows in bindings.items() if not rows)
        shown = {term: rows for term, rows in bindings.items() if rows}
        vague = self._vague(fitting, len(shown))
        if vague:
            return Found("" if held else self._write(fitting).query, caution=vague, held_back=len(held))
        past = self._past(fitting, shown)
        written = self._write(fitting, past | held)
        query = "" if held else written.query
        if past and len(past) == len(shown):
            names = ", ".join(sorted(name_of(self._graph, term) for term in past))
            return Found(query, caution=f"The notes say it of the past: {names}.", held_back=len(held))
        shown = {term: rows for term, rows in shown.items() if term not in past}
        if not shown:
            return Found(query, held_back=len(held))
        few = self._few_dated(fitting) or self._maybe_one(shown)
        if form == "count":
            caution = self._of_number(fitting, len(shown)) or few
        else:
            caution = self._of_order(fitting, written, shown)
        if caution:
            return Found(query, caution=caution, held_back=len(held))
        if form == "count":
            rows = [row for group in shown.values() for row in group]
            count = self._rows(written.query)[0]["count"]
            answers = [Answer(name_of(self._graph, count), None, self._behind.evidence(fitting, written, rows))]
        else:
            answers = list(self._things(fitting, written, shown))
        return Found(query, tuple(answers), held_back=len(held), hint=few)

    # --- queries

    def _write(self, fitting: Fitting, without: frozenset[Term] = frozenset()) -> Written:
        narrow = frozenset(
            each.word
            for each in fitting.meaning.conditions
            if isinstance(each, IsA) and each.word and self._is_narrow(each.class_iri, each.word)
        )
        return write(self._graph, self._fitter, fitting, narrow, without, "zh" if self._text else "en")

    def _is_narrow(self, class_iri: NamedNode, word: str) -> bool:
        """Tell whether the graph calls anything of a class by a narrower name."""
        if (class_iri, word) not in self._narrow:
            self._narrow[class_iri, word] = self._holds(has_narrower(self._graph, class_iri, word))
        return self._narrow[class_iri, word]

    def _holds(self, query: str) -> bool:
        result = run_sparql(self._graph, query)
        return isinstance(result, Boolean) and result.value

    def _rows(self, query: str) -> list[Row]:
        result = run_sparql(self._graph, query)
        assert isinstance(result, Solutions)
        found = []
        for row in result.rows:
            pairs = zip(result.variables, row, strict=True)
            found.append({name: term for name, term in pairs if term is not None})
            if len(found) >= _MOST_ROWS:
                break
        return found

    def _bound(self, fitting: Fitting) -> tuple[Fitting, dict[Term, list[Row]] | None]:
        """Return the rows of each answer that are not held back, and the meaning that has them.

        None stands for more rows than can be looked at, where some may be held back.
        """
        written = self._write(fitting)
        found = self._by_answer(fitting, written)
        if found is not None and not found:
            fitting = self._widened(fitting)
            found = self._by_answer(fitting, self._write(fitting))
            if found is not None and len(found) > 1:
                found = {}
        return fitting, found

    def _by_answer(self, fitting: Fitting, written: Written) -> dict[Term, list[Row]] | None:
        found: dict[Term, list[Row]] = {}
        bound = self._rows(written.bindings)
        if self._held_back and len(bound) >= _MOST_ROWS:
            return None
        for row in bound:
            rows = found.setdefault(row["answer"], [])
            if not self._behind.is_held_back(fitting, written, row):
                rows.append(row)
        return found

    # --- kinds of answers

    def _things(self, fitting: Fitting, written: Written, bindings: dict[Term, list[Row]]) -> Iterator[Answer]:
        seen = set()
        for row in self._rows(written.query):
            term, name = row["answer"], row.get("name")
            iri = term if isinstance(term, NamedNode) else None
            value = name.value if isinstance(name, Literal) else name_of(self._graph, term)
            key = value if iri is None else iri.value
            if key not in seen:
                seen.add(key)
                yield Answer(value, iri, self._behind.evidence(fitting, written, bindings.get(term, [])))

    def _kinds(self, fitting: Fitting, written: Written) -> Found:
        target = fitting.meaning.target
        assert isinstance(target, Named)
        things = (fitting.things[target].iri, *fitting.things[target].doubles)
        found, held = [], 0
        for row in self._rows(written.query):
            class_iri, name = row["answer"], row["name"]
            assert isinstance(class_iri, NamedNode) and isinstance(name, Literal)
            said = [each for thing in things for each in type_sentences(self._graph, thing, (class_iri,))]
            evidence = self._held_back.others(said)
            if all(self._held_back.has(thing) for thing in things) if not said else not evidence:
                held += 1
            else:
                found.append(Answer(name.value, class_iri, tuple(evidence[:_MOST_SENTENCES])))
        return Found("" if held else written.query, tuple(found), held_back=held)

    def _whether(self, fitting: Fitting, written: Written) -> Found:
        """Say yes where it is stated, no where something rules it out; else what is stated."""
        if not self._holds(written.query):
            no = self._refuter.no(fitting)
            if no is not None:
                return Found(written.query, (no,))
            return Found(written.query, caution=self._unsaid_word(fitting), hint=self._refuter.instead(fitting))
        rows = self._rows(written.bindings)
        shown = [row for row in rows if not self._behind.is_held_back(fitting, written, row)]
        if not shown:
            return Found("", held_back=1)
        if self._is_past(fitting, written, shown):
            return Found(written.query, caution="The notes say it of the past.")
        vague = self._unknown_word(fitting)
        if vague:
            return Found(written.query, caution=vague)
        return Found(written.query, (Answer("yes", None, self._behind.evidence(fitting, written, shown)),))

    # --- what an answer would leave unsaid

    def _widened(self, fitting: Fitting) -> Fitting:
        """Return a meaning with the class itself for a narrower name of it, where hardly anything else is meant."""
        conditions = tuple(
            replace(each, word="") if isinstance(each, IsA) and self._is_usual(fitting, each) else each
            for each in fitting.meaning.conditions
        )
        return replace(fitting, meaning=replace(fitting.meaning, conditions=conditions))

    def _is_usual(self, fitting: Fitting, condition: IsA) -> bool:
        """Tell whether something is a city because a thing that is no place itself is said to be there."""
        for each in fitting.meaning.conditions if condition.word in _CITIES else ():
            if isinstance(each, Holds) and condition.term in (each.subject, each.object):
                other = each.subject if each.object == condition.term else each.object
                classes = self._fitter.classes(fitting.things[other].iri) if isinstance(other, Named) else ()
                if any(self._ontology.is_subclass(own, condition.class_iri) for own in classes):
                    return False
        return condition.word in _CITIES and self._fitter.is_implied_by(condition, fitting.meaning.conditions)

    def _unknown_word(self, fitting: Fitting) -> str:
        """Say which narrower name no note has used of anything; else nothing."""
        for each in fitting.meaning.conditions:
            if isinstance(each, IsA) and each.word and not self._is_narrow(each.class_iri, each.word):
                return f"No note says of anything that it is a “{each.word}”."
        return ""

    def _unsaid_word(self, fitting: Fitting) -> str:
        """Say of which thing of a class nobody said the narrower name that is asked for; else nothing."""
        for each in fitting.meaning.conditions:
            if isinstance(each, IsA) and each.word and isinstance(each.term, Named):
                iri = fitting.things[each.term].iri
                is_known = any(self._ontology.is_subclass(own, each.class_iri) for own in self._fitter.classes(iri))
                if is_known and self._behind.may_tell_class(iri):
                    return f"No note says of {name_of(self._graph, iri)} that it is a “{each.word}”."
        return ""

    def _vague(self, fitting: Fitting, count: int) -> str:
        """Say which narrower name no note has used, so that nobody knows which of several are meant; else nothing."""
        target = fitting.meaning.target
        for each in fitting.meaning.conditions:
            if not isinstance(each, IsA) or each.term != target or not each.word:
                continue
            is_open = count > 1 or (count == 1 and not self._is_usual(fitting, each))
            if is_open and not self._is_narrow(each.class_iri, each.word):
                return f"No note says of anything that it is a “{each.word}”, so it is not known which are meant."
        return ""

    def _of_number(self, fitting: Fitting, count: int) -> str:
        """Say that there may be more than those that are known by name, where notes would give the number."""
        number = number_property(self._ontology, fitting.meaning)
        if number is None:
            return ""
        return f"Notes name {count}; no statement “{self._ontology.label(number)}” says how many there are."

    def _of_order(self, fitting: Fitting, written: Written, bindings: Mapping[Term, list[Row]]) -> str:
        """Say why the dates do not tell which is the first or the last; else nothing."""
        order, form = fitting.meaning.order, fitting.meaning.form
        if order is None or form not in ("first", "last"):
            return ""
        if not self._are_dated(fitting, len(bindings)):
            return "Too few of them have a date for one to be the first or the last."
        name = written.variables[order][1:]
        dates = {name_of(self._graph, row[name]) for rows in bindings.values() for row in rows}
        best = min(dates) if form == "first" else max(dates)
        if any(date != best and (date.startswith(best) or best.startswith(date)) for date in dates):
            return "Their dates do not say which is the first or the last: some have no month, or no day."
        return ""

    def _are_dated(self, fitting: Fitting, count: int) -> bool:
        classes = self._classes_asked(fitting)
        return count >= 2 and (len(classes) != 1 or count >= _DATED_SHARE * self._number_of(fitting, classes))

    def _few_dated(self, fitting: Fitting) -> str:
        """Say how many of a class have a date, where a question of a time leaves most of them out; else nothing."""
        target, classes = fitting.meaning.target, self._classes_asked(fitting)
        for each in fitting.meaning.conditions:
            if not isinstance(each, Holds) or each.subject != target or not isinstance(each.object, Moment):
                continue
            if each.object.side == "is" or len(classes) != 1 or len(fitting.meaning.conditions) != 2:
                continue
            dated = self._number_of(fitting, [*classes, replace(each, object=Variable(-1))])
            total = self._number_of(fitting, classes)
            if dated < _DATED_SHARE * total:
                label, kind = (self._ontology.label(iri) for iri in (each.relation.predicate, classes[0].class_iri))
                return f"Of {total} of the class “{kind}”, {dated} have a “{label}”: there may be others."
        return ""

    def _maybe_one(self, terms: Iterable[Term]) -> str:
        """Say which two answers may be one, by a name that is a part of the other's; else nothing."""
        names = sorted({name_of(self._graph, term) for term in terms if isinstance(term, NamedNode)})
        ends = {end: name for name in names if " " in name for end in (name.split()[0], name.split()[-1])}
        double = next((name for name in names if name in ends), None)
        if double is None:
            return ""
        return f"“{double}” may be “{ends[double]}”: if they are one, merge them (kg decide merge IRI IRI)."

    def _classes_asked(self, fitting: Fitting) -> list[IsA]:
        conditions = fitting.meaning.conditions
        return [each for each in conditions if isinstance(each, IsA) and each.term == fitting.meaning.target]

    def _number_of(self, fitting: Fitting, conditions: Sequence[Condition]) -> int:
        """Return how many things meet some conditions on what is asked for."""
        whole = replace(fitting.meaning, form="count", conditions=tuple(conditions), order=None)
        count = self._rows(self._write(Fitting(whole, {})).query)[0]["count"]
        return int(name_of(self._graph, count))

    def _past(self, fitting: Fitting, bindings: Mapping[Term, list[Row]]) -> frozenset[Term]:
        """Return the answers of which the notes speak as of what was, where the question asks for what is."""
        written = self._write(fitting)
        return frozenset(
            term
            for term, rows in bindings.items()
            if isinstance(term, NamedNode) and self._is_past(fitting, written, rows)
        )

    def _is_past(self, fitting: Fitting, written: Written, rows: Sequence[Row]) -> bool:
        """Tell whether the sentences of some rows all speak of what was, and the question of what is."""
        for each in fitting.meaning.conditions:
            if not isinstance(each, Holds) or (
                isinstance(each.object, Variable) and each.object == fitting.meaning.order
            ):
                continue
            verbs, chinese = (read(each.relation.predicate) for read in (self._behind.verbs, self._behind.chinese))
            if not (is_about_now(self._words, verbs) or is_about_now_in_chinese(self._text, chinese)):
                continue
            said = (s for row in rows for s in self._behind.of_condition(fitting, written, each, row))
            quotes = [self._behind.without_names(sentence.quote) for sentence in self._held_back.others(said)]
            past = [is_of_the_past(quote, verbs) or is_of_the_past_in_chinese(quote, chinese) for quote in quotes]
            if past and all(past):
                return True
        return False
