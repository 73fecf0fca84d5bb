"""How the default extractor is asked for before it is loaded: its version costs no model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

from kg.extraction import ExtractionOptions, Extractor
from kg.iri import Minter
from kg.ontology import Ontology

__all__ = ["RULES_VERSION", "SpacySource"]

RULES_VERSION = "0.1.0"
"""Raised whenever a rule of this folder may give another answer for the same note."""


@dataclass(frozen=True)
class SpacySource:
    """Makes `SpacyExtractor`s with the same options."""

    options: ExtractionOptions

    @cached_property
    def parse_version(self) -> str:
        """Name the model and spaCy with their versions."""
        return f"{self.options.model} {_version(self.options.model)} spacy {_version('spacy')}"

    @cached_property
    def version(self) -> str:
        """Digest everything but note, vault index and ontology that an answer depends on."""
        parts = (self.parse_version, str(self.options), RULES_VERSION)
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
