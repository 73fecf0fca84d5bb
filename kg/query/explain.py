"""How a SPARQL query is read: its algebra as a tree, each triple pattern with how many triples fit it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from kg.errors import KgError
from kg.graph import KnowledgeGraph
from kg.query.sparql import profile_sparql, sparql_as_run
from kg.rdf import PREFIXES, BlankNode, DefaultGraph, Literal, NamedNode
from kg.sparql.trees import query_tree

__all__ = ["explain_sparql"]

_SHOWN_KEYS = ("PV", "expr", "start", "length", "term", "var")
_COUNTED = 10_000
"""More fitting triples than this are not counted on."""


def explain_sparql(graph: KnowledgeGraph, text: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return the algebra of a query (SPARQL 1.1 Query, section 18) as an indented tree.

    Behind a triple pattern stands how many triples of the default graph fit its constants. rdflib makes
    the algebra; a query that only Oxigraph can read is said to be so. Below stands how the store answered the query,
    if it has more to say than that. What is computed stands there as the rows that were found (ToMultiSet).
    """
    try:
        text = sparql_as_run(graph, text, prefixes)
        profile = profile_sparql(graph, text, prefixes)
    except KgError as error:
        profile = f"The query cannot be answered: {error}"
    return "\n".join(filter(None, (_algebra(graph, text, prefixes), profile)))


def _algebra(graph: KnowledgeGraph, text: str, prefixes: Mapping[str, str]) -> str:
    """Return the algebra of a query as a tree."""
    from rdflib.plugins.sparql.algebra import translateQuery

    try:
        query = translateQuery(query_tree(text), initNs=dict(prefixes))
    except Exception as error:  # noqa: BLE001 - rdflib raises it bare, and the query itself may be right
        return f"The algebra cannot be shown: {error}"
    return "\n".join(_tree(graph, query.algebra, 0))


def _tree(graph: KnowledgeGraph, node: Any, depth: int) -> Iterator[str]:
    """Yield the lines of one algebra node and of what is below it."""
    indent = "  " * depth
    details = [f"{key}={_shown(node[key])}" for key in _SHOWN_KEYS if key in node]
    yield f"{indent}{node.name}{' ' if details else ''}{', '.join(details)}"
    patterns = node["triples"] if "triples" in node else ()  # noqa: SIM401 - its `get` gives the key back
    for triple in patterns:
        yield f"{indent}  {' '.join(_shown(term) for term in triple)}  ({_fitting(graph, triple)} triples)"
    for key in ("p", "p1", "p2"):
        if key in node:
            yield from _tree(graph, node[key], depth + 1)


def _shown(value: Any) -> str:
    from rdflib.paths import Path
    from rdflib.term import Identifier

    if isinstance(value, list):
        return " ".join(_shown(item) for item in value)
    return str(value.n3() if isinstance(value, Identifier | Path) else getattr(value, "name", value))


def _fitting(graph: KnowledgeGraph, triple: Any) -> str:
    """Count the triples that fit a pattern's constants; a property path is not looked up."""
    subject, predicate, object_ = (_term(part) for part in triple)
    if predicate is _NO_TERM or isinstance(subject, Literal):
        return "?"
    found = graph.store.match(subject, predicate, object_, DefaultGraph())  # type: ignore[arg-type]
    count = sum(1 for _ in itertools.islice(found, _COUNTED + 1))
    return f"{count:,}" if count <= _COUNTED else f"over {_COUNTED:,}"


_NO_TERM = BlankNode("path")


def _term(part: Any) -> NamedNode | Literal | BlankNode | None:
    """Turn rdflib's term into ours; a variable or a blank node stands for anything."""
    kind = type(part).__name__
    if kind == "URIRef":
        return NamedNode(str(part))
    if kind == "Literal":
        if part.language:
            return Literal(str(part), language=part.language)
        return Literal(str(part), datatype=NamedNode(str(part.datatype))) if part.datatype else Literal(str(part))
    return None if kind in ("Variable", "BNode") else _NO_TERM
