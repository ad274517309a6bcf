"""What xtset, tsset and the xt commands share: declaring panels and time, and describing what is declared."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...data.columns import group_codes, missing_rows, numeric, sort_rows
from ...data.dataset import Dataset
from ...data.storage import is_missing, is_numeric
from ...errors import StataError
from ...expr.timeseries import DECLARATION_NOTES, Declaration, declaration, declaration_notes, time_steps
from ...formats import format_number, g
from ...records import record, replace
from ...results.base import Result, Stored
from ...syntax.spec import Kind, Option, OptionValues
from ...syntax.tree import Statement
from ..registry import layout
from .tables import chosen_names, page, refuse

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ..context import Context

# Each unit of time: the letter of its %t format and the word of one unit.
UNITS = {
    "clocktime": "c", "daily": "d", "weekly": "w", "monthly": "m", "quarterly": "q", "halfyearly": "h", "yearly": "y"
}
_WORDS = {"c": "millisecond", "C": "millisecond", "d": "day", "w": "week", "m": "month", "q": "quarter",
          "h": "halfyear", "y": "year", "": "unit"}
_CLOCK = {"second": 1000, "sec": 1000, "minute": 60_000, "min": 60_000, "hour": 3_600_000, "day": 86_400_000,
          "week": 604_800_000, "millisecond": 1, "ms": 1}

OPTIONS = (
    Option("delta", "d", Kind.RAW, help="the time between two observations, in units of the time variable"),
    Option("clear", "clear", help="forget the declaration"),
    Option("format", "f", Kind.FORMAT, help="display format of the time variable"),
    Option("noquery", "noquery", help="accepted and ignored"),
    Option("clocktime", "c", help="time is in milliseconds, format %tc"),
    Option("daily", "da", help="time is in days, format %td"),
    Option("weekly", "w", help="time is in weeks, format %tw"),
    Option("monthly", "m", help="time is in months, format %tm"),
    Option("quarterly", "q", help="time is in quarters, format %tq"),
    Option("halfyearly", "h", help="time is in half-years, format %th"),
    Option("yearly", "y", help="time is in years, format %ty"),
    Option("generic", "g", help="time has no unit"),
)


@record
class Declared(Result):
    """What is declared.  ``balance``: ``strongly balanced``, ``weakly balanced``, ``unbalanced`` or ``balanced``.

    ``gaps``: how many times an observation does not follow the one before it by one period.  Numbers that do not
    exist, without panels or without time, are nan.
    """

    schema: ClassVar[str] = "xtset"

    panel: str
    time: str
    balance: str
    panel_min: float
    panel_max: float
    time_min: float
    time_max: float
    time_format: str
    delta: float
    gaps: int
    notes: tuple[str, ...] = ()
    cleared: bool = False

    @property
    def unit(self) -> str:
        """The letter of the time format; "" for time without a unit."""
        match = re.match(r"%-?(?:t(\w)|(d))", self.time_format)
        return (match[1] or match[2]) if match else ""

    @property
    def delta_text(self) -> str:
        """``1 unit``, ``2 years``, ``7 days``."""
        word = _WORDS.get(self.unit, "unit")
        if self.unit in ("c", "C"):
            return f"{g(self.delta / 1000)} seconds"
        return f"{g(self.delta)} {word}{'' if self.delta == 1 else 's'}"

    def time_text(self, value: float) -> str:
        return format_number(value, self.time_format).strip()

    def stored(self) -> Stored | None:
        if self.cleared:
            return Stored("r")
        scalars: dict[str, float] = {}
        macros: dict[str, str] = {}
        if self.panel:
            scalars |= {"imin": self.panel_min, "imax": self.panel_max}
            macros |= {"panelvar": self.panel, "balanced": self.balance}
        if self.time:
            scalars |= {"tmin": self.time_min, "tmax": self.time_max, "tdelta": self.delta, "gaps": float(self.gaps > 0)}
            macros |= {
                "timevar": self.time, "tmins": self.time_text(self.time_min), "tmaxs": self.time_text(self.time_max),
                "tdeltas": self.delta_text, "tsfmt": self.time_format, "unit1": self.unit or ".",
                "unit": next((name for name, letter in UNITS.items() if letter == self.unit), "generic"),
            }
        return Stored("r", scalars=scalars, macros=macros)


# ---- declaring -----------------------------------------------------------------------------------------------


def declare(context: Context, statement: Statement, panels_first: bool) -> Declared:
    """What xtset (``panels_first``) and tsset do: show, forget, or declare, and put the data in order.

    Raises r(451) for repeated or fractional times, r(109) for string variables, r(111) or r(459) if nothing is set.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    if statement.condition is not None or statement.in_range is not None:
        raise StataError(f"{'if' if statement.condition is not None else 'in'} not allowed", 101)
    data = context.data
    if options["clear"]:
        if statement.varlist:
            raise StataError("options not allowed", 101)
        context.data = _noted(data, {})
        none = math.nan
        return Declared("", "", "", none, none, none, none, "", 1.0, 0, cleared=True)
    declared = _asked(context, statement, options, panels_first)
    if declared.time and statement.varlist:
        data = _with_format(data, declared.time, options)
    shown = describe_declaration(data, declared)
    data = _ordered(data, declared)
    if statement.varlist:
        data = _noted(data, declaration_notes(declared))
    if data is not context.data:
        context.data = data
    return shown


