"""Values of expressions: Stata's rules for missing values, comparison, subscripts, names and types."""

from __future__ import annotations

import numpy as np
import pytest

from mixedcli.data.dataset import Column, Dataset
from mixedcli.data.storage import DTYPES, MISSING, MISSING_BY_NAME, default_format, from_double
from mixedcli.errors import StataError
from mixedcli.expr.environment import Environment
from mixedcli.expr.evaluate import evaluate, evaluate_scalar
from mixedcli.expr.sample import sample_mask
from mixedcli.syntax.tree import (
    Binary,
    Call,
    FactorValue,
    InRange,
    Missing,
    Name,
    Number,
    Stored,
    String,
    Subscript,
    Unary,
)

A, Z = MISSING_BY_NAME[".a"], MISSING_BY_NAME[".z"]


def column(name: str, values: list, storage: str = "double") -> Column:
    if storage in DTYPES:
        return Column(name, storage, from_double(np.array(values, dtype=float), storage), default_format(storage))
    return Column(name, storage, np.array(values, dtype=object), "%9s")


def dataset(**columns: tuple[list, str]) -> Dataset:
    made = {name: column(name, values, storage) for name, (values, storage) in columns.items()}
    return Dataset(columns=made, n=len(next(iter(made.values())).values))


DATA = dataset(
    x=([1, 2, MISSING, A, 5], "double"),
    price=([1.1, 2.5, 3, 4, 5], "float"),
    rep78=([1, 1, 2, MISSING, 3], "byte"),
    make=(["Audi", "BMW", "", "Fiat", "Audi"], "str4"),
)


def op(left, sign, right):
    return Binary(sign, left, right)


def num(value):
    return Number(float(value))


def test_missing_operands_give_plain_missing():
    out = evaluate(op(Name("x"), "+", num(1)), DATA)
    assert out.tolist() == [2, 3, MISSING, MISSING, 6]


def test_missing_is_larger_than_every_number_and_codes_are_ordered():
    assert evaluate(op(Name("x"), ">", num(4)), DATA).tolist() == [0, 0, 1, 1, 1]
    assert evaluate(op(Missing("."), "<", Missing(".a")), DATA) == 1
    assert evaluate(op(Missing(".a"), "<", Missing(".z")), DATA) == 1
    assert evaluate(op(Name("x"), "==", Missing(".")), DATA).tolist() == [0, 0, 1, 0, 0]
    assert evaluate(op(Name("x"), ">=", Missing(".")), DATA).tolist() == [0, 0, 1, 1, 0]


def test_missing_is_true():
    assert evaluate(op(Missing("."), "&", num(1)), DATA) == 1
    assert evaluate(Unary("!", Missing(".a")), DATA) == 0
    assert evaluate(op(num(0), "|", num(0)), DATA) == 0


@pytest.mark.parametrize(
    "expr",
    [
        op(num(1), "/", num(0)),
        op(num(0), "/", num(0)),
        op(num(-8), "^", op(num(1), "/", num(3))),
        op(num(1e200), "*", num(1e200)),
        op(num(1e308), "+", num(1)),
        Unary("-", Missing(".b")),
        op(num(10), "^", num(400)),
    ],
)
def test_results_out_of_range_are_missing(expr):
    assert evaluate(expr, DATA) == MISSING


def test_zero_to_the_zeroth_is_one():
    assert evaluate(op(num(0), "^", num(0)), DATA) == 1


def test_float_variables_are_compared_in_double():
    assert evaluate(op(Name("price"), "==", num(1.1)), DATA)[0] == 0
    assert evaluate(op(Name("price"), "==", Call("float", (num(1.1),))), DATA)[0] == 1
    assert evaluate(op(Name("price"), "==", num(2.5)), DATA)[1] == 1


