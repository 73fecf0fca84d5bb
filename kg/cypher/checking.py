"""Checking a statement that parses: the errors that openCypher finds before a query runs.

Types are followed only as far as they are certain, so nothing is refused that could run. Which procedures and
functions there are, and how many arguments they take, is not known here.
"""

from __future__ import annotations

from collections.abc import Collection

from kg.cypher.expression_checking import Scope
from kg.cypher.functions import base, element
from kg.cypher.projection_checking import ProjectionChecker
from kg.cypher.syntax import (
    WRITING,
    Clause,
    Command,
    Create,
    Delete,
    Expression,
    Finish,
    Foreach,
    HasLabels,
    Index,
    LoadCsv,
    Match,
    Merge,
    ProcedureCall,
    Property,
    Query,
    Remove,
    Return,
    Set,
    SetItem,
    SetLabels,
    SetProperties,
    SetProperty,
    SingleQuery,
    Statement,
    SubqueryCall,
    Union,
    Unwind,
    Use,
    Variable,
    With,
)

__all__ = ["check"]

_READING = (Match, Unwind, LoadCsv, SubqueryCall, ProcedureCall)
_CHANGED = (None, "Node", "Relationship")


def check(statement: Statement, parameters: Collection[str] | None = None, text: str | None = None) -> None:
    """Refuse what is certainly wrong with a statement.

    Args:
        parameters: the names of those that are given; None if that is not to be checked.
        text: what the statement was parsed from, for the line and column of an error.

    Raises:
        QuerySyntaxError: something undefined, bound twice, of the wrong type or in the wrong place.
        ParameterError: a parameter that the statement needs is not given.
    """
    if isinstance(statement.body, Command):
        return
    names = None if parameters is None or statement.mode == "EXPLAIN" else frozenset(parameters)
    _Checker(text, names).query(statement.body, {}, is_outermost=True)


