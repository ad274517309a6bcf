"""import parquet: read a Parquet file."""

from __future__ import annotations

from ..data.parquet import read_parquet
from ..errors import StataError
from ..syntax.spec import Option
from ..syntax.tree import NamePattern, Statement
from ._shared.files import Imported, file_name, put_imported
from .context import Context
from .registry import command

OPTIONS = (Option("clear", "clear", help="drop the data in memory even if they have changed"),)


@command("import parquet", shortest="imp parq", start="file", options=OPTIONS)
def import_parquet(context: Context, statement: Statement) -> Imported:
    """import parquet [namelist] [using] filename [, clear]

    Read a Parquet file (.parquet is assumed), or some of its columns.  Integers, floats and texts keep their widths,
    dates become %td or %tc.  Needs the optional extra: pip install 'mixedcli[parquet]'.
    """
    options = context.options(statement, OPTIONS)
    if not all(isinstance(term, NamePattern) for term in statement.varlist):
        raise StataError("names of columns required", 198)
    wanted = [term.pattern for term in statement.varlist if isinstance(term, NamePattern)]
    data = read_parquet(file_name(statement, ".parquet"), wanted or None)
    return put_imported(context, data, options["clear"])
