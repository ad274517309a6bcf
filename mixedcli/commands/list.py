"""list: the values of variables, observation by observation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, numeric
from ..data.storage import is_numeric
from ..records import record
from ..results.base import Result
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.listing import Heading, boxes, table
from ._shared.tables import chosen_columns, chosen_rows, is_left, page, refuse, shortened, values_text
from .registry import command, layout

if TYPE_CHECKING:
    from ..data.dataset import Column
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("clean", "c", help="a table without rules"),
    Option("noobs", "noo", help="do not show observation numbers"),
    Option("separator", "sep", Kind.INTEGER, low=0, help="draw a rule after every # observations; default 5"),
    Option("sepby", "sepby", Kind.VARLIST, help="draw a rule where these variables change"),
    Option("abbreviate", "ab", Kind.INTEGER, low=5, help="shortest width to which names are cut; default 8"),
    Option("table", "t", help="one line per observation, however wide"),
    Option("display", "d", help="a box per observation"),
    Option("nolabel", "nol", help="show values, not their labels"),
    Option("noheader", "noh", help="do not show the names of the variables"),
    Option("header", "h", Kind.INTEGER, optional_args=True, help="show the names of the variables"),
    Option("string", "str", Kind.INTEGER, low=1, help="cut strings to # characters"),
    Option("compress", "compress", help="accepted: columns are always as narrow as the data allow"),
    Option("fast", "fast", help="accepted and ignored"),
    Option("divider", "div", planned=True),
    Option("constant", "con", planned=True),
    Option("nocompress", "nocompress", planned=True),
    Option("N", "N", planned=True),
    Option("mean", "mean", planned=True),
    Option("sum", "sum", planned=True),
    Option("labvar", "labvar", planned=True),
    Option("notrim", "notrim", planned=True),
    Option("subvarname", "subvar", planned=True),
)


@record
class ListedVariable:
    """``values``: what was listed, numbers in full precision (missing is nan).  ``texts``: as they are shown."""

    name: str
    values: tuple[float | str, ...]
    texts: tuple[str, ...]
    left: bool


@record
class Listing(Result):
    """``observations``: numbers from 1.  ``rules_before``: positions in the listing above which a rule is drawn."""

    schema: ClassVar[str] = "list"

    observations: tuple[int, ...]
    variables: tuple[ListedVariable, ...]
    rules_before: tuple[int, ...]
    form: str = "auto"
    clean: bool = False
    numbered: bool = True
    header: bool = True
    shortest: int = 8


@command("list", shortest="l", options=OPTIONS, by="loop")
def list_(context: Context, statement: Statement) -> Listing:
    """list [varlist] [if] [in] [, clean noobs separator(#) sepby(varlist) abbreviate(#) table nolabel noheader]"""
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    if options["header"] not in (None, False, True):
        from ..errors import NotBuilt

        raise NotBuilt("list, header(#)")
    rows = chosen_rows(context, statement)
    columns = chosen_columns(context, statement)
    return Listing(
        observations=tuple((rows + 1).tolist()),
        variables=tuple(_listed(context, each, rows, bool(options["nolabel"]), options["string"]) for each in columns),
        rules_before=rule_positions(context, rows, options["separator"], options["sepby"]),
        form="table" if options["table"] or options["clean"] else "display" if options["display"] else "auto",
        clean=bool(options["clean"]),
        numbered=not options["noobs"],
        header=not options["noheader"],
        shortest=options["abbreviate"] or 8,
    )


def _listed(context: Context, column: Column, rows: np.ndarray, nolabel: bool, cut: int | None) -> ListedVariable:
    texts = values_text(context.data, column, rows, nolabel)
    if is_numeric(column.storage):
        values = tuple(x if abs(x) < 2.0**1023 else float("nan") for x in numeric(column)[rows].tolist())
    else:
        values = tuple(texts)
        texts = [shortened(text, (cut or 0) + 2 if cut and len(text) > cut else 0) for text in texts]
    return ListedVariable(column.name, values, tuple(texts), is_left(column))


def rule_positions(context: Context, rows: np.ndarray, separator: int | None, sepby: object) -> tuple[int, ...]:
    """The positions in the listing, from 1, above which a rule stands."""
    if sepby:
        from ..design.varlist import expand_names

        columns = [context.data.columns[name] for name in expand_names(sepby, context.data)]  # type: ignore[arg-type]
        codes = group_codes(columns, rows)[0]
        return tuple((np.flatnonzero(np.diff(codes)) + 1).tolist())
    every = 5 if separator is None else separator
    return tuple(range(every, len(rows), every)) if every else ()


@layout(Listing)
def lay_out(result: Listing, style: Style) -> Document:
    if not result.observations or not result.variables:
        return page([])
    headings = [Heading.of(v.name, v.texts, v.left, result.shortest) for v in result.variables]
    digits = max(3, len(str(max(result.observations))))
    margins = [f"{k:>{digits}}. " if result.numbered else "  " for k in result.observations]
    cells = list(zip(*(v.texts for v in result.variables), strict=True))
    width = len(margins[0]) + 2 + sum(h.width for h in headings) + 3 * (len(headings) - 1) + 2
    if result.form == "display" or (result.form == "auto" and width > style.linesize):
        return page(boxes(headings, cells, margins, style.linesize, result.header))
    return page(
        table(headings, cells, margins, set(result.rules_before), style.linesize, result.clean, result.header)
    )
