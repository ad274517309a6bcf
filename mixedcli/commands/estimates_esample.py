"""``estimates esample``: say which observations the active estimation results came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.storage import is_numeric
from ..design.sample import mark_sample
from ..design.varlist import expand_names
from ..errors import StataError
from ..expr.sample import sample_mask
from ..records import record, replace
from ..results.base import Result, Stored
from ..syntax.parser import parse
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.predict import present_variables
from ._shared.tables import read_weights
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("replace", "replace", help="set it although it is set already"),
    Option("stringvars", "string", Kind.VARLIST, "string variables whose empty values leave an observation out"),
    Option("zeroweight", "zero", help="observations with a weight of zero belong to it"),
)
_USER = "estimates_esample"
_TEXTS = {
    "cmd": "e(sample) set by estimation command", "user": "e(sample) set by user", "zero'd": "e(sample) not set (0 assumed)",
}


@record
class SampleOrigin(Result):
    """Who set e(sample): ``cmd``, ``user`` or, if nobody has, ``zero'd``."""

    schema: ClassVar[str] = "estimates esample"

    who: str

    def stored(self) -> Stored:
        return Stored("r", macros={"who": self.who})


@command("estimates esample", shortest="est es", start="raw")
def estimates_esample(context: Context, statement: Statement) -> Result | None:
    """estimates esample: [varlist] [if] [in] [weight] [, replace stringvars(varlist) zeroweight]
    estimates esample

    Make e(sample) the observations of if and in in which no variable of the varlist is missing, as it has to be said after
    `estimates use`. Without a colon say who has set it.
    """
    before, colon, text = statement.rest.partition(":")
    if before.strip():
        raise StataError("invalid syntax", 198)
    who = _who(context)
    if not colon:
        return SampleOrigin(who)
    typed = parse(text, "standard")
    options = context.options(typed, OPTIONS)
    if who != "zero'd" and not options["replace"]:
        raise StataError("no; e(sample) already set", 322)
    _set(context, _sample(context, typed, options))
    return None


def _who(context: Context) -> str:
    if not context.sample().any():
        return "zero'd"
    return "user" if context.estimates.sample in context.memory.get(_USER, ()) else "cmd"


def _sample(context: Context, typed: Statement, options: OptionValues) -> np.ndarray:
    """The observations chosen, bool of shape (n,)."""
    data = context.data
    touse = sample_mask(data, typed.condition, typed.in_range, context.environment())
    if typed.varlist:
        names = expand_names(typed.varlist, data)
        touse = mark_sample(data, touse, present_variables(context, names))
    for name in expand_names(options["stringvars"], data) if options["stringvars"] else ():
        if is_numeric(data.columns[name].storage):
            raise StataError(f"{name} not a string variable", 109)
        touse = touse & (data.columns[name].values != "")
    if typed.weight is not None and not options["zeroweight"]:
        kinds = ("fweight", "aweight", "pweight")
        rows = read_weights(context, typed, np.flatnonzero(touse), kinds)[2]
        touse = np.isin(np.arange(data.n), rows)
    return touse


def _set(context: Context, touse: np.ndarray) -> None:
    """Give the active results a sample of their own; results stored under a name keep theirs."""
    key = f"_est_{context.state.fits + 1}"
    context.change(
        data=replace(context.data, hidden={**context.data.hidden, key: touse}),
        estimates=replace(context.estimates, sample=key),
        fits=context.state.fits + 1,
    )
    context.memory[_USER] = frozenset({*context.memory.get(_USER, ()), key})


@layout(SampleOrigin)
def lay_out(result: SampleOrigin, style: Style) -> Document:
    from ._shared.tables import page

    return page([_TEXTS[result.who]])
