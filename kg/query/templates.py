"""The quads that an operation of an update writes or deletes, once for each solution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kg.rdf import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple

__all__ = ["Template"]


@dataclass(frozen=True, slots=True)
class Template:
    """Quad patterns: IRIs of `variables` stand for variables, blank nodes for a fresh one a solution."""

    quads: tuple[Quad, ...] = ()
    variables: Mapping[NamedNode, str] = field(default_factory=dict)
    has_blank_nodes: bool = True
    """Whether blank nodes have to be made fresh; those of INSERT DATA are."""

    def fill(self, solution: Mapping[str, Term | None]) -> Iterator[Quad]:
        """Yield the quads for one solution, without those that would be no RDF (Update, 4.1.2 and 4.2.2)."""
        if not self.variables and not self.has_blank_nodes:
            yield from self.quads
            return
        fresh: dict[BlankNode, BlankNode] = {}
        for quad in self.quads:
            subject = self._term(quad.subject, solution, fresh)
            predicate = self._term(quad.predicate, solution, fresh)
            value = self._term(quad.object, solution, fresh)
            name = quad.graph_name
            graph_name = name if isinstance(name, DefaultGraph) else self._term(name, solution, fresh)
            if (
                isinstance(subject, NamedNode | BlankNode)
                and isinstance(predicate, NamedNode)
                and value is not None
                and isinstance(graph_name, NamedNode | BlankNode | DefaultGraph)
            ):
                yield Quad(subject, predicate, value, graph_name)

    def _term(self, term: Term, solution: Mapping[str, Term | None], fresh: dict[BlankNode, BlankNode]) -> Term | None:
        if isinstance(term, NamedNode):
            return solution.get(self.variables[term]) if term in self.variables else term
        if isinstance(term, BlankNode):
            return fresh.setdefault(term, BlankNode())
        if isinstance(term, Literal):
            return term
        subject = self._term(term.subject, solution, fresh)
        predicate = self._term(term.predicate, solution, fresh)
        value = self._term(term.object, solution, fresh)
        if isinstance(subject, NamedNode | BlankNode) and isinstance(predicate, NamedNode) and value is not None:
            return Triple(subject, predicate, value)
        return None
