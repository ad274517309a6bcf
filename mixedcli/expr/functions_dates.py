"""Date and time functions on numbers: parts of dates, dates from parts, and conversions between units.

A number outside the years 0100 to 9999, or a date that does not exist, gives ``.``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..formats import LEAP_DAYS
from . import calendar
from .calendar import DAY, PER_YEAR
from .functions import Function

Code = Callable[..., Any]
HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1000
_LEAPS = np.array(LEAP_DAYS, dtype=np.float64) * DAY
_LEAP_ENDS = _LEAPS + 1000 * np.arange(1, len(LEAP_DAYS) + 1)


def within(values: Any, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """``values`` as whole numbers (floor), and where they lie between the bounds; elsewhere ``low`` stands in."""
    whole = np.floor(np.asarray(values, dtype=np.float64))
    good = (whole >= low) & (whole <= high)
    return np.where(good, whole, low).astype(np.int64), good


def of_period(unit: str, code: Code) -> Code:
    """``code``, which works on valid whole numbers of a unit, over any numbers."""

    def run(values: Any) -> Any:
        whole, good = within(values, *calendar.bounds(unit))
        return np.where(good, code(whole), np.nan)

    return run


def of_days(code: Code) -> Function:
    return Function(of_period("d", code))


# ---- dates from parts ----------------------------------------------------------------------------------------


def month_day_year(month: Any, day: Any, year: Any) -> Any:
    """``mdy(M, D, Y)``."""
    y, good_year = within(np.trunc(year), calendar.FIRST_YEAR, calendar.LAST_YEAR)
    m, good_month = within(np.trunc(month), 1, 12)
    d, good_day = within(np.trunc(day), 1, 31)
    good = good_year & good_month & good_day & (d <= calendar.month_length(y, m))
    return np.where(good, calendar.days_of(y, m, d), np.nan)


def year_and_part(unit: str) -> Code:
    """``ym(Y, M)``, ``yq``, ``yw``, ``yh``."""

    def run(year: Any, part: Any) -> Any:
        y, good_year = within(np.trunc(year), calendar.FIRST_YEAR, calendar.LAST_YEAR)
        p, good_part = within(np.trunc(part), 1, PER_YEAR[unit])
        return np.where(good_year & good_part, (y - 1960) * PER_YEAR[unit] + p - 1, np.nan)

    return run


def time_of_day(hour: Any, minute: Any, second: Any) -> Any:
    """``hms(h, m, s)``: milliseconds since midnight."""
    h, good_hour = within(hour, 0, 23)
    m, good_minute = within(minute, 0, 59)
    good = good_hour & good_minute & np.greater_equal(second, 0) & np.less(second, 60)
    return np.where(good, h * HOUR + m * MINUTE + np.rint(np.multiply(second, 1000.0)), np.nan)


def day_and_time(day: Any, hour: Any, minute: Any, second: Any) -> Any:
    """``dhms(d, h, m, s)``."""
    return np.floor(day) * DAY + time_of_day(hour, minute, second)


def date_and_time(month: Any, day: Any, year: Any, hour: Any, minute: Any, second: Any) -> Any:
    """``mdyhms(M, D, Y, h, m, s)``."""
    return month_day_year(month, day, year) * DAY + time_of_day(hour, minute, second)


# ---- times with and without leap seconds ---------------------------------------------------------------------


def with_leaps(time: Any) -> Any:
    """``Cofc(c)``: a %tc time as %tC, which counts leap seconds."""
    return time + 1000.0 * np.searchsorted(_LEAPS, time, side="right")


def without_leaps(time: Any) -> Any:
    """``cofC(C)``: a %tC time as %tc; the leap second itself is that after it."""
    return time - 1000.0 * np.searchsorted(_LEAP_ENDS, time, side="right")


def in_leap_second(time: Any) -> Any:
    return np.searchsorted(_LEAP_ENDS - 1000, time, side="right") > np.searchsorted(_LEAP_ENDS, time, side="right")


def _clock_part(code: Code) -> Function:
    """``code`` of the milliseconds since midnight."""
    return Function(lambda time: code(np.mod(np.floor(time), DAY)))


def _leap_clock_part(code: Code, in_leap: Any) -> Function:
    """The same for %tC times; in a leap second it is 23:59:60."""

    def run(time: Any) -> Any:
        leap = in_leap_second(time)
        ordinary = code(np.mod(np.floor(without_leaps(time)), DAY))
        return np.where(leap, in_leap(np.mod(time, 1000.0)), ordinary)

    return Function(run)


def _hour(ms: Any) -> Any:
    return np.floor(ms / HOUR)


def _minute(ms: Any) -> Any:
    return np.floor(np.mod(ms, HOUR) / MINUTE)


def _second(ms: Any) -> Any:
    return np.mod(ms, MINUTE) / 1000.0


def _day_of_time(time: Any) -> Any:
    return np.floor(np.asarray(time, dtype=np.float64) / DAY)


def _conversions() -> dict[str, Function]:
    """``mofd dofm`` and the like for weeks, months, quarters, half-years, years."""
    out = {}
    for unit in PER_YEAR:
        out[f"{unit}ofd"] = of_days(lambda days, unit=unit: calendar.period_of(days, unit))
        out[f"dof{unit}"] = Function(of_period(unit, lambda values, unit=unit: calendar.first_day(values, unit)))
    return out


FUNCTIONS = {
    "year": of_days(lambda d: calendar.civil(d)[0]),
    "month": of_days(lambda d: calendar.civil(d)[1]),
    "day": of_days(lambda d: calendar.civil(d)[2]),
    "quarter": of_days(lambda d: (calendar.civil(d)[1] - 1) // 3 + 1),
    "halfyear": of_days(lambda d: (calendar.civil(d)[1] - 1) // 6 + 1),
    "week": of_days(calendar.week_of_year),
    "doy": of_days(calendar.day_of_year),
    "dow": of_days(lambda d: (d + 5) % 7),          # 0 is Sunday; 1 January 1960 was a Friday
    **_conversions(),
    "mdy": Function(month_day_year, least=3, most=3),
    "dmy": Function(lambda d, m, y: month_day_year(m, d, y), least=3, most=3),
    "ym": Function(year_and_part("m"), least=2, most=2),
    "yq": Function(year_and_part("q"), least=2, most=2),
    "yw": Function(year_and_part("w"), least=2, most=2),
    "yh": Function(year_and_part("h"), least=2, most=2),
    "hms": Function(time_of_day, least=3, most=3),
    "dhms": Function(day_and_time, least=4, most=4),
    "mdyhms": Function(date_and_time, least=6, most=6),
    "Chms": Function(time_of_day, least=3, most=3),
    "Cdhms": Function(lambda *parts: with_leaps(day_and_time(*parts)), least=4, most=4),
    "Cmdyhms": Function(lambda *parts: with_leaps(date_and_time(*parts)), least=6, most=6),
    "cofd": Function(lambda d: np.multiply(d, float(DAY))),
    "Cofd": Function(lambda d: with_leaps(np.multiply(d, float(DAY)))),
    "dofc": Function(_day_of_time),
    "dofC": Function(lambda time: _day_of_time(without_leaps(time)) - in_leap_second(time)),
    "Cofc": Function(with_leaps),
    "cofC": Function(without_leaps),
    "hh": _clock_part(_hour),
    "mm": _clock_part(_minute),
    "ss": _clock_part(_second),
    "hhC": _leap_clock_part(_hour, lambda ms: np.full_like(ms, 23.0)),
    "mmC": _leap_clock_part(_minute, lambda ms: np.full_like(ms, 59.0)),
    "ssC": _leap_clock_part(_second, lambda ms: 60 + ms / 1000.0),
    "hours": Function(lambda ms: np.divide(ms, HOUR)),
    "minutes": Function(lambda ms: np.divide(ms, MINUTE)),
    "seconds": Function(lambda ms: np.divide(ms, SECOND)),
    "msofhours": Function(lambda h: np.multiply(h, float(HOUR))),
    "msofminutes": Function(lambda m: np.multiply(m, float(MINUTE))),
    "msofseconds": Function(lambda s: np.multiply(s, float(SECOND))),
}
