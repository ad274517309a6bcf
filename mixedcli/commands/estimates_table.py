"""``estimates table``: coefficients of several models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StataError
from ..formats import parse_format
from ..records import replace
from ..results.esttab import EquationBlock, EstimatesTable, ModelColumn, StatisticRow
from ..results.stripe import read_term
from ..syntax.spec import Kind, Option, OptionValues, incorrectly_specified
from ..syntax.tree import Statement
from ._esttab.models import (
    chosen_estimates,
    column,
    exponentiated_rows,
    first_equations_merged,
    matched,
    raw_rows,
    selected,
)
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

FORMAT = "%10.0g"
_DEFAULTS = {"b": FORMAT, "t": "%10.2f", "p": "%10.4f"}
_STARS = (0.05, 0.01, 0.001)


def _number(name: str, help: str) -> Option:
    return Option(name, name, Kind.FORMAT, help, optional_args=True)


OPTIONS = (
    _number("b", "the format of the coefficients"),
    _number("se", "standard errors below the coefficients"),
    _number("t", "t or z statistics below the coefficients"),
    _number("p", "p-values below the coefficients"),
    Option("star", "star", Kind.NUMLIST, "stars, at .05 .01 .001 or three levels of your own", optional_args=True),
    Option("stats", "stat", Kind.NAMES, "scalars of e(), aic, bic and rank below the table"),
    Option("stfmt", "stf", Kind.FORMAT, "the format of the scalars"),
    Option("keep", "k", Kind.RAW, "these coefficients only"),
    Option("drop", "drop", Kind.RAW, "not these coefficients"),
    Option("equations", "eq", Kind.INTEGER, "equations(1): the first equations are one", low=1, high=1),
    Option("varwidth", "var", Kind.INTEGER, "the width of the names", low=5, high=80),
    Option("title", "ti", Kind.STRING, "a title above the table"),
    Option("modelwidth", "model", Kind.INTEGER, planned=True),
    Option("eform", "ef", help="exponentiated coefficients"),
    Option("label", "label", planned=True),
    Option("style", "sty", Kind.RAW, planned=True),
    Option("coded", "coded", planned=True),
    Option("newpanel", "newp", planned=True),
)


@command("estimates table", shortest="est tab", start="names", options=OPTIONS)
def estimates_table(context: Context, statement: Statement) -> EstimatesTable:
    """estimates table [names] [, b(fmt) se t p star eform stats(list) keep() drop() equations(1) varwidth(#)]

    Put the coefficients of the named estimation results side by side, under the names that they have in e(b);
    equations(1) matches the first equations of all models.
    """
    options = context.options(statement, OPTIONS)
    shown = tuple((name, _format(options, name)) for name in ("b", "se", "t", "p") if name == "b" or options[name])
    stars = _stars(options)
    if stars and len(shown) > 1:
        raise StataError("option star may not be combined with options se, t, or p", 198)
    level = context.settings.level
    chosen = chosen_estimates(context, statement.arguments)
    found = [(name, each, raw_rows(each, level)) for name, each in chosen]
    if options["eform"]:
        found = [(name, each, exponentiated_rows(rows)) for name, each, rows in found]
    models: tuple[ModelColumn, ...] = tuple(column(name, each, rows, name) for name, each, rows in found)
    if options["equations"]:
        models = first_equations_merged(models)
    blocks = selected(_headed(matched(models), bool(options["equations"])), options["keep"], options["drop"], None)
    models = tuple(_shown_names(model) for model in models)
    return EstimatesTable(
        models=models,
        equations=blocks,
        shown=shown,
        stars=stars,
        statistics=tuple(StatisticRow(name, name, _statistic(options, name)) for name in options["stats"] or ()),
        value_labels=_value_labels(context, blocks),
        varwidth=options["varwidth"] or 12,
        title=options["title"] or "",
    )


def _format(options: OptionValues, name: str) -> str:
    given = options[name]
    if not isinstance(given, str):
        return _format(options, "b") if name == "se" else _DEFAULTS[name]
    if parse_format(given) is None or given.endswith("s"):
        raise incorrectly_specified(name, options.spans.get(name))
    return given


def _statistic(options: OptionValues, name: str) -> str:
    """Scalars have the format of the coefficients, counts (``N``, ``rank``, ``df_m``) the general one."""
    return options["stfmt"] or (FORMAT if name.startswith(("N", "df", "k", "rank")) else _format(options, "b"))


def _stars(options: OptionValues) -> tuple[float, ...]:
    given = options["star"]
    if given is None:
        return ()
    if given is True:
        return _STARS
    levels = tuple(sorted(given, reverse=True))
    if not 1 <= len(levels) <= 3 or not all(0 < level < 1 for level in levels):
        raise incorrectly_specified("star", options.spans.get("star"))
    return levels


# ---- equations -----------------------------------------------------------------------------------------------


def _headed(blocks: list[EquationBlock], numbered: bool) -> list[EquationBlock]:
    """The headings: none where there is one equation only, ``#1`` for those matched by number, ``_`` for one without a
    name among others; the parameters that stand alone (``/lnalpha``) have none."""
    named = len(blocks) > 1
    heads = {"": ("#1" if numbered else "_") if named else "", "/": ""}
    if len(blocks) == 1:
        heads[blocks[0].key] = ""
    slashed = [replace(b, rows=tuple(f"/{row}" for row in b.rows)) if b.key == "/" else b for b in blocks]
    return [replace(block, name=heads.get(block.key, block.name)) for block in slashed]


def _shown_names(model: ModelColumn) -> ModelColumn:
    """``/lnalpha`` is printed with its slash."""
    rows = {f"/:/{key[2:]}" if key.startswith("/:") else key: row for key, row in model.rows.items()}
    return replace(model, rows=rows)


def _value_labels(context: Context, blocks: tuple[EquationBlock, ...]) -> dict[str, dict[int, str]]:
    """The value labels of the factors: variable -> level -> text."""
    found: dict[str, dict[int, str]] = {}
    parts = (part for block in blocks for name in block.rows if block.key != "/" for part in read_term(name).parts)
    for part in parts:
        column_ = context.data.columns.get(part.variable) if part.level is not None else None
        if column_ is not None and column_.value_label:
            texts = context.data.value_labels.get(column_.value_label, {})
            found[part.variable] = {int(value): text for value, text in texts.items() if value == int(value)}
    return found


@layout(EstimatesTable)
def lay_out(result: EstimatesTable, style: Style) -> Document:
    from ..report.esttab_estimates import estimates_table_document

    return estimates_table_document(result, style)
