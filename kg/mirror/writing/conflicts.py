"""Whether the values that a SET gives may depend on what it sets: then the rows go one by one, as on Neo4j."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kg.cypher.syntax import (
    FunctionCall,
    Index,
    MapLiteral,
    MapProjection,
    Property,
    SetItem,
    SetProperties,
    SetProperty,
    Syntax,
    Variable,
)
from kg.mirror.writing.elements import refuse
from kg.mirror.writing.expressions import Row, TouchedPath
from kg.mirror.writing.overlay import TouchedNode, TouchedRelationship
from kg.mirror.writing.scopes import matches, parts, spoken_of

__all__ = ["OrderOfRows", "batches", "may_change_what_it_reads", "refuse_matching"]

_READS_ALL = frozenset({"properties", "keys"})


def may_change_what_it_reads(group: Sequence[SetItem]) -> bool:
    """Tell whether an expression of some items may read a property that they set, of whatever element."""
    written = _written(group)
    return any(_reads(expression, written) for expression in _expressions(group))


def _expressions(group: Sequence[SetItem]) -> list[Syntax]:
    found: list[Syntax] = []
    for item in group:
        if isinstance(item, SetProperty | SetProperties):
            found.append(item.value)
        if isinstance(item, SetProperty):
            found.append(item.target.of)
            if isinstance(item.target, Index):
                found.append(item.target.index)
    return found


def _written(group: Sequence[SetItem]) -> set[str] | None:
    """Return the keys that are set; None where they are not known before."""
    keys: set[str] = set()
    for item in group:
        if isinstance(item, SetProperty) and isinstance(item.target, Property):
            keys.add(item.target.key)
        elif isinstance(item, SetProperties) and item.is_additive and isinstance(item.value, MapLiteral):
            keys |= {key for key, _ in item.value.entries}
        else:
            return None
    return keys


def _reads(expression: Syntax, written: set[str] | None) -> bool:
    for part in parts(expression):
        if isinstance(part, Property) and (written is None or part.key in written):
            return True
        if isinstance(part, Index | MapProjection):
            return True
        if isinstance(part, FunctionCall) and part.name.lower() in _READS_ALL:
            return True
    return written is None and isinstance(expression, Variable)


def batches(group: Sequence[SetItem], rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield the rows in parts, in each of which no row can read what another has set."""
    if not may_change_what_it_reads(group):
        yield rows
        return
    names = spoken_of(*group)
    start, seen = 0, set[int]()
    for number, row in enumerate(rows):
        held = {at for name in names if name in row for at in _elements(row[name])}
        if held & seen:
            yield rows[start:number]
            start, seen = number, set()
        seen |= held
    yield rows[start:]


def _elements(value: Any) -> Iterator[int]:
    """Yield what tells apart the elements that a value has or leads to."""
    if isinstance(value, TouchedNode):
        yield id(value)
    elif isinstance(value, TouchedRelationship):
        yield from (id(value), id(value.start), id(value.end))
    elif isinstance(value, TouchedPath):
        yield from (at for each in (*value.nodes, *value.relationships) for at in _elements(each))
    elif isinstance(value, list | dict):
        yield from (at for item in (value if isinstance(value, list) else value.values()) for at in _elements(item))


def refuse_matching(group: Sequence[SetItem], rows: int) -> None:
    """Refuse values that are looked for by patterns which may depend on what is set.

    Raises:
        UnsupportedQueryError: for these.
    """
    if rows < 2:
        return
    written = _written(group)
    for expression in _expressions(group):
        if matches(expression) and (written is None or _reads_in_pattern(expression, written)):
            raise refuse(
                "a SET whose values are found by patterns that may depend on what it sets",
                "Compute the value in a WITH before SET.",
            )


def _reads_in_pattern(expression: Syntax, written: set[str]) -> bool:
    for part in parts(expression):
        if isinstance(part, Property) and part.key in written:
            return True
        if isinstance(part, MapLiteral) and any(key in written for key, _ in part.entries):
            return True
        if isinstance(part, Index | MapProjection) or (
            isinstance(part, FunctionCall) and part.name.lower() in _READS_ALL
        ):
            return True
    return False


class OrderOfRows:
    """What the steps of a run of writing clauses have set, to tell where the order of the rows would decide.

    Neo4j takes each row through all steps where none of them reads what another writes. Two steps that set the same
    thing differently in two rows then leave what the last row says, and no row is the last one by right.
    """

    def __init__(self) -> None:
        self._set: dict[tuple[int, str], tuple[object, int, str, bool]] = {}

    def note(self, element: object, name: str, value: Any, step: Sequence[SetItem], row: int) -> None:
        """Note that a step sets a property, or `:` and a label.

        Raises:
            UnsupportedQueryError: another step has set it otherwise in another row.
        """
        at, text = (id(element), name), f"{type(value).__name__} {value!r}"
        reads = any(_reads(expression, {name}) for expression in _expressions(step))
        before = self._set.get(at)
        self._set[at] = (step[0], row, text, reads)
        if before is None or before[0] is step[0] or before[1] == row or before[2] == text or reads or before[3]:
            return
        raise refuse(
            f"setting `{name}` of one node to different things by different clauses in different rows",
            "The order of the rows would decide which stays: do it in two statements.",
        )
