"""The table of estat quadrature and quadchk: every estimate by several numbers of points, and a verdict in words."""

from __future__ import annotations

import textwrap

from ..formats import abbreviate, g
from ..results.me_names import plain_label
from ..results.quadrature import QuadratureFit, QuadratureResult
from ..results.stripe import StripeName
from .document import BLANK, RESULT, Document, Line, Span, Style, line

NAME, WIDTH, COLUMN = 18, 78, 13
_SAFE, _USABLE = 1e-4, 1e-2


def quadrature_document(result: QuadratureResult, style: Style) -> Document:
    """A block of three lines per number, then the verdict."""
    others = result.others
    columns = 1 + len(others)
    rule = line("-" * (NAME + COLUMN * columns + 21))
    lines: list[Line] = [
        BLANK, *(line(f"Refitting model intpoints() = {other.label}") for other in others), BLANK,
        line("Quadrature check".center(NAME + COLUMN * columns).rstrip()), BLANK,
        _heads(["Fitted", *["Comparison"] * len(others)]), _heads(["quadrature"] * columns),
        _heads([_points(fit) for fit in (result.fitted, *others)]), rule,
    ]
    changes = [result.changes(other) for other in others]
    rows = [("Log", "likelihood", result.fitted.ll, [other.ll for other in others])]
    rows += [
        (*_name(name), float(result.fitted.b[k]), [float(other.b[k]) for other in others])
        for k, name in enumerate(result.names)
    ]
    for k, (first, second, value, values) in enumerate(rows):
        lines.append(_numbers(first, [value, *values], ""))
        lines.append(_numbers(second, [None, *(each - value for each in values)], "Difference"))
        lines.append(_numbers("", [None, *(float(change[k]) for change in changes)], "Relative difference"))
        lines.append(rule)
    return Document((*lines, BLANK, *(line(text) for text in _verdict(result, style))))


def _name(name: StripeName) -> tuple[str, str]:
    """The two lines of a name."""
    equation, own = plain_label(name)
    return (f"{equation}:", own) if equation else (own, "")


def _heads(words: list[str]) -> Line:
    return line(" " * NAME + "".join(word.rjust(COLUMN) for word in words))


def _points(fit: QuadratureFit) -> str:
    return f"{fit.label} point{'' if fit.label == '1' else 's'}"


def _numbers(name: str, values: list[float | None], what: str) -> Line:
    spans = [Span(("" if value is None else g(value, 10)).rjust(COLUMN), RESULT) for value in values]
    return line(abbreviate(name, NAME).ljust(NAME), *spans, f"  {what}" if what else "")


def _verdict(result: QuadratureResult, style: Style) -> list[str]:
    change, name = result.worst
    most = result.finest.label
    if change <= _SAFE:
        text = (
            f"No estimate changes by more than a relative difference of {g(_SAFE)}: the number of quadrature points is "
            "large enough."
        )
    elif change <= _USABLE:
        text = (
            f"The largest relative difference is {g(change, 5)} ({name}): the results can be used, but their later digits "
            f"depend on the number of quadrature points.  intpoints({most}) would be safer."
        )
    else:
        text = (
            f"The largest relative difference is {g(change, 5)} ({name}): the results depend on the number of quadrature "
            f"points and should not be used.  Fit the model again with intpoints({most}) or more, and check again."
        )
    return textwrap.wrap(text, min(style.linesize - 1, WIDTH))
