"""export delimited: write delimited text."""

from __future__ import annotations

from ..data.csv_write import OutputForm, write_delimited
from ..errors import StataError
from ..syntax.spec import Kind, Option, incorrectly_specified
from ..syntax.tree import Statement
from ._shared.files import Saved, check_target, file_name, part_to_export
from .context import Context
from .registry import command

OPTIONS = (
    Option("replace", "replace", help="write over a file that exists"),
    Option("delimiter", "delim", Kind.STRING, help='what stands between cells: one character, or tab'),
    Option("novarnames", "novar", help="no row of names"),
    Option("nolabel", "nolab", help="numbers instead of their value labels"),
    Option("quote", "quote", help="all texts in quotes"),
    Option("datafmt", "dataf", help="numbers in their display formats"),
)


@command("export delimited", shortest="exp delim", start="file", options=OPTIONS)
def export_delimited(context: Context, statement: Statement) -> Saved:
    """export delimited [varlist] [using] filename [if] [in] [, replace delimiter() novarnames nolabel quote datafmt]

    Write text with a row of names and commas between cells (.csv is assumed).  A missing value . is an empty cell.
    """
    options = context.options(statement, OPTIONS)
    path = file_name(statement, ".csv")
    names, rows = part_to_export(context, statement)
    delimiter = options["delimiter"] if options["delimiter"] is not None else ","
    delimiter = {"tab": "\t", "\\t": "\t", "comma": ","}.get(delimiter, delimiter)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise incorrectly_specified("delimiter", None)
    absent = check_target(path, options["replace"])
    form = OutputForm(
        delimiter=delimiter,
        names=not options["novarnames"],
        labels=not options["nolabel"],
        quote=bool(options["quote"]),
        display_formats=bool(options["datafmt"]),
    )
    if not names:
        raise StataError("varlist required", 100)
    write_delimited(context.data, path, names, rows, form)
    return Saved(path, missing=absent and bool(options["replace"]))
