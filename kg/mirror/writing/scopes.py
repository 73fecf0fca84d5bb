"""Which variables a part of a statement binds, and which it speaks of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields

from kg.cypher.syntax import (
    Clause,
    CountAll,
    Create,
    DynamicLabel,
    Foreach,
    FunctionCall,
    Index,
    Label,
    Literal,
    MapLiteral,
    MapProjection,
    Match,
    Merge,
    NodePattern,
    PathPattern,
    PatternComprehension,
    PatternPart,
    PatternPredicate,
    ProcedureCall,
    Projection,
    Property,
    Query,
    RelationshipPattern,
    Return,
    SingleQuery,
    Subquery,
    SubqueryCall,
    Syntax,
    Union,
    Unwind,
    Variable,
    With,
)
from kg.errors import UnsupportedQueryError

__all__ = [
    "aggregates",
    "asks_for_identity",
    "bound_after",
    "has_all",
    "have_order",
    "holds_writing",
    "matches",
    "parts",
    "spoken_of",
]

_AGGREGATES = frozenset(
    {"avg", "collect", "count", "max", "min", "percentilecont", "percentiledisc", "stdev", "stdevp", "sum"}
)


def parts(of: object) -> Iterator[Syntax]:
    """Yield every node of a tree, or of trees in tuples, the outer first."""
    if isinstance(of, Syntax):
        yield of
        for field in fields(of):
            if field.name != "at":
                yield from parts(getattr(of, field.name))
    elif isinstance(of, tuple):
        for each in of:
            yield from parts(each)


def spoken_of(*of: object) -> set[str]:
    """Return the names of all variables in some trees; those bound inside are among them."""
    return {part.name for each in of for part in parts(each) if isinstance(part, Variable)}


def matches(of: object) -> bool:
    """Tell whether an expression looks for patterns in the graph."""
    return any(isinstance(part, Subquery | PatternComprehension | PatternPredicate) for part in parts(of))


def aggregates(of: object) -> bool:
    """Tell whether one of the functions over several rows is called."""
    return any(
        isinstance(part, CountAll) or (isinstance(part, FunctionCall) and part.name.lower() in _AGGREGATES)
        for part in parts(of)
    )


def has_all(clauses: Iterable[Clause]) -> bool:
    """Tell whether clauses take everything in scope by `*`."""
    projections = (part for clause in clauses for part in parts(clause) if isinstance(part, Projection))
    return any(projection.has_all for projection in projections)


def asks_for_identity(of: object) -> bool:
    """Tell whether an `iri`, the label of what has one, or all labels or properties are asked for."""
    for part in parts(of):
        match part:
            case Property(key="iri") | Label(name="Resource") | MapProjection() | DynamicLabel():
                return True
            case FunctionCall() if part.name.lower() in ("labels", "properties", "keys"):
                return True
            case MapLiteral() if any(key == "iri" for key, _ in part.entries):
                return True
            case Index() if not isinstance(part.index, Literal) or part.index.value == "iri":
                return True
    return False


def bound_after(clauses: Iterable[Clause], scope: Iterable[str]) -> list[str]:
    """Return the variables in scope after some clauses, in the order in which they were bound."""
    names = dict.fromkeys(scope)
    for clause in clauses:
        if isinstance(clause, With):
            names = dict.fromkeys((*(names if clause.projection.has_all else ()), *_items(clause.projection)))
        else:
            names.update(dict.fromkeys(_bound_by(clause)))
    return list(names)


def have_order(clauses: Iterable[Clause], scope: Iterable[str], before: bool) -> bool:
    """Tell whether rows come in an order that the statement gives: that of a list, or ORDER BY.

    Args:
        before: whether the rows before the clauses did.
    """
    has_order, bound = before, list(scope)
    for clause in clauses:
        match clause:
            case With() if clause.projection.order:
                has_order = True
            case Unwind():
                has_order = has_order and not matches(clause.source)
            case Match():
                has_order = has_order and all(_finds_one(part, bound) for part in clause.patterns)
            case With():
                has_order = has_order and not (clause.projection.is_distinct or aggregates(clause.projection))
            case _:
                has_order = False
        bound = bound_after((clause,), bound)
    return has_order


def _finds_one(part: PatternPart, bound: Collection[str]) -> bool:
    """Tell whether a pattern is a node that is known already, or by its `iri`."""
    steps = part.pattern.elements
    if len(steps) != 1 or not isinstance(steps[0], NodePattern):
        return False
    node = steps[0]
    is_named = isinstance(node.properties, MapLiteral) and any(key == "iri" for key, _ in node.properties.entries)
    return is_named or (node.variable is not None and node.variable.name in bound)


def _bound_by(clause: Clause) -> Iterator[str]:
    match clause:
        case Match() | Create():
            yield from _of_patterns(clause.patterns)
        case Merge():
            yield from _of_patterns((clause.pattern,))
        case Unwind():
            yield clause.variable.name
        case ProcedureCall():
            if clause.yields == "*":
                raise UnsupportedQueryError("Cypher", "YIELD * before a clause that writes", "Name what you need.")
            yield from (variable.name for _, variable in clause.yields or ())
        case SubqueryCall():
            yield from _returned_by(clause.query)
        case _:
            return


def _of_patterns(patterns: Iterable[PatternPart]) -> Iterator[str]:
    for part in patterns:
        if part.variable is not None:
            yield part.variable.name
        for element in parts(part.pattern):
            if isinstance(element, NodePattern | RelationshipPattern) and element.variable is not None:
                yield element.variable.name
            elif not isinstance(element, NodePattern | RelationshipPattern | PathPattern):
                path = getattr(element, "path", None)
                if isinstance(path, Variable) and not isinstance(element, PatternComprehension):
                    yield path.name


def _returned_by(query: Query) -> Iterator[str]:
    first = query.queries[0] if isinstance(query, Union) else query
    last = first.clauses[-1] if first.clauses else None
    if not isinstance(last, Return):
        return
    if last.projection.has_all:
        raise UnsupportedQueryError("Cypher", "RETURN * in a subquery before a clause that writes", "Name the columns.")
    yield from _items(last.projection)


def _items(projection: Projection) -> Iterator[str]:
    for item in projection.items:
        if item.alias is None and isinstance(item.expression, Variable):
            yield item.expression.name
        else:
            yield item.name


def holds_writing(query: Query | SingleQuery) -> bool:
    """Tell whether a query, or one inside it, writes."""
    return any(isinstance(part, Create | Merge | Foreach) or type(part).__name__ in _WRITES for part in parts(query))


_WRITES = frozenset({"Set", "Remove", "Delete"})
