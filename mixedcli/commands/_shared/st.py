"""Survival-time data: what stset declares, kept as characteristics of the data set, and what the rows then say.

A record is at risk in (t0, t]; a subject (``id``) has several, each beginning where the one before it ended, and is
followed until the first failure.
"""

from __future__ import annotations

import re

import numpy as np

from ...data.columns import numeric
from ...data.dataset import Dataset
from ...data.storage import is_missing
from ...design.groups import factorize
from ...errors import StataError
from ...expr.evaluate import as_text, working_values
from ...records import record, replace
from ...results.me import Survival
from ...syntax.numlist import read_numlist

VARIABLES = ("_st", "_d", "_t", "_t0")
_KEYS = {
    "time": "st_bt", "failure": "st_bd", "values": "st_ev", "id": "st_id", "origin": "st_orig", "enter": "st_enter",
    "exit": "st_exit", "scale": "st_bs",
}


@record
class Setting:
    """What was declared, as text.

    ``time``: the variable.  ``failure``: the variable of failures ("" means that all fail), ``values``: those that are
    failures ("" means all but zero).  ``origin``, ``enter``, ``exit``: expressions of time.  ``scale``: a number.
    """

    time: str
    failure: str = ""
    values: str = ""
    id: str = ""
    origin: str = ""
    enter: str = ""
    exit: str = ""
    scale: str = "1"

    @property
    def event(self) -> str:
        """The failure as ``mestreg`` shows it: ``died``, ``status==1 2``, ``1 (meaning all fail)``."""
        if not self.failure:
            return "1 (meaning all fail)"
        return f"{self.failure}=={self.values}" if self.values else self.failure

    @property
    def analysis_time(self) -> str:
        """``time``, ``(time-origin)``, ``(time-origin)/365.25``."""
        text = f"({self.time}-origin)" if self.origin else self.time
        return text if self.scale == "1" else f"{text}/{self.scale}"


def saved(dataset: Dataset, setting: Setting) -> Dataset:
    """``dataset`` with the declaration among its characteristics."""
    return _with_characteristics(dataset, {"_dta": "st", "st_ver": "2"} | {
        key: getattr(setting, name) for name, key in _KEYS.items() if getattr(setting, name)
    })


def forgotten(dataset: Dataset) -> Dataset:
    """``dataset`` without the declaration and the variables made for it."""
    gone = [name for name in VARIABLES if name in dataset.columns]
    return _with_characteristics(dataset.without(gone) if gone else dataset, {})


def _with_characteristics(dataset: Dataset, mine: dict[str, str]) -> Dataset:
    owners = {name: dict(entries) for name, entries in dataset.characteristics.items()}
    others = {k: v for k, v in owners.pop("_dta", {}).items() if k not in ("_dta", "st_ver", *_KEYS.values())}
    if others | mine:
        owners["_dta"] = others | mine
    return replace(dataset, characteristics=owners, changed=True)


def read_setting(dataset: Dataset) -> Setting:
    """What was declared.  Raises r(119) where nothing is."""
    entries = dataset.characteristics.get("_dta", {})
    if entries.get("_dta") != "st" or any(name not in dataset.columns for name in VARIABLES):
        raise StataError("data not st", 119)
    return Setting(**{name: entries[key] for name, key in _KEYS.items() if key in entries})


def in_study(dataset: Dataset) -> np.ndarray:
    """The rows that are used in survival analysis: bool, shape (n,).  Raises r(119)."""
    read_setting(dataset)
    return np.asarray(numeric(dataset.columns["_st"]) == 1)


def shown_setting(dataset: Dataset) -> Survival:
    """What mestreg says of the declaration before it starts; the distribution is filled in later."""
    setting = read_setting(dataset)
    more = [("id", setting.id), ("origin", f"time {setting.origin}"), ("enter on or after", f"time {setting.enter}"),
            ("exit on or before", f"time {setting.exit}")]
    given = (setting.id, setting.origin, setting.enter, setting.exit)
    rows = tuple(row for row, text in zip(more, given, strict=True) if text)
    return Survival(setting.event, setting.analysis_time, rows)


