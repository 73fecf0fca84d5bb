"""What the pages ask the graph: a few SPARQL queries, however many things they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from kg.explain.reading import name_of
from kg.graph import KnowledgeGraph
from kg.rdf import PREFIXES, BlankNode, Literal, NamedNode, Term
from kg.results import DatasetClause, Solutions

__all__ = ["Row", "most_specific", "named", "read_classes", "read_names", "rows", "text", "written"]

_MANY = 2_000
"""Resources that one query asks about."""
_NAMES = "SELECT ?iri ?name {{ VALUES ?iri {{ {iris} }} ?iri kg:name ?name }}"
_CLASSES = "SELECT ?iri ?class {{ VALUES ?iri {{ {iris} }} ?iri a ?class }}"

Row = Mapping[str, Term | None]


def rows(graph: KnowledgeGraph, query: str) -> Iterator[Row]:
    """Yield the solutions of a SELECT over the default graph, in its order; prefixes may be left out."""
    result = graph.store.query(query, DatasetClause(), dict(PREFIXES))
    assert isinstance(result, Solutions)
    for row in result.rows:
        yield dict(zip(result.variables, row, strict=True))


def written(terms: Iterable[Term]) -> Iterator[str]:
    """Yield some terms at a time as SPARQL writes them, each once, in one order: equal graphs are asked the same."""
    rest = iter(sorted({str(term) for term in terms}))
    while some := list(islice(rest, _MANY)):
        yield " ".join(some)


def text(term: Term | None) -> str:
    """Return the text of a term, empty for none."""
    return "" if term is None else term.value if isinstance(term, Literal | NamedNode | BlankNode) else str(term)


def read_names(graph: KnowledgeGraph, iris: Iterable[NamedNode]) -> dict[NamedNode, str]:
    """Return what resources are called: their names, the labels of classes and properties, else as `name_of` does."""
    wanted = set(iris)
    ontology = graph.ontology
    found = {iri: ontology.label(iri) for iri in wanted if iri in ontology.classes or iri in ontology.properties}
    for some in written(wanted - found.keys()):
        for row in rows(graph, _NAMES.format(iris=some)):
            iri, name = row["iri"], text(row["name"])
            if isinstance(iri, NamedNode):
                found[iri] = min(found.get(iri, name), name)
    found.update((iri, name_of(graph, iri)) for iri in sorted(wanted - found.keys(), key=str))
    return found


def read_classes(graph: KnowledgeGraph, iris: Iterable[NamedNode]) -> dict[NamedNode, list[dict[str, str]]]:
    """Return the most specific classes of resources, each with its label, by label; those without any are left out."""
    found: dict[NamedNode, set[NamedNode]] = {}
    for some in written(iris):
        for row in rows(graph, _CLASSES.format(iris=some)):
            iri, class_iri = row["iri"], row["class"]
            if isinstance(iri, NamedNode) and isinstance(class_iri, NamedNode):
                found.setdefault(iri, set()).add(class_iri)
    return {iri: most_specific(graph, classes) for iri, classes in found.items()}


def most_specific(graph: KnowledgeGraph, classes: Iterable[NamedNode]) -> list[dict[str, str]]:
    """Return those of some classes that none of the others is below, with their labels, by label."""
    own = set(classes)
    wider = {parent for class_iri in own for parent in graph.ontology.superclasses(class_iri)}
    labelled = ({"iri": each.value, "label": graph.ontology.label(each)} for each in own - wider)
    return sorted(labelled, key=lambda each: (each["label"], each["iri"]))


def named(term: Term, names: Mapping[NamedNode, str]) -> dict[str, str]:
    """Return a term as JSON: `iri` and `name` of a resource; `value` of a literal, with `datatype` or `language`."""
    if isinstance(term, NamedNode):
        return {"iri": term.value, "name": names.get(term, term.value)}
    if not isinstance(term, Literal):
        return {"value": str(term)}
    if term.language:
        return {"value": term.value, "language": term.language}
    datatype = term.datatype.value
    is_plain = datatype == f"{PREFIXES['xsd']}string"
    return {"value": term.value} if is_plain else {"value": term.value, "datatype": datatype}
