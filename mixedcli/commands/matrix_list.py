"""matrix list: a matrix with its row and column names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import StataError
from ..formats import parse_format
from ..results.base import Matrix, Stored
from ..results.postest import MatrixListing
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("format", "f", Kind.FORMAT, help="display format of the elements; default %10.0g"),
    Option("noblank", "nob", planned=True),
    Option("noheader", "noh", planned=True),
    Option("nonames", "non", planned=True),
    Option("nohalf", "noha", planned=True),
    Option("nodotz", "nod", planned=True),
    Option("title", "t", Kind.STRING, planned=True),
)
_STORED = re.compile(r"([er])\(\s*(\w+)\s*\)")
_NAME = re.compile(r"[^\W\d]\w*")


@command("matrix list", shortest="mat l", start="raw", options=OPTIONS)
def matrix_list(context: Context, statement: Statement) -> MatrixListing:
    """matrix list name [, format(%fmt)]: show a matrix such as e(b) or e(V)."""
    from ..syntax.parser import parse
    from ..syntax.spec import read_options

    text = statement.text
    start = len(text) - len(statement.rest)
    comma = text.find(",", start)
    comma = len(text) if comma < 0 else comma
    typed = parse(text, "standard", offset=comma).options if comma < len(text) else ()
    options = read_options(typed, OPTIONS, text)
    fmt = options["format"] or "%10.0g"
    if parse_format(fmt) is None:
        raise StataError("invalid %format", 120)
    name = text[start:comma].strip()
    return MatrixListing(name.replace(" ", ""), _find(context, name), fmt)


def _find(context: Context, name: str) -> Matrix:
    """The matrix called ``name``; r(111) if there is none, r(198) if it is no name."""
    match = _STORED.fullmatch(name)
    if match is None:
        if not name:
            raise StataError("matrix name required", 100)
        if not _NAME.fullmatch(name):
            raise StataError(f"{name} invalid name", 198)
        raise StataError(f"matrix {name} not found", 111)
    kind, key = match.groups()
    if kind == "r":
        stored = context.state.returned
    else:
        stored = context.state.estimates.stored() if context.state.estimates else Stored("e")
    if key not in stored.matrices:
        raise StataError(f"matrix {kind}({key}) not found", 111)
    return stored.matrices[key]


@layout(MatrixListing)
def lay_out(result: MatrixListing, style: Style) -> Document:
    from ..report.listings import matrix_document

    return matrix_document(result, style)
