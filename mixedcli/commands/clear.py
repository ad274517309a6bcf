"""clear: drop the data in memory, and with ``all`` everything else."""

from __future__ import annotations

from ..data.dataset import Dataset
from ..results.base import Stored
from ..syntax.tree import Statement
from ._shared.data import invalid_syntax
from .context import Context
from .registry import command

# What Stata can hold and this program does not, or not apart from the data: clearing it changes nothing.
_NOTHING_KEPT = ("ado", "collect", "frames", "mata", "matrix", "programs", "rngstream")


@command("clear", start="raw")
def clear(context: Context, statement: Statement) -> None:
    """clear [all | * | results | matrix | mata | programs | ado | ...]

    Drop the data and value labels from memory.  `clear all` (or `clear *`) also drops estimates, stored results,
    scalars and constraints; `clear results` drops e() and r() only.
    """
    what = statement.rest.strip()
    if not what:
        context.data = Dataset()
    elif what in ("all", "*", "_all"):
        context.change(data=Dataset(), estimates=None, saved={}, returned=Stored("r"), scalars={}, constraints={})
    elif what == "results":
        context.change(estimates=None, returned=Stored("r"))
    elif what not in _NOTHING_KEPT:
        raise invalid_syntax((statement.span[0], len(statement.text)))
