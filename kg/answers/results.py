"""From one way to understand a question to its answers: its query is run, and its rows get their sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kg.answers.answer import Answer, Sentence
from kg.answers.denials import is_denied, is_mostly_single
from kg.answers.evidence import chain, sentences_of, together, type_sentences
from kg.answers.fitting import Fitter, Fitting
from kg.answers.lexicon import Lexicon, verbs_of, words_of
from kg.answers.meaning import Holds, IsA, Moment, Named, Slot, Variable
from kg.answers.names import NameIndex, names_in
from kg.answers.numbers import number_property
from kg.answers.tense import is_about_now, is_of_the_past
from kg.answers.words import Token
from kg.answers.writing import Paths, Written, has_narrower, paths_of, write
from kg.explain.reading import merged, name_of
from kg.graph import KnowledgeGraph
from kg.query.sparql import run_sparql
from kg.rdf import Literal, NamedNode, Term
from kg.results import Boolean, Solutions

__all__ = ["Found", "Results"]

_MOST_ROWS = 10_000
_MOST_SENTENCES = 3
"""Sentences of one condition of one answer."""
_MOST_BEHIND = 5
"""Rows behind one answer whose sentences are given."""
_CITIES = frozenset("city town 城市 城镇".split())
_DATED_SHARE = 0.5
"""Of the things of a class so many must have a date for the first and the last of them to mean anything."""

_Row = dict[str, Term]


@dataclass(frozen=True, slots=True)
class Found:
    """What a query gave; `caution` says why it gives no answer although there are rows."""

    query: str
    answers: tuple[Answer, ...] = ()
    caution: str = ""


class Results:
    """Runs queries of one graph.

    Args:
        words: those of the question that are in no name.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        fitter: Fitter,
        lexicon: Lexicon,
        names: NameIndex,
        words: Sequence[Token],
    ) -> None:
        self._names = names
        self._graph = graph
        self._ontology = graph.ontology
        self._fitter = fitter
        self._lexicon = lexicon
        self._words = words
        self._narrow: dict[tuple[NamedNode, str], bool] = {}
        self._path_cache: dict[NamedNode, Paths] = {}
        self._verb_cache: dict[NamedNode, frozenset[str]] = {}
        self._said: dict[tuple[Term, tuple[NamedNode, ...], Term], list[Sentence]] = {}

    def of(self, fitting: Fitting) -> Found:
        """Return the answers to one way of understanding a question, in order of their names."""
        written = self._write(fitting)
        form = fitting.meaning.form
        if form == "whether":
            return self._whether(fitting, written)
        if form == "kind":
            return self._kinds(fitting, written)
        bindings = self._by_answer(written)
        if not bindings:
            fitting = self._widened(fitting)
            written = self._write(fitting)
            bindings = self._by_answer(written)
            if len(bindings) > 1:
                bindings = {}
        vague = self._vague(fitting, len(bindings))
        if vague:
            return Found(written.query, caution=vague)
        if bindings:
            past = frozenset(
                term
                for term, rows in bindings.items()
                if isinstance(term, NamedNode) and self._is_past(fitting, written, rows)
            )
            if past:
                names = ", ".join(sorted(name_of(self._graph, term) for term in past))
                written = self._write(fitting, past)
                if len(past) == len(bindings):
                    return Found(written.query, caution=f"The notes say it of the past: {names}.")
                bindings = {term: rows for term, rows in bindings.items() if term not in past}
        if form == "count":
            return self._count(fitting, written, bindings)
        if form in ("first", "last") and not self._are_dated(fitting, len(bindings)):
            return Found(written.query, caution="Too few of them have a date for one to be the first or the last.")
        return Found(written.query, tuple(self._things(fitting, written, bindings)))

    # --- queries

    def _write(self, fitting: Fitting, without: frozenset[Term] = frozenset()) -> Written:
        narrow = frozenset(
            each.word
            for each in fitting.meaning.conditions
            if isinstance(each, IsA) and each.word and self._is_narrow(each.class_iri, each.word)
        )
        return write(self._graph, self._fitter, fitting, narrow, without)

    def _is_narrow(self, class_iri: NamedNode, word: str) -> bool:
        """Tell whether the graph calls anything of a class by a narrower name."""
        if (class_iri, word) not in self._narrow:
            self._narrow[class_iri, word] = self._holds(has_narrower(self._graph, class_iri, word))
        return self._narrow[class_iri, word]

    def _holds(self, query: str) -> bool:
        result = run_sparql(self._graph, query)
        return isinstance(result, Boolean) and result.value

    def _rows(self, query: str) -> list[_Row]:
        result = run_sparql(self._graph, query)
        assert isinstance(result, Solutions)
        found = []
        for row in result.rows:
            pairs = zip(result.variables, row, strict=True)
            found.append({name: term for name, term in pairs if term is not None})
            if len(found) >= _MOST_ROWS:
                break
        return found

    def _by_answer(self, written: Written) -> dict[Term, list[_Row]]:
        found: dict[Term, list[_Row]] = {}
        for row in self._rows(written.bindings):
            found.setdefault(row["answer"], []).append(row)
        return found

    # --- kinds of answers

    def _things(self, fitting: Fitting, written: Written, bindings: dict[Term, list[_Row]]) -> Iterator[Answer]:
        seen = set()
        for row in self._rows(written.query):
            term, name = row["answer"], row.get("name")
            iri = term if isinstance(term, NamedNode) else None
            value = name.value if isinstance(name, Literal) else name_of(self._graph, term)
            key = value if iri is None else iri.value
            if key not in seen:
                seen.add(key)
                yield Answer(value, iri, tuple(self._evidence(fitting, written, bindings.get(term, []))))

    def _count(self, fitting: Fitting, written: Written, bindings: dict[Term, list[_Row]]) -> Found:
        if not bindings:
            return Found(written.query)
        number = number_property(self._ontology, fitting.meaning)
        if number is not None:
            label = self._ontology.label(number)
            known = len(bindings)
            caution = f"Notes name {known}; no statement “{label}” says how many there are."
            return Found(written.query, caution=caution)
        rows = [row for group in bindings.values() for row in group]
        return Found(written.query, (Answer(str(len(bindings)), None, tuple(self._evidence(fitting, written, rows))),))

    def _kinds(self, fitting: Fitting, written: Written) -> Found:
        target = fitting.meaning.target
        assert isinstance(target, Named)
        thing = fitting.things[target].iri
        found = []
        for row in self._rows(written.query):
            class_iri, name = row["answer"], row["name"]
            assert isinstance(class_iri, NamedNode) and isinstance(name, Literal)
            evidence = type_sentences(self._graph, thing, (class_iri,))[:_MOST_SENTENCES]
            found.append(Answer(name.value, class_iri, tuple(evidence)))
        return Found(written.query, tuple(found))

    def _whether(self, fitting: Fitting, written: Written) -> Found:
        """Say yes where it is stated, no where it is denied or something else is stated in its place."""
        holds = [each for each in fitting.meaning.conditions if isinstance(each, Holds)]
        if self._holds(written.query):
            rows = self._rows(written.bindings)
            if rows and self._is_past(fitting, written, rows):
                return Found(written.query, caution="The notes say it of the past.")
            vague = self._unknown_word(fitting)
            if vague:
                return Found(written.query, caution=vague)
            return Found(written.query, (Answer("yes", None, tuple(self._evidence(fitting, written, rows))),))
        if any(isinstance(each.object, Moment) for each in holds):
            return self._whether_so(fitting, written, holds)
        if not holds:
            unsaid = self._unsaid_word(fitting)
            if unsaid:
                return Found(written.query, caution=unsaid)
            is_known = self._is_of_known_class(fitting)
            return Found(written.query, (Answer("no", None, tuple(self._classes_said(fitting))),) if is_known else ())
        naming, against = self._naming(fitting, holds)
        if naming and not against:
            caution = (
                f"“{' '.join(naming[0].quote.split())}” ({naming[0].path}) names both, and does not say it plainly."
            )
            return Found(written.query, caution=caution)
        if not against:
            against = self._others(fitting, holds)
            if against and not all(self._is_single(each.relation.predicate) for each in holds):
                return Found(written.query, caution="Notes say it of others, and not that these are all.")
        return Found(written.query, (Answer("no", None, tuple(against[:_MOST_SENTENCES])),) if against else ())

    def _naming(self, fitting: Fitting, holds: Sequence[Holds]) -> tuple[list[Sentence], list[Sentence]]:
        """Return the sentences that name what is asked about, and those of them that deny it."""
        naming, against = list[Sentence](), list[Sentence]()
        for each in holds:
            if isinstance(each.subject, Named) and isinstance(each.object, Named):
                ends = [fitting.things[slot] for slot in (each.subject, each.object)]
                things = [member for end in ends for member in end.members]
                paths = self._paths(each.relation.predicate)
                words = words_of(self._lexicon, (*paths.forward, *paths.backward))
                found = together(self._graph, *(end.iri for end in ends))
                naming += found
                against += [one for one in found if is_denied(one, words, things, self._names)]
        return naming, against

    def _is_single(self, predicate: NamedNode) -> bool:
        paths = self._paths(predicate)
        return is_mostly_single(self._graph, paths.forward, paths.backward)

    def _whether_so(self, fitting: Fitting, written: Written, holds: Sequence[Holds]) -> Found:
        """Say no where a thing has another value."""
        for each in holds:
            others = self._others(fitting, (each,))
            if others:
                return Found(written.query, (Answer("no", None, tuple(others[:_MOST_SENTENCES])),))
        return Found(written.query)

    def _others(self, fitting: Fitting, holds: Sequence[Holds]) -> list[Sentence]:
        """Return the sentences that say to what else things are in the same relations."""
        found: list[Sentence] = []
        for each in holds:
            paths = self._paths(each.relation.predicate)
            for member in fitting.things[each.subject].members if isinstance(each.subject, Named) else ():
                pairs = [(q.object, (q.predicate,)) for p in paths.forward for q in merged(self._graph, member, p)]
                pairs += [
                    (q.subject, (q.predicate,)) for p in paths.backward for q in merged(self._graph, None, p, member)
                ]
                for other, predicates in sorted(pairs, key=lambda pair: str(pair[0])):
                    found += sentences_of(self._graph, member, predicates, other)[:1]
        return list(dict.fromkeys(found))

    def _classes_said(self, fitting: Fitting) -> Iterator[Sentence]:
        for each in fitting.meaning.conditions:
            if isinstance(each, IsA) and isinstance(each.term, Named):
                thing = fitting.things[each.term].iri
                classes = sorted(self._fitter.classes(thing), key=lambda iri: iri.value)
                yield from type_sentences(self._graph, thing, classes)[:_MOST_SENTENCES]

    def _is_of_known_class(self, fitting: Fitting) -> bool:
        return all(
            bool(self._fitter.classes(fitting.things[each.term].iri))
            for each in fitting.meaning.conditions
            if isinstance(each, IsA) and isinstance(each.term, Named)
        )

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
                if any(self._ontology.is_subclass(own, each.class_iri) for own in self._fitter.classes(iri)):
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

    def _are_dated(self, fitting: Fitting, count: int) -> bool:
        classes = [c for c in fitting.meaning.conditions if isinstance(c, IsA) and c.term == fitting.meaning.target]
        if count < 2 or len(classes) != 1:
            return count >= 2
        whole = replace(fitting.meaning, form="count", conditions=tuple(classes), order=None)
        rows = self._rows(self._write(Fitting(whole, {})).query)
        total = rows[0]["count"] if rows else None
        return not isinstance(total, Literal) or count >= _DATED_SHARE * int(total.value)

    def _is_past(self, fitting: Fitting, written: Written, rows: Sequence[_Row]) -> bool:
        """Tell whether the sentences of some rows all speak of what was, and the question of what is."""
        for each in fitting.meaning.conditions:
            if not isinstance(each, Holds) or (
                isinstance(each.object, Variable) and each.object == fitting.meaning.order
            ):
                continue
            verbs = self._verbs(each.relation.predicate)
            if not is_about_now(self._words, verbs):
                continue
            found = [s for row in rows for s in self._condition_evidence(fitting, written, each, row)]
            if found and all(is_of_the_past(self._without_names(sentence.quote), verbs) for sentence in found):
                return True
        return False

    def _paths(self, predicate: NamedNode) -> Paths:
        if predicate not in self._path_cache:
            self._path_cache[predicate] = paths_of(self._ontology, predicate)
        return self._path_cache[predicate]

    def _verbs(self, predicate: NamedNode) -> frozenset[str]:
        if predicate not in self._verb_cache:
            self._verb_cache[predicate] = verbs_of(self._lexicon, predicate)
        return self._verb_cache[predicate]

    def _sentences(self, subject: Term, predicates: tuple[NamedNode, ...], object_: Term) -> list[Sentence]:
        key = subject, predicates, object_
        if key not in self._said:
            self._said[key] = sentences_of(self._graph, *key)
        return self._said[key]

    def _without_names(self, quote: str) -> str:
        """Return a sentence without the names of things: those of `Delta Works` are no verbs."""
        for name, _ in names_in(quote, self._names):
            quote = quote.replace(name, " ")
        return quote

    # --- evidence

    def _evidence(self, fitting: Fitting, written: Written, rows: Sequence[_Row]) -> list[Sentence]:
        found: dict[Sentence, None] = {}
        for row in rows[: max(_MOST_BEHIND, 1)] if len(rows) > 4 * _MOST_BEHIND else rows:
            for each in fitting.meaning.conditions:
                sentences = list(self._condition_evidence(fitting, written, each, row))[:_MOST_SENTENCES]
                found.update(dict.fromkeys(sentences))
        return list(found)

    def _condition_evidence(
        self, fitting: Fitting, written: Written, each: Holds | IsA, row: _Row
    ) -> Iterator[Sentence]:
        def terms(slot: Slot) -> list[Term]:
            variable = written.variables.get(slot)
            if variable is not None and variable[1:] in row:
                return [row[variable[1:]]]
            if isinstance(slot, Named):
                return list(fitting.things[slot].members)
            return [term for name, term in sorted(row.items()) if name.startswith("date")]

        if isinstance(each, IsA):
            if each.word or isinstance(each.term, Named):
                things = [term for term in terms(each.term) if isinstance(term, NamedNode)]
                yield from (s for thing in things for s in type_sentences(self._graph, thing, (each.class_iri,)))
            return
        paths = self._paths(each.relation.predicate)
        predicates = (*paths.forward, *paths.backward)
        for subject in terms(each.subject):
            for object_ in terms(each.object):
                found = self._sentences(subject, predicates, object_)
                yield from found
                if not found and paths.is_transitive and isinstance(subject, NamedNode):
                    for left, right in chain(self._graph, subject, paths.forward, paths.backward, object_):
                        yield from sentences_of(self._graph, left, predicates, right)[:1]
