"""A small vault as quads, for the tests of recommendation: written as ingest writes notes."""

from __future__ import annotations

from kg.iri import Minter
from kg.rdf import NamedNode

__all__ = ["BASE", "MINTER", "VAULT", "note"]

BASE = "https://noemata.example/small/"
MINTER = Minter(BASE)


def note(path: str) -> NamedNode:
    return MINTER.note(path, None)


def _note(path: str, title: str, more: str = "", described: bool = True) -> str:
    iri = note(path)
    thing = f"<{iri.value}> kg:describes <{iri.value}#it> ." if described else ""
    name = f'<{iri.value}#it> a kg:Entity ; rdfs:label "{title}" .' if described else ""
    return f"""
GRAPH <{iri.value}> {{
    <{iri.value}> a kg:Note ; kg:path "{path}" ; dct:title "{title}" . {thing} {name}
    {more}
}}"""


def _links(source: str, *targets: str) -> str:
    iri = note(source).value
    return "".join(
        f"<{iri}> kg:linksTo <{note(target).value}> ; kg:mentions <{note(target).value}#it> .\n" for target in targets
    )


def _said(quote: str, source: str, subject: str, predicate: str, object: str) -> str:
    iri = note(source).value
    return f"""
    <{subject}> {predicate} <{object}> .
    <{iri}#e-{abs(hash_of(quote))}> a kg:Evidence ; rdf:subject <{subject}> ; rdf:predicate {predicate} ;
        rdf:object <{object}> ; kg:inNote <{iri}> ; kg:start 0 ; kg:end {len(quote)} ; kg:quote "{quote}" ;
        kg:confidence 0.9 ; kg:extractor "patterns 0.1.0" ; kg:kind "extracted" ."""


def hash_of(text: str) -> int:
    return sum(ord(character) * place for place, character in enumerate(text, 1))


_SPACY = f"{note('spaCy.md').value}#it"
_PRODIGY = f"{note('Prodigy.md').value}#it"
_NOEMATA = f"{note('Noemata.md').value}#it"
_TAG = MINTER.tag("nlp").value
_ADA = MINTER.entity("Agent", "Ada").value

VAULT = "\n".join(
    [
        "@prefix kg: <https://w3id.org/noemata#> . @prefix dct: <http://purl.org/dc/terms/> .",
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .",
        _note("spaCy.md", "spaCy", f"<{note('spaCy.md').value}> kg:taggedWith <{_TAG}> ."),
        _note(
            "Prodigy.md",
            "Prodigy",
            _said("Prodigy uses spaCy.", "Prodigy.md", _PRODIGY, "kg:uses", _SPACY)
            + f'<{note("Prodigy.md").value}> dct:modified "2025-05-02"^^xsd:date .',
        ),
        _note(
            "Noemata.md",
            "Noemata",
            _said("Noemata uses spaCy for text.", "Noemata.md", _NOEMATA, "kg:uses", _SPACY)
            + f'<{note("Noemata.md").value}> kg:taggedWith <{_TAG}> ; dct:created "2025-01-01"^^xsd:date .',
        ),
        _note("分词.md", "分词", _links("分词.md", "spaCy.md") + f"<{note('分词.md').value}> kg:taggedWith <{_TAG}> ."),
        _note(
            "Draft.md", "Draft", _links("Draft.md", "spaCy.md") + f'<{note("Draft.md").value}#it> kg:status "Draft" .'
        ),
        _note(
            "Diary.md",
            "Diary",
            _links("Diary.md", "spaCy.md") + f"<{note('Diary.md').value}> <{MINTER.term('private').value}> true .",
        ),
        _note("Templates/Tool.md", "Tool", _links("Templates/Tool.md", "spaCy.md")),
        _note(
            "2025-05-01.md",
            "2025-05-01",
            f'<{note("2025-05-01.md").value}> dct:date "2025-05-01"^^xsd:date ; kg:mentions <{_ADA}> .',
            described=False,
        ),
        _note("Gardening.md", "Gardening", _links("Gardening.md", "Compost.md")),
        _note("Compost.md", "Compost"),
        f"""
GRAPH <{BASE}note/clips> {{
    <{BASE}note/id:c1> a kg:Note ; kg:path "clips.jsonl" ; dct:identifier "c1" ; dct:title "A clipping" ;
        kg:mentions <{_ADA}> .
    <{_ADA}> a kg:Agent ; rdfs:label "Ada" .
}}
GRAPH <{MINTER.graph("user").value}/ada> {{
    <{BASE}user/ada> a kg:User ; kg:viewed <{note("spaCy.md").value}> , <{note("Compost.md").value}> .
}}""",
    ]
)
"""Ten notes and a clipping; `spaCy.md` is what most of them have to do with."""
