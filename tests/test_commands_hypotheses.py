"""test, testparm, lincom, lrtest, estat ic and the stored estimates.

What is printed is compared with real outputs where the estimates can be rebuilt from published data (the Princeton
family-planning data for F tests) or from the print itself; the rest is checked against the textbook formulas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from mixedcli.commands.context import Context
from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.report.text import to_text
from mixedcli.results.base import Matrix, Result, Stored
from mixedcli.results.stripe import StripeName
from mixedcli.session import Outcome, Session


@dataclass(frozen=True)
class Fit(Result):
    """Estimation results with nothing but what e() holds; ``names`` may carry an equation (``y:x``)."""

    names: tuple[str, ...]
    b: np.ndarray
    V: np.ndarray
    scalars: dict[str, float]
    macros: dict[str, str]

    def stored(self) -> Stored:
        columns = tuple(StripeName(*name.rpartition(":")[::2]) for name in self.names)
        matrices = {
            "b": Matrix(self.b.reshape(1, -1), (StripeName("", "y1"),), columns),
            "V": Matrix(self.V, columns, columns),
        }
        return Stored("e", self.scalars, self.macros, matrices)


def fit(names: str, b: list[float] | np.ndarray, V: object, **stored: object) -> Fit:
    """``V`` may be a matrix or the standard errors; numbers among ``stored`` are scalars, texts macros."""
    V = np.asarray(V, dtype=float)
    scalars = {k: float(v) for k, v in stored.items() if not isinstance(v, str)}
    macros = {k: v for k, v in stored.items() if isinstance(v, str)}
    columns = tuple(names.split())
    return Fit(columns, np.asarray(b, dtype=float), np.diag(V**2) if V.ndim == 1 else V, scalars, macros)


def session_of(result: Fit, data: Dataset | None = None) -> Session:
    """A session in which ``result`` was just estimated."""
    session = Session()
    if data is not None:
        session.context.data = data
    post(session.context, result)
    return session


def post(context: Context, result: Fit) -> None:
    context.post(result, None, np.ones(context.data.n, dtype=bool))


def run(session: Session, text: str) -> Outcome:
    return list(session.run(text))[-1]


def printed(session: Session, text: str) -> str:
    outcome = run(session, text)
    assert outcome.error is None, outcome.error
    return to_text(outcome.document) if outcome.document else ""


def real(shared: object, number: int) -> str:
    """A real output, without its heading and last newline."""
    text = (shared / "reference" / "outputs" / f"{number}.txt").read_text(encoding="utf-8")  # type: ignore[operator]
    return text.split("#---\n", 1)[1].rstrip("\n")


# A fit of two equations whose covariances are not zero.
V3 = np.array([[4.0, 1.0, 0.5], [1.0, 9.0, -1.0], [0.5, -1.0, 1.0]])
ABC = ("y:a y:b y:_cons", [3.0, -2.0, 1.5], V3)


# ---- F tests on published data ---------------------------------------------------------------------------------

# Mauldin and Berelson's 20 countries (Princeton's "effort" data): social setting, family-planning effort,
# and decline in fertility.
SETTING = [46, 74, 89, 77, 84, 89, 68, 70, 60, 55, 35, 51, 87, 83, 68, 84, 74, 73, 84, 91]
EFFORT = [0, 0, 16, 16, 21, 15, 14, 6, 13, 9, 3, 7, 23, 4, 0, 19, 3, 0, 15, 7]
CHANGE = [1, 10, 29, 25, 29, 40, 21, 0, 13, 4, 0, 7, 21, 9, 7, 22, 6, 2, 29, 11]


def ols(y: np.ndarray, columns: dict[str, np.ndarray]) -> Fit:
    """A regression as ``regress`` stores it; a column that repeats earlier ones keeps a place with a zero variance."""
    kept: list[str] = []
    for name, x in columns.items():
        trial = np.column_stack([columns[k] for k in kept] + [x])
        if np.linalg.matrix_rank(trial) == len(kept) + 1:
            kept.append(name)
    X = np.column_stack([columns[k] for k in kept])
    coefficients, *_ = np.linalg.lstsq(X, y, rcond=None)
    df = len(y) - len(kept)
    s2 = float(np.sum((y - X @ coefficients) ** 2)) / df
    place = [list(columns).index(name) for name in kept]
    b, V = np.zeros(len(columns)), np.zeros((len(columns), len(columns)))
    b[place] = coefficients
    V[np.ix_(place, place)] = s2 * np.linalg.inv(X.T @ X)
    return fit(" ".join(columns), b, V, df_r=df, N=len(y), depvar="change")


@pytest.fixture
def effort() -> tuple[Dataset, dict[str, np.ndarray], np.ndarray]:
    """The data, and the columns of the models of outputs 182 and 184."""
    setting, effort = np.array(SETTING, float), np.array(EFFORT, float)
    setting_g = 1.0 + (setting >= 70) + (setting >= 80)
    effort_g = 1.0 + (effort >= 5) + (effort >= 15)
    centred = setting - setting.mean()
    data = Dataset()
    for name, values in (("setting_g", setting_g), ("effort_g", effort_g), ("setting_c", centred)):
        data = data.with_column(new_numeric(name, values, "double"))
    columns = {"setting_c": centred}
    columns |= {f"{level}.setting_g": (setting_g == level) * 1.0 for level in (2, 3)}
    columns |= {f"{level}.effort_g": (effort_g == level) * 1.0 for level in (2, 3)}
    columns |= {
        f"{i}.setting_g#{j}.effort_g": (setting_g == i) * (effort_g == j) * 1.0 for i in (2, 3) for j in (2, 3)
    }
    columns |= {f"{j}.effort_g#c.setting_c": (effort_g == j) * centred for j in (2, 3)}
    columns["_cons"] = np.ones(20)
    return data, columns, np.array(CHANGE, float)


def test_testparm_of_two_factors_prints_as_stata(shared, effort) -> None:
    data, columns, change = effort
    model = {k: v for k, v in columns.items() if "setting_c" not in k}
    session = session_of(ols(change, model), data)
    assert printed(session, "testparm i.setting_g#i.effort_g") == real(shared, 182)


def test_testparm_of_a_slope_by_group_prints_as_stata(shared, effort) -> None:
    data, columns, change = effort
    names = ("setting_c", "2.effort_g", "3.effort_g", "2.effort_g#c.setting_c", "3.effort_g#c.setting_c", "_cons")
    session = session_of(ols(change, {k: columns[k] for k in names}), data)
    assert printed(session, "testparm c.setting_c#i.effort_g") == real(shared, 184)
    assert run(session, "testparm c.setting_c#i.effort_g").returned.scalars["df_r"] == 14


def test_f_test_of_a_coefficient_is_its_squared_t(effort) -> None:
    """Output 198: the t of 3.effort_g beside setting and 2.effort_g is 5.21, of 2.effort_g 1.30 with p 0.213."""
    data, columns, change = effort
    names = ("setting_c", "2.effort_g", "3.effort_g", "_cons")
    session = session_of(ols(change, {k: columns[k] for k in names}), data)
    result = run(session, "test 3.effort_g").result
    assert round(math.sqrt(result.statistic), 2) == 5.21
    assert round(run(session, "test 2.effort_g").result.p, 3) == 0.213
    line = printed(session, "lincom 2.effort_g").splitlines()[6]
    assert line == "         (1) |   4.143915   3.191179     1.30   0.213    -2.621082    10.90891"
    # The other slopes of that output together are the F test of the two factor levels.
    residual = 1449.12244, 525.693673
    both = run(session, "testparm i.effort_g").result.statistic
    assert both == pytest.approx((residual[0] - residual[1]) / 2 / (residual[1] / 16), rel=1e-6)


# ---- lincom ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "name", "cells"), [(174, "1.highmileage", (45, 15, 7, 7)), (176, "3.pricecat", (42, 17, 8, 2))]
)
def test_lincom_odds_ratio_prints_as_stata(shared, number: int, name: str, cells: tuple[int, ...]) -> None:
    """A logit on one factor is its two-way table (cells of the auto data): ln(ad/bc), variance the sum of 1/n."""
    a, b, c, d = cells
    se = math.sqrt(sum(1 / n for n in cells))
    result = fit(f"foreign:{name} foreign:_cons", [math.log(a * d / (b * c)), 0.0], [se, 1.0], depvar="foreign")
    text = printed(session_of(result), f"version 17: lincom _b[{name}], or")
    assert text == real(shared, number)


def test_lincom_of_a_combination() -> None:
    outcome = run(session_of(fit(*ABC, depvar="y")), "lincom 2*a - b/2 + 1, level(90)")
    row = outcome.result.row
    assert row.b == pytest.approx(2 * 3 + 2 / 2 + 1)
    assert row.se == pytest.approx(math.sqrt(4 * 4 + 9 / 4 - 2 * 2 / 2 * 1))
    assert row.hi - row.lo == pytest.approx(2 * 1.6448536269514722 * row.se)
    assert outcome.returned.scalars["z"] == pytest.approx(row.b / row.se)
    assert to_text(outcome.document).splitlines()[1] == " ( 1)  2*[y]a - .5*[y]b = -1"


def test_lincom_reads_stored_results_and_equations() -> None:
    session = session_of(fit("y:x z:x", [1.0, 5.0], [1.0, 1.0], N=4))
    assert run(session, "lincom x").result.row.b == 1
    assert run(session, "lincom [z]x - [y]x").result.row.b == 4
    assert run(session, "lincom [#2]x*e(N)").result.row.b == 20
    assert run(session, "lincom _b[z:x]").result.row.b == 5


# ---- test ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "constraints", "R", "r"),
    [
        ("test a", ["[y]a = 0"], [[1, 0, 0]], [0]),
        ("test a b", ["[y]a = 0", "[y]b = 0"], [[1, 0, 0], [0, 1, 0]], [0, 0]),
        ("test (a) (b)", ["[y]a = 0", "[y]b = 0"], [[1, 0, 0], [0, 1, 0]], [0, 0]),
        ("test (a b)", ["[y]a = 0", "[y]b = 0"], [[1, 0, 0], [0, 1, 0]], [0, 0]),
        ("test a = b", ["[y]a - [y]b = 0"], [[1, -1, 0]], [0]),
        ("test b = a", ["- [y]a + [y]b = 0"], [[-1, 1, 0]], [0]),
        ("test a == 2", ["[y]a = 2"], [[1, 0, 0]], [2]),
        ("test 2 = a", ["- [y]a = -2"], [[-1, 0, 0]], [-2]),
        ("test a + 2*b = _cons - 1", ["[y]a + 2*[y]b - [y]_cons = -1"], [[1, 2, -1]], [-1]),
        ("test _b[a] = 1/3", ["[y]a = .3333333"], [[1, 0, 0]], [1 / 3]),
        ("test 4*(a - (b - a)) = 2*(a + b)", ["6*[y]a - 6*[y]b = 0"], [[6, -6, 0]], [0]),
        ("test a = b = _cons", ["[y]a - [y]b = 0", "[y]a - [y]_cons = 0"], [[1, -1, 0], [1, 0, -1]], [0, 0]),
        ("test (a = 1) (b = 2^2)", ["[y]a = 1", "[y]b = 4"], [[1, 0, 0], [0, 1, 0]], [1, 4]),
        ("test [y]", ["[y]a = 0", "[y]b = 0"], [[1, 0, 0], [0, 1, 0]], [0, 0]),
        ("test [y], constant", ["[y]a = 0", "[y]b = 0", "[y]_cons = 0"], np.eye(3), [0, 0, 0]),
        ("test [y]a [y]_cons", ["[y]a = 0", "[y]_cons = 0"], [[1, 0, 0], [0, 0, 1]], [0, 0]),
    ],
)
def test_hypotheses_and_their_wald_statistic(command: str, constraints: list[str], R: object, r: object) -> None:
    result = run(session_of(fit(*ABC)), command).result
    R, r = np.asarray(R, float), np.asarray(r, float)
    distance = R @ np.array(ABC[1]) - r
    assert list(result.constraints) == constraints
    assert result.df == len(r)
    assert result.statistic == pytest.approx(float(distance @ np.linalg.inv(R @ V3 @ R.T) @ distance), rel=1e-10)
    assert result.df_r is None


def test_p_values_against_tables() -> None:
    """The 5% points of chi2 with 1 and 3 degrees of freedom: 3.841459 and 7.814728."""
    session = session_of(fit("y:a y:b y:c", [math.sqrt(3.841458821), 0, 0], [1, 1, 1]))
    assert run(session, "test a").result.p == pytest.approx(0.05, abs=1e-9)
    session = session_of(fit("y:a y:b y:c", [math.sqrt(7.814727903), 0, 0], [1, 1, 1]))
    assert run(session, "test a b c").result.p == pytest.approx(0.05, abs=1e-9)


def test_a_name_without_equation_means_all_equations() -> None:
    result = run(session_of(fit("y:x z:x z:w", [1, 2, 3], [1, 1, 1])), "test x").result
    assert result.constraints == ("[y]x = 0", "[z]x = 0")
    assert result.statistic == pytest.approx(5)


def test_no_equation_prints_no_brackets() -> None:
    """Output 583: ``1bn._at#0bn.sex - 1bn._at#1.sex``."""
    session = session_of(fit("1bn._at#0bn.sex 1bn._at#1.sex", [0.2, 0.1], [0.1, 0.1]))
    text = printed(session, "test _b[1bn._at#0bn.sex] = _b[1bn._at#1.sex]")
    assert text.splitlines()[1] == " ( 1)  1bn._at#0bn.sex - 1bn._at#1.sex = 0"


