"""What esttab and estimates table return: the numbers of several models, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from ..records import field, record
from .base import Result
from .coefficients import CoefficientRow


@record
class ModelColumn:
    """One model.  ``name``: that under which it is stored ("" for the active one); ``title``: what stands over it.

    ``rows``: ``equation:name`` -> the coefficient (see `row_key`); what the model does not have is absent.
    ``statistics``: scalars of e() (missing ones absent), ``texts``: macros of e().
    """

    name: str
    title: str
    rows: Mapping[str, CoefficientRow]
    statistics: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@record
class EquationBlock:
    """The rows of one equation in the order shown.  ``name`` stands above them ("" for none); ``key`` finds them."""

    key: str
    name: str
    rows: tuple[str, ...]


@record
class StatisticRow:
    """A row below the coefficients: an e() name, its label ("" for the format's own), and a number format."""

    name: str
    label: str = ""
    format: str = "a3"


@record
class EsttabOptions:
    """How esttab shows its numbers.

    ``second``: what stands below the coefficients: ``t``, ``z``, ``se``, ``p``, ``ci`` or "" for nothing.  Formats are
    display formats or ``a#`` (at least so many significant digits).  ``stars``: (symbol, p as typed), widest first.
    """

    format: str = "a3"
    second: str = "t"
    second_format: str = "%9.2f"
    stars: tuple[tuple[str, str], ...] = (("*", "0.05"), ("**", "0.01"), ("***", "0.001"))
    brackets: bool = False
    parentheses: bool = True
    numbers: bool = True
    titles: bool = True
    gaps: bool = True
    wide: bool = False
    label: bool = False
    eform: bool = False
    booktabs: bool = False
    legend: bool = True
    title: str = ""
    notes: tuple[str, ...] = ()
    varwidth: int = 12
    modelwidth: int = 12
    level: float = 95


@record
class EsttabResult(Result):
    """esttab: ``labels`` replace row names.  ``output``: ``text tex rtf csv md html``; ``filename`` where it went."""

    schema: ClassVar[str] = "esttab"

    models: tuple[ModelColumn, ...]
    equations: tuple[EquationBlock, ...]
    statistics: tuple[StatisticRow, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    options: EsttabOptions = EsttabOptions()
    output: str = "text"
    filename: str = ""


@record
class EstimatesTable(Result):
    """estimates table.  ``shown``: ``b`` and any of ``se t p``, with a display format each.

    ``stars``: the levels of significance, widest first (empty: none).  ``value_labels``: variable -> level -> text.
    """

    schema: ClassVar[str] = "estimates table"

    models: tuple[ModelColumn, ...]
    equations: tuple[EquationBlock, ...]
    shown: tuple[tuple[str, str], ...]
    stars: tuple[float, ...] = ()
    statistics: tuple[StatisticRow, ...] = ()
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    varwidth: int = 12
    modelwidth: int = 12
    title: str = ""


def row_key(equation: str, name: str) -> str:
    """The key of a coefficient in `ModelColumn.rows`; the name of an equation has no colon."""
    return f"{equation}:{name}"


def value_of(row: CoefficientRow, part: str) -> float:
    """``b``, ``se``, ``t`` (or ``z``) or ``p`` of a coefficient."""
    if row.status != "shown":
        return row.b if part == "b" else math.nan
    return float({"b": row.b, "se": row.se, "t": row.statistic, "z": row.statistic, "p": row.p}[part])
