"""A generalized mixed model fitted to the data in memory: the plan, its designs on the sample, what the engine found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import is_missing
from ...design.groups import GroupIndex, group_index
from ...design.matrix import Design, build_design
from ...design.sample import mark_sample
from ...design.terms import expand_terms
from ...engine.glmm import GlmmFit, fit_glmm
from ...engine.model import RandomEquation
from ...engine.response.base import Startable
from ...errors import NotBuilt, StataError, no_observations
from ...expr.evaluate import working_values
from ...expr.sample import sample_mask
from ...records import record, replace
from ...results.me import Survival
from ...results.ml import Censoring
from ...results.stripe import Part, Term
from ...syntax.head import command_text
from ...syntax.tree import Statement
from ...syntax.unparse import unparse
from .._mixed.model import factor_labels, random_columns
from .._ml.model import COUNTED, MlData, offset_values, without_constant
from .._shared.tables import read_weights
from .families import Family
from .plan import MePlan, RandomPlan
from .response import Outcome, checked, make_outcome
from .units import Units, fit_in_units, unit_of
from .variance import estimated_variance

if TYPE_CHECKING:
    from ...results.base import Matrix, Result
    from .._margins.response import Response as MarginsResponse
    from ..context import Context
    from .constraints import Imposed


@record(eq=False)
class RandomPart:
    """The random part of one equation on the estimation sample.

    ``terms``: one per random coefficient, ``_cons`` last; of ``R.varname`` one per level of ``factor``.  ``parents``:
    the grouping variables from the top down to this level.  ``groups``: each used row's group.  ``notes``: on
    covariates left out.
    """

    level: str
    structure: str
    terms: tuple[Term, ...]
    parents: tuple[str, ...]
    groups: GroupIndex
    factor: str = ""
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the random coefficients; all levels of a factor have one variance, that of ``_cons``."""
        return ("_cons",) if self.factor else tuple(term.name for term in self.terms)

    @property
    def path(self) -> str:
        """The level as tables and e(b) name it: ``district``, ``school>class``, ``_all>sid``."""
        above = [name for name in self.parents if name != "_all" or self.level == "_all"]
        return ">".join((*above, *([self.factor] if self.factor else [])))


@record(eq=False)
class MeModel:
    """What these commands leave for the commands after them.

    ``data``: sample, outcomes, fixed design, offset and weights of the observations.  ``random``: one part per
    equation.  ``extra``: names of the parameters beside the coefficients (``cut1``, ``lnalpha``, ``lnsigma``).
    ``V`` (P, P): the variance of ``fit.theta``, model-based or robust.  ``modern``: the version's way to name
    parameters in e(b).  ``held``: derivatives were taken with the quadrature nodes held.
    ``unit``: that in which the outcome was fitted (`_me.units`): `posterior` of ``fit`` gives random effects over it.
    ``imposed``: the linear constraints on the coefficients, if there are any.
    """

    plan: MePlan
    data: MlData
    random: tuple[RandomPart, ...]
    response: Startable
    fit: GlmmFit
    V: np.ndarray
    extra: tuple[str, ...]
    value_labels: dict[str, dict[int, str]]
    cmdline: str
    n_clusters: int = 0
    cluster: str = ""
    outcomes: tuple[float, ...] = ()
    censoring: Censoring | None = None
    survival: Survival | None = None
    remarks: tuple[str, ...] = ()
    modern: bool = True
    held: bool = False
    units: Units | None = None
    unit: float = 1.0
    imposed: Imposed | None = None

    @property
    def family(self) -> Family:
        return self.plan.family

    @property
    def design(self) -> Design:
        """The design of the fixed part."""
        return self.data.design

    @property
    def levels(self) -> tuple[RandomPart, ...]:
        """One random part per grouping level, top down."""
        seen: dict[tuple[str, ...], RandomPart] = {}
        for part in self.random:
            seen.setdefault(part.parents, part)
        return tuple(seen.values())

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""
        from .predict import predict

        return predict(self, context, statement)

    def margins_response(self, arguments: str) -> MarginsResponse:
        """What margins averages, of the prediction that ``predict(arguments)`` names."""
        from .margins import me_response

        return me_response(self, arguments)


MOST_NODES = 200_000                  # of all random effects of a group together
MODERN = 15                           # from this version on parameters are called /var(x[g]), not [var(x[g])]_cons


