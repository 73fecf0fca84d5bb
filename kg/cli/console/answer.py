"""An answer as the console keeps it: rows that can be shown, named, explained and saved."""

from __future__ import annotations

import functools
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from kg.cli.unknown_names import with_advice
from kg.errors import InputError
from kg.graph import KnowledgeGraph
from kg.limits import UNLIMITED, Limits
from kg.query.cypher_parameters import bind_cypher
from kg.query.formats import write_result
from kg.query.library import SavedQuery, bind
from kg.query.records_formats import write_records
from kg.rdf import DCT, KG, RDFS, DefaultGraph, Literal, NamedNode, Term, Triple
from kg.records import Records, Summary, Value
from kg.results import Boolean, Graph, ResultSet, Solutions

__all__ = ["Answer", "ask", "ask_saved", "part_of", "save", "write_answer"]

Ask = Callable[..., ResultSet | Records]
Explain = Callable[[KnowledgeGraph, str], str]
Row = tuple[Any, ...]
"""Terms, or the values of a record."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The first rows of what a query returned; those of a graph are its triples.

    Attributes:
        text: the query, with the values of its parameters where its language has none.
        parameters: what it was asked with, in a language that has them.
        value: the answer of ASK; then there are no rows.
        is_cut: whether there are more rows than these.
        summary: of an answer in records.
        names: the labels of the IRIs in the rows, when they were asked for.
        seconds: how long the query took, up to these rows.
    """

    text: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    is_graph: bool = False
    value: bool | None = None
    is_cut: bool = False
    summary: Summary | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    plan: str = ""
    seconds: float = 0.0


def ask(
    graph: KnowledgeGraph, run: Ask, text: str, most: int | None, language: str | None, explain: Explain | None = None
) -> Answer:
    """Answer a query with so many rows at most.

    Args:
        language: look up labels, in this language first; None looks up none.
        explain: a function that says how the query is read.
    """
    started = time.perf_counter()
    result = run(graph, text, UNLIMITED)
    base, value, is_cut = graph.minter.base, None, False
    summary = result.summary if isinstance(result, Records) else None
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    if isinstance(result, Boolean):
        value = result.value
    else:
        header, found = _rows(result)
        if summary is not None and summary.kind != "r":
            found = iter(list(found))  # a change is whole when all its rows are read
        rows = tuple(itertools.islice(found, most))
        is_cut = next(found, None) is not None
    seconds = time.perf_counter() - started
    names = {} if language is None else _names(graph, rows, language)
    plan = explain(graph, text) if explain is not None else ""
    is_graph = isinstance(result, Graph)
    return Answer(text, {}, header, rows, is_graph, value, is_cut, summary, names, base, plan, seconds)


def ask_saved(graph: KnowledgeGraph, run: Ask, query: SavedQuery, values: Mapping[str, str], *how: Any) -> Answer:
    """Answer a saved query; the rest of the arguments is as for `ask`."""
    text, bound = query.text, functools.partial(run)
    parameters: Mapping[str, Value] = {}
    if query.language == "cypher":
        parameters = bind_cypher(query, values, graph.ontology, graph.minter.base)
        bound = functools.partial(run, parameters=parameters, is_writing=False)
    else:
        text = bind(query, values, graph.ontology.class_named)

    def run_with_advice(graph: KnowledgeGraph, text: str, limits: Limits) -> ResultSet | Records:
        say = functools.partial(click.echo, err=True)  # which the console shows
        return with_advice(graph, query, values, bound(graph, text, limits), say)

    return replace(ask(graph, run_with_advice, text, *how), parameters=parameters)


def _rows(result: Solutions | Graph | Records) -> tuple[tuple[str, ...], Iterator[Row]]:
    if isinstance(result, Records):
        return result.fields, iter(result.rows)
    if isinstance(result, Solutions):
        return result.variables, iter(result.rows)
    return ("subject", "predicate", "object"), ((t.subject, t.predicate, t.object) for t in result.triples)


def _names(graph: KnowledgeGraph, rows: Iterable[Row], language: str) -> dict[str, str]:
    iris = {term for row in rows for term in row if isinstance(term, NamedNode)}
    found = ((iri.value, _name(graph, iri, language)) for iri in iris)
    return {iri: name for iri, name in found if name is not None}


def _name(graph: KnowledgeGraph, iri: NamedNode, language: str) -> str | None:
    """Return a label in a language, else what the thing is called, else any label."""
    ontology = graph.ontology
    if iri in ontology.classes or iri in ontology.properties or iri in ontology.individuals:
        return ontology.label(iri, language)
    graph_name = DefaultGraph() if graph.store.dataset == "merged" else None
    names: dict[NamedNode, list[Literal]] = {}
    for predicate in (RDFS["label"], KG["name"], DCT["title"]):
        quads = graph.store.match(iri, predicate, None, graph_name)
        names[predicate] = [quad.object for quad in quads if isinstance(quad.object, Literal)]
    spoken = [label for label in names[RDFS["label"]] if (label.language or "").startswith(language)]
    every = [*spoken, *names[KG["name"]], *names[DCT["title"]], *names[RDFS["label"]]]
    return every[0].value if every else None


def save(graph: KnowledgeGraph, run: Ask, text: str, format_name: str, path: Path) -> int:
    """Write all of an answer to a file, or nothing, and return its size in bytes.

    Raises:
        InputError: the file cannot be written.
    """
    part = part_of(path)
    result, base = run(graph, text, UNLIMITED), graph.minter.base
    if isinstance(result, Records):
        pieces = write_records(result, format_name, None, base)
    else:
        pieces = write_result(result, format_name, None, base)
    try:
        with open(part, "wb") as stream:
            for piece in pieces:
                stream.write(piece)
            size = stream.tell()
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror}.") from error
    return size


def part_of(path: Path) -> Path:
    """Return where the part of a file lies that is written already."""
    return path.with_name(f".{path.name}.part")


def write_answer(answer: Answer, format_name: str, width: int | None) -> Iterator[bytes]:
    """Return the rows of an answer in a format, piece by piece; those of a table are numbered.

    Args:
        width: columns of the terminal, for tables.

    Raises:
        UnsupportedQueryError: the format cannot hold it.
    """
    if answer.summary is not None:
        return _write_records(answer, answer.summary, format_name, width)
    if answer.value is not None:
        return write_result(Boolean(answer.value), format_name)
    if format_name != "table":
        triples = (Triple(*row) for row in answer.rows)
        rows = Graph(triples) if answer.is_graph else Solutions(answer.header, iter(answer.rows))
        return write_result(rows, format_name, width, answer.base)
    numbered = (
        (Literal(number), *(_named(term, answer.names) for term in row)) for number, row in enumerate(answer.rows, 1)
    )
    return write_result(Solutions(("#", *answer.header), numbered), "table", width, answer.base)


def _write_records(answer: Answer, summary: Summary, format_name: str, width: int | None) -> Iterator[bytes]:
    header, rows = answer.header, answer.rows
    if format_name == "table" and header:
        header, rows = ("#", *header), tuple((number, *row) for number, row in enumerate(rows, 1))
    return write_records(Records(header, iter(rows), summary), format_name, width, answer.base)


def _named(term: Term | None, names: Mapping[str, str]) -> Term | None:
    return Literal(names[term.value]) if isinstance(term, NamedNode) and term.value in names else term
