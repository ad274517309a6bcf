"""Display formats against pairs that Stata printed, and against the rules measured on its logs."""

from __future__ import annotations

import csv
import math

import pytest

from mixedcli.formats import abbreviate, count, f, format_number, format_string, g, parse_format


def undecided(value: str, printed: str) -> bool:
    """The reference value is itself a print rounded to one digit more and ends in 5: either neighbour may be right."""
    unit = 10.0 ** -(len(value.partition(".")[2]) - 1)
    return value.endswith("5") and abs(float(value) - float(printed)) < 0.51 * unit


def test_pairs_printed_by_stata(shared):
    with open(shared / "reference" / "format_pairs.csv", newline="") as file:
        pairs = list(csv.DictReader(file))
    assert len(pairs) > 300
    wrong = []
    for pair in pairs:
        value, printed = pair["value"], pair["printed"].strip()
        got = format_number(float(value), pair["format"]).strip()
        if got != printed and not (undecided(value, printed) and undecided(value, got)):
            wrong.append((value, pair["format"], printed, got))
    assert wrong == []


@pytest.mark.parametrize(("value", "fmt", "printed"), [
    (4.80e-06, "%9.0g", " 4.80e-06"), (1.853e-10, "%10.0g", " 1.853e-10"), (3220900000, "%11.0g", " 3.2209e+09"),
    (1.2e-254, "%9.0g", " 1.2e-254"), (2.5e237, "%9.0g", " 2.5e+237"), (1e300, "%9.0g", " 1.0e+300"),
    (0.0000162, "%9.0g", " .0000162"), (-0.0011786, "%9.0g", "-.0011786"), (0.61786598, "%10.0g", " .61786598"),
    (-14018.5712, "%10.0g", "-14018.571"), (635065396, "%11.0g", "  635065396"), (23700000, "%9.0g", " 2.37e+07"),
    (9999999, "%9.0g", "  9999999"), (10000000, "%9.0g", " 1.00e+07"), (54, "%9.0g", "       54"),
    (0, "%9.0g", "        0"),
    (0.99999999, "%9.0g", "        1"), (math.nan, "%9.0g", "        ."), (math.inf, "%8.2f", "       ."),
    (1234567.891, "%12.0gc", "1,234,567.89"), (4059, "%9.0gc", "    4,059"), (1234.5, "%9.2fc", " 1,234.50"),
    (5, "%05.0f", "00005"), (-5, "%05.1f", "-05.0"), (3.25, "%-9.2f", "3.25     "), (3.14159, "%9.2g", "      3.1"),
    (2041.42, "%10.2f", "   2041.42"), (-0.001, "%8.2f", "   -0.00"), (123456.789, "%8.2f", " 1.2e+05"),
    (-0.283, "%5.3f", "-0.283"), (1e7, "%9.2fc", " 1.00e+07"), (0.000123, "%9.2e", " 1.23e-04"),
    (0.125, "%5.2f", " 0.12"), (0.375, "%5.2f", " 0.38"),
])
def test_numeric_formats(value, fmt, printed):
    assert format_number(value, fmt) == printed


@pytest.mark.parametrize(("value", "fmt", "printed"), [
    (1, "%21x", "+1.0000000000000X+000"), (math.pi, "%21x", "+1.921fb54442d18X+001"),
    (0, "%21x", "+0.0000000000000X-3ff"), (-0.1, "%21x", "-1.999999999999aX-004"),
    (math.nan, "%21x", "+1.0000000000000X+3ff"),
    (2.0**1023 * (1 + 1 / 4096), "%21x", "+1.0010000000000X+3ff"),
    (1, "%16H", "3ff0000000000000"), (1, "%16L", "000000000000f03f"), (1, "%8H", "3f800000"), (1, "%8L", "0000803f"),
    (1234.5, "%9,2f", "  1234,50"), (1234567.8, "%12,2fc", "1.234.567,80"), (0.25, "%9,0g", "      ,25"),
    (5, "%tg", "        5"), (math.nan, "%9,2f", "        ."),
])
def test_rare_formats(value, fmt, printed):
    assert format_number(value, fmt) == printed


def test_a_missing_code_prints_its_letter():
    assert format_number(2.0**1023 * (1 + 3 / 4096), "%9.0g") == "       .c"
    assert format_number(math.nan, "%9.0g", missing="") == " " * 9


@pytest.mark.parametrize(("value", "fmt", "printed"), [
    (0, "%td", "01jan1960"), (-1, "%td", "31dec1959"), (18341, "%td", "20mar2010"),
    (18341, "%tdNN/DD/CCYY", "03/20/2010"),
    (18341, "%tdDayname", "Saturday"), (602, "%tm", "2010m3"), (200, "%tq", "2010q1"), (100, "%th", "2010h1"),
    (2610, "%tw", "2010w11"), (2010, "%ty", "2010"), (1000 * (18341 * 86400 + 3661), "%tc", "20mar2010 01:01:01"),
    (18341, "%d", "20mar2010"), (math.nan, "%td", "."), (18341, "%-td", "20mar2010"), (0, "%tdCCYY.JJJ", "1960.001"),
    (0, "%tdDDmonCCYY", "01jan1960"), (0, "%tddd\\nn", "1\\1"), (0, "%tdDD+NN", "0101"), (0, "%td!D!DDD", "DD01"),
    (0, "%tdDa_da_Day_DAYNAME", "Fr fr Fri Friday"), (7 * 86400000, "%tcDD/NN/YY_HH:MM", "08/01/60 00:00"),
    (46800000, "%tchh:MM_a.m.", "1:00 p.m."), (46800000, "%tchH:mm:ss", "13:0:0"), (3, "%tqCCYY-q", "1960-4"),
    # as the manual of datetime display formats has them: the old one-letter codes
    (0, "%dD_m_CY", "01 Jan 1960"), (0, "%dM_d,_CY", "January 1, 1960"),
    (0, "%dN/D/Y", "01/01/60"), (0, "%dDlCY", "01jan1960"),
    # 31 December 1998 had a leap second
    (14245 * 86400000 + 21500, "%tC", "31dec1998 23:59:60"), (14245 * 86400000 + 22000, "%tC", "01jan1999 00:00:00"),
    (14245 * 86400000 + 20999, "%tC", "31dec1998 23:59:59"), (4565 * 86400000 - 1, "%tC", "30jun1972 23:59:59"),
])
def test_dates(value, fmt, printed):
    assert format_number(value, fmt).strip() == printed.strip()


def test_strings():
    assert format_string("abc", "%5s") == "  abc"
    assert format_string("abc", "%-5s") == "abc  "
    assert format_string("abcdef", "%5s") == "abcdef"


@pytest.mark.parametrize("text", ["9.0g", "%", "%9.0x", "%s9", "%tz", "abc"])
def test_what_is_no_format(text):
    assert parse_format(text) is None


def test_helpers():
    assert g(3.0420171) == "3.042017"
    assert g(-13998.4232, 10) == "-13998.423"
    assert f(45.1817, 8, 2) == "45.18"
    assert f(math.nan, 8, 2) == "."
    assert (count(4059, True), count(8388, False)) == ("4,059", "8388")
    assert abbreviate("videorelevant", 12) == "videorelev~t"
    assert abbreviate("physical_punishment", 18) == "physical_punishm~t"
    assert abbreviate("school", 12) == "school"
