"""The grammars: what each command line means, and what is said about lines that mean nothing."""

from __future__ import annotations

import math
import operator
import subprocess
import sys
from typing import Any

import pytest

from mixedcli.errors import StataError, SyntaxFailure
from mixedcli.syntax import tree
from mixedcli.syntax.parser import STARTS, parse, parse_expression, parse_varlist, split_head
from mixedcli.syntax.source import read_statements
from mixedcli.syntax.tree import (
    Coefficient,
    FactorOperator,
    FactorValue,
    Hypothesis,
    InRange,
    Interaction,
    Missing,
    Name,
    NamePattern,
    NameRange,
    Number,
    Operated,
    OptionText,
    Prefix,
    Statement,
    Stored,
    String,
    TermGroup,
    TimeOperated,
    Weight,
    Word,
)


def command(line: str, start: str) -> Statement:
    """The statement as the session would parse it."""
    text = next(read_statements(line)).text
    head = split_head(text)
    return parse(text, start, head.word, head.offset)


def pattern(*names: str) -> tuple[NamePattern, ...]:
    return tuple(map(NamePattern, names))


# ---- expressions ---------------------------------------------------------------------------------------------

# Every line is true in Stata.  The rules (precedence, grouping to the left) are those of Stata's User's Guide, 13.2.
TRUE = r"""
assert 2 + 3*4 == 14
assert 2*3 + 4 == 10
assert (2 + 3)*4 == 20
assert 2^3^2 == 64
assert 2^(3^2) == 512
assert -2^2 == -4
assert (-2)^2 == 4
assert 2^-1 == .5
assert 2*-3 == -6
assert 5 - 2 - 1 == 2
assert 5 - -2 == 7
assert 16/4/2 == 2
assert 8/2*4 == 16
assert -3*2 + 1 == -5
assert - - 3 == 3
assert 1 + 2 > 2 & 3 < 4
assert 3 > 2 > 0
assert (1 < 2) == 1
assert 1 < 2 == 1
assert !0
assert !1 == 0
assert !0^2 == 1
assert ~0 + 1 == 2
assert !(1 & 0)
assert 1 | 0 & 0
assert (1 | 0) & !0
assert 0 & 0 | 1
assert 1 == 1 & 2 ~= 3 & 2 != 3
assert 1e3 == 1000 & 1.5d-1 == .15 & 1.5E+1 == 15 & 2. == 2
assert 7 <= 7 & 7 >= 7
assert !!5 == 1
assert -1 < 0
assert 2 -1 == 1
"""

_OPERATIONS: dict[str, Any] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": operator.pow,
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    "&": lambda a, b: bool(a) and bool(b), "|": lambda a, b: bool(a) or bool(b),
}  # fmt: skip


def value(node: tree.Expr) -> float:
    match node:
        case tree.Number(value=number):
            return number
        case tree.Unary(op=op, operand=operand):
            return {"-": lambda v: -v, "+": lambda v: v, "!": lambda v: float(v == 0)}[op](value(operand))
        case tree.Binary(op=op, left=left, right=right):
            return float(_OPERATIONS[op](value(left), value(right)))
    raise AssertionError(node)


@pytest.mark.parametrize("line", TRUE.strip().splitlines())
def test_precedence(line: str) -> None:
    statement = command(line, "expression_only")
    assert statement.exp is not None
    assert value(statement.exp) != 0


LITERALS = {
    ".": Missing("."),
    ".a": Missing(".a"),
    ".z": Missing(".z"),
    ".5": Number(0.5),
    "2.": Number(2.0),
    "1e308": Missing("."),
    "8.9e307": Number(8.9e307),
    '"a b"': String("a b"),
    '""': String(""),
    "`\"say \"hi\"\"'": String('say "hi"'),
    "`\"a `\"b\"' c\"'": String("a `\"b\"' c"),
    "größe": Name("größe"),
    "_n": Name("_n"),
    "_pi": Name("_pi"),
    "2.schgend": FactorValue(2, "schgend"),
    "1bn.schgend": FactorValue(1, "schgend"),
    "x[_n-1]": tree.Subscript("x", tree.Binary("-", Name("_n"), Number(1.0))),
    "runiform()": tree.Call("runiform", ()),
    "inlist(x, 1, .a)": tree.Call("inlist", (Name("x"), Number(1.0), Missing(".a"))),
    "log (x)": tree.Call("log", (Name("x"),)),
    "e(N)": Stored("e", "N"),
    "r( mean )": Stored("r", "mean"),
    "c(level)": Stored("c", "level"),
    "_b[lrt]": Stored("_b", "lrt"),
    "_coef[lrt]": Stored("_b", "lrt"),
    "_se[gcse:2.schgend#c.lrt]": Stored("_se", "gcse:2.schgend#c.lrt"),
    "[gcse]lrt": Stored("_b", "gcse:lrt"),
    "[lns1_1_1]_b[_cons]": Stored("_b", "lns1_1_1:_cons"),
    "exp": Name("exp"),
    "info": Name("info"),
}


