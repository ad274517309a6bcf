"""The proleptic Gregorian calendar over whole columns; days, weeks, months ... count from the beginning of 1960.

A week of the year has seven days from 1 January on, and the 52nd has the days that are left, as in Stata.
Conversions between days and dates after Hinnant, "chrono-Compatible Low-Level Date Algorithms".
"""

from __future__ import annotations

from typing import Any

import numpy as np

FIRST_YEAR, LAST_YEAR = 100, 9999
DAY = 86_400_000                       # milliseconds
_EPOCH = 715_815                       # days from 1 March of the year 0 to 1 January 1960
_MONTH_LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
# How many of each period make a year.
PER_YEAR = {"y": 1, "h": 2, "q": 4, "m": 12, "w": 52}


def days_of(year: Any, month: Any, day: Any) -> Any:
    """The number of the day; whole numbers, a day beyond the end of the month runs on."""
    year = np.asarray(year, dtype=np.int64) - (np.asarray(month) <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (np.asarray(month, dtype=np.int64) + np.where(np.asarray(month) > 2, -3, 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH


def civil(days: Any) -> tuple[Any, Any, Any]:
    """Year, month and day of day numbers."""
    z = np.asarray(days, dtype=np.int64) + _EPOCH
    era = z // 146_097
    of_era = z - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + np.where(shifted < 10, 3, -9)
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def is_leap(year: Any) -> Any:
    year = np.asarray(year, dtype=np.int64)
    return (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))


def month_length(year: Any, month: Any) -> Any:
    month = np.asarray(month, dtype=np.int64)
    return _MONTH_LENGTHS[month - 1] + ((month == 2) & is_leap(year))


def day_of_year(days: Any) -> Any:
    year = civil(days)[0]
    return np.asarray(days, dtype=np.int64) - days_of(year, 1, 1) + 1


def week_of_year(days: Any) -> Any:
    return np.minimum((day_of_year(days) - 1) // 7 + 1, 52)


def period_of(days: Any, unit: str) -> Any:
    """The number of the week, month, quarter, half-year (from 1960) or the year that holds each day."""
    year, month, _ = civil(days)
    if unit == "y":
        return year
    part = week_of_year(days) - 1 if unit == "w" else (month - 1) // (12 // PER_YEAR[unit])
    return (year - 1960) * PER_YEAR[unit] + part


def first_day(period: Any, unit: str) -> Any:
    """The first day of a week, month, quarter, half-year or year."""
    period = np.asarray(period, dtype=np.int64)
    if unit == "y":
        return days_of(period, 1, 1)
    year, part = 1960 + period // PER_YEAR[unit], period % PER_YEAR[unit]
    if unit == "w":
        return days_of(year, 1, 1) + 7 * part
    return days_of(year, part * (12 // PER_YEAR[unit]) + 1, 1)


def bounds(unit: str) -> tuple[int, int]:
    """The smallest and the largest number of a day (``d``) or period in the years that Stata knows."""
    if unit == "d":
        return int(days_of(FIRST_YEAR, 1, 1)), int(days_of(LAST_YEAR, 12, 31))
    if unit == "y":
        return FIRST_YEAR, LAST_YEAR
    return (FIRST_YEAR - 1960) * PER_YEAR[unit], (LAST_YEAR + 1 - 1960) * PER_YEAR[unit] - 1
