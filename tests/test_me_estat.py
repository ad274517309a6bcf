"""estat, test, lincom, nlcom, lrtest and tables after the generalized mixed models."""

from __future__ import annotations

import math
import pathlib

import numpy as np
import pytest
from sessions import fails, last, run, shown

from mixedcli.results.quadrature import QuadratureResult
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

MODEL = "c_use urban age || district:"
SLOPES = "c_use urban age || district: urban, covariance(unstructured)"


@pytest.fixture
def session() -> Session:
    made = Session()
    run(made, "version 17\nsysuse bangladesh")
    return made


def matrix(session: Session, name: str) -> np.ndarray:
    return session.context.estimates.stored().matrices[name].values


# ---- intraclass correlations -------------------------------------------------------------------------------------


def test_icc_of_the_hospital_data(shared: pathlib.Path) -> None:
    """models.json, entry hosp; xtlogit prints .3200274 (.0687907) for it, its interval is on the logit scale."""
    session = Session()
    run(session, f"infile hosp loginc distance dropout college mother using {shared}/data/hospital.dat, clear")
    run(session, "quietly melogit hosp loginc distance dropout college || mother:, intpoints(12)")
    found = last(session, "estat icc").result.levels[0].icc
    assert (found.value, found.se) == pytest.approx((0.3200321, 0.0687928), rel=2e-5)
    assert (found.lo, found.hi) == pytest.approx((0.2020988, 0.4665343), rel=5e-5)


@pytest.mark.parametrize(
    ("command", "residual"),
    [("melogit", math.pi**2 / 3), ("meprobit", 1.0), ("mecloglog", math.pi**2 / 6), ("xtmelogit", math.pi**2 / 3)],
)
def test_icc_by_the_delta_method(session: Session, command: str, residual: float) -> None:
    run(session, f"quietly {command} {MODEL}")
    v, se = matrix(session, "b")[0, -1], math.sqrt(matrix(session, "V")[-1, -1])
    if command == "xtmelogit":                  # e(b) has ln sd
        v, se = math.exp(2 * v), 2 * math.exp(2 * v) * se
    result = last(session, "estat icc").result
    found = result.levels[0].icc
    assert result.kind == "Residual" and result.levels[0].label == "district"
    assert found.value == pytest.approx(v / (v + residual))
    assert found.se == pytest.approx(residual * se / (v + residual) ** 2, rel=1e-6)
    half = 1.959963984540054 * found.se / (found.value * (1 - found.value))
    centre = math.log(found.value / (1 - found.value))
    assert (found.lo, found.hi) == pytest.approx(tuple(1 / (1 + math.exp(-x)) for x in (centre - half, centre + half)))


def test_icc_with_slopes_levels_and_residuals(session: Session) -> None:
    run(session, f"quietly melogit {SLOPES}")
    assert last(session, "estat icc").result.kind == "Conditional"
    run(session, "sysuse egm, clear\ngenerate byte high = math > 0\nquietly melogit high || schoolid: || childid:")
    levels = last(session, "estat icc").result.levels
    assert [each.label for each in levels] == ["schoolid", "childid|schoolid"]
    top, low = matrix(session, "b")[0, -2:]
    assert levels[1].icc.value == pytest.approx((top + low) / (top + low + math.pi**2 / 3))
    run(session, "sysuse gcse, clear\nquietly metobit gcse lrt || school:, ll(-20)")
    group, residual = matrix(session, "b")[0, -2:]
    assert last(session, "estat icc").result.levels[0].icc.value == pytest.approx(group / (group + residual))


def test_counts_have_no_icc() -> None:
    session = Session()
    run(session, "sysuse epilepsy\nquietly mepoisson seizures treat || subject:")
    assert fails(session, "estat icc") == (321, "requested action not valid after most recent estimation command")


# ---- the random part ---------------------------------------------------------------------------------------------


