"""Weights and variances of xtreg: what every estimator takes, frequencies as repetitions, and trouble."""

from __future__ import annotations

import numpy as np
import pytest
from test_commands_regress import fails, printed, run, session_with, stored
from test_commands_resample import matrix

from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")


def made() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(21)
    ids = np.repeat(np.arange(12), [1, 2, 3, 4, 5, 6, 3, 3, 4, 2, 1, 5])
    n = len(ids)
    x = rng.normal(size=n) + ids / 6
    return {
        "id": ids, "x": x, "z": rng.normal(size=n), "y": x + rng.normal(size=12)[ids] + rng.normal(size=n),
        "f": rng.integers(1, 4, 12)[ids], "w": rng.uniform(0.5, 2, 12)[ids], "s": ids // 3, "one": np.ones(n),
        "single": np.arange(n), "first": np.r_[0, np.cumsum([1, 2, 3, 4, 5, 6, 3, 3, 4, 2, 1])][ids] == np.arange(n),
    }


@pytest.fixture
def small() -> Session:
    session = session_with(made())
    run(session, "xtset id")
    return session


@pytest.mark.parametrize("option", ["", "vce(robust)", "vce(cluster s)", "vce(conv)"])
def test_frequencies_are_repetitions(small: Session, option: str) -> None:
    data = made()
    long = session_with({name: np.repeat(values, data["f"]) for name, values in data.items()})
    run(long, f"xtset id\nquietly xtreg y x z, fe {option}")
    run(small, f"quietly xtreg y x z [fw=f], fe {option}")
    assert stored(small) == pytest.approx(stored(long), rel=1e-9)
    assert matrix(small, "V") == pytest.approx(matrix(long, "V"), rel=1e-9)
    run(small, "predict double u, u")
    run(long, "predict double u, u")
    u = np.asarray(small.context.data.columns["u"].values)
    assert np.repeat(u, data["f"]) == pytest.approx(np.asarray(long.context.data.columns["u"].values))


@pytest.mark.parametrize("option", ["", "noconstant"])
def test_importance_weights_of_mle(small: Session, option: str) -> None:
    """A panel of weight w is w panels; weights twice as large halve the variance."""
    data = made()
    copies = [np.flatnonzero(data["id"] == k) for k in range(12) for _ in range(data["f"][data["id"] == k][0])]
    long = {name: values[np.concatenate(copies)] for name, values in data.items()}
    long["id"] = np.repeat(np.arange(len(copies)), [len(rows) for rows in copies])
    copied = session_with(long)
    run(copied, f"xtset id\nquietly xtreg y x z, mle {option}")
    run(small, f"quietly xtreg y x z [iw=f], mle {option}")
    assert matrix(small, "b") == pytest.approx(matrix(copied, "b"), rel=1e-6)
    assert matrix(small, "V") == pytest.approx(matrix(copied, "V"), rel=1e-5, abs=1e-10)
    found, wanted = stored(small), stored(copied)
    assert ("ll_0" in found) == ("ll_0" in wanted) == (not option)
    same = [name for name in ("N", "ll", "ll_0", "chi2", "chi2_c", "ll_c") if name in wanted]
    assert [found[name] for name in same] == pytest.approx([wanted[name] for name in same], rel=1e-8)
    V, ll = matrix(small, "V"), stored(small)["ll"]
    run(small, f"quietly xtreg y x z [iw=f/2], mle {option}")
    assert matrix(small, "V") == pytest.approx(2 * V, rel=1e-9) and stored(small)["ll"] == pytest.approx(ll / 2)
    run(small, "predict double u, u")


def test_importance_weights_without_effects(small: Session) -> None:
    run(small, "egen m = mean(y), by(id)\nreplace y = y - m\nquietly xtreg y z [iw=f], mle")
    assert matrix(small, "b")[0, 2] == 0 and stored(small)["chi2_c"] == 0


def test_sampling_weights_cluster_by_panel(small: Session) -> None:
    """The dummy-variable regression with clusters has the same sandwich; its factor counts the dummies, that of xtreg
    does not ([XT] xtreg, Methods and formulas)."""
    run(small, "quietly regress y x i.id [pw=w], vce(cluster id)")
    n, se = stored(small)["N"], np.sqrt(matrix(small, "V")[0, 0])
    k = stored(small)["rank"]
    run(small, "quietly xtreg y x [pw=w], fe")
    assert np.sqrt(matrix(small, "V")[0, 0]) == pytest.approx(se * np.sqrt((n - k) / (n - 2)), rel=1e-9)
    assert small.context.lookup("e", "vcetype") == "Robust" and stored(small)["df_r"] == 11


def test_rows_without_a_cluster_or_weight_are_left_out(small: Session) -> None:
    run(small, "replace s = . if id == 3\ngenerate v = id != 3")
    for command in ("xtreg y x, fe vce(cluster s)", "xtreg y x [aw=v], fe", "xtreg y x, re cluster(s)"):
        run(small, f"quietly {command}")
        assert stored(small)["N"] == 35 and stored(small)["N_g"] == 11


def test_collinear_within_weighted_panels(small: Session) -> None:
    text = printed(small, "xtreg y x f [aw=w], fe")
    assert "note: f omitted because of collinearity" in text


@pytest.mark.parametrize(
    ("command", "message", "rc"),
    [
        ("xtreg y x [iw=w], fe", "iweights not allowed", 101),
        ("xtreg y x [aw=w], be", "weights not allowed", 101),
        ("xtreg y x [fw=f], re", "weights not allowed", 101),
        ("xtreg y x [aw=w], mle", "aweights not allowed", 101),
        ("xtreg y x [fw=w], fe", "may not use noninteger frequency weights", 401),
        ("xtreg y x [pw=-w], fe", "negative weights encountered", 402),
        ("xtreg y x [pw=0], fe", "no observations", 2000),
        ("xtreg y x [fw=1+(x>0)], fe", "weight must be constant within id", 199),
        ("xtreg y x, mle vce(robust)", "vcetype 'robust' not allowed", 198),
        ("xtreg y x, be vce(cluster s)", "vcetype 'cluster' not allowed", 198),
        ("xtreg y x, fe vce(oim)", "option vce() incorrectly specified", 198),
        ("xtreg y x, fe vce(cluster one)", "insufficient observations", 2001),
        ("xtreg y x, fe vce(cluster)", "option vce() incorrectly specified", 198),
        ("xtreg y x if first, fe", "insufficient observations", 2001),
        ("xtreg y x, fe i(single)", "insufficient observations", 2001),
        ("xtreg y x, re i(single)", "insufficient observations", 2001),
        ("xtreg one x [iw=f], mle", "initial values not feasible", 1400),
        ("xtreg y x [iw=1+(x>0)], mle", "weight must be constant within id", 199),
        ("xtreg one x, mle", "initial values not feasible", 1400),
        ("xtreg y x, pa", "option pa is not built yet", 199),
    ],
)
def test_refusals(small: Session, command: str, message: str, rc: int) -> None:
    before = small.context.data
    fails(small, command, message, rc)
    assert small.context.data is before and small.context.state.estimates is None
