"""insheet: read delimited text, in the older form of import delimited."""

from __future__ import annotations

from ..data.csv_read import TextForm, read_delimited
from ..errors import StataError
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.files import Imported, file_name, new_names, put_imported, refuse_data_in_memory
from .context import Context
from .registry import command

OPTIONS = (
    Option("clear", "clear", help="drop the data in memory"),
    Option("comma", "c", help="cells end with commas"),
    Option("tab", "t", help="cells end with tabs"),
    Option("delimiter", "d", Kind.STRING, help="cells end with this character"),
    Option("names", "n", negated="nonames", help="the first row holds names (nonames: it does not)"),
    Option("double", "do", help="numbers with decimals become doubles"),
    Option("case", "case", help="keep capitals in names"),
)


@command("insheet", start="file", options=OPTIONS)
def insheet(context: Context, statement: Statement) -> Imported:
    """insheet [namelist] using filename [, clear comma tab delimiter("char") names nonames double case]

    Read text written by a spreadsheet (.raw is assumed).  See `import delimited`.
    """
    options = context.options(statement, OPTIONS)
    refuse_data_in_memory(context, options["clear"])
    given = [name for name in ("comma", "tab", "delimiter") if options[name]]
    if len(given) > 1:
        raise StataError("may not specify more than one of comma, tab and delimiter()", 198)
    delimiter = {"comma": ",", "tab": "\t"}.get(given[0], options["delimiter"]) if given else ""
    if delimiter is None or len(delimiter) > 1:
        raise StataError("delimiter() must be one character", 198)
    form = TextForm(
        delimiters=delimiter,
        names=int(options["names"]) if "names" in options.spans else None,
        case="preserve" if options["case"] else "lower",
        fraction="double" if options["double"] or context.settings.type == "double" else "float",
        variables=new_names(statement),
    )
    data, _ = read_delimited(file_name(statement, ".raw"), form)
    return put_imported(context, data, clear=True)
