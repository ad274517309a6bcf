"""ereturn post: make a coefficient vector and its variance matrix the estimation results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import numeric
from ..data.storage import MISSING, is_numeric
from ..errors import NotBuilt, StataError, type_mismatch
from ..results.posted import CoefficientListing, PostedEstimation
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._matrix.tables import drop_matrices, named_matrix
from ._shared.data import without_variables
from ._shared.posted import PostedModel, checked_b, checked_V, coefficient_listing
from .registry import command

if TYPE_CHECKING:
    from .context import Context

OPTIONS = (
    Option("depname", "dep", Kind.STRING, "the name of the dependent variable"),
    Option("obs", "o", Kind.INTEGER, "the number of observations, e(N)", low=0),
    Option("dof", "dof", Kind.REAL, "the residual degrees of freedom, e(df_r); tests then use t", low=0),
    Option("esample", "e", Kind.NAME, "a 0/1 variable that becomes e(sample) and is dropped"),
    Option("properties", "prop", Kind.STRING, "what e(properties) says; otherwise b V"),
    Option("findomitted", "findomitted", help="accepted; omitted coefficients are known by their zero variance"),
    Option("buildfvinfo", "buildfvinfo", help="accepted"),
    Option("noclear", "noclear", planned=True),
)


@command("ereturn post", shortest="eret po", start="names", options=OPTIONS)
def ereturn_post(context: Context, statement: Statement) -> None:
    """ereturn post [b [V]] [, depname(text) obs(#) dof(#) esample(varname) properties(text)]

    Make the row vector b and the variance matrix V the estimation results, e(b) and e(V); test, lincom and predict work
    after it. The matrices are dropped, since they have become results.
    """
    options = context.options(statement, OPTIONS)
    words = statement.arguments
    if len(words) > 2:
        raise NotBuilt("ereturn post with constraints", words[2].span)
    matrices = [named_matrix(context, word.text, word.span) for word in words]
    b = checked_b(matrices[0]) if words else None
    V = checked_V(matrices[1], b) if len(words) == 2 and b is not None else None
    mask = _sample(context, options["esample"])
    depvar, level = options["depname"] or "", context.settings.level
    table = CoefficientListing("", ())
    if b is not None:
        table = coefficient_listing(context, b, V, depvar, options["dof"], level)
    properties = options["properties"]
    if properties is None:
        properties = " ".join(name for name, found in (("b", b), ("V", V)) if found is not None)
    result = PostedEstimation(
        b, V, depvar, options["obs"], options["dof"], properties, options["esample"] is not None, table
    )
    if options["esample"]:
        context.data = without_variables(context.data, [options["esample"]])
    drop_matrices(context, tuple(word.text for word in words))
    context.post(result, PostedModel(), mask if context.data.n == len(mask) else mask[:0])


def _sample(context: Context, name: str | None) -> np.ndarray:
    """e(sample) from the variable ``name``, bool of shape (n,); all False without one."""
    if name is None:
        return np.zeros(context.data.n, dtype=bool)
    if name not in context.data.columns:
        raise StataError(f"variable {name} not found", 111)
    column = context.data.columns[name]
    if not is_numeric(column.storage):
        raise type_mismatch()
    values = numeric(column)
    return np.asarray((values != 0) & (values < MISSING))
