"""The extractor suite over every registered extractor, and the pipeline of the default one."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator

import pytest

from extractors import EXTRACTORS
from extractors.components import COMPONENTS, Component
from extractors.pipeline import SpacyExtractor, load_model
from extractors.source import SpacySource
from kg.errors import MissingExtraError
from kg.extraction import ExtractionOptions, Request, Term
from tests.extractors.lab import Lab, read_note
from tests.suites.extractor import *  # noqa: F403

pytestmark = pytest.mark.model

COMPONENT_NAMES = [
    "kg_tokens",
    "kg_links",
    "kg_gazetteer",
    "kg_names",
    "kg_literals",
    "kg_coreference",
    "kg_definitions",
    "kg_relations",
    "kg_stated",
    "kg_settle",
]

EVERYTHING = """---
employer: "[[Halden Analytics]]"
---
Tidepool is a database, says [[Mara Lindqvist]]. It uses Redis. Halden Analytics was founded in 1998.
Omar Haddad works for Initech. The Weber Institute uses Zephyrus. Zephyrus is a library.
"""


def test_registered_names() -> None:
    assert EXTRACTORS.names()[0] == "spacy"
    assert EXTRACTORS.load("spacy") is SpacyExtractor


def test_components_are_registered_in_order(lab: Lab) -> None:
    extractor = _spacy(lab)
    assert extractor._components.pipe_names == COMPONENT_NAMES
    assert extractor._nlp.pipe_names == ["tok2vec", "tagger", "parser", "ner"]


def test_spacy_finds_no_problem_in_the_pipeline(lab: Lab) -> None:
    """The trained pipeline gives what the first of ours needs; each of ours gives what the next ones need."""
    extractor = _spacy(lab)
    trained = extractor._nlp.analyze_pipes(keys=["assigns", "requires"])
    assert not any(trained["problems"].values())
    given = {attribute for row in trained["summary"].values() for attribute in row["assigns"]}
    ours = extractor._components.analyze_pipes(keys=["assigns", "requires"])
    missing = {name: set(found) - given for name, found in ours["problems"].items()}
    assert not any(missing.values()), missing
    assert list(ours["summary"]) == COMPONENT_NAMES
    assert {need for name in COMPONENTS for need in COMPONENTS[name].requires} <= {
        gift for row in ours["summary"].values() for gift in row["assigns"]
    }


@pytest.fixture
def bound(lab: Lab) -> Iterator[dict[str, Component]]:
    components = {name: c for name, c in _spacy(lab)._components.pipeline if isinstance(c, Component)}
    steps = {name: component._step for name, component in components.items()}
    yield components
    for name, step in steps.items():
        components[name]._step = step


@pytest.mark.parametrize("name", COMPONENT_NAMES[1:])
def test_every_component_changes_the_answer(lab: Lab, bound: dict[str, Component], name: str) -> None:
    before = lab.analyse(EVERYTHING).extraction
    bound[name]._step = None
    assert lab.analyse(EVERYTHING).extraction != before


def test_an_unbound_component_does_nothing(lab: Lab) -> None:
    doc = _spacy(lab)._nlp.make_doc("Tidepool uses Redis.")
    assert Component("kg_links")(doc) is doc


def test_a_model_that_is_not_installed_is_named() -> None:
    with pytest.raises(MissingExtraError, match="xx_no_such_model"):
        load_model("xx_no_such_model")


def test_versions_cost_no_model_and_tell_options_apart() -> None:
    plain, other = SpacySource(ExtractionOptions()), SpacySource(ExtractionOptions(coreference=False))
    assert plain.version != other.version
    assert plain.version == SpacySource(ExtractionOptions()).version
    assert plain.parse_version == other.parse_version
    assert importlib.metadata.version("spacy") in plain.parse_version
    assert "?" in SpacySource(ExtractionOptions(model="xx_no_such_model")).parse_version


def test_coreference_can_be_switched_off(lab: Lab, bound: dict[str, Component]) -> None:
    text = "Tidepool uses Redis. It depends on NumPy."
    assert lab.facts(text) == {"Tidepool | uses | Redis", "Tidepool | dependsOn | NumPy"}
    extractor = _spacy(lab)
    options = extractor._options
    extractor._options = ExtractionOptions(coreference=False)
    try:
        assert lab.facts(text) == {"Tidepool | uses | Redis"}
    finally:
        extractor._options = options


def test_the_vocabulary_of_a_call_is_its_own(lab: Lab) -> None:
    """The gazetteer is made once for a vocabulary and again for the next one."""
    note = read_note("We like zephyrus very much.", "Zephyrus Notes.md")
    request = Request(note, lab.entry(note), {})
    entity = lab.entry(note).described
    assert entity is not None
    names = (Term("zephyrus", entity, None, "title"),)
    for vocabulary, expected in ((names, 1), ((), 0), (names, 1)):
        (result,) = lab.extractor.extract([request], vocabulary)
        assert len(result.extraction.mentions) == expected


def _spacy(lab: Lab) -> SpacyExtractor:
    assert isinstance(lab.extractor, SpacyExtractor)
    return lab.extractor
