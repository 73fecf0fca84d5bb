"""`GRAPH ?g { … }` as the standard defines it: the group in each named graph, joined with the name (Query, 18.6).

Oxigraph 0.5.13 gives every triple pattern of the group a fourth place, `?g`. That is the same where a pattern of
the group itself binds `?g`. It is not where the group has a subquery (which would count over all graphs), a MINUS
without a variable of what is before it (`?g` is then the one they share), no triple pattern of its own (`?g` stays
unbound), or `?g` in a group inside. These are written out, one UNION branch a graph; past `MAX_GRAPHS` they are
refused by name, because the answer would be wrong. W3C tests `graph-variable-scope`, `graph-optional`,
`graph-minus`, `agg-empty-group-count-graph` and `bindings/graph`; when Oxigraph passes them, this module can go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kg.errors import UnsupportedQueryError
from kg.query.tokens import Token, close_of, rewrite, tokenise
from kg.rdf import BlankNode, NamedNode

__all__ = ["MAX_GRAPHS", "written_by_graph"]

MAX_GRAPHS = 200
"""How many graphs a group is written out for, in one query."""

_OUTSIDE = "__of_the_graph"
"""Ends the name that `?g` has in a FILTER inside, where it is unbound."""

GraphNames = Callable[[], Iterable[NamedNode | BlankNode]]


def written_by_graph(text: str, graph_names: GraphNames) -> str:
    """Return a query in which every `GRAPH ?g` is one that Oxigraph answers as the standard says.

    Args:
        text: a query that parses.
        graph_names: finds the named graphs of the query's dataset; called only if they are needed.

    Raises:
        UnsupportedQueryError: a group would have to be written out for more than `MAX_GRAPHS` graphs.
    """
    written = 0
    while (found := _find(tokens := tokenise(text))) is not None:
        index, is_unbound = found
        if is_unbound:
            text = rewrite(text, {t: t.text + _OUTSIDE for t in _mentions(tokens, index + 2, tokens[index + 1])})
            continue
        names = sorted(graph_names(), key=str)
        written += len(names)
        if written > MAX_GRAPHS or any(isinstance(name, BlankNode) for name in names):
            place = f"(line {tokens[index].line}, column {tokens[index].column})"
            what = f"GRAPH {tokens[index + 1].text} around a group that has to be answered graph by graph {place}"
            advice = f"That is done for up to {MAX_GRAPHS} graphs: name the graph, choose some with FROM NAMED, "
            advice += "or put GRAPH into the subquery, MINUS or OPTIONAL."
            raise UnsupportedQueryError("SPARQL", what, advice)
        text = _write_out(text, tokens, index, names)
    return text


def _find(tokens: Sequence[Token]) -> tuple[int, bool] | None:
    """Return the index of a GRAPH to rewrite, and whether its variable only has to become another one inside."""
    for index, token in enumerate(tokens[:-2]):
        if token.is_word("GRAPH") and tokens[index + 1].kind == "variable" and tokens[index + 2].is_mark("{"):
            if _is_other(tokens, index + 2, tokens[index + 1]):
                return index, False
            mentions = _mentions(tokens, index + 2, tokens[index + 1])
            if mentions and not any(_is_in_pattern(tokens, index + 2, mention) for mention in mentions):
                return index, True
    return None


def _is_other(tokens: Sequence[Token], opens: int, variable: Token) -> bool:
    """Tell whether Oxigraph answers a group otherwise than graph by graph."""
    closes = close_of(tokens, opens)
    inside = tokens[opens + 1 : closes]
    if not inside:
        return False
    if any(token.is_word("SELECT") for token in inside) or not _binds(tokens, opens):
        return True
    if any(_is_nested(tokens, opens, mention) for mention in _mentions(tokens, opens, variable)):
        return True
    for index in range(opens, closes):
        if tokens[index].is_word("MINUS"):
            before = _variables(tokens[opens:index])
            if not before & _variables(tokens[index + 1 : close_of(tokens, index + 1)]):
                return True
    return False


def _variables(tokens: Sequence[Token]) -> set[str]:
    return {token.text[1:] for token in tokens if token.kind == "variable"}


def _mentions(tokens: Sequence[Token], opens: int, variable: Token) -> list[Token]:
    """Return where a variable stands in a group."""
    inside = tokens[opens : close_of(tokens, opens)]
    return [token for token in inside if token.kind == "variable" and token.text[1:] == variable.text[1:]]


def _parentheses(tokens: Sequence[Token], opens: int, token: Token) -> int:
    """Return in how many parentheses a token of a group stands."""
    before = (each for each in tokens[opens:] if each.start < token.start)
    return sum(each.is_mark("(") - each.is_mark(")") for each in before)


def _is_in_pattern(tokens: Sequence[Token], opens: int, token: Token) -> bool:
    return _parentheses(tokens, opens, token) == 0


def _is_nested(tokens: Sequence[Token], opens: int, token: Token) -> bool:
    """Tell whether a token is bound in a group inside the group, or by BIND."""
    if tokens[tokens.index(token) - 1].is_word("AS"):
        return True
    return token.depth > tokens[opens].depth + 1 and _is_in_pattern(tokens, opens, token)


def _binds(tokens: Sequence[Token], opens: int) -> bool:
    """Tell whether every solution of a group has matched a triple pattern of the graph around it."""
    return any(_binding_parts(tokens, opens))


def _binding_parts(tokens: Sequence[Token], opens: int) -> Iterator[bool]:
    """Yield for each part of a group whether it has a triple pattern in all its solutions."""
    index, closes = opens + 1, close_of(tokens, opens)
    while index < closes:
        token = tokens[index]
        if token.is_mark("{"):
            alternatives = [_binds(tokens, index)]
            index = close_of(tokens, index) + 1
            while tokens[index].is_word("UNION"):
                alternatives.append(_binds(tokens, index + 1))
                index = close_of(tokens, index + 1) + 1
            yield all(alternatives)
        elif token.is_word("OPTIONAL", "MINUS", "GRAPH", "SERVICE", "LATERAL", "VALUES"):
            while not tokens[index].is_mark("{"):
                index += 1
            index = close_of(tokens, index) + 1
        elif token.is_word("FILTER", "BIND"):
            index = _after_expression(tokens, index + 1)
        elif token.is_mark("."):
            index += 1
        else:
            yield True
            return


def _after_expression(tokens: Sequence[Token], index: int) -> int:
    """Return the index after a constraint: `(…)`, `f(…)`, EXISTS {…}."""
    while not (tokens[index].is_mark("(") or tokens[index].is_mark("{")):
        index += 1
    if tokens[index].is_mark("{"):
        return close_of(tokens, index) + 1
    depth = 0
    while True:
        depth += tokens[index].is_mark("(") - tokens[index].is_mark(")")
        index += 1
        if depth == 0:
            return index


def _write_out(text: str, tokens: Sequence[Token], index: int, names: Sequence[NamedNode | BlankNode]) -> str:
    """Replace a GRAPH by one branch for each graph; a blank node label belongs to one branch."""
    variable, opens, closes = tokens[index + 1], index + 2, close_of(tokens, index + 2)
    branches = []
    for number, name in enumerate(names):
        labels = {t: f"{t.text}_{number}" for t in tokens[opens:closes] if t.kind == "blank"}
        group = rewrite(text[: tokens[closes].end], labels)[tokens[opens].start :]
        branches.append(f"{{ GRAPH {name} {group} VALUES {variable.text} {{ {name} }} }}")
    union = " UNION ".join(branches) or f"{{ VALUES {variable.text} {{}} }}"
    return f"{text[: tokens[index].start]}{{ {union} }}{text[tokens[closes].end :]}"
