"""What an entry of the table of functions is, and how arguments are checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kg.mirror.dialect.text import Naming, Piece
from kg.mirror.dialect.types import NULL, ListOf, Type, describe, may_be_null, refuse, without_null

__all__ = ["Arguments", "Function", "Writer", "need", "nullable"]

Arguments = tuple[Piece, ...]
Writer = Callable[[Naming, Arguments], Piece]


@dataclass(frozen=True, slots=True)
class Function:
    """How a function is answered: `note` is what a table of the dialect says of it."""

    least: int
    most: int
    write: Writer
    note: str = "yes"


def need(function: str, argument: Piece, allowed: Type, *, lists: bool = False, null: bool = True) -> None:
    """Refuse an argument that may be anything but these kinds."""
    rest = {kind for kind in without_null(argument.type) - allowed if not (lists and isinstance(kind, ListOf))}
    if rest:
        raise refuse(f"{function}() of {describe(frozenset(rest))}", "Neo4j answers this with an error, or otherwise.")
    if not null and may_be_null(argument.type):
        raise refuse(f"{function}() where an argument may be null", "Use coalesce() to give a value for null.")


def nullable(result: Type, *arguments: Piece) -> Type:
    """Return the type of a result that is null where an argument is."""
    return result | NULL if any(may_be_null(argument.type) for argument in arguments) else result
