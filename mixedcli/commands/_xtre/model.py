"""A random-effects model of panels with binary outcomes or counts: the plan, its design on the sample, the fit.

With normal effects it is the random-intercept model of the me commands, told in ln sigma_u^2; with gamma effects
(counts) the likelihood has a closed form.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...design.groups import GroupIndex, group_index
from ...design.matrix import Design
from ...engine.glmm import GlmmFit, fit_glmm
from ...engine.panel_gamma import GammaFit, fit_gamma_panels
from ...engine.panel_start import along_shares, best_log_sd
from ...errors import NotBuilt, StataError
from ...records import record, replace
from ...results.mixed import Convergence
from ...results.ml import LogLine
from ...results.resample import Resampling
from ...results.xtre import GAMMA, GAUSSIAN, XtreLogs
from ...syntax.head import command_text
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from .._me.families import Family
from .._me.model import MeModel, RandomPart, engine_equations, random_part, read_sample, starting_values
from .._me.plan import MePlan, RandomPlan, read_offset
from .._me.response import Outcome, checked, make_outcome
from .._me.variance import estimated_variance, robust_variance
from .._mixed.model import factor_labels
from .._mixed.plan import depvar_name
from .._ml.common import MODERN
from .._ml.fits import Fitted, fit_logit, fit_poisson, fit_probit
from .._ml.model import MlData
from .._shared.vce import RESAMPLED, Vce, read_vce
from .._xtreg.model import check_constant, panel_variable

if TYPE_CHECKING:
    from ...results.base import Result
    from .._margins.response import Response as MarginsResponse
    from ..context import Context

FAMILIES = {"xtlogit": ("bernoulli", "logit"), "xtprobit": ("bernoulli", "probit"), "xtpoisson": ("poisson", "log")}
_COMPARISONS = {"xtlogit": fit_logit, "xtprobit": fit_probit, "xtpoisson": fit_poisson}
_ENGINE_METHODS = {"aghermite": "mcaghermite"}
_POINTS = 12
_MARGINAL = 14                        # from this version on margins averages over the random effects


@record(eq=False)
class XtreModel:
    """What these commands leave for the commands after them.

    ``data``: sample, outcomes, design, offset, and weights (those of each row's panel).  ``groups``: the panels of the
    used rows.  ``theta`` (p + 1,): the coefficients of the columns of the design, then ln sigma_u^2 or ln alpha, -inf
    where there is no effect; ``V`` its variance.  ``fit`` and ``part``: the engine's view of a model with normal
    effects.  ``marginal``: margins averages over the effects unless told otherwise.
    """

    command: str
    law: str
    plan: MePlan
    panel: str
    data: MlData
    groups: GroupIndex
    theta: np.ndarray
    V: np.ndarray
    ll: float
    ll_c: float
    logs: XtreLogs
    convergence: Convergence
    outcome: Outcome
    value_labels: dict[str, dict[int, str]]
    cmdline: str
    fit: GlmmFit | None = None
    part: RandomPart | None = None
    n_clusters: int = 0
    cluster: str = ""
    modern: bool = True
    marginal: bool = True
    resampling: Resampling | None = None

    @property
    def depvar(self) -> str:
        return self.plan.depvar

    @property
    def design(self) -> Design:
        return self.data.design

    @property
    def parameter(self) -> str:
        """The last parameter: ``lnsig2u`` or ``lnalpha``."""
        return "lnsig2u" if self.law == GAUSSIAN else "lnalpha"

    @property
    def variance(self) -> float:
        """The variance of a panel's effect: sigma_u^2 of the normal one, alpha of the gamma one."""
        return math.exp(float(self.theta[-1]))

    def mixed(self) -> MeModel:
        """The same model as the me commands know it, in ln sd; with normal effects only."""
        assert self.fit is not None and self.part is not None
        half = np.ones(len(self.theta))
        half[-1] = 0.5
        return MeModel(
            plan=self.plan, data=self.data, random=(self.part,), response=self.outcome.response, fit=self.fit,
            V=self.V * np.outer(half, half), extra=(), value_labels=self.value_labels, cmdline=self.cmdline,
            n_clusters=self.n_clusters, cluster=self.cluster, modern=self.modern,
        )

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""
        from .predict import predict

        return predict(self, context, statement)

    def margins_response(self, arguments: str) -> MarginsResponse:
        """What margins averages, of the prediction that ``predict(arguments)`` names."""
        from .margins import xtre_response

        return xtre_response(self, arguments)


# ---- what is asked for -------------------------------------------------------------------------------------------


def fit_model(context: Context, command: str, statement: Statement, options: OptionValues) -> XtreModel:
    """Fit what ``statement`` asks for.

    Raises r(459) without a panel variable or for counts below zero, r(111) unknown variables, r(2000) no observations or
    an outcome that does not vary, r(199) for weights that change within a panel, r(498) for panels that are not nested
    within clusters, r(198) for options that do not go together.
    """
    dataset = context.data
    panel = panel_variable(context, options)
    law = GAMMA if command == "xtpoisson" and not options["normal"] else GAUSSIAN
    plan = _plan(command, statement, options, dataset, panel, law)
    data = checked(plan, read_sample(context, plan, statement), dataset)
    if not data.design.X.shape[1]:
        raise StataError("independent variables required with noconstant option", 102)
    data = replace(data, stretch=context.version >= 11)
    groups = group_index(dataset, (panel,), data.mask)
    _check_panels(dataset, plan, data, groups, panel)
    outcome = make_outcome(plan, data, dataset)
    comparison = _COMPARISONS[command](data, None)
    start = _start(context, plan, data)
    fitted = _gaussian if law == GAUSSIAN else _gamma
    model = fitted(dataset, _Task(command, plan, panel, data, groups, outcome, comparison, start))
    model = replace(
        model, value_labels=factor_labels(data.design.terms, dataset), cmdline=command_text(statement.text),
        modern=context.version >= MODERN, marginal=context.version >= _MARGINAL,
    )
    return _resampled(context, statement, options, model) if plan.vce.resampled else model


def _plan(
    command: str, statement: Statement, options: OptionValues, dataset: Dataset, panel: str, law: str
) -> MePlan:
    if options["intpoints"] is not None and options["quad"] is not None:
        raise StataError("options intpoints() and quad() may not be combined", 198, options.spans.get("quad"))
    if law == GAMMA:
        for name in ("intmethod", "intpoints", "quad"):
            if options[name] is not None:
                raise StataError(f"option {name}() is allowed with option normal only", 198, options.spans.get(name))
    vce = read_vce(statement, options, dataset, "oim", ("robust", "cluster", *RESAMPLED))
    if vce.robust and statement.weight is not None and statement.weight.kind == "fweight":
        raise NotBuilt(f"vce({vce.kind}) with fweights", options.spans.get("vce"))
    method = options["intmethod"] or "mvaghermite"
    return MePlan(
        command=command, family=Family(*FAMILIES[command]), depvars=(depvar_name(statement.varlist[0], dataset),),
        varlist=statement.varlist[1:], constant=not options["noconstant"],
        equations=(RandomPlan(panel, (), True, "identity", False),), condition=statement.condition,
        in_range=statement.in_range, offset=read_offset(options, dataset), vce=vce, method=method,
        points=(options["intpoints"] or options["quad"] or _POINTS,), fixed=options, options=options,
    )


def _check_panels(dataset: Dataset, plan: MePlan, data: MlData, groups: GroupIndex, panel: str) -> None:
    """Weights are constant within panels, and panels lie within clusters."""
    if data.wtype:
        check_constant(data.weights, groups, panel)
    if plan.vce.cluster:
        codes = group_index(dataset, (plan.vce.cluster,), data.mask).codes
        if not np.array_equal(codes, codes[groups.first][groups.codes]):
            raise StataError("panels are not nested within clusters", 498)


def _start(context: Context, plan: MePlan, data: MlData) -> np.ndarray | None:
    """from(): a matrix of the coefficients estimated and the last parameter."""
    if not plan.options["from"]:
        return None
    return starting_values(context, plan.options["from"], len(data.design.columns) + 1)


# ---- the fits ----------------------------------------------------------------------------------------------------


@record(eq=False)
class _Task:
    """All that a fit needs; ``comparison``: the model without the panel effect."""

    command: str
    plan: MePlan
    panel: str
    data: MlData
    groups: GroupIndex
    outcome: Outcome
    comparison: Fitted
    start: np.ndarray | None

    @property
    def panel_weights(self) -> np.ndarray:
        return np.asarray(self.data.weights[self.groups.first], dtype=float)

    @property
    def comparison_log(self) -> tuple[LogLine, ...]:
        return tuple(LogLine(step.ll, step.concave) for step in self.comparison.fit.log)

    def model(
        self, law: str, theta: np.ndarray, V: np.ndarray, ll: float, logs: XtreLogs, convergence: Convergence
    ) -> XtreModel:
        return XtreModel(
            self.command, law, self.plan, self.panel, self.data, self.groups, theta, V, ll, self.comparison.fit.ll,
            logs, convergence, self.outcome, {}, "",
        )


def _gaussian(dataset: Dataset, task: _Task) -> XtreModel:
    data, plan, groups = task.data, task.plan, task.groups
    part = random_part(plan, plan.equations[0], dataset, data.mask)
    beta = task.comparison.fit.theta
    path: tuple[tuple[float, float], ...] = ()
    if task.start is None:
        eta = data.X @ beta + data.offset
        path = along_shares(task.outcome.response, eta, groups.codes, plan.points[0], task.panel_weights)
        start = np.append(beta, best_log_sd(path))
    else:
        start = np.append(task.start[:-1], 0.5 * task.start[-1])
    settings = {} if plan.options["iterate"] is None else {"max_iterations": plan.options["iterate"]}
    weights = [None, data.weights] if data.wtype else ()
    method = _ENGINE_METHODS.get(plan.method, plan.method)
    fit = fit_glmm(
        task.outcome.response, data.X, engine_equations((part,), dataset, data.mask), data.offset, method, plan.points,
        weights, start, **settings,
    )
    if fit.convergence.reason == "initial values not feasible":
        raise StataError("initial values not feasible", 1400)
    V, clusters, cluster = estimated_variance(dataset, plan, data, (part,), fit)
    double = np.ones(len(fit.theta))
    double[-1] = 2.0
    full = tuple(LogLine(ll) for ll in fit.convergence.loglik)
    model = task.model(
        GAUSSIAN, fit.theta * double, V * np.outer(double, double), fit.loglik,
        XtreLogs(task.comparison_log, path, full), _convergence(fit),
    )
    return replace(model, fit=fit, part=part, n_clusters=clusters, cluster=cluster)


def _convergence(fit: GlmmFit) -> Convergence:
    found = fit.convergence
    return Convergence(
        found.converged, found.reason, found.iterations, found.scaled_gradient, ("/lnsig2u",) if found.boundary else ()
    )


def _gamma(dataset: Dataset, task: _Task) -> XtreModel:
    data, comparison = task.data, task.comparison.fit
    iterate = task.plan.options["iterate"]
    fit = fit_gamma_panels(
        data.X, data.y[:, 0], task.groups.codes, data.offset, task.panel_weights,
        (comparison.theta, comparison.inverse, comparison.ll), task.start, 300 if iterate is None else iterate,
        data.stretch,
    )
    V, clusters, cluster = _gamma_variance(dataset, task, fit)
    boundary = np.isneginf(fit.theta[-1])
    convergence = Convergence(
        fit.converged, "converged" if fit.converged else "iteration limit", len(fit.log) - 1, fit.scaled_gradient,
        ("/lnalpha",) if boundary else (),
    )
    full = tuple(LogLine(step.ll, step.concave) for step in fit.log)
    model = task.model(GAMMA, fit.theta, V, fit.loglik, XtreLogs(task.comparison_log, (), full), convergence)
    return replace(model, n_clusters=clusters, cluster=cluster)


def _gamma_variance(dataset: Dataset, task: _Task, fit: GammaFit) -> tuple[np.ndarray, int, str]:
    """The variance, the number of clusters and their variable; 0 and "" unless robust."""
    vce, groups = task.plan.vce, task.groups
    if not vce.robust:
        return fit.vcov, 0, ""
    clusters = group_index(dataset, (vce.cluster,), task.data.mask).codes[groups.first] if vce.cluster else None
    V, count = robust_variance(fit.vcov, fit.scores * task.panel_weights[:, None], clusters)
    return V, count, vce.cluster or task.panel


def _resampled(context: Context, statement: Statement, options: OptionValues, model: XtreModel) -> XtreModel:
    """Panels are drawn whole; one that is drawn twice counts as two."""
    from .._resample.vce import resampled

    vce: Vce = model.plan.vce
    V, resampling = resampled(context, statement, options, vce, model.panel)
    k = len(model.design.terms)
    places = np.append(model.design.columns, k)
    return replace(model, V=np.asarray(V[np.ix_(places, places)]), resampling=resampling)
