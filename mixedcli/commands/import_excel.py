"""import excel: read a worksheet."""

from __future__ import annotations

from ..data.excel import cell_range, read_excel
from ..errors import NotBuilt
from ..syntax.spec import Choice, Kind, Option
from ..syntax.tree import Statement
from ._shared.files import Imported, file_name, put_imported
from .context import Context
from .registry import command

OPTIONS = (
    Option("sheet", "sh", Kind.STRING, help="the worksheet's name; by default the first"),
    Option("firstrow", "first", help="the first row holds names"),
    Option("cellrange", "cellra", Kind.STRING, help="the cells to read: A1, A1:C20"),
    Option("case", "case", Kind.CHOICE, choices=(Choice("preserve", "p"), Choice("lower", "l"), Choice("upper", "u")),
           help="the case of names: preserve (default), lower, upper"),
    Option("allstring", "all", help="all variables are texts"),
    Option("clear", "clear", help="drop the data in memory even if they have changed"),
    Option("describe", "desc", planned=True),
)
_FIRST_TO_SAY_SO = 16


@command("import excel", shortest="imp exc", start="file", options=OPTIONS)
def import_excel(context: Context, statement: Statement) -> Imported:
    """import excel [using] filename [, sheet("name") firstrow cellrange(A1:C20) case() allstring clear]

    Read one worksheet of an .xlsx workbook.  A column of numbers becomes numeric, dates %td or %tc, any text a string.
    Needs the optional extra: pip install 'mixedcli[excel]'.
    """
    options = context.options(statement, OPTIONS)
    if statement.varlist or statement.condition is not None or statement.in_range is not None:
        raise NotBuilt("import excel of some variables (drop the others afterwards)")
    path = file_name(statement, ".xlsx")
    cells = cell_range(options["cellrange"]) if options["cellrange"] else None
    data = read_excel(
        path, options["sheet"] or "", cells, bool(options["firstrow"]), options["case"] or "preserve",
        bool(options["allstring"]),
    )  # fmt: skip
    return put_imported(context, data, options["clear"], silent_before=_FIRST_TO_SAY_SO)