def test_dropped_constraints() -> None:
    outcome = run(session_of(fit(*ABC)), "test (a = 1) (2*a = 2) (b = 0) (a = b)")
    assert outcome.result.dropped == (2, 4)
    assert outcome.result.df == 2
    assert outcome.returned.scalars["drop"] == 1
    assert outcome.returned.scalars["dropped_2"] == 4
    assert "       Constraint 2 dropped\n       Constraint 4 dropped\n\n" in to_text(outcome.document)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_dropping_does_not_depend_on_units(scale: float) -> None:
    S = np.diag([1.0, scale, 1.0])
    session = session_of(fit("y:a y:b y:c", S @ np.array(ABC[1]), S @ V3 @ S))
    expected = float(np.array(ABC[1]) @ np.linalg.inv(V3) @ np.array(ABC[1]))
    result = run(session, "test a b c").result
    assert result.df == 3
    assert result.statistic == pytest.approx(expected, rel=1e-9)


def test_a_nearly_collinear_but_independent_constraint_is_kept() -> None:
    r = 1 - 1e-7
    session = session_of(fit("y:a y:b", [1, 1], np.array([[1, r], [r, 1]])))
    result = run(session, "test a b").result
    assert result.dropped == ()
    assert result.statistic == pytest.approx(2 / (1 + r), rel=1e-6)


