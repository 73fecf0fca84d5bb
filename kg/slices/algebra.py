"""The algebra of a query, as far as it decides what the query can see: patterns, and what is compared.

As in SPARQL 1.1 Query, 18.2, but an expression is reduced to the patterns of its EXISTS and to what it surely says
about a variable. `kg.slices.parsing` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from kg.rdf import NamedNode
from kg.slices import PatternTerm, Values, Variable

__all__ = [
    "Algebra",
    "Alternative",
    "Bgp",
    "Condition",
    "Extend",
    "Filter",
    "Grouped",
    "InGraph",
    "Inverse",
    "Join",
    "LeftJoin",
    "Minus",
    "Negated",
    "Path",
    "Query",
    "Repeated",
    "Select",
    "Sequence",
    "Table",
    "Union",
    "bound",
    "in_scope",
]


@dataclass(frozen=True, slots=True)
class Inverse:
    """`^path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sequence:
    """`first/second`, and so on."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """`first|second`, and so on."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """`path+`; with `is_optional` also `path*` and `path?`."""

    path: Path
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Negated:
    """`!(…)`: a step by some predicate, in the directions that it names."""

    is_forward: bool
    is_backward: bool


Path = NamedNode | Variable | Inverse | Sequence | Alternative | Repeated | Negated


@dataclass(frozen=True, slots=True, eq=False)
class Bgp:
    """A basic graph pattern, paths included."""

    triples: tuple[tuple[PatternTerm, Path, PatternTerm], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """Expressions: the patterns of their EXISTS, and what holds wherever all of them are true."""

    exists: tuple[Algebra, ...] = ()
    values: tuple[Values, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """Both patterns."""

    left: Algebra
    right: Algebra


@dataclass(frozen=True, slots=True, eq=False)
class LeftJoin:
    """OPTIONAL, with the filters of its group."""

    left: Algebra
    right: Algebra
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Minus:
    """MINUS."""

    left: Algebra
    right: Algebra


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    """UNION."""

    left: Algebra
    right: Algebra


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """FILTER and HAVING."""

    pattern: Algebra
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Extend:
    """BIND, and what SELECT and GROUP BY name with AS."""

    pattern: Algebra
    variable: Variable
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class InGraph:
    """GRAPH."""

    name: Variable | NamedNode
    pattern: Algebra


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """VALUES: its variables, those that every row binds, and what its IRIs say."""

    variables: frozenset[Variable]
    always: frozenset[Variable]
    values: tuple[Values, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """GROUP BY, or an aggregate without it: then `keys` is None."""

    pattern: Algebra
    keys: frozenset[Variable] | None
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """SELECT, of the query or within it; `condition` is that of ORDER BY."""

    pattern: Algebra
    variables: frozenset[Variable]
    condition: Condition
    is_cut: bool


Algebra = Bgp | Join | LeftJoin | Minus | Union | Filter | Extend | InGraph | Table | Grouped | Select


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A query: what it selects, how many solutions it needs, and what it describes."""

    select: Select | None
    limit: int | None = None
    described: tuple[PatternTerm, ...] = field(default=())


def in_scope(node: Algebra) -> frozenset[Variable]:
    """Return the variables that a solution may bind (Query, 18.2.1)."""
    match node:
        case Bgp(triples):
            return frozenset(term for triple in triples for term in triple if isinstance(term, Variable))
        case Join(left, right) | LeftJoin(left, right) | Union(left, right):
            return in_scope(left) | in_scope(right)
        case Minus(left, _):
            return in_scope(left)
        case Filter(pattern):
            return in_scope(pattern)
        case Extend(pattern, variable):
            return in_scope(pattern) | {variable}
        case InGraph(name, pattern):
            return in_scope(pattern) | ({name} if isinstance(name, Variable) else frozenset())
        case Table(variables) | Select(variables=variables):
            return variables
        case Grouped(pattern, keys):
            return keys or frozenset()


def bound(node: Algebra, graph: Variable | NamedNode | None = None) -> frozenset[Variable]:
    """Return variables that every solution binds; not what an expression gives, for it may fail."""
    match node:
        case Bgp(triples):
            graphs = {graph} if triples and isinstance(graph, Variable) else set()
            return in_scope(node) | graphs
        case Join(left, right):
            return bound(left, graph) | bound(right, graph)
        case LeftJoin(left) | Minus(left):
            return bound(left, graph)
        case Union(left, right):
            return bound(left, graph) & bound(right, graph)
        case Filter(pattern) | Extend(pattern):
            return bound(pattern, graph)
        case InGraph(name, pattern):
            return bound(pattern, name)
        case Table():
            return node.always
        case Grouped(pattern, keys):
            return bound(pattern, graph) & (keys or frozenset())
        case Select(pattern, variables):
            return bound(pattern, graph if graph in variables else None) & variables


def joined(parts: list[Algebra]) -> Algebra:
    """Return the join of some patterns, the empty group for none."""
    return reduce(Join, parts) if parts else Bgp(())
