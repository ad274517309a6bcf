"""Weights and variances of the single-level maximum-likelihood commands, and data that give them trouble."""

from __future__ import annotations

import math

import numpy as np
import pytest
from test_commands_ml import e, fails, printed, run, session_with
from test_commands_resample import matrix

pytestmark = pytest.mark.filterwarnings("error")
N = 80


def made() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    x = rng.normal(size=N)
    u = x + rng.logistic(size=N)
    return {
        "x": x, "y": u, "d": u > 0, "k": rng.negative_binomial(1.5, 1 / (1 + np.exp(0.5 + 0.4 * x))),
        "o": np.digitize(u, [-1, 0.3, 1.2]),
        "lo": np.floor(u), "hi": np.floor(u) + 1, "f": rng.integers(1, 4, N), "half": rng.integers(1, 4, N) / 2,
        "a": rng.uniform(0.5, 2, N), "one": np.ones(N), "five": np.full(N, 5.0), "h": np.arange(N) % 9,
    }


COMMANDS = [
    "logit d x", "logistic d x", "probit d x", "cloglog d x", "poisson k x", "nbreg k x", "ologit o x", "oprobit o x",
    "tobit y x, ll(0)", "intreg lo hi x",
]


def weighted(command: str, weight: str, option: str = "") -> str:
    head, _, options = command.partition(",")
    return f"{head} {weight}, {options} {option}"


@pytest.mark.parametrize("command", COMMANDS)
def test_importance_weights(command: str) -> None:
    """Whole ones are frequencies; halving all of them doubles the variance and halves the log likelihood."""
    session = session_with(made())
    run(session, weighted(command, "[fw=f]"))
    V, b, ll, n = matrix(session, "V"), matrix(session, "b"), e(session, "ll"), e(session, "N")
    run(session, weighted(command, "[iw=f]"))
    assert matrix(session, "V") == pytest.approx(V, rel=1e-9) and e(session, "N") == n
    run(session, weighted(command, "[iw=f/2]"))
    assert matrix(session, "b") == pytest.approx(b, rel=1e-6, abs=1e-9)
    assert matrix(session, "V") == pytest.approx(2 * V, rel=1e-5, abs=1e-12)
    assert e(session, "ll") == pytest.approx(ll / 2, rel=1e-9) and e(session, "N") == n // 2


def normal_loglik(data: dict[str, np.ndarray], b: np.ndarray, sd: np.ndarray, command: str) -> float:
    """Sum of log densities and log probabilities, one observation at a time."""
    from scipy.stats import norm

    mean = b[0] * data["x"] + b[1]
    total = 0.0
    for i in range(N):
        if command == "intreg":
            total += math.log(norm.cdf(data["hi"][i], mean[i], sd[i]) - norm.cdf(data["lo"][i], mean[i], sd[i]))
        elif data["y"][i] <= 0:
            total += norm.logcdf(0, mean[i], sd[i])
        else:
            total += norm.logpdf(data["y"][i], mean[i], sd[i])
    return total


@pytest.mark.parametrize("command", ["tobit y x, ll(0)", "intreg lo hi x"])
def test_analytic_weights_divide_the_variance(command: str) -> None:
    """Observation i has variance sigma^2 / a_i, the a_i scaled to mean one ([R] intreg, Methods and formulas)."""
    from scipy.optimize import minimize

    data, word = made(), command.split()[0]
    root = np.sqrt(data["a"] / data["a"].mean())

    def minus(theta: np.ndarray) -> float:
        return -normal_loglik(data, theta[:2], math.exp(theta[2]) / root, word)

    best = minimize(minus, np.array([1.0, 0.0, 0.5]), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    session = session_with(data)
    run(session, weighted(command, "[aw=a]"))
    assert e(session, "ll") == pytest.approx(-best.fun, rel=1e-9)
    assert matrix(session, "b")[0, :2] == pytest.approx(best.x[:2], abs=1e-5)
    found = e(session, "ll")
    run(session, weighted(command, "[w=10*a]"))
    assert e(session, "ll") == pytest.approx(found, rel=1e-12) and e(session, "N") == N
    assert session.context.lookup("e", "wtype") == "aweight"


@pytest.mark.parametrize("command", COMMANDS)
def test_sampling_weights_imply_robust(command: str) -> None:
    session = session_with(made())
    run(session, weighted(command, "[pw=a]"))
    V = matrix(session, "V")
    assert session.context.lookup("e", "vcetype") == "Robust"
    run(session, weighted(command, "[pw=10*a]", "vce(robust)"))
    assert matrix(session, "V") == pytest.approx(V, rel=1e-6)


@pytest.mark.parametrize("command", COMMANDS)
def test_rows_without_a_cluster_or_weight_are_left_out(command: str) -> None:
    session = session_with(made())
    run(session, "replace h = . in 1/20\ngenerate z = _n > 20")
    run(session, weighted(command, "", "vce(cluster h)"))
    assert e(session, "N") == 60 and e(session, "N_clust") == 9
    run(session, weighted(command, "[iw=z]"))
    assert e(session, "N") == 60 and session.context.sample().sum() == 60


@pytest.mark.parametrize("command", COMMANDS)
def test_a_single_cluster_has_no_standard_errors(command: str) -> None:
    session = session_with(made())
    text = printed(session, weighted(command, "", "vce(cluster one)"))
    row = next(line for line in text.split("\n") if line.startswith("           x |"))
    assert row.split("|")[1].split()[1:] == ["."] * 5


@pytest.mark.parametrize(
    ("command", "message", "rc"),
    [
        ("logit d x [pw=-a]", "negative weights encountered", 402),
        ("poisson k x [fw=a]", "may not use noninteger frequency weights", 401),
        ("ologit o x [iw=0]", "no observations", 2000),
        ("logit d x [aw=a]", "aweights not allowed", 101),
        ("probit d x [iw=a], robust", "vce(robust) with iweights is not built yet", 199),
        ("logit d x, vce(hc3)", "option vce() incorrectly specified", 198),
        ("tobit five x, ll(0)", "initial values not feasible", 1400),
        ("tobit x x, ll(-99)", "initial values not feasible", 1400),
        ("intreg five five x", "initial values not feasible", 1400),
        ("tobit five x, ll(5)", "no uncensored observations", 2000),
        ("ologit five x", "too few categories", 148),
    ],
)
def test_refusals(command: str, message: str, rc: int) -> None:
    session = session_with(made())
    before = session.context.data
    fails(session, command, message, rc)
    assert session.context.data is before and session.context.state.estimates is None
