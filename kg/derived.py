"""The derived graphs: what follows from the named graphs and is kept beside them.

`…/graph/inferred` holds `x rdf:type D` for every strict superclass D of a class that x is said to have.
`…/graph/names` holds exactly one `kg:name` for everything that has a label or a title: the name that it was
given (`kg:preferredName`); else the title of the note that describes it, its own before others; of a note its
own; else the ontology's label; else the label that most graphs hold; else a title. Evidence and refusals have none.

The sources are all named graphs but those two, `predicted`, `decisions` and, labels apart, `ontology`. What merged
entities add to them (`kg.merges`) is worked out first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kg.iri import Minter
from kg.model import Change
from kg.rdf import DCT, KG, RDF, RDFS, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple, canonical

__all__ = ["Match", "Superclasses", "derive", "derive_again", "derive_all"]

_TYPE, _LABEL, _TITLE = RDF["type"], RDFS["label"], DCT["title"]
_DESCRIBES, _NAME, _NOTE, _PREFERRED = KG["describes"], KG["name"], KG["Note"], KG["preferredName"]
_NAMELESS = frozenset({KG["Evidence"], KG["Refusal"]})
_READ = frozenset({_TYPE, _LABEL, _TITLE, _DESCRIBES, _PREFERRED})
"""The predicates from which the derived graphs follow."""

Node = NamedNode | BlankNode


class Match(Protocol):
    """How quads are looked up: `Store.match`."""

    def __call__(
        self,
        subject: Node | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: Node | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads of named graphs that fit, or of the merge if the graph is `DefaultGraph()`."""


class Superclasses(Protocol):
    """What is needed of an ontology."""

    def superclasses(self, class_iri: NamedNode, /) -> frozenset[NamedNode]:
        """Return all strict superclasses of a class."""


@dataclass(slots=True)
class _Facts:
    """What the sources say about the name of one thing."""

    is_note: bool = False
    is_nameless: bool = False
    preferred: set[str] = field(default_factory=set)
    describing: set[tuple[bool, str]] = field(default_factory=set)  # titles of describing notes, its own note's first
    titles: set[str] = field(default_factory=set)
    ontology: set[tuple[str, str]] = field(default_factory=set)  # language, text
    labels: defaultdict[str, set[object]] = field(default_factory=lambda: defaultdict(set))  # text to graphs

    def name(self) -> str | None:
        """Return the one name, or None."""
        if self.is_nameless:
            return None
        if self.preferred:
            return min(self.preferred)
        if self.describing:
            return min(self.describing)[1]
        if self.is_note and self.titles:
            return min(self.titles)
        if self.ontology:
            return min(self.ontology, key=lambda label: (_language_rank(label[0]), *label))[1]
        if self.labels:
            return min(self.labels, key=lambda text: (-len(self.labels[text]), text))
        return min(self.titles, default=None)


def _language_rank(language: str) -> int:
    """English first, then its regional forms, then no language, then the others."""
    if language == "en":
        return 0
    if language.startswith("en-"):
        return 1
    return 3 if language else 2


