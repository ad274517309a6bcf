"""What a distrustful user of the generalized mixed models tries: odd options, odd outcomes, variances of zero.

The form of a collapsed variance is that of a printed Stata 13 output (Ross River virus, two towns); other expected
values are relations between commands, or what Stata's own option would take.
"""

from __future__ import annotations

import numpy as np
import pytest
from sessions import failed, last, run, shown

from mixedcli.results.me import MeResult
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

MODEL = "c_use urban || district:"
EVERY_THIRD = "generate y0 = mod(_n, 3) == 0"           # spread over the districts more evenly than by chance


def bangladesh(setup: str = "", version: int = 17) -> Session:
    session = Session()
    for outcome in run(session, f"version {version}\nsysuse bangladesh\n{setup}"):
        assert outcome.error is None, outcome.error
    return session


def rows(text: str, start: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip().startswith(start)]


# ---- options -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option",
    ["startvalues(rubbish)", "startgrid(rubbish)", "startgrid(-1)", "technique(rubbish)", "technique(5 nr)",
     "evaltype(rubbish)"],
)
def test_options_that_steer_the_search_are_still_checked(option: str) -> None:
    name = option.partition("(")[0]
    assert failed(bangladesh(), f"melogit {MODEL}, {option}") == (f"option {name}() incorrectly specified", 198)


@pytest.mark.parametrize(
    "options",
    ["startvalues(iterate(3)) startgrid(.1 1 10)", "startgrid", "technique(bhhh 5 nr 10)", "evaltype(gf1)", "difficult",
     "tolerance(1e-3) nrtolerance(1e-3) ltolerance(0)", "nonrtolerance dnumerical"],
)
def test_and_change_nothing(options: str) -> None:
    session = bangladesh()
    plain = shown(session, f"melogit {MODEL}")
    assert shown(session, f"melogit {MODEL}, {options}") == plain


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("refineopts(rubbish)", "option refineopts() incorrectly specified"),
        ("refineopts(iterate(2) 7)", "option refineopts() incorrectly specified"),
        ("matsqrt matlog", "options matsqrt and matlog may not be combined"),
        ("retolerance(-1)", "retolerance() must be greater than or equal to 0"),
        ("reiterate(-1)", "reiterate() must be greater than or equal to 0"),
        ("tolerance(-1)", "tolerance() must be greater than or equal to 0"),
    ],
)
def test_options_of_the_older_commands_are_checked(options: str, message: str) -> None:
    assert failed(bangladesh(), f"xtmelogit {MODEL}, {options}") == (message, 198)


def test_refinement_is_a_part_of_the_log() -> None:
    lines = shown(bangladesh(), f"xtmelogit {MODEL}, refineopts(iterate(3) nolog difficult)").split("\n")
    start, main = lines.index("Refining starting values: "), lines.index("Performing gradient-based optimization: ")
    assert sum(line.startswith("Iteration") for line in lines[start:main]) == 4


@pytest.mark.parametrize("command", ["melogit", "xtmelogit", "meqrlogit"])
def test_points_for_crossed_effects_are_refused_before_memory_runs_out(command: str) -> None:
    message, rc = failed(bangladesh(), f"{command} c_use urban || _all: R.district, intpoints(7)")
    assert rc == 198
    assert message == "60 random effects need 5.1e+50 integration points; specify fewer, or Laplace's approximation"


@pytest.mark.parametrize("version", [13, 17])
@pytest.mark.parametrize(
    "command",
    ["melogit c_use urban || district: urban, covariance(unstructured)", "menbreg children urban || district:",
     "melogit c_use urban age || district: urban age, covariance(identity)", "meglm age urban || district:",
     "meologit children i.urban || district:", "melogit c_use || _all: R.district"],
)
def test_from_an_e_b_begins_at_its_maximum(command: str, version: int) -> None:
    session = bangladesh(f"quietly {command}\nmatrix b = e(b)", version)
    best = session.context.estimates.stored().scalars["ll"]
    separator = " " if ", " in command else ", "
    assert last(session, f"quietly {command}{separator}from(b)").error is None
    result = session.context.estimates.result
    assert isinstance(result, MeResult)
    assert result.logs.grid == pytest.approx(best, abs=1e-5)
    assert result.ll == pytest.approx(best, abs=1e-6)


def test_from_names_what_a_matrix_lacks() -> None:
    session = bangladesh("quietly melogit c_use urban || district:\nmatrix b = e(b)")
    message = "matrix b has no column age"
    assert failed(session, "melogit c_use urban age || district:, from(b)") == (message, 111)
    # at a variance of zero the search begins near it
    run(session, f"{EVERY_THIRD}\nquietly melogit y0 || district:\nmatrix b = e(b)")
    assert last(session, "quietly melogit y0 || district:, from(b)").error is None


@pytest.mark.parametrize("value", [".", ".a"])
def test_from_takes_numbers_only(value: str) -> None:
    session = bangladesh(f"matrix A = (0, 0, {value})")
    assert failed(session, f"melogit {MODEL}, from(A)") == ("matrix A has missing values", 504)