@pytest.mark.parametrize(("text", "node"), LITERALS.items())
def test_what_expressions_are_made_of(text: str, node: tree.Expr) -> None:
    assert parse_expression(text) == node


def test_missing_codes_and_factor_values_are_told_apart_from_numbers() -> None:
    assert parse_expression("x>=.") == tree.Binary(">=", Name("x"), Missing("."))
    assert parse_expression("x==.a|x==2.y") == tree.Binary(
        "|", tree.Binary("==", Name("x"), Missing(".a")), tree.Binary("==", Name("x"), FactorValue(2, "y"))
    )
    assert parse_expression("2.5*2.e3") == tree.Binary("*", Number(2.5), Number(2000.0))


def test_spans_point_into_the_whole_statement() -> None:
    text = "gen y = (a + bb)*log(cc) if x[2] > .5"
    statement = parse(text, "assignment", "gen", 3)
    assert statement.assignment is not None
    product = statement.assignment.exp
    assert isinstance(product, tree.Binary)
    found = [text[slice(*node.span)] for node in (product, product.left, product.right, statement.condition)]  # type: ignore[union-attr]
    assert found == ["(a + bb)*log(cc)", "(a + bb)", "log(cc)", "x[2] > .5"]
    assert parse_expression("a", 10).span == (10, 11)


# ---- varlists ------------------------------------------------------------------------------------------------


def factor(name: str, **fields: Any) -> Operated:
    return Operated(FactorOperator(**fields), NamePattern(name))


VARLISTS = {
    "": (),
    "lrt gcse": pattern("lrt", "gcse"),
    "a* ?b c~d _all *": pattern("a*", "?b", "c~d", "_all", "*"),
    "a-c d - f": (NameRange("a", "c"), NameRange("d", "f")),
    "i.g": (factor("g"),),
    "i.i": (factor("i"),),
    "c.x": (factor("x", kind="c"),),
    "o.x": (factor("x", omitted=True),),
    "co.x": (factor("x", kind="c", omitted=True),),
    "ib2.g": (factor("g", base=2),),
    "b2.g": (factor("g", base=2),),
    "ib(3).g": (factor("g", base=3),),
    "ib(first).g ib(last).g ib(freq).g": tuple(factor("g", base=b) for b in ("first", "last", "freq")),
    "ib(#3).g": (factor("g", base_at=3),),
    "ibn.g bn.g ib(none).g": (factor("g", base="none"),) * 3,
    "2.g i2.g": (factor("g", levels=(2,)),) * 2,
    "2bn.g": (factor("g", levels=(2,), base="none"),),
    "2b.g": (factor("g", levels=(2,), base=2),),
    "io2.g 2o.g": (factor("g", levels=(2,), omitted=True),) * 2,
    "i(1 2).g": (factor("g", levels=(1, 2)),),
    "i(1/3).g": (factor("g", levels=(1, 2, 3)),),
    "i.(a b)": (Operated(FactorOperator(), TermGroup(pattern("a", "b"))),),
    "i.a-c": (Operated(FactorOperator(), NameRange("a", "c")),),
    "a#b": (Interaction(pattern("a", "b"), full=False),),
    "a # b ## c": (Interaction((Interaction(pattern("a", "b"), full=False), NamePattern("c")), full=True),),
    "a##b##c": (Interaction(pattern("a", "b", "c"), full=True),),
    "c.lrt##i.schgend": (Interaction((factor("lrt", kind="c"), factor("schgend")), full=True),),
    "c.t##(c.w i.id)": (
        Interaction((factor("t", kind="c"), TermGroup((factor("w", kind="c"), factor("id")))), full=True),
    ),
    "L.x f2.x LD.x L(1/3).x": tuple(TimeOperated(op, NamePattern("x")) for op in ("L", "F2", "LD", "L(1/3)")),
}