class _Reader:
    """The sources as a change leaves them."""

    def __init__(self, match: Match, minter: Minter, change: Change) -> None:
        self._match = match
        self.ontology_graph = minter.graph("ontology")
        self.names, self.inferred = minter.graph("names"), minter.graph("inferred")
        self._outside = {self.names, self.inferred, minter.graph("predicted"), minter.graph("decisions")}
        self.added = set(_canonical(change.add))
        self.removed = set(_canonical(change.remove)) - self.added
        self._added_by_subject: defaultdict[tuple[Term, NamedNode], list[Quad]] = defaultdict(list)
        self._added_by_described: defaultdict[Term, list[Quad]] = defaultdict(list)
        for quad in self.added:
            self._added_by_subject[quad.subject, quad.predicate].append(quad)
            if quad.predicate == _DESCRIBES:
                self._added_by_described[quad.object].append(quad)

    def is_source(self, quad: Quad) -> bool:
        """Tell whether a quad counts; of the ontology graph only labels do."""
        if quad.graph_name == self.ontology_graph:
            return quad.predicate == _LABEL
        return quad.graph_name not in self._outside and quad.graph_name != DefaultGraph()

    def of(self, predicate: NamedNode, subject: Node | None = None) -> Iterator[Quad]:
        """Yield the source quads with a predicate, of one subject or of all; some may come twice."""
        if subject is not None:
            yield from filter(self.is_source, self._added_by_subject.get((subject, predicate), ()))
        for quad in self._match(subject, predicate):
            if quad not in self.removed and self.is_source(quad):
                yield quad

    def describing(self, thing: Node) -> Iterator[Node]:
        """Yield the notes that describe a thing."""
        for quad in self._added_by_described.get(thing, ()):
            if self.is_source(quad):
                yield _subject(quad)
        for quad in self._match(None, _DESCRIBES, thing):
            if quad not in self.removed and self.is_source(quad):
                yield _subject(quad)

    def is_a(self, thing: Node, class_iri: NamedNode) -> bool:
        """Tell whether a source says that a thing is of a class."""
        said = (quad for quad in self._match(thing, _TYPE, class_iri) if quad not in self.removed)
        added = (quad for quad in self._added_by_subject.get((thing, _TYPE), ()) if quad.object == class_iri)
        return any(map(self.is_source, added)) or any(map(self.is_source, said))

    def agree(self, thing: Node, texts: set[str]) -> bool:
        """Tell whether no label but these was in any graph, and one of them still is; of what is hidden it is open."""
        merged = self._match(thing, _LABEL, None, DefaultGraph())
        said = {quad.object.value for quad in merged if isinstance(quad.object, Literal)}
        return bool(said) and said <= texts and any(isinstance(q.object, Literal) for q in self.of(_LABEL, thing))

    def facts(self, thing: Node) -> _Facts:
        """Collect what the sources say about one thing."""
        facts = _Facts(self.is_a(thing, _NOTE), any(self.is_a(thing, class_iri) for class_iri in _NAMELESS))
        for quad in self.of(_LABEL, thing):
            self.take_label(facts, quad)
        facts.preferred.update(self.texts(_PREFERRED, thing))
        facts.titles.update(self.texts(_TITLE, thing))
        for note in set(self.describing(thing)):
            facts.describing.update((not _is_own(note, thing), title) for title in self.texts(_TITLE, note))
        return facts

    def take_label(self, facts: _Facts, quad: Quad) -> None:
        """Note a label of a source or of the ontology."""
        if not isinstance(quad.object, Literal):
            return
        if quad.graph_name == self.ontology_graph:
            facts.ontology.add((quad.object.language or "", quad.object.value))
        else:
            facts.labels[quad.object.value].add(quad.graph_name)

    def texts(self, predicate: NamedNode, thing: Node) -> Iterator[str]:
        """Yield the literals that the sources say of a thing."""
        return (quad.object.value for quad in self.of(predicate, thing) if isinstance(quad.object, Literal))

    def held(self, thing: Node, predicate: NamedNode, graph_name: NamedNode) -> set[Term]:
        """Return what a derived graph holds now."""
        return {quad.object for quad in self._match(thing, predicate, None, graph_name)}


def _is_own(note: Node, thing: Node) -> bool:
    """Tell whether a thing has its IRI from a note; what was merged into it is described by other notes."""
    return thing.value.startswith(f"{note.value}#")


def _subject(quad: Quad) -> Node:
    assert not isinstance(quad.subject, Triple)  # RDF 1.2 has triple terms as objects only
    return quad.subject


def _canonical(quads: Iterable[Quad]) -> Iterator[Quad]:
    for quad in quads:
        if quad.predicate in _READ:
            yield Quad(quad.subject, quad.predicate, canonical(quad.object), quad.graph_name)


def derive(match: Match, change: Change, ontology: Superclasses, minter: Minter) -> Change:
    """Return the further change of the derived graphs that a change of named graphs entails.

    Looks only at what the change touches; the result is the difference between `derive_all` before and
    after. The derived graphs must be right beforehand, and the ontology the one they were derived with.

    Args:
        match: the store before the change.
    """
    reader = _Reader(match, minter, change)
    added = [quad for quad in reader.added if reader.is_source(quad)]
    removed = [quad for quad in reader.removed if reader.is_source(quad)]
    types = _type_changes(reader, added, removed, ontology)
    names = _name_changes(reader, added, removed)
    add, remove = zip(types, names, strict=True)
    return Change(*(tuple(sorted((q for part in parts for q in part), key=str)) for parts in (add, remove)))


def _type_changes(
    reader: _Reader, added: list[Quad], removed: list[Quad], ontology: Superclasses
) -> tuple[set[Quad], set[Quad]]:
    """Return what the inferred graph gains and loses."""

    def inferred(quads: Iterable[Quad]) -> dict[Node, set[NamedNode]]:
        found: dict[Node, set[NamedNode]] = {}
        for quad in quads:
            if quad.predicate == _TYPE and isinstance(quad.object, NamedNode):
                classes = ontology.superclasses(quad.object)
                if classes:
                    found.setdefault(_subject(quad), set()).update(classes)
        return found

    gained, lost = inferred(added), inferred(removed)
    add, remove = set[Quad](), set[Quad]()
    for thing in gained.keys() | lost.keys():
        held = reader.held(thing, _TYPE, reader.inferred)
        stay = gained.get(thing, set())
        add.update(Quad(thing, _TYPE, c, reader.inferred) for c in stay - held)
        doubtful = (lost.get(thing, set()) & held) - stay
        for quad in reader.of(_TYPE, thing) if doubtful else ():
            if isinstance(quad.object, NamedNode):
                doubtful -= ontology.superclasses(quad.object)
                if not doubtful:
                    break
        remove.update(Quad(thing, _TYPE, c, reader.inferred) for c in doubtful if isinstance(c, NamedNode))
    return add, remove


