"""bootstrap and jackknife: against formulas, against the same draws made by hand, and their printed form."""

from __future__ import annotations

import numpy as np
import pytest

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.report.text import to_text
from mixedcli.session import Outcome, Session

N = 60


@pytest.fixture
def session() -> Session:
    rng = np.random.default_rng(99)
    x = rng.normal(size=N)
    made = {"y": 1 + 2 * x + rng.normal(size=N), "x": x, "g": np.repeat(np.arange(1.0, 11), 6), "s": np.arange(N) % 2.0}
    found = Session()
    found.context.data = Dataset(columns={k: new_numeric(k, v, "double") for k, v in made.items()}, n=N)
    return found


def run(session: Session, text: str) -> list[Outcome]:
    outcomes = list(session.run(text))
    wrong = [o.error for o in outcomes if o.error]
    assert not wrong, wrong
    return outcomes


def printed(session: Session, text: str) -> str:
    return "".join(to_text(o.document) for o in run(session, text) if o.document is not None)


def values(session: Session, name: str) -> np.ndarray:
    return np.array(session.context.data.columns[name].values)


def matrix(session: Session, name: str) -> np.ndarray:
    return np.array(session.context.estimates.stored().matrices[name].values)


def failure(session: Session, text: str) -> tuple[str, int]:
    error = next(o.error for o in session.run(text) if o.error)
    return error.message, error.rc


