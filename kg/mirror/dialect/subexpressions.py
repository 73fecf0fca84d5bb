"""Expressions with variables of their own: comprehensions, quantifiers, patterns and subqueries."""

from __future__ import annotations

from kg.cypher.syntax import (
    CountAll,
    Expression,
    FunctionCall,
    ListComprehension,
    Literal,
    Match,
    PathPattern,
    PatternComprehension,
    PatternPart,
    PatternPredicate,
    Quantified,
    Reduce,
    RelationshipPattern,
    Return,
    SingleQuery,
    Subquery,
    Variable,
)
from kg.mirror.dialect.aggregates import AGGREGATES
from kg.mirror.dialect.operators import boolean
from kg.mirror.dialect.patterns import WrittenPatterns, write_patterns
from kg.mirror.dialect.text import Piece, Scope, Translating
from kg.mirror.dialect.types import (
    BOOLEAN,
    INTEGER,
    NULL,
    PATH,
    STRING,
    ListOf,
    Type,
    describe,
    item_type,
    join,
    list_of,
    refuse,
    without_null,
)

__all__ = [
    "is_aggregating",
    "list_comprehension",
    "pattern_comprehension",
    "pattern_predicate",
    "quantified",
    "reduce",
    "subquery",
]


def _inner(translate: Translating, variable: Variable, type_: Type, scope: Scope) -> tuple[str, Scope]:
    """Return a new name for a variable of an expression, so that none is hidden, and what is seen inside."""
    text = translate.naming.fresh()
    return text, {**scope, variable.name: Piece(text, type_, is_cheap=True)}


def _source(translate: Translating, source: Expression, scope: Scope) -> Piece:
    piece = translate(source, scope)
    kinds = without_null(piece.type)
    if piece.is_cheap and kinds > STRING and kinds - STRING <= {ListOf(STRING)}:  # a string is a list of one here
        text = f"CASE WHEN valueType({piece.text}) STARTS WITH 'STRING' THEN [{piece.text}] ELSE {piece.text} END"
        return Piece(f"({text})", list_of(STRING) | (piece.type & NULL))
    if not all(isinstance(kind, ListOf) for kind in without_null(piece.type)):
        raise refuse(f"going through {describe(piece.type)}", "Only a list can be gone through.")
    return piece


def list_comprehension(translate: Translating, node: ListComprehension, scope: Scope) -> Piece:
    """Return `[x IN list WHERE … | …]`."""
    source = _source(translate, node.source, scope)
    variable, inner = _inner(translate, node.variable, item_type(source.type), scope)
    text, items = f"{variable} IN {source.text}", item_type(source.type)
    if node.where is not None:
        text += f" WHERE {boolean(translate(node.where, inner), 'WHERE').text}"
    if node.result is not None:
        result = translate.kept(node.result, inner)
        text, items = f"{text} | {result.text}", result.type
    return Piece(f"[{text}]", list_of(items) | (source.type & NULL))


def quantified(translate: Translating, node: Quantified, scope: Scope) -> Piece:
    """Return `all(x IN list WHERE …)` and its kin."""
    source = _source(translate, node.source, scope)
    variable, inner = _inner(translate, node.variable, item_type(source.type), scope)
    if node.where is None:
        raise refuse(f"{node.kind}() without WHERE")
    where = boolean(translate(node.where, inner), "WHERE")
    return Piece(f"{node.kind}({variable} IN {source.text} WHERE {where.text})", BOOLEAN | NULL)


def reduce(translate: Translating, node: Reduce, scope: Scope) -> Piece:
    """Return `reduce(a = …, x IN list | …)`."""
    source, initial = _source(translate, node.source, scope), translate.kept(node.initial, scope)
    held = initial.type
    for _ in range(4):
        accumulator, inner = _inner(translate, node.accumulator, held, scope)
        variable, inner = _inner(translate, node.variable, item_type(source.type), inner)
        result = translate.kept(node.result, inner)
        wider = join((held, result.type))
        if wider == held:
            text = f"reduce({accumulator} = {initial.text}, {variable} IN {source.text} | {result.text})"
            return Piece(text, held | (source.type & NULL))
        held = wider
    raise refuse("reduce() of what changes its type at each step")


# --- patterns


def _patterns(
    translate: Translating,
    parts: tuple[PatternPart, ...],
    scope: Scope,
    where: Expression | None,
    *,
    is_test: bool = False,
) -> WrittenPatterns:
    written = write_patterns(parts, scope, translate.naming, translate, is_test=is_test)
    if written.pairs:
        raise refuse("shortestPath() in an expression", "Give it a MATCH of its own.")
    if where is not None:
        written.conditions.append(boolean(translate(where, written.scope), "WHERE").text)
    if written.conditions:
        written.text += f" WHERE {' AND '.join(written.conditions)}"
    return written


