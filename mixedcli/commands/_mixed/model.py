"""A fitted linear mixed model: the plan, its design on the estimation sample, and what the engine found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...design.groups import GroupIndex, group_index
from ...design.matrix import Columns, Design, build_design
from ...design.sample import mark_sample
from ...design.terms import expand_terms
from ...engine.lmm import LmmFit, RandomEquation, fit_lmm
from ...errors import StataError, no_observations
from ...expr.evaluate import working_values
from ...expr.sample import sample_mask
from ...expr.timeseries import base_name
from ...records import record, replace
from ...results.stripe import CONSTANT, Term
from .plan import MixedPlan, RandomPlan

if TYPE_CHECKING:
    from ...results.base import Result
    from ...syntax.tree import Statement
    from ..context import Context


@record(eq=False)
class RandomDesign:
    """The random part of one equation.

    ``terms``: one per random coefficient, ``_cons`` last.  ``parents``: the grouping variables from the top down to
    this level.  ``groups``: each used row's group, unique within the parents.
    """

    level: str
    structure: str
    terms: tuple[Term, ...]
    parents: tuple[str, ...]
    groups: GroupIndex

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the random coefficients."""
        return tuple(term.name for term in self.terms)


@record(eq=False)
class RobustErrors:
    """vce(robust) and vce(cluster): ``count`` clusters of the variable ``name`` ("" for single rows), the covariance of
    coefficients and random parameters (p, r), and the fit with the model's own variances."""

    name: str
    count: int
    cross: np.ndarray
    modelbased: LmmFit


@record(eq=False)
class MixedModel:
    """What xtmixed and mixed leave for the commands after them.

    ``fit`` has the robust variances in place of its own where they were asked for (``robust``).
    ``value_labels``: variable -> {level: text} of the factors in the fixed part, as they were at estimation.
    """

    plan: MixedPlan
    method: str
    design: Design
    random: tuple[RandomDesign, ...]
    fit: LmmFit
    value_labels: dict[str, dict[int, str]]
    cmdline: str
    robust: RobustErrors | None = None

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""
        from .predict import predict

        return predict(self, context, statement)

    @property
    def levels(self) -> tuple[RandomDesign, ...]:
        """One random part per grouping level, top down: those that say which groups there are."""
        seen: dict[tuple[str, ...], RandomDesign] = {}
        for part in self.random:
            seen.setdefault(part.parents, part)
        return tuple(seen.values())


def fit_model(context: Context, plan: MixedPlan, cmdline: str) -> tuple[MixedModel, np.ndarray]:
    """Fit ``plan`` to the data in memory; the model and e(sample) of shape (n,).

    Raises r(2000) no observations or a constant outcome, r(2001) too few observations, r(111) and r(198) of the plan,
    r(1400) for an outcome that the fixed part fits perfectly, r(459) for clusters that cut through groups.
    """
    data = context.data
    mask = sample_mask(data, plan.condition, plan.in_range, context.environment())
    mask = mark_sample(data, mask, plan.variables(data))
    if not mask.any():
        raise no_observations()
    y = working_values(data, plan.depvar)[mask]
    if len(y) > 1 and np.all(y == y[0]):
        raise StataError("outcome does not vary", 2000)
    design = build_design(expand_terms(plan.varlist, data, mask), data, mask, plan.constant)
    if len(y) <= design.X.shape[1]:
        raise StataError("insufficient observations", 2001)
    random = tuple(_random_design(plan, equation, data, mask) for equation in plan.equations)
    method = _method(plan, context.version)
    clusters = _cluster_codes(plan, random, data, mask)
    equations = [_engine_equation(part, data, mask) for part in random]
    fit = fit_lmm(
        y,
        design.X,
        equations,
        reml=method == "REML",
        **({} if plan.options["iterate"] is None else {"max_iterations": plan.options["iterate"]}),
    )
    if fit.convergence.reason == "perfect fit":
        # No residual is left, so the likelihood has no maximum and nothing that a table could report.
        raise StataError("initial values not feasible", 1400)
    model = MixedModel(plan, method, design, random, fit, factor_labels(design.terms, data), cmdline)
    if clusters is None:
        return model, mask
    return _with_robust_errors(model, y, equations, clusters), mask


