"""margins after the generalized mixed models: means with random effects of zero, or on the average over them.

On the average a prediction h(eta) becomes M_0 = E h(eta + s v), v standard normal and s^2 = z'Gz.  With M_m the same for
the m-th derivative of h, dM_m / d eta = M_(m+1) and dM_m / d s^2 = M_(m+2) / 2 (the heat equation), which gives every
derivative that the delta method asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ...engine.normal_average import over_normal
from ...engine.ordinal import normal_cdf
from ...engine.structure import effective_structure
from ...errors import NotBuilt, StataError
from ...formats import g
from ...records import record
from ...results.stripe import CONSTANT, StripeName
from ...syntax.spec import abbreviates
from .._margins.ml import CLOGLOG, LOG, LOGIT, PROBIT
from .._margins.response import IDENTITY, Link, Response
from .families import is_number
from .model import MeModel
from .predict import outcome_number

Values = np.ndarray
Curve = Callable[[Values], Values]
_PROBIT = Link(normal_cdf, PROBIT.first, PROBIT.second)
_LINKS = {"logit": LOGIT, "probit": _PROBIT, "cloglog": CLOGLOG, "log": LOG, "identity": IDENTITY}
_HIGHER: dict[str, tuple[Curve, ...]] = {
    "logit": (
        lambda x: LOGIT.first(x) * (1 - 6 * LOGIT.first(x)), lambda x: LOGIT.second(x) * (1 - 12 * LOGIT.first(x)),
    ),
    "probit": (lambda x: (x**2 - 1) * PROBIT.first(x), lambda x: x * (3 - x**2) * PROBIT.first(x)),
    "cloglog": (
        lambda x: _gumbel(x, 1) - 3 * _gumbel(x, 2) + _gumbel(x, 3),
        lambda x: _gumbel(x, 1) - 7 * _gumbel(x, 2) + 6 * _gumbel(x, 3) - _gumbel(x, 4),
    ),
    "identity": (np.zeros_like, np.zeros_like),
}
_WORD = re.compile(r"([a-z]+)(?:\(([^()]*)\))?")


def _gumbel(x: Values, k: int) -> Values:
    """exp(k x - exp(x)), of which the derivatives of 1 - exp(-exp(x)) are made."""
    return np.asarray(np.exp(k * x - np.exp(x)))


@record(eq=False)
class Piece:
    """One term of a prediction: ``sign`` * h(x), where x is eta, or a cut point less eta (``cut``: its place in b)."""

    sign: float
    cut: int | None = None


@record(eq=False)
class Random:
    """The covariance of one equation's effects as a function of the parameters.

    ``columns``: the place in the design of each covariate (-1: one everywhere).  ``G`` (q, q); ``slopes``: (place in b,
    derivative of G) of each parameter.
    """

    columns: tuple[int, ...]
    G: Values
    slopes: tuple[tuple[int, Values], ...]

    def design(self, X: Values, constant: float) -> Values:
        """Z from the design matrix X (n, k) or its derivative, where ``constant`` is 0."""
        out = np.full((len(X), len(self.columns)), constant)
        for j, column in enumerate(self.columns):
            if column >= 0:
                out[:, j] = X[:, column]
        return out


@record(eq=False)
class MeResponse(Response):
    """A prediction of a generalized mixed model; ``b`` holds the coefficients, then all further parameters.

    It is ``times`` (``start`` plus the pieces).  ``random``: empty where the random effects are zero.  ``higher``: the
    third and fourth derivatives of the link's mean.
    """

    pieces: tuple[Piece, ...] = (Piece(1.0),)
    start: float = 0.0
    random: tuple[Random, ...] = ()
    times: float = 1.0
    higher: tuple[Curve, ...] = ()

    def prediction(self, X: Values, offset: Values | float) -> tuple[Values, Values]:
        k = X.shape[1]
        eta = X @ self.b[:k] + offset
        variance, by_parameter = self._variance(X)
        value, J = np.full(len(X), self.start), np.zeros((len(X), len(self.b)))
        for piece in self.pieces:
            M = self._moments(piece, eta, variance, 2)
            value += piece.sign * M[0]
            self._add_first(J, piece, M[1], X, k)
            for place, slope in by_parameter:
                J[:, place] += piece.sign * 0.5 * M[2] * slope
        return self.times * value, self.times * J

    def slope(self, X: Values, D: Values, offset: Values | float) -> tuple[Values, Values]:
        k = X.shape[1]
        eta, inner = X @ self.b[:k] + offset, D @ self.b[:k]
        variance, by_parameter = self._variance(X)
        change, change_by = self._variance_change(X, D)
        value, J = np.zeros(len(X)), np.zeros((len(X), len(self.b)))
        for piece in self.pieces:
            way = 1.0 if piece.cut is None else -1.0
            M = self._moments(piece, eta, variance, 4)
            value += piece.sign * (way * M[1] * inner + 0.5 * M[2] * change)
            self._add_first(J, piece, way * M[2] * inner + 0.5 * M[3] * change, X, k)
            J[:, :k] += (piece.sign * way * M[1])[:, None] * D
            for (place, slope), (_, more) in zip(by_parameter, change_by, strict=True):
                inside = way * M[3] * inner + 0.5 * M[4] * change
                J[:, place] += piece.sign * 0.5 * (inside * slope + M[2] * more)
        return self.times * value, self.times * J

    def _add_first(self, J: Values, piece: Piece, by_x: Values, X: Values, k: int) -> None:
        """What a derivative by x gives for the coefficients and the cut point."""
        way = 1.0 if piece.cut is None else -1.0
        J[:, :k] += (piece.sign * way * by_x)[:, None] * X
        if piece.cut is not None:
            J[:, piece.cut] += piece.sign * by_x

    def _moments(self, piece: Piece, eta: Values, variance: Values, order: int) -> list[Values]:
        """M_0 ... M_order at the piece's x."""
        x = eta if piece.cut is None else self.b[piece.cut] - eta
        if self.link is LOG:
            return [np.exp(x + 0.5 * variance)] * (order + 1)
        sd = np.sqrt(variance)
        with np.errstate(over="ignore", invalid="ignore"):
            return [over_normal(h, x, sd) for h in self._derivatives()[: order + 1]]

    def _derivatives(self) -> tuple[Curve, ...]:
        """h and its first four derivatives."""
        return self.link.mean, self.link.first, self.link.second, *self.higher

    def _variance(self, X: Values) -> tuple[Values, list[tuple[int, Values]]]:
        """s^2 of each row, and its derivatives by the parameters."""
        total, slopes = np.zeros(len(X)), []
        for part in self.random:
            Z = part.design(X, 1.0)
            total += np.einsum("ij,jk,ik->i", Z, part.G, Z)
            slopes += [(place, np.einsum("ij,jk,ik->i", Z, dG, Z)) for place, dG in part.slopes]
        return total, slopes

    def _variance_change(self, X: Values, D: Values) -> tuple[Values, list[tuple[int, Values]]]:
        """The derivative of s^2 by a covariate, and the derivatives of that by the parameters."""
        total, slopes = np.zeros(len(X)), []
        for part in self.random:
            Z, dZ = part.design(X, 1.0), part.design(D, 0.0)
            total += 2 * np.einsum("ij,jk,ik->i", dZ, part.G, Z)
            slopes += [(place, 2 * np.einsum("ij,jk,ik->i", dZ, dG, Z)) for place, dG in part.slopes]
        return total, slopes