def _asked(context: Context, statement: Statement, options: OptionValues, panels_first: bool) -> Declaration:
    """The declaration that the varlist means; without a varlist the one in force."""
    if not statement.varlist:
        declared = declaration(context.data)
        if panels_first and not declared.panel and not declared.time:
            raise StataError("panel variable not set; use xtset varname ...", 459)
        if not panels_first and not declared.time:
            raise StataError("time variable not set, use tsset varname ...", 111)
        return declared
    names = chosen_names(context, statement)
    if len(names) > 2:
        raise StataError("too many variables specified", 103)
    for name in names:
        if not is_numeric(context.data.columns[name].storage):
            raise StataError(f"string variables not allowed in varlist;\n{name} is a string variable", 109)
    if len(names) == 1:
        panel, time = (names[0], "") if panels_first else ("", names[0])
    else:
        panel, time = names
    if panel == time:
        raise StataError("panelvar and timevar must be different variables", 198)
    return Declaration(panel, time, _delta(context, options, time))


def _delta(context: Context, options: OptionValues, time: str) -> float:
    """The number of ``delta(2)``, ``delta((1/4))`` or ``delta(7 days)``."""
    text = options["delta"]
    if text is None:
        return 1.0
    if not time:
        raise StataError("option delta() not allowed", 198, options.spans["delta"])
    number, _, word = text.strip().partition(" ")
    if re.fullmatch(r"[A-Za-z]+", word.strip()):
        return _number(context, number, options) * _unit_size(context, options, time, word.strip().lower())
    return _number(context, text, options)


def _number(context: Context, text: str, options: OptionValues) -> float:
    from ...expr.evaluate import evaluate_scalar
    from ...syntax.parser import parse_expression

    value = evaluate_scalar(parse_expression(text), context.data, context.environment())
    if isinstance(value, str) or not 0 < value < 1e300:
        raise StataError("option delta() invalid", 198, options.spans["delta"])
    return value


def _unit_size(context: Context, options: OptionValues, time: str, word: str) -> float:
    """How many units of the time variable a word means: ``hours`` in milliseconds for %tc, ``days`` one for %td."""
    asked = next((letter for name, letter in UNITS.items() if options[name]), "")
    letter = asked or (re.match(r"%-?t(\w)", context.data.columns[time].format) or ["", ""])[1]
    singular = word.removesuffix("s") or word
    if letter in ("c", "C") and singular in _CLOCK:
        return float(_CLOCK[singular])
    if singular in (_WORDS.get(letter, "unit"), "unit"):
        return 1.0
    raise StataError("option delta() invalid", 198, options.spans["delta"])


def _with_format(data: Dataset, time: str, options: OptionValues) -> Dataset:
    """The data with the time format that an option asks for."""
    fmt = options["format"] or next((f"%t{letter}" for name, letter in UNITS.items() if options[name]), None)
    return data.with_column(replace(data.columns[time], format=fmt)) if fmt else data


def _noted(data: Dataset, notes: dict[str, str]) -> Dataset:
    """The data with ``notes`` as its only declaration."""
    kept = {k: v for k, v in data.characteristics.get("_dta", {}).items() if k not in DECLARATION_NOTES}
    if {**kept, **notes} == dict(data.characteristics.get("_dta", {})):
        return data
    return replace(data, characteristics={**data.characteristics, "_dta": {**kept, **notes}}, changed=True)


def _ordered(data: Dataset, declared: Declaration) -> Dataset:
    """The data sorted by panel and time; panels alone need no order."""
    if not declared.time:
        return data
    names = tuple(name for name in (declared.panel, declared.time) if name)
    if data.sorted_by[: len(names)] == names:
        return data
    order = sort_rows(data, names)
    moved = data if np.array_equal(order, np.arange(data.n)) else data.take(order)
    return replace(moved, sorted_by=names)


# ---- what is declared ----------------------------------------------------------------------------------------