def test_accumulate_notest_and_repeat() -> None:
    session = session_of(fit(*ABC))
    assert run(session, "test a, notest").returned.scalars == {}
    assert run(session, "test b, accumulate").result.constraints == ("[y]a = 0", "[y]b = 0")
    printed(session, "lincom a")
    repeated = run(session, "test").result
    assert repeated.constraints == ("[y]a = 0", "[y]b = 0")
    assert repeated.statistic == pytest.approx(run(session, "test a b").result.statistic)
    post(session.context, fit(*ABC))
    assert run(session, "test").error.rc == 302


def test_coefficients_without_a_variance_are_dropped() -> None:
    result = run(session_of(fit("y:a y:b", [1, 2], [math.nan, 1])), "test a b").result
    assert (result.dropped, result.statistic) == ((1,), 4)


def test_df_option_gives_f() -> None:
    text = printed(session_of(fit(*ABC)), "test a b, df(10)")
    assert text.splitlines()[4].startswith("       F(  2,    10) =")


# ---- testparm --------------------------------------------------------------------------------------------------


def grouped() -> Session:
    data = Dataset()
    for name in ("g", "x1", "x2", "z"):
        data = data.with_column(new_numeric(name, np.array([1.0, 2.0, 3.0]), "double"))
    names = "y:1b.g y:2.g y:3.g y:x1 y:o.x2 y:1b.g#co.x1 y:2.g#c.x1 y:3.g#c.x1 y:_cons"
    se = [0, 1, 1, 1, 0, 0, 1, 1, 1]
    return session_of(fit(names, [0, 1, 2, 3, 0, 0, 4, 5, 6], se), data)


