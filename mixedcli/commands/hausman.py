"""``hausman``: Hausman's test of a consistent against an efficient estimator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..engine.tails import chi2_tail
from ..errors import StataError
from ..records import record
from ..results.coefficients import CoefficientRow
from ..results.stripe import plain_name, read_term
from ..results.xtreg import HausmanResult, HausmanRow
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement, Word
from ._estimates.common import ACTIVE, find_estimates
from .context import Context, Estimates
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

_SINGULAR = 1e-11      # of the largest eigenvalue of the scaled difference of variances

OPTIONS = (
    Option("constant", "c", help="compare the constants too"),
    Option("force", "force", help="test even if the models do not look comparable"),
    Option("df", "df", Kind.INTEGER, "degrees of freedom, in place of the rank", low=1),
    Option("sigmamore", "sigmam", help="both variances with the error variance of the efficient model"),
    Option("sigmaless", "sigmal", help="both variances with the error variance of the consistent model"),
    Option("tconsistent", "tc", Kind.STRING, "title of the column of the consistent model"),
    Option("tefficient", "te", Kind.STRING, "title of the column of the efficient model"),
    Option("alleqs", "a", help="compare all equations", planned=True),
    Option("skipeqs", "sk", Kind.RAW, help="equations to skip", planned=True),
    Option("equations", "eq", Kind.RAW, help="which equations to compare", planned=True),
)


@record(eq=False)
class _Model:
    """The coefficients of one model that may be compared: estimated ones of the first equation.

    ``places``: plain name -> position in ``b`` (k,) and ``V`` (k, k); ``names``: plain name -> name in e(b).
    """

    name: str
    command: str
    b: np.ndarray
    V: np.ndarray
    places: dict[str, int]
    names: dict[str, str]


@command("hausman", shortest="haus", start="names", options=OPTIONS)
def hausman(context: Context, statement: Statement) -> HausmanResult:
    """hausman consistent [efficient] [, constant sigmamore sigmaless df(#) force]

    Hausman's specification test of two models stored by `estimates store`, such as fixed against random effects. `.` or
    no second name means the active results.
    """
    options = context.options(statement, OPTIONS)
    words = list(statement.arguments)
    if not words:
        raise StataError("name required", 100)
    if len(words) > 2:
        raise StataError("too many names specified", 103, words[2].span)
    words += [Word(ACTIVE)] * (2 - len(words))
    found = [find_estimates(context, word) for word in words]
    if not options["force"]:
        _check(found)
    consistent, efficient = (_model(word.text, each) for word, each in zip(words, found, strict=True))
    scales = _scales(found, options["sigmamore"], options["sigmaless"])
    common = [name for name in consistent.places if name in efficient.places]
    if not options["constant"]:
        common = [name for name in common if name != "_cons"]
    if not common:
        raise StataError(
            "no coefficients in common; specify equations(matchlist) for problems with different equation names", 498
        )
    titles = (options["tconsistent"] or consistent.name, options["tefficient"] or efficient.name)
    return _compared(consistent, efficient, common, scales, options["df"], titles)


def _check(found: list[Estimates]) -> None:
    for each in found:
        macros = each.stored().macros
        if macros.get("vce") in ("robust", "cluster") or macros.get("wtype") == "pweight":
            raise StataError("hausman cannot be used with vce(robust), vce(cluster cvar), or p-weighted data", 198)


def _model(name: str, estimates: Estimates) -> _Model:
    stored = estimates.stored()
    if "b" not in stored.matrices or "V" not in stored.matrices:
        raise StataError("last estimates not found", 301)
    b, V = stored.matrices["b"], stored.matrices["V"].values
    mine = {plain_name(each.name): (k, each.name) for k, each in enumerate(b.columns)
            if each.equation == b.columns[0].equation and V[k, k] > 0}
    return _Model(
        name, stored.macros.get("cmd", ""), b.values.reshape(-1), V, {key: k for key, (k, _) in mine.items()},
        {key: text for key, (_, text) in mine.items()},
    )


def _scales(found: list[Estimates], more: bool, less: bool) -> tuple[float, float]:
    """What to multiply the two variances by, so that both use one estimate of the error variance."""
    if not (more or less):
        return 1.0, 1.0
    if more and less:
        raise StataError("options sigmamore and sigmaless may not be combined", 198)
    first, second = (each.stored().scalars.get("rmse", math.nan) for each in found)
    if not (first > 0 and second > 0):
        raise StataError("sigmamore and sigmaless require estimators that leave e(rmse)", 198)
    return ((second / first) ** 2, 1.0) if more else (1.0, (first / second) ** 2)


def _compared(
    consistent: _Model, efficient: _Model, common: list[str], scales: tuple[float, float], df: int | None,
    titles: tuple[str, str],
) -> HausmanResult:
    """The test: (b - B)' (V_b - V_B)^-1 (b - B), a generalized inverse if the difference is singular."""
    first, second = ([each.places[name] for name in common] for each in (consistent, efficient))
    V = scales[0] * consistent.V[np.ix_(first, first)] - scales[1] * efficient.V[np.ix_(second, second)]
    difference = consistent.b[first] - efficient.b[second]
    size = np.sqrt(np.abs(np.diag(V)))
    size[size == 0] = 1.0
    values, vectors = np.linalg.eigh(V / np.outer(size, size))
    sound = np.abs(values) > _SINGULAR * np.abs(values).max(initial=0.0)
    z = vectors[:, sound].T @ (difference / size)
    chi2 = float((z**2 / values[sound]).sum()) if sound.any() else math.nan
    degrees = df or int(sound.sum())
    rows = tuple(
        HausmanRow(CoefficientRow(read_term(consistent.names[name])), float(consistent.b[i]), float(efficient.b[j]),
                   math.sqrt(v) if v > 0 else math.nan)
        for name, i, j, v in zip(common, first, second, np.diag(V).tolist(), strict=True)
    )
    p = chi2_tail(chi2, degrees) if chi2 >= 0 else math.nan
    return HausmanResult(
        rows, titles, (consistent.command, efficient.command), chi2, degrees, p, bool((values[sound] > 0).all()),
        rank=int(sound.sum()),
    )


@layout(HausmanResult)
def lay_out(result: HausmanResult, style: Style) -> Document:
    """The coefficients side by side, and the test."""
    from ..report.panel_tests import hausman_document

    return hausman_document(result, style)
