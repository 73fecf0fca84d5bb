"""The words of an English question with what each run of them may be: a name, a class, a phrase of a property."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.answers.english.dates import LONGEST_DATE, date_at
from kg.answers.lexicon import ClassWord, Lexicon, Phrase
from kg.answers.meaning import IsA, Kind, Named, Relation, Slot, Variable
from kg.answers.names import NameIndex
from kg.answers.words import FUNCTION_WORDS, PREPOSITIONS, Token, forms, share_form, tokenise
from kg.rdf import NamedNode

__all__ = ["Words"]

_LONGEST_NAME = 14
_LONGEST_KEY = 3


class Words:
    """The words of one question.

    Attributes:
        values_of: gives the properties that have a word as a value, such as `archived`.
        asked_at: question words by their places, with what they ask for.
        unsaid: why notes cannot say what the question asks for, which is then read no further.
        each: what stands for all things of a kind, each of them.
    """

    def __init__(
        self,
        question: str,
        lexicon: Lexicon,
        names: NameIndex,
        places: tuple[Relation, ...] = (),
        events: tuple[Relation, ...] = (),
        values_of: Callable[[str], tuple[Relation, ...]] = lambda _: (),
        key_of: Callable[[str], NamedNode | None] = lambda _: None,
    ) -> None:
        """Read the words of a question.

        Args:
            places: the properties that say where something is; `events`, at what events somebody is.
            key_of: the property that people's own notes have under a name, None where they have none.
        """
        self._question = question
        self._lexicon = lexicon
        self._names = names
        self._place_relations = places
        self.values_of = values_of
        self._events = events
        self._key_of = key_of
        self.tokens = tokenise(question)
        while self.tokens and self.tokens[-1].text in ("?", ".", "!"):
            self.tokens.pop()
        self.asked_at: dict[int, Kind] = {}
        self.unsaid = ""
        self.each: set[Variable] = set()
        self._named: dict[int, list[tuple[Named, int]]] = {}

    def drop(self, fillers: frozenset[str]) -> None:
        """Leave out words that add nothing, but for those that are in a name."""
        inside = {place for at in range(len(self.tokens)) for _, end in self.named(at) for place in range(at, end)}
        kept = [t for place, t in enumerate(self.tokens) if t.text not in fillers or place in inside]
        if len(kept) < len(self.tokens):
            self.tokens = kept
            self._named = {}

    def join_dates(self) -> None:
        """Put one word in the place of those that say a date, where they are in no name: `2025-03` for `March 2025`."""
        inside = {place for at in range(len(self.tokens)) for _, end in self.named(at) for place in range(at, end)}
        joined: list[Token] = []
        at = 0
        while at < len(self.tokens):
            date, end = date_at([token.text for token in self.tokens[at : at + LONGEST_DATE]])
            if end and inside.isdisjoint(range(at, at + end)):
                joined.append(Token(date, self.tokens[at].start, self.tokens[at + end - 1].end))
                at += end
            else:
                joined.append(self.tokens[at])
                at += 1
        if len(joined) < len(self.tokens):
            self.tokens = joined
            self._named = {}

    def begin_at(self, at: int) -> None:
        """Leave out the words before one."""
        self.tokens = self.tokens[at:]
        self._named = {}

    def is_asked(self, term: Slot) -> bool:
        """Tell whether a question word stands for a term."""
        return isinstance(term, Variable) and term.number in self.asked_at

    def kind_of(self, term: Slot) -> Kind:
        """Return what the question word that stands for a term asks for."""
        return self.asked_at[term.number] if isinstance(term, Variable) else ""

    @property
    def end(self) -> int:
        """Return the place after the last word."""
        return len(self.tokens)

    def has(self, at: int, words: frozenset[str]) -> bool:
        """Tell whether one of some words stands at a place."""
        return at < len(self.tokens) and self.tokens[at].text in words

    def text(self, at: int) -> str:
        """Return a word in lower case, empty after the last."""
        return self.tokens[at].text if at < len(self.tokens) else ""

    def written(self, at: int) -> str:
        """Return a word as it is written."""
        token = self.tokens[at]
        return self._question[token.start : token.end]

    def text_of(self, at: int, end: int) -> str:
        """Return the words from one place to another as they are written."""
        return self._question[self.tokens[at].start : self.tokens[end - 1].end]

    def named(self, at: int) -> list[tuple[Named, int]]:
        """Return the names that begin at a word with the word after each, the longest first."""
        if at not in self._named:
            self._named[at] = list(self._read_named(at))
        return self._named[at]

    def _read_named(self, at: int) -> Iterator[tuple[Named, int]]:
        if at >= len(self.tokens):
            return
        start = self.tokens[at].start
        for end in range(min(len(self.tokens), at + _LONGEST_NAME), at, -1):
            text = self._question[start : self.tokens[end - 1].end]
            if end == at + 1 and self.tokens[at].text in FUNCTION_WORDS and not text[0].isupper():
                continue
            if self._names.is_name(text):
                yield Named(text, start, self.tokens[end - 1].end), end

    def classes(self, at: int, term: Slot) -> Iterator[tuple[IsA, float, int]]:
        """Yield the classes that are named at a word, as conditions on a term."""
        if at >= len(self.tokens):
            return
        for word in self._lexicon.classes.get(self.tokens[at].text, ()) or self._by_form(at):
            end = at + len(word.words)
            if self._is_written(at, word.words):
                yield IsA(term, word.class_iri, " ".join(word.words) if word.is_narrow else ""), 0.0, end

    def _by_form(self, at: int) -> Iterator[ClassWord]:
        from_forms: dict[ClassWord, None] = {}
        for form in sorted(forms(self.tokens[at].text)):
            from_forms.update(dict.fromkeys(self._lexicon.classes.get(form, ())))
        yield from from_forms

    def phrases(self, at: int, drop: frozenset[str] = frozenset()) -> Iterator[tuple[Phrase, int]]:
        """Yield the phrases of properties that stand at a word, with the word after each.

        Args:
            drop: prepositions of which a phrase's own may be missing, because it stands elsewhere; without any a phrase
                must be there in full.
        """
        for phrase in self._found(at, self._lexicon.phrases):
            if drop:
                if phrase.preposition in drop and self._is_written(at, phrase.words[:-1]):
                    yield phrase, at + len(phrase.words) - 1
                elif not phrase.preposition and self._is_written(at, phrase.words):
                    yield phrase, at + len(phrase.words)
            elif self._is_written(at, phrase.words):
                yield phrase, at + len(phrase.words)

    def nouns(self, at: int) -> Iterator[tuple[Phrase, int]]:
        """Yield the nouns of properties that stand at a word, with the word after each."""
        for phrase in self._found(at, self._lexicon.nouns):
            if self._is_written(at, phrase.words):
                yield phrase, at + len(phrase.words)

    def unknown_nouns(self, at: int) -> Iterator[tuple[Relation, int]]:
        """Yield properties of people's own that stand at a word, under keys that the ontology does not have."""
        for end in range(min(len(self.tokens), at + _LONGEST_KEY), at, -1):
            if any(token.text in FUNCTION_WORDS for token in self.tokens[at:end]):
                continue
            text = " ".join(token.text for token in self.tokens[at:end])
            predicate = self._key_of(text)
            if predicate is not None:
                yield Relation(predicate, text, 0.1), end

    def places(self, with_events: bool = False) -> tuple[Relation, ...]:
        """Return the properties that say where something is.

        Args:
            with_events: also those that say at what events somebody is.
        """
        return (*self._place_relations, *self._events) if with_events else self._place_relations

    def outside_names(self) -> list[Token]:
        """Return the words that are in no name."""
        inside = {place for at in range(len(self.tokens)) for _, end in self.named(at) for place in range(at, end)}
        return [token for place, token in enumerate(self.tokens) if place not in inside]

    def _found(self, at: int, index: dict[str, tuple[Phrase, ...]]) -> Iterator[Phrase]:
        if at < len(self.tokens):
            found: dict[Phrase, None] = {}
            for form in sorted(forms(self.tokens[at].text)):
                found.update(dict.fromkeys(index.get(form, ())))
            yield from found

    def _is_written(self, at: int, words: tuple[str, ...]) -> bool:
        if at + len(words) > len(self.tokens):
            return False
        pairs = zip(self.tokens[at : at + len(words)], words, strict=True)
        return all(
            token.text == word or (word not in PREPOSITIONS and share_form(token.text, word)) for token, word in pairs
        )
