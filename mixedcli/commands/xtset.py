"""xtset: declare which variable tells the panels apart and which gives the time."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.panel import OPTIONS, Declared, declare
from .context import Context
from .registry import command


@command("xtset", options=OPTIONS)
def xtset(context: Context, statement: Statement) -> Declared:
    """xtset [panelvar [timevar]] [, delta(#) format(%fmt) clocktime daily weekly monthly quarterly halfyearly yearly
    generic clear]

    Declare the panels, and the time within them, for xt commands and the operators L. F. D. S.; alone, show what is
    declared.
    """
    return declare(context, statement, panels_first=True)
