"""Answering questions from the statements of a graph; what it cannot answer, it says."""

from __future__ import annotations

from collections.abc import Sequence

from kg.answers.answer import Reply
from kg.answers.chinese import read_chinese
from kg.answers.english import Words, read_english
from kg.answers.fitting import Fitter, Fitting
from kg.answers.held_back import NOTHING_HELD_BACK, HeldBack, read_held_back
from kg.answers.lexicon import Lexicon, read_lexicon
from kg.answers.meaning import Holds, IsA, Meaning, Moment, Named, Relation, Slot
from kg.answers.misses import why_not
from kg.answers.names import IN_PART, NameIndex, names_in, read_names
from kg.answers.results import Found, Results
from kg.answers.words import fold, has_chinese
from kg.errors import InputError
from kg.explain.reading import merged, name_of
from kg.graph import KnowledgeGraph
from kg.rdf import Literal, NamedNode

__all__ = ["LONGEST_QUESTION", "Asker"]

LONGEST_QUESTION = 500
_MOST_TRIED = 30
"""Ways to understand a question that are tried."""
_FARTHEST = 1.3
"""How much less likely than the first way one may be to be tried."""
_SAME_COST = 0.01
_FAR = 0.5
"""How much less likely than the first way one may be for the answer to be no."""
_MOST_CONDITIONS = 8
_MERGE = "kg decide merge IRI IRI"
_MOST_KEYS = 1000
"""Keys that are remembered; what people ask for has no end."""
_LONGEST_VALUE = 40
"""Characters of a value that is one word of a question."""


