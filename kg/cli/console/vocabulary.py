"""What can be named in a query: the ontology's terms, the graphs, and the things with their names."""

from __future__ import annotations

import bisect
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kg.errors import KgError
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.ontology import ClassTerm, PropertyTerm
from kg.property_graph.names import Names
from kg.query.cypher_names import cypher_names
from kg.rdf import KG, RDFS, DefaultGraph, Literal, NamedNode
from kg.stores.files import last_written

__all__ = ["LiveVocabulary", "Named", "Vocabulary", "Word", "read_vocabulary"]

_MOST_NAMES = 200_000
_MOST_GRAPHS = 20_000


@dataclass(frozen=True, slots=True)
class Word:
    """A class or a property: all its labels, and in a line its preferred ones with its comment.

    `name` is what it is called in Cypher; `is_data` says that a property has values, and is no relationship.
    """

    iri: str
    labels: tuple[str, ...]
    meaning: str
    name: str = ""
    is_data: bool = False


Named = tuple[str, str, str]
"""A thing: its name in the form in which names are compared, its name, its IRI."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one home; `things` are in the order of their names, at most 200,000 of them.

    `parameters` are those that the console has.
    """

    base: str = ""
    classes: tuple[Word, ...] = ()
    properties: tuple[Word, ...] = ()
    graphs: tuple[str, ...] = ()
    things: tuple[Named, ...] = ()
    parameters: tuple[str, ...] = ()

    def named(self, start: str) -> Iterator[tuple[str, str]]:
        """Yield name and IRI of the things whose name begins so, whatever its case, in the order of names."""
        wanted = start.casefold()
        at = bisect.bisect_left(self.things, (wanted,))
        for key, name, iri in itertools.islice(self.things, at, None):
            if not key.startswith(wanted):
                return
            yield name, iri


def read_vocabulary(graph: KnowledgeGraph) -> Vocabulary:
    """Return the words of a graph; some 20 µs a name."""
    ontology = graph.ontology
    comments: dict[str, str] = {}
    for triple in ontology.triples:
        if triple.predicate == RDFS["comment"] and isinstance(triple.subject, NamedNode):
            assert isinstance(triple.object, Literal)
            if triple.subject.value not in comments or triple.object.language == "en":
                comments[triple.subject.value] = triple.object.value
    where = DefaultGraph() if graph.store.dataset == "merged" else None  # the merge is read in half the time
    named = itertools.chain.from_iterable(
        graph.store.match(None, predicate, None, where) for predicate in (KG["name"], RDFS["label"])
    )
    things = {
        (quad.object.value.casefold(), quad.object.value, quad.subject.value)
        for quad in itertools.islice(named, _MOST_NAMES)
        if isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode)
    }
    names = cypher_names(ontology, graph.minter.base)
    graphs = (name.value for name in graph.store.graph_names() if isinstance(name, NamedNode))
    return Vocabulary(
        base=graph.minter.base,
        classes=tuple(_words(ontology.classes.values(), comments, names)),
        properties=tuple(_words(ontology.properties.values(), comments, names)),
        graphs=tuple(sorted(itertools.islice(graphs, _MOST_GRAPHS))),
        things=tuple(sorted(things, key=_thing_order)),
    )


def _thing_order(thing: Named) -> tuple[str, bool, str]:
    """Order things by name; what a note describes comes before the note, which has the same name."""
    key, _, iri = thing
    return key, not iri.endswith("#it"), iri


def _words(terms: Iterable[ClassTerm | PropertyTerm], comments: dict[str, str], names: Names) -> Iterator[Word]:
    for term in sorted(terms, key=lambda term: term.iri.value):
        labels = tuple(dict.fromkeys(label.text for label in term.labels))
        preferred = ", ".join(dict.fromkeys(label.text for label in term.labels if label.preferred))
        meaning = " — ".join(filter(None, (preferred, comments.get(term.iri.value, ""))))
        is_data = isinstance(term, PropertyTerm) and term.is_data
        yield Word(term.iri.value, labels, meaning, names.name(term.iri), is_data)


class LiveVocabulary:
    """The words of a home, read in the background, and again after the store was written.

    Whoever asks never waits: until the first reading is done there are none, then those of the last one.
    """

    def __init__(self, home: Home, read: Callable[[], Vocabulary]) -> None:
        self._home, self._read = home, read
        self._words = Vocabulary()
        self._seen: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None

    @property
    def words(self) -> Vocabulary:
        """Return the words as they were last read."""
        return self._words

    def refresh(self) -> None:
        """Begin to read the words again if the store has changed since."""
        if self._thread is not None and self._thread.is_alive():
            return
        state = last_written(self._home.store)
        if state != self._seen:
            self._thread = threading.Thread(target=self._renew, args=(state,), daemon=True)
            self._thread.start()

    def wait(self) -> Vocabulary:
        """Return the words as soon as a reading that has begun is done."""
        if self._thread is not None:
            self._thread.join()
        return self._words

    def _renew(self, state: tuple[int, int]) -> None:
        try:
            self._words = self._read()
        except KgError:  # locked for long, or no home: a query would say so; completion goes without
            return
        self._seen = state
