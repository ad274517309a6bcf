"""return scalar: a number for r()."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._shared.returns import return_entry, scalar_of
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("return scalar", shortest="ret sca", start="raw")
def return_scalar(context: Context, statement: Statement) -> None:
    """return scalar name = exp: what r(name) will be when the rclass program that is running ends."""
    name, value = scalar_of(context, statement)
    return_entry(context, "scalars", name, value)
