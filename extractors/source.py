"""How the default extractor is asked for before it is loaded: its version costs no model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

from kg.extraction import ExtractionOptions, Extractor
from kg.fingerprint import sources_digest
from kg.iri import Minter
from kg.ontology import Ontology

__all__ = ["SpacySource"]

_RULES = ("extractors", "kg.describe", "kg.importers", "kg.link", "kg.provenance", "kg.text", "kg.validate")
_TOKENS = ("extractors.reading", "kg.importers", "kg.text")
"""Modules whose rules an answer depends on, and those that decide what is parsed."""


@dataclass(frozen=True)
class SpacySource:
    """Makes `SpacyExtractor`s with the same options."""

    options: ExtractionOptions

    @cached_property
    def parse_version(self) -> str:
        """Name the model and spaCy with their versions, and how text is put before them."""
        versions = f"{self.options.model} {_version(self.options.model)} spacy {_version('spacy')}"
        return f"{versions} {sources_digest(*_TOKENS)}"

    @cached_property
    def version(self) -> str:
        """Digest everything but note, vault index and ontology that an answer depends on."""
        parts = (self.parse_version, str(self.options), sources_digest(*_RULES))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def make(self, ontology: Ontology, minter: Minter) -> Extractor:
        """Load the model and compile the ontology's hints."""
        from extractors.pipeline import SpacyExtractor

        return SpacyExtractor(ontology, minter, self.options)


def _version(package: str) -> str:
    try:
        return version(package.replace("_", "-"))
    except PackageNotFoundError:
        return "?"
