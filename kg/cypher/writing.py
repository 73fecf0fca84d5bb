"""Writing a syntax tree as text in one canonical form, on one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kg.cypher.expression_writing import ExpressionWriter
from kg.cypher.syntax import (
    Clause,
    Command,
    Create,
    Delete,
    Expression,
    Finish,
    Foreach,
    LoadCsv,
    Match,
    Merge,
    ProcedureCall,
    Projection,
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
    Unwind,
    Use,
    With,
)
from kg.cypher.value_writing import key, name

__all__ = ["write", "write_expression"]


def write(tree: Statement | Query) -> str:
    """Return the text of a statement or query; `kg.cypher.parsing.parse` makes an equal tree of it.

    What the tree leaves out is not in the text: hints, and the options of LOAD CSV and IN TRANSACTIONS. A column
    without an alias is called by the new text of its expression.

    Raises:
        ValueError: a name or string that no text can hold: with NUL or with half of a surrogate pair.
    """
    writer = _Writer()
    if not isinstance(tree, Statement):
        return writer.query(tree)
    body = tree.body.text if isinstance(tree.body, Command) else writer.query(tree.body)
    return body if tree.mode is None else f"{tree.mode} {body}"


def write_expression(expression: Expression) -> str:
    """Return the text of an expression; raises what `write` raises."""
    return _Writer().expression(expression)


class _Writer(ExpressionWriter):
    """Writes queries."""

    def query(self, query: Query) -> str:
        """Return the text of a query."""
        if isinstance(query, SingleQuery):
            return self._clauses(query.clauses)
        between = " UNION ALL " if query.is_all else " UNION "
        return between.join(self._clauses(single.clauses) for single in query.queries)

    def _clauses(self, clauses: tuple[Clause, ...]) -> str:
        return " ".join(_WRITERS[type(clause)](self, clause) for clause in clauses)

    # --- clauses that read

    def _match(self, clause: Match) -> str:
        mode = "" if clause.mode is None else f" {clause.mode}"
        optional = "OPTIONAL " if clause.is_optional else ""
        return f"{optional}MATCH{mode} {self.patterns(clause.patterns)}{self.where(clause.where)}"

    def _unwind(self, clause: Unwind) -> str:
        return f"UNWIND {self.expression(clause.source)} AS {name(clause.variable.name)}"

    def _with(self, clause: With) -> str:
        return f"WITH {self._projection(clause.projection)}{self.where(clause.where)}"

    def _return(self, clause: Return) -> str:
        return f"RETURN {self._projection(clause.projection)}"

    def _projection(self, projection: Projection) -> str:
        items = ["*"] if projection.has_all else []
        for item in projection.items:
            alias = "" if item.alias is None else f" AS {name(item.alias)}"
            items.append(self.expression(item.expression) + alias)
        text = ("DISTINCT " if projection.is_distinct else "") + ", ".join(items)
        if projection.order:
            keys = (f"{self.expression(key.expression)}{' DESC' * key.is_descending}" for key in projection.order)
            text += f" ORDER BY {', '.join(keys)}"
        if projection.skip is not None:
            text += f" SKIP {self.expression(projection.skip)}"
        return text if projection.limit is None else f"{text} LIMIT {self.expression(projection.limit)}"

    def _finish(self, _: Finish) -> str:
        return "FINISH"

    def _use(self, clause: Use) -> str:
        return f"USE {clause.graph}"

    def _load_csv(self, clause: LoadCsv) -> str:
        headers = " WITH HEADERS" if clause.has_headers else ""
        return f"LOAD CSV{headers} FROM {self.expression(clause.source)} AS {name(clause.variable.name)}"

    def _procedure_call(self, clause: ProcedureCall) -> str:
        text = f"{'OPTIONAL ' * clause.is_optional}CALL {'.'.join(key(part) for part in clause.name.split('.'))}"
        if clause.arguments is not None:
            text += f"({self._items(clause.arguments)})"
        if clause.yields is not None:
            fields = clause.yields
            text += " YIELD "
            if isinstance(fields, str):
                text += fields
            elif not fields:
                text += "-"
            else:
                text += ", ".join(
                    name(field) + ("" if variable.name == field else f" AS {name(variable.name)}")
                    for field, variable in fields
                )
        return text + self.where(clause.where)

    def _subquery_call(self, clause: SubqueryCall) -> str:
        imports = ""
        if clause.imports is not None:
            names = (
                clause.imports if isinstance(clause.imports, str) else ", ".join(name(v.name) for v in clause.imports)
            )
            imports = f"({names}) "
        optional, transactions = "OPTIONAL " * clause.is_optional, " IN TRANSACTIONS" * clause.in_transactions
        return f"{optional}CALL {imports}{{ {self.query(clause.query)} }}{transactions}"

    # --- clauses that write

    def _create(self, clause: Create) -> str:
        return f"CREATE {self.patterns(clause.patterns)}"

    def _merge(self, clause: Merge) -> str:
        text = f"MERGE {self.pattern_part(clause.pattern)}"
        if clause.on_create:
            text += f" ON CREATE SET {self._set_items(clause.on_create)}"
        return f"{text} ON MATCH SET {self._set_items(clause.on_match)}" if clause.on_match else text

    def _set(self, clause: Set) -> str:
        return f"SET {self._set_items(clause.items)}"

    def _set_items(self, items: tuple[SetItem, ...]) -> str:
        return ", ".join(self._set_item(item) for item in items)

    def _set_item(self, item: SetItem) -> str:
        match item:
            case SetProperty():
                return f"{self.expression(item.target)} = {self.expression(item.value)}"
            case SetProperties():
                operator = "+=" if item.is_additive else "="
                return f"{name(item.variable.name)} {operator} {self.expression(item.value)}"
            case SetLabels():
                return self._labels_of(item)

    def _labels_of(self, item: SetLabels) -> str:
        return name(item.variable.name) + "".join(f":{self.plain_label(label)}" for label in item.labels)

    def _remove(self, clause: Remove) -> str:
        items = (
            self._labels_of(item) if isinstance(item, SetLabels) else self.expression(item) for item in clause.items
        )
        return f"REMOVE {', '.join(items)}"

    def _delete(self, clause: Delete) -> str:
        return f"{'DETACH ' * clause.is_detaching}DELETE {self._items(clause.expressions)}"

    def _foreach(self, clause: Foreach) -> str:
        return f"FOREACH ({self._each(clause.variable, clause.source)} | {self._clauses(clause.clauses)})"


_WRITERS: dict[type[Any], Callable[[_Writer, Any], str]] = {
    Match: _Writer._match,
    Unwind: _Writer._unwind,
    With: _Writer._with,
    Return: _Writer._return,
    Finish: _Writer._finish,
    ProcedureCall: _Writer._procedure_call,
    SubqueryCall: _Writer._subquery_call,
    LoadCsv: _Writer._load_csv,
    Create: _Writer._create,
    Merge: _Writer._merge,
    Set: _Writer._set,
    Remove: _Writer._remove,
    Delete: _Writer._delete,
    Foreach: _Writer._foreach,
    Use: _Writer._use,
}
