"""Time-series operators ``L. F. D. S.`` and the declaration (xtset, tsset) that gives them their meaning.

A lag goes by the value of the time variable within the panel, never by the position of a row, so a gap in time gives a
missing value.  An operated variable is known everywhere by its name in Stata's form: ``L.x``, ``L2.x``, ``D.x``.
"""

from __future__ import annotations

import re
from itertools import product

import numpy as np

from ..data.columns import group_codes, new_numeric, numeric
from ..data.dataset import Column, Dataset
from ..data.storage import MISSING, is_missing, is_numeric
from ..errors import StataError, type_mismatch, variable_not_found
from ..records import record
from ..syntax.numlist import read_integers
from ..syntax.tree import Span

_PIECE = re.compile(r"([LFDS])(?:(\d+)|\(([^()]*)\))?")
MOST_DIFFERENCES = 100


@record
class Declaration:
    """What xtset and tsset have declared: names ("" where there is none) and the unit of time in its own scale."""

    panel: str = ""
    time: str = ""
    delta: float = 1.0


@record
class Shift:
    """``lag``: periods back (negative: ahead).  ``differences``: how often ``D``.  ``seasons``: # of each ``S#``."""

    lag: int = 0
    differences: int = 0
    seasons: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The operator as Stata writes it, without the dot: ``L``, ``F2``, ``LD``; "" for ``L0``."""
        parts = [_letter("L" if self.lag > 0 else "F", abs(self.lag)), _letter("D", self.differences)]
        return "".join([*parts, *(_letter("S", season) for season in self.seasons)])


def _letter(letter: str, count: int) -> str:
    return "" if count == 0 else letter if count == 1 else f"{letter}{count}"


# ---- the declaration -----------------------------------------------------------------------------------------


def declaration(dataset: Dataset) -> Declaration:
    """What the characteristics of the data say; a variable that is gone is not declared."""
    kept = dataset.characteristics.get("_dta", {})
    panel = kept.get("_TSpanel") or kept.get("iis", "")
    time = kept.get("_TStvar") or kept.get("tis", "")
    delta = read_hexadecimal(kept.get("_TSdelta", "")) or 1.0
    return Declaration(
        panel if panel in dataset.columns else "", time if time in dataset.columns else "", delta
    )


def declaration_notes(declared: Declaration) -> dict[str, str]:
    """The characteristics of ``_dta`` that stand for a declaration, under Stata's names."""
    notes: dict[str, str] = {}
    if declared.time:
        notes |= {"_TStvar": declared.time, "tis": declared.time, "_TSitrvl": "1"}
        notes["_TSdelta"] = write_hexadecimal(declared.delta)
    if declared.panel:
        notes |= {"_TSpanel": declared.panel, "iis": declared.panel}
    return notes


DECLARATION_NOTES = ("_TStvar", "_TSpanel", "_TSdelta", "_TSitrvl", "tis", "iis")


def read_hexadecimal(text: str) -> float:
    """The number of ``+1.8000000000000X+001``: a hexadecimal mantissa and a power of two in hexadecimal; 0 if none."""
    match = re.fullmatch(r"([-+]?)1\.([0-9a-fA-F]+)X([-+][0-9a-fA-F]+)", text.strip())
    if match is None:
        return 0.0
    sign, mantissa, exponent = match.groups()
    return float.fromhex(f"{sign}0x1.{mantissa}p{int(exponent, 16)}")


def write_hexadecimal(value: float) -> str:
    """A positive number as Stata's ``%21x`` prints it."""
    mantissa, _, exponent = value.hex().partition("p")
    digits = mantissa.partition(".")[2].ljust(13, "0")
    power = int(exponent)
    return f"+1.{digits}X{'-' if power < 0 else '+'}{abs(power):03x}"


