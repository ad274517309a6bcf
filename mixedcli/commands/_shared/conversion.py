"""What destring and tostring share: replace or generate, where the new variable stands, the lines they print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data.dataset import Column, Dataset
from ...design.varlist import expand_names
from ...errors import StataError
from ...records import record, replace
from ...results.base import Result
from ...syntax.spec import Kind, Option, OptionValues
from ...syntax.tree import Statement
from ..registry import layout
from .data import counted, moved, with_order
from .tables import page, refuse
from .variables import check_new_variables

if TYPE_CHECKING:
    from ...report.document import Document, Style

COMMON = (
    Option("generate", "gen", Kind.NAMES, help="new variables, one for each"),
    Option("replace", "replace", help="replace the variables"),
    Option("force", "force", help="convert even if something is lost"),
)


@record
class Conversion:
    """What happened to one variable.

    ``outcome``: ``converted``, ``already`` (nothing to do), ``refused`` (something would be lost) or ``forced``.
    ``removed``: the characters that were taken out.  ``storage``: the type now; ``before``: the type it had.
    """

    variable: str
    outcome: str
    target: str = ""
    storage: str = ""
    before: str = ""
    missing: int = 0
    removed: str = ""


@record
class Conversions(Result):
    """``to``: ``number`` or ``string``.  ``verb``: ``replace`` or ``generate``."""

    to: str
    verb: str
    each: tuple[Conversion, ...]


def targets(statement: Statement, options: OptionValues, data: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The variables and what they become: new names with generate(), their own with replace."""
    refuse(statement, using=True)
    for part in (statement.condition, statement.in_range):
        if part is not None:
            raise StataError("if and in not allowed", 101, part.span)
    names = expand_names(statement.varlist, data) if statement.varlist else data.names
    if bool(options["generate"]) == bool(options["replace"]):
        text = "generate and replace are mutually exclusive" if options["replace"] else (
            "must specify either generate or replace option")
        raise StataError(text, 198)
    if options["replace"]:
        return names, names
    if len(options["generate"]) != len(names):
        raise StataError("number of variables in varlist must equal number of variables in generate(newvarlist)", 198)
    check_new_variables(options["generate"], data, options.spans["generate"])
    return names, options["generate"]


def put(data: Dataset, old: Column, new: Column) -> Dataset:
    """``data`` with ``new`` in the place of ``old``, or, under another name, right after it; label and notes follow."""
    new = replace(new, label=old.label)
    out = data.with_column(new)
    if new.name == old.name:
        return out
    notes = data.characteristics.get(old.name)
    kept = {**out.characteristics, new.name: notes} if notes else out.characteristics
    return replace(with_order(out, moved(out.names, (new.name,), None, old.name)), characteristics=kept)


# ---- lines ---------------------------------------------------------------------------------------------------


@layout(Conversions)
def lay_out(result: Conversions, style: Style) -> Document:
    line = _number_lines if result.to == "number" else _string_lines
    return page([text for each in result.each for text in line(each, result.verb, style.version)])


def _number_lines(each: Conversion, verb: str, version: float) -> list[str]:
    name = each.variable
    if each.outcome == "already":
        return [f"{name} already numeric; no {verb}"]
    modern = version >= 14
    if each.outcome == "refused":
        return [f"{name}{':' if modern else ''} contains nonnumeric characters; no {verb}"]
    if each.outcome == "forced":
        what = f"{name}{':' if modern else ''} contains nonnumeric characters"
    elif each.removed:
        shown = ["space" if sign == " " else sign for sign in each.removed]
        what = f"{name}: character{'' if len(shown) == 1 else 's'} {' '.join(shown)} removed"
    else:
        what = f"{name}: all characters numeric" if modern else f"{name} has all characters numeric"
    done = "replaced" if verb == "replace" else f"{each.target} generated"
    lines = [f"{what}; {done} as {each.storage}"]
    if each.missing:
        lines.append(f"({counted(each.missing, 'missing value', 'missing values', version)} generated)")
    return lines


def _string_lines(each: Conversion, verb: str, version: float) -> list[str]:
    name = each.variable
    if each.outcome == "already":
        return [f"{name} already string; no {verb}"]
    if each.outcome == "refused":
        return [f"{name} cannot be converted reversibly; no {verb}"]
    done = f"{each.target} generated as {each.storage}"
    lines = [f"{name} was {each.before} now {each.storage}" if verb == "replace" else done]
    if each.outcome == "forced":
        lines.append(f"{each.target} was forced to string; some loss of information")
    return lines