@pytest.mark.parametrize(
    ("varlist", "names"),
    [
        ("i.g", ["2.g", "3.g"]),
        ("i(3).g", ["3.g"]),
        ("2.g", ["2.g"]),
        ("x*", ["x1"]),
        ("x1-z", ["x1"]),
        ("i.g#c.x1", ["2.g#c.x1", "3.g#c.x1"]),
        ("c.x1#i.g", ["2.g#c.x1", "3.g#c.x1"]),
        ("c.x1##i.g", ["x1", "2.g", "3.g", "2.g#c.x1", "3.g#c.x1"]),
    ],
)
def test_testparm_finds_estimated_coefficients(varlist: str, names: list[str]) -> None:
    assert run(grouped(), f"testparm {varlist}").result.constraints == tuple(f"[y]{name} = 0" for name in names)


def test_testparm_equal() -> None:
    result = run(grouped(), "testparm i.g i.g#c.x1, equal").result
    assert result.constraints == ("- [y]2.g + [y]3.g = 0", "- [y]2.g + [y]2.g#c.x1 = 0", "- [y]2.g + [y]3.g#c.x1 = 0")


def test_testparm_in_one_equation() -> None:
    data = Dataset().with_column(new_numeric("x", np.array([1.0, 2.0]), "double"))
    session = session_of(fit("y:x z:x", [1, 2], [1, 1]), data)
    assert run(session, "testparm x").result.df == 2
    assert run(session, "testparm x, equation(z)").result.constraints == ("[z]x = 0",)
    assert run(session, "testparm x, equation(#1)").result.constraints == ("[y]x = 0",)


