"""The me commands beyond printed outputs: models that are equal to one another, properties, messages, e().

Expected numbers come from other commands of this program that have their own outside checks (mixed, logit), from exact
relations between models, from `models.json`, and from lme4 where that is said.
"""

from __future__ import annotations

import json
import math
import pathlib

import numpy as np
import pytest
from sessions import failed, last, run, shown

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.results.me import MeResult
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")


def loaded(name: str, setup: str = "", version: int = 16) -> Session:
    session = Session()
    for outcome in run(session, f"version {version}\nsysuse {name}\n{setup}"):
        assert outcome.error is None, outcome.error
    return session


def made(columns: dict[str, np.ndarray]) -> Session:
    session = Session()
    n = len(next(iter(columns.values())))
    session.context.data = Dataset(
        {name: new_numeric(name, np.asarray(values, dtype=float), "double") for name, values in columns.items()}, n
    )
    run(session, "version 16")
    return session


def fit(session: Session, command: str) -> MeResult:
    outcome = last(session, f"quietly {command}")
    assert outcome.error is None, (command, outcome.error)
    result = session.context.estimates.result
    assert isinstance(result, MeResult)
    assert result.convergence.converged
    return result


def b(result: MeResult) -> dict[str, float]:
    """e(b) by name."""
    return dict(zip((str(name) for name in result.names), result.b, strict=True))


def se(result: MeResult) -> np.ndarray:
    return np.sqrt(np.diag(result.V))


