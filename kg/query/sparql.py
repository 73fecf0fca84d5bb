"""SPARQL queries: what is refused, the dataset they choose, and the limit on their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from kg.errors import QuerySyntaxError, ResultTooLargeError
from kg.graph import KnowledgeGraph
from kg.limits import UNLIMITED, Limits
from kg.query.computed_patterns import names_computed
from kg.query.computed_sparql import answer_computed
from kg.query.corrections import ask
from kg.query.federation import answer_services, outside_services
from kg.query.names import clearer
from kg.rdf import PREFIXES
from kg.remote import RemoteAccess
from kg.results import Boolean, DatasetClause, Graph, ResultSet, Solutions
from kg.sparql.tokens import (
    QUERY_FORMS,
    Token,
    plain_text,
    prologue_end,
    refuse_service,
    resolve_iris,
    rewrite,
    tokenise,
    unescape,
)

__all__ = ["profile_sparql", "run_sparql", "sparql_as_run"]

_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")

_AS_WRITTEN = DatasetClause()

_Row = TypeVar("_Row")


def run_sparql(
    graph: KnowledgeGraph,
    text: str,
    dataset: DatasetClause = _AS_WRITTEN,
    limits: Limits = UNLIMITED,
    prefixes: Mapping[str, str] = PREFIXES,
    on_row_limit: Callable[[int], object] | None = None,
    remote: RemoteAccess | None = None,
) -> ResultSet:
    """Answer a SPARQL query, lazily where the store can.

    `limits.rows` is kept here: at the row that is too many, `on_row_limit` is called with the limit and
    the answer ends, so that the reply can say so. `limits.seconds` is the caller's (`limits.watchdog`).

    Args:
        dataset: chosen outside the query; it replaces FROM and FROM NAMED (SPARQL 1.1 Protocol, 2.1.4).
        prefixes: what the query may leave out; its own PREFIX declarations come first.
        remote: the servers that SERVICE may ask; None refuses it.

    Raises:
        QuerySyntaxError: with line and column; also for an update.
        UnsupportedQueryError: the query has a SERVICE that may not be asked, or names a computed predicate where
            nothing can be computed.
        RemoteError: another endpoint may not be asked, or did not answer.
        ResultTooLargeError: while the answer is read, if there is no `on_row_limit`.
    """
    text = unescape(text)
    tokens = tokenise(text)
    body = prologue_end(tokens)
    _check_form(tokens, body)
    ours = tokens if remote is None else outside_services(tokens)
    refuse_service(ours)
    is_computed = names_computed(ours, prefixes)
    text, chosen = _without_from(text, tokens, body, prefixes)
    if chosen != _AS_WRITTEN:
        dataset = chosen if dataset == _AS_WRITTEN else dataset
        tokens = tokenise(text)
    try:
        plain = plain_text(text, tokens)
        if is_computed:
            plain = answer_computed(plain, prefixes, graph.computed)
        if remote is not None:
            plain = answer_services(plain, prefixes, remote, graph.minter.base)
        result = ask(graph.store, plain, _complete(dataset), dict(prefixes))
    except QuerySyntaxError as error:
        raise clearer(error, tokens, prefixes) from error
    return result if limits.rows is None else _limit_rows(result, limits.rows, on_row_limit)


def sparql_as_run(graph: KnowledgeGraph, text: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return a query as it is run: with rows in the places of its computed patterns.

    Raises:
        QuerySyntaxError, UnsupportedQueryError: as `run_sparql`.
    """
    text = unescape(text)
    tokens = tokenise(text)
    if not names_computed(tokens, prefixes):
        return text
    try:
        return answer_computed(plain_text(text, tokens), prefixes, graph.computed)
    except QuerySyntaxError as error:
        raise clearer(error, tokens, prefixes) from error


