"""export parquet: write a Parquet file."""

from __future__ import annotations

from ..data.parquet import write_parquet
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.files import Saved, check_target, file_name, part_to_export
from .context import Context
from .registry import command

OPTIONS = (Option("replace", "replace", help="write over a file that exists"),)


@command("export parquet", shortest="exp parq", start="file", options=OPTIONS)
def export_parquet(context: Context, statement: Statement) -> Saved:
    """export parquet [varlist] [using] filename [if] [in] [, replace]

    Write a Parquet file (.parquet is assumed).  All missing values, .a to .z too, become nulls; labels are not kept.
    Needs the optional extra: pip install 'mixedcli[parquet]'.
    """
    options = context.options(statement, OPTIONS)
    path = file_name(statement, ".parquet")
    names, rows = part_to_export(context, statement)
    absent = check_target(path, options["replace"])
    write_parquet(context.data, path, names, rows)
    return Saved(path, missing=absent and bool(options["replace"]))