def clustered(seed: int = 3, groups: int = 25, size: int = 8) -> dict[str, np.ndarray]:
    """Outcomes of every kind in groups with a random intercept and a random slope."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups) + 1.0, size)
    u = np.repeat(rng.normal(0, 0.8, groups), size)
    x = rng.normal(size=groups * size)
    eta = (0.4 + np.repeat(rng.normal(0, 0.5, groups), size)) * x - 0.2 + u
    y = (eta + rng.logistic(size=len(x)) > 0).astype(float)
    return {
        "g": g, "x": x, "y": y, "count": rng.poisson(np.exp(eta)).astype(float),
        "wild": rng.poisson(np.exp(eta) * rng.gamma(0.8, 1.25, len(x))).astype(float),
        "k": np.clip(np.floor(eta + rng.logistic(size=len(x)) + 2), 0, 3),
        "out": eta + rng.normal(0, 0.7, len(x)), "t": rng.exponential(np.exp(-eta)) + 0.01,
        "d": (rng.uniform(size=len(x)) < 0.8).astype(float), "five": rng.binomial(5, 1 / (1 + np.exp(-eta))).astype(float),
        "h": np.repeat(np.arange(groups) % 5 + 1.0, size),
    }


# ---- models that are equal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["meglm out x || g:", "meintreg out out x || g:", "metobit out x || g:"],
)
def test_normal_outcomes_give_the_linear_mixed_model(command: str) -> None:
    session = made(clustered())
    run(session, "quietly mixed out x || g:")
    linear = session.context.estimates.result
    result = fit(session, command)
    assert result.ll == pytest.approx(linear.ll, abs=1e-7)
    assert result.ll_c == pytest.approx(linear.ll_c, abs=1e-7)
    assert [row.b for row in result.coefficients] == pytest.approx([row.b for row in linear.coefficients], rel=1e-5)
    var, expected = (each.equations[0].parameters[0].var for each in (result, linear))
    assert var.value == pytest.approx(expected.value, rel=1e-4)
    assert var.se == pytest.approx(expected.se, rel=1e-3)
    assert result.residual is not None
    assert result.residual.var.value == pytest.approx(linear.residual.var.value, rel=1e-5)


@pytest.mark.parametrize(
    ("command", "single"),
    [("melogit y x", "logit y x"), ("meprobit y x", "probit y x"), ("mecloglog y x", "cloglog y x"),
     ("mepoisson count x", "poisson count x"), ("meologit k x", "ologit k x"), ("menbreg wild x", "nbreg wild x")],
)  # fmt: skip
def test_without_random_effects(command: str, single: str) -> None:
    session = made(clustered())
    run(session, f"quietly {single}")
    known = session.context.estimates.result
    result = fit(session, command)
    assert result.ll == pytest.approx(known.ll, abs=1e-7)
    assert result.b[: len(known.b)] == pytest.approx(known.b, rel=1e-5, abs=1e-7)
    assert se(result)[: len(known.b)] == pytest.approx(np.sqrt(np.diag(known.V)), rel=1e-4)
    text = shown(session, command)
    assert "Integration" not in text
    assert "LR test" not in text
    assert text.startswith("\nIteration 0:   log likelihood = ")
    for vce in ("robust", "cluster h"):
        run(session, f"quietly {single}, vce({vce})")
        known = session.context.estimates.result
        result = fit(session, f"{command}, vce({vce})")
        assert se(result)[: len(known.b)] == pytest.approx(np.sqrt(np.diag(known.V)), rel=1e-4)
        assert result.n_clusters == (5 if "cluster" in vce else 0)


def test_two_ordered_categories_are_a_logit() -> None:
    session = made(clustered())
    logit, ordered = fit(session, "melogit y x || g:"), fit(session, "meologit y x || g:")
    assert ordered.ll == pytest.approx(logit.ll, abs=1e-8)
    assert b(ordered)["/:cut1"] == pytest.approx(-b(logit)["y:_cons"], abs=1e-6)
    assert b(ordered)["/:var(_cons[g])"] == pytest.approx(b(logit)["/:var(_cons[g])"], rel=1e-5)
    probit, oprobit = fit(session, "meprobit y x || g:"), fit(session, "meoprobit y x || g:")
    assert oprobit.ll == pytest.approx(probit.ll, abs=1e-8)


@pytest.mark.parametrize(
    ("command", "general"),
    [
        ("melogit y x || g:", "meglm y x || g:, family(bernoulli) link(logit)"),
        ("meprobit y x || g:", "meglm y x || g:, family(be) link(prob)"),
        ("mecloglog y x || g:", "meglm y x || g:, fam(bin) link(clog)"),
        ("mepoisson count x || g:", "meglm count x || g:, family(poisson)"),
        ("menbreg wild x || g:", "meglm wild x || g:, family(nb)"),
        ("menbreg wild x || g:, dispersion(constant)", "meglm wild x || g:, family(nbinomial constant) link(log)"),
        ("meologit k x || g:", "meglm k x || g:, family(o)"),
        ("meoprobit k x || g:", "meglm k x || g:, family(ordinal) link(probit)"),
        ("melogit five x || g:, binomial(5)", "meglm five x || g:, family(binomial 5)"),
    ],
)
def test_meglm_is_every_one_of_them(command: str, general: str) -> None:
    session = made(clustered())
    one, other = fit(session, command), fit(session, general)
    assert other.ll == one.ll
    assert np.array_equal(other.b, one.b)
    assert (other.family, other.link) == (one.family, one.link)


def test_grouped_binomial_is_the_same_as_rows_of_trials() -> None:
    data = clustered()
    wins = np.repeat(data["five"], 5) > np.tile(np.arange(5), len(data["five"]))
    rows = made({name: np.repeat(values, 5) for name, values in data.items()} | {"win": wins.astype(float)})
    grouped = fit(made(data), "melogit five x || g:, binomial(5)")
    single = fit(rows, "melogit win x || g:")
    ways = sum(math.log(math.comb(5, int(k))) for k in data["five"])
    assert grouped.ll - ways == pytest.approx(single.ll, abs=1e-7)
    assert grouped.b == pytest.approx(single.b, rel=1e-5)
    assert se(grouped) == pytest.approx(se(single), rel=1e-5)
    variable = fit(made(data | {"n": np.full(len(wins) // 5, 5.0)}), "melogit five x || g:, binomial(n)")
    assert variable.ll == pytest.approx(grouped.ll, abs=1e-9)


def test_exponential_survival_is_a_poisson_with_exposure() -> None:
    data = clustered()
    session = made(data)
    run(session, "quietly stset t, failure(d)")
    survival = fit(session, "mestreg x || g:, distribution(exponential)")
    poisson = fit(session, "mepoisson d x, exposure(t) || g:")
    difference = float(data["d"] @ np.log(data["t"]))
    assert survival.ll == pytest.approx(poisson.ll - difference, abs=1e-7)
    assert survival.b == pytest.approx(poisson.b, rel=1e-5, abs=1e-7)
    accelerated = fit(session, "mestreg x || g:, distribution(e) time")
    assert accelerated.ll == pytest.approx(survival.ll, abs=1e-8)
    assert b(accelerated)["_t:x"] == pytest.approx(-b(survival)["_t:x"], abs=1e-6)


def test_weibull_in_both_forms() -> None:
    """Hazard form: b = -p b_time; the random effect's sd is p times the other."""
    session = made(clustered())
    run(session, "quietly stset t, failure(d)")
    hazard, time = (fit(session, f"mestreg x || g:, distribution(weibull) {form}") for form in ("", "time"))
    p = math.exp(b(hazard)["/:ln_p"])
    assert time.ll == pytest.approx(hazard.ll, abs=1e-6)
    assert b(hazard)["_t:x"] == pytest.approx(-p * b(time)["_t:x"], rel=1e-4)
    assert b(hazard)["/:var(_cons[g])"] == pytest.approx(p * p * b(time)["/:var(_cons[g])"], rel=1e-3)
    assert "Weibull PH" in hazard.title
    assert "Weibull AFT" in time.title


