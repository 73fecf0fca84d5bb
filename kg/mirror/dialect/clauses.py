"""Clauses and queries for kglite."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kg.cypher.syntax import (
    Clause,
    Finish,
    Item,
    LoadCsv,
    Match,
    NodePattern,
    PathPattern,
    PatternPart,
    ProcedureCall,
    Projection,
    Query,
    RelationshipPattern,
    Return,
    SingleQuery,
    SubqueryCall,
    Union,
    Unwind,
    Use,
    Variable,
    With,
)
from kg.mirror.dialect.expressions import Translator
from kg.mirror.dialect.operators import boolean
from kg.mirror.dialect.patterns import optional, write_patterns
from kg.mirror.dialect.procedures import procedure
from kg.mirror.dialect.projections import Column, project
from kg.mirror.dialect.subexpressions import is_aggregating
from kg.mirror.dialect.temporals import made_of
from kg.mirror.dialect.text import RAISE, Piece, Scope, name
from kg.mirror.dialect.types import (
    NULL,
    SCALARS,
    ListOf,
    describe,
    is_distinguishable,
    item_type,
    join,
    refuse,
    without_null,
)

__all__ = ["Written", "write_query"]


@dataclass(frozen=True, slots=True)
class Written:
    """A query as text, and its columns."""

    text: str
    columns: tuple[Column, ...]


def write_query(translate: Translator, query: Query, scope: Scope, is_final: bool = False) -> Written:
    """Return a query as kglite must have it.

    Raises:
        UnsupportedQueryError: for what the embedded engine does not answer as Neo4j does.
    """
    if isinstance(query, SingleQuery):
        return _single(translate, query, scope, is_final)
    return _union(translate, query, [_single(translate, branch, scope, False) for branch in query.queries])


def _union(translate: Translator, query: Union, branches: list[Written]) -> Written:
    names = {tuple((column.name, column.key) for column in branch.columns) for branch in branches}
    if len(names) > 1:
        raise refuse("UNION of columns in another order", "Give all its parts the same names in one order.")
    columns = []
    for held in zip(*(branch.columns for branch in branches), strict=True):
        type_ = join(column.type for column in held)
        if not query.is_all and not is_distinguishable(type_):
            raise refuse(f"UNION of {describe(type_)} in {held[0].name}", "Use UNION ALL, or convert the values.")
        columns.append(dataclasses.replace(held[0], type=type_))
    word = " UNION ALL " if query.is_all else " UNION "
    return Written(word.join(branch.text for branch in branches), tuple(columns))


def _single(
    translate: Translator, query: SingleQuery, scope: Scope, is_final: bool, pinned: tuple[str, ...] = ()
) -> Written:
    """Return a query; `pinned` are variables that no WITH of it forgets but one that has aggregates."""
    texts: list[str] = []
    columns: tuple[Column, ...] = ()
    miscounted = set(_miscounted(query.clauses))
    for number, clause in enumerate(query.clauses):
        if isinstance(clause, Return):
            projected = project(translate, clause.projection, scope, "RETURN", is_final)
            texts.append(projected.text)
            columns = projected.columns
        elif isinstance(clause, ProcedureCall) and len(query.clauses) == 1 and is_final:
            text, scope = procedure(translate.naming, clause, scope)
            held = Projection((), has_all=True)
            projected = project(translate, held, scope, "RETURN", is_final)
            return Written(f"{text} {projected.text}", projected.columns)
        elif isinstance(clause, Finish):
            texts.append("RETURN 1 LIMIT 0")
        else:
            seen = tuple(key for key in pinned if key in scope)
            kept = _with_pinned(clause, seen) if isinstance(clause, With) else clause
            text, scope = _clause(translate, kept, dict(scope))
            texts.append(f"{text} WHERE true" if number in miscounted and " WHERE " not in text else text)
    if not query.clauses or not isinstance(query.clauses[-1], Return | Finish):
        raise refuse("a reading query without RETURN", "End it with RETURN.")
    return Written(" ".join(texts), columns)


def _miscounted(clauses: tuple[Clause, ...]) -> Iterator[int]:
    """Yield which MATCHes kglite would count in one step with the aggregates that follow, and lose rows.

    It does where one is OPTIONAL, where relationships without direction are among several, and where a path comes back
    to a node; any WHERE keeps it from this.
    """
    for number, clause in enumerate(clauses):
        if not isinstance(clause, With | Return) or not is_aggregating(clause.projection.items):
            continue
        before: list[Match] = []
        for match in reversed(clauses[:number]):
            if not isinstance(match, Match):
                break
            before.append(match)
        paths = [part.pattern.elements for match in before for part in match.patterns]
        walked = [each for path in paths for each in path if isinstance(each, RelationshipPattern)]
        several = len(walked) > 1 or any(each.length or each.quantifier for each in walked)
        if (
            any(match.is_optional for match in before)
            or (several and any(each.direction not in ("left", "right") for each in walked))
            or any(map(_comes_back, paths))
        ):
            yield from range(number - len(before), number)


def _comes_back(path: tuple[object, ...]) -> bool:
    names = [each.variable for each in path if isinstance(each, NodePattern) and each.variable is not None]
    return len(set(names)) < len(names)


def _with_pinned(clause: With, pinned: tuple[str, ...]) -> With:
    projection = clause.projection
    names = {item.name for item in projection.items}
    if projection.has_all or any(is_aggregating(item.expression) for item in projection.items):
        return clause  # as keys of groups they would leave no group where there is no row
    more = tuple(Item(Variable(key), key, key) for key in pinned if key not in names)
    return dataclasses.replace(clause, projection=dataclasses.replace(projection, items=projection.items + more))


def _clause(translate: Translator, clause: Clause, scope: dict[str, Piece]) -> tuple[str, Scope]:
    if isinstance(clause, Match):
        return _match(translate, clause, scope)
    if isinstance(clause, Unwind):
        return _unwind(translate, clause, scope)
    if isinstance(clause, With):
        projected = project(translate, clause.projection, scope, "WITH")
        after, text = projected.scope(), projected.text
        if clause.where is not None:
            text += f" WHERE {boolean(translate(clause.where, after), 'WHERE').text}"
        return text, after
    if isinstance(clause, SubqueryCall):
        return _subquery(translate, clause, scope)
    if isinstance(clause, ProcedureCall):
        text, after = procedure(translate.naming, clause, scope)
        if clause.where is None:
            return text, after
        shown = ", ".join(piece.text for piece in after.values())
        return f"{text} WITH {shown} WHERE {boolean(translate(clause.where, after), 'WHERE').text}", after
    if isinstance(clause, LoadCsv):
        raise refuse("LOAD CSV")
    if isinstance(clause, Use):
        raise refuse("USE", "There is one graph.")
    raise refuse(f"{type(clause).__name__.upper()} as part of a reading query")


def _match(translate: Translator, match: Match, scope: dict[str, Piece]) -> tuple[str, Scope]:
    if match.mode == "REPEATABLE ELEMENTS":
        raise refuse("MATCH REPEATABLE ELEMENTS")
    if (ends := _ends_first(match, scope, translate)) is not None:
        before, matched = _match(translate, ends[0], scope)
        text, after = _match(translate, ends[1], dict(matched))
        return f"{before} {text}", after
    written = write_patterns(match.patterns, scope, translate.naming, translate, match.where)
    guard = ""
    if written.pairs:
        if len(match.patterns) > 1 or _mentions(match.where, set(written.scope) - set(scope)):
            raise refuse("a condition on a shortest path in its own MATCH", "Put WITH * and WHERE after the MATCH.")
        guard = _guarded(translate, scope, written.pairs)
    conditions = list(written.conditions)
    if match.where is not None:
        conditions.append(boolean(translate(match.where, written.scope), "WHERE").text)
    text = f"{guard}{'OPTIONAL ' if match.is_optional else ''}MATCH {written.text}"
    if conditions:
        text += f" WHERE {' AND '.join(conditions)}"
    return text, optional(written.scope, scope) if match.is_optional else written.scope


def _ends_first(match: Match, scope: Scope, translate: Translator) -> tuple[Match, Match] | None:
    """Return two MATCHes for that of a shortest path between nodes that are not matched before: the nodes, the path."""
    if len(match.patterns) != 1 or match.patterns[0].function is None or match.is_optional:
        return None
    (part,) = match.patterns
    elements = part.pattern.elements
    ends = [element for element in elements if isinstance(element, NodePattern)]
    if len(elements) != 3 or len(ends) != 2 or _mentions(match.where, {part.variable.name} if part.variable else set()):
        return None
    if all(end.variable and end.variable.name in scope and end == NodePattern(end.variable) for end in ends):
        return None
    named = [
        end if end.variable is not None else dataclasses.replace(end, variable=translate.naming.made_up())
        for end in ends
    ]
    nodes = tuple(PatternPart(PathPattern((end,))) for end in named)
    bare = (NodePattern(named[0].variable), elements[1], NodePattern(named[1].variable))
    path = dataclasses.replace(part, pattern=dataclasses.replace(part.pattern, elements=bare))
    return dataclasses.replace(match, patterns=nodes), dataclasses.replace(match, patterns=(path,), where=None)


def _guarded(translate: Translator, scope: Scope, pairs: list[tuple[str, str]]) -> str:
    """Return a step that fails where a shortest path is to lead from a node to itself, as in Neo4j."""
    held = ", ".join(piece.text for piece in scope.values() if made_of(piece) is None)
    same = " OR ".join(f"elementId({one}) = elementId({other})" for one, other in pairs)
    variable = translate.naming.fresh()
    passes = f"CASE WHEN {same} THEN {RAISE} ELSE true END"
    return f"WITH {held}, {passes} AS {variable} WITH {held}, {variable} WHERE {variable} "


def _unwind(translate: Translator, unwind: Unwind, scope: dict[str, Piece]) -> tuple[str, Scope]:
    source = translate.kept(unwind.source, scope)
    kinds = without_null(source.type)
    others = {kind for kind in kinds - SCALARS if not isinstance(kind, ListOf)}
    if others:
        raise refuse(f"UNWIND of {describe(frozenset(others))}", "Only a list can be unwound.")
    variable = name(unwind.variable.name)
    items = item_type(source.type) | (kinds & SCALARS)
    scope[unwind.variable.name] = Piece(variable, items or NULL, is_cheap=True)
    return f"UNWIND {source.text} AS {variable}", scope


# --- CALL { }


def _subquery(translate: Translator, call: SubqueryCall, scope: dict[str, Piece]) -> tuple[str, Scope]:
    if call.is_optional:
        raise refuse("OPTIONAL CALL", "Let the subquery begin with OPTIONAL MATCH.")
    if call.in_transactions:
        raise refuse("CALL { } IN TRANSACTIONS")
    branches = (call.query,) if isinstance(call.query, SingleQuery) else call.query.queries
    written = [_branch(translate, call, branch, scope) for branch in branches]
    whole = written[0] if isinstance(call.query, SingleQuery) else _union(translate, call.query, written)
    for column in whole.columns:
        if column.key.startswith("`__kg") or column.name in scope:
            raise refuse(f"a subquery that returns {column.name}", "Give it another name with AS.")
        scope[column.name] = Piece(column.key, column.type, is_cheap=True)
    return f"CALL {{ {whole.text} }}", scope


def _branch(translate: Translator, call: SubqueryCall, branch: SingleQuery, scope: Scope) -> Written:
    before = ""
    clauses = branch.clauses
    if call.imports is None:
        names = []
        if clauses and isinstance(clauses[0], With):
            names = _imported(clauses[0], scope)
            branch = SingleQuery(clauses[1:])
    else:
        names = sorted(scope) if call.imports == "*" else [variable.name for variable in call.imports]
    seen = {key: translate(Variable(key), scope) for key in names}
    if names:
        held = [piece.text for piece in seen.values() if made_of(piece) is None]
        before = f"WITH {', '.join(held)} " if held else ""
    hidden = (set(_names(branch)) & set(scope)) - set(names)
    if hidden:
        raise refuse(
            f"the name {min(hidden)} for something else in a subquery", "Import it, or choose another name inside."
        )
    written = _single(translate, branch, seen, False, () if call.imports is None else tuple(names))
    return Written(before + written.text, written.columns)


def _imported(first: With, scope: Scope) -> list[str]:
    projection = first.projection
    plain = all(
        isinstance(item.expression, Variable) and item.alias in (None, item.expression.name)
        for item in projection.items
    )
    if not plain or first.where or projection.is_distinct or projection.order or projection.skip or projection.limit:
        raise refuse(
            "a subquery that begins with more than WITH and variables", "Write CALL (x) { … }, and WITH inside."
        )
    return sorted(scope) if projection.has_all else [item.name for item in projection.items]


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, Variable):
        yield node.name
    elif isinstance(node, Item) and node.alias is not None:
        yield node.alias
    if isinstance(node, tuple):
        for part in node:
            yield from _names(part)
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from _names(getattr(node, field.name))


def _mentions(node: Any, names: set[str]) -> bool:
    return any(found in names for found in _names(node))
