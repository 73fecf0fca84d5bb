"""An ontology file that is being checked: its triples, those of its imports, and which terms are whose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from kg.errors import OntologyError, RdfSyntaxError
from kg.ontology.axioms import Axioms
from kg.ontology.findings import Places
from kg.ontology.model import Ontology
from kg.ontology.reader import SHIPPED, load_ontology, read_triples, shipped_file
from kg.rdf import KG, OWL, NamedNode, Term, Triple

__all__ = ["Checked"]


class Checked:
    """One file, its imports and what is ours.

    `ontology` is None where it does not load, and `failure` says why; `axioms` are there all the same.
    `own_terms` are the named subjects of the file, `our_terms` the shipped ones that it does not speak of.

    Raises:
        OntologyError, RdfSyntaxError: the file itself cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.own: Sequence[Triple] = read_triples(path)
        self.places = Places(path.read_text("utf-8", "replace"))
        ours = read_triples(shipped_file("kg.ttl"))
        self.ontology: Ontology | None = None
        self.failure: OntologyError | RdfSyntaxError | None = None
        try:
            if Axioms(self.own).broken_lists():
                raise OntologyError(str(path), "a list is broken, so the ontology cannot be loaded")
            self.ontology = load_ontology(path)
        except (OntologyError, RdfSyntaxError) as error:
            self.failure = error
        self.axioms = Axioms(self.ontology.triples if self.ontology else [*self.own, *ours])
        self.own_terms: set[Term] = {t.subject for t in self.own if isinstance(t.subject, NamedNode)}
        self._shipped: set[Term] = {t.subject for t in ours if isinstance(t.subject, NamedNode)}
        self.our_terms = self._shipped - self.own_terms

    @cached_property
    def iri(self) -> NamedNode | None:
        """The ontology's own IRI."""
        found = [t.subject for t in self.own if t.object == OWL["Ontology"]]
        return next((subject for subject in found if isinstance(subject, NamedNode)), None)

    @cached_property
    def missing_imports(self) -> tuple[str, ...]:
        """The imports that were not found."""
        problems = self.ontology.problems if self.ontology else ()
        return tuple(found[1] for problem in problems if (found := re.search(r"<([^>]+)>", problem)))

    @cached_property
    def vocabulary(self) -> set[NamedNode]:
        """The terms that our namespace has; the shipped ontology itself may add some."""
        terms = self._shipped | (self.own_terms if self.iri and self.iri.value == SHIPPED else set())
        return {term for term in terms if isinstance(term, NamedNode) and term.value.startswith(str(KG))}

    def counts(self) -> dict[str, Any]:
        """Return how much there is in the file itself."""
        kinds = {
            "classes": self.axioms.classes,
            "object_properties": self.axioms.properties["object"],
            "data_properties": self.axioms.properties["data"],
        }
        numbers = {name: len(terms & self.own_terms) for name, terms in kinds.items()}
        return {"ontology": self.iri.value if self.iri else None, **numbers, "triples": len(set(self.own))}
