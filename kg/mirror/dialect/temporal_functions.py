"""The functions that make dates, times and durations, of constants."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kg.mirror.dialect.durations import NANOSECONDS, Duration
from kg.mirror.dialect.function import Arguments, Function
from kg.mirror.dialect.moments import DATED, DAY, TIMED, ZONED, Moment, month_and_day
from kg.mirror.dialect.temporals import Made, between, of_temporal, piece_of
from kg.mirror.dialect.text import Naming, Piece, literal
from kg.mirror.dialect.types import refuse
from kg.records import Temporal

if TYPE_CHECKING:
    from kg.records import Value

__all__ = ["TEMPORAL_FUNCTIONS"]

_CONSTANTS = "As in date('2024-05-17') or date({year: 2024, month: 5, day: 17})."
_FORMS = (
    ("year", "month", "day"),
    ("year", "week", "dayOfWeek"),
    ("year", "quarter", "dayOfQuarter"),
    ("year", "ordinalDay"),
)
_CLOCK = ("hour", "minute", "second")
_FRACTIONS = ("millisecond", "microsecond", "nanosecond")
_BASES = ("date", "time", "datetime")
_UNITS = {
    "weeks": (0, 7, 0),
    "days": (0, 1, 0),
    "years": (12, 0, 0),
    "months": (1, 0, 0),
    "hours": (0, 0, 3600 * NANOSECONDS),
    "minutes": (0, 0, 60 * NANOSECONDS),
    "seconds": (0, 0, NANOSECONDS),
    "milliseconds": (0, 0, 1_000_000),
    "microseconds": (0, 0, 1000),
    "nanoseconds": (0, 0, 1),
}


def _function(function: str, least: int, most: int, make: Callable[[list[Value]], Made | None]) -> Function:
    def write(naming: Naming, arguments: Arguments) -> Piece:
        values = [argument.constant[0] for argument in arguments if argument.constant is not None]
        if len(values) < max(len(arguments), 1):
            raise refuse(f"{function}() of anything but a constant", _CONSTANTS)
        try:
            made = make(values)
        except ValueError as error:
            raise refuse(f"{function}({', '.join(map(_shown, values))})", f"It is {error}.") from None
        return literal(None, naming) if made is None else piece_of(naming, made)

    return Function(least, most, write, "constants only")


def _shown(value: Value) -> str:
    return value.text if isinstance(value, Temporal) else repr(value)


# --- moments


def _moment(kind: str) -> Callable[[list[Value]], Made | None]:
    def make(values: list[Value]) -> Made | None:
        (value,) = values
        if value is None:
            return None
        if isinstance(value, str):
            return Moment.of_text(kind, value)
        if isinstance(value, Temporal):
            return _of_parts(kind, _selected(kind, value))
        if isinstance(value, dict):
            return _of_parts(kind, value)
        raise ValueError("neither a text nor a map")

    return make


def _selected(kind: str, value: Temporal) -> dict[str, Value]:
    made = of_temporal(value)
    if isinstance(made, Duration) or not (made.kind in DATED or kind not in DATED):
        raise ValueError("a value that has no day")
    if kind == "date":
        return {"date": value}
    if kind in ("local time", "zoned time"):
        if made.kind not in TIMED:
            raise ValueError("a value that has no time")
        return {"time": value}
    if made.kind == "date":
        raise ValueError("a value that has no time")
    return {"datetime": value}


def _of_parts(kind: str, given: Mapping[str, Value]) -> Moment:
    fields = dict(given)
    bases = {key: _base(key, fields.pop(key)) for key in _BASES if key in fields}
    if "datetime" in bases and len(bases) > 1:
        raise ValueError("made of a datetime and more")
    zone = fields.pop("timezone", None)
    if zone is not None and (not isinstance(zone, str) or kind not in ZONED):
        raise ValueError("made with a zone that is no text, or that it has none of")
    dated, timed = bases.get("date", bases.get("datetime")), bases.get("time", bases.get("datetime"))
    if (dated and kind not in DATED) or (timed and kind not in TIMED):
        raise ValueError("made of what it does not have")
    clocked = timed is not None and timed.kind in ZONED
    if dated is not None and dated.kind in ZONED and not clocked and kind in ZONED:
        raise ValueError("made of the day of a zone, with a time of none")
    base = Moment(kind, dated.day if dated else 0, timed.clock if timed else 0)
    if clocked and timed is not None and kind in ZONED:
        base = replace(base, offset=timed.offset, zone=timed.zone if kind == "zoned datetime" else "")
        if zone is not None:
            return _shifted(base, fields, zone, dated is not None, timed is not None)
    made = _with_fields(base, fields, dated is not None, timed is not None)
    return _zoned(made, zone) if zone is not None else _placed(made)


def _base(key: str, value: Value) -> Moment:
    made = of_temporal(value) if isinstance(value, Temporal) else None
    if not isinstance(made, Moment):
        raise ValueError(f"a {key} that is none")
    if (key != "time" and made.kind not in DATED) or (key != "date" and made.kind not in TIMED):
        raise ValueError(f"a {key} that has not all parts of one")
    return made


def _zoned(made: Moment, zone: str) -> Moment:
    """Return the same reading of the clock in a zone."""
    if zone[:1] in "+-Z":
        return replace(made, offset=_offset(zone), zone="")
    if made.kind != "zoned datetime":
        raise ValueError("a time of the day in a zone with a name")
    return replace(made, offset=0, zone="").in_zone(zone)


def _offset(zone: str) -> int:
    if zone != "Z" and len(zone) != len("+01:00"):
        raise ValueError("a zone that is not written in full")
    return Moment.of_text("zoned time", f"00:00{zone}").offset


def _placed(made: Moment) -> Moment:
    return replace(made, offset=0, zone="").in_zone(made.zone) if made.zone else made


def _shifted(base: Moment, fields: dict[str, Value], zone: str, dated: bool, timed: bool) -> Moment:
    """Return the same moment in another zone, with other fields: refused where it matters which comes first."""
    if zone[:1] not in "+-Z":
        raise ValueError("moved to a zone with a name")
    offset = _offset(zone)
    if not dated:
        base = _with_fields(base, {key: fields.pop(key) for key in list(fields) if key in _DAYS}, False, True)

    def move(moment: Moment) -> Moment:
        moment = _placed(moment)
        more, clock = divmod(moment.clock + (offset - moment.offset) * NANOSECONDS, DAY)
        day = moment.day + more if moment.kind in DATED else 0
        return replace(moment, day=day, clock=clock, offset=offset, zone="")

    first = _with_fields(move(base), fields, True, timed)
    last = move(_with_fields(base, fields, True, timed))
    if first != last or (not dated and base.kind in DATED and first.day != base.day):
        raise ValueError("moved to another day or hour, with other fields")
    return first


_DAYS = frozenset(key for form in _FORMS for key in form)


def _with_fields(base: Moment, fields: Mapping[str, Value], dated: bool, timed: bool) -> Moment:
    """Return a moment with other fields; `dated` and `timed` say whether it has a day and a time already."""
    known = (_DAYS if base.kind in DATED else set()) | ({*_CLOCK, *_FRACTIONS} if base.kind in TIMED else set())
    if fields.keys() - known:
        raise ValueError(f"made with {min(fields.keys() - known)}")
    numbers = {key: value for key, value in fields.items() if isinstance(value, int) and not isinstance(value, bool)}
    if len(numbers) < len(fields):
        raise ValueError("made with a field that is no integer")
    days = {key: value for key, value in numbers.items() if key in _DAYS}
    clock = {key: value for key, value in numbers.items() if key not in _DAYS}
    if base.kind in DATED and (days or not dated):
        base = replace(base, day=_day(days, Moment("date", base.day).date if dated else None, bool(clock) or timed))
    if base.kind in TIMED and (clock or not timed):
        base = replace(base, clock=_clock(clock, base.clock if timed else None, base.kind in DATED))
    return base


def _day(fields: dict[str, int], base: datetime.date | None, is_whole: bool) -> int:
    forms = [form for form in _FORMS if fields.keys() <= set(form)]
    if not forms or (base is None and "year" not in fields):
        raise ValueError("made with parts of days that do not go together")
    form = forms[0]
    if base is None:
        given = [key in fields for key in form]
        if sorted(given, reverse=True) != given or (is_whole and not all(given)):
            raise ValueError("made without all larger parts")
        if len(fields) == 1:
            form = _FORMS[0]
    year = fields.get("year")
    if form[1] == "week":
        if base and year is not None:
            raise ValueError("a day of the same week in another year")
        of_base = base.isocalendar() if base else (0, 1, 1)
        made = datetime.date.fromisocalendar(
            of_base[0] if year is None else year, fields.get("week", of_base[1]), fields.get("dayOfWeek", of_base[2])
        )
        return month_and_day(made.year, made.month, made.day)
    year = base.year if year is None and base else year
    assert year is not None
    if form[1] == "quarter":
        return _day_of_quarter(fields, base, year)
    if form[1] == "ordinalDay":
        day = month_and_day(year, 1, 1) + fields["ordinalDay"] - 1
        if fields["ordinalDay"] < 1 or day > month_and_day(year, 12, 31):
            raise ValueError("a day that the year does not have")
        return day
    return month_and_day(
        year, fields.get("month", base.month if base else 1), fields.get("day", base.day if base else 1)
    )


def _day_of_quarter(fields: dict[str, int], base: datetime.date | None, year: int) -> int:
    quarter = fields.get("quarter", (base.month - 1) // 3 + 1 if base else 1)
    if not 1 <= quarter <= 4:
        raise ValueError("a quarter that there is not")
    first = month_and_day(year, quarter * 3 - 2, 1)
    last = month_and_day(year, quarter * 3, 31 if quarter in (1, 4) else 30)
    if base is None or "dayOfQuarter" in fields:
        made = first + fields.get("dayOfQuarter", 1) - 1
        if not first <= made <= last:
            raise ValueError("a day that the quarter does not have")
        return made
    made = month_and_day(year, quarter * 3 - 2 + (base.month - 1) % 3, base.day)
    of_quarter = (base - base.replace(month=(base.month - 1) // 3 * 3 + 1, day=1)).days
    if made != first + of_quarter:
        raise ValueError("a day of another quarter")
    return made


def _clock(fields: dict[str, int], base: int | None, is_optional: bool) -> int:
    given = [key in fields for key in _CLOCK]
    parts = [key for key in _FRACTIONS if key in fields]
    if base is None and (
        sorted(given, reverse=True) != given or (parts and not all(given)) or not (given[0] or is_optional)
    ):
        raise ValueError("made without all larger parts")
    if parts and base is not None and base % NANOSECONDS:
        raise ValueError("made with another fraction of a second")
    of_base = 0 if base is None else base // NANOSECONDS
    clock_of_base = zip(_CLOCK, (of_base // 3600, of_base // 60 % 60, of_base % 60), strict=True)
    hour, minute, second = (fields.get(key, part) for key, part in clock_of_base)
    time = datetime.time(hour, minute, second)
    fraction = (base or 0) % NANOSECONDS
    larger = NANOSECONDS
    for key, size in zip(_FRACTIONS, (1_000_000, 1000, 1), strict=True):
        if key in fields:
            if not 0 <= fields[key] * size < larger:
                raise ValueError(f"made with a {key} that is too large")
            fraction += fields[key] * size
            larger = size
    return (time.hour * 3600 + time.minute * 60 + time.second) * NANOSECONDS + fraction


# --- truncating


_TO_DAYS: Mapping[str, Callable[[datetime.date], datetime.date]] = {
    "millennium": lambda day: day.replace(year=day.year // 1000 * 1000, month=1, day=1),
    "century": lambda day: day.replace(year=day.year // 100 * 100, month=1, day=1),
    "decade": lambda day: day.replace(year=day.year // 10 * 10, month=1, day=1),
    "year": lambda day: day.replace(month=1, day=1),
    "weekYear": lambda day: datetime.date.fromisocalendar(day.isocalendar()[0], 1, 1),
    "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "month": lambda day: day.replace(day=1),
    "week": lambda day: day - datetime.timedelta(days=day.weekday()),
    "day": lambda day: day,
}
_TO_CLOCK = {
    "hour": 3600 * NANOSECONDS,
    "minute": 60 * NANOSECONDS,
    "second": NANOSECONDS,
    "millisecond": 1_000_000,
    "microsecond": 1000,
}


def _truncated(kind: str) -> Callable[[list[Value]], Made | None]:
    def make(values: list[Value]) -> Made | None:
        unit, value, *more = values
        if value is None:
            return None
        source = of_temporal(value) if isinstance(value, Temporal) else None
        if not isinstance(source, Moment) or not isinstance(unit, str) or not all(isinstance(m, dict) for m in more):
            raise ValueError("no unit, moment and map")
        if kind in DATED and source.kind not in DATED:
            raise ValueError("a value that has no day")
        day, clock = source.day, 0
        if unit in _TO_DAYS:
            if kind not in DATED and unit != "day":
                raise ValueError("a unit that is too large")
            to = _TO_DAYS[unit](source.date)
            day = month_and_day(to.year, to.month, to.day)
        elif unit in _TO_CLOCK and source.kind in TIMED and kind in TIMED:
            clock = source.clock // _TO_CLOCK[unit] * _TO_CLOCK[unit]
        else:
            raise ValueError("a unit that is not known")
        made = Moment(kind, day if kind in DATED else 0, clock)
        if kind in ZONED:
            made = replace(made, offset=source.offset, zone=source.zone)
        fields = dict(more[0]) if more and isinstance(more[0], dict) else {}
        zone = fields.pop("timezone", None)
        made = _with_fields_after(made, unit, fields)
        if zone is None:
            if made.zone and kind != "zoned datetime":
                raise ValueError("a time of the day in a zone with a name")
            return _placed(made)
        if not isinstance(zone, str) or kind not in ZONED:
            raise ValueError("made with a zone that is no text, or that it has none of")
        return _zoned(made, zone)

    return make


def _with_fields_after(made: Moment, unit: str, fields: dict[str, Value]) -> Moment:
    extra = fields.pop("nanosecond", None) if unit in ("millisecond", "microsecond") else None
    if extra is not None:
        if not isinstance(extra, int) or isinstance(extra, bool) or not 0 <= extra < 1000:
            raise ValueError("made with such nanoseconds")
        made = replace(made, clock=made.clock + extra)
    return _with_fields(made, fields, True, True) if fields else made


# --- durations


def _duration(values: list[Value]) -> Made | None:
    (value,) = values
    if value is None:
        return None
    if isinstance(value, Temporal):
        made = of_temporal(value)
        if isinstance(made, Duration):
            return made
    if isinstance(value, str):
        return Duration.of_text(value)
    if not isinstance(value, dict) or not value:
        raise ValueError("neither a text nor a map")
    total = Duration()
    for key, number in value.items():
        if key not in _UNITS or not isinstance(number, int) or isinstance(number, bool):
            raise ValueError("made of anything but whole units")
        months, days, nanoseconds = (size * number for size in _UNITS[key])
        total += Duration(months, days, nanoseconds)
    return total


def _between(unit: str) -> Callable[[list[Value]], Made | None]:
    def make(values: list[Value]) -> Made | None:
        if None in values:
            return None
        made = [of_temporal(value) if isinstance(value, Temporal) else None for value in values]
        start, end = made
        if not isinstance(start, Moment) or not isinstance(end, Moment):
            raise ValueError("no two moments")
        return between(start, end, unit)

    return make


_MADE = {
    "date": "date",
    "datetime": "zoned datetime",
    "localdatetime": "local datetime",
    "localtime": "local time",
    "time": "zoned time",
}

TEMPORAL_FUNCTIONS: dict[str, Function] = {
    **{name: _function(name, 0, 1, _moment(kind)) for name, kind in _MADE.items()},
    **{f"{name}.truncate": _function(f"{name}.truncate", 2, 3, _truncated(kind)) for name, kind in _MADE.items()},
    "duration": _function("duration", 1, 1, _duration),
    **{
        f"duration.{name.lower()}": _function(f"duration.{name}", 2, 2, _between(unit))
        for name, unit in (("between", ""), ("inMonths", "months"), ("inDays", "days"), ("inSeconds", "seconds"))
    },
}