@pytest.mark.parametrize(("points", "method"), [(1, "laplace"), (2, "mcaghermite")])
def test_too_few_points_for_the_method_are_told(points: int, method: str) -> None:
    session = bangladesh()
    text = shown(session, f"melogit {MODEL}, nolog intpoints({points})")
    assert text.split("\n")[0].endswith(f"option intmethod({method}) implied.")
    assert f"Integration method: {method}" in text
    same = shown(session, f"melogit {MODEL}, nolog intmethod({method}) intpoints({points})")
    assert text.split("\n")[1:] == same.split("\n")[-len(text.split("\n")) + 1:]


def test_crossed_effects_of_the_older_commands_say_that_laplace_is_assumed() -> None:
    session = bangladesh(version=13)
    note = "Note: factor variables specified; option laplace assumed"
    assert shown(session, "xtmelogit c_use || _all: R.district, nolog").startswith(note)
    assert note not in shown(session, "xtmelogit c_use || _all: R.district, nolog laplace")
    assert note not in shown(session, "xtmelogit")


@pytest.mark.parametrize("command", ["melogit", "xtmelogit"])
def test_trials_are_a_positive_number_or_a_variable(command: str) -> None:
    session = bangladesh("generate n = mod(_n, 4)\ngenerate y = c_use * (n > 0)")
    for typed, message, rc in (
        ("", "option binomial() incorrectly specified", 198), ("-1", "option binomial() incorrectly specified", 198),
        ("n", "n must be greater than zero", 459), ("0", "y must be less than or equal to 0", 459),
        ("nothing", "variable nothing not found", 111),
    ):
        assert failed(session, f"{command} y urban || district:, binomial({typed})") == (message, rc)


def test_text_is_no_factor_of_random_effects() -> None:
    message = "s:  string variables may not be used as factor variables"
    session = bangladesh("quietly tostring district, generate(s)")
    assert failed(session, "melogit c_use || _all: R.s") == (message, 109)
    # as the variable of groups it is as good as a number
    assert rows(shown(session, "melogit c_use || s:, nolog"), "var(_cons)") == rows(
        shown(session, "melogit c_use || district:, nolog"), "var(_cons)"
    )


@pytest.mark.parametrize("command", ["melogit", "xtmelogit"])
def test_random_covariates_that_are_left_out_are_named(command: str) -> None:
    session = bangladesh("generate one = 1")
    text = shown(session, f"{command} c_use urban || district: one urban, nolog")
    assert text.startswith("note: one omitted from the random part of district.\n")
    assert text.split("\n")[2:] == shown(session, f"{command} c_use urban || district: urban, nolog").split("\n")[1:]


def test_ratios_belong_to_their_links() -> None:
    session = bangladesh("quietly meglm age urban || district:")
    assert failed(session, "meglm, or") == ("option or not allowed with family gaussian and link identity", 198)
    for command, ratio, words in (
        ("family(binomial) link(probit)", "or", "bernoulli and link probit"),
        ("family(binomial)", "irr", "bernoulli and link logit"),
    ):
        message = f"option {ratio} not allowed with family {words}"
        assert failed(session, f"meglm c_use urban || district:, {command} {ratio}") == (message, 198)


# ---- what is left behind -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["melogit", "xtmelogit", "mixed"])
def test_cmdline_has_no_prefixes(command: str) -> None:
    session = bangladesh(f"capture quietly version 13: {command} {MODEL}")
    assert session.context.estimates.stored().macros["cmdline"] == f"{command} {MODEL}"


@pytest.mark.parametrize("command", ["melogit", "xtmelogit", "meprobit", "mixed"])
def test_variances_are_symmetric_to_the_last_bit(command: str) -> None:
    session = bangladesh(f"quietly {command} c_use urban || district: urban, covariance(unstructured)")
    assert shown(session, "matrix list e(V)").lstrip("\n").startswith("symmetric e(V)")


# ---- a search that does not converge -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["melogit", "mepoisson", "xtmelogit", "meqrpoisson"])
@pytest.mark.parametrize("iterations", [0, 1])
def test_the_table_of_a_search_cut_short_is_where_its_log_ends(command: str, iterations: int) -> None:
    session = bangladesh()
    assert last(session, f"{command} {MODEL}, iterate({iterations})").error is not None
    result = session.context.estimates.result
    text = shown(session, command)
    stored = session.context.estimates.stored()
    assert stored.scalars["converged"] == 0
    assert text.rstrip("\n").endswith(
        "Note: the limit of iterations was reached; iterate(#) allows more, a simpler random part may need fewer.\n"
        "Warning: Convergence not achieved."
    )
    log = result.logs.full if isinstance(result, MeResult) else (*result.log.refinement, *result.log.search)
    assert stored.scalars["ll"] == pytest.approx(log[-1], abs=1e-6)


