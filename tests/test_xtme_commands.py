"""xtmelogit and its relatives: what their options do, their errors, what they leave behind."""

from __future__ import annotations

import numpy as np
import pytest
from sessions import fails, last, run, shown

from mixedcli.report.text import to_text
from mixedcli.results.xtme import XtmeResult
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

MODEL = "xtmelogit c_use urban age || district:"
COUNTS = "xtmepoisson deaths uv, exposure(expected) || nation: || region:"


@pytest.fixture
def session() -> Session:
    made = Session()
    run(made, "sysuse bangladesh")
    return made


def fit(session: Session, command: str) -> XtmeResult:
    outcome = last(session, command)
    assert outcome.error is None, outcome.error
    assert isinstance(outcome.result, XtmeResult)
    return outcome.result


def values(result: XtmeResult) -> np.ndarray:
    return np.concatenate([result.b, np.sqrt(np.diag(result.V)), [result.ll]])


# ---- what is shown -----------------------------------------------------------------------------------------------


def test_each_generation_has_its_metric(session: Session) -> None:
    assert "sd(_cons)" in shown(session, MODEL)
    assert "var(_cons)" in shown(session, f"{MODEL}, variance")
    newer = MODEL.replace("xtme", "meqr")
    assert "var(_cons)" in shown(session, newer)
    assert "sd(_cons)" in shown(session, f"{newer}, stddeviations")


def test_odds_ratios_are_exponentiated(session: Session) -> None:
    plain, ratios = fit(session, MODEL), fit(session, f"{MODEL}, or")
    for one, other in zip(plain.coefficients, ratios.coefficients, strict=True):
        assert other.b == pytest.approx(np.exp(one.b)) and other.se == pytest.approx(np.exp(one.b) * one.se)
        assert (other.lo, other.hi) == pytest.approx((np.exp(one.lo), np.exp(one.hi)))
    assert np.array_equal(plain.b, ratios.b)
    assert "Odds Ratio" in shown(session, "xtmelogit, or") and "Coef." in shown(session, "xtmelogit")
    run(session, "version 17")
    text = shown(session, "xtmelogit, or")
    assert "Odds ratio" in text
    assert "Note: _cons estimates baseline odds (conditional on zero random effects)." in text


def test_incidence_rate_ratios_and_the_exposure_row(session: Session) -> None:
    run(session, "sysuse melanoma, clear")
    text = shown(session, f"{COUNTS}, irr")
    assert "        IRR   Std. Err." in text
    assert "ln(expected) |          1  (exposure)" in text


def test_parts_of_the_output_can_be_left_out(session: Session) -> None:
    whole = shown(session, MODEL)
    assert "Refining starting values: " in whole and "Performing gradient-based optimization: " in whole
    assert "Refining" not in shown(session, f"{MODEL}, nolog")
    assert "Number of obs" not in shown(session, "xtmelogit, noheader")
    assert "Group variable" not in shown(session, "xtmelogit, nogroup")
    assert "Random-effects" not in shown(session, "xtmelogit, noretable")
    assert "urban |" not in shown(session, "xtmelogit, nofetable")
    assert "LR test" not in shown(session, "xtmelogit, nolrtest")
    metric = shown(session, "xtmelogit, estmetric")
    assert "eq1          |" in metric and "lns1_1_1     |" in metric
    assert "[90% Conf. Interval]" in shown(session, "xtmelogit, level(90)")


def test_several_levels_have_their_points_in_the_table_of_groups(session: Session) -> None:
    run(session, "sysuse melanoma, clear")
    lines = shown(session, f"{COUNTS}, intpoints(5 3)").split("\n")
    table = lines[next(k for k, each in enumerate(lines) if "No. of" in each) - 1 :][:7]
    assert table == [
        "-" * 74,
        "                |   No. of       Observations per Group       Integration",
        " Group Variable |   Groups    Minimum    Average    Maximum      Points",
        "----------------+---------------------------------------------------------",
        "         nation |        9          3       39.3         95           5",
        "         region |       78          1        4.5         13           3",
        "-" * 74,
    ]
    assert fit(session, f"{COUNTS}, intpoints(5 3)").points == (5, 3)


