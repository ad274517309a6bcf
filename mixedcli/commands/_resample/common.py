"""What bootstrap and jackknife share: the command line, the units that are drawn, and a command run on other rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.columns import group_codes, new_numeric
from ...design.sample import mark_sample
from ...design.varlist import expand_names
from ...engine.tails import chi2_tail, f_tail
from ...errors import NotBuilt, StataError, no_observations
from ...expr.functions_random import FIRST_SEED
from ...expr.sample import sample_mask
from ...records import record, replace
from ...results.base import Matrix, Stored
from ...results.posted import EquationRows
from ...results.resample import ModelTest, ResampleResult, Resampling
from ...results.stripe import StripeName, Term
from ...syntax.parser import parse_varlist
from ...syntax.spec import Option, OptionValues
from ...syntax.tree import Statement
from .._shared.clauses import split_clauses
from .._shared.posted import PostedModel, coefficient_listing
from .._statsby.common import GroupCommand, Wanted, counts_rows, read_command, read_statistics, without_sample
from .._statsby.groups import evaluated, expanded

if TYPE_CHECKING:
    from ..context import Context

# What the header shows of a fit: the name in e(), the label, and the decimals.
_FIT = (("r2", "R-squared", 4), ("r2_a", "Adj R-squared", 4), ("rmse", "Root MSE", 4), ("r2_p", "Pseudo R2", 4))


@record
class Request:
    """``statistics`` as typed; none means the coefficients of the estimation."""

    kind: str
    statistics: tuple[Wanted, ...]
    options: OptionValues
    command: GroupCommand


@record
class Units:
    """What is drawn: the rows of each unit, and the numbers of the units of each stratum."""

    rows: tuple[np.ndarray, ...]
    strata: tuple[np.ndarray, ...]
    clusters: int = 0
    cluster: str = ""

    @property
    def count(self) -> int:
        return len(self.rows)


@record(eq=False)
class Observed:
    """The command on the data: the rows used, and its statistics with their names.

    ``terms``: the terms of the model by their names in e(b), which tell base levels from omitted terms.  ``model``: what
    the command left for predict and margins.
    """

    touse: np.ndarray
    n: int
    values: np.ndarray
    names: tuple[StripeName, ...]
    wanted: tuple[Wanted, ...]
    stored: Stored | None
    terms: dict[str, Term]
    model: Any = None


def read_request(context: Context, statement: Statement, kind: str, options: tuple[Option, ...]) -> Request:
    """The request of a statement ``kind exp_list, options: command``; r(198) for what does not fit."""
    if not statement.prefixed.strip():
        raise StataError("invalid syntax", 198)
    end = statement.span[1] - 1
    word = re.compile(r"\s*\w+").match(statement.text, statement.span[0])      # bs and bstrap are bootstrap too
    assert word is not None
    start = word.end()
    listed, at, tail = split_clauses(replace(statement, text=statement.text[:end], rest=statement.text[start:end]))
    if tail.condition is not None or tail.in_range is not None or tail.weight is not None or tail.using is not None:
        raise StataError("invalid syntax", 198)
    found = context.options(tail, options)
    stub = {"bootstrap": "_bs", "jackknife": "_jk"}[kind]
    wanted = tuple(
        replace(each, name=each.name.replace("_stat", stub)) if each.name.startswith("_stat_") else each
        for each in read_statistics(statement.text[: at + len(listed)], at)
    )
    if any(each.exp is None for each in wanted):
        if len(wanted) > 1 or wanted[0].text != "_b":
            raise StataError("invalid exp_list", 198)
        wanted = ()
    command = read_command(context, statement.prefixed)
    _check_weights(kind, command)
    return Request(kind, wanted, found, command)


def _check_weights(kind: str, command: GroupCommand) -> None:
    """Samples are drawn as if all rows were alike, which those with weights are not."""
    weight = command.parsed.weight if command.parsed is not None else None
    if weight is None:
        return
    if kind == "bootstrap" or weight.kind in ("", "aweight"):
        raise StataError("weights not allowed", 101)
    if weight.kind == "fweight":
        raise NotBuilt("jackknife with fweights")


# ---- runs ----------------------------------------------------------------------------------------------------


def observe(context: Context, request: Request) -> Observed:
    """Run the command on the data in memory.

    Raises the error of the command, r(198) when it leaves no coefficients and no expression is given, r(2000) when it
    used no observations.
    """
    assert context.runner is not None
    before = context.state.estimates
    data, command = context.data, request.command
    try:
        context.runner.run_unseen(command.text)
    except StataError as error:
        error.message = f"{error.message}\nan error occurred when {request.kind} executed {command.name}"
        raise
    estimation = context.state.estimates is not before and context.state.estimates is not None
    stored = context.estimates.stored() if estimation else None
    if not request.statistics and (stored is None or "b" not in stored.matrices):
        raise StataError(f"{command.name} is not an estimation command; an expression is required", 198)
    wanted = expanded(context, request.statistics, estimation) if request.statistics else ()
    values, names = _statistics(context, wanted)
    if np.isnan(values).any() or (values > 1e300).any():
        raise StataError("statistics could not be computed in the data", 322)
    if estimation:
        touse = context.sample()
    elif command.parsed is not None:
        touse = sample_mask(data, command.parsed.condition, command.parsed.in_range, context.environment())
    else:
        touse = np.ones(data.n, dtype=bool)
    if not touse.any():
        raise no_observations()
    rows = getattr(context.estimates.result, "coefficients", ()) if stored is not None else ()
    terms = {row.stripe: row.term for row in rows if isinstance(row.term, Term)}
    model = context.estimates.model if stored is not None else None
    return Observed(touse, int(touse.sum()), values, names, wanted, stored, terms, model)


def _statistics(context: Context, wanted: tuple[Wanted, ...]) -> tuple[np.ndarray, tuple[StripeName, ...]]:
    """The statistics after a run, shape (k,), and their names: the expressions, or else all of e(b)."""
    if wanted:
        return evaluated(context, wanted), tuple(StripeName("", each.name) for each in wanted)
    b = context.estimates.stored().matrices["b"]
    return np.array(b.values[0], dtype=float), b.columns


def replicates(
    context: Context, request: Request, observed: Observed, draws: Iterable[tuple[np.ndarray, np.ndarray | None]]
) -> tuple[np.ndarray, tuple[bool, ...]]:
    """Run the command on each set of rows: shape (complete runs, k), and which runs failed.

    A draw is row numbers, with the number of the unit each row belongs to if that is wanted (`idcluster`).
    """
    assert context.runner is not None
    state, command = context.state, request.command
    parsed = command.parsed
    placed = parsed is not None and (parsed.in_range is not None or counts_rows(parsed.condition))
    text = without_sample(command) if placed else command.text
    kept, failed = [], []
    for rows, units in draws:
        data = state.data.take(rows)
        if units is not None:
            data = data.with_column(new_numeric(request.options["idcluster"], units, "double"))
        context.change(data=data)
        try:
            context.runner.run_unseen(text)
            values, names = _statistics(context, observed.wanted)
            # a term omitted here only has another name, and no estimate
            good = names == observed.names and bool(np.all(values < 1e300))
        except StataError as error:
            if error.rc == 1:
                raise
            good = False
        failed.append(not good)
        if good:
            kept.append(values)
        context.state = state
    return np.array(kept).reshape(len(kept), len(observed.values)), tuple(failed)


# ---- units ---------------------------------------------------------------------------------------------------


def units_of(context: Context, options: OptionValues, touse: np.ndarray) -> Units:
    """The units among the rows ``touse`` (bool, shape (n,)): observations, or the groups of cluster()."""
    data = context.data
    names = {key: _names(context, options.get(key)) for key in ("cluster", "strata")}
    rows = np.flatnonzero(mark_sample(data, touse, (*names["cluster"], *names["strata"])))
    if not len(rows):
        raise no_observations()
    if options["idcluster"] and not names["cluster"]:
        raise StataError("idcluster() can only be specified with the cluster() option", 198)
    parts = tuple(rows[:, None])
    if names["cluster"]:
        codes, _ = group_codes([data.columns[name] for name in names["cluster"]], rows)
        order = np.argsort(codes, kind="stable")
        parts = tuple(np.split(rows[order], np.cumsum(np.bincount(codes))[:-1]))
    first = np.array([part[0] for part in parts])
    strata = np.zeros(len(parts), dtype=np.int64)
    if names["strata"]:
        strata, _ = group_codes([data.columns[name] for name in names["strata"]], first)
    grouped = tuple(np.flatnonzero(strata == k) for k in range(int(strata.max()) + 1))
    return Units(parts, grouped, len(parts) if names["cluster"] else 0, " ".join(names["cluster"]))


def _names(context: Context, text: str | None) -> tuple[str, ...]:
    return expand_names(parse_varlist(text), context.data) if text else ()


def with_replacement(
    units: Units, reps: int, stream: np.random.Generator, size: int | None, marked: bool
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Bootstrap samples: in each stratum as many units as it has, or ``size`` of them."""
    for _ in range(reps):
        drawn = np.concatenate([s[stream.integers(0, len(s), size or len(s))] for s in units.strata])
        yield _rows(units, drawn, marked)


