"""Exponentiated coefficients: the heading of their column, and the notes below the table."""

from __future__ import annotations

from collections.abc import Iterable

from ..records import record
from ..results.coefficients import CoefficientRow
from .document import Line, Style, line


@record
class Ratio:
    """``headings``: of the column, up to version 16 and from 17 on.  ``kind``: what the estimates are called.
    ``baseline``: what the exponentiated constant is, "" where it has no name."""

    headings: tuple[str, str]
    kind: str
    baseline: str = ""


_RATIOS = {
    "or": Ratio(("Odds Ratio", "Odds ratio"), "odds ratios", "baseline odds"),
    "irr": Ratio(("IRR", "IRR"), "incidence-rate ratios", "baseline incidence rate"),
    "eform": Ratio(("exp(b)", "exp(b)"), "exponentiated coefficients"),
    "hr": Ratio(("Haz. Ratio", "Haz. ratio"), "hazard ratios", "baseline hazard"),
    "tratio": Ratio(("Time Ratio", "Time ratio"), "time ratios", "baseline time"),
}


def ratio_heading(option: str, style: Style) -> str:
    """The heading of the column with ``option`` (``or``, ``irr`` ...); "" without one."""
    return _RATIOS[option].headings[style.version >= 17] if option else ""


def ratio_notes(
    option: str, rows: Iterable[CoefficientRow], style: Style, further: bool = True, condition: str = ""
) -> list[Line]:
    """From version 14 on, what the constant among ``rows`` means.

    ``further``: there are parameters outside the first equation, of which it is said from 15 on that they stay as they
    are.  ``condition``: under which the constant means that.
    """
    if not option or style.version < 14:
        return []
    ratio, out = _RATIOS[option], []
    if further and style.version >= 15:
        what = f" to {ratio.kind}" if style.version >= 17 else ""
        out.append(line(f"Note: Estimates are transformed only in the first equation{what}."))
    if ratio.baseline and any(row.stripe == "_cons" for row in rows):
        out.append(line(f"Note: _cons estimates {ratio.baseline}{condition}."))
    return out
