"""estat gof: real outputs where the data are here, the definitions of the statistics elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sessions import fails, run, shown

from mixedcli.data.columns import new_numeric, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.report.document import Style
from mixedcli.report.gof import count_document
from mixedcli.report.text import to_text
from mixedcli.results.gof import CountGof
from mixedcli.session import Session


def session_with(**columns: np.ndarray) -> Session:
    session = Session()
    made = {name: new_numeric(name, np.asarray(values, dtype=float), "double") for name, values in columns.items()}
    session.context.data = Dataset(made, len(next(iter(columns.values()))))
    run(session, "version 17")
    return session


@pytest.fixture
def binary() -> Session:
    rng = np.random.default_rng(5)
    x, g = rng.normal(size=120), rng.integers(0, 3, 120)
    y = rng.uniform(size=120) < 1 / (1 + np.exp(-0.7 * x + 0.4 * g))
    return session_with(y=y, x=x, g=g, k=rng.integers(1, 4, 120))


def r(session: Session) -> dict[str, float]:
    return dict(session.context.state.returned.scalars)


def fitted(session: Session) -> np.ndarray:
    run(session, "predict double p_, pr")
    return numeric(session.context.data.columns["p_"])


def values(session: Session, name: str) -> np.ndarray:
    return numeric(session.context.data.columns[name])


def test_prints_as_stata(shared) -> None:
    session = Session()
    run(session, f'version 18\nuse "{shared / "data" / "auto.dta"}"\nquietly logit foreign gear_ratio headroom')
    real = (shared / "reference" / "outputs" / "627.txt").read_text(encoding="utf-8").split("#---\n", 1)[1]
    assert shown(session, "estat gof") == real.rstrip("\n")


COUNTS = [
    (142, CountGof(69, 3731.851, 0.0, 3375.349, 0.0)),
    (146, CountGof(52, 108.8965, 0.0000064, 104.9353, 0.0000195)),
    (148, CountGof(59, 70.6653, 0.1421, 71.53348, 0.1269)),
    (150, CountGof(18, 4190.709, 0.0, 15387.58, 0.0)),
    (152, CountGof(12, 6.182966, 0.9066, 6.178637, 0.9068)),
]


@pytest.mark.parametrize(("number", "result"), COUNTS)
def test_counts_are_laid_out_as_stata_does(shared, number: int, result: CountGof) -> None:
    real = (shared / "reference" / "outputs" / f"{number}.txt").read_text(encoding="utf-8").split("#---\n", 1)[1]
    assert to_text(count_document(result, Style(version=17))) == real.rstrip("\n")
    assert stats.chi2.sf(result.deviance, result.df) == pytest.approx(result.p_deviance, abs=5e-5)


def test_pearson_over_patterns(binary: Session) -> None:
    run(binary, "quietly logit y i.g")
    run(binary, "estat gof")
    y, g, p = values(binary, "y"), values(binary, "g"), fitted(binary)
    # a saturated model: no degrees of freedom, no p-value, no distance
    assert r(binary)["m"] == 3 and r(binary)["df"] == 0 and r(binary)["chi2"] == pytest.approx(0, abs=1e-20)
    run(binary, "drop p_\nquietly logit y g\nestat gof")
    p = fitted(binary)
    chi2 = sum(((y[g == k].sum() - p[g == k].sum()) ** 2) / (p[g == k] * (1 - p[g == k])).sum() for k in range(3))
    assert r(binary)["chi2"] == pytest.approx(chi2, rel=1e-9)
    assert r(binary)["df"] == 1 and r(binary)["p"] == pytest.approx(stats.chi2.sf(chi2, 1), rel=1e-9)


@pytest.mark.parametrize("command", ["logit", "probit"])
def test_hosmer_and_lemeshow(binary: Session, command: str) -> None:
    run(binary, f"quietly {command} y x\nestat gof, group(10)")
    y, p = values(binary, "y"), fitted(binary)
    order = np.argsort(p)
    chi2 = 0.0
    for part in np.split(order, 10):          # 120 observations without ties: twelve in each group
        n, expected = len(part), p[part].sum()
        chi2 += (y[part].sum() - expected) ** 2 / (expected * (1 - expected / n))
    assert r(binary) == pytest.approx({"N": 120, "m": 10, "df": 8, "chi2": chi2, "p": stats.chi2.sf(chi2, 8)}, rel=1e-6)


def test_frequencies_are_repetitions(binary: Session) -> None:
    run(binary, "quietly logit y g [fw=k]\nestat gof, group(3)")
    weighted = r(binary)
    run(binary, "estat gof")
    pearson = r(binary)
    run(binary, "quietly expand k\nquietly logit y g\nestat gof")
    assert r(binary) == pytest.approx(pearson, rel=1e-6)
    run(binary, "estat gof, group(3)")
    assert r(binary) == pytest.approx(weighted, rel=1e-6)


def test_other_samples(binary: Session) -> None:
    run(binary, "quietly logit y g if x > 0\nestat gof")
    inside = r(binary)["N"]
    assert inside == (values(binary, "x") > 0).sum()
    run(binary, "estat gof, all outsample")
    assert r(binary)["N"] == 120 and r(binary)["df"] == r(binary)["m"] == 3
    run(binary, "estat gof if g < 2, outsample")
    assert r(binary)["N"] == ((values(binary, "x") > 0) & (values(binary, "g") < 2)).sum() and r(binary)["df"] == 2


def test_table_of_groups() -> None:
    """The form of the book's table of deciles (Hosmer, Lemeshow and Sturdivant); counts that can be done by hand."""
    session = session_with(y=np.array([0, 0, 1, 0, 1, 1, 1, 0]), x=np.repeat([0, 1], 4))
    assert shown(session, "quietly logit y x\nestat gof, table all outsample") == """
Goodness-of-fit test after logistic model
Variable: y

  +--------------------------------------------------------+
  | Group |   Prob | Obs_1 | Exp_1 | Obs_0 | Exp_0 | Total |
  |-------+--------+-------+-------+-------+-------+-------|
  |     1 | 0.2500 |     1 |   1.0 |     3 |   3.0 |     4 |
  |     2 | 0.7500 |     3 |   3.0 |     1 |   1.0 |     4 |
  +--------------------------------------------------------+

  +--------------------+
  | Group |   Prob | x |
  |-------+--------+---|
  |     1 | 0.2500 | 0 |
  |     2 | 0.7500 | 1 |
  +--------------------+

      Number of observations =      8
Number of covariate patterns =      2
             Pearson chi2(2) =   0.00
                 Prob > chi2 = 1.0000"""


