"""The ontology: what may be said, how it is named in text, and how text teaches it.

`load_ontology` reads the user's file as triples and never rewrites it; `Ontology` answers the
questions that the importers, the extractors and the gate ask.
"""

from __future__ import annotations

from kg.ontology.bare_names import bare_names
from kg.ontology.model import ClassTerm, Individual, Label, Ontology, PropertyTerm, normalise_label
from kg.ontology.reader import SHIPPED, load_ontology, read_triples, shipped_file
from kg.ontology.writing import Syntax, in_syntax

__all__ = [
    "SHIPPED",
    "ClassTerm",
    "Individual",
    "Label",
    "Ontology",
    "PropertyTerm",
    "Syntax",
    "bare_names",
    "in_syntax",
    "load_ontology",
    "normalise_label",
    "read_triples",
    "shipped_file",
]