# ---- lrtest ----------------------------------------------------------------------------------------------------


def nested(chi2: float, df: int, **stored: object) -> Session:
    """A session whose active fit is nested in the one stored as ``sat``."""
    common = {"N": 100, "cmd": "mlogit", "depvar": "y"} | stored
    session = session_of(fit(*ABC, ll=-50.0 + chi2 / 2, rank=3 + df, **common))
    run(session, "estimates store sat")
    post(session.context, fit(*ABC, ll=-50.0, rank=3, **common))
    return session


@pytest.mark.parametrize(
    ("number", "chi2", "df", "name", "command"),
    [
        (160, 19.46, 1, "ct", "lrtest . ct"),
        (166, 12.10, 6, "sat", "lrtest . sat"),
        (168, 25.22, 34, "sat", "lrtest . sat, force"),
        (172, 48.27, 40, "sat", "lrtest sat"),
    ],
)
def test_lrtest_prints_as_stata(shared, number: int, chi2: float, df: int, name: str, command: str) -> None:
    session = nested(chi2, df)
    run(session, "estimates restore sat\nestimates store " + name)
    post(session.context, fit(*ABC, ll=-50.0, rank=3, N=100, cmd="mlogit"))
    text = printed(session, f"version 17: {command}")
    # The printed chi2 has two decimals, so the last digit of p may be off by one.
    expected = real(shared, number)
    assert text[:-1] == expected[:-1]
    assert abs(int(text[-1]) - int(expected[-1])) <= 1


