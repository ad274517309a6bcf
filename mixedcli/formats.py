"""Stata's display formats: ``%9.0g %10.0gc %8.2f %9.2e %9,2f %21x %-12s %td`` and the numbers they print.

The general format ``%w.0g`` keeps ``w - 2`` significant digits, drops trailing zeros and the zero before the point, and
turns to e-notation below 1e-5 and from ``10**(w-2)`` on.  Decimal rounding is that of the exact binary value, as in C.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from .records import record

if TYPE_CHECKING:
    import datetime

_NUMERIC = re.compile(
    r"%(?P<flags>[-0~]*)(?P<width>\d{1,4})(?P<point>[.,])(?P<decimals>\d{1,4})(?P<kind>[gfe])(?P<comma>c?)$"
)
_SHORT = re.compile(r"%(?P<flags>[-0~]*)(?P<width>\d{0,4})(?P<kind>[gfe])(?P<comma>c?)$")
_STRING = re.compile(r"%(?P<flags>[-~]?)(?P<width>\d{0,4})s$")
_RAW = re.compile(r"%(?P<width>21)(?P<kind>x)$|%(?P<bytes>16|8)(?P<order>[HL])$")
_GENERIC = re.compile(r"%(?P<flags>-?)tg$")
_DATE = re.compile(r"%(?P<flags>-?)(?:t|d)(?P<rest>.*)$")
_FIRST_MISSING = 2.0**1023
_WIDEST_NUMBER, _WIDEST_TEXT = 244, 2045


@record
class Format:
    """A display format, taken apart.

    ``kind``: ``g f e s``, ``t`` (dates; ``detail`` is the text after ``%t``), or ``x H L``, which show the bits.
    ``european``: the comma is the decimal sign.
    """

    kind: str
    width: int
    decimals: int = 0
    comma: bool = False
    left: bool = False
    zeros: bool = False
    centre: bool = False
    detail: str = ""
    european: bool = False


@lru_cache(maxsize=512)
def parse_format(fmt: str) -> Format | None:
    """The parts of a display format, or None if the text is not one."""
    match = _NUMERIC.match(fmt) or _SHORT.match(fmt)
    if match:
        groups = match.groupdict()
        width, decimals = int(groups["width"] or 9), int(groups.get("decimals") or 0)
        flags = groups["flags"]
        if max(width, decimals) > _WIDEST_NUMBER:
            return None
        return Format(groups["kind"], width, decimals, bool(groups["comma"]), "-" in flags, "0" in flags,
                      european=groups.get("point") == ",")
    match = _STRING.match(fmt)
    if match:
        width = int(match["width"] or 9)
        if width > _WIDEST_TEXT:
            return None
        return Format("s", width, left=match["flags"] == "-", centre=match["flags"] == "~")
    return _parse_rare(fmt)


def _parse_rare(fmt: str) -> Format | None:
    """Dates and the formats that show the bits of a number."""
    match = _RAW.match(fmt)
    if match:
        return Format(match["kind"] or match["order"], int(match["width"] or match["bytes"]))
    match = _GENERIC.match(fmt)
    if match:
        return Format("g", 9, left=bool(match["flags"]))
    match = _DATE.match(fmt)
    if match and (fmt.lstrip("%-")[0] == "d" or match["rest"][:1] in tuple("dwmqhycC")):
        detail = match["rest"] if fmt.lstrip("%-")[0] == "t" else "d" + match["rest"]
        return Format("t", _DATE_WIDTHS.get(detail, 0), left=bool(match["flags"]), detail=detail)
    return None


def format_number(value: float, fmt: str, missing: str = ".") -> str:
    """``value`` in a numeric or date format, padded to the width of the format.

    Missing values (NaN, infinities, and Stata's own doubles from 2**1023 on, which show as ``.`` to ``.z``) print as a
    point.  A format that is no format prints as ``%9.0g``.
    """
    parts = parse_format(fmt) or Format("g", 9)
    if parts.kind in "xHL":
        return _bits(value, parts)
    text = missing_text(value, missing)
    if text is None:
        text = _date(value, parts.detail) if parts.kind == "t" else _number(value, parts)
        if parts.european:
            text = text.translate(_EUROPEAN)
    return _place(text, parts)


def format_string(value: str, fmt: str) -> str:
    """A string in a ``%ws`` format; a string longer than the width is kept whole."""
    return _place(value, parse_format(fmt) or Format("s", 0))


def missing_text(value: float, missing: str = ".") -> str | None:
    """What a missing value prints (``.``, ``.a`` ...), or None if ``value`` is a number."""
    if value < _FIRST_MISSING and value != -math.inf:
        return None
    if math.isfinite(value):
        letter = round((value / _FIRST_MISSING - 1) * 4096)
        return f".{chr(ord('a') + letter - 1)}" if 1 <= letter <= 26 else missing
    return missing


def g(value: float, width: int = 9) -> str:
    """``value`` as ``%w.0g`` prints it, without padding; a missing value is ``.``."""
    return missing_text(value) or _general(value, width)


def f(value: float, width: int, decimals: int) -> str:
    """``value`` as ``%w.df`` prints it, without padding.

    A number too long for the width turns to e-notation, unless that is no shorter: ``-0.28`` under ``%4.2f``.
    """
    text = missing_text(value)
    if text is not None:
        return text
    text = _zero_sign(f"{value:.{decimals}f}")
    if len(text) <= width:
        return text
    powers = _exponent(value, max(width - 7, 1))
    return powers if len(powers) < len(text) else text


def count(n: int, commas: bool) -> str:
    """A count: ``4059``, or ``4,059`` as from version 14 on."""
    return f"{n:,d}" if commas else f"{n:d}"


def abbreviate(name: str, width: int) -> str:
    """A name cut to ``width`` characters as Stata does: its beginning, ``~``, and its last character."""
    if len(name) <= width:
        return name
    return f"{name[: max(width - 2, 1)]}~{name[-1]}"


# ---- numbers -------------------------------------------------------------------------------------------------


def _number(value: float, parts: Format) -> str:
    if parts.kind == "g":
        text = _general_form(value, parts)
    elif parts.kind == "e":
        text = _exponent(value, min(parts.decimals, max(parts.width - 7, 0)))
    else:
        text = f(value, parts.width, parts.decimals)
    if parts.comma and parts.kind == "f":
        text = _commas(text, parts.width) or text
    if parts.zeros and parts.kind == "f":
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        text = sign + digits.rjust(parts.width - len(sign), "0")
    return text


def _general_form(value: float, parts: Format) -> str:
    """``%w.dg`` and ``%w.dgc``: commas cost decimals, and are left out when a whole number has no room for them."""
    text = _general(value, parts.width) if parts.decimals == 0 else _significant(value, parts)
    if not parts.comma or "e" in text:
        return text
    decimals = len(text.partition(".")[2])
    shorter = (_trim(f"{value:.{d}f}") for d in range(decimals, -1, -1))
    return next((grouped for each in shorter if (grouped := _commas(each, parts.width))), text)


def _general(value: float, width: int) -> str:
    digits = max(width - 2, 1)
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1e-5:
        return _exponent(value, max(width - 7, 1))
    if size < 1:
        return _trim(f"{value:.{digits}f}")
    text = _fixed(value, digits)
    return text if text is not None else _exponent(value, max(width - 7, 1))


def _fixed(value: float, digits: int) -> str | None:
    """``value`` (1 or larger in size) in ``digits`` significant digits, or None if its integer part needs more."""
    exponent = int(f"{value:.{digits - 1}e}".rpartition("e")[2])
    if exponent + 1 > digits:
        return None
    return _trim(f"{value:.{digits - 1 - exponent}f}")


def _significant(value: float, parts: Format) -> str:
    """``%w.dg``: d significant digits, but never fewer than the integer part has."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.{parts.decimals - 1}e}".rpartition("e")[2])
    text = _trim(f"{value:.{max(parts.decimals - 1 - exponent, 0)}f}")
    return text if len(text) <= parts.width and text not in ("0", "-0") else _general(value, parts.width)


