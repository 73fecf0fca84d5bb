"""Running one test of a suite on an engine: None if it passes, else what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryResultsFormat, RdfFormat, Store

from kg.remote import RemoteAccess
from tests.conformance.comparing import Answer, Quads, Rows, canonical, difference, in_default_graph, read_cells
from tests.conformance.endpoints import serving
from tests.conformance.engines import Engine, Noemata, Reply
from tests.conformance.manifests import MF, QT, RDF, RDFS, UT, Case, Node, content_of, path_of, syntax_of

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_FORMATS = {"csv": "csv", "srj": "json", "srx": "xml", "tsv": "tsv"}
_READERS = {"json": QueryResultsFormat.JSON, "tsv": QueryResultsFormat.TSV, "xml": QueryResultsFormat.XML}
_FROM = re.compile(r"FROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
_COMMENT = re.compile(r"#[^\n<>]*\n")


def score(case: Case, engine: Engine) -> str | None:
    """Return what is wrong with how a new engine does a test, None for nothing."""
    if isinstance(engine, Noemata) and "federation" in case.suite:
        return _federated(case, engine)
    if isinstance(engine, Noemata) and case.suite == "SPARQL 1.1 update":
        engine.remote = RemoteAccess(frozenset())  # LOAD SILENT is tried, of what is not there
    return _RUN[case.kind](case, engine)


def _federated(case: Case, engine: Noemata) -> str | None:
    """Run a test with other endpoints, each a Noemata of its own that may ask the others."""
    action = case.value(MF + "action")
    endpoints: dict[str, Noemata] = {}
    for service in case.manifest.values(action, QT + "serviceData"):
        dataset = endpoints[case.manifest.value(service, QT + "endpoint").value] = Noemata()
        for iri in case.manifest.values(service, QT + "data"):
            dataset.load(read(iri.value))
    if case.suite == "SPARQL 1.1 federation syntax":
        endpoints["http://example.org/g"] = Noemata()
    with serving(endpoints, ["http://invalid.endpoint.org/sparql"]) as remote:
        for each in (engine, *endpoints.values()):
            each.remote = remote
        return _RUN[case.kind](case, engine)


# --- queries and updates


def _query(case: Case, engine: Engine) -> str | None:
    action = case.value(MF + "action")
    if isinstance(action, NamedNode):
        query, data, graphs = action.value, [], []
    else:
        query = case.manifest.value(action, QT + "query").value
        data = [iri.value for iri in case.manifest.values(action, QT + "data")]
        graphs = [iri.value for iri in case.manifest.values(action, QT + "graphData")]
    text = _text(query)
    if not data and not graphs:
        graphs = _graphs_of_from(text, query)
    engine.load(quad for iri in data for quad in read(iri))
    engine.load(quad for iri in graphs for quad in read(iri, NamedNode(iri)))
    result = case.value(MF + "result").value
    found = answer_of(engine.query(text, query, _FORMATS.get(result.rpartition(".")[2], "json")))
    is_lax = case.value(MF + "resultCardinality") == NamedNode(MF + "LaxCardinality")
    return difference(found, expected_answer(result), is_lax)


def _text(iri: str) -> str:
    return content_of(iri).decode("utf-8")


def _graphs_of_from(text: str, query: str) -> list[str]:
    """Return the files that FROM clauses name; a query that has them stands for its own dataset."""
    folder = query.rpartition("/")[0]
    iris = (name if "://" in name else f"{folder}/{name}" for name in _FROM.findall(_COMMENT.sub("\n", text)))
    return [iri for iri in dict.fromkeys(iris) if path_of(iri).exists()]


def read(iri: str, graph_name: NamedNode | DefaultGraph | None = None) -> list[Quad]:
    """Return the quads of a file, in a graph if one is given; blank nodes are the file's own."""
    labels: dict[Any, BlankNode] = {}

    def own(term: Any) -> Any:
        return labels.setdefault(term, BlankNode()) if isinstance(term, BlankNode) else term

    return [
        Quad(own(quad.subject), quad.predicate, own(quad.object), graph_name or own(quad.graph_name))
        for quad in pyoxigraph.parse(content_of(iri), syntax_of(iri), base_iri=iri)
    ]