def test_laplace_is_one_point_and_says_so(session: Session) -> None:
    text = shown(session, f"{MODEL}, laplace")
    assert "Integration points =   1" in text
    assert text.rstrip().endswith("Note: log-likelihood calculations are based on the Laplacian approximation.")
    assert values(fit(session, f"{MODEL}, laplace")) == pytest.approx(values(fit(session, f"{MODEL}, intpoints(1)")))


def test_a_chi2_test_with_several_parameters(session: Session) -> None:
    text = shown(session, "xtmelogit c_use urban age || district: urban, covariance(unstructured)")
    line = next(each for each in text.split("\n") if each.startswith("LR test"))
    assert line.startswith("LR test vs. logistic regression:     chi2(3) = ") and line.endswith("Prob > chi2 = 0.0000")
    assert len(line) == 78 and line[45] == "="


def test_crossed_effects_are_fitted_by_laplace() -> None:
    session = Session()
    run(session, "sysuse fife\ngenerate byte high = attain > 6")
    result = fit(session, "xtmelogit high sex || _all: R.sid || pid:")
    assert result.laplace and [p.columns for p in result.parameters] == [("R.sid",), ("_cons",)]
    # lme4 1.1-31: glmer(high ~ sex + (1 | sid) + (1 | pid), family = binomial), Laplace
    assert result.ll == pytest.approx(-2220.0035, abs=2e-3)
    assert [p.sd.value for p in result.parameters] == pytest.approx([0.3521, 0.6723], abs=2e-3)
    assert "sd(R.sid)" in shown(session, "xtmelogit")


def test_the_same_model_by_both_generations(session: Session) -> None:
    older = fit(session, f"{MODEL}, intpoints(15)")
    newer = last(session, "melogit c_use urban age || district:, intpoints(15)").result
    assert older.ll == pytest.approx(newer.ll, abs=1e-7)
    assert older.b[:3] == pytest.approx(newer.b[:3], rel=1e-6)
    assert older.parameters[0].var.value == pytest.approx(newer.b[3], rel=1e-6)
    assert older.parameters[0].var.se == pytest.approx(np.sqrt(newer.V[3, 3]), rel=1e-5)


# ---- what is left behind -----------------------------------------------------------------------------------------


def test_e_has_statas_names(session: Session) -> None:
    run(session, "quietly " + MODEL)
    stored = session.context.estimates.stored()
    assert [str(name) for name in stored.matrices["b"].columns] == ["eq1:urban", "eq1:age", "eq1:_cons", "lns1_1_1:_cons"]
    assert stored.macros | {"cmd": "xtmelogit", "model": "logistic", "ivars": "district", "n_quad": "7"} == stored.macros
    assert stored.scalars["k_rs"] == 1 and stored.scalars["N"] == 1934 and stored.scalars["converged"] == 1
    assert stored.matrices["N_g"].values[0, 0] == 60 and stored.scalars["chi2_c"] > 30
    assert shown(session, "display exp([lns1_1_1]_cons)") != ""


def test_commands_after_it(session: Session) -> None:
    run(session, f"quietly {MODEL}\nestimates store small\nquietly xtmelogit c_use urban age child1 || district:")
    run(session, "estimates store large")
    test = last(session, "lrtest small large").result
    assert test.df == 1 and test.chi2 > 0
    assert " ( 1)  [eq1]urban = 0" in shown(session, "test urban")
    assert last(session, "lincom urban - age").result.row.b == pytest.approx(0.6481236 - 0.0125168, abs=1e-6)
    text = shown(session, "esttab small large")
    assert "sd(_cons)" in text and "district" in text