def test_lrtest_before_17() -> None:
    text = printed(nested(40.37, 2), "version 13: lrtest sat")
    assert text.splitlines()[1:] == [
        "Likelihood-ratio test                                 LR chi2(2)  =     40.37",
        "(Assumption: . nested in sat)                         Prob > chi2 =    0.0000",
    ]


def test_lrtest_orders_the_models_itself_and_takes_parentheses() -> None:
    session = nested(12.1, 6)
    for command in ("lrtest sat .", "lrtest . sat", "lrtest (sat) (.)", "lrtest sat"):
        result = run(session, command).result
        assert (result.restricted, result.unrestricted, result.df) == (".", "sat", 6)
        assert result.chi2 == pytest.approx(12.1)


def test_lrtest_of_a_worse_larger_model_is_negative_with_p_one() -> None:
    result = run(nested(-3.0, 2), "lrtest sat").result
    assert result.chi2 == pytest.approx(-3)
    assert result.p == 1


def test_lrtest_df_option() -> None:
    result = run(nested(3.841458821, 2), "lrtest sat, df(1)").result
    assert result.df == 1
    assert result.p == pytest.approx(0.05, abs=1e-9)


def test_lrtest_notes_the_boundary_only_if_variances_differ() -> None:
    session = nested(4.0, 1, k_r=2)
    assert not run(session, "lrtest sat").result.boundary
    post(session.context, fit(*ABC, ll=-50.0, rank=3, N=100, cmd="mlogit", depvar="y", k_r=1))
    assert run(session, "lrtest sat").result.boundary


def test_lrtest_stats_and_dir() -> None:
    outcome = run(nested(12.1, 6), "lrtest sat, stats dir")
    assert [model.name for model in outcome.result.models.models] == ["sat", "."]
    assert outcome.result.criteria.rows[1].aic == pytest.approx(2 * 50 + 2 * 3)
    assert outcome.returned.scalars["chi2"] == pytest.approx(12.1)
    assert "Akaike's information criterion" in to_text(outcome.document)


# ---- estat ic --------------------------------------------------------------------------------------------------


def test_information_criteria_against_computed_ones() -> None:
    """The random-intercept model of the lecture: AIC 28045.14227 and BIC 28070.37507 (reference entry gcse_post)."""
    result = fit(*ABC, ll=-14018.571135, rank=4, N=4057)
    outcome = run(session_of(result), "estat ic")
    (row,) = outcome.result.rows
    assert row.aic == pytest.approx(28045.14227, abs=1e-4)
    assert row.bic == pytest.approx(28070.37507, abs=1e-4)
    S = outcome.returned.matrices["S"]
    assert [name.name for name in S.columns] == ["N", "ll0", "ll", "df", "AIC", "BIC"]
    assert math.isnan(S.values[0, 1])


def test_estat_ic_names_its_row_and_takes_n() -> None:
    session = session_of(fit(*ABC, ll=-10.0, rank=2, N=100))
    assert run(session, "estat ic").result.rows[0].name == "."
    run(session, "estimates store m")
    (row,) = run(session, "estat ic, n(50)").result.rows
    assert (row.name, row.n) == ("m", 50)
    assert row.bic == pytest.approx(20 + 2 * math.log(50))


# ---- stored estimates ------------------------------------------------------------------------------------------


