"""What margins needs from a model: a prediction as a function of the design matrix, and its derivatives.

A model takes part in margins by a method ``margins_response(arguments) -> Response``, where ``arguments`` is what stood
inside ``predict()`` ("" without it); `linear_response` serves the models whose prediction is x b.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import StataError
from ...records import field, record
from ...results.stripe import CONSTANT, StripeName, Term, read_term
from ...syntax.spec import abbreviates
from ..context import Context

Values = np.ndarray
_LINEAR = ("regress", "xtreg", "mixed", "xtmixed")


@record
class Link:
    """A mean as a function of the linear predictor, with its first and second derivative; all of shape (n,)."""

    mean: Callable[[Values], Values]
    first: Callable[[Values], Values]
    second: Callable[[Values], Values]


IDENTITY = Link(lambda eta: eta, np.ones_like, np.zeros_like)


@record(eq=False)
class Response:
    """A prediction g(x b + offset) that margins can average.

    ``terms``: all terms of the linear predictor, shape (k,), base and omitted ones too; ``b`` has shape (k,) and ``V``
    shape (k, k), zero for those.  ``expression``: what the header says before ``predict()``.  ``vce``: the header's
    ``Model VCE`` ("" leaves the line out).  ``df``: residual degrees of freedom for t, None for normal inference.
    ``offset``: the variable added to x b ("" if none), its logarithm when it is an ``exposure``.
    ``extra``: the names of further parameters, which stand after the coefficients in ``b`` and ``V``.
    """

    terms: tuple[Term, ...]
    b: Values
    V: Values
    expression: str
    vce: str = ""
    df: float | None = None
    link: Link = IDENTITY
    offset: str = ""
    exposure: bool = False
    label: str = ""
    depvar: str = ""
    wtype: str = ""
    wexp: str = ""
    value_labels: dict[str, dict[int, str]] = field(default_factory=dict)
    extra: tuple[StripeName, ...] = ()

    def prediction(self, X: Values, offset: Values | float) -> tuple[Values, Values]:
        """The prediction of each row, shape (n,), and its derivatives by b, shape (n, k)."""
        eta = X @ self.b + offset
        return self.link.mean(eta), self.link.first(eta)[:, None] * X

    def slope(self, X: Values, D: Values, offset: Values | float) -> tuple[Values, Values]:
        """The derivative of the prediction by a covariate, shape (n,), and its derivatives by b, shape (n, k).

        ``D``: the derivative of ``X`` by the covariate.  With m = g'(eta): d/db (m D b) = g''(eta) (D b) X + m D.
        """
        eta, inner = X @ self.b + offset, D @ self.b
        first = self.link.first(eta)
        return first * inner, (self.link.second(eta) * inner)[:, None] * X + first[:, None] * D


def linear_response(model: Any, arguments: str, label: str, **more: Any) -> Response:
    """The linear prediction of a model with ``design``; r(198) if ``predict()`` asks for something else."""
    _check_linear(arguments)
    design, fit = model.design, model.fit
    return Response(
        terms=design.terms,
        b=design.full_vector(fit.beta),
        V=design.full_matrix(more.pop("V")),
        expression=label,
        label=label,
        value_labels=model.value_labels,
        **more,
    )


def _check_linear(arguments: str) -> None:
    words = arguments.split()
    if words and not (len(words) == 1 and abbreviates(words[0], "xb", "xb")):
        raise StataError(f"option {words[0]} not allowed", 198)


def find_response(context: Context, arguments: str) -> Response:
    """The response of the active estimates; r(322) for those that margins cannot work with."""
    from .._mixed.model import MixedModel
    from .._ml.model import MlModel
    from .function import function_response
    from .ml import ml_response

    special = function_response(context, arguments) if "(" in arguments else None
    if special is not None:
        return special
    model = context.estimates.model
    own = getattr(model, "margins_response", None)
    if own is not None:
        found: Response = own(arguments)
        return found
    if isinstance(model, MlModel):
        return ml_response(context, model, arguments)
    if isinstance(model, MixedModel):
        label = "Linear prediction, fixed portion"
        return linear_response(model, arguments, label, V=model.fit.vcov_beta, depvar=model.plan.depvar)
    return _from_stored(context, arguments)


def _from_stored(context: Context, arguments: str) -> Response:
    """The linear prediction by the first equation of e(b) with e(V), after xtreg and after resampling."""
    from .._mixed.model import factor_labels
    from .._shared.predict import present_variables

    stored = context.estimates.stored()
    command = stored.macros.get("cmd", "")
    if command == "margins":
        raise StataError("margins cannot work with its own posted results", 322)
    if command not in _LINEAR or "V" not in stored.matrices:
        raise StataError("margins is not possible after these estimation results", 322)
    _check_linear(arguments)
    b, V = stored.matrices["b"], stored.matrices["V"].values
    first = [k for k, name in enumerate(b.columns) if name.equation == b.columns[0].equation]
    terms = tuple(read_term(b.columns[k].name) for k in first)
    present_variables(context, {name for term in terms if term != CONSTANT for name in term.variables})
    label = "Linear prediction, fixed portion" if command in ("mixed", "xtmixed") else "Linear prediction"
    vce = stored.macros.get("vcetype") or stored.macros.get("vce", "")
    return Response(
        terms=terms,
        b=np.array(b.values[0, first], dtype=float),
        V=np.array(V[np.ix_(first, first)], dtype=float),
        expression=label,
        label=label,
        vce=vce.capitalize(),
        df=stored.scalars.get("df_r"),
        depvar=stored.macros.get("depvar", ""),
        wtype=stored.macros.get("wtype", ""),
        wexp=stored.macros.get("wexp", ""),
        value_labels=factor_labels(terms, context.data),
    )