@pytest.mark.parametrize("distribution", ["lognormal", "loglogistic", "gamma"])
def test_survival_families_do_not_depend_on_the_unit_of_time(distribution: str) -> None:
    """In other units the constant moves by the logarithm of the unit and each failure's density by that too."""
    session = made(clustered())
    run(session, "quietly stset t, failure(d)")
    years = fit(session, f"mestreg x || g:, distribution({distribution})")
    run(session, "quietly stset t, failure(d) scale(0.01)")
    shorter = fit(session, f"mestreg x || g:, distribution({distribution})")
    failures = float(clustered()["d"].sum())
    assert shorter.ll == pytest.approx(years.ll - failures * math.log(100), abs=1e-5)
    assert b(shorter)["_t:_cons"] == pytest.approx(b(years)["_t:_cons"] + math.log(100), abs=1e-4)
    assert b(shorter)["_t:x"] == pytest.approx(b(years)["_t:x"], abs=1e-5)


def test_frequencies_stand_for_rows() -> None:
    data = clustered()
    weights = np.random.default_rng(1).integers(1, 4, len(data["x"])).astype(float)
    weighted = fit(made(data | {"w": weights}), "melogit y x [fweight=w] || g:")
    long = {name: np.repeat(values, weights.astype(int)) for name, values in data.items()}
    repeated = fit(made(long), "melogit y x || g:")
    assert weighted.n == repeated.n == int(weights.sum())
    assert weighted.ll == pytest.approx(repeated.ll, abs=1e-7)
    assert weighted.b == pytest.approx(repeated.b, rel=1e-5)
    assert se(weighted) == pytest.approx(se(repeated), rel=1e-4)


def test_group_frequencies_stand_for_groups() -> None:
    data = clustered()
    twice = (data["g"] % 2 == 0) + 1.0
    weighted = fit(made(data | {"w": twice}), "melogit y x || g:, fweight(w)")
    copies = {name: np.concatenate([values, values[twice == 2]]) for name, values in data.items()}
    copies["g"] = np.concatenate([data["g"], data["g"][twice == 2] + 1000])
    repeated = fit(made(copies), "melogit y x || g:")
    assert weighted.ll == pytest.approx(repeated.ll, abs=1e-7)
    assert weighted.b == pytest.approx(repeated.b, rel=1e-5)
    assert weighted.lr is None


# ---- properties --------------------------------------------------------------------------------------------------

COMMANDS = ("melogit y x || g:", "mepoisson count x || g: x, cov(un)", "meologit k x || h: || g:", "menbreg wild x || g:")


