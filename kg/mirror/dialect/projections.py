"""WITH and RETURN for kglite: columns, grouping, order.

What is computed of aggregates becomes two steps, first the groups and their aggregates, then what is made of them, as
kglite takes an aggregate only where it stands alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from kg.cypher.syntax import (
    CountAll,
    Expression,
    FunctionCall,
    Item,
    ListComprehension,
    Literal,
    MapProjection,
    PatternComprehension,
    PatternPredicate,
    Projection,
    Property,
    Quantified,
    Reduce,
    Subquery,
    Variable,
)
from kg.mirror.dialect.aggregates import AGGREGATES, aggregate, average
from kg.mirror.dialect.expressions import Translator
from kg.mirror.dialect.ordering import sort_key, told_apart
from kg.mirror.dialect.subexpressions import is_aggregating
from kg.mirror.dialect.temporals import made_of
from kg.mirror.dialect.text import Piece, Scope, name
from kg.mirror.dialect.types import (
    INTEGER,
    NODE,
    SCALARS,
    TEMPORALS,
    Type,
    describe,
    holds,
    is_distinguishable,
    refuse,
    without_null,
)

__all__ = ["Column", "Projected", "project"]

_CONVERT = "Convert with toInteger(), toFloat() or toString()."


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what kglite calls it, its type, and whether kglite gives a temporal's text.

    Attributes:
        known: a date, time or duration that was worked out; kglite has something else in its place.
        is_stored: as of a piece.
    """

    name: str
    key: str
    type: Type
    is_text: bool = False
    known: Piece | None = None
    is_stored: bool = False

    def piece(self) -> Piece:
        """Return what stands for it in what follows."""
        return Piece(self.key, self.type, is_cheap=True, is_stored=self.is_stored)


@dataclass(frozen=True, slots=True)
class Projected:
    """The text of a WITH or RETURN, and its columns."""

    text: str
    columns: tuple[Column, ...]

    def scope(self) -> dict[str, Piece]:
        """Return the variables after it."""
        return {column.name: column.known or column.piece() for column in self.columns}


def project(
    translate: Translator, projection: Projection, scope: Scope, word: str, is_final: bool = False
) -> Projected:
    """Return `WITH …` or `RETURN …`, as `word` says.

    Args:
        is_final: what it gives is given to the user, so that temporals may become texts.
    """
    items = _expanded(projection, scope)
    order = tuple(key.expression for key in projection.order)
    shown = [item.expression for item in items]
    if any(is_aggregating(expression) and not _is_among(expression, shown) for expression in order):
        raise refuse("ORDER BY an aggregate that no column has", "Return the aggregate.")
    before = ""
    if any(is_aggregating(item.expression) for item in items) and not _is_bare(items, order):
        before, items, order, scope = _grouped(translate, items, order, scope)
    aggregating = any(is_aggregating(item.expression) for item in items)
    columns, texts = [], []
    for number, item in enumerate(items):
        piece = _item(translate, item.expression, scope)
        is_key = projection.is_distinct or (aggregating and not is_aggregating(item.expression))
        if is_key and not is_distinguishable(piece.type):
            raise refuse(f"telling apart the values of {item.name}: {describe(piece.type)}", _CONVERT)
        if is_key:
            piece = told_apart(translate.naming, piece)
        column = dataclasses.replace(_column(item, number, piece.type), is_stored=piece.is_stored)
        text = piece.text
        if (is_final or word == "WITH") and made_of(piece) is not None:
            column, text = dataclasses.replace(column, known=piece), "true"
        elif is_final and not projection.is_distinct and not aggregating and _is_temporal(piece.type):
            column, text = dataclasses.replace(column, is_text=True), f"toString({text})"
        elif is_final and translate.naming.has_nanoseconds and holds(piece.type, _CLOCKED):
            raise refuse(f"returning times in {item.name} among other things", "Return the time alone.")
        columns.append(column)
        texts.append(f"{text} AS {column.key}")  # kglite keeps the backticks of a name that has no AS
    names = [column.name for column in columns]
    if twice := {shown for shown in names if names.count(shown) > 1}:
        raise refuse(f"two columns called {min(twice)}", "Give them names with AS.")
    alone = projection.is_distinct or aggregating
    seen = {column.name: column.piece() for column in columns}
    keys = [
        _sort_key(translate, expression, items, columns, seen if alone else scope, alone=alone) for expression in order
    ]
    bounds = _bound(translate, "SKIP", projection.skip) + _bound(translate, "LIMIT", projection.limit)
    if (
        projection.limit is not None
        and projection.skip is None
        and not (_has_node(scope) and all(map(_is_plain, keys)))
    ):
        bounds = f" SKIP 0{bounds}"  # else kglite takes the first as it goes, nulls before values of several kinds
    distinct = "DISTINCT " if projection.is_distinct else ""
    if all(key.is_cheap for key in keys):
        text = f"{before}{word} {distinct}{', '.join(texts)}{_order(projection, keys)}{bounds}"
        return Projected(text, tuple(columns))
    held = [f"{column.key} AS {column.key}" for column in columns]
    if alone:
        before, texts = f"{before}WITH {distinct}{', '.join(texts)} ", held
    shown_keys = {column.key for column in columns}
    named = [key if key.text in shown_keys else Piece(translate.naming.fresh(), key.type) for key in keys]
    sort = [f"{key.text} AS {piece.text}" for key, piece in zip(keys, named, strict=True) if key is not piece]
    text = f"{before}WITH {', '.join([*texts, *sort])}{_order(projection, named)}{bounds} {word} {', '.join(held)}"
    return Projected(text, tuple(columns))


