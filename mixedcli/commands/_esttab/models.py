"""Several sets of estimates as columns of one table: their rows matched by equation and name."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from ...errors import StataError
from ...records import replace
from ...results.coefficients import CoefficientRow
from ...results.esttab import EquationBlock, ModelColumn, row_key
from ...results.mixed import MixedResult, RandomParameter
from ...results.stripe import Term, plain_name, read_term
from ...syntax.tree import Word
from .._estimates.common import ACTIVE, find_estimates, information, parameters, stored_names
from .._shared.inference import exponentiated, tested_row

if TYPE_CHECKING:
    from ..context import Context, Estimates

MAIN, RESIDUAL = "main", "Residual"
Rows = dict[str, CoefficientRow]


def chosen_estimates(context: Context, words: Iterable[Word]) -> list[tuple[str, Estimates]]:
    """(name, estimates) of the names typed, patterns and ``.`` among them; the active results if there are none.

    Raises r(301) without active results, r(111) for an unknown name.
    """
    found: list[tuple[str, Estimates]] = []
    for word in words:
        if word.text == ACTIVE:
            found.append(("", find_estimates(context, word)))
        else:
            found += [(name, context.state.saved[name]) for name in stored_names(context, (word,))]
    return found or [("", context.estimates)]


def with_coefficients(estimates: Estimates) -> Estimates:
    """``estimates``, which must have e(b); else r(301)."""
    if "b" not in estimates.stored().matrices:
        raise StataError("last estimates not found", 301)
    return estimates


# ---- one model -----------------------------------------------------------------------------------------------


def raw_rows(estimates: Estimates, level: float) -> Rows:
    """The coefficients under the names of e(b): t tests where there are residual degrees of freedom, else z."""
    stored = with_coefficients(estimates).stored()
    b = stored.matrices["b"]
    V = stored.matrices.get("V")
    variances = np.zeros(len(b.columns)) if V is None else np.diag(V.values)
    df = stored.scalars.get("df_r")
    rows: Rows = {}
    empty = _empty_cells(estimates)
    for name, value, variance in zip(b.columns, b.values.reshape(-1), variances, strict=True):
        term = read_term(name.name)
        term = replace(term, status="empty") if name.name in empty else term
        rows[row_key(name.equation, name.name)] = _row(term, float(value), float(variance), df, level)
    return rows


def _empty_cells(estimates: Estimates) -> set[str]:
    """The names of interactions without observations, which e(b) writes like those omitted as collinear."""
    rows = getattr(estimates.result, "coefficients", ())
    return {row.stripe for row in rows if isinstance(row, CoefficientRow) and row.status == "empty"}


def _row(term: Term, b: float, variance: float, df: float | None, level: float) -> CoefficientRow:
    if term.status != "shown" or not variance > 0:
        return CoefficientRow(term, b)
    return tested_row(term, b, variance, df, level)


def exponentiated_rows(rows: Rows) -> Rows:
    """exp(b) of all coefficients, one for those left out; the random part is not in logarithms and stays as it is."""
    return {key: exponentiated(row) if row.tested else row for key, row in rows.items()}


def displayed_rows(estimates: Estimates, level: float) -> Rows:
    """The coefficients with the random part of a mixed model as it is displayed: ``school`` -> ``sd(lrt)``.

    The test of ln sd = 0 says nothing about a standard deviation, so those rows have no test.
    """
    rows = raw_rows(estimates, level)
    result = estimates.result
    if not isinstance(result, MixedResult):
        from .random import with_random_part

        return with_random_part(result, rows)
    fixed = {key: row for key, row in rows.items() if key.startswith(row_key(result.depvar, ""))}
    for equation in result.equations:
        for parameter in equation.parameters:
            name = _parameter_name(parameter, result.options.metric)
            fixed[row_key(equation.level, name)] = _random_row(name, parameter, result.options.metric)
    name = f"{result.options.metric}(Residual)"
    fixed[row_key(RESIDUAL, name)] = _random_row(name, result.residual, result.options.metric)
    return fixed


def _parameter_name(parameter: RandomParameter, metric: str) -> str:
    word = metric if parameter.kind == "sd" else {"sd": "corr", "var": "cov"}[metric]
    return f"{word}({','.join(parameter.columns)})"


def _random_row(name: str, parameter: RandomParameter, metric: str) -> CoefficientRow:
    found = parameter.sd if metric == "sd" else parameter.var
    return CoefficientRow(name, found.value, found.se, lo=found.lo, hi=found.hi, tested=False)


def statistics(estimates: Estimates) -> dict[str, float]:
    """The scalars of e(), and what tables ask for beside them: ``aic``, ``bic``, ``rank``."""
    scalars = {name: float(value) for name, value in estimates.stored().scalars.items()}
    if not math.isnan(scalars.get("ll", math.nan)) and "V" in estimates.stored().matrices:
        row = information("", estimates)
        scalars = {"aic": row.aic, "bic": row.bic, **scalars}
    if "V" in estimates.stored().matrices:
        scalars.setdefault("rank", float(parameters(estimates)))
    return scalars


def column(name: str, estimates: Estimates, rows: Rows, title: str) -> ModelColumn:
    """One column of a table."""
    return ModelColumn(name, title, rows, statistics(estimates), dict(estimates.stored().macros))


# ---- several models ------------------------------------------------------------------------------------------


def first_equations_merged(models: Sequence[ModelColumn]) -> tuple[ModelColumn, ...]:
    """The models with their first equations under one key; others keep their names."""
    return tuple(_merged(model) for model in models)


def _merged(model: ModelColumn) -> ModelColumn:
    first = _equation(next(iter(model.rows), ":"))
    rows = {row_key("" if _equation(key) == first else _equation(key), _name(key)): row for key, row in model.rows.items()}
    return replace(model, rows=rows)


def _equation(key: str) -> str:
    return key.partition(":")[0]


def _name(key: str) -> str:
    return key.partition(":")[2]


def matched(models: Sequence[ModelColumn]) -> list[EquationBlock]:
    """All equations in the order in which they first come, and all their rows; the constant stays last."""
    names: dict[str, list[str]] = {}
    for model in models:
        for equation, group in groupby(model.rows, key=_equation):
            _add(names.setdefault(equation, []), [_name(key) for key in group])
    return [EquationBlock(equation, equation, tuple(rows)) for equation, rows in names.items()]


def _add(known: list[str], more: Sequence[str]) -> None:
    """Append the names not known yet, before a constant that stands last; those of a random part keep their order."""
    for i, name in enumerate(more):
        if name in known:
            continue
        after = next((other for other in more[i + 1 :] if other in known), None)
        if name.endswith(")") and after is not None:
            known.insert(known.index(after), name)
        else:
            known.insert(len(known) - (bool(known) and known[-1] == "_cons" and name != "_cons"), name)


# ---- keep, drop, order ---------------------------------------------------------------------------------------


def selected(
    blocks: Sequence[EquationBlock], keep: str | None, drop: str | None, order: str | None
) -> tuple[EquationBlock, ...]:
    """The blocks after ``keep()``, ``drop()`` and ``order()``: names, patterns, ``equation:name`` or ``equation:``.

    Raises r(111) for a name that no row has.
    """
    out = list(blocks)
    if keep is not None:
        chosen = _chosen(blocks, keep)
        out = [_only(block, chosen, True) for block in out]
    if drop is not None:
        out = [_only(block, _chosen(blocks, drop), False) for block in out]
    if order is not None:
        out = [_ordered(block, list(_chosen(blocks, order))) for block in out]
    return tuple(block for block in out if block.rows)


def _chosen(blocks: Sequence[EquationBlock], text: str) -> dict[tuple[str, str], None]:
    """The rows that the words of ``text`` name, in the order of the words."""
    found: dict[tuple[str, str], None] = {}
    for word in text.split():
        mine = [(b.key, row) for b in blocks for row in b.rows if _named(word, b, row)]
        if not mine:
            raise StataError(f"coefficient {word} not found", 111)
        found.update(dict.fromkeys(mine))
    return found


def _named(word: str, block: EquationBlock, row: str) -> bool:
    equation, colon, name = word.rpartition(":")
    if colon and equation not in (block.key, block.name):
        return False
    return (bool(colon) and not name) or fnmatch.fnmatchcase(row, name) or plain_name(row) == plain_name(name)


def _only(block: EquationBlock, rows: Mapping[tuple[str, str], None], among: bool) -> EquationBlock:
    return replace(block, rows=tuple(row for row in block.rows if ((block.key, row) in rows) == among))


def _ordered(block: EquationBlock, first: Sequence[tuple[str, str]]) -> EquationBlock:
    mine = [row for key, row in first if key == block.key]
    return replace(block, rows=(*mine, *(row for row in block.rows if row not in mine)))
