"""Surface patterns: their syntax, and what they match."""

from __future__ import annotations

import re

import pytest

from extractors.patterns import compile_pattern
from kg.errors import OntologyError
from kg.ontology import Label, PropertyTerm, load_ontology
from kg.rdf import KG, local_name

ONTOLOGY = load_ontology()
PROPERTY = PropertyTerm(KG["uses"], is_data=False)
S, O, X = "\ue000", "\ue001", "\ue002"


def expression(pattern: str) -> re.Pattern[str]:
    return compile_pattern(Label(pattern, ""), PROPERTY, ONTOLOGY).expression


def slots(pattern: str, line: str) -> list[str]:
    return [match["s"] + match["o"] for match in expression(pattern).finditer(line)]


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("{s} is powered by {o}", f"{S} is powered by {O}.", [S + O]),
        ("{s} is powered by {o}", f"{S} Is  Powered By {O}.", [S + O]),
        ("{s} is powered by {o}", f"{S} is not powered by {O}.", []),
        ("{o} is used by {s}", f"{S} is used by {O}", [O + S]),
        ("{s} [is|was] built on {o}", f"{S} was built on {O}", [S + O]),
        ("{s} [is|was] built on {o}", f"{S} wasbuilt on {O}", []),
        ("{s} by [the|] {o}", f"{S} by the {O}", [S + O]),
        ("{s} by [the|] {o}", f"{S} by {O}", [S + O]),
        ("{s} is [a|an] ... engineer at {o}", f"{S} is a very senior software engineer at {O}", [S + O]),
        ("{s} is [a|an] ... engineer at {o}", f"{S} is an engineer at {O}", [S + O]),
        ("{s} is [a|an] ... engineer at {o}", f"{S} is a b c d e f engineer at {O}", []),
        ("{s} is [a|an] ... engineer at {o}", f"{S} is a cook, engineer at {O}", []),
        ("{s} use {o}", f"{S} uses {O}", []),
        ("use of {s} in {o}", f"reuse of {S} in {O}", []),
        ("{s}'s author is {o}", f"{S}'s author is {O}", [S + O]),
        ("{s} (by {o})", f"{S} (by {O})", [S + O]),
        ("{s}由{o}开发", f"{S}由{O}开发。", [S + O]),
        ("{s}由{o}开发", f"{S} 由 {O} 开发。", [S + O]),
        ("{s}由{o}开发", f"《{S}》由“{O}”开发。", [S + O]),
        ("{s}由{o}开发", f"{S}不由{O}开发。", []),
        ("{s}[是|]由{o}[共同|][开发|设计]", f"{S}是由{O}共同设计", [S + O]),
        ("{s}...使用{o}", f"{S}也一直使用{O}", [S + O]),
        ("{s}...使用{o}", f"{S}，使用{O}", []),
        ("{s}使用{o}", f"{S}使用{O}，{O}使用{X}", [S + O, O + X]),
    ],
)
def test_a_pattern_matches(pattern: str, line: str, expected: list[str]) -> None:
    assert slots(pattern, line) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{s} uses it", r"needs both \{s\} and \{o\}"),
        ("it uses {o}", r"needs both \{s\} and \{o\}"),
        ("{s} [uses {o}", "cannot be read at character 5"),
        ("{s} uses {o", "cannot be read at character 10"),
        ("{s} uses {x}", "cannot be read at character 10"),
        ("{s:Starship} uses {o}", "names the class 'Starship', which is not declared"),
    ],
)
def test_a_broken_pattern_says_where(pattern: str, message: str) -> None:
    with pytest.raises(OntologyError, match=message):
        expression(pattern)


def test_a_class_is_named_by_local_name_or_label() -> None:
    compiled = compile_pattern(Label("{s:Software} uses {o:ProgrammingLanguage}", "en"), PROPERTY, ONTOLOGY)
    assert {role: local_name(iri) for role, iri in compiled.classes.items()} == {"s": "Software", "o": "ProgrammingLanguage"}
    assert compile_pattern(Label("{s:database} uses {o}", "en"), PROPERTY, ONTOLOGY).classes == {"s": KG["Software"]}


def test_every_pattern_of_the_ontology_compiles() -> None:
    for prop in ONTOLOGY.properties.values():
        for pattern in (*prop.patterns, *prop.not_patterns):
            assert compile_pattern(pattern, prop, ONTOLOGY)