def leaving_out(units: Units, marked: bool) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """All samples with one unit left out."""
    every = np.arange(units.count)
    for k in range(units.count):
        yield _rows(units, np.delete(every, k), marked)


def _rows(units: Units, drawn: np.ndarray, marked: bool) -> tuple[np.ndarray, np.ndarray | None]:
    parts = [units.rows[k] for k in drawn]
    numbers = np.repeat(np.arange(1.0, len(parts) + 1), [len(part) for part in parts]) if marked else None
    return np.concatenate(parts), numbers


# ---- the two methods -----------------------------------------------------------------------------------------


@record(eq=False)
class Replicated:
    """A command and its replications: ``V`` (k, k) of the k statistics; ``df`` None for normal inference."""

    observed: Observed
    units: Units
    kept: np.ndarray
    failed: tuple[bool, ...]
    V: np.ndarray
    df: float | None


def replicate(context: Context, request: Request) -> Replicated:
    """Run the command of the request on the data and on its samples; the state is left as it was."""
    before = context.state
    stream = _stream(context, request.options) if request.kind == "bootstrap" else None
    observed = observe(context, request)
    context.state = before
    options = request.options
    units = units_of(context, options, observed.touse)
    if stream is None:
        draws = leaving_out(units, options["idcluster"] is not None)
    else:
        if options["size"] and options["size"] > min(len(stratum) for stratum in units.strata):
            raise StataError("option size() is larger than the number of units to draw from", 198)
        reps, marked = options["reps"] or 50, options["idcluster"] is not None
        draws = with_replacement(units, reps, stream, options["size"], marked)
    kept, failed = replicates(context, request, observed, draws)
    if len(kept) < 2:
        what = f"insufficient observations to compute {request.kind} standard errors"
        raise StataError(f"{what}\nno results will be saved", 2000)
    # Of the bootstrap the variance of the replications; of the jackknife (m - 1)/m times their sum of squares over
    # the m samples ([R] jackknife).
    gaps = kept - (observed.values if options["mse"] else kept.mean(axis=0))
    if request.kind == "bootstrap":
        return Replicated(observed, units, kept, failed, gaps.T @ gaps / (len(kept) - (not options["mse"])), None)
    V = gaps.T @ gaps * (len(kept) - 1) / len(kept)
    return Replicated(observed, units, kept, failed, V, float(len(kept) - 1))


