"""The operations of a SPARQL 1.1 Update request as values, read by tokens (Update, section 3).

Oxigraph checks every operation first, so that a request is refused before any of it is done; here the
parts are only found. Templates are read once, by Oxigraph too: as data in which private IRIs stand
for the variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal as OneOf

import pyoxigraph

from kg.errors import QueryError, QuerySyntaxError, UnsupportedQueryError
from kg.query.federation import outside_services
from kg.query.names import clearer, refuse_computed
from kg.query.tokens import (
    Token,
    close_of,
    plain_text,
    prologue_end,
    refuse_service,
    resolve_iris,
    rewrite,
    tokenise,
)
from kg.rdf import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Term, Triple
from kg.stores.engine_errors import syntax_error

__all__ = ["Clear", "Create", "GraphTarget", "Load", "Modify", "Operation", "Template", "Transfer", "parse_update"]

GraphTarget = NamedNode | OneOf["DEFAULT", "NAMED", "ALL"]
"""What a graph operation works on."""

_VARIABLE = "urn:noemata:variable:"
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


@dataclass(frozen=True, slots=True)
class Template:
    """Quad patterns: IRIs of `variables` stand for variables, blank nodes for a fresh one a solution."""

    quads: tuple[Quad, ...] = ()
    variables: Mapping[NamedNode, str] = field(default_factory=dict)

    def fill(self, solution: Mapping[str, Term | None]) -> Iterator[Quad]:
        """Yield the quads for one solution, without those that would be no RDF (Update, 4.1.2 and 4.2.2)."""
        fresh: dict[BlankNode, BlankNode] = {}
        for quad in self.quads:
            subject = self._term(quad.subject, solution, fresh)
            predicate = self._term(quad.predicate, solution, fresh)
            value = self._term(quad.object, solution, fresh)
            name = quad.graph_name
            graph_name = name if isinstance(name, DefaultGraph) else self._term(name, solution, fresh)
            if (
                isinstance(subject, NamedNode | BlankNode)
                and isinstance(predicate, NamedNode)
                and value is not None
                and isinstance(graph_name, NamedNode | BlankNode | DefaultGraph)
            ):
                yield Quad(subject, predicate, value, graph_name)

    def _term(self, term: Term, solution: Mapping[str, Term | None], fresh: dict[BlankNode, BlankNode]) -> Term | None:
        if isinstance(term, NamedNode):
            return solution.get(self.variables[term]) if term in self.variables else term
        if isinstance(term, BlankNode):
            return fresh.setdefault(term, BlankNode())
        if isinstance(term, Literal):
            return term
        subject = self._term(term.subject, solution, fresh)
        predicate = self._term(term.predicate, solution, fresh)
        value = self._term(term.object, solution, fresh)
        if isinstance(subject, NamedNode | BlankNode) and isinstance(predicate, NamedNode) and value is not None:
            return Triple(subject, predicate, value)
        return None


@dataclass(frozen=True, slots=True)
class Modify:
    """INSERT DATA, DELETE DATA, DELETE WHERE, and DELETE/INSERT with WHERE.

    `query` selects the solutions; None means one empty solution. `using` is None without any USING.
    """

    delete: Template
    insert: Template
    query: str | None = None
    reads_named_graphs: bool = False
    with_graph: NamedNode | None = None
    using: tuple[NamedNode, ...] | None = None
    using_named: tuple[NamedNode, ...] | None = None


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

    Args:
        asks_others: whether SERVICE and LOAD are taken.

    Raises:
        QuerySyntaxError: with line and column; also for a query.
        UnsupportedQueryError: the request has a SERVICE or a LOAD that is not taken, or names a computed predicate.
    """
    tokens = tokenise(text)
    start = prologue_end(tokens)
    if start < len(tokens) and tokens[start].is_word(*_FORMS):
        reason = f"{tokens[start].text.upper()} begins a query, and this is for updates; send it with `kg sparql`"
        raise QuerySyntaxError("SPARQL", reason, tokens[start].line, tokens[start].column)
    ours = outside_services(tokens) if asks_others else tokens
    refuse_service(ours)
    if not asks_others:
        _refuse_load(tokens)
    refuse_computed(ours, prefixes)
    plain = plain_text(text, tokens)
    if plain != text:
        text, tokens = plain, tokenise(plain)
    parts = list(_split(tokens))
    for part in parts:
        _check_syntax(text, part, prefixes)
    _check_labels(parts)
    return tuple(_Reader(text, part, prefixes).read() for part in parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """The tokens of one operation and of all declarations before it."""

    prologue: tuple[Token, ...]
    tokens: tuple[Token, ...]


def _split(tokens: Sequence[Token]) -> Iterator[_Part]:
    prologue: tuple[Token, ...] = ()
    index = 0
    while index < len(tokens):
        body = prologue_end(tokens, index)
        prologue += tuple(tokens[index:body])
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


def _refuse_load(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.depth == 0 and token.is_word("LOAD"):
            advice = "Nothing is fetched from here: remote.hosts allows no host. A file is read by `kg import FILE`."
            raise UnsupportedQueryError("SPARQL", f"LOAD (line {token.line}, column {token.column})", advice)


def _check_syntax(text: str, part: _Part, prefixes: Mapping[str, str]) -> None:
    """Let Oxigraph parse one operation at its place in the text; an operation that must fail stands before it.

    So nothing is run. Oxigraph takes declarations at the beginning only; alone, each operation has them there.
    """
    guard = "CLEAR GRAPH <urn:noemata:no-graph>; "
    first = part.tokens[0]
    kept = {token: token.text for token in (*part.prologue, *part.tokens)} | {first: guard + first.text}
    guarded, end = [], 0
    for token, written in kept.items():
        guarded += [re.sub(r"[^\r\n]", " ", text[end : token.start]), written]
        end = token.end
    try:
        pyoxigraph.Store().update("".join(guarded), prefixes=dict(prefixes))
    except SyntaxError as error:
        found = syntax_error(error, "".join(guarded))
        column = found.column
        if column is not None and found.line == first.line and column > first.column:
            column -= len(guard)
        placed = QuerySyntaxError("SPARQL", found.reason, found.line, column)
        raise clearer(placed, (*part.prologue, *part.tokens), prefixes) from error
    except RuntimeError:  # the guard's graph does not exist
        return
    raise AssertionError("the guard of the syntax check did not stop the update")


def _check_labels(parts: Sequence[_Part]) -> None:
    """Refuse a blank node label in two INSERT DATA operations: it would be two blank nodes (Query, 19.6)."""
    seen: dict[str, _Part] = {}
    for part in parts:
        for token in part.tokens if part.tokens[1].is_word("DATA") else ():
            if token.kind == "blank" and seen.setdefault(token.text, part) is not part:
                reason = f"the blank node {token.text} stands in an operation before; use another label"
                raise QuerySyntaxError("SPARQL", reason, token.line, token.column)


class _Reader:
    """Reads one operation from left to right."""

    def __init__(self, text: str, part: _Part, prefixes: Mapping[str, str]) -> None:
        self._text, self._tokens, self._prefixes = text, part.tokens, dict(prefixes)
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
        first = group[0].start
        variables = {token: NamedNode(_VARIABLE + token.text[1:]) for token in group if token.kind == "variable"}
        data = rewrite(self._text[: group[-1].end], {token: str(iri) for token, iri in variables.items()})[first:]
        store = pyoxigraph.Store()
        try:
            store.update(f"{self._prologue}INSERT DATA {data}", prefixes=self._prefixes)
        except SyntaxError as error:
            raise QueryError(f"SPARQL: this template cannot be read: {error.msg}") from error
        return Template(tuple(store), {iri: token.text[1:] for token, iri in variables.items()})
