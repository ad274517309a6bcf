"""What regress prints: the analysis-of-variance table beside the statistics of the fit, then the coefficients.

The right-hand block stands at column 56 up to version 13, at 52 from 14 on.  With other than the usual variance there is
no analysis of variance: the title stands in its place, and the block at column 49 from 14 on.
"""

from __future__ import annotations

import math

from ..formats import count, f, g
from ..records import record
from ..results.regress import VCETYPES, RegressResult
from .coefficients import CoefficientTable, adjusted_for_clusters, coefficient_table
from .document import BLANK, RESULT, Document, Line, Span, Style, Table, line
from .resample import drawn, header_block, progress, resampled_table


def regress_document(result: RegressResult, style: Style) -> Document:
    """Notes, header and table."""
    stop = "." if style.version >= 17 else ""
    blocks: list[Line | Table] = [line(note + stop) for note in result.notes]
    if result.resampling is not None and not result.options.replayed:
        blocks += progress(result.resampling, style)
    if not math.isnan(result.sum_w):
        blocks.insert(0, line(_sum_of_weights(result.sum_w, style)))
    if not result.options.noheader:
        blocks += [BLANK, *(header(result, style) if result.vce == "ols" else robust_header(result, style))]
    if not result.options.notable:
        blocks += [BLANK, *_table(result, style)]
    return Document(tuple(blocks))


def _sum_of_weights(total: float, style: Style) -> str:
    if style.version >= 17:
        return f"(sum of wgt is {count(int(total), True) if total == int(total) else g(total)})"
    return f"(sum of wgt is {total:12.4e})"


def _table(result: RegressResult, style: Style) -> list[Line | Table]:
    options, resampling = result.options, result.resampling
    show = options
    above = adjusted_for_clusters(result.clusters, result.cluster, style) if result.clusters else ""
    table = CoefficientTable(
        result.depvar, result.coefficients, statistic="z" if result.df_r is None else "t", level=result.level,
        labels=result.value_labels, vce=VCETYPES.get(result.vce, ""), above=above, show=show,
    )
    return resampled_table(table, resampling, style) if resampling else [*coefficient_table(table, style).blocks]


@record
class _Grid:
    """The widths of the header: degrees of freedom, what separates the two halves, and label and value on the right."""

    titles: str
    df: int
    gap: int
    label: int
    value: int


_OLD = _Grid("       SS       df       MS      ", 6, 8, 13, 8)
_NEW = _Grid("       SS           df       MS      ", 10, 0, 15, 10)


def header(result: RegressResult, style: Style) -> list[Line]:
    """The table of sums of squares, with the statistics of the fit to its right."""
    grid = _NEW if style.version >= 14 else _OLD
    rule = "-" * 13 + "+" + "-" * (24 + grid.df)
    commas = style.version >= 14
    test = f"F({result.df_m}, {result.df_r})" if commas else f"F({result.df_m:3d},{result.df_r:6d})"
    right = [
        ("Number of obs", count(result.n, commas)),
        (test, f(result.F, grid.value, 2)),
        ("Prob > F", f(result.p, grid.value, 4)),
        ("R-squared", f(result.r2, grid.value, 4)),
        ("Adj R-squared", f(result.r2_a, grid.value, 4)),
        ("Root MSE", g(result.rmse, 7)),
    ]
    left = [
        Span("      Source |" + grid.titles),
        Span(rule + "   "),
        _sums("Model", result.mss, result.df_m, grid, commas),
        _sums("Residual", result.rss, result.df_r or 0, grid, commas),
        Span(rule + "   "),
        _sums("Total", result.tss, result.df_t, grid, commas),
    ]
    return [_line(one, label, value, grid) for one, (label, value) in zip(left, right, strict=True)]


def robust_header(result: RegressResult, style: Style) -> list[Line]:
    """The title and the statistics of the fit, without sums of squares."""
    commas = style.version >= 14
    right = [("Number of obs", count(result.n, commas)), *_robust_tests(result, commas)]
    right.append(("R-squared", f(result.r2, 6, 4).strip()))
    if result.resampling is not None:
        right[1:1] = drawn(result.resampling, commas)
        right += [("Adj R-squared", f(result.r2_a, 6, 4).strip()), ("Root MSE", f(result.rmse, 10, 4).strip())]
        return header_block("Linear regression", right, "", style)
    right.append(("Root MSE", g(result.rmse, 7)))
    label, value = (18, 11) if commas else (14, 8)
    start = 78 - label - 1 - value
    titles = ["Linear regression"] + [""] * (len(right) - 1)
    return [line(f"{title:<{start}}{name:<{label}}=", Span(f"{text:>{value}}", RESULT))
            for title, (name, text) in zip(titles, right, strict=True)]


def _robust_tests(result: RegressResult, commas: bool) -> list[tuple[str, str]]:
    if result.df_r is None:
        return [(f"Wald chi2({result.df_m})", f(result.F, 10, 2).strip()), ("Prob > chi2", f(result.p, 6, 4).strip())]
    wide = (4, 7) if result.resampling is not None else (3, 6)
    name = f"F({result.df_m}, {result.df_r})" if commas else f"F({result.df_m:{wide[0]}d},{result.df_r:{wide[1]}d})"
    return [(name, f(result.F, 10, 2).strip()), ("Prob > F", f(result.p, 6, 4).strip())]


def _sums(name: str, squares: float, df: int, grid: _Grid, commas: bool) -> Span:
    """A source of variation: its sum of squares, degrees of freedom and mean square."""
    mean = squares / df if df else math.nan
    numbers = f"{g(squares, 11):>12}{count(df, commas):>{grid.df}}{g(mean, 11):>12}"
    return Span(f"{name:>12} |{numbers}   ")


def _line(left: Span, label: str, value: str, grid: _Grid) -> Line:
    return line(left, f"{' ' * grid.gap}{label:<{grid.label}} =", Span(f"{value:>{grid.value}}", RESULT))
