"""SERVICE: groups of a query that another endpoint answers (SPARQL 1.1 Federated Query, sections 2 and 4).

Each outermost `SERVICE <iri> {…}` is sent to its endpoint as `SELECT * WHERE {…}` and its solutions take its
place as `{ VALUES … }`. A group of its own is joined with what stands around it, as the standard defines it for
SERVICE, wherever it stands; so the answer is exact. A SERVICE within one is the other endpoint's to ask.

Blank nodes of an answer become skolem IRIs (RDF 1.1 Concepts, 3.5) below the home's base: VALUES can hold none.
They depend on the endpoint, the question and the whole answer, so two answers share none unless they are equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

import pyoxigraph

from kg.errors import LimitError, QuerySyntaxError, RemoteError, UnsupportedQueryError
from kg.rdf import BlankNode, NamedNode, Term, Triple
from kg.remote import RESULTS_JSON, RemoteAccess, fetch, read_solutions
from kg.sparql.tokens import Token, close_of, prologue_end, resolve_iris, rewrite, tokenise
from kg.stores.engine_errors import query_errors

__all__ = ["answer_services", "check_own_part", "outside_services"]


@dataclass(frozen=True, slots=True)
class _Service:
    """A SERVICE by the indexes of its tokens: the word itself, the endpoint, the braces."""

    first: int
    endpoint: int
    opens: int
    closes: int
    is_silent: bool


def _find_services(tokens: Sequence[Token]) -> list[_Service]:
    """Return the services that stand in no other one.

    Raises:
        UnsupportedQueryError: the endpoint is a variable.
        QuerySyntaxError: no endpoint or no group follows.
    """
    found = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if not token.is_word("SERVICE"):
            index += 1
            continue
        is_silent = index + 1 < len(tokens) and tokens[index + 1].is_word("SILENT")
        endpoint = index + 1 + is_silent
        if endpoint + 1 >= len(tokens) or not tokens[endpoint + 1].is_mark("{"):
            reason = "after SERVICE the IRI of an endpoint and a group are expected"
            raise QuerySyntaxError("SPARQL", reason, token.line, token.column)
        if tokens[endpoint].kind == "variable":
            place = f"(line {token.line}, column {token.column})"
            advice = "Name the endpoint by its IRI; which one a variable means is not looked up."
            raise UnsupportedQueryError("SPARQL", f"SERVICE {tokens[endpoint].text} {place}", advice)
        closes = close_of(tokens, endpoint + 1)
        found.append(_Service(index, endpoint, endpoint + 1, closes, is_silent))
        index = closes + 1
    return found


def outside_services(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return the tokens of a request that this home answers itself.

    Raises:
        UnsupportedQueryError: the endpoint of a SERVICE is a variable.
    """
    kept: list[Token] = []
    index = 0
    for service in _find_services(tokens):
        kept += tokens[index : service.first]
        index = service.closes + 1
    return (*kept, *tokens[index:])


def answer_services(text: str, prefixes: Mapping[str, str], remote: RemoteAccess, base: str) -> str:
    """Return a query whose services are replaced by what their endpoints answer; without any, as it is.

    All hosts are checked before one is asked. They are asked one after the other.

    Args:
        prefixes: what the query may leave out.
        base: the home's base IRI, for skolem IRIs.

    Raises:
        QuerySyntaxError: the query does not parse; nobody was asked.
        RemoteError: a host is not allowed (even with SILENT), or an endpoint gave no answer.
        LimitError: an answer is too long.
    """
    tokens = tokenise(text)
    services = _find_services(tokens)
    if not services:
        return text
    prologue = text[: tokens[prologue_end(tokens)].start]
    local = _without_services(text, tokens)
    _variables(local, prefixes)  # so a mistake has its place in the text as it was written
    endpoints = resolve_iris(prologue, [tokens[service.endpoint] for service in services], prefixes)
    for endpoint in endpoints:
        remote.check(endpoint.value)
    changes: dict[int, str] = {}
    for number, (service, endpoint) in enumerate(zip(services, endpoints, strict=True)):
        begin, stop = tokens[service.opens].start, tokens[service.closes].end
        inside = tokens[service.opens : service.closes]
        offered = set(_variables(f"{prologue}\nSELECT * WHERE {local[begin:stop]}", prefixes))
        named = dict.fromkeys(token.text[1:] for token in inside if token.kind == "variable")
        variables = [name for name in named if name in offered]  # SELECT * has its columns in this order
        question = f"{_declarations(tokens, inside, prefixes)}{prologue}\nSELECT * WHERE {text[begin:stop]}"
        try:
            rows = _ask(remote, endpoint.value, question, variables, base, number)
        except (RemoteError, LimitError):
            if not service.is_silent:
                raise
            rows = [("UNDEF",) * len(variables)]
        changes |= dict.fromkeys(range(service.first, service.closes + 1), "")
        changes[service.first] = _values(variables, rows)
    return rewrite(text, {tokens[index]: changes[index] for index in sorted(changes)})