def profile_sparql(graph: KnowledgeGraph, text: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Run a query and return how the store answered it, in lines; empty where its algebra says it all.

    Raises:
        QuerySyntaxError: with line and column.
    """
    text = unescape(text)
    tokens = tokenise(text)
    text, dataset = _without_from(text, tokens, prologue_end(tokens), prefixes)
    return graph.store.profile(plain_text(text, tokenise(text)), _complete(dataset), dict(prefixes))


def _without_from(
    text: str, tokens: Sequence[Token], body: int, prefixes: Mapping[str, str]
) -> tuple[str, DatasetClause]:
    """Return a query with spaces for its FROM clauses, and the dataset that they say.

    Raises:
        QuerySyntaxError: with line and column.
    """
    clauses = [index for index, token in enumerate(tokens) if token.is_word("FROM") and token.depth == 0]
    if not clauses:
        return text, _AS_WRITTEN
    try:
        chosen = _read_dataset(text, tokens, body, clauses, prefixes)
    except QuerySyntaxError as error:
        raise clearer(error, tokens, prefixes) from error
    return _blank(text, tokens, clauses), chosen


def _check_form(tokens: Sequence[Token], body: int) -> None:
    if body >= len(tokens):
        raise QuerySyntaxError("SPARQL", "the query is empty")
    first = tokens[body]
    if first.is_word(*_UPDATES):
        reason = f"{first.text.upper()} begins an update, and this is for queries; send it with `kg update`"
        raise QuerySyntaxError("SPARQL", reason, first.line, first.column)
    if not first.is_word(*QUERY_FORMS):
        reason = f"a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with {first.text!r}"
        raise QuerySyntaxError("SPARQL", reason, first.line, first.column)


def _read_dataset(
    text: str, tokens: Sequence[Token], body: int, clauses: Sequence[int], prefixes: Mapping[str, str]
) -> DatasetClause:
    """Return what the FROM clauses say; without any of one kind, that kind is empty (Query, 13.2)."""
    graphs: dict[bool, list[Token]] = {False: [], True: []}
    for index in clauses:
        end = _clause_end(tokens, index)
        graphs[end - index == 3].append(tokens[end - 1])
    prologue = text[: tokens[body].start]
    default, named = (resolve_iris(prologue, graphs[is_named], prefixes) for is_named in (False, True))
    return DatasetClause(default, named)


def _clause_end(tokens: Sequence[Token], index: int) -> int:
    """Return the index after a FROM clause."""
    end = index + (3 if index + 1 < len(tokens) and tokens[index + 1].is_word("NAMED") else 2)
    if end > len(tokens):
        raise QuerySyntaxError("SPARQL", "after FROM an IRI is expected", tokens[index].line, tokens[index].column)
    return end


def _blank(text: str, tokens: Sequence[Token], clauses: Sequence[int]) -> str:
    """Return the text with spaces for its FROM clauses: no token after them moves."""
    return rewrite(text, {t: " " * len(t.text) for i in clauses for t in tokens[i : _clause_end(tokens, i)]})


def _complete(dataset: DatasetClause) -> DatasetClause:
    """Return a dataset of which either nothing or both kinds of graphs are given."""
    if dataset.default_graphs is None and dataset.named_graphs is None:
        return dataset
    return DatasetClause(dataset.default_graphs or (), dataset.named_graphs or ())


def _limit_rows(result: ResultSet, rows: int, on_row_limit: Callable[[int], object] | None) -> ResultSet:
    if isinstance(result, Solutions):
        return Solutions(result.variables, _take(result.rows, rows, on_row_limit))
    if isinstance(result, Graph):
        return Graph(_take(result.triples, rows, on_row_limit))
    assert isinstance(result, Boolean)
    return result


def _take(items: Iterator[_Row], rows: int, on_row_limit: Callable[[int], object] | None) -> Iterator[_Row]:
    for count, item in enumerate(items):
        if count == rows:
            if on_row_limit is None:
                raise ResultTooLargeError(rows)
            on_row_limit(rows)
            return
        yield item
