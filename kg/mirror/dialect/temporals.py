"""Dates, times and durations that a statement spells out: worked out here, handed to kglite in the one form it has.

What is worked out is the constant of its piece, so that more can be made of it; what cannot be is refused.
"""

from __future__ import annotations

from kg.mirror.dialect.durations import NANOSECONDS, Duration
from kg.mirror.dialect.moments import DATED, DAY, TIMED, ZONED, Moment
from kg.mirror.dialect.text import RAISE, Naming, Piece, literal
from kg.mirror.dialect.types import refuse
from kg.mirror.holding import MAKERS, RECORDED
from kg.records import Temporal

__all__ = ["Made", "between", "combined", "compared", "component", "made_of", "of_temporal", "piece_of", "text_of"]

Made = Moment | Duration

_KINDS = {recorded: kind for kind, recorded in RECORDED.items()}


def of_temporal(value: Temporal) -> Made:
    """Return what a value of records is.

    Raises:
        UnsupportedQueryError: it is beyond what is worked out here.
    """
    try:
        if value.kind == "Duration":
            return Duration.of_text(value.text)
        return Moment.of_text(_KINDS[value.kind], value.text)
    except ValueError as error:
        raise refuse(f"the {value.kind} {value.text}", f"It is {error}.") from None


def made_of(piece: Piece) -> Made | None:
    """Return the date, time or duration that a piece is known to be."""
    value = piece.constant[0] if piece.constant else None
    return of_temporal(value) if isinstance(value, Temporal) else None


def piece_of(naming: Naming, made: Made) -> Piece:
    """Return a constant for kglite; one that kglite cannot hold fails when it is computed with."""
    if isinstance(made, Duration):
        seconds, rest = divmod(abs(made.nanoseconds), NANOSECONDS)
        sign = -1 if made.nanoseconds < 0 else 1
        text = (
            f"duration({{months: {made.months}, days: {made.days}, "
            f"seconds: {sign * seconds}, nanoseconds: {sign * rest}}})"
        )
        return Piece(text, frozenset({"duration"}), True, (Temporal("Duration", str(made)),))
    if made.kind in TIMED and made.clock % 1000:
        naming.has_nanoseconds = True
    text = RAISE if made.zone else f"{MAKERS[made.kind]}('{made}')"
    value = Temporal(RECORDED[made.kind], str(made))
    return Piece(text, frozenset({made.kind}), True, (value,))


def text_of(naming: Naming, piece: Piece) -> Piece | None:
    """Return the text of a constant."""
    made = made_of(piece)
    return None if made is None else literal(str(made), naming)


def component(naming: Naming, piece: Piece, key: str) -> Piece | None:
    """Return a part of a constant, None if it is no such constant."""
    made = made_of(piece)
    if made is None:
        return None
    try:
        return literal(made.component(key), naming)
    except KeyError:
        raise refuse(f".{key} of {next(iter(piece.type))}", "It has no such part.") from None


def compared(naming: Naming, operator: str, left: Piece, right: Piece) -> Piece | None:
    """Return whether two constants are equal, or which comes first."""
    one, other = made_of(left), made_of(right)
    if one is None or other is None:
        return None
    kinds = {"duration" if isinstance(each, Duration) else each.kind for each in (one, other)}
    if operator in ("=", "<>"):
        equal = len(kinds) == 1 and str(one) == str(other)
        return literal(equal == (operator == "="), naming)
    if len(kinds) > 1 or isinstance(one, Duration) or isinstance(other, Duration):
        return literal(None, naming)
    if one.instant == other.instant and str(one) != str(other):
        raise refuse(f"{operator} of one moment in two zones", "Compare epochMillis of them.")
    if one.instant == other.instant:
        return literal("=" in operator, naming)
    return literal((one.instant < other.instant) == (operator[0] == "<"), naming)


def combined(naming: Naming, operator: str, left: Piece, right: Piece) -> Piece | None:
    """Return the sum, difference or product of constants of which one is a duration, None for anything else."""
    one, other = made_of(left), made_of(right)
    try:
        if isinstance(other, Duration) and one is not None and operator in ("+", "-"):
            more = other if operator == "+" else -other
            if isinstance(one, Moment) and isinstance(right.constant, tuple):
                return piece_of(naming, _moved(one, more))
            if isinstance(one, Duration):
                return piece_of(naming, one + more)
        if isinstance(one, Duration) and isinstance(other, Moment) and operator == "+":
            return piece_of(naming, _moved(other, one))
        factor = _whole(right) if isinstance(one, Duration) else _whole(left)
        duration = one if isinstance(one, Duration) else other
        if operator == "*" and isinstance(duration, Duration) and factor is not None:
            return piece_of(
                naming,
                Duration(duration.months * factor, duration.days * factor, duration.nanoseconds * factor),
            )
    except ValueError as error:
        raise refuse(f"{operator} of a constant of dates and times", f"It gives {error}.") from None
    return None


def _moved(moment: Moment, by: Duration) -> Moment:
    if moment.kind == "date" and by.nanoseconds < 0 and by.nanoseconds % NANOSECONDS:
        raise ValueError("another day by a fraction of a second")
    return moment.plus(by)


def _whole(piece: Piece) -> int | None:
    value = piece.constant[0] if piece.constant else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def between(start: Moment, end: Moment, unit: str) -> Duration:
    """Return how long it is from one moment to another.

    Args:
        unit: `months`, `days`, `seconds`, or nothing for all three.

    Raises:
        ValueError: it is not worked out here.
    """
    if start.zone or end.zone:
        raise ValueError("a zone with a name")
    dated = start.kind in DATED and end.kind in DATED
    first, last = start.clock, end.clock
    day, end_day = (start.day, end.day) if dated else (0, 0)
    if start.kind in ZONED and end.kind in ZONED and start.offset != end.offset:
        if not dated and (start.kind != end.kind):
            raise ValueError("a time and a moment in zones of their own")
        last += (start.offset - end.offset) * NANOSECONDS
        if dated:
            more, last = divmod(last, DAY)
            end_day += more
    if not dated and unit in ("months", "days"):
        if start.kind not in DATED and end.kind not in DATED:
            raise ValueError("a number of days between times of the day")
        return Duration()
    total = (end_day - day) * DAY + last - first
    if unit == "seconds" or not dated:
        return Duration(nanoseconds=total)
    if unit == "days":
        return Duration(days=_towards_zero(total, DAY))
    whole = Moment("local datetime", day, first)
    months = _months(whole, Moment("local datetime", end_day, last))
    if unit == "months":
        return Duration(months)
    moved = whole.plus(Duration(months))
    rest = (end_day - moved.day) * DAY + last - moved.clock
    days = _towards_zero(rest, DAY)
    return Duration(months, days, rest - days * DAY)


def _months(start: Moment, end: Moment) -> int:
    day = end.day
    if day > start.day and end.clock < start.clock:
        day -= 1
    elif day < start.day and end.clock > start.clock:
        day += 1
    one, other = start.date, Moment("date", day).date
    packed = [(each.year * 12 + each.month - 1) * 32 + each.day for each in (one, other)]
    return _towards_zero(packed[1] - packed[0], 32)


def _towards_zero(number: int, by: int) -> int:
    return number // by if number >= 0 else -(-number // by)
