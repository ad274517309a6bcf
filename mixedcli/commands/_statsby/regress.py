"""statsby: regress without a fit per group, when only coefficients and numbers of the fit are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import MISSING
from ...design.sample import mark_sample
from ...design.terms import expand_terms
from ...engine.grouped_least_squares import GroupedFits, grouped_least_squares
from ...engine.least_squares import statistics
from ...errors import StataError
from ...expr.environment import Environment
from ...expr.evaluate import evaluate, working_values
from ...expr.sample import sample_mask
from ...records import fields, is_record, record
from ...results.stripe import Part, Term, plain_name
from ...syntax import tree
from ...syntax.parser import split_head
from ...syntax.spec import OptionValues
from .._regress.model import variables
from .._regress.options import OPTIONS
from ..context import Context
from .common import Request, Wanted, counts_rows

_NUMBERS = ("N", "df_m", "df_r", "F", "r2", "rmse", "mss", "rss", "r2_a", "ll", "ll_0", "rank")


@record
class PlainRegression:
    """A regression on continuous variables: names of y and of the covariates, and the rows that can be used."""

    depvar: str
    covariates: tuple[str, ...]
    constant: bool
    touse: np.ndarray


def plain_regression(context: Context, request: Request) -> PlainRegression | None:
    """The regression of the request, or None if it is something else, asks for more than this file knows, or is wrong
    (so that the command itself says in what)."""
    try:
        return _plain_regression(context, request)
    except StataError:
        return None


def _plain_regression(context: Context, request: Request) -> PlainRegression | None:
    command = request.command
    if command.name != "regress" or command.parsed is None or split_head(command.text).prefixes:
        return None
    parsed = command.parsed
    if not parsed.varlist or parsed.weight is not None or parsed.in_range is not None or counts_rows(parsed.condition):
        return None
    options: OptionValues = context.options(parsed, OPTIONS)
    if any(options[name] for name in ("vce", "robust", "cluster", "hc2", "hc3")):
        return None
    depvar, used = variables(parsed, context)
    data = context.data
    touse = mark_sample(data, sample_mask(data, parsed.condition, None, context.environment()), used)
    terms = expand_terms(parsed.varlist[1:], data, touse)
    names = tuple(term.name for term in terms)
    if any(not _is_plain(term) for term in terms) or depvar in names:
        return None
    constant = not options["noconstant"]
    known = {plain_name(name) for name in (*names, *(("_cons",) if constant else ()))}
    if not request.statistics or not all(each.exp is not None and _simple(each.exp, known) for each in request.statistics):
        return None
    return PlainRegression(depvar, names, constant, touse)


def _is_plain(term: Term) -> bool:
    part: Part = term.parts[0]
    return len(term.parts) == 1 and part.level is None and term.status == "shown"


def _simple(node: object, known: set[str]) -> bool:
    """Whether an expression is made of numbers, coefficients and the numbers of e() alone."""
    if isinstance(node, tree.Stored):
        if node.kind == "e":
            return node.key in _NUMBERS
        return node.kind in ("_b", "_se") and plain_name(node.key) in known
    if isinstance(node, tree.Call):
        return not counts_rows(node) and all(_simple(each, known) for each in node.args)
    if isinstance(node, (tree.Number, tree.Missing)):
        return True
    if isinstance(node, (tree.Unary, tree.Binary)):
        return all(_simple(getattr(node, each.name), known) for each in fields(node) if is_record(getattr(node, each.name)))
    return False


def grouped_statistics(
    context: Context,
    plain: PlainRegression,
    wanted: tuple[Wanted, ...],
    rows: np.ndarray,
    codes: np.ndarray,
    starts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The statistics of all groups, shape (groups, statistics), and which groups they are to be trusted for.

    ``rows``, ``codes`` and ``starts`` are those of `mixedcli.commands._statsby_groups.Groups`.
    """
    data = context.data
    whole = len(rows) == data.n and bool(np.all(rows[1:] > rows[:-1]))

    def values(name: str) -> np.ndarray:
        found = working_values(data, name)
        return found if whole else found[rows]

    x = np.array([values(name) for name in plain.covariates]).reshape(len(plain.covariates), len(rows))
    fits = grouped_least_squares(values(plain.depvar), x, codes, starts, plain.constant)
    out = np.full((len(starts), len(wanted)), MISSING)
    table = Dataset(n=len(starts))
    state = context.environment()
    env = Environment(
        scalars=state.scalars, lookup=_Lookup(plain, fits), rc=state.rc, version=state.version, memory=state.memory
    )
    for k, each in enumerate(wanted):
        assert each.exp is not None
        out[:, k] = evaluate(each.exp, table, env)
    return out, fits.trusted


class _Lookup:
    """Answers ``_b[x]``, ``_se[x]`` and ``e(name)`` with one number per group."""

    def __init__(self, plain: PlainRegression, fits: GroupedFits) -> None:
        names = (*plain.covariates, *(("_cons",) if plain.constant else ()))
        self.places = {plain_name(name): k for k, name in enumerate(names)}
        self.fits = fits
        self.e = statistics(fits.mss, fits.rss, fits.n.astype(float), len(names), plain.constant)

    def __call__(self, kind: str, key: str) -> Any:
        if kind == "e":
            return np.asarray(self.e[key], dtype=np.float64)
        place = self.places[plain_name(key)]
        if kind == "_b":
            return self.fits.beta[:, place]
        with np.errstate(invalid="ignore"):
            return np.sqrt(self.fits.variance[:, place])
