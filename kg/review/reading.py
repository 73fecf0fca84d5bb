"""What the queue asks the graph: a few SPARQL queries, however many items there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from kg.graph import KnowledgeGraph
from kg.rdf import KG, PREFIXES, BlankNode, Literal, NamedNode, Term
from kg.results import DatasetClause, Solutions
from kg.review.item import Sentence

__all__ = [
    "Found",
    "Guess",
    "Likeness",
    "count_alike",
    "count_statements",
    "first_evidence",
    "likeness_of",
    "read_guesses",
    "read_low",
    "read_names",
    "read_refusals",
    "read_statements",
    "which_are_notes",
]

_MANY = 2_000
"""Resources that one query asks about."""
_OF_ONE = frozenset({KG["mentions"], NamedNode(f"{PREFIXES['rdf']}type")})
"""Predicates of which only those with one object are alike: mentions of one thing, members of one class."""

Likeness = tuple[NamedNode, str, str, Term | None]
"""Predicate, extractor without its version, cue, and of a mention or a type the object."""


@dataclass(frozen=True, slots=True)
class Found:
    """An evidence or a refusal, as far as its place in the queue depends on it; no likeness where a note states it."""

    id: NamedNode
    confidence: float
    likeness: Likeness | None
    reason: str


@dataclass(frozen=True, slots=True)
class Guess:
    """A triple of the graph of predictions."""

    id: NamedNode
    triple: tuple[NamedNode, NamedNode, Term]
    score: float
    reason: str


# What joins only to what is found already is asked for by a variable or an OPTIONAL: Oxigraph 0.5 then looks it up row
# by row, where it would else read all of it first. Of 100,000 pieces of evidence that is a third of the time.
_FOUND = """
SELECT ?id ?type ?confidence ?predicate ?object ?extractor ?kind ?cue ?reason {{ GRAPH ?note {{
  {which}
  ?id kg:inNote ?note ; rdf:predicate ?predicate ; rdf:object ?object ; kg:extractor ?extractor ; kg:kind ?kind .
  OPTIONAL {{ ?id kg:cue ?cue }} OPTIONAL {{ ?id kg:reason ?reason }}
}} }}
"""
_LOW = "?id kg:confidence ?confidence FILTER(?confidence < {below!r}) ?id a ?type ."
_REFUSED = "?id a kg:Refusal ; kg:confidence ?confidence FILTER(isNumeric(?confidence))"
_GUESSES = """
SELECT ?id ?subject ?predicate ?object ?score ?reason {{ GRAPH <{graph}> {{
  ?id a kg:Prediction ; rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object ; kg:score ?score .
  FILTER(isNumeric(?score))
  OPTIONAL {{ ?id kg:reason ?reason }}
}} }}
"""
_ALIKE = """
SELECT ?predicate ?extractor ?cue {object} (COUNT(*) AS ?count) {{
  {values}
  GRAPH ?note {{ ?id {which} OPTIONAL {{ ?id rdf:predicate ?predicate }} OPTIONAL {{ ?id kg:cue ?cue }} }}
  FILTER(?note != <{decisions}>)
}} GROUP BY ?predicate ?extractor ?cue {object}
"""
_STATEMENTS_OF = """
SELECT ?iri (COUNT(*) AS ?count) {{
  VALUES ?iri {{ {iris} }}
  {{ GRAPH ?note {{ ?id rdf:subject ?iri ; kg:inNote ?note }} }}
  UNION {{ GRAPH ?note {{ ?id rdf:object ?iri ; kg:inNote ?note }} }}
}} GROUP BY ?iri
"""
_FIRST = """
SELECT ?iri (MIN(STR(?id)) AS ?first) {{
  VALUES ?iri {{ {iris} }}
  {{ GRAPH ?note {{ ?id rdf:subject ?iri ; kg:inNote ?note }} }}
  UNION {{ GRAPH ?note {{ ?id rdf:object ?iri ; kg:inNote ?note }} }}
}} GROUP BY ?iri
"""
_SENTENCES = """
SELECT ?id ?subject ?predicate ?object ?note ?path ?quote ?start ?end ?confidence ?extractor ?kind ?cue {{
  VALUES ?id {{ {iris} }}
  GRAPH ?note {{
    ?id rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object ; kg:inNote ?note ; kg:quote ?quote ;
      kg:start ?start ; kg:end ?end ; kg:confidence ?confidence ; kg:extractor ?extractor ; kg:kind ?kind .
    ?note kg:path ?path
    OPTIONAL {{ ?id kg:cue ?cue }}
  }}
}}
"""
_NAMES = "SELECT ?iri ?name {{ VALUES ?iri {{ {iris} }} GRAPH <{graph}> {{ ?iri kg:name ?name }} }}"

_NOTES = "SELECT ?iri {{ VALUES ?iri {{ {iris} }} GRAPH ?iri {{ ?iri a kg:Note }} }}"

_Row = Mapping[str, Term | None]


def read_low(graph: KnowledgeGraph, below: float) -> list[Found]:
    """Return the evidence of notes with less confidence, in no order."""
    rows = _rows(graph, _FOUND.format(which=_LOW.format(below=float(below))))
    return [_found(row) for row in rows if row["type"] == KG["Evidence"]]


def read_refusals(graph: KnowledgeGraph) -> list[Found]:
    """Return what the gate refused, in no order."""
    return [_found(row) for row in _rows(graph, _FOUND.format(which=_REFUSED))]


def read_guesses(graph: KnowledgeGraph) -> list[Guess]:
    """Return the predictions that wait, in no order."""
    found = []
    for row in _rows(graph, _GUESSES.format(graph=graph.minter.graph("predicted").value)):
        id_, subject, predicate, object_ = row["id"], row["subject"], row["predicate"], row["object"]
        if isinstance(id_, NamedNode) and isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
            assert object_ is not None
            found.append(Guess(id_, (subject, predicate, object_), _number(row["score"]), _text(row["reason"])))
    return found


def likeness_of(predicate: NamedNode, object_: Term, extractor: str, kind: str, cue: str) -> Likeness | None:
    """Return what evidence has in common with whatever else the same pattern found; None where a note states it."""
    if kind == "stated":
        return None
    return predicate, _unversioned(extractor), cue, object_ if predicate in _OF_ONE else None


def count_alike(graph: KnowledgeGraph, wanted: Iterable[Likeness]) -> dict[Likeness, int]:
    """Return how many pieces of evidence and refusals there are of each likeness."""
    likenesses = set(wanted)
    found: dict[Likeness, int] = dict.fromkeys(likenesses, 0)
    decisions = graph.minter.graph("decisions").value  # what it holds describes evidence, and is none
    if any(each[3] is None for each in likenesses):
        for row in _rows(
            graph, _ALIKE.format(object="", values="", which="kg:extractor ?extractor", decisions=decisions)
        ):
            _add(found, row)
    objects = {each[3] for each in likenesses if isinstance(each[3], NamedNode)}
    for some in _parts(objects):
        values = f"VALUES ?object {{ {some} }}"
        which = "rdf:object ?object ; kg:extractor ?extractor"
        for row in _rows(graph, _ALIKE.format(object="?object", values=values, which=which, decisions=decisions)):
            _add(found, row)
    return found


def _add(found: dict[Likeness, int], row: _Row) -> None:
    predicate = row["predicate"]
    if isinstance(predicate, NamedNode):
        likeness = (predicate, _unversioned(_text(row["extractor"])), _text(row["cue"]), row.get("object"))
        if likeness in found:
            found[likeness] += int(_number(row["count"]))


def count_statements(graph: KnowledgeGraph, iris: Iterable[NamedNode]) -> dict[NamedNode, int]:
    """Return how many pieces of evidence and refusals of notes have each IRI as subject or object."""
    found: dict[NamedNode, int] = {}
    for some in _parts(iris):
        for row in _rows(graph, _STATEMENTS_OF.format(iris=some)):
            if isinstance(row["iri"], NamedNode):
                found[row["iri"]] = int(_number(row["count"]))
    return found


def first_evidence(graph: KnowledgeGraph, iris: Iterable[NamedNode]) -> dict[NamedNode, NamedNode]:
    """Return a piece of evidence, or what was refused, about each entity that is in any: the first by IRI."""
    found: dict[NamedNode, NamedNode] = {}
    for some in _parts(iris):
        for row in _rows(graph, _FIRST.format(iris=some)):
            if isinstance(row["iri"], NamedNode) and row["first"] is not None:
                found[row["iri"]] = NamedNode(_text(row["first"]))
    return found


def read_statements(
    graph: KnowledgeGraph, ids: Iterable[NamedNode]
) -> dict[str, tuple[tuple[NamedNode, NamedNode, Term], Sentence]]:
    """Return the triple and the sentence of pieces of evidence and refusals, by their IRIs."""
    found: dict[str, tuple[tuple[NamedNode, NamedNode, Term], Sentence]] = {}
    for some in _parts(ids):
        for row in _rows(graph, _SENTENCES.format(iris=some)):
            id_, subject, predicate, object_ = (row[name] for name in ("id", "subject", "predicate", "object"))
            if isinstance(id_, NamedNode) and isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
                assert object_ is not None
                found[id_.value] = (subject, predicate, object_), _sentence(id_, row)
    return found


def _sentence(iri: NamedNode, row: _Row) -> Sentence:
    return Sentence(
        id=iri.value,
        note=_text(row["note"]),
        path=_text(row["path"]),
        quote=_text(row["quote"]),
        start=int(_number(row["start"])),
        end=int(_number(row["end"])),
        confidence=_number(row["confidence"]),
        extractor=_text(row["extractor"]),
        kind=_text(row["kind"]),
        cue=_text(row["cue"]),
    )


def read_names(graph: KnowledgeGraph, iris: Iterable[NamedNode]) -> dict[NamedNode, str]:
    """Return the names of those resources that have one."""
    found: dict[NamedNode, str] = {}
    names = graph.minter.graph("names").value
    for some in _parts(iris):
        for row in _rows(graph, _NAMES.format(iris=some, graph=names)):
            if isinstance(row["iri"], NamedNode):
                found[row["iri"]] = _text(row["name"])
    return found


def which_are_notes(graph: KnowledgeGraph, iris: Iterable[NamedNode]) -> set[NamedNode]:
    """Return those of some notes that are in the graph."""
    texts = (_NOTES.format(iris=some) for some in _parts(iris))
    return {row["iri"] for text in texts for row in _rows(graph, text) if isinstance(row["iri"], NamedNode)}


def _found(row: _Row) -> Found:
    id_, predicate, object_ = row["id"], row["predicate"], row["object"]
    assert isinstance(id_, NamedNode) and isinstance(predicate, NamedNode) and object_ is not None
    likeness = likeness_of(predicate, object_, _text(row["extractor"]), _text(row["kind"]), _text(row["cue"]))
    return Found(id_, _number(row["confidence"]), likeness, _text(row["reason"]))


def _unversioned(extractor: str) -> str:
    """`patterns 0.1.0` → `patterns`: a new version finds what is like what the old one found."""
    name, _, version = extractor.rpartition(" ")
    return name if name and version.lstrip("v")[:1].isdigit() else extractor


def _parts(iris: Iterable[NamedNode]) -> Iterator[str]:
    """Yield some IRIs at a time as SPARQL writes them, in one order, so that equal graphs are asked the same."""
    rest = iter(sorted({str(iri) for iri in iris}))
    while some := list(islice(rest, _MANY)):
        yield " ".join(some)


def _rows(graph: KnowledgeGraph, text: str) -> Iterator[_Row]:
    result = graph.store.query(text, DatasetClause(), dict(PREFIXES))
    assert isinstance(result, Solutions)
    for row in result.rows:
        yield dict(zip(result.variables, row, strict=True))


def _text(term: Term | None) -> str:
    return "" if term is None else term.value if isinstance(term, Literal | NamedNode | BlankNode) else str(term)


def _number(term: Term | None) -> float:
    assert isinstance(term, Literal)
    return float(term.value)
