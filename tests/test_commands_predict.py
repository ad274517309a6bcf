"""predict: every statistic against its definition, written out in numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats
from sessions import fails, run

from mixedcli.data.columns import new_numeric, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.data.storage import is_missing
from mixedcli.session import Session

N = 60


@pytest.fixture
def session() -> Session:
    rng = np.random.default_rng(11)
    x, z = rng.normal(size=(2, N))
    y = 1 + x - 0.5 * z + rng.normal(size=N)
    columns = {
        "y": y, "x": x, "z": z, "count": rng.poisson(np.exp(0.4 + 0.3 * x)), "yes": y + rng.normal(size=N) > 1,
        "level": np.digitize(y, [0, 1, 2]), "k": rng.integers(1, 4, N), "t": rng.uniform(1, 3, N),
        "low": np.round(y - 0.3, 2), "high": np.round(y + 0.3, 2),
    }
    made = Session()
    made.context.data = Dataset({
        name: new_numeric(name, np.asarray(values, dtype=float), "double") for name, values in columns.items()
    }, N)
    run(made, "version 17")
    return made


def values(session: Session, name: str) -> np.ndarray:
    found = numeric(session.context.data.columns[name])
    return np.where(is_missing(found), np.nan, found)


def predicted(session: Session, statistic: str) -> np.ndarray:
    run(session, f"predict double made, {statistic}")
    found = values(session, "made")
    run(session, "drop made")
    return found


def label(session: Session, statistic: str) -> str:
    run(session, f"predict made, {statistic}")
    found = session.context.data.columns["made"].label
    run(session, "drop made")
    return found


def stored(session: Session, name: str) -> float:
    return float(session.context.lookup("e", name))


# ---- regress ---------------------------------------------------------------------------------------------------


def without(X: np.ndarray, y: np.ndarray, i: int) -> tuple[np.ndarray, float]:
    """b and the error variance without observation i."""
    kept = np.arange(len(y)) != i
    b, rss = np.linalg.lstsq(X[kept], y[kept], rcond=None)[:2]
    return b, float(rss[0]) / (len(y) - 1 - X.shape[1])


def test_influence_is_what_leaving_out_does(session: Session) -> None:
    run(session, "quietly regress y x z")
    y = values(session, "y")
    X = np.column_stack([values(session, "x"), values(session, "z"), np.ones(N)])
    inverse = np.linalg.inv(X.T @ X)
    b = inverse @ X.T @ y
    s2 = np.sum((y - X @ b) ** 2) / (N - 3)
    h = np.einsum("ij,jk,ik->i", X, inverse, X)
    expected: dict[str, list[float]] = {name: [] for name in ("dfits", "covratio", "dfbeta(x)", "dfbeta(z)", "welsch")}
    for i in range(N):
        b_i, s2_i = without(X, y, i)
        kept = X[np.arange(N) != i]
        inverse_i = np.linalg.inv(kept.T @ kept)
        fits = (X[i] @ b - X[i] @ b_i) / math.sqrt(s2_i * h[i])
        expected["dfits"].append(fits)
        expected["welsch"].append(fits * math.sqrt((N - 1) / (1 - h[i])))
        expected["covratio"].append(np.linalg.det(s2_i * inverse_i) / np.linalg.det(s2 * inverse))
        for k, name in enumerate(("dfbeta(x)", "dfbeta(z)")):
            expected[name].append((b[k] - b_i[k]) / math.sqrt(s2_i * inverse[k, k]))
    for statistic, numbers in expected.items():
        assert predicted(session, statistic) == pytest.approx(numbers, rel=1e-8, abs=1e-12), statistic
    assert label(session, "dfbeta(x)") == "Dfbeta x"


def test_frequencies_do_not_change_what_an_observation_does(session: Session) -> None:
    statistics = ("hat", "rstandard", "rstudent", "cooksd", "dfits", "covratio", "welsch", "dfbeta(x)", "stdf", "stdr")
    run(session, "quietly regress y x z [fw=k]")
    weighted = {name: predicted(session, name) for name in statistics}
    k = values(session, "k").astype(int)
    run(session, "quietly expand k\nquietly regress y x z")
    first = np.arange(N)                          # expand puts the copies behind the data
    for name, numbers in weighted.items():
        assert numbers == pytest.approx(predicted(session, name)[first], rel=1e-8), name
    assert k.sum() == session.context.data.n


LIMITED = ["regress y x", "tobit y x, ll(0)", "intreg low high x"]


@pytest.mark.parametrize("command", LIMITED)
def test_between_two_limits(session: Session, command: str) -> None:
    run(session, f"quietly {command}")
    mu = predicted(session, "xb")
    if command.startswith("regress"):
        sigma = stored(session, "rmse")
    elif command.startswith("tobit"):
        sigma = math.sqrt(float(session.context.lookup("_b", "/var(e.y)")))
    else:
        sigma = math.exp(float(session.context.lookup("_b", "/lnsigma")))
    z = values(session, "z")
    normal = stats.norm(mu, sigma)
    assert predicted(session, "pr(0.5,2)") == pytest.approx(normal.cdf(2) - normal.cdf(0.5), rel=1e-9)
    assert predicted(session, "pr(.,2)") == pytest.approx(normal.cdf(2), rel=1e-9)
    assert predicted(session, "pr(z,.)") == pytest.approx(normal.sf(z), rel=1e-9)
    inside, censored = predicted(session, "e(0.5,2)"), predicted(session, "ystar(0.5,2)")
    above = predicted(session, "e(1,.)")
    for i in (0, 17, 40):
        f = stats.norm(mu[i], sigma)
        mean = integrate.quad(lambda v, f=f: v * f.pdf(v), 0.5, 2)[0]
        assert inside[i] == pytest.approx(mean / (f.cdf(2) - f.cdf(0.5)), rel=1e-7)
        assert censored[i] == pytest.approx(mean + 0.5 * f.cdf(0.5) + 2 * f.sf(2), rel=1e-7)
        assert above[i] == pytest.approx(integrate.quad(lambda v, f=f: v * f.pdf(v), 1, 60)[0] / f.sf(1), rel=1e-6)
    stdp = predicted(session, "stdp")
    assert predicted(session, "stdf") == pytest.approx(np.sqrt(stdp**2 + sigma**2), rel=1e-9)
    depvar = command.split()[1]
    assert label(session, "pr(0.5,2)") == f"Pr(.5<{depvar}<2)" and label(session, "e(.,z)") == f"E({depvar}|{depvar}<z)"
    assert label(session, "ystar(1,.)") == f"E({depvar}*|{depvar}>1)"
    assert np.isnan(predicted(session, "pr(2,1)")).all()


def test_what_regress_refuses(session: Session) -> None:
    run(session, "quietly regress y x")
    assert fails(session, "predict a, dfbeta(z)") == (111, "z not found")
    assert fails(session, "predict a, pr(1)") == (198, "option pr() incorrectly specified")
    assert fails(session, "predict a, pr(nope,1)") == (111, "variable nope not found")
    assert fails(session, "predict a, dfits welsch")[0] == 198


# ---- counts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["poisson", "nbreg"])
def test_probabilities_of_counts(session: Session, command: str) -> None:
    run(session, f"quietly {command} count x, exposure(t)")
    mean = predicted(session, "n")
    law = stats.poisson(mean)
    if command == "nbreg":
        m = math.exp(-float(session.context.lookup("_b", "/lnalpha")))
        law = stats.nbinom(m, m / (m + mean))
    k = values(session, "k")
    assert predicted(session, "pr(2)") == pytest.approx(law.pmf(2), rel=1e-6)
    assert predicted(session, "pr(1,3)") == pytest.approx(law.cdf(3) - law.cdf(0), rel=1e-6)
    assert predicted(session, "pr(2,.)") == pytest.approx(law.sf(1), rel=1e-6)
    assert predicted(session, "pr(k)") == pytest.approx(law.pmf(k), rel=1e-6)
    assert predicted(session, "pr(0,k)") == pytest.approx(law.cdf(k), rel=1e-6)
    assert label(session, "pr(1,3)") == "Pr(1<=count<=3)" and label(session, "pr(2)") == "Pr(count=2)"
    assert fails(session, "predict a, pr(1.5)") == (198, "option pr() incorrectly specified")
    assert fails(session, "predict a, pr(-1)") == (198, "option pr() incorrectly specified")
    plain = predicted(session, "xb nooffset")
    assert predicted(session, "xb") == pytest.approx(plain + np.log(values(session, "t")))
    assert predicted(session, "ir") == pytest.approx(np.exp(plain)) == predicted(session, "n nooffset")


# ---- scores ----------------------------------------------------------------------------------------------------

# Command, and what the score in the linear prediction is of: the log likelihood of an observation given that and the
# parameters behind the coefficients, as in e(b).
SCORED = [
    ("nbreg count x", "/lnalpha", lambda y, u, p: stats.nbinom.logpmf(y, 1 / np.exp(p[0]), 1 / (1 + np.exp(p[0] + u)))),
    ("ologit level x", "/cut1 /cut2 /cut3",
     lambda y, u, p: np.log(np.diff([0, *(1 / (1 + np.exp(u - np.array(p)))), 1])[int(y)])),
    ("oprobit level x", "/cut1 /cut2 /cut3",
     lambda y, u, p: np.log(np.diff([0, *stats.norm.cdf(np.array(p) - u), 1])[int(y)])),
    ("tobit y x, ll(0)", "/var(e.y)",
     lambda y, u, p: stats.norm.logcdf(0, u, p[0] ** 0.5) if y <= 0 else stats.norm.logpdf(y, u, p[0] ** 0.5)),
]


@pytest.mark.parametrize(("command", "names", "loglik"), SCORED, ids=[each[0] for each in SCORED])
def test_scores_are_derivatives(session: Session, command: str, names: str, loglik) -> None:
    run(session, f"quietly {command}")
    u, y = predicted(session, "xb"), values(session, command.split()[1])
    p = [float(session.context.lookup("_b", name)) for name in names.split()]
    run(session, "predict double s*, score")
    h = 1e-5
    for i in (0, 13, 29, 44, 58):
        slope = (loglik(y[i], u[i] + h, p) - loglik(y[i], u[i] - h, p)) / (2 * h)
        assert values(session, "s1")[i] == pytest.approx(slope, rel=1e-5, abs=1e-8)
        for k in range(len(p)):
            up, down = list(p), list(p)
            up[k] += h
            down[k] -= h
            slope = (loglik(y[i], u[i], up) - loglik(y[i], u[i], down)) / (2 * h)
            assert values(session, f"s{k + 2}")[i] == pytest.approx(slope, rel=1e-5, abs=1e-8)


ALL = [
    "logit yes x", "probit yes x", "cloglog yes x", "poisson count x", "nbreg count x, dispersion(constant)",
    "ologit level x", "oprobit level x", "tobit y x, ll(0) ul(2)", "intreg low high x",
]


@pytest.mark.parametrize("command", ALL)
def test_scores_add_to_zero_at_the_maximum(session: Session, command: str) -> None:
    run(session, f"quietly {command}\npredict double s*, score")
    x = values(session, "x")
    names = [name for name in session.context.data.names if name[0] == "s" and name[1:].isdigit()]
    for name in names:
        assert values(session, name).sum() == pytest.approx(0, abs=1e-6)
    assert (x * values(session, "s1")).sum() == pytest.approx(0, abs=1e-6)
    equations = {name.equation if name.equation != "/" else name.name for name in
                 session.context.estimates.stored().matrices["b"].columns}
    assert len(names) == len(equations)


def test_scores_need_a_name_each(session: Session) -> None:
    run(session, "quietly ologit level x")
    assert fails(session, "predict s, score") == (102, "too few variables specified")
    run(session, "replace level = 9 in 1")
    run(session, "predict double s*, score")
    assert np.isnan(values(session, "s1")[0]) and np.isfinite(values(session, "s1")[1:]).all()


# ---- logit -----------------------------------------------------------------------------------------------------


def test_patterns_with_frequencies(session: Session) -> None:
    statistics = ("residuals", "rstandard", "hat", "dx2", "ddeviance", "dbeta", "deviance")
    run(session, "quietly logit yes level [fw=k]")
    weighted = {name: predicted(session, name) for name in statistics}
    run(session, "quietly expand k\nquietly logit yes level")
    for name, numbers in weighted.items():
        assert numbers == pytest.approx(predicted(session, name)[:N], rel=1e-6, abs=1e-9), name


# ---- mixed -----------------------------------------------------------------------------------------------------


def mixed_loglik(y: np.ndarray, X: np.ndarray, Z: np.ndarray, p: np.ndarray) -> float:
    """One group's log density: p holds b (2), ln sd of slope and constant, atanh corr, ln sigma_e."""
    sd, corr = np.exp(p[2:4]), np.tanh(p[4])
    G = np.outer(sd, sd) * np.array([[1, corr], [corr, 1]])
    V = Z @ G @ Z.T + np.exp(2 * p[5]) * np.eye(len(y))
    return float(stats.multivariate_normal(X @ p[:2], V).logpdf(y))


