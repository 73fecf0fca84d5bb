"""Expressions for kglite: every node of the tree has its rule here, or is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from kg.cypher.syntax import (
    Binary,
    Case,
    Comparison,
    CountAll,
    Expression,
    FunctionCall,
    HasLabels,
    Index,
    IsNormalized,
    IsNull,
    IsTyped,
    ListComprehension,
    ListLiteral,
    Literal,
    MapLiteral,
    MapProjection,
    Parameter,
    PatternComprehension,
    PatternPredicate,
    ProjectedAll,
    ProjectedKey,
    Property,
    Quantified,
    Reduce,
    Slice,
    Subquery,
    Unary,
    Variable,
)
from kg.mirror.dialect.aggregates import AGGREGATES
from kg.mirror.dialect.functions import call
from kg.mirror.dialect.moment_operators import part
from kg.mirror.dialect.operators import arithmetic, boolean, check_equal, compare, is_in, logical, plus, string_test
from kg.mirror.dialect.patterns import labels_test
from kg.mirror.dialect.regex import portable
from kg.mirror.dialect.subexpressions import (
    list_comprehension,
    pattern_comprehension,
    pattern_predicate,
    quantified,
    reduce,
    subquery,
)
from kg.mirror.dialect.temporals import combined, component, of_temporal, piece_of
from kg.mirror.dialect.text import RAISE, Naming, Piece, Scope, literal, name, null_unless_all
from kg.mirror.dialect.types import (
    BOOLEAN,
    INTEGER,
    NODE,
    NULL,
    NUMBERS,
    PROPERTIES,
    RELATIONSHIP,
    STRING,
    TEMPORALS,
    ListOf,
    MapOf,
    Type,
    describe,
    item_type,
    join,
    list_of,
    may_be_null,
    refuse,
    type_of_value,
    without_null,
)
from kg.mirror.holding import held_key
from kg.records import Temporal

__all__ = ["Translator"]

_GRAPHS = "_g"


class Translator:
    """Translates the expressions of one statement."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self._rules: Mapping[type, Callable[[Any, Scope], Piece]] = {
            Literal: lambda node, scope: literal(node.value, naming),
            Parameter: self._parameter,
            Variable: self._variable,
            Property: self._property,
            Index: self._index,
            Slice: self._slice,
            ListLiteral: self._list,
            MapLiteral: self._map,
            MapProjection: self._map_projection,
            Unary: self._unary,
            Binary: self._binary,
            Comparison: self._comparison,
            IsNull: self._is_null,
            IsTyped: self._is_typed,
            HasLabels: self._has_labels,
            FunctionCall: self._call,
            Case: self._case,
            ListComprehension: partial(list_comprehension, self),
            PatternComprehension: partial(pattern_comprehension, self),
            Quantified: partial(quantified, self),
            Reduce: partial(reduce, self),
            Subquery: partial(subquery, self),
            PatternPredicate: partial(pattern_predicate, self),
            IsNormalized: self._refused("IS NORMALIZED"),
            CountAll: self._refused("count(*) here"),
        }

    def __call__(self, node: Expression, scope: Scope) -> Piece:
        """Return an expression as kglite must have it, with its type."""
        return self._rules[type(node)](node, scope)

    def kept(self, node: Expression, scope: Scope) -> Piece:
        """Return an expression whose value is held or returned."""
        if isinstance(node, PatternPredicate):
            raise refuse("a pattern as a value", "Write EXISTS { } around it.")
        piece = self(node, scope)
        if piece.is_transient:
            raise refuse("startNode() or endNode() as a value", "Match the node and name it, or ask for a property.")
        return piece

    def _refused(self, what: str) -> Callable[[Any, Scope], Piece]:
        def rule(node: Any, scope: Scope) -> Piece:
            raise refuse(what)

        return rule

    # --- names

    def _parameter(self, node: Parameter, scope: Scope) -> Piece:
        value = self.naming.parameters[node.name]
        if isinstance(value, Temporal):
            return piece_of(self.naming, of_temporal(value))
        type_ = type_of_value(value)
        self.naming.given[node.name] = value
        small = isinstance(value, int) and abs(value) < 2**53
        return Piece(f"${_parameter_name(node.name)}", type_, True, (value,), is_small=small)

    def _variable(self, node: Variable, scope: Scope) -> Piece:
        piece = scope.get(node.name)
        if piece is None:
            raise refuse(
                f"{node.name} beside an aggregate or DISTINCT, where it is no column",
                "Return it, or name it in a WITH.",
            )
        return piece

    def _property(self, node: Property, scope: Scope) -> Piece:
        return self._key_of(self(node.of, scope), node.key)

    def _key_of(self, of: Piece, key: str) -> Piece:
        if (known := component(self.naming, of, key)) is not None:
            return known
        kinds = without_null(of.type)
        if kinds and kinds <= NODE:
            return Piece(f"{of.text}.{name(held_key(key))}", self.naming.kinds(key) | NULL, of.is_cheap, is_stored=True)
        if kinds and kinds <= RELATIONSHIP:
            type_ = list_of(STRING) | NULL if key == _GRAPHS else NULL
            return Piece(f"{of.text}.{name(held_key(key))}", type_, of.is_cheap)
        if kinds <= PROPERTIES and kinds:
            return Piece(f"{of.text}.{name(held_key(key))}", self.naming.kinds(key) | NULL, of.is_cheap)
        if kinds and kinds <= TEMPORALS:
            return part(self.naming, of, key)
        if not all(isinstance(kind, MapOf) for kind in kinds):
            raise refuse(f".{key} of {describe(kinds)}", "Properties are had by nodes, relationships and maps.")
        held = join(kind.at(key) for kind in kinds if isinstance(kind, MapOf))
        return Piece(f"{of.text}.{name(key)}", (held or NULL) | (of.type & NULL), of.is_cheap)

    def _index(self, node: Index, scope: Scope) -> Piece:
        of, index = self(node.of, scope), self(node.index, scope)
        kinds = without_null(of.type)
        if index.constant is not None and isinstance(index.constant[0], str):
            return self._key_of(of, index.constant[0])
        if not all(isinstance(kind, ListOf) for kind in kinds):
            raise refuse(f"[…] of {describe(kinds)} by what is known only when it runs", "Write n.key, or n[$key].")
        if without_null(index.type) - INTEGER:
            raise refuse(f"a list's item by {describe(index.type)}")
        return Piece(f"{of.text}[{index.text}]", item_type(of.type) | NULL)

    def _slice(self, node: Slice, scope: Scope) -> Piece:
        of = self(node.of, scope)
        if not all(isinstance(kind, ListOf) for kind in without_null(of.type)):
            raise refuse(f"a slice of {describe(of.type)}")
        bounds = tuple(self(bound, scope) for bound in (node.start, node.end) if bound is not None)
        if any(without_null(bound.type) - INTEGER for bound in bounds):
            raise refuse("a slice whose bounds are no integers")
        start = "" if node.start is None else bounds[0].text
        end = "" if node.end is None else bounds[-1].text
        text = f"{of.text}[{start}..{end}]"
        nullable = any(may_be_null(bound.type) for bound in bounds)
        if nullable:
            text = f"({null_unless_all(bounds, text)})"
        return Piece(text, of.type | (NULL if nullable else frozenset()))

    # --- lists and maps

    def _list(self, node: ListLiteral, scope: Scope) -> Piece:
        items = [self.kept(item, scope) for item in node.items]
        constants = [item.constant for item in items]
        known = [constant[0] for constant in constants if constant is not None]
        return Piece(
            f"[{', '.join(item.text for item in items)}]",
            list_of(join(item.type for item in items)),
            constant=(known,) if len(known) == len(items) else None,
        )

    def _map(self, node: MapLiteral, scope: Scope) -> Piece:
        held = [(key, self.kept(value, scope)) for key, value in node.entries]
        text = ", ".join(f"{name(key)}: {piece.text}" for key, piece in held)
        type_ = MapOf(tuple(sorted({key: piece.type for key, piece in held}.items())))
        if len(type_.entries) != len(held):
            raise refuse("a map with a key twice")
        known = {key: piece.constant[0] for key, piece in held if piece.constant is not None}
        return Piece(f"{{{text}}}", frozenset({type_}), constant=(known,) if len(known) == len(held) else None)

    def _map_projection(self, node: MapProjection, scope: Scope) -> Piece:
        of = self(node.variable, scope)
        kinds = without_null(of.type)
        has_all = any(isinstance(item, ProjectedAll) for item in node.items)
        entries: dict[str, Piece] = {}
        for item in node.items:
            if isinstance(item, ProjectedKey):
                entries[item.key] = self._key_of(of, item.key)
            elif isinstance(item, Variable):
                entries[item.name] = self.kept(item, scope)
            elif isinstance(item, tuple):
                entries[item[0]] = self.kept(item[1], scope)
        if has_all and kinds and kinds <= NODE | RELATIONSHIP:
            return self._all_and(of, entries)
        if has_all:
            for kind in kinds:
                if not isinstance(kind, MapOf):
                    raise refuse(f"a map projection of {describe(kinds)}")
                for key, _ in kind.entries:
                    entries.setdefault(key, self._key_of(of, key))
        text = "{" + ", ".join(f"{name(key)}: {piece.text}" for key, piece in entries.items()) + "}"
        type_: Type = frozenset({MapOf(tuple(sorted((key, piece.type) for key, piece in entries.items())))})
        if may_be_null(of.type):
            return Piece(f"CASE WHEN {of.text} IS NULL THEN null ELSE {text} END", type_ | NULL)
        return Piece(text, type_)

    def _all_and(self, of: Piece, entries: Mapping[str, Piece]) -> Piece:
        """`n {.*, key: value}`: all under held keys, as that is how the whole is read."""
        plain = NUMBERS | STRING | BOOLEAN | NULL
        if any(piece.type - plain for piece in entries.values()):
            raise refuse("n {.*, key: value} with a value that is no string, number or Boolean", "Return it besides.")
        type_ = PROPERTIES | (of.type & NULL)
        if not entries:
            return Piece(f"properties({of.text})", type_)
        more = "".join(f", {name(held_key(key))}: {piece.text}" for key, piece in entries.items())
        text = f"{of.text} {{.*{more}}}"  # which is null for kglite behind some WITH that has aggregates
        return Piece(f"CASE WHEN {of.text} IS NOT NULL AND {text} IS NULL THEN {RAISE} ELSE {text} END", type_)

    # --- operators

    def _unary(self, node: Unary, scope: Scope) -> Piece:
        operand = self(node.operand, scope)
        if node.operator == "NOT":
            boolean(operand, "operand of NOT")
            return Piece(f"(NOT {operand.text})", operand.type)
        if without_null(operand.type) - NUMBERS:
            raise refuse(f"{node.operator} of {describe(operand.type)}")
        if node.operator == "+":
            return operand
        if operand.constant is not None and isinstance(operand.constant[0], int | float):
            return literal(0 - operand.constant[0], self.naming)
        # Neo4j subtracts from 0, which is never -0.0.
        text = f"({operand.text})" if operand.text.startswith("[") else operand.text  # `-[` begins a relationship
        return Piece(f"(0 - {text})", operand.type)

    def _binary(self, node: Binary, scope: Scope) -> Piece:
        left, right = self(node.left, scope), self(node.right, scope)
        if node.operator in ("AND", "OR", "XOR"):
            return logical(node.operator, left, right)
        if left.is_transient or right.is_transient:
            raise refuse("startNode() or endNode() as an operand", "Compare elementId() of it.")
        if (made := combined(self.naming, node.operator, left, right)) is not None:
            return made
        if node.operator == "IN":
            return is_in(self.naming, left, right)
        if node.operator == "=~":
            return self._matches(left, right)
        if node.operator in ("STARTS WITH", "ENDS WITH", "CONTAINS"):
            return string_test(node.operator, left, right)
        if node.operator in ("+", "||"):
            return plus(left, right, node.operator)
        return arithmetic(self.naming, node.operator, left, right)

    def _matches(self, left: Piece, right: Piece) -> Piece:
        if without_null(left.type) - STRING:
            raise refuse(f"=~ of {describe(left.type)}", "Make it a string with toString().")
        if right.constant is None or not isinstance(right.constant[0], str | None):
            raise refuse(
                "=~ with a pattern that is known only when it runs", "Give the pattern as string or parameter."
            )
        if right.constant[0] is None:
            return literal(None, self.naming)
        pattern = self.naming.give(portable(right.constant[0]))
        return Piece(f"({left.text} =~ {pattern})", BOOLEAN | (left.type & NULL))

    def _comparison(self, node: Comparison, scope: Scope) -> Piece:
        pieces = [self(node.first, scope), *(self(operand, scope) for _, operand in node.rest)]
        if not all(piece.is_cheap for piece in pieces[1:-1]):
            raise refuse("a chain of comparisons with something computed between", "Write them apart, joined by AND.")
        tests = [
            compare(self.naming, operator, left, right)
            for (operator, _), left, right in zip(node.rest, pieces, pieces[1:], strict=False)
        ]
        if len(tests) == 1:
            return tests[0]
        return Piece(f"({' AND '.join(test.text for test in tests)})", BOOLEAN | NULL)

    def _is_null(self, node: IsNull, scope: Scope) -> Piece:
        operand = self(node.operand, scope)
        return Piece(f"({operand.text} IS {'NOT ' if node.is_negated else ''}NULL)", BOOLEAN)

    def _is_typed(self, node: IsTyped, scope: Scope) -> Piece:
        operand = self(node.operand, scope)
        wanted = node.type.removesuffix(" NOT NULL")
        if wanted not in ("BOOLEAN", "INTEGER", "FLOAT", "STRING") or operand.is_transient:
            raise refuse(f"IS :: {node.type}", "BOOLEAN, INTEGER, FLOAT and STRING can be asked for.")
        text = f"valueType({operand.text}) = '{wanted} NOT NULL'"
        if not node.type.endswith(" NOT NULL"):
            text = f"{operand.text} IS NULL OR {text}"
        return Piece(f"(NOT ({text}))" if node.is_negated else f"({text})", BOOLEAN)

    def _has_labels(self, node: HasLabels, scope: Scope) -> Piece:
        operand = self(node.operand, scope)
        kinds = without_null(operand.type)
        if kinds not in (NODE, RELATIONSHIP):
            raise refuse(f"labels of {describe(operand.type)}")
        return Piece(labels_test(node.labels, operand, self.naming), BOOLEAN | (operand.type & NULL))

    def _call(self, node: FunctionCall, scope: Scope) -> Piece:
        if node.name.lower() in AGGREGATES:
            raise refuse(f"{node.name}() here", "Aggregates stand in WITH and RETURN.")
        if node.name.lower() == "exists" and isinstance(node.arguments[0], PatternPredicate):
            return self(node.arguments[0], scope)
        return call(self.naming, node.name, tuple(self(argument, scope) for argument in node.arguments))

    def _case(self, node: Case, scope: Scope) -> Piece:
        results = [self.kept(result, scope) for _, result in node.branches]
        otherwise = None if node.otherwise is None else self.kept(node.otherwise, scope)
        text = "CASE"
        subject = None if node.subject is None else self(node.subject, scope)
        if subject is not None:
            text = f"CASE {subject.text}"
        for (test, _), result in zip(node.branches, results, strict=True):
            condition = self(test, scope)
            if subject is None:
                boolean(condition, "condition of CASE")
            else:
                check_equal(without_null(subject.type), without_null(condition.type))
            text += f" WHEN {condition.text} THEN {result.text}"
        if otherwise is not None:
            text += f" ELSE {otherwise.text}"
        type_ = join([*(result.type for result in results), NULL if otherwise is None else otherwise.type])
        return Piece(f"({text} END)", type_)


def _parameter_name(text: str) -> str:
    if not text.replace("_", "a").isalnum() or not text.isascii():
        raise refuse(f"the parameter ${text}", "Names of parameters are ASCII letters, digits and _ here.")
    return text
