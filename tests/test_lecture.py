"""Every number that the lecture's slides print for its mixed models, to the tolerances that Stata's own print allows.

Stata stops its search early, so its printed digits can differ from the exact optimum in the sixth place: standard
deviations and correlations agree to 2e-5, coefficients to 1e-5 standard errors, log likelihood and tests as printed.
"""

from __future__ import annotations

import pytest

from mixedcli.results.mixed import MixedResult
from mixedcli.session import Session

RANDOM_INTERCEPT = {
    "line": "xtmixed gcse lrt || school: if nstu > 4, mle nolog",
    "ll": "-14018.571", "chi2": "2041.42", "lr": "403.32", "lr_kind": "chibar2",
    "b": {"lrt": (".5633325", ".0124681", "45.18", ".5388955", ".5877695"),
          "_cons": (".0315991", ".4018891", "0.08", "-.7560891", ".8192873")},
    "random": [("3.042017", ".3068659", "2.496296", "3.70704"), ("7.52272", ".0842097", "7.35947", "7.689592")],
}  # fmt: skip
RANDOM_SLOPE = {
    "line": "xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog covariance(unstructured)",
    "ll": "-13998.423", "chi2": "779.93", "lr": "443.62", "lr_kind": "chi2",
    "b": {"lrt": (".5567955", ".0199374", "27.93", ".5177189", ".5958721"),
          "_cons": ("-.1078456", ".3993155", "-0.27", "-.8904895", ".6747984")},
    "random": [(".1205424", ".0189867", ".0885252", ".1641394"), ("3.013474", ".305867", "2.469851", "3.676752"),
               ("", ".1490473", ".1563124", ".7323728"), ("7.442053", ".0839829", "7.279257", "7.608491")],
}  # fmt: skip
INTERACTION = {
    "line": "xtmixed gcse c.lrt##i.schgend || school: lrt if nstu > 4, mle nolog covariance(unstructured)",
    "ll": "-13992.533", "chi2": "804.34", "lr": "381.44", "lr_kind": "chi2",
    "b": {"lrt": (".5712245", ".0271235", "21.06", ".5180634", ".6243855"),
          "2.schgend": (".85468", "1.08629", "0.79", "-1.274405", "2.983773"),
          "3.schgend": ("2.47453", ".8473229", "2.92", ".8138071", "4.135252"),
          "2.schgend#c.lrt": ("-.0230016", ".057385", "-0.40", "-.1354742", ".0894709"),
          "3.schgend#c.lrt": ("-.0289542", ".0447088", "-0.65", "-.1165818", ".0586734"),
          "_cons": ("-.9975795", ".5074132", "-1.97", "-1.992091", "-.0030679")},
    "random": [(".1198846", ".0189169", ".0879934", ".163334"), ("2.801682", ".2895906", "2.287895", "3.43085"),
               (".5966466", ".1383159", ".2608112", ".8036622"), ("7.442949", ".0839984", "7.280122", "7.609417")],
}  # fmt: skip


def digit(printed: str) -> float:
    """One unit of the last printed digit."""
    return 10.0 ** -len(printed.partition(".")[2])


def fit(line: str) -> MixedResult:
    outcomes = list(Session().run(f"use gcse\n{line}"))
    assert all(outcome.error is None for outcome in outcomes)
    result = outcomes[-1].result
    assert isinstance(result, MixedResult)
    return result


@pytest.mark.parametrize("model", [RANDOM_INTERCEPT, RANDOM_SLOPE, INTERACTION], ids=["intercept", "slope", "interaction"])
def test_printed_numbers(model: dict) -> None:
    result = fit(model["line"])
    assert f"{result.ll:.3f}" == model["ll"]
    assert f"{result.chi2:.2f}" == model["chi2"]
    assert result.lr is not None
    assert f"{result.lr.chi2:.2f}" == model["lr"]
    assert result.lr.kind == model["lr_kind"]
    rows = {row.stripe: row for row in result.coefficients if row.status == "shown"}
    assert list(rows) == list(model["b"])
    for name, printed in model["b"].items():
        row = rows[name]
        for value, text in zip((row.b, row.se, row.lo, row.hi), (printed[0], printed[1], *printed[3:]), strict=True):
            assert abs(value - float(text)) <= 1e-5 * row.se + digit(text), (name, value, text)
        assert f"{row.statistic:.2f}" == printed[2]
    for parameter, printed in zip(result.parameters, model["random"], strict=True):
        estimate = parameter.sd
        for value, text in zip((estimate.value, estimate.se, estimate.lo, estimate.hi), printed, strict=True):
            if text:
                assert abs(value - float(text)) <= 2e-5 * abs(value) + digit(text), (parameter.columns, value, text)


def test_group_sizes_and_convergence() -> None:
    result = fit(RANDOM_SLOPE["line"])
    (group,) = result.groups
    assert (result.n, group.count, group.minimum, round(group.mean, 1), group.maximum) == (4057, 64, 8, 63.4, 198)
    assert result.convergence.converged
    assert abs(result.convergence.gradient) < 1e-8
    assert result.convergence.boundary == ()


def test_recovariance_as_printed() -> None:
    outcomes = list(Session().run(f"use gcse\n{RANDOM_SLOPE['line']}\nestat recovariance"))
    values = outcomes[-1].result.levels[0].values  # type: ignore[union-attr]
    for value, printed in zip((values[0, 0], values[1, 0], values[1, 1]), (".0145305", ".1806457", "9.081027"), strict=True):
        assert abs(value - float(printed)) <= 2e-5 * value


def test_counting_pupils_gives_nstu() -> None:
    """The lecture counts pupils per school; the file carries the same numbers."""
    script = "use gcse\negen count = count(gcse), by(school)\nassert count == nstu"
    assert all(outcome.error is None for outcome in Session().run(script))
