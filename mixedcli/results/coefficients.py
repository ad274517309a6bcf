"""One line of a coefficient table: a name and the numbers of that coefficient, at full precision."""

from __future__ import annotations

import math

from ..records import record
from .stripe import Term


@record
class CoefficientRow:
    """A coefficient.  Missing numbers are NaN.

    ``term``: the term of the design, or a plain label (``(1)``, ``_cons``, ``/cut1``).
    ``statistic`` is z or t, ``p`` its two-sided tail.  ``note`` overrides what the term's status says: ``(omitted)``,
    ``(empty)``, ``(base)``, ``(offset)``, ``(exposure)``; such a row shows its coefficient and the note only.
    ``tested`` False leaves the cells of statistic and p blank (standard deviations, some cut points).
    """

    term: Term | str
    b: float = math.nan
    se: float = math.nan
    statistic: float = math.nan
    p: float = math.nan
    lo: float = math.nan
    hi: float = math.nan
    note: str = ""
    tested: bool = True

    @property
    def status(self) -> str:
        """``shown``, ``base``, ``omitted`` or ``empty``."""
        return "shown" if isinstance(self.term, str) else self.term.status

    @property
    def stripe(self) -> str:
        """The name in e(b): ``lrt``, ``2.schgend#c.lrt``, ``_cons``."""
        return self.term if isinstance(self.term, str) else self.term.name
