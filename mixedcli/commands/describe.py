"""describe: what the data set holds, variable by variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..data.storage import DTYPES
from ..errors import NotBuilt
from ..formats import abbreviate
from ..records import record
from ..results.base import Result, Stored
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.tables import chosen_names, page, paragraph, refuse
from .registry import command, layout

if TYPE_CHECKING:
    from ..data.dataset import Column, Dataset
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("short", "s", help="only the size of the data and the sort order"),
    Option("simple", "si", help="only the names of the variables"),
    Option("fullnames", "f", help="do not abbreviate variable names"),
    Option("numbers", "n", help="show the number of each variable"),
    Option("varlist", "varl", help="also store r(varlist) and r(sortlist)"),
    Option("detail", "d", planned=True),
    Option("replace", "replace", planned=True),
    Option("clear", "clear", planned=True),
)

_BYTES = {"byte": 1, "int": 2, "long": 4, "float": 4, "double": 8}
_NAME_WIDTH, _LABEL_START, _LABEL_INDENT = 15, 46, 48
_LONGEST_VALUE_LABEL, _LONGEST_FORMAT = 8, 9


@record
class VariableDescription:
    """One variable; ``number`` is its place in the data set, from 1."""

    number: int
    name: str
    storage: str
    format: str
    value_label: str
    label: str
    has_notes: bool


@record
class Description(Result):
    """``whole``: no varlist was given, so that the heading and the sort order are shown.  ``width``: bytes per row."""

    schema: ClassVar[str] = "describe"

    filename: str
    N: int
    k: int
    width: int
    label: str
    timestamp: str
    has_notes: bool
    changed: bool
    sorted_by: tuple[str, ...]
    variables: tuple[VariableDescription, ...]
    whole: bool
    form: str = "table"
    full_names: bool = False
    numbers: bool = False
    list_names: bool = False

    def stored(self) -> Stored:
        scalars = {"N": float(self.N), "k": float(self.k), "width": float(self.width), "changed": float(self.changed)}
        macros = {"datalabel": self.label} if self.label else {}
        if self.list_names:
            macros |= {"varlist": " ".join(v.name for v in self.variables), "sortlist": " ".join(self.sorted_by)}
        return Stored("r", scalars=scalars, macros=macros)


@command("describe", shortest="d", options=OPTIONS)
def describe(context: Context, statement: Statement) -> Description:
    """describe [varlist] [, short simple fullnames numbers varlist]: storage types, formats and labels."""
    options = context.options(statement, OPTIONS)
    if statement.using is not None:
        raise NotBuilt("describe using")
    refuse(statement)
    data = context.data
    place = {name: k for k, name in enumerate(data.names, start=1)}
    names = chosen_names(context, statement)
    return Description(
        filename=data.filename,
        N=data.n,
        k=len(data.columns),
        width=sum(row_bytes(column) for column in data.columns.values()),
        label=data.label,
        timestamp=data.timestamp,
        has_notes=_has_notes(data, "_dta"),
        changed=data.changed,
        sorted_by=data.sorted_by,
        variables=tuple(_described(data, data.columns[name], place[name]) for name in names),
        whole=not statement.varlist,
        form="short" if options["short"] else "simple" if options["simple"] else "table",
        full_names=bool(options["fullnames"]),
        numbers=bool(options["numbers"]),
        list_names=bool(options["varlist"]),
    )


def row_bytes(column: Column) -> int:
    """The bytes one value takes in memory; a strL takes eight for its place in the heap."""
    if column.storage in DTYPES:
        return _BYTES[column.storage]
    return 8 if column.storage == "strL" else int(column.storage[3:])


def _has_notes(data: Dataset, name: str) -> bool:
    return data.characteristics.get(name, {}).get("note0", "0") not in ("", "0")


def _described(data: Dataset, column: Column, number: int) -> VariableDescription:
    return VariableDescription(
        number, column.name, column.storage, column.format, column.value_label, column.label,
        _has_notes(data, column.name),
    )


# ---- layout --------------------------------------------------------------------------------------------------


@layout(Description)
def lay_out(result: Description, style: Style) -> Document:
    if result.form == "simple":
        return page(in_columns([v.name for v in result.variables], style.linesize))
    if result.form == "short":
        return page(["", *_heading(result, style), *_ending(result, style)])
    rule = "-" * style.linesize
    rows = [line for variable in result.variables for line in _row(variable, result, style)]
    if not result.whole:
        return page(["", *_titles(style), rule, *rows])
    notes = " " * 44 + "* indicated variables have notes"
    if any(variable.has_notes for variable in result.variables):
        rows.append(notes)
    table = [*([rule, *_titles(style)] if result.variables else []), rule, *rows, *([rule] if result.variables else [])]
    return page(["", *_heading(result, style), *(table if result.variables else []), *_ending(result, style)])


def _heading(result: Description, style: Style) -> list[str]:
    """Where the data come from, how many, their label, when saved, and whether they have notes."""
    first = f"Contains data from {result.filename}" if result.filename else "Contains data"
    observations, variables = (
        (" Observations:", "    Variables:") if style.version >= 17 else ("  obs:", " vars:")
    )
    label = paragraph(result.label, _LABEL_START, _LABEL_INDENT, style.linesize)
    notes = "(_dta has notes)" if result.has_notes else ""
    lines = [
        first,
        f"{observations}{result.N:>14,}".ljust(_LABEL_START) + label[0],
        *label[1:],
        f"{variables}{result.k:>14,}".ljust(_LABEL_START) + result.timestamp.strip(),
    ]
    if style.version < 16:
        lines.append(f" size:{result.N * result.width:>14,}".ljust(_LABEL_START) + notes)
    elif notes:
        lines.append(" " * _LABEL_START + notes)
    return lines


def _titles(style: Style) -> list[str]:
    if style.version >= 17:
        return ["Variable      Storage   Display    Value",
                "    name         type    format    label      Variable label"]
    if style.version >= 14:
        return ["              storage   display    value",
                "variable name   type    format     label      variable label"]
    return ["              storage  display     value",
            "variable name   type   format      label      variable label"]


def _ending(result: Description, style: Style) -> list[str]:
    new = style.version >= 14
    lines = ["Sorted by:" + (" " if new else "  ") + "  ".join(result.sorted_by)]
    if result.changed:
        lines.append("     Note: Dataset has changed since last saved." if new
                     else "     Note:  dataset has changed since last saved")
    return lines


def _row(variable: VariableDescription, result: Description, style: Style) -> list[str]:
    """The lines of one variable: what does not fit its column goes on to the next line."""
    type_width, format_width = (8, 11) if style.version >= 14 else (7, 12)
    lines = []
    name = _shown_name(variable, result)
    if len(name) > _NAME_WIDTH:
        lines.append(name)
        name = ""
    start = f"{name:<{_NAME_WIDTH}} {variable.storage:<{type_width}}{_short_format(variable.format):<{format_width}}"
    mark = "* " if variable.has_notes else "  "
    if len(variable.value_label) <= _LONGEST_VALUE_LABEL:
        start = f"{start}{variable.value_label:<{_LABEL_START - 2 - len(start)}}{mark}"
    else:
        lines.append(start + variable.value_label)
        start = " " * (_LABEL_START - 2) + mark
    label = paragraph(variable.label, _LABEL_START, _LABEL_INDENT, style.linesize)
    return [*lines, start + label[0], *label[1:]]


def _shown_name(variable: VariableDescription, result: Description) -> str:
    if result.numbers:
        name = variable.name if result.full_names else abbreviate(variable.name, 8)
        return f"{variable.number:>4}. {name}"
    return variable.name if result.full_names else abbreviate(variable.name, _NAME_WIDTH)


def _short_format(fmt: str) -> str:
    """A date format too long for its column is shown as ``%td..``."""
    if len(fmt) <= _LONGEST_FORMAT or not fmt.lstrip("%-").startswith("t"):
        return fmt
    return fmt[: fmt.index("t") + 2] + ".."


def in_columns(names: list[str], linesize: int) -> list[str]:
    """Names in columns of equal width, read down, two blanks between."""
    if not names:
        return []
    width = max(len(name) for name in names) + 2
    across = max((linesize + 2) // width, 1)
    down = -(-len(names) // across)
    rows = [names[k::down] for k in range(down)]
    return ["".join(f"{name:<{width}}" for name in row).rstrip() for row in rows]