class Asker:
    """Answers questions about one state of a graph; the names of its things are read once, when it is made.

    Args:
        earlier: one about an earlier state, of which is kept what has not changed.
    """

    def __init__(self, graph: KnowledgeGraph, earlier: Asker | None = None) -> None:
        self.graph = graph
        is_same = earlier is not None and earlier.graph.ontology is graph.ontology
        self._lexicon: Lexicon = earlier._lexicon if earlier and is_same else read_lexicon(graph.ontology)
        self._names: NameIndex = read_names(graph, earlier._names if earlier and is_same else None)
        self._fitter = Fitter(graph, self._names)
        self._keys: dict[str, NamedNode | None] = {}
        self._places = self._leading_to("place", "location")
        self._events = self._leading_to("event")
        self._values: dict[str, tuple[Relation, ...]] | None = None
        self._held_back: HeldBack | None = None

    def renew(self, graph: KnowledgeGraph) -> None:
        """Read from another opening of the same state of the graph from now on."""
        self.graph = graph
        self._fitter = Fitter(graph, self._names)

    def ask(self, question: str, hidden: bool = False) -> Reply:
        """Answer a question from the statements of the graph, without passages.

        The same graph and question give the same reply.

        Args:
            hidden: whether drafts, private notes and templates answer too.

        Raises:
            InputError: the question is empty or too long.
        """
        text = question.strip()
        if not text:
            raise InputError("The question is empty: say what you would like to know.")
        if len(text) > LONGEST_QUESTION:
            reason = f"The question has {len(text):,} characters; {LONGEST_QUESTION:,} are the most. Ask for one thing."
            raise InputError(reason)
        words = Words(text, self._lexicon, self._names, self._places, self._events, self._values_of, self._key)
        held_back = NOTHING_HELD_BACK if hidden else self._read_held_back()
        fittings = self._fittings(self._read(text, words), held_back)
        asked = words.outside_names()
        results = Results(self.graph, self._fitter, self._lexicon, self._names, asked, text, held_back)
        first: Found | None = None
        withheld: Reply | None = None
        hint = ""
        for fitting in (self._fitter.with_doubles(each, fittings) for each in fittings):
            found = results.of(fitting)
            is_far = fitting.cost > fittings[0].cost + _FAR and [each.value for each in found.answers] == ["no"]
            if (found.answers or found.caution or found.held_back) and not is_far:
                rival = self._rival(results, fitting, fittings, found, held_back)
                said = (rival, found.caution, "" if rival else found.hint, _held_back(found))
                reasons = tuple(reason for reason in said if reason)
                answers = () if rival else found.answers
                reading = self._reading(fitting, held_back)
                reply = Reply(question, answers, found.query or None, reading, reasons, held_back=found.held_back)
                if found.answers or (found.caution and withheld is None):
                    return reply
                withheld = withheld or reply  # another way to understand it may have an answer that may be shown
            first, hint = first or found, hint or found.hint
        if withheld is not None:
            return withheld
        nearest = fittings[0] if fittings else None
        why = why_not(self.graph, text, words, self._names, nearest, self._lexicon, held_back)
        reasons = (hint,) if hint else tuple(why)
        reading = "" if nearest is None else self._reading(nearest, held_back)
        return Reply(question, query=None if first is None else first.query, reading=reading, reasons=reasons)

    def names_in(self, question: str) -> tuple[str, ...]:
        """Return the names of things that a question has, as it writes them, the longest of each place."""
        return tuple(found for found, _ in names_in(question, self._names))

    def _read_held_back(self) -> HeldBack:
        if self._held_back is None:
            self._held_back = read_held_back(self.graph)
        return self._held_back

    # --- understanding

    def _read(self, text: str, words: Words) -> list[Meaning]:
        if has_chinese(text):
            found = read_chinese(text, self._lexicon, self._names, self._places)
            if found:
                return found
        return read_english(words)

    def _fittings(self, meanings: Sequence[Meaning], held_back: HeldBack) -> list[Fitting]:
        plain = [each for each in meanings if len(each.conditions) <= _MOST_CONDITIONS]
        found = [each for meaning in plain for each in self._fitter.fit(meaning, held_back.has)]
        if held_back and not found:
            found = [each for meaning in plain for each in self._fitter.fit(meaning)]
        found.sort(key=lambda each: each.cost)  # stable: equal ones stay in their order
        return [each for each in found if each.cost <= found[0].cost + _FARTHEST][:_MOST_TRIED]

    def _leading_to(self, *names: str) -> tuple[Relation, ...]:
        """Return the properties whose objects are of the class that has the first of some names, in order of IRIs."""
        ontology = self.graph.ontology
        wanted = next((found for name in names if (found := ontology.class_named(name)) is not None), None)
        if wanted is None:
            return ()
        return tuple(
            Relation(iri, ontology.label(iri), 0.0)
            for iri, term in sorted(ontology.properties.items(), key=lambda each: each[0].value)
            if not term.is_data
            and not term.system
            and any(all(ontology.is_subclass(each, wanted) for each in options) for options in term.ranges)
        )

    def _key(self, text: str) -> NamedNode | None:
        """Return the property that notes have under a key of their own."""
        if text not in self._keys:
            if len(self._keys) >= _MOST_KEYS:
                self._keys.clear()
            iri = self.graph.minter.term(text)
            self._keys[text] = iri if next(iter(merged(self.graph, predicate=iri)), None) is not None else None
        return self._keys[text]

    def _values_of(self, word: str) -> tuple[Relation, ...]:
        """Return the properties that say in words how something is, of which one says this word."""
        if self._values is None:
            self._values = {}
            for iri, term in sorted(self.graph.ontology.properties.items(), key=lambda each: each[0].value):
                if not term.is_data or term.system or term.value_kind != "text":
                    continue
                relation = Relation(iri, self.graph.ontology.label(iri), 0.3)
                literals = (q.object.value for q in merged(self.graph, predicate=iri) if isinstance(q.object, Literal))
                for value in {fold(text) for text in literals if len(text) <= _LONGEST_VALUE}:
                    self._values[value] = (*self._values.get(value, ()), relation)
        return self._values.get(word, ())

    def _rival(
        self, results: Results, chosen: Fitting, fittings: Sequence[Fitting], found: Found, held_back: HeldBack
    ) -> str:
        """Say which other things a name may stand for as likely, if they would be answered otherwise; else nothing."""
        for other in fittings:
            if other is chosen or other.meaning.conditions != chosen.meaning.conditions:
                continue
            if abs(other.cost - chosen.cost) > _SAME_COST or self._are_same(chosen, other):
                continue
            theirs = results.of(other).answers
            differing = next(named for named in chosen.things if not self._is_among(other, chosen, named))
            is_in_part = other.things[differing].cost >= IN_PART  # who is called by a surname need not be the one known
            if [each.value for each in theirs] != [each.value for each in found.answers] if theirs else is_in_part:
                things = [each.things[differing].iri for each in (chosen, other)]
                if any(held_back.has(iri) for iri in things):
                    return f"“{differing.text}” may be several things: write the whole name."
                names = [name_of(self.graph, iri) for iri in things]
                if names[0] == names[1]:
                    both = " and ".join(map(str, things))
                    return f"Two things are called “{differing.text}”, {both}: if they are one, merge them ({_MERGE})."
                return f"“{differing.text}” may be {' or '.join(names)}: say which."
        return ""

    def _are_same(self, chosen: Fitting, other: Fitting) -> bool:
        return all(self._is_among(other, chosen, named) for named in chosen.things)

    def _is_among(self, other: Fitting, chosen: Fitting, named: Named) -> bool:
        """Tell whether a name stands for the same thing in another way to understand a question, or for a double."""
        return named in other.things and other.things[named].iri in chosen.things[named].members

    def _reading(self, fitting: Fitting, held_back: HeldBack) -> str:
        """Return the conditions of a meaning in words: `? works for Halden Analytics; ? is a person`."""
        meaning, ontology = fitting.meaning, self.graph.ontology

        def word(slot: Slot | None) -> str:
            if isinstance(slot, Named):
                return held_back.called(self.graph, fitting.things[slot].iri, slot.text)
            if isinstance(slot, Moment) and slot.side != "is":
                return f"{slot.side} {slot.text}{f' until {slot.until}' if slot.until else ''}"
            return "?" if slot == meaning.target else getattr(slot, "text", "something")

        if meaning.form == "kind":
            return f"what {word(meaning.target)} is"
        said = []
        for each in meaning.conditions:
            if isinstance(each, IsA):
                name = each.word or ontology.label(each.class_iri)
                said.append(f"{word(each.term)} is {'an' if name[0] in 'aeiou' else 'a'} {name}")
            elif isinstance(each, Holds):
                said.append(f"{word(each.subject)} {ontology.label(each.relation.predicate)} {word(each.object)}")
        wanted = {"count": "how many: ", "whether": "whether ", "first": "the first: ", "last": "the last: "}
        return wanted.get(meaning.form, "") + "; ".join(said)


def _held_back(found: Found) -> str:
    """Say how many answers are held back; nothing where none is."""
    if not found.held_back:
        return ""
    count = "1 answer is" if found.held_back == 1 else f"{found.held_back} answers are"
    return f"{count} held back: only drafts, private notes or templates say so. Ask for hidden ones to have them."