def answer_of(reply: Reply) -> Answer:
    """Read what an engine replied."""
    kind, content = reply
    if kind == "boolean":
        return bool(content)
    if kind == "graph":
        return in_default_graph(content)
    return read_cells(content) if kind == "csv" else _read_results(content, _READERS[kind])


def _read_results(content: bytes, results_format: QueryResultsFormat) -> Rows | bool:
    found = pyoxigraph.parse_query_results(content, results_format)
    if isinstance(found, pyoxigraph.QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    rows = [{name: row[name] for name in names if row[name] is not None} for row in found]
    return Rows(frozenset(names), rows)


def expected_answer(iri: str) -> Answer:
    """Read the file of an expected answer."""
    ending = iri.rpartition(".")[2]
    if ending == "csv":
        return read_cells(content_of(iri))
    if ending in _FORMATS:
        return _read_results(content_of(iri), _READERS[_FORMATS[ending]])
    store = Store()
    store.extend(read(iri))
    result = next(store.quads_for_pattern(None, NamedNode(RDF + "type"), NamedNode(_RS + "ResultSet")), None)
    return _result_set(store, result.subject) if result is not None else in_default_graph(store)


def _result_set(store: Store, node: Any) -> Rows | bool:
    """Read a result set written as RDF; the solutions with an index have an order."""

    def values(subject: Any, name: str) -> list[Any]:
        return [quad.object for quad in store.quads_for_pattern(subject, NamedNode(_RS + name), None)]

    if values(node, "boolean"):
        return bool(values(node, "boolean")[0].value in ("true", "1"))
    rows = []
    for solution in values(node, "solution"):
        row = {values(b, "variable")[0].value: values(b, "value")[0] for b in values(solution, "binding")}
        index = values(solution, "index")
        rows.append((int(index[0].value) if index else None, row))
    is_ordered = bool(rows) and all(index is not None for index, _ in rows)
    if is_ordered:
        rows.sort(key=lambda each: each[0] or 0)
    variables = frozenset(variable.value for variable in values(node, "resultVariable"))
    return Rows(variables, [row for _, row in rows], is_ordered)


def _update(case: Case, engine: Engine) -> str | None:
    action = case.value(MF + "action")
    engine.load(_state(case, action))
    request = case.manifest.value(action, UT + "request").value
    engine.update(_text(request), request)
    return difference(Quads(frozenset(engine.quads())), Quads(frozenset(_state(case, case.value(MF + "result")))))


def _state(case: Case, node: Node) -> Iterable[Quad]:
    """Yield the quads of the dataset that a manifest describes."""
    for iri in case.manifest.values(node, UT + "data"):
        yield from read(iri.value)
    for graph in case.manifest.values(node, UT + "graphData"):
        if isinstance(graph, NamedNode):
            yield from read(graph.value, graph)
        else:
            label = case.manifest.value(graph, RDFS + "label").value
            yield from read(case.manifest.value(graph, UT + "graph").value, NamedNode(label))


def _is_refused(engine: Engine, check: Callable[[], object]) -> str | None:
    """Return with which words a text is refused, None if it is taken."""
    try:
        check()
    except engine.refusals as error:
        return f"refused: {error}"
    return None


def _syntax(is_positive: bool, is_update: bool) -> Callable[[Case, Engine], str | None]:
    def run(case: Case, engine: Engine) -> str | None:
        iri = case.value(MF + "action").value
        check = engine.check_update if is_update else engine.check_query
        base = "http://example.org/" if "federation" in case.suite else iri  # where `endpoints` serves
        refusal = _is_refused(engine, lambda: check(_text(iri), base))
        return refusal if is_positive else (None if refusal else "accepted")

    return run


# --- RDF syntaxes


def _rdf_base(case: Case, iri: str) -> str:
    base = next(case.manifest.store.quads_for_pattern(None, NamedNode(MF + "assumedTestBase"), None), None)
    if base is None:
        return iri
    assert isinstance(base.object, NamedNode)
    manifest_folder = base.object.value
    return manifest_folder + iri.removeprefix(manifest_folder)


def _rdf_evaluation(case: Case, engine: Engine) -> str | None:
    iri, result = case.value(MF + "action").value, case.value(MF + "result").value
    found = engine.parse(content_of(iri), syntax_of(iri), _rdf_base(case, iri))
    return _same(found, read(result))


def _same(found: Iterable[Quad], expected: Iterable[Quad]) -> str | None:
    ours, theirs = canonical(found), canonical(expected)
    if ours == theirs:
        return None
    return f"missing {sorted(theirs - ours)[:5]}; not expected {sorted(ours - theirs)[:5]}"


def _rdf_syntax(is_positive: bool) -> Callable[[Case, Engine], str | None]:
    def run(case: Case, engine: Engine) -> str | None:
        iri = case.value(MF + "action").value
        refusal = _is_refused(engine, lambda: list(engine.parse(content_of(iri), syntax_of(iri), _rdf_base(case, iri))))
        return refusal if is_positive else (None if refusal else "accepted")

    return run


# --- JSON-LD


def _to_rdf(case: Case, engine: Engine) -> str | None:
    iri = case.value(MF + "action").value
    found = engine.parse(content_of(iri), RdfFormat.JSON_LD, case.option.get("base", iri))
    return _same(found, read(case.value(MF + "result").value))


def _to_rdf_syntax(is_positive: bool) -> Callable[[Case, Engine], str | None]:
    def run(case: Case, engine: Engine) -> str | None:
        iri = case.value(MF + "action").value
        base = case.option.get("base", iri)
        refusal = _is_refused(engine, lambda: list(engine.parse(content_of(iri), RdfFormat.JSON_LD, base)))
        return refusal if is_positive else (None if refusal else "accepted")

    return run


def _from_rdf(case: Case, engine: Engine) -> str | None:
    """Compare by meaning: our document may choose other words than the expected one."""
    written = engine.write_json_ld(read(case.value(MF + "action").value))
    json.loads(written)
    expected = pyoxigraph.parse(content_of(case.value(MF + "result").value), RdfFormat.JSON_LD)
    return _same(pyoxigraph.parse(written, RdfFormat.JSON_LD), expected)


def _from_rdf_refused(case: Case, engine: Engine) -> str | None:
    quads = read(case.value(MF + "action").value)
    return None if _is_refused(engine, lambda: engine.write_json_ld(quads)) else "accepted"


_RUN: Mapping[str, Callable[[Case, Engine], str | None]] = {
    "QueryEvaluationTest": _query,
    "CSVResultFormatTest": _query,
    "UpdateEvaluationTest": _update,
    "PositiveSyntaxTest": _syntax(is_positive=True, is_update=False),
    "PositiveSyntaxTest11": _syntax(is_positive=True, is_update=False),
    "NegativeSyntaxTest": _syntax(is_positive=False, is_update=False),
    "NegativeSyntaxTest11": _syntax(is_positive=False, is_update=False),
    "PositiveUpdateSyntaxTest11": _syntax(is_positive=True, is_update=True),
    "NegativeUpdateSyntaxTest11": _syntax(is_positive=False, is_update=True),
    **{f"Test{name}Eval": _rdf_evaluation for name in ("Turtle", "Trig", "XML")},
    **{
        f"Test{name}{sign}Syntax": _rdf_syntax(sign == "Positive")
        for name in ("NTriples", "NQuads", "Turtle", "Trig", "XML")
        for sign in ("Positive", "Negative")
    },
    "TestTurtleNegativeEval": _rdf_syntax(is_positive=False),
    "TestTrigNegativeEval": _rdf_syntax(is_positive=False),
    "toRdf:PositiveEvaluationTest": _to_rdf,
    "toRdf:PositiveSyntaxTest": _to_rdf_syntax(is_positive=True),
    "toRdf:NegativeEvaluationTest": _to_rdf_syntax(is_positive=False),
    "fromRdf:PositiveEvaluationTest": _from_rdf,
    "fromRdf:NegativeEvaluationTest": _from_rdf_refused,
}

SCORED = frozenset(_RUN)
"""The kinds of tests that need no server."""
