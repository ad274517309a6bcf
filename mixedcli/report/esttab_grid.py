"""The texts of an esttab table, before any renderer places them: rows of names and cells.

A cell is a number and its stars.  In a wide table every model has two cells in a row, else one.
"""

from __future__ import annotations

import math

from ..formats import format_number
from ..records import record
from ..results.coefficients import CoefficientRow
from ..results.esttab import EquationBlock, EsttabOptions, EsttabResult, ModelColumn, StatisticRow, row_key, value_of

NAMES = {"N": "N", "r2": "R-sq", "r2_a": "adj. R-sq", "r2_p": "pseudo R-sq", "aic": "AIC", "bic": "BIC"}
_LARGEST = 9                          # digits before the decimal point that an adaptive format prints


@record
class GridCell:
    text: str = ""
    stars: str = ""


@record
class GridRow:
    """``kind``: ``numbers titles equation estimate second gap rule statistic``.  ``name``: the e() name of a statistic."""

    kind: str
    label: str = ""
    cells: tuple[GridCell, ...] = ()
    name: str = ""


def grid(result: EsttabResult) -> list[GridRow]:
    """All rows of the table from the model numbers to the last statistic; the outer rules are the renderer's."""
    shown = result.options
    rows = []
    if shown.numbers:
        cells = tuple(GridCell(f"({i})") for i in range(1, len(result.models) + 1))
        rows.append(GridRow("numbers", "", _spread(cells, shown)))
    if shown.titles:
        rows.append(GridRow("titles", "", _spread(tuple(GridCell(m.title) for m in result.models), shown)))
    if rows:
        rows.append(GridRow("rule"))
    for i, block in enumerate(result.equations):
        rows += [GridRow("rule")] if i else []
        rows += _block(block, result)
    if result.statistics:
        rows.append(GridRow("rule"))
        rows += [_statistic(row, result) for row in result.statistics]
    return rows


def _spread(cells: tuple[GridCell, ...], shown: EsttabOptions) -> tuple[GridCell, ...]:
    """One cell per column: a wide table has an empty one after each."""
    return tuple(each for cell in cells for each in (cell, GridCell())) if shown.wide else cells


def _block(block: EquationBlock, result: EsttabResult) -> list[GridRow]:
    shown = result.options
    columns = len(result.models) * (2 if shown.wide else 1)
    rows = [GridRow("equation", block.name, (GridCell(),) * columns)] if block.name else []
    for i, name in enumerate(block.rows):
        if i and shown.gaps:
            rows.append(GridRow("gap"))
        found = [model.rows.get(row_key(block.key, name)) for model in result.models]
        first = [_estimate(row, shown) for row in found]
        second = [_second(row, shown) for row in found]
        label = result.labels.get(name, name)
        if shown.wide:
            both = tuple(cell for pair in zip(first, second, strict=True) for cell in pair)
            rows.append(GridRow("estimate", label, both))
            continue
        rows.append(GridRow("estimate", label, tuple(first)))
        if any(cell.text for cell in second):
            rows.append(GridRow("second", "", tuple(second)))
    return rows


def _estimate(row: CoefficientRow | None, shown: EsttabOptions) -> GridCell:
    if row is None:
        return GridCell()
    return GridCell(number(row.b, shown.format), _stars(row, shown))


def _stars(row: CoefficientRow, shown: EsttabOptions) -> str:
    """The symbol of the narrowest level that p is below; none without a test."""
    if not row.tested or math.isnan(row.p):
        return ""
    return next((symbol for symbol, level in reversed(shown.stars) if row.p < float(level)), "")


def _second(row: CoefficientRow | None, shown: EsttabOptions) -> GridCell:
    if row is None or not shown.second or (not row.tested and shown.second in ("t", "z", "p")):
        return GridCell()
    if shown.second == "ci":
        ends = (row.lo, row.hi) if row.status == "shown" else (math.nan, math.nan)
        text = ",".join(number(end, shown.second_format) for end in ends)
    else:
        text = number(value_of(row, shown.second), shown.second_format)
    if not shown.parentheses:
        return GridCell(text)
    return GridCell(f"[{text}]" if shown.brackets else f"({text})")


def _statistic(row: StatisticRow, result: EsttabResult) -> GridRow:
    default = NAMES.get(row.name, row.name)
    label = "Observations" if result.options.label and row.name == "N" else default
    cells = tuple(GridCell(_summary(row, model)) for model in result.models)
    return GridRow("statistic", row.label or label, _spread(cells, result.options), "" if row.label else row.name)


def _summary(row: StatisticRow, model: ModelColumn) -> str:
    """A scalar of e() in its format, or a text of e(); empty if the model has neither."""
    value = model.statistics.get(row.name)
    if value is not None and not math.isnan(value):
        return number(value, row.format)
    return model.texts.get(row.name, "")


def notes(result: EsttabResult) -> list[str]:
    """The lines below the table, the legend of the stars not among them."""
    shown = result.options
    lines = list(shown.notes)
    if shown.legend and shown.second:
        words = {"t": "t statistics", "z": "z statistics", "se": "Standard errors", "p": "p-values",
                 "ci": f"{shown.level:g}% confidence intervals"}[shown.second]
        where = " in brackets" if shown.brackets else " in parentheses"
        if not shown.parentheses:
            where = " in second row" if not shown.wide else " in second column"
        lines.insert(0, words + where)
        if shown.eform:
            lines[0] = f"Exponentiated coefficients; {words[0].lower()}{words[1:]}{where}"
    elif shown.legend and shown.eform:
        lines.insert(0, "Exponentiated coefficients")
    return lines


def number(value: float, fmt: str) -> str:
    """``value`` in a display format, or in ``a#``: at least # significant digits, whole numbers without decimals.

    Numbers below one have # significant digits, larger ones one more, and at least one decimal.
    """
    if math.isnan(value) or math.isinf(value):
        return "."
    if not fmt.startswith("a"):
        return format_number(value, fmt).strip()
    digits, size = int(fmt[1:] or 3), abs(value)
    if value == int(value):
        return f"{value:.0f}" if size < 10.0**12 else f"{value:.{digits - 1}e}"
    if size < 1:
        decimals = max(1, digits + int(-math.log10(size)))
        return f"{value:.{decimals}f}" if decimals <= _LARGEST else f"{value:.{min(_LARGEST, digits - 1)}e}"
    left = int(math.log10(size) + 1)
    return f"{value:.{max(1, digits - left + 1)}f}" if left <= _LARGEST else f"{value:.0e}"
