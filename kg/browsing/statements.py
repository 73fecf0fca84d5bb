"""Statements of the graph, by subject, property and object, with their sentences."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.browsing.reading import Row, named, read_names, rows, text, written
from kg.browsing.requests import Page
from kg.browsing.snapshot import Snapshot
from kg.explain.reading import PLUMBING
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.paths.things import record_properties
from kg.rdf import KG, OWL, PROV, RDF, RDFS, SKOS, XSD, BlankNode, Literal, NamedNode, Term, canonical

__all__ = ["StatementFilter", "Triple", "read_sentences", "statements_page"]

Triple = tuple[NamedNode, NamedNode, Term]

_SCHEMA = (str(RDF), str(RDFS), str(OWL), str(PROV))
_PROPERTIES = "SELECT DISTINCT ?p { ?s ?p ?o }"
_DEGREES = "SELECT ?end (COUNT(?e) AS ?count) {{ VALUES ?end {{ {ends} }} ?e {role} ?end }} GROUP BY ?end"
# The inner group begins at the end of a statement that less evidence is about. An OPTIONAL is looked up row by row; in
# a join Oxigraph 0.5 reads all evidence of a hub for each of its statements.
_SENTENCES = """
SELECT ?s ?p ?o ?e ?note ?quote ?start ?end ?confidence ?kind ?extractor ?reason {{
  {{
    VALUES (?s ?p ?o) {{ {triples} }}
    ?e {role} {variable}
    OPTIONAL {{ ?e rdf:predicate ?property }} OPTIONAL {{ ?e {other_role} ?other }}
    FILTER(?property = ?p && sameTerm(?other, {other_variable}))
  }}
  OPTIONAL {{ ?e kg:inNote ?note }} OPTIONAL {{ ?e a ?type }} {within}
  FILTER(?type = kg:Evidence)
  OPTIONAL {{ ?e kg:quote ?quote }} OPTIONAL {{ ?e kg:start ?start }} OPTIONAL {{ ?e kg:end ?end }}
  OPTIONAL {{ ?e kg:confidence ?confidence }} OPTIONAL {{ ?e kg:kind ?kind }}
  OPTIONAL {{ ?e kg:extractor ?extractor }} OPTIONAL {{ ?e kg:reason ?reason }}
}}
"""
_ENDS = {
    True: {"role": "rdf:subject", "variable": "?s", "other_role": "rdf:object", "other_variable": "?o"},
    False: {"role": "rdf:object", "variable": "?o", "other_role": "rdf:subject", "other_variable": "?s"},
}
"""By whether the evidence is looked for from the subject."""
_PATHS = "SELECT ?note ?path {{ VALUES ?note {{ {notes} }} ?note kg:path ?path }}"
_TYPES = (
    "integer", "decimal", "double", "boolean", "date", "dateTime", "gYear", "gYearMonth", "anyURI",
)  # fmt: skip
_TRIPLES = 200
"""Triples that one query asks the sentences of."""


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which statements are asked for: all that fit everything that is not None.

    Attributes:
        about: either end. object: a resource or a literal; a plain text is any literal that is written so.
        note: what this note says. kind: only with a sentence of that kind. least: only with a sentence that sure.
        without: properties that are left out besides those of records; none of them where `predicate` is given.
    """

    subject: NamedNode | None = None
    predicate: NamedNode | None = None
    object: Term | None = None
    about: NamedNode | None = None
    note: NamedNode | None = None
    kind: str | None = None
    least: float | None = None
    without: frozenset[NamedNode] = frozenset()


def statements_page(snapshot: Snapshot, asked: StatementFilter, page: Page, most_sentences: int) -> dict[str, Any]:
    """Return `statements` by subject, property and object, and how many there are (`total`).

    Each statement has at most `most_sentences` of its `evidence`, the surest first, and how many there are
    (`sentences`); where a note is asked for, only what that one says. What Noemata keeps as a record, names, types and
    the ontology's own axioms are no statements, unless their property is asked for.
    """
    found = snapshot.recent(asked, lambda: _find(snapshot, asked))
    triples = found[page.offset : page.offset + page.limit]
    return {"statements": _read_statements(snapshot.graph, triples, most_sentences, asked.note), "total": len(found)}


