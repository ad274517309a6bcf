"""References by name inside expressions: e(N), r(mean), c(level), _b[lrt], _se[gcse:lrt]."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...errors import StataError
from ...results.base import Matrix, Stored
from ...results.stripe import plain_name

if TYPE_CHECKING:
    from ..context import Context


def lookup(context: Context, kind: str, key: str) -> Any:
    """The value named ``key`` among the stored results of ``kind``; None if there is none.

    Numbers come as float (missing is nan), texts as str, e(sample) as a 0/1 float array of shape (n,).
    Raises r(111) for a coefficient that the estimates do not have, r(301) for ``_b`` without estimates.
    """
    if kind in ("_b", "_se"):
        return coefficient(context, kind, key)
    if kind == "c":
        return _system(context, key)
    if kind == "r":
        return _of(context.state.returned, key)
    if kind == "e":
        estimates = context.state.estimates
        if key == "sample":
            return context.sample().astype(float) if estimates else None
        return _of(estimates.stored(), key) if estimates else None
    return None


def _of(stored: Stored, key: str) -> Any:
    if key in stored.scalars:
        return float(stored.scalars[key])
    return stored.macros.get(key)


def coefficient(context: Context, kind: str, key: str) -> float:
    """``_b[key]`` or ``_se[key]`` of the active estimates; ``key`` may carry an equation (``eq:name``)."""
    matrices = context.estimates.stored().matrices
    position = find_coefficient(matrices["b"], key)
    if kind == "_b":
        return float(matrices["b"].values.reshape(-1)[position])
    variance = float(matrices["V"].values[position, position])
    return math.sqrt(variance) if variance >= 0 else math.nan


def find_coefficient(b: Matrix, key: str) -> int:
    """The position of ``name`` or ``equation:name`` in e(b); without an equation the first equation is meant.

    ``/lnalpha`` is the parameter of that name, an equation of its own in older versions.
    """
    if key.strip().startswith("/"):                # _b[/lnalpha], _b[/:lnalpha] and [/]lnalpha
        return _find_parameter(b, key.strip()[1:].lstrip(": "))
    equation, colon, name = key.replace(" ", "").rpartition(":")
    first = b.columns[0].equation if b.columns else ""
    wanted = equation if colon else first
    for i, column in enumerate(b.columns):
        if column.equation == wanted and _same_name(column.name, name):
            return i
    raise StataError(f"[{equation}]{name} not found" if colon else f"{name} not found", 111)


def _find_parameter(b: Matrix, name: str) -> int:
    for i, column in enumerate(b.columns):
        if (column.equation, column.name) in (("/", name), (name, "_cons")) or column.name == f"/{name}":
            return i
    raise StataError(f"/{name} not found", 111)


def _same_name(stripe: str, typed: str) -> bool:
    """``2.x`` also names ``2o.x`` and ``2bn.x``; ``1.x`` names the base ``1b.x``; ``c.`` may be left out."""
    return stripe == typed or plain_name(stripe) == plain_name(typed)


def _system(context: Context, key: str) -> Any:
    """``c(name)``: system values."""
    settings, data = context.settings, context.data
    values: dict[str, Any] = {
        "level": settings.level,
        "linesize": float(settings.linesize),
        "version": settings.version,
        "stata_version": settings.version,
        "type": settings.type,
        "N": float(data.n),
        "k": float(len(data.columns)),
        "changed": float(data.changed),
        "filename": data.filename,
        "rc": float(context.state.rc),
        "pi": math.pi,
        "epsdouble": 2.0**-52,
        "epsfloat": 2.0**-23,
        "maxdouble": 8.988465674311579e307,
        "mindouble": -8.988465674311579e307,
        "maxfloat": 1.7014117331926443e38,
        "minfloat": -1.7014117331926443e38,
        "maxbyte": 100.0,
        "maxint": 32740.0,
        "maxlong": 2147483620.0,
        "alpha": " ".join("abcdefghijklmnopqrstuvwxyz"),
        "ALPHA": " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "mode": "batch",
        "os": "Unix",
    }
    return values[key] if key in values else _surroundings(context, key)


def _surroundings(context: Context, key: str) -> Any:
    """System values about the calendar, the machine and the limits; None for a name that is none."""
    import os
    import sys
    import time

    now = time.localtime()
    if key == "current_date":
        return f"{now.tm_mday:2d} {time.strftime('%b %Y', now)}"
    if key == "current_time":
        return time.strftime("%H:%M:%S", now)
    if key in ("pwd", "cwd"):
        return os.getcwd()
    if key == "tmpdir":
        import tempfile

        return tempfile.gettempdir()
    if key == "username":
        return os.environ.get("USER") or os.environ.get("USERNAME") or ""
    months = [time.strftime("%B", (2000, m, 1, 0, 0, 0, 0, 1, 0)) for m in range(1, 13)]
    days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    values: dict[str, Any] = {
        "dirsep": "/",
        "byteorder": "lohi" if sys.byteorder == "little" else "hilo",
        "Months": " ".join(months),
        "Mons": " ".join(month[:3] for month in months),
        "Weekdays": " ".join(days),
        "Wdays": " ".join(day[:3] for day in days),
        "seed": float(context.settings.seed) if context.settings.seed is not None else None,
        "namelenchar": 32.0,
        "maxvar": 32767.0,
        "maxstrvarlen": 2045.0,
        "varabbrev": "on" if context.settings.varabbrev else "off",
        "more": "on" if context.settings.more else "off",
        "rmsg": "on" if context.settings.rmsg else "off",
    }
    return values.get(key)
