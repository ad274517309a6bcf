"""``estat recovariance``: the covariance matrices of the random effects."""

from __future__ import annotations

import numpy as np

from ..errors import StataError
from ..report.document import Document, Style
from ..results.postest import LevelCovariance, RecovarianceResult
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._mixed.estat import LEVEL_OPTIONS, chosen_levels, level_covariance, level_names, mixed_model
from .context import Context
from .registry import command, layout

OPTIONS = (Option("correlation", "corr", help="show correlations instead of covariances"), *LEVEL_OPTIONS)


@command("estat recovariance", shortest="estat recov", options=OPTIONS)
def estat_recovariance(context: Context, statement: Statement) -> RecovarianceResult:
    """Show the estimated covariance (or, with correlation, correlation) matrix of the random effects of each level."""
    model = mixed_model(context)
    options = context.options(statement, OPTIONS)
    names = level_names(model)
    levels, numbers = [], []
    for level in chosen_levels(model, options):
        columns, values = level_covariance(model, level)
        if not columns:
            continue
        if options["correlation"]:
            values = correlations(values)
        levels.append(LevelCovariance(level, columns, values))
        numbers.append(len(names) + 1 - names.index(level))
    if not levels:
        raise StataError("no random effects in the model", 198)
    return RecovarianceResult(tuple(levels), options["correlation"], tuple(numbers))


def correlations(covariance: np.ndarray) -> np.ndarray:
    """The correlation matrix of a covariance matrix (q, q); nan where a variance is zero."""
    sd = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        out = covariance / np.outer(sd, sd)
    np.fill_diagonal(out, 1.0)
    return np.asarray(out)


@layout(RecovarianceResult)
def lay_out(result: RecovarianceResult, style: Style) -> Document:
    from ..report.postest import recovariance_document

    return recovariance_document(result, style)
