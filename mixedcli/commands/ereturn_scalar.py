"""ereturn scalar: a number in e()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._shared.returns import estimation_entry, scalar_of
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("ereturn scalar", shortest="eret sca", start="raw")
def ereturn_scalar(context: Context, statement: Statement) -> None:
    """ereturn scalar name = exp: add the number e(name) to the estimation results."""
    name, value = scalar_of(context, statement)
    estimation_entry(context, "scalars", name, value)