@pytest.mark.parametrize(("text", "terms"), VARLISTS.items())
def test_varlists(text: str, terms: tuple[tree.VarTerm, ...]) -> None:
    assert parse_varlist(text) == terms


@pytest.mark.parametrize("text", ["foo.x", "i3x.g", "i(1 a).g", "ib(best).g", "iboo.g", "R.x", "a#R.x"])
def test_operators_that_are_none(text: str) -> None:
    with pytest.raises(SyntaxFailure, match="operator invalid"):
        parse_varlist(text)


# ---- command lines -------------------------------------------------------------------------------------------


def test_the_lecture_line() -> None:
    line = "xtmixed gcse c.lrt##i.schgend || school: lrt if nstu > 4, mle nolog /// covariance(unstructured)"
    statement = command(line, "equations")
    assert statement.word == "xtmixed"
    assert [type(term) for term in statement.varlist] == [NamePattern, Interaction]
    assert statement.condition == tree.Binary(">", Name("nstu"), Number(4.0))
    (equation,) = statement.equations
    assert (equation.level, equation.terms) == ("school", pattern("lrt"))
    # The line end that would close the comment was lost, so the covariance option is part of the comment, as in Stata.
    assert equation.options == (OptionText("mle"), OptionText("nolog"))


def test_equations() -> None:
    statement = command(
        "mixed y x in 1/10 [pw = w], noconstant|| a:|| b: c.x##z, cov(id) || _all: R.g , reml level(90)", "equations"
    )
    assert statement.varlist == pattern("y", "x")
    assert statement.in_range == InRange(1, 10)
    assert statement.weight == Weight("pweight", Name("w"))
    assert statement.options == (OptionText("noconstant"),)
    a, b, crossed = statement.equations
    assert (a.level, a.terms, a.options) == ("a", (), ())
    assert (b.level, len(b.terms), b.options) == ("b", 1, (OptionText("cov", "id"),))
    assert (crossed.level, crossed.terms, crossed.random_factor) == ("_all", (), "g")
    assert crossed.options == (OptionText("reml"), OptionText("level", "90"))


@pytest.mark.parametrize("place", ["y x {} || g: x", "y x || g: x {}, mle", "y x || g: {}|| h: x"])
def test_if_and_in_may_stand_in_any_part(place: str) -> None:
    statement = command("xtmixed " + place.format("if z == 1 in f/l"), "equations")
    assert statement.condition == tree.Binary("==", Name("z"), Number(1.0))
    assert statement.in_range == InRange(1, -1)
    assert len(statement.equations) == place.count("||")


def test_standard() -> None:
    statement = command('regress y i.x in -5/l if a|b [fweight=n] using "my file.dta", by(z "q)") l(90)', "standard")
    assert statement.varlist == (NamePattern("y"), factor("x"))
    assert statement.in_range == InRange(-5, -1)
    assert statement.condition == tree.Binary("|", Name("a"), Name("b"))
    assert statement.weight == Weight("fweight", Name("n"))
    assert statement.using == "my file.dta"
    assert statement.options == (OptionText("by", 'z "q)"'), OptionText("l", "90"))
    by = statement.options[0]
    assert statement.text[slice(*by.args_span)] == by.args
    assert statement.text[slice(*by.span)] == 'by(z "q)")'


def test_weights() -> None:
    kinds = {"fw": "fweight", "aweight": "aweight", "pw": "pweight", "iweig": "iweight", "w": "", "weight": ""}
    for typed, kind in kinds.items():
        assert command(f"summarize x [{typed}=n/2]", "standard").weight == Weight(
            kind, tree.Binary("/", Name("n"), Number(2.0))
        )


@pytest.mark.parametrize(
    ("line", "target", "storage", "label"),
    [
        ("generate x = 1", "x", None, None),
        ("generate x=1", "x", None, None),
        ("gen byte x = 1", "x", "byte", None),
        ("gen str20 x = 1", "x", "str20", None),
        ("gen strL x = 1", "x", "strL", None),
        ("gen x:lbl = 1", "x", None, "lbl"),
        ("gen double x:lbl = 1 if y, before(z)", "x", "double", "lbl"),
    ],
)
def test_assignment(line: str, target: str, storage: str | None, label: str | None) -> None:
    assert command(line, "assignment").assignment == tree.Assignment(target, Number(1.0), storage, label)


