"""The names of an ontology's classes and properties as questions use them: phrases, nouns, and frames with slots."""

from __future__ import annotations

import difflib
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from kg.answers.meaning import Relation
from kg.answers.words import PREPOSITIONS, fold, forms, has_chinese, is_past, share_form
from kg.ontology import Ontology
from kg.ontology.model import ENTITY, Label, PropertyTerm, split_camel_case
from kg.rdf import KG, NamedNode, local_name

__all__ = ["SLOTS", "ClassWord", "Frame", "Lexicon", "Phrase", "read_lexicon", "verbs_of", "words_of"]

SLOTS = ("{s}", "{o}")
_ALIKE = (
    ("create", "make", "build", "develop", "write", "invent", "design"), ("employ", "hire"), ("start", "found"),
    ("operate", "run"), ("attend", "join"), ("buy", "acquire"), ("supervise", "advise"), ("use", "utilise"),
)  # fmt: skip
"""Verbs that mean the same in a question; such a phrase comes after those that the ontology itself says."""
_MOST_FORMS = 24
_SPELLING = 0.8
_SYNONYMS = 3
"""Other names of a class that are taken to mean the same; of more, many are names of narrower things."""
_FAR = 0.3
_PLACES = frozenset("at in on".split())
"""After a class they say where its things are, and nothing else: `the companies in Norway`."""
_LEVELS = frozenset("city country town 城市 国家 城镇".split())
"""Where something is said to be may be any of them: an ontology that calls them all its location does not say which."""
_SLOT = re.compile(r"\{([so])(?::[^}]*)?\}")
_CHOICE = re.compile(r"\[([^\]]*)\]")
_BARE = frozenset("is are was were a an the has have had be been".split())
_NOT_ASKED = frozenset(KG[name] for name in ("name", "describes", "graph", "inNote", "path", "root"))
_DOCUMENTARY = frozenset(KG[name] for name in ("mentions", "linksTo", "taggedWith", "about", "mentionedIn"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """English words that say a property between its subject and its object; `swapped` if the object comes first.

    `words` are compared by their forms; the last may be a preposition, which is then compared as it is.
    """

    words: tuple[str, ...]
    relation: Relation
    swapped: bool = False

    @property
    def preposition(self) -> str:
        """Return the preposition at its end, empty without one."""
        return self.words[-1] if len(self.words) > 1 and self.words[-1] in PREPOSITIONS else ""


@dataclass(frozen=True, slots=True)
class ClassWord:
    """A name of a class; `is_narrow` for one that the ontology gives beside its label, which may say less than all."""

    words: tuple[str, ...]
    class_iri: NamedNode
    is_narrow: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A Chinese sentence that says a property: literal parts, each one of several texts, around both slots."""

    parts: tuple[tuple[str, ...], ...]
    relation: Relation


@dataclass(frozen=True)
class Lexicon:
    """All names, by their first word in English; `frames` and `zh_nouns` are Chinese."""

    phrases: dict[str, tuple[Phrase, ...]]
    nouns: dict[str, tuple[Phrase, ...]]
    classes: dict[str, tuple[ClassWord, ...]]
    frames: tuple[Frame, ...]
    zh_nouns: dict[str, tuple[Relation, ...]]
    zh_classes: dict[str, ClassWord]


def read_lexicon(ontology: Ontology) -> Lexicon:
    """Return the names of everything in an ontology that people ask for; the same for equal ontologies."""
    phrases, nouns = set[Phrase](), set[Phrase]()
    frames, zh_nouns = set[Frame](), set[tuple[str, Relation]]()
    for term in sorted(ontology.properties.values(), key=lambda each: each.iri.value):
        if term.iri in _NOT_ASKED or (term.system and term.iri not in _DOCUMENTARY):
            continue
        verbs = set(_verbs(term))
        phrases |= verbs
        nouns |= {noun for noun in _nouns(term, verbs) if _LEVELS.isdisjoint(noun.words)}
        frames |= set(_frames(term))
        zh_nouns |= {(noun, relation) for noun, relation in _chinese_nouns(term) if noun not in _LEVELS}
    classes = set(_class_words(ontology))
    classes |= set(_heads(classes))
    names = {each.words for each in classes}
    phrases = {each for each in phrases if each.preposition not in _PLACES or each.words[:-1] not in names}
    phrases |= {each for phrase in phrases for each in _alike(phrase)} - phrases
    zh = [each for each in classes if has_chinese(each.words[0])]
    return Lexicon(
        _by_first(phrases),
        _by_first(nouns),
        _class_index(classes - set(zh)),
        tuple(sorted(frames, key=lambda each: (each.relation.cost, each.relation.predicate.value, each.parts))),
        _relations(zh_nouns),
        {each.words[0]: each for each in sorted(zh, key=lambda each: (not each.is_narrow, each.class_iri.value))},
    )


def verbs_of(lexicon: Lexicon, predicate: NamedNode) -> frozenset[str]:
    """Return the verbs that say a property; participles, and what is also a noun of it, are left out."""
    nouns = {phrase.words[0] for group in lexicon.nouns.values() for phrase in group}
    return frozenset(
        phrase.words[0]
        for group in lexicon.phrases.values()
        for phrase in group
        if phrase.relation.predicate == predicate
        and phrase.relation.cost < _FAR
        and phrase.words[0] not in nouns
        and phrase.words[-1] != "of"
        and not is_past(phrase.words[0])
    )


def words_of(lexicon: Lexicon, predicates: Collection[NamedNode]) -> frozenset[str]:
    """Return all words that say one of some properties, but for those that say nothing alone."""
    phrases = (phrase for index in (lexicon.phrases, lexicon.nouns) for group in index.values() for phrase in group)
    english = {
        word
        for phrase in phrases
        if phrase.relation.predicate in predicates
        for word in phrase.words
        if word not in _BARE and word not in PREPOSITIONS
    }
    chinese = {
        text
        for frame in lexicon.frames
        if frame.relation.predicate in predicates
        for part in frame.parts
        for text in part
        if len(text) > 1 and text not in SLOTS
    }
    return frozenset(english | chinese)


# --- English


def _verbs(term: PropertyTerm) -> Iterator[Phrase]:
    for text, cost in _english_names(term):
        words = _content(text)
        if words:
            yield Phrase(words, Relation(term.iri, text, cost))
    for pattern in term.patterns:
        if pattern.language[:2] in ("en", ""):
            yield from _from_pattern(term, pattern.text)


def _english_names(term: PropertyTerm) -> Iterator[tuple[str, float]]:
    """Yield the labels, the local name and the triggers of a property with what they cost."""
    for label in term.labels:
        if label.language[:2] in ("en", "") and not has_chinese(label.text):
            yield label.text, 0.0 if label.preferred else 0.05
    yield split_camel_case(local_name(term.iri)), 0.05
    for trigger in term.triggers:
        if trigger.language[:2] in ("en", ""):
            yield trigger.text, 0.05


def _content(text: str) -> tuple[str, ...]:
    """Return the words of a name without the articles and forms of `be` that it begins with."""
    words = fold(text).split()
    while len(words) > 1 and words[0] in _BARE:
        words.pop(0)
    return tuple(words)


def _from_pattern(term: PropertyTerm, pattern: str) -> Iterator[Phrase]:
    """Yield what stands between the slots of a pattern that has nothing else."""
    if "..." in pattern or "…" in pattern:
        return
    slots = list(_SLOT.finditer(pattern))
    if len(slots) != 2 or slots[0].start() or slots[1].end() != len(pattern) or "!" in pattern:
        return
    between = pattern[slots[0].end() : slots[1].start()]
    for text in itertools.islice(_choices(between), _MOST_FORMS):
        words = list(_content(text))
        while len(words) > 1 and words[-1] in _BARE:
            words.pop()
        if words and words[0] not in _BARE and words[0] not in PREPOSITIONS and "and" not in words:
            yield Phrase(tuple(words), Relation(term.iri, " ".join(words), 0.1), slots[0][1] == "o")


def _choices(text: str) -> Iterator[str]:
    """Yield a pattern's text with one of the alternatives in the place of each choice."""
    pieces = _CHOICE.split(text)
    options = [piece.split("|") if number % 2 else [piece] for number, piece in enumerate(pieces)]
    for chosen in itertools.product(*options):
        yield "".join(chosen)


def _nouns(term: PropertyTerm, verbs: Iterable[Phrase]) -> Iterator[Phrase]:
    """Yield the names that stand for a property's object beside its subject: `author`, `due date`, `employees`."""
    triggers = {form for trigger in term.triggers for form in [fold(trigger.text)]}
    for phrase in verbs:
        words = phrase.words
        is_verb = len(words) == 1 and words[0].endswith("s") and not forms(words[0]).isdisjoint(triggers)
        if words[-1] not in PREPOSITIONS and not phrase.swapped and not is_verb and " ".join(words) not in triggers:
            yield phrase


def _alike(phrase: Phrase) -> Iterator[Phrase]:
    first = phrase.words[0]
    for group in _ALIKE:
        own = forms(first) & set(group)
        if own and (len(phrase.words) == 1 or phrase.words[1] in ("by", "for")):
            for other in group:
                if other not in own:
                    relation = Relation(phrase.relation.predicate, phrase.relation.phrase, phrase.relation.cost + 0.3)
                    yield Phrase((other, *phrase.words[1:]), relation, phrase.swapped)


def _by_first(phrases: Iterable[Phrase]) -> dict[str, tuple[Phrase, ...]]:
    """Return phrases by each form of their first word, the longest first."""
    best: dict[tuple[tuple[str, ...], NamedNode, bool], Phrase] = {}
    for each in sorted(phrases, key=lambda each: (each.relation.cost, each.words, each.relation.phrase)):
        best.setdefault((each.words, each.relation.predicate, each.swapped), each)
    found: defaultdict[str, list[Phrase]] = defaultdict(list)
    for each in best.values():
        for form in forms(each.words[0]):
            found[form].append(each)

    def order(each: Phrase) -> tuple[int, float, str, tuple[str, ...]]:
        return -len(each.words), each.relation.cost, each.relation.predicate.value, each.words

    return {form: tuple(sorted(group, key=order)) for form, group in sorted(found.items())}


# --- classes


def _class_words(ontology: Ontology) -> Iterator[ClassWord]:
    for term in sorted(ontology.classes.values(), key=lambda each: each.iri.value):
        if term.system and term.iri not in (KG["Note"], KG["Document"], KG["Tag"], ENTITY):
            continue
        for label in term.labels:
            words = (label.text,) if has_chinese(label.text) else tuple(fold(label.text).split())
            others = [each for each in term.labels if not each.preferred and each.language == label.language]
            is_label = label.preferred or len(others) <= _SYNONYMS or _is_same_word(label.text, term.labels)
            yield ClassWord(words, term.iri, not is_label)
        name = fold(split_camel_case(local_name(term.iri)))
        yield ClassWord(tuple(name.split()), term.iri, False)


def _is_same_word(text: str, labels: Iterable[Label]) -> bool:
    """Tell whether a name is a form of a label or another spelling: `people` of `person`, `organization`."""
    name = fold(text)
    own = [fold(each.text) for each in labels if each.preferred]
    return any(share_form(name, each) or difflib.SequenceMatcher(None, name, each).ratio() >= _SPELLING for each in own)


def _heads(words: Iterable[ClassWord]) -> Iterator[ClassWord]:
    """Yield the last word of labels that have several, where it stands for one class: `language`, `语言`."""
    labels = [each for each in words if not each.is_narrow]
    taken = {each.words for each in words}
    heads = [(_head(each.words), each.class_iri) for each in labels]
    counts = Counter(head for head, _ in set(heads))
    for head, class_iri in heads:
        if head and head not in taken and counts[head] == 1:
            yield ClassWord(head, class_iri, False)


def _head(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) == 1 and has_chinese(words[0]):
        return (words[0][-2:],) if len(words[0]) >= 4 else ()
    return words[-1:] if len(words) > 1 else ()


def _class_index(words: Iterable[ClassWord]) -> dict[str, tuple[ClassWord, ...]]:
    best: dict[tuple[tuple[str, ...], NamedNode], ClassWord] = {}
    for each in sorted(words, key=lambda each: (each.is_narrow, each.words, each.class_iri.value)):
        best.setdefault((each.words, each.class_iri), each)
    found: defaultdict[str, list[ClassWord]] = defaultdict(list)
    for each in best.values():
        for form in forms(each.words[0]):
            found[form].append(each)
    return {
        form: tuple(sorted(group, key=lambda each: (-len(each.words), each.is_narrow, each.class_iri.value)))
        for form, group in sorted(found.items())
    }


# --- Chinese


def _frames(term: PropertyTerm) -> Iterator[Frame]:
    """Yield the sentences of a property's Chinese patterns and labels."""
    for pattern in term.patterns:
        if pattern.language[:2] == "zh" and "..." not in pattern.text:
            yield Frame(_parts(pattern.text), Relation(term.iri, pattern.text, 0.05))
    for label in term.labels:
        if has_chinese(label.text):
            text = label.text.replace("...", "…")
            cost = 0.0 if label.preferred else 0.05
            if "…" in text:
                before, _, after = text.partition("…")
                yield Frame(_parts(f"{{s}}{before}{{o}}{after}"), Relation(term.iri, label.text, cost))
            else:
                yield Frame(_parts(f"{{s}}{text}[了|]{{o}}"), Relation(term.iri, label.text, cost))


def _parts(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Return the parts of a pattern in order: a slot, or the texts of which one stands there."""
    found: list[tuple[str, ...]] = []
    for piece in re.split(r"(\{[so](?::[^}]*)?\}|\[[^\]]*\])", pattern):
        slot = _SLOT.fullmatch(piece)
        if slot:
            found.append((f"{{{slot[1]}}}",))
        elif piece.startswith("["):
            found.append(tuple(sorted(piece[1:-1].split("|"), key=lambda each: (-len(each), each))))
        elif piece:
            found.append((piece,))
    return tuple(found)


_NOUN = re.compile(r"^\{([so])(?::[^}]*)?\}的(?:\[([^\]]*)\]|([^\[\]{}]+))\[是\|为[^\]]*\]\{([so])(?::[^}]*)?\}$")
_NOUN_BACK = re.compile(
    r"^\{([so])(?::[^}]*)?\}(?:是|\[是\|为[^\]]*\])\{([so])(?::[^}]*)?\}的(?:\[[^\]]*\|\])*(?:\[([^\]]*)\]|([^\[\]{}]+))$"
)


def _chinese_nouns(term: PropertyTerm) -> Iterator[tuple[str, Relation]]:
    """Yield nouns that stand for one side of a property: the object's, or with a `^` before it the subject's."""
    for label in term.labels:
        if has_chinese(label.text) and "…" not in label.text:
            yield label.text, Relation(term.iri, label.text, 0.0 if label.preferred else 0.05)
    for pattern in term.patterns:
        found = _NOUN.match(pattern.text)
        if found:
            for noun in (found[2] or found[3]).split("|"):
                if noun:
                    yield ("" if found[1] == "s" else "^") + noun, Relation(term.iri, noun, 0.05)
        back = _NOUN_BACK.match(pattern.text)
        if back:
            for noun in (back[3] or back[4]).split("|"):
                if noun:
                    yield ("^" if back[1] == "s" else "") + noun, Relation(term.iri, noun, 0.1)


def _relations(nouns: Iterable[tuple[str, Relation]]) -> dict[str, tuple[Relation, ...]]:
    found: defaultdict[str, dict[NamedNode, Relation]] = defaultdict(dict)
    for noun, relation in sorted(nouns, key=lambda each: (each[0], each[1].cost, each[1].predicate.value)):
        found[noun].setdefault(relation.predicate, relation)
    return {noun: tuple(group.values()) for noun, group in sorted(found.items())}
