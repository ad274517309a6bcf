"""Dates from text (``date``, ``clock``, ``monthly`` ...), today's, and what lies between two dates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.storage import MISSING
from . import calendar
from .calendar import DAY
from .date_text import read_day, read_period, read_time
from .evaluate import Evaluator
from .functions import Function
from .functions_dates import of_days, with_leaps, within
from .functions_string import over_rows

Reader = Callable[[str, str, float], float | None]


def _from_text(read: Reader) -> Function:
    """``read(text, mask, latest year)``, with ``.`` for what cannot be read."""

    def one(text: str, mask: str, latest: float = MISSING) -> float:
        value = read(text, mask, math.floor(latest) if latest < MISSING else math.nan)
        return MISSING if value is None else float(value)

    return Function(over_rows(one, text=False), kinds="ssn", least=2, most=3, strict=False)


def _period(unit: str) -> Function:
    return _from_text(lambda text, mask, latest: read_period(text, mask, unit, latest))


def _leap_time(text: str, mask: str, latest: float) -> float | None:
    value = read_time(text, mask, latest)
    return None if value is None else float(with_leaps(value))


# ---- now -----------------------------------------------------------------------------------------------------


def _today(rows: Evaluator) -> float:
    import datetime

    return float((datetime.date.today() - datetime.date(1960, 1, 1)).days)


def _now(rows: Evaluator) -> float:
    import datetime

    since = datetime.datetime.now() - datetime.datetime(1960, 1, 1)
    return since.days * float(DAY) + since.seconds * 1000.0 + since.microseconds // 1000


# ---- months and anniversaries --------------------------------------------------------------------------------


def _month_start(days: Any) -> Any:
    year, month, _ = calendar.civil(days)
    return calendar.days_of(year, month, 1)


def _length_of_month(days: Any) -> Any:
    year, month, _ = calendar.civil(days)
    return calendar.month_length(year, month)


def _leap_year(year: Any) -> Any:
    whole, good = within(year, calendar.FIRST_YEAR, calendar.LAST_YEAR)
    return np.where(good, calendar.is_leap(whole), np.nan)


def anniversary(day: Any, year: Any, before: bool) -> Any:
    """The birthday of ``day`` in ``year``; one on 29 February is kept on 1 March, or ``before`` on 28 February."""
    _, month, of_month = calendar.civil(day)
    late = (month == 2) & (of_month == 29) & ~calendar.is_leap(year)
    return calendar.days_of(year, month, of_month) - (late & before)


def _both(code: Callable[[Any, Any, bool], Any]) -> Callable[..., Any]:
    """``code`` of two valid days and whether 29 February is kept on the 28th."""

    def run(first: Any, second: Any, *kept: Any) -> Any:
        before = bool(kept) and str(np.asarray(kept[0]).flat[0]).lower().replace(" ", "") in ("28feb", "feb28")
        low, high = calendar.bounds("d")
        (a, good_a), (b, good_b) = within(first, low, high), within(second, low, high)
        return np.where(good_a & good_b, code(a, b, before), np.nan)

    return run


def _whole_years(first: Any, second: Any, before: bool) -> Any:
    year = calendar.civil(second)[0]
    return year - calendar.civil(first)[0] - (anniversary(first, year, before) > second)


def _age(born: Any, day: Any, before: bool) -> Any:
    return np.where(day < born, np.nan, _whole_years(born, day, before))


def _birthday(born: Any, year: Any, *kept: Any) -> Any:
    before = bool(kept) and str(np.asarray(kept[0]).flat[0]).lower() in ("28feb", "feb28")
    day, good = within(born, *calendar.bounds("d"))
    whole, good_year = within(year, calendar.FIRST_YEAR, calendar.LAST_YEAR)
    return np.where(good & good_year, anniversary(day, whole, before), np.nan)


def _whole_months(first: Any, second: Any, before: bool) -> Any:
    (y1, m1, d1), (y2, m2, d2) = calendar.civil(first), calendar.civil(second)
    # A day that the later month lacks counts as reached on the first of the month after, or before on its last day.
    due = np.minimum(d1, calendar.month_length(y2, m2)) if before else d1
    return (y2 - y1) * 12 + m2 - m1 - (d2 < due)


def difference(first: Any, second: Any, unit: Any, *kept: Any) -> Any:
    """``datediff(d1, d2, unit)``: whole years, months or days from d1 to d2, negative if d2 lies before."""
    counts = {
        "year": _both(_whole_years), "month": _both(_whole_months), "day": _both(lambda a, b, before: b - a),
    }
    names = {"y": "year", "years": "year", "m": "month", "months": "month", "mon": "month", "d": "day", "days": "day"}
    word = str(np.asarray(unit).flat[0]).strip().lower() if np.size(unit) else "day"
    count = counts.get(names.get(word, word))
    if count is None:
        return np.full(np.broadcast_shapes(np.shape(first), np.shape(second)), np.nan)
    ahead, back = count(first, second, *kept), count(second, first, *kept)
    return np.where(np.less_equal(first, second), ahead, -back)


FUNCTIONS = {
    **dict.fromkeys(("date", "daily"), _from_text(read_day)),
    "clock": _from_text(read_time),
    "Clock": _from_text(_leap_time),
    "weekly": _period("w"),
    "monthly": _period("m"),
    "quarterly": _period("q"),
    "halfyearly": _period("h"),
    "yearly": _period("y"),
    "today": Function(_today, least=0, most=0, needs_rows=True),
    "now": Function(_now, least=0, most=0, needs_rows=True),
    "daysinmonth": of_days(_length_of_month),
    "firstdayofmonth": of_days(_month_start),
    "lastdayofmonth": of_days(lambda d: _month_start(d) + _length_of_month(d) - 1),
    "isleapyear": Function(_leap_year),
    "birthday": Function(_birthday, kinds="nns", least=2, most=3),
    "age": Function(_both(_age), kinds="nns", least=2, most=3),
    "datediff": Function(difference, kinds="nnss", least=3, most=4),
}
