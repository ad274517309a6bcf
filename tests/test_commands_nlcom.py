"""nlcom: the delta method against derivatives worked out by hand, and the layout against prints of Stata."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sessions import PrintedFit, failed, ran

from mixedcli.session import Session


def session_with(names: str, b: list[float], V: object, df_r: float | None = None, depvar: str = "y") -> Session:
    session = Session()
    scalars = {"N": 100.0} | ({} if df_r is None else {"df_r": df_r})
    numbers = (np.asarray(b, dtype=float), np.asarray(V, dtype=float))
    made = PrintedFit(tuple(names.split()), *numbers, scalars, {"depvar": depvar})
    session.context.post(made, None, np.zeros(0, dtype=bool))
    return session


def returned(session: Session, name: str) -> np.ndarray:
    return session.context.state.returned.matrices[name].values


# Expression, its value, and its gradient, at (a, c).
FUNCTIONS = {
    "_b[a]/_b[c]": lambda a, c: (a / c, [1 / c, -a / c**2]),
    "exp(_b[a])": lambda a, c: (math.exp(a), [math.exp(a), 0]),
    "exp(_b[a])^2/(exp(_b[a])^2+exp(_b[c])^2)": lambda a, c: (
        1 / (1 + math.exp(2 * (c - a))),
        [2 / (2 + math.exp(2 * (c - a)) + math.exp(2 * (a - c)))] * 1
        + [-2 / (2 + math.exp(2 * (c - a)) + math.exp(2 * (a - c)))],
    ),
    "tanh(_b[a])": lambda a, c: (math.tanh(a), [1 / math.cosh(a) ** 2, 0]),
    "ln(_b[c]^2)*_b[a]": lambda a, c: (a * math.log(c * c), [math.log(c * c), 2 * a / c]),
    "-_b[a]/(2*_b[c])": lambda a, c: (-a / (2 * c), [-1 / (2 * c), a / (2 * c * c)]),
    "invlogit(_b[a]+_b[c])": lambda a, c: (
        1 / (1 + math.exp(-a - c)), [1 / (2 + math.exp(a + c) + math.exp(-a - c))] * 2,
    ),
    "_b[a]^3": lambda a, c: (a**3, [3 * a * a, 0]),
}


@pytest.mark.parametrize("expression", FUNCTIONS)
@pytest.mark.parametrize(
    ("a", "c", "se_a", "se_c"),
    [(0.7, -1.3, 0.1, 0.2), (2.0, 5.0, 1.5, 2.0), (1e-6, 3.0, 0.5, 0.01), (-2.1, 0.34, 1e-5, 1e-6),
     (0.12, 2000.0, 1.0, 300.0), (3.0, 1e-4, 0.2, 1e-5)],
)  # fmt: skip
def test_the_delta_method(expression: str, a: float, c: float, se_a: float, se_c: float) -> None:
    """Relative error of value and standard error below 1e-7."""
    try:
        value, gradient = FUNCTIONS[expression](a, c)
    except OverflowError:
        pytest.skip("beyond the largest double")
    V = np.array([[se_a**2, 0.3 * se_a * se_c], [0.3 * se_a * se_c, se_c**2]])
    session = session_with("a c", [a, c], V)
    ran(session, f"quietly nlcom {expression}")
    g = np.array(gradient)
    assert returned(session, "b")[0, 0] == pytest.approx(value, rel=1e-12)
    assert math.sqrt(returned(session, "V")[0, 0]) == pytest.approx(math.sqrt(g @ V @ g), rel=1e-7, abs=1e-280)


def test_several_expressions_have_a_covariance() -> None:
    V = np.array([[0.04, 0.01], [0.01, 0.09]])
    session = session_with("a c", [1.5, 2.5], V)
    ran(session, "quietly nlcom (first: _b[a]*_b[c]) (_b[a]-_b[c])")
    G = np.array([[2.5, 1.5], [1, -1]])
    np.testing.assert_allclose(returned(session, "V"), G @ V @ G.T, rtol=1e-10)
    names = [str(name) for name in session.context.state.returned.matrices["b"].columns]
    assert names == ["first", "_nl_2"]


def test_a_linear_combination_is_that_of_lincom() -> None:
    session = Session()
    ran(session, "sysuse gcse", "quietly regress gcse lrt girl", "version 12")
    nl = ran(session, "nlcom _b[girl] - 2*_b[lrt]").splitlines()[-2]
    linear = ran(session, "lincom girl - 2*lrt").splitlines()[-2]
    assert nl.replace("_nl_1", "  (1)") == linear


def test_equations_of_a_mixed_model() -> None:
    """exp() of ln sd is the standard deviation of the random-effects table, with its standard error."""
    session = Session()
    ran(session, "sysuse gcse", "quietly xtmixed gcse lrt || school: lrt, cov(uns)")
    result = session.context.estimates.result
    ran(session, "quietly nlcom (s: exp(_b[lns1_1_1:_cons])) (r: tanh([atr1_1_1_2]_cons)) (e: exp([lnsig_e]_b[_cons]))")
    slope, _, corr, residual = (p.sd for p in result.parameters)  # type: ignore[attr-defined]
    shown = returned(session, "b")[0], np.sqrt(np.diag(returned(session, "V")))
    np.testing.assert_allclose(shown[0], [slope.value, corr.value, residual.value], rtol=1e-12)
    np.testing.assert_allclose(shown[1], [slope.se, corr.se, residual.se], rtol=1e-8)


def test_as_stata_17_prints_it() -> None:
    """From a published log (effects of smoking on birthweight)."""
    se = np.array([35.9219, 46.0649, 46.51312])
    names = "0.msmoke 2.msmoke 3.msmoke"
    session = session_with(names, [138.1694, -75.77648, -128.393613], np.diag(se**2), depvar="bweight")
    assert ran(session, "version 17", "nlcom (_b[0.msmoke]) (-1*_b[2.msmoke]) (-1*_b[3.msmoke])") == """
       _nl_1: _b[0.msmoke]
       _nl_2: -1*_b[2.msmoke]
       _nl_3: -1*_b[3.msmoke]

