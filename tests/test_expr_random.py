"""Random draws: reproducible, of the right distribution, missing where an argument is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats as st
from test_expr_evaluate import dataset

from mixedcli.data.storage import MISSING
from mixedcli.expr.environment import Environment
from mixedcli.expr.evaluate import evaluate, evaluate_scalar
from mixedcli.report.text import to_text
from mixedcli.session import Session
from mixedcli.syntax.parser import parse_expression

ROWS = 4000
DATA = dataset(x=(np.arange(ROWS).tolist(), "double"))


def drawn(text, seed=3):
    return evaluate(parse_expression(text), DATA, Environment(random=np.random.default_rng(seed)))


@pytest.mark.parametrize(("text", "law"), [
    ("runiform()", st.uniform()), ("runiform(2, 5)", st.uniform(2, 3)), ("rnormal()", st.norm()),
    ("rnormal(3)", st.norm(3)),
    ("rnormal(3, 2)", st.norm(3, 2)), ("rgamma(2, 3)", st.gamma(2, scale=3)), ("rbeta(2, 3)", st.beta(2, 3)),
    ("rchi2(3)", st.chi2(3)), ("rt(4)", st.t(4)), ("rexponential(3)", st.expon(scale=3)),
    ("rlogistic()", st.logistic()),
    ("rlogistic(2)", st.logistic(0, 2)), ("rlogistic(1, 2)", st.logistic(1, 2)), ("rcauchy(1, 2)", st.cauchy(1, 2)),
    ("rlaplace(1, 2)", st.laplace(1, 2)), ("rweibull(1.5, 2)", st.weibull_min(1.5, 0, 2)),
    ("rweibull(1.5, 2, 1)", st.weibull_min(1.5, 1, 2)), ("rigaussian(2, 3)", st.invgauss(2 / 3, scale=3)),
    ("rweibullph(1.5, 2)", st.weibull_min(1.5, 0, 2 ** (-1 / 1.5))),
])
def test_continuous_draws_follow_their_law(text, law):
    assert st.kstest(drawn(text), law.cdf).pvalue > 0.001


@pytest.mark.parametrize(("text", "law"), [
    ("runiformint(1, 6)", st.randint(1, 7)), ("rbinomial(10, .3)", st.binom(10, 0.3)), ("rpoisson(4)", st.poisson(4)),
    ("rnbinomial(3, .4)", st.nbinom(3, 0.4)), ("rhypergeometric(50, 20, 10)", st.hypergeom(50, 20, 10)),
])
def test_discrete_draws_follow_their_law(text, law):
    values = drawn(text)
    assert np.array_equal(values, np.floor(values))
    support = np.unique(values)
    expected = law.pmf(support) * ROWS
    frequent = expected > 5
    seen = np.array([(values == v).sum() for v in support])
    assert st.chi2.sf(((seen - expected)[frequent] ** 2 / expected[frequent]).sum(), frequent.sum() - 1) > 0.001


def test_the_same_seed_gives_the_same_numbers():
    def text(seed):
        *_, last = Session().run(f"set seed {seed}\ndisplay runiform() rnormal() rt(3)")
        return to_text(last.document)

    assert text(11) == text(11)
    assert text(11) != text(12)


def test_a_seed_makes_generate_reproducible():
    def column(lines):
        session = Session()
        for outcome in session.run(lines):
            assert outcome.error is None
        return session.context.data.columns["u"].values.tolist()

    lines = "set obs 5\nset seed 7\ngenerate double u = rnormal(0, 2)"
    assert column(lines) == column(lines)


@pytest.mark.parametrize("text", [
    "rbinomial(0, .5)", "rbinomial(5, 1.5)", "rpoisson(0)", "rgamma(0, 1)", "rbeta(1, -1)", "rchi2(0)", "rt(-1)",
    "rnormal(0, -1)",
    "rnormal(.)", "runiform(., 1)", "rexponential(0)", "rhypergeometric(5, 9, 2)", "rnbinomial(0, .5)",
    "runiformint(., 2)",
])
def test_arguments_out_of_range_give_missing(text):
    assert set(drawn(text).tolist()) == {MISSING}
    assert evaluate_scalar(parse_expression(text), DATA, Environment()) == MISSING


def test_parameters_may_vary_over_rows():
    data = dataset(n=([1, 1, 50, MISSING], "double"), p=([0, 1, 1, 0.5], "double"))
    out = evaluate(parse_expression("rbinomial(n, p)"), data, Environment(random=np.random.default_rng(1)))
    assert out.tolist() == [0, 1, 50, MISSING]


def test_uniform_draws_never_reach_their_ends():
    class Zeros(np.random.Generator):
        def random(self, n):
            return np.zeros(n)

    env = Environment(random=Zeros(np.random.PCG64(1)))
    assert (evaluate(parse_expression("runiform()"), DATA, env) > 0).all()
