"""``estimates for``: run a command with each of several stored results active."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..errors import StataError
from ..records import record
from ..results.base import Result
from ..syntax.head import top_level_colon
from ..syntax.parser import parse
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._esttab.models import chosen_estimates
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("noheader", "noh", help="no heading above the output of each"),
    Option("nostop", "nos", help="go on with the next results when the command fails"),
)


@record
class ModelHeading(Result):
    """What stands above the output for one set of results; an empty ``name`` means the active ones."""

    schema: ClassVar[str] = "estimates for"

    name: str


@command("estimates for", shortest="est for", start="raw", control=True)
def estimates_for(context: Context, statement: Statement) -> None:
    """estimates for names [, noheader nostop]: command

    Run a command after estimation, such as test or lincom, for each of the named results in turn. What was active before
    is active again in the end.
    """
    assert context.runner is not None
    at = top_level_colon(statement.rest, 0)
    text = statement.rest[at + 1 :] if at is not None else ""
    if at is None or not text.strip():
        raise StataError("invalid syntax", 198)
    names = parse(statement.rest[:at], "names")
    options = context.options(names, OPTIONS)
    if not names.arguments:
        raise StataError("name required", 100)
    active = context.state.estimates
    try:
        for name, estimates in chosen_estimates(context, names.arguments):
            context.change(estimates=estimates)
            if not options["noheader"]:
                context.runner.show(ModelHeading(name), statement.text, "estimates for")
            context.runner.run_line(f"capture noisily {text.strip()}" if options["nostop"] else text)
    finally:
        context.change(estimates=active)


@layout(ModelHeading)
def lay_out(result: ModelHeading, style: Style) -> Document:
    """Between two rules as wide as the page."""
    from ..report.document import BLANK, Document, line

    rule = line("-" * style.linesize)
    return Document((BLANK, rule, line(f"Model {result.name}" if result.name else "Active results"), rule))
