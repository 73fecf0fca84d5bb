"""What the endpoint says of itself in RDF (SPARQL 1.1 Service Description).

The names of graphs are not in it: it needs no token, and they say what notes there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.rdf import FORMATS, RDF, BlankNode, Literal, NamedNode, Namespace, Triple, serialise

__all__ = ["describe_service"]

_SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
_FORMAT = Namespace("http://www.w3.org/ns/formats/")
_DCT_TITLE = NamedNode("http://purl.org/dc/terms/title")

_LANGUAGES = ("SPARQL10Query", "SPARQL11Query", "SPARQL11Update")
_RESULT_FORMATS = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "N-Triples", "RDF_XML", "JSON-LD", "N-Quads", "TriG",
)  # fmt: skip
_INPUT_FORMATS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "N-Quads", "TriG")


def describe_service(endpoint: str, syntax: str, merged: bool, remote: bool) -> bytes:
    """Return the description as an RDF document.

    Args:
        endpoint: the IRI under which the client asked.
        syntax: a name of `kg.rdf.FORMATS`.
        merged: whether the default graph is the merge of the named graphs.
        remote: whether SERVICE may ask other servers.
    """
    return serialise(_triples(NamedNode(endpoint), merged, remote), FORMATS[syntax])


def _triples(endpoint: NamedNode, merged: bool, remote: bool) -> Iterator[Triple]:
    service, dataset, default_graph = BlankNode("service"), BlankNode("dataset"), BlankNode("default")
    yield Triple(service, RDF["type"], _SD["Service"])
    yield Triple(service, _DCT_TITLE, Literal("Noemata"))
    yield Triple(service, _SD["endpoint"], endpoint)
    for language in _LANGUAGES:
        yield Triple(service, _SD["supportedLanguage"], _SD[language])
    if merged:
        yield Triple(service, _SD["feature"], _SD["UnionDefaultGraph"])
    if remote:
        yield Triple(service, _SD["feature"], _SD["BasicFederatedQuery"])
    for name in _RESULT_FORMATS:
        yield Triple(service, _SD["resultFormat"], _FORMAT[name])
    for name in _INPUT_FORMATS:
        yield Triple(service, _SD["inputFormat"], _FORMAT[name])
    yield Triple(service, _SD["defaultDataset"], dataset)
    yield Triple(dataset, RDF["type"], _SD["Dataset"])
    yield Triple(dataset, _SD["defaultGraph"], default_graph)
    yield Triple(default_graph, RDF["type"], _SD["Graph"])