def test_scores_of_a_mixed_model() -> None:
    session = Session()
    run(session, "quietly sysuse sleepstudy")
    run(session, "quietly mixed reaction days || subject: days, mle covariance(unstructured)")
    run(session, "predict double s*, scores")
    b = session.context.estimates.stored().matrices["b"]
    assert [name.equation for name in b.columns][2:] == ["lns1_1_1", "lns1_1_2", "atr1_1_1_2", "lnsig_e"]
    p = b.values.reshape(-1)
    y, days, subject = (values(session, name) for name in ("reaction", "days", "subject"))
    for group in np.unique(subject)[:4]:
        rows = np.flatnonzero(subject == group)
        X = np.column_stack([days[rows], np.ones(len(rows))])
        for k in range(6):
            step = np.zeros(6)
            step[k] = 1e-5 * max(abs(p[k]), 1)
            slope = (mixed_loglik(y[rows], X, X, p + step) - mixed_loglik(y[rows], X, X, p - step)) / (2 * step[k])
            found = values(session, f"s{k + 1}")[rows]
            assert found[-1] == pytest.approx(slope, rel=1e-4, abs=1e-6)
            assert np.isnan(found[:-1]).all()
    for k in range(6):
        assert np.nansum(values(session, f"s{k + 1}")) == pytest.approx(0, abs=1e-4)
    run(session, "quietly mixed reaction days || subject:, reml")
    assert fails(session, "predict r*, scores")[0] == 198


def test_between_effects(session: Session) -> None:
    """After xtreg, be the effect of a panel is the mean of y - x b in it, as after fe."""
    run(session, "generate id = mod(_n, 12)\nquietly xtset id\nquietly xtreg y x, be")
    left = values(session, "y") - predicted(session, "xb")
    codes = values(session, "id").astype(int)
    u = (np.bincount(codes, left) / np.bincount(codes))[codes]
    assert predicted(session, "u") == pytest.approx(u) and predicted(session, "e") == pytest.approx(left - u)
    assert predicted(session, "ue") == pytest.approx(left)
    assert predicted(session, "xbu") == pytest.approx(values(session, "y") - left + u)