def fit_model(context: Context, plan: MePlan, statement: Statement) -> MeModel:
    """Fit ``plan`` to the data in memory.

    Raises r(2000) no observations, r(1400) where the likelihood is not defined at the starting values, and what the
    checks of the outcomes raise.
    """
    dataset = context.data
    data = checked(plan, read_sample(context, plan, statement), dataset)
    outcome = make_outcome(plan, data, dataset)
    if plan.family.name == "ordinal":
        data = without_constant(data)
    random = tuple(random_part(plan, each, dataset, data.mask) for each in plan.equations)
    check_nodes(plan, random)
    unit = unit_of(outcome.response, data) if outcome.units is not None and random else 1.0
    imposed = _imposed(context, plan, data, random, outcome)
    fit = _fit(context, plan, data, random, outcome, unit, imposed)
    V, clusters, cluster = estimated_variance(dataset, plan, data, random, fit)
    remarks = (*plan.remarks, *(note for part in random for note in part.notes), *outcome.remarks)
    remarks += imposed.notes if imposed else ()
    return MeModel(
        plan=plan, data=data, random=random, response=outcome.response, fit=fit, V=V, extra=outcome.extra,
        value_labels=factor_labels(data.design.terms, dataset), cmdline=command_text(statement.text), n_clusters=clusters,
        cluster=cluster, outcomes=outcome.outcomes, censoring=outcome.censoring,
        survival=outcome.survival, remarks=remarks, modern=context.version >= MODERN,
        held=holds_nodes(context, plan), units=outcome.units, unit=unit, imposed=imposed,
    )


def read_sample(context: Context, plan: MePlan, statement: Statement) -> MlData:
    """The estimation sample, the fixed design, the offset and the weights of the observations."""
    dataset = context.data
    mask = sample_mask(dataset, plan.condition, plan.in_range, context.environment())
    mask = mark_sample(dataset, mask, plan.variables(dataset))
    if len(plan.depvars) > 1:
        mask &= np.logical_or.reduce([mark_sample(dataset, mask, [name]) for name in plan.depvars])
    if plan.family.name == "survival":
        from .._shared.st import in_study

        mask &= in_study(dataset)
    kinds = ("fweight", "pweight", "iweight")
    kind, weights, rows = read_weights(context, statement, np.flatnonzero(mask), kinds)
    mask = np.zeros_like(mask)
    mask[rows] = True
    if not mask.any():
        raise no_observations()
    constant = plan.constant or plan.family.name == "ordinal"      # collinearity is judged with a constant
    terms = expand_terms(plan.varlist, dataset, mask)
    design = build_design(terms, dataset, mask, constant)
    w = np.ones(len(rows)) if weights is None else weights
    n = int(w.sum()) if kind in COUNTED else len(rows)
    y = np.column_stack([working_values(dataset, name)[mask] for name in plan.depvars])
    wexp = f"= {unparse(statement.weight.exp)}" if statement.weight is not None else ""
    return MlData(
        plan.depvars, mask, y, design, w, offset_values(plan.offset, dataset, mask), n, *plan.offset, kind, wexp,
        plan.vce.kind, plan.vce.cluster,
    )


def random_part(plan: MePlan, equation: RandomPlan, dataset: Dataset, mask: np.ndarray) -> RandomPart:
    """The design of one ``|| level:`` part.  Raises r(111) and r(198) of its varlist."""
    parents = plan.levels[: plan.levels.index(equation.level) + 1]
    groups = group_index(dataset, parents, mask)
    if equation.factor:
        terms = _levels_of(equation.factor, dataset, mask)
        return RandomPart(equation.level, "identity", terms, parents, groups, equation.factor)
    terms = expand_terms(equation.varlist, dataset, mask)
    design = build_design(terms, dataset, mask, equation.constant, keep_collinear=equation.collinear)
    kept = tuple(term for term in design.terms if term.status == "shown")
    structure = "identity" if len(kept) == 1 else equation.structure
    notes = tuple(f"note: {note.name} omitted from the random part of {equation.level}" for note in design.notes)
    return RandomPart(equation.level, structure, kept, parents, groups, notes=notes)


def check_nodes(plan: MePlan, random: tuple[RandomPart, ...]) -> None:
    """r(198) where the product of the nodes of all random effects is beyond any memory, as for crossed effects."""
    sizes: dict[tuple[str, ...], int] = {}
    for part in random:
        sizes[part.parents] = sizes.get(part.parents, 0) + len(part.terms)
    points = plan.points * len(sizes) if len(plan.points) == 1 else plan.points
    nodes = math.prod(float(k) ** min(size, 100) for k, size in zip(points, sizes.values(), strict=True))
    if nodes > MOST_NODES:
        count = sum(sizes.values())
        raise StataError(
            f"{count} random effects need {nodes:.2g} integration points; specify fewer, or Laplace's approximation", 198,
            plan.options.spans.get("intpoints"),
        )


def _levels_of(factor: str, dataset: Dataset, mask: np.ndarray) -> tuple[Term, ...]:
    """One indicator per level of ``factor``.  Raises r(109) for text, r(452) for values that are not whole."""
    if dataset.columns[factor].storage.startswith("str"):
        raise StataError(f"{factor}:  string variables may not be used as factor variables", 109)
    values = np.unique(working_values(dataset, factor)[mask])
    if not np.array_equal(values, np.trunc(values)):
        raise StataError(f"{factor}:  factor variables may not contain noninteger values", 452)
    return tuple(Term((Part(factor, int(value)),)) for value in values)


def _imposed(
    context: Context, plan: MePlan, data: MlData, random: tuple[RandomPart, ...], outcome: Outcome
) -> Imposed | None:
    if not plan.options.get("constraints"):
        return None
    from .constraints import impose  # which few need

    return impose(context, plan, data, random, outcome.extra)