def test_form_up_to_version_16() -> None:
    """As in the manuals of versions 11 to 16: counts end in one column, statistics three further right."""
    session = session_with(y=np.array([0, 0, 1, 0, 1, 1, 1, 0]), x=np.repeat([0, 1], 4))
    run(session, "version 13\nquietly logit y x")
    assert shown(session, "estat gof, outsample") == """
Logistic model for y, goodness-of-fit test

       number of observations =         8
 number of covariate patterns =         2
              Pearson chi2(2) =         0.00
                  Prob > chi2 =         1.0000"""
    assert "\n  (Table collapsed on quantiles of estimated probabilities)\n" \
        "  (There are only 2 distinct quantiles because of ties)\n" in shown(session, "estat gof, group(5) outsample")


def test_counts_by_definition() -> None:
    rng = np.random.default_rng(2)
    x, t, k = rng.normal(size=80), rng.uniform(1, 3, 80), rng.integers(1, 4, 80)
    session = session_with(y=rng.poisson(t * np.exp(0.3 * x)), x=x, t=t, k=k)
    run(session, "quietly poisson y x [fw=k], exposure(t)\nestat gof")
    found = r(session)
    run(session, "predict double m, n")
    y, mu = values(session, "y"), values(session, "m")
    deviance = 2 * (k * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0) - (y - mu))).sum()
    pearson = (k * (y - mu) ** 2 / mu).sum()
    df = k.sum() - 2
    assert found == pytest.approx({"df": df, "chi2_d": deviance, "p_d": stats.chi2.sf(deviance, df), "chi2_p": pearson,
                                   "p_p": stats.chi2.sf(pearson, df)}, rel=1e-8)


def test_what_is_refused(binary: Session) -> None:
    run(binary, "quietly regress y x")
    assert fails(binary, "estat gof") == (321, "invalid subcommand gof")
    run(binary, "quietly logit y g x")
    assert fails(binary, "estat gof, group(1)")[0] == 198
    assert fails(binary, "estat gof, group(3) nonsense")[0] == 198
    run(binary, "quietly logit y i.g##c.x")
    assert fails(binary, "estat gof if x > 2.2") == (322, "not enough degrees of freedom to perform the test")
    assert fails(binary, "estat gof if x > 99")[0] == 2000
    assert fails(Session(), "estat gof")[0] == 301
