"""What the graph holds about one note or one entity: names, classes, and facts with their sentences."""

from kg.explain.documents import decision_document, made_document
from kg.explain.finding import (
    find_entity,
    find_note,
    find_resource,
    introduced,
    may_be_entity,
    named_iri,
    resource_of,
)
from kg.explain.page import Fact, Form, Page, PageDecision, show
from kg.explain.reading import in_names
from kg.explain.reasons import Reason, reason_for, reasons_among
from kg.explain.sources import Source
from kg.explain.wording import decision_words, state_words, triple_words

__all__ = [
    "Fact",
    "Form",
    "Page",
    "PageDecision",
    "Reason",
    "Source",
    "decision_document",
    "decision_words",
    "find_entity",
    "find_note",
    "find_resource",
    "in_names",
    "introduced",
    "made_document",
    "may_be_entity",
    "named_iri",
    "reason_for",
    "reasons_among",
    "resource_of",
    "show",
    "state_words",
    "triple_words",
]
