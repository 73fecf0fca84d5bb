"""Patterns, and the labels and types in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from kg.cypher.syntax.base import Syntax

if TYPE_CHECKING:
    from kg.cypher.syntax.expressions import Expression, MapLiteral, Parameter, Variable

__all__ = [
    "AnyLabel",
    "DynamicLabel",
    "GroupPattern",
    "Hops",
    "Label",
    "LabelExpression",
    "Labels",
    "NodePattern",
    "NotLabel",
    "PathPattern",
    "PatternPart",
    "RelationshipPattern",
    "Selector",
]


@dataclass(frozen=True, slots=True)
class Label(Syntax):
    """A label or relationship type."""

    name: str


@dataclass(frozen=True, slots=True)
class AnyLabel(Syntax):
    """`%`: at least one."""


@dataclass(frozen=True, slots=True)
class DynamicLabel(Syntax):
    """`$(expression)`, `$all(…)`, `$any(…)`."""

    value: Expression
    is_any: bool = False


@dataclass(frozen=True, slots=True)
class NotLabel(Syntax):
    """`!x`."""

    operand: LabelExpression


@dataclass(frozen=True, slots=True)
class Labels(Syntax):
    """`a&b` (also `:a:b`) or `a|b` (also `:a|:b`), of two or more."""

    operator: OneOf["&", "|"]
    operands: tuple[LabelExpression, ...]


LabelExpression = Label | AnyLabel | DynamicLabel | NotLabel | Labels


# --- patterns


@dataclass(frozen=True, slots=True)
class NodePattern(Syntax):
    """`(variable:labels {properties} WHERE condition)`."""

    variable: Variable | None = None
    labels: LabelExpression | None = None
    properties: MapLiteral | Parameter | None = None
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Hops(Syntax):
    """How often something is repeated: None is no bound."""

    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class RelationshipPattern(Syntax):
    """`-[variable:types*1..3 {properties} WHERE condition]->`.

    `length` is that of `*`, which makes the variable a list; `quantifier` is what follows the arrow (`+`, `*`,
    `{1,3}`), as in a quantified path of this one relationship.
    """

    direction: OneOf["right", "left", "either"]
    variable: Variable | None = None
    types: LabelExpression | None = None
    properties: MapLiteral | Parameter | None = None
    where: Expression | None = None
    length: Hops | None = None
    quantifier: Hops | None = None


@dataclass(frozen=True, slots=True)
class GroupPattern(Syntax):
    """`(path = … WHERE condition){1,3}`: a path in parentheses, quantified or not."""

    path: Variable | None
    pattern: PathPattern
    where: Expression | None
    quantifier: Hops | None


@dataclass(frozen=True, slots=True)
class PathPattern(Syntax):
    """Nodes, relationships and groups, in their order."""

    elements: tuple[NodePattern | RelationshipPattern | GroupPattern, ...]


@dataclass(frozen=True, slots=True)
class Selector(Syntax):
    """`ALL`, `ANY k`, `ALL SHORTEST`, `SHORTEST k`, `SHORTEST k GROUPS` before a path."""

    kind: OneOf["ALL", "ANY", "ALL SHORTEST", "SHORTEST", "SHORTEST GROUPS"]
    count: int | Parameter | None = None


@dataclass(frozen=True, slots=True)
class PatternPart(Syntax):
    """One of the comma-separated patterns of a clause."""

    pattern: PathPattern
    variable: Variable | None = None
    selector: Selector | None = None
    function: OneOf["shortestPath", "allShortestPaths"] | None = None
