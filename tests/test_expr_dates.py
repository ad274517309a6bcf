"""Dates and times: literals, functions and formats, as a do-file shows them.  Values from Stata's documentation of
datetimes, from its definitions, and from Python's calendar."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from test_expr_evaluate import dataset

from mixedcli.data.storage import MISSING
from mixedcli.errors import StataError
from mixedcli.expr import calendar
from mixedcli.expr.date_text import read_mask
from mixedcli.expr.evaluate import evaluate
from mixedcli.report.text import to_text
from mixedcli.session import Session
from mixedcli.syntax.parser import parse_expression
from mixedcli.syntax.unparse import unparse

EPOCH = datetime.date(1960, 1, 1)


def shown(expression: str) -> str:
    """What ``display`` prints."""
    (outcome,) = Session().run(f"display {expression}")
    assert outcome.error is None, outcome.error
    return to_text(outcome.document).strip()


def value(expression: str) -> float:
    return evaluate(parse_expression(expression), dataset(x=([0], "double")))


@pytest.mark.parametrize(("text", "number"), [
    ("td(1jan1960)", 0), ("td(02jan1960)", 1), ("td(31dec1959)", -1), ("td(20mar2010)", 18341),
    ("td(5 july 1979)", 7125),
    ("tw(1960w1)", 0), ("tw(1960w52)", 51), ("tw(1961w1)", 52), ("tm(1960m1)", 0), ("tm(2010m3)", 602),
    ("tm(1959m12)", -1),
    ("tq(1960q1)", 0), ("tq(2010q1)", 200), ("tq(1959-4)", -1), ("th(1960h1)", 0), ("th(2010h1)", 100),
    ("ty(2010)", 2010),
    ("tc(01jan1960 00:00)", 0), ("tc(01jan1960 00:00:01.5)", 1500), ("tc(31dec1959 23:59:59)", -1000),
    ("tc(1jan1960 2:15 pm)", (14 * 60 + 15) * 60_000), ("tc(12:30)", 45_000_000), ("tc(1jan1960 12:05 am)", 300_000),
    ("tc(2jan1960)", 86_400_000), ("tC(01jan1999 00:00:00)", 14245 * 86_400_000 + 22_000),
    ("d(02jan1960)", 1), ("q(1961q1)", 4), ("m(1961m1)", 12), ("td(2jan1960) + 1", 2), ("-td(2jan1960)^2", -1),
])
def test_literals(text, number):
    assert value(text) == number


@pytest.mark.parametrize("text", [
    "td(31feb2000)", "td(29feb1900)", "td(1foo1960)", "td(x)", "td()", "tm(1960m13)", "tq(1960q5)",
    "tc(1jan1960 25:00)",
    "tc(1jan1960 13:00 pm)", "tw(1960w53)", "ty(60)", "tc()",
])
def test_what_is_no_date_literal(text):
    with pytest.raises(StataError) as caught:
        value(text)
    assert (caught.value.message, caught.value.rc) == ("invalid syntax", 198)
    assert caught.value.span == (0, len(text))


def test_literals_survive_printing():
    for text in ("td(02jan1960)", "tc(2jan1960 10:15:22.5)", "tm(1960m1)", "M[1, 2]", 'e(b)["y1", x + 1]'):
        tree = parse_expression(text)
        assert unparse(tree) == text
        assert parse_expression(unparse(tree)) == tree


def test_a_function_called_d_is_no_date():
    with pytest.raises(StataError) as caught:
        value("d(x)")
    assert caught.value.rc == 133


@pytest.mark.parametrize(("call", "printed"), [
    ('date("12/31/2010", "MDY")', "31dec2010"), ('date("21nov2006", "DMY")', "21nov2006"),
    ('date("November 21, 2006", "MDY")', "21nov2006"), ('date("21.11.2006", "DMY")', "21nov2006"),
    ('date("2006-11-21", "YMD")', "21nov2006"), ('date("20061121", "YMD")', "21nov2006"),
    ('date("21112006", "DMY")', "21nov2006"), ('date("061121", "20YMD")', "21nov2006"),
    ('date("11/21/06", "MD20Y")', "21nov2006"), ('date("11/21/1906", "MD20Y")', "21nov1906"),
    ('date("1/15/08", "MDY", 1999)', "15jan1908"), ('date("1/15/08", "MDY", 2019)', "15jan2008"),
    ('date("1/15/51", "MDY", 2000)', "15jan1951"), ('date("1/15/01", "MDY", 2050)', "15jan2001"),
    ('date("060125", "YMD", 2020)', "25jan2006"), ('date("200601", "YM")', "01jan2006"),
    ('date("2006", "Y")', "01jan2006"),
    ('date("Tuesday 21nov2006", "#DMY")', "21nov2006"), ('date("Sept 5 2006", "MDY")', "05sep2006"),
    ('date("1/15/08", "MDY")', "."), ('date("2006-11-21 x", "YMD")', "."), ('date("31/2/2006", "DMY")', "."),
    ('date("", "YMD")', "."), ('date("2006-11-21", "foo")', "."), ('date("13/1/2006", "MDY")', "."),
    ('date("ja 5 2006", "MDY")', "."), ('daily("5jan2006", "DMY")', "05jan2006"),
])
def test_dates_from_text(call, printed):
    assert shown(f"%td {call}") == printed


def test_the_documented_number():
    assert shown('date("12/31/2010","MDY")') == "18627"


@pytest.mark.parametrize(("call", "printed"), [
    ('clock("2006-01-03 2:15 pm", "YMDhm")', "03jan2006 14:15:00"), ('clock("12:30:05", "hms")', "01jan1960 12:30:05"),
    ('clock("Tue Jan 03 10:15:22 CST 2006", "#MDhms#Y")', "03jan2006 10:15:22"),
    ('clock("20060103101522", "YMDhms")', "03jan2006 10:15:22"),
    ('clock("12am 3jan2006", "hDMY")', "03jan2006 00:00:00"),
    ('clock("2006-01-03 25:00", "YMDhm")', "."), ('clock("2006-01-03 13:00 pm", "YMDhm")', "."),
])
def test_times_from_text(call, printed):
    assert shown(f"%tc {call}") == printed


@pytest.mark.parametrize(("call", "number"), [
    ('monthly("2010m3", "YM")', 602), ('monthly("mar 2010", "MY")', 602), ('monthly("3/2010", "MY")', 602),
    ('weekly("2010w11", "YW")', 2610), ('quarterly("2010q1", "YQ")', 200), ('halfyearly("1/2010", "HY")', 100),
    ('yearly("2010", "Y")', 2010), ('monthly("2010m13", "YM")', MISSING), ('quarterly("2010", "Y")', MISSING),
])
def test_periods_from_text(call, number):
    assert value(call) == number


@pytest.mark.parametrize(("call", "number"), [
    ("mdy(12, 31, 2010)", 18627), ("mdy(2, 29, 2000)", 14669), ("mdy(2, 29, 1900)", MISSING),
    ("mdy(13, 1, 2000)", MISSING),
    ("mdy(1, 1, 99)", MISSING), ("mdy(1, 1, 100)", -679350), ("mdy(12, 31, 9999)", 2936549),
    ("dmy(31, 12, 2010)", 18627),
    ("ym(2010, 3)", 602), ("yq(2010, 1)", 200), ("yw(2010, 11)", 2610), ("yh(2010, 1)", 100), ("yw(2010, 53)", MISSING),
    ("hms(1, 2, 3)", 3_723_000), ("hms(24, 0, 0)", MISSING), ("dhms(1, 0, 0, 1)", 86_401_000),
    ("hms(0, 0, 59.9994)", 59_999),
    ("mdyhms(1, 2, 1960, 0, 0, 1)", 86_401_000), ("mdyhms(13, 2, 1960, 0, 0, 1)", MISSING),
    ("year(18627)", 2010), ("month(18627)", 12), ("day(18627)", 31), ("quarter(18627)", 4), ("halfyear(18627)", 2),
    ("doy(18627)", 365), ("week(18627)", 52), ("week(0)", 1), ("week(7)", 2), ("dow(0)", 5), ("dow(2)", 0),
    ("year(1e9)", MISSING),
    ("year(-.5)", 1959), ("year(.)", MISSING),
    ("mofd(18341)", 602), ("qofd(18341)", 200), ("hofd(18341)", 100), ("yofd(18341)", 2010), ("wofd(18341)", 2611),
    ("dofm(602)", 18322), ("dofq(200)", 18263), ("dofh(100)", 18263), ("dofy(2010)", 18263), ("dofw(2610)", 18333),
    ("cofd(1)", 86_400_000), ("dofc(86400000)", 1), ("dofc(-1)", -1), ("hh(hms(13, 5, 6))", 13),
    ("mm(hms(13, 5, 6))", 5),
    ("ss(hms(13, 5, 6.5))", 6.5), ("hh(-1)", 23), ("hours(5400000)", 1.5), ("minutes(90000)", 1.5),
    ("seconds(1500)", 1.5),
    ("msofhours(1.5)", 5_400_000), ("msofminutes(1.5)", 90_000), ("msofseconds(1.5)", 1500),
    ("isleapyear(2000)", 1), ("isleapyear(1900)", 0), ("daysinmonth(td(5feb2024))", 29),
    ("lastdayofmonth(td(5feb2024)) - td(29feb2024)", 0), ("firstdayofmonth(td(5feb2024)) - td(1feb2024)", 0),
    ("age(td(29feb2000), td(28feb2001))", 0), ("age(td(29feb2000), td(1mar2001))", 1),
    ('age(td(29feb2000), td(28feb2001), "28feb")', 1), ("age(td(5may2000), td(5may1999))", MISSING),
    ('datediff(td(15jan2000), td(14mar2001), "month")', 13), ('datediff(td(14mar2001), td(15jan2000), "month")', -13),
    ('datediff(td(15jan2000), td(14mar2001), "day")', 424), ('datediff(td(15jan2000), td(14mar2001), "year")', 1),
    ("birthday(td(29feb2000), 2001) - td(1mar2001)", 0),
])
def test_functions_of_dates(call, number):
    assert value(call) == number


def test_leap_seconds():
    """22 leap seconds lay between 1960 and 1999, the last of them just before 1999 began (IERS Bulletin C 16)."""
    assert value("Cofc(tc(01jan1999 00:00:00)) - tc(01jan1999 00:00:00)") == 22_000
    assert value("cofC(Cofc(tc(31dec1998 23:59:59))) - tc(31dec1998 23:59:59)") == 0
    assert shown("%tC Cofc(tc(31dec1998 23:59:59)) + 1000") == "31dec1998 23:59:60"
    assert shown("ssC(Cofc(tc(31dec1998 23:59:59)) + 1500)") == "60.5"
    assert shown("%td dofC(Cofc(tc(31dec1998 23:59:59)) + 1500)") == "31dec1998"
    assert shown("%tC Cofc(tc(01jan1999 00:00:00))") == "01jan1999 00:00:00"
    assert shown('%tC Clock("31dec1998 23:59:59", "DMYhms")') == "31dec1998 23:59:59"


@pytest.mark.parametrize(("shown_as", "printed"), [
    ("%td 0", "01jan1960"), ("%tdNN/DD/CCYY 18341", "03/20/2010"), ("%tdDD-Mon-CCYY 0", "01-Jan-1960"),
    ("%tdDayname,_dd_Month_CCYY 18341", "Saturday, 20 March 2010"), ("%tdd_m_Y 1", "2 Jan 60"), ("%tdD_m_CY 1",
    "02 Jan 1960"),
    ("%dM_d,_CY 1", "January 2, 1960"), ("%tdCCYY.NN.DD 18341", "2010.03.20"), ("%tdjjj 18341", "79"),
    ("%tcHH:MM:SS.sss 3661042", "01:01:01.042"), ("%tchh:MM_am 46800000", "1:00 pm"), ("%tcHh:MM_A.M. 0", "12:00 A.M."),
    ("%tm 602", "2010m3"), ("%tq 200", "2010q1"), ("%th 100", "2010h1"), ("%tw 2610", "2010w11"), ("%ty 2010", "2010"),
    ("%tmMonth_CCYY 602", "March 2010"), ("%tqCCYY!Qq 200", "2010Q1"),
])
def test_formats(shown_as, printed):
    assert shown(shown_as) == printed


def test_calendar_agrees_with_pythons_for_every_day():
    low, high = calendar.bounds("d")
    days = np.arange(low, high + 1)
    year, month, day = calendar.civil(days)
    assert np.array_equal(calendar.days_of(year, month, day), days)
    for k in np.random.default_rng(1).integers(0, len(days), 2000):
        date = EPOCH + datetime.timedelta(days=int(days[k]))
        assert (year[k], month[k], day[k]) == (date.year, date.month, date.day)
        assert calendar.day_of_year(days[k]) == date.timetuple().tm_yday


@pytest.mark.parametrize("unit", "wmqhy")
def test_periods_and_their_first_days_are_inverse(unit):
    low, high = calendar.bounds(unit)
    periods = np.arange(low, high + 1)
    first = calendar.first_day(periods, unit)
    assert np.array_equal(calendar.period_of(first, unit), periods)
    assert np.array_equal(calendar.period_of(first[1:] - 1, unit), periods[:-1])


def test_columns_of_dates():
    data = dataset(s=(["1/2/1960", "", "5/6/1999"], "str8"), d=([0, MISSING, 18627], "long"))
    read = evaluate(parse_expression('date(s, "DMY")'), data)
    assert read.tolist() == [31, MISSING, (datetime.date(1999, 6, 5) - EPOCH).days]
    assert evaluate(parse_expression("year(d)"), data).tolist() == [1960, MISSING, 2010]
    assert evaluate(parse_expression('string(d, "%td")'), data).tolist() == ["01jan1960", ".", "31dec2010"]


def test_masks():
    assert read_mask("MD19Y") == (("M", None), ("D", None), ("Y", 19))
    assert read_mask("YMDhms#") is not None
    for text in ("", "##", "MMY", "MDX", "19M"):
        assert read_mask(text) is None