def _without_services(text: str, tokens: Sequence[Token]) -> str:
    """Return the text with a plain group for each SERVICE; nothing moves, and the same variables are in scope."""
    changes = {}
    for index, token in enumerate(tokens):
        if token.is_word("SERVICE"):
            silent = tokens[index + 1].is_word("SILENT")
            endpoint = tokens[index + 1 + silent]
            is_variable = endpoint.kind == "variable"  # of an inner one
            changes[token] = "GRAPH  " if is_variable else " " * len(token.text)
            if silent:
                changes[tokens[index + 1]] = " " * 6
            if not is_variable:
                changes[endpoint] = " " * len(endpoint.text)
    return rewrite(text, changes)


def check_own_part(text: str, tokens: Sequence[Token], prefixes: Mapping[str, str]) -> tuple[str, ...]:
    """Parse a query, whatever its services may be, and return the variables of its answer.

    Raises:
        QuerySyntaxError: it does not parse; with its place.
    """
    return _variables(_without_services(text, tokens), prefixes)


def _variables(query: str, prefixes: Mapping[str, str]) -> tuple[str, ...]:
    """Parse a query without SERVICE, and return the variables of its answer."""
    with query_errors(query):
        found = pyoxigraph.Store().query(query, prefixes=dict(prefixes))
    return tuple(v.value for v in found.variables) if isinstance(found, pyoxigraph.QuerySolutions) else ()


def _declarations(tokens: Sequence[Token], inside: Sequence[Token], prefixes: Mapping[str, str]) -> str:
    """Return the declarations of the prefixes that a group uses and the query leaves out."""
    start = prologue_end(tokens)
    declared = {tokens[i + 1].text[:-1] for i in range(start - 1) if tokens[i].is_word("PREFIX")}
    used = {token.text.partition(":")[0] for token in inside if token.kind == "name"}
    return "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items() if name in used - declared)


def _ask(
    remote: RemoteAccess, endpoint: str, question: str, variables: Sequence[str], base: str, number: int
) -> list[tuple[str, ...]]:
    """Return the solutions of an endpoint, each term as SPARQL writes it."""
    headers = {"Accept": RESULTS_JSON, "Content-Type": "application/x-www-form-urlencoded"}
    response = fetch(remote, endpoint, "POST", headers, urlencode({"query": question}).encode())
    offered, rows = read_solutions(response)
    digest = hashlib.sha256(f"{endpoint}\n{number}\n{question}\n".encode() + response.body).hexdigest()[:32]
    genid = f"{_genid(base)}{digest}-"
    places = [offered.index(name) if name in offered else None for name in variables]
    picked = ([None if place is None else row[place] for place in places] for row in rows)
    return [tuple("UNDEF" if term is None else _written(term, genid) for term in row) for row in picked]


def _genid(base: str) -> str:
    """Return what skolem IRIs of a home begin with: a well-known place of the base's host."""
    is_web = urlsplit(base).scheme in ("http", "https")
    return urljoin(base, "/.well-known/genid/") if is_web else f"{base}.well-known/genid/"


def _written(term: Term, genid: str) -> str:
    """Write a term as SPARQL does, a blank node as a skolem IRI."""
    if isinstance(term, BlankNode):
        return str(NamedNode(genid + hashlib.sha256(term.value.encode()).hexdigest()[:16]))
    if isinstance(term, Triple):
        parts = (_written(part, genid) for part in (term.subject, term.predicate, term.object))
        return f"<<( {' '.join(parts)} )>>"
    return str(term)


def _values(variables: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    header = " ".join(f"?{name}" for name in variables)
    written = "\n".join(f"({' '.join(row)})" for row in rows)
    return f"{{ VALUES ({header}) {{ {written} }} }}"
