"""A statement that writes, run round by round: what it reads by the engine, what it writes on the overlay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.cypher.syntax import (
    WRITING,
    Clause,
    Expression,
    Finish,
    Item,
    Literal,
    MapLiteral,
    MapProjection,
    ProjectedKey,
    Projection,
    Return,
    SingleQuery,
    Statement,
    SubqueryCall,
    Variable,
)
from kg.mirror.writing.elements import Elements, refuse
from kg.mirror.writing.expressions import Expressions, Row, TouchedPath, depends_on_graph
from kg.mirror.writing.graph import ChangingGraph
from kg.mirror.writing.overlay import IDENTITY, Overlay, TouchedNode, TouchedRelationship
from kg.mirror.writing.rows import NUMBER, ROWS, found_rows, given_rows
from kg.mirror.writing.running import Writing
from kg.mirror.writing.scopes import (
    aggregates,
    asks_for_identity,
    bound_after,
    has_all,
    have_order,
    holds_writing,
    parts,
    spoken_of,
)
from kg.records import Node, Path, Records, Relationship, Summary, Value

__all__ = ["refuse_identities", "run_writing"]

_VALUE = "_value"
_ONE = "_one"


def run_writing(
    statement: Statement, parameters: Mapping[str, Value], overlay: Overlay, graph: ChangingGraph
) -> Records:
    """Run a statement: its changes are in the overlay, its records are read to the end.

    Raises:
        UnsupportedQueryError: it cannot be done exactly. QueryError: it failed. After both the overlay is of no use.
    """
    if statement.mode is not None:
        raise refuse(f"{statement.mode} of a statement that writes", "It runs as it stands; leave the word out.")
    if not isinstance(statement.body, SingleQuery):
        raise refuse("UNION of statements that write", "Run them one after the other.")
    _refuse_doubled_keys(statement.body)
    running = _Running(parameters, overlay, graph)
    fields, rows = running.run(statement.body.clauses)
    overlay.check_deleted()
    return Records(fields, iter(rows), Summary("rw" if fields else "w", running.elements.counters))


def _refuse_doubled_keys(query: SingleQuery) -> None:
    """Refuse `{a: 1, a: 2}` and `n {.a, .a}`: Neo4j works out the last alone, or takes `a` away."""
    for part in parts(query):
        keys: list[str] = []
        if isinstance(part, MapLiteral):
            keys = [key for key, _ in part.entries]
        elif isinstance(part, MapProjection):
            keys = [item.key for item in part.items if isinstance(item, ProjectedKey)]
        if len(set(keys)) < len(keys):
            raise refuse("a map with the same key twice, in a statement that writes", "Write each key once.")


@dataclass(frozen=True, slots=True)
class _Round:
    """Clauses that read, and the clauses that write after them; one of the two may be empty."""

    reading: tuple[Clause, ...]
    writing: tuple[Clause, ...]


def _rounds(clauses: Sequence[Clause]) -> Iterator[_Round]:
    reading: list[Clause] = []
    writing: list[Clause] = []
    for clause in clauses:
        if isinstance(clause, SubqueryCall) and holds_writing(clause.query):
            raise refuse("a subquery that writes", "Write its clauses in the statement itself.")
        if isinstance(clause, WRITING):
            writing.append(clause)
            continue
        if writing:
            yield _Round(tuple(reading), tuple(writing))
            reading, writing = [], []
        reading.append(clause)
    if reading or writing:
        yield _Round(tuple(reading), tuple(writing))


class _Running:
    def __init__(self, parameters: Mapping[str, Value], overlay: Overlay, graph: ChangingGraph) -> None:
        self._parameters, self._overlay, self._graph = parameters, overlay, graph
        self.elements = Elements(overlay, graph.left)
        self._expressions = Expressions(self.elements, parameters, self._ask)
        self._writing = Writing(self.elements, self._expressions)

    def run(self, clauses: Sequence[Clause]) -> tuple[tuple[str, ...], list[tuple[Value, ...]]]:
        """Run clauses, and return the fields and rows of their RETURN."""
        rounds = list(_rounds(clauses))
        rows: list[Row] = [{}]
        scope: list[str] = []
        has_order = True
        for number, each in enumerate(rounds):
            later = [clause for after in rounds[number + 1 :] for clause in (*after.reading, *after.writing)]
            is_last = not each.writing
            if is_last:
                return self._finished(each.reading, rows, scope)
            if each.reading:
                wanted = (*each.writing, *later)
                has_order = have_order(each.reading, scope, has_order)
                rows, scope = self._read(each.reading, rows, scope, wanted)
            rows = list(self._writing.run_all(each.writing, rows, has_order))
            scope = bound_after(each.writing, scope)
        return (), []

    # --- reading

    def _read(
        self, reading: tuple[Clause, ...], rows: Sequence[Row], scope: list[str], later: Sequence[Clause]
    ) -> tuple[list[Row], list[str]]:
        """Return the rows after some clauses, with the variables that later ones speak of."""
        bound = bound_after(reading, scope)
        names = [name for name in bound if has_all(later) or name in spoken_of(*later)]
        items = [Item(Variable(name), name, name) for name in names] or [Item(Literal(1), _ONE, _ONE)]
        records = self._answer(reading, rows, scope, (*reading, *later), Return(Projection(tuple(items))))
        answer = [row if names else () for row in records.rows]
        return found_rows(names, answer, self._overlay, self._graph.keys), names

    def _answer(
        self,
        reading: Sequence[Clause],
        rows: Sequence[Row],
        scope: list[str],
        spoken: Sequence[Clause],
        last: Clause | None,
    ) -> Records:
        refuse_identities(self._overlay, tuple(reading))
        clauses: list[Clause] = [*reading, *(() if last is None else (last,))]
        parameters = dict(self._parameters)
        if scope or len(rows) != 1:
            carried = [name for name in scope if has_all(spoken) or name in spoken_of(*spoken)]
            before, parameters[ROWS] = given_rows(carried, rows)
            clauses = [*before, *clauses]
        return self._graph.read(Statement(SingleQuery(tuple(clauses))), parameters)

    def _ask(self, expression: Expression, rows: Sequence[Row]) -> list[Any]:
        """Evaluate an expression for each row on the graph as it is now."""
        refuse_identities(self._overlay, expression)
        names = [name for name in rows[0] if name in spoken_of(expression)]
        before, given = given_rows(names, rows, has_number=True)
        items = (Item(Variable(NUMBER), NUMBER, NUMBER), Item(expression, _VALUE, _VALUE))
        statement = Statement(SingleQuery((*before, Return(Projection(items)))))
        answer = self._graph.read(statement, {**self._parameters, ROWS: given}, depends_on_graph(expression, rows))
        found = found_rows((NUMBER, _VALUE), answer.rows, self._overlay, self._graph.keys)
        values = {row[NUMBER]: row[_VALUE] for row in found}
        return [values[number] for number in range(len(rows))]

    # --- RETURN

    def _finished(
        self, reading: tuple[Clause, ...], rows: list[Row], scope: list[str]
    ) -> tuple[tuple[str, ...], list[tuple[Value, ...]]]:
        last = reading[-1]
        if len(reading) == 1 and isinstance(last, Finish):
            return (), []
        if len(reading) == 1 and isinstance(last, Return) and self._is_plain(last.projection, rows):
            items = last.projection.items
            columns = [self._expressions.values(item.expression, rows) for item in items]
            table = [tuple(self._record(column[number]) for column in columns) for number in range(len(rows))]
            return tuple(item.name for item in items), table
        records = self._answer(reading, rows, scope, reading, None)
        return records.fields, list(records.rows)

    def _is_plain(self, projection: Projection, rows: list[Row]) -> bool:
        """Tell whether a RETURN only names what the rows hold."""
        if projection.has_all or projection.is_distinct or projection.order or projection.skip or projection.limit:
            return False
        for item in projection.items:
            if aggregates(item.expression):
                return False
            if not all(self._expressions.is_plain(item.expression, row) for row in rows):
                return False
        return not any(_has_deleted(row[name]) for row in rows for name in row if name in spoken_of(projection))

    def _record(self, value: Any) -> Value:
        if isinstance(value, TouchedNode):
            return Node(value.key, tuple(self.elements.labels(value)), self.elements.properties(value))
        if isinstance(value, TouchedRelationship):
            graphs = {} if value.graphs is None else {"_g": list[Value](value.graphs)}
            name = f"{value.start.key} {value.type} {value.end.key}"
            return Relationship(name, value.start.key, value.end.key, value.type, graphs)
        if isinstance(value, TouchedPath):
            nodes, relationships = map(self._record, value.nodes), map(self._record, value.relationships)
            return Path(tuple(nodes), tuple(relationships))  # type: ignore[arg-type]
        if isinstance(value, list):
            return [self._record(item) for item in value]
        if isinstance(value, dict):
            return {key: self._record(item) for key, item in value.items()}
        plain: Value = value
        return plain


def refuse_identities(overlay: Overlay, of: object) -> None:
    """Refuse to look at what the engine's nodes have, and a node that was just made without an `iri` has not.

    Raises:
        UnsupportedQueryError: a clause or an expression does, and there is such a node.
    """
    if overlay.has_anonymous() and asks_for_identity(of):
        raise refuse(
            f"asking for the label `{IDENTITY}`, an `iri`, or all labels or properties in a transaction that has made "
            "a node without an `iri`",
            "Ask before the node is made, or make it with an `iri`.",
        )


def _has_deleted(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_has_deleted, value.values() if isinstance(value, dict) else value))
    if isinstance(value, TouchedPath):
        return any(map(_has_deleted, (*value.nodes, *value.relationships)))
    return isinstance(value, TouchedNode | TouchedRelationship) and value.is_deleted
