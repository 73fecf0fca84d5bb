"""What merged entities make of the graphs that keep the IRIs they were written with.

For every OTHER that is merged the graph `…/graph/resolution` has a resource of its own, whose IRI tells OTHER's:
`Minter.merge(OTHER) a kg:Merge ; kg:keeper KEEP ; kg:form "OTHER"`. Notes' graphs are built with KEEP. What people
insert, imports and the ontology may say OTHER still, and stay as they are. So one more derived graph, `…/graph/mapped`,
holds

- for every quad with an OTHER as its subject or object its triple with the keeper in that place, and
- `…/graph/mapped kg:hides "OTHER"^^xsd:anyURI` for every OTHER in such a quad: the default graph leaves it out.

So the default graph is the merge of the named graphs with every OTHER replaced by its keeper, and without a merge
nothing is written. The sources are all named graphs but `decisions`, `predicted` and the derived ones. The graph
`resolution` is flat: no keeper is merged itself. Of several keepers of one OTHER the first IRI counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

from kg.iri import Minter
from kg.model import Change
from kg.rdf import KG, RDF, XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple, canonical
from kg.stores.hiding import HIDES, hidden_in

__all__ = ["map_again", "map_all", "map_change", "sources_of"]

_TYPE, _MERGE, _KEEPER, _FORM = RDF["type"], KG["Merge"], KG["keeper"], KG["form"]
_NOT_MAPPED = ("decisions", "predicted", "names", "inferred", "mapped")

Node = NamedNode | BlankNode


class _Match(Protocol):
    """How quads are looked up: `Store.match`."""

    def __call__(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: Node | DefaultGraph | None = None,
    ) -> Iterator[Quad]: ...


class _Graphs:
    """The graphs of a home, by what they are here."""

    def __init__(self, minter: Minter) -> None:
        self.minter = minter
        self.resolution, self.mapped = minter.graph("resolution"), minter.graph("mapped")
        self._not_mapped = {minter.graph(name) for name in _NOT_MAPPED}

    def is_source(self, quad: Quad) -> bool:
        """Tell whether a quad is one of those whose IRIs are mapped."""
        return quad.graph_name not in self._not_mapped and not isinstance(quad.graph_name, DefaultGraph)

    def hides(self, other: NamedNode) -> Quad:
        """Return what says that an IRI is not in the default graph."""
        return Quad(self.mapped, HIDES, Literal(other.value, datatype=XSD["anyURI"]), self.mapped)


class _State:
    """The sources and the merges, before a change or after it: what a store holds without some quads, and others."""

    def __init__(
        self, match: _Match, graphs: _Graphs, added: Iterable[Quad] = (), removed: Iterable[Quad] = ()
    ) -> None:
        self._match, self._graphs = match, graphs
        self._removed = frozenset(removed)
        self._by_subject: defaultdict[Term, list[Quad]] = defaultdict(list)
        self._by_object: defaultdict[Term, list[Quad]] = defaultdict(list)
        for quad in added:
            self._by_subject[quad.subject].append(quad)
            if isinstance(quad.object, NamedNode):
                self._by_object[quad.object].append(quad)
        self._keepers: dict[Term, Term | None] = {}

    def _find(
        self,
        subject: Node | None,
        predicate: NamedNode | None,
        object: Term | None,
        graph_name: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that fit a pattern with a subject or an IRI as its object; some may come twice."""
        added = self._by_object if subject is None else self._by_subject
        for quad in added.get(object if subject is None else subject, ()):  # type: ignore[arg-type]
            fits = ((predicate, quad.predicate), (object, quad.object), (graph_name, quad.graph_name))
            if all(wanted is None or wanted == found for wanted, found in fits):
                yield quad
        for quad in self._match(subject, predicate, object, graph_name):
            if quad not in self._removed:
                yield quad

    def keeper(self, term: Term) -> Term | None:
        """Return who keeps an IRI that is merged; None of what is not."""
        if not isinstance(term, NamedNode):
            return None
        if term not in self._keepers:
            merge = self._graphs.minter.merge(term)
            found = {quad.object for quad in self._find(merge, _KEEPER, None, self._graphs.resolution)} - {term}
            self._keepers[term] = min(found, key=str, default=None)
        return self._keepers[term]

    def is_mapped(self, quad: Quad) -> bool:
        """Tell whether a quad has an end that is merged."""
        return self.keeper(quad.subject) is not None or self.keeper(quad.object) is not None

    def mapped(self, quad: Quad) -> Quad:
        """Return a quad's triple with keepers in place of what is merged."""
        subject, object_ = (self.keeper(term) or term for term in (quad.subject, quad.object))
        assert isinstance(subject, NamedNode | BlankNode)  # a keeper is an IRI
        return Quad(subject, quad.predicate, object_, self._graphs.mapped)

    def sources(self, iri: NamedNode) -> Iterator[Quad]:
        """Yield the source quads with an IRI as subject or object; some may come twice."""
        yield from filter(self._graphs.is_source, self._find(iri, None, None))
        yield from filter(self._graphs.is_source, self._find(None, None, iri))

    def sources_of(self, quad: Quad) -> Iterator[Quad]:
        """Yield the source quads that are mapped to a triple; some may come twice."""
        for subject in self._written_as(quad.subject):
            for object_ in self._written_as(quad.object):
                if (subject, object_) != (quad.subject, quad.object):
                    assert isinstance(subject, NamedNode | BlankNode)
                    found = self._find(subject, quad.predicate, object_)
                    yield from filter(self._graphs.is_source, found)

    def _written_as(self, term: Term) -> set[Term]:
        """Return all terms in whose place one stands."""
        terms = {term} if self.keeper(term) is None else set()
        if isinstance(term, NamedNode):
            for merge in self._find(None, _KEEPER, term, self._graphs.resolution):
                assert not isinstance(merge.subject, Triple)
                forms = hidden_in(self._find(merge.subject, _FORM, None, self._graphs.resolution))
                terms.update(form for form in forms if self.keeper(form) == term)
        return terms

    def has_merges(self) -> bool:
        """Tell whether the graph `resolution` has a merge; of a store only, without what is added."""
        return next(self._match(None, _TYPE, _MERGE, self._graphs.resolution), None) is not None


