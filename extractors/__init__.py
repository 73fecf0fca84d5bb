"""From a note to what it says, taught by the ontology. spaCy is imported only inside this folder."""

from __future__ import annotations

from kg.registry import Registry

__all__ = ["EXTRACTORS"]

EXTRACTORS = Registry("extractor", {"spacy": "extractors.pipeline:SpacyExtractor"})
