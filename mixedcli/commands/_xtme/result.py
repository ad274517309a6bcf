"""From a fitted model to what xtmelogit and its relatives print: intervals, tests, the random part in both metrics."""

from __future__ import annotations

import numpy as np

from ...engine.tails import normal_quantile
from ...records import replace
from ...results.mixed import MixedOptions, RandomEquation
from ...results.xtme import XtmeLog, XtmeResult
from .._me.model import MeModel, RandomPart
from .._me.result import MeOptions, shown_iterations
from .._me.result import make_result as make_me_result
from .._me.variance import symmetric
from .._mixed.result import random_parameters
from .plan import ratio, refinements

_TITLES = {
    ("logit", True): "Mixed-effects logistic regression", ("logit", False): "Logistic regression",
    ("log", True): "Mixed-effects Poisson regression", ("log", False): "Poisson regression",
}


def make_result(model: MeModel, options: MixedOptions, level: float, shown_ratio: str | None = None) -> XtmeResult:
    """Every number of the fit, with intervals at ``level`` percent; ``shown_ratio``: ``or``, ``irr`` or ""."""
    plan, data, fit = model.plan, model.data, model.fit
    how = ratio(plan.options) if shown_ratio is None else shown_ratio
    found = make_me_result(model, MeOptions(ratio=how), level)
    b, V = posted(model)
    title = _TITLES.get((plan.family.link, bool(model.random)), found.title)
    return XtmeResult(
        command=plan.command, title=title, depvar=plan.depvar, n=data.n,
        coefficients=found.coefficients, equations=random_part(model, normal_quantile(0.5 + level / 200)),
        fixed_names=data.design.names, b=b, V=V, points=fit.points, ll=fit.loglik, chi2=found.chi2, df_m=found.df_m,
        p=found.p, rank=found.rank, ll_c=fit.loglik_fixed, comparison=found.comparison, lr=found.lr,
        groups=found.groups, log=_log(model), convergence=found.convergence, ratio=how, level=level,
        cmdline=model.cmdline, offset=data.offset_name, binomial=plan.family.trials, separations=data.separations,
        value_labels=model.value_labels, options=options, notes=found.notes, residual=found.residual,
        vce=found.vce, cluster=found.cluster, n_clusters=found.n_clusters,
    )


def posted(model: MeModel) -> tuple[np.ndarray, np.ndarray]:
    """e(b) and e(V): the coefficients of all terms, then ln sds and atanh correlations."""
    design, fit = model.data.design, model.fit
    terms, p = len(design.terms), len(fit.beta)
    size = terms + len(fit.theta) - p
    places = np.concatenate([design.columns, np.arange(terms, size)])
    b, V = np.zeros(size), np.zeros((size, size))
    b[places] = fit.theta
    V[np.ix_(places, places)] = symmetric(model.V)
    return b, V


def random_part(model: MeModel, z: float) -> tuple[RandomEquation, ...]:
    """The random part in the metrics of tables and of estimation, with intervals of ``z`` standard errors."""
    fit, out = model.fit, []
    at = len(fit.beta) + len(fit.extra)
    for part, pairs in zip(model.random, fit.theta_pairs, strict=True):
        here = slice(at, at + len(pairs))
        named = shown_part(part)
        parameters = random_parameters(named, fit.theta[here], model.V[here, here], z)
        structure = part.structure.capitalize() if part.columns else "(empty)"
        out.append(RandomEquation(part.level, structure, named.columns, parameters))
        at += len(pairs)
    return tuple(out)


def shown_part(part: RandomPart) -> RandomPart:
    """A part as the table names it: the levels of a factor are one column, ``R.x``."""
    if not part.factor:
        return part
    from ...results.stripe import Part, Term

    return replace(part, terms=(Term((Part(f"R.{part.factor}", operated=False),)),), factor="")


def _log(model: MeModel) -> XtmeLog:
    """The search in two parts, as its log tells it."""
    path = shown_iterations(model.fit.convergence.loglik)
    if not model.random:
        return XtmeLog((), tuple(model.fit.fixed_log))
    first = min(refinements(model.plan.options), max(len(path) - 1, 0))
    return XtmeLog(path[: first + 1], path[first:])