def test_egen_takes_varlists_as_well_as_expressions() -> None:
    statement = command("egen double g = group(a b-c) if x > 0, by(school)", "egen")
    assert statement.assignment is not None
    assert statement.assignment.storage == "double"
    assert statement.assignment.exp == tree.Call("group", (String("a b-c"),))
    assert statement.arguments == (Word("a b-c"),)
    assert statement.text[slice(*statement.arguments[0].span)] == "a b-c"
    assert statement.options == (OptionText("by", "school"),)


def test_display() -> None:
    statement = command('display as text "N" _col(20) %9.2f x -1, y[2] _n(2) _newline _continue', "expressions")
    kinds = [getattr(a, "name", None) or a.exp for a in statement.arguments]
    assert kinds == [
        "text", String("N"), "column", tree.Binary("-", Name("x"), Number(1.0)), "comma",
        tree.Subscript("y", Number(2.0)), "newline", "newline", "continue",
    ]  # fmt: skip
    assert statement.arguments[3].format == "%9.2f"
    assert statement.arguments[2].argument == Number(20.0)
    directives = command("di in green _skip(1) _dup(2) _char(65) _quote _asis", "expressions").arguments
    assert [directive.name for directive in directives] == [
        "text", "skip", "duplicate", "char", "quote", "asis"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "hypotheses"),
    [
        ("test lrt girl", [["lrt"], ["girl"]]),
        ("test lrt = girl", [["lrt", "girl"]]),
        ("test lrt = girl = age", [["lrt", "girl", "age"]]),
        ("test (lrt = girl) (age)", [["lrt", "girl"], ["age"]]),
        ("test (lrt girl)", [["lrt"], ["girl"]]),
        ("test 2.schgend == 3.schgend, accumulate", [["2.schgend", "3.schgend"]]),
        ("test 2.schgend#c.lrt", [["2.schgend#c.lrt"]]),
        ("test _b[2.schgend#c.lrt]", [["2.schgend#c.lrt"]]),
    ],
)
def test_hypotheses(line: str, hypotheses: list[list[str]]) -> None:
    assert command(line, "coefficients").arguments == tuple(
        Hypothesis(tuple(Coefficient("", name) for name in sides)) for sides in hypotheses
    )


@pytest.mark.parametrize(
    ("text", "equation", "name"),
    [
        ("[gcse]lrt", "gcse", "lrt"),
        ("[lns1_1_1]_cons", "lns1_1_1", "_cons"),
        ("[gcse]2.schgend#c.lrt", "gcse", "2.schgend#c.lrt"),
        ("_b[gcse:lrt]", "gcse", "lrt"),
        ("[gcse]_b[lrt]", "gcse", "lrt"),
        ("[gcse]", "gcse", ""),
        ("_cons", "", "_cons"),
    ],
)
def test_coefficients(text: str, equation: str, name: str) -> None:
    assert command(f"lincom {text}, level(90)", "coefficients").exp == Coefficient(equation, name)


def test_lincom_is_arithmetic() -> None:
    exp = command("lincom lrt -2*(girl + 2.g)/3", "coefficients").exp
    a, b, c = (Coefficient("", name) for name in ("lrt", "girl", "2.g"))
    twice = tree.Binary("*", Number(2.0), tree.Binary("+", b, c))
    assert exp == tree.Binary("-", a, tree.Binary("/", twice, Number(3.0)))


def test_names() -> None:
    statement = command('label define yn 0 "no, not" 1 yes, modify', "names")
    assert statement.arguments == (
        Word("define"), Word("yn"), Word("0"), Word("no, not", quoted=True), Word("1"), Word("yes")
    )  # fmt: skip
    assert statement.options == (OptionText("modify"),)
    assert command("matrix list e( b )", "names").arguments[1] == Word("e( b )")


