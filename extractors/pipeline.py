"""The default extractor: a spaCy pipeline of the trained components and ours.

The trained components (tok2vec, tagger, parser, ner) run first and their result can be kept; ours run
on the same Doc, one after the other, each on what those before it found.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from extractors.arguments import Arguments
from extractors.components import build_pipeline
from extractors.coreference import Coreference
from extractors.definitions import find_definitions
from extractors.gazetteer import Gazetteer
from extractors.lemmas import Lemmas
from extractors.literals import find_literals
from extractors.names import NameReader, outgrown
from extractors.patterns import Patterns
from extractors.reading import Reading, attach_parse, make_doc, pack_parse, reading_of
from extractors.relations import find_relations
from extractors.settle import settle
from extractors.stated import link_mentions, stated_relations
from extractors.triggers import compile_triggers
from kg.errors import MissingExtraError
from kg.extraction import ExtractionOptions, Request, Result, Term
from kg.iri import Minter
from kg.model import Extraction
from kg.ontology import Ontology

__all__ = ["SpacyExtractor"]

_BATCH = 64
"""Notes parsed at once; results do not depend on it (research/nlp-models.md §G)."""

_TRAINED = ("tok2vec", "tagger", "parser", "ner")


def load_model(name: str) -> Language:
    """Load an installed spaCy pipeline.

    Raises:
        MissingExtraError: no package has that name.
    """
    try:
        return spacy.load(name)
    except OSError as error:
        raise MissingExtraError("model", f"The language model {name!r}") from error


class SpacyExtractor:
    """Reads notes with a trained English pipeline and the rules that the ontology teaches."""

    def __init__(self, ontology: Ontology, minter: Minter, options: ExtractionOptions) -> None:
        self._ontology, self._minter, self._options = ontology, minter, options
        self._nlp = load_model(options.model)
        self._lemmas = Lemmas.from_model(self._nlp)
        self._nlp.select_pipes(enable=[name for name in _TRAINED if self._nlp.has_pipe(name)])
        self._arguments = Arguments(ontology)
        self._names = NameReader(ontology, self._lemmas)
        self._coreference = Coreference(ontology, self._lemmas)
        self._triggers = compile_triggers(ontology, self._lemmas)
        self._patterns = Patterns(ontology, self._arguments, self._lemmas)
        self._gazetteer = Gazetteer((), self._lemmas)
        self._vocabulary: tuple[Term, ...] = ()
        self._components = self._our_components()

    def _our_components(self) -> Language:
        steps: dict[str, Callable[[Reading], None]] = {
            "kg_links": lambda r: r.add_mentions(link_mentions(r)),
            "kg_gazetteer": lambda r: r.add_mentions(self._gazetteer.find(r)),
            "kg_names": self._find_names,
            "kg_literals": self._find_literals,
            "kg_coreference": self._resolve,
            "kg_definitions": lambda r: r.relations.extend(
                find_definitions(r, self._ontology, self._lemmas, self._arguments)
            ),
            "kg_relations": self._relate,
            "kg_stated": lambda r: r.relations.extend(stated_relations(r, self._ontology, self._minter)),
            "kg_settle": lambda r: settle(r, self._ontology),
        }
        return build_pipeline(self._nlp, steps)

    def _find_names(self, reading: Reading) -> None:
        names = self._names.find(reading)
        reading.add_mentions(names, outgrown(reading, names))

    def _find_literals(self, reading: Reading) -> None:
        reading.literals = find_literals(reading)
        reading.literal_at = {
            token: found for found in reading.literals for token in reading.tokens_of(found.start, found.end)
        }

    def _resolve(self, reading: Reading) -> None:
        if self._options.coreference:
            self._coreference.resolve(reading)

    def _relate(self, reading: Reading) -> None:
        found = [*find_relations(reading, self._triggers, self._lemmas, self._arguments), *self._patterns.find(reading)]
        said_in = {relation.start for relation in found}
        stopped = {s.start: self._patterns.suppressed(reading, s) for s in reading.sentences if s.start in said_in}
        reading.relations.extend(r for r in found if r.predicate not in stopped.get(r.start, ()))

    def extract(self, requests: Iterable[Request], vocabulary: tuple[Term, ...]) -> Iterator[Result]:
        """Yield one result for each request, in order, from a stored parse where it fits."""
        if vocabulary != self._vocabulary:
            self._vocabulary = vocabulary
            self._gazetteer = Gazetteer(vocabulary, self._lemmas)
        iterator = iter(requests)
        while batch := list(itertools.islice(iterator, _BATCH)):
            docs = [make_doc(self._nlp, request) for request in batch]
            fresh = [i for i, doc in enumerate(docs) if not attach_parse(doc, batch[i].parse)]
            new = set(fresh)
            for index, doc in zip(fresh, self._parse([docs[i] for i in fresh]), strict=True):
                docs[index] = doc
            for index, doc in enumerate(docs):
                parse = pack_parse(doc) if index in new else batch[index].parse or b""
                for _, component in self._components.pipeline:
                    component(doc)
                yield Result(_extraction(reading_of(doc)), parse)

    def _parse(self, docs: list[Doc]) -> list[Doc]:
        """Run the trained components; a Doc without tokens needs none."""
        full = [doc for doc in docs if len(doc)]
        parsed = iter(self._nlp.pipe(full, batch_size=_BATCH))
        return [next(parsed) if len(doc) else doc for doc in docs]


def _extraction(reading: Reading) -> Extraction:
    sentences = tuple((s.start, s.end) for s in reading.sentences)
    return Extraction(tuple(reading.mentions), tuple(reading.relations), sentences)