def time_steps(dataset: Dataset, declared: Declaration) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``known`` (n,) bool: rows with panel and time; ``panels`` (n,) int64 codes; ``steps`` (n,) int64 periods.

    Steps count from the earliest time in the data.
    """
    times = numeric(dataset.columns[declared.time])
    known = ~is_missing(times)
    panels = np.zeros(dataset.n, dtype=np.int64)
    if declared.panel:
        panels = group_codes([dataset.columns[declared.panel]], missing=False)[0]
        known &= panels >= 0
    start = times[known].min() if known.any() else 0.0
    steps = np.rint(np.where(known, times - start, 0.0) / declared.delta).astype(np.int64)
    return known, panels, steps


# ---- operators -----------------------------------------------------------------------------------------------


def read_shifts(text: str, span: Span | None = None) -> tuple[Shift, ...]:
    """The shifts that an operator (in capitals, without its dot) means: ``L(1/3)`` is three.

    Raises ``...: operator invalid`` r(198).
    """
    pieces = list(_PIECE.finditer(text))
    if "".join(piece[0] for piece in pieces) != text or not pieces:
        raise StataError(f"{text}.: operator invalid", 198, span)
    choices = [
        [(p[1], k) for k in (read_integers(p[3], span) if p[3] is not None else (int(p[2] or 1),))] for p in pieces
    ]
    return tuple(_joined(choice, span) for choice in product(*choices))


def _joined(parts: tuple[tuple[str, int], ...], span: Span | None) -> Shift:
    lag = sum(k if letter == "L" else -k for letter, k in parts if letter in "LF")
    differences = sum(k for letter, k in parts if letter == "D")
    seasons = tuple(k for letter, k in parts if letter == "S" and k)
    if differences < 0 or differences > MOST_DIFFERENCES or any(k < 0 for k in seasons):
        raise StataError("time-series operator invalid", 198, span)
    return Shift(lag, differences, seasons)


def operated_name(shift: Shift, name: str) -> str:
    """``L2D.x``; a name that has an operator already gets both: ``D.L.x`` is ``LD.x``."""
    before, _, variable = name.rpartition(".")
    inner = read_shifts(before)[0] if before else Shift()
    both = Shift(shift.lag + inner.lag, shift.differences + inner.differences, shift.seasons + inner.seasons)
    return f"{both.text}.{variable}" if both.text else variable


def base_name(name: str) -> str:
    """The variable of an operated name: ``x`` of ``L2.x``."""
    return name.rpartition(".")[2]


def column_of(dataset: Dataset, name: str, span: Span | None = None) -> Column:
    """The variable ``name``, or the column that an operated name (``L.x``) stands for.

    Raises r(111) if there is no such variable or no time variable, r(109) for an operated string variable, r(5) if the
    data are not sorted by panel and time.
    """
    if name in dataset.columns:
        return dataset.columns[name]
    operator, dot, variable = name.rpartition(".")
    if variable not in dataset.columns or not dot:
        raise variable_not_found(name, span)
    column = dataset.columns[variable]
    if not is_numeric(column.storage):
        raise type_mismatch(span)
    shift = read_shifts(operator, span)[0]
    values = shifted(dataset, numeric(column), shift, span)
    storage = "double" if shift.differences or shift.seasons else column.storage
    return new_numeric(name, values, storage, format=column.format, value_label=column.value_label)


def shifted(dataset: Dataset, values: np.ndarray, shift: Shift, span: Span | None = None) -> np.ndarray:
    """Working values of shape (n,) after the operator; ``.`` where the other period is not in the data."""
    declared = declaration(dataset)
    if not declared.time:
        raise StataError("time variable not set, use tsset varname ...", 111, span)
    rows = _Rows(dataset, declared)
    out = rows.lagged(values, shift.lag)
    for season in (*([1] * shift.differences), *shift.seasons):
        before = rows.lagged(out, season)
        with np.errstate(all="ignore"):
            out = np.where(is_missing(out) | is_missing(before), MISSING, out - before)
    return out


class _Rows:
    """Finds, for every row, the row of the same panel some periods before."""

    def __init__(self, dataset: Dataset, declared: Declaration) -> None:
        known, panels, self.steps = time_steps(dataset, declared)
        self.rows = np.flatnonzero(known)
        self.length = int(self.steps.max(initial=0)) + 1
        self.keys = (panels * self.length + self.steps)[self.rows]
        if (np.diff(self.keys) < 0).any():
            raise StataError("not sorted", 5)

    def lagged(self, values: np.ndarray, lag: int) -> np.ndarray:
        if lag == 0:
            return values.copy()
        out = np.full(values.shape, MISSING)
        steps = self.steps[self.rows] - lag
        places = np.searchsorted(self.keys, self.keys - lag)
        places[places == len(self.keys)] = 0
        found = (steps >= 0) & (steps < self.length)
        if len(self.keys):
            found &= self.keys[places] == self.keys - lag
        out[self.rows[found]] = values[self.rows[places[found]]]
        return out
