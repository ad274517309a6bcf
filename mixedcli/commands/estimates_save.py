"""``estimates save``: the active estimation results into a file."""

from __future__ import annotations

from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.files import Saved, check_target, no_file, with_suffix
from .context import Context
from .registry import command

OPTIONS = (
    Option("replace", "replace", help="overwrite the file"),
    Option("append", "app", planned=True),
)


@command("estimates save", shortest="est save", start="names", options=OPTIONS)
def estimates_save(context: Context, statement: Statement) -> Saved:
    """estimates save file [, replace]

    Write the active estimation results to a file (.ster unless it has a suffix). The file is of mixedcli's own kind;
    Stata does not read it.
    """
    from ..data.files import write_aside
    from ._estimates.file import to_text

    options = context.options(statement, OPTIONS)
    if len(statement.arguments) != 1 or not statement.arguments[0].text.strip():
        raise no_file()
    path = with_suffix(statement.arguments[0].text, ".ster")
    estimates = context.estimates
    missing = check_target(path, options["replace"])
    text = to_text(estimates, int(context.sample().sum()))
    write_aside(path, (text.encode("utf-8"),))
    return Saved(path, missing and options["replace"])