@pytest.mark.parametrize(
    ("line", "file", "variables"),
    [
        ("use gcse, clear", "gcse", ()),
        ('use "my data/gcse.dta"', "my data/gcse.dta", ()),
        ("use http://x.org/a.dta", "http://x.org/a.dta", ()),
        ("use lrt gcse using data/gcse.dta if girl in 1/5", "data/gcse.dta", pattern("lrt", "gcse")),
        ("use", None, ()),
    ],
)
def test_file(line: str, file: str | None, variables: tree.Varlist) -> None:
    statement = command(line, "file")
    assert (statement.using, statement.varlist) == (file, variables)


# ---- the front of a statement --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prefixes", "word", "rest"),
    [
        ("", (), "", ""),
        ("  describe", (), "describe", ""),
        ("summarize lrt", (), "summarize", " lrt"),
        ('di"a"', (), "di", '"a"'),
        ("xtmixed,level(90)", (), "xtmixed", ",level(90)"),
        ("qui summarize lrt", (Prefix("quietly"),), "summarize", " lrt"),
        ("quietly: summarize", (Prefix("quietly"),), "summarize", ""),
        ("cap noi assert x", (Prefix("capture"), Prefix("noisily")), "assert", " x"),
        ("n: list", (Prefix("noisily"),), "list", ""),
        ("version 12: mixed y", (Prefix("version", "12"),), "mixed", " y"),
        ("version 13", (), "version", " 13"),
        ("by school (student): gen x = 1", (Prefix("by", "school (student)"),), "gen", " x = 1"),
        ("bys school, rc0: sum", (Prefix("bysort", "school, rc0"),), "sum", ""),
        ("capture", (Prefix("capture"),), "", ""),
        ("xi: regress y i.x", (Prefix("xi"),), "regress", " y i.x"),
        ("q", (), "q", ""),
        ("ca", (), "ca", ""),
        ("> x", (), ">", " x"),
        ("}", (), "}", ""),
        ("4x + 2", (), "4x", " + 2"),
    ],
)
def test_split_head(text: str, prefixes: tuple[Prefix, ...], word: str, rest: str) -> None:
    head = split_head(text)
    assert (head.prefixes, head.word, head.rest) == (prefixes, word, rest)
    assert text[head.offset :] == rest


@pytest.mark.parametrize(("text", "rc"), [("by school summarize", 198), ("by : summarize", 100)])
def test_by_needs_variables_and_a_colon(text: str, rc: int) -> None:
    with pytest.raises(StataError) as caught:
        split_head(text)
    assert caught.value.rc == rc


# ---- what is no Stata ----------------------------------------------------------------------------------------

# Command line, start rule, Stata's message, r(), and the text a caret should point at.
FAILURES = [
    ("keep if girl = 1", "standard", "invalid syntax", 198, "="),
    ("summarize lrt if", "standard", "invalid syntax", 198, ""),
    ("summarize lrt if girl == 1 if girl", "standard", "invalid syntax", 198, "if girl"),
    ("summarize lrt, detail, detail", "standard", "invalid syntax", 198, ","),
    ("summarize 3x", "standard", "3x invalid name", 198, "3x"),
    ("summarize lrt == gcse", "standard", "== invalid name", 198, "=="),
    ("recode age \"young\" (1=2)", "standard", '"young invalid name', 198, '"young'),
    ("list in one", "standard", "invalid syntax", 198, "in"),
    ("summarize lrt, level(90", "standard", "too few ')' or ']'", 132, "("),
    ("summarize lrt if (girl == 1", "standard", "too few ')' or ']'", 132, "("),
    ("summarize lrt) girl", "standard", "too many ')' or ']'", 132, ")"),
    ("generate x = log(lrt]", "assignment", "too many ')' or ']'", 132, "]"),
    ('generate x = "abc', "assignment", "too few quotes", 132, '"'),
    ("generate x", "assignment", "=exp required", 100, ""),
    ("generate 3x = 2", "assignment", "3x invalid name", 198, "3x"),
    ("generate abo_ab=abo=3", "assignment", "invalid syntax", 198, "=3"),
    ("generate foo x = 3", "assignment", "invalid syntax", 198, "x"),
    ("generate x = 2 +", "assignment", "invalid syntax", 198, ""),
    ("generate x = a b", "assignment", "invalid syntax", 198, "b"),
    ("generate " + "x" * 33 + " = 1", "assignment", "x" * 33 + " invalid name", 198, "x" * 33),
    ("generate x = i.g", "assignment", "factor-variable operators not allowed", 101, "i.g"),
    ("display 'begin_year'", "expressions", "'begin_year' invalid name", 198, "'begin_year'"),
    ("xtmixed gcse lrt || school", "equations", "invalid syntax", 198, ""),
    ("xtmixed gcse lrt || : lrt", "equations", ": invalid name", 198, ":"),
    ("xtmixed gcse lrt | school: lrt", "equations", "| invalid name", 198, "|"),
    ("xtmixed gcse R.lrt || school:", "equations", "R.: operator invalid", 198, "R.lrt"),
    ("xtmixed gcse if a || school: if b", "equations", "invalid syntax", 198, "b"),
    ("xtmixed gcse || school: R.a b", "equations", "R.: operator invalid", 198, "R.a"),
    ("use a b", "file", "invalid file specification", 198, "b"),
    ("test lrt > 2", "coefficients", "invalid syntax", 198, ">"),
]