def test_estimates_dir_prints_as_stata(shared) -> None:
    two = {"cmd": "mean", "depvar": "Mean", "title": "Mean estimation"}
    session = session_of(fit("price mpg", [1, 2], [1, 1], **two))
    run(session, "est sto mean1")
    post(session.context, fit("a b c", [1, 2, 3], [1, 1, 1], **two))
    run(session, "estimates store mean2")
    assert printed(session, "version 18: est dir") == real(shared, 599)
    assert run(session, "estimates dir mean2").returned.macros["names"] == "mean2"


def test_estimates_restore_brings_back_results_and_sample() -> None:
    session = Session()
    list(session.run("quietly sysuse growth"))
    before = session.context.data
    mask = np.arange(before.n) % 2 == 0
    session.context.post(fit("y:a", [1], [1]), None, mask)
    run(session, "est store first")
    session.context.post(fit("y:b", [2], [1]), None, ~mask)
    outcome = run(session, "est res first")
    assert to_text(outcome.document) == "(results first are active now)"
    assert [str(name) for name in outcome.estimation.matrices["b"].columns] == ["y:a"]
    assert np.array_equal(session.context.sample(), mask)
    assert session.context.data.columns == before.columns


def test_stored_samples_follow_the_rows() -> None:
    session = Session()
    list(session.run("quietly sysuse growth"))
    mask = np.arange(session.context.data.n) >= 50
    session.context.post(fit("y:a", [1], [1]), None, mask)
    run(session, "est store first")
    session.context.post(fit("y:b", [2], [1]), None, ~mask)
    list(session.run("quietly drop in 1/40\nquietly est res first"))
    assert np.array_equal(session.context.sample(), mask[40:])


def test_drop_and_clear_forget_results_and_samples() -> None:
    session = session_of(fit(*ABC))
    for name in ("r1", "r2", "other"):
        run(session, f"est sto {name}")
        post(session.context, fit(*ABC))
    run(session, "est drop r*")
    assert list(session.context.state.saved) == ["other"]
    assert len(session.context.data.hidden) == 2
    run(session, "estimates clear")
    assert not session.context.state.saved
    assert len(session.context.data.hidden) == 1
    assert printed(session, "test a")
    assert printed(session, "est dir") == ""


def test_replay_leaves_the_active_results_alone() -> None:
    session = Session()
    list(session.run("quietly sysuse pups\nquietly xtmixed w i.sex || dam:, mle\nest sto a"))
    list(session.run("quietly xtmixed w || dam:, mle"))
    active = session.context.state.estimates
    text = printed(session, "estimates replay a .")
    headings = [line for line in text.splitlines() if line.startswith(("Model", "Active"))]
    assert headings == ["Model a", "Active results"]
    assert text.count("Mixed-effects ML regression") == 2
    assert text.splitlines()[1] == "-" * 79
    assert session.context.state.estimates is active


# ---- errors ----------------------------------------------------------------------------------------------------

ERRORS = [
    ("test foo", "foo not found", 111),
    ("test [foo]a", "equation foo not found", 111),
    ("test [y]foo", "[y]foo not found", 111),
    ("test [#9]a", "equation #9 not found", 111),
    ("test a*b = 1", "not possible with test", 131),
    ("test a^2 = 1", "not possible with test", 131),
    ("test 1/a = 1", "not possible with test", 131),
    ("test 1e300*1e300*a = 0", "constraint has missing values", 504),
    ("test a = 1e300^2", "invalid syntax", 198),
    ("test a/0 = 1", "division by zero", 198),
    ("test", "last test not found", 302),
    ("test a, accumulate", "last test not found", 302),
    ("test a, mtest(tukey)", "option mtest(tukey) not allowed", 198),
    ("test [y=z]", "equation z not found", 111),
    ("test [y]: foo", "[y]foo not found", 111),
    ("test a, nosvyadjust", "not built yet", 199),
    ("test a, nonsense", "option nonsense not allowed", 198),
    ("testparm", "varlist required", 100),
    ("testparm foo", "variable foo not found", 111),
    ("testparm age", "the specified varlist does not identify any testable coefficients", 111),
    ("lincom a = 1", "invalid syntax", 198),
    ("lincom", "invalid syntax", 198),
    ("lincom foo", "foo not found", 111),
    ("lincom a*b", "not possible with test", 131),
    ("lincom a, or hr", "only one of", 198),
    ("lincom a, level(3)", "", 198),
    ("lrtest foo", "estimation result foo not found", 111),
    ("lrtest", "name required", 100),
    ("lrtest m m m", "too many names specified", 103),
    ("lrtest (m foo) m", "estimation result foo not found", 111),
    ("lrtest m", "df(unrestricted) = df(restricted) = 3", 498),
    ("estimates store", "name required", 100),
    ("estimates store 2x", "2x invalid name", 198),
    ("estimates store a b", "too many names specified", 103),
    ("estimates restore foo", "estimation result foo not found", 111),
    ("estimates replay foo", "estimation result foo not found", 111),
    ("estimates drop foo", "estimation result foo not found", 111),
    ("estimates dir foo", "estimation result foo not found", 111),
    ("estat ic foo", "invalid syntax", 198),
]


