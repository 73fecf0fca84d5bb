"""A statement made ready for kglite: its text, and how to read the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kg.cypher.syntax import Command, Statement
from kg.errors import ParameterError, UnsupportedQueryError
from kg.mirror.dialect.clauses import write_query
from kg.mirror.dialect.expressions import Translator
from kg.mirror.dialect.projections import Column
from kg.mirror.dialect.text import Naming
from kg.mirror.dialect.types import KindsOfProperty, refuse

if TYPE_CHECKING:
    from kg.records import Value

__all__ = ["Column", "Prepared", "prepare"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement for kglite: its text and parameters, and how to read each column of the answer."""

    text: str
    columns: tuple[Column, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the columns as users see them."""
        return tuple(column.name for column in self.columns)


def prepare(
    statement: Statement,
    parameters: Mapping[str, Value],
    kinds: KindsOfProperty,
    relationships: int,
    has_nanoseconds: bool = False,
) -> Prepared:
    """Return a checked statement as kglite must have it.

    Args:
        kinds: what each property of nodes may hold.
        relationships: at least how many relationships the graph has, the bound of paths that have none.
        has_nanoseconds: whether a time is finer than Python holds, `Snapshot.has_nanoseconds`.

    Raises:
        UnsupportedQueryError: names what the embedded engine does not answer as Neo4j does.
        ParameterError: a parameter is missing.
    """
    body = statement.body
    if isinstance(body, Command):
        raise refuse(f"a {body.kind} command", "Only queries are answered.")
    if "__kg" in repr(body):
        raise UnsupportedQueryError("Cypher", "__kg in a name or string", "Rewriting uses such names: write another.")
    naming = Naming(kinds, parameters, relationships, has_nanoseconds)
    try:
        written = write_query(Translator(naming), body, {}, is_final=True)
    except KeyError as error:
        if error.args and error.args[0] not in parameters:
            raise ParameterError(str(error.args[0]), "is used by the statement, but was not given") from error
        raise
    return Prepared(written.text, written.columns, naming.given)
