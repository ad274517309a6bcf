"""export excel: write a worksheet."""

from __future__ import annotations

from ..data.excel import SheetForm, cell_range, write_excel
from ..errors import NotBuilt, StataError
from ..syntax.spec import Choice, Kind, Option, OptionValues, incorrectly_specified
from ..syntax.tree import Statement
from ._shared.files import Saved, check_target, file_name, part_to_export
from .context import Context
from .registry import command

OPTIONS = (
    Option("sheet", "sh", Kind.RAW, help='the worksheet\'s name; sheet("name", replace) and (.., modify) keep the others'),
    Option("sheetreplace", "sheetrep", help="replace the sheet, keep the others"),
    Option("sheetmodify", "sheetmod", help="write into the sheet, keep its other cells"),
    Option("cell", "cell", Kind.STRING, help="the upper left cell"),
    Option("firstrow", "first", Kind.CHOICE, choices=(Choice("variables", "var"), Choice("varlabels", "varl")),
           help="begin with a row of names or of variable labels"),
    Option("nolabel", "nol", help="numbers instead of their value labels"),
    Option("missing", "miss", Kind.STRING, help="what stands for missing numbers"),
    Option("replace", "replace", help="write over a file that exists"),
    Option("datestring", "datestring", Kind.RAW, planned=True),
    Option("keepcellfmt", "keepcellfmt", planned=True),
)


@command("export excel", shortest="exp exc", start="file", options=OPTIONS)
def export_excel(context: Context, statement: Statement) -> Saved:
    """export excel [varlist] [using] filename [if] [in] [, sheet("name") cell(A1) firstrow(variables | varlabels)
        nolabel missing("text") replace sheetreplace sheetmodify]

    Write one worksheet of an .xlsx workbook (.xlsx is assumed).  %td and %tc variables become dates.
    Needs the optional extra: pip install 'mixedcli[excel]'.
    """
    options = context.options(statement, OPTIONS)
    path = file_name(statement, ".xlsx")
    if path.lower().endswith(".xls"):
        raise NotBuilt("writing .xls workbooks (use .xlsx)")
    names, rows = part_to_export(context, statement)
    sheet, how = _sheet(options)
    keep = how in ("replace", "modify")
    absent = check_target(path, options["replace"] or keep)
    cell = cell_range(options["cell"]) if options["cell"] else cell_range("A1")
    columns = context.data.columns
    headings = {
        "variables": names, "varlabels": tuple(columns[name].label or name for name in names),
    }.get(options["firstrow"] or "", ())  # fmt: skip
    form = SheetForm(
        sheet, headings, not options["nolabel"], options["missing"] or "", cell.first_row, cell.first_column,
        keep=keep, modify=how == "modify",
    )
    write_excel(context.data, path, names, rows, form)
    return Saved(path, missing=absent and bool(options["replace"]))


def _sheet(options: OptionValues) -> tuple[str, str]:
    """The sheet's name, and ``replace``, ``modify`` or nothing."""
    text, comma, how = (options["sheet"] or "Sheet1").rpartition(",")
    if not comma:
        text, how = how, ""
    how = how.strip()
    name = text.strip().strip('"')
    if how not in ("", "replace", "modify") or not 0 < len(name) <= 31:
        raise incorrectly_specified("sheet", options.spans.get("sheet"))
    flags = [flag for flag in ("replace", "modify") if options[f"sheet{flag}"]]
    if len(flags) + bool(how) > 1:
        raise StataError("options sheetreplace and sheetmodify may not be combined", 198)
    return name, how or (flags[0] if flags else "")