def _exponent(value: float, decimals: int) -> str:
    """e-notation; an exponent of three digits costs one decimal of the mantissa."""
    text = f"{value:.{decimals}e}"
    return text if len(text.rpartition("e")[2]) == 3 or decimals == 0 else f"{value:.{decimals - 1}e}"


def _trim(text: str) -> str:
    """A fixed-point number without trailing zeros, a bare point, or the zero before the point."""
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.startswith("0."):
        return text[1:]
    if text.startswith("-0."):
        return "-" + text[2:]
    return text


def _zero_sign(text: str) -> str:
    """``-0.00`` is printed ``-0.00`` by Stata too; only a true zero loses its sign."""
    return text[1:] if text.startswith("-") and not text.strip("-0.") and text in ("-0", "-0.") else text


def _commas(text: str, width: int) -> str | None:
    """The number with thousands separators, or None when it does not fit the width with them."""
    if "e" in text:
        return None
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = digits.partition(".")
    grouped = f"{int(whole):,d}" if whole else ""
    out = f"{sign}{grouped}{point}{rest}"
    return out if len(out) <= width else None


_EUROPEAN = str.maketrans(".,", ",.")


def _bits(value: float, parts: Format) -> str:
    """``%21x``: the mantissa and the power of two in hexadecimal; ``%16H``, ``%8L``: the bytes, high or low first."""
    import struct

    value = float(value)

    if not math.isfinite(value):
        value = _FIRST_MISSING
    if parts.kind != "x":
        size = "d" if parts.width == 16 else "f"
        try:
            return struct.pack((">" if parts.kind == "H" else "<") + size, value).hex()
        except OverflowError:
            return struct.pack((">" if parts.kind == "H" else "<") + size, 2.0**127).hex()
    mantissa, _, exponent = value.hex().lstrip("-").removeprefix("0x").partition("p")
    power = int(exponent) if value else -0x3FF
    whole, _, digits = mantissa.partition(".")
    sign = "-" if value < 0 else "+"
    return f"{sign}{whole}.{digits.ljust(13, '0')}X{'-' if power < 0 else '+'}{abs(power):03x}"