def _fit(
    context: Context, plan: MePlan, data: MlData, random: tuple[RandomPart, ...], outcome: Outcome, unit: float,
    imposed: Imposed | None,
) -> GlmmFit:
    settings: dict[str, Any] = {"hold_nodes": holds_nodes(context, plan)}
    if plan.options.get("iterate") is not None:
        settings["max_iterations"] = plan.options["iterate"]
    equations = engine_equations(random, context.data, data.mask)
    if plan.options.get("from"):
        from .from_ import starting_theta  # which few need

        settings["start"] = starting_theta(context, plan, data, random, outcome.extra)
    weights = group_weights(context.data, plan, data)
    if any(each is not None for each in weights[1:-1]) and plan.method in ("mcaghermite", "laplace"):
        raise NotBuilt(f"intmethod({plan.method}) with weights of a level between others")
    settings |= {"method": plan.method, "points": plan.points, "weights": weights}
    fit = _fit_outcome(outcome.response, outcome.units, unit, data, equations, settings, imposed)
    if fit.convergence.reason == "initial values not feasible":
        raise StataError("initial values not feasible", 1400)
    return fit


def _fit_outcome(
    response: Startable, units: Units | None, unit: float, data: MlData, equations: list[RandomEquation],
    settings: dict[str, Any], imposed: Imposed | None,
) -> GlmmFit:
    """The fit, in the free coefficients where constraints are imposed; what it returns is in all of them."""
    if imposed is not None:
        from ...engine.constrained import in_coefficients

        by, start = imposed.by, settings.get("start")
        settings = settings if start is None else {**settings, "start": by.reduced(start)}
        X = data.design.X
        free = replace(data, design=replace(data.design, X=X @ by.T), offset=data.offset + X @ by.t)
        return in_coefficients(_fit_outcome(response, units, unit, free, equations, settings, None), by)
    if units is not None and unit != 1.0:
        return fit_in_units(units, unit, data, equations, **settings)
    return fit_glmm(response, data.design.X, equations, data.offset, **settings)


def holds_nodes(context: Context, plan: MePlan) -> bool:
    """Whether derivatives are taken with the quadrature nodes held, as Stata does."""
    return bool(plan.options.get("holdnodes")) or context.settings.holdnodes


def engine_equations(random: tuple[RandomPart, ...], dataset: Dataset, mask: np.ndarray) -> list[RandomEquation]:
    """The random parts on the rows of ``mask`` as the engine wants them."""
    return [
        RandomEquation(random_columns(part.terms, dataset, mask), part.groups.codes, part.structure)
        for part in random
    ]


def group_weights(dataset: Dataset, plan: MePlan, data: MlData) -> list[np.ndarray | None]:
    """The weights of the observations, then those of the groups of every level from the bottom up.

    Raises r(459) for weights that are not constant in a group.
    """
    out: list[np.ndarray | None] = [data.weights if data.wtype else None]
    for level in reversed(plan.levels):
        given = next((each.weight[1] for each in plan.equations if each.level == level and each.weight[1]), "")
        out.append(_constant_in_groups(dataset, plan, data.mask, level, given) if given else None)
    return out if any(each is not None for each in out) else []


def _constant_in_groups(dataset: Dataset, plan: MePlan, mask: np.ndarray, level: str, name: str) -> np.ndarray:
    values = np.asarray(working_values(dataset, name)[mask], dtype=float)
    if (values < 0).any():
        raise StataError("negative weights encountered", 402)
    groups = group_index(dataset, plan.levels[: plan.levels.index(level) + 1], mask)
    if not np.array_equal(values, values[groups.first][groups.codes]):
        raise StataError(f"weights must be constant within {level}", 459)
    return values


def starting_matrix(context: Context, name: str) -> Matrix:
    """The matrix of from(A).  Raises r(111) for an unknown one, r(504) for missing values."""
    matrix = context.matrix(name.strip())
    if matrix is None:
        raise StataError(f"matrix {name.strip()} not found", 111)
    values = np.asarray(matrix.values, dtype=float)
    if not np.isfinite(values).all() or is_missing(values).any():
        raise StataError(f"matrix {name.strip()} has missing values", 504)
    return matrix


def starting_values(context: Context, name: str, size: int) -> np.ndarray:
    """from(A): the elements of theta in its order: coefficients, further parameters, ln sds, atanh correlations.

    Raises what `starting_matrix` raises, r(503) for a matrix that has not ``size`` elements.
    """
    values = np.asarray(starting_matrix(context, name).values, dtype=float).reshape(-1)
    if len(values) != size:
        raise StataError("conformability error", 503)
    return values


def refit(model: MeModel, dataset: Dataset, mask: np.ndarray, **changes: Any) -> GlmmFit:
    """The same model on the rows of ``mask`` (its estimation sample) with other settings of `fit_glmm`."""
    settings: dict[str, Any] = {
        "method": model.plan.method, "points": model.plan.points, "hold_nodes": model.held,
        "weights": group_weights(dataset, model.plan, replace(model.data, mask=mask)), **changes,
    }
    equations = engine_equations(model.random, dataset, mask)
    return _fit_outcome(model.response, model.units, model.unit, model.data, equations, settings, model.imposed)