# ---- from a model ------------------------------------------------------------------------------------------------


def me_response(model: MeModel, arguments: str) -> Response:
    """What ``predict(arguments)`` asks margins to average.

    Where nothing is said that is the mean on the average over the random effects; the linear prediction after the older
    commands, which have no such mean, and after metobit and meintreg.  Raises r(198) for predictions that margins
    cannot make.
    """
    older = model.plan.command.startswith(("xtme", "meqr"))
    words = {match[1]: match[2] for match in _WORD.finditer(arguments)}
    normal = model.plan.family.name in ("tobit", "interval")       # whose linear prediction is the mean uncensored
    kind, how, outcome = _read(words, "xb" if older or normal else "marginal")
    if kind == "xb":
        return _linear(model)
    if how == "marginal" and older:
        raise StataError("only predict(xb) and predict(mu fixedonly) can be used with margins here", 198)
    return _mean(model, how, outcome)


def _read(words: dict[str, str | None], default: str) -> tuple[str, str, str | None]:
    """(mu, pr or xb; marginal or fixedonly; the outcome named) of the words inside ``predict()``."""
    kind, how, outcome = "", "", None
    for word, inside in words.items():
        if word in ("mu", "pr", "xb", "eta"):
            kind = word
        elif abbreviates(word, "marginal", "marg"):
            how = "marginal"
        elif abbreviates(word, "fixedonly", "fixed") or (
            abbreviates(word, "conditional", "cond") and abbreviates(inside or "", "fixedonly", "fixed")
        ):
            how = "fixedonly"
        elif abbreviates(word, "outcome", "o") and inside is not None:
            outcome = inside
        else:
            raise StataError(f"option {word} not allowed with margins", 198)
    if not kind and not how and default == "xb":
        return "xb", "", outcome
    if kind == "xb" or (kind == "eta" and how == "fixedonly"):
        return "xb", "", outcome
    if kind == "eta":
        raise StataError("option eta not allowed with margins", 198)
    return kind or "mu", how or "marginal", outcome


def _common(model: MeModel) -> dict[str, Any]:
    data = model.data
    return {
        "terms": data.design.terms, "vce": "" if data.vce == "oim" else "Robust", "offset": data.offset_variable,
        "exposure": data.offset_name.startswith("ln("), "depvar": model.plan.depvar, "wtype": data.wtype,
        "wexp": data.wexp, "value_labels": model.value_labels,
    }