def test_recovariance_sd_and_groups(session: Session) -> None:
    run(session, f"quietly melogit {SLOPES}")
    v, w, c = matrix(session, "b")[0, -3:]
    found = last(session, "estat recovariance").result.levels[0]
    assert found.values == pytest.approx(np.array([[v, c], [c, w]])) and found.columns == ("urban", "_cons")
    correlation = last(session, "estat recovariance, correlation").result.levels[0].values
    assert correlation[1, 0] == pytest.approx(c / math.sqrt(v * w))
    text = shown(session, "estat sd")
    assert "sd(urban)" in text and "corr(urban,_cons)" in text and "Residual" not in text
    table = last(session, "estat sd").result.stored().matrices["table"]
    assert table.values[0] == pytest.approx([math.sqrt(v), math.sqrt(w), c / math.sqrt(v * w)])
    group = last(session, "estat group").result.groups[0]
    assert (group.count, group.minimum, group.maximum) == (60, 2, 118)


def test_information_criteria_count_all_parameters(session: Session) -> None:
    run(session, f"quietly melogit {SLOPES}")
    row = last(session, "estat ic").result.rows[0]
    ll = session.context.estimates.stored().scalars["ll"]
    assert row.df == 6 and row.aic == pytest.approx(-2 * ll + 12) and row.bic == pytest.approx(-2 * ll + 6 * math.log(1934))


def test_summaries_name_the_command(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}")
    text = shown(session, "estat summarize")
    assert "Estimation sample melogit" in text and ".3924509" in text
    assert "Covariance matrix of coefficients of melogit model" in shown(session, "estat vce")


# ---- hypotheses --------------------------------------------------------------------------------------------------


def test_parameters_of_the_random_part_by_name(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}")
    v, se = matrix(session, "b")[0, -1], math.sqrt(matrix(session, "V")[-1, -1])
    text = shown(session, "test _b[/var(_cons[district])] = 0")
    assert " ( 1)  [/]var(_cons[district]) = 0" in text
    for command in ("test [/]var(_cons[district]) = 0", "test _b[/var(_cons[district])] = 0"):
        assert last(session, command).result.statistic == pytest.approx((v / se) ** 2)
    found = last(session, "nlcom sqrt(_b[/var(_cons[district])])").result
    row = found.rows[0] if hasattr(found, "rows") else found.row
    assert (row.b, row.se) == pytest.approx((math.sqrt(v), se / (2 * math.sqrt(v))), rel=1e-6)
    assert f"{v:.6f}"[1:8] in shown(session, "display %9.7f _b[/var(_cons[district])]")
    run(session, f"version 13\nquietly melogit {MODEL}")
    assert last(session, "test [var(_cons[district])]_cons = 0").result.statistic == pytest.approx((v / se) ** 2)
    assert shown(session, "display %9.7f _b[var(_cons[district]):_cons]").strip() == f"{v:.7f}"


def test_likelihood_ratio_and_linear_combinations(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}\nestimates store a\nquietly melogit {SLOPES}\nestimates store b")
    found = last(session, "lrtest a b").result
    lls = [session.context.state.saved[name].stored().scalars["ll"] for name in "ab"]
    assert found.df == 2 and found.chi2 == pytest.approx(2 * (lls[1] - lls[0]))
    b, V = matrix(session, "b")[0], matrix(session, "V")
    row = last(session, "lincom urban - 3*age").result.row
    assert row.b == pytest.approx(b[0] - 3 * b[1])
    assert row.se == pytest.approx(math.sqrt(V[0, 0] + 9 * V[1, 1] - 6 * V[0, 1]))


def test_tables_name_the_random_part(session: Session) -> None:
    run(session, f"quietly melogit {SLOPES}\nestimates store newer\nquietly meqrlogit {SLOPES}\nestimates store older")
    lines = shown(session, "esttab newer older, se").split("\n")
    assert "district".ljust(49).rstrip() in [each.rstrip() for each in lines]
    values = {each.split()[0]: each.split()[1:] for each in lines if each.startswith(("var(", "cov("))}
    v, w, c = np.round(session.context.state.saved["newer"].stored().matrices["b"].values[0, -3:], 3)
    assert values["var(urban)"] == [f"{v:.3f}"] * 2 and values["var(_cons)"] == [f"{w:.3f}"] * 2
    assert values["cov(urban,_cons)"][0] == f"{c:.3f}*"      # z = -2.4; the older table has no test