def _read_statements(
    graph: KnowledgeGraph, triples: Sequence[Triple], most_sentences: int, note: NamedNode | None = None
) -> list[dict[str, Any]]:
    """Return triples as JSON, in their order, with their sentences; with `note`, only its own."""
    sentences = read_sentences(graph, triples, note)
    names = read_names(graph, {term for s, _, o in triples for term in (s, o) if isinstance(term, NamedNode)})
    return [
        {
            "subject": named(subject, names),
            "predicate": {"iri": predicate.value, "label": graph.ontology.label(predicate)},
            "object": named(object_, names),
            "sentences": len(own := sentences.get((subject, predicate, object_), [])),
            "evidence": own[:most_sentences],
        }
        for subject, predicate, object_ in triples
    ]


def read_sentences(
    graph: KnowledgeGraph, triples: Sequence[Triple], note: NamedNode | None = None
) -> dict[Triple, list[dict[str, Any]]]:
    """Return the evidence of triples, the surest first, then by path and place; members as in `kg show --json`."""
    found: dict[Triple, list[dict[str, Any]]] = {}
    notes: set[NamedNode] = set()
    within = "" if note is None else f"FILTER(?note = {note})"
    for row in _evidence(graph, triples, within):
        triple = _triple(row)
        if triple is not None and isinstance(row["note"], NamedNode):
            notes.add(row["note"])
            found.setdefault(triple, []).append(_sentence(row))
    paths = _paths(graph, notes)
    for sentences in found.values():
        for sentence in sentences:
            sentence["path"] = paths.get(sentence["note"], sentence["note"])
        sentences.sort(key=lambda each: (-each["confidence"], each["path"], each["start"], each["id"]))
    return found


def _evidence(graph: KnowledgeGraph, triples: Sequence[Triple], within: str) -> Iterator[Row]:
    """Yield the evidence of triples, each from the end that has less of it."""
    subjects = _degrees(graph, "rdf:subject", (subject for subject, _, _ in triples))
    objects = _degrees(graph, "rdf:object", (object_ for _, _, object_ in triples))
    for is_from_subject, terms in _ENDS.items():
        own = [
            f"({s} {p} {o})"
            for s, p, o in dict.fromkeys(triples)
            if (subjects.get(s, 0) <= objects.get(o, 0)) == is_from_subject
        ]
        for start in range(0, len(own), _TRIPLES):
            some = " ".join(own[start : start + _TRIPLES])
            yield from rows(graph, _SENTENCES.format(triples=some, within=within, **terms))


def _degrees(graph: KnowledgeGraph, role: str, ends: Iterable[Term]) -> dict[Term | None, int]:
    """Return how much evidence is about each term, in one role; terms without any are left out."""
    found: dict[Term | None, int] = {}
    for some in written(ends):
        for row in rows(graph, _DEGREES.format(ends=some, role=role)):
            found[row["end"]] = int(text(row["count"]))
    return found


def _sentence(row: Row) -> dict[str, Any]:
    return {
        "id": text(row["e"]), "note": text(row["note"]), "path": "", "quote": text(row["quote"]),
        "start": int(text(row["start"]) or 0), "end": int(text(row["end"]) or 0),
        "confidence": float(text(row["confidence"]) or 0), "kind": text(row["kind"]), "reason": text(row["reason"]),
        "extractor": text(row["extractor"]),
    }  # fmt: skip


def _paths(graph: KnowledgeGraph, notes: Iterable[NamedNode]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for some in written(notes):
        for row in rows(graph, _PATHS.format(notes=some)):
            note, path = text(row["note"]), text(row["path"])
            found[note] = min(found.get(note, path), path)
    return found


def _triple(row: Row) -> Triple | None:
    subject, predicate, object_ = row["s"], row["p"], row["o"]
    if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode) and object_ is not None:
        return subject, predicate, object_
    return None


def _find(snapshot: Snapshot, asked: StatementFilter) -> list[Triple]:
    """Return the triples that fit, in order. Sorted here: Oxigraph's ORDER BY reads a term anew for each comparison."""
    ends = [(asked.subject, None)] if asked.about is None else [(asked.about, None), (None, asked.about)]
    properties = _properties_of_statements(snapshot) if asked.predicate is None else (asked.predicate,)
    objects = (None,) if asked.object is None else _readings(snapshot.graph.ontology, asked.object)
    found: set[Triple] = set()
    for (subject, end), object_ in itertools.product(ends, objects):
        given: Row = {"s": subject, "p": asked.predicate, "o": end or object_}
        triples = _read_triples(snapshot.graph, _query(asked.note, given, properties), given)
        if asked.kind is not None or asked.least is not None:
            triples &= _read_triples(snapshot.graph, _evidence_query(asked, given), given)
        found |= {triple for triple in triples if _fits(asked, triple)}
    return sorted(found, key=_order)


