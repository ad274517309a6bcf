"""``estimates dir``: list the stored results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from ..formats import abbreviate
from ..records import record
from ..results.base import Result, Stored
from ..syntax.tree import Statement
from ._estimates.common import stored_names
from ._estimates.remarks import user_title
from .context import Context, Estimates
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Row, Style


@record
class StoredModel:
    """One line of the list.  ``parameters`` is the number of columns of e(b); ``user_title`` what the user called it."""

    name: str
    command: str
    depvar: str
    parameters: int
    title: str
    user_title: str = ""


@record
class EstimatesDirectory(Result):
    """The stored results, in the order in which they were stored."""

    schema: ClassVar[str] = "estimates dir"

    models: tuple[StoredModel, ...]

    def stored(self) -> Stored:
        return Stored("r", macros={"names": " ".join(model.name for model in self.models)})


@command("estimates dir", shortest="est dir", start="names")
def estimates_dir(context: Context, statement: Statement) -> EstimatesDirectory:
    """estimates dir [names]

    List the stored results: their names, commands, dependent variables and numbers of parameters.
    """
    context.options(statement, ())
    saved = context.state.saved
    names = stored_names(context, statement.arguments) if statement.arguments else tuple(saved)
    return directory((name, saved[name]) for name in names)


def directory(named: Iterable[tuple[str, Estimates]]) -> EstimatesDirectory:
    """The list of (name, estimates) pairs."""
    return EstimatesDirectory(tuple(_describe(name, estimates) for name, estimates in named))


def _describe(name: str, estimates: Estimates) -> StoredModel:
    stored = estimates.stored()
    macros = stored.macros
    count = len(stored.matrices["b"].columns) if "b" in stored.matrices else 0
    named = user_title(estimates)
    title = named or macros.get("title", "")
    return StoredModel(name, macros.get("cmd2") or macros.get("cmd", ""), macros.get("depvar", ""), count, title, named)


# ---- layout ----------------------------------------------------------------------------------------------------

BAR = 14
DEPVAR = 12                          # dependent variables are cut to this width


@layout(EstimatesDirectory)
def lay_out(result: EstimatesDirectory, style: Style) -> Document:
    """Up to 16 all columns are fixed and only titles given by the user show; from 17 on e(title) does too."""
    from ..report.document import BLANK, Document, Rule, Table

    if not result.models:
        return Document()
    rows, titles = _old_rows(result) if style.version < 17 else _new_rows(result)
    width = max(titles, default=0)
    table = Table((Rule(), *rows[0], Rule(joint=True), *rows[1], Rule()), width, BAR, name="estimates")
    return Document((BLANK, table))


def _stub(name: str) -> str:
    return abbreviate(name, 12).rjust(12) + " "


def _old_rows(result: EstimatesDirectory) -> tuple[tuple[list[Row], list[Row]], list[int]]:
    from ..report.document import Cell, Row

    heads = [
        Row(_stub("name"), (Cell("command", 16, left=True), Cell("depvar", 29, left=True), Cell("npar", 45),
                            Cell("title ", 48, left=True)), heading=True)
    ]
    rows = [
        Row(_stub(m.name), (Cell(abbreviate(m.command, 12), 16, left=True),
                            Cell(abbreviate(m.depvar, DEPVAR), 29, left=True), Cell(str(m.parameters), 45),
                            *([Cell(m.user_title, 48, left=True)] if m.user_title else [])))
        for m in result.models
    ]
    return (heads, rows), [max(53, 47 + len(m.user_title)) for m in result.models]


def _new_rows(result: EstimatesDirectory) -> tuple[tuple[list[Row], list[Row]], list[int]]:
    from ..report.document import Cell, Row

    command_width = max(8, *(len(m.command) for m in result.models))
    depvar_width = max(9, *(len(abbreviate(m.depvar, DEPVAR)) for m in result.models))
    depvar = 15 + command_width + 2 + depvar_width
    count, title = depvar + 11, depvar + 14
    heads = [
        Row("", (Cell("Dependent", depvar), Cell("Number of".ljust(17), count - 8, left=True)), heading=True),
        Row(_stub("Name"), (Cell("Command", 16, left=True), Cell("variable", depvar), Cell("param.", count),
                            Cell("Title ", title, left=True)), heading=True),
    ]
    rows = [
        Row(_stub(m.name), (Cell(m.command, 16, left=True), Cell(abbreviate(m.depvar, DEPVAR), depvar),
                            Cell(str(m.parameters), count), Cell(m.title, title, left=True)))
        for m in result.models
    ]
    return (heads, rows), [title - 1 + max(len("Title "), len(m.title)) for m in result.models]
