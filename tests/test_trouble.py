"""Data that logit, probit, poisson, ologit, xtreg and regress cannot work with as they are, and what Stata says of them.

The texts are those of Stata's manuals ([R] logit, [R] poisson, [XT] xtreg, [P] error) and of the logs beside the project.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from sessions import failed, last, run, shown

from mixedcli.session import Session

# y: outcome.  hi: x > 3, where y is always one.  z: y itself.  g: panels.  w: weights of every bad kind.
DATA = """input y x z g w f
0 1 0 1 1 1
0 2 0 1 0 1
0 3 0 1 1 2
1 4 1 2 2 2
1 5 1 2 -1 2
1 2 1 2 1 3
0 3 0 3 1 3
1 6 1 3 1 3
0 1 0 4 1.5 4
1 3 1 4 1 4
end
generate one = 1
generate zero = 0
generate x2 = 2 * x
generate hi = x > 3
generate neg = y - 1
generate half = y + .5
generate id = _n
generate row = cond(_n == 6, 5, _n)
generate later = _n > 4 & _n != 6
"""


def session(text: str = "", version: int = 14) -> Session:
    out = Session()
    run(out, f"version {version}\n{DATA}{text}")
    return out


def says(line: str, version: int = 14, text: str = "") -> str:
    """What ``line`` prints; no warning of Python's may get out."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return shown(session(text, version), line)


def number_of_observations(line: str, text: str = "") -> float:
    ready = session(text)
    assert last(ready, line).error is None
    return ready.context.estimates.stored().scalars["N"]


# ---- separation ------------------------------------------------------------------------------------------------------

BINARY = ["logit", "probit", "cloglog", "logistic"]


@pytest.mark.parametrize("command", BINARY)
def test_covariate_that_predicts_success(command: str) -> None:
    """Rows 4, 5 and 8 have x > 3 and a success: they go, and so does the covariate."""
    old = "\nnote: hi != 0 predicts success perfectly\n      hi dropped and 3 obs not used\n"
    new = "\nnote: hi != 0 predicts success perfectly;\n      hi omitted and 3 obs not used.\n"
    for version, note in ((14, old), (17, new)):
        text = says(f"{command} y x hi", version)
        assert text.startswith(note)
        assert next(line for line in text.split("\n") if " hi |" in line).endswith("(omitted)")
    assert number_of_observations(f"{command} y x hi") == 7


def test_covariate_that_predicts_failure() -> None:
    text = says("logit y x low", text="generate low = x == 1")
    assert text.startswith("\nnote: low != 0 predicts failure perfectly\n      low dropped and 2 obs not used\n")


@pytest.mark.parametrize("command", BINARY[:2])
@pytest.mark.parametrize(("line", "rule"), [("y z", "z > 0"), ("hi x", "x > 3")])
def test_covariate_that_predicts_all(command: str, line: str, rule: str) -> None:
    message = f"outcome = {rule} predicts data perfectly"
    assert failed(session(), f"{command} {line}") == (message, 2000)


@pytest.mark.parametrize("command", BINARY[:2])
def test_covariate_that_predicts_all_but_a_tie(command: str) -> None:
    """[R] logit: the outcome follows the covariate except where it has one value, which both outcomes have."""
    text = says(f"{command} later row")
    assert text.startswith("\nnote: outcome = row > 5 predicts data perfectly except for\n      row == 5 subsample:\n"
                           "      row dropped and 8 obs not used\n")