def _read_triples(graph: KnowledgeGraph, query: str, given: Row) -> set[Triple]:
    return {triple for row in rows(graph, query) if (triple := _triple({**given, **row})) is not None}


def _query(note: NamedNode | None, given: Row, properties: Sequence[NamedNode]) -> str:
    """Return the query for what of ?s ?p ?o is not given; properties are joined only where both ends are open."""
    triple = " ".join(_terms(given).values())
    pattern = f"{triple} ." if note is None else f"GRAPH {note} {{ {triple} }}"
    if given["p"] is None and given["s"] is None and given["o"] is None and note is None:
        pattern = f"VALUES ?p {{ {_listed(properties)} }} {pattern}"
    elif given["p"] is None:
        pattern += f" FILTER(?p IN ({_listed(properties, ', ')}))"
    return f"SELECT {_open(given)} {{ {pattern} }}"


def _evidence_query(asked: StatementFilter, given: Row) -> str:
    """Return the query for the ends and properties of evidence of the kind that is asked for."""
    terms = _terms(given)
    pattern = f"?e rdf:subject {terms['s']} ; rdf:predicate {terms['p']} ; rdf:object {terms['o']}"
    pattern += " OPTIONAL { ?e a ?type }"
    conditions = ["?type = kg:Evidence"]
    for asks, name, condition in (
        (asked.note, "inNote", f"?inNote = {asked.note}"),
        (asked.kind, "kind", f"STR(?kind) = {Literal(asked.kind or '')}"),
        (asked.least, "confidence", f"?confidence >= {asked.least!r}"),
    ):
        if asks is not None:
            pattern += f" OPTIONAL {{ ?e kg:{name} ?{name} }}"
            conditions.append(condition)
    return f"SELECT {_open(given)} {{ {pattern} FILTER({' && '.join(conditions)}) }}"


def _terms(given: Row) -> dict[str, str]:
    return {name: f"?{name}" if term is None else str(term) for name, term in given.items()}


def _open(given: Row) -> str:
    return " ".join(f"?{name}" for name, term in given.items() if term is None) or "(1 AS ?is)"


def _listed(terms: Iterable[Term], between: str = " ") -> str:
    return between.join(str(term) for term in terms)


def _fits(asked: StatementFilter, triple: Triple) -> bool:
    subject, predicate, object_ = triple
    if asked.predicate is None and predicate in asked.without:
        return False
    is_subject = asked.subject is None or subject == asked.subject
    is_object = asked.object is None or isinstance(asked.object, Literal) or object_ == asked.object
    return is_subject and is_object and not isinstance(object_, BlankNode)


def _order(triple: Triple) -> tuple[str, ...]:
    subject, predicate, object_ = triple
    if not isinstance(object_, Literal):
        return subject.value, predicate.value, text(object_), "", ""
    return subject.value, predicate.value, object_.value, object_.datatype.value, object_.language or ""


def _readings(ontology: Ontology, term: Term) -> Sequence[Term]:
    """Return the terms that are meant: of a plain text also numbers, dates, and texts in a language of the ontology."""
    if not isinstance(term, Literal) or term.datatype != XSD["string"]:
        return (term,)
    languages = {label.language for named in ontology.classes.values() for label in named.labels}
    languages |= {label.language for known in ontology.properties.values() for label in known.labels}
    typed = (canonical(Literal(term.value, datatype=XSD[name])) for name in _TYPES)
    told = (Literal(term.value, language=language) for language in sorted(languages - {""}))
    return tuple(dict.fromkeys((term, *typed, *told)))


def _properties_of_statements(snapshot: Snapshot) -> tuple[NamedNode, ...]:
    """Return the properties whose triples are statements, of those in use, by IRI."""
    return snapshot.once("properties of statements", lambda: _read_properties(snapshot.graph))


def _read_properties(graph: KnowledgeGraph) -> tuple[NamedNode, ...]:
    annotations = {each.subject for each in graph.ontology.triples if each.object == OWL["AnnotationProperty"]}
    records = {*PLUMBING, *record_properties(graph.ontology), *annotations, SKOS["altLabel"], KG["digest"]}
    used = {row["p"] for row in rows(graph, _PROPERTIES)}
    found = (each for each in used if isinstance(each, NamedNode) and each not in records)
    return tuple(sorted((each for each in found if not each.value.startswith(_SCHEMA)), key=str))
