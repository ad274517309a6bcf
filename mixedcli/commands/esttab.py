"""``esttab``: a table of one or several models, for the screen or a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..records import replace
from ..results.esttab import EquationBlock, EsttabResult, ModelColumn
from ..results.stripe import Part, read_term
from ..syntax.spec import OptionValues
from ..syntax.tree import Statement, Word
from ._esttab.models import (
    MAIN,
    RESIDUAL,
    chosen_estimates,
    column,
    displayed_rows,
    exponentiated_rows,
    first_equations_merged,
    matched,
    selected,
    with_coefficients,
)
from ._esttab.options import OPTIONS, output_format, read_layout, read_statistics, texts
from ._shared.files import check_target, no_file, with_suffix
from .context import Context, Estimates
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


WIDEST = 28                          # the most that names of the random part widen the name column


@command("esttab", start="names", options=OPTIONS)
def esttab(context: Context, statement: Statement) -> EsttabResult:
    """esttab [names] [using file] [, se t p ci b(fmt) eform star() stats() label keep() drop() replace ...]

    Put the named estimation results (patterns with * and ? and . for the active ones are names too) side by side, t
    statistics below the coefficients. The fixed parts of all models share their rows; the random part of a mixed model
    stands below, as displayed: sd(lrt), sd(_cons), corr(lrt,_cons) under the name of the level. The file's suffix says
    what is written: .tex, .rtf, .csv, .md, .html, or text.
    """
    options = context.options(statement, OPTIONS)
    words, using = _split(statement.arguments)
    shown = read_layout(options, context.settings.level)
    output = output_format(options, using)
    chosen = [(name, with_coefficients(each)) for name, each in chosen_estimates(context, words)]
    models = first_equations_merged([_model(context, name, each, shown.level, options) for name, each in chosen])
    models = _titled(models, options)
    equations = selected(_headed(chosen, matched(models)), options["keep"], options["drop"], options["order"])
    if options["varwidth"] is None:
        shown = replace(shown, varwidth=max(shown.varwidth, _random_width(equations)))
    labels = _labels(context, equations) if shown.label else {}
    labels |= _given_labels(options)
    made = EsttabResult(models, equations, read_statistics(options), labels, shown, output)
    return made if using is None else _written(made, using, options)


def _split(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], str | None]:
    """The names, and the file after ``using``."""
    at = next((i for i, word in enumerate(words) if word.text == "using" and not word.quoted), None)
    if at is None:
        return words, None
    if len(words) != at + 2 or not words[at + 1].text.strip():
        raise no_file()
    return words[:at], words[at + 1].text


# ---- columns and rows ----------------------------------------------------------------------------------------


def _model(context: Context, name: str, estimates: Estimates, level: float, options: OptionValues) -> ModelColumn:
    depvar = estimates.stored().macros.get("depvar", "")
    title = _variable_label(context, depvar) if options["label"] else depvar
    if options["nodepvars"]:
        title = name or "."
    rows = displayed_rows(estimates, level)
    return column(name, estimates, exponentiated_rows(rows) if options["eform"] else rows, title)


def _titled(models: tuple[ModelColumn, ...], options: OptionValues) -> tuple[ModelColumn, ...]:
    """The models with the titles of ``mtitles()``, or their names if it has none; models left over get no title."""
    given = options["mtitles"]
    if given is None:
        return models
    if given is True or not given.strip():
        return tuple(replace(model, title=model.name or ".") for model in models)
    titles = texts(given)
    return tuple(replace(m, title=titles[i] if i < len(titles) else "") for i, m in enumerate(models))


def _headed(chosen: list[tuple[str, Estimates]], blocks: list[EquationBlock]) -> list[EquationBlock]:
    """The first block is headed by its equation's name, ``main`` where the models differ; no name if it is alone."""
    firsts = {name.equation for _, each in chosen for name in each.stored().matrices["b"].columns[:1]}
    name = firsts.pop() if len(firsts) == 1 else MAIN
    heads = {"": name or MAIN if len(blocks) > 1 else "", RESIDUAL: ""}
    return [replace(block, name=heads.get(block.key, block.name)) for block in blocks]


def _random_width(equations: tuple[EquationBlock, ...]) -> int:
    """What names such as ``corr(lrt,_cons)`` need; cut like names of variables they would say nothing."""
    return min(WIDEST, max((len(row) for block in equations for row in block.rows if row.endswith(")")), default=0))


def _labels(context: Context, equations: tuple[EquationBlock, ...]) -> dict[str, str]:
    return {row: _row_label(context, row) for block in equations for row in block.rows}


def _row_label(context: Context, name: str) -> str:
    """``_cons`` is Constant, a variable its label, a level its value label or ``variable=level``."""
    if name == "_cons":
        return "Constant"
    if "(" in name:
        return name
    parts = read_term(name).parts
    return " # ".join(_part_label(context, part) for part in parts)


def _part_label(context: Context, part: Part) -> str:
    if part.level is None:
        return _variable_label(context, part.variable)
    column_ = context.data.columns.get(part.variable)
    texts_ = context.data.value_labels.get(column_.value_label, {}) if column_ is not None else {}
    return texts_.get(float(part.level)) or f"{_variable_label(context, part.variable)}={part.level}"


def _variable_label(context: Context, name: str) -> str:
    found = context.data.columns.get(name)
    return found.label if found is not None and found.label else name


def _given_labels(options: OptionValues) -> dict[str, str]:
    """``coeflabels(name label ...)``; a name without a label keeps its own."""
    words = texts(options["coeflabels"] or "")
    return dict(zip(words[::2], words[1::2], strict=False))


# ---- the file ------------------------------------------------------------------------------------------------


def _written(made: EsttabResult, using: str, options: OptionValues) -> EsttabResult:
    """Write the table.  Raises r(602) if the file exists and may neither be replaced nor added to."""
    from ..data.files import could_not_open, write_aside
    from ..report.esttab import joined_to, rendered

    path = with_suffix(using, f".{made.output}" if made.output != "text" else ".txt")
    text = rendered(made)
    if options["append"] and os.path.exists(path):
        try:
            with open(path, encoding="utf-8", newline="") as file:
                text = joined_to(file.read(), text, made.output)
        except (OSError, UnicodeDecodeError):
            raise could_not_open(path) from None
    else:
        check_target(path, options["replace"])
    write_aside(path, (text.encode("utf-8"),))
    return replace(made, filename=path)


@layout(EsttabResult)
def lay_out(result: EsttabResult, style: Style) -> Document:
    """The table, or where it went."""
    from ..report.document import BLANK, Document, line, lines
    from ..report.esttab import rendered

    if result.filename:
        return Document((line(f"(output written to {result.filename})"),))
    return Document((BLANK, *lines(rendered(result).rstrip("\n"))))