_CLOCKED: Type = TEMPORALS - {"date", "duration"}


def _has_node(scope: Scope) -> bool:
    """Tell whether something was matched: from one row of constants kglite takes nothing as it goes."""
    return any(piece.type & NODE for piece in scope.values())


def _is_plain(key: Piece) -> bool:
    kinds = without_null(key.type)
    return len(kinds) == 1 and kinds <= SCALARS


def _is_temporal(type_: Type) -> bool:
    kinds = without_null(type_)
    return len(kinds) == 1 and kinds <= TEMPORALS


def _expanded(projection: Projection, scope: Scope) -> tuple[Item, ...]:
    if not projection.has_all:
        return projection.items
    return (*(Item(Variable(key), key, key) for key in sorted(scope) if not key.startswith("__kg")), *projection.items)


def _column(item: Item, number: int, type_: Type) -> Column:
    if item.alias is not None or (
        isinstance(item.expression, Variable) and not item.expression.name.startswith("__kg")
    ):
        key = name(item.name)
    else:
        key = f"`__kgc{number}`"
    is_projection = item.alias is None and isinstance(item.expression, MapProjection)
    shown = item.expression.variable.name if is_projection and isinstance(item.expression, MapProjection) else item.name
    return Column(shown, key, type_)


def _item(translate: Translator, expression: Expression, scope: Scope) -> Piece:
    """Return a column's value, which may be an aggregate standing alone."""
    if isinstance(expression, CountAll):
        return Piece("count(*)", INTEGER, is_small=True)
    if isinstance(expression, FunctionCall) and expression.name.lower() in AGGREGATES:
        return _aggregate(translate, expression, scope)
    return translate.kept(expression, scope)


def _aggregate(translate: Translator, expression: FunctionCall, scope: Scope) -> Piece:
    if len(expression.arguments) != 1:
        raise refuse(f"{expression.name}() of {len(expression.arguments)} arguments")
    argument = translate(expression.arguments[0], scope)
    return aggregate(translate.naming, expression.name, argument, expression.is_distinct)


# --- aggregates


def _is_alone(expression: Expression) -> bool:
    if isinstance(expression, CountAll):
        return True
    return isinstance(expression, FunctionCall) and expression.name.lower() in AGGREGATES - {"avg"}


def _is_bare(items: Iterable[Item], order: Iterable[Expression]) -> bool:
    """Tell whether kglite takes it in one step."""
    items = tuple(items)
    shown = [item.expression for item in items] + [Variable(item.name) for item in items]
    return all(not is_aggregating(item.expression) or _is_alone(item.expression) for item in items) and all(
        _is_among(expression, shown) for expression in order
    )


def _grouped(
    translate: Translator, items: tuple[Item, ...], order: tuple[Expression, ...], scope: Scope
) -> tuple[str, tuple[Item, ...], tuple[Expression, ...], dict[str, Piece]]:
    """Return the first step, and what is left for the second."""
    replaced: list[tuple[Expression, Variable]] = []
    texts: list[str] = []
    after: dict[str, Piece] = {}

    def hold(expression: Expression, piece: Piece, stands: Piece | None = None) -> None:
        variable = translate.naming.fresh()
        key = variable.strip("`")
        replaced.append((expression, Variable(key)))
        texts.append(f"{piece.text} AS {variable}")
        after[key] = Piece(variable, piece.type, is_cheap=True, is_small=piece.is_small, is_stored=piece.is_stored)
        if isinstance(expression, FunctionCall) and expression.name.lower() == "avg":
            after[key] = average(after[key])

    for item in items:
        if not is_aggregating(item.expression) and not _is_among(item.expression, [known for known, _ in replaced]):
            piece = translate.kept(item.expression, scope)
            if not is_distinguishable(piece.type):
                raise refuse(f"grouping by {item.name}: {describe(piece.type)}", _CONVERT)
            hold(item.expression, told_apart(translate.naming, piece))
    for expression in (*(item.expression for item in items), *order):
        for found in _aggregates(expression):
            if not _is_among(found, [known for known, _ in replaced]):
                hold(found, _item(translate, found, scope))
    plain = [  # what Neo4j takes for a grouping key within an expression that has an aggregate
        pair for pair in replaced if isinstance(pair[0], Variable | Property) or is_aggregating(pair[0])
    ]
    new = tuple(
        Item(
            _replaced(item.expression, plain if is_aggregating(item.expression) else replaced),
            item.name if item.alias is not None else None,
            item.name,
        )
        for item in items
    )
    aliases = {item.name for item in items}
    sort = tuple(
        expression
        if isinstance(expression, Variable) and expression.name in aliases
        else _replaced(expression, replaced)
        for expression in order
    )
    return f"WITH {', '.join(texts)} ", new, sort, after


