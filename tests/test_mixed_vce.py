"""vce(robust) and vce(cluster) after xtmixed and mixed, and the options that say how their tables are shown."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sessions import failed, last, run, shown

from mixedcli.results.mixed import MixedResult
from mixedcli.session import Session

MODEL = "xtmixed weight i.sex i.dose size || dam:, nolog"


def pups(text: str = "") -> Session:
    session = Session()
    run(session, f"version 14\nsysuse pups\n{text}")
    return session


def fit(session: Session, line: str) -> MixedResult:
    outcome = last(session, line)
    assert outcome.error is None, outcome.error
    assert isinstance(outcome.result, MixedResult)
    return outcome.result


def errors(result: MixedResult) -> list[float]:
    rows = [row.se for row in result.coefficients if row.status == "shown"]
    return [*rows, *(parameter.raw.se for parameter in result.parameters)]


# ---- robust standard errors (the printed ones: output 020 in test_published_mixed) ------------------------------------


def test_form_of_the_output() -> None:
    """No comparison with the linear model, and what Stata 14 says in its place."""
    lines = shown(pups(), MODEL + " vce(robust)").split("\n")
    assert lines[1].startswith("Mixed-effects regression     ")
    assert any(line.startswith("Log pseudolikelihood = ") for line in lines)
    above = lines.index("(Std. Err. adjusted for 27 clusters in dam)".rjust(78))
    assert lines[above + 1] == "-" * 78
    assert lines[above + 2] == "             |               Robust"
    second = next(i for i, line in enumerate(lines) if line.startswith("  Random-effects Parameters"))
    assert lines[second - 1] == "                             |               Robust           "
    assert lines[-1] == "-" * 78


def test_log_says_pseudolikelihood() -> None:
    text = shown(pups(), MODEL.removesuffix(" nolog") + " vce(robust)")
    assert "Iteration 0:   log pseudolikelihood = " in text


def test_what_is_stored() -> None:
    stored = fit(pups(), MODEL + " vce(robust)").stored()
    assert (stored.macros["vce"], stored.macros["vcetype"], stored.macros["clustvar"]) == ("robust", "Robust", "dam")
    assert stored.scalars["N_clust"] == 27
    assert "chi2_c" not in stored.scalars
    plain = fit(pups(), MODEL).stored()
    assert stored.matrices["V_modelbased"].values == pytest.approx(plain.matrices["V"].values, rel=1e-12, abs=1e-15)
    assert stored.scalars["ll"] == plain.scalars["ll"]
    V = stored.matrices["V"].values
    assert np.abs(V[-1, :3]).max() > 0        # coefficients and variances are no longer independent
    assert pytest.approx(V.T, abs=1e-15) == V


def test_linear_regression_has_white_errors() -> None:
    """Without random effects every row is a cluster: n / (n - 1) times White's variance (1980)."""
    session = Session()
    run(session, "sysuse hsb")
    result = fit(session, "mixed mathach ses female, vce(robust)")
    columns = session.context.data.columns
    X = np.column_stack([columns["ses"].values, columns["female"].values, np.ones(result.n)]).astype(float)
    y = np.asarray(columns["mathach"].values, dtype=float)
    inverse = np.linalg.inv(X.T @ X)
    residual = y - X @ (inverse @ X.T @ y)
    V = result.n / (result.n - 1) * inverse @ (X.T * residual**2 @ X) @ inverse
    assert [row.se for row in result.coefficients] == pytest.approx(np.sqrt(np.diag(V)), rel=1e-9)
    assert result.cluster == ""
    assert "adjusted for" not in shown(session, "mixed")


def test_clusters_that_are_the_groups() -> None:
    session = pups('generate litter = "dam " + string(dam)')
    robust, cluster = (fit(session, MODEL + f" vce({word})") for word in ("robust", "cluster litter"))
    assert errors(cluster) == pytest.approx(errors(robust), rel=1e-9)
    assert cluster.stored().macros["vce"] == "cluster"
    assert "27 clusters in litter" in shown(session, "xtmixed")


