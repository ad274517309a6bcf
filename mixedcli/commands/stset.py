"""stset: declare data to be survival-time data."""

from __future__ import annotations

import re

import numpy as np

from ..data.columns import new_numeric
from ..data.dataset import Dataset
from ..data.storage import is_missing
from ..design.varlist import expand_names
from ..errors import NotBuilt, StataError
from ..expr.evaluate import evaluate, is_string
from ..expr.sample import sample_mask
from ..records import replace
from ..report.document import Document, Style
from ..results.base import Messages
from ..results.st import StsetResult
from ..syntax.parser import parse_expression
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import NamePattern, Statement
from ._shared.st import Expressions, Setting, Times, forgotten, read_failure, read_setting, saved, survival_times
from ._shared.tables import refuse
from .context import Context
from .registry import command, layout

OPTIONS = (
    Option("failure", "f", Kind.RAW, "variable of failures, perhaps ==values"),
    Option("id", "id", Kind.NAME, "variable of subjects, who may have several records"),
    Option("enter", "ent", Kind.RAW, "when a subject comes under observation"),
    Option("origin", "o", Kind.RAW, "when a subject becomes at risk"),
    Option("exit", "ex", Kind.RAW, "when observation ends, if not with the failure"),
    Option("scale", "sc", Kind.REAL, "divide time by this"),
    Option("noshow", "nosh", help="accepted"),
    Option("show", "show", help="accepted"),
    Option("clear", "clear", help="forget the declaration"),
    Option("time0", "time0", Kind.RAW, "variable of the times at which records begin", planned=True),
    Option("if", "if", Kind.RAW, "selection of records", planned=True),
)


@command("stset", options=OPTIONS)
def stset(context: Context, statement: Statement) -> StsetResult | Messages:
    """stset timevar [if] [in] [, failure(var[==values]) id(v) enter(time exp) origin(time exp) exit(time exp) scale(#)]

    Declare survival times: makes _st, _d, _t and _t0, which mestreg uses. Alone it shows the declaration; with clear
    it forgets it.
    """
    refuse(statement, using=True)
    options = context.options(statement, OPTIONS)
    if options["clear"]:
        context.data = forgotten(context.data)
        return Messages()
    if not statement.varlist:
        return _described(context, read_setting(context.data), np.ones(context.data.n, dtype=bool))[0]
    setting = read_options(options, statement, context.data)
    rows = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    result, times = _described(context, setting, rows)
    data = _with_variables(saved(context.data, setting), times)
    context.data = data
    return result


def read_options(options: OptionValues, statement: Statement, data: Dataset) -> Setting:
    """The declaration.  Raises r(111) for unknown variables, r(109) for text as time, r(198) for what does not fit."""
    names = expand_names(statement.varlist, data)
    if len(names) > 1:
        raise StataError("too many variables specified", 103)
    failure, values = read_failure(options["failure"]) if options["failure"] else ("", "")
    numbers = (names[0], *((failure,) if failure else ()))
    full = [expand_names((NamePattern(name),), data)[0] for name in numbers]
    for name in full:
        if data.columns[name].storage.startswith("str"):
            raise StataError("type mismatch", 109)
    scale = 1.0 if options["scale"] is None else options["scale"]
    if scale <= 0:
        raise StataError("scale() must be greater than zero", 198, options.spans.get("scale"))
    return Setting(
        time=full[0], failure=full[1] if failure else "", values=values,
        id=expand_names((NamePattern(options["id"]),), data)[0] if options["id"] else "",
        origin=_time(options, "origin"), enter=_time(options, "enter"), exit=_exit(options), scale=f"{scale:g}",
    )


def _time(options: OptionValues, name: str) -> str:
    """The expression of ``origin(time exp)``."""
    text = (options[name] or "").strip()
    if re.match(r"[^\W\d]\w*\s*==", text):
        raise NotBuilt(f"{name}() by an event", options.spans.get(name))
    return re.sub(r"^time\s+", "", text)


def _exit(options: OptionValues) -> str:
    text = _time(options, "exit")
    if text == ".":
        raise NotBuilt("exit(time .)", options.spans.get("exit"))
    return "" if text == "failure" else text


def _expressions(context: Context, setting: Setting) -> Expressions:
    nothing = {"origin": -np.inf, "enter": -np.inf, "exit": np.inf}
    found = {}
    for name, none in nothing.items():
        text = getattr(setting, name)
        values = np.full(context.data.n, none)
        if text:
            value = evaluate(parse_expression(text, 0), context.data, context.environment())
            if is_string(value):
                raise StataError("type mismatch", 109)
            values = np.broadcast_to(np.asarray(value, dtype=float), (context.data.n,)).copy()
            values[is_missing(values)] = none if name == "exit" else np.inf     # never at risk
        found[name] = values
    return Expressions(**found)


def _described(context: Context, setting: Setting, rows: np.ndarray) -> tuple[StsetResult, Times]:
    data = context.data
    times = survival_times(data, setting, rows, _expressions(context, setting))
    used, start, stop = times.used, times.start[times.used], times.stop[times.used]
    ignored = data.n - int(rows.sum())
    exclusions = ((("ignored because of if or in", ignored),) if ignored else ()) + times.exclusions
    subjects = len(np.unique(data.columns[setting.id].values[used])) if setting.id else int(used.sum())
    empty = not used.any()
    result = StsetResult(
        id=setting.id, event=_event(setting), interval=_interval(setting), exit=_exit_words(setting),
        more=_more(setting), total=data.n, exclusions=exclusions, remaining=int(used.sum()), subjects=subjects,
        failures=int(times.failed.sum()), risk=float((stop - start).sum()), origin=0.0,
        first=float("nan") if empty else float(start.min()), last=float("nan") if empty else float(stop.max()),
    )
    return result, times


def _event(setting: Setting) -> str:
    if not setting.failure:
        return f"(assumed to fail at time={setting.time})"
    return setting.event if setting.values else f"{setting.failure}!=0 & {setting.failure}<."


def _interval(setting: Setting) -> str:
    if setting.id:
        return f"({setting.time}[_n-1], {setting.time}]"
    return f"({'origin' if setting.origin else '0'}, {setting.time}]"


def _exit_words(setting: Setting) -> str:
    return f"time {setting.exit}" if setting.exit else "failure"


def _more(setting: Setting) -> tuple[tuple[str, str], ...]:
    """Lines after those that are always there."""
    out = []
    if setting.enter:
        out.append(("enter", f"time {setting.enter}"))
    if setting.origin or setting.scale != "1":
        out.append(("analysis", setting.analysis_time.replace(setting.time, "time", 1)))
    if setting.origin:
        out.append(("origin", f"time {setting.origin}"))
    return tuple(out)


def _with_variables(data: Dataset, times: Times) -> Dataset:
    """``data`` with _st, _d, _t and _t0 at the end."""
    kept = [name for name in ("_st", "_d", "_t", "_t0", "_origin") if name in data.columns]
    out = data.without(kept) if kept else data
    missing = np.where(times.used, 0.0, 2.0**1023)
    for name, values, storage in (
        ("_st", times.used.astype(float), "byte"), ("_d", np.where(times.used, times.failed, missing), "byte"),
        ("_t", np.where(times.used, times.stop, missing), "double"),
        ("_t0", np.where(times.used, times.start, missing), "double"),
    ):
        out = out.with_column(new_numeric(name, values, storage))
    return replace(out, n=data.n)


@layout(StsetResult)
def lay_out(result: StsetResult, style: Style) -> Document:
    """The settings and what they make of the data."""
    from ..report.stset import stset_document

    return stset_document(result, style)