def map_change(match: _Match, change: Change, minter: Minter) -> Change:
    """Return what a change of named graphs, the graph `resolution` among them, does to the graph `mapped`.

    Looks only at what the change touches, and of a home without merges at next to nothing. The result is the
    difference between `map_all` before and after; the graph must be right beforehand.

    Args:
        match: the store before the change.
    """
    graphs = _Graphs(minter)
    before = _State(match, graphs)
    moved = [quad for quad in (*change.add, *change.remove) if quad.graph_name == graphs.resolution]
    if not moved and not before.has_merges():
        return Change()
    added = {_canonical(quad) for quad in change.add}
    removed = {_canonical(quad) for quad in change.remove} - added
    after = _State(match, graphs, added, removed)
    touched = set(hidden_in(quad for quad in moved if quad.predicate == _FORM))
    touched |= {iri for quad in moved if quad.predicate == _KEEPER for iri in _forms(quad, match, graphs)}
    old = {quad for quad in removed if graphs.is_source(quad) and before.is_mapped(quad)}
    new = {quad for quad in added if graphs.is_source(quad) and after.is_mapped(quad)}
    touched = {iri for iri in touched if before.keeper(iri) != after.keeper(iri)}
    for iri in touched:
        old.update(filter(before.is_mapped, before.sources(iri)))
        new.update(filter(after.is_mapped, after.sources(iri)))
    wanted = {after.mapped(quad) for quad in new}
    doubtful = {before.mapped(quad) for quad in old} - wanted
    gone = {quad for quad in doubtful if next(after.sources_of(quad), None) is None}
    ends = {term for quad in (*old, *new) for term in (quad.subject, quad.object) if isinstance(term, NamedNode)}
    for iri in touched | {term for term in ends if before.keeper(term) or after.keeper(term)}:
        is_hidden = after.keeper(iri) is not None and next(after.sources(iri), None) is not None
        (wanted if is_hidden else gone).add(graphs.hides(iri))
    add = (quad for quad in wanted if next(match(*quad), None) is None)
    remove = (quad for quad in gone if next(match(*quad), None) is not None)
    return Change(tuple(sorted(add, key=str)), tuple(sorted(remove, key=str)))


def _forms(quad: Quad, match: _Match, graphs: _Graphs) -> frozenset[NamedNode]:
    """Return which IRI a merge is of whose keeper changes, while its form may stay."""
    assert not isinstance(quad.subject, Triple)
    return hidden_in(match(quad.subject, _FORM, None, graphs.resolution))


def _canonical(quad: Quad) -> Quad:
    return Quad(quad.subject, quad.predicate, canonical(quad.object), quad.graph_name)


def map_all(match: _Match, minter: Minter) -> frozenset[Quad]:
    """Return everything that the graph `mapped` should hold, from scratch."""
    graphs = _Graphs(minter)
    state = _State(match, graphs)
    quads: set[Quad] = set()
    for other in hidden_in(match(None, _FORM, None, graphs.resolution)) if state.has_merges() else ():
        if state.keeper(other) is not None:
            found = {state.mapped(quad) for quad in state.sources(other)}
            quads |= found | ({graphs.hides(other)} if found else set())
    return frozenset(quads)


def map_again(match: _Match, minter: Minter) -> Change:
    """Return the change that makes the graph `mapped` right, on any doubt."""
    wanted, held = map_all(match, minter), set(match(graph_name=minter.graph("mapped")))
    return Change(tuple(sorted(wanted - held, key=str)), tuple(sorted(held - wanted, key=str)))


def sources_of(match: _Match, quad: Quad, minter: Minter) -> frozenset[Quad]:
    """Return the quads of other graphs from which a quad of the graph `mapped` follows."""
    return frozenset(_State(match, _Graphs(minter)).sources_of(quad))