def test_larger_clusters() -> None:
    """Clusters of three dams each: the factor is 9 / 8, and scores are summed before they are squared."""
    session = pups("generate cage = int((dam - 1) / 3)\nsort weight")
    result = fit(session, MODEL + " vce(cluster cage)")
    assert result.n_clusters == 9
    assert result.chi2 == pytest.approx(fit(session, "xtmixed").chi2)
    assert errors(result) != pytest.approx(errors(fit(session, MODEL + " vce(robust)")), rel=0.01)


def test_rows_without_a_cluster_are_left_out() -> None:
    session = pups("generate cage = dam if dam > 2")
    assert fit(session, MODEL + " vce(cluster cage)").n == fit(session, MODEL.replace(",", " if dam > 2,")).n


def test_order_of_rows_does_not_matter() -> None:
    one = errors(fit(pups(), MODEL + " vce(robust)"))
    assert errors(fit(pups("sort weight"), MODEL + " vce(robust)")) == pytest.approx(one, rel=1e-9)


def test_nested_levels_cluster_at_the_top() -> None:
    session = Session()
    run(session, "sysuse productivity")
    result = fit(session, "mixed gsp emp unemp || region: || state:, vce(robust)")
    assert (result.cluster, result.n_clusters) == ("region", 9)
    assert not math.isnan(result.chi2)


def test_few_clusters_leave_the_model_test_out() -> None:
    """Three clusters cannot give the variance of four coefficients: Stata prints a point and the rank."""
    result = fit(pups(), MODEL + " vce(cluster dose)")
    assert math.isnan(result.chi2)
    assert result.df_m == 2
    assert all(not math.isnan(row.se) for row in result.coefficients if row.status == "shown")


def test_one_cluster() -> None:
    result = fit(pups("generate one = 1"), MODEL + " vce(cluster one)")
    assert all(math.isnan(se) for se in errors(result))
    assert (math.isnan(result.chi2), result.df_m) == (True, 0)


def test_later_commands_use_the_robust_variance() -> None:
    session = pups()
    result = fit(session, MODEL + " vce(robust)")
    row = next(row for row in result.coefficients if row.stripe == "size")
    run(session, "test size")
    assert session.context.state.returned.scalars["chi2"] == pytest.approx((row.b / row.se) ** 2, rel=1e-9)
    run(session, "lincom 2*size")
    assert session.context.state.returned.scalars["se"] == pytest.approx(2 * row.se, rel=1e-9)
    run(session, "margins, dydx(size)")
    assert session.context.state.returned.matrices["V"].values[0, 0] == pytest.approx(row.se**2, rel=1e-9)
    run(session, "predict double s, stdp")
    at = session.context.data.columns
    x = np.array([0, at["sex"].values[0] == 1, 0, at["dose"].values[0] == 1, at["dose"].values[0] == 2,
                  at["size"].values[0], 1.0])
    stored = result.stored().matrices["V"].values[:7, :7]
    assert at["s"].values[0] == pytest.approx(math.sqrt(x @ stored @ x), rel=1e-9)


@pytest.mark.parametrize(
    ("line", "message", "rc"),
    [
        ("vce(cluster rat)", "highest-level groups are not nested within rat", 459),
        ("reml vce(robust)", "vce(robust) is not allowed with reml", 198),
        ("reml vce(cluster dam)", "vce(cluster) is not allowed with reml", 198),
        ("vce(bootstrap)", "vcetype 'bootstrap' not allowed", 198),
        ("vce(hc3)", "option vce() incorrectly specified", 198),
        ("vce(cluster)", "option vce() incorrectly specified", 198),
        ("vce(cluster nosuch)", "variable nosuch not found", 111),
    ],
)
def test_errors(line: str, message: str, rc: int) -> None:
    session = pups("generate rat = mod(_n, 7)")
    assert failed(session, f"{MODEL} {line}") == (message, rc)


def test_likelihood_ratio_tests_are_refused() -> None:
    session = pups(f"quietly {MODEL} vce(robust)\nestimates store a\nquietly xtmixed weight || dam:, vce(robust)")
    assert failed(session, "lrtest a .")[1] == 498


# ---- how the tables are shown -----------------------------------------------------------------------------------------