def _linear(model: MeModel) -> Response:
    design, p = model.data.design, len(model.fit.beta)
    label = "Linear prediction, fixed portion"
    return Response(
        **_common(model), b=design.full_vector(model.fit.beta), V=design.full_matrix(model.V[:p, :p]),
        expression=label, label=label,
    )


def _mean(model: MeModel, how: str, outcome: str | None) -> MeResponse:
    family, fit, design = model.plan.family, model.fit, model.data.design
    if family.name in ("survival", "tobit", "interval"):
        raise NotBuilt(f"margins after {model.plan.command} of anything but predict(xb)")
    terms, p = len(design.terms), len(fit.beta)
    size = terms + len(fit.theta) - p
    places = np.concatenate([design.columns, np.arange(terms, size)])
    b, V = np.zeros(size), np.zeros((size, size))
    b[places] = fit.theta
    V[np.ix_(places, places)] = model.V
    label, pieces = _label(model, how, outcome), _pieces(model, outcome)      # the last outcome: one less the others
    extra = tuple(StripeName("/", f"theta{k}") for k in range(size - terms))
    return MeResponse(
        **_common(model), b=b, V=V, expression=label, label=label, link=_LINKS[family.link], extra=extra,
        pieces=pieces, start=float(pieces[0].sign < 0), random=_random(model) if how == "marginal" else (),
        times=_trials(model), higher=_HIGHER.get(family.link, ()),
    )


def _label(model: MeModel, how: str, outcome: str | None) -> str:
    text = "predicted mean"
    if model.outcomes:
        k = _outcome(model, outcome)
        text = f"Pr({model.plan.depvar}=={g(model.outcomes[k])})"
    if how == "marginal":
        return f"Marginal {text}"
    return f"{text[0].upper()}{text[1:]}, fixed portion only"


def _outcome(model: MeModel, outcome: str | None) -> int:
    if outcome is None:
        raise NotBuilt("margins of all outcomes at once; say predict(outcome(#)),")
    return outcome_number(outcome, model.outcomes)


def _pieces(model: MeModel, outcome: str | None) -> tuple[Piece, ...]:
    if not model.outcomes:
        return (Piece(1.0),)
    k, first = _outcome(model, outcome), len(model.data.design.terms)
    upper = (Piece(1.0, first + k),) if k < len(model.outcomes) - 1 else ()
    lower = (Piece(-1.0, first + k - 1),) if k > 0 else ()
    return (*upper, *lower)


def _trials(model: MeModel) -> float:
    """The mean of a binomial outcome is the trials times the probability."""
    typed = model.plan.family.trials
    if not typed:
        return 1.0
    if not is_number(typed):
        raise NotBuilt("margins after binomial() with a variable")
    return float(typed)


def _random(model: MeModel) -> tuple[Random, ...]:
    """The covariance of each equation, with its derivatives by ln sds and atanh correlations."""
    fit = model.fit
    at = len(model.data.design.terms) + len(fit.extra)
    out = []
    for part, pairs, G in zip(model.random, fit.theta_pairs, fit.covariances, strict=True):
        if part.terms:
            columns, small = ((-1,), G[:1, :1]) if part.factor else (_columns(model, part.terms), G)
            structure = effective_structure(part.structure, len(columns))
            slopes = tuple((at + k, _slope(structure, small, pair)) for k, pair in enumerate(pairs))
            out.append(Random(columns, small, slopes))
        at += len(pairs)
    return tuple(out)


def _columns(model: MeModel, terms: tuple[Any, ...]) -> tuple[int, ...]:
    """Where the random covariates stand in the fixed part."""
    names = [term.name for term in model.data.design.terms]
    out = []
    for term in terms:
        if term != CONSTANT and term.name not in names:
            raise NotBuilt(f"margins on the average over random effects of {term.name}, which has no fixed effect,")
        out.append(-1 if term == CONSTANT else names.index(term.name))
    return tuple(out)


def _slope(structure: str, G: Values, pair: tuple[int, int]) -> Values:
    """dG by a ln sd, which scales its row and column, or by an atanh correlation: sd_i sd_j (1 - r^2)."""
    i, j = pair
    if i == j:
        if structure in ("identity", "exchangeable"):
            return 2 * G
        scale = np.zeros(len(G))
        scale[i] = 1.0
        return G * (scale[:, None] + scale[None, :])
    sd = np.sqrt(np.diag(G))
    product = np.outer(sd, sd)
    r = np.divide(G, product, out=np.zeros_like(G), where=product > 0)
    dG = product * (1 - r**2)
    if structure == "exchangeable":
        np.fill_diagonal(dG, 0.0)
        return dG
    out = np.zeros_like(G)
    out[i, j] = out[j, i] = dG[i, j]
    return out
