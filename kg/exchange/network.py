"""The graph as a network for drawing tools: GraphML (1.0) and GEXF (1.3).

Nodes are the things that statements link, with a label and their classes; edges are the statements
between them. What only says why or how a statement is held (evidence, refusals, predictions) and
what defines the vocabulary (RDF, RDFS, OWL) is left out; an edge of one predicate between two nodes
appears once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from kg.rdf import DCT, KG, OWL, RDF, RDFS, BlankNode, Literal, NamedNode, Term, Triple, local_name

__all__ = ["Edge", "Network", "Node", "draw_network", "write_gexf", "write_graphml"]

_TYPE = RDF["type"]
_PLUMBING = frozenset({KG["Evidence"], KG["Refusal"], KG["Prediction"], RDF["Statement"]})
_VOCABULARIES = (str(RDF), str(RDFS), str(OWL))
_NAMES = (KG["name"], RDFS["label"], DCT["title"])
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even as a reference (section 2.2)."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing: `iri` is a blank node's label where it has no IRI; `types` are local names, sorted."""

    iri: str
    label: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A statement between two nodes, given by their numbers."""

    source: int
    target: int
    predicate: str
    label: str


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes in the order of their IRIs, edges in the order of their ends."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def draw_network(triples: Iterable[Triple]) -> Network:
    """Return the network of a graph."""
    held = list(triples)
    plumbing = {t.subject for t in held if t.predicate == _TYPE and t.object in _PLUMBING}
    types: dict[Term, set[str]] = {}
    names: dict[Term, tuple[int, str]] = {}
    links: set[tuple[str, str, str]] = set()
    nodes: dict[str, Term] = {}
    for triple in held:
        subject, predicate, value = triple.subject, triple.predicate, triple.object
        if subject in plumbing or value in plumbing:
            continue
        if predicate in _NAMES and isinstance(value, Literal):
            rank = (_NAMES.index(predicate), value.value)
            names[subject] = min(names.get(subject, rank), rank)
        elif predicate == _TYPE and isinstance(value, NamedNode):
            if not value.value.startswith(_VOCABULARIES):
                types.setdefault(subject, set()).add(local_name(value))
        elif isinstance(value, NamedNode | BlankNode) and not predicate.value.startswith(_VOCABULARIES):
            links.add((_key(subject), predicate.value, _key(value)))
            nodes[_key(value)] = value
            nodes[_key(subject)] = subject
    nodes |= {_key(thing): thing for thing in types}
    numbers = {key: number for number, key in enumerate(sorted(nodes))}
    drawn = (
        Node(key, names.get(nodes[key], (0, local_name(key)))[1], tuple(sorted(types.get(nodes[key], ()))))
        for key in numbers
    )
    edges = sorted((numbers[source], numbers[target], predicate) for source, predicate, target in links)
    return Network(tuple(drawn), tuple(Edge(s, t, p, local_name(p)) for s, t, p in edges))


def _key(term: Term) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _attribute(text: str) -> str:
    """Write an attribute's value with its quotes; characters that XML cannot hold become U+FFFD."""
    return quoteattr(_NO_XML.sub("\ufffd", text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    return _attribute(text)[1:-1].replace("'", "&apos;").replace('"', "&quot;")


def write_graphml(triples: Iterable[Triple], out: BinaryIO) -> None:
    """Write a network as GraphML, as Gephi, yEd, Cytoscape and networkx read it."""
    network = draw_network(triples)
    out.writelines(line.encode() for line in _graphml_lines(network))


def _graphml_lines(network: Network) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for name, kind in (("iri", "node"), ("label", "node"), ("types", "node"), ("predicate", "edge"), ("label", "edge")):
        yield f'<key id="{kind}-{name}" for="{kind}" attr.name="{name}" attr.type="string"/>\n'
    yield '<graph edgedefault="directed">\n'
    for number, node in enumerate(network.nodes):
        values = {"iri": node.iri, "label": node.label, "types": " ".join(node.types)}
        data = "".join(f'<data key="node-{name}">{_text(value)}</data>' for name, value in values.items())
        yield f'<node id="n{number}">{data}</node>\n'
    for number, edge in enumerate(network.edges):
        values = {"predicate": edge.predicate, "label": edge.label}
        data = "".join(f'<data key="edge-{name}">{_text(value)}</data>' for name, value in values.items())
        yield f'<edge id="e{number}" source="n{edge.source}" target="n{edge.target}">{data}</edge>\n'
    yield "</graph>\n</graphml>\n"


def write_gexf(triples: Iterable[Triple], out: BinaryIO) -> None:
    """Write a network as GEXF, as Gephi and Gephi Lite read it."""
    network = draw_network(triples)
    out.writelines(line.encode() for line in _gexf_lines(network))


def _gexf_lines(network: Network) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
    yield '<graph mode="static" defaultedgetype="directed">\n<attributes class="node">'
    yield '<attribute id="0" title="iri" type="string"/><attribute id="1" title="types" type="string"/></attributes>\n'
    yield '<attributes class="edge"><attribute id="0" title="predicate" type="string"/></attributes>\n<nodes>\n'
    for number, node in enumerate(network.nodes):
        values = enumerate((node.iri, " ".join(node.types)))
        data = "".join(f'<attvalue for="{key}" value={_attribute(value)}/>' for key, value in values)
        yield f'<node id="n{number}" label={_attribute(node.label)}><attvalues>{data}</attvalues></node>\n'
    yield "</nodes>\n<edges>\n"
    for number, edge in enumerate(network.edges):
        data = f'<attvalues><attvalue for="0" value={_attribute(edge.predicate)}/></attvalues>'
        ends = f'source="n{edge.source}" target="n{edge.target}"'
        yield f'<edge id="e{number}" {ends} label={_attribute(edge.label)}>{data}</edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"
