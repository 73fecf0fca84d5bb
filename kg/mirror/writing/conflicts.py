"""Whether the values that a SET gives may depend on what it sets: then the rows go one by one, as on Neo4j."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from kg.cypher.syntax import (
    Binary,
    Clause,
    Expression,
    FunctionCall,
    Index,
    MapLiteral,
    MapProjection,
    Merge,
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

__all__ = ["OrderOfRows", "batches", "may_change_what_it_reads", "refuse_matching", "refuse_matching_between"]

_TAKE_ONE = "Take one value for each node, as in WITH n, min(m.name) AS name, or give an order by WITH … ORDER BY."
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


def _adds(group: Sequence[SetItem], key: str) -> bool:
    """Tell whether each item that sets a property adds to what it was, `n.x = n.x + …` or `coalesce(n.x, 0) + …`."""
    items = [item for item in group if not isinstance(item, SetProperty) or _sets(item, key)]
    return all(
        isinstance(item, SetProperty)
        and isinstance(item.value, Binary)
        and item.value.operator == "+"
        and not _reads(item.value.right, {key})
        and item.target in _summands(item.value.left)
        for item in items
    )


def _sets(item: SetProperty, key: str) -> bool:
    return not isinstance(item.target, Property) or item.target.key == key


def _summands(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, FunctionCall) and expression.name.lower() == "coalesce":
        return expression.arguments[:1]
    return (expression,)


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


def refuse_matching_between(clauses: Sequence[Clause], rows: int) -> None:
    """Refuse patterns in clauses of which others, or the same one, may have changed the graph in the row before.

    Raises:
        UnsupportedQueryError: there are such.
    """
    if rows < 2 or (len(clauses) == 1 and not isinstance(clauses[0], Merge)):
        return
    if any(map(matches, clauses)):
        raise refuse(
            "patterns in expressions of several clauses that write, or of MERGE, for more than one row",
            "Compute the value in a WITH before them.",
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
    thing differently in two rows then leave what the last row says, and no row is the last one by right. Nor is it
    where one step does, unless the statement gives the rows an order.
    """

    def __init__(self, has_order: bool = True) -> None:
        self.has_order = has_order
        self._set: dict[int, dict[str, tuple[object, int, str, bool]]] = {}
        self._replaced: dict[int, tuple[object, int, Collection[str]]] = {}

    def note(self, element: object, name: str, value: Any, step: Sequence[SetItem], row: int) -> None:
        """Note that a step sets a property, or `:` and a label.

        Raises:
            UnsupportedQueryError: another step has set it otherwise in another row; or this one has, in rows without
                an order, and does not only add to what is there.
        """
        text = f"{type(value).__name__} {value!r}"
        reads = any(_reads(expression, {name}) for expression in _expressions(step))
        names = self._set.setdefault(id(element), {})
        before = names.get(name)
        names[name] = (step[0], row, text, reads)
        replaced = self._replaced.get(id(element))
        if replaced is not None and replaced[0] is not step[0] and replaced[1] != row and name not in replaced[2]:
            self._check_kept(name)
        if before is None or before[1] == row or before[2] == text:
            return
        if before[0] is step[0]:
            if not self.has_order and not (_adds(step, name) and isinstance(value, int | list)):
                raise refuse(
                    f"setting `{name}` of one node to different things in rows that come in no order",
                    _TAKE_ONE,
                )
            return
        if reads or before[3]:
            return
        raise refuse(
            f"setting `{name}` of one node to different things by different clauses in different rows",
            "The order of the rows would decide which stays: do it in two statements.",
        )

    def check_first(self, items: Sequence[SetItem], own: Collection[str]) -> None:
        """Check that it does not matter in which row MERGE has made something that it finds in another.

        Args:
            items: what it sets where it makes it. own: the variables of its pattern.

        Raises:
            UnsupportedQueryError: the items depend on the row.
        """
        if not self.has_order and spoken_of(*_expressions(items)) - set(own):
            raise refuse("ON CREATE SET that depends on which of some rows comes first", _TAKE_ONE)

    def note_all(self, element: object, names: Collection[str], step: Sequence[SetItem], row: int) -> None:
        """Note that a step takes all properties but some away.

        Raises:
            UnsupportedQueryError: another step has set one of them in another row, so that it is taken away or not.
        """
        self._replaced[id(element)] = (step[0], row, names)
        for name, (by, at, *_) in self._set.get(id(element), {}).items():
            if by is not step[0] and at != row and name not in names:
                self._check_kept(name)

    @staticmethod
    def _check_kept(name: str) -> None:
        if name[:1] != ":":
            raise refuse(
                f"setting all properties of one node, and `{name}` of it by another clause, in different rows",
                "The order of the rows would decide what is set how often: do it in two statements.",
            )