def _stream(context: Context, options: OptionValues) -> np.random.Generator:
    """The random numbers of the session, begun again with seed()."""
    if options["seed"] is not None:
        context.memory["random"] = np.random.default_rng(options["seed"])
    found: np.random.Generator = context.memory.setdefault("random", np.random.default_rng(FIRST_SEED))
    return found


# ---- the result ----------------------------------------------------------------------------------------------


def finished(context: Context, statement: Statement, request: Request, done: Replicated) -> ResampleResult:
    """The result, which becomes the estimation results."""
    options, observed, units, V, df = request.options, done.observed, done.units, done.V, done.df
    level = options["level"] or context.settings.level
    stored = observed.stored or Stored("e")
    coefficients = not request.statistics
    depvar = stored.macros.get("depvar", "") if coefficients else ""
    b = Matrix(observed.values[None, :], (StripeName("", "y1"),), observed.names)
    listing = coefficient_listing(context, b, Matrix(V, observed.names, observed.names), depvar, df, level)
    result = ResampleResult(
        kind=request.kind,
        command=request.command.text,
        name=request.command.name,
        n=observed.n,
        b=observed.values,
        V=V,
        replicates=done.kept,
        failed=done.failed,
        names=observed.names,
        equations=tuple(_with_terms(each, observed.terms) for each in listing.equations),
        statistics=tuple((each.name, each.text) for each in observed.wanted),
        title=stored.macros.get("title", "") if coefficients else "",
        test=_model_test(observed, V, df, stored) if coefficients else None,
        estimation=observed.stored is not None,
        clusters=units.clusters,
        cluster=units.cluster,
        depvar=depvar,
        df=df,
        level=level,
        value_labels=listing.value_labels,
        dots=not options["nodots"],
        notable=options["notable"],
        noheader=options["noheader"],
        nolegend=options["nolegend"],
        nowarn=options["nowarn"],
        cmdline=statement.text[statement.span[0] :].strip(),
    )
    context.post(result, _model(request, done), observed.touse)
    return result


