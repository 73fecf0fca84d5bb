"""Expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from kg.cypher.syntax.base import Syntax

if TYPE_CHECKING:
    from kg.cypher.syntax.clauses import Query
    from kg.cypher.syntax.patterns import LabelExpression, PathPattern, PatternPart

__all__ = [
    "Binary",
    "BinaryOperator",
    "Case",
    "Comparison",
    "CountAll",
    "Expression",
    "FunctionCall",
    "HasLabels",
    "Index",
    "IsNormalized",
    "IsNull",
    "IsTyped",
    "ListComprehension",
    "ListLiteral",
    "Literal",
    "MapLiteral",
    "MapProjection",
    "Parameter",
    "PatternComprehension",
    "PatternPredicate",
    "ProjectedAll",
    "ProjectedKey",
    "Property",
    "Quantified",
    "Reduce",
    "Slice",
    "Subquery",
    "Unary",
    "Variable",
]


@dataclass(frozen=True, slots=True)
class Literal(Syntax):
    """null, a Boolean, a 64-bit integer, a float or a string."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Parameter(Syntax):
    """`$name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable(Syntax):
    """A name that something is bound to."""

    name: str


@dataclass(frozen=True, slots=True)
class Property(Syntax):
    """`of.key`."""

    of: Expression
    key: str


@dataclass(frozen=True, slots=True)
class Index(Syntax):
    """`of[index]`, of a list or a map."""

    of: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Slice(Syntax):
    """`of[start..end]`."""

    of: Expression
    start: Expression | None
    end: Expression | None


@dataclass(frozen=True, slots=True)
class ListLiteral(Syntax):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapLiteral(Syntax):
    """`{key: value}`."""

    entries: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class MapProjection(Syntax):
    """`variable {.key, .*, other, key: value}`; an item is a key, "*" (all), a variable, or an entry."""

    variable: Variable
    items: tuple[ProjectedKey | ProjectedAll | Variable | tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class ProjectedKey(Syntax):
    """`.key` in a map projection."""

    key: str


@dataclass(frozen=True, slots=True)
class ProjectedAll(Syntax):
    """`.*` in a map projection."""


@dataclass(frozen=True, slots=True)
class Unary(Syntax):
    """`NOT x`, `-x`, `+x`."""

    operator: OneOf["NOT", "-", "+"]
    operand: Expression


BinaryOperator = OneOf[
    "OR", "XOR", "AND", "+", "-", "*", "/", "%", "^", "||", "IN", "STARTS WITH", "ENDS WITH", "CONTAINS", "=~"
]


@dataclass(frozen=True, slots=True)
class Binary(Syntax):
    """Two operands, left-associative; `^` too."""

    operator: BinaryOperator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Syntax):
    """`first < a <= b`: true if each neighbouring pair is."""

    first: Expression
    rest: tuple[tuple[OneOf["=", "<>", "<", "<=", ">", ">="], Expression], ...]


@dataclass(frozen=True, slots=True)
class IsNull(Syntax):
    """`x IS [NOT] NULL`."""

    operand: Expression
    is_negated: bool


@dataclass(frozen=True, slots=True)
class IsTyped(Syntax):
    """`x IS [NOT] :: TYPE`; the type in capitals, with single spaces."""

    operand: Expression
    type: str
    is_negated: bool


@dataclass(frozen=True, slots=True)
class IsNormalized(Syntax):
    """`x IS [NOT] [FORM] NORMALIZED`."""

    operand: Expression
    form: str
    is_negated: bool


@dataclass(frozen=True, slots=True)
class HasLabels(Syntax):
    """`x:Label`, of nodes and relationships, as a predicate."""

    operand: Expression
    labels: LabelExpression


@dataclass(frozen=True, slots=True)
class FunctionCall(Syntax):
    """`name(arguments)`; the name as written, with its namespace; no subquery, CASE or quantifier is one."""

    name: str
    arguments: tuple[Expression, ...]
    is_distinct: bool = False


@dataclass(frozen=True, slots=True)
class CountAll(Syntax):
    """`count(*)`."""


@dataclass(frozen=True, slots=True)
class Case(Syntax):
    """`CASE [subject] WHEN … THEN … [ELSE …] END`."""

    subject: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None


@dataclass(frozen=True, slots=True)
class ListComprehension(Syntax):
    """`[variable IN source WHERE condition | result]`."""

    variable: Variable
    source: Expression
    where: Expression | None
    result: Expression | None


@dataclass(frozen=True, slots=True)
class PatternComprehension(Syntax):
    """`[path = pattern WHERE condition | result]`."""

    path: Variable | None
    pattern: PathPattern
    where: Expression | None
    result: Expression


@dataclass(frozen=True, slots=True)
class Quantified(Syntax):
    """`all(variable IN source WHERE condition)`, and its kin."""

    kind: OneOf["all", "any", "none", "single"]
    variable: Variable
    source: Expression
    where: Expression | None


@dataclass(frozen=True, slots=True)
class Reduce(Syntax):
    """`reduce(accumulator = initial, variable IN source | result)`."""

    accumulator: Variable
    initial: Expression
    variable: Variable
    source: Expression
    result: Expression


@dataclass(frozen=True, slots=True)
class Subquery(Syntax):
    """`EXISTS { … }`, `COUNT { … }`, `COLLECT { … }`; a bare pattern in the braces is a MATCH without RETURN."""

    kind: OneOf["EXISTS", "COUNT", "COLLECT"]
    query: Query


@dataclass(frozen=True, slots=True)
class PatternPredicate(Syntax):
    """A pattern where a value is wanted: whether it has a match; with `shortestPath()` around it, its path."""

    pattern: PatternPart


Expression = (
    Literal
    | Parameter
    | Variable
    | Property
    | Index
    | Slice
    | ListLiteral
    | MapLiteral
    | MapProjection
    | Unary
    | Binary
    | Comparison
    | IsNull
    | IsTyped
    | IsNormalized
    | HasLabels
    | FunctionCall
    | CountAll
    | Case
    | ListComprehension
    | PatternComprehension
    | Quantified
    | Reduce
    | Subquery
    | PatternPredicate
)