# ---- from the declaration to the rows ----------------------------------------------------------------------------


@record(eq=False)
class Times:
    """What each row says: ``used`` bool, ``start`` and ``stop`` of being at risk, ``failed`` bool, all of shape (n,).

    ``exclusions``: how many rows are left out for which reason.
    """

    used: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    failed: np.ndarray
    exclusions: tuple[tuple[str, int], ...]


@record(eq=False)
class Expressions:
    """The values of origin(), enter() and exit() in every row: shape (n,); -inf or inf where there is none."""

    origin: np.ndarray
    enter: np.ndarray
    exit: np.ndarray


def survival_times(dataset: Dataset, setting: Setting, rows: np.ndarray, given: Expressions) -> Times:
    """When each of ``rows`` (bool, (n,)) is at risk, and whether it then fails."""
    time = working_values(dataset, setting.time)
    missing = rows & is_missing(time)
    used = rows & ~missing
    stop = np.where(used, time, 0.0)
    failed = used & failures(dataset, setting)
    failed &= stop <= given.exit
    subject = _subjects(dataset, setting, used)
    start, repeated = _starts(stop, subject, used, setting, given)
    late = used & ~repeated & (stop <= start)
    used &= ~repeated & ~late
    after = _after_failure(stop, failed & used, subject, used) | (used & (start >= given.exit))
    used &= ~after
    stop = np.minimum(stop, given.exit)
    origin = np.where(np.isfinite(given.origin), given.origin, 0.0)
    scale = float(setting.scale)
    reasons = (
        (f"event time missing ({setting.time}>=.)", missing), ("multiple records at same instant", repeated),
        ("on or before enter()", late), ("begin on or after (first) failure", after),
    )
    return Times(
        used, (start - origin) / scale, (stop - origin) / scale, failed & used,
        tuple((text, int(which.sum())) for text, which in reasons if which.any()),
    )


def failures(dataset: Dataset, setting: Setting) -> np.ndarray:
    """Which rows end in a failure: bool, shape (n,); a missing value is none."""
    if not setting.failure:
        return np.ones(dataset.n, dtype=bool)
    values = working_values(dataset, setting.failure)
    if setting.values:
        return np.isin(values, read_numlist(setting.values))
    return (values != 0) & ~is_missing(values)


def _subjects(dataset: Dataset, setting: Setting, used: np.ndarray) -> np.ndarray:
    """Each row's subject as a number; every row is one without an id."""
    if not setting.id:
        return np.arange(dataset.n)
    column = dataset.columns[setting.id]
    values = as_text(column.values) if column.storage.startswith("str") else working_values(dataset, setting.id)
    return factorize(values)


def _starts(
    stop: np.ndarray, subject: np.ndarray, used: np.ndarray, setting: Setting, given: Expressions
) -> tuple[np.ndarray, np.ndarray]:
    """When each row begins, and which rows end together with another one of their subject."""
    first = np.where(np.isfinite(given.origin), given.origin, 0.0)
    start = np.maximum(first, given.enter)
    repeated = np.zeros(len(stop), dtype=bool)
    if setting.id:
        order = np.lexsort((stop, subject))
        order = order[used[order]]
        same = subject[order[1:]] == subject[order[:-1]]
        start[order[1:][same]] = np.maximum(start[order[1:][same]], stop[order[:-1][same]])
        repeated[order[1:]] = same & (stop[order[1:]] == stop[order[:-1]])
    return start, repeated


def _after_failure(stop: np.ndarray, failed: np.ndarray, subject: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Rows that end after the first failure of their subject."""
    first = np.full(int(subject.max(initial=0)) + 1, np.inf)
    np.minimum.at(first, subject[failed], stop[failed])
    return used & (stop > first[subject])


def read_failure(text: str) -> tuple[str, str]:
    """``died``, or ``status==1 2``: the variable and the values.  Raises r(198)."""
    match = re.fullmatch(r"\s*([^\W\d]\w*)\s*(?:={1,2}\s*(.+?))?\s*", text)
    if match is None:
        raise StataError("option failure() incorrectly specified", 198)
    return match[1], match[2] or ""
