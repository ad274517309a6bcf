"""How a table of coefficients is asked for: the display options that every estimation command has."""

from __future__ import annotations

from ..records import record


@record
class Show:
    """Which rows are printed, and how.

    Base levels are hidden unless asked for; ``vsquish`` drops the blank lines, ``nolstretch`` keeps the name column
    narrow, ``coeflegend`` shows how to refer to each coefficient in place of its other numbers.  ``cformat`` (estimates,
    standard errors, limits), ``pformat`` and ``sformat`` (statistics) are display formats, "" for the usual ones.
    """

    noomitted: bool = False
    noemptycells: bool = False
    baselevels: bool = False
    allbaselevels: bool = False
    vsquish: bool = False
    nolstretch: bool = False
    coeflegend: bool = False
    cformat: str = ""
    pformat: str = ""
    sformat: str = ""
