"""The log likelihood that the me commands report, against direct numerical integration over the random intercept.

The densities are scipy's or written out here from the parameters in e(b), so that the whole road from the command line
is tested: data, censoring, offsets, parameterisation, names.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import special, stats
from sessions import last, run

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.results.me import MeResult
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

Params = dict[str, float]
# (eta (rows, nodes), data, parameters) -> log density (rows, nodes)
Density = Callable[[np.ndarray, dict[str, np.ndarray], Params], np.ndarray]


def data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(12)
    g = np.repeat(np.arange(12.0), 6)
    u = np.repeat(rng.normal(0, 0.9, 12), 6)
    x = rng.normal(size=72)
    eta = 0.3 + 0.5 * x + u
    latent = eta + rng.normal(0, 0.8, 72)
    entry = rng.uniform(0, 0.2, 72)
    return {
        "g": g, "x": x, "y": (rng.uniform(size=72) < special.expit(eta)).astype(float),
        "n": rng.integers(1, 6, 72).astype(float), "wins": np.zeros(72), "count": rng.poisson(np.exp(eta)).astype(float),
        "wild": rng.poisson(np.exp(eta) * rng.gamma(1.0, 1.0, 72)).astype(float), "out": latent,
        "k": np.digitize(eta + rng.logistic(size=72), [-0.5, 0.8]).astype(float),
        "positive": rng.gamma(2.0, np.exp(eta) / 2), "low": np.floor(latent), "high": np.floor(latent) + 1,
        "t": entry + rng.weibull(1.4, 72) * np.exp(-eta) + 0.05, "entry": entry,
        "d": (rng.uniform(size=72) < 0.75).astype(float), "more": rng.uniform(0.5, 3, 72), "off": rng.normal(0, 0.3, 72),
    }


def columns(rows: dict[str, np.ndarray], name: str) -> np.ndarray:
    return rows[name][:, None]


def bernoulli(inverse: Callable[[np.ndarray], np.ndarray]) -> Density:
    def density(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
        p = inverse(eta)
        return np.where(columns(rows, "y") == 1, np.log(p), np.log1p(-p))

    return density


def binomial(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
    return stats.binom.logpmf(columns(rows, "wins"), columns(rows, "n"), special.expit(eta))


def poisson(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
    return stats.poisson.logpmf(columns(rows, "count"), np.exp(eta + np.log(columns(rows, "more"))))


def mean_dispersion(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
    alpha = np.exp(params["lnalpha"])
    return stats.nbinom.logpmf(columns(rows, "wild"), 1 / alpha, 1 / (1 + alpha * np.exp(eta)))


def constant_dispersion(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
    delta = np.exp(params["lndelta"])
    return stats.nbinom.logpmf(columns(rows, "wild"), np.exp(eta) / delta, 1 / (1 + delta))


def normal(mean: Callable[[np.ndarray], np.ndarray]) -> Density:
    def density(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
        return stats.norm.logpdf(columns(rows, "out"), mean(eta), np.sqrt(params["var(e.out)"]))

    return density


def gamma(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
    shape = np.exp(-2 * params["logs"])
    return stats.gamma.logpdf(columns(rows, "positive"), shape, scale=np.exp(eta) / shape)


def ordinal(cdf: Callable[[np.ndarray], np.ndarray]) -> Density:
    def density(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
        cuts = np.array([-np.inf, params["cut1"], params["cut2"], np.inf])
        k = rows["k"].astype(int)
        return np.log(cdf(cuts[k + 1][:, None] - eta) - cdf(cuts[k][:, None] - eta))

    return density


def tobit(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
    sigma, y = np.sqrt(params["var(e.out)"]), columns(rows, "out")
    inner = stats.norm.logpdf(y, eta, sigma)
    inner = np.where(y <= -0.5, stats.norm.logcdf(-0.5, eta, sigma), inner)
    return np.where(y >= 1.5, stats.norm.logsf(1.5, eta, sigma), inner)


def interval(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
    sigma = np.sqrt(params["var(e.low)"])
    return np.log(stats.norm.cdf(columns(rows, "high"), eta, sigma) - stats.norm.cdf(columns(rows, "low"), eta, sigma))


def survival(make: Callable[[np.ndarray, Params], object]) -> Density:
    """f(t)^d S(t)^(1-d) / S(entry) of a scipy distribution."""
    def density(eta: np.ndarray, rows: dict[str, np.ndarray], params: Params) -> np.ndarray:
        found = make(eta, params)
        t, d, entry = (columns(rows, name) for name in ("t", "d", "entry"))
        return np.where(d == 1, found.logpdf(t), found.logsf(t)) - found.logsf(entry)  # type: ignore[attr-defined]

    return density


def weibull(eta: np.ndarray, params: Params) -> object:
    """Hazard exp(eta) p t^(p-1)."""
    p = np.exp(params["ln_p"])
    return stats.weibull_min(p, scale=np.exp(-eta / p))


def cloglog(eta: np.ndarray) -> np.ndarray:
    return -np.expm1(-np.exp(eta))


def gamma_time(eta: np.ndarray, params: Params) -> object:
    """Mean exp(eta), as the gamma family of meglm."""
    shape = np.exp(-2 * params["logs"])
    return stats.gamma(shape, scale=np.exp(eta) / shape)


CASES: dict[str, tuple[str, Density]] = {
    "logit": ("melogit y x || g:", bernoulli(special.expit)),
    "probit": ("meprobit y x || g:", bernoulli(special.ndtr)),
    "cloglog": ("mecloglog y x || g:", bernoulli(cloglog)),
    "binomial": ("melogit wins x || g:, binomial(n)", binomial),
    "poisson": ("mepoisson count x, exposure(more) || g:", poisson),
    "nbinomial": ("menbreg wild x || g:", mean_dispersion),
    "constant": ("menbreg wild x || g:, dispersion(constant)", constant_dispersion),
    "gaussian": ("meglm out x || g:", normal(lambda eta: eta)),
    "gaussian log": ("meglm out x || g:, link(log)", normal(np.exp)),
    "gamma": ("meglm positive x || g:, family(gamma)", gamma),
    "ologit": ("meologit k x || g:", ordinal(special.expit)),
    "oprobit": ("meoprobit k x || g:", ordinal(special.ndtr)),
    "ocloglog": ("meglm k x || g:, family(ordinal) link(cloglog)", ordinal(cloglog)),
    "tobit": ("metobit out x || g:, ll(-0.5) ul(1.5)", tobit),
    "interval": ("meintreg low high x || g:", interval),
    "exponential": ("mestreg x || g:, distribution(exponential)", survival(lambda eta, _: stats.expon(scale=np.exp(-eta)))),
    "exponential time": (
        "mestreg x || g:, distribution(exponential) time", survival(lambda eta, _: stats.expon(scale=np.exp(eta)))
    ),
    "weibull": ("mestreg x || g:, distribution(weibull)", survival(weibull)),
    "weibull time": (
        "mestreg x || g:, distribution(weibull) time",
        survival(lambda eta, params: stats.weibull_min(np.exp(params["ln_p"]), scale=np.exp(eta))),
    ),
    "lognormal": (
        "mestreg x || g:, distribution(lognormal)",
        survival(lambda eta, params: stats.lognorm(np.exp(params["logs"]), scale=np.exp(eta))),
    ),
    "loglogistic": (
        "mestreg x || g:, distribution(loglogistic)",
        survival(lambda eta, params: stats.fisk(np.exp(-params["logs"]), scale=np.exp(eta))),
    ),
    "survival gamma": ("mestreg x || g:, distribution(gamma)", survival(gamma_time)),
}


def integrated(result: MeResult, rows: dict[str, np.ndarray], density: Density) -> float:
    """The log likelihood at e(b) by a fine trapezoid rule in each group."""
    params = {str(name).rpartition(":")[2]: float(value) for name, value in zip(result.names, result.b, strict=True)}
    sd = np.sqrt(params["var(_cons[g])"])
    nodes = np.linspace(-8, 8, 801)
    eta = (params.get("_cons", 0.0) + params["x"] * rows["x"])[:, None] + sd * nodes
    with np.errstate(all="ignore"):
        log = density(eta, rows, params)
    groups = np.array([log[rows["g"] == each].sum(axis=0) for each in np.unique(rows["g"])])
    return float(special.logsumexp(groups + stats.norm.logpdf(nodes) + np.log(nodes[1] - nodes[0]), axis=1).sum())


@pytest.mark.parametrize("name", CASES)
def test_reported_log_likelihood(name: str) -> None:
    command, density = CASES[name]
    rows = data()
    rows["wins"] = np.floor(rows["n"] * (rows["y"] + 0.4) / 1.4)
    if name == "gaussian log":
        rows["out"] = np.exp(0.3 * rows["out"])
    session = Session()
    session.context.data = Dataset(
        {key: new_numeric(key, values.astype(float), "double") for key, values in rows.items()}, len(rows["x"])
    )
    run(session, "version 16\nquietly stset t, failure(d) enter(time entry)")
    assert last(session, f"quietly {command}{_points(command)}").error is None
    result = session.context.estimates.result
    assert isinstance(result, MeResult)
    assert result.equations[0].parameters[0].var.value > 0.01
    assert result.ll == pytest.approx(integrated(result, rows, density), abs=2e-5)


def _points(command: str) -> str:
    """Points enough for quadrature to be exact."""
    return " intpoints(25)" if "," in command.partition("||")[2] else ", intpoints(25)"
