"""Expressions and varlists as a user types them: parser and evaluation together."""

from __future__ import annotations

import numpy as np
import pytest
from test_design_terms import ALL, DATA
from test_expr_evaluate import DATA as CARS

from mixedcli.data.storage import MISSING
from mixedcli.design.terms import expand_terms
from mixedcli.design.varlist import expand_names
from mixedcli.errors import StataError
from mixedcli.expr.environment import Environment
from mixedcli.expr.evaluate import evaluate, evaluate_scalar
from mixedcli.expr.sample import sample_mask
from mixedcli.syntax.parser import parse_expression, parse_varlist


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2+3*4", 14),
        ("-2^2", -4),
        ("2^3^2", 64),
        ("2^-1", 0.5),
        ("(1<2)+(2<3)", 2),
        ("!0 & 1", 1),
        ("1 | 0 & 0", 1),
        ("1/3 == float(1/3)", 0),
        ("5 > 4 > 3", 0),
        (". > 1e300", 1),
        (".z > .a", 1),
        ("1/0", MISSING),
        ("missing(.b)", 1),
        ("~(1==2)", 1),
        ("ln(exp(2))", 2),
        ("max(3, ., 7)", 7),
        ('"a" + "b" == "ab"', 1),
        ('substr("hello", 2, 3)', "ell"),
        ("e(N) + 1", 75),
        ("c(level)", 95),
        ("_b[2.schgend] * 2", 1),
        ("price[2]", 2.5),
        ("round(2.5) + int(-1.5)", 2),
    ],
)
def test_display(text, expected):
    stored = {("e", "N"): 74.0, ("c", "level"): 95.0, ("_b", "2.schgend"): 0.5}
    env = Environment(lookup=lambda kind, key: stored.get((kind, key)))
    assert evaluate_scalar(parse_expression(text), CARS, env) == expected


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("x > 1", [1, 2, 3, 4]),
        ("x > 1 & !missing(x)", [1, 4]),
        ("x < .", [0, 1, 4]),
        ('make == "Audi" | rep78 == 2', [0, 2, 4]),
        ("_n > 2 & _n < _N", [2, 3]),
        ("rep78 == rep78[_n-1]", [1]),
        ("inlist(rep78, 1, 3) & pri < 2", [0]),
    ],
)
def test_if(text, rows):
    assert np.flatnonzero(sample_mask(CARS, parse_expression(text))).tolist() == rows


@pytest.mark.parametrize(
    ("text", "message", "rc", "span"),
    [
        ("x + nosuch", "variable nosuch not found", 111, (4, 10)),
        ("foo(x)", "unknown function foo()", 133, (0, 6)),
        ('x > "a"', "type mismatch", 109, (0, 7)),
        ("ln()", "invalid syntax", 198, (0, 4)),
    ],
)
def test_errors_say_where(text, message, rc, span):
    with pytest.raises(StataError) as caught:
        evaluate(parse_expression(text), CARS)
    assert (caught.value.message, caught.value.rc, caught.value.span) == (message, rc, span)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c.lrt##i.schgend", "lrt 1b.schgend 2.schgend 3.schgend 1b.schgend#co.lrt 2.schgend#c.lrt 3.schgend#c.lrt"),
        ("lrt ib2.sch", "lrt 1.schgend 2b.schgend 3.schgend"),
        ("ib(last).schgend", "1.schgend 2.schgend 3b.schgend"),
        ("ib(#2).schgend", "1.schgend 2b.schgend 3.schgend"),
        ("ibn.schgend", "1bn.schgend 2.schgend 3.schgend"),
        ("i(2/3).schgend", "2.schgend 3.schgend"),
        ("2.schgend", "2.schgend"),
        ("1b.schgend", "1b.schgend"),
        ("o.lrt", "o.lrt"),
        ("i.schgend 2o.schgend", "1b.schgend 2o.schgend 3.schgend"),
        ("i.(union city)", "0b.union 1.union 0b.city 1.city"),
        ("c.age##c.age", "age c.age#c.age"),
        ("union#city", "0b.union#0b.city 0b.union#1.city 1.union#0b.city 1.union#1.city"),
        ("union#c.lrt", "0b.union#c.lrt 1.union#c.lrt"),
        ("lrt-age", "lrt age"),
    ],
)
def test_factor_variables(text, expected):
    assert " ".join(term.name for term in expand_terms(parse_varlist(text), DATA, ALL)) == expected


def test_plain_varlists():
    assert expand_names(parse_varlist("y-age u*"), DATA) == ("y", "lrt", "age", "union")
    with pytest.raises(StataError) as caught:
        expand_names(parse_varlist("y i.union"), DATA)
    assert (caught.value.rc, caught.value.span) == (101, (2, 9))
