"""reshape: from wide to long form and back."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from ..data.dataset import Dataset
from ..design.varlist import expand_names
from ..errors import NotBuilt, StataError
from ..records import replace
from ..results.base import Messages, Result
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._reshape.common import NotReshaped, Plan, forget, long_name, remembered
from ._reshape.long import found_values, in_order, reshape_long
from ._reshape.wide import distinct, reshape_wide, values_of_j
from ._shared.clauses import split_clauses
from ._shared.data import check_name, invalid_syntax
from .context import Context
from .registry import command

OPTIONS = (
    Option("i", "i", Kind.VARLIST, help="the variables that identify a group (an observation of the wide form)"),
    Option("j", "j", Kind.RAW, help="the variable of the long form that tells the observations of a group apart"),
    Option("string", "s", help="j is a string variable"),
)  # fmt: skip
_STUB = re.compile(r"[\w@]+|\S+")
_OLD_FORMS = ("i", "j", "xij", "xi", "query", "error")


@command("reshape", start="raw", options=OPTIONS)
def reshape(context: Context, statement: Statement) -> Result | None:
    """reshape long stubnames, i(varlist) [j(varname [values]) string]
    reshape wide stubnames, i(varlist) [j(varname [values]) string]
    reshape {long|wide}
    reshape clear

    Turn variables stub1, stub2 ... into observations with a variable j (long), or observations into variables (wide).
    In a stub name, @ marks where the value of j stands.  Without stubs: go back, as the data remember it.
    """
    text, start, clauses = split_clauses(statement)
    if clauses.condition is not None or clauses.in_range is not None or clauses.weight is not None:
        raise invalid_syntax((start, len(statement.text)))
    words = [word[0] for word in _STUB.finditer(text)]
    form = words[0] if words else ""
    if form in _OLD_FORMS or not words:
        raise NotBuilt(f"reshape {form or 'query'}")
    if form == "clear":
        context.data = forget(context.data)
        return None
    if form not in ("long", "wide"):
        raise invalid_syntax((start, start + len(text)))
    options = context.options(clauses, OPTIONS)
    stubs = tuple(dict.fromkeys(words[1:]))
    data, result = _run(context.data, form, stubs, options)
    if data is not context.data:
        context.data = data
    return result


def _run(data: Dataset, form: str, stubs: tuple[str, ...], options: OptionValues) -> tuple[Dataset, Result]:
    if not stubs and options["i"] is None:
        plan = remembered(data)
        if (plan.j in data.columns) == (form == "long"):
            return data, Messages((f"(already {form})",))
        return _long(data, plan) if form == "long" else _wide(data, plan, None)
    if options["i"] is None:
        raise StataError("option i() required", 198)
    if not stubs:
        raise StataError("no xij variables specified", 198)
    i = tuple(dict.fromkeys(expand_names(options["i"], data)))
    j, values = _read_j(options)
    plan = Plan(i, j, stubs, values or (), bool(options["string"]))
    if form == "wide":
        plan = replace(plan, stubs=tuple(_variable(stub, data) for stub in stubs))
        return _wide(data, plan, values)
    return _long(data, plan if values else replace(plan, values=found_values(data, i, stubs, plan.string)))


def _variable(stub: str, data: Dataset) -> str:
    """A stub of the wide form: a variable, which may be abbreviated unless it has an @."""
    if "@" in stub or long_name(stub) in data.columns:
        return stub
    from ..expr.names import resolve_variable

    return resolve_variable(stub, data)


def _long(data: Dataset, plan: Plan) -> tuple[Dataset, Result]:
    return _or_note(data, plan, lambda: reshape_long(data, plan))


def _or_note(data: Dataset, plan: Plan, run: Callable[[], tuple[Dataset, Result]]) -> tuple[Dataset, Result]:
    """What ``run`` returns; where observations do not fit, j is told first and the data stay."""
    try:
        return run()
    except StataError as error:
        if error.rc != 9:
            raise
        return data, NotReshaped(plan, error.message)


def _wide(data: Dataset, plan: Plan, values: tuple[str, ...] | None) -> tuple[Dataset, Result]:
    """``values``: the values of j to keep; None keeps all."""
    texts, long = values_of_j(data, plan.j, plan.string), data
    if values:
        kept = np.isin(texts.astype(str), list(values))
        long, texts = data.take(kept), texts[kept]
    plan = replace(plan, values=distinct(texts, plan.string))
    return _or_note(data, plan, lambda: reshape_wide(long, plan, texts))


def _read_j(options: OptionValues) -> tuple[str, tuple[str, ...] | None]:
    """The name in j(), ``_j`` without it, and the values that follow the name."""
    words = (options["j"] or "_j").split()
    if words[0] != "_j":
        check_name(words[0], options.spans.get("j"))
    if len(words) == 1:
        return words[0], None
    if options["string"]:
        return words[0], in_order(set(words[1:]), True)
    return words[0], in_order({value for word in words[1:] for value in _numbers(word, options)}, False)


def _numbers(word: str, options: OptionValues) -> list[str]:
    """``80`` or ``80-82`` as texts."""
    match = re.fullmatch(r"(\d+)(?:[-/](\d+))?", word)
    if match is None or (match[2] and not 0 <= int(match[2]) - int(match[1]) < 10_000):
        raise StataError("option j() incorrectly specified", 198, options.spans["j"])
    return [word] if match[2] is None else [str(k) for k in range(int(match[1]), int(match[2]) + 1)]