# ---- a variance of zero ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [13, 14, 16, 17, 18])
def test_a_collapsed_variance_has_neither_error_nor_test(version: int) -> None:
    session = bangladesh(EVERY_THIRD, version)
    text = shown(session, "melogit y0 urban || district:, nolog")
    # the stub ends at column 13; estimate right at 25, the others where Stata 13 has them
    assert rows(text, "var(_cons)") == ["   var(_cons)|          0          .                             .           ."]
    test = "LR test vs. logistic regression:     chi2(0) =     0.00   Prob > chi2 =      ."
    newer = "LR test vs. logistic model: chi2(0) = 0.00                Prob > chi2 =      ."
    assert (test if version < 14 else newer) in text
    assert "Note: LR test is conservative and provided only for reference." in text
    logit = shown(session, "logit y0 urban, nolog")
    assert rows(text, "urban")[0].split()[2:4] == rows(logit, "urban")[0].split()[2:4]


@pytest.mark.parametrize("command", ["melogit", "xtmelogit", "meqrlogit"])
def test_commands_after_a_collapsed_variance(command: str) -> None:
    session = bangladesh(f"{EVERY_THIRD}\nquietly {command} y0 urban || district: urban, covariance(unstructured)")
    for line in ("estat icc", "estat sd", "estat recovariance", "estat recovariance, correlation", "estat group",
                 "estat quadrature"):
        assert "nan" not in shown(session, line)
    run(session, "predict double u1 u2, reffects\npredict double p\nquietly logit y0 urban\npredict double q")
    data = session.context.data
    values = {name: np.asarray(data.columns[name].values, dtype=float) for name in ("u1", "u2", "p", "q")}
    assert not values["u1"].any() and not values["u2"].any()
    assert values["p"] == pytest.approx(values["q"], abs=1e-7)


def test_a_fixed_part_without_rows_has_one_rule() -> None:
    text = shown(bangladesh(), "melogit c_use, noconstant || district:, nolog")
    assert "+----------------------------------------------------------------\n-------------+" not in text


# ---- the same model by every command -----------------------------------------------------------------------------


def test_five_commands_one_model() -> None:
    """Adaptive quadrature with 15 points is exact here, so that its kind does not matter."""
    session = bangladesh("xtset district")
    found = []
    for command in (
        f"melogit {MODEL}, intpoints(15)", f"meglm {MODEL}, family(binomial) link(logit) intpoints(15)",
        f"xtmelogit {MODEL}, intpoints(15)", f"meqrlogit {MODEL}, intpoints(15)", "xtlogit c_use urban, intpoints(15)",
    ):
        assert last(session, f"quietly {command}").error is None
        stored = session.context.estimates.stored()
        b, V = stored.matrices["b"].values[0], stored.matrices["V"].values
        found.append([stored.scalars["ll"], b[0], b[1], *np.sqrt(np.diag(V))[:2]])
    for each in found[1:]:
        assert each == pytest.approx(found[0], rel=1e-6)


# ---- survival and censored outcomes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "title"), [("", "Exponential PH regression"), ("time", "Exponential AFT regression")]
)
def test_titles_of_survival_models_without_random_effects(options: str, title: str) -> None:
    session = bangladesh("generate t = 1 + mod(_n, 7)\nquietly stset t, failure(c_use)")
    assert title in shown(session, f"mestreg urban, distribution(exponential) nolog {options}")


@pytest.mark.parametrize("command", ["metobit gcse lrt || school:, ll(-10)", "meintreg low gcse lrt || school:"])
def test_margins_of_censored_outcomes_are_linear_unless_told_otherwise(command: str) -> None:
    session = Session()
    run(session, "version 17\nsysuse gcse\ngenerate low = cond(gcse < -10, ., gcse)")
    assert last(session, f"quietly {command}").error is None
    slope = rows(shown(session, "margins, dydx(lrt)"), "lrt")[0].split()[2:]
    stored = session.context.estimates.stored()
    assert float(slope[0]) == pytest.approx(stored.matrices["b"].values[0][0], rel=1e-6)
    assert failed(session, "margins, predict(mu)")[1] == 199


# ---- more quadrature points --------------------------------------------------------------------------------------


def test_quadrature_check_goes_to_the_maximum_of_each_fit() -> None:
    """The other fits begin at the estimates; they must not end there because that is near enough."""
    session = bangladesh(f"quietly melogit {MODEL}")
    outcome = last(session, "estat quadrature, points(15)")
    again = outcome.result.others[0].b                               # type: ignore[union-attr]
    run(session, f"quietly melogit {MODEL}, intpoints(15)")
    direct = session.context.estimates.stored().matrices["b"].values[0]
    assert again == pytest.approx(direct, rel=1e-9)


def test_asis_is_for_binary_outcomes() -> None:
    ready = Session()
    run(ready, "sysuse bangladesh, clear")
    assert failed(ready, "meglm age urban, asis || district:") == ("option asis not allowed with family gaussian", 198)


@pytest.mark.parametrize("limit", ["nan", "inf"])
def test_limits_are_numbers_or_variables(limit: str) -> None:
    ready = Session()
    run(ready, "sysuse bangladesh, clear")
    assert failed(ready, f"metobit age urban || district:, ll({limit})") == (f"variable {limit} not found", 111)
