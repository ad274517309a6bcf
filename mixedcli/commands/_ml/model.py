"""A single-level maximum-likelihood model: the sample, the design, the weights and the kind of standard errors.

What the likelihood is stands in `_ml.fits`; here is what all commands have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...design.groups import group_index
from ...design.matrix import Design, build_design
from ...design.sample import mark_sample
from ...design.terms import expand_terms, term_variables
from ...design.varlist import expand_series
from ...engine.likelihood import Fit, Step
from ...engine.scaling import orthonormal
from ...errors import StataError, no_observations
from ...expr.evaluate import working_values
from ...expr.sample import sample_mask
from ...records import record, replace
from ...results.ml import Censoring, Separation
from ...results.stripe import StripeName
from ...syntax import tree
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from ...syntax.unparse import unparse
from .._mixed.model import factor_labels
from .._mixed.plan import depvar_name
from .._shared.tables import read_weights
from .._shared.vce import RESAMPLED, Vce, read_vce

if TYPE_CHECKING:
    from ...results.base import Result
    from ...results.resample import Resampling
    from ..context import Context

COUNTED = ("fweight", "iweight")      # weights that count as so many observations


@record(eq=False)
class MlData:
    """The estimation sample.

    ``mask``: bool (n,).  ``y``: (n_used, number of dependent variables).  ``weights``, ``offset``: (n_used,).
    ``n`` counts frequencies and importance.  ``offset_name``: ``x`` or ``ln(x)``.  ``vce``: how e(V) is estimated, with
    the variable of clusters and the options of a resampling.
    ``precision``: analytic weights with mean one, (n_used,) (None without); observation i has variance sigma^2 over it.
    ``stretch``: the search tries more than Newton's step, as the logs from version 11 on do.
    """

    depvars: tuple[str, ...]
    mask: np.ndarray
    y: np.ndarray
    design: Design
    weights: np.ndarray
    offset: np.ndarray
    n: int
    offset_name: str = ""
    offset_variable: str = ""
    wtype: str = ""
    wexp: str = ""
    vce: str = "oim"
    cluster: str = ""
    separations: tuple[Separation, ...] = ()
    stretch: bool = True
    vce_arguments: str = ""
    precision: np.ndarray | None = None

    @property
    def request(self) -> Vce:
        """How e(V) is to be estimated."""
        return Vce(self.vce, self.cluster, self.vce_arguments)

    @property
    def counts(self) -> np.ndarray:
        """How many observations each row stands for, (n_used,)."""
        return self.weights if self.wtype in COUNTED else np.ones(len(self.weights))

    @property
    def X(self) -> np.ndarray:
        return self.design.X


@record(eq=False)
class MlModel:
    """What these commands leave for the commands after them.

    ``theta`` (p + extra,): coefficients of the columns of the design, then the further parameters, called ``extra``;
    ``V`` their variance.  ``logs``: what was fitted on the way, for the iteration log.
    """

    command: str
    title: str
    data: MlData
    fit: Fit
    theta: np.ndarray
    V: np.ndarray
    extra: tuple[StripeName, ...]
    logs: tuple[tuple[str, tuple[Step, ...]], ...]
    ll_0: float
    value_labels: dict[str, dict[int, str]]
    cmdline: str
    n_clusters: int = 0
    outcomes: tuple[float, ...] = ()
    dispersion: str = ""
    ll_c: float = float("nan")
    censoring: Censoring | None = None
    modern: bool = True
    remarks: tuple[str, ...] = ()
    resampling: Resampling | None = None

    @property
    def depvar(self) -> str:
        return self.data.depvars[0]

    def resampled(self, V: np.ndarray, resampling: Resampling) -> MlModel:
        """This model with the e(V) of a bootstrap or jackknife."""
        from .result import parameter_variance

        data = replace(self.data, vce=resampling.kind, cluster="")
        return replace(self, data=data, V=parameter_variance(self, V), n_clusters=0, resampling=resampling)

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""
        from .predict import predict

        return predict(self, context, statement)


# ---- reading the command line ------------------------------------------------------------------------------------


def read_data(
    context: Context, statement: Statement, options: OptionValues, depvars: int = 1, analytic: bool = False
) -> MlData:
    """The sample, design, weights and offset that ``statement`` asks for.

    With two dependent variables (intreg) one of them may be missing.  ``analytic``: aweights are allowed.

    Raises r(100)/r(102) too few variables, r(111) unknown names, r(198) a factor as depvar, r(2000) no observations, and
    what weights and vce() may raise.
    """
    data = context.data
    if len(statement.varlist) < depvars:
        raise StataError("too few variables specified", 102)
    names = tuple(depvar_name(term, data) for term in statement.varlist[:depvars])
    indepvars = statement.varlist[depvars:]
    vce = read_vce(statement, options, data, "oim", ("robust", "cluster", "opg", *RESAMPLED))
    offset = _offset_names(options, data)
    used = [*(names if depvars == 1 else ()), *term_variables(indepvars, data)]
    used += [each for each in (offset[1], vce.cluster) if each]
    mask = mark_sample(data, sample_mask(data, statement.condition, statement.in_range, context.environment()), used)
    if depvars > 1:
        mask &= np.logical_or.reduce([mark_sample(data, mask, [name]) for name in names])
    mask, kind, weights = _weights(context, statement, mask, analytic)
    if not mask.any():
        raise no_observations()
    constant = not options.get("noconstant", False)
    design = build_design(expand_terms(indepvars, data, mask), data, mask, constant)
    precision = weights * (len(weights) / weights.sum()) if weights is not None and kind == "aweight" else None
    rows = weights if weights is not None and precision is None else np.ones(int(mask.sum()))
    n = int(rows.sum()) if kind in COUNTED else len(rows)
    y = np.column_stack([working_values(data, name)[mask] for name in names])
    wexp = f"= {unparse(statement.weight.exp)}" if statement.weight is not None else ""
    return MlData(
        names, mask, y, design, rows, offset_values(offset, data, mask), n, *offset, kind, wexp, vce.kind, vce.cluster,
        stretch=context.version >= 11, vce_arguments=vce.arguments, precision=precision,
    )


def _weights(
    context: Context, statement: Statement, mask: np.ndarray, analytic: bool
) -> tuple[np.ndarray, str, np.ndarray | None]:
    kinds = (*(("aweight",) if analytic else ()), "fweight", "pweight", "iweight")
    kind, weights, rows = read_weights(context, statement, np.flatnonzero(mask), kinds)
    left = np.zeros_like(mask)
    left[rows] = True
    return left, kind, weights


def _offset_names(options: OptionValues, data: Dataset) -> tuple[str, str]:
    """How the offset is written, and the variable it comes from; empty without one."""
    exposure = options.get("exposure")
    if exposure and options["offset"]:
        raise StataError("only one of offset() or exposure() can be specified", 198)
    typed = exposure or options["offset"]
    if not typed:
        return "", ""
    name = expand_series((tree.NamePattern(typed),), data)[0]
    return (f"ln({name})" if exposure else name), name


def offset_values(offset: tuple[str, str], data: Dataset, mask: np.ndarray) -> np.ndarray:
    """The offset of the used rows (n_used,), zeros without one.  Raises r(459) for an exposure that is not positive."""
    written, name = offset
    if not name:
        return np.zeros(int(mask.sum()))
    values = working_values(data, name)[mask]
    if written == name:
        return values
    if (values <= 0).any():
        raise StataError("exposure() must be greater than zero", 459)
    return np.log(values)


# ---- the search --------------------------------------------------------------------------------------------------


def search_units(X: np.ndarray, extra: int, shifts: bool = False) -> np.ndarray:
    """The map from search units to parameters, (p + extra, p + extra): orthonormal columns.

    ``shifts``: the further parameters are cut points, which move with the mean of the covariates.
    """
    p = X.shape[1]
    out = np.eye(p + extra)
    mean = X.mean(axis=0) if shifts and len(X) else np.zeros(p)
    columns = orthonormal(X - mean)
    if columns is not None and p:
        out[:p, :p] = columns.map
        out[p:, :p] = mean @ columns.map
    return out


def cluster_codes(context: Context, data: MlData) -> tuple[np.ndarray | None, int]:
    """Each used row's cluster as a number, and how many there are; None without clusters."""
    if not data.cluster:
        return None, 0
    index = group_index(context.data, (data.cluster,), data.mask)
    return index.codes, index.count


def labels(context: Context, design: Design) -> dict[str, dict[int, str]]:
    """The value labels of the factors, as they are now."""
    return factor_labels(design.terms, context.data)


def without(data: MlData, keep: np.ndarray, design: Design, separations: tuple[Separation, ...]) -> MlData:
    """``data`` with the rows of ``keep`` (bool, (n_used,)) only."""
    mask = data.mask.copy()
    mask[np.flatnonzero(mask)[~keep]] = False
    rows = data.weights[keep]
    n = int(rows.sum()) if data.wtype in COUNTED else len(rows)
    return replace(
        data, mask=mask, y=data.y[keep], design=design, weights=rows, offset=data.offset[keep], n=n,
        separations=separations,
    )



def without_constant(data: MlData) -> MlData:
    """``data`` for a model whose cut points stand for the constant; collinearity has been judged with it."""
    design = data.design
    slopes = Design(design.X[:, :-1], design.terms[:-1], design.columns[:-1], design.notes)
    return replace(data, design=slopes)
