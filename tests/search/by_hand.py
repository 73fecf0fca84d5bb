"""A graph of notes that is written by hand, without any file or extractor."""

from __future__ import annotations

from kg.graph import KnowledgeGraph, commit
from kg.iri import Minter
from kg.model import Change
from kg.ontology import load_ontology
from kg.rdf import DCT, KG, RDF, RDFS, Literal, NamedNode, Quad
from kg.search.index import SearchIndex, SyncReport
from kg.stores import Store
from kg.stores.oxigraph import OxigraphStore
from tests.search.comparing import Pairs

__all__ = ["MINTER", "ONTOLOGY", "Notes", "note", "quads_of", "thing"]

MINTER = Minter("https://noemata.example/i/")
ONTOLOGY = load_ontology()


def note(name: str) -> NamedNode:
    return NamedNode(f"{MINTER.base}note/{name.replace(' ', '%20')}.md")


def thing(name: str) -> NamedNode:
    return NamedNode(f"{note(name).value}#it")


def quads_of(name: str, links: tuple[str, ...] = (), start: int = 0) -> list[Quad]:
    """A note that describes a project, and links to others at a place in its text."""
    iri = note(name)
    found = [
        (iri, RDF["type"], KG["Note"]), (iri, KG["path"], Literal(f"{name}.md")), (iri, DCT["title"], Literal(name)),
        (iri, KG["describes"], thing(name)), (thing(name), RDF["type"], KG["Project"]),
        (thing(name), RDFS["label"], Literal(name)),
    ]  # fmt: skip
    for other in links:
        evidence = NamedNode(f"{iri.value}#e-{other.replace(' ', '%20')}")
        found += [
            (iri, KG["mentions"], thing(other)), (evidence, RDF["type"], KG["Evidence"]), (evidence, RDF["subject"], iri),
            (evidence, RDF["predicate"], KG["mentions"]), (evidence, RDF["object"], thing(other)),
            (evidence, KG["inNote"], iri), (evidence, KG["start"], Literal(start)), (evidence, KG["end"], Literal(start + 3)),
        ]  # fmt: skip
    return [Quad(*triple, iri) for triple in found]


class Notes:
    """A graph of notes that tests write by hand, and their texts."""

    def __init__(self, store: Store | None = None) -> None:
        self.graph = KnowledgeGraph(store or OxigraphStore(None), ONTOLOGY, MINTER)
        self.texts: dict[str, str] = {}

    def put(self, name: str, text: str, links: tuple[str, ...] = (), start: int = 0) -> None:
        self.drop(name)
        self.texts[note(name).value] = text
        commit(self.graph, Change(tuple(quads_of(name, links, start))))

    def drop(self, name: str) -> None:
        self.texts.pop(note(name).value, None)
        commit(self.graph, Change(remove=tuple(self.graph.store.match(graph_name=note(name)))))

    def follow(self, index: SearchIndex, model: Pairs | None = None) -> SyncReport:
        return index.sync(self.graph, self.texts, model)