def table(text: str, which: int = 0) -> list[str]:
    """The lines of the ``which``-th table, headings first."""
    lines = text.split("\n")
    rules = [i for i, line in enumerate(lines) if line and set(line) == {"-"}]
    return lines[rules[2 * which] + 1 : rules[2 * which + 1]]


@pytest.mark.parametrize(
    ("version", "heading"), [(14, "      weight |      Coef.  Legend"), (17, "      weight | Coefficient  Legend")]
)
def test_legend(version: int, heading: str) -> None:
    session = pups(f"version {version}\nquietly {MODEL}")
    lines = table(shown(session, "xtmixed, coeflegend"))
    assert lines[:3] == [heading, "-------------+" + "-" * 64, "weight       |"]
    values = session.context.estimates.stored().matrices["b"]
    for line in lines:
        if "_b[" not in line:
            continue
        name = line.rpartition("_b[")[2].rstrip("]")
        k = [f"{column.equation}:{column.name}" for column in values.columns].index(name)
        assert float(line.partition("|")[2].split()[0]) == pytest.approx(values.values[0, k], rel=1e-6)
    assert lines[-1].endswith("  _b[lnsig_e:_cons]")
    assert sum("_b[" in line for line in lines) == 7


def test_legend_can_be_typed() -> None:
    """What the legend shows is understood by lincom and nlcom."""
    session = pups(f"quietly {MODEL}")
    assert "3" in shown(session, "display 3 + 0*_b[lnsig_e:_cons] + 0*_b[weight:1.sex]")


def test_formats() -> None:
    """Each in the columns of its own, right edges as always: 25, 36, 45, 53, 66, 78."""
    session = pups()
    result = fit(session, MODEL)
    text = shown(session, "xtmixed, cformat(%9.3f) pformat(%4.2f) sformat(%6.1f)")
    b = next(row for row in result.coefficients if row.stripe == "size")
    row = next(line for line in table(text) if " size |" in line)
    assert row == (f"        size |  {b.b:9.3f}  {b.se:9.3f}  {b.statistic:7.1f}{b.p:8.2f}"
                   f"    {b.lo:9.3f}   {b.hi:9.3f}")
    sd = result.equations[0].parameters[0].sd
    row = next(line for line in table(text, 1) if "sd(_cons)" in line)
    assert row == f"                   sd(_cons) |  {sd.value:9.3f}  {sd.se:9.3f}     {sd.lo:9.3f}   {sd.hi:9.3f}"


@pytest.mark.parametrize(
    ("option", "rc"),
    [("cformat(%12.3f)", 198), ("pformat(%6.3f)", 198), ("sformat(%9.2f)", 198), ("cformat(%td)", 120),
     ("cformat(%9s)", 120), ("cformat(9.3f)", 120)],
)  # fmt: skip
def test_formats_that_do_not_fit(option: str, rc: int) -> None:
    assert failed(pups(f"quietly {MODEL}"), f"xtmixed, {option}")[1] == rc


def test_rows_of_the_fixed_part() -> None:
    session = pups(f'generate twice = 2 * size\nquietly {MODEL.replace("size", "size twice")}')
    assert not any("(base)" in line for line in table(shown(session, "xtmixed")))
    assert sum("(base)" in line for line in table(shown(session, "xtmixed, baselevels"))) == 2
    assert sum("(omitted)" in line for line in table(shown(session, "xtmixed"))) == 1
    assert not any("(omitted)" in line for line in table(shown(session, "xtmixed, noomitted")))
    blank = "             |"
    assert blank in table(shown(session, "xtmixed"))
    assert blank not in table(shown(session, "xtmixed, vsquish"))


def test_narrow_names() -> None:
    model = MODEL.replace("size", "size_of_the_litter")
    session = pups(f"set linesize 100\nrename size size_of_the_litter\nquietly {model}")
    assert any("size_of_the_litter |" in line for line in table(shown(session, "xtmixed")))
    assert any("size_of_th~r |" in line for line in table(shown(session, "xtmixed, nolstretch")))


def test_base_levels_of_interactions() -> None:
    session = pups("quietly xtmixed weight i.sex##i.dose || dam:")
    some, every = (sum("(base)" in line for line in table(shown(session, f"xtmixed, {option}")))
                   for option in ("baselevels", "allbaselevels"))
    assert (some, every) == (2, 6)
