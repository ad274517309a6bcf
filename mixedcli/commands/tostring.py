"""tostring: numeric variables become strings."""

from __future__ import annotations

from ..data.columns import new_string, numeric
from ..data.dataset import Column
from ..data.storage import is_numeric
from ..formats import format_number
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.conversion import COMMON, Conversion, Conversions, put, targets
from .context import Context
from .registry import command

OPTIONS = (
    *COMMON,
    Option("format", "format", Kind.FORMAT, help="the display format of the texts; default %12.0g"),
    Option("usedisplayformat", "u", help="use the display format of each variable"),
)


@command("tostring", options=OPTIONS)
def tostring(context: Context, statement: Statement) -> Conversions:
    """tostring varlist, {generate(newvarlist)|replace} [force format(%fmt) usedisplayformat]

    Make string variables of numeric ones.  A variable whose numbers could not be read back from the texts stays as it
    is, except with force.
    """
    options = context.options(statement, OPTIONS)
    data = context.data
    names, new_names = targets(statement, options, data)
    done = []
    for name, target in zip(names, new_names, strict=True):
        old = data.columns[name]
        if not is_numeric(old.storage):
            done.append(Conversion(name, "already"))
            continue
        shape = old.format if options["usedisplayformat"] else options["format"] or "%12.0g"
        texts, reversible = _texts(old, shape)
        if not reversible and not options["force"]:
            done.append(Conversion(name, "refused"))
            continue
        new = new_string(target, texts)
        data = put(data, old, new)
        done.append(Conversion(name, "converted" if reversible else "forced", target, new.storage, old.storage))
    if data is not context.data:
        context.data = data
    return Conversions("string", "replace" if options["replace"] else "generate", tuple(done))


def _texts(column: Column, shape: str) -> tuple[list[str], bool]:
    """The values in a display format, and whether they can all be read back."""
    from ..expr.functions_string import real

    known: dict[float, str] = {}
    reversible = True
    values = numeric(column).tolist()
    for value in set(values):
        known[value] = format_number(value, shape).strip()
        reversible &= real(known[value]) == value
    return [known[value] for value in values], reversible