def coefficients(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slope and constant of a regression."""
    return np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), y, rcond=None)[0]


# ---- jackknife -------------------------------------------------------------------------------------------------


def test_jackknife_of_a_mean_is_the_usual_standard_error(session: Session) -> None:
    run(session, "jackknife m=r(mean), nodots: summarize y")
    y = values(session, "y")
    assert matrix(session, "b")[0, 0] == pytest.approx(y.mean(), rel=1e-13)
    assert matrix(session, "V")[0, 0] == pytest.approx(y.var(ddof=1) / N, rel=1e-9)
    assert session.context.lookup("e", "df_r") == N - 1


def test_jackknife_of_a_regression(session: Session) -> None:
    run(session, "jackknife, nodots: regress y x")
    x, y = values(session, "x"), values(session, "y")
    kept = np.array([coefficients(np.delete(x, k), np.delete(y, k)) for k in range(N)])
    expected = (N - 1) / N * (N - 1) * np.cov(kept.T)
    assert matrix(session, "V") == pytest.approx(expected, rel=1e-8)


def test_jackknife_of_clusters(session: Session) -> None:
    run(session, "jackknife, cluster(g) nodots: regress y x")
    x, y, g = values(session, "x"), values(session, "y"), values(session, "g")
    kept = np.array([coefficients(x[g != k], y[g != k]) for k in range(1, 11)])
    assert matrix(session, "V") == pytest.approx(0.9 * 9 * np.cov(kept.T), rel=1e-8)
    assert session.context.lookup("e", "N_clust") == 10
    assert session.context.lookup("e", "N") == N


# ---- bootstrap -------------------------------------------------------------------------------------------------


def test_bootstrap_is_the_spread_of_its_samples(session: Session) -> None:
    run(session, "bootstrap, reps(25) seed(7) nodots: regress y x")
    stream = np.random.default_rng(7)
    x, y = values(session, "x"), values(session, "y")
    drawn = [stream.integers(0, N, N) for _ in range(25)]
    kept = np.array([coefficients(x[rows], y[rows]) for rows in drawn])
    assert matrix(session, "V") == pytest.approx(np.cov(kept.T), rel=1e-8)
    assert matrix(session, "bias")[0] == pytest.approx(kept.mean(axis=0) - coefficients(x, y), rel=1e-6, abs=1e-12)


def test_bootstrap_of_a_mean_is_near_the_usual_standard_error(session: Session) -> None:
    run(session, "bootstrap m=r(mean), reps(400) seed(3) nodots nowarn: summarize y")
    usual = values(session, "y").std(ddof=1) / np.sqrt(N)
    assert np.sqrt(matrix(session, "V")[0, 0]) == pytest.approx(usual, rel=0.12)


def test_seed_makes_results_the_same(session: Session) -> None:
    found = []
    for seed in ("seed(5)", "seed(5)", "seed(6)", ""):
        run(session, f"bootstrap, reps(5) {seed} nodots: regress y x")
        found.append(matrix(session, "V")[0, 0])
    assert found[0] == found[1] and len(set(found)) == 3
    run(session, "set seed 5\nbootstrap, reps(5) nodots: regress y x")
    assert matrix(session, "V")[0, 0] == found[0]


def test_strata_keep_their_sizes(session: Session) -> None:
    run(session, "bootstrap m=r(mean), reps(10) strata(s) seed(1) nodots nowarn: summarize s")
    assert matrix(session, "V")[0, 0] == pytest.approx(0, abs=1e-20)
    run(session, "bootstrap m=r(mean), reps(10) seed(1) nodots nowarn: summarize s")
    assert matrix(session, "V")[0, 0] > 0


def test_clusters_are_drawn_whole_and_told_apart(session: Session) -> None:
    run(session, "bootstrap n=r(N), reps(10) cluster(g) seed(1) nodots nowarn: count if g == 1")
    b = matrix(session, "b_bs")[0, 0]
    assert (b * 10 / 6) == pytest.approx(round(b * 10 / 6))      # clusters have six rows
    # Ten clusters are drawn each time; told apart they are ten panels, whichever they were.
    run(session, "generate new = g\nbootstrap n=r(max), reps(10) cluster(g) idcluster(new) nodots nowarn: summarize new")
    assert matrix(session, "V")[0, 0] == 0 and matrix(session, "b")[0, 0] == 10
    assert (values(session, "new") == values(session, "g")).all()


def test_data_and_sample_stay(session: Session) -> None:
    before = session.context.data.columns
    run(session, "bootstrap, reps(5) nodots: regress y x if s")
    assert session.context.data.columns is before or session.context.data.columns == before
    assert session.context.sample().sum() == N / 2
    assert session.context.lookup("e", "N") == N / 2


def test_rows_by_place_are_those_of_the_data(session: Session) -> None:
    run(session, "jackknife m=r(mean), nodots nowarn: summarize y in 1/10")
    y = values(session, "y")[:10]
    assert matrix(session, "V")[0, 0] == pytest.approx(y.var(ddof=1) / 10, rel=1e-9)


def test_test_and_lincom_use_the_new_variance(session: Session) -> None:
    run(session, "bootstrap, reps(20) seed(2) nodots: regress y x\ntest x")
    expected = matrix(session, "b")[0, 0] ** 2 / matrix(session, "V")[0, 0]
    assert session.context.lookup("r", "chi2") == pytest.approx(expected, rel=1e-9)


# ---- print -----------------------------------------------------------------------------------------------------


def test_print_of_15(session: Session) -> None:
    run(session, "version 15")
    lines = printed(session, "bootstrap m=r(mean), reps(60) seed(1) nowarn: summarize y").split("\n")
    assert lines[:7] == [
        "(running summarize on estimation sample)",
        "",
        "Bootstrap replications (60)",
        "----+--- 1 ---+--- 2 ---+--- 3 ---+--- 4 ---+--- 5 ",
        "..................................................    50",
        "..........",
        "",
    ]
    assert lines[7] == "Bootstrap results                               Number of obs     =         60"
    assert lines[8].strip() == "Replications      =         60"
    assert lines[10:12] == ["      command:  summarize y", "            m:  r(mean)"]
    assert lines[14] == "             |   Observed   Bootstrap                         Normal-based"
    assert lines[15] == "             |      Coef.   Std. Err.      z    P>|z|     [95% Conf. Interval]"


def test_print_of_18(session: Session) -> None:
    run(session, "version 18")
    lines = printed(session, "bootstrap, reps(20) cluster(g) seed(1): regress y x").split("\n")
    assert lines[2] == "Bootstrap replications (20): .........10.........20 done"
    assert lines[4].startswith("Linear regression ") and lines[4].endswith("Number of obs =     60")
    assert "(Replications based on 10 clusters in g)".rjust(78) in lines
    assert "             |   Observed   Bootstrap                         Normal-based" in lines
    assert "           y | coefficient  std. err.      z    P>|z|     [95% conf. interval]" in lines


def test_base_levels_are_not_shown(session: Session) -> None:
    text = printed(session, "bootstrap, reps(5) seed(1) nodots: regress y i.s##c.x")
    assert "omitted" not in text and "1.s |" in text


def test_failed_replications_are_marked(session: Session) -> None:
    lines = ("program few, rclass", "quietly count if g == 1", "if r(N) < 6 {", "error 2001", "}",
             "return scalar n = r(N)", "end")  # fmt: skip
    run(session, "\n".join(("version 15", *lines)))
    text = printed(session, "bootstrap n=r(n), reps(30) seed(4) nowarn: few")
    marks = text.split("\n")[4]
    failed = marks.count("x")
    assert 0 < failed < 30 and marks.count(".") == 30 - failed
    assert f"Note: One or more parameters could not be estimated in {failed} bootstrap replicate" in text
    assert session.context.lookup("e", "N_reps") == 30 - failed


# ---- mistakes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "rc"),
    [
        ("bootstrap, reps(5)", 198),
        ("bootstrap, reps(1): regress y x", 198),
        ("bootstrap, reps(5): summarize y", 198),
        ("bootstrap, reps(5): regress y nothing", 111),
        ("bootstrap r(mean), nonsense: summarize y", 198),
        ("bootstrap, reps(5) cluster(nothing): regress y x", 111),
        ("bootstrap, reps(5) idcluster(y): regress y x", 198),
        ("bootstrap, reps(5) size(99): regress y x", 198),
        ("bootstrap r(nothing), reps(5): summarize y", 322),
        ("jackknife: summarize y", 198),
        ("jackknife: regress y x if x > 99", 2000),
    ],
)
def test_mistakes_leave_everything_as_it_was(session: Session, command: str, rc: int) -> None:
    run(session, "regress y x")
    data, estimates = session.context.data, session.context.estimates
    assert failure(session, command)[1] == rc
    assert session.context.estimates is estimates
    assert session.context.data.columns is data.columns