@pytest.mark.parametrize("command", COMMANDS)
def test_order_of_rows_and_names_of_groups_do_not_matter(command: str) -> None:
    data = clustered()
    first = fit(made(data), command)
    order = np.random.default_rng(2).permutation(len(data["x"]))
    other = {name: values[order] for name, values in data.items()}
    other["g"] = (other["g"] * 7919) % 1009
    second = fit(made(other), command)
    assert second.ll == pytest.approx(first.ll, abs=1e-7)
    assert second.b == pytest.approx(first.b, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("command", ["melogit y x || g:", "mepoisson count x || g:", "mecloglog y x || g:"])
def test_units_of_a_covariate(command: str) -> None:
    data = clustered()
    one, other = fit(made(data), command), fit(made(data | {"x": 1000 * data["x"]}), command)
    assert other.ll == pytest.approx(one.ll, abs=1e-7)
    assert other.b[0] * 1000 == pytest.approx(one.b[0], rel=1e-5)
    assert other.b[2] == pytest.approx(one.b[2], rel=1e-5)


@pytest.mark.parametrize("unit", [1e-4, 1e2, 1e5])
@pytest.mark.parametrize("command", ["meglm out x || g: x, cov(un)", "metobit out x || g:, ll(LIMIT)"])
def test_units_of_a_normal_outcome(command: str, unit: float) -> None:
    data = clustered()
    one = fit(made(data), command.replace("LIMIT", "-1"))
    other = fit(made(data | {"out": unit * data["out"]}), command.replace("LIMIT", f"{-unit:g}"))
    known = len(data["out"]) if one.censoring is None else one.censoring.uncensored
    assert other.ll == pytest.approx(one.ll - known * math.log(unit), abs=1e-6)
    assert other.b[:2] == pytest.approx(unit * one.b[:2], rel=1e-5)
    assert other.b[2:] == pytest.approx(unit**2 * one.b[2:], rel=1e-4)
    assert se(other)[2:] == pytest.approx(unit**2 * se(one)[2:], rel=1e-3)


def test_random_effects_in_units_of_a_normal_outcome() -> None:
    data = clustered()
    found = []
    for unit in (1.0, 1e5):
        session = made(data | {"out": unit * data["out"]})
        fit(session, "meglm out x || g: x, covariance(unstructured)")
        assert last(session, "quietly predict u1 u2, reffects reses(s1 s2)").error is None
        columns = session.context.data.columns
        found.append(np.array([columns[name].values for name in ("u1", "u2", "s1", "s2")]) / unit)
    assert found[1] == pytest.approx(found[0], rel=1e-4, abs=1e-6)


def test_a_constant_in_the_offset_moves_the_constant() -> None:
    data = clustered()
    session = made(data | {"zero": 0 * data["x"], "two": 0 * data["x"] + 2, "seven": 0 * data["x"] + 7})
    plain, with_zero, with_two = (
        fit(session, f"mepoisson count x{each} || g:") for each in ("", ", offset(zero)", ", offset(two)")
    )
    assert with_zero.ll == pytest.approx(plain.ll, abs=1e-9)
    assert with_two.ll == pytest.approx(plain.ll, abs=1e-8)
    assert with_two.b[1] == pytest.approx(plain.b[1] - 2, abs=1e-6)
    exposed = fit(session, "mepoisson count x, exposure(seven) || g:")
    assert exposed.b[1] == pytest.approx(plain.b[1] - math.log(7), abs=1e-6)


def test_identity_and_exchangeable_structures_name_what_they_share() -> None:
    session = made(clustered())
    result = fit(session, "mepoisson count x || g: x, covariance(identity)")
    assert b(result)["/:var(x[g])"] == b(result)["/:var(_cons[g])"]
    assert result.constraints == (" ( 1)  [/]var(x[g]) - [/]var(_cons[g]) = 0",)
    exchangeable = fit(session, "mepoisson count x || g: x, covariance(exchangeable)")
    free = fit(session, "mepoisson count x || g: x, covariance(unstructured)")
    assert result.ll <= exchangeable.ll + 1e-9 <= free.ll + 2e-9
    assert (result.lr.df, exchangeable.lr.df, free.lr.df) == (1, 2, 3)
    assert [len(each.parameters) for each in exchangeable.equations] == [3]


def test_interval_of_a_covariance_is_symmetric_and_of_a_variance_is_not() -> None:
    result = fit(made(clustered()), "mepoisson count x || g: x, covariance(unstructured)")
    x, cons, cov = result.equations[0].parameters
    assert cov.var.value - cov.var.lo == pytest.approx(cov.var.hi - cov.var.value)
    for each in (x, cons):
        assert math.sqrt(each.var.lo * each.var.hi) == pytest.approx(each.var.value)
    assert se(result)[2:] == pytest.approx([x.var.se, cons.var.se, cov.var.se])
    assert result.equations[0].z[2] == pytest.approx(cov.var.value / cov.var.se)


def test_a_variance_of_zero_is_no_parameter() -> None:
    """Groups that have nothing in common: the variance is zero, nothing is tested."""
    data = clustered()
    data["g"] = np.tile(np.arange(20.0), 10)
    data["y"] = np.tile([0.0, 1.0], 100)[np.argsort(data["g"], kind="stable").argsort()]
    session = made(data)
    result = fit(session, "melogit y || g:")
    assert result.equations[0].parameters[0].var.value == 0
    assert (result.lr.df, result.lr.chi2) == (0, 0)
    assert math.isnan(result.lr.p)
    assert "LR test vs. logistic model: chi2(0) = 0.00                Prob > chi2 =      ." in shown(session, "melogit")


# ---- robust standard errors --------------------------------------------------------------------------------------


def test_robust_is_clustering_by_the_top_level() -> None:
    session = made(clustered())
    plain = fit(session, "melogit y x || g:")
    robust = fit(session, "melogit y x || g:, vce(robust)")
    cluster = fit(session, "melogit y x || g:, vce(cluster g)")
    assert np.array_equal(robust.V, cluster.V)
    assert (robust.ll, robust.n_clusters, robust.cluster, robust.lr) == (plain.ll, 25, "g", None)
    coarser = fit(session, "melogit y x || g:, vce(cluster h)")
    assert coarser.n_clusters == 5
    assert not np.allclose(coarser.V, robust.V)


@pytest.mark.parametrize("command", ["melogit y x || g:", "mepoisson count x || h: || g:"])
def test_sandwich_adds_what_each_group_moves(command: str) -> None:
    """A group's share in the robust variance is what a little more of its weight does to the estimates:
    db/dw = H^-1 s, so V = J / (J - 1) sum db db'."""
    data = clustered()
    top = command.split("|| ")[1].partition(":")[0]
    groups = np.unique(data[top])
    robust = fit(made(data), f"{command}, vce(robust)")
    spread = np.zeros_like(robust.V)
    for group in groups:
        moved = []
        for step in (1e-3, -1e-3):
            session = made(data | {"w": np.where(data[top] == group, 1.0 + step, 1.0)})
            parts = command.replace(f"|| {top}:", f"|| {top}:, iweight(w)", 1)
            moved.append(fit(session, parts).b)
        change = (moved[0] - moved[1]) / 2e-3
        spread += np.outer(change, change)
    count = len(groups)
    assert robust.n_clusters == count
    assert pytest.approx(spread * count / (count - 1), rel=2e-3, abs=2e-6) == robust.V


def test_sampling_weights_mean_robust_errors() -> None:
    data = clustered()
    session = made(data | {"w": np.full(len(data["x"]), 2.5), "v": np.full(len(data["x"]), 3.0)})
    one = fit(session, "melogit y x [pweight=v] || g:")
    assert one.vce == "robust"
    assert one.lr is None
    assert fit(session, "melogit y x || g:, pweight(w)").vce == "robust"


def test_weighted_groups_in_other_units() -> None:
    """A density of y/100 is 100 times that of y, as often as the row counts by the weights of all levels."""
    data = clustered()
    r, v, w = 1 + np.arange(len(data["x"])) % 2, 1 + data["h"] % 2, 1 + data["g"] % 3
    data |= {"big": 100 * data["out"], "r": r, "v": v, "w": w}
    for random, weight in (("|| g:, iweight(w)", r * w), ("|| h:, iweight(v) || g:, iweight(w)", r * w * v)):
        small, large = (fit(made(data), f"meglm {y} x [iweight=r] {random}") for y in ("out", "big"))
        assert small.ll - large.ll == pytest.approx(weight.sum() * np.log(100), abs=1e-5)
        assert small.ll_c - large.ll_c == pytest.approx(r.sum() * np.log(100), abs=1e-6)


@pytest.mark.parametrize("command", ["melogit y x || g:", "melogit y x"])
def test_frequencies_are_repetitions_in_robust_errors_too(command: str) -> None:
    data = clustered()
    w = 1 + np.arange(len(data["x"])) % 3
    weighted = fit(made(data | {"w": w}), command.replace(" x", " x [fweight=w]", 1) + ", vce(robust)")
    repeated = fit(made({name: np.repeat(values, w) for name, values in data.items()}), f"{command}, vce(robust)")
    assert weighted.n == repeated.n == w.sum()
    assert weighted.b == pytest.approx(repeated.b, rel=1e-5, abs=1e-7)
    assert pytest.approx(repeated.V, rel=1e-3, abs=1e-8) == weighted.V


@pytest.mark.parametrize("command", ["melogit y x || g:", "mepoisson count x || h: || g:"])
def test_weighted_groups_are_clusters_of_their_copies(command: str) -> None:
    """A top-level group of weight w has w times the score: as a cluster of w copies, each a group of its own."""
    data = clustered()
    top = command.split("|| ")[1].partition(":")[0]
    copies = (1 + data[top] % 3).astype(int)
    weighted = fit(made(data | {"w": copies}), command.replace(f"|| {top}:", f"|| {top}:, pweight(w)", 1))
    rows = np.concatenate([np.flatnonzero(copies > k) for k in range(3)])
    copy = np.concatenate([np.full((copies > k).sum(), 1000 * k) for k in range(3)])
    repeated = {name: values[rows] for name, values in data.items()}
    own = {"g": repeated["g"] + copy, "h": repeated["h"] + copy, "whole": repeated[top]}
    long = fit(made(repeated | own), f"{command}, vce(cluster whole)")
    assert weighted.n_clusters == long.n_clusters == len(np.unique(data[top]))
    assert weighted.b == pytest.approx(long.b, rel=1e-5, abs=1e-7)
    assert pytest.approx(long.V, rel=1e-3, abs=1e-8) == weighted.V


# ---- published numbers, other programs ---------------------------------------------------------------------------


def entries(shared: pathlib.Path) -> dict[str, dict[str, object]]:
    found = json.loads((shared / "reference" / "models.json").read_text("utf-8"))["entries"]
    return {each["id"]: each for each in found}


def test_bangladesh_as_stata_prints_it() -> None:
    """melogit of the random intercept, from the Princeton page on multilevel logits."""
    result = fit(loaded("bangladesh"), "melogit c_use urban age child1 child2 child3 || district:")
    printed = {
        "urban": (0.7322765, 0.1194857), "age": (-0.0264981, 0.0078916), "child1": (1.116001, 0.1580921),
        "child2": (1.365895, 0.1746691), "child3": (1.344031, 0.1796549), "_cons": (-1.68929, 0.1477591),
    }
    assert result.ll == pytest.approx(-1206.8322, abs=5e-5)
    for row in result.coefficients:
        value, error = printed[row.stripe]
        assert row.b == pytest.approx(value, abs=5e-5 * error + 1e-6)
        assert row.se == pytest.approx(error, rel=5e-5)
    var = result.equations[0].parameters[0].var
    assert (var.value, var.se, var.lo, var.hi) == pytest.approx((0.215618, 0.0733222, 0.1107208, 0.4198954), rel=5e-5)
    assert (result.chi2, result.lr.chi2) == pytest.approx((109.60, 43.39), abs=0.005)


def test_melanoma_three_levels(shared: pathlib.Path) -> None:
    """Computed independently with the same quadrature (models.json)."""
    known = entries(shared)["melanoma"]["computed"]["mv7"]
    result = fit(loaded("melanoma"), "mepoisson deaths c.uv##c.uv, exposure(expected) || nation: || region:")
    assert result.ll == pytest.approx(known["ll"], abs=1e-4)
    for row, name in zip(result.coefficients, ("uv", "uv2", "_cons"), strict=False):
        assert (row.b, row.se) == pytest.approx(known[name], rel=2e-3, abs=2e-6)
    for each, name in zip(result.equations, ("var_nation", "var_region"), strict=True):
        assert (each.parameters[0].var.value, each.parameters[0].var.se) == pytest.approx(known[name], rel=1e-3)


def test_crossed_effects_by_laplace() -> None:
    """lme4 1.1 glmer: -2220.00358, .281462, .4520143, .1239626; it stops 1e-4 short in the variances."""
    session = loaded("fife", "generate high = attain > 6", version=14)
    text = shown(session, "melogit high sex || _all: R.sid || pid:")
    result = session.context.estimates.result
    assert isinstance(result, MeResult)
    assert text.startswith("note: crossed random-effects model specified; option intmethod(laplace) implied")
    assert result.ll == pytest.approx(-2220.0035, abs=2e-4)
    assert b(result)["high:sex"] == pytest.approx(0.28146, abs=1e-4)
    assert b(result)["var(_cons[pid]):_cons"] == pytest.approx(0.45202, abs=1e-4)
    assert b(result)["var(_cons[_all>sid]):_cons"] == pytest.approx(0.12396, abs=1e-4)
    assert "\n_all>sid     |\n   var(_cons)|" in text
    assert "\npid          |\n   var(_cons)|" in text
    assert "\nIntegration method:     laplace\n" in text


def test_respiratory_with_twelve_points(shared: pathlib.Path) -> None:
    """meglm v drug male age bl || patient:, family(ordinal) intpoints(12), as Stata 14 printed it."""
    session = Session()
    run(session, f"use {shared}/data/respiratory.dta\nreshape long v, i(patient) j(visit)")
    result = fit(session, "meglm v drug male age bl || patient:, family(ordinal) intpoints(12)")
    assert result.ll == pytest.approx(-520.65653, abs=5e-5)
    assert result.lr.chi2 == pytest.approx(130.88, abs=0.005)
    # Stata stopped early: its standard errors are up to 8e-4 of themselves from those at the maximum
    printed = {
        "drug": (2.070046, 0.4957758), "male": (-0.7683798, 0.6269034), "age": (-0.0296264, 0.0183174),
        "bl": (1.509191, 0.2459043), "/cut1": (-1.494024, 1.04868), "/cut2": (0.0039407, 1.037155),
        "/cut3": (2.52051, 1.046104), "/cut4": (4.396504, 1.065107),
    }
    for row in (*result.coefficients, *result.ancillary):
        value, error = printed[row.stripe]
        assert row.b == pytest.approx(value, abs=5e-4 * error)
        assert row.se == pytest.approx(error, rel=1e-3)
    var = result.equations[0].parameters[0].var
    assert (var.value, var.se) == pytest.approx((4.790971, 1.070819), rel=1e-4)


# ---- e() ---------------------------------------------------------------------------------------------------------


def test_names_in_e() -> None:
    session = loaded("bangladesh")
    fit(session, "melogit c_use urban || district: urban, covariance(unstructured)")
    stored = session.context.estimates.stored()
    assert [str(name) for name in stored.matrices["b"].columns] == [
        "c_use:urban", "c_use:_cons", "/:var(urban[district])", "/:var(_cons[district])",
        "/:cov(urban[district],_cons[district])",
    ]
    assert (stored.macros["cmd"], stored.macros["cmd2"]) == ("meglm", "melogit")
    assert {name: stored.macros[name] for name in ("family", "link", "intmethod", "ivars")} == {
        "family": "bernoulli", "link": "logit", "intmethod": "mvaghermite", "ivars": "district",
    }
    assert {name: stored.scalars[name] for name in ("N", "k_f", "k_r", "k_rs", "k_rc", "n_quad", "converged")} == {
        "N": 1934, "k_f": 2, "k_r": 3, "k_rs": 2, "k_rc": 1, "n_quad": 7, "converged": 1,
    }
    assert stored.matrices["N_g"].values.tolist() == [[60]]
    assert session.context.sample().sum() == 1934


def test_names_in_e_up_to_version_14() -> None:
    session = loaded("bangladesh", version=14)
    fit(session, "melogit c_use urban || district:")
    assert [str(name) for name in session.context.estimates.stored().matrices["b"].columns] == [
        "c_use:urban", "c_use:_cons", "var(_cons[district]):_cons",
    ]


# ---- what is shown -----------------------------------------------------------------------------------------------


def test_replay_shows_other_levels_and_ratios_without_a_log() -> None:
    session = loaded("bangladesh")
    fit(session, "melogit c_use urban || district:")
    text = shown(session, "melogit, or level(90)")
    assert text.startswith("\nMixed-effects logistic regression")
    assert "Odds Ratio" in text
    assert "[90% Conf. Interval]" in text
    assert text == shown(session, "melogit, or level(90)")
    assert failed(session, "mepoisson")[1] == 301


def test_parts_can_be_left_out() -> None:
    session = loaded("bangladesh")
    fit(session, "melogit c_use urban || district:")
    assert "Mixed-effects" not in shown(session, "melogit, noheader")
    assert "Coef." not in shown(session, "melogit, notable")
    assert "LR test" not in shown(session, "melogit, nolrtest")
    assert "Group variable" not in shown(session, "melogit, nogroup")
    legend = shown(session, "melogit, coeflegend")
    assert "_b[urban]" in legend
    assert "_b[/var(_cons[district])]" in legend


def test_ratio_notes_by_version() -> None:
    session = loaded("melanoma", version=17)
    text = shown(session, "mepoisson deaths uv, exposure(expected) || nation:, irr nolog")
    assert "Note: Estimates are transformed only in the first equation to incidence-rate ratios." in text
    assert "Note: _cons estimates baseline incidence rate (conditional on zero random effects)." in text
    assert "ln(expected) |          1  (exposure)" in text
    assert "Note: Estimates are transformed only in the first equation.\n" in shown(session, "version 16: mepoisson, irr")
    assert "transformed" not in shown(session, "version 14: mepoisson, irr")


# ---- messages ----------------------------------------------------------------------------------------------------

WRONG_OUTCOMES = [
    ("mepoisson neg x || g:", "neg must be greater than or equal to zero", 459),
    ("menbreg neg x || g:", "neg must be greater than or equal to zero", 459),
    ("mepoisson zero x || g:", "zero is zero for all observations", 498),
    ("meologit zero x || g:", "too few categories", 148),
    ("melogit five x || g:, binomial(3)", "five must be less than or equal to 3", 459),
    ("melogit half x || g:, binomial(3)", "half has noninteger values", 459),
    ("meglm neg x || g:, family(gamma)", "neg must be greater than zero", 459),
    ("meglm zero x || g:", "outcome does not vary", 2000),
    ("mepoisson count x, exposure(zero) || g:", "exposure() must be greater than zero", 459),
    ("meintreg out neg x || g:", "out is greater than neg in some observations", 498),
    ("metobit out x || g:, ll(3) ul(2)", "ll() must be less than ul()", 198),
    ("metobit out x || g:, ll(1000)", "no uncensored observations", 2000),
    ("melogit y x if x > 1000 || g:", "no observations", 2000),
    ("mestreg x || g:, distribution(weibull)", "data not st", 119),
]
WRONG_LINES = [
    ("melogit", "last estimates not found", 301),
    ("melogit y x || nothing:", "variable nothing not found", 111),
    ("melogit y nothing || g:", "variable nothing not found", 111),
    ("melogit y x [aweight=x] || g:", "aweights not allowed", 101),
    ("melogit y x || g:, intpoints(0)", "intpoints() must be between 1 and 195 inclusive", 198),
    ("melogit y x || g:, intmethod(exact)", "option intmethod() incorrectly specified", 198),
    ("melogit y x || g:, vce(jackknife)", "option vce() incorrectly specified", 198),
    ("melogit y x || g:, vce(cluster five)", "highest-level groups are not nested within five", 459),
    ("melogit y x || g:, constraints(A)", "option constraints() with a matrix is not built yet", 199),
    ("melogit y x || g:, irr", "option irr not allowed", 198),
    ("melogit y x || g: R.h, covariance(unstructured)", "only covariance(identity) is allowed with R.varname", 198),
    ("meglm y x || g:, family(poisson) link(logit)", "family poisson and link logit may not be combined", 198),
    ("meglm y x || g:, family(cauchy)", "invalid option family(); family cauchy not allowed", 198),
    ("mepoisson count x, offset(x) exposure(t) || g:", "only one of offset() or exposure() can be specified", 198),
    ("mestreg x || g:", "option distribution() required", 198),
    ("melogit y x || g:, fweight(h) pweight(h)", "options fweight() and pweight() may not be combined", 198),
    ("melogit y x || h:, fweight(five)", "weights must be constant within h", 459),
    ("melogit y x || g:, from(A)", "matrix A not found", 111),
    ("melogit y x || h: || g: || h: x", "level h may not be repeated after another level", 198),
    ("meglm y x || g:, family()", "option family() incorrectly specified", 198),
    ("mestreg x || g:, distribution(normal)", "option distribution() incorrectly specified", 198),
]


@pytest.mark.parametrize(("command", "message", "rc"), WRONG_OUTCOMES + WRONG_LINES)
def test_messages(command: str, message: str, rc: int) -> None:
    data = clustered()
    extra = {"neg": -1 - data["x"] ** 2, "zero": 0 * data["x"], "half": data["five"] / 2 + 0.5}
    session = made(data | extra)
    if "distribution" in command or message.startswith("option distribution"):
        run(session, "quietly stset t, failure(d)" if rc == 198 else "")
    assert failed(session, command) == (message, rc)
    assert session.context.state.estimates is None


def test_a_constant_outcome_is_refused_as_logit_does() -> None:
    data = clustered()
    message, rc = failed(made(data | {"one": 0 * data["x"] + 1}), "melogit one x || g:")
    assert message.startswith("outcome does not vary; remember:")
    assert rc == 2000


def test_a_failure_leaves_the_last_estimates() -> None:
    session = made(clustered())
    fit(session, "melogit y x || g:")
    before = session.context.state.estimates
    failed(session, "mepoisson out x || g:")
    assert session.context.state.estimates is before


def test_any_nonzero_outcome_is_a_success() -> None:
    data = clustered()
    session = made(data | {"seven": 7 * data["y"]})
    assert fit(session, "melogit seven x || g:").ll == fit(session, "melogit y x || g:").ll


def test_collinear_covariates_are_left_out() -> None:
    data = clustered()
    session = made(data | {"again": 2 * data["x"] + 1})
    text = shown(session, "version 17: melogit y x again || g:, nolog")
    assert text.startswith("note: again omitted because of collinearity.\n")
    assert "       again |          0  (omitted)" in text
    assert fit(session, "melogit y x again || g: x again, collinear").df_m == 1


def test_noncounts_are_noted() -> None:
    data = clustered()
    session = made(data | {"half": data["count"] / 2})
    note = "note: you are responsible for interpretation of noncount dep. variable"
    assert shown(session, "mepoisson half x || g:, nolog").startswith(note)
    assert note not in shown(session, "mepoisson count x || g:, nolog")


def test_perfect_predictors_are_left_out_unless_asis() -> None:
    data = clustered()
    always = ((data["y"] == 1) & (data["x"] > 0.5)).astype(float)
    session = made(data | {"always": always})
    text = shown(session, "version 17: melogit y x always || g:, nolog")
    n = int(always.sum())
    assert f"note: always != 0 predicts success perfectly;\n      always omitted and {n} obs not used." in text
    assert session.context.estimates.result.n == len(always) - n
    assert session.context.sample().sum() == len(always) - n
    text = shown(session, "melogit y x always, asis || g:, nolog")
    assert "predicts" not in text
    assert session.context.estimates.result.n == len(always)


def test_a_search_cut_short_prints_its_table_and_fails() -> None:
    session = made(clustered())
    outcome = last(session, "melogit y x || g:, iterate(1)")
    assert outcome.error is not None
    assert (outcome.error.message, outcome.error.rc) == ("convergence not achieved", 430)
    lines = [text for text in shown(session, "melogit").split("\n") if text]
    assert lines[-1] == "Warning: Convergence not achieved."
    assert lines[-2].startswith("Note: the limit of iterations was reached; iterate(#) allows more")
    assert lines[0].startswith("Mixed-effects logistic regression")
    assert session.context.estimates.stored().scalars["rc"] == 430


def test_from_begins_where_it_says() -> None:
    session = made(clustered())
    there = fit(session, "melogit y x || g:")
    run(session, f"matrix A = ({there.b[0]}, {there.b[1]}, {math.log(there.b[2]) / 2})")
    again = fit(session, "melogit y x || g:, from(A)")
    assert again.logs.grid == pytest.approx(there.ll, abs=1e-6)
    assert again.b == pytest.approx(there.b, rel=1e-5)
    run(session, "matrix A = (0, 0)")
    assert failed(session, "melogit y x || g:, from(A)") == ("conformability error", 503)


def test_json_holds_the_result() -> None:
    from mixedcli.results.base import json_ready

    found = json_ready(fit(made(clustered()), "melogit y x || g:"))
    assert found["equations"][0]["parameters"][0]["var"]["value"] > 0
    assert found["family"] == "bernoulli"
    assert found["logs"]["full"][-1] == pytest.approx(found["ll"], abs=1e-6)