# ---- estat quadrature --------------------------------------------------------------------------------------------


def test_quadrature_check_is_what_fitting_again_gives(shared: pathlib.Path) -> None:
    session = Session()
    run(session, f"use {shared}/data/toenail.dta\ngenerate trt_month = treatment*month")
    command = "quietly melogit outcome treatment month trt_month || patient:"
    run(session, command)
    found = last(session, "estat quadrature").result
    assert isinstance(found, QuadratureResult)
    assert [fit.points for fit in (found.fitted, *found.others)] == [(7,), (14,), (21,)]
    for fit in found.others:
        run(session, f"{command}, intpoints({fit.points[0]})")
        assert fit.ll == pytest.approx(session.context.estimates.stored().scalars["ll"], abs=1e-6)
        assert fit.b == pytest.approx(matrix(session, "b")[0], rel=1e-4)


def test_quadrature_verdicts(session: Session) -> None:
    run(session, f"quietly melogit {MODEL}, intpoints(12)")
    text = shown(session, "estat quadrature")
    assert "Refitting model intpoints() = 24\nRefitting model intpoints() = 36\n" in text
    assert "the number of quadrature points is large enough." in " ".join(text.split())
    run(session, f"quietly melogit {MODEL}, intmethod(laplace)")
    text = " ".join(shown(session, "estat quadrature, points(9)").split())
    assert "Fit the model again with intpoints(9) or more, and check again." in text
    assert "district var(_cons)" in text


def test_quadrature_table(session: Session) -> None:
    run(session, f"quietly meqrlogit {MODEL}, laplace")
    lines = shown(session, "estat quadrature, points(7)").split("\n")
    at = next(k for k, each in enumerate(lines) if each.startswith("Log"))
    fitted, other = (float(text) for text in lines[at].split()[1:])
    name, difference, word = lines[at + 1].split()
    assert (name, word) == ("likelihood", "Difference")
    assert float(difference) == pytest.approx(other - fitted, abs=2e-4)
    relative = lines[at + 2].split()
    assert relative[1:] == ["Relative", "difference"]
    assert float(relative[0]) == pytest.approx(float(difference) / abs(fitted), rel=1e-4)
    run(session, "estat quadrature, points(7)")
    stored = session.context.state.returned
    assert stored.matrices["chk"].values.shape == (2, 5) and stored.scalars["max"] > 0.01


def test_quadrature_is_refused_where_it_cannot_be_done(session: Session) -> None:
    refused = (321, "requested action not valid after most recent estimation command")
    run(session, "quietly mixed age urban || district:")
    assert fails(session, "estat quadrature") == refused
    run(session, f"quietly melogit {MODEL}")
    assert fails(session, "estat quadrature, points(1)") == (198, "option points() incorrectly specified")
    run(session, "replace age = age + 1 in 7")
    assert fails(session, "estat quadrature") == (459, "data have changed since estimation")
    run(session, "sysuse fife, clear\ngenerate byte high = attain > 6\nquietly melogit high || _all: R.sid || pid:")
    assert fails(session, "estat quadrature") == (321, "too many random effects for a check: 14 points for each of 20")


# ---- stored results ----------------------------------------------------------------------------------------------


def test_stored_results_come_back(session: Session, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "fit"
    for command in ("melogit", "xtmelogit"):
        run(session, f"sysuse bangladesh, clear\nquietly {command} {SLOPES}")
        whole, replay = shown(session, command), shown(session, "estimates replay")
        assert whole.strip("\n") in replay and "Iteration" not in replay
        run(session, f"estimates store kept\nquietly {command} {MODEL}\nestimates restore kept")
        run(session, "quietly predict u1 u2, reffects")
        assert command in shown(session, "estimates dir")
        run(session, f'estimates save "{file}", replace\nclear\nestimates use "{file}"')
        assert shown(session, command) == whole
        run(session, "sysuse bangladesh, clear\npredict x, xb")
        rc, message = fails(session, "predict u v, reffects")
        assert rc == 321 and message.startswith("not possible after estimates use")
