"""How the default extractor is asked for before it is loaded: its version costs no model."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kg.extraction import ExtractionOptions, Extractor
from kg.iri import Minter
from kg.ontology import Ontology

__all__ = ["SpacySource"]

_FOLDER = Path(__file__).parent
_KG = ("describe", "link", "provenance", "text", "validate")
"""Modules of kg whose rules an answer depends on too."""


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
        parts = (self.parse_version, str(self.options), _rules_digest())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def make(self, ontology: Ontology, minter: Minter) -> Extractor:
        """Load the model and compile the ontology's hints."""
        from extractors.pipeline import SpacyExtractor

        return SpacyExtractor(ontology, minter, self.options)


@functools.cache
def _rules_digest() -> str:
    """Digest the rules themselves, so that no release can forget that its answers changed."""
    digest = hashlib.sha256()
    files = [*_FOLDER.glob("*.py"), *(_FOLDER.parent / "kg" / f"{name}.py" for name in _KG)]
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package.replace("_", "-"))
    except PackageNotFoundError:
        return "?"
