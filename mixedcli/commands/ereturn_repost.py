"""ereturn repost: put another coefficient vector or variance matrix into the estimation results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import StataError
from ..records import replace
from ..results.base import Matrix
from ..results.posted import PostedEstimation
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._matrix.tables import drop_matrices, named_matrix
from ._shared.clauses import split_clauses
from ._shared.posted import checked_b, checked_V, coefficient_listing
from ._shared.returns import estimation_entry
from .registry import command

if TYPE_CHECKING:
    from .context import Context

OPTIONS = (
    Option("rename", "ren", help="the names of b become those of e(b) and e(V)"),
    Option("properties", "prop", Kind.STRING, "what e(properties) says"),
    Option("esample", "e", Kind.NAME, planned=True),
    Option("findomitted", "findomitted", help="accepted"),
    Option("buildfvinfo", "buildfvinfo", help="accepted"),
)
_PART = re.compile(r"\s*(b|V)\s*=\s*([^\W\d]\w*)|\s*([^\W\d]\w*)")


@command("ereturn repost", shortest="eret repo", start="raw", options=OPTIONS)
def ereturn_repost(context: Context, statement: Statement) -> None:
    """ereturn repost [b = B] [V = W] [, rename properties(text)]

    Put another coefficient vector or variance matrix of the same size into e(). The matrices are dropped.
    """
    typed, _, rest = split_clauses(statement)
    options = context.options(rest, OPTIONS)
    given = _given(typed)
    stored = context.estimates.stored()
    if "b" not in stored.matrices:
        raise StataError("last estimates not found", 301)
    b, V = stored.matrices["b"], stored.matrices.get("V")
    if "b" in given:
        b = _new_b(checked_b(named_matrix(context, given["b"])), b, options["rename"])
    if V is not None and V.columns != b.columns:
        V = Matrix(V.values, b.columns, b.columns)
    if "V" in given:
        V = checked_V(named_matrix(context, given["V"]), b)
    estimation_entry(context, "matrices", "b", b)
    if V is not None:
        estimation_entry(context, "matrices", "V", V)
    if options["properties"] is not None:
        estimation_entry(context, "macros", "properties", options["properties"])
    _show_anew(context, b, V)
    drop_matrices(context, tuple(given.values()))


def _given(typed: str) -> dict[str, str]:
    """``b = B V = W``, or just ``b V`` for matrices called so: what becomes e(b) and e(V)."""
    found, at = {}, 0
    while typed[at:].strip():
        match = _PART.match(typed, at)
        if match is None or (match[3] and match[3] not in ("b", "V")):
            raise StataError("invalid syntax", 198)
        found[match[1] or match[3]] = match[2] or match[3]
        at = match.end()
    return found


def _new_b(new: Matrix, old: Matrix, rename: bool) -> Matrix:
    if new.values.shape != old.values.shape:
        raise StataError("conformability error", 503)
    if new.columns != old.columns and not rename:
        raise StataError("name conflict", 507)
    return new


def _show_anew(context: Context, b: Matrix, V: Matrix | None) -> None:
    """Posted results that are replayed show what is in e() now."""
    estimates = context.estimates
    result = estimates.result
    if isinstance(result, PostedEstimation):
        table = coefficient_listing(context, b, V, result.depvar, result.df_r, context.settings.level)
        context.change(estimates=replace(estimates, result=replace(result, b=b, V=V, table=table)))
