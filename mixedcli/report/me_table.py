"""The table of the generalized mixed models: coefficients, further parameters, variances and covariances in one.

The rows of the random part have no blank before the bar; a covariance whose name is too long stands on two lines.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..formats import abbreviate
from ..records import replace
from ..results.coefficients import CoefficientRow
from ..results.me import MeEquation, MeResult
from ..results.mixed import RandomParameter
from ..results.stripe import StripeName
from .coefficients import (
    CoefficientTable,
    Section,
    adjusted_for_clusters,
    coefficient_table,
    number_cells,
)
from .document import Document, Row, Rule, Style, Table
from .ratios import ratio_heading

UNTESTED = 15                         # from this version on further parameters have no test


def result_table(result: MeResult, style: Style) -> Document:
    """The whole table."""
    main = coefficient_table(_coefficients(result, style), style)
    table = main.blocks[-1]
    assert isinstance(table, Table)
    width = table.bar - 2
    rows = list(table.rows[:-1])
    for heading, parameters in _random_sections(result):
        rows += [] if isinstance(rows[-1], Rule) else [Rule(joint=True)]     # a fixed part may have no rows
        rows += [Row(abbreviate(heading, width + 1), heading=True)] if heading else []
        for row, parameter in parameters:
            lines = _fitting(parameter, width)
            rows += [Row(stub.rjust(width + 1)) for stub in lines[:-1]]
            rows.append(Row(lines[-1].rjust(width + 1), number_cells(row, "", width, result.options)))
    rows.append(Rule())
    return Document((*main.blocks[:-1], replace(table, rows=tuple(rows))))


def _coefficients(result: MeResult, style: Style) -> CoefficientTable:
    robust = result.vce != "oim"
    legend = result.options.coeflegend
    above = adjusted_for_clusters(result.n_clusters, result.cluster, style) if result.n_clusters and not legend else ""
    tested = style.version < UNTESTED
    ancillary = tuple(
        replace(row, tested=tested and not math.isnan(row.se), note=_legend(name) if legend else "")
        for row, name in zip(result.ancillary, result.free, strict=False)
    )
    return CoefficientTable(
        result.depvar, result.coefficients, level=result.level, labels=result.value_labels,
        title=ratio_heading(result.options.ratio, style), vce="Robust" if robust else "",
        above=above, sections=(Section("", ancillary),) if ancillary else (), stretch=_stretch(result),
        show=result.options,
    )


def _legend(name: StripeName) -> str:
    """How to refer to a parameter outside the fixed part."""
    return f"_b[/{name.name}]" if name.equation == "/" else f"_b[{name}]"


def _stretch(result: MeResult) -> tuple[str, ...]:
    """Names that widen the name column; those of the random part may use the blank before the bar too."""
    names = [each.path for each in result.equations]
    parameters = (*result.parameters, *((result.residual,) if result.residual else ()))
    names += [_name(each) for each in parameters if each.kind == "sd"]
    return tuple(name[:-1] for name in names)


# ---- the random part ---------------------------------------------------------------------------------------------


def _random_sections(result: MeResult) -> list[tuple[str, list[tuple[CoefficientRow, RandomParameter]]]]:
    """(heading, rows with their parameters): the variances of each level, the covariances, and the residual."""
    names = iter(result.free[len(result.ancillary):])
    rows = [(each.path, _rows(each, names, result)) for each in result.equations]
    out = [
        (path, [row for row in mine if row[1].kind == kind])
        for kind in ("sd", "corr") for path, mine in rows if any(row[1].kind == kind for row in mine)
    ]
    if result.residual is not None:
        out.append(("", [(_row(result.residual, math.nan, math.nan, next(names), result), result.residual)]))
    return out


def _rows(
    equation: MeEquation, names: Iterator[StripeName], result: MeResult
) -> list[tuple[CoefficientRow, RandomParameter]]:
    parameters = zip(equation.parameters, equation.z, equation.p, strict=True)
    return [(_row(parameter, z, p, next(names), result), parameter) for parameter, z, p in parameters]


def _row(parameter: RandomParameter, z: float, p: float, name: StripeName, result: MeResult) -> CoefficientRow:
    var = parameter.var
    note = _legend(name) if result.options.coeflegend else ""
    tested = parameter.kind == "corr"
    return CoefficientRow("", var.value, var.se, z, p, var.lo, var.hi, note, tested)


def _name(parameter: RandomParameter) -> str:
    word = "var" if parameter.kind == "sd" else "cov"
    return f"{word}({','.join(parameter.columns)})"


def _fitting(parameter: RandomParameter, width: int) -> list[str]:
    """The name on one line, or a covariance on two: ``cov(urban,`` and ``_cons)``."""
    name = _name(parameter)
    if len(name) <= width + 1:
        return [name]
    if parameter.kind == "sd":
        return [f"var({abbreviate(parameter.columns[0], width - 4)})"]
    first, second = parameter.columns
    return [f"cov({abbreviate(first, width - 4)},", f"{abbreviate(second, width)})"]
