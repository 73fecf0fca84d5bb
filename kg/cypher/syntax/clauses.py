"""Clauses, queries and whole statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from kg.cypher.syntax.base import Syntax

if TYPE_CHECKING:
    from kg.cypher.syntax.expressions import Expression, Index, Property, Variable
    from kg.cypher.syntax.patterns import DynamicLabel, Label, PatternPart

__all__ = [
    "WRITING",
    "Clause",
    "Command",
    "Create",
    "Delete",
    "Finish",
    "Foreach",
    "Item",
    "LoadCsv",
    "Match",
    "Merge",
    "ProcedureCall",
    "Projection",
    "Query",
    "Remove",
    "Return",
    "Set",
    "SetItem",
    "SetLabels",
    "SetProperties",
    "SetProperty",
    "SingleQuery",
    "SortKey",
    "Statement",
    "SubqueryCall",
    "Union",
    "Unwind",
    "Use",
    "With",
]


@dataclass(frozen=True, slots=True)
class Match(Syntax):
    """`[OPTIONAL] MATCH [mode] patterns [USING …] [WHERE …]`; hints are left out, they change no answer."""

    patterns: tuple[PatternPart, ...]
    where: Expression | None = None
    is_optional: bool = False
    mode: OneOf["REPEATABLE ELEMENTS", "DIFFERENT RELATIONSHIPS"] | None = None


@dataclass(frozen=True, slots=True)
class Unwind(Syntax):
    """`UNWIND source AS variable`."""

    source: Expression
    variable: Variable


@dataclass(frozen=True, slots=True)
class Item(Syntax):
    """What WITH or RETURN returns under a name: its alias, else `text`, the expression as it was written."""

    expression: Expression
    alias: str | None
    text: str = field(compare=False)

    @property
    def name(self) -> str:
        """Return the name of the column."""
        return self.text if self.alias is None else self.alias


@dataclass(frozen=True, slots=True)
class SortKey(Syntax):
    """A part of ORDER BY."""

    expression: Expression
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Projection(Syntax):
    """`[DISTINCT] *, items ORDER BY … SKIP … LIMIT …`."""

    items: tuple[Item, ...]
    has_all: bool = False
    is_distinct: bool = False
    order: tuple[SortKey, ...] = ()
    skip: Expression | None = None
    limit: Expression | None = None


@dataclass(frozen=True, slots=True)
class With(Syntax):
    """`WITH …  [WHERE …]`."""

    projection: Projection
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class Return(Syntax):
    """`RETURN …`."""

    projection: Projection


@dataclass(frozen=True, slots=True)
class Finish(Syntax):
    """`FINISH`: no result."""


@dataclass(frozen=True, slots=True)
class ProcedureCall(Syntax):
    """`[OPTIONAL] CALL name(arguments) [YIELD field AS variable … [WHERE …]]`.

    `arguments` None: no parentheses, the parameters are the arguments. `yields` None: no YIELD; "*" is all. `end` is
    where its text ends.
    """

    name: str
    arguments: tuple[Expression, ...] | None
    yields: tuple[tuple[str, Variable], ...] | OneOf["*"] | None = None
    where: Expression | None = None
    is_optional: bool = False
    end: int = field(default=0, kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SubqueryCall(Syntax):
    """`[OPTIONAL] CALL (imports) { query } [IN TRANSACTIONS …]`; `imports` None is the form without parentheses."""

    query: Query
    imports: tuple[Variable, ...] | OneOf["*"] | None = None
    is_optional: bool = False
    in_transactions: bool = False


@dataclass(frozen=True, slots=True)
class LoadCsv(Syntax):
    """`LOAD CSV [WITH HEADERS] FROM source AS variable [FIELDTERMINATOR …]`."""

    source: Expression
    variable: Variable
    has_headers: bool = False


@dataclass(frozen=True, slots=True)
class Create(Syntax):
    """`CREATE patterns`."""

    patterns: tuple[PatternPart, ...]


@dataclass(frozen=True, slots=True)
class Merge(Syntax):
    """`MERGE pattern [ON CREATE SET …] [ON MATCH SET …]`."""

    pattern: PatternPart
    on_create: tuple[SetItem, ...] = ()
    on_match: tuple[SetItem, ...] = ()


@dataclass(frozen=True, slots=True)
class SetProperty(Syntax):
    """`x.key = value`, `x[key] = value`."""

    target: Property | Index
    value: Expression


@dataclass(frozen=True, slots=True)
class SetProperties(Syntax):
    """`x = value`; `x += value` if it is additive."""

    variable: Variable
    value: Expression
    is_additive: bool


@dataclass(frozen=True, slots=True)
class SetLabels(Syntax):
    """`x:A:B` of SET or REMOVE."""

    variable: Variable
    labels: tuple[Label | DynamicLabel, ...]


SetItem = SetProperty | SetProperties | SetLabels


@dataclass(frozen=True, slots=True)
class Set(Syntax):
    """`SET items`."""

    items: tuple[SetItem, ...]


@dataclass(frozen=True, slots=True)
class Remove(Syntax):
    """`REMOVE x.key, x:Label`."""

    items: tuple[Property | Index | SetLabels, ...]


@dataclass(frozen=True, slots=True)
class Delete(Syntax):
    """`[DETACH] DELETE expressions`."""

    expressions: tuple[Expression, ...]
    is_detaching: bool = False


@dataclass(frozen=True, slots=True)
class Foreach(Syntax):
    """`FOREACH (variable IN source | clauses)`."""

    variable: Variable
    source: Expression
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Use(Syntax):
    """`USE graph`."""

    graph: str


Clause = (
    Match
    | Unwind
    | With
    | Return
    | Finish
    | ProcedureCall
    | SubqueryCall
    | LoadCsv
    | Create
    | Merge
    | Set
    | Remove
    | Delete
    | Foreach
    | Use
)

WRITING = (Create, Merge, Set, Remove, Delete, Foreach)
"""The clauses that write; a subquery call may hold them."""


@dataclass(frozen=True, slots=True)
class SingleQuery(Syntax):
    """Clauses in their order."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Union(Syntax):
    """`a UNION [ALL] b`, of two or more; all of one kind."""

    queries: tuple[SingleQuery, ...]
    is_all: bool = False


Query = SingleQuery | Union


@dataclass(frozen=True, slots=True)
class Command(Syntax):
    """What is no query: SHOW, and commands of schema, administration and transactions; only its kind is read."""

    kind: OneOf["show", "schema", "administration", "transaction"]
    text: str


@dataclass(frozen=True, slots=True)
class Statement(Syntax):
    """A whole statement; `mode` is what stands before it."""

    body: Query | Command
    mode: OneOf["EXPLAIN", "PROFILE"] | None = None