def _check_plain(path: PathPattern) -> None:
    if any(isinstance(element, RelationshipPattern) and element.quantifier for element in path.elements):
        raise refuse("a quantified relationship in an expression", "Neo4j has it in MATCH and EXISTS { } only.")


def pattern_predicate(translate: Translating, node: PatternPredicate, scope: Scope) -> Piece:
    """Return a pattern that is a condition."""
    if node.pattern.function is not None:
        raise refuse(f"{node.pattern.function}() in an expression", "Give it a MATCH of its own.")
    _check_plain(node.pattern.pattern)
    return Piece(f"EXISTS {{ {_patterns(translate, (node.pattern,), scope, None, is_test=True).text} }}", BOOLEAN)


def pattern_comprehension(translate: Translating, node: PatternComprehension, scope: Scope) -> Piece:
    """Return `[pattern WHERE … | …]`."""
    _check_plain(node.pattern)
    return _listed(translate, PatternPart(node.pattern, node.path), node.where, node.result, scope)


def _listed(
    translate: Translating, part: PatternPart, where: Expression | None, result: Expression, scope: Scope
) -> Piece:
    if not any(isinstance(element, RelationshipPattern) for element in part.pattern.elements):
        raise refuse("a list of nodes that match alone, as an expression", "Give them a MATCH of their own.")
    written = _patterns(translate, (part,), scope, where)
    value = translate.kept(result, written.scope)
    if value.type & PATH and part.variable is None:
        raise refuse("a path in a pattern comprehension")
    return Piece(f"[{written.text} | {value.text}]", list_of(value.type))


def subquery(translate: Translating, node: Subquery, scope: Scope) -> Piece:
    """Return `EXISTS { }`, `COUNT { }` or `COLLECT { }`."""
    match, projection = _simple(node)
    if node.kind == "EXISTS":
        return Piece(
            f"EXISTS {{ {_patterns(translate, match.patterns, scope, match.where, is_test=True).text} }}", BOOLEAN
        )
    (part, *others) = match.patterns
    if others:
        raise refuse(f"{node.kind} {{ }} of several patterns", "Use CALL (…) { MATCH … RETURN … }.")
    if node.kind == "COUNT":
        listed = _listed(translate, part, match.where, Literal(1), scope)
        return Piece(f"size({listed.text})", INTEGER, is_small=True)
    if projection is None or len(projection.projection.items) != 1:
        raise refuse("COLLECT { } without one returned value")
    listed = _listed(translate, part, match.where, projection.projection.items[0].expression, scope)
    return listed


def _simple(node: Subquery) -> tuple[Match, Return | None]:
    advice = "Only MATCH … WHERE …, and RETURN of values, can stand in it; CALL (…) { } takes more."
    query = node.query
    if not isinstance(query, SingleQuery) or not query.clauses or not isinstance(query.clauses[0], Match):
        raise refuse(f"{node.kind} {{ }} of anything but one MATCH", advice)
    match, *rest = query.clauses
    assert isinstance(match, Match)
    if match.is_optional or match.mode is not None or len(rest) > 1 or any(part.variable for part in match.patterns):
        raise refuse(f"{node.kind} {{ }} of anything but one MATCH", advice)
    if not rest:
        return match, None
    (last,) = rest
    if not isinstance(last, Return):
        raise refuse(f"{node.kind} {{ }} of anything but one MATCH", advice)
    projection = last.projection
    if projection.is_distinct or projection.order or projection.skip or projection.limit or projection.has_all:
        raise refuse(f"DISTINCT, ORDER BY, SKIP, LIMIT or * in {node.kind} {{ }}", advice)
    if any(is_aggregating(item.expression) for item in projection.items):
        raise refuse(f"an aggregate in {node.kind} {{ }}", advice)
    return match, last


def is_aggregating(node: object) -> bool:
    """Tell whether an expression has an aggregate of its own, not counting subqueries."""
    if isinstance(node, CountAll) or (isinstance(node, FunctionCall) and node.name.lower() in AGGREGATES):
        return True
    if isinstance(node, tuple):
        return any(map(is_aggregating, node))
    if isinstance(node, Subquery | PathPattern) or not hasattr(node, "__dataclass_fields__"):
        return False
    return any(is_aggregating(getattr(node, key)) for key in node.__dataclass_fields__)
