"""sysuse: load one of the bundled data sets, or list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data.load import load
from ..records import record
from ..resources import dataset_names
from ..results.base import Result
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import Loaded, invalid_syntax, refuse_unsaved
from .context import Context
from .registry import command, layout
from .use import put_in_memory

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("clear", "clear", help="drop the data in memory even if they have changed"),
    Option("all", "all", help="with dir: list every bundled set (they are all listed anyway)"),
)


@record
class Bundled(Result):
    """The bundled data sets: name, label, observations, variables."""

    sets: tuple[tuple[str, str, int, int], ...]


@command("sysuse", start="names", options=OPTIONS)
def sysuse(context: Context, statement: Statement) -> Loaded | Bundled:
    """sysuse name [, clear]
    sysuse dir

    Load a data set that comes with the program; `sysuse dir` lists them.
    """
    options = context.options(statement, OPTIONS)
    if len(statement.arguments) != 1:
        raise invalid_syntax()
    name = statement.arguments[0].text
    if name == "dir":
        return _list()
    refuse_unsaved(context, options["clear"])
    return put_in_memory(context, load(name, bundled_first=True))


def _list() -> Bundled:
    sets = ((name, load(name, bundled_first=True)) for name in dataset_names())
    return Bundled(tuple((name, data.label, data.n, len(data.columns)) for name, data in sets))


@layout(Bundled)
def lay_out(result: Bundled, style: Style) -> Document:
    from ..report.document import Document, line

    width = max((len(name) for name, *_ in result.sets), default=0) + len(".dta")
    return Document(tuple(line(f"  {name + '.dta':<{width}}  {label}".rstrip()) for name, label, *_ in result.sets))
