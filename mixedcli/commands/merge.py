"""merge: variables of another file beside those in memory, observations matched by key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ..data.dataset import Column, Dataset
from ..data.join import Join, is_unique, join, join_in_sequence, key_codes
from ..data.load import load
from ..data.storage import DTYPES
from ..design.varlist import expand_names
from ..errors import NotBuilt, StataError, variable_not_found
from ..records import record, replace
from ..results.base import Result
from ..syntax.parser import parse_varlist
from ..syntax.spec import Kind, Option, OptionValues, abbreviates, incorrectly_specified
from ..syntax.tree import Statement
from ._shared.combining import Fitting, check_key, fit, fitting_lines
from ._shared.data import check_new_variable, invalid_syntax, without_variables
from ._shared.files import no_file
from ._shared.merged import MASTER, MATCH, USING, merged
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("keepusing", "keepus", Kind.VARLIST, help="the variables to take from the file"),
    Option("generate", "gen", Kind.NAME, help="the variable that marks results (default _merge)"),
    Option("nogenerate", "nogen", help="do not make that variable"),
    Option("nolabel", "nol", help="do not copy value labels"),
    Option("nonotes", "non", help="do not copy notes"),
    Option("update", "update", help="take values from the file where those in memory are missing"),
    Option("replace", "replace", help="with update: take every nonmissing value from the file"),
    Option("noreport", "norep", help="do not print the table"),
    Option("force", "force", help="a string here and a number there becomes missing"),
    Option("assert", "assert", Kind.RAW, help="the results that are allowed: master using match, or 1 2 3 4 5"),
    Option("keep", "keep", Kind.RAW, help="the results to keep: master using match, or 1 2 3 4 5"),
    Option("sorted", "sorted", help="accepted; data in order are not sorted again in any case"),
)
_KINDS = ("1:1", "m:1", "1:m", "m:m")
# Word, least abbreviation, plural, what an error calls it.
_RESULTS = {
    MASTER: ("master", "mas", "from master"),
    USING: ("using", "us", "from using"),
    MATCH: ("match", "mat", "matched"),
    4: ("match_update", "match_up", "missing updated"),
    5: ("match_conflict", "match_con", "nonmissing conflict"),
}


@record
class Merged(Result):
    """The result of a merge: how many observations have each code 1-5, and the name of the variable that holds it.

    ``violated``: the results that assert() allowed, where there were others; the data stay merged all the same.
    """

    fitting: Fitting
    counts: tuple[int, ...]
    variable: str
    update: bool
    report: bool
    violated: tuple[int, ...] = ()

    def failure(self) -> StataError | None:
        if not self.violated:
            return None
        names = [_RESULTS[code][2] for code in self.violated]
        others = (", " if len(names) > 2 else " ").join(names[:-1])
        allowed = f"{others}{',' if len(names) > 2 else ''} or {names[-1]}" if others else names[-1]
        text = f"merge:  after merge, not all observations {allowed}"
        return StataError(f"{text}\n        (merged result left in memory)", 9)


@command("merge", shortest="mer", start="names", options=OPTIONS)
def merge(context: Context, statement: Statement) -> Merged:
    """merge {1:1 | m:1 | 1:m | m:m} varlist using filename [, keepusing(varlist) generate(newvar) nogenerate update
        replace keep(results) assert(results) noreport force nolabel nonotes]
    merge 1:1 _n using filename [, ...]

    Match the observations in memory (the master data) with those of a file (the using data) by the values of the key
    variables.  The new variable _merge says where an observation comes from: 1 master, 2 using, 3 both.
    """
    options = context.options(statement, OPTIONS)
    kind, keys, file = _parts(context, statement)
    variable = _result_variable(context.data, options)
    allowed, wanted = (_codes(options, name) for name in ("assert", "keep"))
    if options["replace"] and not options["update"]:
        raise StataError("option replace requires option update", 198)
    master = context.data
    using = _using(load(file), keys, options, variable)
    for name in keys:
        check_key(master.columns[name], using.columns[name])
    fitting = fit(master, using, [n for n in using.names if n in master.columns], options["force"], "merge")
    pairs = _paired(kind, master, using, keys)
    data, codes, taken = merged(
        master, using, pairs, keys, update=options["update"], overwrite=options["replace"],
        labels=not options["nolabel"], notes=not options["nonotes"],
    )
    violated = bool(allowed) and not np.isin(codes, allowed).all()
    if wanted and not violated and not (chosen := np.isin(codes, wanted)).all():
        data, codes = data.take(chosen), codes[chosen]
    context.data = _with_codes(data, variable, codes, context.version) if variable else data
    counts = tuple(np.bincount(codes, minlength=6)[1:6].tolist())
    report = not options["noreport"] and not violated
    return Merged(
        replace(fitting, labels=taken), counts, variable, bool(options["update"]), report, allowed if violated else ()
    )


def _parts(context: Context, statement: Statement) -> tuple[str, tuple[str, ...], str]:
    """The kind of merge, the key variables (none for ``_n``), and the file."""
    words = statement.arguments
    place = next((k for k, word in enumerate(words) if word.text == "using" and not word.quoted), None)
    if not words or place is None:
        raise StataError("using required", 100) if words else invalid_syntax()
    if words[0].text not in _KINDS:
        if ":" in words[0].text or place == 0:
            raise invalid_syntax(words[0].span)
        raise NotBuilt("merge without 1:1, m:1, 1:m or m:m (the syntax of Stata 10)", words[0].span)
    files = words[place + 1 :]
    if len(files) != 1 or not files[0].text:
        raise no_file()
    if place == 1:
        raise StataError("varlist required", 100)
    begin, end = words[1].span[0], words[place - 1].span[1]
    text = statement.text[begin:end]
    if text == "_n":
        if words[0].text != "1:1":
            raise invalid_syntax(words[0].span)
        return "1:1", (), files[0].text
    names = expand_names(parse_varlist(text, begin), context.data)
    return words[0].text, tuple(dict.fromkeys(names)), files[0].text


def _result_variable(data: Dataset, options: OptionValues) -> str:
    if options["nogenerate"]:
        if options["generate"]:
            raise StataError("options generate() and nogenerate may not be combined", 184)
        return ""
    name: str = options["generate"] or "_merge"
    check_new_variable(name, data)
    return name


def _codes(options: OptionValues, option: str) -> tuple[int, ...]:
    """The codes that ``keep()`` or ``assert()`` names, in order; none if the option was not given."""
    text = options[option]
    if text is None:
        return ()
    found = {_code(word, option) for word in text.split()}
    if not found:
        raise incorrectly_specified(option, options.spans.get(option))
    return tuple(sorted(found))


def _code(word: str, option: str) -> int:
    if re.fullmatch("[1-5]", word):
        return int(word)
    for code, (name, shortest, _) in _RESULTS.items():
        plurals = (name + "s", name + "es", name + "ed") if code <= MATCH else ()
        if abbreviates(word, name, shortest) or word in plurals:
            return code
    raise incorrectly_specified(option, None)


def _using(using: Dataset, keys: tuple[str, ...], options: OptionValues, variable: str) -> Dataset:
    """The using data with its key variables and those that keepusing() names."""
    for name in keys:
        if name not in using.columns:
            raise variable_not_found(name)
    if options["keepusing"]:
        wanted = {*keys, *expand_names(options["keepusing"], using)}
        using = without_variables(using, [name for name in using.names if name not in wanted])
    if variable:
        check_new_variable(variable, using)
    return using


def _paired(kind: str, master: Dataset, using: Dataset, keys: tuple[str, ...]) -> Join:
    """Which rows go together.  Raises: StataError r(459) where a side that must be unique is not."""
    if not keys:
        return join_in_sequence(master.n, using.n)
    codes = key_codes([master.columns[n] for n in keys], [using.columns[n] for n in keys])
    for side, rows, place in (("master", codes.master, 0), ("using", codes.using, 2)):
        if kind[place] == "1" and not is_unique(rows, codes.groups):
            subject = f"variable {keys[0]} does" if len(keys) == 1 else f"variables {' '.join(keys)} do"
            raise StataError(f"{subject} not uniquely identify observations in the {side} data", 459)
    return join(codes)


def _with_codes(data: Dataset, name: str, codes: np.ndarray, version: float) -> Dataset:
    """The data with the variable of results and its value label, in the words of the version."""
    label = "Matching result from merge" if version >= 16 else ""
    values = codes.astype(DTYPES["byte"])
    values.flags.writeable = False
    column = Column(name, "byte", values, "%23.0g", label, "_merge")
    texts = (text.capitalize() if version >= 17 else text for text in _LABELS)
    table = {float(code): f"{text} ({code})" for code, text in enumerate(texts, start=1)}
    return replace(data.with_column(column), value_labels={**data.value_labels, "_merge": table})


_LABELS = ("master only", "using only", "matched", "missing updated", "nonmissing conflict")


# ---- layout --------------------------------------------------------------------------------------------------


@layout(Merged)
def lay_out(result: Merged, style: Style) -> Document:
    from ._shared.tables import page

    lines = fitting_lines(result.fitting, style.version, style.linesize)
    return page([*lines, *_table(result, style.version)] if result.report else lines)


def _table(result: Merged, version: float) -> list[str]:
    new = version >= 17
    master, using, *matched = result.counts

    def row(text: str, count: int, code: int = 0, deeper: bool = False) -> str:
        value = f"    {'    ' if deeper else ''}{text}".ljust(29) + f"{count:>16,}"
        return f"{value}  ({result.variable}=={code})" if code and result.variable else value

    capital = str.capitalize if new else str
    rule = "    " + "-" * 41
    lines = ["", "    Result" + ("Number of obs".rjust(35) if new else "# of obs.".rjust(36)), rule]
    lines.append(row(capital("not matched"), master + using))
    if master + using:
        lines += [row("from master", master, 1, True), row("from using", using, 2, True), ""]
    if not result.update:
        return [*lines, row(capital("matched"), matched[0], 3), rule]
    lines.append(row(capital("matched"), sum(matched)))
    for text, count, code in zip(("not updated", "missing updated", "nonmissing conflict"), matched, (3, 4, 5), strict=True):
        lines.append(row(capital(text), count, code, True))
    return [*lines, rule]
