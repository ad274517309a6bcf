"""Comparing transcripts: layout exactly, numbers to a unit of the last printed digit."""

from __future__ import annotations

import pytest

from mixedcli.verify.compare import agree, compare

LOG = """\
Iteration 0:   log likelihood = -14018.571  \n\
Iteration 1:   log likelihood = -14018.571  \n\

         lrt |   .5633325   .0124681    45.18   0.000     .5388955    .5877695
          n  |      4,057     2.schgend  chi2(3)  [95% Conf. Interval]
LR test vs. linear regression: chibar2(01) =   403.32 Prob >= chibar2 = 0.0000
"""


def test_equal_texts_have_no_difference():
    assert compare(LOG, LOG) == []


@pytest.mark.parametrize(("old", "new"), [
    (".5633325", ".5633326"), (".0124681", " .012468"), (".5388955", ".5388954"), ("45.18", "45.19"),
    ("0.000", "0.001"),
])
def test_a_unit_of_the_last_digit_is_forgiven(old, new):
    assert compare(LOG, LOG.replace(old, new, 1)) == []


@pytest.mark.parametrize(("old", "new", "line", "column", "why"), [
    (".5633325", ".5633327", 4, 18, "number differs"),
    (".0124681", " .012467", 4, 29, "number differs"),
    ("45.18", "45.20", 4, 41, "number differs"),
    ("4,057", "4,058", 5, 21, "number differs"),
    ("[95%", "[90%", 5, 52, "number differs"),
    ("         lrt", "         lry", 4, 12, "text differs"),
    ("2.schgend", "3.schgend", 5, 31, "text differs"),
    ("   .5633325", "  .5633325 ", 4, 24, "a number ends elsewhere"),
    ("0.0000\n", "0.0000 \n", 6, 79, "trailing blanks differ"),
    ("45.18", "    .", 4, 45, "a number ends elsewhere"),
    ("-14018.571  \n\n", "-14018.571  (not concave)\n\n", 2, 45, "text differs"),
])
def test_what_differs_is_named_and_placed(old, new, line, column, why):
    assert old in LOG
    found = compare(LOG, LOG.replace(old, new, 1))
    assert [(d.line, d.column, d.why) for d in found] == [(line, column, why)]


def test_each_number_that_differs_is_reported():
    found = compare("a 1.50  2.50\n", "a 1.60  2.70\n")
    assert [(d.expected, d.actual) for d in found] == [("1.50", "1.60"), ("2.50", "2.70")]


def test_iteration_lines_can_be_left_out():
    fewer = LOG.replace("Iteration 1:   log likelihood = -14018.571  \n", "").replace("-14018.571", "-14099.999")
    assert compare(LOG, fewer, ignore_log=True) == []
    assert [d.why for d in compare(LOG, fewer)] != []
    moved = compare(LOG, fewer.replace(".5633325", ".5"), ignore_log=True)
    assert [d.line for d in moved] == [4]


def test_trailing_blanks_can_be_disregarded():
    bare = "\n".join(line.rstrip() for line in LOG.split("\n"))
    assert compare(LOG, bare, trailing_blanks=False) == []
    assert {d.why for d in compare(LOG, bare)} == {"trailing blanks differ"}


def test_missing_and_added_lines():
    lines = LOG.split("\n")
    assert [(d.line, d.why) for d in compare(LOG, "\n".join(lines[:4] + lines[5:]))] == [(5, "line missing")]
    longer = "\n".join([*lines[:5], "extra", *lines[5:]])
    assert [(d.line, d.why) for d in compare(LOG, longer)] == [(6, "line not expected")]


@pytest.mark.parametrize(("one", "other", "same"), [
    (".2385", ".2384999", True), (".08", ".0800001", True), ("54", "54.00001", True), ("63", "64", False),
    ("4.80e-06", "4.81e-06", True), ("4.80e-06", "4.82e-06", False), ("1,234.5", "1,234.6", True), ("-.5", ".5", False),
    ("1.2e-254", "1.3e-254", True), ("12938766", "12938767", True), ("0", ".0000001", True), ("-0.00", "0.00", True),
])
def test_agreement_of_printed_numbers(one, other, same):
    assert agree(one, other) is same
    assert agree(other, one) is same


def test_the_tolerance_can_be_widened():
    assert not agree("1.50", "1.53")
    assert agree("1.50", "1.53", units=3)
    assert compare("x 1.50", "x 1.53", units=3) == []
