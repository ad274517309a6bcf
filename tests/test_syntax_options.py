"""Option specs: abbreviation, types, ranges, choices, number lists, and what is said about wrong ones."""

from __future__ import annotations

from typing import Any

import pytest

from mixedcli.errors import NotBuilt, StataError
from mixedcli.syntax import tree
from mixedcli.syntax.numlist import read_integers, read_numlist
from mixedcli.syntax.parser import parse
from mixedcli.syntax.spec import Choice, Kind, Option, OptionValues, read_options

STRUCTURES = (Choice("independent", "ind"), Choice("identity", "id"), Choice("unstructured", "un"))
OPTIONS = (
    Option("covariance", "cov", Kind.CHOICE, choices=STRUCTURES),
    Option("level", "l", Kind.REAL, low=10, high=99.99),
    Option("iterate", "iter", Kind.INTEGER, low=0),
    Option("nolog", "nolo", negated="log"),
    Option("detail", "d"),
    Option("details", "details"),
    Option("by", "by", Kind.VARLIST),
    Option("generate", "gen", Kind.NAME),
    Option("stubs", "stubs", Kind.NAMES),
    Option("at", "at", Kind.NUMLIST),
    Option("exp", "exp", Kind.EXPRESSION),
    Option("title", "ti", Kind.STRING),
    Option("vce", "vce", Kind.RAW),
    Option("format", "f", Kind.FORMAT),
    Option("sort", "so", Kind.NAME, optional_args=True),
    Option("add", "add", Kind.NAME, repeatable=True),
    Option("residuals", "res", Kind.RAW, planned=True),
    Option("emonly", "emonly", planned=True),
)


def read(options: str, specs: tuple[Option, ...] = OPTIONS) -> OptionValues:
    statement = parse(f"cmd, {options}", "standard", "cmd", 3)
    return read_options(statement.options, specs, statement.text)


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ("covariance(unstructured)", "covariance", "unstructured"),
        ("cov(un)", "covariance", "unstructured"),
        ("covar( ind )", "covariance", "independent"),
        ("level(90)", "level", 90.0),
        ("l(99.9)", "level", 99.9),
        ("iter(5)", "iterate", 5),
        ("nolog", "nolog", True),
        ("nolo", "nolog", True),
        ("log", "nolog", False),
        ("nolog log", "nolog", False),
        ("log nolog", "nolog", True),
        ("d", "detail", True),
        ("details", "details", True),
        ("by(a b*)", "by", (tree.NamePattern("a"), tree.NamePattern("b*"))),
        ("gen(x)", "generate", "x"),
        ("stubs(x y)", "stubs", ("x", "y")),
        ("at(1 2/4 10(5)20)", "at", (1.0, 2.0, 3.0, 4.0, 10.0, 15.0, 20.0)),
        ("exp(a > 1)", "exp", tree.Binary(">", tree.Name("a"), tree.Number(1.0))),
        ('title("a, (b")', "title", "a, (b"),
        ('title(`"say "hi""\')', "title", 'say "hi"'),
        ("title(plain text)", "title", "plain text"),
        ("vce(cluster school)", "vce", "cluster school"),
        ("format(%9.2f)", "format", "%9.2f"),
        ("sort", "sort", True),
        ("sort(x)", "sort", "x"),
        ("add(x) add(y)", "add", ("x", "y")),
        ("level(90) level(80)", "level", 80.0),
    ],
)
def test_values(typed: str, name: str, value: Any) -> None:
    assert read(typed)[name] == value


def test_options_not_given() -> None:
    values = read("")
    assert values["detail"] is False
    assert values["level"] is None
    assert values["add"] is None
    assert set(values) == {option.name for option in OPTIONS}


