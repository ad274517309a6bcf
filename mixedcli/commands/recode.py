"""recode: change values of numeric variables by rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.columns import new_numeric, numeric, promoted_storage
from ..data.dataset import Column, Dataset
from ..data.storage import MISSING
from ..errors import StataError
from ..expr.sample import sample_mask
from ..records import record, replace
from ..results.base import Result
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.clauses import split_clauses
from ._shared.data import check_name, frozen, short_label, thousands, widen_format
from ._shared.recode_rules import Rule, apply, check_varlist, read_rules, split_rules
from ._shared.tables import page, refuse
from ._shared.variables import check_new_variables, numeric_only, variables_in
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

OPTIONS = (
    Option("generate", "g", Kind.NAMES, help="put the result into new variables"),
    Option("prefix", "pre", Kind.NAME, help="the same; their names are those of the old ones after this prefix"),
    Option("label", "l", Kind.NAME, help="the name of the value label that the rules define"),
    Option("copyrest", "copy", help="copy the values outside if and in, which are missing otherwise"),
    Option("test", "t", help="say which rules are never used, and which overlap"),
)


@record
class Recoded(Result):
    """For each variable: its name, the name of the result, how many values differ, and what test found."""

    changes: tuple[tuple[str, str, int], ...]
    generated: bool
    notes: tuple[str, ...] = ()


@command("recode", start="raw", options=OPTIONS)
def recode(context: Context, statement: Statement) -> Recoded:
    """recode varlist (rule) [(rule) ...] [if] [in] [, generate(newvars) prefix(str) label(name) copyrest test]

    Rules: # = #, # # = #, #/# = #, where the ends may be min and max; nonmissing = #, missing = #, else = # (or * = #)
    for what no rule before has met.  A text after the number labels it: (1/3 = 1 "low").  The first rule that fits
    counts; values that no rule fits stay.
    """
    text, start, clauses = split_clauses(statement)
    options = context.options(clauses, OPTIONS)
    refuse(clauses, using=True)
    data = context.data
    cut = split_rules(text)
    check_varlist(text[:cut], start)
    names = numeric_only(dict.fromkeys(variables_in(text[:cut], start, data)), data, (start, start + cut))
    rules = read_rules(text[cut:], start + cut)
    new_names = _new_names(names, options, data)
    labels = {rule.target: rule.label for rule in rules if rule.label}
    if labels and not new_names:
        raise StataError("value labels may only be defined with option generate() or prefix()", 198)
    label = (options["label"] or (new_names[0] if len(new_names) == 1 else "")) if labels else ""
    if labels:
        _check_label(label, data, new_names)
    rows = sample_mask(data, clauses.condition, clauses.in_range, context.environment())
    changes, notes = [], []
    for k, name in enumerate(names):
        old = data.columns[name]
        before = numeric(old)
        after, found = _recoded(rules, old, rows)
        target = new_names[k] if new_names else name
        changes.append((name, target, int(np.count_nonzero(after != before))))
        if new_names:
            data = data.with_column(_new(old, target, _outside(before, after, rows, options), label, labels))
        elif changes[-1][2]:
            storage = promoted_storage(old.storage, after)
            data = data.with_column(replace(old, storage=storage, values=new_numeric(name, after, storage).values))
        notes += found if options["test"] else []
    if labels:
        data = replace(data, value_labels={**data.value_labels, label: dict(sorted(labels.items()))})
    if data is not context.data:
        context.data = data
    return Recoded(tuple(changes), bool(new_names), tuple(notes))


def _new_names(names: tuple[str, ...], options: OptionValues, data: Dataset) -> tuple[str, ...]:
    """The names of the new variables; none if the old ones are to change."""
    if options["generate"] and options["prefix"]:
        raise StataError("options generate() and prefix() may not be combined", 198, options.spans["prefix"])
    if options["generate"] is None and options["prefix"] is None:
        return ()
    new = options["generate"] or tuple(options["prefix"] + name for name in names)
    if len(new) != len(names):
        raise StataError("generate() invalid -- wrong number of new variables", 198, options.spans["generate"])
    check_new_variables(new, data)
    return tuple(new)


def _check_label(label: str, data: Dataset, new_names: tuple[str, ...]) -> None:
    if not label:
        raise StataError("option label() required to label several variables", 198)
    check_name(label)
    if label in data.value_labels:
        raise StataError(f"value label {label} already defined", 110)


def _recoded(rules: tuple[Rule, ...], old: Column, rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The values after the rules, shape (n,), unchanged outside the sample; what test would say."""
    after = numeric(old)
    after[rows], unused, overlapping = apply(rules, after[rows], old.storage)
    notes = [f"rule {k + 1} has no effect on {old.name}" for k in unused]
    notes += [f"rule {k + 1} overlaps an earlier rule on {old.name}" for k in overlapping]
    return after, notes


def _outside(before: np.ndarray, after: np.ndarray, rows: np.ndarray, options: OptionValues) -> np.ndarray:
    return after if options["copyrest"] else np.where(rows, after, MISSING)


def _new(old: Column, name: str, values: np.ndarray, label: str, texts: dict[float, str]) -> Column:
    """The new variable: the type of the old one, larger if need be."""
    what = f"RECODE of {old.name}" + (f" ({old.label})" if old.label else "")
    storage = promoted_storage(old.storage, values)
    column = new_numeric(name, values, storage, short_label(what)[0], "%9.0g", label)
    return replace(widen_format(column, texts) if label else column, values=frozen(column.values))


@layout(Recoded)
def lay_out(result: Recoded, style: Style) -> Document:
    lines = list(result.notes)
    modern = style.version >= 17
    for name, target, count in result.changes:
        number = thousands(count, style.version if modern else 0)
        noun = ("difference" if result.generated else "change") + ("" if modern and count == 1 else "s")
        if result.generated:
            lines.append(f"({number} {noun} between {name} and {target})")
        elif modern:
            lines.append(f"({number} {noun} made to {name})")
        else:
            lines.append(f"({name}: {number} {noun} made)")
    return page(lines)
