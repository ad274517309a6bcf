"""``estimates use``: estimation results from a file."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from ._shared.files import no_file, with_suffix
from .context import Context
from .registry import command


@command("estimates use", shortest="est use", start="names")
def estimates_use(context: Context, statement: Statement) -> None:
    """estimates use file

    Make the estimation results that estimates save has written to a file the active ones. The data they came from need
    not be in memory; e(sample) is empty.
    """
    from ..data.files import could_not_open
    from ._estimates.file import from_text, make_active

    context.options(statement, ())
    if len(statement.arguments) != 1 or not statement.arguments[0].text.strip():
        raise no_file()
    path = with_suffix(statement.arguments[0].text, ".ster")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except FileNotFoundError:
        raise StataError(f"file {path} not found", 601) from None
    except (OSError, ValueError):
        raise could_not_open(path) from None
    make_active(context, from_text(text, path))
