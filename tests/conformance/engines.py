"""What is scored: Noemata, bare Oxigraph and rdflib, behind one protocol.

Answers come as bytes, as a client gets them, and are read by a parser that is not the writer's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from kg.errors import QuerySyntaxError, RdfSyntaxError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.model import Change
from kg.ontology import load_ontology
from kg.query.formats import write_result
from kg.query.operations import parse_update
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.rdf import parse, serialise
from kg.remote import RemoteAccess
from kg.results import Boolean, Graph, Solutions
from kg.stores import STORES, Opening, ServerAddress, Store
from kg.stores.neo4j.driver import Connection
from kg.stores.oxigraph import OxigraphStore

_BASE = "https://noemata.example/conformance/"

Reply = tuple[str, Any]
"""("boolean", bool), ("graph", triples), or the name of a results format and the bytes in it."""


class Engine(Protocol):
    """A dataset that answers SPARQL, and parsers of RDF; `refusals` are what it raises for a wrong text."""

    name: str
    refusals: tuple[type[Exception], ...]

    def load(self, quads: Iterable[Quad]) -> None:
        """Add quads."""

    def query(self, text: str, base: str, results: str) -> Reply:
        """Answer a query; that of SELECT in one of json, xml, csv and tsv."""

    def update(self, text: str, base: str) -> None:
        """Run an update."""

    def quads(self) -> Iterator[Quad]:
        """Yield all quads."""

    def check_query(self, text: str, base: str) -> None:
        """Raise one of `refusals` if the text is no query."""

    def check_update(self, text: str, base: str) -> None:
        """Raise one of `refusals` if the text is no update."""

    def parse(self, content: bytes, syntax: RdfFormat, base: str) -> Iterable[Quad]:
        """Read RDF."""

    def write_json_ld(self, quads: Iterable[Quad]) -> bytes:
        """Write JSON-LD."""


class Noemata:
    """Our own path from the text of a request to the bytes of its answer; `remote` is what SERVICE and LOAD may ask."""

    name = "noemata"
    refusals = (QuerySyntaxError, RdfSyntaxError)
    _ontology = load_ontology()

    def __init__(self, store: Store | None = None) -> None:
        self._graph = KnowledgeGraph(store or OxigraphStore(dataset="separate"), self._ontology, Minter(_BASE))
        self.remote: RemoteAccess | None = None

    def load(self, quads: Iterable[Quad]) -> None:
        self._graph.store.commit(Change(tuple(quads)))

    def query(self, text: str, base: str, results: str) -> Reply:
        answer = run_sparql(self._graph, _with_base(text, base), prefixes={}, remote=self.remote)
        if isinstance(answer, Graph):
            content = b"".join(write_result(answer, "turtle"))
            return "graph", pyoxigraph.parse(content, RdfFormat.TURTLE)
        if isinstance(answer, Boolean):
            return "boolean", answer.value
        assert isinstance(answer, Solutions)
        return results, b"".join(write_result(answer, results))

    def update(self, text: str, base: str) -> None:
        run_update(self._graph, _with_base(text, base), {}, remote=self.remote)

    def quads(self) -> Iterator[Quad]:
        yield from self._graph.store.match()
        yield from self._graph.store.match(graph_name=DefaultGraph())

    def check_query(self, text: str, base: str) -> None:
        try:
            run_sparql(self._graph, _with_base(text, base), prefixes={}, remote=self.remote)
        except UnsupportedQueryError as error:
            if "custom" not in str(error):  # a function that nobody knows is read all the same
                raise

    def check_update(self, text: str, base: str) -> None:
        parse_update(_with_base(text, base), {}, asks_others=True)

    def parse(self, content: bytes, syntax: RdfFormat, base: str) -> Iterable[Quad]:
        return parse(content, syntax, base, base)

    def write_json_ld(self, quads: Iterable[Quad]) -> bytes:
        return serialise(list(quads), RdfFormat.JSON_LD)


@contextmanager
def engines_on_neo4j(address: ServerAddress) -> Iterator[Callable[[], Noemata]]:
    """Give what makes an engine on an emptied Neo4j, one at a time; it answers every query from a slice."""
    opening = Opening(None, "separate", frozenset(), _BASE, server=address, copy_quads=0)
    with Connection(address) as connection:
        connection.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS")
        with closing(STORES.load("neo4j")(opening)) as store:

            def make() -> Noemata:
                connection.run("MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH '_') DETACH DELETE n")
                return Noemata(store)

            yield make


def _with_base(text: str, base: str) -> str:
    return f"BASE <{base}>\n{text}"


_RESULTS = {
    "csv": pyoxigraph.QueryResultsFormat.CSV,
    "json": pyoxigraph.QueryResultsFormat.JSON,
    "tsv": pyoxigraph.QueryResultsFormat.TSV,
    "xml": pyoxigraph.QueryResultsFormat.XML,
}


class Oxigraph:
    """pyoxigraph as it is."""

    name = "pyoxigraph"
    refusals = (SyntaxError, ValueError)

    def __init__(self) -> None:
        self._store = pyoxigraph.Store()

    def load(self, quads: Iterable[Quad]) -> None:
        self._store.extend(quads)

    def query(self, text: str, base: str, results: str) -> Reply:
        answer = self._store.query(text, base_iri=base)
        if isinstance(answer, pyoxigraph.QueryTriples):
            return "graph", list(answer)
        if isinstance(answer, pyoxigraph.QueryBoolean):
            return "boolean", bool(answer)
        return results, answer.serialize(format=_RESULTS[results])

    def update(self, text: str, base: str) -> None:
        self._store.update(text, base_iri=base)

    def quads(self) -> Iterator[Quad]:
        return iter(self._store)

    def check_query(self, text: str, base: str) -> None:
        try:
            pyoxigraph.Store().query(text, base_iri=base)
        except RuntimeError as error:
            if "custom" not in str(error):
                raise

    def check_update(self, text: str, base: str) -> None:
        try:
            pyoxigraph.Store().update(text, base_iri=base)
        except (OSError, RuntimeError):
            return  # it was read, and could not be run

    def parse(self, content: bytes, syntax: RdfFormat, base: str) -> Iterable[Quad]:
        return pyoxigraph.parse(content, syntax, base_iri=base)

    def write_json_ld(self, quads: Iterable[Quad]) -> bytes:
        return pyoxigraph.serialize(quads, format=RdfFormat.JSON_LD) or b""


_RDFLIB_SYNTAX = {
    RdfFormat.JSON_LD: "json-ld",
    RdfFormat.N_QUADS: "nquads",
    RdfFormat.N_TRIPLES: "nt",
    RdfFormat.RDF_XML: "xml",
    RdfFormat.TRIG: "trig",
    RdfFormat.TURTLE: "turtle",
}


class Rdflib:
    """rdflib with its own store; it has no TSV writer, so JSON stands in for that."""

    name = "rdflib"
    refusals = (Exception,)  # what it raises for a wrong text is of many kinds

    def __init__(self) -> None:
        import rdflib
        from rdflib.plugins import sparql
        from rdflib.plugins.sparql import processor

        sparql.SPARQL_LOAD_GRAPHS = False
        self._rdflib, self._sparql, self._processor = rdflib, sparql, processor
        self._dataset: Any = rdflib.Dataset()
        self._default: Any = self._dataset.default_graph
        self._labels: dict[str, Any] = {}

    def load(self, quads: Iterable[Quad]) -> None:
        for quad in quads:  # N-Quads would give the default graph another name
            line = pyoxigraph.serialize([quad.triple], format=RdfFormat.N_TRIPLES)
            name = quad.graph_name
            graph = self._dataset.graph(name.value) if isinstance(name, NamedNode) else self._default
            graph.parse(data=line, format="nt", bnode_context=self._labels)

    def query(self, text: str, base: str, results: str) -> Reply:
        answer = self._dataset.query(text, base=base)
        if answer.type == "ASK":
            return "boolean", bool(answer.askAnswer)
        if answer.type == "SELECT":
            results = "json" if results == "tsv" else results
            return results, answer.serialize(format=results)
        return "graph", list(pyoxigraph.parse(answer.graph.serialize(format="nt"), RdfFormat.N_TRIPLES))

    def update(self, text: str, base: str) -> None:
        self._dataset.update(_with_base(text, base))

    def quads(self) -> Iterator[Quad]:
        return self._written(self._dataset)

    def _written(self, dataset: Any) -> Iterator[Quad]:
        default = NamedNode("urn:x-rdflib:default")
        for quad in pyoxigraph.parse(dataset.serialize(format="nquads").encode(), RdfFormat.N_QUADS):
            graph_name = DefaultGraph() if quad.graph_name == default else quad.graph_name
            yield Quad(quad.subject, quad.predicate, quad.object, graph_name)

    def check_query(self, text: str, base: str) -> None:
        self._sparql.prepareQuery(text, base=base)

    def check_update(self, text: str, base: str) -> None:
        self._processor.prepareUpdate(text, base=base)

    def parse(self, content: bytes, syntax: RdfFormat, base: str) -> Iterable[Quad]:
        dataset: Any = self._rdflib.Dataset()
        target = dataset
        if syntax in (RdfFormat.N_TRIPLES, RdfFormat.RDF_XML, RdfFormat.TURTLE):
            target = dataset.default_graph
        target.parse(data=content, format=_RDFLIB_SYNTAX[syntax], publicID=base)
        return list(self._written(dataset))

    def write_json_ld(self, quads: Iterable[Quad]) -> bytes:
        dataset: Any = self._rdflib.Dataset()
        dataset.parse(data=pyoxigraph.serialize(quads, format=RdfFormat.N_QUADS), format="nquads")
        written: str = dataset.serialize(format="json-ld")
        return written.encode()


ENGINES: dict[str, type[Engine]] = {"noemata": Noemata, "pyoxigraph": Oxigraph, "rdflib": Rdflib}
