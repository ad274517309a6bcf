"""What stset prints."""

from __future__ import annotations

import math

from ..formats import count, g
from ..results.st import StsetResult
from .document import BLANK, Document, Line, Style, line

# Label up to version 16, and from 17 on.
_LABELS = {
    "id": ("id", "ID variable"), "failure": ("failure event", "Failure event"),
    "interval": ("obs. time interval", "Observed time interval"), "enter": ("enter on or after", "Enter on or after"),
    "exit": ("exit on or before", "Exit on or before"), "analysis": ("t for analysis", "Time for analysis"),
    "origin": ("origin", "Origin"),
}


def stset_document(result: StsetResult, style: Style) -> Document:
    """The settings, the rows left out, and what remains."""
    modern = style.version >= 17
    rule = line("-" * (74 if modern else 78))
    head = [BLANK, line("Survival-time data settings")] if modern else []
    rows: list[Line] = [*head, BLANK, *_settings(result, style), BLANK, rule]
    rows.append(_counted(result.total, "total observations", style))
    for reason, n in result.exclusions:
        rows.append(_excluded(reason, n, result, style))
    if not result.exclusions:
        rows.append(_counted(0, "exclusions", style))
    return Document((*rows, rule, *_remaining(result, style)))


def _settings(result: StsetResult, style: Style) -> list[Line]:
    modern = style.version >= 17
    failure = result.event if modern else result.event.replace("!=", " != ").replace("==", " == ")
    failure = failure.replace("<.", "<." if modern else " < .")
    entries = [("id", result.id), ("failure", failure), ("interval", result.interval)]
    more = dict(result.more)
    entries += [("enter", more.get("enter", "")), ("exit", result.exit), ("analysis", more.get("analysis", "")),
                ("origin", more.get("origin", ""))]
    width, gap = (22, ": ") if modern else (18, ":  ")
    return [line(_LABELS[key][modern].rjust(width) + gap + text) for key, text in entries if text]


def _counted(n: float, text: str, style: Style) -> Line:
    shown = count(int(n), style.version >= 14) if float(n).is_integer() else _number(n, style, 11)
    return line(f"{shown.rjust(11)}  {text}")


def _excluded(reason: str, n: int, result: StsetResult, style: Style) -> Line:
    texts = {
        "on or before enter()": ("observation ends on or before enter()", "observations end on or before enter()"),
        "begin on or after (first) failure": (
            "observation begins on or after (first) failure", "observations begin on or after (first) failure"),
    }
    one, many = texts.get(reason, (reason, reason))
    text = one if n == 1 else many
    if reason.startswith(result.probable_errors):
        text = text.ljust(47) + "PROBABLE ERROR"
    return _counted(n, text, style)


def _remaining(result: StsetResult, style: Style) -> list[Line]:
    n, failures = result.remaining, result.failures
    rows = [_counted(n, "observation remaining, representing" if n == 1 else "observations remaining, representing",
                     style)]
    word = "failure" if failures == 1 else "failures"
    if result.id:
        rows.append(_counted(result.subjects, "subject" if result.subjects == 1 else "subjects", style))
        rows.append(_counted(failures, f"{word} in single-failure-per-subject data", style))
    else:
        rows.append(_counted(failures, f"{word} in single-record/single-failure data", style))
    rows.append(_counted(result.risk, "total analysis time at risk and under observation", style))
    labels = ("At risk from t", "Earliest observed entry t", "Last observed exit t")
    for label, value in zip(labels, (result.origin, result.first, result.last), strict=True):
        label = label if style.version >= 17 else label[0].lower() + label[1:]
        rows.append(line(f"{label} =".rjust(64) + _number(value, style).rjust(10)))
    return rows


def _number(value: float, style: Style, width: int = 9) -> str:
    """A time in ``width`` columns; with commas there is room for fewer decimals."""
    if math.isnan(value):
        return "."
    if style.version < 14:
        return g(value, width).strip()
    for decimals in range(width - 2, -1, -1):
        text = f"{value:,.{decimals}f}"
        if len(text) < width or not decimals:
            break
    return text.rstrip("0").rstrip(".") if "." in text else text