def resampling_of(request: Request, done: Replicated) -> Resampling:
    """What the replications were, for the results of the command itself."""
    units = done.units
    return Resampling(
        request.kind, request.command.name, done.kept, done.failed, done.observed.values, units.clusters, units.cluster,
        done.df, not request.options["nodots"],
    )


def _model(request: Request, done: Replicated) -> Any:
    """What the commands after it work with: the model of the command with the new variance, if it can have another."""
    own = getattr(done.observed.model, "resampled", None)
    if request.statistics or not callable(own):
        return PostedModel()
    return own(done.V, resampling_of(request, done))


def _with_terms(equation: EquationRows, terms: dict[str, Term]) -> EquationRows:
    return EquationRows(equation.name, tuple(replace(row, term=terms.get(row.stripe, row.term)) for row in equation.rows))


def _model_test(observed: Observed, V: np.ndarray, df: float | None, stored: Stored) -> ModelTest:
    """The Wald test of the slopes of the first equation: chi2, or F with residual degrees of freedom ``df``."""
    first = observed.names[0].equation
    slopes = [
        k for k, name in enumerate(observed.names)
        if name.equation == first and name.name != "_cons" and V[k, k] > 0
    ]  # fmt: skip
    b, W = observed.values[slopes], V[np.ix_(slopes, slopes)]
    rank = int(np.linalg.matrix_rank(W)) if slopes else 0
    chi2 = float(b @ np.linalg.pinv(W, hermitian=True) @ b) if slopes else 0.0
    lines = [
        (label, stored.scalars[key], decimals)
        for key, label, decimals in _FIT
        if key in stored.scalars
    ]
    ll = stored.scalars.get("ll", float("nan")) if "r2" not in stored.scalars else float("nan")
    if not rank:
        return ModelTest(float("nan"), 0, float("nan"), tuple(lines), ll)
    if df is None:
        return ModelTest(chi2, rank, chi2_tail(chi2, rank), tuple(lines), ll)
    return ModelTest(chi2 / rank, rank, f_tail(chi2 / rank, rank, df), tuple(lines), ll)
