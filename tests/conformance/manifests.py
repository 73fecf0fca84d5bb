"""The W3C manifests as test cases; nothing is evaluated here.

The suites lie in the folder `w3c` of the one that `KG_BENCH` names. Each file has the IRI under which the
W3C publishes it, and relative IRIs in manifests, data, queries and results are resolved against that.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Store

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_RDFT = "http://www.w3.org/ns/rdftest#"

RDF_TESTS = "https://w3c.github.io/rdf-tests/"
JSON_LD_TESTS = "https://w3c.github.io/json-ld-api/tests/"
"""Where the W3C publishes the suites."""

Node = NamedNode | BlankNode

SUFFIXES: Mapping[str, RdfFormat] = {
    "jsonld": RdfFormat.JSON_LD,
    "nq": RdfFormat.N_QUADS,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "trig": RdfFormat.TRIG,
    "ttl": RdfFormat.TURTLE,
}
"""Syntaxes by the ending of a file's name."""

LEFT_OUT: Mapping[str, str] = {
    "sparql11/entailment": "no entailment regime is offered: what follows is in the graph `inferred`, as triples",
    "sparql11/http-rdf-update": "deprecated by the W3C in favour of graph-store-protocol, which has the same requests",
    "rdf11/rdf-mt": "tests of RDF entailment, not of a syntax",
    "json-ld/expand, compact, flatten, html, remote-doc": "transformations of JSON-LD documents, which are not offered",
}
"""Suites that are not run, and why."""

_SYNTAX_SUITES = ("rdf-n-quads", "rdf-n-triples", "rdf-trig", "rdf-turtle", "rdf-xml")


@dataclass(frozen=True)
class Case:
    """One test of a suite.

    `id` is readable and unique: suite, folder, name. `kind` is the local name of the test's class in its
    manifest, `node` the test there.
    """

    id: str
    suite: str
    kind: str
    manifest: Manifest
    node: Node
    option: Mapping[str, Any] = field(default_factory=dict)

    def value(self, predicate: str) -> Any:
        """Return the value of a property of the test in its manifest, None without one."""
        return self.manifest.value(self.node, predicate)


@dataclass(frozen=True)
class Manifest:
    """A manifest's triples."""

    store: Store

    def value(self, subject: Node, predicate: str) -> Any:
        """Return the first value of a property, None without one."""
        return next(iter(self.values(subject, predicate)), None)

    def values(self, subject: Node, predicate: str) -> list[Any]:
        """Return all values of a property."""
        return [quad.object for quad in self.store.quads_for_pattern(subject, NamedNode(predicate), None)]

    def items(self, head: Any) -> Iterator[Any]:
        """Yield the members of an RDF list."""
        while head is not None and head != NamedNode(RDF + "nil"):
            yield self.value(head, RDF + "first")
            head = self.value(head, RDF + "rest")


def folder() -> Path | None:
    """Return the folder of the W3C suites, None if `KG_BENCH` is not set."""
    bench = os.environ.get("KG_BENCH")
    return None if not bench else Path(bench).resolve() / "w3c"


def path_of(iri: str) -> Path:
    """Return the file with an IRI."""
    root = folder()
    assert root is not None
    if iri.startswith(RDF_TESTS):
        return root / "rdf-tests" / iri.removeprefix(RDF_TESTS)
    return root / "json-ld-tests" / iri.removeprefix(JSON_LD_TESTS)


def content_of(iri: str) -> bytes:
    """Return the bytes of the file with an IRI."""
    return path_of(iri).read_bytes()


def syntax_of(iri: str) -> RdfFormat:
    """Return the RDF syntax of the file with an IRI; the old ones called `.n3` are Turtle."""
    return SUFFIXES.get(iri.rpartition(".")[2], RdfFormat.TURTLE)


@cache
def read_manifest(iri: str) -> Manifest:
    """Read a Turtle manifest."""
    store = Store()
    store.bulk_load(content_of(iri), RdfFormat.TURTLE, base_iri=iri)
    return Manifest(store)


@cache
def cases() -> tuple[Case, ...]:
    """Return all tests that are run, by suite; nothing without the folder of the suites."""
    if folder() is None:
        return ()
    return (*_sparql_cases(), *_syntax_cases(), *_json_ld_cases())


def _sparql_cases() -> Iterator[Case]:
    for version in ("sparql10", "sparql11"):
        root = f"{RDF_TESTS}sparql/{version}/"
        for path in sorted(path_of(root).glob("*/manifest*.ttl")):
            name = path.parent.name
            if f"{version}/{name}" not in LEFT_OUT:
                yield from _entries(f"{version}/{name}", f"{root}{name}/{path.name}")


def _syntax_cases() -> Iterator[Case]:
    for name in _SYNTAX_SUITES:
        yield from _entries(name, f"{RDF_TESTS}rdf/rdf11/{name}/manifest.ttl")


def _entries(prefix: str, iri: str) -> Iterator[Case]:
    manifest = read_manifest(iri)
    for quad in manifest.store.quads_for_pattern(None, NamedNode(MF + "entries"), None):
        for test in manifest.items(quad.object):
            kinds = (kind.value for kind in manifest.values(test, RDF + "type"))
            named = [kind.rpartition("#")[2] for kind in kinds if kind.startswith((MF, _RDFT, UT))]
            kind = next((kind for kind in named if "Test" in kind), None)
            if kind is not None:  # a few entries are lists that the manifest never describes
                name = test.value.replace("/", "#").rpartition("#")[2]
                yield Case(f"{prefix}/{name}", _suite(prefix, kind), kind, manifest, test)


def _suite(prefix: str, kind: str) -> str:
    """Return the row of the table of counts that a test belongs to."""
    version, _, name = prefix.partition("/")
    if not name:
        return version
    number = {"sparql10": "1.0", "sparql11": "1.1"}[version]
    own = {
        "csv-tsv-res": "results CSV, TSV", "json-res": "results JSON", "protocol": "protocol", "service": "federation",
        "service-description": "service description", "graph-store-protocol": "graph store",
        "syntax-fed": "federation syntax",
    }  # fmt: skip
    if name in own:
        return f"SPARQL {number} {own[name]}"
    if "UpdateSyntax" in kind:
        return f"SPARQL {number} update syntax"
    if "Syntax" in kind:
        return f"SPARQL {number} syntax"
    return f"SPARQL {number} {'update' if kind == 'UpdateEvaluationTest' else 'query'}"


def _json_ld_cases() -> Iterator[Case]:
    """Yield the tests between JSON-LD and RDF; their manifests are JSON-LD, of which the keys are enough."""
    for name in ("toRdf", "fromRdf"):
        content: dict[str, Any] = json.loads(content_of(f"{JSON_LD_TESTS}{name}-manifest.jsonld"))
        entries: Sequence[dict[str, Any]] = content["sequence"]
        store = Store()
        for entry in entries:
            node = NamedNode(f"{JSON_LD_TESTS}{name}-manifest{entry['@id']}")
            for key, predicate in (("input", "action"), ("expect", "result")):
                if key in entry:
                    target = NamedNode(JSON_LD_TESTS + entry[key])
                    store.add(pyoxigraph.Quad(node, NamedNode(MF + predicate), target))
            kind = f"{name}:{entry['@type'][0].removeprefix('jld:')}"
            test_id = f"json-ld/{name}/{entry['@id'].removeprefix('#')}"
            yield Case(test_id, f"JSON-LD {name}", kind, Manifest(store), node, entry.get("option", {}))
