"""The operations of a SPARQL 1.1 Update request as values, read by tokens (Update, section 3).

Oxigraph checks every operation first, so that a request is refused before any of it is done; here the
parts are only found. Templates are read once, by Oxigraph too: as data in which private IRIs stand
for the variables.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal as OneOf

import pyoxigraph

from kg.errors import QuerySyntaxError, UnsupportedQueryError
from kg.query.computed_patterns import Block, find_blocks
from kg.query.federation import outside_services
from kg.query.names import clearer, holds_computed
from kg.query.templates import Template
from kg.rdf import NamedNode
from kg.sparql.tokens import (
    QUERY_FORMS,
    Token,
    close_of,
    plain_text,
    prologue_end,
    refuse_service,
    resolve_iris,
    rewrite,
    tokenise,
    unescape,
)
from kg.stores.engine_errors import syntax_error

__all__ = ["Clear", "Create", "GraphTarget", "Load", "Modify", "Operation", "Template", "Transfer", "parse_update"]

GraphTarget = NamedNode | OneOf["DEFAULT", "NAMED", "ALL"]
"""What a graph operation works on."""

_VARIABLE = "urn:noemata:variable:"


@dataclass(frozen=True, slots=True)
class Modify:
    """INSERT DATA, DELETE DATA, DELETE WHERE, and DELETE/INSERT with WHERE.

    `query` selects the solutions; None means one empty solution. `using` is None without any USING. `computed` are the
    parts of `query` that a search has to answer.
    """

    delete: Template
    insert: Template
    query: str | None = None
    reads_named_graphs: bool = False
    with_graph: NamedNode | None = None
    using: tuple[NamedNode, ...] | None = None
    using_named: tuple[NamedNode, ...] | None = None
    computed: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Clear:
    """CLEAR and DROP; after DROP, later operations of the request no longer find the graph."""

    target: GraphTarget
    silent: bool
    drops: bool


@dataclass(frozen=True, slots=True)
class Create:
    """CREATE GRAPH."""

    target: NamedNode
    silent: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """ADD, MOVE and COPY; the two graphs are an IRI or DEFAULT."""

    kind: OneOf["ADD", "MOVE", "COPY"]
    source: GraphTarget
    target: GraphTarget
    silent: bool


@dataclass(frozen=True, slots=True)
class Load:
    """LOAD; the target is an IRI or DEFAULT."""

    source: NamedNode
    target: GraphTarget
    silent: bool


Operation = Modify | Clear | Create | Transfer | Load


def parse_update(text: str, prefixes: Mapping[str, str], asks_others: bool = False) -> tuple[Operation, ...]:
    """Return the operations of an update request, in order; nothing is evaluated.

    The time is linear in the text. The quads of INSERT DATA and DELETE DATA are read by Oxigraph alone; only where
    something is odd about them are they looked at token by token.

    Args:
        asks_others: whether SERVICE and LOAD are taken.

    Raises:
        QuerySyntaxError: with line and column; also for a query.
        UnsupportedQueryError: the request has a SERVICE or a LOAD that is not taken, or a computed predicate where
            nothing can be computed.
    """
    text = unescape(text)
    try:
        tokens = tokenise(text, skips_data=True)
        found = _read_request(text, tokens, prefixes, asks_others)
        if not any(holds_computed(each.delete.quads) or holds_computed(each.insert.quads) for each in _listed(found)):
            return found
    except QuerySyntaxError:
        pass
    return _read_request(text, tokenise(text), prefixes, asks_others)


def _listed(operations: Sequence[Operation]) -> Iterator[Modify]:
    return (each for each in operations if isinstance(each, Modify) and each.query is None)


def _read_request(
    text: str, tokens: tuple[Token, ...], prefixes: Mapping[str, str], asks_others: bool
) -> tuple[Operation, ...]:
    start = prologue_end(tokens)
    if start < len(tokens) and tokens[start].is_word(*QUERY_FORMS):
        reason = f"{tokens[start].text.upper()} begins a query, and this is for updates; send it with `kg sparql`"
        raise QuerySyntaxError("SPARQL", reason, tokens[start].line, tokens[start].column)
    ours = outside_services(tokens) if asks_others else tokens
    refuse_service(ours)
    if not asks_others:
        _refuse_load(tokens)
    plain = plain_text(text, tokens)
    if plain != text:
        text, tokens = plain, tokenise(plain, skips_data=True)
    parts = list(_split(tokens))
    _check_labels(text, parts)
    operations = []
    for part in parts:
        if not part.is_insert_data():
            _check_syntax(text, part, prefixes)
        operation = _Reader(text, part, prefixes).read()
        blocks = find_blocks((*part.prologue, *part.tokens), prefixes)
        operations.append(replace(operation, computed=blocks) if isinstance(operation, Modify) else operation)
    return tuple(operations)


@dataclass(frozen=True, slots=True)
class _Part:
    """The tokens of one operation, and of the declarations before it that mean something in it."""

    prologue: tuple[Token, ...]
    tokens: tuple[Token, ...]

    def is_insert_data(self) -> bool:
        """Tell whether this is INSERT DATA and nothing else: to run it on an empty store is to read it."""
        first = self.tokens[:3]
        is_data = len(first) == 3 and first[0].is_word("INSERT") and first[1].is_word("DATA") and first[2].is_mark("{")
        return is_data and close_of(self.tokens, 2) == len(self.tokens) - 1


def _split(tokens: Sequence[Token]) -> Iterator[_Part]:
    prologue: tuple[Token, ...] = ()
    index = 0
    while index < len(tokens):
        body = prologue_end(tokens, index)
        if body > index:
            prologue = _joined(prologue, tokens[index:body])
        end = body
        while end < len(tokens) and not (tokens[end].depth == 0 and tokens[end].is_mark(";")):
            end += 1
        if body < end:
            yield _Part(prologue, tuple(tokens[body:end]))
        elif end < len(tokens):
            raise QuerySyntaxError(
                "SPARQL", "between two `;` an operation is expected", tokens[end].line, tokens[end].column
            )
        index = end + 1


def _joined(before: Sequence[Token], further: Sequence[Token]) -> tuple[Token, ...]:
    """Return declarations and further ones, without those of a prefix that is declared again."""
    again = {further[index + 1].text for index in range(len(further) - 1) if further[index].is_word("PREFIX")}
    kept: list[Token] = []
    index = 0
    while index < len(before):
        end = index + (3 if before[index].is_word("PREFIX") else 2)
        if not (before[index].is_word("PREFIX") and before[index + 1].text in again):
            kept += before[index:end]
        index = end
    return (*kept, *further)


def _refuse_load(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.depth == 0 and token.is_word("LOAD"):
            advice = "Nothing is fetched from here: remote.hosts allows no host. A file is read by `kg import FILE`."
            raise UnsupportedQueryError("SPARQL", f"LOAD (line {token.line}, column {token.column})", advice)


@functools.cache
def _no_store() -> pyoxigraph.Store:
    """Return the store that requests are parsed with; it stays empty."""
    return pyoxigraph.Store()


def _check_syntax(text: str, part: _Part, prefixes: Mapping[str, str]) -> None:
    """Let Oxigraph parse one operation behind its declarations; an operation that must fail stands before it.

    So nothing is run. Oxigraph takes declarations at the beginning only; alone, each operation has them there.
    """
    guard = "CLEAR GRAPH <urn:noemata:no-graph>; "
    first = part.tokens[0]
    before = "".join(f"{token.text} " for token in part.prologue) + guard
    request = before + text[first.start : part.tokens[-1].end]
    try:
        _no_store().update(request, prefixes=dict(prefixes))
    except SyntaxError as error:
        found = syntax_error(error, request)
        line, column = found.line or 1, found.column or 1
        if line > 1:
            line += first.line - 1
        elif column > len(before):
            line, column = first.line, column - len(before) + first.column - 1
        else:  # in a declaration
            token = _token_at(part.prologue or part.tokens, column)
            line, column = token.line, token.column
        placed = QuerySyntaxError("SPARQL", found.reason, line, column)
        raise clearer(placed, (*part.prologue, *part.tokens), prefixes) from error
    except RuntimeError:  # the guard's graph does not exist
        return
    raise AssertionError("the guard of the syntax check did not stop the update")


def _token_at(tokens: Sequence[Token], column: int) -> Token:
    """Return the token at a column of a line that has the tokens with one space behind each."""
    end = 0
    for token in tokens:
        end += len(token.text) + 1
        if column <= end:
            return token
    return tokens[-1]


def _check_labels(text: str, parts: Sequence[_Part]) -> None:
    """Refuse a blank node label in two INSERT DATA operations: it would be two blank nodes (Query, 19.6)."""
    data = [part for part in parts if part.tokens[1:2] and part.tokens[1].is_word("DATA")]
    data = [part for part in data if text.find("_:", part.tokens[0].start, part.tokens[-1].end) >= 0]
    if len(data) < 2:
        return
    seen: dict[str, _Part] = {}
    for part in data:
        first, last = part.tokens[0], part.tokens[-1]
        for token in tokenise(text[first.start : last.end]):
            if token.kind == "blank" and seen.setdefault(token.text, part) is not part:
                reason = f"the blank node {token.text} stands in an operation before; use another label"
                column = token.column + (first.column - 1 if token.line == 1 else 0)
                raise QuerySyntaxError("SPARQL", reason, token.line + first.line - 1, column)


class _Reader:
    """Reads one operation from left to right."""

    def __init__(self, text: str, part: _Part, prefixes: Mapping[str, str]) -> None:
        self._text, self._part, self._tokens, self._prefixes = text, part, part.tokens, dict(prefixes)
        self._prologue = "".join(f"{token.text} " for token in part.prologue)
        self._index = 0

    def read(self) -> Operation:
        first = self._tokens[0]
        word = first.text.upper() if first.kind == "word" else ""
        if word in ("CLEAR", "DROP"):
            silent, target = self._skip_silent(1), self._target()
            return Clear(target, silent, word == "DROP")
        if word == "CREATE":
            silent, target = self._skip_silent(1), self._target()
            assert isinstance(target, NamedNode)
            return Create(target, silent)
        if word in ("ADD", "MOVE", "COPY"):
            silent, source = self._skip_silent(1), self._target()
            self._index += 1  # TO
            return Transfer(word, source, self._target(), silent)  # type: ignore[arg-type]
        if word == "LOAD":
            silent, source = self._skip_silent(1), self._iri()
            into = self._is_word("INTO")
            self._index += into
            return Load(source, self._target() if into else "DEFAULT", silent)
        if word in ("INSERT", "DELETE", "WITH"):
            return self._modify()
        raise QuerySyntaxError("SPARQL", f"an update cannot begin with {first.text!r}", first.line, first.column)

    def _is_word(self, *words: str) -> bool:
        return self._index < len(self._tokens) and self._tokens[self._index].is_word(*words)

    def _skip_silent(self, index: int) -> bool:
        self._index = index
        silent = self._is_word("SILENT")
        self._index += silent
        return silent

    def _target(self) -> GraphTarget:
        token = self._tokens[self._index]
        if token.is_word("DEFAULT", "NAMED", "ALL"):
            self._index += 1
            return token.text.upper()  # type: ignore[return-value]
        self._index += self._is_word("GRAPH")
        return self._iri()

    def _iri(self) -> NamedNode:
        (iri,) = resolve_iris(self._prologue, self._tokens[self._index : self._index + 1], self._prefixes)
        self._index += 1
        return iri

    def _group(self) -> tuple[Token, ...]:
        """Return the tokens of the group that begins here, braces included, and go behind it."""
        begin, end = self._index, close_of(self._tokens, self._index) + 1
        self._index = end
        return tuple(self._tokens[begin:end])

    def _modify(self) -> Modify:
        with_graph = None
        if self._is_word("WITH"):
            self._index += 1
            with_graph = self._iri()
        templates = {"DELETE": Template(), "INSERT": Template()}
        while self._is_word("DELETE", "INSERT"):
            kind = self._tokens[self._index].text.upper()
            self._index += 1
            if self._is_word("DATA", "WHERE"):
                joined = self._is_word("WHERE")
                self._index += 1
                return self._short_form(kind, joined)
            templates[kind] = self._template(self._group())
        using: list[NamedNode] = []
        using_named: list[NamedNode] = []
        chosen = self._is_word("USING")
        while self._is_word("USING"):
            self._index += 1
            named = self._is_word("NAMED")
            self._index += named
            (using_named if named else using).append(self._iri())
        self._index += 1  # WHERE
        where = self._group()
        delete, insert = templates["DELETE"], templates["INSERT"]
        return Modify(
            delete,
            insert,
            self._select(where, delete, insert),
            any(token.is_word("GRAPH") for token in where),
            with_graph,
            tuple(using) if chosen else None,
            tuple(using_named) if chosen else None,
        )

    def _short_form(self, kind: str, is_where: bool) -> Modify:
        group = self._group()
        template = self._template(group)
        if is_where:
            reads_named_graphs = any(token.is_word("GRAPH") for token in group)
            return Modify(template, Template(), self._select(group, template, Template()), reads_named_graphs)
        return Modify(template, Template()) if kind == "DELETE" else Modify(Template(), template)

    def _select(self, where: Sequence[Token], delete: Template, insert: Template) -> str:
        """Write the query for the solutions; each solution counts, because blank nodes are fresh in each."""
        names = sorted({*delete.variables.values(), *insert.variables.values()})
        projection = " ".join(f"?{name}" for name in names) or "*"
        return f"{self._prologue}SELECT {projection} WHERE {self._text[where[0].start : where[-1].end]}"

    def _template(self, group: Sequence[Token]) -> Template:
        found = [] if self._part.is_insert_data() else [token for token in group if token.kind == "variable"]
        variables = {token: NamedNode(_VARIABLE + token.text[1:]) for token in found}
        written = {token: str(iri) for token, iri in variables.items()}
        data = rewrite(self._text, written, group[0].start, group[-1].end)
        store = pyoxigraph.Store()
        try:
            store.update(f"{self._prologue}INSERT DATA {data}", prefixes=self._prefixes)
        except SyntaxError as error:
            raise self._refusal(group) from error
        has_blank_nodes = any(token.kind == "blank" or token.text in ("[", "(", "<") for token in group)
        return Template(tuple(store), {iri: token.text[1:] for token, iri in variables.items()}, has_blank_nodes)

    def _refusal(self, group: Sequence[Token]) -> QuerySyntaxError:
        """Return what is wrong with a template that parses, and is no list of quads."""
        _check_syntax(self._text, self._part, self._prefixes)  # DATA says it itself
        for before, token in itertools.pairwise(group):
            if token.kind in ("string", "number") and (before.kind == "mark" and before.text in "{}."):
                reason = f"a literal, as {token.text}, is never the subject of a triple; nothing would be written"
                return QuerySyntaxError("SPARQL", reason, token.line, token.column)
        reason = "this template makes no triples: is a literal the subject, or a blank node the predicate?"
        return QuerySyntaxError("SPARQL", reason, group[0].line, group[0].column)
