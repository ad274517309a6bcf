"""Distribution functions against scipy.stats, exact fractions, and identities between tails and inverses."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats as st
from scipy.integrate import quad
from test_expr_evaluate import DATA

from mixedcli.data.storage import MISSING
from mixedcli.errors import StataError
from mixedcli.expr.environment import Environment
from mixedcli.expr.evaluate import evaluate
from mixedcli.expr.functions import NOT_BUILT, table
from mixedcli.expr.functions_matrix import MATRIX_FUNCTIONS
from mixedcli.syntax.parser import parse_expression
from mixedcli.syntax.tree import Call, Missing, Name, Number, String, Unary

DF = np.array([0.5, 1, 3, 10, 200])
X = np.array([0.01, 0.5, 2.5, 12, 210])
P = np.array([0.001, 0.01, 0.3, 0.5, 0.99])
U = np.array([0.001, 0.2, 0.5, 0.9, 0.9999])
Z = np.array([-8, -1, 0, 0.5, 3])
N = np.array([1, 5, 20, 100, 2000])
K = np.array([0, 2, 7, 60, 980])
Q = np.array([0.5, 0.3, 0.1, 0.55, 0.5])
M = np.array([0.1, 2, 7, 50, 1000])
NC = np.array([0, 0.5, 4, 30, 500])


def call(name, *args):
    with np.errstate(all="ignore"):
        return np.asarray(table()[name].code(*(np.asarray(a, dtype=float) for a in args)))


CASES = [
    ("normal", (Z,), st.norm.cdf(Z)), ("invnormal", (P,), st.norm.ppf(P)), ("lnnormal", (Z,), st.norm.logcdf(Z)),
    ("normalden", (Z, 1, 2), st.norm.pdf(Z, 1, 2)), ("lnnormalden", (Z, 1, 2), st.norm.logpdf(Z, 1, 2)),
    ("chi2", (DF, X), st.chi2.cdf(X, DF)), ("chi2tail", (DF, X), st.chi2.sf(X, DF)),
    ("chi2den", (DF, X), st.chi2.pdf(X, DF)), ("invchi2", (DF, P), st.chi2.ppf(P, DF)),
    ("invchi2tail", (DF, P), st.chi2.isf(P, DF)),
    ("t", (DF, Z), st.t.cdf(Z, DF)), ("ttail", (DF, Z), st.t.sf(Z, DF)), ("tden", (DF, Z), st.t.pdf(Z, DF)),
    ("invt", (DF, P), st.t.ppf(P, DF)), ("invttail", (DF, P), st.t.isf(P, DF)),
    ("F", (DF, DF[::-1], X), st.f.cdf(X, DF, DF[::-1])), ("Ftail", (DF, DF[::-1], X), st.f.sf(X, DF, DF[::-1])),
    ("Fden", (DF, DF[::-1], X), st.f.pdf(X, DF, DF[::-1])), ("invF", (DF, DF[::-1], P), st.f.ppf(P, DF, DF[::-1])),
    ("gammap", (DF, X), st.gamma.cdf(X, DF)), ("gammaptail", (DF, X), st.gamma.sf(X, DF)),
    ("invgammap", (DF, P), st.gamma.ppf(P, DF)), ("invgammaptail", (DF, P), st.gamma.isf(P, DF)),
    ("gammaden", (DF, 2, 0.5, X + 0.6), st.gamma.pdf(X + 0.6, DF, 0.5, 2)),
    ("ibeta", (DF, DF[::-1], U), st.beta.cdf(U, DF, DF[::-1])), ("ibetatail", (DF, 2, U), st.beta.sf(U, DF, 2)),
    ("invibeta", (DF, 2, P), st.beta.ppf(P, DF, 2)), ("invibetatail", (DF, 2, P), st.beta.isf(P, DF, 2)),
    ("betaden", (DF, DF[::-1], U), st.beta.pdf(U, DF, DF[::-1])),
    ("binomial", (N, K, Q), st.binom.cdf(K, N, Q)), ("binomialtail", (N, K, Q), st.binom.sf(K - 1, N, Q)),
    ("nbinomial", (N, K, Q), st.nbinom.cdf(K, N, Q)), ("nbinomialtail", (N, K, Q), st.nbinom.sf(K - 1, N, Q)),
    ("poisson", (M, K), st.poisson.cdf(K, M)), ("poissontail", (M, K), st.poisson.sf(K - 1, M)),
    ("hypergeometric", (50, 20, 10, np.arange(6)), st.hypergeom.cdf(np.arange(6), 50, 20, 10)),
    ("logistic", (1, 2, Z), st.logistic.cdf(Z, 1, 2)), ("logistictail", (1, 2, Z), st.logistic.sf(Z, 1, 2)),
    ("logisticden", (2, Z), st.logistic.pdf(Z, 0, 2)), ("invlogistic", (1, 2, P), st.logistic.ppf(P, 1, 2)),
    ("cauchy", (1, 2, Z * 1e5), st.cauchy.cdf(Z * 1e5, 1, 2)), ("cauchyden", (1, 2, Z), st.cauchy.pdf(Z, 1, 2)),
    ("invcauchytail", (1, 2, P), st.cauchy.isf(P, 1, 2)), ("lncauchyden", (1, 2, Z), st.cauchy.logpdf(Z, 1, 2)),
    ("laplace", (1, 2, Z), st.laplace.cdf(Z, 1, 2)), ("laplacetail", (1, 2, Z), st.laplace.sf(Z, 1, 2)),
    ("laplaceden", (1, 2, Z), st.laplace.pdf(Z, 1, 2)), ("invlaplace", (1, 2, P), st.laplace.ppf(P, 1, 2)),
    ("lnlaplaceden", (1, 2, Z), st.laplace.logpdf(Z, 1, 2)),
    ("weibull", (1.5, 2, X[:4]), st.weibull_min.cdf(X[:4], 1.5, 0, 2)),
    ("weibulltail", (1.5, 2, 1, X[:4] + 1), st.weibull_min.sf(X[:4] + 1, 1.5, 1, 2)),
    ("weibullden", (1.5, 2, X[:4]), st.weibull_min.pdf(X[:4], 1.5, 0, 2)),
    ("invweibull", (1.5, 2, P), st.weibull_min.ppf(P, 1.5, 0, 2)),
    ("invweibulltail", (1.5, 2, P), st.weibull_min.isf(P, 1.5, 0, 2)),
    ("weibullph", (1.5, 2, X[:3]), 1 - np.exp(-2 * X[:3] ** 1.5)),
    ("exponential", (2, X), st.expon.cdf(X, 0, 2)), ("exponentialtail", (2, X), st.expon.sf(X, 0, 2)),
    ("exponentialden", (2, X), st.expon.pdf(X, 0, 2)), ("invexponential", (2, P), st.expon.ppf(P, 0, 2)),
    ("igaussian", (2, 3, X[:4]), st.invgauss.cdf(X[:4], 2 / 3, scale=3)),
    ("igaussianden", (2, 3, X[:4]), st.invgauss.pdf(X[:4], 2 / 3, scale=3)),
    ("invigaussian", (2, 3, P), st.invgauss.ppf(P, 2 / 3, scale=3)),
    ("nchi2", (DF, NC, X + NC), st.ncx2.cdf(X + NC, DF, NC)), ("nchi2den",
    (DF, NC, X + NC), st.ncx2.pdf(X + NC, DF, NC)),
    ("nF", (DF, DF[::-1], NC, 1 + NC / DF), st.ncf.cdf(1 + NC / DF, DF, DF[::-1], NC)),
    ("nFden", (DF, DF[::-1], NC, 1 + NC / DF), st.ncf.pdf(1 + NC / DF, DF, DF[::-1], NC)),
    ("nt", (DF, [*NC[:3].tolist(), -1, 3], Z), st.nct.cdf(Z, DF, [*NC[:3].tolist(), -1, 3])),
    ("ntden", (5, 1.5, Z[1:]), st.nct.pdf(Z[1:], 5, 1.5)), ("ntden", (200, -2, Z[1:4]), st.nct.pdf(Z[1:4], 200, -2)),
]


# What scipy's own formulas, or ours, lose in these cases.
LOOSE = {"chi2den": 5e-14, "gammaden": 5e-14, "igaussian": 1e-13, "tden": 1e-13, "nF": 1e-13, "ntden": 1e-12}


@pytest.mark.parametrize(("name", "args", "expected"), CASES, ids=[case[0] for case in CASES])
def test_against_scipy(name, args, expected):
    assert call(name, *args) == pytest.approx(np.asarray(expected), rel=LOOSE.get(name, 2e-14), abs=1e-300)


@pytest.mark.parametrize(("forward", "backward", "parameters"), [
    ("chi2", "invchi2", (3,)), ("chi2tail", "invchi2tail", (3,)), ("t", "invt", (2.5,)), ("ttail", "invttail", (2.5,)),
    ("F", "invF", (3, 7)), ("Ftail", "invFtail", (3, 7)), ("gammap", "invgammap", (0.3,)), ("ibeta", "invibeta",
    (0.3, 2)),
    ("nchi2", "invnchi2", (3, 4)), ("nchi2tail", "invnchi2tail", (3, 4)), ("nF", "invnF", (3, 7, 4)),
    ("nFtail", "invnFtail", (3, 7, 4)), ("nibeta", "invnibeta", (3, 7, 4)), ("nt", "invnt", (5, 1.5)),
    ("nttail", "invnttail", (5, -1.5)), ("igaussiantail", "invigaussiantail", (2, 3)), ("laplacetail",
    "invlaplacetail", (2, 3)),
    ("weibullphtail", "invweibullphtail", (2, 3)), ("exponentialtail", "invexponentialtail", (3,)),
    ("logistictail", "invlogistictail", (1, 3)), ("cauchy", "invcauchy", (1, 3)),
])
def test_inverses(forward, backward, parameters):
    for p in (1e-8, 0.01, 0.3, 0.5, 0.9):
        assert float(call(forward, *parameters, call(backward, *parameters, p))) == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize(("forward", "backward", "n", "k"), [
    ("binomial", "invbinomial", 20, 7), ("binomialtail", "invbinomialtail", 20, 7), ("nbinomial",
    "invnbinomial", 4.5, 7),
    ("nbinomialtail", "invnbinomialtail", 4.5, 7),
])
def test_inverses_in_the_parameter(forward, backward, n, k):
    for p in (1e-6, 0.3, 0.9):
        assert float(call(forward, n, k, call(backward, n, k, p))) == pytest.approx(p, rel=1e-12)


def test_inverses_in_the_mean_and_the_noncentrality():
    assert float(call("poisson", call("invpoisson", 7, 0.3), 7)) == pytest.approx(0.3, rel=1e-13)
    assert float(call("poissontail", call("invpoissontail", 7, 0.3), 7)) == pytest.approx(0.3, rel=1e-13)
    assert float(call("npnchi2", 3, 5, call("nchi2", 3, 4, 5))) == pytest.approx(4, rel=1e-12)
    assert float(call("npnF", 3, 5, 1.5, call("nF", 3, 5, 4, 1.5))) == pytest.approx(4, rel=1e-12)
    assert float(call("npnt", 5, 1.5, call("nt", 5, -2, 1.5))) == pytest.approx(-2, rel=1e-12)


def test_tails_are_complements():
    for name, parameters in (("nchi2", (3, 4)), ("nF", (3, 7, 4)), ("nt", (5, 1.5)), ("weibull", (2, 3)), ("ibeta",
    (2, 3))):
        total = call(name, *parameters, 0.7) + call(f"{name}tail", *parameters, 0.7)
        assert float(total) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize(("k", "n", "p"), [(980, 2980, 0.5), (60, 160, 0.55), (7, 27, 0.125), (0, 5, 0.25),
(5, 5, 0.25)])
def test_point_probabilities_are_exact(k, n, p):
    exact = math.comb(n, k) * Fraction(p) ** k * (1 - Fraction(p)) ** (n - k)
    assert float(call("binomialp", n, k, p)) == pytest.approx(float(exact), rel=1e-14)
    exact = math.comb(n - 1, k) * Fraction(p) ** (n - k) * (1 - Fraction(p)) ** k if n > k else Fraction(0)
    if exact:
        assert float(call("nbinomialp", n - k, k, p)) == pytest.approx(float(exact), rel=4e-14)


@pytest.mark.parametrize(("m", "k"), [(1000, 980), (50, 60), (7, 7), (30, 10), (0.125, 3), (2, 0)])
def test_poisson_probabilities(m, k):
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 60
        exact = Decimal(m) ** k * (-Decimal(m)).exp() / math.factorial(k)
    assert float(call("poissonp", m, k)) == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize(("df", "x"), [(200, 210), (10, 12), (2, 5), (1000, 900)])
def test_chi_squared_densities_of_even_df(df, x):
    from decimal import Decimal, localcontext

    half = df // 2
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(x) ** (half - 1) * (-Decimal(x) / 2).exp() / (Decimal(2) ** half * math.factorial(half - 1))
    assert float(call("chi2den", df, x)) == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize(("df", "t"), [(200, 3), (200, -8), (10, 0.5), (2, 1)])
def test_student_densities_of_even_df(df, t):
    from decimal import Decimal, localcontext

    half = df // 2   # gamma(half + 1/2) / (gamma(half) sqrt(pi)) is a fraction
    ratio = Fraction(math.factorial(df), 4**half * math.factorial(half) * math.factorial(half - 1))
    with localcontext() as context:
        context.prec = 60
        power = (1 + Decimal(t) ** 2 / df) ** (-Decimal(df + 1) / 2)
        exact = Decimal(ratio.numerator) / ratio.denominator / Decimal(df).sqrt() * power
    assert float(call("tden", df, t)) == pytest.approx(float(exact), rel=4e-15)


def test_hypergeometric_probabilities_are_exact():
    def exact(k):
        return Fraction(math.comb(200, k) * math.comb(4800, 100 - k), math.comb(5000, 100))

    assert float(call("hypergeometricp", 5000, 200, 100, 3)) == pytest.approx(float(exact(3)), rel=1e-15)
    total = float(sum(map(exact, range(10))))
    assert float(call("hypergeometric", 5000, 200, 100, 9)) == pytest.approx(total, rel=1e-14)
    assert float(call("hypergeometric", 20, 15, 10, 10)) == 1


@pytest.mark.parametrize(("h", "k", "rho"), [
    (0, 0, 0.5), (0, 1, -0.3), (1, 0, 0.9), (-1, -0.5, 0.2), (0.5, 0.3, -0.95), (2, -1, 0.1), (-2, -1, 0.4),
    (1.5, 1.5, 0),
])
def test_binormal(h, k, rho):
    root = math.sqrt(1 - rho * rho)
    by_quadrature, _ = quad(
        lambda s: st.norm.pdf(s) * st.norm.cdf((k - rho * s) / root), -40, h, epsabs=1e-16, epsrel=1e-13, limit=200
    )
    assert float(call("binormal", h, k, rho)) == pytest.approx(by_quadrature, rel=1e-13)


def test_binormal_of_perfect_correlation():
    assert float(call("binormal", 1, 2, 1)) == pytest.approx(st.norm.cdf(1), rel=1e-15)
    assert float(call("binormal", 1, -2, -1)) == 0
    assert float(call("binormal", 1, 2, -1)) == pytest.approx(st.norm.cdf(1) - st.norm.cdf(-2), rel=1e-14)


def test_the_gamma_function_on_both_sides_of_zero():
    assert float(call("trigamma", -0.5)) == pytest.approx(math.pi**2 / 2 + 4, rel=1e-15)
    assert float(call("trigamma", 1)) == pytest.approx(math.pi**2 / 6, rel=1e-15)
    assert float(call("lngamma", -0.5)) == pytest.approx(math.log(2 * math.sqrt(math.pi)), rel=1e-15)


@pytest.mark.parametrize("text", [
    "lngamma(-1)", "trigamma(0)", "digamma(-2)", "binormal(0, 0, 1.1)", "nchi2(0, 1, 1)", "nchi2(1, -1, 1)",
    "weibull(0, 1, 1)",
    "invchi2(3, 1.1)", "binomial(5, 6, .5)", "binomialp(5, 2, 1.5)", "poissonp(0, 1)", "hypergeometric(5, 9, 2, 1)",
    "hypergeometricp(20, 15, 10, 2)", "invnt(3, 1, 0)", "ibeta(0, 1, .5)", "tden(., 1)", "invibeta(1, 1, -.1)",
    "npnt(3, 1, 1)",
])
def test_outside_the_domain(text):
    assert evaluate(parse_expression(text), DATA) == MISSING


@pytest.mark.parametrize(("text", "expected"), [
    ("chi2(3, -1)", 0), ("chi2tail(3, -1)", 1), ("chi2den(3, -1)", 0), ("Fden(2, 3, -1)", 0), ("F(2, 3, -1)", 0),
    ("ibeta(2, 3, 2)", 1), ("betaden(2, 3, 2)", 0), ("weibullden(2, 3, -1)", 0), ("weibulltail(2, 3, -1)", 1),
    ("nFtail(2, 3, 1, -1)", 1), ("igaussian(2, 3, -1)", 0), ("igaussiantail(2, 3, -1)", 1),
    ("gammaden(2, 3, 0, -1)", 0),
    ("chi2den(2, 0)", 0.5), ("binomialp(5, 0, 0)", 1), ("nchi2(3, 0, 2) == chi2(3, 2)", 1), ("normalden(3, 2)", None),
])
def test_edges_of_the_support(text, expected):
    got = evaluate(parse_expression(text), DATA)
    assert got == pytest.approx(st.norm.pdf(3, 0, 2) if expected is None else expected, rel=1e-15)


def test_what_stata_has_and_we_have_not_says_so():
    names = NOT_BUILT.split()
    assert not set(names) & (set(table()) | set(MATRIX_FUNCTIONS))
    with pytest.raises(StataError) as caught:
        evaluate(Call("tukeyprob", (Number(2.0),) * 3), DATA)
    assert caught.value.message == "tukeyprob() is not built yet"


def _argument(kind, draw):
    numbers = [0, 0.5, 1, 2, 3.7, 100, 1e5, 1e10, 1e300, 8.9e307, 5e-324]
    strings = ["", "a", "abc 12", "été", "12jan2010", "YMD", "20YM", "[a", "(", "%9.2f", "%td", "*?*", "\udcff"]
    if kind == "n" or (kind == "a" and draw.random() < 0.7):
        return draw.choice([
            *(Number(float(v)) for v in numbers), *(Unary("-", Number(v)) for v in (0.5, 1.0, 1e5, 1e300)),
            Missing("."), Missing(".z"), Name("x"), Name("price"), Name("rep78"),
        ])
    return draw.choice([*map(String, strings), Name("make")])


def test_no_function_crashes_or_lets_a_bad_number_out():
    draw = random.Random(20)
    for name, function in sorted(table().items()):
        for _ in range(20):
            count = draw.randint(function.least, min(function.most, function.least + 3))
            kinds = [function.kinds[min(k, len(function.kinds) - 1)] for k in range(count)]
            args = tuple(_argument(kind, draw) for kind in kinds)
            try:
                out = evaluate(Call(name, args), DATA, Environment())
            except StataError:
                continue
            values = np.atleast_1d(np.asarray(out))
            assert np.shape(out) in ((), (DATA.n,)), (name, args)
            if values.dtype == object or values.dtype.kind == "U":
                assert all(isinstance(each, str) for each in values.tolist()), (name, args)
            else:
                assert np.isfinite(values).all(), (name, args, out)
