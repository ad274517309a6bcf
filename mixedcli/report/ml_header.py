"""The header of the single-level maximum-likelihood commands.

Its right-hand block holds counts and tests: from column 51 up to version 13, from 49 in 14 to 16 (``=`` at 67 in both),
and from 17 on as narrow as its longest label and value, flush to column 78.
"""

from __future__ import annotations

from ..formats import count, f, g
from ..records import record
from ..results.ml import MlResult
from .document import BLANK, RESULT, Line, Span, Style, line
from .resample import drawn

PAGE = 78


def likelihood_words(result: MlResult) -> str:
    """``log likelihood``, or ``log pseudolikelihood`` with robust standard errors."""
    return "log pseudolikelihood" if result.pseudo else "log likelihood"


@record
class HeaderRow:
    """Text on the left, and a label with its value on the right; a blank line if all are empty."""

    left: str
    label: str
    value: str


def header(result: MlResult, style: Style) -> list[Line]:
    """The lines of the header."""
    rows = _rows(result, style)
    if style.version >= 17:
        label = max(len(row.label) for row in rows)
        value = max(len(row.value) for row in rows)
    else:
        label, value = (16, 10) if style.version < 14 else (18, 10)
        if style.version < 14 and result.resampling is not None:
            label, value = 19, 9                 # the block that bootstrap and jackknife have
    return [_line(row, label, value, style.version >= 17) for row in rows]


def _line(row: HeaderRow, label: int, value: int, modern: bool) -> Line:
    if not row.label:
        return BLANK
    equals = " = " if modern else "= "
    left = PAGE - label - len(equals) - value
    return line(row.left.ljust(left), row.label.ljust(label) + equals, Span(row.value.rjust(value), RESULT))


def _rows(result: MlResult, style: Style) -> list[HeaderRow]:
    commas = style.version >= 14
    likelihood = f"{likelihood_words(result).capitalize()} = {g(result.ll, 10).rjust(10)}"
    tests = [(f"{result.chi2type} chi2({result.df_m})", f(result.chi2, 10, 2)), ("Prob > chi2", f(result.p, 6, 4))]
    if result.df_r == result.df_r and result.chi2type == "Wald":
        f_name = f"F({result.df_m:4d},{result.df_r:7.0f})" if not commas else f"F({result.df_m}, {result.df_r:.0f})"
        tests = [(f_name, f(result.chi2 / result.df_m, 10, 2) if result.df_m else "."), ("Prob > F", tests[1][1])]
    if result.r2_p == result.r2_p:
        tests.append(("Pseudo R2", f(result.r2_p, 6, 4)))
    left = [""] * len(tests)
    left[-1] = likelihood
    if result.dispersion:
        left[-2] = ("Dispersion: " if style.version >= 17 else "Dispersion     = ") + result.dispersion
    counts = _counts(result, style, commas)
    first = HeaderRow(result.title, "Number of obs", count(result.n, commas))
    if result.resampling is not None:
        counts = [*(HeaderRow("", *each) for each in drawn(result.resampling, commas)), *counts]
    return [first, *counts, *(HeaderRow(text, *test) for text, test in zip(left, tests, strict=True))]


def _counts(result: MlResult, style: Style, commas: bool) -> list[HeaderRow]:
    """The numbers of outcomes of each kind, with the blank line after them."""
    blank = HeaderRow("", "", "")
    if result.command == "cloglog":
        found = [("Zero outcomes", result.zeros, ""), ("Nonzero outcomes", result.n - result.zeros, "")]
        return [*(HeaderRow(text, label, count(n, commas)) for label, n, text in found), blank]
    censoring = result.censoring
    if censoring is None or style.version < 15:
        return []
    found = [("   Uncensored", censoring.uncensored, ""), ("   Left-censored", censoring.left, ""),
             ("   Right-censored", censoring.right, "")]
    if result.command == "intreg":
        found.append(("   Interval-cens.", censoring.interval, ""))
    else:
        lower, upper = _limits(censoring.lower, censoring.upper, style)
        found[1:] = [(*found[1][:2], lower), (*found[2][:2], upper)]
    return [*(HeaderRow(text, label, count(n, commas)) for label, n, text in found), blank]


def _limits(lower: str, upper: str, style: Style) -> tuple[str, str]:
    """Where tobit's limits stand, the two values in line."""
    words = ("Lower", "Upper") if style.version >= 17 else ("lower", "upper")
    width = max(len(lower), len(upper))
    return f"Limits: {words[0]} = {lower.rjust(width)}", f"        {words[1]} = {upper.rjust(width)}"
