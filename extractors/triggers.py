"""Trigger phrases of an ontology's properties, compiled so that a sentence is asked only for words it holds.

A trigger is a lemma or a lemma phrase: `use`, `depend on`, `written in`, `author of`. Its grammatical
subject is the property's subject and its object, or the object of its last preposition, the
property's object. Where a property has neither triggers nor patterns, its labels serve as such; a
noun label without a preposition (`director`) reads the other way round: the director of S is O.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from extractors.lemmas import Lemmas
from kg.ontology import Ontology, PropertyTerm, normalise_label
from kg.ontology.model import split_camel_case
from kg.rdf import NamedNode, local_name
from kg.text import has_han

__all__ = ["Trigger", "TriggerIndex", "compile_triggers"]

TRIGGER_CONFIDENCE = 0.85
LABEL_CONFIDENCE = 0.7

_PREPOSITIONS = frozenset(
    "of for to in on at by with from as into over under about against through since after behind".split()
)
_LEADING = frozenset({"is", "are", "was", "were", "be", "been", "has", "have", "had", "the", "a", "an", "its"})


@dataclass(frozen=True, slots=True)
class Trigger:
    """One compiled trigger: `word` heads it, `rest` are the words that lead on to the object.

    `inverted`: the object is what has the role (`the director of S is O`). `cue` is the trigger or the
    label as the ontology writes it, without either the local name in words; triggers that are read alike
    are equal, and the first gives its cue.
    """

    predicate: NamedNode
    word: str
    rest: tuple[str, ...]
    inverted: bool
    confidence: float
    value_kind: str | None
    is_data: bool
    cue: str = field(default="", compare=False)


@dataclass(frozen=True)
class TriggerIndex:
    """Triggers by what a token of theirs looks like: a verb's or noun's lemma, or the word as written."""

    verbs: dict[str, tuple[Trigger, ...]]
    nouns: dict[str, tuple[Trigger, ...]]
    words: dict[str, tuple[Trigger, ...]]


def compile_triggers(ontology: Ontology, lemmas: Lemmas) -> TriggerIndex:
    """Compile the triggers of all properties that are extracted from text, in IRI order."""
    verbs: dict[str, list[Trigger]] = defaultdict(list)
    nouns: dict[str, list[Trigger]] = defaultdict(list)
    words: dict[str, list[Trigger]] = defaultdict(list)
    for prop in sorted(ontology.properties.values(), key=lambda p: p.iri.value):
        if not prop.extract or prop.system:
            continue
        for trigger in dict.fromkeys(_triggers_of(prop, lemmas)):
            if trigger.inverted:
                nouns[lemmas.lemma(trigger.word, "noun")].append(trigger)
                continue
            verbs[trigger.word if lemmas.is_verb(trigger.word) else lemmas.lemma(trigger.word, "verb")].append(trigger)
            nouns[lemmas.lemma(trigger.word, "noun")].append(trigger)
            words[trigger.word].append(trigger)
    return TriggerIndex(_frozen(verbs), _frozen(nouns), _frozen(words))


def _frozen(table: dict[str, list[Trigger]]) -> dict[str, tuple[Trigger, ...]]:
    return {word: tuple(rows) for word, rows in table.items()}


def _triggers_of(prop: PropertyTerm, lemmas: Lemmas) -> Iterator[Trigger]:
    for label in prop.triggers:
        if label.language in ("", "en") and not has_han(label.text):
            yield replace(_compile(prop, label.text.lower().split(), False, TRIGGER_CONFIDENCE), cue=label.text)
    if prop.triggers or prop.patterns:
        return
    names = [x.text for x in prop.labels if x.language in ("", "en") and not has_han(x.text)] or [
        split_camel_case(local_name(prop.iri))
    ]
    for name in names:
        for trigger in _from_label(prop, normalise_label(name).split(), lemmas):
            yield replace(trigger, cue=name)


def _from_label(prop: PropertyTerm, words: list[str], lemmas: Lemmas) -> Iterator[Trigger]:
    """Read a label as a trigger: a verb (`uses`), a participle (`written in`), or a noun (`director`, `part of`)."""
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    if not words:
        return
    verb = lemmas.lemma(words[0], "verb")
    is_third_person = verb != words[0] and words[0].endswith("s")
    if is_third_person and (len(words) == 1 or words[-1] in _PREPOSITIONS):
        yield _compile(prop, [verb, *words[1:]], False, LABEL_CONFIDENCE)
        return
    if words[-1] in _PREPOSITIONS and len(words) > 1:
        yield _compile(prop, words, False, LABEL_CONFIDENCE)
        return
    yield (
        _compile(prop, [words[-1], "of"], True, LABEL_CONFIDENCE)
        if len(words) == 1
        else _compile_noun_phrase(prop, words)
    )
    if len(words) == 2 and words[1] == "date" and prop.value_kind == "date":
        participle = words[0] + ("d" if words[0].endswith("e") else "ed")
        if lemmas.lemma(participle, "verb") == words[0]:
            yield _compile(prop, [participle, "on"], False, LABEL_CONFIDENCE)
    agent = words[-1]
    if len(words) == 1 and agent.endswith(("er", "or")):
        for verb in (agent[:-2], agent[:-2] + "e", agent[:-1]):
            if len(verb) > 2 and lemmas.is_verb(verb):
                yield Trigger(prop.iri, verb, ("by",), False, LABEL_CONFIDENCE, prop.value_kind, prop.is_data)
                break


def _compile(prop: PropertyTerm, words: list[str], inverted: bool, confidence: float) -> Trigger:
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    return Trigger(prop.iri, words[0], tuple(words[1:]), inverted, confidence, prop.value_kind, prop.is_data)


def _compile_noun_phrase(prop: PropertyTerm, words: list[str]) -> Trigger:
    """A noun label of several words is recognised by its last word with the others before it."""
    return Trigger(
        prop.iri,
        words[-1],
        (*(f"<{w}" for w in words[:-1]), "of"),
        True,
        LABEL_CONFIDENCE,
        prop.value_kind,
        prop.is_data,
    )
