"""Statements with their sentences as TriG, written down shortly: what graphs of these tests are made of."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["BASE", "PREFIXES", "fact", "thing"]

BASE = "https://t.example/"
PREFIXES = f"""
@prefix kg: <https://w3id.org/noemata#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <{BASE}entity/Entity/> .
@prefix term: <{BASE}term/> .
@prefix tag: <{BASE}tag/> .
@prefix note: <{BASE}note/> .
@prefix film: <https://films.example/ns#> .
"""


def thing(name: str, class_name: str = "", labels: Iterable[str] = ()) -> str:
    """Return a thing in a note's graph with its class and its labels."""
    kind = f" ; a kg:Entity, {class_name}" if class_name else " ; a kg:Entity"
    names = ", ".join(f'"{label}"' for label in labels)
    return f"note:things {{ :{name} rdfs:label {names}{kind} . }}\n"


def fact(subject: str, predicate: str, object_: str, quote: str, note: str = "n.md", kind: str = "extracted") -> str:
    """Return a statement in the graph of a note, with the sentence that says it; several of one note may share it."""
    number = abs(hash_of(subject + predicate + object_ + quote + note))
    return f"""
note:{note.removesuffix(".md")} {{
  {subject} {predicate} {object_} .
  note:{note.removesuffix(".md")} a kg:Note ; kg:path "{note}" .
  note:e{number} a kg:Evidence ; rdf:subject {subject} ; rdf:predicate {predicate} ; rdf:object {object_} ;
    kg:inNote note:{note.removesuffix(".md")} ; kg:start 0 ; kg:end {len(quote)} ; kg:quote "{quote}" ;
    kg:confidence 0.9 ; kg:extractor "test 1" ; kg:kind "{kind}" .
}}
"""


def hash_of(text: str) -> int:
    """Return a number that is the same in every process."""
    found = 7
    for character in text:
        found = (found * 131 + ord(character)) % (1 << 61)
    return found