class _Checker(ProjectionChecker):
    """Checks queries."""

    def query(
        self, query: Query, scope: Scope, is_outermost: bool = False, in_expression: bool = False
    ) -> Scope | None:
        """Check a query and return its columns; None if it returns nothing."""
        if isinstance(query, SingleQuery):
            return self._single(query, scope, is_outermost, in_expression)
        return self._union(query, [self._single(one, scope, False, in_expression) for one in query.queries])

    def _union(self, union: Union, found: list[Scope | None]) -> Scope | None:
        for single, columns in zip(union.queries, found, strict=True):
            if (None if columns is None else set(columns)) != (None if found[0] is None else set(found[0])):
                shown = ", ".join(found[0] or ()) or "none"
                self.fail(f"all parts of a UNION return columns of the same names, here {shown}", single.at)
        if found[0] is None:
            return None
        return {name: kind if all(c and c[name] == kind for c in found) else None for name, kind in found[0].items()}

    def _single(self, query: SingleQuery, scope: Scope, is_outermost: bool, in_expression: bool) -> Scope | None:
        is_alone = is_outermost and len(query.clauses) == 1
        before: Clause | None = None
        columns: Scope | None = None
        for clause in query.clauses:
            if isinstance(before, Return | Finish):
                self.fail("no clause can follow RETURN or FINISH", clause.at)
            if isinstance(before, WRITING) and isinstance(clause, _READING):
                self.fail("between a clause that writes and one that reads a WITH is needed", clause.at)
            if in_expression and isinstance(clause, WRITING):
                self.fail("a subquery in an expression cannot write", clause.at)
            if isinstance(clause, Return):
                columns = self.projection(clause.projection, None, scope, is_with=False)
            else:
                outer = scope if in_expression else {}
                scope = self.clause(clause, scope, is_alone)
                scope = {**outer, **scope} if in_expression else scope
            before = clause
        if (not in_expression and not is_alone) or (is_alone and not isinstance(query.clauses[0], ProcedureCall)):
            self._check_end(query.clauses[-1])
        return columns

    def _check_end(self, clause: Clause) -> None:
        has_rows = (isinstance(clause, SubqueryCall) and _returns(clause.query)) or (
            isinstance(clause, ProcedureCall) and clause.yields is not None and clause.yields != ()
        )
        if has_rows or isinstance(clause, Match | With | Unwind | LoadCsv | Use):
            self.fail("a query ends with RETURN, with FINISH or with a clause that writes", clause.at)

    def clause(self, clause: Clause, scope: Scope, is_alone: bool) -> Scope:
        """Check a clause and return what is bound after it."""
        match clause:
            case Match():
                if clause.mode is not None:
                    self.fail(f"{clause.mode} is not supported; without it no relationship is met twice", clause.at)
                bound = self.matched(clause.patterns, scope)
                if clause.where is not None:
                    self.condition(clause.where, bound)
                return bound
            case With():
                return self.projection(clause.projection, clause.where, scope, is_with=True)
            case Unwind():
                kind = self.expression(clause.source, scope)
                return self._with_variable(clause.variable, element(kind), scope)
            case LoadCsv():
                self.expression(clause.source, scope)
                return self._with_variable(clause.variable, "Map" if clause.has_headers else "List<String>", scope)
            case ProcedureCall():
                return self._procedure_call(clause, scope, is_alone)
            case SubqueryCall():
                return self._subquery_call(clause, scope)
            case Create():
                for part in clause.patterns:
                    scope = self.made(part, scope, "CREATE")
                return scope
            case Merge():
                bound = self.made(clause.pattern, scope, "MERGE")
                self._set_items((*clause.on_create, *clause.on_match), bound)
                return bound
            case Set():
                self._set_items(clause.items, scope)
            case Remove():
                for item in clause.items:
                    if isinstance(item, SetLabels):
                        self._set_items((item,), scope)
                    else:
                        self._target(item, scope)
            case Delete():
                self._delete(clause, scope)
            case Foreach():
                kind = self.expression(clause.source, scope)
                inner = {**scope, clause.variable.name: element(kind)}
                for writing in clause.clauses:
                    inner = self.clause(writing, inner, is_alone=False)
        return scope

    def _with_variable(self, variable: Variable, kind: str | None, scope: Scope) -> Scope:
        bound = dict(scope)
        self.bind(variable, kind, bound)
        return bound

    # --- CALL

    def _procedure_call(self, clause: ProcedureCall, scope: Scope, is_alone: bool) -> Scope:
        for argument in clause.arguments or ():
            self.expression(argument, scope)
        if not is_alone and clause.arguments is None:
            self.fail(f"beside other clauses a call needs its arguments: CALL {clause.name}(…)", clause.at)
        if clause.yields == "*":
            if not is_alone:
                self.fail("beside other clauses YIELD * must be written out: YIELD name, …", clause.at)
            return scope
        if is_alone and clause.where is not None:
            self.fail("a call alone has no WHERE: write CALL … YIELD … WITH * WHERE … RETURN *", clause.at)
        bound = dict(scope)
        for _, variable in clause.yields or ():
            self.bind(variable, None, bound)
        if clause.where is not None:
            self.condition(clause.where, bound)
        return bound

    def _subquery_call(self, clause: SubqueryCall, scope: Scope) -> Scope:
        if clause.imports is None:
            columns = self._importing(clause.query, scope)
        else:
            names = [Variable(name) for name in scope] if clause.imports == "*" else clause.imports
            inner: Scope = {}
            for variable in names:
                inner[variable.name] = self.variable(variable, scope)
            columns = self.query(clause.query, inner)
        bound = dict(scope)
        for name, kind in (columns or {}).items():
            self.bind(Variable(name, at=clause.at), kind, bound)
        return bound

    def _importing(self, query: Query, scope: Scope) -> Scope | None:
        """Check a subquery in which the WITH that begins a part imports variables."""
        queries = query.queries if isinstance(query, Union) else (query,)
        found = []
        for single in queries:
            first = single.clauses[0]
            if isinstance(first, With) and (first.projection.has_all or _names(first) & scope.keys()):
                self._check_importing(first)
                if len(single.clauses) == 1:
                    self._check_end(first)
                inner = self.projection(first.projection, None, scope, is_with=True)
                found.append(self._single(SingleQuery(single.clauses[1:], at=single.at), inner, False, False))
            else:
                found.append(self._single(single, {}, False, False))
        return self._union(query, found) if isinstance(query, Union) else found[0]

    def _check_importing(self, clause: With) -> None:
        projection = clause.projection
        is_plain = all(isinstance(item.expression, Variable) and item.alias is None for item in projection.items)
        extras = (projection.order, projection.skip, projection.limit, clause.where, projection.is_distinct or None)
        if not is_plain or any(extra for extra in extras):
            self.fail("the WITH that imports variables into a subquery can only name them", clause.at)

    def subquery(self, kind: str, query: Query, scope: Scope, at: int) -> str | None:
        """Check a subquery of an expression: it sees all that is bound around it."""
        columns = self.query(query, scope, in_expression=True)
        if kind != "COLLECT":
            return None
        if columns is None or len(columns) != 1:
            self.fail("COLLECT { … } ends with RETURN and one column", at)
        return next(iter(columns.values()))

    # --- clauses that write

    def _set_items(self, items: tuple[SetItem, ...], scope: Scope) -> None:
        for item in items:
            match item:
                case SetProperty():
                    self._target(item.target, scope)
                    self.expression(item.value, scope)
                case SetProperties():
                    self._check_changed(item.variable, self.variable(item.variable, scope))
                    self.expression(item.value, scope)
                case SetLabels():
                    if self.variable(item.variable, scope) not in (None, "Node"):
                        self.fail("only nodes have labels to change", item.at)
                    for label in item.labels:
                        self.labels(label, scope)

    def _target(self, target: Property | Index, scope: Scope) -> None:
        kind = self.expression(target.of, scope)
        self._check_changed(target.of, kind)
        if isinstance(target, Index):
            self.expression(target.index, scope)

    def _check_changed(self, what: Expression, kind: str | None) -> None:
        if kind not in _CHANGED:
            self.fail(f"only nodes and relationships have properties to change; this is of type {kind}", what.at)

    def _delete(self, clause: Delete, scope: Scope) -> None:
        for expression in clause.expressions:
            if isinstance(expression, HasLabels):
                self.fail("DELETE removes whole nodes; labels are taken away by REMOVE", expression.at)
            kind = self.expression(expression, scope)
            if base(kind) not in (*_CHANGED, "Path"):
                self.fail(f"DELETE takes nodes, relationships and paths; this is of type {kind}", expression.at)


def _returns(query: Query) -> bool:
    single = query.queries[0] if isinstance(query, Union) else query
    return isinstance(single.clauses[-1], Return)


def _names(clause: With) -> set[str]:
    return {item.expression.name for item in clause.projection.items if isinstance(item.expression, Variable)}
