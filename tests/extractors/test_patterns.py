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
A, B, C = "\ue000", "\ue001", "\ue002"


def expression(pattern: str) -> re.Pattern[str]:
    return compile_pattern(Label(pattern, ""), PROPERTY, ONTOLOGY).expression


def slots(pattern: str, line: str) -> list[str]:
    return [match["s"] + match["o"] for match in expression(pattern).finditer(line)]


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("{s} is powered by {o}", f"{A} is powered by {B}.", [A + B]),
        ("{s} is powered by {o}", f"{A} Is  Powered By {B}.", [A + B]),
        ("{s} is powered by {o}", f"{A} is not powered by {B}.", []),
        ("{o} is used by {s}", f"{A} is used by {B}", [B + A]),
        ("{s} [is|was] built on {o}", f"{A} was built on {B}", [A + B]),
        ("{s} [is|was] built on {o}", f"{A} wasbuilt on {B}", []),
        ("{s} by [the|] {o}", f"{A} by the {B}", [A + B]),
        ("{s} by [the|] {o}", f"{A} by {B}", [A + B]),
        ("{s} is [a|an] ... engineer at {o}", f"{A} is a very senior software engineer at {B}", [A + B]),
        ("{s} is [a|an] ... engineer at {o}", f"{A} is an engineer at {B}", [A + B]),
        ("{s} is [a|an] ... engineer at {o}", f"{A} is a b c d e f engineer at {B}", []),
        ("{s} is [a|an] ... engineer at {o}", f"{A} is a cook, engineer at {B}", []),
        ("{s} use {o}", f"{A} uses {B}", []),
        ("use of {s} in {o}", f"reuse of {A} in {B}", []),
        ("{s}'s author is {o}", f"{A}'s author is {B}", [A + B]),
        ("{s} (by {o})", f"{A} (by {B})", [A + B]),
        ("{s}由{o}开发", f"{A}由{B}开发。", [A + B]),
        ("{s}由{o}开发", f"{A} 由 {B} 开发。", [A + B]),
        ("{s}由{o}开发", f"《{A}》由“{B}”开发。", [A + B]),
        ("{s}由{o}开发", f"{A}不由{B}开发。", []),
        ("{s}[是|]由{o}[共同|][开发|设计]", f"{A}是由{B}共同设计", [A + B]),
        ("{s}...使用{o}", f"{A}也一直使用{B}", [A + B]),
        ("{s}...使用{o}", f"{A}，使用{B}", []),
        ("{s}使用{o}", f"{A}使用{B}，{B}使用{C}", [A + B, B + C]),
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