def describe_declaration(data: Dataset, declared: Declaration) -> Declared:
    """The description of a declaration, after checking that times are whole and occur once per panel."""
    if not declared.time:
        return _panels_only(data, declared)
    known, panels, steps = time_steps(data, declared)
    times = numeric(data.columns[declared.time])[known]
    if (times != np.trunc(times)).any() and declared.delta == int(declared.delta):
        raise StataError("time variable must contain only integer values", 451)
    order = np.lexsort((steps[known], panels[known]))
    panels, steps, times = panels[known][order], steps[known][order], times[order]
    same = panels[1:] == panels[:-1]
    if (same & (times[1:] == times[:-1])).any():
        where = "within panel" if declared.panel else "in sample"
        raise StataError(f"repeated time values {where}", 451)
    if (same & (steps[1:] == steps[:-1])).any() or not _whole_periods(times, declared.delta):
        raise StataError("time values with period less than delta() found", 451)
    gaps = int((same & (np.diff(steps) > 1)).sum())
    low, high = (times.min(), times.max()) if times.size else (math.nan, math.nan)
    ends = _panel_ends(data, declared)
    column = data.columns[declared.time]
    fmt = column.format if re.match(r"%-?[td]", column.format) else "%12.0g"
    return Declared(
        declared.panel, declared.time, balance_of(panels, steps) if declared.panel else "", *ends, float(low),
        float(high), fmt, declared.delta, gaps, _missing_notes(data, declared),
    )


def _whole_periods(times: np.ndarray, delta: float) -> bool:
    """True if all times are a whole number of periods apart."""
    if not times.size:
        return True
    periods = (times - times.min()) / delta
    return bool((np.abs(periods - np.rint(periods)) < 1e-6).all())


def _panels_only(data: Dataset, declared: Declaration) -> Declared:
    column = data.columns[declared.panel]
    codes = group_codes([column], missing=False)[0]
    sizes = np.bincount(codes[codes >= 0])
    balance = "balanced" if sizes.size and sizes.min() == sizes.max() else "unbalanced"
    return Declared(
        declared.panel, "", balance, *_panel_ends(data, declared), math.nan, math.nan, "", 1.0, 0,
        _missing_notes(data, declared),
    )


def _panel_ends(data: Dataset, declared: Declaration) -> tuple[float, float]:
    if not declared.panel:
        return math.nan, math.nan
    values = numeric(data.columns[declared.panel])
    values = values[~is_missing(values)]
    return (float(values.min()), float(values.max())) if values.size else (math.nan, math.nan)


def _missing_notes(data: Dataset, declared: Declaration) -> tuple[str, ...]:
    return tuple(
        f"note: {count} missing value{'s' if count > 1 else ''} in {name}"
        for name in (declared.panel,) if name
        for count in (int(missing_rows(data.columns[name]).sum()),) if count
    )


def balance_of(panels: np.ndarray, steps: np.ndarray) -> str:
    """How far panels (codes, sorted) agree in their times: the same times, as many times, or neither."""
    sizes = np.bincount(panels)
    if not sizes.size or sizes.min() != sizes.max():
        return "unbalanced"
    table = steps.reshape(-1, sizes[0])
    return "strongly balanced" if (table == table[0]).all() else "weakly balanced"


# ---- for the xt commands -------------------------------------------------------------------------------------


def required_panel(dataset: Dataset, time: bool = False) -> Declaration:
    """The declaration in force; r(459) without a panel variable (or, if asked for, a time variable)."""
    declared = declaration(dataset)
    if not declared.panel:
        raise StataError("must specify panelvar; use xtset", 459)
    if time and not declared.time:
        raise StataError("must specify timevar; use xtset", 459)
    return declared


# ---- layout --------------------------------------------------------------------------------------------------


@layout(Declared)
def lay_out(result: Declared, style: Style) -> Document:
    if result.cleared:
        return page([])
    new = style.version >= 17
    entries: list[tuple[str, str]] = []
    if result.panel:
        blank = " " if new and not result.time else ""
        entries.append(("Panel variable", f"{result.panel} ({result.balance}){blank}"))
    if result.time:
        gaps = {0: "", 1: ", but with a gap"}.get(result.gaps, ", but with gaps")
        span = f"{result.time_text(result.time_min)} to {result.time_text(result.time_max)}"
        entries.append(("Time variable", f"{result.time}, {span}{gaps}"))
        entries.append(("Delta", result.delta_text))
    return page([*result.notes, *_entries(entries, new)])


def _entries(entries: Sequence[tuple[str, str]], new: bool) -> list[str]:
    if not new:
        return [f"{name.lower():>21}:  {text}" for name, text in entries]
    width = max(len(name) for name, _ in entries)
    return ["", *(f"{name:>{width}}: {text}" for name, text in entries)]