@pytest.mark.parametrize(
    ("typed", "message", "rc", "culprit"),
    [
        ("foo", "option foo not allowed", 198, "foo"),
        ("foo(1)", "option foo() not allowed", 198, "foo(1)"),
        ("co(un)", "option co() not allowed", 198, "co(un)"),
        ("detail(3)", "option detail() not allowed", 198, "detail(3)"),
        ("log(3)", "option log() not allowed", 198, "log(3)"),
        ("level(5)", "level() must be between 10 and 99.99 inclusive", 198, "5"),
        ("level(100)", "level() must be between 10 and 99.99 inclusive", 198, "100"),
        ("level(nan)", "option level() incorrectly specified", 198, "level(nan)"),
        ("level()", "option level() incorrectly specified", 198, "level()"),
        ("level", "option level() incorrectly specified", 198, "level"),
        ("iterate(2.5)", "option iterate() incorrectly specified", 198, "iterate(2.5)"),
        ("iterate(1e300)", "option iterate() incorrectly specified", 198, "iterate(1e300)"),
        ("covariance(nosuch)", "option covariance() incorrectly specified", 198, "covariance(nosuch)"),
        ("covariance", "option covariance() incorrectly specified", 198, "covariance"),
        ("generate(a b)", "option generate() incorrectly specified", 198, "generate(a b)"),
        ("generate(3x)", "3x invalid name", 198, "3x"),
        ("at(1 x)", "at() invalid -- invalid numlist", 121, "1 x"),
        ("format(9.2f)", "invalid %format", 120, "9.2f"),
        ("by(a +)", "+ invalid name", 198, "+"),
        ("exp(a =)", "invalid syntax", 198, "="),
        ("residuals(ar 1)", "option residuals() is not built yet", 199, "residuals(ar 1)"),
        ("emonly", "option emonly is not built yet", 199, "emonly"),
    ],
)
def test_wrong_options(typed: str, message: str, rc: int, culprit: str) -> None:
    with pytest.raises(StataError) as caught:
        read(typed)
    error = caught.value
    assert (error.message, error.rc) == (message, rc)
    assert isinstance(error, NotBuilt) == (rc == 199)
    assert error.span is not None
    assert f"cmd, {typed}"[slice(*error.span)] == culprit


def test_required_options() -> None:
    specs = (Option("i", "i", Kind.NAME, required=True),)
    assert read("i(school)", specs)["i"] == "school"
    with pytest.raises(StataError, match=r"option i\(\) required"):
        read("", specs)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1 2 3", (1, 2, 3)),
        ("1,2, 3", (1, 2, 3)),
        ("-1 .5 1e2", (-1, 0.5, 100)),
        ("1/5", (1, 2, 3, 4, 5)),
        ("3/1", (3, 2, 1)),
        ("1(2)9", (1, 3, 5, 7, 9)),
        ("1 (2) 8", (1, 3, 5, 7)),
        ("9(-2)1", (9, 7, 5, 3, 1)),
        ("5[5]20", (5, 10, 15, 20)),
        ("10 20 to 50", (10, 20, 30, 40, 50)),
        ("10 20:50", (10, 20, 30, 40, 50)),
        ("3 2 to 0 7", (3, 2, 1, 0, 7)),
    ],
)
def test_numlists(text: str, values: tuple[float, ...]) -> None:
    assert read_numlist(text) == values


def test_decimal_steps_keep_their_last_element() -> None:
    values = read_numlist("0(.1)1")
    assert len(values) == 11
    assert values[-1] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["", "a", "1 x", "1/", "1(0)5", "1(-1)5", "5 to 9", "1//3", "1..2", "1/2/3", "nan", "to 5"]
)
def test_numlists_that_are_none(text: str) -> None:
    with pytest.raises(StataError) as caught:
        read_numlist(text)
    assert (caught.value.message, caught.value.rc) == ("invalid numlist", 121)


@pytest.mark.parametrize("text", ["1/1000000000", "0(1e-300)1", "1 2 to 1e9"])
def test_numlists_do_not_fill_memory(text: str) -> None:
    with pytest.raises(StataError) as caught:
        read_numlist(text)
    assert caught.value.rc == 123


def test_integers() -> None:
    assert read_integers("1/3 7") == (1, 2, 3, 7)
    with pytest.raises(StataError):
        read_integers("1.5")