------------------------------------------------------------------------------
     bweight | Coefficient  Std. err.      z    P>|z|     [95% conf. interval]
-------------+----------------------------------------------------------------
       _nl_1 |   138.1694    35.9219     3.85   0.000     67.76377     208.575
       _nl_2 |   75.77648    46.0649     1.64   0.100    -14.50906     166.062
       _nl_3 |   128.3936   46.51312     2.76   0.006     37.22957    219.5577
------------------------------------------------------------------------------"""


def test_as_older_versions_print_it() -> None:
    """Two blanks after the colon, and t while there are residual degrees of freedom (a published log, house prices)."""
    ratio, se = 89.1619, 6.23959
    session = session_with("age agesq", [-2 * ratio, 1.0], np.diag([(2 * se) ** 2, 0.0]), df_r=315, depvar="lprice")
    lines = ran(session, "version 12", "nlcom -_b[age]/(2*_b[agesq])").splitlines()
    assert lines[1] == "       _nl_1:  -_b[age]/(2*_b[agesq])"
    assert lines[4] == "      lprice |      Coef.   Std. Err.      t    P>|t|     [95% Conf. Interval]"
    assert lines[6] == "       _nl_1 |    89.1619    6.23959    14.29   0.000     76.88536    101.4384"


def test_post_makes_them_the_estimates() -> None:
    session = session_with("a c", [1.5, 2.5], np.diag([0.04, 0.09]))
    ran(session, "quietly nlcom (p: _b[a]*_b[c]) (q: _b[a]/_b[c]), post")
    assert [str(n) for n in session.context.estimates.stored().matrices["b"].columns] == ["p", "q"]
    assert "chi2(  1)" in ran(session, "test p = q")
    assert ran(session, "display _b[p]") == "3.75"


def test_level_and_df() -> None:
    session = session_with("a", [1.0], [[0.04]])
    line = ran(session, "nlcom 2*_b[a], level(90) df(10)").splitlines()[-2]
    # 2 -/+ t(10, .95) * .4, from tables: 1.812461
    assert line.split()[-2:] == ["1.275016", "2.724984"]


@pytest.mark.parametrize(
    ("line", "message", "rc"),
    [
        ("nlcom", "invalid syntax", 198),
        ("nlcom ()", "invalid syntax", 198),
        ("nlcom _b[zz]", "zz not found", 111),
        ("nlcom (p: _b[a]) (p: 2*_b[a])", "p already defined", 110),
        ("nlcom ln(-_b[a])", "expression evaluates to missing", 498),
        ("nlcom _b[a], foo", "option foo not allowed", 198),
        ('nlcom "x"', "type mismatch", 109),
    ],
)
def test_errors(line: str, message: str, rc: int) -> None:
    session = session_with("a c", [1.5, 2.5], np.diag([0.04, 0.09]))
    before = session.context.state.estimates
    assert failed(session, line) == (message, rc)
    assert session.context.state.estimates is before


def test_without_estimates() -> None:
    assert failed(Session(), "nlcom _b[x]") == ("last estimates not found", 301)