def _name_changes(reader: _Reader, added: list[Quad], removed: list[Quad]) -> tuple[set[Quad], set[Quad]]:
    """Return what the names graph gains and loses."""
    touched = _touched(reader, added, removed)
    add, remove = set[Quad](), set[Quad]()
    for thing in touched.doubtful | touched.gained.keys() | touched.lost.keys() | touched.nameless:
        held = reader.held(thing, _NAME, reader.names)
        texts = {term.value for term in held if isinstance(term, Literal)}
        if touched.keeps(thing, texts) or (touched.only_labels(thing, texts) and reader.agree(thing, texts)):
            continue
        name = reader.facts(thing).name()
        wanted: set[Term] = set() if name is None else {Literal(name)}
        add.update(Quad(thing, _NAME, term, reader.names) for term in wanted - held)
        remove.update(Quad(thing, _NAME, term, reader.names) for term in held - wanted)
    return add, remove


@dataclass(slots=True)
class _Touched:
    """Whose name may change, and the labels that came and went, the ontology's apart.

    Most changes say again, or no more, that a well-known thing has some label; counting the graphs of
    its labels is then spared where the outcome is clear.
    """

    doubtful: set[Node] = field(default_factory=set)
    gained: dict[Node, set[str]] = field(default_factory=dict)
    lost: dict[Node, set[str]] = field(default_factory=dict)
    nameless: set[Node] = field(default_factory=set)  # came to be evidence or a refusal

    def keeps(self, thing: Node, held: set[str]) -> bool:
        """Tell whether a thing surely keeps the name it has, if any.

        It does when its name alone came and other labels alone went, and what is evidence had none.
        """
        if not held and thing not in self.doubtful:
            return thing not in self.gained
        return self.only_labels(thing, held) and not self.lost.get(thing, set()) & held

    def only_labels(self, thing: Node, held: set[str]) -> bool:
        """Tell whether nothing touched a thing but that labels went and its name came, as a label."""
        untouched = thing not in self.doubtful and thing not in self.nameless
        return untouched and self.gained.get(thing, held) == held


def _touched(reader: _Reader, added: list[Quad], removed: list[Quad]) -> _Touched:
    touched = _Touched()
    doubtful = touched.doubtful
    renamed: set[Node] = set()
    for quads, labels in ((added, touched.gained), (removed, touched.lost)):
        for quad in quads:
            subject, predicate, object_ = _subject(quad), quad.predicate, quad.object
            if predicate == _LABEL:
                if quad.graph_name == reader.ontology_graph:
                    doubtful.add(subject)
                elif isinstance(object_, Literal):
                    labels.setdefault(subject, set()).add(object_.value)
            elif predicate == _PREFERRED:
                doubtful.add(subject)
            elif predicate == _TITLE:
                renamed.add(subject)
            elif predicate == _DESCRIBES:
                if isinstance(object_, NamedNode | BlankNode):
                    doubtful.add(object_)
            elif object_ in _NAMELESS and quads is added:
                touched.nameless.add(subject)
            elif object_ in _NAMELESS or object_ == _NOTE:
                doubtful.add(subject)
    for note in renamed:
        doubtful.add(note)
        described = (quad.object for quad in reader.of(_DESCRIBES, note))
        doubtful.update(thing for thing in described if isinstance(thing, NamedNode | BlankNode))
    return touched


def derive_all(match: Match, ontology: Superclasses, minter: Minter) -> frozenset[Quad]:
    """Return everything that the derived graphs should hold, from scratch."""
    reader = _Reader(match, minter, Change())
    quads: set[Quad] = set()
    facts: defaultdict[Node, _Facts] = defaultdict(_Facts)
    for quad in reader.of(_TYPE):
        if not isinstance(quad.object, NamedNode):
            continue
        quads.update(Quad(quad.subject, _TYPE, c, reader.inferred) for c in ontology.superclasses(quad.object))
        if quad.object == _NOTE:
            facts[_subject(quad)].is_note = True
        elif quad.object in _NAMELESS:
            facts[_subject(quad)].is_nameless = True
    for quad in reader.of(_LABEL):
        reader.take_label(facts[_subject(quad)], quad)
    for predicate in (_TITLE, _PREFERRED):
        for quad in reader.of(predicate):
            if isinstance(quad.object, Literal):
                known = facts[_subject(quad)]
                (known.titles if predicate == _TITLE else known.preferred).add(quad.object.value)
    for quad in list(reader.of(_DESCRIBES)):
        if isinstance(quad.object, NamedNode | BlankNode):
            titles = facts[_subject(quad)].titles
            is_other = not _is_own(_subject(quad), quad.object)
            facts[quad.object].describing.update((is_other, title) for title in titles)
    names = ((thing, known.name()) for thing, known in facts.items())
    quads.update(Quad(thing, _NAME, Literal(name), reader.names) for thing, name in names if name is not None)
    return frozenset(quads)


def derive_again(match: Match, ontology: Superclasses, minter: Minter) -> Change:
    """Return the change that makes the derived graphs right: for a new ontology, or on any doubt."""
    wanted = derive_all(match, ontology, minter)
    held = {quad for name in ("names", "inferred") for quad in match(graph_name=minter.graph(name))}
    return Change(tuple(sorted(wanted - held, key=str)), tuple(sorted(held - wanted, key=str)))
