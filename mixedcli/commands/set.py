"""set: settings of the session, and the number of observations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.columns import new_numeric, numeric
from ..data.dataset import Column, Dataset
from ..data.storage import DTYPES, MISSING
from ..errors import NotBuilt, StataError
from ..records import record, replace
from ..results.base import Messages, Result
from ..syntax.spec import Option, abbreviates
from ..syntax.tree import Statement
from ._shared.data import frozen, invalid_syntax, thousands
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (Option("permanently", "perm", help="accepted; settings last as long as the session"),)
MOST_OBSERVATIONS = 2147483619
# Settings of Stata that change nothing in what this program does or prints.
_WITHOUT_EFFECT = (
    "adosize autotabgraphs graphics maxvar max_memory min_memory niceness printcolor processors reventries "
    "revkeyboard scheme scrollbufsize segmentsize smoothsize update_query varkeyboard"
)
_AS_IT_IS = (("trace", ["off"]), ("iterlog", ["on"]), ("pause", ["off"]))
_NOT_BUILT = (
    "cformat charset conren dp emptycells fvbase fvlabel fvtrack fvwrap fvwrapon iterlog lapack_mkl logtype lstretch "
    "matastrict maxiter odbcmgr output pagesize pause pformat pinnable rng rngstate rngstream search searchdefault "
    "sformat showbaselevels showemptycells showomitted sortseed sortrngstate tabledefault timeout1 timeout2 trace "
    "tracedepth traceexpand tracehilite tracenumber tracesep traceindent"
)


@record
class MoreObservations(Result):
    """The number of observations before and after ``set obs``."""

    before: int
    after: int


@command("set", start="names", options=OPTIONS)
def set_(context: Context, statement: Statement) -> Result | None:
    """set level # | linesize # | type float|double | seed # | obs # | more on|off | rmsg on|off | varabbrev on|off
    set holdnodes on|off

    Change a setting of the session, or (set obs) add observations.  Settings of Stata's windows, memory and graphs
    are accepted and have no effect.  With holdnodes on, melogit and its kin take derivatives with the quadrature nodes
    held, as Stata does, which gives Stata's last digits.
    """
    context.options(statement, OPTIONS)
    words = statement.arguments
    if not words:
        raise NotBuilt("set without a setting")
    name, rest = words[0].text, [word.text for word in words[1:]]
    for setting, (shortest, change) in _SETTINGS.items():
        if abbreviates(name, setting, shortest):
            if len(rest) != 1:
                raise invalid_syntax(words[0].span)
            return change(context, rest[0])
    if name in _WITHOUT_EFFECT.split() or (name, rest) in _AS_IT_IS:
        return None
    if name in _NOT_BUILT.split():
        raise NotBuilt(f"set {name}", words[0].span)
    raise invalid_syntax(words[0].span)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise invalid_syntax() from None


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d+", text):
        raise invalid_syntax()
    return int(text[:19])  # more is out of every range, and Python refuses to read thousands of digits


def _level(context: Context, text: str) -> None:
    level = _number(text)
    if not 10 <= level <= 99.99:
        raise StataError("level() must be between 10 and 99.99 inclusive", 198)
    context.set(level=level)


def _linesize(context: Context, text: str) -> None:
    size = _whole(text)
    if not 40 <= size <= 255:
        raise StataError("linesize must be between 40 and 255", 198)
    context.set(linesize=size)


def _type(context: Context, text: str) -> None:
    if text not in DTYPES:
        raise invalid_syntax()
    context.set(type=text)


def _seed(context: Context, text: str) -> None:
    seed = _whole(text)
    if seed > 2**31 - 1:
        raise invalid_syntax()
    context.set(seed=seed)
    context.memory["random"] = np.random.default_rng(seed)


def _switch(setting: str) -> Callable[[Context, str], None]:
    """The function that turns ``setting`` on or off."""

    def change(context: Context, text: str) -> None:
        if text not in ("on", "off"):
            raise invalid_syntax()
        fields: dict[str, Any] = {setting: text == "on"}
        context.set(**fields)

    return change


def _memory(context: Context, text: str) -> Messages:
    return Messages((
        "set memory ignored.",
        "    Memory no longer needs to be set in modern Statas; memory adjustments are performed on the fly",
        "    automatically.",
    ))


def _matsize(context: Context, text: str) -> Messages | None:
    """Said from version 16 on; before, the setting was taken without a word."""
    if context.version < 16:
        return None
    return Messages((
        "set matsize ignored.",
        "    Matrix sizes are no longer limited by c(matsize) in modern Statas.  Matrix sizes are now",
        "    limited by flavor of Stata.  See limits for more details.",
    ))


def _obs(context: Context, text: str) -> MoreObservations:
    data, wanted = context.data, _whole(text.replace(",", ""))
    if not data.n <= wanted <= MOST_OBSERVATIONS:
        raise StataError(
            "observation number out of range\n"
            f"    Observation number must be between {data.n:,} and {MOST_OBSERVATIONS:,}.  (Observation numbers are "
            "typed without commas.)",
            198,
        )
    if wanted > data.n:
        context.data = lengthened(data, wanted)
    return MoreObservations(data.n, wanted)


def lengthened(data: Dataset, n: int) -> Dataset:
    """The data set with missing values (empty strings) added up to ``n`` rows."""
    columns = {name: _extended(column, n) for name, column in data.columns.items()}
    hidden = {
        key: frozen(np.concatenate([kept, np.zeros(n - len(kept), dtype=kept.dtype)]))
        for key, kept in data.hidden.items()
    }
    return replace(data, columns=columns, n=n, hidden=hidden, sorted_by=(), changed=True)


def _extended(column: Column, n: int) -> Column:
    more = n - len(column.values)
    if column.storage in DTYPES:
        values = np.concatenate([numeric(column), np.full(more, MISSING)])
        return replace(column, values=new_numeric(column.name, values, column.storage).values)
    return replace(column, values=frozen(np.concatenate([column.values, np.full(more, "", dtype=object)])))


_SETTINGS: dict[str, tuple[str, Callable[[Context, str], Result | None]]] = {
    "level": ("l", _level),
    "linesize": ("li", _linesize),
    "type": ("ty", _type),
    "seed": ("se", _seed),
    "obs": ("ob", _obs),
    "more": ("mo", _switch("more")),
    "rmsg": ("r", _switch("rmsg")),
    "varabbrev": ("varabbrev", _switch("varabbrev")),
    "holdnodes": ("holdnodes", _switch("holdnodes")),
    "memory": ("mem", _memory),
    "matsize": ("mat", _matsize),
}


@layout(MoreObservations)
def lay_out(result: MoreObservations, style: Style) -> Document:
    from ..report.document import Document, line

    before, after = thousands(result.before, style.version), thousands(result.after, style.version)
    if style.version >= 17:
        return Document((line(f"Number of observations (_N) was {before}, now {after}."),))
    if style.version >= 14:
        return Document((line(f"number of observations (_N) was {before}, now {after}"),))
    return Document((line(f"obs was {before}, now {after}"),))
