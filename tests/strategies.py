"""Hypothesis strategies for RDF terms, quads and changes, shared by all tests.

The pools are small on purpose, so that quads meet: the same triple in several graphs, the same node in
several triples.
"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from kg.model import Change
from kg.rdf import RDF, XSD, BlankNode, Literal, NamedNode, Quad, Term, Triple

__all__ = ["any_literals", "blank_nodes", "changes", "iris", "literals", "objects", "quads", "subjects", "terms"]

iris = st.sampled_from([NamedNode(f"https://example.com/{name}") for name in ("a", "b", "é", "a/../b?x=1%41#y")])
blank_nodes = st.sampled_from([BlankNode(label) for label in ("b0", "b1", "c14n0", "f" * 32)])

_TYPED = (
    ("1", "integer"), ("01", "integer"), ("abc", "integer"), ("9" * 40, "integer"), ("255", "integer"),
    ("1.70", "decimal"), ("1.7", "decimal"), ("1e0", "double"), ("1.0", "double"), ("-0", "double"), ("NaN", "double"),
    ("1e400", "double"), ("1", "boolean"), ("true", "boolean"), ("2026-11-22", "date"), ("2026-11-22Z", "date"),
    ("2026-02-30", "date"), ("12", "gYear"), ("2026-11-22T10:00:00.500+01:00", "dateTime"), ("P1M", "duration"),
    ("a b", "token"), ("1", "byte"),
)  # fmt: skip

_typed = st.sampled_from([Literal(text, datatype=XSD[name]) for text, name in _TYPED])
_tagged = st.builds(
    lambda text, tag: Literal(text, language=tag), st.sampled_from(["a", "ä"]), st.sampled_from(["en", "EN-gb", "zh"])
)
_strings = st.sampled_from([Literal(text) for text in ("", "a", 'q"\\\n\r\t\x00\x7f\u2028\\u0041\U0001f600', "<a> .")])

literals = st.one_of(_strings, _tagged, _typed)
"""Literals from a small pool: odd characters, languages, values with several forms, ill-typed ones."""

any_literals = st.one_of(
    st.builds(Literal, st.text()),
    st.builds(lambda text: Literal(text, language="en-GB"), st.text()),
    st.builds(lambda text: Literal(text, datatype=NamedNode("https://example.com/type")), st.text()),
    st.builds(lambda number: Literal(str(number), datatype=XSD["integer"]), st.integers()),
    st.floats().map(Literal),
)
"""Literals with any text."""

subjects = st.one_of(iris, blank_nodes)
_triple_terms = st.builds(Triple, subjects, iris, st.one_of(subjects, literals))
objects: st.SearchStrategy[Term] = st.one_of(subjects, literals, _triple_terms)
terms: st.SearchStrategy[Term] = st.one_of(iris, blank_nodes, any_literals)
_predicates = st.sampled_from([RDF["type"], NamedNode("https://example.com/p")])


def quads(
    graph_names: Iterable[NamedNode | BlankNode], objects: st.SearchStrategy[Term] = objects
) -> st.SearchStrategy[Quad]:
    """Return quads of some graphs."""
    return st.builds(Quad, subjects, _predicates, objects, st.sampled_from(list(graph_names)))


def changes(quads: st.SearchStrategy[Quad], size: int = 8) -> st.SearchStrategy[Change]:
    """Return changes of at most `size` additions and as many removals, which may overlap."""
    parts = st.lists(quads, max_size=size).map(tuple)
    return st.builds(Change, parts, parts)