def _place(text: str, parts: Format) -> str:
    if parts.left:
        return text.ljust(parts.width)
    if parts.centre:
        return text.center(parts.width)
    return text.rjust(parts.width)


# ---- dates ---------------------------------------------------------------------------------------------------

_EPOCH = 715_510      # 1 January 1960, counted as Python counts days
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DATE_WIDTHS = {"d": 9, "c": 18, "C": 18, "w": 7, "m": 7, "q": 6, "h": 6, "y": 4}
_DEFAULT_CODES = {"d": "DDmonCCYY", "c": "DDmonCCYY_HH:MM:SS", "C": "DDmonCCYY_HH:MM:SS",
                  "w": "CCYY!www", "m": "CCYY!mnn", "q": "CCYY!qq", "h": "CCYY!hh", "y": "CCYY"}
_CODES = re.compile(r"!.|CC|cc|YY|yy|JJJ|jjj|Month|Mon|month|mon|NN|nn|DD|dd|DAYNAME|Dayname|Day|day|Da|da|WW|ww"
                    r"|HH|Hh|hH|hh|MM|mm|SS|ss|\.sss|\.ss|\.s|AM|am|PM|pm|[AP]\.M\.|[ap]\.m\.|.", re.DOTALL)
# One-letter codes of the old %d formats, which %td still takes: %dD_m_CY.
_OLD_CODES = {"C": "CC", "c": "cc", "Y": "YY", "y": "yy", "M": "Month", "m": "Mon", "L": "month", "l": "mon", "N": "NN",
              "n": "nn", "D": "DD", "d": "dd", "J": "JJJ", "j": "jjj", "W": "WW", "w": "ww"}
# The days that begin just after a leap second, counted from 1 January 1960 (IERS Bulletin C): %tC times count them.
LEAP_DAYS = (
    4565, 4749, 5114, 5479, 5844, 6210, 6575, 6940, 7305, 7852, 8217, 8582, 9313, 10227, 10958, 11323, 11870, 12235,
    12600, 13149, 13696, 14245, 16802, 17898, 19175, 20270, 20820,
)


@lru_cache(maxsize=512)
def _tokens(detail: str) -> tuple[str, ...]:
    """The codes of a date format; ``detail`` is what stands after ``%t``."""
    return tuple(_OLD_CODES.get(token, token) for token in _CODES.findall(detail[1:] or _DEFAULT_CODES[detail[:1]]))


def _date(value: float, detail: str) -> str:
    """A date, time or period number in a ``%t`` format; ``value`` counts from 1960 in the format's own unit."""
    detail = detail or "d"
    try:
        moment = _moment(value, detail[0])
    except (OverflowError, ValueError):
        return g(value, 10)
    return "".join([_code(token, moment) for token in _tokens(detail)])


