"""What found a relation: the trigger, the pattern or the label, as the ontology writes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from extractors.triggers import compile_triggers
from kg.ontology import Label, Ontology, PropertyTerm, load_ontology
from kg.rdf import KG, NamedNode
from tests.extractors.lab import Lab

pytestmark = pytest.mark.model

ONTOLOGY = load_ontology()
_MARK = re.compile(r"\[[so] ([^\]]+)\]")


def written(prop: PropertyTerm) -> set[str]:
    """Return what a property may be found by: its hints, or without any its English labels."""
    return {x.text for x in (*prop.triggers, *prop.patterns)} or {x.text for x in prop.labels}


def cues(lab: Lab, text: str) -> set[tuple[str, str, str]]:
    """Return property, extractor and cue of what is extracted from a text; mentions and types are left out."""
    return {
        (c.predicate.value.rpartition("#")[2], c.evidence.extractor.split()[0], c.evidence.cue)
        for c in lab.analyse(text).linked.claims
        if c.evidence.kind == "extracted" and c.predicate in lab.ontology.properties and c.predicate != KG["mentions"]
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tidepool depends on Redis.", ("dependsOn", "triggers", "depend on")),
        ("Tidepool depended on Redis.", ("dependsOn", "triggers", "depend on")),
        ("Tidepool 使用 Redis。", ("uses", "patterns", "{s}[使用|采用|利用|运用|用到|选用|用][了|]{o:Technology}")),
    ],
)
def test_a_relation_has_its_cue(lab: Lab, text: str, expected: tuple[str, str, str]) -> None:
    assert expected in cues(lab, text)


def test_a_cue_stands_in_the_ontology_at_its_property(lab: Lab) -> None:
    seen = set()
    examples = [_MARK.sub(r"\1", x.text) for prop in ONTOLOGY.properties.values() for x in prop.examples]
    for analysis in lab.analyse_all(examples, lab.vocabulary(())):
        for claim in analysis.linked.claims:
            name = claim.evidence.extractor.split()[0]
            if name in ("triggers", "patterns"):
                assert claim.evidence.cue in written(ONTOLOGY.properties[claim.predicate])
                seen.add(name)
            else:
                assert claim.evidence.cue == ""
    assert seen == {"triggers", "patterns"}


def test_without_hints_the_label_is_the_cue(tmp_path: Path) -> None:
    path = tmp_path / "garden.ttl"
    path.write_text(
        """@prefix : <https://example.org/g#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <https://example.org/g> a owl:Ontology .
        :pollinates a owl:ObjectProperty ; rdfs:label "Pollinates"@en .""",
        encoding="utf-8",
    )
    found = cues(Lab(load_ontology(path)), "Tidepool pollinates Redis.")
    assert found == {("pollinates", "triggers", "Pollinates")}


def test_triggers_that_are_read_alike_are_one(lab: Lab) -> None:
    iri = NamedNode("https://example.org/p")
    hints = (Label("is used by", "en"), Label("used by", "en"))
    ontology = Ontology({}, {iri: PropertyTerm(iri, False, triggers=hints)}, {}, frozenset(), (), "")
    index = compile_triggers(ontology, lab.extractor._lemmas)  # type: ignore[attr-defined]
    ((trigger,),) = index.words.values()
    assert trigger.cue == "is used by"