def test_strings_compare_join_and_repeat():
    assert evaluate(op(Name("make"), "==", String("Audi")), DATA).tolist() == [1, 0, 0, 0, 1]
    assert evaluate(op(String("B"), "<", Name("make")), DATA).tolist() == [0, 1, 0, 1, 0]
    assert evaluate(op(Name("make"), "+", String("!")), DATA).tolist()[1] == "BMW!"
    assert evaluate(op(String("ab"), "*", num(3)), DATA) == "ababab"
    assert evaluate(op(String("a"), "+", String("b")), DATA) == "ab"


def test_a_string_repeated_beyond_reason_is_refused():
    with pytest.raises(StataError) as caught:
        evaluate(op(String("ab"), "*", num(1e307)), DATA)
    assert caught.value.rc == 909
    assert evaluate(op(String("ab"), "*", num(-1)), DATA) == ""


@pytest.mark.parametrize("sign", ["+", "-", "/", "^", "==", "<", "&", "|"])
def test_mixing_types_is_a_mismatch(sign):
    with pytest.raises(StataError) as caught:
        evaluate(Binary(sign, Name("make"), num(1), span=(3, 9)), DATA)
    assert (caught.value.message, caught.value.rc, caught.value.span) == ("type mismatch", 109, (3, 9))


def test_two_strings_have_no_difference_or_truth():
    for sign in "-*&|":
        with pytest.raises(StataError, match="type mismatch"):
            evaluate(op(Name("make"), sign, Name("make")), DATA)


def test_system_variables():
    assert evaluate(Name("_n"), DATA).tolist() == [1, 2, 3, 4, 5]
    assert evaluate(Name("_N"), DATA) == 5
    assert evaluate(Name("_pi"), DATA) == pytest.approx(3.14159265358979, abs=1e-14)
    assert evaluate(Name("_rc"), DATA, Environment(rc=111)) == 111


def test_subscripts_reach_other_rows_and_missing_beyond():
    lag = op(Name("_n"), "-", num(1))
    assert evaluate(Subscript("price", lag), DATA).tolist()[:2] == [MISSING, float(np.float32(1.1))]
    assert evaluate(Subscript("make", lag), DATA).tolist() == ["", "Audi", "BMW", "", "Fiat"]
    assert evaluate(Subscript("x", num(2)), DATA) == 2
    assert evaluate(Subscript("x", num(9)), DATA) == MISSING
    assert evaluate(Subscript("make", Missing(".")), DATA) == ""
    assert evaluate(Subscript("x", Name("_N")), DATA) == 5


def test_by_groups_count_and_subscript_within():
    env = Environment(starts=np.array([0, 2]))
    assert evaluate(Name("_n"), DATA, env).tolist() == [1, 2, 1, 2, 3]
    assert evaluate(Name("_N"), DATA, env).tolist() == [2, 2, 3, 3, 3]
    assert evaluate(Subscript("rep78", num(1)), DATA, env).tolist() == [1, 1, 2, 2, 2]
    assert evaluate(Subscript("rep78", num(3)), DATA, env).tolist() == [MISSING, MISSING, 3, 3, 3]
    assert evaluate(Call("sum", (Name("x"),)), DATA, env).tolist() == [1, 3, 0, 0, 5]


def test_names_abbreviate_unless_ambiguous():
    data = dataset(mathscore=([1], "double"), mathgrade=([2], "double"), age=([3], "byte"))
    assert evaluate(Name("ag"), data).tolist() == [3]
    assert evaluate(Name("maths"), data).tolist() == [1]
    with pytest.raises(StataError) as caught:
        evaluate(Name("math", span=(0, 4)), data)
    assert (caught.value.message, caught.value.rc, caught.value.span) == ("math ambiguous abbreviation", 111, (0, 4))


def test_unknown_names():
    with pytest.raises(StataError) as caught:
        evaluate(Name("foo", span=(4, 7)), DATA)
    assert (caught.value.message, caught.value.rc, caught.value.span) == ("variable foo not found", 111, (4, 7))
    with pytest.raises(StataError, match=r"^foo not found$"):
        evaluate(Name("foo"), DATA, Environment(display=True))