@pytest.mark.parametrize(("command", "message", "rc"), ERRORS, ids=[e[0] for e in ERRORS])
def test_errors_change_nothing(command: str, message: str, rc: int) -> None:
    session = Session()
    list(session.run("quietly sysuse growth"))
    post(session.context, fit(*ABC, ll=-5.0, rank=3, N=10, cmd="x"))
    run(session, "estimates store m")
    before = session.context.state
    outcome = run(session, command)
    assert outcome.error is not None
    assert outcome.error.rc == rc
    assert message in outcome.error.message
    after = session.context.state
    assert after.data is before.data
    assert after.estimates is before.estimates
    assert after.saved is before.saved


@pytest.mark.parametrize(
    "command", ["test a", "testparm age", "lincom a", "lrtest .", "estat ic", "estimates store m", "estimates replay"]
)
def test_without_estimates(command: str) -> None:
    session = Session()
    list(session.run("quietly sysuse growth"))
    outcome = run(session, command)
    assert (outcome.error.message, outcome.error.rc) == ("last estimates not found", 301)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"N": 4059}, "observations differ: 4057 vs. 4059"),
        ({"cmd": "regress"}, "test involves different estimators: xtmixed vs. regress"),
        ({"vce": "robust"}, "LR test likely invalid for models with robust vce"),
        ({"method": "ML"}, "estimation methods differ: REML vs. ML"),
        ({"names": "y:a y:c y:_cons"}, "the models have different fixed effects"),
    ],
)
def test_models_that_cannot_be_compared(stored: dict[str, object], message: str) -> None:
    common: dict[str, object] = {"N": 4057, "cmd": "xtmixed", "method": "REML", "vce": "oim"}
    session = session_of(fit(*ABC, ll=-20.0, rank=4, **common))
    run(session, "est store big")
    names = str(stored.pop("names", ABC[0]))
    post(session.context, fit(names, ABC[1], ABC[2], ll=-30.0, rank=3, **(common | stored)))
    outcome = run(session, "lrtest big .")
    assert outcome.error.rc == 498
    assert message in outcome.error.message
    assert run(session, "lrtest big ., force").result.chi2 == pytest.approx(20)


def test_lrtest_needs_a_likelihood() -> None:
    session = session_of(fit(*ABC, rank=4, N=5))
    run(session, "est store m")
    post(session.context, fit(*ABC, rank=3, N=5))
    assert run(session, "lrtest m").error.message == "m does not contain scalar e(ll)"


def test_reml_note() -> None:
    common = {"N": 10, "cmd": "mixed", "method": "REML"}
    session = session_of(fit(*ABC, ll=-20.0, rank=4, k_r=2, **common))
    run(session, "est store big")
    post(session.context, fit(*ABC, ll=-30.0, rank=3, k_r=1, **common))
    text = " ".join(printed(session, "lrtest big").split())
    assert "boundary of the parameter space" in text
    assert "REML" in text
