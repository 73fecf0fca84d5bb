"""Commands that say what is in a home and what the last ingest did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from kg.cli.reporting import EXIT_CODES
from kg.cli.session import Session, command
from kg.config import Config
from kg.decisions import read_log
from kg.errors import NotFoundError, StoreError, StoreUnreachableError
from kg.graph import KnowledgeGraph, home_minter
from kg.home import Home, find_server, read_owner, read_roots, write_atomically
from kg.ingest import IngestReport
from kg.mirror import MirrorReport
from kg.rdf import KG, PREFIXES, Literal, NamedNode, local_name
from kg.results import DatasetClause, Solutions
from kg.review import read_queue, read_unapplied
from kg.search.file import index_counts
from kg.stores import MergeReport, Store
from kg.stores.oxigraph import OxigraphStore

__all__ = ["keep_report", "report", "root_names", "status", "summary"]

_REPORT = "report.json"
_SHOWN = 10
"""Failures that the summary of an ingest lists; `kg report` has all."""

_COUNTS = {
    "notes": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?g kg:path ?path } }",
    "entities": "SELECT (COUNT(DISTINCT ?entity) AS ?n) { GRAPH ?g { ?g kg:mentions|kg:describes ?entity } }",
    "evidence": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?e a kg:Evidence } }",
    "quarantined": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?e a kg:Refusal } }",
    "quads": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
}

_QUARANTINE = """
SELECT ?id ?path ?subject ?predicate ?object ?reason ?quote ?start ?end ?confidence ?extractor {
  GRAPH ?note {
    ?id a kg:Refusal ; rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object ; kg:reason ?reason ;
      kg:quote ?quote ; kg:start ?start ; kg:end ?end ; kg:confidence ?confidence ; kg:extractor ?extractor .
    ?note kg:path ?path
  }
} ORDER BY ?path ?start ?end ?id
"""


@command()
@click.option("--verify", is_flag=True, help="Compare what is derived of the graph with what it should be.")
@click.pass_context
def status(context: click.Context, session: Session, verify: bool) -> None:
    """Say what the home holds.

    Counts are of the named graphs; `entities` are what notes mention or describe. Of the decisions, `conflicts` are
    those of two logs that contradict each other, `unapplied` those that fit nothing any more; `waiting` is what
    `kg review` has. Of the `passages` that can be searched, those that are `encoded` are found by what they mean too;
    where not all is `indexed`, the next search does it first. Where the graph is on a server that does not answer, all
    else is told, and the exit code is 4.

    With --verify: whether the default graph is the merge of the named ones, and what Cypher reads of an embedded store
    what the store holds. Where one is not, the exit code is 4; what Cypher reads is made anew when it is read next.
    """
    home, config = session.home, session.config()
    found: dict[str, list[str]] = {}
    about: dict[str, str | int] = {}
    counts: dict[str, int | bool] = {}
    problem: StoreUnreachableError | None = None
    try:
        with session.open() as graph:
            about = dict(graph.store.about())
            counts = {name: _count(graph, text) for name, text in _COUNTS.items()}
            counts |= _curation_counts(graph, config, home)
            counts |= _index_counts(graph, config, home)
            found = _differences(graph.store) if verify else {}
    except StoreUnreachableError as error:
        problem = error
        about["place"] = error.uri
    owner, server = read_owner(home), find_server(home)
    ontology = home.ontology()
    document = {
        "home": str(home.folder),
        "base": home_minter(home, config).base,
        "store": config.home.store,
        **about,
        "dataset": config.home.dataset,
        "ontology": str(ontology) if ontology else "shipped",
        "roots": {name: str(path) for name, path in read_roots(home).items()},
        **counts,
        "owner": str(owner) if owner else None,
        "server": server.url if server else None,
        **({"differences": found} if verify else {}),
        **({"problem": str(problem)} if problem else {}),
    }
    called = root_names(read_roots(home))
    roots = ", ".join(f"{called[name]}: {path}" for name, path in read_roots(home).items())
    shown = {name: value for name, value in document.items() if name not in ("problem", "differences")}
    rows = [(name, roots if name == "roots" else value) for name, value in shown.items()]
    session.answer(document, lambda: "\n".join(f"{name:<12} {_written(value)}" for name, value in rows if value != ""))
    for what, lines in found.items():
        session.say(f"kg: {what} is not what it should be: {len(lines):,} differences.")
        for line in lines[:_SHOWN]:
            session.say(f"  {line}")
    if verify and not found and not problem:
        session.say("What is derived is what it should be.")
    if problem:
        session.say(f"kg: {problem}")
    if problem or found:
        context.exit(EXIT_CODES[StoreError])


def _curation_counts(graph: KnowledgeGraph, config: Config, home: Home) -> dict[str, int]:
    """Return how many decisions there are, how many need a look, and how many items wait for one."""
    log = read_log(graph.store.match, graph.minter)
    cache = home.of_kind(config.home.store).ingest_cache
    return {
        "decisions": len(log),
        "conflicts": len(log.conflicts()),
        "unapplied": len(read_unapplied(graph, log, cache)),
        "waiting": read_queue(graph, log, config.review, limit=0).total,
    }


def _index_counts(graph: KnowledgeGraph, config: Config, home: Home) -> dict[str, int | bool]:
    """Return how many passages can be searched, how many of them by what they mean, and whether all is as it is now."""
    path = home.of_kind(config.home.store).search_index
    passages, encoded, is_current = index_counts(path, graph.store.position())
    return {"passages": passages, "encoded": encoded, "indexed": is_current}


def _differences(store: Store) -> dict[str, list[str]]:
    """Return how what is derived differs from what it should be; nothing for what is right."""
    found: dict[str, MergeReport | MirrorReport] = {"The default graph": store.verify()}
    if isinstance(store, OxigraphStore):
        found["What Cypher reads"] = store.verify_mirror()
    return {
        what: [*(f"missing: {line}" for line in each.missing), *(f"surplus: {line}" for line in each.surplus)]
        for what, each in found.items()
        if each
    }


def root_names(roots: Mapping[str, Path]) -> dict[str, str]:
    """Return how people call the roots: the first has no name, so it is called as its folder, numbered where needed."""
    called = {name: name for name in roots}
    if "" in roots:
        folder = roots[""].name or "root"
        numbered = (f"{folder}-{number}" for number in range(2, len(roots) + 2))
        called[""] = next(name for name in (folder, *numbered) if name not in roots)
    return called


def _written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return f"{value:,}" if isinstance(value, int) else str(value)


def _rows(graph: KnowledgeGraph, text: str) -> Iterator[dict[str, Any]]:
    result = graph.store.query(text, DatasetClause(), dict(PREFIXES))
    assert isinstance(result, Solutions)
    for row in result.rows:
        yield dict(zip(result.variables, row, strict=True))


def _count(graph: KnowledgeGraph, text: str) -> int:
    (row,) = _rows(graph, text)
    assert isinstance(row["n"], Literal)
    return int(row["n"].value)


@command()
@click.option("--quarantine", is_flag=True, help="What was refused, with the reason and the sentence.")
def report(session: Session, quarantine: bool) -> None:
    """Say what the last ingest did with each file.

    With --quarantine: the statements that the ontology did not admit.
    """
    if quarantine:
        with session.open() as graph:
            rows = list(_refusals(graph))
        session.answer({"quarantine": rows}, lambda: _quarantine_text(rows))
        return
    document = _kept_report(session.home)
    session.answer(document, lambda: "\n".join([summary(document, None), *_file_lines(document)]))


def _refusals(graph: KnowledgeGraph) -> Iterator[dict[str, Any]]:
    for row in _rows(graph, _QUARANTINE):
        yield {
            "id": row["id"].value,
            "note": row["path"].value,
            "subject": row["subject"].value,
            "predicate": row["predicate"].value,
            "object": row["object"].value if isinstance(row["object"], NamedNode | Literal) else str(row["object"]),
            "reason": row["reason"].value,
            "quote": row["quote"].value,
            "start": int(row["start"].value),
            "end": int(row["end"].value),
            "confidence": float(row["confidence"].value),
            "extractor": row["extractor"].value,
        }


def _quarantine_text(rows: list[dict[str, Any]]) -> str:
    lines = [f"{len(rows)} statements were refused."]
    for row in rows:
        triple = " ".join(_short(row[part]) for part in ("subject", "predicate", "object"))
        quote = " ".join(row["quote"].split())
        lines += ["", f"{row['note']}: {triple}", f"  refused: {row['reason']}", f"  “{quote}”"]
    return "\n".join(lines)


def _short(value: str) -> str:
    if "://" not in value:
        return json.dumps(value, ensure_ascii=False)
    if value.startswith(str(KG)):
        return f"kg:{value.removeprefix(str(KG))}"
    page = value.removesuffix("#it")
    return f"<{local_name(page)}>"


def summary(document: dict[str, Any], most: int | None = _SHOWN) -> str:
    """Write the report of an ingest for a person, with at most so many failures."""
    notes = document["notes"]
    parts = [f"{count:,} {name}" for name, count in notes.items() if count and name != "failed"]
    lines = [
        f"{sum(notes.values()):,} notes: {', '.join(parts) or 'nothing to do'}"
        + (f", {notes['failed']:,} with problems" if notes["failed"] else ""),
        f"Read: {document['words']:,} words, {document['statements']:,} statements, {document['quads']:,} quads, "
        f"{document['quarantined']:,} refused, in {document['seconds']:.1f} s.",
    ]
    lines += document["notices"]
    failures = document["failures"]
    lines += [f"{failure['path']}: {failure['reason']}" for failure in failures[:most]]
    if most is not None and len(failures) > most:
        lines.append(f"... and {len(failures) - most} more: kg report")
    return "\n".join(lines)


def _file_lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each file that was not simply unchanged."""
    for file in document["files"]:
        if file["outcome"] not in ("unchanged", "failed"):
            yield f"{file['outcome']:<10} {file['path']}"


def keep_report(home: Home, report: IngestReport) -> None:
    """Keep what the last ingest did, for `kg report`."""
    files = [{"path": file.path, "outcome": file.outcome, "reason": file.reason} for file in report.files]
    document = json.dumps(report.to_json() | {"files": files}, ensure_ascii=False)
    write_atomically(home.cache / _REPORT, document.encode())


def _kept_report(home: Home) -> dict[str, Any]:
    home.check_exists()
    try:
        found = json.loads((home.cache / _REPORT).read_text("utf-8"))
    except FileNotFoundError:
        raise NotFoundError("report", "of an ingest", advice="`kg ingest PATH` makes one.") from None
    except ValueError as error:
        raise StoreError(f"{home.cache / _REPORT} is damaged; run `kg ingest` again.") from error
    assert isinstance(found, dict)
    return found
