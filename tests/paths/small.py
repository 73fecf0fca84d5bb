"""A small graph for paths: notes, what they describe, and what they say with its sentences."""

from __future__ import annotations

from kg.rdf import NamedNode

BASE = "https://noemata.example/paths/"

_HEAD = f"""
@prefix kg: <https://w3id.org/noemata#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix n: <{BASE}note/> .
@prefix t: <{BASE}tag/> .
@prefix e: <{BASE}entity/> .
@prefix u: <{BASE}user/> .
"""
NAMES = ("Lantern", "Harrier", "Rust", "Mara", "Log", "Far")


def note(name: str) -> NamedNode:
    """The note with a name."""
    return NamedNode(f"{BASE}note/{name}.md")


def it(name: str) -> NamedNode:
    """What that note describes."""
    return NamedNode(f"{BASE}note/{name}.md#it")


def tag(name: str) -> NamedNode:
    """A tag."""
    return NamedNode(f"{BASE}tag/{name}")


def _note(name: str) -> str:
    own = f"<{note(name).value}>"
    return (
        f'{own} a kg:Note ; kg:path "{name}.md" ; dct:title "{name}" ; kg:graph {own} ; kg:describes {_it(name)} .\n'
        f'{_it(name)} a kg:Entity ; kg:name "{name}" .\n'
    )


def _it(name: str) -> str:
    return f"<{it(name).value}>"


def said(number: int, subject: NamedNode, predicate: str, object_: NamedNode, by: str, confidence: float = 0.9) -> str:
    """A statement and its evidence in a note."""
    return (
        f"<{subject.value}> kg:{predicate} <{object_.value}> .\n"
        f"<{note(by).value}#e-{number}> a kg:Evidence ; rdf:subject <{subject.value}> ; rdf:predicate kg:{predicate} ;"
        f" rdf:object <{object_.value}> ; kg:inNote <{note(by).value}> ; kg:start {number} ; kg:end {number + 1} ;"
        f' kg:quote "sentence {number}" ; kg:confidence {confidence} ; kg:kind "stated" .\n'
    )


def vault() -> bytes:
    """Lantern and Harrier are both written in Rust; Mara maintains the one and mentions the other."""
    text = "".join(_note(name) for name in NAMES)
    text += said(1, it("Lantern"), "writtenIn", it("Rust"), "Lantern")
    text += said(2, it("Lantern"), "writtenIn", it("Rust"), "Log", 0.95)
    text += said(3, it("Harrier"), "writtenIn", it("Rust"), "Harrier", 0.5)
    text += said(4, it("Mara"), "maintains", it("Lantern"), "Mara")
    text += said(5, note("Mara"), "mentions", it("Harrier"), "Mara")
    text += said(6, note("Mara"), "linksTo", note("Harrier"), "Mara")
    text += said(7, note("Log"), "linksTo", note("Lantern"), "Log")
    text += said(8, note("Far"), "taggedWith", tag("tool"), "Far")
    text += said(9, note("Rust"), "taggedWith", tag("tool"), "Rust")
    text += f"<{BASE}user/ada> kg:viewed <{note('Lantern').value}> , <{note('Far').value}> .\n"
    graphs = f"<{BASE}note/all> {{ {text} }}"
    return (_HEAD + graphs).encode()


def hub(size: int) -> bytes:
    """Two notes with one tag that many others have as well, and a thing that both use."""
    text = _note("One") + _note("Two") + _note("Core")
    for name in ("One", "Two"):
        text += f"<{note(name).value}> kg:taggedWith <{tag('all').value}> .\n"
        text += f"{_it(name)} kg:uses {_it('Core')} .\n"
    text += "".join(f"<{note(f'x{number}').value}> kg:taggedWith <{tag('all').value}> .\n" for number in range(size))
    return (_HEAD + f"<{BASE}note/all> {{ {text} }}").encode()
