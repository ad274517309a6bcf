"""The engine beside printed and independently computed results."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from mixedcli.engine.lmm import RandomEquation, fit_lmm
from mixedcli.engine.predict import random_effects

pd = pytest.importorskip("pandas")


def load(shared, name):
    return pd.read_stata(shared / "data" / f"{name}.dta", convert_categoricals=False)


def codes(*columns):
    """Group codes of the combinations of these columns."""
    joined = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        joined = joined * (column.nunique() + 1) + pd.factorize(column)[0]
    return joined


def design(data, *names):
    """The named columns and a constant last, as float64."""
    return np.column_stack([*(np.asarray(data[name], dtype=float) for name in names), np.ones(len(data))])


def dummies(column, *levels):
    return [(column == level).astype(float) for level in levels]


def printed_rows(fit, variances):
    """(estimate, standard error) per row of the random-effects table, residual last."""
    rows, at, k = [], 0, fit.theta.size
    for pairs in fit.theta_pairs:
        where = {pair: at + r for r, pair in enumerate(pairs)}
        for (i, j), r in where.items():
            gradient = np.zeros(k)
            if i == j:
                power = 2 if variances else 1
                value = math.exp(power * fit.theta[r])
                gradient[r] = power * value
            else:
                rho = math.tanh(fit.theta[r])
                a, b = where.get((i, i), at), where.get((j, j), at)
                value = rho * math.exp(fit.theta[a] + fit.theta[b]) if variances else rho
                gradient[r] = (1 - rho**2) * (value / rho if variances else 1.0)
                if variances:
                    gradient[a] += value
                    gradient[b] += value
            rows.append((value, math.sqrt(gradient @ fit.vcov_theta @ gradient)))
        at += len(pairs)
    power = 2 if variances else 1
    value = math.exp(power * fit.theta[-1])
    rows.append((value, power * value * math.sqrt(fit.vcov_theta[-1, -1])))
    return rows


def wald(fit, count):
    b, v = fit.beta[:count], fit.vcov_beta[:count, :count]
    return float(b @ np.linalg.solve(v, b))


# -- models of published.json, by their commands ------------------------------------------------------------------


def gpa_long(shared):
    wide = load(shared, "gpa")
    parts = [
        pd.DataFrame({"student": wide.student, "time1": t, "gpa": wide[f"gpa{t}"], "job": wide[f"job{t}"],
                      "highgpa": wide.highgpa, "sex": wide.sex})
        for t in range(1, 7)
    ]
    return pd.concat(parts, ignore_index=True)


def growth(shared, interaction):
    d = load(shared, "growth")
    girl = (d.sex == 2).astype(float)
    columns = [d.age, girl, d.age * girl] if interaction else [d.age, girl]
    x = np.column_stack([*columns, np.ones(len(d))]).astype(float)
    return d.measure, x, [RandomEquation(np.ones((len(d), 1)), d.idnr)]


def pups(shared, doses):
    d = load(shared, "pups")
    size = d.groupby("dam").w.transform("count")
    x = np.column_stack([d.sex, *dummies(d.dose, *doses), size, np.ones(len(d))]).astype(float)
    return d.w, x, [RandomEquation(np.ones((len(d), 1)), d.dam)]


def hsb(shared):
    d = load(shared, "hsb").astype(float)
    mean = d.groupby("schoolid").ses.transform("mean")
    x = np.column_stack([d.ses - mean, mean, np.ones(len(d))])
    return d.mathach, x, [RandomEquation(np.ones((len(d), 1)), d.schoolid.astype(int))]


def homework(shared, slope):
    d = load(shared, "homework")
    z = design(d, "homework") if slope else np.ones((len(d), 1))
    return d.math, design(d, "homework", "white", "ratio"), [RandomEquation(z, d.schid.astype(int), "unstructured")]


def egm(shared, slope):
    d = load(shared, "egm")
    x = design(d, "year") if slope else np.ones((len(d), 1))
    return d.math, x, [
        RandomEquation(x, codes(d.schoolid), "unstructured"),
        RandomEquation(x, codes(d.schoolid, d.childid), "unstructured"),
    ]


def gpa(shared, terms):
    d = gpa_long(shared)
    male = (d.sex == 1).astype(float)
    columns = {
        "job": [d.time1, *dummies(d.job, 2, 3), d.highgpa, male],
        "time": [*dummies(d.time1, 2, 3, 4, 5, 6), d.highgpa, male],
        "square": [d.time1, d.highgpa, d.highgpa.astype(float) ** 2, male],
    }[terms]
    x = np.column_stack([*columns, np.ones(len(d))]).astype(float)
    return d.gpa, x, [RandomEquation(np.ones((len(d), 1)), d.student.astype(int))]


def production(shared, crossed_as_columns=False):
    d = load(shared, "productivity")
    x = design(d, "private", "emp", "hwy", "water", "other", "unemp")
    if crossed_as_columns:
        states = np.column_stack(dummies(d.state, *sorted(d.state.unique())))
        return d.gsp, x, [RandomEquation(states, d.region, "exchangeable")]
    one = np.ones((len(d), 1))
    return d.gsp, x, [RandomEquation(one, d.region), RandomEquation(one, codes(d.region, d.state))]


PUBLISHED = [
    ("xtmixed gpa time1 i.job highgpa i1.sex || student: , mle", lambda s: gpa(s, "job")),
    ("xtmixed gpa i.time1 highgpa i1.sex || student: , mle", lambda s: gpa(s, "time")),
    ("xtmixed gpa time1 highgpa highgpasq i1.sex || student: , mle", lambda s: gpa(s, "square")),
    ("xtmixed measure age i2.sex || idnr: , mle", lambda s: growth(s, False)),
    ("xtmixed measure c.age##i2.sex || idnr: , mle", lambda s: growth(s, True)),
    ("xtmixed measure c.age##i2.sex || idnr:, reml", lambda s: growth(s, True)),
    ("xtmixed w i.sex i2.dose size|| dam: , mle", lambda s: pups(s, (2,))),
    ("xtmixed w i.sex i.dose size|| dam: , mle", lambda s: pups(s, (1, 2))),
    ("xtmixed mathach ses_dev ses_mn || schoolid: , mle", hsb),
    ("mixed mathach ses_dev ses_mn || schoolid: , mle", hsb),
    ("mixed mathach ses_dev ses_mn || schoolid: , reml", hsb),
    ("mixed math homework white ratio || schid: , mle", lambda s: homework(s, False)),
    ("mixed math homework white ratio || schid: homework, mle covar(unstructured)", lambda s: homework(s, True)),
    ("mixed math || schoolid: || childid: , mle", lambda s: egm(s, False)),
    ("mixed math year || schoolid: year, covariance(unstructured) || childid: year, covariance(unstructured) mle",
     lambda s: egm(s, True)),
    ("mixed gsp private emp hwy water other unemp || region: R.state, cov(exchangeable)",
     lambda s: production(s, True)),
]


def close(value, text, relative, extra=0.0):
    """Within the tolerance of a printed number, plus one unit of its last printed digit."""
    text = str(text)
    digits = len(text.split(".")[1]) if "." in text else 0
    return abs(value - float(text)) <= relative * abs(float(text)) + extra + 10.0**-digits


@pytest.mark.parametrize(("command", "build"), PUBLISHED, ids=[c for c, _ in PUBLISHED])
def test_published(shared, command, build):
    entries = json.loads((shared / "reference" / "published.json").read_text())
    published = next(e["published"] for e in entries if e["stata_command"] == command)
    y, x, equations = build(shared)
    fit = fit_lmm(y, x, equations, reml="reml" in command)
    assert fit.convergence.converged and fit.convergence.scaled_gradient < 1e-10
    assert close(fit.loglik, published["ll"], 0.0, 5e-5)
    errors = np.sqrt(np.diag(fit.vcov_beta))
    for b, se, row in zip(fit.beta, errors, published["coef"], strict=True):
        assert close(b, row["b"], 0.0, 1e-5 * se), row
        assert close(se, row["se"], 2e-5), row
    if published["wald_chi2"] is not None:
        assert close(wald(fit, x.shape[1] - 1), published["wald_chi2"], 2e-5)
    statistic = str(published["lr_test"]).split("=")[-1]
    assert close(2 * (fit.loglik - fit.loglik_linear), statistic, 1e-6)
    variances = published["random_effects"][0]["row"].startswith("var")
    rows = printed_rows(fit, variances)
    for (estimate, se), row in zip(rows, published["random_effects"], strict=True):
        assert close(estimate, row["est"], 2e-5), row
        assert close(se, row["se"], 5e-5), row
    sizes = published["obs_per_group_min_avg_max"]
    if published["groups"] is not None:
        group = fit.groups[-1]
        assert group.count == published["groups"]
        assert (group.minimum, round(group.mean, 1), group.maximum) == tuple(sizes)


def test_group_sizes_of_three_levels(shared):
    y, x, equations = egm(shared, False)
    school, child = fit_lmm(y, x, equations).groups
    assert (school.count, school.minimum, round(school.mean, 1), school.maximum) == (60, 18, 120.5, 387)
    assert (child.count, child.minimum, round(child.mean, 1), child.maximum) == (1721, 2, 4.2, 6)


# -- models.json ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(shared):
    entries = json.loads((shared / "reference" / "models.json").read_text())["entries"]
    return {entry["id"]: entry for entry in entries}


@pytest.fixture(scope="module")
def gcse(shared):
    d = load(shared, "gcse")
    return d[d.groupby("school").gcse.transform("count") > 4].reset_index(drop=True)


def gcse_fit(d, structure="unstructured", slope=True, reml=False, interaction=False):
    x = design(d, "lrt")
    if interaction:
        mixed, single = (np.asarray(v) for v in dummies(d.schgend, 2, 3))
        x = np.column_stack([d.lrt, mixed, single, mixed * d.lrt, single * d.lrt, np.ones(len(d))]).astype(float)
    z = design(d, "lrt") if slope else np.ones((len(d), 1))
    return fit_lmm(d.gcse, x, [RandomEquation(z, d.school, structure)], reml=reml)


def assert_rows(fit, expected, rel=2e-6):
    """expected: [estimate, se, ...] per row of the table in standard deviations."""
    for (estimate, se), row in zip(printed_rows(fit, False), expected, strict=True):
        assert estimate == pytest.approx(row[0], rel=rel, abs=5e-8)
        assert se == pytest.approx(row[1], rel=rel, abs=1e-7)


def assert_beta(fit, rows, rel=2e-6):
    for b, se, row in zip(fit.beta, np.sqrt(np.diag(fit.vcov_beta)), rows, strict=True):
        assert b == pytest.approx(row[0], abs=1e-5 * se)
        assert se == pytest.approx(row[1], rel=rel, abs=1e-7)


def test_seed_intercept(gcse, models):
    entry = models["seed_ri"]
    printed, exact = entry["printed"], entry["computed"]
    fit = gcse_fit(gcse, slope=False)
    assert fit.n == printed["N"]
    assert fit.loglik == pytest.approx(exact["ll"], abs=1e-5)
    assert fit.loglik == pytest.approx(printed["ll"], abs=5e-4)
    assert_beta(fit, [printed["b"]["lrt"], printed["b"]["_cons"]])
    assert_rows(fit, [exact["sd_cons"], exact["sd_res"]], rel=3e-7)
    assert 2 * (fit.loglik - fit.loglik_linear) == pytest.approx(exact["lr"], abs=1e-4)
    assert wald(fit, 1) == pytest.approx(exact["wald"], abs=1e-4)
    group = fit.groups[0]
    assert (group.count, group.minimum, round(group.mean, 1), group.maximum) == (64, 8, 63.4, 198)


def test_seed_slope(gcse, models):
    entry = models["seed_rs"]
    printed, exact = entry["printed"], entry["computed"]
    fit = gcse_fit(gcse)
    assert fit.loglik == pytest.approx(exact["ll"], abs=1e-5)
    assert_beta(fit, [printed["b"]["lrt"], printed["b"]["_cons"]], rel=2e-5)
    assert_rows(fit, [exact["sd_lrt"], exact["sd_cons"], exact["corr"], exact["sd_res"]], rel=4e-7)
    rows = [printed["sd_lrt"], printed["sd_cons"], (exact["corr"][0], printed["corr"][1]), printed["sd_res"]]
    assert_rows(fit, rows, rel=2e-5)
    g = fit.covariances[0]
    assert [g[0, 0], g[1, 0], g[1, 1]] == pytest.approx(exact["cov"], rel=4e-7)
    assert 2 * (fit.loglik - fit.loglik_linear) == pytest.approx(exact["lr"], abs=1e-4)
    assert wald(fit, 1) == pytest.approx(exact["wald"], abs=1e-4)


def test_seed_interaction(gcse, models):
    entry = models["seed_int"]
    printed, exact = entry["printed"], entry["computed"]
    fit = gcse_fit(gcse, interaction=True)
    b = printed["b"]
    rows = [b["lrt"], exact["b"]["_2schgend"], b["_3schgend"], b["_2schgend_lrt"], b["_3schgend_lrt"], b["_cons"]]
    assert fit.loglik == pytest.approx(printed["ll"], abs=5e-4)
    assert_beta(fit, rows, rel=2e-5)
    assert_rows(fit, [printed["sd_lrt"], printed["sd_cons"], printed["corr"], printed["sd_res"]], rel=2e-5)
    assert_rows(fit, [exact["sd_lrt"], exact["sd_cons"], exact["corr"], printed["sd_res"]], rel=4e-6)
    assert 2 * (fit.loglik - fit.loglik_linear) == pytest.approx(exact["lr"], abs=1e-4)
    assert wald(fit, 5) == pytest.approx(exact["wald"], abs=1e-4)


@pytest.mark.parametrize("part", ["ri", "rs"])
def test_gcse_reml(gcse, models, part):
    exact = models["gcse_reml"]["computed"][part]
    fit = gcse_fit(gcse, slope=part == "rs", reml=True)
    assert fit.loglik == pytest.approx(exact["ll"], abs=6e-5)
    assert_beta(fit, [exact["b"]["lrt"], exact["b"]["_cons"]])
    rows = ["sd_lrt", "sd_cons", "corr", "sd_res"] if part == "rs" else ["sd_cons", "sd_res"]
    assert_rows(fit, [exact[row] for row in rows])


def test_gcse_independent_and_identity(gcse, models):
    exact = models["gcse_ind"]["computed"]
    fit = gcse_fit(gcse, "independent")
    wanted = exact["independent"]
    assert fit.loglik == pytest.approx(wanted["ll"], abs=1e-6)
    assert_beta(fit, [wanted["b"]["lrt"], wanted["b"]["_cons"]])
    assert_rows(fit, [wanted["sd_lrt"], wanted["sd_cons"], wanted["sd_res"]])
    same = gcse_fit(gcse, "identity")
    assert same.loglik == pytest.approx(exact["identity"]["ll"], abs=1e-5)
    assert_rows(same, [exact["identity"]["sd"], exact["identity"]["sd_res"]])


def test_gcse_exchangeable_is_no_worse_than_identity(gcse, models):
    """Identity is exchangeable with corr 0, so a maximum below its log likelihood is no maximum.

    models.json notes a boundary optimum at -14175.379, below identity's -14136.577: a local optimum of that engine.
    """
    identity = models["gcse_ind"]["computed"]["identity"]
    fit = gcse_fit(gcse, "exchangeable")
    assert fit.convergence.converged
    assert fit.loglik >= identity["ll"]
    assert fit.theta[0] == pytest.approx(math.log(identity["sd"][0]), abs=1e-3)


def test_gcse_predictions(gcse, models):
    exact = models["gcse_post"]["computed"]
    simple = random_effects(gcse_fit(gcse, slope=False))[0]
    slope = random_effects(gcse_fit(gcse))[0]
    for school in (1, 2, 3):
        name = f"school{school}"
        assert simple.on_rows([school])[0] == pytest.approx([exact["ri_reffects"][name]], abs=6e-8)
        assert simple.on_rows([school], True)[0] == pytest.approx([exact["ri_reses_ML"][name]], abs=6e-8)
        assert slope.on_rows([school])[0] == pytest.approx(exact["rs_reffects"][name], abs=2e-7)
    assert slope.on_rows([1], True)[0] == pytest.approx(exact["rs_reses_ML"]["school1"], abs=6e-8)
    z = design(gcse, "lrt")
    by_hand = (z * slope.on_rows(gcse.school)).sum(1)
    assert slope.contribution(z, gcse.school) == pytest.approx(by_hand)


@pytest.mark.parametrize("method", ["ml", "reml"])
def test_three_level_production(shared, models, method):
    exact = models["prod3"]["computed"][method]
    y, x, equations = production(shared)
    fit = fit_lmm(y, x, equations, reml=method == "reml")
    assert fit.loglik == pytest.approx(exact["ll"], abs=2e-6)
    for (estimate, se), name in zip(printed_rows(fit, True), ("var_region", "var_state", "var_res"), strict=True):
        assert estimate == pytest.approx(exact[name][0], abs=6e-8)
        assert se == pytest.approx(exact[name][1], abs=6e-8)
    if method == "ml":
        assert_beta(fit, [exact["b"][n] for n in ("private", "emp", "hwy", "water", "other", "unemp", "_cons")])
        assert wald(fit, 6) == pytest.approx(exact["wald6"], abs=1e-2)
        assert 2 * (fit.loglik - fit.loglik_linear) == pytest.approx(exact["lr"], abs=1e-4)


def test_peak_flow(shared, models):
    exact = models["pefr"]["computed"]
    d = load(shared, "pefr")
    y, group, one = np.concatenate([d.wm1, d.wm2]), np.tile(d.id.astype(int), 2), np.ones((34, 1))
    ml = fit_lmm(y, one, [RandomEquation(one, group)])
    assert ml.loglik == pytest.approx(exact["ml"]["ll"], abs=1e-6)
    assert_rows(ml, [exact["ml"]["sd_id"], exact["ml"]["sd_res"]], rel=1e-8)
    reml = fit_lmm(y, one, [RandomEquation(one, group)], reml=True)
    assert reml.loglik == pytest.approx(exact["reml"]["ll"], abs=1e-6)
    assert math.sqrt(reml.vcov_beta[0, 0]) == pytest.approx(exact["reml"]["_cons_se"], abs=1e-6)
    assert_rows(reml, [exact["reml"]["sd_id"], exact["reml"]["sd_res"]], rel=1e-8)


def test_stata_collapsed_slope_is_our_boundary(shared):
    """Stata prints var(t) = 9.47e-10 within persons; the rest of its table (outputs/505) is reproduced with it held."""
    d = load(shared, "simulated_multilevel_longitudinal_data")
    factors = [d.warmth, d.physical_punishment, (d.identity == 1), (d.intervention == 1), d.HDI]
    main = [np.asarray(v, dtype=float) for v in factors]
    t = np.asarray(d.t, dtype=float)
    x = np.column_stack([t, *main, *(t * v for v in main), np.ones(len(d))])
    equations = [
        RandomEquation(design(d, "warmth"), d.country.astype(int), "independent"),
        RandomEquation(design(d, "t"), codes(d.country, d.id), "independent"),
    ]
    fit = fit_lmm(d.outcome, x, equations)
    assert fit.convergence.converged
    assert fit.convergence.boundary == (2,)
    assert fit.convergence.singular == (1,)
    assert fit.loglik == pytest.approx(-28498.309, abs=5.5e-4)
    assert wald(fit, 11) == pytest.approx(1100.25, rel=2e-5)
    assert 2 * (fit.loglik - fit.loglik_linear) == pytest.approx(1247.84, abs=0.006)
    rows = printed_rows(fit, True)
    printed = [(0.0106014, 0.0127458), (3.170088, 0.9153355), (0, 0), (8.39189, 0.4724106), (26.01583, 0.4751602)]
    for (estimate, se), (value, error) in zip(rows, printed, strict=True):
        # with var(t) collapsing Stata stops further from the optimum than elsewhere, and its SE of var(_cons) within
        # persons, .4724106, is not that of the model without the slope (.4716140), which is the same model
        assert estimate == pytest.approx(value, rel=2e-5, abs=2e-4 * error)
        assert se == pytest.approx(error, rel=2e-3)
    simple = [equations[0], RandomEquation(np.ones((len(d), 1)), equations[1].groups)]
    without = printed_rows(fit_lmm(d.outcome, x, simple), True)
    assert np.array([*rows[:2], *rows[3:]]) == pytest.approx(np.array(without), rel=1e-7)
    assert fit.beta[0] == pytest.approx(0.7582075, abs=1e-6)
    assert math.sqrt(fit.vcov_beta[0, 0]) == pytest.approx(0.326177, abs=1e-6)
