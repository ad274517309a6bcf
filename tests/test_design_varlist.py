"""Plain varlists and the names of terms."""

from __future__ import annotations

import pytest
from test_expr_evaluate import dataset

from mixedcli.design.varlist import expand_names
from mixedcli.errors import StataError
from mixedcli.results.stripe import CONSTANT, Part, Term, plain_name
from mixedcli.syntax.tree import FactorOperator, Interaction, NamePattern, NameRange, Operated, TermGroup, TimeOperated

DATA = dataset(**{name: ([1], "byte") for name in ("make", "mpg", "rep78", "headroom", "weight1", "weight2", "x")})


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((NamePattern("mpg"),), ("mpg",)),
        ((NamePattern("head"), NamePattern("x")), ("headroom", "x")),
        ((NamePattern("m*"),), ("make", "mpg")),
        ((NamePattern("weight?"),), ("weight1", "weight2")),
        ((NamePattern("*8"),), ("rep78",)),
        ((NamePattern("h~m"),), ("headroom",)),
        ((NameRange("mpg", "head"),), ("mpg", "rep78", "headroom")),
        ((NamePattern("_all"),), DATA.names),
        ((NamePattern("x"), NamePattern("x")), ("x", "x")),
        ((TermGroup((NamePattern("mpg"), NamePattern("x"))),), ("mpg", "x")),
    ],
)
def test_expansion(terms, expected):
    assert expand_names(terms, DATA) == expected


@pytest.mark.parametrize(
    ("term", "message", "rc"),
    [
        (NamePattern("foo", span=(3, 6)), "variable foo not found", 111),
        (NamePattern("MPG", span=(3, 6)), "variable MPG not found", 111),
        (NamePattern("weight", span=(3, 6)), "weight ambiguous abbreviation", 111),
        (NamePattern("m~", span=(3, 6)), "m~ ambiguous abbreviation", 111),
        (NamePattern("q*", span=(3, 6)), "variable q* not found", 111),
        (NameRange("x", "mpg", span=(3, 6)), "variables out of order", 111),
        (
            Operated(FactorOperator(), NamePattern("mpg"), span=(3, 6)),
            "factor-variable and time-series operators not allowed",
            101,
        ),
        (
            Interaction((NamePattern("mpg"), NamePattern("x")), full=True, span=(3, 6)),
            "factor-variable and time-series operators not allowed",
            101,
        ),
        (
            TimeOperated("L", NamePattern("mpg"), span=(3, 6)),
            "factor-variable and time-series operators not allowed",
            101,
        ),
    ],
)
def test_errors(term, message, rc):
    with pytest.raises(StataError) as caught:
        expand_names((term,), DATA)
    assert (caught.value.message, caught.value.rc, caught.value.span) == (message, rc, (3, 6))


@pytest.mark.parametrize(
    ("term", "name"),
    [
        (Term((Part("lrt", operated=False),)), "lrt"),
        (Term((Part("age"),)), "age"),
        (Term((Part("schgend", 2),)), "2.schgend"),
        (Term((Part("schgend", 1, base=True),), "base"), "1b.schgend"),
        (Term((Part("schgend", 2),)).dropped("omitted"), "2o.schgend"),
        (Term((Part("schgend", 1, base=True), Part("lrt"))).dropped("base"), "1b.schgend#co.lrt"),
        (Term((Part("schgend", 2), Part("lrt"))), "2.schgend#c.lrt"),
        (Term((Part("a", 0, base=True), Part("b", 1))).dropped("base"), "0b.a#1o.b"),
        (Term((Part("age"), Part("age"))), "c.age#c.age"),
        (Term((Part("rep78", 1, no_base=True),)), "1bn.rep78"),
        (Term((Part("x", operated=False),)).dropped("omitted"), "o.x"),
        (CONSTANT, "_cons"),
    ],
)
def test_stripes(term, name):
    assert term.name == name


@pytest.mark.parametrize(
    ("typed", "stripe"),
    [
        ("2.schgend#c.lrt", "2.schgend#c.lrt"),
        ("c.lrt#2.schgend", "2.schgend#c.lrt"),
        ("1.sex#age", "1.sex#c.age"),
        ("1.schgend", "1b.schgend"),
        ("1bn.rep78", "1.rep78"),
        ("x", "o.x"),
        ("c.age", "age"),
        ("3.b#1.a", "1o.a#3o.b"),
    ],
)
def test_names_that_mean_the_same_coefficient(typed, stripe):
    assert plain_name(typed) == plain_name(stripe)


def test_names_that_differ():
    assert plain_name("2.a#1.b") != plain_name("1.a#2.b")
    assert plain_name("c.x#c.x") != plain_name("x")
