"""Properties of xtmixed and mixed, and what they say of models that have no ordinary answer, through the session."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from mixedcli.records import replace
from mixedcli.report.text import to_text
from mixedcli.results.mixed import MixedResult
from mixedcli.session import Outcome, Session

GROWTH = "xtmixed measure age i.sex || idnr: age, covariance(unstructured)"
NOISE = "generate double e = invnormal(mod(_n * 7919, 4057) / 4058 + 1e-5)\n"       # noise that needs no seed


def run(session: Session, text: str) -> list[Outcome]:
    outcomes = list(session.run(text))
    failed = next((o for o in outcomes if o.stops), None)
    assert failed is None, (failed.source.text, failed.error)
    return outcomes


def text_of(outcome: Outcome) -> str:
    assert outcome.document is not None
    return to_text(outcome.document)


def fit(text: str, data: str = "growth", session: Session | None = None) -> MixedResult:
    """The result of the last line of ``text``."""
    result = run(session or Session(), f"sysuse {data}, clear\n{text}")[-1].result
    assert isinstance(result, MixedResult)
    return result


def coefficients(result: MixedResult) -> np.ndarray:
    """Estimates and standard errors of the fixed part, shape (k, 2)."""
    return np.array([[row.b, row.se] for row in result.coefficients if row.status == "shown"])


def deviations(result: MixedResult) -> np.ndarray:
    """Estimates and standard errors of the random part in standard deviations and correlations, shape (m, 2)."""
    return np.array([[p.sd.value, p.sd.se] for p in result.parameters])


def assert_same(one: MixedResult, other: MixedResult, rel: float = 1e-7) -> None:
    assert one.ll == pytest.approx(other.ll, rel=1e-11)
    assert one.chi2 == pytest.approx(other.chi2, rel=rel, nan_ok=True)
    assert coefficients(one) == pytest.approx(coefficients(other), rel=rel, abs=1e-12)
    assert deviations(one) == pytest.approx(deviations(other), rel=rel, nan_ok=True)


# ---- what must not matter ----------------------------------------------------------------------------------------


def test_order_of_rows() -> None:
    session = Session()
    run(session, "sysuse growth")
    session.context.data = session.context.data.take(np.random.default_rng(1).permutation(108))
    outcome = run(session, GROWTH)[-1]
    assert isinstance(outcome.result, MixedResult)
    assert_same(outcome.result, fit(GROWTH))


@pytest.mark.parametrize(
    "group",
    ["long other = 999 - 7 * idnr", "double other = idnr + .25", 'str5 other = "p"+string(idnr)', "byte other = idnr"],
    ids=["backwards with gaps", "not whole", "string", "byte"],
)
def test_names_of_groups(group: str) -> None:
    renamed = fit(f"generate {group}\n{GROWTH.replace('|| idnr:', '|| other:')}")
    assert_same(renamed, fit(GROWTH))
    assert renamed.groups[0].name == "other"


def test_float_and_double() -> None:
    """Ages and measurements are halves: a float holds them exactly."""
    doubled = GROWTH.replace("measure", "m").replace("age", "a")
    assert_same(fit(f"generate double m = measure\ngenerate double a = age\n{doubled}"), fit(GROWTH), rel=1e-9)


def test_unit_of_a_covariate() -> None:
    """In thousandths the coefficient and the sd of the slope are a thousand times smaller; nothing else changes."""
    original, scaled = fit(GROWTH), fit("generate double a = 1000 * age\n" + GROWTH.replace("age", "a"))
    assert scaled.ll == pytest.approx(original.ll, abs=1e-8)
    assert coefficients(scaled) * [[1000], [1], [1]] == pytest.approx(coefficients(original), rel=1e-7)
    assert deviations(scaled) * [[1000], [1], [1], [1]] == pytest.approx(deviations(original), rel=1e-6)


def test_unit_of_a_covariate_by_reml() -> None:
    """The restricted likelihood depends on the units of X: by ln 1000 here, downwards as x grows."""
    original = fit(GROWTH + " reml")
    scaled = fit("generate double a = 1000 * age\n" + GROWTH.replace("age", "a") + " reml")
    assert scaled.ll == pytest.approx(original.ll - math.log(1000), abs=1e-8)
    assert deviations(scaled) * [[1000], [1], [1], [1]] == pytest.approx(deviations(original), rel=1e-6)


def test_origin_of_the_outcome() -> None:
    original, shifted = fit(GROWTH), fit("generate double m = measure + 1000\n" + GROWTH.replace("measure", "m"))
    assert shifted.ll == pytest.approx(original.ll, abs=1e-8)
    assert coefficients(shifted) - [[0, 0], [0, 0], [1000, 0]] == pytest.approx(coefficients(original), rel=1e-7)
    assert deviations(shifted) == pytest.approx(deviations(original), rel=1e-6)


def test_origin_of_a_covariate_with_a_random_slope() -> None:
    """Unstructured: the same model, so the same likelihood, slope and residual."""
    original, moved = fit(GROWTH), fit("generate double a = age - 11\n" + GROWTH.replace("age", "a"))
    assert moved.ll == pytest.approx(original.ll, abs=1e-8)
    assert deviations(moved)[[0, 3]] == pytest.approx(deviations(original)[[0, 3]], rel=1e-6)


@pytest.mark.parametrize("restriction", ["if nstu > 4", "in 1/3000", "if girl == 1 in 200/3500"])
def test_place_of_if_and_in(restriction: str) -> None:
    after_fixed = fit(f"xtmixed gcse lrt {restriction} || school: lrt, cov(un)", "gcse")
    after_random = fit(f"xtmixed gcse lrt || school: lrt {restriction}, cov(un)", "gcse")
    kept = fit(f"keep {restriction}\nxtmixed gcse lrt || school: lrt, cov(un)", "gcse")
    assert after_fixed.n == after_random.n == kept.n < 4059
    assert_same(after_fixed, after_random, rel=1e-14)
    assert_same(after_fixed, kept, rel=1e-9)


def test_rows_with_missing_values_are_left_out() -> None:
    """Of the outcome, a covariate, a random covariate and the group; extended missing values too."""
    holes = "replace measure = . in 1/3\nreplace age = .a in 10\nreplace sex = . in 20/21\nreplace idnr = . in 30\n"
    original = fit(holes + GROWTH)
    kept = fit("drop in 30\ndrop in 20/21\ndrop in 10\ndrop in 1/3\n" + GROWTH)
    assert original.n == kept.n == 101
    assert_same(original, kept, rel=1e-9)


def test_numbers_of_classes_may_start_again_in_each_school() -> None:
    classes = "generate class = mod(student, 4)\negen all = group(school class)\n"
    again = fit(classes + "xtmixed gcse lrt || school: || class:", "gcse")
    unique = fit(classes + "xtmixed gcse lrt || school: || all:", "gcse")
    assert again.groups[1].count == unique.groups[1].count > 200
    assert_same(again, unique)


def test_noconstant_in_the_fixed_part() -> None:
    """A column of ones instead of the constant: the same model, but a Wald test of two coefficients."""
    with_one = fit("generate one = 1\nxtmixed measure age one, noconstant || idnr:")
    plain = fit("xtmixed measure age || idnr:")
    assert [row.stripe for row in with_one.coefficients] == ["age", "one"]
    assert (with_one.df_m, plain.df_m) == (2, 1)
    assert_same(replace(with_one, chi2=plain.chi2), plain)


def test_noconstant_in_the_random_part() -> None:
    one = "generate one = 1\n"
    assert_same(fit(one + "xtmixed measure age || idnr: age one, noconstant"), fit("xtmixed measure age || idnr: age"))
    only = fit("xtmixed measure age || idnr: age, noconstant")
    assert [p.columns for p in only.parameters] == [("age",), ("Residual",)]


def test_empty_random_part_is_linear_regression() -> None:
    result = fit("xtmixed measure age || idnr:, noconstant")
    assert_same(result, fit("xtmixed measure age"))
    assert result.lr is None
    X, y = design()
    b, rss = np.linalg.lstsq(X, y, rcond=None)[:2]
    s2 = rss[0] / 108
    assert result.ll == pytest.approx(-54 * (math.log(2 * math.pi * s2) + 1), rel=1e-12)
    errors = np.sqrt(s2 * np.diag(np.linalg.inv(X.T @ X)))                # by ML: over n
    assert coefficients(result) == pytest.approx(np.stack([b, errors], 1), rel=1e-10)


def test_repeated_level_is_a_block_diagonal_covariance() -> None:
    twice = fit("xtmixed gcse lrt || school: lrt || school: girl, noconstant", "gcse")
    once = fit("xtmixed gcse lrt || school: lrt girl", "gcse")
    assert [e.structure for e in twice.equations] == ["Independent", "Identity"]
    assert len(twice.groups) == 1
    assert twice.ll == pytest.approx(once.ll, rel=1e-12)
    assert deviations(twice) == pytest.approx(deviations(once)[[0, 2, 1, 3]], rel=1e-7)


# ---- the likelihood itself -----------------------------------------------------------------------------------------


def design() -> tuple[np.ndarray, np.ndarray]:
    session = Session()
    run(session, "sysuse growth")
    columns = session.context.data.columns
    age, y = (columns[name].values.astype(float) for name in ("age", "measure"))
    return np.stack([age, np.ones(108)], 1), y


def dense_ll(G: np.ndarray, s2: float, reml: bool) -> float:
    """Log likelihood of measure on age with random slope and intercept, by the (108, 108) matrix V."""
    X, y = design()
    session = Session()
    run(session, "sysuse growth")
    same = np.equal.outer(*[session.context.data.columns["idnr"].values] * 2)
    V = (X @ G @ X.T) * same + s2 * np.eye(108)
    W = np.linalg.inv(V)
    A = X.T @ W @ X
    r = y - X @ np.linalg.solve(A, X.T @ W @ y)
    ll = -0.5 * ((108 - 2 * reml) * math.log(2 * math.pi) + np.linalg.slogdet(V)[1] + r @ W @ r)
    return float(ll - 0.5 * np.linalg.slogdet(A)[1] if reml else ll)


@pytest.mark.parametrize("method", ["mle", "reml"])
@pytest.mark.parametrize("structure", ["independent", "exchangeable", "identity", "unstructured"])
def test_maximum_of_the_likelihood(structure: str, method: str) -> None:
    """The log likelihood is that of the dense normal density, and no change of the parameters raises it."""
    result = fit(f"xtmixed measure age || idnr: age, covariance({structure}) {method}")
    raw = np.array([p.raw.value for p in result.parameters])

    def at(theta: np.ndarray) -> float:
        sds = {p.columns: math.exp(t) for p, t in zip(result.parameters, theta, strict=True) if p.kind == "sd"}
        pair = [sds.get((name,), sds.get(("age", "_cons"), 0.0)) for name in ("age", "_cons")]
        r = next((math.tanh(t) for p, t in zip(result.parameters, theta, strict=True) if p.kind == "corr"), 0.0)
        G = np.outer(pair, pair) * np.array([[1, r], [r, 1]])
        return dense_ll(G, sds[("Residual",)] ** 2, method == "reml")

    assert at(raw) == pytest.approx(result.ll, abs=1e-8)
    for k in range(len(raw)):
        for step in (-1e-3, 1e-3):
            assert at(raw + step * np.eye(len(raw))[k]) < result.ll + 1e-9


def test_exchangeable_is_at_least_as_good_as_identity() -> None:
    """Identity is exchangeable with a correlation of zero (-14136.577 in the reference models)."""
    line = "xtmixed gcse lrt || school: lrt if nstu > 4, covariance"
    result, special = fit(f"{line}(exchangeable)", "gcse"), fit(f"{line}(identity)", "gcse")
    assert result.convergence.converged
    assert special.ll == pytest.approx(-14136.57701, abs=5e-5)
    assert special.ll < result.ll < special.ll + 1


# ---- shown again ---------------------------------------------------------------------------------------------------


def test_replay() -> None:
    session = Session()
    first, again = (text_of(o) for o in run(session, f"quietly sysuse growth\n{GROWTH} nolog\nxtmixed")[1:])
    assert again == first
    var, low, raw = (text_of(o) for o in run(session, "xtmixed, variance\nxtmixed, level(90)\nxtmixed, estmetric"))
    assert "cov(age,_cons)" in var
    assert "[90% Conf. Interval]" in low
    assert "lns1_1_1" in raw
    assert text_of(run(session, "xtmixed")[0]) == first


def test_replay_is_of_the_same_command() -> None:
    session = Session()
    run(session, f"sysuse growth\n{GROWTH}")
    (outcome,) = session.run("mixed")
    assert outcome.error is not None
    assert (outcome.error.message, outcome.error.rc) == ("last estimates not found", 301)


# ---- boundaries ----------------------------------------------------------------------------------------------------


def test_groups_that_are_pure_noise() -> None:
    """Seven groups dealt out in turn: their variance is zero, has no standard error, and is named."""
    session = Session()
    commands = "predict u, reffects\npredict s, reses\npredict f, fitted\nestat icc\nestat recov, corr\nestat sd"
    outcomes = run(session, f"sysuse gcse\n{NOISE}generate g = mod(_n, 7)\nxtmixed e lrt || g:, nolog\n{commands}")
    printed = [text_of(o) for o in outcomes if o.document is not None]
    table = next(text for text in printed if "sd(_cons)" in text)
    assert re.search(r"sd\(_cons\) \|          0          \.             \.           \.$", table, re.M)
    assert "LR test vs. linear regression: chibar2(01) =     0.00 Prob >= chibar2 = 1.0000" in table
    assert not re.search(r"\bnan\b|\binf\b", "".join(printed))
    result = next(o.result for o in outcomes if isinstance(o.result, MixedResult))
    assert result.convergence.converged
    assert result.convergence.boundary == ("g: sd(_cons)",)
    linear = fit(NOISE + "xtmixed e lrt", "gcse")
    assert coefficients(result) == pytest.approx(coefficients(linear), rel=1e-9)
    assert result.residual.sd.se == pytest.approx(linear.residual.sd.se, rel=1e-9)
    run(session, "assert u == 0 & s == 0\nassert _rc == 0")


def test_nothing_varies_between_schools() -> None:
    """Unstructured: both variances zero, the correlation undefined, their covariance zero."""
    line = "xtmixed e lrt || school: lrt, cov(un) nolog"
    outcomes = run(Session(), f"sysuse gcse\n{NOISE}{line}\nxtmixed, variance\nestat icc")
    deviations, variances, icc = (text_of(o) for o in outcomes[-3:])
    rows = re.findall(r"^ +(\w+\([\w,]+\)) \|(.*)$", deviations, re.M)
    assert [(name, *rest.split()) for name, rest in rows[:3]] == [
        ("sd(lrt)", "0", ".", ".", "."), ("sd(_cons)", "0", ".", ".", "."), ("corr(lrt,_cons)", ".", ".", ".", "."),
    ]  # fmt: skip
    assert re.search(r"cov\(lrt,_cons\) \|          0          \.             \.           \.$", variances, re.M)
    assert re.search(r"school \|          0          \.             \.           \.$", icc, re.M)


def test_one_variance_of_three_is_zero() -> None:
    """The others have standard errors as if it were not in the model."""
    result = fit("xtmixed gcse lrt || school: i.schgend", "gcse")
    assert result.convergence.boundary == ("school: sd(2.schgend)",)
    without = fit("generate girls = schgend == 3\nxtmixed gcse lrt || school: girls", "gcse")
    assert result.ll == pytest.approx(without.ll, abs=1e-8)
    assert deviations(result)[1:] == pytest.approx(deviations(without), rel=1e-6)
    assert result.lr is not None
    assert result.lr.df == 3


def test_correlation_of_one() -> None:
    """Intercepts and slopes that are the same number: the correlation is 1, without a standard error, and named."""
    text = """generate double u = mod(idnr * 5, 9) - 4
        generate double y = 3 * u * (age - 11) + 3 * u + mod(_n * 17, 11) / 10
        generate double x = age - 11
        xtmixed y x || idnr: x, covariance(unstructured) nolog"""
    outcomes = run(Session(), "sysuse growth\n" + text)
    result = outcomes[-1].result
    assert isinstance(result, MixedResult)
    assert result.convergence.converged
    assert result.convergence.boundary == ("idnr: corr(x,_cons)",)
    row = r"corr\(x,_cons\) \|          1          \.             \.           \.$"
    assert re.search(row, text_of(outcomes[-1]), re.M)
    assert all(p.sd.se > 0 for p in result.equations[0].parameters[:2])


def test_one_group() -> None:
    result = fit("generate one = 1\nxtmixed measure age || one:")
    assert result.groups[0].count == 1
    assert result.convergence.boundary == ("one: sd(_cons)",)
    assert coefficients(result) == pytest.approx(coefficients(fit("xtmixed measure age")), rel=1e-9)


def test_groups_of_one() -> None:
    """The two variances cannot be told apart: their sum is that of the linear model, neither has a standard error."""
    result = fit("generate id = _n\nxtmixed measure age || id:")
    (u,), e = result.equations[0].parameters, result.residual
    assert math.isnan(u.sd.se)
    assert math.isnan(e.sd.se)
    linear = fit("xtmixed measure age")
    assert result.ll == pytest.approx(linear.ll, abs=1e-8)
    assert u.var.value + e.var.value == pytest.approx(linear.residual.var.value, rel=1e-8)


def test_iteration_limit_is_said() -> None:
    stopped = f"{GROWTH} iterate(1)"
    outcomes = run(Session(), f"sysuse growth\n{stopped} nolog\n{stopped}\ndisplay e(converged)\n{GROWTH}")
    quiet, loud, shown, complete = (text_of(o) for o in outcomes[1:])
    assert quiet.lstrip("\n").startswith("convergence not achieved\n\nMixed-effects ML")
    assert re.search(r"Iteration 1: .*\nconvergence not achieved\n\nComputing standard errors:", loud)
    assert shown.strip() == "0"
    assert "convergence not achieved" not in complete


# ---- covariates that say nothing new -------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [13, 14, 17, 18])
@pytest.mark.parametrize("extra", ["generate x = 2 * age", "generate x = 5", "generate double x = age + 1e8"])
def test_collinear_covariates(extra: str, version: int) -> None:
    session = Session()
    result = fit(f"version {version}\n{extra}\nxtmixed measure age x || idnr:, nolog", session=session)
    assert_same(result, fit("xtmixed measure age || idnr:"))
    assert result.df_m == 1
    (outcome, again) = run(session, "xtmixed measure age x || idnr:, nolog\nxtmixed")
    note = "note: x omitted because of collinearity" + ("." if version >= 17 else "")
    assert text_of(outcome).startswith(note + "\n\nMixed-effects ML regression")
    assert re.search(r"^ +x \|          0  \(omitted\)$", text_of(outcome), re.M)
    assert "note:" not in text_of(again)


def test_collinear_random_covariates() -> None:
    twice = fit("generate double a = 2 * age\nxtmixed measure age || idnr: age a")
    assert_same(twice, fit("xtmixed measure age || idnr: age"))
    assert [p.columns for p in twice.parameters] == [("age",), ("_cons",), ("Residual",)]


# ---- numbers at the end of the scale -------------------------------------------------------------------------------

EXTREMES = {
    "outcome near 1e308": "generate double y = measure * 1e306",
    "outcome near 1e-308": "generate double y = measure * 1e-308",
    "one huge outlier": "generate double y = measure\nreplace y = 8e307 in 5",
    "one infinite value": "generate double y = measure\nreplace y = exp(1e6) in 5",
    "tiny residuals": "generate double y = 1e9 + measure * 1e-3",
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_outcomes(name: str) -> None:
    """A table or a plain message; never ``nan`` or ``inf``, which Stata does not print."""
    session = Session()
    run(session, f"sysuse growth\n{EXTREMES[name]}")
    slope, intercept = "xtmixed y age || idnr: age, cov(un) nolog", "mixed y age || idnr:, reml nolog"
    for line in (slope, "estat recov", intercept, "estat icc", "xtmixed y"):
        (outcome,) = session.run(line)
        assert outcome.error is not None or not re.search(r"\bnan\b|\binf\b", text_of(outcome)), text_of(outcome)


def test_scale_of_the_outcome_does_not_matter() -> None:
    huge, plain = (fit(f"generate double y = measure * {scale}\nxtmixed y age || idnr:") for scale in ("1e150", "1"))
    assert coefficients(huge) / 1e150 == pytest.approx(coefficients(plain), rel=1e-9)
    assert deviations(huge) / 1e150 == pytest.approx(deviations(plain), rel=1e-7)
    assert huge.chi2 == pytest.approx(plain.chi2, rel=1e-9)


def test_covariate_whose_variance_underflows() -> None:
    """A coefficient of 1e-307 has a variance below the smallest double: no standard error rather than zero."""
    result = fit("generate double x = age * 1e306\nxtmixed measure x || idnr:")
    assert math.isnan(result.coefficients[0].se)
    assert math.isnan(result.chi2)
    assert result.coefficients[1].se == pytest.approx(fit("xtmixed measure age || idnr:").coefficients[1].se, rel=1e-9)


# ---- errors --------------------------------------------------------------------------------------------------------

EMPTY = "generate double z = .\n"
WORD = 'generate str s = "a"\n'
IN_VARLIST = "string variables not allowed in varlist;\ns is a string variable"
ERRORS = {
    "a constant outcome": ("generate c = 3\nxtmixed c age || idnr:", "outcome does not vary", 2000),
    "a perfect fit": ("generate double p = 3 + 2 * age\nxtmixed p age || idnr:", "initial values not feasible", 1400),
    "groups that explain all": (
        "generate double p = idnr + 2 * age\nxtmixed p age || idnr:", "initial values not feasible", 1400,
    ),
    "as many coefficients as rows": ("xtmixed measure age in 1/2 || idnr:", "insufficient observations", 2001),
    "no rows": ("xtmixed measure age if age > 99 || idnr:", "no observations", 2000),
    "an empty outcome": (EMPTY + "xtmixed z age || idnr:", "no observations", 2000),
    "an empty covariate": (EMPTY + "xtmixed measure age z || idnr:", "no observations", 2000),
    "an empty group": (EMPTY + "xtmixed measure age || z:", "no observations", 2000),
    "an empty random covariate": (EMPTY + "xtmixed measure age || idnr: z", "no observations", 2000),
    "no such outcome": ("xtmixed nosuch age || idnr:", "variable nosuch not found", 111),
    "no such covariate": ("xtmixed measure nosuch || idnr:", "variable nosuch not found", 111),
    "no such group": ("xtmixed measure age || nosuch:", "variable nosuch not found", 111),
    "no such random covariate": ("xtmixed measure age || idnr: nosuch", "variable nosuch not found", 111),
    "no such variable in if": ("xtmixed measure age || idnr: if nosuch", "variable nosuch not found", 111),
    "a string outcome": (WORD + "xtmixed s age || idnr:", IN_VARLIST, 109),
    "a string covariate": (WORD + "xtmixed measure s || idnr:", IN_VARLIST, 109),
    "a string random covariate": (WORD + "xtmixed measure age || idnr: s", IN_VARLIST, 109),
    "a factor as outcome": ("xtmixed i.sex age || idnr:", "depvar may not be a factor variable", 198),
    "no outcome": ("xtmixed || idnr:", "varlist required", 100),
    "no colon": ("xtmixed measure age || idnr", "invalid syntax", 198),
    "an unknown option": ("xtmixed measure age || idnr:, foo", "option foo not allowed", 198),
    "an unknown structure": (
        "xtmixed measure age || idnr: age, cov(banded)", "option covariance() incorrectly specified", 198,
    ),
    "both methods": ("xtmixed measure age || idnr:, mle reml", "options mle and reml may not be combined", 198),
    "a level of 5": (
        "xtmixed measure age || idnr:, level(5)", "level() must be between 10 and 99.99 inclusive", 198,
    ),
    "weights": ("xtmixed measure age [fweight = sex] || idnr:", "weights in mixed models is not built yet", 199),
    "icc without levels": (
        "quietly xtmixed measure age\nestat icc",
        "requested action not valid after most recent estimation command", 321,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    """The message and code, and data and estimates as they were before the command that failed."""
    text, message, rc = ERRORS[name]
    *before, line = text.split("\n")
    session = Session()
    run(session, "\n".join([f"sysuse growth\nquietly {GROWTH}", *before]))
    data, estimates = session.context.data, session.context.state.estimates
    (outcome,) = session.run(line)
    assert outcome.error is not None
    assert (outcome.error.message, outcome.error.rc) == (message, rc)
    assert session.context.data is data
    assert session.context.state.estimates is estimates