def _cluster_codes(
    plan: MixedPlan, random: tuple[RandomDesign, ...], data: Dataset, mask: np.ndarray
) -> np.ndarray | None:
    """Each used row's cluster (n_used,): those of the variable named, else the top-level groups, else single rows.

    None for the model's own standard errors.  Raises r(459) where groups of the top level lie in several clusters.
    """
    if not plan.vce.robust:
        return None
    top = random[0].groups.codes if random else np.arange(int(mask.sum()))
    if not plan.vce.cluster:
        return top
    from ...engine.scores import nested_in

    codes = group_index(data, (plan.vce.cluster,), mask).codes
    if not nested_in(top, codes):
        raise StataError(f"highest-level groups are not nested within {plan.vce.cluster}", 459)
    return codes


def _with_robust_errors(
    model: MixedModel, y: np.ndarray, equations: list[RandomEquation], clusters: np.ndarray
) -> MixedModel:
    """``model`` with the variances that do not rely on it, which all commands after it use."""
    from ...engine.scores import robust, scores

    fit, plan = model.fit, model.plan
    found = robust(fit, scores(fit, y, model.design.X, equations, clusters))
    name = plan.vce.cluster or (plan.levels[0] if plan.levels else "")
    errors = RobustErrors(name, found.clusters, found.vcov_cross, fit)
    return replace(model, fit=replace(fit, vcov_beta=found.vcov_beta, vcov_theta=found.vcov_theta), robust=errors)


def _method(plan: MixedPlan, version: float) -> str:
    """ML or REML; before version 12 xtmixed fitted by REML unless told otherwise."""
    if plan.options["reml"]:
        return "REML"
    if plan.vce.robust or plan.options["mle"] or plan.command != "xtmixed" or version >= 12:
        return "ML"
    return "REML"


def _random_design(plan: MixedPlan, equation: RandomPlan, data: Dataset, mask: np.ndarray) -> RandomDesign:
    terms = expand_terms(equation.varlist, data, mask)
    design = build_design(terms, data, mask, equation.constant, keep_collinear=equation.collinear)
    kept = tuple(term for term in design.terms if term.status == "shown")
    parents = plan.levels[: plan.levels.index(equation.level) + 1]
    structure = "identity" if len(kept) == 1 else equation.structure
    return RandomDesign(equation.level, structure, kept, parents, group_index(data, parents, mask))


def _engine_equation(part: RandomDesign, data: Dataset, mask: np.ndarray) -> RandomEquation:
    return RandomEquation(random_columns(part.terms, data, mask), part.groups.codes, part.structure)


def random_columns(terms: tuple[Term, ...], data: Dataset, mask: np.ndarray) -> np.ndarray:
    """The columns of ``terms`` on the rows of ``mask``: float64, shape (n_used, len(terms))."""
    source = Columns(data, mask)
    out = np.empty((source.n, len(terms)))
    for j, term in enumerate(terms):
        out[:, j] = 1.0 if term == CONSTANT else source.column(term)
    return out


def factor_labels(terms: tuple[Term, ...], data: Dataset) -> dict[str, dict[int, str]]:
    """The value labels of every factor in ``terms`` that has one."""
    factors = {part.variable for term in terms for part in term.parts if part.level is not None}
    found = {}
    for name in sorted(factors):
        labels = data.value_labels.get(data.columns[base_name(name)].value_label)
        if labels:
            found[name] = {int(value): text for value, text in labels.items() if float(value).is_integer()}
    return found


def group_rows(equations: Iterable[GroupIndex], mask: np.ndarray) -> dict[str, np.ndarray]:
    """Each row's group in every equation (-1 outside the sample), kept with the data so that it follows sorts."""
    out = {}
    for number, groups in enumerate(equations):
        codes = np.full(len(mask), -1, dtype=np.int64)
        codes[mask] = groups.codes
        out[f"group{number}"] = codes
    return out