def _aggregates(node: Any) -> Iterator[Expression]:
    if isinstance(node, CountAll) or (isinstance(node, FunctionCall) and node.name.lower() in AGGREGATES):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _aggregates(part)
    elif dataclasses.is_dataclass(node) and is_aggregating(node):
        for field in dataclasses.fields(node):
            yield from _aggregates(getattr(node, field.name))


def _replaced(node: Any, replaced: Sequence[tuple[Expression, Expression]]) -> Any:
    """Return a tree in which other expressions stand for some."""
    for expression, variable in replaced:
        if _is_same(node, expression):
            return variable
    if isinstance(node, tuple):
        return tuple(_replaced(part, replaced) for part in node)
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return node
    changed = {field.name: _replaced(getattr(node, field.name), replaced) for field in dataclasses.fields(node)}
    return dataclasses.replace(node, **changed)


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether trees are one; 1, 1.0 and true are equal for Python, but not here."""
    return bool(one == other) and repr(one) == repr(other)


def _is_among(expression: Expression, others: Iterable[Expression]) -> bool:
    return any(_is_same(expression, other) for other in others)


# --- order and bounds


def _sort_key(
    translate: Translator,
    expression: Expression,
    items: tuple[Item, ...],
    columns: list[Column],
    scope: Scope,
    *,
    alone: bool,
) -> Piece:
    """Return a part of ORDER BY: cheap if it cannot fail, as kglite passes over what fails while it sorts."""
    for item, column in zip(items, columns, strict=True):
        if (_is_same(item.expression, expression) or expression == Variable(item.name)) and (
            alone or not column.is_text
        ):
            key = sort_key(translate.naming, column.piece())
            # What is guarded stands beside the columns, where they have no names yet.
            return key if alone or key.is_cheap else sort_key(translate.naming, translate(item.expression, scope))
    written = translate(_by_columns(expression, items) if alone else _without_aliases(expression, items), scope)
    return sort_key(translate.naming, written)


def _by_columns(expression: Expression, items: tuple[Item, ...]) -> Expression:
    """Return an expression in which the columns stand for what they were made of, as that is gone."""
    made = [(item.expression, Variable(item.name)) for item in items if not isinstance(item.expression, Literal)]
    return cast("Expression", _replaced(expression, made))


def _without_aliases(expression: Expression, items: tuple[Item, ...]) -> Expression:
    """Return an expression in which what stands for columns is written out, so that all is known before them."""
    aliases = [
        (Variable(item.name), item.expression)
        for item in items
        if item.alias is not None and item.expression != Variable(item.name)
    ]
    if any(expression == alias for alias, _ in aliases):
        return dict(aliases)[expression]  # type: ignore[index]
    if not any(_has(expression, alias) for alias, _ in aliases):
        return expression
    if _binds(expression):
        raise refuse("ORDER BY a comprehension over a column", "Make it in a WITH before, and sort by its name.")
    return cast("Expression", _replaced(expression, aliases))


def _has(node: Any, wanted: Variable) -> bool:
    if isinstance(node, tuple):
        return any(_has(part, wanted) for part in node)
    if not dataclasses.is_dataclass(node):
        return False
    return node == wanted or any(_has(getattr(node, field.name), wanted) for field in dataclasses.fields(node))


_BINDING = (ListComprehension, PatternComprehension, Quantified, Reduce, Subquery, PatternPredicate, MapProjection)


def _binds(node: Any) -> bool:
    if isinstance(node, tuple):
        return any(map(_binds, node))
    if not dataclasses.is_dataclass(node):
        return False
    return isinstance(node, _BINDING) or any(_binds(getattr(node, field.name)) for field in dataclasses.fields(node))


def _order(projection: Projection, keys: list[Piece]) -> str:
    parts = zip(keys, projection.order, strict=True)
    texts = [f"{piece.text}{' DESC' if key.is_descending else ''}" for piece, key in parts]
    return f" ORDER BY {', '.join(texts)}" if texts else ""


def _bound(translate: Translator, word: str, expression: Expression | None) -> str:
    if expression is None:
        return ""
    piece = translate(expression, {})
    if piece.constant is None:
        raise refuse(f"{word} by what is computed", "Give a number or a parameter.")
    value = piece.constant[0]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise refuse(f"{word} {value!r}", "It must be an integer of at least 0.")
    return f" {word} {value}"