# ---- trouble -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "rc", "message"),
    [
        ("xtmelogit c_use urban [fweight=age] || district:", 101, "weights not allowed"),
        ("xtmelogit || district:", 102, "too few variables specified"),
        ("xtmelogit c_use nothing || district:", 111, "variable nothing not found"),
        (f"{MODEL}, intpoints(0)", 198, "option intpoints() incorrectly specified"),
        (f"{MODEL}, intpoints(7 5)", 198, "option intpoints() incorrectly specified"),
        (f"{MODEL}, intpoints(2.5)", 198, "option intpoints() incorrectly specified"),
        (f"{MODEL}, laplace intpoints(3)", 198, "options laplace and intpoints() may not be combined"),
        (f"{MODEL}, variance stddeviations", 198, "options variance and stddeviations may not be combined"),
        (f"{MODEL}, irr", 198, "option irr not allowed"),
        (f"{MODEL}, intmethod(laplace)", 198, "option intmethod() not allowed"),
        (f"{MODEL}, vce(robust)", 198, "option vce() not allowed"),
        ("xtmelogit c_use urban || district:, binomial(child1)", 459, "c_use must be less than or equal to child1"),
        ("xtmepoisson age urban || district:", 459, "age must be greater than or equal to zero"),
        ("xtmepoisson c_use urban, exposure(child1) || district:", 459, "exposure() must be greater than zero"),
        ("xtmelogit c_use urban if district > 99 || district:", 2000, "no observations"),
        ("meqrlogit", 301, "last estimates not found"),
    ],
)
def test_errors(session: Session, command: str, rc: int, message: str) -> None:
    run(session, f"quietly {MODEL}")
    kept = session.context.estimates
    assert fails(session, command) == (rc, message)
    assert session.context.estimates is kept


def test_a_stopped_search_shows_its_table_and_fails(session: Session) -> None:
    first, stop = run(session, f"{MODEL}, iterate(1)")
    assert stop.error is not None and (stop.error.rc, stop.error.message) == (430, "convergence not achieved")
    assert isinstance(first.result, XtmeResult) and not first.result.convergence.converged
    text = to_text(first.document) if first.document is not None else ""
    assert "convergence not achieved" in text and "sd(_cons)" in text
    assert session.context.estimates.stored().scalars["converged"] == 0


def test_a_perfect_predictor_is_dropped(session: Session) -> None:
    run(session, "generate byte perfect = c_use == 1 & urban == 1 & age > 10")
    text = shown(session, "xtmelogit c_use urban perfect || district:")
    assert "perfect != 0 predicts success perfectly" in text


# ---- properties --------------------------------------------------------------------------------------------------


def test_neither_row_order_nor_the_names_of_groups_matter(session: Session) -> None:
    first = values(fit(session, MODEL))
    run(session, "set seed 1\ngenerate double u = runiform()\nsort u\ngenerate group = 1000 - 7*district")
    assert values(fit(session, MODEL)) == pytest.approx(first, rel=1e-7, abs=1e-8)
    assert values(fit(session, MODEL.replace("|| district", "|| group"))) == pytest.approx(first, rel=1e-7, abs=1e-8)


def test_an_offset_shifts_the_constant_and_nothing_else(session: Session) -> None:
    first = fit(session, MODEL)
    run(session, "generate two = 2")
    moved = fit(session, "xtmelogit c_use urban age, offset(two) || district:")
    assert moved.b - first.b == pytest.approx([0, 0, -2, 0], abs=1e-6)
    assert moved.ll == pytest.approx(first.ll, abs=1e-8)


def test_scaling_a_covariate_scales_its_coefficient(session: Session) -> None:
    first = fit(session, MODEL)
    run(session, "generate double months = 12*age")
    scaled = fit(session, MODEL.replace("age", "months"))
    assert scaled.b[1] == pytest.approx(first.b[1] / 12, rel=1e-6)
    assert scaled.ll == pytest.approx(first.ll, abs=1e-8)
