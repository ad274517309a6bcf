"""destring: string variables that hold numbers become numeric."""

from __future__ import annotations

import numpy as np

from ..data.columns import new_numeric, smallest_storage
from ..data.dataset import Column
from ..data.storage import MISSING, MISSING_BY_NAME, default_format, is_missing, is_numeric
from ..expr.evaluate import as_text
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.conversion import COMMON, Conversion, Conversions, put, targets
from .context import Context
from .registry import command

OPTIONS = (
    *COMMON,
    Option("ignore", "i", Kind.STRING, help="characters to take out first"),
    Option("float", "float", help="float where a double would be made"),
    Option("percent", "percent", help="take out percent signs and divide by 100"),
    Option("dpcomma", "dpcomma", help="numbers have a decimal comma"),
)


@command("destring", options=OPTIONS)
def destring(context: Context, statement: Statement) -> Conversions:
    """destring [varlist], {generate(newvarlist)|replace} [ignore("chars") force float percent dpcomma]

    Make numeric variables of strings that hold numbers, in the smallest type that holds them.  A variable with other
    texts stays as it is; with force those become missing.
    """
    options = context.options(statement, OPTIONS)
    data = context.data
    names, new_names = targets(statement, options, data)
    done = []
    for name, target in zip(names, new_names, strict=True):
        old = data.columns[name]
        if is_numeric(old.storage):
            done.append(Conversion(name, "already"))
            continue
        ignored = (options["ignore"] or "") + ("%" if options["percent"] else "")
        numbers, removed, fits = _numbers(as_text(old.values), ignored, bool(options["dpcomma"]))
        if not fits and not options["force"]:
            done.append(Conversion(name, "refused"))
            continue
        if options["percent"]:
            numbers = np.where(is_missing(numbers), numbers, numbers / 100)
        new = _column(target, numbers, bool(options["float"]))
        data = put(data, old, new)
        outcome = "converted" if fits else "forced"
        missing = int(is_missing(numbers).sum())
        done.append(Conversion(name, outcome, target, new.storage, old.storage, missing, removed))
    if data is not context.data:
        context.data = data
    return Conversions("number", "replace" if options["replace"] else "generate", tuple(done))


def _numbers(texts: np.ndarray, ignored: str, comma: bool) -> tuple[np.ndarray, str, bool]:
    """The number each text spells, the ignored characters that occurred, and whether every text spells one."""
    from ..expr.functions_string import real

    # An empty text and a missing code are missing values, not letters.
    known: dict[str, float] = {}
    fits, removed = True, set()
    for text in set(texts.tolist()):
        plain = text.strip()
        for sign in ignored:
            if sign in plain:
                removed.add(sign)
                plain = plain.replace(sign, "")
        if comma:
            plain = plain.replace(".", "?").replace(",", ".") if plain not in MISSING_BY_NAME else plain
        known[text] = real(plain)
        fits &= known[text] < MISSING or not plain.strip() or plain.strip() in MISSING_BY_NAME
    shown = "".join(sign for sign in dict.fromkeys(ignored) if sign in removed)
    return np.array([known[text] for text in texts.tolist()], dtype=np.float64), shown, bool(fits)


def _column(name: str, numbers: np.ndarray, want_float: bool) -> Column:
    """The smallest integer type that holds the numbers, else float if wanted, else double, whose format it has."""
    widest = "float" if want_float else "double"
    smallest = smallest_storage(numbers)
    storage = smallest if smallest in ("byte", "int", "long") else widest
    return new_numeric(name, numbers, storage, format=default_format(widest))
