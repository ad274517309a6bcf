"""save: write the data to a .dta file."""

from __future__ import annotations

import os

from ..data.dataset import Dataset
from ..errors import StataError
from ..records import replace
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.files import Saved, check_target, no_file, with_suffix
from .context import Context
from .registry import command

OPTIONS = (
    Option("replace", "replace", help="write over a file that exists"),
    Option("nolabel", "nol", help="leave the value labels out of the file"),
    Option("emptyok", "empty", help="allow data without variables"),
    Option("orphans", "or", help="keep value labels that no variable uses"),
    Option("all", "all", help="accepted; e(sample) is not kept in the file"),
)


@command("save", shortest="sa", start="file", options=OPTIONS)
def save(context: Context, statement: Statement) -> Saved:
    """save [filename] [, replace nolabel emptyok orphans all]

    Write the data to a .dta file (format 118, for Stata 14 and later); without a name, to the file they came from.
    The file is written aside and then renamed, so that a failure leaves the old one.
    """
    options = context.options(statement, OPTIONS)
    data = context.data
    if statement.varlist or statement.condition is not None or statement.in_range is not None:
        raise no_file()
    name = statement.using or data.filename
    if not name:
        raise no_file()
    path = with_suffix(name, ".dta")
    if not os.path.basename(path).removesuffix(".dta"):
        raise no_file()
    if not data.columns and not options["emptyok"]:
        raise StataError("no variables defined", 111)
    absent = check_target(path, options["replace"])
    from ..data.dta_write import write_dta

    written = write_dta(_as_saved(data, options["nolabel"], options["orphans"]), path)
    context.data = replace(data, filename=path, timestamp=written.timestamp, changed=False)
    kind = "" if path.endswith(".dta") else ".dta"
    return Saved(path, missing=absent and bool(options["replace"]), kind=kind)


def _as_saved(data: Dataset, nolabel: bool, orphans: bool) -> Dataset:
    """What goes into the file: without options the value labels that some variable uses."""
    if nolabel:
        return replace(data, value_labels={})
    used = {column.value_label for column in data.columns.values()}
    return data if orphans else replace(data, value_labels={k: v for k, v in data.value_labels.items() if k in used})