def test_base_level_that_predicts_failure() -> None:
    """Factor notation treats the base level like an indicator of its own (StataCorp on Statalist, 6 February 2012: ib1.f
    gives what indicators of all levels give): its rows go, and another level becomes collinear with the constant."""
    notes = (
        "\nnote: 1b.f != 0 predicts failure perfectly\n      1b.f dropped and 2 obs not used\n"
        "\nnote: 4.f omitted because of collinearity\n"
    )
    text = says("logit y i.f")
    assert text.startswith(notes)
    assert number_of_observations("logit y i.f") == 8
    dummies = "generate f1 = f == 1\ngenerate f2 = f == 2\ngenerate f3 = f == 3\ngenerate f4 = f == 4"
    by_hand = says("logit y f1 f2 f3 f4", text=dummies)
    ll = "Log likelihood = "
    assert text[text.index(ll):].split()[3] == by_hand[by_hand.index(ll):].split()[3]


def test_asis_keeps_them() -> None:
    assert number_of_observations("logit y x hi, asis") == 10
    text = says("logit y hi, asis")
    assert "0 failures and 3 successes completely determined." in text


@pytest.mark.parametrize("command", ["ologit", "oprobit"])
def test_ordered_outcomes_that_are_separated(command: str) -> None:
    """The likelihood goes to one and the coefficients to infinity: the search must end, and soon."""
    ready = session("generate y3 = min(int(x / 2), 2)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = last(ready, f"{command} y3 x")
    assert outcome.error is None
    stored = ready.context.estimates.stored()
    assert stored.scalars["ll"] == pytest.approx(0.0, abs=1e-6)
    assert stored.scalars["converged"] == 1
    assert stored.scalars["N_cd"] == 10


# ---- outcomes --------------------------------------------------------------------------------------------------------

ALIKE = ("outcome does not vary; remember:\n                                  0 = negative outcome,\n"
         "        all other nonmissing values = positive outcome")


@pytest.mark.parametrize("line", ["{} one x", "{} zero x", "{} x z", "{} y x if y == 1", "{} y x in 1"])
@pytest.mark.parametrize("command", BINARY[:2])
def test_binary_outcome_that_does_not_vary(command: str, line: str) -> None:
    assert failed(session(), line.format(command)) == (ALIKE, 2000)


@pytest.mark.parametrize("command", ["poisson", "nbreg"])
def test_counts(command: str) -> None:
    assert failed(session(), f"{command} neg x") == ("neg must be greater than or equal to zero", 459)
    assert failed(session(), f"{command} y x, exposure(z)") == ("exposure() must be greater than zero", 459)


def test_fractions_are_not_counts() -> None:
    assert says("poisson half x").startswith("note: you are responsible for interpretation of noncount dep. variable\n")


@pytest.mark.parametrize("command", [*BINARY[:3], "poisson", "nbreg", "ologit", "oprobit", "regress", "tobit"])
def test_no_rows(command: str) -> None:
    option = ", ll(0)" if command == "tobit" else ""
    assert failed(session(), f"{command} y x if x > 100{option}") == ("no observations", 2000)


# ---- weights ---------------------------------------------------------------------------------------------------------

WEIGHTED = ["logit", "probit", "poisson", "ologit", "regress"]


@pytest.mark.parametrize("command", WEIGHTED)
def test_bad_weights(command: str) -> None:
    assert failed(session(), f"{command} y x [fweight=w]") == ("negative weights encountered", 402)
    assert failed(session(), f"{command} y x [pweight=w]") == ("negative weights encountered", 402)
    message = "may not use noninteger frequency weights"
    assert failed(session(), f"{command} y x if w >= 0 [fweight=w]") == (message, 401)


@pytest.mark.parametrize("command", WEIGHTED)
def test_rows_of_no_weight_are_left_out(command: str) -> None:
    """Of the nine rows without the negative weight one weighs nothing, and the fraction is rounded away: 2 + 7."""
    assert number_of_observations(f"{command} y x if w >= 0 [fweight=int(w)]") == 9


def test_weights_that_a_command_does_not_take() -> None:
    assert failed(session(), "logit y x [aweight=x]") == ("aweights not allowed", 101)
    assert failed(session("xtset g"), "xtreg y x [aweight=x], re") == ("weights not allowed", 101)
    assert failed(session("xtset g"), "xtreg y x [aweight=x], fe") == ("weight must be constant within g", 199)


# ---- collinearity and empty cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["logit", "probit", "poisson", "nbreg", "ologit", "regress", "xtreg"])
def test_collinear_covariates(command: str) -> None:
    outcome = "x" if command == "nbreg" else "y"
    line = f"{command} {outcome} f twice"
    for version, note in ((14, "note: twice omitted because of collinearity"),
                          (17, "note: twice omitted because of collinearity.")):
        text = says(line, version, "generate twice = 2 * f\nquietly xtset g")
        assert text.split("\n")[0] == note
        assert next(row for row in text.split("\n") if " twice |" in row).endswith("(omitted)")


def test_covariate_that_is_constant_within_panels() -> None:
    text = says("xtreg y x twice, fe", text="generate twice = 2 * g\nquietly xtset g")
    assert text.split("\n")[0] == "note: twice omitted because of collinearity"


def test_empty_cells() -> None:
    """Nobody has f = 4 together with x > 3, and f = 1 is the base."""
    text = says("regress y i.f##i.hi")
    assert "note: 4.f#1.hi identifies no observations in the sample\n" in text
    assert any(line.split() == ["4", "1", "|", "0", "(empty)"] for line in text.split("\n"))


# ---- clusters and panels ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["logit", "probit", "poisson", "regress"])
def test_a_single_cluster(command: str) -> None:
    """One sum of scores, which is zero, says nothing of their variance: every standard error is missing."""
    text = says(f"{command} y x, vce(cluster one)")
    assert "(Std. Err. adjusted for 1 clusters in one)" in text
    row = next(line for line in text.split("\n") if " x |" in line)
    assert row.partition("|")[2].split()[1:] == ["."] * 5


def test_panels_that_clusters_cut() -> None:
    line = "xtreg y x, fe vce(cluster id)"
    assert failed(session("xtset g"), line) == ("panels are not nested within clusters", 498)


def test_panels_of_one_row() -> None:
    ready = session("xtset id")
    assert failed(ready, "xtreg y x, fe") == ("insufficient observations", 2001)
    result = last(ready, "xtreg y x, be")
    assert result.error is None
    between = ready.context.estimates.stored().matrices["b"].values[0]
    run(ready, "quietly regress y x")
    assert between == pytest.approx(ready.context.estimates.stored().matrices["b"].values[0], rel=1e-9)


def test_maximum_likelihood_with_panels_of_one_row() -> None:
    """sigma_u and sigma_e have no standard errors; the coefficients are those of regression, with n for n - 2."""
    ready = session("xtset id")
    result = last(ready, "xtreg y x, mle")
    assert result.error is None
    stored = ready.context.estimates.stored()
    b, V = stored.matrices["b"].values[0], stored.matrices["V"].values
    run(ready, "quietly regress y x")
    least = ready.context.estimates.stored().matrices
    assert b[:2] == pytest.approx(least["b"].values[0], rel=1e-6)
    assert np.sqrt(np.diag(V)[:2]) == pytest.approx(np.sqrt(np.diag(least["V"].values) * 8 / 10), rel=1e-5)
    assert not (np.diag(V)[2:] > 0).any()


def test_no_panels() -> None:
    assert failed(session(), "xtreg y x") == ("must specify panelvar; use xtset", 459)


def test_outcome_that_is_constant() -> None:
    """A perfect fit: the coefficient is zero and nothing has a standard error."""
    ready = session("xtset g")
    for line in ("regress one x", "xtreg one x", "xtreg one x, fe"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert last(ready, line).error is None
        stored = ready.context.estimates.stored()
        b = dict(zip([name.name for name in stored.matrices["b"].columns], stored.matrices["b"].values[0], strict=True))
        assert (b["x"], b["_cons"]) == (0.0, 1.0)
        assert not math.isfinite(stored.scalars.get("F", math.nan))
