"""Classes that the text itself gives: `Oxigraph is a graph database`, `Oxigraph, a graph database, …`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from extractors.arguments import Arguments, code_span
from extractors.factuality import asserts, sentence_asserts
from extractors.lemmas import Lemmas
from extractors.reading import Reading, Sentence
from kg.model import Mention, RelationCandidate
from kg.ontology import Ontology
from kg.rdf import RDF, NamedNode

__all__ = ["DEFINITIONS", "find_definitions"]

DEFINITIONS = "definitions 0.1.0"
"""Name and version that evidence carries."""

_CONFIDENCE = 0.85
_ARTICLES = frozenset({"a", "an", "the", "one", "another", "this", "my", "our", "his", "her", "their", "its"})


def find_definitions(
    reading: Reading, ontology: Ontology, lemmas: Lemmas, arguments: Arguments
) -> Iterator[RelationCandidate]:
    """Yield a type statement for each name that a sentence says the kind of."""
    for sentence in reading.sentences:
        if sentence.segment.language != "en" or not sentence_asserts(reading, sentence):
            continue
        for token in range(sentence.first, sentence.last):
            if not reading.tags[token].startswith("NN") or token in reading.mention_at:
                continue
            yield from _named_beside(reading, sentence, token, ontology, arguments)
            clause, subjects = _said_of(reading, token)
            if not subjects:
                continue
            class_iri = _class_of_phrase(reading, token, ontology)
            if class_iri is None or not asserts(reading, sentence, clause, lemmas):
                continue
            for subject in subjects:
                for mention in arguments.mentions(reading, sentence, subject):
                    yield _definition(reading, sentence, mention, class_iri, token)


def _named_beside(
    reading: Reading, sentence: Sentence, noun: int, ontology: Ontology, arguments: Arguments
) -> Iterator[RelationCandidate]:
    """Yield what a kind noun beside a name says: `the Fugitive plugin`, `geologist Jim Dowd`."""
    if not reading.words[noun].islower():
        return  # `Project Manager` is all of a name
    head, dependency = reading.heads[noun], reading.dependencies[noun]
    if (
        dependency in ("compound", "nmod")
        and head > noun
        and (head in reading.mention_at or reading.tags[head].startswith("NNP"))
    ):
        named = head
    else:
        before = noun - 1
        is_code = before >= sentence.first and code_span(reading, before) is not None
        is_named = is_code or (
            before >= sentence.first and reading.heads[before] == noun and before in reading.mention_at
        )
        others = [c for c in reading.children[noun] if c != before and reading.dependencies[c] in ("amod", "nmod")]
        is_definite = any(reading.words[c].lower() == "the" for c in reading.children[noun])
        if not is_named or not is_definite or reading.tags[noun] != "NN" or (others and not is_code):
            return
        named = noun if is_code else before
    class_iri = ontology.class_named(reading.words[noun])
    if class_iri is None or not ontology.classes[class_iri].extract or ontology.classes[class_iri].system:
        return
    software = ontology.class_named("software")
    if named == noun and software is not None and not ontology.is_subclass(class_iri, software):
        return  # `the merge method` is no method in the sense of the ontology
    for mention in arguments.mentions(reading, sentence, named):
        if mention.class_iri is None or mention.entity is None:
            yield _definition(reading, sentence, mention, class_iri, noun)


def _said_of(reading: Reading, noun: int) -> tuple[int, list[int]]:
    """Return the clause and the head tokens of what a kind noun is said of."""
    head, dependency = reading.heads[noun], reading.dependencies[noun]
    determined = any(
        reading.words[c].lower() in _ARTICLES and reading.dependencies[c] == "det" for c in reading.children[noun]
    )
    if dependency == "attr" and reading.words[head].lower() in ("is", "was", "'s", "are", "were", "became", "remains"):
        subjects = [c for c in reading.children[head] if reading.dependencies[c] == "nsubj"]
        return head, [
            c for s in subjects for c in (s, *(x for x in reading.children[s] if reading.dependencies[x] == "conj"))
        ]
    if dependency == "appos" and determined:
        return noun, [head]
    return noun, []


def _class_of_phrase(reading: Reading, noun: int, ontology: Ontology) -> NamedNode | None:
    """Return the class of the longest label that ends at a noun: `graph database` before `database`."""
    first = noun
    while (
        first > 0
        and reading.heads[first - 1] == noun
        and reading.dependencies[first - 1] in ("compound", "amod", "nmod")
        and noun - first < 3
    ):
        first -= 1
    for start in range(first, noun + 1):
        found = ontology.class_named(" ".join(reading.words[start : noun + 1]))
        if found is not None:
            term = ontology.classes[found]
            return found if term.extract and not term.system else None
    return None


def _definition(
    reading: Reading, sentence: Sentence, mention: Mention, class_iri: NamedNode, noun: int
) -> RelationCandidate:
    return RelationCandidate(
        subject=replace(mention),
        predicate=RDF["type"],
        object=class_iri,
        object_text=reading.words[noun],
        start=sentence.start,
        end=sentence.end,
        confidence=round(_CONFIDENCE * Arguments.certainty(mention), 4),
        extractor=DEFINITIONS,
    )