@pytest.mark.parametrize(("line", "start", "message", "rc", "culprit"), FAILURES, ids=[f[0][:40] for f in FAILURES])
def test_failures(line: str, start: str, message: str, rc: int, culprit: str) -> None:
    with pytest.raises(StataError) as caught:
        command(line, start)
    error = caught.value
    assert (error.message, error.rc) == (message, rc)
    assert error.span is not None
    assert line[slice(*error.span)] == culprit


@pytest.mark.parametrize(
    ("exp", "operator"), [("L.x", "L"), ("l2.x", "L2"), ("LD.x", "LD"), ("f3d2.x", "F3D2"), ("S4.x", "S4")]
)
def test_time_series_operators_in_expressions(exp: str, operator: str) -> None:
    assert parse_expression(exp) == tree.TimeValue(operator, "x")
    assert parse_expression(f"{exp} + 1") == tree.Binary("+", tree.TimeValue(operator, "x"), Number(1))


DEEP = {
    "minus": "-" * 50_000 + "1",
    "parentheses": "(" * 20_000 + "1" + ")" * 20_000,
    "unclosed": "(" * 20_000 + "1",
    "functions": "log(" * 5_000 + "1" + ")" * 5_000,
    "sum": "+".join(["1"] * 20_000),
    "powers": "^".join(["2"] * 5_000),
    "strings": '"a" ' * 10_000,
}


@pytest.mark.parametrize("exp", DEEP.values(), ids=DEEP)
def test_monsters_end_in_an_error_of_stata(exp: str) -> None:
    try:
        node = parse_expression(exp)
    except StataError as error:
        assert error.rc in (130, 132, 198)
    else:
        assert node == Number(1.0)


def test_deep_varlists_end_in_an_error_of_stata() -> None:
    with pytest.raises(StataError):
        parse_varlist("i." * 5_000 + "x")
    with pytest.raises(StataError):
        parse_varlist("(" * 5_000 + "x" + ")" * 5_000)


def test_two_hundred_conditions_in_a_row_are_fine() -> None:
    node = parse_expression(" | ".join(f"x == {i}" for i in range(200)))
    assert isinstance(node, tree.Binary)


def test_a_line_longer_than_stata_takes() -> None:
    with pytest.raises(StataError, match="line too long"):
        parse_expression("1+" * 600_000 + "1")


def test_infinite_numbers_never_come_out() -> None:
    for text in ("1e999", "1e308", "9" * 400):
        assert parse_expression(text) == Missing(".")
    number = parse_expression("8.98e307")
    assert isinstance(number, Number)
    assert math.isfinite(number.value)


# ---- start-up ------------------------------------------------------------------------------------------------


def test_every_start_rule_parses_an_empty_line_or_says_what_is_wrong() -> None:
    for start in STARTS:
        try:
            assert parse("x", start, "x", 1).text == "x"
        except SyntaxFailure as error:
            assert start in ("assignment", "egen", "expression_only"), error


def test_lark_is_loaded_by_the_first_parse_only() -> None:
    code = """
import sys
import mixedcli.syntax.parser, mixedcli.syntax.source, mixedcli.syntax.spec, mixedcli.syntax.macros
assert "lark" not in sys.modules
mixedcli.syntax.parser.parse("xtmixed gcse lrt || school: lrt if nstu > 4, mle", "equations", "xtmixed", 7)
assert "lark" in sys.modules
heavy = {"numpy", "scipy", "pandas", "click", "rich", "regex"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)
