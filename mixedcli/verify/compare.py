"""Comparing printed output with what was expected: layout exactly, numbers to a unit of their last printed digit.

Text outside numbers is compared character by character.  A number is compared by where it ends, which is where Stata
aligns it, and by its value: two numbers agree if they differ by at most ``units`` of the last digit that either of them
prints (``.2385`` stands for ``.2385000`` beside ``.2384999``).  Counts, written without a point, must be equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from difflib import SequenceMatcher

from ..records import record

# not inside a name (lns1_1_1, 2.schgend) and not followed by more of one
_NUMBER = re.compile(r"(?<![\w.,#])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:(?<=\d)\.?|\.)\d*(?:e[-+]\d+)?(?!\w|\.\w)")
_ITERATION = re.compile(r"(?:> )?Iteration \d+:")
_LONG_COUNT = 7                       # a number without a point but with this many digits is a rounded one


@record
class Difference:
    """One place where the texts differ: 1-based line and column in the expected text, both texts, and the reason."""

    line: int
    column: int
    expected: str
    actual: str
    why: str


def compare(
    expected: str, actual: str, units: float = 1, ignore_log: bool = False, trailing_blanks: bool = True
) -> list[Difference]:
    """The differences between two printed outputs, in order; empty when they agree.

    ``ignore_log`` leaves out the ``Iteration`` lines, whose number and values depend on the optimiser.
    ``trailing_blanks`` False disregards blanks at the ends of lines.
    """
    left = list(_lines(expected, ignore_log, trailing_blanks))
    right = list(_lines(actual, ignore_log, trailing_blanks))
    if len(left) == len(right):
        pairs = list(zip(left, right, strict=True))
        return [d for (number, one), (_, other) in pairs for d in _compare_lines(number, one, other, units)]
    return list(_aligned(left, right, units))


def _lines(text: str, ignore_log: bool, trailing_blanks: bool) -> Iterator[tuple[int, str]]:
    for number, each in enumerate(text.replace("\r\n", "\n").removesuffix("\n").split("\n"), start=1):
        if not (ignore_log and _ITERATION.match(each)):
            yield number, each if trailing_blanks else each.rstrip(" ")


def _aligned(left: list[tuple[int, str]], right: list[tuple[int, str]], units: float) -> Iterator[Difference]:
    """Differences of texts with unequal numbers of lines: lines are paired by their layout, numbers disregarded."""
    one, other = ([_NUMBER.sub("0", text).strip() for _, text in side] for side in (left, right))
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        both = min(i2 - i1, j2 - j1)
        for k in range(both):
            number, text = left[i1 + k]
            yield from _compare_lines(number, text, right[j1 + k][1], units)
        if tag == "equal":
            continue
        for number, text in left[i1 + both:i2]:
            yield Difference(number, 1, text, "", "line missing")
        for _, text in right[j1 + both:j2]:
            number = left[i2 - 1][0] + 1 if i2 else 1
            yield Difference(number, 1, "", text, "line not expected")


def _compare_lines(number: int, expected: str, actual: str, units: float) -> Iterator[Difference]:
    """At most one difference of layout, and one per number that is off."""
    if expected == actual:
        return
    one, other = _numbers(expected), _numbers(actual)
    canvas, other_canvas = _canvas(expected, one), _canvas(actual, other)
    if canvas != other_canvas:
        column = next((i for i, (a, b) in enumerate(zip(canvas, other_canvas, strict=False)) if a != b),
                      min(len(canvas), len(other_canvas)))
        yield Difference(number, column + 1, expected, actual, _layout_reason(canvas, other_canvas, column))
        return
    for end, text in one.items():
        if not agree(text, other[end], units):
            yield Difference(number, end - len(text) + 1, text, other[end], "number differs")


def agree(expected: str, actual: str, units: float = 1) -> bool:
    """Whether two printed numbers agree to ``units`` of the last digit that either prints."""
    a, b = (Decimal(text.replace(",", "")) for text in (expected, actual))
    whole = all(re.fullmatch(r"[-+]?[\d,]+", text) for text in (expected, actual))
    if whole and max(len(expected.replace(",", "")), len(actual.replace(",", ""))) < _LONG_COUNT:
        return a == b
    unit = min(_unit(a), _unit(b))
    return abs(a - b) <= Decimal(str(units)) * unit


def _unit(value: Decimal) -> Decimal:
    """One unit of the last printed digit."""
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(0)


def _numbers(text: str) -> dict[int, str]:
    """Printed numbers by the column they end in."""
    return {m.end(): m[0] for m in _NUMBER.finditer(text) if any(c.isdigit() for c in m[0])}


def _canvas(text: str, numbers: dict[int, str]) -> str:
    """The line with each number reduced to a mark where it ends, so that only the layout is left."""
    out = list(text)
    for end, number in numbers.items():
        out[end - len(number):end] = " " * (len(number) - 1) + "\0"
    return "".join(out)


def _layout_reason(expected: str, actual: str, column: int) -> str:
    if expected.rstrip(" ") == actual.rstrip(" "):
        return "trailing blanks differ"
    mark = (expected[column:column + 1] == "\0") + (actual[column:column + 1] == "\0")
    return "a number ends elsewhere" if mark else "text differs"
