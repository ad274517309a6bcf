"""tsset: declare which variable gives the time, and perhaps which tells the panels apart."""

from __future__ import annotations

from ..syntax.tree import Statement
from ._shared.panel import OPTIONS, Declared, declare
from .context import Context
from .registry import command


@command("tsset", shortest="tss", options=OPTIONS)
def tsset(context: Context, statement: Statement) -> Declared:
    """tsset [[panelvar] timevar] [, delta(#) format(%fmt) clocktime daily weekly monthly quarterly halfyearly yearly
    generic clear]

    Declare the time, and perhaps the panels, for the operators L. F. D. S.; alone, show what is declared and put the
    data in its order.
    """
    return declare(context, statement, panels_first=False)
