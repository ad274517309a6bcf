"""scalar dir: the scalars in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..syntax.tree import Statement
from ._matrix.tables import or_assignment
from ._shared.scalars import ScalarListing, chosen_scalars
from .registry import command

if TYPE_CHECKING:
    from .context import Context


@command("scalar dir", shortest="sca di", start="raw")
@or_assignment("scalar")
def scalar_dir(context: Context, statement: Statement) -> ScalarListing:
    """scalar dir [names | _all]: show scalars and their values, the newest first."""
    return chosen_scalars(context, statement.rest)
