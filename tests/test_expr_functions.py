"""Functions: values from Stata's documentation, from tables, or from closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from test_expr_evaluate import DATA, A, dataset

from mixedcli.data.storage import MISSING
from mixedcli.errors import StataError
from mixedcli.expr.environment import Environment
from mixedcli.expr.evaluate import evaluate, evaluate_scalar
from mixedcli.syntax.tree import Call, Missing, Name, Number, String


def arg(value):
    if isinstance(value, str):
        return String(value)
    return Missing(".") if value == MISSING else Number(float(value))


def value(function, *args):
    return evaluate(Call(function, tuple(arg(a) for a in args)), DATA)


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        ("abs", (-3.5,), 3.5),
        ("ceil", (5.2,), 6),
        ("floor", (-5.2,), -6),
        ("int", (-5.8,), -5),
        ("round", (5.2,), 5),
        ("round", (-4.8,), -5),
        ("round", (2.5,), 3),
        ("round", (17, 5), 15),
        ("round", (18, 5), 20),
        ("round", (3.3, 0), 3.3),
        ("sqrt", (16,), 4),
        ("ln", (math.e,), 1),
        ("log10", (1000,), 3),
        ("ln1m", (0.5,), math.log(0.5)),
        ("mod", (7, 3), 1),
        ("mod", (-1, 3), 2),
        ("max", (1, MISSING, 3), 3),
        ("min", (MISSING, 4), 4),
        ("sign", (-2,), -1),
        ("logit", (0.5,), 0),
        ("invlogit", (0,), 0.5),
        ("reldif", (3, 1), 1),
        ("clip", (9, 0, 5), 5),
        ("comb", (10, 3), 120),
        ("lngamma", (5,), math.log(24)),
        ("lnfactorial", (4,), math.log(24)),
    ],
)
def test_mathematics(function, args, expected):
    assert value(function, *args) == pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    ("function", "args"),
    [("ln", (0,)), ("ln", (-1,)), ("sqrt", (-1,)), ("exp", (1000,)), ("mod", (3, 0)), ("max", (MISSING, MISSING)),
     ("normal", (MISSING,)), ("invnormal", (2,)), ("chi2tail", (0, 3)), ("comb", (3, 5)), ("abs", (MISSING,)),
     ("round", (1, MISSING))],
)
def test_outside_the_domain_is_missing(function, args):
    assert value(function, *args) == MISSING


def test_rounding_functions_keep_the_missing_code():
    assert evaluate(Call("int", (Name("x"),)), DATA).tolist() == [1, 2, MISSING, A, 5]
    assert evaluate(Call("abs", (Name("x"),)), DATA).tolist() == [1, 2, MISSING, MISSING, 5]


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        # published tables of quantiles
        ("normal", (1.959963984540054,), 0.975),
        ("invnormal", (0.975,), 1.959963984540054),
        ("normalden", (0,), 1 / math.sqrt(2 * math.pi)),
        ("normalden", (3, 1, 2), math.exp(-0.5) / (2 * math.sqrt(2 * math.pi))),
        ("chi2tail", (2, 6), math.exp(-3)),          # two degrees of freedom: exponential
        ("chi2", (2, 6), 1 - math.exp(-3)),
        ("invchi2tail", (1, 0.05), 3.841458820694124),
        ("ttail", (1, 1), 0.25),                     # Cauchy
        ("t", (1, 1), 0.75),
        ("invttail", (2, 0.025), 0.95 * math.sqrt(2 / (4 * 0.975 * 0.025))),
        ("invttail", (1, 0.4), math.tan(math.pi * 0.1)),
        ("invt", (1, 0.1), -math.tan(math.pi * 0.4)),
        ("binomialtail", (4, 0, 0.5), 1),
        ("binomial", (4, 4, 0.5), 1),
        ("Ftail", (2, 2, 3), 0.25),                  # 1/(1+f)
        ("F", (2, 2, 3), 0.75),
        ("invFtail", (2, 2, 0.25), 3),
        ("binomial", (4, 2, 0.5), 11 / 16),
        ("binomialtail", (4, 3, 0.5), 5 / 16),
        ("binomialp", (4, 2, 0.5), 6 / 16),
        ("poisson", (2, 1), 3 * math.exp(-2)),
        ("gammap", (1, 2), 1 - math.exp(-2)),
    ],
)
def test_distributions(function, args, expected):
    assert value(function, *args) == pytest.approx(expected, rel=1e-12)


def test_scalars_and_columns_agree():
    data = dataset(z=([-3, 0.5, 2, MISSING], "double"))
    column = evaluate(Call("normal", (Name("z"),)), data)
    single = [evaluate(Call("normal", (arg(z),)), data) for z in (-3, 0.5, 2)]
    assert column[:3].tolist() == pytest.approx(single, rel=1e-14)
    assert column[3] == MISSING


@pytest.mark.parametrize(
    ("args", "expected"),
    [((1, 5, 6), 5), ((0, 5, 6), 6), ((MISSING, 5, 6), 5), ((MISSING, 5, 6, 7), 7), ((2, 5, 6, 7), 5)],
)
def test_cond(args, expected):
    assert value("cond", *args) == expected


def test_cond_of_strings_and_columns():
    assert evaluate(Call("cond", (Name("x"), Name("make"), String("none"))), DATA).tolist()[1] == "BMW"
    with pytest.raises(StataError, match="type mismatch"):
        value("cond", 1, "a", 2)


def test_membership():
    assert evaluate(Call("inlist", (Name("rep78"), Number(1.0), Number(3.0))), DATA).tolist() == [1, 1, 0, 0, 1]
    assert evaluate(Call("inlist", (Name("make"), String("BMW"), String("Fiat"))), DATA).tolist() == [0, 1, 0, 1, 0]
    assert value("inrange", 3, 1, 5) == 1
    assert value("inrange", 3, 1, MISSING) == 1
    assert value("inrange", 3, MISSING, 2) == 0
    assert value("inrange", MISSING, 1, MISSING) == 0
    assert value("inrange", "b", "a", "c") == 1


def test_missing_of_numbers_and_strings():
    assert evaluate(Call("missing", (Name("x"),)), DATA).tolist() == [0, 0, 1, 1, 0]
    assert evaluate(Call("mi", (Name("x"), Name("make"))), DATA).tolist() == [0, 0, 1, 1, 0]
    assert evaluate(Call("missing", (Name("make"),)), DATA).tolist() == [0, 0, 1, 0, 0]


def test_running_sum_counts_missing_as_zero():
    assert evaluate(Call("sum", (Name("x"),)), DATA).tolist() == [1, 3, 3, 3, 8]
    assert evaluate(Call("sum", (Number(2.0),)), DATA).tolist() == [2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        ("length", ("été",), 5),
        ("ustrlen", ("été",), 3),
        ("lower", ("THIS",), "this"),
        ("strupper", ("this",), "THIS"),
        ("trim", (" this ",), "this"),
        ("ltrim", (" a ",), "a "),
        ("strrtrim", (" a ",), " a"),
        ("itrim", ("a   b",), "a b"),
        ("substr", ("abcdef", 2, 3), "bcd"),
        ("substr", ("abcdef", -3, 2), "de"),
        ("substr", ("abcdef", 2, MISSING), "bcdef"),
        ("substr", ("abcdef", 0, 2), ""),
        ("substr", ("abcdef", 15, MISSING), ""),
        ("usubstr", ("médiane", 2, 3), "édi"),
        ("strpos", ("this", "is"), 3),
        ("strpos", ("this", "it"), 0),
        ("subinstr", ("this is the day", "is", "X", 1), "thX is the day"),
        ("subinstr", ("this is this", "is", "X", MISSING), "thX X thX"),
        ("subinstr", ("aaa", "a", "b", 1e307), "bbb"),
        ("subinstr", ("aaa", "", "b", 1), "aaa"),
        ("word", ("one two three", 2), "two"),
        ("word", ("one two three", -1), "three"),
        ("word", ("one", 4), ""),
        ("wordcount", ("a b  c",), 3),
        ("abbrev", ("displacement", 8), "displa~t"),
        ("abbrev", ("mpg", 8), "mpg"),
        ("proper", ("mR. joHn a. sMitH",), "Mr. John A. Smith"),
        ("reverse", ("hello",), "olleh"),
        ("char", (65,), "A"),
        ("real", ("5.2",), 5.2),
        ("real", ("1e3",), 1000),
        ("real", ("hello",), MISSING),
        ("real", ("nan",), MISSING),
        ("real", ("1_000",), MISSING),
        ("regexm", ("abc123", "[0-9]+"), 1),
        ("regexm", ("abc", "[0-9]+"), 0),
        ("regexr", ("abc123", "[0-9]+", "#"), "abc#"),
    ],
)
def test_strings(function, args, expected):
    assert value(function, *args) == expected


def test_string_of_a_number():
    pytest.importorskip("mixedcli.formats")
    assert value("string", 4) == "4"
    assert value("strofreal", 1234567) == "1234567"
    assert value("string", 0.5) == ".5"
    assert value("string", 3.14159, "%5.2f").strip() == "3.14"
    assert value("string", MISSING) == "."


def test_regexs_uses_the_match_of_its_own_row():
    data = dataset(s=(["a1", "b22", "c"], "str3"))
    env = Environment()
    matched = evaluate(Call("regexm", (Name("s"), String("([a-z])([0-9]+)"))), data, env)
    assert matched.tolist() == [1, 1, 0]
    assert evaluate(Call("regexs", (Number(2.0),)), data, env).tolist() == ["1", "22", ""]


def test_regexs_without_a_match_is_empty():
    assert evaluate(Call("regexs", (Number(0.0),)), DATA) == ""
    assert evaluate(Call("regexs", (Number(0.0),)), DATA, Environment(memory={"regex": np.array([None])})) == ""


def test_random_numbers_come_from_the_given_stream():
    env = Environment(random=np.random.default_rng(7))
    drawn = evaluate(Call("runiform", ()), DATA, env)
    assert drawn.tolist() == np.random.default_rng(7).random(5).tolist()
    whole = evaluate(Call("runiformint", (Number(1.0), Number(6.0))), DATA, env)
    assert set(whole.tolist()) <= set(range(1, 7))
    assert isinstance(evaluate_scalar(Call("rnormal", ()), DATA, env), float)


def test_unknown_function():
    with pytest.raises(StataError) as caught:
        evaluate(Call("foo", (), span=(2, 7)), DATA)
    assert (caught.value.message, caught.value.rc, caught.value.span) == ("unknown function foo()", 133, (2, 7))


@pytest.mark.parametrize(
    ("function", "args"),
    [("ln", ()), ("ln", (1, 2)), ("runiform", (1,)), ("cond", (1, 2)), ("substr", ("a",))],
)
def test_wrong_number_of_arguments(function, args):
    with pytest.raises(StataError) as caught:
        value(function, *args)
    assert (caught.value.message, caught.value.rc) == ("invalid syntax", 198)


@pytest.mark.parametrize(("function", "args"), [("ln", ("a",)), ("length", (3,)), ("substr", ("a", "b", 1))])
def test_wrong_type_of_argument(function, args):
    with pytest.raises(StataError) as caught:
        value(function, *args)
    assert (caught.value.message, caught.value.rc) == ("type mismatch", 109)


def test_bad_regular_expression_is_an_error_not_a_crash():
    with pytest.raises(StataError):
        value("regexm", "abc", "(")


def test_empty_dataset():
    empty = DATA.take(np.zeros(5, dtype=bool))
    for call in (Call("sum", (Name("x"),)), Call("upper", (Name("make"),)), Call("runiform", ()),
                 Call("length", (Name("make"),)), Call("max", (Name("x"), Number(1.0)))):
        assert np.shape(evaluate(call, empty)) == (0,)
