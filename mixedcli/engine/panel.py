"""Panel regressions from one pass over the rows: within (fe), between (be) and generalized least squares (re).

All three, and pooled least squares, are regressions whose cross-products are a sum of two parts: the cross-products
about the panel means, and those of the panel means with some weight for each panel.  So the rows are read once.
Columns are taken about their grand means first, and those that vary little within panels are demeaned row by row,
because there the difference of large numbers would lose digits.

Formulas: [XT] xtreg, Methods and formulas; Baltagi and Chang (1994) for the Swamy-Arora components of unbalanced data.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixedcli.engine.batched import Array
from mixedcli.engine.crossproducts import collect

from ..records import record

_DEPENDENT = 1e-12     # of its sum of squares: a column with less left after those before it is dropped
_CANCELS = 1e-5        # share of variation within panels below which total minus between loses digits
_CONSTANT = 1e-13      # deviations from the panel mean, relative to the column, that are rounding only


@record(eq=False)
class PanelProducts:
    """What the regressions need to know of columns x_1 .. x_k, y (m = k + 1 of them) in N panels.

    ``codes`` (n,): each row's panel.  ``counts`` (N,): rows per panel.  ``mass`` (N,): weights per panel (the counts
    without weights).  ``centre`` (m,): grand means.  ``means`` (N, m): panel means about the centre.
    ``within`` (m, m): cross-products about the panel means; exact zeros for columns constant in every panel.
    """

    n: int
    codes: NDArray[np.intp]
    counts: Array
    mass: Array
    centre: Array
    means: Array
    within: Array

    @property
    def panels(self) -> int:
        return len(self.counts)

    @property
    def balanced(self) -> bool:
        return bool((self.counts == self.counts[0]).all())

    def take(self, keep: ArrayLike) -> PanelProducts:
        """The same panels with some of the x (``keep``: bool, shape (k,)), and y."""
        chosen = np.append(np.asarray(keep, dtype=bool), True)
        return PanelProducts(
            self.n, self.codes, self.counts, self.mass, self.centre[chosen], self.means[:, chosen],
            self.within[np.ix_(chosen, chosen)],
        )

    def gram(self, weights: ArrayLike, within: float = 1.0) -> Array:
        """Cross-products of [x, 1, y] (m + 1, m + 1), about the centre: ``weights`` (N,) are those of the means."""
        means = np.insert(self.means, -1, 1.0, axis=1)
        out = means.T @ (means * np.asarray(weights)[:, None])
        place = np.delete(np.arange(out.shape[0]), -2)
        out[np.ix_(place, place)] += within * self.within
        return np.asarray(out)


def panel_products(x: ArrayLike, y: ArrayLike, codes: ArrayLike, weights: ArrayLike | None = None) -> PanelProducts:
    """The products of x (n, k) and y (n,) with ``codes`` (n,) 0 .. N-1, all of which occur.

    ``weights`` (n,): positive, constant within panels.
    """
    groups = np.asarray(codes, dtype=np.intp)
    n = len(groups)
    w = None if weights is None else np.asarray(weights, dtype=float)
    rows = np.asarray(x, dtype=float).reshape(n, -1)
    columns = np.empty((rows.shape[1] + 1, n))
    columns[:-1] = rows.T
    columns[-1] = y
    centre = columns.mean(axis=1) if w is None else columns @ (w / w.sum())
    columns -= centre[:, None]
    root = np.ones(n) if w is None else np.sqrt(w)
    products = collect(columns if w is None else columns * root, [(root[None], groups)])
    level = products.levels[0]
    mass = level.products[0, 0]
    means = (level.products[1:, 0] / mass).T
    within = products.total - (means * mass[:, None]).T @ means
    total = np.diag(products.total)
    for j in np.flatnonzero(np.diag(within) <= _CANCELS * total):
        own = _demeaned(columns[j], groups, level.counts)
        if np.abs(own).max() <= _CONSTANT * (np.abs(columns[j]).max() + abs(centre[j])):
            own[:] = 0.0
        within[j] = within[:, j] = columns @ (own if w is None else own * w)
        within[j, j] = own @ (own if w is None else own * w)
    flat = np.diag(within) == 0.0
    within[flat] = within[:, flat] = 0.0
    return PanelProducts(n, groups, level.counts.astype(float), mass, centre, means, within)


def _demeaned(column: Array, codes: NDArray[np.intp], counts: NDArray[np.intp]) -> Array:
    """About the panel means; twice, to take off what rounding left of them."""
    out = column
    for _ in range(2):
        out = out - (np.bincount(codes, out, len(counts)) / counts)[codes]
    return out


# ---- least squares from cross-products -----------------------------------------------------------------------


@record(eq=False)
class GramFit:
    """``beta`` (p,), ``inverse`` (p, p) of the cross-products of the p regressors, and the residual sum of squares."""

    beta: Array
    inverse: Array
    rss: float


def solve_gram(gram: Array) -> GramFit:
    """Least squares from the cross-products (p + 1, p + 1) of independent regressors and y, y last."""
    p = len(gram) - 1
    scale = np.sqrt(np.diag(gram)[:p])
    scale[scale == 0.0] = 1.0
    try:
        lower = np.linalg.cholesky(gram[:p, :p] / np.outer(scale, scale)) if p else np.zeros((0, 0))
        back = np.linalg.solve(lower, np.diag(1.0 / scale)) if p else lower
        inverse = np.asarray(back.T @ back)
    except np.linalg.LinAlgError:      # without error variance, gls leaves nothing of what is constant in panels
        inverse = np.linalg.pinv(gram[:p, :p] / np.outer(scale, scale), hermitian=True) / np.outer(scale, scale)
    beta = inverse @ gram[:p, p]
    signed = np.append(-beta, 1.0)
    rss = max(float(signed @ gram @ signed), 0.0)
    return GramFit(beta, inverse, 0.0 if rss <= 1e-14 * gram[p, p] else rss)


def independent(gram: Array) -> NDArray[np.bool_]:
    """Which regressors of the cross-products (k, k) to keep, (k,): one that depends on those before it is dropped."""
    k = len(gram)
    left, keep = np.array(gram, dtype=float), np.zeros(k, dtype=bool)
    for j in range(k):
        if left[j, j] > _DEPENDENT * gram[j, j] and gram[j, j] > 0.0:
            keep[j] = True
            left = left - np.outer(left[:, j], left[j]) / left[j, j]
    return keep


def independent_within(products: PanelProducts) -> NDArray[np.bool_]:
    """Which x (k,) can be estimated from the variation within panels."""
    return independent(products.within[:-1, :-1])


def independent_between(products: PanelProducts) -> NDArray[np.bool_]:
    """Which x (k,) can be estimated from the panel means, with a constant."""
    deviations = products.means[:, :-1] - products.means[:, :-1].mean(axis=0)
    gram = deviations.T @ deviations
    spread = np.diag(products.gram(products.mass))[:-2]
    flat = np.diag(gram) <= 1e-20 * spread
    gram[flat] = gram[:, flat] = 0.0
    return independent(gram)


def about_origin(products: PanelProducts, beta: Array, vcov: Array) -> tuple[Array, Array]:
    """Coefficients [slopes, constant] and their variance, from the constant at the centre to that at zero."""
    shift = np.eye(len(beta))
    shift[-1, :-1] = -products.centre[:-1]
    out = shift @ beta
    out[-1] += products.centre[-1]
    return out, shift @ vcov @ shift.T


def r_squared(products: PanelProducts, slopes: Array) -> tuple[float, float, float]:
    """Squared correlations of y and x b: within, between and overall; nan without x, 0 where x b does not vary."""
    if not len(slopes):
        return math.nan, math.nan, math.nan
    deviations = products.means - products.means.mean(axis=0)
    overall = np.delete(np.delete(products.gram(products.mass), -2, axis=0), -2, axis=1)
    within, between, total = (_correlation(each, slopes) ** 2
                              for each in (products.within, deviations.T @ deviations, overall))
    return within, between, total


def _correlation(gram: Array, slopes: Array) -> float:
    """Of x b and y, from the cross-products of [x, y]."""
    fitted, both = float(slopes @ gram[:-1, :-1] @ slopes), float(slopes @ gram[:-1, -1])
    size = fitted * float(gram[-1, -1])
    return max(-1.0, min(1.0, both / math.sqrt(size))) if size > 0.0 else 0.0


def gaussian_loglik(rss: float, n: int) -> float:
    """Of n normal residuals, at its maximum over their variance; nan for a perfect fit."""
    return -0.5 * n * (math.log(2.0 * math.pi * rss / n) + 1.0) if rss > 0.0 else math.nan


# ---- fixed effects -------------------------------------------------------------------------------------------


@record(eq=False)
class WithinFit:
    """Fixed effects.  ``beta`` (k + 1,), the constant last; ``vcov`` its variance.

    ``mss``, ``rss``: sums of squares within panels.  ``F_effects``: the test that all effects are equal.
    ``sigma_u``: the standard deviation of the effects over panels; ``corr``: of effects and x b over rows.
    """

    beta: Array
    vcov: Array
    inverse: Array
    rss: float
    mss: float
    tss: float
    df: int
    df_r: int
    F: float
    F_effects: float
    sigma_u: float
    sigma_e: float
    corr: float
    r2: tuple[float, float, float]


def fit_within(products: PanelProducts, plain: PanelProducts | None = None) -> WithinFit | None:
    """Fixed effects with x independent within panels; None without residual degrees of freedom.

    ``plain``: the products without weights, which the overall R2 and corr(u_i, Xb) are those of.
    """
    plain = plain or products
    k, N = products.means.shape[1] - 1, products.panels
    df_r = products.n - N - k
    if df_r <= 0:
        return None
    found = solve_gram(products.within)
    s2 = found.rss / df_r
    inverse = np.zeros((k + 1, k + 1))
    inverse[:k, :k] = found.inverse
    inverse[k, k] = 1.0 / float(products.mass.sum())
    beta, vcov = about_origin(products, np.append(found.beta, 0.0), inverse * s2)
    mss = max(float(products.within[-1, -1]) - found.rss, 0.0)
    pooled = solve_gram(products.gram(products.mass)).rss
    effects = products.means[:, -1] - products.means[:, :-1] @ found.beta
    with np.errstate(all="ignore"):
        F = float(np.float64(mss) / k / s2) if k else 0.0
        F_effects = float(np.float64(max(pooled - found.rss, 0.0)) / (N - 1) / s2) if N > 1 else math.nan
    return WithinFit(
        beta, vcov, inverse, found.rss, mss, float(products.gram(products.mass)[-1, -1]), k, df_r, F, F_effects,
        _spread(effects), math.sqrt(s2), _effect_correlation(plain, found.beta),
        (*r_squared(products, found.beta)[:2], r_squared(plain, found.beta)[2]),
    )


def _spread(effects: Array) -> float:
    """The standard deviation over panels."""
    return float(np.std(effects, ddof=1)) if len(effects) > 1 else 0.0


def _effect_correlation(products: PanelProducts, slopes: Array) -> float:
    """Of the effects and x b, over rows; nan without x."""
    if not len(slopes):
        return math.nan
    mass = products.mass
    fitted = products.means[:, :-1] @ slopes
    effects = products.means[:, -1] - fitted
    both = float((mass * effects * fitted).sum())
    inside = float(slopes @ products.within[:-1, :-1] @ slopes)
    size = (inside + float((mass * fitted**2).sum())) * float((mass * effects**2).sum())
    return both / math.sqrt(size) if size > 0.0 else math.nan


# ---- between effects -----------------------------------------------------------------------------------------


@record(eq=False)
class BetweenFit:
    """Least squares on panel means: ``beta`` (k + 1,), ``vcov``, sums of squares, F."""

    beta: Array
    vcov: Array
    rss: float
    mss: float
    df: int
    df_r: int
    F: float
    r2: tuple[float, float, float]

    @property
    def rmse(self) -> float:
        """The standard deviation of u_i + avg(e_i.)."""
        return math.sqrt(self.rss / self.df_r)


def fit_between(products: PanelProducts, weighted: bool = False) -> BetweenFit | None:
    """Between effects; ``weighted`` by the rows of each panel.  None without residual degrees of freedom."""
    k, N = products.means.shape[1] - 1, products.panels
    df_r = N - k - 1
    if df_r <= 0:
        return None
    weights = products.mass * (N / products.mass.sum()) if weighted else np.ones(N)
    gram = products.gram(weights, within=0.0)
    found = solve_gram(gram)
    beta, vcov = about_origin(products, found.beta, found.inverse * (found.rss / df_r))
    tss = float(gram[-1, -1] - gram[-2, -1] ** 2 / gram[-2, -2])
    mss = max(tss - found.rss, 0.0)
    with np.errstate(all="ignore"):
        F = float(np.float64(mss) / k / (found.rss / df_r)) if k else 0.0
    within, between, overall = r_squared(products, found.beta[:-1])
    if k and weighted:
        between = mss / tss if tss > 0.0 else 0.0
    return BetweenFit(beta, vcov, found.rss, mss, k, df_r, F, (within, between, overall))


# ---- random effects ------------------------------------------------------------------------------------------


@record(eq=False)
class RandomFit:
    """Generalized least squares.  ``theta`` (N,): the share of the panel mean taken off in each panel.

    ``vcov`` is scaled by ``rss`` / (n - k - 1) of the transformed regression; ``inverse`` is about the centre.
    ``Tbar``: the harmonic mean of the panel sizes.
    """

    beta: Array
    vcov: Array
    inverse: Array
    rss: float
    df: int
    chi2: float
    sigma_u: float
    sigma_e: float
    theta: Array
    Tbar: float
    rmse: float
    r2: tuple[float, float, float]


def fit_random(products: PanelProducts, swamy_arora: bool = False) -> RandomFit | None:
    """Random effects with the variance components of fe and be; ``swamy_arora``: those for small unbalanced samples.

    sigma_e^2 is that of the within regression, whose degrees of freedom count only what varies within panels.  None
    without the degrees of freedom for either component.
    """
    k = products.means.shape[1] - 1
    inner = fit_within(products.take(independent_within(products)))
    if inner is None or products.n <= k + 1:
        return None
    Tbar = float(products.panels / (1.0 / products.counts).sum())
    sigma2_u = _component(products, inner.sigma_e**2, Tbar, swamy_arora)
    if sigma2_u is None:
        return None
    ratio = products.counts * sigma2_u + inner.sigma_e**2
    theta = 1.0 - np.sqrt(np.divide(inner.sigma_e**2, ratio, out=np.ones_like(ratio), where=ratio > 0.0))
    found = solve_gram(products.gram(products.counts * (1.0 - theta) ** 2))
    s2 = found.rss / (products.n - k - 1)
    beta, vcov = about_origin(products, found.beta, found.inverse * s2)
    return RandomFit(
        beta, vcov, found.inverse, found.rss, k, wald(beta[:-1], vcov[:-1, :-1]), math.sqrt(sigma2_u),
        inner.sigma_e, theta, Tbar, math.sqrt(s2), r_squared(products, beta[:-1]),
    )


def wald(slopes: Array, vcov: Array) -> float:
    """Wald chi2 that all slopes are zero; nan without any."""
    if not len(slopes):
        return math.nan
    scale = np.sqrt(np.diag(vcov))
    if not (scale > 0.0).all():
        return math.nan
    z = slopes / scale
    return float(z @ np.linalg.lstsq(vcov / np.outer(scale, scale), z, rcond=None)[0])


def _component(products: PanelProducts, sigma2_e: float, Tbar: float, swamy_arora: bool) -> float | None:
    """sigma_u^2, not below zero."""
    kept = products.take(independent_between(products))
    outer = fit_between(kept, weighted=swamy_arora)
    if outer is None:
        return None
    if not swamy_arora:
        return max(0.0, outer.rss / outer.df_r - sigma2_e / Tbar)
    means = np.insert(kept.means, -1, 1.0, axis=1)[:, :-1]
    once, twice = ((means * (kept.counts**power)[:, None]).T @ means for power in (1, 2))
    trace = float(np.trace(np.linalg.solve(once, twice)))
    rss = outer.rss * products.n / products.panels        # the weights of fit_between add to the number of panels
    return max(0.0, (rss - outer.df_r * sigma2_e) / (products.n - trace))


# ---- is there an effect at all ----------------------------------------------------------------------------------


def multiplier_test(products: PanelProducts) -> float:
    """Breusch and Pagan's Lagrange multiplier statistic that there are no effects, for panels of any size.

    n^2 / (2 (sum T_i^2 - n)) (sum (T_i ebar_i)^2 / sum e^2 - 1)^2 with the residuals e of pooled least squares (Baltagi
    and Li 1990); zero where the ratio is below one, which speaks for a negative variance.
    """
    found = solve_gram(products.gram(products.counts))
    sums = products.counts * (products.means[:, -1] - products.means[:, :-1] @ found.beta[:-1] - found.beta[-1])
    spare = float((products.counts**2).sum()) - products.n
    if found.rss <= 0.0 or spare <= 0.0:
        return math.nan
    ratio = float((sums**2).sum()) / found.rss - 1.0
    return products.n**2 / (2.0 * spare) * max(ratio, 0.0) ** 2