@record
class _Moment:
    """A day and the milliseconds since its beginning."""

    date: datetime.date
    ms: int = 0

    @property
    def yearday(self) -> int:
        return self.date.toordinal() - self.date.replace(month=1, day=1).toordinal() + 1

    @property
    def week(self) -> int:
        return min((self.yearday - 1) // 7 + 1, 52)


def _moment(value: float, unit: str) -> _Moment:
    """The moment that a Stata date number stands for; periods stand for their first day."""
    import datetime

    milliseconds = 0
    if unit in "cC":
        days, milliseconds = _day_and_time(round(value), unit == "C")
    elif unit == "d":
        days = math.floor(value)
    else:
        days = _period_start(math.floor(value), unit)
    return _Moment(datetime.date.fromordinal(_EPOCH + days), milliseconds)


def _day_and_time(milliseconds: int, leaps: bool) -> tuple[int, int]:
    """The day and the milliseconds since midnight; with ``leaps`` a day may be a second longer."""
    day, rest = divmod(milliseconds, 86_400_000)
    if not leaps:
        return day, rest
    for count, start in reversed(tuple(enumerate(LEAP_DAYS, 1))):
        after = milliseconds - (start * 86_400_000 + count * 1000)
        if after >= 0:
            return divmod(milliseconds - count * 1000, 86_400_000)
        if after >= -1000:
            return start - 1, 86_400_000 + 1000 + after
    return day, rest


def _period_start(value: int, unit: str) -> int:
    """Days since 1 January 1960 of the first day of a week, month, quarter, half-year or year."""
    import datetime

    if unit == "y":
        start = datetime.date(value, 1, 1)
    elif unit == "w":
        year, week = divmod(value, 52)
        start = datetime.date(1960 + year, 1, 1) + datetime.timedelta(days=7 * week)
    else:
        months = {"m": 1, "q": 3, "h": 6}[unit]
        year, part = divmod(value, 12 // months)
        start = datetime.date(1960 + year, part * months + 1, 1)
    return (start - datetime.date(1960, 1, 1)).days


def _code(token: str, moment: _Moment) -> str:
    """The text of one code of a date format."""
    code = _TEXTS.get(token)
    if code is not None:
        return code(moment)
    return token[1:] if token.startswith("!") else token


def _hour(moment: _Moment) -> int:
    return min(moment.ms // 3_600_000, 23)     # a leap second lies beyond the end of the day


def _minute(moment: _Moment) -> int:
    return moment.ms // 60_000 % 60 if moment.ms < 86_400_000 else 59


def _second(moment: _Moment) -> int:
    return moment.ms // 1000 % 60 if moment.ms < 86_400_000 else 60


def _twelve(moment: _Moment) -> int:
    """The hour on a clock of 12."""
    return (_hour(moment) - 1) % 12 + 1


def _half_day(letters: str) -> Callable[[_Moment], str]:
    """``am``, ``AM``, ``a.m.`` or ``A.M.``, and what these are after noon."""
    other = letters.translate(str.maketrans("aA", "pP"))
    return lambda moment: letters if _hour(moment) < 12 else other


def _month_name(moment: _Moment) -> str:
    return _MONTHS[moment.date.month - 1]


def _day_name(moment: _Moment) -> str:
    return _DAYS[moment.date.weekday()]


_TEXTS: dict[str, Callable[[_Moment], str]] = {
    "CC": lambda m: f"{m.date.year // 100:02d}", "cc": lambda m: str(m.date.year // 100),
    "YY": lambda m: f"{m.date.year % 100:02d}", "yy": lambda m: str(m.date.year % 100),
    "JJJ": lambda m: f"{m.yearday:03d}", "jjj": lambda m: str(m.yearday),
    "Month": _month_name, "month": lambda m: _month_name(m).lower(),
    "Mon": lambda m: _month_name(m)[:3], "mon": lambda m: _month_name(m)[:3].lower(),
    "NN": lambda m: f"{m.date.month:02d}", "nn": lambda m: str(m.date.month),
    "DD": lambda m: f"{m.date.day:02d}", "dd": lambda m: str(m.date.day),
    "DAYNAME": lambda m: _day_name(m).ljust(9), "Dayname": _day_name,
    "Day": lambda m: _day_name(m)[:3], "day": lambda m: _day_name(m)[:3].lower(),
    "Da": lambda m: _day_name(m)[:2], "da": lambda m: _day_name(m)[:2].lower(),
    "WW": lambda m: f"{m.week:02d}", "ww": lambda m: str(m.week),
    "h": lambda m: str((m.date.month - 1) // 6 + 1), "q": lambda m: str((m.date.month - 1) // 3 + 1),
    "HH": lambda m: f"{_hour(m):02d}", "hH": lambda m: str(_hour(m)),
    "Hh": lambda m: f"{_twelve(m):02d}", "hh": lambda m: str(_twelve(m)),
    "MM": lambda m: f"{_minute(m):02d}", "mm": lambda m: str(_minute(m)),
    "SS": lambda m: f"{_second(m):02d}", "ss": lambda m: str(_second(m)),
    ".s": lambda m: f".{m.ms % 1000 // 100}", ".ss": lambda m: f".{m.ms % 1000 // 10:02d}",
    ".sss": lambda m: f".{m.ms % 1000:03d}",
    **{f"{a}{dot}{m}{dot}": _half_day(f"{half}{dot}{m}{dot}")
       for a, m, half in (("a", "m", "a"), ("p", "m", "a"), ("A", "M", "A"), ("P", "M", "A")) for dot in ("", ".")},
    "_": lambda m: " ", "+": lambda m: "",
}
