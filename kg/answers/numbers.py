"""Properties that say how many things are in a relation."""

from __future__ import annotations

from kg.answers.meaning import Holds, Meaning
from kg.answers.words import normal_noun
from kg.answers.writing import paths_of
from kg.ontology import Ontology
from kg.rdf import NamedNode

__all__ = ["number_property"]


def number_property(ontology: Ontology, meaning: Meaning) -> NamedNode | None:
    """Return the property that says how many are in the relation of a question, such as `number of employees`."""
    for each in meaning.conditions:
        if not isinstance(each, Holds) or meaning.target not in (each.subject, each.object):
            continue
        if len(meaning.conditions) > 1:
            return None
        paths = paths_of(ontology, each.relation.predicate)
        ends = paths.forward if each.object == meaning.target else paths.backward
        nouns = {normal_noun(x.text) for p in ends if p in ontology.properties for x in ontology.properties[p].labels}
        for iri, term in sorted(ontology.properties.items(), key=lambda pair: pair[0].value):
            labels = {normal_noun(x.text.removeprefix("number of ")) for x in term.labels if "number of " in x.text}
            if term.value_kind == "number" and nouns & labels:
                return iri
    return None
