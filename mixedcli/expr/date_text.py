"""Dates and times read from text: the masks of ``date()`` and ``clock()``, and literals such as ``td(02jan1960)``."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

from . import calendar
from .calendar import DAY, PER_YEAR

_EPOCH = datetime.date(1960, 1, 1).toordinal()
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")
_MASK = re.compile(r"(?P<century>\d\d)?(?P<part>[YMDhmsWQH])|(?P<skip>#)|[\s\-/.,:_]+")
_HALF = re.compile(r"(?<![A-Za-z])([ap])\.?m\.?(?![A-Za-z])", re.IGNORECASE)
_BETWEEN = re.compile(r"[^0-9A-Za-z]*")
_ELEMENT = re.compile(r"[A-Za-z]+|\d+")
_SECONDS = re.compile(r"\d{1,2}(?:\.\d*)?")
_DEFAULTS = {"Y": 1960.0, "M": 1.0, "D": 1.0, "h": 0.0, "m": 0.0, "s": 0.0}
# The signs that may stand before the number of a period: 2010w11, 2010m3, 2010q1, 2010h2.
_PERIOD_SIGN = re.compile(r"[wmqhWMQH](?=\d)")

_DAY_LITERAL = r"(\d{1,2})[\s.,/-]*([A-Za-z]{3,})[\s.,/-]*(\d{4})"
_TIME_LITERAL = r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?(?:\s*([ap])\.?m\.?)?"
_LITERALS = {
    "d": re.compile(_DAY_LITERAL),
    "c": re.compile(rf"(?:{_DAY_LITERAL})?\s*(?:{_TIME_LITERAL})?", re.IGNORECASE),
    "y": re.compile(r"(\d{4})"),
    **{unit: re.compile(rf"(\d{{4}})\s*(?:{unit}|-)\s*(\d{{1,2}})", re.IGNORECASE) for unit in "wmqh"},
}


def month_number(word: str) -> int | None:
    """The month that ``word``, a full name or an abbreviation of three letters or more, names."""
    small = word.lower()
    if len(small) < 3:
        return None
    return next((k for k, month in enumerate(_MONTHS, 1) if month.startswith(small)), None)


def day_number(year: float, month: float, day: float) -> int | None:
    """The number of a day, or None if there is no such day in the years 0100 to 9999."""
    if year < calendar.FIRST_YEAR:
        return None
    try:
        return datetime.date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return None


# ---- masks ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def read_mask(mask: str) -> tuple[tuple[str, int | None], ...] | None:
    """The elements of a mask in order: a letter and the century before it; None if it is no mask."""
    out: list[tuple[str, int | None]] = []
    at = 0
    while at < len(mask):
        match = _MASK.match(mask, at)
        if match is None:
            return None
        if match["part"]:
            out.append((match["part"], int(match["century"]) if match["century"] else None))
        elif match["skip"]:
            out.append(("#", None))
        at = match.end()
    letters = [part for part, _ in out if part != "#"]
    centuries = all(part == "Y" or century is None for part, century in out)
    return tuple(out) if letters and len(set(letters)) == len(letters) and centuries else None


def read_parts(text: str, mask: str, latest: float) -> dict[str, float] | None:
    """The parts of a date that ``mask`` finds in ``text``; None if the text does not follow it.

    ``latest``: the last year that a year of two digits can mean; NaN if such years have none.
    """
    elements = read_mask(mask)
    if elements is None:
        return None
    parts: dict[str, float] = {}
    half = None
    if any(part == "h" for part, _ in elements):
        found = _HALF.search(text)
        if found:
            half = found[1].lower()
            text = text[: found.start()] + " " + text[found.end() :]
    at = 0
    for k, (part, century) in enumerate(elements):
        at = _between(text, at)
        step = _element(text, at, part, century, latest, len(elements) - 1 - k)
        if step is None:
            return None
        value, at = step
        if part != "#":
            parts[part] = value
    if _between(text, at) != len(text):
        return None
    return _afternoon(parts, half) if half else parts


def _between(text: str, at: int) -> int:
    """Past blanks and signs, and past the letter of a period."""
    match = _BETWEEN.match(text, at)
    assert match is not None
    sign = _PERIOD_SIGN.match(text, match.end())
    return sign.end() if sign and match.end() > 0 else match.end()


def _element(
    text: str, at: int, part: str, century: int | None, latest: float, after: int
) -> tuple[float, int] | None:
    """The value of one element at ``at``, and where it ends."""
    match = _ELEMENT.match(text, at)
    if match is None:
        return None
    if part == "#":
        return 0.0, match.end()
    if part == "M" and match[0][0].isalpha():
        month = month_number(match[0])
        return None if month is None else (float(month), match.end())
    if match[0][0].isalpha():
        return None
    if part == "Y":
        return _year(match[0], at, century, latest, after)
    if part == "s":
        seconds = _SECONDS.match(text, at)
        assert seconds is not None
        return float(seconds[0]), seconds.end()
    digits = match[0][:2]
    return float(digits), at + len(digits)


def _year(digits: str, at: int, century: int | None, latest: float, after: int) -> tuple[float, int] | None:
    """A year: four digits, or two of the century that the mask or ``latest`` gives; ``after`` elements follow it.

    Where numbers run together, 060125 begins with a year of two digits and 20060125 with one of four.
    """
    count = len(digits)
    if century is not None:
        short = not (count == 4 and after == 0)
    else:
        short = count == 2 or (latest == latest and ((count == 6 and after >= 2) or (count == 12 and after >= 5)))
    if not short:
        return (float(digits[:4]), at + 4) if count >= 4 else None
    if count < 2 or (century is None and latest != latest):
        return None
    two = int(digits[:2])
    if century is not None:
        return 100.0 * century + two, at + 2
    year = latest - latest % 100 + two
    return (year if year <= latest else year - 100), at + 2


def _afternoon(parts: dict[str, float], half: str) -> dict[str, float] | None:
    """The hour on a clock of 24; None if it is no hour of a clock of 12."""
    if not 1 <= parts["h"] <= 12:
        return None
    return {**parts, "h": parts["h"] % 12 + (12 if half == "p" else 0)}


@lru_cache(maxsize=65_536)
def read_day(text: str, mask: str, latest: float = float("nan")) -> int | None:
    """``date(s, mask[, latest])``: the number of the day."""
    parts = read_parts(text, mask, latest)
    if parts is None or set(parts) - set(_DEFAULTS):
        return None
    full = _DEFAULTS | parts
    return day_number(full["Y"], full["M"], full["D"])


@lru_cache(maxsize=65_536)
def read_time(text: str, mask: str, latest: float = float("nan")) -> float | None:
    """``clock(s, mask[, latest])``: milliseconds since 1960, without leap seconds."""
    parts = read_parts(text, mask, latest)
    if parts is None or set(parts) - set(_DEFAULTS):
        return None
    full = _DEFAULTS | parts
    return _moment(day_number(full["Y"], full["M"], full["D"]), full["h"], full["m"], full["s"])


def _moment(day: int | None, hour: float, minute: float, second: float) -> float | None:
    if day is None or not (hour < 24 and minute < 60 and second < 60):
        return None
    return day * float(DAY) + hour * 3_600_000 + minute * 60_000 + round(second * 1000)


@lru_cache(maxsize=65_536)
def read_period(text: str, mask: str, unit: str, latest: float = float("nan")) -> int | None:
    """``weekly monthly quarterly halfyearly yearly``: the number of the period."""
    parts = read_parts(text, mask, latest)
    letter = {"w": "W", "m": "M", "q": "Q", "h": "H"}.get(unit)
    if parts is None or set(parts) != ({"Y", letter} if letter else {"Y"}):
        return None
    return _period(parts["Y"], parts[letter] if letter else 1, unit)


def _period(year: float, part: float, unit: str) -> int | None:
    if not (calendar.FIRST_YEAR <= year <= calendar.LAST_YEAR and 1 <= part <= PER_YEAR[unit]):
        return None
    return int(year) if unit == "y" else (int(year) - 1960) * PER_YEAR[unit] + int(part) - 1


# ---- literals ------------------------------------------------------------------------------------------------


def literal(unit: str, text: str) -> float | None:
    """The value of ``td(text)``, ``tc(text)`` ...; None if the text is no such date."""
    match = _LITERALS["c" if unit == "C" else unit].fullmatch(text)
    if match is None or not text:
        return None
    if unit in "cC":
        return _time_literal(match, unit)
    if unit == "d":
        month = month_number(match[2])
        day = None if month is None else day_number(int(match[3]), month, int(match[1]))
        return None if day is None else float(day)
    period = _period(float(match[1]), float(match[2]) if unit != "y" else 1, unit)
    return None if period is None else float(period)


def _time_literal(match: re.Match[str], unit: str) -> float | None:
    day, month, year, hour, minute, second, half = match.groups()
    number = month_number(month) if month else 1
    if number is None:
        return None
    parts: dict[str, float] | None = {"h": float(hour or 0), "m": float(minute or 0), "s": float(second or 0)}
    if half:
        parts = _afternoon(parts, half.lower())   # type: ignore[arg-type]
    if parts is None:
        return None
    date = day_number(int(year), number, int(day)) if month else 0
    value = _moment(date, parts["h"], parts["m"], parts["s"])
    if value is None or unit == "c":
        return value
    from .functions_dates import with_leaps

    return float(with_leaps(value))
