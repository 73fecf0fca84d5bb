"""Queries say what questions say, whatever signs these have."""

from __future__ import annotations

from kg.answers.writing import has_narrower
from kg.query.sparql import run_sparql
from kg.rdf import KG
from kg.results import Boolean
from tests.answers.facts import BASE, fact, thing
from tests.answers.graph import FACTS
from tests.graphs import graph_on


def test_signs_of_a_word_are_no_pattern() -> None:
    more = thing("kiln", "kg:Software", ["Kiln"])
    more += fact(":kiln", "rdf:type", "kg:Software", "Kiln is a c++ tool.", "kiln.md")
    with graph_on(None, BASE, (FACTS + more).encode()) as graph:
        software = KG["Software"]
        found = [run_sparql(graph, has_narrower(graph, software, word)) for word in ("c++ tool", "c.. tool")]
    assert found == [Boolean(True), Boolean(False)]