def test_a_variable_hides_a_scalar_of_the_same_name():
    env = Environment(scalars={"x": 42.0, "only": 7.0, "word": "hi"})
    assert evaluate(Name("x"), DATA, env).tolist()[0] == 1
    assert evaluate(Call("scalar", (Name("x"),)), DATA, env) == 42
    assert evaluate(Name("only"), DATA, env) == 7
    assert evaluate(Name("word"), DATA, env) == "hi"


def test_stored_results():
    stored = {("e", "N"): 74.0, ("e", "cmd"): "xtmixed", ("_b", "lrt"): 0.5, ("r", "skewness"): float("nan")}
    env = Environment(lookup=lambda kind, key: stored.get((kind, key)))
    assert evaluate(Stored("e", "N"), DATA, env) == 74
    assert evaluate(Stored("e", "cmd"), DATA, env) == "xtmixed"
    assert evaluate(Stored("e", "nothing"), DATA, env) == MISSING
    assert evaluate(Stored("r", "skewness"), DATA, env) == MISSING
    assert evaluate(op(Stored("_b", "lrt"), "*", num(2)), DATA, env) == 1
    with pytest.raises(StataError) as caught:
        evaluate(Stored("_b", "zzz"), DATA, env)
    assert (caught.value.message, caught.value.rc) == ("[zzz] not found", 111)


def test_indicator_of_a_level():
    assert evaluate(FactorValue(1, "rep78"), DATA).tolist() == [1, 1, 0, MISSING, 0]


def test_display_shows_the_first_observation():
    assert evaluate_scalar(Name("x"), DATA) == 1
    assert evaluate_scalar(Name("make"), DATA) == "Audi"
    assert evaluate_scalar(Name("_N"), DATA) == 5
    assert evaluate_scalar(op(num(2), "+", num(2)), Dataset()) == 4
    assert evaluate_scalar(Name("x"), DATA.take(np.zeros(5, dtype=bool))) == MISSING


def test_data_are_never_changed():
    before = DATA.columns["x"].values.copy()
    evaluate(Unary("-", Name("x")), DATA)
    assert np.array_equal(before, DATA.columns["x"].values)


def test_binary_text_is_read_as_text():
    data = dataset(blob=([b"\xe9t\xe9", "x"], "strL"))
    assert evaluate(op(Name("blob"), "==", String("été")), data).tolist() == [1, 0]


def test_if_keeps_missing_as_true():
    assert sample_mask(DATA, op(Name("x"), ">", num(1))).tolist() == [False, True, True, True, True]
    assert sample_mask(DATA, Name("rep78")).tolist() == [True] * 5
    assert sample_mask(DATA, num(0)).tolist() == [False] * 5
    assert sample_mask(DATA).all()


def test_if_with_a_string_is_a_mismatch():
    with pytest.raises(StataError, match="type mismatch"):
        sample_mask(DATA, Name("make", span=(1, 2)))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(2, 3, [1, 2]), (-2, -1, [3, 4]), (1, -1, [0, 1, 2, 3, 4]), (5, 5, [4]), (3, -2, [2, 3])],
)
def test_in_range(first, last, expected):
    assert np.flatnonzero(sample_mask(DATA, None, InRange(first, last))).tolist() == expected


@pytest.mark.parametrize(("first", "last"), [(0, 3), (4, 2), (1, 6), (-6, -1), (1, 0)])
def test_in_range_outside_the_data(first, last):
    with pytest.raises(StataError) as caught:
        sample_mask(DATA, None, InRange(first, last, span=(5, 8)))
    assert (caught.value.message, caught.value.rc) == ("observation numbers out of range", 198)
    assert caught.value.span == (5, 8)


def test_if_and_in_together():
    assert sample_mask(DATA, op(Name("x"), "<", num(2)), InRange(2, 5)).tolist() == [False] * 5
