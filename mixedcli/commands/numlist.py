"""``numlist``: a list of numbers written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._syntax.spec import read_details
from ._syntax.values import numbers
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("ascending", "ascend", help="each number must be larger than the one before it"),
    Option("descending", "descend", help="each number must be smaller than the one before it"),
    Option("integer", "int", help="only whole numbers"),
    Option("missingokay", "miss", help="missing values are allowed", planned=True),
    Option("min", "min", Kind.INTEGER, "fewest numbers"),
    Option("max", "max", Kind.INTEGER, "most numbers"),
    Option("range", "range", Kind.RAW, "bounds, such as >=0 <1"),
    Option("sort", "sort", help="put the numbers in order"),
)


@record
class Numbers(Result):
    """A number list written out, with blanks between the numbers."""

    numlist: str

    def stored(self) -> Stored:
        return Stored("r", macros={"numlist": self.numlist})


@command("numlist", start="names", options=OPTIONS)
def numlist(context: Context, statement: Statement) -> Numbers:
    """numlist "numlist" [, ascending descending integer min(#) max(#) range(bounds) sort]

    Write out a list of numbers such as "1 3/5 10(5)30" and leave it in r(numlist).
    """
    options = context.options(statement, OPTIONS)
    if len(statement.arguments) != 1:
        raise StataError("invalid syntax", 198)
    details = read_details(options["range"] or "")
    for flag in ("ascending", "descending", "integer", "sort"):
        if options[flag]:
            details[flag] = ""
    for bound in ("min", "max"):
        if options[bound] is not None:
            details[bound] = str(options[bound])
    return Numbers(numbers(statement.arguments[0].text, details))


@layout(Numbers)
def lay_out(result: Numbers, style: Style) -> Document:
    from ..report.document import Document

    return Document()
