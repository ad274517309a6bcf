"""String functions beyond the basic ones; examples from Stata's manual of functions where it has them."""

from __future__ import annotations

import pytest
from test_expr_evaluate import dataset

from mixedcli.data.storage import MISSING
from mixedcli.errors import StataError
from mixedcli.expr.environment import Environment
from mixedcli.expr.evaluate import evaluate
from mixedcli.syntax.parser import parse_expression

DATA = dataset(s=(["a1", "b22", "c", "A9"], "str3"), n=([1, 2, MISSING, 4], "double"))


def value(text, env=None):
    return evaluate(parse_expression(text), DATA, env)


@pytest.mark.parametrize(("text", "expected"), [
    ('subinword("this is the day", "is", "X", 1)', "this X the day"),
    ('subinword("this is the hour", "is", "X", .)', "this X the hour"),
    ('subinword("this is this", "th", "X", .)', "this is this"), ('subinword("a b a", "a", "x", 1)', "x b a"),
    ('subinword("a a", "a", "x", 0)', "a a"), ('subinword("a\\b a.b", "a.b", "\\1", .)', "a\\b \\1"),
    ('strmatch("17.4", "1??4")', 1), ('strmatch("17.4", "1*4*")', 1), ('strmatch("abc", "b")', 0),
    ('strmatch("abc", "*")', 1),
    ('strmatch("abc", "")', 0), ('strmatch("a.c", "a.c")', 1), ('strmatch("abc", "a.c")', 0),
    ('strmatch("ab", "a*b*b")', 0),
    ('strmatch("abab", "*ab")', 1), ('strmatch("", "**")', 1), ('strmatch("abc", "?b?")', 1),
    ('strmatch("abcabd", "*b?")', 1),
    ('indexnot("abcd", "ab")', 3), ('indexnot("ab", "ba")', 0), ('strrpos("this is it", "is")', 6),
    ('strrpos("abc", "x")', 0),
    ('ustrpos("médiane", "d")', 3), ('strpos("médiane", "d")', 4), ('ustrpos("abab", "b", 3)', 4),
    ('ustrrpos("abab", "b")', 4),
    ('ustrrpos("abab", "b", 3)', 2), ('ustrleft("médiane", 3)', "méd"), ('ustrright("médiane", 2)', "ne"),
    ('ustrright("ab", 0)', ""), ('ustrright("ab", 9)', "ab"),
    ('plural(2, "horse")', "horses"), ('plural(1, "horse")', "horse"), ('plural(-1, "horse")', "horse"),
    ('plural(2, "glass", "+es")', "glasses"), ('plural(1, "mouse", "mice")', "mouse"),
    ('plural(2, "mouse", "mice")', "mice"),
    ('plural(2, "abcdefg", "-efg")', "abcd"), ('plural(0, "cat")', "cats"),
    ('soundex("Ashcraft")', "A226"), ('soundex("Robert")', "R163"), ('soundex_nara("Ashcraft")', "A261"),
    ('soundex("")', ""),
    ('soundex("Lee")', "L000"), ('strtoname("name")', "name"), ('strtoname("a name")', "a_name"),
    ('strtoname("5")', "_5"),
    ('strtoname("5", 0)', "5"), ('strtoname("5:30")', "_5_30"), ('tobytes("abc")', "abc"),
    ('tobytes("ab", 1)', "\\d097\\d098"),
    ('tobytes("é")', "\\d195\\d169"),
    ('strofreal(4, "%9.2f")', "4.00"), ('strofreal(123456789, "%11.0g")', "123456789"),
    ('strofreal(123456789, "%13.0gc")', "123,456,789"), ('strofreal(0, "%td")', "01jan1960"),
    ('strofreal(225, "%tq")', "2016q2"),
    ('strofreal(225, "not a format")', ""), ("string(1234567)", "1234567"), ("string(12345678)", "1.23e+07"),
    ("string(.a)", ".a"),
    ('string(3, "%03.0f")', "003"), ('string(1.5, "%9,2f")', "1,50"),
    ('ustrtitle("mR. joHn")', "Mr. John"), ('ustrword("one two, three", 3)', ","), ('ustrwordcount("one two")', 2),
    ('ustrltrim("  a ")', "a "), ('udstrlen("日本x")', 5), ('ustrnormalize("é", "nfd") == "é"', 0),
    ('uisdigit("3a")', 1), ('uisletter("é")', 1), ('uisletter("")', 0), ('word("a b c", -1)', "c"),
    ('"ab" * 3', "ababab"),
    ('regexm("my 12 dogs", "([0-9]+)")', 1), ('ustrregexm("ABC", "b", 1)', 1), ('ustrregexm("ABC", "b")', 0),
    ('ustrregexra("a1b2", "([a-z])([0-9])", "$2$1")', "1a2b"), ('ustrregexrf("a1b2", "[0-9]", "#")', "a#b2"),
    ('ustrregexra("abc", "B", "x", 1)', "axc"), ('regexr("a1b2", "[0-9]", "\\1")', "a\\1b2"),
    ('regexm("x y", "[[:space:]]")', 1), ('ustrregexra("ab", "b", "\\$")', "a$"),
])
def test_values(text, expected):
    assert value(text) == expected


def test_documented_pattern_takes_no_time():
    """A matcher that tries every way to split would need ages for this one."""
    assert value(f'strmatch("{"a" * 2000}", "{"a*" * 30}b")') == 0


def test_columns():
    env = Environment()
    assert value('ustrregexm(s, "([a-z])([0-9]+)")', env).tolist() == [1, 1, 0, 0]
    assert value("ustrregexs(2)", env).tolist() == ["1", "22", "", ""]
    assert value('plural(n, s, "+x")').tolist() == ["a1", "b22x", "cx", "A9x"]
    assert value("strrpos(s, string(n))").tolist() == [2, 3, 0, 0]
    assert value('strmatch(s, "?" + string(9))').tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("text", ['regexm("a", "(")', 'ustrregexra("a", "[", "b")', 'regexr("a", "*", "b")'])
def test_bad_patterns(text):
    with pytest.raises(StataError) as caught:
        value(text)
    assert caught.value.rc == 198


def test_choice_by_intervals():
    def numbers(text):
        return evaluate(parse_expression(text), dataset(x=([0, 1, 2, 5, 9, MISSING], "double"))).tolist()

    assert numbers("recode(x, 1, 5)") == [1, 1, 5, 5, 5, MISSING]
    assert numbers("irecode(x, 1, 5)") == [0, 0, 1, 1, 2, MISSING]
    assert numbers("autocode(x, 3, 0, 9)") == [3, 3, 3, 6, 9, MISSING]
    assert numbers("recode(x, 5, 1)") == [MISSING] * 5 + [MISSING]
    assert numbers("autocode(x, 0, 0, 9)") == [MISSING] * 6
    assert numbers("chop(x + 1e-9, 1e-6)")[:3] == [0, 1, 2]


def test_limits_of_the_storage_types():
    assert [value(f"max{kind}()") for kind in ("byte", "int", "long")] == [100, 32740, 2147483620]
    assert [value(f"min{kind}()") for kind in ("byte", "int", "long")] == [-127, -32767, -2147483647]
    assert value("maxfloat()") == float.fromhex("0x1.fffffep126")
    assert value("maxdouble()") == float.fromhex("0x1.fffffffffffffp1022")
    assert (value("epsfloat()"), value("epsdouble()")) == (2.0**-23, 2.0**-52)
